"""The order in which models are listed everywhere: Sequential, Threads, Processes, asyncio, others."""

from __future__ import annotations

import re
from typing import Protocol

_SEQUENTIAL, _THREADS, _PROCESSES, _ASYNCIO, _OTHERS = range(5)
_STANDARD = ("threading", "concurrent.futures", "multiprocessing", "asyncio")


class Listed(Protocol):
    """The fields of a model's card that decide its place in the order."""

    @property
    def title(self) -> str: ...
    @property
    def module(self) -> str: ...
    @property
    def since(self) -> str: ...
    @property
    def worker_kind(self) -> str: ...
    @property
    def max_workers(self) -> int: ...
    @property
    def shares_memory(self) -> bool: ...
    @property
    def origin(self) -> str: ...


def place_of(card: Listed) -> tuple[int, int, str]:
    """Return a model's sort key: by the kind of its workers, then by the year in which Python got it."""
    modules = [module.strip() for module in card.module.split(",")]
    year = re.search(r"(19|20)\d\d", card.since)
    return _family(card, modules), int(year[0]) if year else 0, card.title


def _family(card: Listed, modules: list[str]) -> int:
    if card.max_workers == 1:
        return _SEQUENTIAL
    if card.origin or not set(modules) <= set(_STANDARD) or card.worker_kind == "interpreter":
        return _OTHERS
    if modules == ["asyncio"]:
        return _ASYNCIO
    return _THREADS if card.shares_memory else _PROCESSES

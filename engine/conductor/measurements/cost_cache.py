"""Measured costs of models, kept on disk for this machine, this interpreter and this source of the model."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import psutil

from engine.conductor.measurements.model_costs import ModelCosts
from engine.interpreters.cache import cache_folder
from engine.record.atomic_file import write_atomically
from engine.record.private_folder import make_private_folder
from engine.wire.interpreter import Interpreter
from engine.workload.catalogue import Catalogue, ModelCard

_FORMAT: Final = 2
_ALTERNATIVES: Final = ("processes", "process-pool", "thread-pool")


class CostCache:
    """Costs by model and interpreter; thread-safe. An unreadable file counts as empty; write errors are ignored."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or cache_folder() / "costs.json"
        self._lock = threading.Lock()

    def get(self, card: ModelCard, interpreter: Interpreter) -> tuple[ModelCosts, str] | None:
        """Return the costs and when they were measured (ISO 8601), None if they are not known."""
        try:
            entry = self._read()[_key(card, interpreter)]
            return ModelCosts(**entry["costs"]), str(entry["measured_at"])
        except (OSError, LookupError, TypeError):
            return None

    def put(self, card: ModelCard, interpreter: Interpreter, costs: ModelCosts, measured_at: str) -> None:
        """Keep the costs."""
        with self._lock:
            try:
                entries = self._read()
                entries[_key(card, interpreter)] = {"costs": asdict(costs), "measured_at": measured_at}
                make_private_folder(self._file.parent)
                write_atomically(self._file, json.dumps({"format": _FORMAT, "entries": entries}))
            except OSError:
                pass

    def _read(self) -> dict[str, Any]:
        try:
            data = json.loads(self._file.read_text("utf-8"))
            return dict(data["entries"]) if data["format"] == _FORMAT else {}
        except (OSError, ValueError, LookupError, TypeError):
            return {}


def known_costs(catalogue: Catalogue, interpreter: Interpreter) -> dict[str, dict[str, float | None]]:
    """Return the costs, where measured on this machine, of models that could be tried instead or start processes."""
    cache, found = CostCache(), {}
    for key, card in catalogue.models.items():
        starts_processes = card.start_method is not None
        known = cache.get(card, interpreter) if starts_processes or key in _ALTERNATIVES else None
        if known is not None:
            found[key] = asdict(known[0])
    return found


def _key(card: ModelCard, interpreter: Interpreter) -> str:
    """Return the cache key: if machine, interpreter or source differ, the costs are unknown."""
    machine = (platform.node(), platform.machine(), platform.release(), os.cpu_count(), psutil.virtual_memory().total)
    python = (interpreter.path, os.stat(interpreter.path).st_mtime_ns, interpreter.version, interpreter.gil_enabled)
    source = hashlib.sha256(card.source.encode()).hexdigest()[:16]
    return "|".join(str(each) for each in (*machine, *python, card.key, source))

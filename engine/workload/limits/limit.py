"""The limit that any step may have: how many workers may run it at once, in the whole run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.workload.parameter import Kind, Parameter

LIMIT: Final = Parameter(
    "limit",
    "At most at once",
    Kind.INTEGER,
    1,
    "The most workers that may run this step at the same time, in the whole run; the others wait for a semaphore.",
    minimum=1,
    maximum=1_000_000,
)


def limit_of(step: Mapping[str, Any]) -> int | None:
    """Return the limit of a step in the shape of its file, None where it has none."""
    limit = step.get(LIMIT.name)
    return None if limit is None else int(limit)


def semaphore_words(limit: int, *, is_async: bool, shares_memory: bool) -> str:
    """Return the code that makes the semaphore for which a model's workers wait before a step with a limit."""
    module = "multiprocessing" if not shares_memory else "asyncio" if is_async else "threading"
    return f"{module}.Semaphore({limit})"


def without_limit(step: Mapping[str, Any]) -> dict[str, Any]:
    """Return a step in the shape of its file without its limit: only the keys of its own kind."""
    return {key: value for key, value in step.items() if key != LIMIT.name}

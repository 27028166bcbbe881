"""Runs a model's coroutine on the event loop that the experiment chooses: asyncio's own, or uvloop's."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any, Final

from engine.models import ASYNCIO, UVLOOP
from engine.workload.errors import ExperimentError

NOT_RECORDED: Final = (
    "uvloop's loop is written in C and cannot be recorded: how long coroutines waited for the loop is an "
    "estimate from how busy its thread was."
)


def check_loop(options: Mapping[str, Any]) -> None:
    """Raise ExperimentError if this interpreter does not have the loop that `options` choose."""
    if options.get("loop") == UVLOOP:
        _uvloop()


def records_itself(options: Mapping[str, Any]) -> bool:
    """Return whether the loop that `options` choose can be recorded."""
    return bool(options.get("loop", ASYNCIO) == ASYNCIO)


def run_coroutine(coroutine: Coroutine[Any, Any, None], options: Mapping[str, Any]) -> None:
    """Run a coroutine to its end on a new loop of the kind that `options` choose; call `check_loop` before."""
    if options.get("loop") == UVLOOP:
        _uvloop().run(coroutine)
        return
    import asyncio  # late: it is half of a host's import time, and most models do without it

    asyncio.run(coroutine)


def _uvloop() -> Any:
    problem = "this interpreter has no package uvloop: pip install uvloop brings it there, except on Windows"
    try:
        import uvloop
    except ModuleNotFoundError:
        raise ExperimentError("model.loop", problem) from None
    except ImportError as error:
        raise ExperimentError("model.loop", f"uvloop cannot be imported in this interpreter: {error}") from None
    if not hasattr(uvloop, "run"):
        raise ExperimentError("model.loop", "this interpreter's uvloop is older than 0.18, which brought uvloop.run")
    return uvloop

"""Tells a watched program from a workload, wherever both are kept and shown alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

WATCH: Final = "watch"  # the model's key, and the kind, of a watch's folder


def is_watch(experiment: Mapping[str, Any]) -> bool:
    """Return whether a folder's experiment describes a watch."""
    return bool((experiment.get("model") or {}).get("kind") == WATCH)


def watch_table(title: str, about: Mapping[str, Any]) -> dict[str, object]:
    """Return the table that a watch has in place of an experiment; `about` says what is watched."""
    return {
        "format": 1,
        "title": title,
        "workload": {"steps": [], "until_stopped": True},
        "model": {"kind": WATCH, "workers": 0},
        "watch": dict(about),
    }

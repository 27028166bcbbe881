"""The user's folders for data, configuration, cache and state, by the platform's conventions."""

from __future__ import annotations

from pathlib import Path
from typing import Literal


def user_folder(kind: Literal["data", "config", "cache", "state"]) -> Path | None:
    """Return Gilscope's folder of a kind; None for a user without a home (no HOME, and no entry in passwd)."""
    import platformdirs

    folder_of = {
        "data": platformdirs.user_data_path,
        "config": platformdirs.user_config_path,
        "cache": platformdirs.user_cache_path,
        "state": platformdirs.user_state_path,
    }[kind]
    try:
        found = folder_of("gilscope", appauthor=False)
    except RuntimeError:
        return None
    return found if found.is_absolute() else None  # an older platformdirs leaves a "~" as it is

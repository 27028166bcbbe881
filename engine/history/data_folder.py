"""Where this person's runs are kept."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "GILSCOPE_DATA"  # another folder, for tests and for people who want their runs elsewhere


def data_folder() -> Path:
    """Return the folder of the history: the platform's folder for user data, or what GILSCOPE_DATA says."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given).absolute()
    import platformdirs

    return platformdirs.user_data_path("gilscope", appauthor=False)

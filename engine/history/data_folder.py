"""The folder in which the user's runs are kept."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from engine.user_folder import user_folder

VARIABLE = "GILSCOPE_DATA"  # names another folder, for tests and for users who want their runs elsewhere


def data_folder() -> Path:
    """Return the folder of the history: GILSCOPE_DATA, or the platform's folder for user data.

    Raises FileNotFoundError for a user without a home.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given).absolute()
    folder = user_folder("data")
    if folder is None:
        raise FileNotFoundError(errno.ENOENT, "this user has no home folder")
    return folder

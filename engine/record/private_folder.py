"""Folders that only their owner can read, whatever the umask: runs hold code and its output."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def make_private_folder(folder: Path, *, new: bool = False) -> None:
    """Make `folder` accessible only to this user (0700), with its parents; unless `new`, it may exist already.

    Raises PermissionError if it belongs to another user, who could put code into it that we would run; OSError if it
    cannot be made.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        if new:
            raise
        refuse_others_folder(folder)


def refuse_others_folder(folder: Path) -> None:
    """Raise PermissionError if `folder` belongs to another user; otherwise remove other users' write permission."""
    status = os.stat(folder)
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    if not hasattr(os, "geteuid"):
        return
    if status.st_uid not in (os.geteuid(), 0):
        raise PermissionError(0, "belongs to another user")
    if status.st_uid == os.geteuid() and status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        os.chmod(folder, stat.S_IMODE(status.st_mode) & ~(stat.S_IWGRP | stat.S_IWOTH))

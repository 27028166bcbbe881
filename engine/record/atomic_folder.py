"""Writes several files of a folder atomically: all of them appear, or none."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

# The tables of a run's export and of a watch's: a folder has those of one.
RUN_TABLES: Final = ("runs.csv", "samples.csv", "phases.csv", "carried.csv", "threads.csv", "looks.csv")
_FIRST_COLUMN: Final = b"run_id,"


class ExportError(Exception):
    """An export could not be written; the message names the place and the reason, and nothing was left behind."""


class TargetRefusedError(ExportError):
    """The export's target is not usable: it is not a folder (or file), or may not be written to."""


def check_folder(target: Path) -> None:
    """Raise TargetRefusedError unless `target` is, or can become, a folder that we may write into."""
    try:
        target.lstat()
    except FileNotFoundError:
        _try_to_write(_nearest_folder(target))
        return
    except NotADirectoryError:  # one of its parents is not a folder
        _nearest_folder(target)
        raise
    except OSError as error:  # for example, a name that is too long
        raise TargetRefusedError(f"{target}: {error.strerror or error}") from None
    if not os.path.isdir(target):  # also a link that leads nowhere, or in a circle
        raise TargetRefusedError(f"{target}: is not a folder")
    _try_to_write(target)


def check_file(target: Path) -> None:
    """Raise TargetRefusedError if no file can be written at `target`."""
    if os.path.isdir(target):
        raise TargetRefusedError(f"{target}: is a folder")
    try:
        target.lstat()
    except FileNotFoundError:
        pass
    except NotADirectoryError:
        raise TargetRefusedError(f"{target.parent}: is not a folder") from None
    except OSError as error:
        raise TargetRefusedError(f"{target}: {error.strerror or error}") from None
    if not target.parent.is_dir():
        raise TargetRefusedError(f"{target.parent}: there is no such folder")
    _try_to_write(target.parent)


@contextlib.contextmanager
def atomic_folder(target: Path, replaced: Collection[str] = ()) -> Iterator[Path]:
    """Yield an empty folder to write files into; when the block ends they are moved into `target`.

    An existing folder keeps its other files; files of the same names are replaced. Tables named in `replaced` that an
    earlier export of a run left are removed: beside the new ones they would seem to belong to them. If the block
    raises, or the disk is full, `target` is unchanged. Raises ExportError for every failure of the files.
    """
    check_folder(target)
    made: list[Path] = []
    try:
        made = _make_parents(target)
        # Within the target if it exists: its parent may be on another file system, or not writable.
        existed = target.exists()
        beside = Path(tempfile.mkdtemp(prefix=".export-", dir=target if existed else target.parent))
    except OSError as error:
        _remove_empty(made)
        raise TargetRefusedError(f"{target}: {error.strerror or error}") from None
    done = False
    try:
        yield beside
        for file in beside.iterdir():
            _force_to_disk(file)
        _put_in_place(beside, target, existed, replaced)
        done = True
    except OSError as error:
        raise ExportError(f"{target}: {error.strerror or error}; nothing was written") from None
    finally:
        if not done or existed:
            shutil.rmtree(beside, ignore_errors=True)
        if not done:
            _remove_empty(made)


@contextlib.contextmanager
def atomic_file(target: Path) -> Iterator[Path]:
    """Yield the path of a temporary file beside `target`; when the block ends it replaces `target`."""
    check_file(target)
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield beside
        _force_to_disk(beside)
        os.replace(beside, target)
    except OSError as error:
        raise ExportError(f"{target}: {error.strerror or error}; nothing was written") from None
    finally:
        beside.unlink(missing_ok=True)


def _put_in_place(beside: Path, target: Path, existed: bool, replaced: Collection[str]) -> None:
    if not existed:
        beside.chmod(0o777 & ~_umask())
        beside.rename(target)
        return
    files = sorted(beside.iterdir())
    for file in files:  # checked before any file is moved, so that all are moved or none
        if (target / file.name).is_dir():
            raise IsADirectoryError(errno.EISDIR, f"{file.name} is a folder there")
    for name in sorted({*replaced} - {file.name for file in files}):
        if _is_table_of_a_run(target / name):
            (target / name).replace(beside / name)
    for file in files:
        file.replace(target / file.name)


def _is_table_of_a_run(file: Path) -> bool:
    """Whether it is a table such as we write: somebody's own file of that name stays."""
    try:
        with open(file, "rb") as opened:
            return opened.read(len(_FIRST_COLUMN)) == _FIRST_COLUMN
    except OSError:
        return False


def _force_to_disk(file: Path) -> None:
    # Some file systems report a full disk only here.
    with open(file, "r+b") as opened:  # Windows requires a file opened for writing
        os.fsync(opened.fileno())


def _try_to_write(folder: Path) -> None:
    # Try it: permission bits do not show read-only file systems, and do not bind an administrator.
    try:
        os.rmdir(tempfile.mkdtemp(prefix=".export-", dir=folder))
    except OSError as error:
        raise TargetRefusedError(f"{folder}: cannot be written to: {error.strerror or error}") from None


def _nearest_folder(target: Path) -> Path:
    """Return the nearest existing parent of `target`."""
    for parent in _absolute(target).parents:
        if parent.exists():
            if not parent.is_dir():
                raise TargetRefusedError(f"{parent}: is not a folder")
            return parent
    raise TargetRefusedError(f"{target}: there is no such place")


def _absolute(target: Path) -> Path:
    try:
        return target.absolute()
    except FileNotFoundError:
        raise TargetRefusedError(f"{target}: the folder we are in is gone; give the whole path") from None


def _make_parents(target: Path) -> list[Path]:
    missing = [parent for parent in _absolute(target).parents if not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir(exist_ok=True)
    return missing


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask

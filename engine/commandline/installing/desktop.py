"""`gilscope desktop`: adds the window to the desktop's menu, and registers experiment files, on Linux and other Unixes.

All files are below the user's own data folder (XDG_DATA_HOME), so no privileges are needed; `--uninstall` removes them.
The entry has this installation's command as an absolute path, so it works without an active virtual environment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.commandline.console import emit, say
from engine.commandline.verb import DONE, FailedError, RequestError, Verb
from engine.record.atomic_file import write_atomically
from engine.resources_path import resources_path

COMMAND: Final = "gilscope-window"
_ENTRY: Final = Path("applications") / "gilscope.desktop"
_MIME: Final = Path("mime") / "packages" / "gilscope.xml"
_ICON: Final = Path("icons") / "hicolor" / "scalable" / "apps" / "gilscope.svg"
# Programs that rebuild the caches which desktops read; where a program is missing, no desktop reads its cache.
_REFRESH: Final = (("update-desktop-database", "applications"), ("update-mime-database", "mime"))
_RESERVED: Final = frozenset(" \t\n\"'\\><~|&;$*?#()`")
_ESCAPED_IN_QUOTES: Final = '"`$\\'


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--install", action="store_true", help="add the window to the menu, and its files' type")
    action.add_argument("--uninstall", action="store_true", help="remove both again")


def run(arguments: Namespace) -> int:
    """Install or remove the desktop entry, the icon and the type of experiment files."""
    if sys.platform in ("win32", "darwin"):
        raise RequestError("desktop: entries of this kind exist on Linux and other free desktops only")
    folder = data_home()
    try:
        changed = list(_install(folder) if arguments.install else _uninstall(folder))
    except OSError as error:
        raise FailedError(f"{error.filename or folder}: {error.strerror or error}") from None
    for path in changed:
        emit(f"{'wrote' if arguments.install else 'removed'} {path}")
    if not changed:
        emit("nothing of Gilscope's was there")
    for problem in _refresh(folder):
        say(f"gilscope: {problem}")
    return DONE


def data_home() -> Path:
    """Return where a user's programs keep data. Raises RequestError for a user without a home."""
    named = os.environ.get("XDG_DATA_HOME", "")
    if os.path.isabs(named):  # the specification says that a relative path must be ignored
        return Path(named)
    try:
        return Path.home() / ".local" / "share"
    except RuntimeError:
        raise RequestError("desktop: this user has no home; set XDG_DATA_HOME to a folder") from None


def command_line() -> tuple[str, ...]:
    """Return the command line that starts this installation's window: its own command, else this Python with -m."""
    beside = Path(sys.executable).parent / COMMAND
    if os.access(beside, os.X_OK):
        return (str(beside),)
    found = shutil.which(COMMAND)
    return (found,) if found else (sys.executable, "-m", "gilscope")


def quoted(argument: str) -> str:
    """Return an argument as the Exec key of a desktop entry wants it."""
    text = argument.replace("%", "%%")
    if _RESERVED & set(text):
        for character in "\\" + _ESCAPED_IN_QUOTES.replace("\\", ""):
            text = text.replace(character, "\\" + character)
        text = f'"{text}"'
    return text.replace("\\", "\\\\")  # the value of a key has escapes of its own


def _install(folder: Path) -> Iterator[Path]:
    command = command_line()
    entry = resources_path("gilscope.desktop").read_text(encoding="utf-8")
    entry = entry.replace(f"Exec={COMMAND} ", f"Exec={' '.join(map(quoted, command))} ", 1)
    entry = entry.replace(f"TryExec={COMMAND}", f"TryExec={command[0]}", 1)
    mime = resources_path("gilscope-mime.xml").read_text(encoding="utf-8")
    icon = resources_path("icons", "gilscope.svg").read_text(encoding="utf-8")
    for place, text in ((_ENTRY, entry), (_MIME, mime), (_ICON, icon)):
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)
        path.chmod(0o644)
        yield path


def _uninstall(folder: Path) -> Iterator[Path]:
    for place in (_ENTRY, _MIME, _ICON):
        path = folder / place
        if path.exists():
            path.unlink()
            yield path


def _refresh(folder: Path) -> Iterator[str]:
    """Make the desktop notice the change; yield the problems."""
    for program, below in _REFRESH:
        path = shutil.which(program)
        if path is None or not (folder / below).is_dir():
            continue
        ended = subprocess.run([path, str(folder / below)], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if ended.returncode:
            yield f"{program} ended with {ended.returncode}: {ended.stderr.strip().partition(chr(10))[0]}"


VERB = Verb("desktop", "add the window and the type of its files to the desktop's menu", add_arguments, run)

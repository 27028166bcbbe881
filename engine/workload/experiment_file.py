"""Reads and writes experiment files: TOML, keeping the author's comments and order."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.workload.catalogue import Catalogue
from engine.workload.errors import ExperimentError
from engine.workload.experiment import Experiment, check
from engine.workload.experiment_toml import parse, to_toml
from engine.workload.toml_scan import MAX_BYTES
from engine.workload.toml_table import TomlTable

_TOO_LARGE = f"is larger than {MAX_BYTES // 1_000_000} MB, which no experiment file may be"


def read(path: Path | str) -> TomlTable:
    """Return what an experiment file says, unchecked.

    Raises ExperimentError that names the file, and the line and column where it is not TOML.
    """
    return parse(_read_text(Path(path)), str(path))


def load(path: Path | str, catalogue: Catalogue) -> Experiment:
    """Read and check an experiment file. Raises ExperimentError that names the place."""
    return check(read(path), catalogue)


def write(path: Path | str, data: Mapping[str, Any]) -> None:
    """Write an experiment (in the shape of `Experiment.to_dict`) as TOML, atomically.

    Keeps the comments and the order of an existing file for every table that the experiment still has. Raises
    ExperimentError if the file cannot be written; an existing file is then unchanged.
    """
    try:
        target = Path(path).resolve()
        text = to_toml(data, _text_of(target)).encode()
        if len(text) > MAX_BYTES:
            raise ExperimentError(str(path), f"cannot be written: {_TOO_LARGE}")
        _replace(target, text)
    except OSError as error:
        raise ExperimentError(str(path), f"cannot be written: {error.strerror or error}") from None


def _read_text(path: Path) -> str:
    try:
        if path.is_fifo() and not path.is_relative_to("/dev"):  # opening it would wait for a writer, perhaps for ever
            raise ExperimentError(str(path), "cannot be read: is a named pipe")
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ExperimentError(str(path), f"cannot be read: {error.strerror or error}") from None
    if len(data) > MAX_BYTES:
        raise ExperimentError(str(path), _TOO_LARGE)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ExperimentError(str(path), f"line {line}: is not UTF-8 (byte 0x{data[error.start]:02x})") from None


def _text_of(path: Path) -> str:
    try:
        return _read_text(path)
    except ExperimentError:
        return ""


def _replace(target: Path, data: bytes) -> None:
    try:
        mode = target.stat().st_mode & 0o777
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        mode = 0o666 & ~umask
    descriptor, beside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, mode)
        os.replace(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise

"""Executes a person's source as a module of its own, and makes the folder or file it imports from importable."""

from __future__ import annotations

import importlib.util
import linecache
import os
import sys
import threading
import types
from typing import Any

from engine.workload.errors import ExperimentError, MissingModuleError

MODULE = "gilscope_task"

_executing = threading.Lock()


def execute(source: str, name: str, module_name: str = MODULE) -> types.ModuleType:
    """Execute `source` as a module; tracebacks show `name` and the source's lines.

    Pickle finds its classes and functions under `module_name`, in every process that has executed it.
    """
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    module = types.ModuleType(module_name)
    module.__file__ = name
    sys.modules[module_name] = module
    exec(compile(source, name, "exec"), module.__dict__)
    return module


def module_of(shared: dict[str, Any], number: int, source: str, path: str, import_from: str = "") -> types.ModuleType:
    """Return this process's module of step `number`, executed once: threads share its globals, as in any program."""
    with _executing:
        key = f"python:{number}"
        if key not in shared:
            make_importable(import_from, f"{path}.import_from")
            try:
                # Most workloads have only one such step, and a person may print the module's name: no number for it.
                shared[key] = execute(source, f"<{path}>", f"{MODULE}_{number}" if number else MODULE)
            except ModuleNotFoundError as error:
                name = (error.name or "").partition(".")[0]
                if not name or importlib.util.find_spec(name) is not None:
                    raise
                problem = f"imports {name}, which {sys.executable} does not have"
                raise MissingModuleError(f"{path}.source", problem, name) from error
        found: types.ModuleType = shared[key]
    return found


def check_import_from(place: str, path: str) -> None:
    """Check a folder or file that a source may import from. Raises ExperimentError for `path`."""
    if not place:
        return
    full = os.path.expanduser(place)
    if not os.path.isabs(full):
        raise ExperimentError(path, "must be a whole path, such as /home/me/project")
    if not os.path.exists(full):
        raise ExperimentError(path, f"there is no {full}")
    if os.path.isfile(full) and not full.endswith(".py"):
        raise ExperimentError(path, "must be a folder, or a file whose name ends in .py")


def make_importable(place: str, path: str) -> None:
    """Make the modules in a folder, or the module in one file, importable by name, without hiding any other module.

    Raises ExperimentError for `path` if another module has the name of the file's module.
    """
    check_import_from(place, path)
    if not place:
        return
    full = os.path.realpath(os.path.expanduser(place))
    folder = os.path.dirname(full) if os.path.isfile(full) else full
    if folder not in sys.path:
        sys.path.append(folder)  # last, so that its files hide no module of the same name
    if os.path.isfile(full):
        name = os.path.basename(full)[: -len(".py")]
        found = importlib.util.find_spec(name)
        if found is None or os.path.realpath(found.origin or "") != full:
            raise ExperimentError(path, f"{name} is the name of another module too: {found and found.origin}")

"""Finds third parties' models and steps by their entry points in the app's interpreter, and makes them importable in
hosts.

Guarantees. Finding plugins imports and runs none of their code. A host can import their packages but no others that are
installed beside them: its path gets only a folder of links to these packages.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path
from typing import Final

from engine.record.host_files import PluginEntries

# The entry points' groups, and the registry that each adds to.
GROUPS: Final = {"gilscope.models": "engine.models", "gilscope.steps": "engine.workload.steps"}
VARIABLE: Final = "GILSCOPE_PLUGINS"  # more folders to search, for plugins that are not installed
_OURS: Final = frozenset({"engine", "gui", "resources", "gilscope"})


@dataclass(frozen=True, slots=True)
class Plugins:
    """The plugins found: `entries` for `registry.use_plugins`, and the problems of others.

    `folder` holds links to their packages; None if there are none.
    """

    entries: PluginEntries = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    folder: Path | None = None

    def on_path(self, environment: dict[str, str]) -> dict[str, str]:
        """Return a host's environment with the plugins' packages on its path, after Gilscope's."""
        if self.folder is None:
            return environment
        return {**environment, "PYTHONPATH": os.pathsep.join((environment["PYTHONPATH"], str(self.folder)))}


def find_plugins(path: Sequence[str] | None = None) -> Plugins:
    """Return the plugins on `path`, by default this interpreter's and the folders in GILSCOPE_PLUGINS.

    Creates `folder`, which the caller must remove.
    """
    named = [each for each in os.environ.get(VARIABLE, "").split(os.pathsep) if each]
    path = [*named, *sys.path] if path is None else path
    entries: dict[str, tuple[tuple[str, ...], ...]] = {}
    problems: list[str] = []
    folder: Path | None = None
    for distribution, point in _entry_points(path):
        origin = f"{distribution.name} {distribution.version} ({point.value})"
        module, _, attribute = (each.strip() for each in point.value.partition(":"))
        try:
            folder = folder or Path(tempfile.mkdtemp(prefix="gilscope-plugins-"))
            _link(module.partition(".")[0], path, folder)
        except (OSError, ValueError) as error:
            problems.append(f"{point.name} of {origin} is left out: {error}")
            continue
        group = GROUPS[point.group]
        entries[group] = (*entries.get(group, ()), (point.name, module, attribute, origin))
    return Plugins(entries, tuple(problems), folder)


def _entry_points(path: Sequence[str]) -> Iterator[tuple[Distribution, EntryPoint]]:
    """Yield the entry points of our groups; if a distribution is installed twice, those of the first."""
    found = list(distributions(path=list(path)))
    texts = (each.read_text("entry_points.txt") or "" for each in found)
    if not any(group in text for text in texts for group in GROUPS):
        return  # as mostly: reading the names of all that is installed takes far longer
    seen = set()
    for distribution in found:
        name = str(distribution.metadata["Name"] or "").lower()
        if name in seen:
            continue
        seen.add(name)
        for point in distribution.entry_points:
            if point.group in GROUPS:
                yield distribution, point


def _link(name: str, path: Sequence[str], folder: Path) -> None:
    """Put the top-level package or module `name` into `folder`. Raises ValueError or OSError, a reason."""
    if name in sys.stdlib_module_names or name in _OURS:
        raise ValueError(f"a module called {name} would hide another")
    source = _source(PathFinder.find_spec(name, list(path)) or importlib.util.find_spec(name))
    if source is None:
        raise ValueError(f"there is no package or file called {name}")
    target = folder / source.name
    if target.exists():
        return
    try:
        target.symlink_to(source, target_is_directory=source.is_dir())
    except OSError:  # on Windows, not every user may make links
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)


def _source(spec: ModuleSpec | None) -> Path | None:
    """Return the folder or file of a top-level package or module."""
    if spec is None:
        return None
    places = list(spec.submodule_search_locations or ()) or [str(spec.origin)]
    found = Path(places[0]).absolute()
    return found if found.is_dir() or (found.is_file() and found.suffix == ".py") else None

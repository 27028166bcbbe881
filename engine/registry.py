"""Registries that are folders: every file is one entry, and its name is the entry's key. Third parties add theirs."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from types import ModuleType
from typing import Any, NamedTuple


class RegistryError(RuntimeError):
    """A file in a registry's folder does not keep to the registry's contract."""


class Plugin(NamedTuple):
    """A third party's entry: its key, where its descriptor is (`attribute` of `module`), and who brought it."""

    key: str
    module: str
    attribute: str
    origin: str


_plugins: dict[str, list[Plugin]] = {}


def use_plugins(plugins: Mapping[str, Iterable[Sequence[str]]]) -> None:
    """Know third parties' entries in this process, by package; each is what a Plugin is made of. Imports nothing."""
    _plugins.clear()
    for package, entries in plugins.items():
        _plugins[package] = [Plugin(*entry) for entry in entries]


def load(package: str, key: str, attribute: str) -> object:
    """Import the one entry `key` of `package` and return its `attribute`; nothing else of the folder is imported.

    Raises KeyError if there is no such entry, RegistryError if it is a third party's that does not keep to the
    contract or that two of them bring, and whatever its import raises.
    """
    try:
        return _load_own(package, key, attribute)
    except KeyError:
        brought = plugins(package).get(key)
        if not brought:
            raise
    return load_plugin(brought)


def plugins(package: str) -> dict[str, list[Plugin]]:
    """Return the third parties' entries of `package` by key. More than one have the same key by mistake."""
    found: dict[str, list[Plugin]] = {}
    for plugin in _plugins.get(package, ()):
        found.setdefault(plugin.key, []).append(plugin)
    return found


def load_plugin(brought: list[Plugin]) -> Any:
    """Import the entry that third parties bring under one key. Raises RegistryError, or whatever its import raises."""
    if len(brought) > 1:
        raise RegistryError(f"{brought[0].key} is brought by {origins(brought)}; only one of them can be installed")
    [plugin] = brought
    found: Any = importlib.import_module(plugin.module)
    for name in plugin.attribute.split("."):
        found = getattr(found, name)
    card = getattr(found, "card", None)
    if card is None:
        raise RegistryError(f"{plugin.origin} is no descriptor: it has no card")
    if card.key != plugin.key:
        raise RegistryError(f"{plugin.origin} is registered as {plugin.key} and says its key is {card.key}")
    return found


def origins(brought: list[Plugin]) -> str:
    """Return who brought entries, for a sentence."""
    return " and by ".join(each.origin for each in brought)


def _load_own(package: str, key: str, attribute: str) -> object:
    name = key.replace("-", "_")
    if not name.isidentifier() or name.startswith("_"):
        raise KeyError(key)
    # As everywhere in Python, a name that is taken (by a module of the standard library) ends in an underscore.
    for module_name in (f"{package}.{name}", f"{package}.{name}_"):
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name != module_name:
                raise
        else:
            return getattr(module, attribute)
    raise KeyError(key)


def discover(package: ModuleType, attribute: str) -> dict[str, object]:
    """Import every module of `package` and return its descriptors by key, in the files' alphabetical order.

    Raises RegistryError if a file has no `attribute`, or its key does not match its name (so no two can be equal).
    """
    import pkgutil  # late: a run loads the entries that it uses, and lists none

    found: dict[str, object] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda each: each.name):
        if info.name.startswith("_"):
            continue
        descriptor = getattr(importlib.import_module(f"{package.__name__}.{info.name}"), attribute, None)
        if descriptor is None:
            raise RegistryError(f"{package.__name__}.{info.name} has no {attribute}")
        key = descriptor.card.key
        if key.replace("-", "_") != info.name.rstrip("_"):
            raise RegistryError(f"{package.__name__}.{info.name} says its key is {key}")
        found[key] = descriptor
    return found

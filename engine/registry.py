"""Registries that are folders: every file is one entry, and its name is the entry's key."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


class RegistryError(RuntimeError):
    """A file in a registry's folder does not keep to the registry's contract."""


def load(package: str, key: str, attribute: str) -> object:
    """Import the one entry `key` of `package` and return its `attribute`; nothing else of the folder is imported.

    Raises KeyError if there is no such entry.
    """
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

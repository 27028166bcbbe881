"""Checks for every table of an experiment file: that it is a table, its keys, and its kind."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping

from engine.workload.errors import ExperimentError
from engine.workload.parameter import Kind, Parameter, shown
from engine.workload.toml_table import TomlTable

KIND = Parameter("kind", "Kind", Kind.TEXT, "")


def kind_of(data: object, path: str, known: Mapping[str, object]) -> str:
    if not isinstance(data, dict):
        raise ExperimentError(path, f"must be a table, got {shown(data)}")
    if "kind" not in data:
        raise ExperimentError(f"{path}.kind", f"is missing; one of {', '.join(known)}")
    return key_of(data["kind"], f"{path}.kind", known)


def key_of(value: object, path: str, known: Collection[str]) -> str:
    """Return the key of a step or a model. Raises ExperimentError if it is not in `known`."""
    key = str(KIND.check(value, path))
    if key not in known:
        raise ExperimentError(path, f"unknown kind {shown(key)}{nearest(key, known)}")
    return key


def table_of(data: object, path: str, keys: Collection[str]) -> TomlTable:
    if not isinstance(data, dict):
        raise ExperimentError(path, f"must be a table, got {shown(data)}")
    for key in data:
        if key not in keys:
            where = f"{path}.{key}" if path else str(key)
            raise ExperimentError(where, f"unknown key{nearest(str(key), keys)}")
    return data


def nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else f"; one of {', '.join(known)}"

"""A table of an experiment's file as TOML and JSON have it, checked or not: all of it, its workload, a step."""

from __future__ import annotations

from typing import Any

TomlTable = dict[str, Any]

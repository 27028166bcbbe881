"""The type of a table of an experiment's file (the whole file, its workload, a step), checked or unchecked."""

from __future__ import annotations

from typing import Any

TomlTable = dict[str, Any]

"""Results of runs, made of what tests say of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.wire.codec import decode
from engine.wire.result import RunResult


def as_result(values: Mapping[str, Any]) -> RunResult:
    """Return a result of its JSON values; what they do not say was not measured."""
    return decode(RunResult, json.loads(json.dumps(values)))

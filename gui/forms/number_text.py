"""Numbers as people read and type them in forms, and the range of a parameter in words."""

from __future__ import annotations

import math
import re

from engine.workload.parameter import Kind, Parameter

_GROUPED = re.compile(r"[+-]?\d{1,3}([,\u202f\u00a0 _]\d{3})+")
_GROUPERS = str.maketrans("", "", ",\u202f\u00a0 _")


def number_text(value: object) -> str:
    """Return a number as people read it (`2,000`, `0.5`); anything else as plain text."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, float) and not (value.is_integer() and abs(value) < 1e15):
        return repr(value)
    return f"{int(value):,}"


def plain_number_text(value: object) -> str:
    """Return a number as text for a field that is being edited: without grouping."""
    return number_text(value).replace(",", "") if isinstance(value, (int, float)) else str(value)


def parse_number(text: str, kind: Kind) -> object:
    """Return the number in `text`, or the text itself if it is not a number of this kind.

    Digits may be grouped in threes. A comma is never read as a decimal point, because it is ambiguous.
    """
    stripped = text.strip()
    plain = stripped.translate(_GROUPERS) if _GROUPED.fullmatch(stripped) else stripped
    try:
        return int(plain)
    except ValueError:
        pass
    try:
        number = float(plain)
    except ValueError:
        return stripped
    if not math.isfinite(number):
        return stripped
    if kind is Kind.INTEGER:
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    return number


def range_hint(parameter: Parameter) -> str:
    """Return the range of a number as a form shows it beside the field, empty if there is none."""
    low, high = parameter.minimum, parameter.maximum
    if low is not None and high is not None:
        return f"{_bound(low)} to {_bound(high)}"
    if low is not None:
        return f"at least {_bound(low)}"
    return f"at most {_bound(high)}" if high is not None else ""


def _bound(value: float) -> str:
    return number_text(int(value) if float(value).is_integer() else value)

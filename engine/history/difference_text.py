"""Formats the values of two runs that are shown side by side."""

from __future__ import annotations

from typing import Any, Final

from engine.history.differences import Difference, RunFigure
from engine.wording import figure_text

SAME: Final = "No recorded fact differs: the same experiment, on the same machine, under the same Python."
_LONGEST: Final = 60
_UNITS: Final = {
    "1/s": figure_text.rate,
    "s": figure_text.seconds,
    "B": figure_text.size,
    "1": figure_text.percent,
    "": figure_text.number,
}


def value_text(difference: Difference, value: Any) -> str:
    """Return one value of a difference in a line."""
    if value is None:
        return figure_text.UNKNOWN
    if difference.key.endswith("_bytes"):
        return figure_text.size(value)
    if difference.key == "load.other_programs":
        return f"{figure_text.percent(value)} of the machine"
    if difference.key.endswith("_mhz"):
        return f"{value:,.0f} MHz"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        kind, rest = value.get("kind"), [f"{key} {each}" for key, each in value.items() if key != "kind"]
        value = " ".join([str(kind), *rest]) if kind else str(value)
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def figure_value_text(figure: RunFigure, value: float | None) -> str:
    """Return one run's figure with its unit."""
    text = _UNITS[figure.unit](value)
    return f"{text} tasks/s" if figure.unit == "1/s" and value is not None else text


def ratio_text(ratio: float | None) -> str:
    """Return the ratio of the other's value to the first: `1.96×`, a dash if there is none."""
    if ratio is None:
        return figure_text.UNKNOWN
    return f"{ratio:.2f}×" if ratio < 99.5 else f"{ratio:,.0f}×"

"""Draws figures as SVG: the ledger as hatched bars, throughput over time, and bars that compare several runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from engine.handout.page import escape
from engine.lessons.picture import RunPicture
from engine.wording.state_colors import SHOWN_COLORS
from engine.wording.state_names import SHOWN_TITLES

WIDTH: Final = 880
# Hatch lines over each state's colour, so that states differ without colour too.
_LINES: Final = {
    "gil_wait": "M0 8 L8 0",
    "io_wait": "M0 4 L8 4",
    "lock_wait": "M4 0 L4 8",
    "loop_wait": "M0 0 L8 8",
    "transport": "M0 0 L8 8 M0 8 L8 0",
    "cpu_wait": "M4 4 L4.5 4.5",
}
SERIES: Final = ("#0072B2", "#D55E00", "#009E73")
_BAR: Final = 34
_LEAST_SHARE: Final = 0.01


def ledger_svg(bars: Sequence[tuple[str, Mapping[str, float | None]]], name: str = "ledger") -> str:
    """Return a bar for each (label, seconds by state), with a legend in words; empty if nothing was measured."""
    shown = [(label, seconds) for label, seconds in bars if _total(seconds) > 0]
    if not shown:
        return ""
    states = [state for state in SHOWN_COLORS if any(_share(each, state) >= _LEAST_SHARE for _, each in shown)]
    left, top = 170.0, 24 * (1 + (len(states) - 1) // 3) + 12
    parts = [pattern(state, name) for state in states]
    for place, state in enumerate(states):
        column, above = (place % 3) * 290, (place // 3) * 24
        share = f" {_share(shown[0][1], state):.0%}" if len(shown) == 1 else ""
        parts.append(swatch(column, above, state, name))
        parts.append(f'<text x="{column + 24}" y="{above + 13}">{escape(SHOWN_TITLES[state] + share)}</text>')
    for line, (label, seconds) in enumerate(shown):
        y, x = top + line * (_BAR + 8), left
        parts.append(f'<text x="0" y="{y + _BAR / 2 + 5}">{escape(label[:22])}</text>')
        for state in states:
            width = (WIDTH - left) * _share(seconds, state)
            if width >= 0.5:
                words = f"{SHOWN_TITLES[state]} {_share(seconds, state):.0%}, {seconds.get(state) or 0.0:.2f} s"
                box = f'x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_BAR}"'
                parts.append(
                    f'<g><title>{escape(words)}</title><rect {box} fill="{SHOWN_COLORS[state]}"/>'
                    f'<rect {box} fill="url(#{name}-{state})" stroke="#fff"/></g>'
                )
            x += width
    return svg(top + len(shown) * (_BAR + 8), parts, "Where the workers' time went")


def throughput_svg(runs: Sequence[RunPicture]) -> str:
    """Return tasks a second over time, a line for each run; empty if no run has samples."""
    points = [point for run in runs for point in run.series if point[1] == point[1]]
    if not points:
        return ""
    last_s, most = max(t_s for t_s, _ in points) or 1.0, max(rate for _, rate in points) * 1.05 or 1.0
    left, height = 80, 220
    parts = [
        f'<path d="M{left} 10 V{height} H{WIDTH}" fill="none" stroke="#9aa4af"/>',
        f'<text x="{left - 8}" y="20" text-anchor="end">{most:,.0f}/s</text>',
        f'<text x="{left - 8}" y="{height}" text-anchor="end">0</text>',
        f'<text x="{WIDTH}" y="{height + 20}" text-anchor="end">{last_s:.1f} s</text>',
    ]
    for place, run in enumerate(runs):
        line = " ".join(
            f"{left + (WIDTH - left) * t_s / last_s:.1f},{height - (height - 10) * rate / most:.1f}"
            for t_s, rate in run.series
            if rate == rate
        )
        dash = ' stroke-dasharray="8 5"' if place < len(runs) - 1 else ""
        parts.append(f'<polyline points="{line}" fill="none" stroke="{SERIES[place % 3]}" stroke-width="3"{dash}/>')
        parts.append(f'<text x="{left + 12}" y="{28 + 20 * place}" style="fill:{SERIES[place % 3]}">'
                     f"{escape(run.label)}</text>")  # fmt: skip
    return svg(height + 28, parts, "Tasks a second over time")


def bars_svg(bars: Sequence[tuple[str, float | None, str]], title: str) -> str:
    """Return a bar for each (label, value, text), to a common scale."""
    most = max((value or 0.0 for _, value, _ in bars), default=0.0) or 1.0
    parts = []
    for place, (label, value, words) in enumerate(bars):
        y = place * 58
        width = WIDTH * 0.72 * (value or 0.0) / most
        parts.append(f'<text x="0" y="{y + 16}">{escape(label)}</text>')
        parts.append(f'<rect x="0" y="{y + 22}" width="{width:.1f}" height="26" fill="{SERIES[place % 3]}"/>')
        parts.append(f'<text x="{width + 10:.1f}" y="{y + 41}">{escape(words)}</text>')
    return svg(58 * len(bars), parts, title)


def svg(height: float, parts: Sequence[str], title: str) -> str:
    """Return parts as one drawing with a title."""
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def pattern(state: str, name: str) -> str:
    """Return the hatch of a state, for the drawing called `name`."""
    lines = _LINES.get(state, "")
    return (
        f'<pattern id="{name}-{state}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<path d="{lines}" stroke="#101418" stroke-opacity=".55" stroke-width="1.6"/></pattern>'
    )


def swatch(x: int, y: int, state: str, name: str) -> str:
    """Return a state's box in a legend."""
    box = f'x="{x}" y="{y}" width="18" height="16"'
    return f'<rect {box} fill="{SHOWN_COLORS[state]}"/><rect {box} fill="url(#{name}-{state})" stroke="#9aa4af"/>'


def _total(seconds: Mapping[str, float | None]) -> float:
    return sum(value or 0.0 for value in seconds.values())


def _share(seconds: Mapping[str, float | None], state: str) -> float:
    total = _total(seconds)
    return (seconds.get(state) or 0.0) / total if total > 0 else 0.0

"""Draws figures that only lessons have, as SVG: predicted and measured curves, and part of a run in slow motion."""

from __future__ import annotations

from collections.abc import Sequence

from engine.handout.drawings import SERIES, WIDTH, pattern, svg, swatch
from engine.handout.page import escape
from engine.lessons.motion import Motion, Piece
from engine.wording import figure_text as figures
from engine.wording.state_colors import STATE_COLORS
from engine.wording.state_names import STATE_TITLES
from engine.wording.worker_names import worker_mark

_LEFT = 130
_ROW = 34
_BAR = 24


def curve_svg(at: Sequence[str], curves: Sequence[tuple[str, Sequence[float | None]]], title: str) -> str:
    """Return some curves, (name, heights), over the same tick labels; the last one, which is solid, was measured."""
    most = max((height for _, heights in curves for height in heights if height is not None), default=0.0) * 1.1 or 1.0
    left, bottom, width = 60, 220, WIDTH - 180
    each = width / max(1, len(at) - 1)
    parts = [
        f'<path d="M{left} 10 V{bottom} H{left + width}" fill="none" stroke="#9aa4af"/>',
        f'<text x="{left - 8}" y="24" text-anchor="end">{most:.1f}</text>',
        f'<text x="{left - 8}" y="{bottom}" text-anchor="end">0</text>',
    ]
    for place, words in enumerate(at):
        x = left + place * each
        parts.append(f'<text x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">{escape(words)}</text>')
    for number, (name, heights) in enumerate(curves):
        known = [(place, height) for place, height in enumerate(heights) if height is not None]
        points = [(left + place * each, bottom - (bottom - 10) * height / most) for place, height in known]
        if points:
            parts += _curve(name, points, number, is_last=number == len(curves) - 1)
    return svg(bottom + 28, parts, title)


def _curve(name: str, points: Sequence[tuple[float, float]], number: int, *, is_last: bool) -> list[str]:
    color, dash = ("#14181d", "") if is_last else (SERIES[number % 3], ' stroke-dasharray="8 5"')
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return [
        f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="3"{dash}/>',
        f'<text x="{x + 8:.1f}" y="{y:.1f}" style="fill:{color}">{escape(name)}</text>',
    ]


def motion_svg(motion: Motion, name: str) -> str:
    """Return part of a run as it was seen: the GIL's holders, and each worker's states."""
    seen = {piece.what for row in motion.rows for piece in row.states}
    states = [state for state in STATE_COLORS if state in seen]
    parts = [pattern(state, name) for state in states]
    for place, state in enumerate(states):
        x, y = (place % 4) * WIDTH // 4, place // 4 * _BAR
        words = escape(STATE_TITLES[state])
        parts.append(swatch(x, y, state, name) + f'<text x="{x + 26}" y="{y + 13}">{words}</text>')
    top = _BAR * (-(-len(states) // 4)) + 12
    parts += _gil(motion, top)
    for place, row in enumerate(motion.rows, 1):
        y = top + place * _ROW
        parts.append(f'<text x="0" y="{y + 18}">{escape(row.name)}</text>')
        for piece in row.states:
            if piece.what:
                box = _box(motion, piece, y)
                parts.append(f'<rect {box} fill="{STATE_COLORS[piece.what]}"/>')
                parts.append(f'<rect {box} fill="url(#{name}-{piece.what})"/>')
    low = top + (len(motion.rows) + 1) * _ROW
    length = escape(figures.seconds(motion.length_s))
    parts.append(f'<text x="{WIDTH}" y="{low + 14}" text-anchor="end">{length}</text>')
    return svg(low + 20, parts, "Part of the run in slow motion")


def _gil(motion: Motion, top: int) -> list[str]:
    parts = [f'<text x="0" y="{top + 18}">GIL</text>']
    if not motion.gil:
        parts.append(f'<text x="{_LEFT}" y="{top + 18}">{escape(motion.no_gil)}</text>')
    names = [row.name for row in motion.rows]
    for piece in motion.gil:
        if piece.what in names:
            parts.append(f'<rect {_box(motion, piece, top)} fill="#fff" stroke="#14181d"/>')
            if _x(motion, piece.end_s) - _x(motion, piece.begin_s) > 16:
                x, mark = _x(motion, (piece.begin_s + piece.end_s) / 2), escape(worker_mark(piece.what))
                parts.append(f'<text x="{x:.1f}" y="{top + 18}" text-anchor="middle">{mark}</text>')
    return parts


def _box(motion: Motion, piece: Piece, y: int) -> str:
    x, end = _x(motion, piece.begin_s), _x(motion, piece.end_s)
    return f'x="{x:.1f}" y="{y}" width="{end - x:.1f}" height="{_BAR}"'


def _x(motion: Motion, time_s: float) -> float:
    return _LEFT + (time_s - motion.begin_s) / motion.length_s * (WIDTH - _LEFT)

"""The interactive timeline of a hand-out: at most 100,000 phases, packed, and the script that draws them."""

from __future__ import annotations

import base64
import json
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from engine.handout.page import escape
from engine.record.lane_file import QUEUED
from engine.record.phases import read_phases, step_names
from engine.record.run_folder import RunFolder

MOST_PHASES: Final = 100_000
PackedPhase = tuple[int, int, str, int]  # begin and end in microseconds, the lane's name, the kind's place

SCRIPT: Final = """
const data = JSON.parse(document.getElementById('timeline-data').textContent);
const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
const starts = new Uint32Array(bytes(data.starts).buffer), lengths = new Uint32Array(bytes(data.lengths).buffer);
const lanes = new Uint16Array(bytes(data.lanes).buffer), steps = bytes(data.steps);
const canvas = document.getElementById('timeline'), words = document.getElementById('timeline-words');
const colors = data.colors.length ? data.colors :
  ['#009E73', '#0072B2', '#D55E00', '#CC79A7', '#8A6D00', '#56B4E9', '#E69F00', '#4b555f'];
const row = 26, left = 190, whole = [data.first_us, data.last_us];
let view = whole.slice(), drag = null;
const byLane = data.names.map(() => []);
for (let i = 0; i < starts.length; i++) byLane[lanes[i]].push(i);
function draw() {
  const scale = devicePixelRatio || 1, width = canvas.clientWidth;
  canvas.width = width * scale; canvas.height = (data.names.length * row + 26) * scale;
  canvas.style.height = data.names.length * row + 26 + 'px';
  const g = canvas.getContext('2d'); g.scale(scale, scale); g.font = '13px system-ui, sans-serif';
  g.clearRect(0, 0, width, canvas.height);
  const per = (width - left) / (view[1] - view[0]);
  byLane.forEach((phases, lane) => {
    const y = lane * row + 3; g.fillStyle = '#14181d';
    g.fillText(data.names[lane].slice(0, 26), 4, y + 15);
    let end = -1;
    for (const i of phases) {
      const a = left + (starts[i] - view[0]) * per, b = left + (starts[i] + lengths[i] - view[0]) * per;
      if (b < left || a > width || b - end < 0.4) continue;
      g.fillStyle = colors[steps[i] % colors.length];
      const x = Math.max(a, left), gap = b - a > 3 ? 1 : 0;
      g.fillRect(x, y, Math.max(0.6, Math.min(b, width) - x - gap), row - 6);
      end = b;
    }
  });
  g.fillStyle = '#4b555f'; const y = data.names.length * row + 18;
  g.fillText((view[0] / 1e6).toFixed(4) + ' s', left, y);
  const last = (view[1] / 1e6).toFixed(4) + ' s'; g.fillText(last, width - g.measureText(last).width - 4, y);
}
function at(event) { const box = canvas.getBoundingClientRect();
  return [view[0] + (event.clientX - box.left - left) / (box.width - left) * (view[1] - view[0]),
          Math.floor((event.clientY - box.top) / row)]; }
function show(a, b) { const most = whole[1] - whole[0], length = Math.min(Math.max(b - a, 20), most);
  a = Math.min(Math.max(a, whole[0]), whole[1] - length); view = [a, a + length]; draw(); }
function zoom(factor, middle) { show(middle - (middle - view[0]) * factor, middle + (view[1] - middle) * factor); }
canvas.addEventListener('wheel', e => { e.preventDefault(); zoom(e.deltaY < 0 ? 0.8 : 1.25, at(e)[0]); });
canvas.addEventListener('mousedown', e => { drag = at(e)[0]; });
addEventListener('mouseup', () => { drag = null; });
canvas.addEventListener('mousemove', e => {
  const [time, lane] = at(e);
  if (drag !== null) { show(view[0] + drag - time, view[1] + drag - time); return; }
  const found = (byLane[lane] || []).find(i => starts[i] <= time && time < starts[i] + lengths[i]);
  words.textContent = found === undefined ? data.help
    : data.names[lane] + ': ' + data.kinds[steps[found]] + ', ' + (lengths[found] / 1000).toFixed(3) + ' ms';
});
canvas.addEventListener('keydown', e => {
  const width = view[1] - view[0], middle = (view[0] + view[1]) / 2;
  const calls = { '+': () => zoom(0.5, middle), '-': () => zoom(2, middle), Home: () => show(...whole),
    ArrowLeft: () => show(view[0] - width / 4, view[1] - width / 4),
    ArrowRight: () => show(view[0] + width / 4, view[1] + width / 4) };
  if (calls[e.key]) { e.preventDefault(); calls[e.key](); }
});
addEventListener('resize', draw); words.textContent = data.help; draw();
"""


@dataclass(slots=True)
class PackedPhases:
    """Phases as columns: start and length in microseconds, the lane's place, the step's place in `kinds`."""

    names: list[str] = field(default_factory=list)
    starts: array[int] = field(default_factory=lambda: array("I"))
    lengths: array[int] = field(default_factory=lambda: array("I"))
    lanes: array[int] = field(default_factory=lambda: array("H"))
    steps: array[int] = field(default_factory=lambda: array("B"))


def timeline(folder: RunFolder) -> str:
    """Return a page's timeline section, empty for a run without phases; the page needs SCRIPT."""
    names = step_names(folder.experiment())
    kinds = [name for place, name in sorted(names.items()) if place != QUEUED]
    place_of = {place: number for number, place in enumerate(each for each in sorted(names) if each != QUEUED)}
    return packed_timeline([(*each[:3], place_of[each[3]]) for each in _phases(folder)], kinds)


def packed_timeline(
    phases: list[PackedPhase], kinds: Sequence[str], colors: Sequence[str] = (), title: str = "Timeline"
) -> str:
    """Return phases as a section of a page; `kinds` are the names of their kinds, `colors` the kinds' colours."""
    phases = sorted(phases)
    if not phases:
        return ""
    left_out = len(phases) - MOST_PHASES
    if left_out > 0:
        phases = phases[left_out // 2 : left_out // 2 + MOST_PHASES]
    packed = PackedPhases()
    places: dict[str, int] = {}
    for begin_us, end_us, name, step in phases:
        packed.starts.append(begin_us)
        packed.lengths.append(max(0, end_us - begin_us))
        packed.lanes.append(places.setdefault(name, len(places)))
        packed.steps.append(min(step, 255))
    data = {
        "names": list(places),
        "kinds": list(kinds),
        "colors": list(colors),
        "first_us": phases[0][0],
        "last_us": max(end for _, end, _, _ in phases),
        "starts": _packed(packed.starts),
        "lengths": _packed(packed.lengths),
        "lanes": _packed(packed.lanes),
        "steps": _packed(packed.steps),
        "help": "Wheel or + and − zoom, drag or arrows move, Home shows all; point at a bar to read it.",
    }
    text = json.dumps(data, separators=(",", ":")).replace("</", "<\\/")
    rest = f" {left_out:,} phases before and after are left out." if left_out > 0 else ""
    return (
        f"<section><h2>{escape(title)}</h2>"
        f'<canvas id="timeline" tabindex="0" role="img" aria-label="Phases of each worker over time"></canvas>'
        f'<p class="quiet"><span id="timeline-words"></span>{escape(rest)}</p>'
        f'<script type="application/json" id="timeline-data">{text}</script></section>'
    )


def _phases(folder: RunFolder) -> Iterator[PackedPhase]:
    for piece in read_phases(folder):
        for number, step, begin_s, end_s in zip(piece.number, piece.step, piece.start_s, piece.end_s, strict=True):
            if step != QUEUED:
                yield max(0, round(begin_s * 1e6)), max(0, round(end_s * 1e6)), piece.lanes[number].worker, step


def _packed(values: array[int]) -> str:
    if sys.byteorder == "big":
        values = array(values.typecode, values)
        values.byteswap()
    return base64.b64encode(values.tobytes()).decode()

"""Writes one watch, or two side by side, as one HTML file: sentences, figures, threads, locks and timeline."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine.handout.drawings import ledger_svg
from engine.handout.page import code, escape, page, table
from engine.handout.timeline import SCRIPT, PackedPhase, packed_timeline
from engine.lessons.run_pictures import machine_words
from engine.record.run_folder import RunFolder
from engine.trace.picture.run_looks import RunLooks
from engine.trace.picture.thread_store import ThreadStore
from engine.trace.state_stretches import state_stretches
from engine.wire.codec import plain
from engine.wire.protocol import LEDGER_STATES
from engine.wording import figure_text as figures
from engine.wording.state_colors import STATE_COLORS
from engine.wording.state_names import STATE_TITLES

_MOST_BARS: Final = 16
_MOST_ROWS: Final = 12


def watch_handout(folder: RunFolder) -> str:
    """Return a watch's hand-out. Raises RunFolderError if the watch has no result, or is damaged."""
    result = _result(folder)
    shown = packed_timeline(
        list(_stretches(folder)),
        [STATE_TITLES[state] for state in LEDGER_STATES],
        [STATE_COLORS[state] for state in LEDGER_STATES],
        "What each thread was seen to do",
    )
    title = str(result.get("title") or "Untitled")
    parts = [f"<h1>{escape(title)}</h1>", f'<p class="quiet">{escape(_about(result))}</p>', *_parts(result), shown]
    parts.append(f"<h2>What was watched</h2>{code(json.dumps(_watched(result), indent=2, ensure_ascii=False))}")
    return page(title, parts, SCRIPT if shown else "")


def watch_pair_handout(one: RunFolder, other: RunFolder) -> str:
    """Return two watches side by side, such as before and after a change."""
    results = [_result(folder) for folder in (one, other)]
    names = [f"{letter}: {each.get('title') or 'Untitled'}" for letter, each in zip("AB", results, strict=True)]
    rows = [(left[0], left[1], right[1]) for left, right in zip(_rows(results[0]), _rows(results[1]), strict=True)]
    bars = [(name, each.get("ledger_s") or {}) for name, each in zip(names, results, strict=True)]
    parts = [
        f"<h1>{escape(names[0])}<br>{escape(names[1])}</h1>",
        table(("figure", "A", "B"), rows),
        f"<h2>Where the threads' time went</h2>{ledger_svg(bars)}",
    ]
    for name, each in zip(names, results, strict=True):
        parts += [f"<h2>{escape(name)}</h2>", f'<p class="quiet">{escape(_about(each))}</p>', *_parts(each)]
    return page(f"{names[0]} and {names[1]}", parts)


def _parts(result: Mapping[str, Any]) -> list[str]:
    titles = {(each["pid"], each["tid"]): each["worker"] for each in result.get("lanes") or ()}
    bars = [
        (titles.get((row["pid"], row["tid"])) or f"thread {row['tid']}", row["ledger_s"])
        for row in (result.get("threads") or ())[:_MOST_BARS]
    ]
    return [
        "".join(f"<p>{escape(sentence)}</p>" for sentence in result.get("insight") or ()),
        f"<section>{table(('figure', 'value'), _rows(result))}</section>",
        f"<section><h2>Where each thread's time went</h2>{ledger_svg(bars)}</section>",
        _gil(result),
        _locks(result),
    ]


def _rows(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    processes, cores, witness = (result.get(name) or {} for name in ("processes", "cores", "witness"))
    rate = witness.get("rate_hz")
    return [
        ("Watched for", figures.seconds(result.get("elapsed_s"))),
        ("Ended", f"{result.get('status')}{', ' + str(result['reason']) if result.get('reason') else ''}"),
        ("Cores kept busy", figures.number(cores.get("run"))),
        ("Processes, at most", figures.number(processes.get("peak"))),
        ("Threads, at most", figures.number(processes.get("threads_peak"))),
        ("Memory, at most", figures.size(processes.get("rss_peak_bytes"))),
        ("Looks a second at each thread", figures.UNKNOWN if rate is None else figures.number(rate)),
    ]


def _gil(result: Mapping[str, Any]) -> str:
    rows = []
    for each in result.get("gil") or ():
        held = sorted((each.get("held_s") or {}).items(), key=lambda pair: -(pair[1] or 0.0))
        told = ", ".join(f"{name} {figures.seconds(seconds)}" for name, seconds in held[:6] if seconds)
        rate = each.get("handovers_per_s")
        rows.append((str(each["pid"]), told or "no holder was seen", "" if rate is None else figures.number(rate)))
    return f"<h2>Who held the GIL</h2>{table(('process', 'held by', 'handovers/s'), rows)}" if rows else ""


def _locks(result: Mapping[str, Any]) -> str:
    rows = []
    for each in (result.get("locks") or ())[:_MOST_ROWS]:
        waited, held = each.get("waited_s") or {}, each.get("held_s") or {}
        told = ", ".join(f"{name} {figures.seconds(seconds)}" for name, seconds in list(waited.items())[:6])
        by = ", ".join(f"{name} {figures.seconds(seconds)}" for name, seconds in list(held.items())[:4])
        rows.append((f"{each['address']} of {each['pid']}", told, by))
    return f"<h2>Locks</h2>{table(('lock', 'waited for by', 'held by, as far as seen'), rows)}" if rows else ""


def _result(folder: RunFolder) -> dict[str, Any]:
    return plain(folder.final_result())


def _about(result: Mapping[str, Any]) -> str:
    when = str((result.get("environment") or {}).get("time") or "")[:16].replace("T", " ")
    return ", ".join(part for part in ("a watched program", machine_words(result), when) if part)


def _watched(result: Mapping[str, Any]) -> object:
    return (result.get("experiment") or {}).get("watch") or {}


def _stretches(folder: RunFolder) -> Iterator[PackedPhase]:
    """Yield each stretch of time in which a thread was seen in one state."""
    looks = RunLooks(folder.path, watched=True)
    try:
        while looks.refresh(final=True):
            pass
    finally:
        looks.close()
    store = ThreadStore(folder.path, looks)
    store.refresh(final=True)
    for lane in store.lanes:
        seen = looks.at(lane.lane)
        if seen is None:
            continue
        name = f"{lane.worker or 'thread'} {lane.thread}"
        for begin_ns, end_ns, state in state_stretches(seen.times_ns, seen.states, looks.rounds_at(seen.times_ns)):
            yield max(0, begin_ns // 1000), max(0, end_ns // 1000), name, state

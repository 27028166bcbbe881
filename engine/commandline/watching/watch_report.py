"""A watch's result as a page of text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine.watch.watch_figures import thread_titles
from engine.wire.protocol import LEDGER_STATES
from engine.wording.state_names import IO_WAITS, STATE_TITLES, in_sentence

_WIDTH: Final = 100
_MOST: Final = 20
_LEAST: Final = 0.01


def watch_report(result: Mapping[str, Any]) -> str:
    """Return a watch's summary: how it ended, the sentences about it, its threads."""
    lines = [f"{result['title']}: {result['status']} after {result['elapsed_s']:.2f} s"]
    if result.get("reason"):
        lines.append(f"reason: {result['reason']}")
    lines += ["", *textwrap.wrap(" ".join(result["insight"]), _WIDTH), ""]
    processes = result["processes"]
    lines.append(
        f"at most: {processes['peak']} process{'es' * (processes['peak'] != 1)}, {processes['threads_peak']} thread"
        f"{'s' * (processes['threads_peak'] != 1)}, {processes['rss_peak_bytes'] / 2**20:,.0f} MiB"
    )
    titles = thread_titles(result["threads"])
    for row in result["threads"][:_MOST]:
        lines.append(f"  {_thread(row, titles[row['pid'], row['tid']])}")
    if len(result["threads"]) > _MOST:
        lines.append(f"  and {len(result['threads']) - _MOST} more threads")
    lines += _functions(result)
    witness = result["witness"]
    if witness["method"] == "none":
        lines.append(f"what threads wait for was not seen: {witness.get('reason') or 'for an unknown reason'}")
    return "\n".join(lines)


def _functions(result: Mapping[str, Any]) -> list[str]:
    """Return a line for each function, if stacks were sampled: in what share of the samples a thread was in it."""
    functions, samples = result.get("functions") or (), result.get("stack_samples") or 0
    if not functions or not samples:
        return []
    counted = f"{samples} sample{'s' * (samples != 1)}"
    lines = ["", f"functions in {counted}: held the GIL, waited for it, running or ready to run, locks, other waits"]
    for each in functions[:_MOST]:
        shares = [each[what] / samples for what in ("holds", "waits", "runs", "locks", "sleeps")]
        told = " ".join(f"{share:>5.0%}" if share else "    –" for share in shares)
        lines.append(f"  {told}  {each['name']} ({each['file']}:{each['line']})")
    return lines


def _thread(row: Mapping[str, Any], title: str) -> str:
    times = dict(_times(row))
    total = sum(times.values()) + row["unseen_s"]
    told = [f"{words} {times[words] / total:.0%}" for words in times if times[words] >= _LEAST * total] if total else []
    return f"{title}: {', '.join(told) or 'not seen'}"


def _times(row: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield what a thread did, and for how long; what waiting for I/O was is told where it was seen."""
    waits = row.get("waits_s")
    for state in LEDGER_STATES:
        if state == "io_wait" and waits:
            yield from ((words, waits.get(name) or 0.0) for name, words in IO_WAITS.items())
        else:
            yield in_sentence(STATE_TITLES[state]), row["ledger_s"][state] or 0.0

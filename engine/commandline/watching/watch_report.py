"""A watch's result as a page of text."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any, Final

from engine.wire.protocol import LEDGER_STATES
from engine.wording.state_names import STATE_TITLES

_WIDTH: Final = 100
_MOST: Final = 20


def watch_report(result: Mapping[str, Any]) -> str:
    """Return what a person wants to know of a watch: how it ended, what is said of it, its threads."""
    lines = [f"{result['title']}: {result['status']} after {result['elapsed_s']:.2f} s"]
    if result.get("reason"):
        lines.append(f"reason: {result['reason']}")
    lines += ["", *textwrap.wrap(" ".join(result["insight"]), _WIDTH), ""]
    processes = result["processes"]
    lines.append(
        f"at most: {processes['peak']} process{'es' * (processes['peak'] != 1)}, {processes['threads_peak']} thread"
        f"{'s' * (processes['threads_peak'] != 1)}, {processes['rss_peak_bytes'] / 2**20:,.0f} MiB"
    )
    for row in result["threads"][:_MOST]:
        lines.append(f"  {_thread(row)}")
    if len(result["threads"]) > _MOST:
        lines.append(f"  and {len(result['threads']) - _MOST} more threads")
    witness = result["witness"]
    if witness["method"] == "none":
        lines.append(f"what threads wait for was not seen: {witness.get('reason') or 'not known why'}")
    return "\n".join(lines)


def _thread(row: Mapping[str, Any]) -> str:
    ledger = row["ledger_s"]
    total = sum(value for value in ledger.values() if value) + row["unseen_s"]
    shares = [(state, (ledger[state] or 0.0) / total) for state in LEDGER_STATES] if total else []
    told = [
        f"{STATE_TITLES[state][0].lower()}{STATE_TITLES[state][1:]} {share:.0%}"
        for state, share in shares
        if share >= 0.01
    ]
    return f"{row['name'] or 'thread'} {row['tid']}: {', '.join(told) or 'not seen'}"


def _small(title: str) -> str:
    return title[:1].lower() + title[1:]

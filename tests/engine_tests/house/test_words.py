"""Names and phrases that are not used any more, and what is written in their place."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.drawings.import_graph import ROOT, module_files

CLASSES = {
    "Family": "ProcessTree",
    "Strays": "EscapedProcesses",
    "Accounts": "ThreadTimes",
    "Census": "UsageSampler",
    "Tally": "PhaseTotals",
    "Watch": "RunMonitor",
    "Pace": "RateLimiter",
    "Around": "RunContext",
}
MODULES = {
    "carried": "remote_task",
    "bare": "uninstrumented",
    "bare_run": "uninstrumented_run",
    "both_ways": "overhead_pairs",
    "both_ways_run": "overhead_pairs",
    "whole_file": "atomic_file",
    "whole_folder": "atomic_folder",
    "started": "spawn",
    "outline": "partial_result",
    "questions": "host_queries",
    "cut_short": "recover_result",
    "look_commands": "view_commands",
}


def test_no_class_has_a_name_that_has_to_be_explained() -> None:
    found = {
        f"{module}.{node.name}"
        for module, path in module_files().items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and node.name in CLASSES
    }
    assert found == set()


def test_one_class_name_is_one_thing() -> None:
    places = [
        (node.name, module)
        for module, path in module_files().items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    names = Counter(name for name, _ in places)
    assert sorted(place for place in places if names[place[0]] > 1) == []


def test_no_module_has_a_name_that_has_to_be_explained() -> None:
    assert {module for module in module_files() if module.rpartition(".")[2] in MODULES} == set()


# A phrase of our own, and what a good engineer would say. They are looked for without regard to case, as whole words.
PHRASES = {
    "that nobody vouches for": "an untrusted program",
    "too dear": "too expensive",
    "liar": "and verifies the answer",
    "those that do not count": "warm-up segments",
    "not told of": "not reported",
    "what only passes by": "transient messages",
    "waits for leave": "awaits permission",
    "half within": "median (p50)",
    "90 % within": "p90",
    "99 in 100": "p99",
    "cost of watching": "overhead",
    "s gone": "elapsed",
    "worth of work": "kept 0.6 of a core busy",
    "any faster than": "extra workers don't help",
    "the other programs' doing": "caused by other programs",
    "the way costs more than the work": "overhead outweighs the work",
    "payloads: processes that carry": "the cost of copying",
    "come as they like": "random arrivals",
    "no difference shown": "no clear winner",
    "no difference shows": "no clear winner",
    "memory of its own": "private memory",
    "against its will": "involuntary",
    "try one after the other": "run sequentially",
    "more workers than cores do not": "extra workers don't help",
    "the way costs": "overhead",
    "at most: no bound": "time limit: none",
    "end (replay)": "close replay",
    "end replay": "close replay",
    "phases run": "steps run",
    "workloads run on 3.10 or newer": "too old (needs 3.10)",
    "what watching costs": "overhead",
    "costs to be watched": "overhead",
    "beside the main thread": "in another thread",
    "whoever commands": "the client",
    "at a word": "when told to",
    "is through with": "finishes",
    "less than nothing": "cannot be negative",
}


@pytest.mark.parametrize("phrase", PHRASES)
def test_no_phrase_of_our_own_stands_where_the_field_has_a_term(phrase: str) -> None:
    pattern = re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}: {text[max(0, place.start() - 40) : place.end() + 40]}"
        for path in _texts()
        for text in [" ".join(path.read_text(encoding="utf-8").split())]  # also where a line is broken within it
        for place in pattern.finditer(text)
    ]
    assert found == [], f"write: {PHRASES[phrase]}"


def _texts() -> list[Path]:
    """Return everything that people read: code, pages, lessons and examples."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *ROOT.joinpath("docs").glob("*.md")]
    return [*module_files().values(), *pages, *ROOT.joinpath("resources").rglob("*.toml")]

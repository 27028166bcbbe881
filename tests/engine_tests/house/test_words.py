"""Names and phrases that are not used any more, and what is written in their place."""

from __future__ import annotations

import ast

from tests.drawings.import_graph import module_files

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


def test_no_module_has_a_name_that_has_to_be_explained() -> None:
    assert {module for module in module_files() if module.rpartition(".")[2] in MODULES} == set()

"""The check of a person's source: what gives a task, where it goes wrong, and that nothing of it is run."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from engine.workload.source_check import SourceError, task_definition

MISSING = "has no function called task; write def task(item): or async def task(item):"
TWO = "task takes at most two arguments: the task's (its number, or what argument() made), and its worker's state"
YIELDS = "task has a yield: calling it only makes a generator, and runs nothing"


@pytest.mark.parametrize(
    "source",
    [
        "def task(item): pass",
        "async def task(item): pass",
        "def task(item, extra=1): pass",
        "def task(*items): pass",
        "def task(item, /, *, named=1): pass",
        "def task(): pass",
        "def setup(): pass\ndef task(item, state): pass",
        "def prepare(): pass\ndef task(item, state): pass",
        "def task(): pass\ndef task(item): pass",
        "def task(item):\n    def part():\n        yield item\n    return list(part())",
        "@collected\ndef task(item):\n    yield item",
        "pattern = '\\d'\ndef task(item): pass",
    ],
)
def test_a_task_is_found(source: str) -> None:
    definition = task_definition(source)
    assert definition.name == "task"
    assert isinstance(definition, ast.AsyncFunctionDef) == source.startswith("async")


@pytest.mark.parametrize(
    ("source", "line", "text"),
    [
        ("def task(item):\n    return (\n", 2, "'(' was never closed"),
        ("def task(item)\n    pass", 1, "expected ':'"),
        ("def setup(): pass\ndef task(a, b, c): pass", 2, TWO),
        ("def task(item): pass\ndef setup(a, b): pass", 2, "setup takes at most one argument, what prepare() returned"),
        ("def task(item): pass\ndef prepare(a): pass", 2, "prepare takes no argument"),
        ("def task(item): pass\nasync def finish(): pass", 2, "finish runs where nothing awaits it: write def finish"),
        ("def task(a, b): pass", 1, "task takes one argument, the task's number"),
        ("def task(a, *, b): pass", 1, "task takes one argument, the task's number"),
        ("def task(item):\n    if item:\n        x = yield item", 3, YIELDS),
        ("async def task(item):\n    yield item", 2, YIELDS),
        ("", 0, MISSING),
        ("class task: pass", 0, MISSING),
        ("if 1:\n    def task(item): pass", 0, MISSING),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(source: str, line: int, text: str) -> None:
    with pytest.raises(SourceError) as caught:
        task_definition(source)
    assert (caught.value.line, caught.value.text) == (line, text)
    assert str(caught.value) == (f"line {line}: {text}" if line else text)


@pytest.mark.parametrize("source", ["def task(item): pass\0", "(" * 5000, "-" * 200_000 + "1"])
def test_source_that_cannot_be_read_at_all_is_an_error_like_any_other(source: str) -> None:
    with pytest.raises(SourceError):
        task_definition(source)


def test_nothing_is_run(tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    task_definition(f"open({str(trace)!r}, 'w')\n@print\ndef task(item=open({str(trace)!r}, 'w')): pass")
    assert not trace.exists()

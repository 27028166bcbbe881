"""`gilscope lessons`: the list, and claims proved by running them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from engine.lessons.lesson import Lesson
from engine.lessons.shelf import SHIPPED, load_lesson
from tests.commands import gilscope_here

MINE = """
format = 1
title = "Mine"

[experiments.one]
label = "one worker"
workload = { tasks = 20, steps = [{ kind = "sleep", duration_ms = 5.0 }] }
model = { kind = "threads", workers = 1 }

[experiments.four]
label = "four workers"
like = "one"
model = { workers = 4 }

[[scenes]]
kind = "versus"
title = "Four against one"
experiments = ["one", "four"]

[[claims]]
text = "Four are faster."
relation = "four.elapsed_s < 0.7 * one.elapsed_s"
source = "https://docs.python.org/3/library/threading.html"

[[claims]]
text = "One is faster."
relation = "one.elapsed_s < 0.7 * four.elapsed_s"
source = "https://docs.python.org/3/library/threading.html"

[[claims]]
text = "A thousand cores are enough."
relation = "one.elapsed_s > 0"
least_cores = 1000
source = "https://docs.python.org/3/library/threading.html"
"""
CODE = MINE.replace('{ kind = "sleep", duration_ms = 5.0 }', '{ kind = "python", source = "def task(item): pass" }')


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    file = tmp_path / "mine.toml"
    file.write_text(MINE, encoding="utf-8")
    return file


def test_the_list_has_every_lesson(tmp_path: Path) -> None:
    done = gilscope_here(tmp_path, "lessons", "--json")
    assert done.returncode == 0, done.stderr
    listed = json.loads(done.stdout)
    assert len(listed) == len(list(SHIPPED.glob("*.toml")))
    assert all(each["title"] and each["claims"] and each["scenes"] for each in listed)


def test_each_claim_is_judged_and_a_false_one_fails_the_check(tmp_path: Path, mine: Path) -> None:
    done = gilscope_here(tmp_path, "lessons", "--check", "--json", mine)
    assert done.returncode == 1
    [lesson] = json.loads(done.stdout)
    assert [each["verdict"] for each in lesson["claims"]] == ["holds", "fails", "cannot be shown here"]
    assert set(lesson["claims"][0]["figures"]) == {"four.elapsed_s", "one.elapsed_s"}
    assert lesson["claims"][2]["reason"].startswith("needs 1000 cores")


def test_code_that_is_not_ours_asks_for_permission(tmp_path: Path, mine: Path) -> None:
    mine.write_text(CODE, encoding="utf-8")
    done = gilscope_here(tmp_path, "lessons", "--check", mine)
    assert done.returncode == 2
    assert "experiments.one has code of its own" in done.stderr
    assert gilscope_here(tmp_path, "lessons", "--check", "--trust", "--json", mine).returncode == 1


def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, mine: Path) -> None:
    mine.write_text(MINE.replace("workers = 4", "workers = 0"), encoding="utf-8")
    done = gilscope_here(tmp_path, "lessons", mine)
    assert done.returncode == 1
    assert "mine.toml: experiments.four.model.workers: must be at least 1, got 0" in done.stderr
    assert gilscope_here(tmp_path, "lessons", "nothing").returncode == 2


def test_a_shipped_lessons_claims_hold(tmp_path: Path) -> None:
    done = gilscope_here(tmp_path, "lessons", "--check", "given-up-while-waiting", "--json")
    assert done.returncode == 0, done.stdout
    [lesson] = json.loads(done.stdout)
    assert [each["verdict"] for each in lesson["claims"]] == ["holds", "holds"]


@pytest.mark.matrix
@pytest.mark.alone
@pytest.mark.parametrize("name", sorted(each.stem.split("-", 1)[1] for each in SHIPPED.glob("*.toml")))
def test_no_claim_of_a_shipped_lesson_fails(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lesson of which a claim failed is run once more: a claim that is false fails again."""
    named = os.environ.get("GILSCOPE_FREE_THREADED")
    if named:
        monkeypatch.setenv("PATH", f"{Path(named).parent}{os.pathsep}{os.environ['PATH']}")
    if _failed_claims(tmp_path, name):
        assert _failed_claims(tmp_path, name) == []


FREE_THREADED = os.environ.get("GILSCOPE_FREE_THREADED", "")
NEEDS_NO_PARTICULAR = [
    path.stem.split("-", 1)[1]
    for path in sorted(SHIPPED.glob("*.toml"))
    if isinstance(lesson := load_lesson(path, shipped=True), Lesson)
    and all(each.python == "any" for each in lesson.experiments.values())
]


@pytest.mark.matrix
@pytest.mark.alone
@pytest.mark.skipif(not FREE_THREADED, reason="GILSCOPE_FREE_THREADED names no free-threaded Python")
@pytest.mark.parametrize("name", NEEDS_NO_PARTICULAR)
def test_no_claim_fails_on_the_free_threaded_build_either(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lessons that ask for no particular Python are true with the GIL and without it."""
    monkeypatch.setenv("PATH", f"{Path(FREE_THREADED).parent}{os.pathsep}{os.environ['PATH']}")
    if _failed_claims(tmp_path, name, "--interpreter", "3t"):
        assert _failed_claims(tmp_path, name, "--interpreter", "3t") == []


def test_an_interpreter_that_is_not_there_is_refused(tmp_path: Path, mine: Path) -> None:
    done = gilscope_here(tmp_path, "lessons", "--check", "--interpreter", "3.99", mine)
    assert done.returncode == 2
    assert "no interpreter is called 3.99" in done.stderr


def test_any_python_can_be_named_by_its_path_and_a_record_does_not_keep_the_path(tmp_path: Path) -> None:
    """It need not be one that is found on the PATH: whoever names it wants it started."""
    text = MINE.split("[[claims]]")
    (tmp_path / "mine.toml").write_text("[[claims]]".join(text[:2]), encoding="utf-8")
    python = tmp_path / "elsewhere" / "my-python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    checking = ("lessons", "--check", "--record", "--interpreter")
    done = gilscope_here(tmp_path, *checking, python, tmp_path / "mine.toml")
    assert done.returncode == 0, done.stderr
    recorded = json.loads((tmp_path / "recorded" / "mine.json").read_text(encoding="utf-8"))
    for run in recorded.values():
        assert run["result"]["interpreter"]["version"].startswith("3.")
        assert "path" not in run["result"]["interpreter"]
    refused = gilscope_here(tmp_path, *checking, tmp_path / "nowhere" / "python", tmp_path / "mine.toml")
    assert refused.returncode == 2
    assert refused.stderr.strip() == f"gilscope: --interpreter: {tmp_path / 'nowhere' / 'python'} does not exist"


def _failed_claims(folder: Path, name: str, *more: str) -> list[str]:
    """Check a shipped lesson and return the claims that failed."""
    done = gilscope_here(folder, "lessons", "--check", "--json", *more, name)
    assert done.returncode in (0, 1), done.stderr
    [lesson] = json.loads(done.stdout)
    assert lesson["claims"]
    failed = [
        f"{each['text']} {each['figures']} {each['reason']}" for each in lesson["claims"] if each["verdict"] == "fails"
    ]
    assert bool(failed) == bool(done.returncode), done.stderr
    return failed

"""What is said of a kept run: kept with it, bounded, shown by the command, and never what keeps a run from its list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.history.run_notes import MOST_TAGS, NOTES, NotesError, RunNotes, read_notes, write_notes
from engine.history.store import HistoryError, Store
from tests.commands import gilscope_here
from tests.run_folders import make_run

IDS = [f"20261122-20000{number}-aaaa" for number in range(3)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for run_id in IDS:
        make_run(tmp_path / "runs" / run_id)
    return tmp_path


@pytest.mark.parametrize(
    "notes",
    [
        RunNotes(),
        RunNotes(True),
        RunNotes(name="Before", tags=("a", "b c"), note="two\nlines"),
        RunNotes(True, "=1+1", ("<b>",), '"quoted"\x1b[31m'),
    ],
)
def test_notes_come_back_as_they_were_kept(tmp_path: Path, notes: RunNotes) -> None:
    write_notes(tmp_path, notes)
    assert read_notes(tmp_path) == notes
    assert (tmp_path / NOTES).exists() == (notes != RunNotes())


def test_blanks_and_doubled_tags_are_left_out(tmp_path: Path) -> None:
    write_notes(tmp_path, RunNotes(False, "  Name ", (" a  b ", "a b", "", "c"), "  \n"))
    assert read_notes(tmp_path) == RunNotes(False, "Name", ("a b", "c"), None)


@pytest.mark.parametrize(
    ("notes", "where"),
    [
        (RunNotes(name="n" * 201), "name"),
        (RunNotes(note="n" * 10_001), "note"),
        (RunNotes(tags=tuple(map(str, range(MOST_TAGS + 1)))), "tags"),
        (RunNotes(tags=("t" * 41,)), "tag"),
    ],
)
def test_a_bound_is_named_and_nothing_is_written(tmp_path: Path, notes: RunNotes, where: str) -> None:
    with pytest.raises(NotesError, match=where):
        write_notes(tmp_path, notes)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [("{", "is not JSON"), ('{"tags": 3}', "tags"), ('{"starred": "yes"}', "starred"), ("[" * 5000, NOTES)],
)
def test_damaged_notes_are_named_and_the_run_is_listed(data: Path, text: str, problem: str) -> None:
    (data / "runs" / IDS[0] / NOTES).write_text(text, encoding="utf-8")
    with pytest.raises(NotesError, match=problem):
        read_notes(data / "runs" / IDS[0])
    with Store(data) as store:
        store.recover()
        assert {run.run_id for run in store.runs()} == set(IDS)
        assert any(NOTES in each for each in store.problems)


def test_the_index_is_made_again_with_what_was_said(data: Path) -> None:
    notes = RunNotes(True, "Mine", ("a", "b"), "n")
    with Store(data) as store:
        store.recover()
        assert store.say_of(IDS[1], notes).notes == notes
        with pytest.raises(HistoryError, match="not in the history"):
            store.say_of("nothing", notes)
    (data / "history.sqlite").unlink()
    with Store(data) as again:
        again.recover()
        assert again.find(IDS[1]).notes == notes


def test_a_run_with_a_star_outlives_others(data: Path) -> None:
    with Store(data) as store:
        store.recover()
        oldest = store.runs()[-1].run_id
        store.say_of(oldest, RunNotes(True))
        store.prune(max_runs=1)
        assert {run.run_id for run in store.runs()} == {oldest, max(IDS)}


def test_the_command_says_shows_and_takes_back(data: Path) -> None:
    said = gilscope_here(data, "history", IDS[0], "--star", "--name", "Mine", "--tag", "a", "--tag", "b", "--note", "n")
    assert said.returncode == 0, said.stderr
    listed = gilscope_here(data, "history").stdout
    assert "★ Mine [a, b]" in listed
    assert gilscope_here(data, "history", IDS[0], "--unstar", "--untag", "a", "--name", "").returncode == 0
    [run] = [run for run in json.loads(gilscope_here(data, "history", "--json").stdout) if run["run_id"] == IDS[0]]
    assert (run["starred"], run["name"], run["tags"], run["note"]) == (False, None, ["b"], "n")


def test_the_command_deletes_restores_and_purges(data: Path) -> None:
    done = gilscope_here(data, "history", IDS[0], "--delete")
    assert f"--restore {IDS[0]}" in done.stderr
    assert IDS[0] not in gilscope_here(data, "history").stdout
    assert IDS[0] in gilscope_here(data, "history", "--deleted").stdout
    assert gilscope_here(data, "history", "--restore", "last").returncode == 0
    assert IDS[0] in gilscope_here(data, "history").stdout
    assert gilscope_here(data, "history", IDS[0], "--delete").returncode == 0
    assert "1 deleted run" in gilscope_here(data, "history", "--purge").stderr
    lost = gilscope_here(data, "history", "--restore", IDS[0])
    assert (lost.returncode, IDS[0] in lost.stderr) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [("--star",), ("--name", "x"), ("last", "--star", "--unstar"), ("last", "--star", "--deleted"), ("--tag", "x")],
)
def test_a_wrong_request_is_refused(data: Path, arguments: tuple[str, ...]) -> None:
    assert gilscope_here(data, "history", *arguments).returncode == 2

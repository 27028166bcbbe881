"""A run whose conductor was killed: what was measured until then can still be had."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.history.store import Store
from engine.ledger.summary import make_result, summarize
from engine.record.life import LifeRecord
from engine.record.run_folder import RunFolder, RunFolderError
from engine.wire.client import Conductor
from engine.wire.codec import decode, plain
from tests.conducting import experiment, facts_until, run, start, until_ended

SLEEP = {"kind": "sleep", "duration_ms": 5.0}


@pytest.fixture(scope="module")
def cut_short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the history's folder after a conductor was killed in the middle of its one run."""
    history = tmp_path_factory.mktemp("history")
    with Conductor() as conductor:
        start(conductor, experiment([SLEEP], workers=3, until_stopped=True), history=True, folder=str(history))
        facts_until(conductor, lambda fact: fact["type"] == "tick" and fact["elapsed_s"] > 1.2)
        os.kill(conductor.pid, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    return history


@pytest.fixture(scope="module")
def conductor() -> Iterator[Conductor]:
    """One conductor for the tests that let it live."""
    with Conductor() as conductor:
        yield conductor


@pytest.fixture(scope="module")
def ended(conductor: Conductor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run that ended by itself."""
    history = tmp_path_factory.mktemp("ended")
    start(conductor, experiment([SLEEP], tasks=3), history=True, folder=str(history))
    return Path(until_ended(conductor)[-1]["folder"])


@pytest.fixture
def folder(ended: Path, tmp_path: Path) -> Path:
    """Return a copy of that folder, for a test to damage."""
    return Path(shutil.copytree(ended, tmp_path / ended.name))


def test_its_result_is_made_from_what_it_left(cut_short: Path) -> None:
    folder = next((cut_short / "runs").iterdir())
    assert RunFolder(folder).result() is None
    result = plain(summarize(folder))
    assert result["status"] == "failed"
    assert result["reason"] == "the conductor ended before the run did"
    assert result["tasks"]["done"] > 3 * 1.0 / 0.006 / 2
    assert result["processes"]["threads_peak"] >= 4
    total = sum(value or 0.0 for value in result["ledger_s"].values())
    assert total == pytest.approx(3 * result["elapsed_s"], rel=0.01)
    assert result["ledger_s"]["io_wait"] > 0.7 * total


def test_the_history_takes_it_in(cut_short: Path) -> None:
    with Store(cut_short) as store:
        folder = next((cut_short / "runs").iterdir())
        assert [found.run_id for found in store.recover(ended=[folder.name])] == [folder.name]
        assert store.find("last").status == "failed"
        assert store.find("last").tasks_done


def test_a_damaged_folder_is_an_error_that_names_the_file(folder: Path) -> None:
    for name in ("life.json", "cards.json", "experiment.json"):
        kept = (folder / name).read_text()
        (folder / name).write_text("{ not")
        with pytest.raises(RunFolderError, match=name):
            summarize(folder)
        assert make_result(folder).status == "failed"
        (folder / name).write_text(kept)
    assert json.loads((folder / "result.json").read_text()) == plain(summarize(folder))


def test_what_its_conductor_knows_counts_where_the_disk_was_too_full_for_it(folder: Path) -> None:
    known = json.loads((folder / "life.json").read_text())
    stale = {key: value for key, value in known.items() if key not in ("status", "reason", "done")}
    (folder / "life.json").write_text(json.dumps(stale))
    assert summarize(folder).status == "failed"
    assert plain(summarize(folder, decode(LifeRecord, known))) == json.loads((folder / "result.json").read_text())


def test_closing_in_the_middle_of_a_run_keeps_it_as_stopped(tmp_path: Path) -> None:
    with Conductor() as conductor:
        start(conductor, experiment([SLEEP], until_stopped=True), history=True, folder=str(tmp_path))
        facts_until(conductor, lambda fact: fact["type"] == "tick" and fact["tasks"]["done"] > 20)
    result = plain(summarize(next((tmp_path / "runs").iterdir())))
    assert result["status"] == "stopped"
    assert result["tasks"]["done"] > 20


def test_a_history_that_cannot_be_written_refuses_the_run(conductor: Conductor, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    start(conductor, experiment([SLEEP], tasks=3), history=True, folder=str(tmp_path / "file"))
    refused = until_ended(conductor)[-1]
    assert refused["type"] == "refused"
    assert str(tmp_path / "file") in refused["reason"]
    assert run(conductor, experiment([SLEEP], tasks=3))["status"] == "finished"

"""A history with damaged folders: what is whole is listed, what is not is named, and nothing ends in a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.history.store import Store
from engine.record.run_folder import RunFolder, RunFolderError
from tests.commands import gilscope
from tests.run_folders import make_run, write_json

WHOLE, DAMAGED = "20261122-200000-aaaa", "20261122-210000-bbbb"


@pytest.mark.parametrize(
    ("result", "problem"),
    [
        ({"status": 3, "tasks": "x"}, "status: must be text"),
        ({"status": "finished", "interpreter": [1]}, "interpreter: must be an object"),
        ({"status": "finished", "latency_s": 5}, "latency_s: must be an object"),
        ({"status": "finished", "tasks": {"done": 2**63}}, "tasks.done: must be a whole number"),
        ({}, "status: is missing"),
    ],
)
def test_a_result_of_another_shape_hides_its_run_and_no_other(
    tmp_path: Path, result: dict[str, object], problem: str
) -> None:
    make_run(tmp_path / "runs" / WHOLE)
    write_json(make_run(tmp_path / "runs" / DAMAGED) / "result.json", result)
    with Store(tmp_path) as store:
        with pytest.raises(RunFolderError, match=f"{DAMAGED}/result.json: {problem}"):
            store.add(DAMAGED)
        store.recover()
        assert [run.run_id for run in store.runs()] == [WHOLE]
        assert [problem in each for each in store.problems] == [True]


def test_a_result_that_is_gone_is_named(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs" / WHOLE)
    with Store(tmp_path) as store:
        store.recover()
    (folder / "result.json").unlink()
    done = gilscope(tmp_path, "history", WHOLE)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"gilscope: {folder / 'result.json'}: there is no such file any more\n"


@pytest.mark.parametrize("line", [b"\xff\xfe\x00", b"5", b"null", b"{}", b"[" * 100_000])
def test_samples_that_are_none_are_named_with_their_line(tmp_path: Path, line: bytes) -> None:
    folder = make_run(tmp_path / WHOLE)
    (folder / "samples.jsonl").write_bytes(b'{"t_s": 0.1}\n' + line + b"\n")
    with pytest.raises(RunFolderError, match=r"samples\.jsonl: line 2 is damaged"):
        list(RunFolder(folder).samples())


def test_a_result_that_is_nested_without_end_is_named(tmp_path: Path) -> None:
    folder = make_run(tmp_path / WHOLE)
    (folder / "result.json").write_bytes(b"[" * 100_000)
    with pytest.raises(RunFolderError, match=r"result\.json: "):
        RunFolder(folder).result()

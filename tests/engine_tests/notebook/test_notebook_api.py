"""Runs and comparisons as a script has them: figures, arrays and tables that agree with one another."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.history.store import Store
from engine.notebook.running import compare, kept, load, run
from engine.resources_path import resources_path
from engine.workload.errors import ExperimentError

SLEEP: dict[str, Any] = {
    "format": 1,
    "title": "<b>Sleep</b>",
    "workload": {"tasks": 12, "steps": [{"kind": "sleep", "duration_ms": 5.0}, {"kind": "sha256", "size_kib": 1}]},
    "model": {"kind": "threads", "workers": 3},
}
OWN = {**SLEEP, "workload": {"tasks": 2, "steps": [{"kind": "python", "source": "def task(item):\n    pass\n"}]}}


@pytest.fixture(autouse=True)
def _history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GILSCOPE_DATA", str(tmp_path))


def test_a_runs_arrays_agree_with_its_figures() -> None:
    found = run(SLEEP)
    assert (found.status, found.figures["tasks"]) == ("finished", {"done": 12, "failed": 0})
    phases = found.phases
    assert len(phases) == found.figures["trace"]["phases"] == 24
    assert bool(phases["ok"].all())
    assert bool((np.diff(phases["start_s"]) >= 0).all())
    assert {found.steps[step] for step in phases["step"].tolist()} == {"sleep", "sha256"}
    assert set(phases["lane"].tolist()) <= set(range(len(found.workers)))
    slept = phases[phases["step"] == 0]
    assert float((slept["end_s"] - slept["start_s"]).min()) >= 0.005
    times, done = found.samples("tasks_done")
    assert len(times) == len(done)
    assert done[-1] == 12


def test_tables_have_the_rows_of_the_arrays_and_of_the_csv() -> None:
    pytest.importorskip("pandas")
    found = run(SLEEP)
    table = found.to_pandas()
    assert len(table) == len(found.phases)
    assert set(table["worker"]) <= set(found.workers)
    assert len(found.to_pandas("run")) == 1
    assert found.to_pandas("run")["title"][0] == "<b>Sleep</b>"
    assert set(found.to_pandas("samples")["measure"]) == set(found.measures())
    with pytest.raises(ValueError, match='no table is called "nothing"'.replace('"', "'")):
        found.to_pandas("nothing")


def test_a_run_is_kept_where_the_command_finds_it_unless_it_is_not_to_be(tmp_path: Path) -> None:
    first = run(SLEEP)
    assert kept().run_id == first.run_id
    passing = run(SLEEP, model="sequential", tasks=1, keep=False)
    assert passing.figures["model"] == "sequential"
    assert len(passing.phases) == 2
    with Store(tmp_path, reading=True) as store:
        assert [each.run_id for each in store.runs()] == [first.run_id]
    folder = passing.folder.path
    assert folder.exists()
    del passing
    gc.collect()
    assert not folder.exists()


def test_a_notebook_shows_sentences_and_figures_and_no_foreign_html() -> None:
    found = run(SLEEP, keep=False)
    page = found._repr_html_()
    assert "&lt;b&gt;Sleep&lt;/b&gt;" in page
    assert "<b>Sleep" not in page
    assert page.count("<svg") == 2
    for sentence in found.insight:
        assert sentence.partition("(")[0].strip()[:20] in page


def test_a_samples_name_that_is_not_there_is_said_with_those_that_are() -> None:
    found = run(SLEEP, keep=False)
    with pytest.raises(KeyError, match="tasks_done"):
        found.samples("tasks")
    with pytest.raises(KeyError, match="core0"):
        found.samples("core_utilization")


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"model": "fibers"}, "model.kind"),
        ({"workers": 0}, "model.workers"),
        ({"tasks": 3, "duration_s": 1.0}, "workload"),
        ({"workers": {"clients": 2}}, "workers"),
        ({"interpreter": "2.7"}, "model.interpreter"),
    ],
)
def test_a_wrong_request_names_its_key_and_leaves_nothing(given: dict[str, Any], key: str, tmp_path: Path) -> None:
    with pytest.raises(ExperimentError) as raised:
        run(SLEEP, **given)
    assert raised.value.path == key
    with Store(tmp_path, reading=True) as store:
        assert store.runs() == []


def test_code_of_a_file_runs_only_with_trust() -> None:
    with pytest.raises(ExperimentError, match="trust=True"):
        run(OWN)
    assert run(OWN, trust=True, keep=False).figures["tasks"]["done"] == 2


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"nowhere\.toml"):
        load(tmp_path / "nowhere.toml")
    assert load(resources_path("experiments", "cpu-bound.toml"))["model"]["kind"]


def test_a_comparison_has_a_row_a_combination_and_a_verdict() -> None:
    found = compare(SLEEP, models=["threads"], workers=[1, 3], repeats=1)
    assert found.complete
    assert [(cell["model"], cell["workers"]) for cell in found.cells] == [("threads", 1), ("threads", 3)]
    assert found.verdict.endswith(".")
    assert found.verdict[:-1] in found._repr_html_()
    assert "threads x 3" in found._repr_html_()

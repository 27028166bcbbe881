"""What a comparison has shown: nothing where there is nothing, a winner where there is one, and why a cell has none."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from engine.comparison.comparison import Comparison
from engine.comparison.csv_files import export_csv
from engine.comparison.judgement import NO_DIFFERENCE, NOT_SURE, best_cell, judge
from engine.comparison.plan import Cell
from engine.comparison.table import fit_lines, fit_text, header_and_rows, markdown
from tests.comparing import cells, filled, measured

TRIALS = 200


def run_noisily(found: list[Cell], rates: list[float], seed: int, noise: float) -> Comparison:
    """Run a comparison to its end, each run as fast as its cell is, times noise with a long tail."""
    generator = np.random.default_rng(seed)
    comparison = Comparison(found)
    rate_of = dict(zip(found, rates, strict=True))
    while (cell := comparison.next_cell()) is not None:
        slower = generator.exponential(3.0 * noise) if generator.random() < 0.1 else 0.0
        comparison.add(cell, measured(rate_of[cell] * float(np.exp(generator.normal(0.0, noise) - slower))))
    return comparison


@pytest.mark.parametrize(("count", "noise"), [(2, 0.01), (2, 0.1), (5, 0.03)])
def test_of_identical_experiments_no_difference_is_shown(count: int, noise: float) -> None:
    found = cells(("threads",), range(1, count + 1))
    # Fewer trials of more cells: each takes longer.
    trials = TRIALS if count == 2 else TRIALS // 4
    shown = 0
    for seed in range(trials):
        comparison = run_noisily(found, [100.0] * count, seed, noise)
        shown += best_cell(comparison) is not None
    assert shown <= trials / 20


def test_of_identical_experiments_the_verdict_says_so() -> None:
    comparison = run_noisily(cells(("threads",), (1, 2)), [100.0, 100.0], 1, 0.02)
    assert judge(comparison)["verdict"] == NO_DIFFERENCE


def test_intervals_that_are_apart_after_few_runs_are_not_said_to_overlap() -> None:
    one, two = cells(("threads", "processes"), (2,))
    verdict = judge(filled({one: [100, 104], two: [150, 190]}))["verdict"]
    assert verdict == NOT_SURE
    assert judge(filled({one: [100, 104], two: [102, 108]}))["verdict"] == NO_DIFFERENCE


def test_a_clear_winner_is_found_at_least_19_times_in_20() -> None:
    found = cells(("threads", "processes"), (2,))
    wins = 0
    for seed in range(TRIALS // 4):
        wins += best_cell(run_noisily(found, [100.0, 140.0], seed, 0.03)) == found[1]
    assert wins >= TRIALS / 4 * 0.95


def test_the_verdict_names_the_best_and_by_how_much() -> None:
    slow, fast = found = cells(("threads", "processes"), (2,))
    judged = judge(filled({slow: [100, 101, 99, 100, 100], fast: [200, 202, 198, 200, 201]}))
    assert judged["verdict"] == "processes x 2 is best: 2.00 times the throughput of threads x 2, the next"
    assert [cell["best"] for cell in judged["cells"]] == [False, True]
    assert judged["baseline"] == found[0].label


def test_who_cannot_be_told_apart_is_named_and_who_is_behind_counted() -> None:
    one, two, slow = cells(("threads",), (1, 2, 3))
    judged = judge(
        filled({one: [200, 201, 199, 200, 202], two: [201, 199, 200, 202, 200], slow: [100, 101, 99, 100, 100]})
    )
    assert judged["verdict"].startswith(NO_DIFFERENCE + " (threads x ")
    assert judged["verdict"].endswith("; 1 is slower")
    assert not any(cell["best"] for cell in judged["cells"])


def test_speed_up_and_efficiency_are_against_sequential() -> None:
    sequential, four = cells(("sequential", "threads"), (4,))
    judged = judge(filled({sequential: [100.0, 101.0, 99.0], four: [300.0, 301.0, 299.0]}))
    cell = judged["cells"][1]
    assert cell["speedup"]["low"] < cell["speedup"]["median"] == 3.0 < cell["speedup"]["high"]
    assert cell["efficiency"] == 0.75
    assert cell["ledger_s"] == {"cpu": 1.0, "idle": 1.0, "cpu_wait": None}


def test_speed_up_is_against_who_does_the_same_work() -> None:
    axes = {"parameters": {"workload.steps[0].below": (1000, 5000)}}
    found = cells(("sequential", "threads"), (2,), **axes)
    rates = [100.0, 150.0, 10.0, 30.0]  # sequential and threads of each value
    judged = judge(filled({cell: [rate, rate * 1.01, rate * 0.99] for cell, rate in zip(found, rates, strict=True)}))
    assert [round(cell["speedup"]["median"], 2) for cell in judged["cells"]] == [1.0, 1.5, 1.0, 3.0]
    assert judged["baseline"] == "sequential x 1 with the same parameters"
    assert judged["cells"][0]["speedup"] == {"median": 1.0, "low": 1.0, "high": 1.0}, "of what it is measured against"


def test_a_failing_cell_is_a_cell_with_its_reason_and_the_others_are_judged() -> None:
    bad, good, better = cells(("threads",), (1, 2, 3))
    comparison = filled({bad: [0], good: [100, 101, 99, 100, 100], better: [150, 151, 149, 150, 150]})
    judged = judge(comparison)
    assert judged["cells"][0]["reason"] == "it broke"
    assert judged["cells"][0]["interpreter"] == "3.11.2", "it failed under the same Python"
    assert judged["cells"][0]["throughput_per_s"] is None
    assert judged["cells"][0]["speedup"] is None
    assert judged["verdict"].startswith("threads x 3 is best")
    assert "it broke" in header_and_rows(judged)[1][0][-1]


@pytest.mark.parametrize(("rates", "verdict"), [([], "nothing was measured"), ([0], "nothing was measured")])
def test_where_nothing_was_measured_it_says_so(rates: list[float], verdict: str) -> None:
    assert judge(filled({cells()[0]: rates}))["verdict"] == verdict


def test_outliers_are_kept() -> None:
    cell = cells()[0]
    comparison = filled({cell: [100, 100, 100, 100, 1]})
    assert comparison.throughputs(cell) == [100, 100, 100, 100, 1]
    assert judge(comparison)["cells"][0]["throughput_per_s"]["low"] < 100


def test_scaling_laws_are_refused_under_five_worker_counts_and_fitted_from_five_on() -> None:
    few = judge(filled({cell: [100.0, 101.0, 99.0] for cell in cells(("threads",), (1, 2, 3, 4))}))
    assert {fit["refused"] for fit in few["fits"]} == {"a fit takes at least 5 worker counts, and there are 4"}
    assert len(fit_lines(few)) == 1
    counts = (1, 2, 3, 4, 6, 8)
    rates = {
        cell: [100.0 * cell.workers / (1 + 0.1 * (cell.workers - 1)) * wobble for wobble in (0.99, 1.0, 1.01)]
        for cell in cells(("threads",), counts)
    }
    amdahl, usl = judge(filled(rates))["fits"]
    assert amdahl["parameters"]["serial"]["low"] <= 0.1 <= amdahl["parameters"]["serial"]["high"]
    assert amdahl["refused"] is None
    assert "serial share 0.1" in fit_text(amdahl)
    assert "peak" in fit_text(usl)


def test_markdown_is_a_table_that_can_be_pasted() -> None:
    slow, fast = cells(("threads", "processes"), (2,))
    text = markdown("A | B", judge(filled({slow: [100, 101, 99, 100, 100], fast: [200, 202, 198, 200, 201]})))
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1
    assert "**Processes x 2 is best: 2.00 times the throughput of threads x 2, the next.**" in text


def test_csv_has_every_repetition_and_a_row_a_cell(tmp_path: Path) -> None:
    found = cells(("threads",), (1, 2), parameters={"workload.steps[0].below": (1000,)})
    export_csv(filled({found[0]: [100.0, 101.0, 50.0], found[1]: [0]}), tmp_path / "out")
    with open(tmp_path / "out" / "repetitions.csv", encoding="utf-8", newline="") as file:
        runs = list(csv.DictReader(file))
    with open(tmp_path / "out" / "summary.csv", encoding="utf-8", newline="") as file:
        summary = list(csv.DictReader(file))
    assert [run["throughput_per_s"] for run in runs] == ["100.0", "101.0", "50.0", ""]
    assert [run["repetition"] for run in runs] == ["1", "2", "3", "1"]
    assert runs[3]["reason"] == summary[1]["reason"] == "it broke"
    assert runs[0]["workload.steps[0].below"] == "1000"
    assert summary[0]["throughput_median_per_s"] == "100.0"
    assert summary[0]["interpreter"] == "3.11.2"
    assert summary[1]["throughput_median_per_s"] == ""


def test_csv_has_each_laws_parameters_and_the_machine_of_every_run(tmp_path: Path) -> None:
    found = cells(("sequential", "threads"), (1, 2, 3, 4, 6))
    comparison = Comparison(found)
    for cell in found:
        for wobble in (0.99, 1.0, 1.01):
            kept = {"cpu_mhz": 2400.0, "pinned": True, "allowed_cores": [0, 1], "power_source": "mains"}
            comparison.add(cell, measured(100.0 * cell.workers**0.8 * wobble, environment=kept))
    export_csv(comparison, tmp_path / "out")
    with open(tmp_path / "out" / "fits.csv", encoding="utf-8", newline="") as file:
        fits = list(csv.DictReader(file))
    usl = {row["parameter"]: row for row in fits if (row["model"], row["law"]) == ("threads", "usl")}
    assert list(usl) == ["single", "serial", "crosstalk", "peak_workers"]
    assert float(usl["single"]["low"]) < float(usl["single"]["value"]) < float(usl["single"]["high"])
    refused = [row for row in fits if row["model"] == "sequential"]
    assert [row["refused"] for row in refused] == ["a fit takes at least 5 worker counts, and there is 1"] * 2
    with open(tmp_path / "out" / "repetitions.csv", encoding="utf-8", newline="") as file:
        run = next(csv.DictReader(file))
    assert (run["cpu_mhz"], run["pinned"], run["allowed_cores"], run["power_source"]) == (
        "2400.0",
        "true",
        "0 1",
        "mains",
    )
    assert run["virtual_machine"] == "", "what is not known is left empty"

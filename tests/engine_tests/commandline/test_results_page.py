"""The documentation names every key of a real run's result, and every measure of its samples."""

from __future__ import annotations

import csv
from pathlib import Path

from engine.wire.client import Conductor
from tests.conducting import experiment, facts_until, send, start, until_ended

PAGE = (Path(__file__).parents[3] / "docs" / "results.md").read_text(encoding="utf-8")


def test_every_key_and_measure_is_documented(tmp_path: Path) -> None:
    with Conductor() as conductor:
        run_id = start(conductor, experiment([{"kind": "sleep", "duration_ms": 5.0}], "threads", 2, duration_s=0.5))
        result = until_ended(conductor)[-1]["result"]
        send(conductor, "export", run_id=run_id, csv=str(tmp_path), trace=None)
        assert facts_until(conductor, lambda fact: fact["type"].startswith("export"))[-1]["type"] == "exported"
    keys = {*result, *result["latency_s"], *result["processes"], *result["trace"], *result["interpreter"]}
    with open(tmp_path / "samples.csv", encoding="utf-8", newline="") as file:
        measures = {row["measure"] for row in csv.DictReader(file)}
    assert measures
    assert [name for name in sorted(keys | measures) if f"`{name}`" not in PAGE] == []

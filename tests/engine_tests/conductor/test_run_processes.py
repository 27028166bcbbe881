"""Which processes a run has, by name: Python's own helpers are told, and what another run needed is not listed."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from engine.wire.client import Conductor
from tests.conducting import experiment, start, until_ended


def seen(conductor: Conductor, what: dict[str, Any]) -> list[dict[str, Any]]:
    """Run it and return every process that a tick told of, as it was told last."""
    start(conductor, what)
    ticks = [fact for fact in until_ended(conductor) if fact["type"] == "tick"]
    return list({each["pid"]: each for tick in ticks for each in tick["processes"]}.values())


def test_a_server_is_listed_in_the_runs_that_use_it_only() -> None:
    fetch, compute = [{"kind": "http-get", "delay_ms": 1.0}], [{"kind": "count-primes", "below": 5000}]
    with Conductor() as conductor:
        roles = [
            {each["role"] for each in seen(conductor, experiment(steps, tasks=60))}
            for steps in (compute, fetch, compute)
        ]
    assert ["service" in each for each in roles] == [False, True, False]


@pytest.mark.skipif(sys.platform != "linux", reason="helpers are looked for among a process's children")
@pytest.mark.parametrize(
    ("method", "helpers"), [("spawn", ["resource tracker"]), ("forkserver", ["fork server", "resource tracker"])]
)
def test_pythons_own_helpers_are_named_and_workers_are_not_taken_for_them(method: str, helpers: list[str]) -> None:
    what = experiment([{"kind": "count-primes", "below": 20_000}], "processes", 2, duration_s=1.5)
    what["model"]["start_method"] = method
    with Conductor() as conductor:
        processes = seen(conductor, what)
    assert sorted(each["helper"] for each in processes if each.get("helper")) == helpers
    working = [each for each in processes if each["first_task_s"] is not None]
    assert len(working) == 2
    assert not any(each.get("helper") for each in working)

"""A worker that has not begun is starting: a part of idle in every figure, and shown by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.ledger.ledger import Ledger, Machine, settle
from engine.trace.spans import Spans
from engine.wording.state_names import shown_ledger, with_starting
from tests.lane_writing import COMPUTE, Lane, account, assert_whole, in_ms, kinds, spans


def _settled(found: Spans, workers: int = 0) -> Ledger:
    accounts = [account(10, 0, 10) for _ in found.clock]
    return settle(found, accounts, Machine(gil=True), workers)


def test_until_its_first_task_a_worker_is_starting_and_after_its_last_idle(tmp_path: Path) -> None:
    Lane(tmp_path, 0).task((0, 100, -1))
    Lane(tmp_path, 1).task((40, 50, -1))
    found = spans(tmp_path, kinds(COMPUTE))
    ledger = _settled(found)
    assert_whole(found, ledger)
    assert in_ms(ledger, 1) == {"cpu": 10, "idle": 90}
    assert [ledger.starting_of(lane) for lane in (0, 1)] == [0.0, pytest.approx(0.04)]
    assert ledger.starting_total() == pytest.approx(0.04)


@pytest.mark.parametrize(("taking", "starting_s"), [(True, 2 * 0.1), (False, 0.0)])
def test_workers_without_a_task_are_starting_as_long_as_tasks_are_left(
    tmp_path: Path, taking: bool, starting_s: float
) -> None:
    Lane(tmp_path).task((0, 10, -1))
    ledger = _settled(spans(tmp_path, kinds(COMPUTE), until=100, taking=taking), workers=3)
    assert ledger.starting_total() == pytest.approx(starting_s)
    assert ledger.total()["idle"] >= 0.2


def test_after_the_run_a_worker_that_never_had_a_task_was_not_starting(tmp_path: Path) -> None:
    Lane(tmp_path).task((0, 10, -1))
    ledger = _settled(spans(tmp_path, kinds(COMPUTE)), workers=3)
    assert (ledger.starting_total(), ledger.total()["idle"]) == (0.0, pytest.approx(0.02))


def test_where_tasks_arrive_at_a_rate_a_worker_may_have_waited_for_one(tmp_path: Path) -> None:
    Lane(tmp_path, 0).task((0, 10, -1), due=0)
    Lane(tmp_path, 1).task((40, 50, -1), due=40)
    assert _settled(spans(tmp_path, kinds(COMPUTE), open_loop=True)).starting_total() == 0.0


@pytest.mark.parametrize(
    ("ledger", "starting_s", "shown"),
    [
        ({"cpu": 1.0, "idle": 3.0}, 2.0, {"cpu": 1.0, "idle": 1.0, "starting": 2.0}),
        ({"cpu": 1.0, "idle": 3.0}, 4.0, {"cpu": 1.0, "idle": 0.0, "starting": 3.0}),
        ({"cpu": 1.0, "idle": 3.0}, 0.0, {"cpu": 1.0, "idle": 3.0}),
        ({"cpu": 1.0, "idle": None}, None, {"cpu": 1.0, "idle": None}),
    ],
)
def test_shown_states_add_up_to_the_same(
    ledger: dict[str, float | None], starting_s: float | None, shown: dict[str, float | None]
) -> None:
    assert with_starting(ledger, starting_s) == shown
    assert shown_ledger({"ledger_s": ledger, "starting_s": starting_s}) == shown

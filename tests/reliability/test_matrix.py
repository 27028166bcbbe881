"""Every model against every fault; a short soak; a history that two windows and two commands share."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import models
from tests.reliability.faults import FAULTS, Fault, suffer
from tests.reliability.long_runs import share_a_history, soak

RUNNABLE = [key for key, each in models.discover().items() if each.unavailable() is None]


@pytest.mark.matrix
@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: each.name)
@pytest.mark.parametrize("model", RUNNABLE)
def test_a_run_ends_as_it_should_whatever_is_done_to_it(model: str, fault: Fault) -> None:
    outcome = suffer(model, fault)
    assert outcome.wrong == "", outcome


@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: each.name)
def test_threads_end_as_they_should(fault: Fault) -> None:
    outcome = suffer("threads", fault)
    assert outcome.wrong == "", outcome


@pytest.mark.matrix
def test_many_runs_in_a_row_hold_no_more_than_a_few() -> None:
    early, late = soak(30)
    assert {name: late[name] for name in ("files", "threads", "children")} == {
        name: early[name] for name in ("files", "threads", "children")
    }


@pytest.mark.matrix
def test_two_windows_and_two_commands_share_a_history(tmp_path: Path) -> None:
    assert len(share_a_history(tmp_path)) == 4

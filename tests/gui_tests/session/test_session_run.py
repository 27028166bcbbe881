"""The run's state machine, fed with the conductor's messages."""

from __future__ import annotations

from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from engine.wire.commands import Command, ControlRun, RunOptions, StartRun, StopRun
from engine.wire.facts import FACTS, Ended, StageEntered
from engine.wire.protocol import message_of
from engine.wire.result import RunResult
from gui.session.run_session import RunSession

EXPERIMENT = {"title": "T", "workload": {"tasks": 4}, "model": {"kind": "threads"}}


class Wire:
    """What was sent, and whether anybody takes it."""

    def __init__(self) -> None:
        self.sent: list[Command] = []
        self.open = True

    def __call__(self, command: Command) -> bool:
        self.sent.append(command)
        return self.open


@pytest.fixture
def wire() -> Wire:
    """Return an open wire."""
    return Wire()


@pytest.fixture
def session(qtbot: QtBot, wire: Wire) -> RunSession:
    """Return a session at rest."""
    return RunSession(wire)


def say(session: RunSession, kind: str, **values: Any) -> None:
    """Give the session a message about its run."""
    run_id = session.data.run_id if session.data else "none"
    session.take(message_of({"type": kind, "run_id": run_id, **values}, FACTS))


def end(session: RunSession, status: str = "finished") -> None:
    """End the session's run."""
    say(session, "ended", result={"status": status}, folder="/tmp")


def test_a_run_goes_through_its_stages(session: RunSession, wire: Wire) -> None:
    stages = []
    session.changed.connect(lambda: stages.append(session.stage))
    session.start(EXPERIMENT, trust=True)
    (started,) = wire.sent
    assert isinstance(started, StartRun)
    assert started.experiment == EXPERIMENT
    assert started.options == RunOptions(trust=True)
    for stage in ("starting", "warming_up", "measuring", "draining"):
        say(session, "state", stage=stage, t_s=0.1, folder="/tmp")
    end(session)
    assert stages == ["starting", "starting", "warming_up", "measuring", "draining", "ended"]
    assert not session.running


def test_the_stage_ended_waits_for_the_result(session: RunSession) -> None:
    session.start(EXPERIMENT)
    say(session, "state", stage="ended", t_s=1.0, folder="/tmp")
    assert session.running
    end(session)
    assert session.data is not None
    assert session.data.result == RunResult(status="finished")


def test_two_runs_at_once_are_refused(session: RunSession) -> None:
    session.start(EXPERIMENT)
    with pytest.raises(RuntimeError):
        session.start(EXPERIMENT)


def test_messages_about_another_run_change_nothing(session: RunSession) -> None:
    session.start(EXPERIMENT)
    session.take(StageEntered("another", "measuring", 0.1, ""))
    session.take(Ended("another", RunResult(status="failed"), ""))
    assert session.stage == "starting"


def test_stop_is_sent_once_and_shown_at_once(session: RunSession, wire: Wire) -> None:
    session.start(EXPERIMENT)
    session.stop()
    session.stop()
    assert [type(each) for each in wire.sent] == [StartRun, StopRun]
    assert session.stopping
    end(session, "stopped")
    assert not session.stopping


def test_stop_without_a_run_does_nothing(session: RunSession, wire: Wire) -> None:
    session.stop()
    assert wire.sent == []


def test_an_engine_that_does_not_answer_a_stop_is_reported(session: RunSession, qtbot: QtBot) -> None:
    session._stop_limit.setInterval(10)
    session.start(EXPERIMENT)
    with qtbot.waitSignal(session.stop_unanswered):
        session.stop()


def test_a_refused_run_leaves_no_data_and_names_the_key(session: RunSession, qtbot: QtBot) -> None:
    session.start(EXPERIMENT)
    with qtbot.waitSignal(session.refused) as caught:
        say(session, "refused", key="model.workers", reason="must be at most 256 for processes, got 10000")
    assert caught.args == ["model.workers", "must be at most 256 for processes, got 10000"]
    assert session.stage == "idle"
    assert session.data is None


def test_nobody_to_take_the_command_is_a_refusal(session: RunSession, wire: Wire, qtbot: QtBot) -> None:
    wire.open = False
    with qtbot.waitSignal(session.refused):
        session.start(EXPERIMENT)
    assert session.stage == "idle"


def test_a_lost_conductor_ends_the_run_and_keeps_its_data(session: RunSession, qtbot: QtBot) -> None:
    session.start(EXPERIMENT)
    say(session, "output", text="hello", dropped=0)
    with qtbot.waitSignal(session.ended):
        session.lose("signal 9")
    assert session.data is not None
    assert session.data.output == "hello"
    assert "signal 9" in session.data.reason
    session.start(EXPERIMENT)
    assert session.running


def test_losing_the_conductor_at_rest_changes_nothing(session: RunSession) -> None:
    session.lose("signal 9")
    assert session.stage == "idle"


def test_a_run_can_be_exported_when_it_has_ended(session: RunSession, wire: Wire, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.export_failed):
        session.export(csv="/tmp/x")
    session.start(EXPERIMENT)
    end(session)
    session.export(csv="/tmp/x")
    assert wire.sent[-1].csv == "/tmp/x"
    with qtbot.waitSignal(session.exported) as caught:
        say(session, "exported", csv="/tmp/x", trace=None)
    assert caught.args[0].csv == "/tmp/x"
    with qtbot.waitSignal(session.export_failed) as failed:
        say(session, "export_failed", reason="/tmp/x is not writable")
    assert failed.args == ["/tmp/x is not writable"]


def test_control_goes_to_the_run_under_way_only(session: RunSession, wire: Wire) -> None:
    session.control(arrival_per_s=5.0)
    session.start(EXPERIMENT)
    session.control(arrival_per_s=10.0)
    assert [each.arrival_per_s for each in wire.sent if isinstance(each, ControlRun)] == [10.0]

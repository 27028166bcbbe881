"""Signals to the conductor: it goes on or ends, as they say, and never stands still."""

from __future__ import annotations

import os
import signal
import sys
import time

import pytest

from engine.wire.client import Conductor, ConductorDiedError
from tests.conducting import code, experiment, facts_until, is_stage, send, start, until_ended

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals on Windows")
SIGNALS = 1500
FOREVER = code("import time\ndef task(item):\n    while True:\n        time.sleep(0.01)\n")


def test_signals_at_any_time_do_not_make_it_stand_still() -> None:
    with Conductor() as conductor:
        run_id = start(conductor, experiment([FOREVER], tasks=2))
        facts_until(conductor, is_stage("draining"))
        for _ in range(SIGNALS):
            os.kill(conductor.pid, signal.SIGINT)
            time.sleep(0.0005)
        assert [facts_until(conductor, lambda fact: fact["type"] == "tick") for _ in range(3)]
        while conductor.next_fact(0.0) is not None:
            pass  # what was said before
        facts_until(conductor, lambda fact: fact["type"] == "tick")
        send(conductor, "stop", run_id=run_id)
        assert until_ended(conductor)[-1]["result"]["status"] == "stopped"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_the_signal_that_ended_it_is_said(name: str) -> None:
    with Conductor() as conductor:
        start(conductor, experiment([FOREVER], tasks=2))
        facts_until(conductor, is_stage("draining"))
        os.kill(conductor.pid, signal.Signals[name])
        with pytest.raises(ConductorDiedError, match=f"the engine's conductor was killed by {name}$"):
            list(conductor.facts())


def test_what_a_conductor_last_said_is_one_line() -> None:
    conductor = Conductor()
    conductor._complaints.extend(["Traceback (most recent call last):", '  File "x"', "MemoryError", ""])
    os.kill(conductor.pid, signal.SIGKILL)
    with pytest.raises(ConductorDiedError, match="^the engine's conductor was killed by SIGKILL: MemoryError$"):
        list(conductor.facts())
    conductor.close()

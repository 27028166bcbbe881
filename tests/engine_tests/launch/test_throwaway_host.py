"""Hosts that answer one request: what they say last is heard, also by who hears of their end first."""

from __future__ import annotations

import contextlib

import pytest

from engine.interpreters.interpreter import app_interpreter
from engine.interpreters.plugins import Plugins
from engine.launch.throwaway_host import HostGoneError, ThrowawayHosts
from engine.processes.guard import Guard
from engine.record.queries.requests import UninstrumentedRequest
from engine.wire.query_answers import UninstrumentedEnded


def test_the_last_answer_is_heard_though_the_end_was_heard_of_first() -> None:
    with contextlib.closing(Guard()) as guard:
        hosts = ThrowawayHosts(app_interpreter(), guard, Plugins())
        with hosts.start(UninstrumentedRequest({}, ())) as host:
            # Two threads tell of these, one each: on a busy machine the end may come first.
            told = [host.answers.get(timeout=60), host.answers.get(timeout=60)]
            for each in sorted(told, key=lambda each: each is not None):
                host.answers.put(each)
            answer = host.answer(1.0)
            assert isinstance(answer, UninstrumentedEnded)
            assert answer.seconds == ()
            with pytest.raises(HostGoneError):
                host.answer(1.0)

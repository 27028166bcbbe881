"""The conductor's process as the window sees it: greeted, heard, started again, ended. Real processes throughout."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from engine.wire.commands import QueryCatalogue, StopRun
from engine.wire.facts import Failure
from engine.wire.protocol import PROTOCOL_VERSION
from gui.session.conductor_process import MAX_QUICK_DEATHS, ConductorProcess

READY = f'print(\'{{"type": "ready", "protocol": {PROTOCOL_VERSION}, "pid": 1}}\', flush=True);'
SHORT = 'print(\'{"type": "error", "key": "k"}\', flush=True);'
FAILURE = 'print(\'{"type": "error", "key": "k", "reason": "r"}\', flush=True);'
LISTEN = "import sys; [None for _ in sys.stdin]"

Start = Callable[[str], ConductorProcess]


@pytest.fixture
def start(qtbot: QtBot) -> Iterator[Start]:
    """Return a function that starts a process which runs the given source in the conductor's place."""
    made: list[ConductorProcess] = []

    def make(source: str) -> ConductorProcess:
        conductor = ConductorProcess(arguments=["-c", source])
        made.append(conductor)
        conductor.start()
        return conductor

    yield make
    for conductor in made:
        conductor.close()


def test_it_is_ready_when_it_says_so_and_hears_commands(start: Start, qtbot: QtBot) -> None:
    echo = (
        "import sys, json; sys.stdin.readline(); heard = sys.stdin.readline(); "
        'print(json.dumps({"type": "error", "key": "", "reason": heard}), flush=True); sys.stdin.read()'
    )
    conductor = start(READY + echo)
    with qtbot.waitSignal(conductor.ready):
        pass
    assert conductor.is_ready
    with qtbot.waitSignal(conductor.fact) as caught:
        assert conductor.send(QueryCatalogue(None))
    assert caught.args == [Failure("", '{"type":"catalogue","interpreter":null,"trust":false}\n')]


def test_messages_come_in_order_however_they_are_cut(start: Start, qtbot: QtBot) -> None:
    source = READY + (
        "import sys\n"
        'line = b\'{"type": "error", "key": "%d", "reason": "%s"}\\n\'\n'
        'data = b"".join(line % (n, b"x" * (n % 977)) for n in range(2000))\n'
        "for start in range(0, len(data), 1013):\n"
        "    sys.stdout.buffer.write(data[start:start + 1013]); sys.stdout.buffer.flush()\n"
        "sys.stdin.read()"
    )
    conductor = start(source)
    numbers: list[int] = []
    conductor.fact.connect(lambda message: numbers.append(int(message.key)))
    qtbot.waitUntil(lambda: len(numbers) == 2000)
    assert numbers == list(range(2000))


def test_it_ends_when_it_is_closed(start: Start, qtbot: QtBot) -> None:
    conductor = start(READY + LISTEN)
    with qtbot.waitSignal(conductor.ready):
        pass
    lost: list[str] = []
    conductor.lost.connect(lost.append)
    conductor.close()
    assert conductor.pid == 0
    assert not conductor.send(StopRun("r"))
    assert lost == []


def test_another_version_of_the_protocol_is_told_and_not_used(start: Start, qtbot: QtBot) -> None:
    conductor = start('print(\'{"type": "ready", "protocol": 999}\', flush=True);' + LISTEN)
    with qtbot.waitSignal(conductor.gave_up) as caught:
        pass
    assert "999" in caught.args[0]
    assert not conductor.is_ready


def test_after_a_death_it_is_started_again(start: Start, qtbot: QtBot) -> None:
    conductor = start(READY + LISTEN)
    with qtbot.waitSignal(conductor.ready):
        pass
    first = conductor.pid
    with qtbot.waitSignals([conductor.lost, conductor.ready], order="strict"):
        conductor.kill()
    assert conductor.pid not in (0, first)


def test_one_that_dies_at_once_is_given_up_with_its_last_words(
    start: Start, qtbot: QtBot, capfd: pytest.CaptureFixture[str]
) -> None:
    conductor = start("import sys; sys.stderr.write('no module named nothing\\n'); sys.exit(3)")
    deaths: list[str] = []
    conductor.lost.connect(deaths.append)
    with qtbot.waitSignal(conductor.gave_up) as caught:
        pass
    assert len(deaths) == MAX_QUICK_DEATHS
    assert "no module named nothing" in caught.args[0]
    assert "no module named nothing" in capfd.readouterr().err
    with qtbot.waitSignal(conductor.lost):
        conductor.start_again()


def test_one_that_cannot_be_started_is_given_up(start: Start, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    conductor = ConductorProcess()
    with qtbot.waitSignal(conductor.gave_up) as caught:
        conductor.start()
    assert "could not be started" in caught.args[0]


def test_what_is_not_a_message_is_reported_and_skipped(
    start: Start, qtbot: QtBot, capfd: pytest.CaptureFixture[str]
) -> None:
    conductor = start(READY + "print('not json', flush=True); " + SHORT + FAILURE + LISTEN)
    with qtbot.waitSignal(conductor.fact) as caught:
        pass
    assert caught.args == [Failure("k", "r")]
    said = capfd.readouterr().err
    assert "not json" in said
    assert "error.reason: is missing" in said

"""Runs the real command in a process of its own, as a person does in a terminal."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import psutil
import pytest

from engine import cli
from engine.wire.client import ROOT
from tests.conducting import wait_until

LIMIT_S = 60.0
COMMAND = [sys.executable, "-P", "-m", "gui._launch"]


def environment(data: Path, **more: str) -> dict[str, str]:
    """Return the environment of a command whose history is in `data`."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "GILSCOPE_DATA": str(data), **more}


def gilscope(data: Path, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        env=environment(data, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def gilscope_here(data: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Carry out a command in this process, where only what it says and answers matters: it takes no start."""
    given = list(map(str, arguments))
    stdout, stderr = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GILSCOPE_DATA", str(data))
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
            code = cli.main(given)
    return subprocess.CompletedProcess(given, code, stdout.getvalue(), stderr.getvalue())


@contextlib.contextmanager
def started(data: Path, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """Start a command in a session of its own, and end it afterwards if it still runs."""
    command = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        env=environment(data),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield command
    finally:
        if command.poll() is None:
            command.kill()
        command.communicate()


# A command whose import of the module argv[1] says so on standard error, and then waits for a signal.
_HELD: Final = """
import sys

held = sys.argv.pop(1)

class Held:
    def find_spec(self, name, path=None, target=None):
        if name == held:
            print("importing", file=sys.stderr, flush=True)
            sys.stdin.read()

sys.meta_path.insert(0, Held())
from gui._launch import main
sys.exit(main(sys.argv[1:]))
"""


def terminated_while_importing(module: str, data: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Send a command SIGTERM while it imports a module; return how it ended, and what it said from then on."""
    given = [sys.executable, "-P", "-c", _HELD, module, *map(str, arguments)]
    pipe = subprocess.PIPE
    command = subprocess.Popen(given, env=environment(data), stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert command.stderr is not None
    assert command.stderr.readline() == "importing\n"
    command.terminate()
    stdout, stderr = command.communicate(timeout=20)
    return subprocess.CompletedProcess(given, command.returncode, stdout, stderr)


def watched(
    folder: Path, source: str, *options: str | Path, arguments: Sequence[str | Path] = (), **environment: str
) -> dict[str, Any]:
    """Watch a script to its end; return the result. What was seen is kept below `folder/data`."""
    script = folder / "program.py"
    script.write_text(source, encoding="utf-8")
    ended = gilscope(folder / "data", "watch", "--json", *options, script, *arguments, **environment)
    assert ended.stdout, ended.stderr
    result: dict[str, Any] = json.loads(ended.stdout)
    return result


def the_run(data: Path) -> Path:
    """Return the folder of the only run in a history."""
    (folder,) = (data / "runs").iterdir()
    return folder


def wait_for_tasks(data: Path) -> Path:
    """Wait until the only run in a history has done tasks; return its folder."""
    wait_until(lambda: any(tick["tasks"]["done"] for tick in _ticks(data)))
    return the_run(data)


def conductor_of(command: subprocess.Popen[str]) -> psutil.Process:
    """Return the conductor that a command has started."""
    for child in psutil.Process(command.pid).children():
        with contextlib.suppress(psutil.Error):
            if "engine.conductor" in child.cmdline():
                return child
    raise AssertionError("the command has no conductor")


def _ticks(data: Path) -> list[dict[str, Any]]:
    found = []
    for file in data.glob("runs/*/samples.jsonl"):
        lines = file.read_text(encoding="utf-8").split("\n")
        found += [json.loads(line) for line in lines[:-1]]
    return found

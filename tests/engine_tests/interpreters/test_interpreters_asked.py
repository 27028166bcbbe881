"""Interpreters are asked what they are: real ones, and files that are none, hang, crash or lie."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from engine.interpreters.interpreter import app_interpreter
from engine.interpreters.probe import ask
from engine.interpreters.self_description import MARKER
from engine.wire.interpreter import Interpreter
from tests.interpreters import every_interpreter, free_threaded_interpreter, interpreter_older_than

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the broken files are shell scripts")
ENGINE_PARENT = str(Path(__file__).resolve().parents[3])
Script = Callable[[str], str]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    def write(text: str) -> str:
        path = tmp_path / "python3.13"
        path.write_text(text)
        path.chmod(0o755)
        return str(path)

    return write


def is_gone(pid: int, deadline_s: float = 5.0) -> bool:
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:  # ended; whoever adopted it has not looked yet
                return True
            psutil.Process(pid).wait(timeout=0.05)
        except psutil.TimeoutExpired:
            continue
        except psutil.NoSuchProcess:
            return True
    return False


@pytest.mark.parametrize("interpreter", every_interpreter())
def test_every_interpreter_describes_itself(interpreter: Interpreter) -> None:
    found = ask(interpreter.path)
    assert found.problem is None
    assert found.version.startswith(".".join(str(each) for each in found.version_info))
    assert found.name.rstrip("t") in (found.version[:4], f"pypy{found.version[:4]}")
    assert found.name.endswith("t") is found.free_threaded
    assert found.gil_enabled is not found.free_threaded
    assert "spawn" in found.start_methods
    assert found.jit in ("enabled", "available", "absent", None)
    assert os.path.samefile(found.real_path, found.path)


def test_the_app_describes_itself_as_it_would_when_asked() -> None:
    own = app_interpreter()
    asked = ask(own.path, source="app")
    assert asked == own
    assert own.version == sys.version.split()[0]


def test_the_gil_of_a_free_threaded_build_is_told_as_it_would_start_now() -> None:
    path = free_threaded_interpreter().path
    for gil, enabled in (("1", True), ("0", False)):
        assert ask(path, environ={**os.environ, "PYTHON_GIL": gil}).gil_enabled is enabled


def test_a_choice_of_gil_does_not_hurt_a_build_that_has_none() -> None:
    found = ask(sys.executable, environ={**os.environ, "PYTHON_GIL": "0"})
    assert found.problem is None
    assert found.gil_enabled is True


def test_an_old_python_is_told_by_its_version() -> None:
    old = interpreter_older_than((3, 0))
    assert old.problem == f"Python {old.version} is too old (needs 3.10)"


def test_what_is_no_program(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("print('hello')\n")
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    (tmp_path / "empty").touch(0o755)
    os.mkfifo(tmp_path / "pipe", 0o755)
    problems = {
        "": "is a folder",
        "text": "is not executable",
        "text/python": "cannot be read: Not a directory",
        "link": "is a broken link",
        "nothing": "does not exist",
        "empty": "is not a program of this machine",
        "pipe": "is not a file",
        "a\0b": "is not a path: it has a null character",
        "n" * 5000: "cannot be read: File name too long",
    }
    assert {name: ask(str(tmp_path / name)).problem for name in problems} == problems


def test_a_folder_that_is_an_installation_says_where_its_interpreter_is() -> None:
    assert ask(sys.prefix).problem == f"is a folder; the interpreter in it is {sys.prefix}/bin/python"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("#!/bin/sh\nexit 0\n", "does not answer as a Python does and says nothing"),
        ("#!/bin/sh\necho Python 3.13.0\n", 'does not answer as a Python does: "Python 3.13.0"'),
        ("#!/bin/sh\necho no such luck >&2\nexit 3\n", 'ends with exit code 3: "no such luck"'),
        ("#!/bin/sh\nkill -SEGV $$\n", "crashes: SIGSEGV"),
        ("#!/bin/sh\nprintf '\\377\\376\\033[31m'\n", 'does not answer as a Python does: "��[31m"'),
        ("#!/bin/sh\nyes\n", "prints without end"),
        ("#!/no/such/shell\n", "cannot be started: the program in its first line, or its loader, does not exist"),
        (f"#!/bin/sh\necho '{MARKER}{{'\n", f'does not answer as a Python does: "{MARKER}{{"'),
        (f"#!/bin/sh\necho '{MARKER}[]'\n", f'does not answer as a Python does: "{MARKER}[]"'),
    ],
)
def test_a_script_that_is_no_python(script: Script, text: str, problem: str) -> None:
    found = ask(script(text))
    assert found.problem == problem
    assert found.version == ""
    assert found.gil_enabled is None


def test_a_liar_is_found_out_because_it_cannot_compute(script: Script) -> None:
    answer = (
        '{"version": "3.13.0", "version_info": [3, 13, 0], "implementation": "CPython", "free_threaded": true, '
        '"gil_enabled": false, "jit": null, "start_methods": ["spawn"], "prefix": "/", "base_prefix": "/", '
        '"executable": "/bin/python", "proof": 12345}'
    )
    found = ask(script(f"#!/bin/sh\necho '{MARKER}{answer}'\n"))
    assert found.problem == "prints an answer, but does not compute as a Python does"
    assert found.version == ""


def test_one_that_computes_but_talks_nonsense(script: Script) -> None:
    code = f"import sys; print('{MARKER}' + '{{\"proof\": %d}}' % pow(int(sys.argv[1]), 65537, 2**61 - 1))"
    found = ask(script(f'#!/bin/sh\nexec {sys.executable} -c "{_quoted(code)}" "$3"\n'))
    assert found.problem == "gives an invalid description of itself"


def test_a_truncated_program(tmp_path: Path) -> None:
    path = tmp_path / "python3"
    with open(os.path.realpath(sys.executable), "rb") as whole:
        path.write_bytes(whole.read(5000))
    path.chmod(0o755)
    problem = ask(str(path)).problem
    assert problem is not None
    assert problem.startswith(("crashes: SIG", "is not a program", "cannot be started", "ends with exit code"))


HANGING = {
    "sleeps": ("echo $$ >pid\nexec sleep 1000\n", "does not answer and end within 2 s"),
    "leaves a child": ("sleep 1000 &\necho $! >pid\nexit 0\n", "does not answer and end within 2 s"),
    "its child left the group": ("setsid sleep 1000 &\necho $! >pid\nwait\n", "does not answer and end within 2 s"),
    "closes its output": (
        "echo $$ >pid\nexec >&- 2>&-\nexec sleep 1000\n",
        "closes its output, but does not end within 2 s",
    ),
    "ignores signals": (
        "trap '' TERM HUP INT\necho $$ >pid\nsleep 1000\n",
        "does not answer and end within 2 s",
    ),
}


@pytest.fixture(scope="module")
def hung(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Interpreter, int, float]]:
    """Ask all that hang at once, as a search does: what was found, the process that hung, and how long it took."""

    def asked(text: str) -> tuple[Interpreter, int, float]:
        folder = tmp_path_factory.mktemp("hung", numbered=True)
        path = folder / "python3.13"
        path.write_text("#!/bin/sh\n" + text.replace(">pid", f">{folder}/pid"))
        path.chmod(0o755)
        began = time.monotonic()
        found = ask(str(path), limit_s=2.0)
        return found, int((folder / "pid").read_text()), time.monotonic() - began

    with ThreadPoolExecutor(len(HANGING)) as pool:
        return dict(zip(HANGING, pool.map(asked, (text for text, _ in HANGING.values())), strict=True))


@pytest.mark.parametrize("how", HANGING)
def test_what_hangs_is_ended_with_all_that_it_started(
    hung: dict[str, tuple[Interpreter, int, float]], how: str
) -> None:
    found, pid, took_s = hung[how]
    assert took_s < 10
    assert found.problem == HANGING[how][1]
    assert is_gone(pid)


def test_what_hangs_does_not_outlive_a_killed_asker(script: Script, tmp_path: Path) -> None:
    path = script(f"#!/bin/sh\necho $$ >{tmp_path}/part\nmv {tmp_path}/part {tmp_path}/pid\nexec sleep 1000\n")
    code = "import sys; from engine.interpreters.probe import ask; ask(sys.argv[1], limit_s=100)"
    asker = subprocess.Popen([sys.executable, "-c", code, path], env={**os.environ, "PYTHONPATH": ENGINE_PARENT})
    end = time.monotonic() + 20
    while not (tmp_path / "pid").exists() and time.monotonic() < end:
        time.sleep(0.02)
    asker.kill()
    asker.wait()
    assert is_gone(int((tmp_path / "pid").read_text()))


def test_a_script_that_starts_a_python_is_followed_to_it(script: Script) -> None:
    found = ask(script(f'#!/bin/sh\nexec {sys.executable} "$@"\n'))
    assert found.problem is None
    assert found.path == sys.executable


def test_a_script_without_which_its_python_does_not_start_is_kept(script: Script) -> None:
    disguise = "import sys; sys.executable = '/no/such/python'; code = sys.argv.pop(2); del sys.argv[1]; exec(code)"
    path = script(f'#!/bin/sh\nexec {sys.executable} -c "{disguise}" "$@"\n')
    found = ask(path)
    assert found.problem is None
    assert found.path == path


def test_asking_gives_nothing_of_ours_to_what_is_asked(script: Script, tmp_path: Path) -> None:
    environ = {
        **os.environ,
        "PYTHONPATH": "/ours",
        "PYTHONHOME": "/nowhere",
        "PYTHONSTARTUP": "/x",
        "VIRTUAL_ENV": "/v",
    }
    ask(script(f"#!/bin/sh\nenv >{tmp_path}/env\n"), environ=environ)
    seen = (tmp_path / "env").read_text()
    for name in ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV"):
        assert f"{name}=" not in seen


def test_modules_of_the_current_folder_are_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("json.py", "platform.py", "sysconfig.py"):
        (tmp_path / name).write_text("raise SystemExit(9)\n")
    monkeypatch.chdir(tmp_path)
    assert ask(sys.executable).problem is None


def _quoted(code: str) -> str:
    return code.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")

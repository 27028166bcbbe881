"""`gilscope completion` and `gilscope desktop`: what they write is what shells and desktops read."""

from __future__ import annotations

import os
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from engine import models
from engine.commandline.installing.completion import SHELLS
from engine.commandline.installing.desktop import quoted
from engine.commandline.verb_places import VERBS
from tests.commands import gilscope_here

BASH = """
source "$1"
COMP_WORDS=(gilscope "${@:2}")
COMP_CWORD=$(($# - 1))
_shtab_gilscope
printf '%s\\n' "${COMPREPLY[@]}"
"""


def completed(folder: Path, *words: str) -> set[str]:
    """Return what bash offers for the last of the words."""
    script = folder / "completion"
    script.write_text(gilscope_here(folder, "completion", "bash").stdout, encoding="utf-8")
    bash = [shutil.which("bash") or "bash", "--norc", "-c", BASH, "bash", str(script), *words]
    ended = subprocess.run(bash, capture_output=True, text=True, timeout=30, cwd=folder)
    assert ended.returncode == 0, ended.stderr
    return set(ended.stdout.split())


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_every_verb(shell: str, tmp_path: Path) -> None:
    done = gilscope_here(tmp_path, "completion", shell)
    assert done.returncode == 0, done.stderr
    for verb in VERBS:
        assert verb in done.stdout
    program = shutil.which(shell)
    if program is not None:
        script = tmp_path / "script"
        script.write_text(done.stdout, encoding="utf-8")
        checked = subprocess.run([program, "-n", str(script)], capture_output=True, text=True, timeout=30)
        assert checked.returncode == 0, checked.stderr


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_completes_verbs_options_models_and_files(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").touch()
    assert completed(tmp_path, "comp") == {"compare", "completion"}
    assert "--interpreter" in completed(tmp_path, "run", "--inter")
    assert completed(tmp_path, "run", "--model", "thread") == {
        key for key in models.discover() if key.startswith("thread")
    }
    assert "mine.toml" in completed(tmp_path, "run", "mi")


def test_an_unknown_shell_is_refused(tmp_path: Path) -> None:
    done = gilscope_here(tmp_path, "completion", "csh")
    assert done.returncode == 2
    assert "csh" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="desktops of this kind are not there")
def test_a_desktop_gets_an_entry_an_icon_and_a_type_and_loses_them_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = tmp_path / "share"
    monkeypatch.setenv("XDG_DATA_HOME", str(share))
    done = gilscope_here(tmp_path, "desktop", "--install")
    assert done.returncode == 0, done.stderr
    written = [Path(line.removeprefix("wrote ")) for line in done.stdout.splitlines()]
    assert len(written) == 3
    assert all(path.is_file() and path.is_relative_to(share) for path in written)
    entry = ConfigParser(interpolation=None)
    entry.read(share / "applications" / "gilscope.desktop", encoding="utf-8")
    section = entry["Desktop Entry"]
    command = section["TryExec"]
    assert os.access(command, os.X_OK), "it works where no environment is active"
    assert section["Exec"].startswith(quoted(command))
    assert section["Exec"].endswith(" %f")
    mime = (share / "mime" / "packages" / "gilscope.xml").read_text(encoding="utf-8")
    assert section["MimeType"].rstrip(";") in mime
    assert gilscope_here(tmp_path, "desktop", "--uninstall").returncode == 0
    assert not any(path.exists() for path in written)
    again = gilscope_here(tmp_path, "desktop", "--uninstall")
    assert (again.returncode, "nothing" in again.stdout) == (0, True)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o500)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    done = gilscope_here(tmp_path, "desktop", "--install")
    assert (done.returncode, str(tmp_path) in done.stderr) == (1, True)


def test_a_file_in_the_way_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "share").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    done = gilscope_here(tmp_path, "desktop", "--install")
    assert done.returncode == 1
    assert str(tmp_path / "share") in done.stderr


@pytest.mark.parametrize(
    ("argument", "written"),
    [
        ("/opt/gilscope/bin/gilscope-window", "/opt/gilscope/bin/gilscope-window"),
        ("/home/a b/gilscope", '"/home/a b/gilscope"'),
        ('/a"b$c', '"/a\\\\"b\\\\$c"'),
        ("/100%/x", "/100%%/x"),
    ],
)
def test_a_path_is_quoted_as_desktop_entries_want_it(argument: str, written: str) -> None:
    assert quoted(argument) == written

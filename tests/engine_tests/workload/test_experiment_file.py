"""Experiment files: read with the place of each mistake, written with the person's comments kept."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest

from engine.resources_path import resources_path
from engine.workload import experiment_file
from engine.workload.errors import ExperimentError
from engine.workload.experiment_toml import to_toml
from engine.workload.group import parts_of

TEXT = """# For Monday's class
format = 1
title = "Fetch" # short

[workload]
# as many as it takes
tasks = 400
seed = 1

# first it waits
[[workload.steps]]
kind = "sleep" # awaited
duration_ms = 20

# then it works
[[workload.steps]]
kind = "count-primes"
below = 2000 # small

[model]
# try threads too
kind = "processes"
workers = 8
"""
SOURCES = (
    "def task(item):\n    return 'a'\n",
    "a\r\nb\r\n",
    "'''\n\"\"\"\nx\\y",
    "tab\there\n",
    "zero\n\x00\x1f\x7f",
    "é\n\u2028z'",
    "\n\nx\n",
    "[workload]\n[[workload.steps]]\n# x\n",
)


def _data() -> dict[str, Any]:
    return tomllib.loads(TEXT)


def test_the_same_experiment_leaves_the_text_as_it_was() -> None:
    assert to_toml(_data(), TEXT) == TEXT


def test_changed_values_keep_every_comment() -> None:
    data = _data()
    data["workload"]["steps"][1]["below"] = 99
    data["model"]["workers"] = 2
    assert to_toml(data, TEXT) == TEXT.replace("below = 2000", "below = 99").replace("workers = 8", "workers = 2")


def test_steps_that_move_take_their_comments_along() -> None:
    data = _data()
    data["workload"]["steps"].reverse()
    text = to_toml(data, TEXT)
    assert tomllib.loads(text) == data
    order = ["# then it works", 'kind = "count-primes"', "# first it waits", 'kind = "sleep" # awaited', "[model]"]
    places = [text.index(each) for each in order]
    assert places == sorted(places)


def test_keys_and_steps_come_and_go() -> None:
    data = _data()
    del data["workload"]["tasks"]
    data["workload"]["duration_s"] = 2.5
    del data["workload"]["steps"][0]
    data["workload"]["steps"].append({"kind": "sha256", "size_kib": 4})
    text = to_toml(data, TEXT)
    assert tomllib.loads(text) == data
    assert "awaited" not in text
    assert "# small" in text
    assert text.startswith("# For Monday's class\n")


@pytest.mark.parametrize("existing", ["", TEXT, "this is = no toml [", 'title = "x"\nworkload = {tasks = 1}\n'])
@pytest.mark.parametrize("source", SOURCES)
def test_source_code_survives_to_the_byte(source: str, existing: str) -> None:
    data = _data()
    data["workload"]["steps"].append({"kind": "python", "source": source})
    text = to_toml(data, existing)
    assert tomllib.loads(text) == data
    data["model"]["workers"] = 3
    assert tomllib.loads(to_toml(data, text)) == data


def test_plain_source_code_is_readable_in_the_file() -> None:
    data = _data()
    data["workload"]["steps"] = [{"kind": "python", "source": SOURCES[0]}]
    assert f"source = '''\n{SOURCES[0]}'''" in to_toml(data)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"format = 1\ntitle = ", "line 2, column 9: is not TOML: invalid value"),
        (b"format = 1\nx", "line 2, column 2: is not TOML: expected '=' after a key in a key/value pair"),
        (b'title = "half', "line 1, column 14: is not TOML: unterminated string"),
        (b"a = 1\na = 2", "line 2, column 6: is not TOML: cannot overwrite a value"),
        (b"a = 1\n\xff\xfe", "line 2: is not UTF-8 (byte 0xff)"),
        (b"a = " + b"[" * 100_000, "line 1, column 37: is nested more than 32 deep"),
    ],
)
def test_what_is_no_toml_is_named_with_its_place(tmp_path: Path, text: bytes, problem: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_bytes(text)
    with pytest.raises(ExperimentError) as caught:
        experiment_file.read(file)
    assert str(caught.value) == f"{file}: {problem}"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"none\.toml: cannot be read: No such file or directory"):
        experiment_file.read(tmp_path / "none.toml")
    with pytest.raises(ExperimentError, match="cannot be read: Is a directory"):
        experiment_file.read(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(ExperimentError, match=r"pipe\.toml: cannot be read: is a named pipe"):
        experiment_file.read(tmp_path / "pipe.toml")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "marked.toml"
    file.write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    assert experiment_file.read(file) == _data()


def test_writing_keeps_the_file_s_mode_and_its_link(tmp_path: Path) -> None:
    file, link = tmp_path / "real.toml", tmp_path / "link.toml"
    file.write_text(TEXT, encoding="utf-8")
    file.chmod(0o640)
    link.symlink_to(file)
    data = {**_data(), "title": "Other"}
    experiment_file.write(link, data)
    assert link.is_symlink()
    assert experiment_file.read(file) == data
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert sorted(os.listdir(tmp_path)) == ["link.toml", "real.toml"]


def test_a_file_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="cannot be written: No such file or directory"):
        experiment_file.write(tmp_path / "no" / "such.toml", _data())


@pytest.mark.parametrize("file", sorted(resources_path("experiments").glob("*.toml")), ids=lambda each: each.stem)
def test_every_example_survives_an_edit(file: Path) -> None:
    data = experiment_file.read(file)
    text = file.read_text(encoding="utf-8")
    part = next(iter(parts_of(data["workload"])), data["model"])  # whoever says how many workers there are
    part["workers"] += 1
    edited = to_toml(data, text)
    assert tomllib.loads(edited) == data
    changed = [line for line in edited.splitlines() if line not in text.splitlines()]
    assert len(changed) == 1
    assert len(edited.splitlines()) == len(text.splitlines())

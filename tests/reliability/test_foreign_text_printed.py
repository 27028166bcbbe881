"""Text from files in what commands print and in the tables they write: it is shown, and neither steers nor computes."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from pathlib import Path

import pytest

from engine.comparison.csv_files import _write as write_comparison
from engine.wording.csv_cell import csv_cell
from tests.commands import gilscope_here
from tests.run_folders import EXPERIMENT, add_lane, make_run, whole_task, write_json

RUN = "20261122-200000-aaaa"
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
EVIL = "a\x1b]0;owned\x07\x1b[2J\x9b31m\u202eb"
FORMULA = '=HYPERLINK("http://example.invalid")'


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Return a history with a run whose every text is hostile."""
    folder = make_run(tmp_path / "runs" / RUN, reason=EVIL, notes=[EVIL], counters={EVIL: EVIL}, model=EVIL)
    experiment = json.loads(json.dumps(EXPERIMENT))
    experiment["title"] = EVIL
    experiment["model"]["kind"] = EVIL
    experiment["workload"]["steps"][0]["kind"] = EVIL
    write_json(folder / "experiment.json", experiment)
    add_lane(folder, "one", whole_task(0, 0), created_ns=1, thread_name=EVIL, process_name=EVIL)
    return tmp_path


def plain(done: subprocess.CompletedProcess[str]) -> str:
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    found = STEERING.search(said)
    assert found is None, said[max(0, found.start() - 60) :]
    return said


def test_no_escape_of_a_kept_run_reaches_the_terminal(history: Path) -> None:
    assert "\\x1b]0;owned\\x07" in plain(gilscope_here(history, "history"))
    assert "\\x1b]0;owned\\x07" in plain(gilscope_here(history, "history", RUN))
    plain(gilscope_here(history, "history", "--diff", RUN, RUN))
    for options in ((), (RUN,), ("--diff", RUN, RUN)):
        done = gilscope_here(history, "history", "--json", *options)
        plain(done)
        assert json.loads(done.stdout)
    assert json.loads(gilscope_here(history, "history", "--json").stdout)[0]["title"] == EVIL


def test_a_message_that_no_encoding_has_is_shown_with_escapes_and_the_run_is_kept(tmp_path: Path) -> None:
    step = {"kind": "python", "source": "def task(item):\n    raise ValueError('name: ' + chr(0xD800))\n"}
    file = tmp_path / "lone.toml"
    source = json.dumps(step["source"])
    steps = f'[[workload.steps]]\nkind = "python"\nsource = {source}\n'
    file.write_text(f'format = 1\ntitle = "t"\n[workload]\ntasks = 3\n{steps}[model]\nkind = "threads"\n', "utf-8")
    done = gilscope_here(tmp_path / "data", "run", "--trust", str(file))
    assert "internal error" not in done.stdout + done.stderr
    assert "name: \\ud800" in done.stdout
    assert "name: \\ud800" in json.loads(gilscope_here(tmp_path / "data", "history", "--json").stdout)[0]["reason"]


@pytest.mark.parametrize(
    "text",
    [
        'format = 1\ntitle = "t"\n"\\u001b[2J" = 1\n',
        'format = 1\n[workload]\ntasks = 1\n[[workload.steps]]\nkind = "\\u001b[2Jx"\n[model]\nkind = "threads"\n',
        'format = 1\n[workload]\ntasks = 1\n[[workload.steps]]\nkind = "sleep"\n[model]\nkind = "\\u009b2Jx"\n',
        'format = 1\ntitle = "\x1b[2J"\n',
        "\x1b[2J = 1\n",
    ],
)
@pytest.mark.parametrize("verb", ["run", "script", "compare"])
def test_no_escape_of_a_file_reaches_the_terminal(tmp_path: Path, verb: str, text: str) -> None:
    file = tmp_path / "evil.toml"
    file.write_text(text, encoding="utf-8")
    done = gilscope_here(tmp_path / "data", verb, file)
    assert done.returncode == 2
    assert "gilscope: " in plain(done)


def test_a_file_s_own_name_is_shown_plain_too(tmp_path: Path) -> None:
    assert "\\x1b[2J.toml" in plain(gilscope_here(tmp_path, "run", tmp_path / "\x1b[2J.toml"))


def test_a_title_with_line_ends_stays_in_its_row(history: Path) -> None:
    experiment = json.loads((history / "runs" / RUN / "experiment.json").read_text(encoding="utf-8"))
    write_json(history / "runs" / RUN / "experiment.json", {**experiment, "title": "one\ntwo\ttree"})
    lines = gilscope_here(history, "history").stdout.splitlines()
    assert len(lines) == 2
    assert "one\\ntwo\\ttree" in lines[1]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_what_a_spreadsheet_would_carry_out_is_escaped(start: str) -> None:
    assert csv_cell(f"{start}1+1") == f"'{start}1+1"
    assert csv_cell(-1.5) == -1.5
    assert csv_cell("a=1") == "a=1"


def test_no_cell_of_an_exported_run_is_a_formula(history: Path) -> None:
    folder = history / "runs" / RUN
    experiment = json.loads((folder / "experiment.json").read_text(encoding="utf-8"))
    experiment["title"] = FORMULA
    experiment["workload"]["steps"][0]["kind"] = FORMULA
    write_json(folder / "experiment.json", experiment)
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    write_json(folder / "result.json", {**result, "reason": FORMULA})
    add_lane(folder, "two", whole_task(1, 0), created_ns=2, thread_name=FORMULA)
    (folder / "samples.jsonl").write_text('{"t_s": 0.1, "marks": [{"t_s": 0.1, "text": "=1+1"}]}\n', encoding="utf-8")
    done = gilscope_here(history, "export", RUN, "--csv", history / "csv")
    if done.returncode:  # samples are typed: a tick has more than this
        (folder / "samples.jsonl").write_text("", encoding="utf-8")
        done = gilscope_here(history, "export", RUN, "--csv", history / "csv")
    assert done.returncode == 0, done.stderr
    formulas = 0
    for file in (history / "csv").glob("*.csv"):
        with open(file, encoding="utf-8", newline="") as opened:
            for row in csv.reader(opened):
                assert not [cell for cell in row if re.match(r"[=@\t\r+]|-\D", cell)], row
                formulas += sum(cell.startswith("'=") for cell in row)
    assert formulas >= 4


def test_no_cell_of_an_exported_comparison_is_a_formula(tmp_path: Path) -> None:
    write_comparison(tmp_path / "x.csv", [{"model": FORMULA, "workers": [FORMULA], "value": -1}])
    with open(tmp_path / "x.csv", encoding="utf-8", newline="") as opened:
        rows = list(csv.reader(opened))
    assert rows[1] == [f"'{FORMULA}", f"'{FORMULA}", "-1"]

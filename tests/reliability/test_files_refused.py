"""Files that are refused: at once, with the place, and without a word about Python's internals."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from engine import models
from engine.workload import experiment_file, steps
from engine.workload.errors import ExperimentError
from engine.workload.parameter import Kind, Parameter
from tests.commands import gilscope_here

SOON_S = 2.0  # a hundred times what it takes; it took from 5 s to for ever


def file_with(tmp_path: Path, *, tasks: str = "2", kind: str = "threads", workers: str = "2", rest: str = "") -> Path:
    path = tmp_path / "experiment.toml"
    path.write_text(
        f'format = 1\n{rest}\n[workload]\ntasks = {tasks}\n[[workload.steps]]\nkind = "sleep"\nduration_ms = 1.0\n'
        f'[model]\nkind = "{kind}"\nworkers = {workers}\n',
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("kind", ["sequential", "threads"])
@pytest.mark.parametrize(
    "workers", ["9223372036854775808", "0x" + "f" * 5000, "-9223372036854775809"], ids=["large", "huge", "small"]
)
def test_a_number_of_workers_that_nothing_can_have_is_refused_in_one_line(
    tmp_path: Path, kind: str, workers: str
) -> None:
    done = gilscope_here(tmp_path, "run", file_with(tmp_path, kind=kind, workers=workers))
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "model.workers: " in line
    assert gilscope_here(tmp_path, "history").returncode == 0


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 16**5000], ids=["large", "small", "huge"])
def test_every_whole_number_has_a_bound_whoever_declares_it(number: int) -> None:
    parameters = [each for one in steps.discover().values() for each in one.card.parameters]
    parameters += [each for one in models.discover().values() for each in one.card.parameters]
    parameters.append(Parameter("n", "N", Kind.INTEGER, 1))  # as a plugin may declare one
    for parameter in parameters:
        if parameter.kind in (Kind.INTEGER, Kind.NUMBER):
            with pytest.raises(ExperimentError, match="must be"):
                parameter.check(number, "key")


def test_a_number_of_thousands_of_digits_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError) as refused:
        experiment_file.read(file_with(tmp_path, tasks="9" * 5000))
    assert "line 4" in str(refused.value)
    assert "sys." not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("x = [" + "[" * 3000 + "]" * 3000 + "]", "line 2, column"),
        (".".join("a" * 20_000) + " = 1", "line 2, column"),
        ("x = [" + "1," * 400_000 + "]", "items"),
        ("x = {" + ",".join(f"a{n} = 1" for n in range(50_000)) + "}", "items"),
        ("\n".join(f"[a{n}]" for n in range(50_000)), "items"),
        ('x = "' + "y" * 1_100_000 + '"', "1 MB"),
        ("x = " + "[{a=" * 100 + "1" + "}]" * 100, "line 2, column"),
    ],
    ids=["nested", "dotted key", "array", "inline table", "tables", "a long string", "both"],
)
def test_what_is_too_large_or_deep_is_refused_at_once(tmp_path: Path, text: str, what: str) -> None:
    path = file_with(tmp_path, rest=text)
    began_s = time.process_time()
    with pytest.raises(ExperimentError) as refused:
        experiment_file.read(path)
    assert time.process_time() - began_s < SOON_S
    assert what in str(refused.value)
    assert str(path) in str(refused.value)


def test_saving_over_a_huge_comment_takes_no_longer_than_the_file_is_long(tmp_path: Path) -> None:
    path = file_with(tmp_path, rest="# a comment\n" * 80_000)
    data = experiment_file.read(path)
    data["workload"]["tasks"] = 3
    began_s = time.process_time()
    experiment_file.write(path, data)
    assert time.process_time() - began_s < SOON_S
    assert experiment_file.read(path) == data
    assert path.read_text(encoding="utf-8").startswith("format = 1\n# a comment\n")


def test_an_unreadably_large_file_is_not_read_to_be_saved_over(tmp_path: Path) -> None:
    path = file_with(tmp_path)
    data = experiment_file.read(path)
    path.write_text("# a comment\n" * 900_000, encoding="utf-8")
    began_s = time.process_time()
    experiment_file.write(path, data)
    assert time.process_time() - began_s < SOON_S
    assert experiment_file.read(path) == data

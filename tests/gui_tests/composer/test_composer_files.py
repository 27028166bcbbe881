"""Experiments come in and go out whole: dictionaries, files, examples, and files that are wrong."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from engine.workload import experiment_file
from engine.workload.errors import ExperimentError
from gui.composer import Composer
from gui.composer.examples import TEACHING_ORDER, list_examples
from gui.widgets.plain_text import wrapped_tip
from tests.gui_tests.composer_parts import STEPS, experiment, kinds, real_catalogue, shown_composer, steps_of


def test_what_is_set_is_what_is_given_back(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    assert composer.experiment() == {"format": 1, "title": "A try", "workload": {"seed": 7, "steps": STEPS}}
    assert (composer.dirty, composer.path) == (False, None)


def test_a_file_is_loaded_edited_and_saved(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "try.toml"
    experiment_file.write(path, experiment())
    composer = shown_composer(qtbot, [])
    data = composer.load(path)
    assert data == experiment()
    assert (composer.path, composer.dirty, kinds(composer)) == (path, False, ["count-primes", "sleep", "sha256"])
    composer.add_step("file-write")
    assert composer.dirty
    composer.save(tmp_path / "other.toml", data)
    assert (composer.path, composer.dirty) == (tmp_path / "other.toml", False)
    written = tomllib.loads((tmp_path / "other.toml").read_text())
    assert written["model"] == {"kind": "threads", "workers": 2}
    assert written["workload"] == {"tasks": 10, "seed": 7, "steps": steps_of(composer)}
    again = shown_composer(qtbot, [])
    again.load(tmp_path / "other.toml")
    assert again.experiment() == composer.experiment()


def test_comments_of_a_file_are_kept(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "try.toml"
    experiment_file.write(path, experiment())
    path.write_text("# What I found out\n" + path.read_text())
    composer = shown_composer(qtbot, [])
    data = composer.load(path)
    composer.remove_step(composer.parts.steps.rows[0].uid)
    composer.save(path, data)
    assert path.read_text().startswith("# What I found out\n")
    assert [step["kind"] for step in experiment_file.read(path)["workload"]["steps"]] == ["sleep", "sha256"]


BAD_FILES = {
    "[workload": "line 1",
    'format = 1\n[workload]\n[model]\nkind = "threads"': "workload.steps: is missing",
    'format = 2\n[workload]\n[model]\nkind = "threads"': "format: must be 1, got 2",
    'format = 1\n[workload]\nsteps = [{kind = "count-primes", below = -5}]\n[model]\nkind = "threads"': (
        "workload.steps[0].below: must be at least 2, got -5"
    ),
    'format = 1\n[workload]\nsteps = [{kind = "count-primes", belwo = 5}]\n[model]\nkind = "threads"': (
        "workload.steps[0].belwo: unknown key; did you mean below?"
    ),
    'format = 1\n[workload]\nsteps = [{kind = "sleep"}]\n[model]\nkind = "threads"\nworkers = 0': (
        "model.workers: must be at least 1, got 0"
    ),
}


@pytest.mark.parametrize(("text", "message"), BAD_FILES.items(), ids=range(len(BAD_FILES)))
def test_a_file_that_is_wrong_changes_nothing(qtbot: QtBot, tmp_path: Path, text: str, message: str) -> None:
    composer = shown_composer(qtbot)
    composer.add_step("file-write")
    before = composer.experiment()
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(ExperimentError) as caught:
        composer.load(path)
    assert message in str(caught.value)
    assert composer.experiment() == before
    assert (composer.dirty, composer.path, composer.undo_stack.count()) == (True, None, 1)


def test_a_file_that_is_not_there_changes_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    composer = shown_composer(qtbot)
    with pytest.raises(ExperimentError, match="cannot be read"):
        composer.load(tmp_path / "none.toml")
    assert kinds(composer) == [step["kind"] for step in STEPS]


def test_what_is_no_experiment_at_all_is_refused_and_changes_nothing(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    with pytest.raises(ExperimentError, match=r"workload\.steps\[0\]\.kind: is missing"):
        composer.set_experiment({"workload": {"steps": [{}]}})
    assert kinds(composer) == [step["kind"] for step in STEPS]


def test_a_kind_that_is_not_known_is_shown_and_kept(qtbot: QtBot, tmp_path: Path) -> None:
    foreign: dict[str, Any] = {"kind": "of-a-plugin", "power": 9000, "name": "x"}
    path = tmp_path / "try.toml"
    experiment_file.write(path, experiment([STEPS[0], foreign]))
    composer = shown_composer(qtbot, [])
    data = composer.load(path)
    row = composer.parts.steps.rows[1]
    assert (row.title, row.summary) == ("of-a-plugin", 'power = 9000, name = "x"')
    assert row.problem == 'unknown kind "of-a-plugin"'
    assert [each.path for each in composer.problems] == ["workload.steps[1].kind"]
    composer.go_to("workload.steps[1].kind")
    assert 'Unknown kind "of-a-plugin".' in composer.parts.editor.header.note.text()
    composer.move_step(row.uid, 0)
    composer.save(path, data)
    assert experiment_file.read(path)["workload"]["steps"] == [foreign, STEPS[0]]


def test_a_key_that_is_not_known_is_shown_and_removed_only_by_hand(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot, [{"kind": "count-primes", "belwo": 5}])
    assert composer.problems[0].text == "unknown key; did you mean below?"
    composer.parts.editor.form.dropped.emit(composer.parts.steps.rows[0].uid, "belwo")
    assert steps_of(composer) == [{"kind": "count-primes"}]
    composer.undo_stack.undo()
    assert steps_of(composer) == [{"kind": "count-primes", "belwo": 5}]


def test_steps_are_judged_once_the_catalogue_has_come(qtbot: QtBot) -> None:
    composer = Composer()
    qtbot.addWidget(composer)
    composer.set_experiment(experiment([{"kind": "count-primes", "below": -5}]))
    assert composer.problems == ()
    assert composer.parts.steps.rows[0].summary == "below = -5"
    composer.set_catalogue(real_catalogue())
    assert [each.path for each in composer.problems] == ["workload.steps[0].below"]
    assert composer.parts.steps.rows[0].title == "Count primes"


def test_the_examples_are_offered_by_title(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    menu = composer.examples_menu()
    examples = list_examples()
    assert examples
    assert [action.text() for action in menu.actions()] == [each.title.replace("&", "&&") for each in examples]
    with qtbot.waitSignal(composer.example_requested) as asked:
        menu.actions()[0].trigger()
    assert asked.args == [examples[0]]
    assert kinds(composer) == [step["kind"] for step in STEPS]


@pytest.mark.parametrize("example", list_examples(), ids=lambda each: each.path.stem)
def test_every_example_is_shown_without_a_problem(qtbot: QtBot, example: Any) -> None:
    assert example.problem is None
    composer = shown_composer(qtbot, [])
    composer.set_catalogue(real_catalogue())
    data = composer.load(example.path)
    assert composer.problems == ()
    for key in ("steps", "groups"):
        assert composer.experiment()["workload"].get(key) == data["workload"].get(key)
    assert composer.experiment()["title"] == example.title


def test_every_example_explains_itself_before_it_is_opened_and_has_its_place_in_teaching_order(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    menu = composer.examples_menu()
    for action, example in zip(menu.actions(), list_examples(), strict=True):
        assert len(example.about.split()) > 20
        assert action.toolTip() == wrapped_tip(*example.about.splitlines())
    stems = [each.path.stem for each in list_examples()]
    assert set(stems) == set(TEACHING_ORDER)
    assert stems.index("io-bound") < stems.index("cpu-bound") < stems.index("fetch-and-parse") < len(stems) - 1


def test_an_example_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text("[workload")
    (tmp_path / "a.toml").write_text('title = "First"')
    first, second = list_examples(tmp_path)
    assert (first.title, first.problem) == ("First", None)
    assert second.title == "b"
    assert second.problem is not None
    assert "line 1" in second.problem

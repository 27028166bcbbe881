"""Drafts and what is wrong with them: values, no widgets."""

from __future__ import annotations

from typing import Any

import pytest

from engine.workload.catalogue import Catalogue
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check
from gui.composer.draft import Draft, StepDraft, changed_uid
from gui.composer.problems import check_opened, find_problems
from tests.gui_tests.composer_parts import CATALOGUE, PRIMES, STEPS, experiment, real_catalogue


def found(steps: list[dict[str, Any]], catalogue: Catalogue | None = CATALOGUE) -> list[str]:
    draft = Draft.from_dict(experiment(steps))
    return [f"{each.path}: {each.text}" for each in find_problems(draft, catalogue)]


def test_a_draft_is_its_part_of_the_experiment() -> None:
    draft = Draft.from_dict(experiment())
    assert draft.to_dict() == {"format": 1, "title": "A try", "workload": {"seed": 7, "steps": STEPS}}
    assert Draft.from_dict(draft.to_dict()) == draft


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"title": 5}, "title"),
        ({"workload": 5}, "workload"),
        ({"workload": {"steps": {}}}, "workload.steps"),
        ({"workload": {"steps": [5]}}, "workload.steps[0]"),
        ({"workload": {"steps": [{"below": 5}]}}, "workload.steps[0].kind"),
        ({"workload": {"steps": [{"kind": ["x"]}]}}, "workload.steps[0].kind"),
    ],
)
def test_what_has_not_the_shape_of_an_experiment_is_refused_by_its_key(data: dict[str, Any], path: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        Draft.from_dict(data)
    assert caught.value.path == path


def test_every_default_of_a_new_step_is_written_out() -> None:
    assert StepDraft.of_card(PRIMES).values == {"below": 2000}


def test_a_change_is_looked_at_where_it_is() -> None:
    draft = Draft.from_dict(experiment())
    first, second, third = (step.uid for step in draft.steps)
    assert changed_uid(draft, draft.with_value(1, "duration_ms", 5.0)) == second
    assert changed_uid(draft, draft.without_step(1)) == third
    assert changed_uid(draft, draft.without_step(2)) == second
    assert changed_uid(draft, draft.with_title("x")) is None
    assert changed_uid(draft, draft.with_moved(0, 2)) is None
    assert [step.uid for step in draft.with_moved(0, 2).steps] == [second, third, first]


def test_a_right_draft_has_no_problems() -> None:
    assert found(STEPS) == []


def test_each_problem_names_its_key() -> None:
    steps = [
        {"kind": "count-primes", "below": -5},
        {"kind": "count-prime"},
        {"kind": "sleep", "durationms": 5},
        {"kind": "python", "source": "def task(item):\n    return (\n"},
    ]
    assert found(steps) == [
        "workload.steps[0].below: must be at least 2, got -5",
        'workload.steps[1].kind: unknown kind "count-prime"; did you mean count-primes?',
        "workload.steps[2].durationms: unknown key; did you mean duration_ms?",
        "workload.steps[3].source: line 2: '(' was never closed",
    ]


def test_without_a_catalogue_steps_are_taken_at_their_word() -> None:
    assert found([{"kind": "whatever", "below": -5}], None) == []


def test_no_steps_and_a_wrong_seed_are_problems() -> None:
    draft = Draft.from_dict({"workload": {"seed": "x"}})
    assert [each.path for each in find_problems(draft, None)] == ["workload.seed", "workload.steps"]


@pytest.mark.parametrize("catalogue", [CATALOGUE, None])
def test_an_unknown_kind_of_step_may_be_opened_and_nothing_else_that_is_wrong(catalogue: Catalogue | None) -> None:
    check_opened(experiment([{"kind": "of-a-plugin", "power": 9000}, *STEPS]), catalogue)
    with pytest.raises(ExperimentError) as caught:
        check_opened({**experiment(), "titel": "x"}, catalogue)
    assert str(caught.value).startswith("titel: unknown key; did you mean title?")
    with pytest.raises(ExperimentError) as caught:
        check_opened(experiment([*STEPS, {"kind": 5}]), catalogue)
    assert caught.value.path == "workload.steps[3].kind"


def test_a_wrong_value_of_a_known_step_is_not_opened() -> None:
    with pytest.raises(ExperimentError) as caught:
        check_opened(experiment([{"kind": "of-a-plugin"}, {"kind": "count-primes", "below": -5}]), CATALOGUE)
    assert str(caught.value) == "workload.steps[1].below: must be at least 2, got -5"


def test_a_kind_that_is_missing_is_told_without_our_stand_in() -> None:
    with pytest.raises(ExperimentError) as caught:
        check_opened(experiment([{"below": 5}]), CATALOGUE)
    assert str(caught.value).endswith("sleep, file-write, python")


@pytest.mark.parametrize("kind", sorted(real_catalogue().steps))
def test_a_new_step_of_every_kind_there_is_has_no_problem(kind: str) -> None:
    catalogue = real_catalogue()
    draft = Draft(steps=(StepDraft.of_card(catalogue.steps[kind]),))
    assert find_problems(draft, catalogue) == ()
    check({**experiment(), **draft.to_dict()}, catalogue)

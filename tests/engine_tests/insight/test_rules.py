"""Every sentence is said where it is true, and not said where it is false."""

from __future__ import annotations

import pytest

from engine.insight.rule import Passage
from engine.insight.rules import RULES
from engine.insight.run_figures import STATES
from tests.engine_tests.insight.insight_runs import alike, seen
from tests.engine_tests.insight.situations import SITUATIONS, Situation


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_what_is_said_is_true_and_what_is_false_is_not_said(situation: Situation) -> None:
    said = seen(situation.run)
    text = " ".join(said.sentences)
    assert set(situation.speaks) <= set(said.rules), said
    assert not set(situation.silent) & set(said.rules), said
    for words in situation.words:
        assert words in text
    for words in situation.no_words:
        assert words not in text
    if situation.suggested != "":
        assert (said.suggestion.label if said.suggestion else None) == situation.suggested


def test_each_rule_speaks_in_one_situation_and_is_silent_in_another() -> None:
    spoke = {name for situation in SITUATIONS for name in seen(situation.run).rules}
    asked_to = {name for situation in SITUATIONS for name in situation.speaks}
    names = [rule.id for rule in RULES]
    assert len(set(names)) == len(names)
    assert set(names) == spoke == asked_to
    assert all({*situation.speaks, *situation.silent} <= set(names) for situation in SITUATIONS)


@pytest.mark.parametrize("workers", [1, 4, 64])
@pytest.mark.parametrize("kind", ["thread", "process", "coroutine", "interpreter"])
@pytest.mark.parametrize("most", STATES)
def test_whatever_the_figures_are_something_is_said_in_few_words(most: str, kind: str, workers: int) -> None:
    said = seen(alike({"cpu": 0.1, most: 0.9}, workers=workers, kind=kind))
    assert 1 <= len(said.sentences) <= 5
    parts = {rule.id: rule.part for rule in RULES}
    assert [parts[name] for name in said.rules].count(Passage.MAIN) == 1
    mixed = seen(alike(dict.fromkeys(STATES, 0.125), workers=workers, kind=kind))
    assert mixed.sentences

"""Makes a few plain sentences on a run, from its own figures only: what the rules that hold say, in order."""

from __future__ import annotations

from dataclasses import dataclass

from engine.insight.rule import Passage, Said, Suggestion
from engine.insight.rules import RULES
from engine.insight.run_figures import RunFigures

_FIRST_ONLY = (Passage.MAIN, Passage.ADVICE)


@dataclass(frozen=True)
class Insight:
    """The sentences on a run, a suggestion of what to try next, and the ids of the rules that contributed."""

    sentences: tuple[str, ...]
    suggestion: Suggestion | None = None
    rules: tuple[str, ...] = ()


def insight(run: RunFigures) -> Insight:
    """Return what `run` shows: how it ended if not well, where its time went and why, and what to try next."""
    run = run.at_work()
    heard: list[tuple[str, Said]] = []
    spoken: set[Passage] = set()
    for rule in RULES:
        if rule.part in _FIRST_ONLY and rule.part in spoken:
            continue
        if not rule.when(run):
            continue
        said = rule.say(run)
        heard.append((rule.id, said))
        spoken.add(rule.part)
        if said.closes:
            break
    sentences = tuple(sentence for _, said in heard for sentence in said.sentences)
    suggestion = next((said.suggestion for _, said in heard if said.suggestion is not None), None)
    return Insight(sentences, None if run.has_groups else suggestion, tuple(name for name, _ in heard))

"""Makes the sentences on a run that has ended, from its result and the cards in its folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.insight.figures_of import figures_of
from engine.insight.insight import insight
from engine.workload.catalogue import ModelCard, StepCard


def sentences_of(result: Mapping[str, Any], cards: Mapping[str, Any]) -> list[str]:
    """Return the sentences that `gilscope run` prints and a result keeps as `insight`; `cards` is cards.json."""
    model = ModelCard.from_json(dict(cards["model"]))
    steps = {key: StepCard.from_json(dict(card)) for key, card in cards["steps"].items()}
    return list(insight(figures_of(result, model, steps)).sentences)

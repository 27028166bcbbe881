"""Reads a run of the history from its folder into the object that the window has for every run. No Qt."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from engine.record.run_folder import OUTPUT, RunFolder, RunFolderError
from engine.workload.catalogue import ModelCard, StepCard
from gui.session.run_data import GrowingRun


def read_run(path: Path) -> GrowingRun:
    """Return the run in a folder. Raises RunFolderError for one that has no result, or is damaged."""
    folder = RunFolder(path)
    result = folder.final_result()
    data = GrowingRun(folder.run_id, folder.experiment(), model_card(path))
    data.step_cards = step_cards(path)
    with contextlib.suppress(RunFolderError):
        for stage, t_s in folder.life().stages.items():
            if stage != "ended" and t_s is not None:
                data.enter(stage, t_s)
    for tick in folder.samples():
        data.take_tick(tick)
    with contextlib.suppress(OSError):
        text = (path / OUTPUT).read_text(encoding="utf-8", errors="replace")
        data.take_output(text, result.output_dropped or 0)
    data.end(result, str(path))
    return data


def model_card(path: Path) -> ModelCard | None:
    """Return the card of the model that ran in a folder, None where it cannot be read."""
    with contextlib.suppress(KeyError, TypeError, ValueError):  # of another version: views work without it
        return ModelCard.from_json(_read_json(path / "cards.json")["model"])
    return None


def step_cards(path: Path) -> dict[str, StepCard]:
    """Return the cards of the steps that ran in a folder, as far as they can be read."""
    with contextlib.suppress(AttributeError, KeyError, TypeError, ValueError):
        cards = _read_json(path / "cards.json")["steps"]
        return {key: StepCard.from_json(card) for key, card in cards.items()}
    return {}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}

"""Keeps where a lesson was interrupted: its scene, predictions and runs; written after each change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from engine.lessons.picture import RunPicture
from engine.record.atomic_file import write_atomically

FILE: Final = "lessons-progress.json"
ROUNDS: Final = 2  # a vote, and one after the discussion


@dataclass(slots=True)
class Prediction:
    """An audience's prediction, round by round: votes for each choice, a number, or a curve's heights from the left."""

    votes: list[list[int]] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)
    revealed: bool = False
    curves: list[list[float]] = field(default_factory=list)

    @property
    def given(self) -> bool:
        """Whether there is any prediction."""
        return bool(self.numbers) or any(self.curves) or any(any(each) for each in self.votes)

    def to_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return {"votes": self.votes, "numbers": self.numbers, "revealed": self.revealed, "curves": self.curves}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Prediction:
        """Read what `to_json` wrote."""
        votes = [[int(count) for count in each] for each in data["votes"]]
        curves = [[float(height) for height in each] for each in data.get("curves", ())]
        return cls(votes, [float(each) for each in data["numbers"]], bool(data["revealed"]), curves)


@dataclass(slots=True)
class LessonProgress:
    """How far one lesson is. `pictures` are the runs so far of each experiment, oldest first."""

    scene: int = 0
    predictions: dict[int, Prediction] = field(default_factory=dict)
    pictures: dict[str, list[RunPicture]] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return {
            "scene": self.scene,
            "predictions": {str(key): each.to_json() for key, each in self.predictions.items()},
            "pictures": {name: [each.to_json() for each in runs] for name, runs in self.pictures.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LessonProgress:
        """Read what `to_json` wrote."""
        return cls(
            int(data["scene"]),
            {int(key): Prediction.from_json(each) for key, each in data["predictions"].items()},
            {name: [RunPicture.from_json(each) for each in runs] for name, runs in data["pictures"].items()},
        )


class ProgressStore:
    """The progress of every lesson, in one file of a folder. A file that is damaged counts as none."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE

    def load(self, lesson: str) -> LessonProgress:
        """Return how far a lesson is."""
        try:
            return LessonProgress.from_json(self._read()[lesson])
        except (KeyError, TypeError, ValueError, AttributeError):
            return LessonProgress()

    def save(self, lesson: str, progress: LessonProgress) -> None:
        """Save it. Raises OSError if it cannot be written."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self._file, json.dumps({**self._read(), lesson: progress.to_json()}))

    def forget(self, lesson: str) -> None:
        """Reset a lesson's progress. Raises OSError if that cannot be written."""
        kept = self._read()
        if kept.pop(lesson, None) is not None:
            write_atomically(self._file, json.dumps(kept))

    def scenes(self) -> dict[str, int]:
        """Return the scene that each lesson is at."""
        found = {name: each.get("scene") for name, each in self._read().items() if isinstance(each, dict)}
        return {name: scene for name, scene in found.items() if isinstance(scene, int)}

    def _read(self) -> dict[str, Any]:
        try:
            data = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}

"""Recorded runs of a lesson: shown, and marked as recorded, if this machine lacks what an experiment needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from engine.lessons.lesson import Lesson
from engine.lessons.picture import RunPicture
from engine.record.atomic_file import write_atomically

MOST_BYTES: Final = 300_000


def recorded_file(lesson: Lesson) -> Path:
    """Return the file of a lesson's recorded runs: `recorded/NAME.json` in the lesson's folder."""
    return lesson.path.parent / "recorded" / f"{lesson.name}.json"


def recorded_pictures(lesson: Lesson) -> dict[str, RunPicture]:
    """Return the recorded run of each experiment that has one; none if the file is missing or damaged."""
    try:
        data = json.loads(recorded_file(lesson).read_text(encoding="utf-8"))
        return {str(name): RunPicture.from_json(each) for name, each in data.items() if name in lesson.experiments}
    except (OSError, KeyError, TypeError, ValueError, AttributeError):
        return {}


def write_recorded(lesson: Lesson, pictures: Mapping[str, RunPicture]) -> Path:
    """Write a lesson's recorded runs and return the file. Raises OSError, or ValueError if they are too large."""
    found = {name: without_path(picture).to_json() for name, picture in pictures.items()}
    text = json.dumps(found, separators=(",", ":"))
    if len(text.encode()) > MOST_BYTES:
        raise ValueError(f"the recorded runs have {len(text.encode()):,} bytes, more than {MOST_BYTES:,}")
    file = recorded_file(lesson)
    file.parent.mkdir(exist_ok=True)
    write_atomically(file, text + "\n")
    return file


def without_path(picture: RunPicture) -> RunPicture:
    """Return a run without the path of its interpreter, which is private to the machine that recorded it."""
    known = picture.result.get("interpreter") or {}
    interpreter = {key: value for key, value in known.items() if key != "path"}
    return replace(picture, result={**picture.result, "interpreter": interpreter})

"""What the composer's tests share: a small catalogue, the real one, and composers that are shown."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytestqt.qtbot import QtBot

from engine.workload.catalogue import Catalogue, ModelCard, StepCard
from engine.workload.parameter import Kind, Parameter
from gui.composer import Composer

ROOT = Path(__file__).resolve().parent.parent.parent

SOURCE = """def task(item):
    return item + 1
"""

PRIMES = StepCard(
    "count-primes", "Count primes", "Counts primes in pure Python.", "nothing", True, False,
    (Parameter("below", "Below", Kind.INTEGER, 2000, "Up to this number.", None, 2, 10_000_000),), (), "Compute",
)  # fmt: skip
HASH = StepCard(
    "sha256", "Hash", "Hashes a buffer in C.", "nothing", False, False,
    (Parameter("size_kib", "Buffer", Kind.INTEGER, 64, "", "KiB", 1, 1_048_576),), (), "Compute",
)  # fmt: skip
SLEEP = StepCard(
    "sleep", "Sleep", "Waits for a time.", "time", False, True,
    (
        Parameter("duration_ms", "Duration", Kind.NUMBER, 20.0, "How long.", "ms", 0.0, 60_000.0),
        Parameter("distribution", "Distribution", Kind.CHOICE, "constant", choices=("constant", "uniform")),
    ), (), "Wait",
)  # fmt: skip
WRITE = StepCard(
    "file-write", "Write a file", "Writes a file.", "disk", False, False,
    (
        Parameter("fsync", "Wait for the disk", Kind.BOOLEAN, True, "Slow and safe."),
        Parameter("name", "Name", Kind.TEXT, "data", "The file's name."),
    ), (), "Disk",
)  # fmt: skip
PYTHON = StepCard(
    "python", "Your own function", "A function of yours.", "nothing", True, True,
    (Parameter("source", "Source", Kind.CODE, SOURCE, "def task(item)"),), (), "Your own",
)  # fmt: skip
THREADS = ModelCard("threads", "Threads", "threading", "1.5", "a thread", "thread", False, 4096, "", "", "")

CATALOGUE = Catalogue.of((PRIMES, HASH, SLEEP, WRITE, PYTHON), (THREADS,))

STEPS: list[dict[str, Any]] = [
    {"kind": "count-primes", "below": 2000},
    {"kind": "sleep", "duration_ms": 20.0, "distribution": "constant"},
    {"kind": "sha256", "size_kib": 64},
]


def experiment(steps: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return an experiment of these steps, in the shape of its file."""
    return {
        "format": 1,
        "title": "A try",
        "workload": {"tasks": 10, "seed": 7, "steps": STEPS if steps is None else steps},
        "model": {"kind": "threads", "workers": 2},
    }


def shown_composer(qtbot: QtBot, steps: list[dict[str, Any]] | None = None) -> Composer:
    """Return a composer on the (offscreen) screen, with the small catalogue and these steps."""
    composer = Composer()
    qtbot.addWidget(composer)
    composer.set_catalogue(CATALOGUE)
    composer.set_experiment(experiment(steps))
    composer.resize(360, 640)
    with qtbot.waitExposed(composer):
        composer.show()
    composer.activateWindow()
    qtbot.waitUntil(composer.isActiveWindow)
    return composer


def kinds(composer: Composer) -> list[str]:
    """Return the kinds of the steps in their order."""
    return [step["kind"] for step in steps_of(composer)]


def steps_of(composer: Composer) -> list[Mapping[str, Any]]:
    """Return the steps as they would be saved."""
    steps: list[Mapping[str, Any]] = composer.experiment()["workload"]["steps"]
    return steps


@functools.cache
def real_catalogue() -> Catalogue:
    """Return the catalogue as it comes over the wire: what the host says of itself."""
    done = subprocess.run(
        [sys.executable, "-m", "engine.host", "--describe"], cwd=ROOT, capture_output=True, timeout=60, check=True
    )
    return Catalogue.from_json(json.loads(done.stdout)["catalogue"])

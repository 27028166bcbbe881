"""The command that takes pictures of a lesson's scenes: one of each, of what stands on the screen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtGui import QImage

from tests.drawings.import_graph import ROOT

LESSON = """
format = 1
title = "Quick"

[experiments.one]
label = "1 thread"
workload = { tasks = 8, steps = [{ kind = "sleep", duration_ms = 10.0 }] }
model = { kind = "threads", workers = 1 }

[experiments.two]
label = "2 threads"
like = "one"
model = { workers = 2 }

[[scenes]]
kind = "question"
title = "How many times as many tasks?"
figure = "two.throughput_per_s / one.throughput_per_s"

[[scenes]]
kind = "versus"
title = "Two against one"
experiments = ["one", "two"]
"""


def test_a_picture_of_every_scene_and_of_what_came_of_a_question(tmp_path: Path) -> None:
    (tmp_path / "quick.toml").write_text(LESSON, encoding="utf-8")
    environment = {**os.environ, "GILSCOPE_LESSONS": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "tests.drawings.scenes", str(tmp_path / "made"), "quick", "--name", "small"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    made = {path.name: QImage(str(path)) for path in (tmp_path / "made").glob("*.png")}
    assert sorted(made) == ["quick-01-answer-small.png", "quick-01-small.png", "quick-02-small.png"]
    assert all(not image.isNull() for image in made.values())
    assert made["quick-01-answer-small.png"] != made["quick-01-small.png"]

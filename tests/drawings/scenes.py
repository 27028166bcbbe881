"""Takes pictures of every scene of lessons, on the real stage, full screen, as the room sees them.

`xvfb-run -s '-screen 0 1920x1080x24' python -m tests.drawings.scenes FOLDER the-gil which-model` runs what each scene
runs, and writes FOLDER/the-gil-01.png and so on: what stands on the X server's screen. Runs and predictions are kept in
FOLDER, so that a second call, with a screen of another size or `--theme dark`, shows the same runs. `--name 720` is put
into the files' names. `--against` takes the window's pages instead, after an experiment was run against another.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtGui import QGuiApplication

from engine.lessons.lesson import Lesson, Question, Scene, SchedulerScene, experiments_of
from engine.lessons.progress import ProgressStore
from engine.lessons.shelf import all_lessons
from engine.resources_path import resources_path
from gui.app import make_application
from gui.page_pictures import wait, wait_until, window_for_pictures
from gui.stage.stage import Stage
from gui.workbench import Workbench

RUNS_S: Final = 180.0


def main(argv: Sequence[str]) -> int:
    """Take the pictures; return the exit code."""
    parser = argparse.ArgumentParser("python -m tests.drawings.scenes", description="Takes pictures of lessons.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("lessons", nargs="*", metavar="LESSON")
    parser.add_argument("--name", default="", help="put into the names of the files")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--against", action="store_true", help="the window's pages, after A was run against B")
    asked = parser.parse_args(argv)
    known = {each.name: each for each in all_lessons() if isinstance(each, Lesson)}
    if unknown := set(asked.lessons) - set(known):
        parser.error(f"no such lesson: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    asked.folder.mkdir(parents=True, exist_ok=True)
    name = f"-{asked.name}" if asked.name else ""
    with window_for_pictures(make_application(), asked.folder, asked.theme) as workbench:
        workbench.open(resources_path("experiments", "cpu-bound.toml"))
        wait_until(workbench.actions["run"].isEnabled)
        workbench.load_views()
        wait_until(lambda: bool(workbench.surroundings.interpreters), RUNS_S)
        if asked.against:
            take_pages(workbench, asked.folder, name)
        for each in asked.lessons:
            take_lesson(workbench, known[each], asked.folder, name)
    return 0


def take_lesson(workbench: Workbench, lesson: Lesson, folder: Path, name: str) -> None:
    """Take a picture of every scene, after it has run what it runs."""
    store = ProgressStore(folder)
    stage = workbench.stage.open_lesson(lesson, trusted=True, store=store)
    for place, scene in enumerate(lesson.scenes):
        stage.player.go(place)
        predict(stage, scene)
        missing = [each for each in experiments_of(scene) if not stage.player.pictures(each)]
        if missing and (not isinstance(scene, Question) or scene.curve is not None):
            stage.player.run(missing)
            wait_until(lambda: not stage.player.runs.running, RUNS_S)
        if isinstance(scene, SchedulerScene):
            stage.buttons[2].click()
            wait(6000)
        stage.refresh()
        save_screen(folder / f"{lesson.name}-{place + 1:02}{name}.png")
    for place, scene in enumerate(lesson.scenes):  # what was asked, beside what came
        if isinstance(scene, Question):
            stage.player.go(place)
            stage.player.prediction().revealed = True
            stage.refresh()
            save_screen(folder / f"{lesson.name}-{place + 1:02}-answer{name}.png")
    workbench.stage.close()


def predict(stage: Stage, scene: Scene) -> None:
    """Say what a room may say to a question, if nothing was said yet."""
    given = stage.player.prediction()
    if not isinstance(scene, Question) or given.given:
        return
    given.votes = [[12, 30, 8, 2][: len(scene.choices)], [4, 21, 25, 2][: len(scene.choices)]] if scene.choices else []
    given.numbers = [4.0, 1.5] if scene.figure else []
    if scene.curve is not None:
        given.curves = [[float(place) for place in range(1, len(scene.curve.at) + 1)], [1.0, 1.4, 1.2]]


def save_screen(path: Path) -> None:
    """Write what the X server's screen shows, once all has been painted."""
    wait(700)
    QGuiApplication.primaryScreen().grabWindow(0).save(str(path))
    print(path, flush=True)


def take_pages(workbench: Workbench, folder: Path, name: str) -> None:
    """Run the experiment at hand against one with twice as many workers; take a picture of each page."""
    window, against = workbench.window, workbench.pages.against
    assert against is not None
    window.showNormal()
    window.setGeometry(window.screen().geometry())
    experiment = workbench.document.experiment()
    workload = {**experiment["workload"], "duration_s": 3.0}
    workload.pop("tasks", None)
    workbench.document.show({**experiment, "workload": workload}, None)
    workbench.actions["run-against"].trigger()
    against.bar.model.setCurrentIndex(against.bar.model.findData("processes"))
    against.bar.workers.setValue(2)
    against.bar.start.click()
    wait_until(lambda: bool(against.runs[1]) and not workbench.session.running, RUNS_S)
    wait(500)
    for page in range(4):
        window.pages.setCurrentIndex(page)
        wait(800)
        save_screen(folder / f"against-{window.pages.tabText(page).lower()}{name}.png")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

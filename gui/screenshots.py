"""Takes the pictures of the documentation: opens the window, runs examples, grabs what it shows.

`python -m gui.screenshots FOLDER [NAME ...]` writes FOLDER/NAME.png for every scene, or those that are named. With
`--size 1280x720 --size 1920x1080` it takes each at these sizes, as FOLDER/NAME-1280x720.png and so on; `--theme dark`
changes the look. A scene with a free-threaded Python needs one that Gilscope finds, as on the PATH.
`--pages` takes every page, pane and dialog instead, in the sizes and themes that are named, else in all of them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from engine.lessons.lesson import Lesson, experiments_of
from engine.lessons.progress import ProgressStore
from engine.lessons.shelf import all_lessons
from engine.resources_path import resources_path
from engine.wire.watch_messages import WatchTarget
from gui.app import make_application
from gui.compare.page import ComparePage
from gui.compare.table import COLUMNS
from gui.page_pictures import COMPARING_S, SIZES, THEMES, take_pages, wait, wait_until, window_for_pictures
from gui.timeline.pane import TimelinePane
from gui.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Comparing:
    """A comparison of an example, run to its end, and the scaling law that its chart shows."""

    models: tuple[str, ...]
    workers: str
    duration_s: float
    repeats: int
    law: str


@dataclass(frozen=True, slots=True)
class PictureScene:
    """One picture: an example, after some seconds of running (0: before the run, -1: when it has ended).

    `model` are changes to the example's model, `title` replaces its title. The slider of the switch interval is moved
    to `switch_s` once tasks run; the timeline shows `stretch_s` of the run's middle.
    """

    name: str
    example: str
    after_s: float = 0.0
    width: int = 1280
    height: int = 720
    theme: str = "light"
    stage: str = ""  # a lesson's name, and after a colon the number of its scene: `the-gil:4`
    page: int = 0
    model: Mapping[str, object] = field(default_factory=dict)
    title: str = ""
    compares: Comparing | None = None
    switch_s: float | None = None
    stretch_s: float = 0.0
    watches: str = ""  # a program in docs/watched that is watched instead
    python: str = ""  # the Python that it runs under
    side: str = "Functions"  # the pane that is shown beside it


WATCHED: Final = Path(__file__).resolve().parents[1] / "docs" / "watched"

SCENES: Final = (
    PictureScene("idle", "cpu-bound"),
    PictureScene("first-start", ""),
    PictureScene("cpu-bound-threads", "cpu-bound", 3.5),
    PictureScene("io-bound", "io-bound", 3.0),
    PictureScene("fetch-and-parse-ended", "fetch-and-parse", -1),
    PictureScene("blocking-call-in-async", "blocking-call-in-async", 3.0),
    PictureScene(
        "cpu-bound-free-threaded", "cpu-bound", 3.5, model={"interpreter": "3.13t"}, title="CPU-bound: no GIL"
    ),
    PictureScene("io-bound-asyncio", "io-bound", 3.0, model={"kind": "asyncio"}, title="I/O-bound: 16 coroutines"),
    PictureScene("big-payloads", "big-payloads", 3.5),
    *(
        PictureScene(f"gil-{name}-ms", "cpu-bound", -1, page=1, switch_s=switch_s, stretch_s=0.15)
        for name, switch_s in (("0.5", 0.0005), ("5", 0.005), ("50", 0.05))
    ),
    PictureScene("latency", "open-loop-arrivals", -1, page=2),
    PictureScene("processes", "big-payloads", 3.5, page=3),
    PictureScene("groups", "busy-thread-beside-clients", 3.5),
    PictureScene("pipeline", "fetch-parse-store", 3.5),
    PictureScene("watch", "cpu-bound", 5.0, 1400, 800, page=1, watches="requests_in_a_pool.py"),
    PictureScene("watch-aiohttp", "cpu-bound", 6.0, 1400, 800, page=1, watches="aiohttp_server.py"),
    PictureScene("watch-joblib", "cpu-bound", 12.0, 1400, 800, page=1, watches="joblib_backends.py"),
    PictureScene("watch-futures", "cpu-bound", 6.0, 1400, 800, page=1, watches="futures_report.py"),
    PictureScene("dark", "cpu-bound", 3.5, theme="dark"),
    PictureScene("large", "cpu-bound", 3.5, 1920, 1080),
    PictureScene("stage", "cpu-bound", -1, 1280, 720, stage="the-gil:4"),
    PictureScene(
        "compare",
        "fetch-and-parse",
        height=900,
        compares=Comparing(("sequential", "threads", "asyncio"), "1, 2, 4, 8, 16", 1.0, 3, "usl"),
    ),
)


def main(argv: Sequence[str]) -> int:
    """Take the pictures; return the exit code."""
    known = {scene.name: scene for scene in SCENES}
    parser = argparse.ArgumentParser("python -m gui.screenshots", description="Takes the documentation's pictures.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    parser.add_argument("--size", action="append", type=_size, metavar="WxH", help="instead of the scene's; repeatable")
    parser.add_argument("--theme", choices=THEMES)
    parser.add_argument("--pages", action="store_true", help="every page, pane and dialog, in all sizes and themes")
    parser.add_argument("--python", default="", help="what watched programs run under: it needs what they import")
    asked = parser.parse_args(argv)
    if unknown := set(asked.names) - set(known):
        parser.error(f"no such scene: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    asked.folder.mkdir(parents=True, exist_ok=True)
    application = make_application()
    if asked.pages:
        for path in take_pages(
            application, asked.folder, asked.size or SIZES, [asked.theme] if asked.theme else THEMES
        ):
            print(path)
        return 0
    for name in asked.names or known:
        scene = replace(known[name], theme=asked.theme or known[name].theme, python=asked.python)
        for width, height in asked.size or [(scene.width, scene.height)]:
            path = asked.folder / (f"{name}-{width}x{height}.png" if asked.size else f"{name}.png")
            take(application, replace(scene, width=width, height=height), path)
            print(path)
    return 0


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def take(application: QApplication, scene: PictureScene, path: Path) -> None:
    """Take one picture in a window of its own, with settings of its own."""
    with (
        tempfile.TemporaryDirectory() as home,
        window_for_pictures(application, Path(home), scene.theme, welcomed=scene.name != "first-start") as workbench,
    ):
        _pose(workbench, scene)
        (workbench.stage.stage or workbench.window).grab().save(str(path))


def _pose(workbench: Workbench, scene: PictureScene) -> None:
    window = workbench.window
    window.resize(scene.width, scene.height)
    workbench.open(resources_path("experiments", f"{scene.example}.toml") if scene.example else None)
    window.resize(scene.width, scene.height)
    wait_until(workbench.actions["run"].isEnabled)
    if scene.model:
        experiment = workbench.document.experiment()
        model = {**experiment["model"], **scene.model}
        workbench.document.show({**experiment, "title": scene.title, "model": model}, None)
        wanted = model.get("interpreter")
        wait_until(lambda: getattr(workbench.surroundings.interpreter_found, "asked", "") == wanted)
        wait(300)
        wait_until(workbench.actions["run"].isEnabled)
    wait(300)
    if scene.stage:
        _play(workbench, scene)
        return
    if scene.watches:
        _watch(workbench, scene)
        return
    if scene.after_s:
        workbench.runs.run()
        if scene.switch_s is not None:
            _move_switch(workbench, scene.switch_s)
        if scene.after_s > 0:
            wait(round(scene.after_s * 1000))
        else:
            wait_until(lambda: not workbench.session.running)
    window.pages.setCurrentIndex(scene.page)
    if scene.compares is not None:
        _compare(workbench, scene.compares)
    if scene.stretch_s:
        _zoom(workbench, scene.stretch_s)
    wait(200)


def _watch(workbench: Workbench, scene: PictureScene) -> None:
    """Watch a program, and sample its functions where that is possible."""
    workbench.load_views()
    target = WatchTarget(script=str(WATCHED / scene.watches), folder=str(WATCHED), interpreter=scene.python)
    workbench.watches.watch(target)
    wait_until(lambda: workbench.session.data is not None and len(workbench.session.data.samples) > 5)
    workbench.session.sample_stacks(on=True)
    workbench.window.pages.setCurrentIndex(scene.page)
    workbench.window.show_side(scene.side)
    wait(round(scene.after_s * 1000))
    if scene.stretch_s:
        _zoom_last(workbench, scene.stretch_s)


def _move_switch(workbench: Workbench, switch_s: float) -> None:
    """Move the slider of the switch interval, as a person does."""
    control = workbench.run_bar.live.switch
    session = workbench.session
    wait_until(lambda: control.isVisible() and session.data is not None and session.data.stage == "measuring")
    control.slider.setValue(control.place_of(switch_s))


def _zoom_last(workbench: Workbench, stretch_s: float) -> None:
    """Show the last part of a timeline that goes on."""
    pane = workbench.window.pages.currentWidget().findChild(TimelinePane)
    assert isinstance(pane, TimelinePane)
    end_ns = pane.scene.range.run_ns
    pane.show_range((end_ns - round(stretch_s * 1e9), end_ns))
    wait(600)


def _zoom(workbench: Workbench, stretch_s: float) -> None:
    """Show a stretch of the run's middle in its timeline."""
    pane = workbench.window.pages.currentWidget().findChild(TimelinePane)
    assert isinstance(pane, TimelinePane)
    wait_until(lambda: pane.complete)
    wait(1000)  # for the timeline, which fits its picture in several steps
    middle_ns = pane.scene.range.run_ns // 2
    pane.show_range((middle_ns, middle_ns + round(stretch_s * 1e9)))
    wait(400)


def _play(workbench: Workbench, scene: PictureScene) -> None:
    """Put a lesson's scene on the stage and run its experiments."""
    name, _, number = scene.stage.partition(":")
    workbench.load_views()
    lesson = next(each for each in all_lessons() if isinstance(each, Lesson) and each.name == name)
    with tempfile.TemporaryDirectory() as folder:
        stage = workbench.stage.open_lesson(lesson, trusted=True, store=ProgressStore(Path(folder)))
        stage.showNormal()
        stage.resize(scene.width, scene.height)
        stage.player.go(int(number or 1) - 1)
        stage.player.run(experiments_of(stage.player.scene))
        wait_until(lambda: not stage.player.runs.running)
    wait(300)


def _compare(workbench: Workbench, wanted: Comparing) -> None:
    workbench.load_views()
    page = workbench.window.findChild(ComparePage)
    assert isinstance(page, ComparePage)
    workbench.window.pages.setCurrentWidget(page)
    experiment = workbench.document.experiment()
    workload = {key: value for key, value in experiment["workload"].items() if key != "tasks"}
    workbench.document.show({**experiment, "workload": {**workload, "duration_s": wanted.duration_s}}, None)
    page.form.models.check(*wanted.models)
    page.form.workers.setText(wanted.workers)
    page.form.repeats.setValue(wanted.repeats)
    page.start_button.click()
    wait_until(lambda: not page.running, COMPARING_S)
    page.result.law.setCurrentIndex(page.result.law.findData(wanted.law))
    page.result.table.sortByColumn(COLUMNS.index("Tasks/s"), Qt.SortOrder.DescendingOrder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

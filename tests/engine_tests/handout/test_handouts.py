"""Hand-outs: one file, nothing loaded from anywhere, small, and with all that was run and said."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PySide6.QtQml import QJSEngine
from PySide6.QtWidgets import QApplication

from engine.handout.lesson_handout import LessonHandout
from engine.handout.page import markdown, page
from engine.handout.timeline import MOST_PHASES, SCRIPT
from engine.lessons.lesson import Lesson
from engine.lessons.progress import LessonProgress, Prediction
from engine.lessons.shelf import SHIPPED, load_lesson
from tests.commands import gilscope_here

MOST_BYTES = 5_000_000
EXPERIMENT = """
format = 1
title = "Primes & <waits>"
[workload]
tasks = {tasks}
[[workload.steps]]
kind = "count-primes"
below = 10
[model]
kind = "threads"
workers = 2
"""


class Tags(HTMLParser):
    """Every tag that is opened, closed, and what each would load."""

    VOID = ("meta", "br", "rect", "path", "polyline")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.links: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a":
            self.links.append(values.get("href") or "")
        elif "href" in values or "src" in values:
            self.loads.append(f"{tag} {values}")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def checked(text: str) -> Tags:
    """Return a page's tags; it is well formed, and loads nothing."""
    tags = Tags(text)
    assert tags.open == []
    assert tags.loads == []
    assert all(link.startswith("https://") for link in tags.links)
    assert "default-src 'none'" in text
    return tags


def exported(folder: Path, tasks: int) -> str:
    (folder / "it.toml").write_text(EXPERIMENT.format(tasks=tasks), encoding="utf-8")
    data = folder / "data"
    assert gilscope_here(data, "run", folder / "it.toml").returncode == 0
    done = gilscope_here(data, "export", "last", "--html", folder / "out.html")
    assert done.returncode == 0, done.stderr
    return (folder / "out.html").read_text(encoding="utf-8")


def test_a_run_is_one_file_with_its_timeline_and_its_code(tmp_path: Path) -> None:
    text = exported(tmp_path, 50)
    checked(text)
    assert "<h1>Primes &amp; &lt;waits&gt;</h1>" in text
    assert "def run(task, items" in text.replace(": Callable[[Item], Any]", "").replace(": Iterable[Item]", "")
    assert "Threads, 2 workers, " in text, "a model's title, not its key"
    assert "[[workload.steps]]\nkind = &quot;count-primes&quot;" in text, "as its file has it"
    [found] = re.findall(r'id="timeline-data">(.+?)</script>', text)
    data = json.loads(found)
    assert len(data["names"]) in (1, 2)
    assert len(base64.b64decode(data["starts"])) == 50 * 4
    assert len(base64.b64decode(data["lanes"])) == 50 * 2
    assert data["kinds"] == ["count-primes"]


def test_two_runs_stand_beside_each_other_on_the_same_axes(tmp_path: Path) -> None:
    exported(tmp_path, 50)
    exported(tmp_path, 400)
    data, target = tmp_path / "data", tmp_path / "pair.html"
    listed = json.loads(gilscope_here(data, "history", "--json").stdout)
    ids = [each["run_id"] for each in listed]
    done = gilscope_here(data, "export", ids[0], "--against", ids[1], "--html", target)
    assert done.returncode == 0, done.stderr
    text = target.read_text(encoding="utf-8")
    checked(text)
    assert "times as many tasks a second in B" in text
    assert text.count("<polyline") == 2


def test_a_hundred_thousand_phases_are_at_most_five_megabytes(tmp_path: Path) -> None:
    text = exported(tmp_path, MOST_PHASES + 500)
    assert len(text.encode()) < MOST_BYTES
    [found] = re.findall(r'id="timeline-data">(.+?)</script>', text)
    assert len(base64.b64decode(json.loads(found)["starts"])) == MOST_PHASES * 4
    assert "500 phases before and after are left out" in text


def test_the_script_is_one_that_an_engine_takes(qapp: QApplication) -> None:
    engine = QJSEngine()
    made = engine.evaluate(f"new Function({json.dumps(SCRIPT)})")
    assert not made.isError(), made.toString()


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_lesson_is_one_file_with_its_sources(path: Path) -> None:
    lesson = load_lesson(path, shipped=True)
    assert isinstance(lesson, Lesson)
    text = LessonHandout(lesson).html()
    tags = checked(text)
    assert {claim.source for claim in lesson.claims} <= set(tags.links)
    assert len(text.encode()) < MOST_BYTES


def test_a_lessons_votes_are_in_its_handout() -> None:
    lesson = load_lesson(SHIPPED / "02-the-gil.toml", shipped=True)
    assert isinstance(lesson, Lesson)
    progress = LessonProgress(predictions={1: Prediction(numbers=[4.0, 1.5]), 4: Prediction([[12, 3, 4, 0]])})
    text = LessonHandout(lesson, progress).html()
    assert "Predicted: 4 times, then 1.5 times" in text
    assert '<td class="number">12</td>' in text


def test_of_three_runs_two_numbers_are_in_large_figures_each_with_its_name() -> None:
    lesson = load_lesson(SHIPPED / "09-the-blocking-call.toml", shipped=True)
    assert isinstance(lesson, Lesson)
    text = LessonHandout(lesson).html()
    found = re.findall(r'<p>([^<]+): <span class="big">([\d.]+)</span>', text)
    assert [name for name, _ in found] == ["await asyncio.to_thread", "await asyncio.sleep"]
    assert 2 < float(found[0][1]) < float(found[1][1])


def test_a_lesson_is_written_by_its_name(tmp_path: Path) -> None:
    done = gilscope_here(tmp_path, "lessons", "--html", tmp_path / "it.html", "the-gil")
    assert done.returncode == 0, done.stderr
    checked((tmp_path / "it.html").read_text(encoding="utf-8"))
    assert gilscope_here(tmp_path, "lessons", "--html", tmp_path / "two.html").returncode == 2


def test_text_is_made_safe() -> None:
    assert markdown("**a** `<b>` *c*\n\n<script>") == (
        "<p><strong>a</strong> <code>&lt;b&gt;</code> <em>c</em></p>\n<p>&lt;script&gt;</p>"
    )
    assert "<title>&lt;x&gt;</title>" in page("<x>", [])


@pytest.mark.skipif(not shutil.which("chromium"), reason="there is no chromium: install it to open hand-outs in it")
def test_chromium_opens_a_run_and_draws_its_timeline(tmp_path: Path) -> None:
    exported(tmp_path, 2_000)
    began_s = time.monotonic()
    done = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", f"file://{tmp_path / 'out.html'}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Wheel or + and" in done.stdout, f"after {time.monotonic() - began_s:.1f} s: {done.stderr[-2000:]}"

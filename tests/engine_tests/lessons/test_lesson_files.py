"""Lesson files: what ships is right, and a file that is wrong is refused with the key's place."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine import models
from engine.lessons.from_run import lesson_from_run
from engine.lessons.judging import HOLDS, experiments_needed, judge
from engine.lessons.lesson import Explain, Lesson, Question, Statement, TryNext, experiments_of
from engine.lessons.lesson_reading import read_lesson
from engine.lessons.recorded import MOST_BYTES, recorded_file, recorded_pictures
from engine.lessons.shelf import SHIPPED, RefusedLesson, all_lessons, load_lesson
from engine.lessons.table_reader import LessonError
from engine.resources_path import resources_path
from engine.workload import experiment_file, steps
from engine.workload.catalogue import Catalogue
from engine.workload.group import workers_of

FILES = sorted(SHIPPED.glob("*.toml"))
WORDS_AT_MOST = 75  # of a scene's text: it is read from the back row


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.of(
        [each.card for each in steps.discover().values()], [each.full_card() for each in models.discover().values()]
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_shipped_lesson_is_right(path: Path, catalogue: Catalogue) -> None:
    lesson = load_lesson(path, catalogue, shipped=True)
    assert isinstance(lesson, Lesson), lesson
    kinds = [type(scene) for scene in lesson.scenes]
    assert kinds[0] is Statement
    assert kinds[-1] is TryNext
    assert Question in kinds
    assert Explain in kinds
    assert lesson.claims
    used = {name for scene in lesson.scenes for name in experiments_of(scene)}
    assert used == set(lesson.experiments), "an experiment that no scene runs"
    for scene in lesson.scenes:
        assert len(re.findall(r"\w+", scene.text)) <= WORDS_AT_MOST, scene.title
        if isinstance(scene, Explain):
            assert all(
                link.url.startswith(("https://docs.python.org/3/", "https://peps.python.org/")) for link in scene.links
            )
    for claim in lesson.claims:
        assert claim.source.startswith(("https://docs.python.org/3/", "https://peps.python.org/"))


def test_there_are_eighteen_in_teaching_order() -> None:
    assert [path.name[:2] for path in FILES] == [f"{number:02}" for number in range(1, 19)]


def _lesson(**changes: Any) -> dict[str, Any]:
    data: dict[str, Any] = {
        "format": 1,
        "title": "Two threads",
        "experiments": {
            "one": {
                "label": "1 thread",
                "workload": {"tasks": 4, "steps": [{"kind": "count-primes", "below": 100}]},
                "model": {"kind": "threads", "workers": 1},
            },
            "two": {"label": "2 threads", "like": "one", "model": {"workers": 2}},
        },
        "scenes": [{"kind": "versus", "title": "Two against one", "experiments": ["one", "two"]}],
        "claims": [
            {
                "text": "Both end.",
                "relation": "two.tasks.done == one.tasks.done",
                "source": "https://docs.python.org/3/",
            }
        ],
    }
    data.update(changes)
    return data


def test_what_is_like_another_takes_over_the_rest(catalogue: Catalogue) -> None:
    lesson = read_lesson(_lesson(), Path("03-two.toml"), catalogue)
    assert lesson.name == "two"
    assert lesson.experiments["two"].data["model"] == {"kind": "threads", "workers": 2}
    assert lesson.experiments["two"].data["workload"] == lesson.experiments["one"].data["workload"]


STATEMENT = {"kind": "statement", "title": "So it is"}


@pytest.mark.parametrize(
    ("changes", "place", "problem"),
    [
        ({"format": 2}, "format", "must be 1"),
        ({"title": ""}, "title", "must be a text"),
        ({"titel": "x"}, "titel", "did you mean title?"),
        ({"scenes": []}, "scenes", "must have 1 to 40 entries"),
        ({"scenes": [{"kind": "versos", "title": "x"}]}, "scenes[0].kind", "did you mean versus?"),
        ({"scenes": [STATEMENT, {**STATEMENT, "texts": "x"}]}, "scenes[1].texts", "did you mean text?"),
        ({"scenes": [{"kind": "run", "title": "x", "experiment": "tow"}]}, "scenes[0]", "did you mean two?"),
        (
            {"scenes": [{"kind": "question", "title": "x", "choices": [{"text": "a"}, {"text": "b"}]}]},
            "scenes[0].choices",
            "exactly one choice must be right",
        ),
        (
            {"scenes": [{"kind": "question", "title": "x", "figure": "two.speed"}]},
            "scenes[0].figure",
            "speed is not a figure of a run",
        ),
        (
            {"scenes": [{"kind": "question", "title": "x", "curve": {"experiments": ["one", "two"], "at": ["1"]}}]},
            "scenes[0].curve.at",
            "must have 2 to 2 entries, got 1",
        ),
        (
            {
                "scenes": [
                    {
                        "kind": "question",
                        "title": "x",
                        "curve": {"experiments": ["one", "tow"], "at": ["1", "2"], "axis": "threads"},
                    }
                ]
            },
            "scenes[0]",
            "did you mean two?",
        ),
        ({"scenes": [{"kind": "replay", "title": "x", "experiment": "tree"}]}, "scenes[0]", "is called tree"),
        (
            {"claims": [{"text": "x", "relation": "two.tasks.done", "source": "https://a"}]},
            "claims[0].relation",
            "compares nothing",
        ),
        (
            {"claims": [{"text": "x", "relation": "open('x') > 1", "source": "https://a"}]},
            "claims[0].relation",
            "cannot have open('x')",
        ),
        (
            {"claims": [{"text": "x", "relation": "two.tasks.done > 1", "source": "a book"}]},
            "claims[0].source",
            "must be the https:// address",
        ),
    ],
)
def test_the_key_that_is_wrong_is_named(changes: dict[str, Any], place: str, problem: str) -> None:
    with pytest.raises(LessonError) as refused:
        read_lesson(_lesson(**changes), Path("x.toml"))
    assert refused.value.place == place
    assert problem in refused.value.problem


def test_an_experiments_parameter_is_named_too(catalogue: Catalogue) -> None:
    data = _lesson()
    data["experiments"]["one"]["workload"]["steps"][0]["below"] = -5
    with pytest.raises(LessonError, match="must be at least 2") as refused:
        read_lesson(data, Path("x.toml"), catalogue)
    assert refused.value.place == "experiments.one.workload.steps[0].below"


def test_a_wrong_file_is_refused_and_the_others_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.toml").write_text("format = 1\ntitle = \n")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "lesson.toml").write_text(
        'format = 1\ntitle = "Mine"\n[[scenes]]\nkind = "statement"\ntitle = "So"\n'
    )
    monkeypatch.setenv("GILSCOPE_LESSONS", str(tmp_path))
    found = all_lessons()
    assert len(found) == len(FILES) + 2
    wrong, mine = found[-2:]
    assert isinstance(wrong, RefusedLesson)
    assert "line 2" in str(wrong)
    assert isinstance(mine, Lesson)
    assert (mine.name, mine.shipped) == ("b", False)


def test_a_lesson_can_be_made_from_a_run(tmp_path: Path, catalogue: Catalogue) -> None:
    made = tmp_path / "mine.toml"
    experiment = {
        "title": 'Primes, "quickly"',
        "workload": {"tasks": 10, "steps": [{"kind": "count-primes", "below": 100}]},
        "model": {"kind": "threads", "workers": 2, "interpreter": "3.13"},
    }
    made.write_text(lesson_from_run(experiment, 123.4), encoding="utf-8")
    lesson = load_lesson(made, catalogue)
    assert isinstance(lesson, Lesson), lesson
    assert lesson.title == 'Primes, "quickly"'
    assert lesson.experiments["more"].data["model"] == {"kind": "threads", "workers": 4}
    assert lesson.claims[0].relation == "run.throughput_per_s > 61.7"


@pytest.mark.parametrize("path", sorted(resources_path("experiments").glob("*.toml")), ids=lambda path: path.stem)
def test_a_lesson_can_be_made_from_a_run_of_each_example(path: Path, tmp_path: Path, catalogue: Catalogue) -> None:
    experiment = experiment_file.read(path)
    made = tmp_path / "mine.toml"
    made.write_text(lesson_from_run(experiment, 10.0), encoding="utf-8")
    lesson = load_lesson(made, catalogue)
    assert isinstance(lesson, Lesson), lesson
    run, more = (workers_of(each.data) for each in lesson.experiments.values())
    assert more == 2 * run > 0


def test_a_lesson_from_a_run_without_an_end_ends_and_one_worker_is_compared_with_two_threads(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    made = tmp_path / "mine.toml"
    experiment = {
        "title": "Primes",
        "workload": {"until_stopped": True, "steps": [{"kind": "count-primes", "below": 100}]},
        "model": {"kind": "sequential"},
    }
    made.write_text(lesson_from_run(experiment, 10.0, most_workers=1), encoding="utf-8")
    lesson = load_lesson(made, catalogue)
    assert isinstance(lesson, Lesson), lesson
    for each in lesson.experiments.values():
        assert "until_stopped" not in each.data["workload"]
        assert each.data["workload"]["duration_s"] > 0
    assert lesson.experiments["more"].data["model"] == {"kind": "threads", "workers": 2}
    assert "With two threads" in [scene.title for scene in lesson.scenes]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_recorded_shows_what_is_claimed(path: Path) -> None:
    lesson = load_lesson(path, shipped=True)
    assert isinstance(lesson, Lesson)
    recorded = recorded_pictures(lesson)
    file = recorded_file(lesson)
    assert recorded, "every lesson has recorded runs"
    assert file.stat().st_size <= MOST_BYTES
    for claim in lesson.claims:
        needed = experiments_needed(claim)
        if claim.relation and set(needed) <= set(recorded):
            results = {name: [recorded[name].result] for name in needed}
            assert judge(replace(claim, least_cores=1), results, {}, 2).verdict == HOLDS, claim.text
    for picture in recorded.values():
        assert "cores, Linux, CPython 3." in picture.recorded
        assert "path" not in picture.result["interpreter"]

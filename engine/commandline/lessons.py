"""`gilscope lessons`: lists the lessons, and checks whether each of their claims holds on this machine."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from engine.commandline.console import emit, emit_json, say, table
from engine.commandline.interrupts import Interrupts
from engine.commandline.lessons_check import LessonCheck
from engine.commandline.targets import place
from engine.commandline.trusted import catalogue_of
from engine.commandline.verb import DONE, FAILED, INTERRUPTED, RequestError, Verb
from engine.history.data_folder import data_folder
from engine.lessons.judging import FAILS, NOT_HERE, Verdict
from engine.lessons.lesson import Lesson
from engine.lessons.progress import ProgressStore
from engine.lessons.shelf import RefusedLesson, all_lessons, load_lesson
from engine.wire.client import Conductor
from engine.wording.figure_text import compact


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "names", metavar="NAME", nargs="*", help="lessons by name, or a lesson's file; without one, all there are"
    )
    parser.add_argument("--check", action="store_true", help="run each lesson's experiments, and judge its claims")
    parser.add_argument(
        "--record", action="store_true", help="with --check: keep its runs, to be shown where they cannot be made"
    )
    parser.add_argument(
        "--interpreter",
        metavar="NAME",
        help="with --check: run whatever needs no particular Python under this one, such as 3.13t, or a path",
    )
    parser.add_argument(
        "--html", metavar="FILE", type=place("--html", "file"), help="write one lesson as a hand-out: one HTML file"
    )
    parser.add_argument("--json", action="store_true", help="print everything that is known, as JSON")
    parser.add_argument("--trust", action="store_true", help="let the Python code of lessons of your own run")


def run(arguments: Namespace) -> int:
    """List the lessons, or check them."""
    with Conductor() as conductor, Interrupts() as interrupts:
        found = _chosen(arguments.names, all_lessons(catalogue_of(conductor)), conductor)
        refused = [each for each in found if isinstance(each, RefusedLesson)]
        for each in refused:
            say(f"gilscope: {each}")
        lessons = [each for each in found if isinstance(each, Lesson)]
        if arguments.html is not None:
            cards = catalogue_of(conductor).models.values()
            return _write_handout(lessons, arguments.html, {each.key: each.source for each in cards})
        if not arguments.check:
            emit_json([_described(each) for each in lessons]) if arguments.json else emit(_listed(lessons))
            return FAILED if refused else DONE
        check = LessonCheck(conductor, interrupts, trust=arguments.trust, record=arguments.record)
        if arguments.interpreter is not None:
            check.run_under(arguments.interpreter)
        checked: dict[str, list[Verdict]] = {}
        for lesson in lessons:
            verdicts = check.lesson(lesson)
            if interrupts.count:
                break
            checked[lesson.name] = verdicts
            if not arguments.json:
                emit("\n".join(_verdict_lines(lesson, verdicts)))
    if arguments.json:
        emit_json([{**_described(each), "claims": _verdicts(checked.get(each.name, []))} for each in lessons])
    failed = bool(refused) or any(each.verdict == FAILS for verdicts in checked.values() for each in verdicts)
    return INTERRUPTED if interrupts.count else FAILED if failed else DONE


def _write_handout(lessons: list[Lesson], target: Path, sources: dict[str, str]) -> int:
    """Write a lesson with the runs and predictions made in it so far; its recorded runs stand in for missing ones."""
    from engine.handout.lesson_handout import LessonHandout
    from engine.record.atomic_folder import atomic_file

    if len(lessons) != 1:
        raise RequestError("--html writes one lesson: name it")
    progress = ProgressStore(data_folder()).load(lessons[0].name)
    text = LessonHandout(lessons[0], progress, sources).html()
    with atomic_file(target) as beside:
        beside.write_text(text, encoding="utf-8")
    say(f"wrote {lessons[0].name} to {target}")
    return DONE


def _chosen(
    names: list[str], found: list[Lesson | RefusedLesson], conductor: Conductor
) -> list[Lesson | RefusedLesson]:
    """Return the lessons given by name, number or file; all if none is given."""
    chosen: list[Lesson | RefusedLesson] = []
    known = [each for each in found if isinstance(each, Lesson)]
    for name in names:
        named = [each for place, each in enumerate(known, 1) if name in (each.name, str(place))]
        if named:
            chosen.append(named[0])
        elif Path(name).exists():
            chosen.append(load_lesson(Path(name), catalogue_of(conductor)))
        else:
            raise RequestError(f"no lesson is called {name}; gilscope lessons lists them")
    return chosen if names else found


def _listed(lessons: list[Lesson]) -> str:
    rows = [(place, each.name, each.title, len(each.claims)) for place, each in enumerate(lessons, 1)]
    return table(("no.", "name", "title", "claims"), rows)


def _described(lesson: Lesson) -> dict[str, object]:
    return {
        "name": lesson.name,
        "title": lesson.title,
        "about": lesson.about,
        "path": str(lesson.path),
        "minutes": lesson.minutes,
        "scenes": [{"kind": type(scene).__name__, "title": scene.title} for scene in lesson.scenes],
        "claims": [{"text": each.text, "relation": each.relation, "source": each.source} for each in lesson.claims],
    }


def _verdicts(verdicts: list[Verdict]) -> list[dict[str, object]]:
    return [
        {
            "text": each.claim.text,
            "relation": each.claim.relation,
            "source": each.claim.source,
            "verdict": each.verdict,
            "figures": dict(each.figures),
            "reason": each.reason,
        }
        for each in verdicts
    ]


def _verdict_lines(lesson: Lesson, verdicts: list[Verdict]) -> list[str]:
    lines = [f"{lesson.name}: {lesson.title}"]
    for each in verdicts:
        lines.append(f"  {each.verdict}: {each.claim.text}")
        if each.figures:
            lines.append("    " + ", ".join(f"{name} {compact(value)}" for name, value in each.figures.items()))
        if each.verdict in (FAILS, NOT_HERE) and (each.reason or each.claim.relation):
            lines.append(f"    {each.reason or each.claim.relation}")
    return lines


VERB = Verb("lessons", "list the lessons, or prove their claims by running them", add_arguments, run)

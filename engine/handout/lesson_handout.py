"""Writes a lesson as one HTML file: its scenes in order, predictions, results, sources and claims."""

from __future__ import annotations

from collections.abc import Mapping

from engine.handout.drawings import bars_svg, ledger_svg, throughput_svg
from engine.handout.lesson_drawings import curve_svg, motion_svg
from engine.handout.page import code, escape, link, markdown, page, table
from engine.lessons.answers import answer_of, curve_came, curves_said
from engine.lessons.figures import figure_of, median_of
from engine.lessons.lesson import (
    Explain,
    Lesson,
    MapScene,
    PredictedCurve,
    Question,
    Race,
    ReplayScene,
    Scene,
    SchedulerScene,
    Versus,
    experiments_of,
)
from engine.lessons.picture import RunPicture
from engine.lessons.progress import LessonProgress, Prediction
from engine.lessons.ratio import RepeatedRatio
from engine.lessons.recorded import recorded_pictures
from engine.lessons.scheduler.programs import PROGRAMS
from engine.lessons.versus_ratios import versus_ratios
from engine.wording import figure_text as figures
from engine.wording.state_names import shown_ledger


class LessonHandout:
    """Writes one lesson. `progress` has its runs and predictions; without it recorded runs are shown, and marked.

    `sources` is the code of models, by their keys.
    """

    def __init__(
        self, lesson: Lesson, progress: LessonProgress | None = None, sources: Mapping[str, str] | None = None
    ) -> None:
        self._lesson = lesson
        self._progress = progress or LessonProgress()
        self._sources = sources or {}
        self._recorded = recorded_pictures(lesson)

    def html(self) -> str:
        """Return the whole page."""
        lesson = self._lesson
        parts = [f"<h1>{escape(lesson.title)}</h1>", f'<p class="quiet">{escape(lesson.about)}</p>']
        parts += [self._scene(place, scene) for place, scene in enumerate(lesson.scenes)]
        parts.append("<h2>What the runs must prove</h2><ul>")
        parts += [f"<li>{escape(each.text)} {link(each.source, 'Source')}</li>" for each in lesson.claims]
        parts.append("</ul>")
        return page(lesson.title, parts)

    def _scene(self, place: int, scene: Scene) -> str:
        parts = [f"<section><h2>{escape(scene.title)}</h2>", markdown(scene.text)]
        if isinstance(scene, Question):
            parts.append(self._question(place, scene))
        elif isinstance(scene, Versus):
            parts.append(self._versus(scene))
        elif isinstance(scene, Race):
            parts.append(self._race(scene))
        elif isinstance(scene, MapScene):
            parts.append(self._map(scene))
        elif isinstance(scene, SchedulerScene):
            parts.append(code(PROGRAMS[scene.program].source))
        elif isinstance(scene, Explain):
            parts.append(code(self._sources[scene.model]) if scene.model in self._sources else "")
            parts += [f"<p>{link(each.url, each.text)}</p>" for each in scene.links]
        elif isinstance(scene, ReplayScene):
            parts.append(self._replay(scene.experiment))
        else:
            parts += [self._run(name) for name in experiments_of(scene)]
        return "\n".join([*parts, "</section>"])

    def _pictures(self, name: str) -> list[RunPicture]:
        return self._progress.pictures.get(name) or ([self._recorded[name]] if name in self._recorded else [])

    def _run(self, name: str) -> str:
        pictures = self._pictures(name)
        if not pictures:
            return f"<p>{escape(self._lesson.experiments[name].label)}: not run.</p>"
        newest = pictures[-1]
        bars = list(newest.rows) if 1 < len(newest.rows) <= 16 else [("all", shown_ledger(newest.result))]
        rate = figures.rate(figure_of(newest.result, "throughput_per_s"))
        return f"<p><strong>{escape(newest.label)}</strong>: {escape(rate)} tasks/s. {_mark(newest)}</p>" + ledger_svg(
            bars, f"run-{name}"
        )

    def _replay(self, name: str) -> str:
        found = [each for each in self._pictures(name) if each.motion is not None]
        if not found or found[-1].motion is None:
            return f"<p>{escape(self._lesson.experiments[name].label)}: not run.</p>"
        return f"<p>{_mark(found[-1])}</p>" + motion_svg(found[-1].motion, f"slow-{name}")

    def _question(self, place: int, question: Question) -> str:
        given = self._progress.predictions.get(place, Prediction())
        if question.curve is not None:
            return self._curve(question.curve, given)
        if not question.choices:
            said = ", then ".join(f"{figures.number(each)} {question.unit}" for each in given.numbers)
            came = answer_of(question, self._median)
            lines = [f"Predicted: {said}"] if said else []
            lines += [f"Came: {figures.number(came)} {question.unit}"] if came is not None else []
            return "".join(f"<p>{escape(each)}</p>" for each in lines)
        header = ["answer", "", *(("first vote", "second vote")[: len(given.votes)])]
        rows = [
            [f"{'✓' if choice.right else '✗'} {choice.text}", choice.why, *(votes[at] for votes in given.votes)]
            for at, choice in enumerate(question.choices)
        ]
        return f"<details><summary>The answers</summary>{table(header, rows)}</details>"

    def _curve(self, curve: PredictedCurve, given: Prediction) -> str:
        came, rounds = curve_came(curve, self._median), curves_said(curve, given)
        names = ["drawn first", "drawn second"][: len(rounds)]
        header = (f"{curve.words}, by {curve.axis}", *curve.at)
        lines = [*zip(names, rounds, strict=True), ("came", came)]
        rows = [[name, *("–" if each is None else f"{each:.2f}" for each in heights)] for name, heights in lines]
        return curve_svg(curve.at, lines, curve.words) + table(header, rows)

    def _median(self, name: str, figure: str) -> float | None:
        return median_of([run.result for run in self._pictures(name)], figure)

    def _versus(self, scene: Versus) -> str:
        runs = {name: self._pictures(name) for name in scene.experiments}
        numbers = [
            self._ratio(name, ratio, scene)
            for name, ratio in versus_ratios(scene, runs.__getitem__)
            if ratio is not None
        ]
        if len(numbers) < len(scene.experiments) - 1:
            return "<p>Not run.</p>"
        bars = []
        for name in scene.experiments:
            value = median_of([each.result for each in runs[name]], scene.figure)
            words = "not measured" if value is None else f"{figures.rate(value)} {scene.unit}"
            bars.append((self._lesson.experiments[name].label, value, words))
        newest = [each[-1] for each in runs.values() if each]
        return (
            "".join(numbers)
            + f"<p>{_mark(newest[-1])}</p>"
            + bars_svg(bars, scene.title)
            + (throughput_svg(newest) if scene.figure == "throughput_per_s" else "")
        )

    def _ratio(self, name: str, ratio: RepeatedRatio, scene: Versus) -> str:
        """Return the paragraph with a ratio in large figures; of several, each says whose it is."""
        between = (
            "" if ratio.low is None else f" (95 % interval {figures.number(ratio.low)} to {figures.number(ratio.high)})"
        )
        whose = f"{self._lesson.experiments[name].label}: " if len(scene.experiments) > 2 else ""
        number = f'<span class="big">{escape(figures.number(ratio.value))}</span>'
        return f"<p>{escape(whose)}{number} {escape(scene.words + between)}.</p>"

    def _race(self, scene: Race) -> str:
        rows = []
        for name in scene.experiments:
            found = self._pictures(name)
            values = [
                figure_of(found[-1].result, key) if found else None
                for key in ("updates_made", "updates_counted", "updates_lost")
            ]
            label = self._lesson.experiments[name].label
            rows.append([label, *("–" if value is None else f"{value:,.0f}" for value in values)])
        return table(("", "expected", "got", "lost"), rows)

    def _map(self, scene: MapScene) -> str:
        rows = []
        for label, names in scene.rows:
            rates = [median_of([run.result for run in self._pictures(name)], "throughput_per_s") for name in names]
            cells = [f"{rate / rates[0]:.1f} ×" if rate is not None and rates[0] else "–" for rate in rates]
            rows.append([label, *cells])
        return table(("", *scene.columns), rows)


def _mark(picture: RunPicture) -> str:
    return f'<span class="quiet">Recorded on {escape(picture.recorded)}.</span>' if picture.recorded else ""

"""Runs a list of experiments in turn, through the window's session, and makes a picture of each."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from engine.lessons.lesson import LessonExperiment
from engine.lessons.picture import RunPicture, thinned
from engine.lessons.python_choice import choose_python
from engine.lessons.run_pictures import lanes_of, rows_of, run_motion
from engine.record.run_folder import RunFolder, RunFolderError
from engine.wire.codec import plain
from engine.wire.tick import Tick

if TYPE_CHECKING:
    from gui.session.run_data import GrowingRun
    from gui.session.run_session import RunSession
    from gui.session.surroundings import SurroundingsQuery


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A run to be made; `trust` says whether its code may run, `motion` whether it is shown in slow motion."""

    experiment: LessonExperiment
    trust: bool
    motion: bool = False


class StageRuns(QObject):
    """Runs at most one list at a time; a list ends with its last run, or when one is refused or stopped."""

    changed = Signal()
    came = Signal(str, object)  # an experiment's name, RunPicture
    failed = Signal(str, str)  # an experiment's name, why

    def __init__(self, session: RunSession, surroundings: SurroundingsQuery) -> None:
        super().__init__(session)
        self._session, self._surroundings = session, surroundings
        self._waiting: list[RunRequest] = []
        self._now: RunRequest | None = None
        session.ended.connect(self._on_ended)
        session.refused.connect(self._on_refused)

    @property
    def running(self) -> str:
        """The name of the lesson's experiment that is running, empty if none is."""
        return self._now.experiment.name if self._now is not None else ""

    @property
    def busy(self) -> bool:
        """Whether any run is in progress, the lesson's or another."""
        return self._session.running

    @property
    def progress(self) -> float | None:
        """The progress of the present run, 0 to 1; None if it is not known."""
        latest = self._session.data.latest if self._now is not None and self._session.data is not None else None
        return latest.progress if latest is not None else None

    def start(self, wanted: Sequence[RunRequest]) -> None:
        """Run these, one after the other. Not during a run."""
        if self._session.running or self._now is not None:
            return
        self._waiting = list(wanted)
        self._start_next()

    def stop(self) -> None:
        """Stop the present run and the rest of the list."""
        self._waiting.clear()
        self._session.stop()

    def missing(self, experiment: LessonExperiment) -> str:
        """Return why an experiment cannot run here; empty if it can, as far as is known."""
        found = self._surroundings.interpreters
        return choose_python(experiment.python, found).missing if found else ""

    @property
    def cores(self) -> int:
        """How many cores this machine has."""
        return self._surroundings.cores

    def model_source(self, key: str) -> str:
        """Return the code of a model that runs, empty while it is not known."""
        catalogue = self._surroundings.catalogue
        card = catalogue.models.get(key) if catalogue is not None else None
        return card.source if card is not None else ""

    def model_title(self, key: str) -> str:
        """Return a model's title."""
        catalogue = self._surroundings.catalogue
        card = catalogue.models.get(key) if catalogue is not None else None
        return card.title if card is not None else key

    def model_keys(self) -> list[str]:
        """Return the models that can run here."""
        catalogue = self._surroundings.catalogue
        cards = catalogue.models.values() if catalogue is not None else ()
        return [card.key for card in cards if not card.unavailable_reason and not card.experimental]

    def most_workers(self, key: str) -> int:
        """Return the most workers that a model accepts; 1 if it always has one."""
        catalogue = self._surroundings.catalogue
        card = catalogue.models.get(key) if catalogue is not None else None
        return card.max_workers if card is not None else 1

    def picture(self) -> RunPicture | None:
        """Return what is known so far about the present run."""
        data = self._session.data
        if self._now is None or data is None:
            return None
        return growing_picture(data, self._now.experiment.label)

    def _start_next(self) -> None:
        self._now = self._waiting.pop(0) if self._waiting else None
        if self._now is not None:
            experiment = self._now.experiment
            choice = choose_python(experiment.python, self._surroundings.interpreters)
            if choice.missing:
                known = bool(self._surroundings.interpreters)
                self._fail(choice.missing if known else "the search for this machine's Pythons has not ended yet")
                return
            model = dict(experiment.data["model"])
            if choice.interpreter is not None:
                model["interpreter"] = choice.interpreter
            catalogue = self._surroundings.catalogue
            card = catalogue.models.get(str(model["kind"])) if catalogue is not None else None
            self._session.start({**experiment.data, "model": model}, card, None, trust=self._now.trust)
        self.changed.emit()

    def _on_ended(self, data: GrowingRun) -> None:
        if self._now is None:
            return
        request = self._now
        if data.status == "finished":
            picture = ended_picture(data, request.experiment.label, motion=request.motion)
            self.came.emit(request.experiment.name, picture)
        elif data.status == "failed":
            self._fail(data.reason or "the run failed")
            return
        else:
            self._waiting.clear()
        self._start_next()

    def _on_refused(self, key: str, reason: str) -> None:
        if self._now is not None:
            self._fail(f"{key}: {reason}" if key else reason)

    def _fail(self, reason: str) -> None:
        name = self.running
        self._now = None
        self._waiting.clear()
        self.failed.emit(name, reason)
        self.changed.emit()


def growing_picture(data: GrowingRun, label: str) -> RunPicture:
    """Return what is known so far about a run."""
    latest = data.latest
    result = {
        **(_so_far(latest) if latest is not None else {}),
        **(plain(data.result) if data.result is not None else {}),
    }
    samples = data.samples
    series = list(zip(samples.t_s.tolist(), samples.figure("throughput_per_s").tolist(), strict=True))
    rows = rows_of(latest) if latest is not None else ()
    return RunPicture(label, result, rows, thinned(series), (), ended=data.ended)


def _so_far(tick: Tick) -> dict[str, Any]:
    """Return a tick's figures, by a result's keys."""
    return {
        "status": "running",
        "throughput_per_s": tick.throughput_per_s,
        "elapsed_s": tick.elapsed_s,
        "latency_s": plain(tick.latency_so_far_s) if tick.latency_so_far_s is not None else None,
        "ledger_s": tick.ledger_s,
        "starting_s": tick.starting_s,
        "processes": {
            "peak": tick.process_count,
            "threads_peak": tick.thread_count,
            "rss_peak_bytes": tick.rss_bytes,
        },
        "cores": {"utilization": list(tick.cores)},
    }


def ended_picture(data: GrowingRun, label: str, *, motion: bool = False) -> RunPicture:
    """Return an ended run with some of its lanes, and if `motion`, with a stretch in slow motion."""
    picture = growing_picture(data, label)
    if data.folder is None:
        return picture
    with contextlib.suppress(RunFolderError, OSError, ValueError):  # it can be shown without its lanes
        folder = RunFolder(data.folder)
        picture = replace(picture, lanes=lanes_of(folder))
        if motion:
            picture = replace(picture, motion=run_motion(folder))
    return picture

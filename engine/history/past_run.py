"""One run as the history lists it, read from its folder; errors name the file and key."""

from __future__ import annotations

from dataclasses import dataclass

from engine.history.run_notes import NotesError, RunNotes, read_notes
from engine.record.run_folder import RunFolder
from engine.trace.watched import WATCH, is_watch
from engine.wire.result import NamedInterpreter, ResultLatency, ResultTasks
from engine.wording.versions import python_name
from engine.workload.group import workers_of


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run of the history, as its list shows it; a figure that was not measured is None."""

    run_id: str
    started_at: str
    title: str
    model: str
    workers: int
    interpreter: str
    status: str
    reason: str | None
    tasks_done: int | None
    tasks_failed: int | None
    elapsed_s: float | None
    throughput_per_s: float | None
    latency_p50_s: float | None
    latency_p99_s: float | None
    size_bytes: int
    name: str | None = None  # the user's name for it, instead of its title
    starred: bool = False
    tags: str = ""  # one for each line
    note: str | None = None

    @property
    def shown_title(self) -> str:
        """The user's name for it, or its experiment's title."""
        return self.name or self.title

    @property
    def notes(self) -> RunNotes:
        """The user's notes."""
        return RunNotes(bool(self.starred), self.name, tuple(self.tags.split("\n")) if self.tags else (), self.note)

    @property
    def kind(self) -> str:
        """`watch` for a watched program, else `run`. For a watch, `workers` is the maximum number of threads."""
        return WATCH if self.model == WATCH else "run"


def past_run(folder: RunFolder, problems: list[str] | None = None) -> PastRun:
    """Return the run in a folder. Raises RunFolderError if it has no result (yet), or is damaged.

    Notes that cannot be read are left out; `problems` gets a sentence about that.
    """
    try:
        notes = read_notes(folder.path)
    except NotesError as error:
        notes = RunNotes()
        if problems is not None:
            problems.append(f"{error}; the run is listed without its notes")
    result, experiment, environment = folder.final_result(), folder.experiment(), folder.environment()
    tasks, interpreter = result.tasks or ResultTasks(), result.interpreter or NamedInterpreter()
    latency = result.latency_s or ResultLatency()
    name = python_name(interpreter.implementation, interpreter.version)
    if name and interpreter.gil_enabled is False:
        name += " without GIL"
    watched = result.processes.threads_peak if is_watch(experiment) and result.processes is not None else None
    return PastRun(
        run_id=folder.run_id,
        started_at=environment.get("time") or "",
        title=experiment.get("title") or "",
        model=experiment["model"]["kind"],
        workers=workers_of(experiment) if watched is None else watched,
        interpreter=name or interpreter.path or "",
        status=result.status,
        reason=result.reason,
        tasks_done=tasks.done,
        tasks_failed=tasks.failed,
        elapsed_s=result.elapsed_s,
        throughput_per_s=result.throughput_per_s,
        latency_p50_s=latency.p50,
        latency_p99_s=latency.p99,
        size_bytes=folder.size_bytes(),
        name=notes.name,
        starred=notes.starred,
        tags="\n".join(notes.tags),
        note=notes.note,
    )

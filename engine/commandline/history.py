"""`gilscope history`: the runs that were kept."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import Final

from engine.commandline.console import emit, emit_json, say, table
from engine.commandline.history_diff import show_difference
from engine.commandline.kept import recover
from engine.commandline.report import printed, report
from engine.commandline.verb import DONE, RequestError, Verb
from engine.history.differences import kept_run
from engine.history.discarded import KEPT_DAYS, Discarded
from engine.history.past_run import PastRun
from engine.history.run_notes import RunNotes
from engine.history.store import Store
from engine.record.run_folder import RESULT, RunFolder, RunFolderError
from engine.trace.watched import WATCH
from engine.wire.codec import plain
from engine.wording.figure_text import counted

_ABOUT: Final = ("delete", "star", "unstar", "tag", "untag")  # options that need a run


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run", metavar="RUN", nargs="?", help="show this one: its id, the beginning of it, or last")
    parser.add_argument("--limit", metavar="N", type=int, help="list this many, the newest")
    parser.add_argument(
        "--diff", metavar="RUN", nargs=2, help="show what differed between two runs, and both's figures"
    )
    parser.add_argument("--delete", action="store_true", help=f"delete RUN; it can be restored for {KEPT_DAYS} days")
    parser.add_argument("--deleted", action="store_true", help="list the deleted runs that can be restored")
    parser.add_argument("--restore", metavar="RUN", help="restore a deleted run; its id, the beginning of it, or last")
    parser.add_argument("--purge", action="store_true", help="remove all deleted runs for good")
    star = parser.add_mutually_exclusive_group()
    star.add_argument("--star", action="store_true", help="give RUN a star: it is kept when others are pruned")
    star.add_argument("--unstar", action="store_true", help="remove RUN's star")
    parser.add_argument(
        "--name", metavar="TEXT", help="name RUN, in place of its experiment's title; empty: remove the name"
    )
    parser.add_argument("--tag", metavar="TAG", action="append", help="tag RUN; may be repeated")
    parser.add_argument("--untag", metavar="TAG", action="append", help="remove a tag of RUN")
    parser.add_argument("--note", metavar="TEXT", help="write this note about RUN; empty: remove the note")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: Namespace) -> int:
    """List the runs, show or delete one, or show two beside each other."""
    if arguments.diff and (arguments.run or arguments.delete or arguments.limit):
        raise RequestError("--diff: takes two runs and nothing else but --json")
    about = [name for name in _ABOUT if getattr(arguments, name)]
    about += [name for name in ("name", "note") if getattr(arguments, name) is not None]
    if about and not arguments.run:
        raise RequestError(f"--{about[0]}: name the run{' to delete' if arguments.delete else ''}")
    _check_one_thing(arguments, about)
    if arguments.limit is not None and arguments.limit < 1:
        raise RequestError(f"--limit: must be at least 1, got {arguments.limit}")
    writes = bool(about) or arguments.restore is not None or arguments.purge
    with Store(reading=not writes) as store:
        recover(store)
        if arguments.deleted or arguments.restore is not None or arguments.purge:
            _deleted(Discarded(store), arguments)
            return DONE
        if arguments.diff:
            one, other = (kept_run(RunFolder(store.folder_of(store.find(name).run_id))) for name in arguments.diff)
            show_difference(one, other, as_json=arguments.json)
            return DONE
        if not arguments.run:
            _list(store.runs(arguments.limit), as_json=arguments.json)
            return DONE
        run = store.find(arguments.run)
        if arguments.delete:
            discarded = Discarded(store)
            discarded.discard(run.run_id)
            discarded.purge()  # of those before it, the ones whose time is over
            say(f"deleted {run.run_id}; for {KEPT_DAYS} days: gilscope history --restore {run.run_id}")
        elif about:
            notes = store.say_of(run.run_id, _changed(run.notes, arguments)).notes
            emit_json(plain(notes)) if arguments.json else say(_notes_text(run.run_id, notes))
        else:
            _show(RunFolder(store.folder_of(run.run_id)), run.shown_title, as_json=arguments.json)
    return DONE


def _check_one_thing(arguments: Namespace, about: list[str]) -> None:
    """Raise RequestError where options ask for several things, of which only one would be done."""
    says = any(name != "delete" for name in about)
    of_all = (arguments.deleted, arguments.restore is not None, arguments.purge)
    if sum((bool(arguments.diff), arguments.delete, says, *of_all)) > 1:
        raise RequestError("do one thing at a time: delete, restore, purge, or change a run's star, name, tags or note")
    if arguments.run and any(of_all):
        raise RequestError("--deleted, --restore, --purge: take no other RUN")


def _deleted(discarded: Discarded, arguments: Namespace) -> None:
    if arguments.restore is not None:
        run_id = discarded.find(arguments.restore).run_id
        discarded.restore(run_id)
        say(f"restored {run_id}")
    elif arguments.purge:
        say(f"removed {counted(discarded.purge_all(), 'deleted run')} for good")
    else:
        _list(discarded.listed(), as_json=arguments.json)


def _changed(notes: RunNotes, arguments: Namespace) -> RunNotes:
    tags = (*(tag for tag in notes.tags if tag not in (arguments.untag or ())), *(arguments.tag or ()))
    return RunNotes(
        (notes.starred or arguments.star) and not arguments.unstar,
        notes.name if arguments.name is None else arguments.name,
        tags,
        notes.note if arguments.note is None else arguments.note,
    )


def _notes_text(run_id: str, notes: RunNotes) -> str:
    parts = ["starred"] if notes.starred else []
    parts += [f"called {notes.name!r}"] if notes.name else []
    parts += [f"tagged {', '.join(notes.tags)}"] if notes.tags else []
    parts += ["with a note"] if notes.note else []
    return f"{run_id}: {', '.join(parts) or 'no star, name, tags or note'}"


def _show(folder: RunFolder, title: str, *, as_json: bool) -> None:
    result = folder.result()
    if result is None:
        raise RunFolderError(f"{folder.path / RESULT}: there is no such file any more")
    if result.kind == WATCH:
        from engine.commandline.watching.watch_report import watch_report
        from engine.watch.watch_result import printed_watch

        watched = printed_watch(result)
        emit_json(watched) if as_json else emit(watch_report(watched))
    elif as_json:
        emit_json(printed(result))
    else:
        emit(report(result, title))


def _list(runs: list[PastRun], *, as_json: bool) -> None:
    if as_json:
        emit_json([_with_notes(run) for run in runs])
    elif not runs:
        emit("no runs yet")
    else:
        header = ("run", "started", "status", "model", "workers", "tasks", "tasks/s", "interpreter", "title")
        emit(table(header, [_row(run) for run in runs]))


def _with_notes(run: PastRun) -> dict[str, object]:
    return {**asdict(run), "kind": run.kind, "starred": run.notes.starred, "tags": run.notes.tags}


def _row(run: PastRun) -> tuple[object, ...]:
    throughput = "" if run.throughput_per_s is None else f"{run.throughput_per_s:,.1f}"
    done = "" if run.tasks_done is None else f"{run.tasks_done:,}"
    started = run.started_at[:19].replace("T", " ")
    title = f"{'★ ' if run.starred else ''}{run.shown_title}" + (f" [{', '.join(run.notes.tags)}]" if run.tags else "")
    return run.run_id, started, run.status, run.model, run.workers, done, throughput, run.interpreter, title


VERB = Verb("history", "list the runs that were kept", add_arguments, run)

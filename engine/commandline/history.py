"""`gilscope history`: the runs that were kept."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from engine.commandline.console import emit, emit_json, say, table
from engine.commandline.history_diff import show_difference
from engine.commandline.kept import recover
from engine.commandline.report import printed, report
from engine.commandline.verb import DONE, RequestError, Verb
from engine.history.differences import kept_run
from engine.history.past_run import PastRun
from engine.history.store import Store
from engine.record.run_folder import RESULT, RunFolder, RunFolderError
from engine.trace.watched import WATCH


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run", metavar="RUN", nargs="?", help="show this one: its id, the beginning of it, or last")
    parser.add_argument("--limit", metavar="N", type=int, help="list this many, the newest")
    parser.add_argument(
        "--diff", metavar="RUN", nargs=2, help="show what differed between two runs, and both's figures"
    )
    parser.add_argument("--delete", action="store_true", help="delete RUN and its files")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: Namespace) -> int:
    """List the runs, show or delete one, or show two beside each other."""
    if arguments.diff and (arguments.run or arguments.delete or arguments.limit):
        raise RequestError("--diff: takes two runs and nothing else but --json")
    if arguments.delete and not arguments.run:
        raise RequestError("--delete: name the run to delete")
    if arguments.limit is not None and arguments.limit < 1:
        raise RequestError(f"--limit: must be at least 1, got {arguments.limit}")
    with Store(reading=not arguments.delete) as store:
        recover(store)
        if arguments.diff:
            one, other = (kept_run(RunFolder(store.folder_of(store.find(name).run_id))) for name in arguments.diff)
            show_difference(one, other, as_json=arguments.json)
            return DONE
        if not arguments.run:
            _list(store.runs(arguments.limit), as_json=arguments.json)
            return DONE
        run = store.find(arguments.run)
        if arguments.delete:
            store.delete(run.run_id)
            say(f"deleted {run.run_id}")
        else:
            _show(RunFolder(store.folder_of(run.run_id)), run.title, as_json=arguments.json)
    return DONE


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
        emit_json([{**asdict(run), "kind": run.kind} for run in runs])
    elif not runs:
        emit("no runs yet")
    else:
        header = ("run", "started", "status", "model", "workers", "tasks", "tasks/s", "interpreter", "title")
        emit(table(header, [_row(run) for run in runs]))


def _row(run: PastRun) -> tuple[object, ...]:
    throughput = "" if run.throughput_per_s is None else f"{run.throughput_per_s:,.1f}"
    done = "" if run.tasks_done is None else f"{run.tasks_done:,}"
    started = run.started_at[:19].replace("T", " ")
    return run.run_id, started, run.status, run.model, run.workers, done, throughput, run.interpreter, run.title


VERB = Verb("history", "list the runs that were kept", add_arguments, run)

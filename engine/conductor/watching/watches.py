"""Starts and drives the conductor's watch (one at a time, never beside a run), and lists the running Pythons."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial

from engine.conductor.request_checks import check_start
from engine.conductor.run_places import RunPlaces
from engine.conductor.run_request import RunContext
from engine.conductor.watching.watched_run import WatchedRun
from engine.log_file import NAME
from engine.watch.running_pythons import RunningPythons
from engine.watch.target import Target, TargetError, find_target
from engine.wire.commands import StartWatch
from engine.wire.facts import Refused
from engine.wire.watch_messages import PythonsFound
from engine.workload.errors import ExperimentError

_LOG = logging.getLogger(NAME)


class Watches:
    """The watch of one conductor, on its main thread. `run_is_on` says whether a run or a watch is."""

    def __init__(self, context: RunContext, places: RunPlaces, run_is_on: Callable[[], bool]) -> None:
        self._context, self._places, self._run_is_on = context, places, run_is_on
        self._pending: str | None = None  # the watch whose interpreter is being asked for
        self._watch: WatchedRun | None = None
        self._pythons = RunningPythons()
        self._listing = False

    @property
    def is_on(self) -> bool:
        """Whether a watch goes on, or is about to."""
        return self._pending is not None or (self._watch is not None and not self._watch.ended)

    def start(self, command: StartWatch) -> None:
        """Watch the program that a command names, or refuse the command."""
        run_id = command.run_id
        try:
            check_start(run_id, command.options, run_is_on=self._run_is_on())
        except ExperimentError as error:
            self._refuse(run_id, error.path, error.problem)
            return
        self._pending = run_id
        threading.Thread(target=self._find, args=(command,), name="watch-target", daemon=True).start()

    def stop(self, run_id: str) -> bool:
        """End a watch; return whether it is one of ours."""
        if self._pending is not None and self._pending == run_id:
            self._pending = None
            self._refuse(run_id, "", "stopped before it began")
            return True
        if self._watch is None or self._watch.run_id != run_id:
            return False
        self._watch.stop()
        return True

    def locate(self, run_id: str) -> bool:
        """Report where a watch's threads are; return whether `run_id` is the current watch."""
        watch = self._watch
        if watch is None or watch.over or watch.run_id != run_id:
            return False
        watch.locate()
        return True

    def sample(self, run_id: str, *, on: bool) -> bool:
        """Start or stop sampling a watch's stacks; return whether `run_id` is the current watch."""
        watch = self._watch
        if watch is None or watch.over or watch.run_id != run_id:
            return False
        watch.sample(on=on)
        return True

    def turn(self, now_s: float) -> float:
        """Do what is due; return when to come again."""
        return self._watch.turn(now_s) if self._watch is not None and not self._watch.ended else now_s + 1.0

    def fail(self, reason: str) -> None:
        """End the watch after an internal error."""
        if self._watch is not None:
            self._watch.fail(reason)

    def abandon(self) -> None:
        """End the watch now, because the conductor ends."""
        if self._watch is not None:
            self._watch.abandon()

    def list_pythons(self) -> None:
        """Report which Pythons run on this machine; another thread asks the system."""
        if not self._listing:
            self._listing = True
            threading.Thread(target=self._list, name="pythons", daemon=True).start()

    def _list(self) -> None:
        try:
            self._context.say(PythonsFound(tuple(self._pythons.look())))
        finally:
            self._listing = False

    def _find(self, command: StartWatch) -> None:
        """Find the target, in another thread: a Python that is not known yet takes a while to answer."""
        found: Target | tuple[str, str]
        try:
            found = find_target(command.target)
        except TargetError as error:
            found = "", str(error)
        except ExperimentError as error:
            found = error.path, error.problem
        except Exception as error:
            found = "", f"internal error: {type(error).__name__}: {error}"
        self._context.post(partial(self._on_found, command, found))

    def _on_found(self, command: StartWatch, found: Target | tuple[str, str]) -> None:
        run_id, options = command.run_id, command.options
        if self._pending != run_id:
            return  # it was stopped meanwhile
        self._pending = None
        if isinstance(found, tuple):
            self._refuse(run_id, *found)
            return
        context = self._context
        try:
            folder = self._places.folder_for(run_id, options)
            self._watch = WatchedRun(
                run_id,
                found,
                folder,
                options,
                guard=context.guard,
                platform=context.platform,
                adopter=context.adopter,
                say=context.say,
                say_line=context.say_line,
                post=context.post,
                keep=partial(self._places.keep, run_id, options),
            )
        except (TargetError, ExperimentError, OSError) as error:
            self._places.give_up(run_id)
            self._refuse(run_id, "", str(error))
            return
        _LOG.info("watch %s: %s", run_id, found.title)
        self._watch.begin()

    def _refuse(self, run_id: str, key: str, reason: str) -> None:
        _LOG.info("watch %s was refused: %s: %s", run_id, key, reason)
        self._context.say(Refused(run_id, key, reason))

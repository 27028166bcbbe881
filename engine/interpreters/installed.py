"""Finds the Pythons of this machine: the one that a name means, and all that can be chosen."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from typing import Final

from engine.interpreters.cache import InterpreterCache
from engine.interpreters.interpreter import (
    app_interpreter,
    clean_environment,
    host_arguments,
    host_environment,
    not_started,
)
from engine.interpreters.known import is_known
from engine.interpreters.name import InterpreterName, newest_first, parse_name
from engine.interpreters.probe import LIMIT_S, ask, problem_of_file
from engine.interpreters.search import (
    Candidate,
    candidates_from_tools,
    candidates_in_files,
    file_identity,
    unique,
)
from engine.wire.interpreter import SOURCES, Interpreter
from engine.workload.errors import ExperimentError

__all__ = [
    "app_interpreter",
    "clean_environment",
    "host_arguments",
    "host_environment",
    "resolve",
    "search",
]

_AT_ONCE: Final = 3  # asked in parallel: more would disturb the user's other work
_KEY: Final = "model.interpreter"


def resolve(
    name: str | None, *, limit_s: float = LIMIT_S, cache: InterpreterCache | None = None, allowed: bool = False
) -> Interpreter:
    """Return the interpreter that an experiment names: a name, a path, or None for the app's own.

    A name ("3.13", "3.13t", "pypy3.10", "python3.13", "3.13.0") means the newest that matches; only names that end
    in t mean free-threaded builds. Candidates are asked in separate processes, `limit_s` each, unless the cache has
    their answers. A path that is not known (see `known`) is started only if `allowed`.

    Raises ExperimentError for `model.interpreter`, with what was found instead.
    """
    if name is None or not name.strip():
        return app_interpreter()
    cache = cache or InterpreterCache()
    try:
        wanted = None if _looks_like_path(name) else parse_name(name)
        found = _at_path(name, limit_s, cache, allowed) if wanted is None else _newest(name, wanted, limit_s, cache)
    finally:
        cache.save()
    if found.problem is not None:
        raise ExperimentError(_KEY, f"{found.path} {found.problem}")
    return found


def search(
    report: Callable[[list[Interpreter], bool], None],
    *,
    refresh: bool = False,
    limit_s: float = LIMIT_S,
    cache: InterpreterCache | None = None,
) -> list[Interpreter]:
    """Return the Pythons of this machine, including unusable ones with the reason.

    Takes seconds if many are new: call it in a thread. `report` is called in this thread with the whole list so far:
    first with the cached ones, then after each answer, and finally with True. Order: the app's own, the usable ones by
    version, the others. With `refresh` all are asked again.
    """
    cache = cache or InterpreterCache()
    if refresh:
        cache.forget()
    found = _FoundInterpreters()
    found.add(app_interpreter())
    for candidates in (candidates_in_files, candidates_from_tools):
        unknown = found.add_known(candidates(), cache)
        report(found.listed(), False)
        for each in _ask_all(unknown, limit_s, cache):
            if found.add(each):
                report(found.listed(), False)
        cache.save()
    report(found.listed(), True)
    return found.listed()


class _FoundInterpreters:
    """What a search has found so far: each interpreter once, from its preferred source."""

    def __init__(self) -> None:
        self._by_identity: dict[tuple[object, ...], Interpreter] = {}
        self._seen: set[tuple[object, ...]] = set()

    def add(self, interpreter: Interpreter) -> bool:
        """Add `interpreter` unless it is in the list already; return whether that changed anything."""
        self._seen.add(file_identity(interpreter.path))
        identity = _identity(interpreter)
        known = self._by_identity.get(identity)
        if known is not None and _rank(known) <= _rank(interpreter):
            return False
        self._by_identity[identity] = interpreter
        return True

    def add_known(self, candidates: list[Candidate], cache: InterpreterCache) -> list[Candidate]:
        """Add the candidates in the cache; return those that must be asked."""
        unknown = []
        for candidate in candidates:
            known = cache.get(candidate.path, candidate.source)
            if known is not None:
                self.add(known)
            elif file_identity(candidate.path) in self._seen:
                continue
            elif candidate.is_started:
                unknown.append(candidate)
            else:
                self.add(not_started(candidate.path))
        return unknown

    def listed(self) -> list[Interpreter]:
        """Return all, in display order."""
        newest = newest_first(sorted(self._by_identity.values(), key=_rank))
        return sorted(newest, key=lambda each: (each.source != "app", not each.usable, not each.version))


def _identity(interpreter: Interpreter) -> tuple[object, ...]:
    if not interpreter.version:
        return (interpreter.path,)
    # Two names of one file (often hard links) are one interpreter, unless they are in different environments.
    return (*file_identity(interpreter.real_path), os.path.realpath(interpreter.prefix))


def _looks_like_path(name: str) -> bool:
    return name.startswith("~") or os.sep in name or bool(os.altsep and os.altsep in name)


def _at_path(name: str, limit_s: float, cache: InterpreterCache, allowed: bool) -> Interpreter:
    path = os.path.abspath(os.path.expanduser(name))
    if not _looks_like_path(name) and not os.path.lexists(path):
        raise ExperimentError(
            _KEY, f"{name!r} is neither the name of an interpreter (3.13, 3.13t, pypy3.10) nor the path of one"
        )
    if not allowed and problem_of_file(path) is None and not is_known(path):
        problem = f"is not one of this machine's known Pythons, and is started only if it is trusted: {path}"
        raise ExperimentError(_KEY, problem)
    return _ask(Candidate(path, "added"), limit_s, cache)


def _newest(name: str, wanted: InterpreterName, limit_s: float, cache: InterpreterCache) -> Interpreter:
    own = app_interpreter()
    known = [each for each in candidates_in_files() if each.is_started]
    likely = [each for each in known if each.version is not None and _may_match(each, wanted)]
    found = [own, *_ask_all(likely, limit_s, cache)]
    best = _best(wanted, found)
    if best is None:
        rest = unique([*(each for each in known if each not in likely), *candidates_from_tools()])
        found += _ask_all(rest, limit_s, cache)
        best = _best(wanted, found)
    if best is not None:
        return best
    raise ExperimentError(_KEY, _nothing_found(name, wanted, found))


def _may_match(candidate: Candidate, wanted: InterpreterName) -> bool:
    return candidate.version is None or candidate.version[: len(wanted.numbers)] == wanted.numbers[:2]


def _best(wanted: InterpreterName, found: Iterable[Interpreter]) -> Interpreter | None:
    """Return the newest that matches; between equals, the one from the preferred source."""
    matching = [each for each in found if each.usable and wanted.matches(each)]
    matching.sort(key=_rank)
    return newest_first(matching)[0] if matching else None


def _nothing_found(name: str, wanted: InterpreterName, found: list[Interpreter]) -> str:
    for each in newest_first([each for each in found if each.version and wanted.matches(each)]):
        return f"there is no {name} that can be used: {each.path} {each.problem}"
    names = list(dict.fromkeys(each.name for each in newest_first([each for each in found if each.usable])))
    return f"there is no {name} on this machine; there is {', '.join(names)}"


def _rank(interpreter: Interpreter) -> tuple[object, ...]:
    """Return the sort key for equals: their source, then something stable."""
    source = SOURCES.index(interpreter.source) if interpreter.source in SOURCES else len(SOURCES)
    return source, len(interpreter.path), interpreter.path


def _ask_all(candidates: Iterable[Candidate], limit_s: float, cache: InterpreterCache) -> Iterator[Interpreter]:
    """Yield the candidates' answers as they arrive, asking several at once.

    The threads are daemons, so that a program that hangs does not keep this process from exiting.
    """
    waiting = deque(candidates)
    answers: SimpleQueue[Interpreter] = SimpleQueue()

    def work() -> None:
        while True:
            try:
                candidate = waiting.popleft()
            except IndexError:
                return
            answers.put(_ask(candidate, limit_s, cache))

    expected = len(waiting)
    for _ in range(min(_AT_ONCE, expected)):
        threading.Thread(target=work, name="ask-interpreter", daemon=True).start()
    try:
        for _ in range(expected):
            yield answers.get()
    finally:
        waiting.clear()


def _ask(candidate: Candidate, limit_s: float, cache: InterpreterCache) -> Interpreter:
    known = cache.get(candidate.path, candidate.source)
    if known is not None:
        return known
    try:
        found = ask(candidate.path, source=candidate.source, limit_s=limit_s)
    except Exception as error:  # any error concerns only this candidate, and the caller waits for an answer
        return Interpreter(candidate.path, source=candidate.source, problem=f"cannot be asked: {error}")
    cache.put(candidate.path, found)
    return found

"""The Pythons of this machine: which one a name means, and what there is to choose from."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Final

from engine.conductor.interpreter import (
    SOURCES,
    Interpreter,
    app_interpreter,
    clean_environment,
    host_arguments,
    host_environment,
)
from engine.conductor.interpreter_cache import InterpreterCache
from engine.conductor.interpreter_name import InterpreterName, newest_first, parse_name
from engine.conductor.interpreter_probe import LIMIT_S, ask
from engine.conductor.interpreter_search import (
    Candidate,
    candidates_from_tools,
    candidates_in_files,
    unique,
)
from engine.workload.errors import ExperimentError

__all__ = [
    "Interpreter",
    "app_interpreter",
    "clean_environment",
    "host_arguments",
    "host_environment",
    "resolve",
]

_AT_ONCE: Final = 3  # asked in parallel: more would be felt by what the person is doing
_KEY: Final = "model.interpreter"


def resolve(name: str | None, *, limit_s: float = LIMIT_S, cache: InterpreterCache | None = None) -> Interpreter:
    """Return the interpreter that an experiment asks for: a name, a path, or None for the app's own.

    A name ("3.13", "3.13t", "pypy3.10", "python3.13", "3.13.0") means the newest that matches; only those that end
    in t mean free-threaded builds. Candidates are asked in processes of their own, `limit_s` each, unless the cache
    knows them. Raises ExperimentError for `model.interpreter` that says what was found instead.
    """
    if name is None or not name.strip():
        return app_interpreter()
    cache = cache or InterpreterCache()
    try:
        wanted = None if _looks_like_path(name) else parse_name(name)
        found = _at_path(name, limit_s, cache) if wanted is None else _newest(name, wanted, limit_s, cache)
    finally:
        cache.save()
    if found.problem is not None:
        raise ExperimentError(_KEY, f"{found.path} {found.problem}")
    return found


def _looks_like_path(name: str) -> bool:
    return name.startswith("~") or os.sep in name or bool(os.altsep and os.altsep in name)


def _at_path(name: str, limit_s: float, cache: InterpreterCache) -> Interpreter:
    path = os.path.abspath(os.path.expanduser(name))
    if not _looks_like_path(name) and not os.path.lexists(path):
        raise ExperimentError(
            _KEY, f"{name!r} is neither the name of an interpreter (3.13, 3.13t, pypy3.10) nor the path of one"
        )
    return _ask(Candidate(path, "added"), limit_s, cache)


def _newest(name: str, wanted: InterpreterName, limit_s: float, cache: InterpreterCache) -> Interpreter:
    own = app_interpreter()
    known = candidates_in_files()
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
    """Return the newest that matches; of equals the one whose source is preferred."""
    matching = [each for each in found if each.usable and wanted.matches(each)]
    matching.sort(key=_preference)
    return newest_first(matching)[0] if matching else None


def _nothing_found(name: str, wanted: InterpreterName, found: list[Interpreter]) -> str:
    for each in newest_first([each for each in found if each.version and wanted.matches(each)]):
        return f"there is no {name} that can be used: {each.path} {each.problem}"
    names = list(dict.fromkeys(each.name for each in newest_first([each for each in found if each.usable])))
    return f"there is no {name} on this machine; there is {', '.join(names)}"


def _preference(interpreter: Interpreter) -> int:
    return SOURCES.index(interpreter.source) if interpreter.source in SOURCES else len(SOURCES)


def _ask_all(candidates: Iterable[Candidate], limit_s: float, cache: InterpreterCache) -> Iterator[Interpreter]:
    """Yield the candidates' answers as they come, several asked at once."""
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="ask") as pool:
        answers = [pool.submit(_ask, candidate, limit_s, cache) for candidate in candidates]
        for answer in as_completed(answers):
            yield answer.result()


def _ask(candidate: Candidate, limit_s: float, cache: InterpreterCache) -> Interpreter:
    known = cache.get(candidate.path, candidate.source)
    if known is None:
        known = ask(candidate.path, source=candidate.source, limit_s=limit_s)
        cache.put(candidate.path, known)
    return known

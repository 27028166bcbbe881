"""Catalogues: the steps and models that each interpreter can run, read once from its host, in a separate thread."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from typing import NamedTuple

from engine.interpreters.installed import resolve
from engine.interpreters.plugins import Plugins, find_plugins
from engine.launch.host_description import describe
from engine.processes.guard import Guard
from engine.wire.interpreter import Interpreter
from engine.workload.catalogue import Catalogue
from engine.workload.code_permission import digest, is_path
from engine.workload.errors import ExperimentError


class Offer(NamedTuple):
    """An interpreter, and what can be run under it."""

    interpreter: Interpreter
    catalogue: Catalogue


class Catalogues:
    """Finds interpreters and reads their catalogues. Thread-safe."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._lock = threading.Lock()
        self._one_at_a_time: dict[str, threading.Lock] = {}
        self._known: dict[tuple[str, int, str | None], Catalogue] = {}
        self._plugins: Plugins | None = None
        self._allowed: set[str] = set()

    def ask(self, name: str | None, report: Callable[[Offer | ExperimentError], None], *, trust: bool = False) -> None:
        """Call `report`, from another thread, with the offer of the interpreter called `name`, or with the error."""

        def work() -> None:
            try:
                report(self.offer(name, trust=trust))
            except ExperimentError as error:
                report(error)
            except Exception as error:  # the caller waits for an answer in any case
                report(ExperimentError("model.interpreter", f"could not be asked: {type(error).__name__}: {error}"))

        threading.Thread(target=work, name="catalogue", daemon=True).start()

    def plugins(self) -> Plugins:
        """Return the steps and models of third parties, found once for the life of this process."""
        with self._lock:
            if self._plugins is None:
                self._plugins = find_plugins()
                if self._plugins.folder is not None:
                    self._guard.watch_folder(self._plugins.folder)
            return self._plugins

    def close(self) -> None:
        """Remove the files through which hosts find third parties' steps and models."""
        with self._lock:
            folder = self._plugins.folder if self._plugins is not None else None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
            self._guard.forget_folder(folder)

    def offer(self, name: str | None, *, trust: bool = False) -> Offer:
        """Return the offer of the interpreter called `name`, None for the app's own. The first call takes a while.

        `trust` allows an unknown program to be started, now and until its content changes. Raises ExperimentError for
        `model.interpreter`.
        """
        interpreter = resolve(name, allowed=self._allows(name, trust))
        try:
            key = interpreter.path, os.stat(interpreter.path).st_mtime_ns, os.environ.get("PYTHON_GIL")
        except OSError as error:
            raise ExperimentError("model.interpreter", f"{interpreter.path} {error.strerror}") from None
        with self._lock:
            turn = self._one_at_a_time.setdefault(interpreter.path, threading.Lock())
        with turn:
            if key not in self._known:
                self._known[key] = describe(interpreter, self._guard, self.plugins())
            return Offer(interpreter, self._known[key])

    def _allows(self, name: str | None, trust: bool) -> bool:
        if name is None or not is_path(name):
            return False
        content = digest(name)
        with self._lock:
            if trust:
                self._allowed.add(content)
            return content in self._allowed

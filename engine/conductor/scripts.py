"""Saves an experiment as a Python file: a host writes it, without running any part of the experiment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from engine.conductor.catalogues import Catalogues, Offer
from engine.conductor.request_checks import check_available, interpreter_of
from engine.launch.throwaway_host import HostGoneError, ThrowawayHosts
from engine.processes.guard import Guard
from engine.record.atomic_folder import ExportError, atomic_file
from engine.record.queries.requests import SCRIPT, ScriptRequest
from engine.wire.commands import SaveScript
from engine.wire.facts import ScriptFailed, ScriptSaved
from engine.wire.query_answers import ScriptWritten
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check

_LIMIT_S: Final = 20.0


class Scripts:
    """Makes scripts in a separate thread; the facts go to `say`."""

    def __init__(self, catalogues: Catalogues, guard: Guard, say: Callable[[ScriptSaved | ScriptFailed], None]) -> None:
        self._catalogues, self._guard, self._say = catalogues, guard, say

    def save(self, command: SaveScript) -> None:
        """Make the script, and report the answer."""

        def go_on(answer: Offer | ExperimentError) -> None:
            self._say(self._answer(command.experiment, command.path or None, answer))

        self._catalogues.ask(interpreter_of(command.experiment), go_on)

    def _answer(self, data: object, path: str | None, offer: Offer | ExperimentError) -> ScriptSaved | ScriptFailed:
        key = ""
        try:
            if isinstance(offer, ExperimentError):
                raise offer
            source = self._source(data, "FILE" if path is None else Path(path).name, offer)
            if path is not None:
                with atomic_file(Path(path)) as beside:
                    beside.write_text(source, encoding="utf-8", newline="\n")
            return ScriptSaved(path, source)
        except ExperimentError as error:
            key, reason = error.path, error.problem
        except (ExportError, OSError, HostGoneError) as error:
            reason = str(error)
        except Exception as error:  # the person waits for an answer in any case
            reason = f"{type(error).__name__}: {error}"
        return ScriptFailed(path, key, reason)

    def _source(self, data: object, name: str, offer: Offer) -> str:
        """Return the script's text, made by the interpreter that the experiment runs under."""
        experiment = check(data, offer.catalogue)
        check_available(experiment, offer.catalogue)
        plugins = self._catalogues.plugins()
        hosts = ThrowawayHosts(offer.interpreter, self._guard, plugins)
        with hosts.start(ScriptRequest(experiment.to_dict(), name, plugins.entries)) as host:
            answer = host.answer(_LIMIT_S)
            if not isinstance(answer, ScriptWritten):
                raise HostGoneError(f"the host did not answer within {_LIMIT_S:g} s")
            if answer.reason:
                raise ExperimentError("", answer.reason)
            return (host.folder / SCRIPT).read_text(encoding="utf-8")

"""Scripts: an experiment saved as a Python file, which a host writes and nothing of the experiment takes part in."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from engine.conductor.catalogues import Catalogues, Offer
from engine.conductor.request_checks import check_available, interpreter_of
from engine.processes.bounded_process import UnansweredError
from engine.processes.guard import Guard
from engine.processes.host_process import ask_host
from engine.record.atomic_folder import ExportError, atomic_file
from engine.wire.commands import SaveScript
from engine.wire.facts import ScriptFailed, ScriptSaved
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check


class Scripts:
    """Makes scripts, beside the main thread; `say` takes the facts."""

    def __init__(self, catalogues: Catalogues, guard: Guard, say: Callable[[ScriptSaved | ScriptFailed], None]) -> None:
        self._catalogues, self._guard, self._say = catalogues, guard, say

    def save(self, command: SaveScript) -> None:
        """Make the script; the answer is said."""

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
        except (ExportError, OSError, UnansweredError) as error:
            reason = str(error)
        except Exception as error:  # the person waits for an answer, whatever went wrong
            reason = f"{type(error).__name__}: {error}"
        return ScriptFailed(path, key, reason)

    def _source(self, data: object, name: str, offer: Offer) -> str:
        """Return the script's text, made by the interpreter that the experiment runs under."""
        experiment = check(data, offer.catalogue)
        check_available(experiment, offer.catalogue)
        plugins = self._catalogues.plugins()
        folder = Path(tempfile.mkdtemp(prefix="gilscope-script-"))
        self._guard.watch_folder(folder)
        try:
            request = {"experiment": experiment.to_dict(), "name": name, "plugins": plugins.entries}
            (folder / "script.json").write_text(json.dumps(request), encoding="utf-8")
            answer = ask_host(offer.interpreter, self._guard, plugins, "--script", str(folder))
            if answer.get("reason"):
                raise ExperimentError("", str(answer["reason"]))
            return (folder / "script.py").read_text(encoding="utf-8")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            self._guard.forget_folder(folder)

"""One of two runs that are shown side by side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.history.differences import KeptRun
from engine.trace.watched import is_watch
from engine.wording.versions import python_name
from engine.workload.toml_table import TomlTable


@dataclass(frozen=True)
class SideRun:
    """A run's result, its folder, and the title of its model's workers."""

    kept: KeptRun
    folder: Path
    worker_kind: str = "worker"
    is_async: bool = False

    @property
    def title(self) -> str:
        """The run in a line: `CPU-bound: threads × 4, CPython 3.13.0`."""
        experiment, interpreter = self.kept.experiment, self.kept.result.get("interpreter") or {}
        model: TomlTable = experiment.get("model") or {}
        python = python_name(interpreter.get("implementation") or "Python", interpreter.get("version"))
        if is_watch(experiment):
            return f"{experiment.get('title') or 'Untitled'}: a watched program, {python}"
        gil = {False: " without GIL", True: ""}.get(interpreter.get("gil_enabled"), "")  # type: ignore[arg-type]
        return f"{experiment.get('title') or 'Untitled'}: {model.get('kind')} × {model.get('workers')}, {python}{gil}"

    @property
    def first_task_ns(self) -> int:
        """When its first task began, after the run's start."""
        return round(float(self.kept.result.get("startup_s") or 0.0) * 1e9)

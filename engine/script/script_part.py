"""A group or a stage of a script, or its whole workload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.models import ModelDescriptor
from engine.script.plain_task import PlainStep
from engine.workload.toml_table import TomlTable


@dataclass(frozen=True)
class ScriptPart:
    """A group or a stage of a script, or its whole workload: the name of its task's function, and what it runs."""

    name: str
    task: str
    steps: Sequence[PlainStep]
    workers: int
    model: ModelDescriptor
    table: TomlTable

    @property
    def is_async(self) -> bool:
        """Whether its tasks are awaited."""
        return self.model.card.is_async

    @property
    def remote(self) -> bool:
        """Whether its workers run in other processes."""
        return not self.model.card.shares_memory

    @property
    def on_loop(self) -> bool:
        """Whether, as a stage, it waits for its queues on an event loop of the script's process."""
        return self.model.stage_on_loop

    @property
    def takes_in_processes(self) -> bool:
        """Whether, as a stage, it waits for its queues in other processes."""
        return not self.on_loop and any(each.name == "start_method" for each in self.model.card.parameters)

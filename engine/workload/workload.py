"""What a run does: its steps, how many tasks, and how they arrive; checked in `engine.workload.experiment`.

Standard library only, and little of it: every host and each of its processes imports it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from engine.workload.group import Group
    from engine.workload.step import Step

DEFAULT_TASKS: Final = 100


@dataclass(frozen=True)
class Workload:
    """The steps, how many tasks, and how they arrive.

    Exactly one of `tasks`, `duration_s` and `until_stopped` is set. `arrival_per_s` is the mean rate of an open loop
    (Poisson arrivals), None a closed loop. `seed` decides every random number. With `groups`, `steps` are the steps of
    all groups in order, each group has its own arrivals, and `tasks` counts for each group; where the groups are
    stages of a pipeline (`is_pipeline`), tasks and arrivals are the whole pipeline's. A run is ended and counts as
    failed if its start, or its tasks, take longer than `time_limit_s`; None: no limit.
    """

    steps: tuple[Step, ...]
    tasks: int | None = DEFAULT_TASKS
    duration_s: float | None = None
    until_stopped: bool = False
    arrival_per_s: float | None = None
    seed: int = 1
    groups: tuple[Group, ...] = ()
    is_pipeline: bool = False
    time_limit_s: float | None = None

    @property
    def task_count(self) -> int | None:
        """How many tasks the run has in all, None where the workload does not say."""
        if not self.groups or self.is_pipeline:
            return self.tasks
        counts = [self.tasks if group.tasks is None else group.tasks for group in self.groups]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

"""Combines the sampled Python stacks of a watch with what each thread was seen to do at the same instant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from engine.record.look_file import LookState, LookTables
from engine.watch.function_counts import FunctionCounts
from engine.watch.recent import RecentPast
from engine.watch.stack_sampler import StackSample, StackSampler
from engine.watch.watch_figures import STATE_OF
from engine.wire.tick import WorkerPlace
from engine.wire.watch_messages import FunctionsSampled

States = Mapping[tuple[int, int], LookState]


class WatchStacks:
    """Counts the functions of the stacks that `sampler` reads. `pids` returns the watch's current processes."""

    def __init__(self, pids: Callable[[], Sequence[int]]) -> None:
        self.sampler = StackSampler(pids)
        self.counts = FunctionCounts()
        self.names: dict[tuple[int, int], str] = {}  # the threads' names in Python
        self._waiting: list[StackSample] = []  # samples whose looks have not arrived yet
        self._reasons: tuple[str, ...] = ()

    def take(self, recent: RecentPast, tables: LookTables, *, final: bool = False) -> None:
        """Count the samples for whose instant there are looks by now; `final`: no more looks will come."""
        while not self.sampler.ready.empty():
            sample = self.sampler.ready.get()
            self._waiting.append(sample)
            self._reasons = sample.reasons
            self._take_names(sample)
        if not self._waiting:
            return
        looks = recent.looks()
        until_ns = int(looks["time_ns"][-1]) if looks is not None and len(looks) else 0
        while self._waiting and (final or self._waiting[0].until_ns <= until_ns):
            for at_ns, stacks in self._waiting.pop(0).stacks:
                self.counts.take(stacks, _states_at(recent, at_ns, tables))

    def told(self, run_id: str) -> FunctionsSampled:
        """Return the functions that the threads were in so far."""
        counts = self.counts
        return FunctionsSampled(run_id, counts.samples, counts.figures(), self._reasons, self.sampler.is_on)

    def places(
        self, sample: StackSample, recent: RecentPast, tables: LookTables, lanes: Mapping[tuple[int, int], int]
    ) -> Iterator[WorkerPlace]:
        """Yield where every thread is, from stacks that were read a moment ago; `lanes` are the threads' numbers."""
        self._take_names(sample)
        for at_ns, stacks in sample.stacks:
            states = _states_at(recent, at_ns, tables)
            for each in sorted(stacks, key=lambda stack: stack.tid):
                key = each.pid, each.tid
                seen = states.get(key)
                yield WorkerPlace(
                    lane=lanes.get(key, -1),
                    name=f"{each.name or 'thread'} {each.tid}",
                    pid=each.pid,
                    tid=each.tid,
                    state="cpu" if each.holds_gil else "" if seen is None else STATE_OF.get(seen, "cpu"),
                    where=each.own.words if each.own is not None else "",
                    stack=tuple(frame.words for frame in each.frames),
                )

    def _take_names(self, sample: StackSample) -> None:
        for _, stacks in sample.stacks:
            self.names.update({(each.pid, each.tid): each.name for each in stacks if each.name})


def _states_at(recent: RecentPast, at_ns: int, tables: LookTables) -> States:
    threads = tables.threads
    seen = recent.states_at(at_ns).items()
    return {(threads[at].pid, threads[at].tid): LookState(state) for at, state in seen if at < len(threads)}

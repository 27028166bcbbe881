"""What the list of kept runs may ask for: one frozen dataclass for each request, with the runs it is about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunsRequest:
    """A request about kept runs: their ids, in the order in which they started."""

    run_ids: tuple[str, ...]

    @property
    def run_id(self) -> str:
        """The first id: the only one, in a request about one run."""
        return self.run_ids[0]


class OpenRun(RunsRequest):
    """Show a run on every page."""

    __slots__ = ()


class ShowPair(RunsRequest):
    """Show two runs side by side."""

    __slots__ = ()


class EditRun(RunsRequest):
    """Put a run's experiment into the window."""

    __slots__ = ()


class ExportRunCsv(RunsRequest):
    """Write a run's samples and phases as CSV files."""

    __slots__ = ()


class ExportRunTrace(RunsRequest):
    """Write a run as a trace."""

    __slots__ = ()


class DeleteRuns(RunsRequest):
    """Delete runs."""

    __slots__ = ()


class OverlayRuns(RunsRequest):
    """Show runs in one chart."""

    __slots__ = ()


class StarRuns(RunsRequest):
    """Give runs a star, or take it away where all have one."""

    __slots__ = ()


class DescribeRun(RunsRequest):
    """Ask for a run's name, tags and note."""

    __slots__ = ()


class RestoreRuns(RunsRequest):
    """List the deleted runs that can be restored; `run_ids` is not used."""

    __slots__ = ()

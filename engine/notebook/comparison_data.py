"""A comparison for scripts and notebooks: a row for each combination, the verdict, and an HTML view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.comparison.judged import Judged, JudgedCell
from engine.comparison.judgement import judge
from engine.comparison.saved import Saved
from engine.comparison.table import header_and_rows, sentence
from engine.handout.drawings import bars_svg
from engine.handout.page import escape, table
from engine.notebook.tables import data_frame, framed
from engine.wording import figure_text as figures


class ComparisonData:
    """The results of a comparison so far; `complete` if no runs are left."""

    def __init__(self, saved: Saved) -> None:
        """Judge the comparison in `saved`."""
        self.comparison_id = saved.id
        self.title = saved.title
        self.complete = saved.comparison.complete
        self.judged: Judged = judge(saved.comparison)

    @property
    def cells(self) -> Sequence[JudgedCell]:
        """The combinations, as in `gilscope compare --json`."""
        return self.judged["cells"]

    @property
    def best(self) -> JudgedCell | None:
        """The combination with significantly the highest throughput; None if there is none."""
        return next((cell for cell in self.cells if cell["best"]), None)

    @property
    def verdict(self) -> str:
        """The comparison's verdict, in a sentence."""
        return sentence(self.judged["verdict"])

    def to_pandas(self) -> Any:
        """Return a DataFrame with a row for each combination. Raises ImportError if pandas is not installed."""
        return data_frame(list(self.cells))

    def __repr__(self) -> str:
        return f"<ComparisonData {self.comparison_id}: {self.title}, {len(self.cells)} combinations, {self.verdict}>"

    def _repr_html_(self) -> str:
        """Show the comparison in a notebook: the verdict, a bar for each combination, the table."""
        header, rows = header_and_rows(self.judged)
        bars = [(_label(cell), _median(cell), f"{figures.rate(_median(cell))} tasks/s") for cell in self.cells]
        parts = [
            f"<h3>{escape(self.title)}</h3><p><strong>{escape(self.verdict)}</strong></p>",
            bars_svg(bars, "Tasks a second"),
            table(header, rows),
        ]
        return framed("".join(parts))


def _label(cell: JudgedCell) -> str:
    return f"{cell['model']} x {cell['workers']}"


def _median(cell: JudgedCell) -> float | None:
    interval = cell["throughput_per_s"]
    return None if interval is None else interval["median"]

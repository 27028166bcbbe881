"""`gilscope history --diff`: two runs beside each other, what differed between them first."""

from __future__ import annotations

from dataclasses import asdict

from engine.commandline.console import emit, emit_json, table
from engine.history.difference_text import SAME, figure_value_text, ratio_text, value_text
from engine.history.differences import KeptRun, RunFigure, differences, figures, ledgers
from engine.wording.state_names import in_sentence, state_title


def show_difference(one: KeptRun, other: KeptRun, *, as_json: bool) -> None:
    """Print two runs beside each other."""
    if not as_json:
        emit(_text(one, other))
        return
    emit_json(
        {
            "runs": [one.run_id, other.run_id],
            "differences": [
                {"part": each.part, "key": each.key, "values": [each.one, each.other]}
                for each in differences(one, other)
            ],
            "figures": [_figure(each) for each in (*figures(one, other), *ledgers(one, other))],
        }
    )


def _figure(figure: RunFigure) -> dict[str, object]:
    whole = asdict(figure)
    return {"key": whole["key"], "unit": whole["unit"], "values": [whole["one"], whole["other"]], "ratio": figure.ratio}


def _text(one: KeptRun, other: KeptRun) -> str:
    found = differences(one, other)
    parts = [SAME]
    if found:
        rows = [(each.key, value_text(each, each.one), value_text(each, each.other)) for each in found]
        parts = ["what differed:", table(("key", one.run_id, other.run_id), rows)]
    rows_of_figures = [_row(each, each.title) for each in figures(one, other)]
    rows_of_figures += [_row(each, in_sentence(state_title(each.title))) for each in ledgers(one, other)]
    header = ("figure", one.run_id, other.run_id, "ratio")
    return "\n".join([*parts, "", table(header, rows_of_figures)])


def _row(each: RunFigure, title: str) -> tuple[str, str, str, str]:
    return title, figure_value_text(each, each.one), figure_value_text(each, each.other), ratio_text(each.ratio)

"""A comparison's judgement as a table of short texts, and as Markdown to paste."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from engine.comparison.environment import cautions, sentences
from engine.comparison.judged import Judged, JudgedCell, JudgedFit
from engine.wording import figure_text as figures
from engine.workload.parameter import shown

Row = tuple[str, ...]


def header_and_rows(judged: Judged) -> tuple[Row, list[Row]]:
    """Return the column titles and a row for each cell; columns in which all cells are the same are left out."""
    cells = judged["cells"]
    settings = list(dict.fromkeys(key for cell in cells for key in cell["settings"]))
    several = len({cell["interpreter"] for cell in cells}) > 1
    header = (
        "model",
        "workers",
        *(("interpreter",) if several else ()),
        *(key.rpartition(".")[2] for key in settings),
        "runs",
        "tasks/s",
        "95 % interval",
        "speed-up",
        "efficiency",
        "p50",
        "p99",
        "start-up",
        "memory",
        "",
    )
    rows = [
        (
            cell["model"],
            str(cell["workers"]),
            *((cell["interpreter"] or figures.UNKNOWN,) if several else ()),
            *(shown(cell["settings"].get(key, figures.UNKNOWN)) for key in settings),
            *_figures(cell),
            remark(cell),
        )
        for cell in cells
    ]
    return header, rows


def remark(cell: JudgedCell) -> str:
    """Return a remark that a reader needs besides the cell's figures."""
    parts = ["best"] if cell["best"] else []
    if cell["repeats"] and not cell["stable"]:
        parts.append(str(cell["unstable_reason"]))
    if cell["reason"]:
        parts.append(str(cell["reason"]).partition("\n")[0])
    return "; ".join(parts)


def interval_text(interval: Mapping[str, float | None] | None) -> str:
    """Return an interval's bounds: `118 to 124`."""
    if interval is None or interval["low"] is None:
        return figures.UNKNOWN
    return f"{_exact(interval['low'])} to {_exact(interval['high'])}"


def fit_text(fit: JudgedFit, *, several: bool = False) -> str:
    """Return a line on a fit: its model, its parameters with their intervals, its peak; or why there is none."""
    who = _who(fit, several=several)
    law = {"amdahl": "Amdahl", "usl": "USL"}[fit["law"]]
    if fit["refused"]:
        return f"{who}: no scaling law: {fit['refused']}"
    words = {"single": "one worker", "serial": "serial share", "crosstalk": "crosstalk"}
    parts = [
        f"{words[name]} {_share(each['value'])} ({_share(each['low'])} to {_share(each['high'])})"
        for name, each in fit["parameters"].items()
    ]
    peak = fit["peak_workers"]
    if fit["law"] == "usl":
        parts.append("no peak predicted" if peak is None else f"peak predicted at {peak:.1f} workers")
        if peak is not None and not fit["peak_is_measured"]:
            parts.append("which is beyond the measured worker counts")
        if peak is not None and fit["parameters"]["crosstalk"]["low"] <= 0.0:
            parts.append("and there may be none, since the crosstalk may be 0")
    return f"{who}: {law}: {', '.join(parts)}"


def _share(value: float) -> str:
    return "0" if abs(value) < 1e-6 else f"{value:.3g}"  # a fit approaches its bound 0 without reaching it


def markdown(title: str, judged: Judged) -> str:
    """Return the whole comparison as Markdown: title, verdict, table, fits and environment."""
    header, rows = header_and_rows(judged)
    lines = [f"### {title}", "", f"**{sentence(str(judged['verdict']))}**", ""]
    lines += [_line(header), _line(["---"] * len(header)), *(_line(row) for row in rows)]
    notes = fit_lines(judged)
    if judged["baseline"]:
        notes.append(f"Speed-up and efficiency are against {judged['baseline']}")
    notes += [*sentences(judged["environment"]), *(f"**{each}**" for each in cautions(judged["environment"]))]
    if notes:
        lines += ["", *(f"- {_escaped(note)}" for note in notes)]
    return "\n".join(lines)


def fit_lines(judged: Judged) -> list[str]:
    """Return a line for each fit, and one for all that were refused for the same reason.

    Empty if only one worker count was compared; models that always have one worker get no line.
    """
    if len({cell["workers"] for cell in judged["cells"]}) < 2:
        return []
    several = len({fit["interpreter"] for fit in judged["fits"]}) > 1
    lines, refused = [], defaultdict(list)
    for fit in judged["fits"]:
        if not fit["refused"]:
            lines.append(fit_text(fit, several=several))
        elif fit["law"] == "amdahl" and fit["worker_counts"] != [1]:
            refused[fit["refused"]].append(_who(fit, several=several))
    return [*lines, *(f"{'; '.join(who)}: no scaling law: {reason}" for reason, who in refused.items())]


def _who(fit: JudgedFit, *, several: bool) -> str:
    interpreter = f", {fit['interpreter']}" if several and fit["interpreter"] else ""
    settings = "".join(f", {key.rpartition('.')[2]} = {shown(value)}" for key, value in fit["settings"].items())
    return f"{fit['model']}{interpreter}{settings}"


def sentence(text: str) -> str:
    """Return `text` as a sentence of its own."""
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _figures(cell: JudgedCell) -> Row:
    throughput, speedup = cell["throughput_per_s"], cell["speedup"]
    return (
        str(cell["repeats"]),
        _exact(throughput["median"]) if throughput else figures.UNKNOWN,
        interval_text(throughput),
        f"{speedup['median']:.2f}" if speedup else figures.UNKNOWN,
        figures.percent(cell["efficiency"]),
        figures.seconds(cell["latency_p50_s"]),
        figures.seconds(cell["latency_p99_s"]),
        figures.seconds(cell["startup_s"]),
        figures.size(cell["rss_peak_bytes"]),
    )


def _exact(value: float | None) -> str:
    if value is None:
        return figures.UNKNOWN
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_escaped(cell) for cell in cells)} |"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")

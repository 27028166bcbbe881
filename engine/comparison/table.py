"""A comparison's judgement as a table of short texts, and as Markdown to paste."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.analysis import figure_text as figures
from engine.comparison.repetition import UNSTABLE_LOAD
from engine.workload.parameter import shown

Row = tuple[str, ...]


def header_and_rows(judged: Mapping[str, Any]) -> tuple[Row, list[Row]]:
    """Return the column titles and a row a cell; columns in which all cells are the same are left out."""
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


def remark(cell: Mapping[str, Any]) -> str:
    """Return what must be known of a cell beside its figures."""
    parts = ["best"] if cell["best"] else []
    if cell["repeats"] and not cell["stable"]:
        parts.append("unstable")
    if cell["reason"]:
        parts.append(str(cell["reason"]).partition("\n")[0])
    return "; ".join(parts)


def interval_text(interval: Mapping[str, float | None] | None) -> str:
    """Return an interval's bounds: `118 to 124`."""
    if interval is None or interval["low"] is None:
        return figures.UNKNOWN
    return f"{_exact(interval['low'])} to {_exact(interval['high'])}"


def fit_text(fit: Mapping[str, Any]) -> str:
    """Return a fit, or why there is none, as a line: of which model, its parameters with their intervals, its peak."""
    who = str(fit["model"])
    if fit["interpreter"]:
        who += f", {fit['interpreter']}"
    who += "".join(f", {key.rpartition('.')[2]} = {shown(value)}" for key, value in fit["settings"].items())
    law = {"amdahl": "Amdahl", "usl": "USL"}[fit["law"]]
    if fit["refused"]:
        return f"{who}: no scaling law: {fit['refused']}"
    words = {"single": "one worker", "serial": "serial share", "crosstalk": "crosstalk"}
    parts = [
        f"{words[name]} {each['value']:.3g} ({each['low']:.3g} to {each['high']:.3g})"
        for name, each in fit["parameters"].items()
    ]
    peak = fit["peak_workers"]
    if fit["law"] == "usl":
        parts.append(f"peak at {peak:.1f} workers" if peak is not None else "no peak predicted")
    return f"{who}: {law}: {', '.join(parts)}"


def markdown(title: str, judged: Mapping[str, Any]) -> str:
    """Return the whole comparison as Markdown: title, verdict, table and fits."""
    header, rows = header_and_rows(judged)
    lines = [f"### {title}", "", f"**{sentence(str(judged['verdict']))}**", ""]
    lines += [_line(header), _line(["---"] * len(header)), *(_line(row) for row in rows)]
    fits = [fit_text(fit) for fit in shown_fits(judged)]
    notes = [*fits, *([unstable_text(judged)] if unstable_text(judged) else [])]
    if notes:
        lines += ["", *(f"- {_escaped(note)}" for note in notes)]
    return "\n".join(lines)


def shown_fits(judged: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the fits to show: a refusal once a model, not once a law; none where one worker count was asked for."""
    if len({cell["workers"] for cell in judged["cells"]}) < 2:
        return []
    return [fit for fit in judged["fits"] if not fit["refused"] or fit["law"] == "amdahl"]


def unstable_text(judged: Mapping[str, Any]) -> str:
    """Return what `unstable` in the table means, an empty text where it does not stand there."""
    if not any(cell["repeats"] and not cell["stable"] for cell in judged["cells"]):
        return ""
    return f"unstable: other programs used more than {UNSTABLE_LOAD:.0%} of the machine before or during a run"


def sentence(text: str) -> str:
    """Return `text` as a sentence of its own."""
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _figures(cell: Mapping[str, Any]) -> Row:
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

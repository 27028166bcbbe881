"""A kept run as one HTML file: what ran, what came of it, its figures, its timeline, and the code that ran."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.handout.drawings import ledger_svg, throughput_svg
from engine.handout.page import code, escape, page, table
from engine.handout.timeline import SCRIPT, timeline
from engine.insight import figure_text as figures
from engine.lessons.picture import RunPicture
from engine.lessons.run_pictures import machine_words, picture_of
from engine.record.atomic_folder import atomic_file
from engine.record.run_folder import RunFolder


def export_html(run_folder: Path | str, target: Path | str) -> None:
    """Write a run's hand-out, whole or not at all.

    Raises ExportError where `target` cannot be written, RunFolderError where the run's folder is damaged.
    """
    text = run_handout(RunFolder(run_folder))
    with atomic_file(Path(target)) as beside:
        beside.write_text(text, encoding="utf-8")


def run_handout(folder: RunFolder) -> str:
    """Return a run's hand-out. Raises RunFolderError for one without a result, or damaged."""
    experiment = folder.experiment()
    title = str(experiment.get("title") or "Untitled")
    picture = picture_of(folder, title)
    shown = timeline(folder)
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="quiet">{escape(_about(picture.result))}</p>',
        "".join(f"<p>{escape(sentence)}</p>" for sentence in picture.result.get("insight") or ()),
        figures_of_run(picture),
        shown,
        f"<h2>The experiment</h2>{code(json.dumps(experiment, indent=2, ensure_ascii=False))}",
        _code_of(folder),
    ]
    return page(title, parts, SCRIPT if shown else "")


def figures_of_run(picture: RunPicture) -> str:
    """Return a run's figures: a table, where the time went, and the throughput."""
    result = picture.result
    tasks = result.get("tasks") or {}
    latency, processes = result.get("latency_s") or {}, result.get("processes") or {}
    rows = [
        ("Throughput", f"{figures.rate(result.get('throughput_per_s'))} tasks/s"),
        (
            "Tasks",
            f"{tasks.get('done', 0):,} done, {tasks.get('failed', 0):,} failed",
        ),
        ("Elapsed", figures.seconds(result.get("elapsed_s"))),
        ("Latency", ", ".join(f"{name} {figures.seconds(latency.get(name))}" for name in ("p50", "p90", "p99", "max"))),
        ("Processes, threads", f"{_count(processes.get('peak'))}, {_count(processes.get('threads_peak'))}"),
        ("Memory at its peak", figures.size(processes.get("rss_peak_bytes"))),
    ]
    bars = list(picture.rows) if 1 < len(picture.rows) <= 16 else [("all workers", result.get("ledger_s") or {})]
    return (
        f"<section>{table(('figure', 'value'), rows)}</section>"
        f"<section><h2>Where the time went</h2>{ledger_svg(bars)}</section>"
        f"<section><h2>Tasks a second</h2>{throughput_svg([picture])}</section>"
    )


def _about(result: Mapping[str, Any]) -> str:
    model, workers = result.get("model"), result.get("workers")
    when = str((result.get("environment") or {}).get("time") or "")[:16].replace("T", " ")
    return ", ".join(part for part in (f"{model}, {workers} workers", machine_words(result), when) if part)


def _code_of(folder: RunFolder) -> str:
    try:
        cards = json.loads((folder.path / "cards.json").read_text(encoding="utf-8"))
        source = str(cards["model"]["source"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    own = [
        str(step["source"])
        for step in folder.experiment()["workload"].get("steps") or ()
        if step.get("kind") == "python"
    ]
    return "<h2>The code that ran</h2>" + "".join(code(each) for each in (source, *own))


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else figures.UNKNOWN

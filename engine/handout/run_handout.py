"""Writes a kept run as one HTML file: the experiment, its result, figures, timeline, and the code that ran."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.handout.drawings import bars_svg, ledger_svg, throughput_svg
from engine.handout.page import code, escape, page, table
from engine.handout.timeline import SCRIPT, timeline
from engine.handout.watch_handout import watch_handout, watch_pair_handout
from engine.lessons.picture import RunPicture
from engine.lessons.run_pictures import machine_words, picture_of
from engine.record.atomic_folder import atomic_file
from engine.record.run_folder import RunFolder, RunFolderError
from engine.trace.watched import is_watch
from engine.wording import figure_text as figures
from engine.wording.state_names import shown_ledger
from engine.workload.experiment_toml import to_toml
from engine.workload.group import numbered_steps


def export_html(run_folder: Path | str, target: Path | str) -> None:
    """Write a run's hand-out, atomically.

    Raises ExportError if `target` cannot be written, RunFolderError if the run's folder is damaged.
    """
    text = run_handout(RunFolder(run_folder))
    with atomic_file(Path(target)) as beside:
        beside.write_text(text, encoding="utf-8")


def run_handout(folder: RunFolder) -> str:
    """Return a run's hand-out. Raises RunFolderError if the run has no result, or is damaged."""
    experiment = folder.experiment()
    if is_watch(experiment):
        return watch_handout(folder)
    title = str(experiment.get("title") or "Untitled")
    picture = picture_of(folder, title)
    shown = timeline(folder)
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="quiet">{escape(_about(picture.result, folder))}</p>',
        "".join(f"<p>{escape(sentence)}</p>" for sentence in picture.result.get("insight") or ()),
        figures_of_run(picture),
        shown,
        f"<h2>The experiment</h2>{code(to_toml(experiment))}",
        _code_of(folder),
    ]
    return page(title, parts, SCRIPT if shown else "")


def export_pair_html(one_folder: Path | str, other_folder: Path | str, target: Path | str) -> None:
    """Write two runs side by side, atomically. Raises what `export_html` raises."""
    text = pair_handout(RunFolder(one_folder), RunFolder(other_folder))
    with atomic_file(Path(target)) as beside:
        beside.write_text(text, encoding="utf-8")


def pair_handout(one: RunFolder, other: RunFolder) -> str:
    """Return A and B on the same axes, the ratio of their throughputs, and what differed between their experiments."""
    experiments = [folder.experiment() for folder in (one, other)]
    if all(map(is_watch, experiments)):
        return watch_pair_handout(one, other)
    if any(map(is_watch, experiments)):
        raise RunFolderError("a watched program cannot be compared with a run of a workload")
    names = [f"{letter}: {each.get('title') or 'Untitled'}" for letter, each in zip("AB", experiments, strict=True)]
    runs = [picture_of(folder, name) for folder, name in zip((one, other), names, strict=True)]
    rates = [run.result.get("throughput_per_s") for run in runs]
    bars = [
        (name, rate, f"{figures.rate(rate)} tasks/s, {_about(run.result, folder)}")
        for name, rate, run, folder in zip(names, rates, runs, (one, other), strict=True)
    ]
    title = f"{names[0]} and {names[1]}"
    parts = [f"<h1>{escape(names[0])}<br>{escape(names[1])}</h1>"]
    if rates[0] and rates[1] is not None:
        times = figures.number(rates[1] / rates[0])
        parts.append(
            f'<p><span class="big">{escape(times)}</span> times as many tasks a second in B, measured once.</p>'
        )
    parts += [
        bars_svg(bars, "Tasks a second"),
        f"<h2>Tasks a second, over time</h2>{throughput_svg(runs)}",
        f"<h2>Where the time went</h2>{ledger_svg([(run.label, shown_ledger(run.result)) for run in runs])}",
    ]
    for name, run, experiment in zip(names, runs, experiments, strict=True):
        said = "".join(f"<p>{escape(each)}</p>" for each in run.result.get("insight") or ())
        parts.append(f"<h2>{escape(name)}</h2>{said}{_table_of(run)}")
        parts.append(code(to_toml(experiment)))
    return page(title, parts)


def figures_of_run(picture: RunPicture) -> str:
    """Return a run's figures: a table, where the time went, and the throughput."""
    result = picture.result
    bars = list(picture.rows) if 1 < len(picture.rows) <= 16 else [("all workers", shown_ledger(result))]
    return (
        f"<section>{_table_of(picture)}</section>"
        f"<section><h2>Where the time went</h2>{ledger_svg(bars)}</section>"
        f"<section><h2>Tasks a second</h2>{throughput_svg([picture])}</section>"
    )


def _table_of(picture: RunPicture) -> str:
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
    return table(("figure", "value"), rows)


def _about(result: Mapping[str, Any], folder: RunFolder) -> str:
    """Return a run's model, workers, machine and time in one line."""
    model = _model_card(folder).get("title") or result.get("model")
    asked = result.get("workers")
    workers = figures.counted(asked, "worker") if isinstance(asked, int) else ""
    when = str((result.get("environment") or {}).get("time") or "")[:16].replace("T", " ")
    return ", ".join(part for part in (str(model), workers, machine_words(result), when) if part)


def _code_of(folder: RunFolder) -> str:
    source = str(_model_card(folder).get("source") or "")
    steps = numbered_steps(folder.experiment()["workload"])
    own = [str(step["source"]) for step in steps if step.get("kind") == "python" and "source" in step]
    shown = [each for each in (source, *own) if each]
    return "<h2>The code that ran</h2>" + "".join(code(each) for each in shown) if shown else ""


def _model_card(folder: RunFolder) -> Mapping[str, Any]:
    """Return the card of the run's model; empty if the run keeps none."""
    try:
        return dict(folder.cards()["model"])
    except (RunFolderError, KeyError, TypeError):
        return {}


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else figures.UNKNOWN

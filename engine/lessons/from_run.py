"""Makes a lesson's file from a run: a starting point for lecturers who write their own."""

from __future__ import annotations

from typing import Final

from engine.workload.group import parts_key
from engine.workload.toml_table import TomlTable

_DURATION_S: Final = 3.0
_SOURCE: Final = "https://docs.python.org/3/library/concurrency.html"


def lesson_from_run(experiment: TomlTable, throughput_per_s: float | None, most_workers: int | None = None) -> str:
    """Return a lesson as TOML: a statement, a question, a comparison, and a claim that the run proves.

    The claim is that throughput is at least half of this run's: a margin that the lecturer can change. The comparison
    is with twice as many workers; if that is more than `most_workers`, which the model accepts, with two threads. A
    run until it is stopped becomes one of a few seconds.
    """
    import tomlkit

    title = str(experiment.get("title") or "Untitled")
    model = {key: value for key, value in experiment["model"].items() if key != "interpreter"}
    workload = dict(experiment["workload"])
    if workload.pop("until_stopped", False):
        workload["duration_s"] = _DURATION_S
    more, difference = _with_more(title, workload, model, most_workers)
    rate = throughput_per_s or 0.0
    document = tomlkit.document()
    document.add(tomlkit.comment("A lesson made from a run: write what you want to say in place of these texts."))
    document.add(
        tomlkit.comment("`gilscope lessons --check THIS_FILE` proves its claims; docs/lessons.md explains each key.")
    )
    document["format"] = 1
    document["title"] = title
    document["about"] = f"What {title} shows."
    document["minutes"] = 5
    document["experiments"] = {
        "run": {"label": title, "workload": workload, "model": model},
        "more": more,
    }
    document["scenes"] = [
        {"kind": "statement", "title": title, "text": "Say in one sentence what this lesson shows."},
        {"kind": "question", "title": "How many tasks a second will it do?", "figure": "run.throughput_per_s",
         "unit": "tasks/s"},
        {"kind": "run", "title": title, "experiment": "run",
         "charts": [{"kind": "ledger", "look": "Say what to look at here."}, {"kind": "throughput"}]},
        {"kind": "versus", "title": difference, "experiments": ["run", "more"],
         "words": "times as many tasks"},
        {"kind": "try", "title": "Try next", "experiments": ["run", "more"]},
    ]  # fmt: skip
    document["claims"] = [
        {"text": "It does at least half of what it did when this lesson was made.",
         "relation": f"run.throughput_per_s > {rate / 2:.6g}", "source": _SOURCE},
    ]  # fmt: skip
    return tomlkit.dumps(document)


def _with_more(title: str, workload: TomlTable, model: TomlTable, most_workers: int | None) -> tuple[TomlTable, str]:
    """Return the experiment that the run is compared with, and the title of that scene."""
    key = parts_key(workload)
    if key is not None:
        parts = [{**part, "workers": 2 * int(part.get("workers", 1))} for part in workload[key]]
        more: TomlTable = {"label": f"{title}, twice the workers", "like": "run", "workload": {key: parts}}
        return more, "With twice as many workers"
    workers = 2 * int(model.get("workers", 1))
    if most_workers is not None and workers > most_workers:
        threads = {"kind": "threads", "workers": 2}
        return {"label": f"{title}, 2 threads", "workload": workload, "model": threads}, "With two threads"
    more = {"label": f"{title}, {workers} workers", "like": "run", "model": {"workers": workers}}
    return more, "With twice as many workers"

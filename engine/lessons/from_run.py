"""Makes a lesson's file from a run: a starting point for lecturers who write their own."""

from __future__ import annotations

from typing import Final

from engine.workload.toml_table import TomlTable

_SOURCE: Final = "https://docs.python.org/3/library/concurrency.html"


def lesson_from_run(experiment: TomlTable, throughput_per_s: float | None) -> str:
    """Return a lesson as TOML: a statement, a question, a comparison, and a claim that the run proves.

    The claim is that throughput is at least half of this run's: a margin that the lecturer can change.
    """
    import tomlkit

    title = str(experiment.get("title") or "Untitled")
    model = {key: value for key, value in experiment["model"].items() if key != "interpreter"}
    workers = int(model.get("workers", 1))
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
        "run": {"label": title, "workload": dict(experiment["workload"]), "model": model},
        "more": {"label": f"{title}, {2 * workers} workers", "like": "run", "model": {"workers": 2 * workers}},
    }
    document["scenes"] = [
        {"kind": "statement", "title": title, "text": "Say in one sentence what this lesson shows."},
        {"kind": "question", "title": "How many tasks a second will it do?", "figure": "run.throughput_per_s",
         "unit": "tasks/s"},
        {"kind": "run", "title": title, "experiment": "run",
         "charts": [{"kind": "ledger", "look": "Say what to look at here."}, {"kind": "throughput"}]},
        {"kind": "versus", "title": "With twice as many workers", "experiments": ["run", "more"],
         "words": "times as many tasks"},
        {"kind": "try", "title": "Try next", "experiments": ["run", "more"]},
    ]  # fmt: skip
    document["claims"] = [
        {"text": "It does at least half of what it did when this lesson was made.",
         "relation": f"run.throughput_per_s > {rate / 2:.6g}", "source": _SOURCE},
    ]  # fmt: skip
    return tomlkit.dumps(document)

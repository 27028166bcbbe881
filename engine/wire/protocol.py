"""The words between the conductor and whoever commands it: one JSON object a line, each with a `type`.

Commands (to the conductor's standard input), in any order; closing the input ends the conductor and all it started:

    {"type": "hello", "protocol": 1}
    {"type": "catalogue", "interpreter": NAME or null}     -> catalogue, for that interpreter
    {"type": "interpreters", "refresh": false}             -> interpreters, again as more are found
    {"type": "start", "run_id": ID, "experiment": {...}, "options": {...}}
                                                           -> state..., tick..., output..., ended; or refused
    {"type": "stop", "run_id": ID}
    {"type": "control", "run_id": ID, "arrival_per_s": X, "switch_interval_s": Y}   either or both, while it runs
    {"type": "export", "run_id": ID, "csv": FOLDER or null, "trace": FILE or null}  -> exported or export_failed
    {"type": "costs", "model": KEY, "interpreter": NAME or null, "measure": "if unknown" | "again" | "no"} -> costs
    {"type": "observer_cost", "run_id": ID, "trust": false, "pairs": 25} -> observer_cost..., last with cost or reason
    {"type": "observer_cost", "run_id": ID, "stop": true}
    {"type": "script", "experiment": {...}, "path": FILE or null}                   -> script_saved or script_failed

`experiment` has the shape of the experiment file. Run options, all optional: `trust` (the experiment's code may run),
`history` (keep the run; true), `nice` (added to the host's niceness; 0), `phases_limit` (2,000,000),
`sample_hz` (20), `tick_hz` (10), `folder` (where to keep the run, default the history's).

Facts (from the conductor's standard output) are the messages below.
"""

from __future__ import annotations

import json
from typing import Any, Final

PROTOCOL_VERSION: Final = 1

# The states of a worker's time, in the order in which they are stacked everywhere.
LEDGER_STATES: Final = (
    "cpu",
    "cpu_wait",
    "gil_wait",
    "io_wait",
    "lock_wait",
    "loop_wait",
    "transport",
    "idle",
)

# The stages of a run, in order. `ended` is the last of every run, however it ends.
RUN_STAGES: Final = ("starting", "warming_up", "measuring", "draining", "ended")

# What the conductor may say, and the keys of each message besides `type`. A figure that the platform cannot measure
# is null, never 0. All times are seconds; t_s counts from the command to start.
FACTS: Final[dict[str, tuple[str, ...]]] = {
    # First message: pid, the machine (`cores`, `platform`, `python`), and which figures this platform has
    # (`figures`: {"cpu_wait": bool, ...}); `cpu_wait` false means cpu_wait and gil_wait are one figure, in gil_wait.
    "ready": ("protocol", "pid", "cores", "platform", "python", "figures"),
    # interpreter: Interpreter.to_json(), and as `asked` the name that was asked for (null for the app's own). Where it
    # cannot be had: error.
    "catalogue": ("interpreter", "catalogue"),
    # interpreters: list of Interpreter.to_json(); complete: whether the search has ended.
    "interpreters": ("interpreters", "complete"),
    # The request was wrong, or was stopped before it could be checked: key (may be empty) and reason. Nothing was
    # started.
    "refused": ("run_id", "key", "reason"),
    "state": ("run_id", "stage", "t_s", "folder"),  # folder: where the run's files are, as they grow
    "tick": (
        "run_id",
        "t_s",
        "stage",
        "tasks",  # {done, failed}
        "elapsed_s",  # since the first task started
        "progress",  # 0..1, null until stopped
        "eta_s",  # null if not known
        "throughput_per_s",  # over the time since the last tick
        "cores",  # [0..1] a core, of the whole machine
        "run_cores",  # cores' worth of CPU that the run's processes used since the last tick
        "load_other",  # 0..1 of the machine, used by programs that are not ours
        # [{pid, parent, role: host|child|service, name, threads, cpu, rss_bytes, started_s, first_task_s}]
        "processes",
        "process_count",  # of the run: host and its children
        "thread_count",
        "rss_bytes",
        # Once a second, else null: [{pid, uss_bytes, voluntary_switches, involuntary_switches, voluntary_per_s,
        # involuntary_per_s, threads: [{tid, cpu, (the same four), started_s, first_task_s}]}]
        "census",
        "lane_count",
        "lanes",  # at most 64: [{lane, worker, pid, tid, tasks, state, ledger_s {state: s}}]
        "ledger_s",  # all lanes, cumulative
        "latency_s",  # {p50, p90, p95, p99, p99_9, max} of the tasks that ended since the last tick, null if none
        "latency_so_far_s",  # the same of all tasks so far, to 0.4 %, null if none
        "latency_counts",  # how many tasks so far took how long: see engine.trace.latency_buckets; null if none
        "marks",  # [{t_s, text}] what was changed by hand since the last tick
    ),
    # What the workload printed (standard output and error), as it comes; dropped: characters not kept so far.
    "output": ("run_id", "text", "dropped"),
    # The end of a run. result: the object of `gilscope run --json`, and more; folder: where its files are.
    "ended": ("run_id", "result", "folder"),
    "exported": ("run_id", "csv", "trace"),
    "export_failed": ("run_id", "reason"),
    # What a model costs on this machine under that interpreter, measured (some seconds, never during a run) or known
    # from before: a worker's start and end, its memory, what a task takes beside its work. Null: could not be told from
    # noise, or there is nothing to measure (sequential). `reason` is null, or why there are no figures.
    "costs": (
        "model",
        "interpreter",
        "create_worker_s",
        "worker_bytes",
        "task_overhead_s",
        "measured_at",
        "reason",
    ),
    # What it costs a run to be watched: its experiment again, watched and not, in turn, `done` of `of` pairs so far. In
    # the end cost {percent, low_percent, high_percent (of a task's time by the clock, with bounds of 95 %), the same of
    # its processor time as cpu_percent..., pairs, sampler_percent_of_a_core}, which its result then has too as
    # `observer_cost`; or reason: why there are no figures.
    "observer_cost": ("run_id", "done", "of", "cost", "reason"),
    # An experiment as a Python file: its text in `source`, and written to `path` unless that is null. Nothing was run.
    "script_saved": ("path", "source"),
    "script_failed": ("path", "key", "reason"),
    # The conductor could not do what a line asked, and it is no run's fault. key: of the value that was wrong in it, as
    # the reason names it; empty where it was none.
    "error": ("key", "reason"),
}


def encode(message: dict[str, Any]) -> bytes:
    """Return `message` as one line, newline included."""
    return json.dumps(message, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def decode(line: bytes | str) -> dict[str, Any]:
    """Return the message in `line`. Raises ValueError that says what is wrong with it."""
    message = json.loads(line)
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise ValueError("a message is a JSON object with a type")
    return message

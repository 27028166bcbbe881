"""What takes minutes: a soak of runs in a row, and two windows and two commands that share one history."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import psutil

from engine.history.store import Store
from engine.wire.client import Conductor
from tests.commands import COMMAND, environment
from tests.conducting import experiment, run

SOAKED: Final = ("threads", "thread-pool", "sequential", "asyncio", "processes", "process-pool")
STEP: Final = {"kind": "sleep", "duration_ms": 1.0}
LIMIT_S: Final = 180.0
_WINDOW: Final = """
import sys
from pathlib import Path
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
application = QApplication([])
from gui.session.conductor_process import ConductorProcess
from gui.settings import Settings
from gui.workbench import Workbench
conductor = ConductorProcess()
conductor.start()
workbench = Workbench(application, conductor, Settings(Path(sys.argv[2]) / "settings.ini"))
workbench.window.may_close = lambda: True
workbench.open(Path(sys.argv[1]))
workbench.load_views()
def wait_for(holds):
    while not holds():
        QTest.qWait(20)  # and not without a pause: the engines need the cores
wait_for(workbench.actions["run"].isEnabled)
workbench.runs.run()
assert workbench.session.running
wait_for(lambda: not workbench.session.running)
data = workbench.session.data
print(data.run_id, data.status, flush=True)
workbench.window.close()
workbench.close()
"""


def soak(runs: int) -> tuple[dict[str, int], dict[str, int]]:
    """Make so many runs in a row in one conductor; return what it held after a tenth of them, and after all.

    Each is its open files, threads, child processes and resident kilobytes.
    """
    with Conductor() as conductor:
        early: dict[str, int] = {}
        for number in range(runs):
            result = run(conductor, experiment([STEP], SOAKED[number % len(SOAKED)], 2, tasks=20))
            assert result["status"] == "finished", result["reason"]
            if number + 1 == max(len(SOAKED), runs // 10):
                early = held(conductor.pid)
        return early, held(conductor.pid)


def held(pid: int) -> dict[str, int]:
    """Return what a process holds."""
    process = psutil.Process(pid)
    return {
        "files": process.num_fds() if hasattr(process, "num_fds") else process.num_handles(),
        "threads": process.num_threads(),
        "children": len(process.children(recursive=True)),
        "rss_kb": process.memory_info().rss // 1024,
    }


def share_a_history(folder: Path) -> list[str]:
    """Have two windows and two commands run at the same time with one history; return the ids of its runs."""
    file = folder / "experiment.toml"
    file.write_text(
        'format = 1\ntitle = "Shared"\n[workload]\nduration_s = 1.0\n[[workload.steps]]\nkind = "sleep"\n'
        'duration_ms = 2.0\n[model]\nkind = "threads"\nworkers = 2\n',
        encoding="utf-8",
    )
    data = folder / "data"
    window = [sys.executable, "-P", "-c", _WINDOW, str(file)]
    commands = [[*window, str(folder / name)] for name in ("one", "two")] + [[*COMMAND, "run", str(file)]] * 2
    shared = {**environment(data), "QT_QPA_PLATFORM": "offscreen", "GILSCOPE_CACHE": str(folder / "cache")}
    for name in ("one", "two"):
        os.mkdir(folder / name)
    pipe = subprocess.PIPE
    started = [subprocess.Popen(each, env=shared, stdout=pipe, stderr=pipe, text=True) for each in commands]
    try:
        said = [each.communicate(timeout=LIMIT_S) for each in started]
    finally:
        for each in started:
            if each.poll() is None:
                each.terminate()
                each.communicate()
    assert [each.returncode for each in started] == [0] * 4, said
    with Store(data) as store:
        store.recover()
        assert not store.problems
        runs = store.runs()
    assert {each.status for each in runs} == {"finished"}
    return [each.run_id for each in runs]

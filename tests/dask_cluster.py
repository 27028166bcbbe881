"""A Dask cluster of the tests' own, in processes that know nothing of us."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.conducting import wait_until

START_S = 60.0


class Cluster:
    """A scheduler with one worker, in processes of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        file = folder / "scheduler.json"
        self._log = (folder / "log").open("wb")
        options = ["--host", "127.0.0.1", "--no-dashboard"]
        self.scheduler = self._start("scheduler", *options, "--port", "0", "--scheduler-file", str(file))
        self.worker = self._start(
            "worker", *options, "--scheduler-file", str(file), "--nthreads", "2", "--no-nanny", "--death-timeout", "30"
        )
        self.processes = [self.scheduler, self.worker]
        wait_until(lambda: file.exists() and bool(file.read_text().strip()), START_S)
        self.address = str(json.loads(file.read_text())["address"])

    def _start(self, what: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-W", "ignore", "-m", f"distributed.cli.dask_{what}", *arguments]
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
            cwd=self._folder,
        )

    def kill(self) -> None:
        """End it at once."""
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._log.close()

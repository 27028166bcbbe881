"""Services: the servers that steps talk to, started by name when a run needs them, kept until the conductor ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection
from typing import IO, Final

from engine.conductor import services
from engine.interpreters.installed import app_interpreter, host_arguments, host_environment
from engine.launch.host_description import ENGINE_PARENT
from engine.processes.guard import Guard, start_options
from engine.processes.spawn import spawn

START_LIMIT_S: Final = 10.0


class Services:
    """The services of one conductor. `changed` is called, from another thread, when one has started to listen."""

    def __init__(self, guard: Guard, changed: Callable[[], None]) -> None:
        self._guard = guard
        self._changed = changed
        self._running: dict[str, _Service] = {}

    def need(self, names: Collection[str]) -> None:
        """Start those that are not running. Raises LookupError for an unknown name, OSError if one cannot start."""
        for name in names:
            if name not in services.names():
                raise LookupError(f"there is no service called {name}")
            before = self._running.get(name)
            if before is None or not before.alive():
                # At the same port, if it died: a run may be using it.
                port = before.port if before is not None and before.port else 0
                if before is not None:
                    before.close()
                self._running[name] = _Service(name, port, self._guard, self._changed)

    def addresses(self, names: Collection[str]) -> dict[str, str] | None:
        """Return the services' addresses, None until all of them listen. Raises OSError if one does not start."""
        found = {}
        for name in names:
            service = self._running[name]
            if not service.port:
                if not service.alive() or time.monotonic() - service.started_s > START_LIMIT_S:
                    raise OSError(f"the {name} service did not start")
                return None
            found[name] = f"127.0.0.1:{service.port}"
        return found

    def check(self) -> list[str]:
        """Restart the services that died, and return their names. Raises OSError if one cannot start."""
        died = [name for name, service in self._running.items() if not service.alive()]
        self.need(died)
        return died

    def pids(self) -> dict[int, str]:
        """Return the services' processes and their names."""
        return {service.pid: name for name, service in self._running.items()}

    def close(self) -> None:
        """End them all."""
        for service in self._running.values():
            service.close()
        self._running.clear()


class _Service:
    def __init__(self, name: str, port: int, guard: Guard, changed: Callable[[], None]) -> None:
        own = app_interpreter()
        self._guard = guard
        self._process = spawn(
            [own.path, *host_arguments(own), "-m", f"{services.__name__}.{name}", "--port", str(port)],
            env=guard.marked(host_environment(os.environ, ENGINE_PARENT)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            **start_options(),
        )
        self.pid = self._process.pid
        guard.watch_group(self.pid)
        self.port = 0
        self.started_s = time.monotonic()
        assert self._process.stdout is not None
        threading.Thread(
            target=self._read, args=(self._process.stdout, changed), name=f"{name}-service", daemon=True
        ).start()

    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(0.5)
        except subprocess.TimeoutExpired:
            self._kill()
            self._process.wait()
        self._guard.forget_group(self.pid)

    def _kill(self) -> None:
        if sys.platform == "win32":
            self._process.kill()
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def _read(self, pipe: IO[bytes], changed: Callable[[], None]) -> None:
        with contextlib.suppress(ValueError, LookupError, TypeError), pipe:
            self.port = int(json.loads(pipe.readline())["port"])
            changed()
            pipe.read()  # blocks until the service ends; it prints nothing more
        changed()

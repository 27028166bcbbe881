"""The rest of a script, besides its steps and its model. Scripts copy these functions unchanged.

The constants and `bind_steps` are placeholders for each script's own.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import itertools
import multiprocessing
import os
import random
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import AsyncIterator, Iterator
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import parse_qs, urlsplit

from engine.workload.item import Item, NamedItem

TASKS: int | None = None
DURATION_S: float | None = None
ARRIVAL_PER_S: float | None = None
SEED = 1

# Every worker, in whatever process, finds the run's folder here.
FOLDER = "GILSCOPE_SCRIPT_FOLDER"
HTTP_ADDRESS = "HTTP_ADDRESS"

mine = threading.local()


def bind_steps() -> list[Any]:
    """A placeholder for the script's own."""
    raise NotImplementedError


def do_task(item: Item) -> bytes:
    """Do one task: its steps, in order. A step that fails ends its task and nothing else."""
    given = NamedItem(*item)
    try:
        for step in my_steps():
            step(given)
    except (Exception, SystemExit):
        note_failure()
    return given.payload


async def do_task_async(item: Item) -> bytes:
    """Do one task: its steps, in order. A step that fails ends its task and nothing else."""
    given = NamedItem(*item)
    try:
        for step in my_steps():
            result = step(given)
            if inspect.isawaitable(result):
                await result
    except (Exception, SystemExit):
        note_failure()
    return given.payload


def my_steps() -> list[Any]:
    """Return this worker's steps, prepared at its first task."""
    if not hasattr(mine, "steps"):
        mine.steps = bind_steps()
        note("begun", str(time.perf_counter_ns()))
    steps: list[Any] = mine.steps
    return steps


def note_failure() -> None:
    """Count a failed task; the first failure's traceback is printed."""
    note("failed", "1")
    with contextlib.suppress(FileExistsError), open(os.path.join(os.environ[FOLDER], "first-failure"), "x"):
        traceback.print_exc()


def note(name: str, text: str) -> None:
    """Add a line to a file that all workers share."""
    with open(os.path.join(os.environ[FOLDER], name), "a", encoding="utf-8") as file:
        file.write(text + "\n")


def noted(name: str) -> list[str]:
    """Return the lines that the workers have added."""
    try:
        with open(os.path.join(os.environ[FOLDER], name), encoding="utf-8") as file:
            return file.read().split()
    except FileNotFoundError:
        return []


class Items:
    """The tasks, one after the other, for `for` and `async for`. Threads may share it; each task is handed out once."""

    def __init__(self, payload: bytes = b"") -> None:
        self._payload = payload
        self._numbers, self._handed_out = itertools.count(), itertools.count()
        self._random = random.Random(SEED)
        self._arrived = 0.0
        self._start_ns = 0
        self._ended = False
        # With a GIL counting is atomic, and threads would only wait for the lock.
        has_gil = getattr(sys, "_is_gil_enabled", lambda: True)()
        self._lock = None if has_gil and ARRIVAL_PER_S is None else threading.Lock()

    def __iter__(self) -> Iterator[NamedItem]:
        return self

    def __next__(self) -> NamedItem:
        item = self._take()
        while (wait_ns := item.due_ns - time.perf_counter_ns()) > 0:
            time.sleep(wait_ns / 1e9)
        return item

    def __aiter__(self) -> AsyncIterator[NamedItem]:
        return self

    async def __anext__(self) -> NamedItem:
        try:
            item = self._take()
        except StopIteration:
            raise StopAsyncIteration from None
        while (wait_ns := item.due_ns - time.perf_counter_ns()) > 0:
            await asyncio.sleep(wait_ns / 1e9)
        return item

    def end(self, *_: object) -> None:
        """Stop handing out tasks."""
        self._ended = True

    def handed_out(self) -> int:
        """Return how many tasks were handed out; call it once, at the end."""
        return next(self._handed_out)

    def _take(self) -> NamedItem:
        with self._lock or contextlib.nullcontext():
            now_ns = time.perf_counter_ns()
            self._start_ns = self._start_ns or now_ns
            number = next(self._numbers)
            due_ns = self._arrive() if ARRIVAL_PER_S is not None else 0
            late = DURATION_S is not None and max(now_ns, due_ns) - self._start_ns >= DURATION_S * 1e9
            if self._ended or late or (TASKS is not None and number >= TASKS):
                self._ended = True
                raise StopIteration
            next(self._handed_out)
            return NamedItem(due_ns, number, self._payload)

    def _arrive(self) -> int:
        """Draw the time of the next arrival, at random with the mean rate."""
        self._arrived += self._random.expovariate(1.0)
        return self._start_ns + int(self._arrived / (ARRIVAL_PER_S or 1.0) * 1e9)


@contextlib.contextmanager
def work_folder() -> Iterator[None]:
    """Work in a temporary folder, which is removed at the end."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory(prefix="gilscope-", ignore_cleanup_errors=True) as folder:
        os.environ[FOLDER] = folder
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def report(items: Items, start_ns: int) -> None:
    """Print how many tasks were done, and how fast, from the first task's start until all workers had ended."""
    end_ns = time.perf_counter_ns()
    tasks, failed = items.handed_out(), len(noted("failed"))
    first_ns = min(map(int, noted("begun")), default=start_ns)
    seconds = (end_ns - first_ns) / 1e9
    print(f"tasks: {tasks}" + (f", of which {failed} failed" if failed else ""))
    print(f"seconds: {seconds:.6f} (the first task began {(first_ns - start_ns) / 1e9:.6f} s after the start)")
    print(f"throughput: {(tasks - failed) / seconds:.3f} tasks/s")


@contextlib.contextmanager
def http_server() -> Iterator[None]:
    """Run a server to fetch from, in a separate process, unless the variable HTTP_ADDRESS names one."""
    if os.environ.get(HTTP_ADDRESS):
        yield
        return
    context = multiprocessing.get_context("spawn")
    pipe, its_end = context.Pipe()
    server = context.Process(target=serve_http, args=(its_end,), daemon=True)
    server.start()
    its_end.close()
    os.environ[HTTP_ADDRESS] = f"127.0.0.1:{pipe.recv()}"
    try:
        yield
    finally:
        pipe.close()
        server.terminate()
        server.join()


def serve_http(pipe: Connection) -> None:
    """Run in the server's process: serve until the other end of the pipe is closed."""

    async def serve() -> None:
        server = await asyncio.start_server(answer_http, "127.0.0.1", 0, backlog=1024)
        pipe.send(server.sockets[0].getsockname()[1])
        with contextlib.suppress(EOFError):
            await asyncio.to_thread(pipe.recv)
        os._exit(0)

    asyncio.run(serve())


async def answer_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one client's requests, each after the requested delay and with the requested size."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while head := await reader.readuntil(b"\r\n\r\n"):
            start_ns = time.perf_counter_ns()
            query = parse_qs(urlsplit(head.split(b" ", 2)[1].decode()).query)
            await asyncio.sleep(float(query["delay_ms"][0]) / 1e3)
            body = bytes(int(query["response_kib"][0]) * 1024)
            service_ns = time.perf_counter_ns() - start_ns
            lines = ("HTTP/1.1 200 OK", f"Content-Length: {len(body)}", f"X-Service-Ns: {service_ns}", "", "")
            writer.write("\r\n".join(lines).encode() + body)
            await writer.drain()
    writer.close()

"""The rest of a plain script, besides its steps and its model. Scripts copy these functions unchanged."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import traceback
from typing import Any
from urllib.parse import parse_qs, urlsplit


def note_failure() -> None:
    """Count a task that failed, in whatever process; the first one's traceback is shown."""
    with open("failed", "a", encoding="ascii") as file:
        file.write("x")
    with contextlib.suppress(FileExistsError), open("first-failure", "x", encoding="ascii"):
        traceback.print_exc()


def failures() -> int:
    """Return how many tasks failed."""
    return os.path.getsize("failed") if os.path.exists("failed") else 0


def note_start() -> None:
    """Say that a process does its first task: the clock of all starts with the first of them."""
    with contextlib.suppress(FileExistsError):
        open("begun", "x").close()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one client's requests, each after the delay and with the size that it asks for."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while head := await reader.readuntil(b"\r\n\r\n"):
            query = parse_qs(urlsplit(head.split(b" ", 2)[1].decode()).query)
            await asyncio.sleep(float(query["delay_ms"][0]) / 1e3)
            body = bytes(int(query["response_kib"][0]) * 1024)
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
    writer.close()


def serve(ports: Any) -> None:
    """Run in the server's process, until that is ended."""

    async def answer_all() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(answer_all())


def start_server() -> None:
    """Start a server to fetch from, in a separate process that ends with this one."""
    context = multiprocessing.get_context("spawn")
    ports = context.Queue()
    context.Process(target=serve, args=(ports,), daemon=True).start()
    os.environ["HTTP_ADDRESS"] = f"127.0.0.1:{ports.get()}"


class FirstItems:
    """Where the first stage takes its items."""

    def __init__(self, items: Any) -> None:
        self.items = items

    def get(self) -> Any:
        """Return the next item, None after the last."""
        return next(self.items, None)


class AsyncFirstItems:
    """Where the first stage, of coroutines, takes its items."""

    def __init__(self, items: Any) -> None:
        self.items = items

    async def get(self) -> Any:
        """Return the next item, None after the last."""
        return await anext(self.items, None)


class LastPut:
    """The end of the last stage, which drops items."""

    def put(self, item: Any) -> None:
        """Let go of the item."""


class AsyncLastPut:
    """The end of the last stage of coroutines, which drops items."""

    async def put(self, item: Any) -> None:
        """Let go of the item."""


class Passed:
    """A queue for the items that passed a stage; the stage returns None for a failed task, which is dropped."""

    def __init__(self, queue: Any) -> None:
        self.queue = queue

    def put(self, item: Any) -> None:
        """Hand an item on."""
        if item is not None:
            self.queue.put(item)


class AsyncPassed:
    """An asyncio queue for the items that passed a stage."""

    def __init__(self, queue: Any) -> None:
        self.queue = queue

    async def put(self, item: Any) -> None:
        """Hand an item on."""
        if item is not None:
            await self.queue.put(item)


class InThread:
    """A queue of threads or processes, for coroutines: each waits for it in a thread."""

    def __init__(self, queue: Any) -> None:
        self.queue = queue

    async def get(self) -> Any:
        """Return the next item."""
        return await asyncio.to_thread(self.queue.get)

    async def put(self, item: Any) -> None:
        """Hand an item on."""
        await asyncio.to_thread(self.queue.put, item)


def feed(items: Any, queue: Any, workers: int) -> None:
    """Put every item into the queue of a stage of processes, and then None for each of its workers."""
    for item in items:
        queue.put(item)
    for _ in range(workers):
        queue.put(None)


def run_one(run: Any, stage: Any, following: Any = None, following_workers: int = 0, **options: Any) -> None:
    """Run a stage; then tell each worker of the following one that no more items come."""
    run(*stage, **options)
    for _ in range(following_workers):
        following.put(None)


async def run_one_async(
    run: Any, stage: Any, following: Any = None, following_workers: int = 0, **options: Any
) -> None:
    """Run a stage of coroutines; then tell each worker of the following one that no more items come."""
    await run(*stage, **options)
    for _ in range(following_workers):
        await following.put(None)

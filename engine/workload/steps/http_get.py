"""Fetches a page over HTTP from a real server on this machine, with a delay and a size that can be chosen."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import AsyncGenerator

from engine.workload.catalogue import StepCard
from engine.workload.draw import DISTRIBUTIONS, draw
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.plain import ADDRESS, TASK, WORKER, Plain, drawn, made
from engine.workload.steps import Bound, BoundAsync, StepContext, StepDescriptor

# The server's own service time, in nanoseconds: the unavoidable part of the client's wait.
_SERVICE_TIME = "x-service-ns"

_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Connections:
    """An event loop's keep-alive connections to one server: one for each task that fetches at the same time."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._host, _, self._port = address.rpartition(":")
        self._free: list[_Connection] = []
        self._closing: AsyncGenerator[None, None] | None = None

    async def take(self) -> _Connection:
        """Return a connection that no task is using."""
        if self._closing is None:
            # asyncio.run closes a loop's asynchronous generators before the loop ends, and so these connections.
            self._closing = self._close_at_end()
            await self._closing.__anext__()
        if self._free:
            return self._free.pop()
        return await asyncio.open_connection(self._host, int(self._port))

    def give_back(self, connection: _Connection) -> None:
        """Keep a connection for the next task."""
        self._free.append(connection)

    async def _close_at_end(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            for _, writer in self._free:
                writer.close()


def run(connection: http.client.HTTPConnection, target: str) -> tuple[bytes, http.client.HTTPMessage]:
    """Fetch `target` over a keep-alive connection; return the body and the headers."""
    try:
        connection.request("GET", target)
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise OSError(f"the server answered {response.status} {response.reason}")
    except (OSError, http.client.HTTPException):
        connection.close()  # the next task starts with a new connection
        raise
    return body, response.headers


async def run_async(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, target: str
) -> tuple[bytes, dict[str, str]]:
    """Fetch `target` over a keep-alive connection without blocking; returns what `run` does."""
    writer.write(f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("ascii"))
    await writer.drain()
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    if " 200 " not in head[0]:
        raise OSError(f"the server answered {head[0].partition(' ')[2]}")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    body = await reader.readexactly(int(headers["content-length"]))
    return body, headers


async def fetch(connections: Connections, target: str) -> tuple[bytes, dict[str, str]]:
    """Fetch `target` over a connection that no other task uses meanwhile; returns what `run` does."""
    connection = await connections.take()
    try:
        found = await run_async(*connection, connections.address, target)
    except BaseException:
        connection[1].close()
        raise
    connections.give_back(connection)
    return found


def connect(address: str, delay_ms: float) -> http.client.HTTPConnection:
    """Return a connection, which its first request opens; its timeout allows for the server's delay."""
    return http.client.HTTPConnection(address, timeout=60 + delay_ms / 100)


def target_of(delay_ms: float, response_kib: int) -> str:
    """Return the request's target: path and query."""
    return f"/?delay_ms={delay_ms:.3f}&response_kib={response_kib}"


def _bind(context: StepContext, delay_ms: float, response_kib: int, distribution: str) -> Bound:
    seed, number = context.seed, context.number
    connection = connect(context.services["http"], delay_ms)

    def step(item: NamedItem) -> int:
        delay = draw(distribution, delay_ms, seed, number, item.number)
        return int(run(connection, target_of(delay, response_kib))[1][_SERVICE_TIME])

    return step


def _bind_async(context: StepContext, delay_ms: float, response_kib: int, distribution: str) -> BoundAsync:
    seed, number = context.seed, context.number
    connections = Connections(context.services["http"])

    async def step(item: NamedItem) -> int:
        delay = draw(distribution, delay_ms, seed, number, item.number)
        return int((await fetch(connections, target_of(delay, response_kib)))[1][_SERVICE_TIME])

    return step


def plain(number: int, delay_ms: float, response_kib: int, distribution: str) -> Plain:
    """Return the step for a script."""
    delay = drawn(distribution, delay_ms, number)
    is_same = delay == delay_ms  # for every task
    target = (
        target_of(delay_ms, response_kib)
        if is_same
        else made(target_of, TASK, delay_ms=delay, response_kib=response_kib)
    )
    connection = made(connect, WORKER, address=ADDRESS, delay_ms=delay_ms)
    connections = made(Connections, WORKER, address=ADDRESS)
    return Plain(
        "http_get",
        run,
        {"connection": connection, "target": target},
        fetch,
        {"connections": connections, "target": target},
        may_fail=True,
    )


STEP = StepDescriptor(
    StepCard(
        key="http-get",
        title="Fetch over HTTP",
        summary="Fetches a page from a real server on this machine: waits for the network, releases the GIL.",
        waits_on="network",
        holds_gil=False,
        has_async=True,
        group="Wait",
        services=("http",),
        parameters=(
            Parameter(
                "delay_ms",
                "Server's delay",
                Kind.NUMBER,
                20.0,
                "How long the server takes to answer; the mean where it is drawn.",
                unit="ms",
                minimum=0.0,
                maximum=600_000.0,
            ),
            Parameter(
                "response_kib", "Page", Kind.INTEGER, 16, "The page's size.", unit="KiB", minimum=0, maximum=65_536
            ),
            Parameter(
                "distribution",
                "Distribution",
                Kind.CHOICE,
                "constant",
                "constant: always the same; uniform: from 0 to twice the mean; exponential: mostly short, some long.",
                choices=DISTRIBUTIONS,
            ),
        ),
    ),
    _bind,
    _bind_async,
    plain=plain,
)

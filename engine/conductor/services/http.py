"""A small HTTP/1.1 server that answers after the delay and with the size it is asked for."""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple, cast
from urllib.parse import parse_qsl, urlsplit

from engine.processes.file_limit import raise_file_limit

MAX_DELAY_MS: Final = 3_600_000.0
MAX_RESPONSE_KIB: Final = 65_536
MAX_HEAD_BYTES: Final = 16_384
MAX_PIPELINED: Final = 100
_BACKLOG: Final = 4096


class BadRequestError(ValueError):
    """A request to which the answer is status 400; the text says what is wrong with it."""


class HttpRequest(NamedTuple):
    """What a request asks for: an answer after `delay_s`, of `size_bytes`, and whether the connection stays."""

    delay_s: float
    size_bytes: int
    keep_alive: bool


def parse_request(head: bytes) -> HttpRequest:
    """Read a request's head, without the empty line that ends it. Raises BadRequestError."""
    lines = head.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or parts[2] not in ("HTTP/1.1", "HTTP/1.0"):
        raise BadRequestError("the request line is not METHOD TARGET HTTP/1.1")
    if parts[0] != "GET":
        raise BadRequestError("only GET is answered")
    headers = _headers(lines[1:])
    if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
        raise BadRequestError("a GET request has no body here")
    connection = headers.get("connection", "").lower()
    keep_alive = connection == "keep-alive" if parts[2] == "HTTP/1.0" else connection != "close"
    return HttpRequest(*_query(parts[1]), keep_alive)


def _headers(lines: list[str]) -> dict[str, str]:
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BadRequestError("a header is not NAME: VALUE")
        headers[name.lower()] = value.strip()
    return headers


def _query(target: str) -> tuple[float, int]:
    try:
        url = urlsplit(target)
    except ValueError:
        raise BadRequestError("the target is not a URL") from None
    if url.path != "/":
        raise BadRequestError("the only path is /")
    delay_s, size_bytes = 0.0, 0
    for name, value in parse_qsl(url.query, keep_blank_values=True):
        if name == "delay_ms":
            delay_s = _number(name, value, MAX_DELAY_MS) / 1e3
        elif name == "response_kib":
            size = _number(name, value, MAX_RESPONSE_KIB)
            if not size.is_integer():
                raise BadRequestError("response_kib must be a whole number")
            size_bytes = int(size) * 1024
        else:
            raise BadRequestError("the query knows delay_ms and response_kib")
    return delay_s, size_bytes


def _number(name: str, text: str, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise BadRequestError(f"{name} must be a number") from None
    if not (math.isfinite(value) and 0 <= value <= most):
        raise BadRequestError(f"{name} must be from 0 to {most:g}")
    return value


@lru_cache(maxsize=4)
def _body(size_bytes: int) -> bytes:
    return (b"0123456789abcdef" * (size_bytes // 16 + 1))[:size_bytes]


class Connection(asyncio.Protocol):
    """One client's connection: requests are answered one at a time, in the order in which they came."""

    def __init__(self) -> None:
        self._input = bytearray()
        self._waiting: deque[HttpRequest] = deque()
        self._answering = False
        self._paused = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._input += data
        try:
            while (end := self._input.find(b"\r\n\r\n")) >= 0:
                head = bytes(self._input[:end])
                del self._input[: end + 4]
                self._waiting.append(parse_request(head))
            if len(self._input) > MAX_HEAD_BYTES or len(self._waiting) > MAX_PIPELINED:
                raise BadRequestError("that is too much for one request")
        except BadRequestError as error:
            self._refuse(str(error))
        self._answer_next()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._answer_next()

    def _refuse(self, reason: str) -> None:
        self._waiting.clear()
        if not self._transport.is_closing():
            text = reason.encode() + b"\n"
            self._transport.write(
                b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(text), text)
            )
            self._transport.close()

    def _answer_next(self) -> None:
        if self._answering or self._paused or not self._waiting or self._transport.is_closing():
            return
        request = self._waiting.popleft()
        self._answering = True
        started_ns = time.perf_counter_ns()
        if request.delay_s:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(request.delay_s, self._answer, request, started_ns)
        else:
            self._answer(request, started_ns)

    def _answer(self, request: HttpRequest, started_ns: int) -> None:
        self._answering = False
        if self._transport.is_closing():
            return
        body = _body(request.size_bytes)
        head = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n%s"
            b"X-Service-Ns: %d\r\n\r\n"
            % (
                len(body),
                b"" if request.keep_alive else b"Connection: close\r\n",
                time.perf_counter_ns() - started_ns,
            )
        )
        self._transport.write(head + body)
        if request.keep_alive:
            self._answer_next()
        else:
            self._transport.close()


async def serve(port: int, listening: Callable[[int], None]) -> None:
    """Serve on loopback until standard input closes; call `listening` with the port once it accepts connections."""
    loop = asyncio.get_running_loop()
    closed = asyncio.Event()

    def watch_input() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        loop.call_soon_threadsafe(closed.set)

    server = await loop.create_server(Connection, "127.0.0.1", port, backlog=_BACKLOG)
    threading.Thread(target=watch_input, name="input", daemon=True).start()
    listening(server.sockets[0].getsockname()[1])
    await closed.wait()
    server.close()


def main() -> None:
    """Run the service as a process."""
    parser = argparse.ArgumentParser(prog="http")
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    raise_file_limit()

    def say(port: int) -> None:
        print(json.dumps({"type": "listening", "port": port}), flush=True)

    asyncio.run(serve(arguments.port, say))


if __name__ == "__main__":
    main()

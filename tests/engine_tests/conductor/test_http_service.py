"""The HTTP service: a real process, real sockets."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "engine.conductor.services.http"],
        env={"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    assert first["type"] == "listening"
    yield process, first["port"]
    process.communicate(timeout=5)


def get(connection: http.client.HTTPConnection, target: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection.request("GET", target)
    response = connection.getresponse()
    return response, response.read()


def raw(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(request)
        answer = b""
        while data := client.recv(65_536):
            answer += data
        return answer


def test_answers_with_the_size_and_the_delay_asked_for(service: tuple[object, int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", service[1], timeout=5)
    for delay_ms, size_kib in [(0, 0), (30, 3), (0.5, 1), (0, 1024)]:
        begun = time.perf_counter_ns()
        response, body = get(connection, f"/?delay_ms={delay_ms}&response_kib={size_kib}")
        elapsed_ns = time.perf_counter_ns() - begun
        service_ns = int(response.headers["X-Service-Ns"])
        assert response.status == 200
        assert len(body) == size_kib * 1024
        # An event loop's timer may fire its clock's resolution early.
        assert (delay_ms - 0.01) * 1e6 <= service_ns <= elapsed_ns
    connection.close()


def test_a_connection_is_kept_unless_told_otherwise(service: tuple[object, int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", service[1], timeout=5)
    get(connection, "/")
    first = connection.sock
    get(connection, "/")
    assert connection.sock is first
    connection.close()
    answer = raw(service[1], b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert raw(service[1], b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 OK")


def test_pipelined_requests_are_answered_in_order(service: tuple[object, int]) -> None:
    one = b"GET /?delay_ms=%d&response_kib=%d HTTP/1.1\r\n\r\n"
    last = b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"
    answer = raw(service[1], one % (20, 2) + one % (0, 1) + last)
    lengths = [int(line.split(b":")[1]) for line in answer.split(b"\r\n") if line.startswith(b"Content-Length")]
    assert lengths == [2048, 1024, 0]


@pytest.mark.parametrize(
    "request_line",
    [
        b"nonsense",
        b"POST / HTTP/1.1",
        b"GET /other HTTP/1.1",
        b"GET / HTTP/2",
        b"GET /?delay_ms=-1 HTTP/1.1",
        b"GET /?delay_ms=nan HTTP/1.1",
        b"GET /?delay_ms= HTTP/1.1",
        b"GET /?response_kib=1.5 HTTP/1.1",
        b"GET /?response_kib=99999999 HTTP/1.1",
        b"GET /?what=1 HTTP/1.1",
        b"GET //[x HTTP/1.1",
        b"GET / HTTP/1.1\r\nno header",
        b"GET / HTTP/1.1\r\nContent-Length: 5",
        b"\xff\xfe\x00",
        b"G" * 40_000,
    ],
)
def test_bad_requests_get_400_and_a_reason(service: tuple[object, int], request_line: bytes) -> None:
    answer = raw(service[1], request_line + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.split(b"\r\n\r\n")[1].strip()
    assert raw(service[1], b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 ")  # and it goes on


def test_two_thousand_requests_wait_at_once(service: tuple[subprocess.Popen[bytes], int]) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 3000:
        pytest.skip("this machine lets a process open fewer than 3000 files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 3000), hard))
    clients = [socket.create_connection(("127.0.0.1", service[1]), timeout=10) for _ in range(2000)]
    begun = time.perf_counter()
    for client in clients:
        client.sendall(b"GET /?delay_ms=500 HTTP/1.1\r\nConnection: close\r\n\r\n")
    answers = [client.recv(4096) for client in clients]
    elapsed = time.perf_counter() - begun
    for client in clients:
        client.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert all(answer.startswith(b"HTTP/1.1 200 OK") for answer in answers)
    assert elapsed < 2000 * 0.5 / 10  # in turn they would take a thousand seconds


@pytest.mark.parametrize("busy", [False, True])
def test_it_ends_when_its_input_closes(busy: bool) -> None:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "engine.conductor.services.http"],
        env={"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    port = json.loads(process.stdout.readline())["port"]
    client = socket.create_connection(("127.0.0.1", port), timeout=5)
    if busy:
        client.sendall(b"GET /?delay_ms=60000 HTTP/1.1\r\n\r\n")
    closer = threading.Thread(target=process.communicate)
    closer.start()
    closer.join(5)
    client.close()
    assert not closer.is_alive()
    assert process.returncode == 0

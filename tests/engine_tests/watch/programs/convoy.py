"""A server whose answers take no time, beside a thread that computes; its client is a process of its own."""

from __future__ import annotations

import socket
import subprocess
import sys

from own_clocks import OwnClocks, side_by_side

CLIENT = """
import socket, sys
peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
while True:
    peer.sendall(b"x")
    if not peer.recv(64): break
"""
server = socket.create_server(("127.0.0.1", 0))
client = subprocess.Popen([sys.executable, "-S", "-c", CLIENT, str(server.getsockname()[1])], stderr=subprocess.DEVNULL)
peer, _ = server.accept()


def spin() -> None:
    own = OwnClocks()
    while own.goes_on():
        pass
    own.tell()


def serve() -> None:
    own = OwnClocks()
    while own.goes_on():
        with own.waiting("network"):
            data = peer.recv(64)
        with own.waiting("network"):
            peer.sendall(data)
    own.tell()


side_by_side(spin, serve)
peer.close()
client.wait()

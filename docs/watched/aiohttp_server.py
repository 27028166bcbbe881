"""An aiohttp server under load on loopback: one handler waits, the other hashes a password in the event loop.

With `threads` as argument the hash is made in a thread. The load is a process of its own.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
import time

from aiohttp import ClientSession, web

FOR_S = 8.0


def digest() -> str:
    return hashlib.pbkdf2_hmac("sha256", b"a password", b"salt", 60_000).hex()


async def page(_request: web.Request) -> web.Response:
    await asyncio.sleep(0.01)
    return web.Response(text="a page")


async def login(_request: web.Request) -> web.Response:
    return web.Response(text=await asyncio.to_thread(digest) if "threads" in sys.argv else digest())


async def serve() -> None:
    app = web.Application()
    app.add_routes([web.get("/page", page), web.get("/login", login)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = str(runner.addresses[0][1])
    load = await asyncio.create_subprocess_exec(sys.executable, __file__, "load", port)
    await load.wait()
    await runner.cleanup()


async def visitor(session: ClientSession, address: str, slowest: list[float]) -> int:
    count, end = 0, time.monotonic() + FOR_S
    while time.monotonic() < end:
        count += 1
        asked = time.monotonic()
        async with session.get(f"{address}/{'login' if count % 20 == 0 else 'page'}") as response:
            await response.read()
        slowest.append(time.monotonic() - asked)
    return count


async def load(port: str) -> None:
    times: list[float] = []
    async with ClientSession() as session:
        counts = await asyncio.gather(*(visitor(session, f"http://127.0.0.1:{port}", times) for _ in range(20)))
    times.sort()
    p50, p99 = times[len(times) // 2], times[-len(times) // 100]
    print(f"{sum(counts) / FOR_S:.0f} requests/s, p50 {p50:.3f} s, p99 {p99:.3f} s")


if __name__ == "__main__":
    asyncio.run(load(sys.argv[2]) if sys.argv[1:2] == ["load"] else serve())

"""An event loop whose only task sleeps in it, and awaits nothing the rest of the time."""

from __future__ import annotations

import asyncio

from own_clocks import OwnClocks


async def blocks() -> None:
    own = OwnClocks()
    while own.goes_on():
        own.sleep(0.08)
        with own.waiting("idle"):
            await asyncio.sleep(0.04)
    own.tell()


asyncio.run(blocks())

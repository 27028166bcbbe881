"""What `payload` steps have carried: bytes to the worker with every item, and bytes back with every result."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple


class PayloadKib(NamedTuple):
    """How much the steps of a task carry, each way."""

    to: int
    back: int

    @classmethod
    def of(cls, steps: Iterable[Mapping[str, Any]]) -> PayloadKib:
        """Add up what `payload` steps ask for."""
        payloads = [step for step in steps if step["kind"] == "payload"]
        return cls(*(sum(int(step[name]) for step in payloads) for name in ("to_kib", "back_kib")))

    @property
    def is_carried(self) -> bool:
        """Whether anything is."""
        return bool(self.to or self.back)

    def there(self) -> bytes:
        """Return the bytes that every item carries."""
        return os.urandom(1024) * self.to

    def result(self) -> bytes | None:
        """Return the bytes that every task returns; None if they are those that it got."""
        return None if self.back == self.to else os.urandom(1024) * self.back


def returning(lane: Callable[[Any], Any], result: bytes | None, *, awaits: bool) -> Callable[[Any], Any]:
    """Wrap `lane` to return `result`; return `lane` itself, which returns what came with the item, if that is it."""
    if result is None:
        return lane

    def run_task(item: Any) -> bytes:
        lane(item)
        return result

    async def run_task_async(item: Any) -> bytes:
        await lane(item)
        return result

    return run_task_async if awaits else run_task

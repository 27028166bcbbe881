"""The protocol between the conductor and its client: its version, and one JSON object for each line, with a `type`.

`engine.wire.commands` has the messages to the conductor, `engine.wire.facts` and `engine.wire.tick` those from it. A
message that does not fit its class is refused with the key's name; see `engine.wire.codec`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final, Protocol, TypeVar

from engine.wire.codec import decode, encode, plain
from engine.wire.decoders import WrongShapeError

PROTOCOL_VERSION: Final = 2

# The states of a worker's time, in the order in which they are stacked everywhere.
LEDGER_STATES: Final = (
    "cpu",
    "cpu_wait",
    "gil_wait",
    "io_wait",
    "lock_wait",
    "loop_wait",
    "transport",
    "idle",
)

# The kinds of a worker's waits: the keys of `waits_s`.
WAITS: Final = ("sleep", "network", "disk", "pipe", "child", "lock", "library", "other", "stopped")

# The stages of a run, in order. `ended` is the last of every run, however it ends.
RUN_STAGES: Final = ("starting", "warming_up", "measuring", "draining", "ended")


class WireMessage(Protocol):
    """A frozen dataclass; TYPE is the `type` in its line."""

    TYPE: ClassVar[str]


_M = TypeVar("_M")


def encode_message(message: WireMessage) -> bytes:
    """Return a message as one line, newline included."""
    return encode({"type": message.TYPE, **plain(message)})


def decode_message(line: bytes | str, kinds: Mapping[str, type[_M]]) -> _M:
    """Return the message in `line`, one of `kinds`. Raises ValueError that names the wrong key."""
    return message_of(parsed(line), kinds)


def parsed(line: bytes | str) -> dict[str, Any]:
    """Return the JSON object in `line`. Raises ValueError if it is not one, or has no type."""
    values = json.loads(line)
    if not isinstance(values, dict) or not isinstance(values.get("type"), str):
        raise ValueError("a message is a JSON object with a type")
    return values


def message_of(values: dict[str, Any], kinds: Mapping[str, type[_M]]) -> _M:
    """Return the message in JSON values. Raises ValueError, or WrongShapeError if they do not fit its class."""
    kind = kinds.get(values["type"])
    if kind is None:
        raise ValueError(f"there is no message {values['type']!r}; one of {', '.join(kinds)}")
    return decode(kind, {key: value for key, value in values.items() if key != "type"}, values["type"])


__all__ = [
    "LEDGER_STATES",
    "PROTOCOL_VERSION",
    "RUN_STAGES",
    "WAITS",
    "WireMessage",
    "WrongShapeError",
    "decode_message",
    "encode_message",
    "message_of",
    "parsed",
]

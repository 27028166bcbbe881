"""The one encoder and decoder: what fits comes back equal, what does not is refused by its key, and it stays cheap."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import ClassVar, Literal

import pytest

from engine.wire.codec import decode, encode, plain, record
from engine.wire.commands import COMMANDS, QueryCosts, StartRun
from engine.wire.decoders import WrongShapeError
from engine.wire.facts import FACTS, CatalogueFound, InterpretersFound
from engine.wire.interpreter import Interpreter
from engine.wire.protocol import LEDGER_STATES, decode_message, encode_message, message_of
from engine.wire.tick import (
    LaneFigures,
    LatencyBuckets,
    Mark,
    ProcessFigures,
    ProcessUsage,
    TaskCounts,
    ThreadUsage,
    Tick,
)
from engine.workload.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Leaf:
    name: str
    sizes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    TYPE: ClassVar[str] = "tree"

    ratio: float
    kind: Literal["oak", "fir"]
    leaves: tuple[Leaf, ...] = ()
    by_name: Mapping[str, Leaf | None] | None = None
    pair: tuple[int, str] = (0, "")
    anything: object = None
    below: Tree | None = None


@record
@dataclass(frozen=True, slots=True)
class Kept:
    count: int = 0


def tick(lanes: int = 64) -> Tick:
    """Return a tick with everything in it."""
    ledger = dict.fromkeys(LEDGER_STATES, 1.25)
    threads = tuple(ThreadUsage(number, 0.5, 1, 2, 3.0, 4.0, 0.1, 0.2) for number in range(lanes))
    return Tick(
        "r",
        1.5,
        "measuring",
        TaskCounts(3, 1),
        latency_counts=LatencyBuckets(1, 16, 8, tuple(range(60))),
        cores=(0.5, None),
        processes=(ProcessFigures(7, "host", "python", 3, 0.5, 1000, 1, 0.1, None),),
        census=(ProcessUsage(7, 99, 1, 2, None, None, threads),),
        lanes=tuple(LaneFigures(lane, f"Thread-{lane}", 7, 8, 3, "cpu", ledger) for lane in range(lanes)),
        ledger_s={**ledger, "gil_wait": None},
        marks=(Mark(1.0, "arrivals 5/s", 5.0),),
    )


def test_what_is_encoded_is_decoded_equal() -> None:
    tree = Tree(
        1.5, "fir", (Leaf("a", (1, 2)), Leaf("b")), {"x": Leaf("c"), "y": None}, (3, "z"), {"k": [1]}, Tree(2, "oak")
    )
    assert decode(Tree, json.loads(encode(plain(tree)))) == tree
    assert decode_message(encode_message(tick()), FACTS) == tick()


WHOLE = {"ratio": 1.0, "kind": "oak"}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kind": "oak"}, "tree.ratio: is missing"),
        ({**WHOLE, "ratio": "1"}, "tree.ratio: must be a number"),
        ({**WHOLE, "ratio": True}, "tree.ratio: must be a number"),
        ({**WHOLE, "ratio": float("inf")}, "tree.ratio: must be a finite number"),
        ({**WHOLE, "kind": "elm"}, 'tree.kind: must be one of "oak", "fir"'),
        ({**WHOLE, "leaves": [{"name": "a"}, {"name": 5}]}, "tree.leaves[1].name: must be text"),
        ({**WHOLE, "leaves": [{"name": "a", "sizes": [1, 2.5]}]}, "tree.leaves[0].sizes[1]: must be a whole number"),
        ({**WHOLE, "leaves": {}}, "tree.leaves: must be an array"),
        ({**WHOLE, "by_name": {"x": {}}}, "tree.by_name.x.name: is missing"),
        ({**WHOLE, "pair": [1]}, "tree.pair: must be an array of 2"),
        ({**WHOLE, "below": {**WHOLE, "below": 5}}, "tree.below.below: must be an object"),
        ({**WHOLE, "wings": 2}, "tree.wings: is unknown"),
        ([], "tree: must be an object"),
    ],
)
def test_what_does_not_fit_is_refused_and_its_key_named(values: object, said: str) -> None:
    with pytest.raises(WrongShapeError) as caught:
        decode(Tree, values, "tree")
    assert str(caught.value) == said


def test_a_figure_of_a_tick_is_named_with_its_place() -> None:
    values = {"type": "tick", **plain(tick()), "cores": [0.5, "full"]}
    with pytest.raises(WrongShapeError, match=r"^tick\.cores\[1\]: must be a number$"):
        message_of(values, FACTS)


def test_a_record_of_a_later_version_is_read_and_a_message_with_unknown_keys_is_not() -> None:
    assert decode(Kept, {"count": 3, "later": [1]}) == Kept(3)
    assert decode_message(encode({"type": "tick", **plain(tick(1)), "later": 5}), FACTS) == tick(1)
    with pytest.raises(WrongShapeError, match=r"start\.haste: is unknown"):
        message_of({"type": "start", "run_id": "r", "experiment": {}, "haste": True}, COMMANDS)


@pytest.mark.parametrize("kinds", [COMMANDS, FACTS], ids=["commands", "facts"])
def test_every_message_can_be_decoded(kinds: dict[str, type]) -> None:
    """Its annotations are ones that the codec knows: what is missing is said, nothing else goes wrong."""
    for word, kind in kinds.items():
        if all(each.default is not each.default_factory for each in fields(kind)):
            assert isinstance(decode(kind, {}), kind), word
            continue
        with pytest.raises(WrongShapeError):
            decode(kind, {each.name: object() for each in fields(kind)}, word)


def test_what_has_an_encoding_of_its_own_keeps_it() -> None:
    python = Interpreter("/usr/bin/python3", name="3.13", version_info=(3, 13, 0))
    found = CatalogueFound(None, python, Catalogue({}, {}))
    assert decode_message(encode_message(found), FACTS) == found
    with pytest.raises(WrongShapeError, match=r"^interpreters\.interpreters\[0\]: does not fit: "):
        message_of({"type": "interpreters", "interpreters": [{}], "complete": True}, FACTS)
    assert decode_message(encode_message(InterpretersFound((python,), True)), FACTS).TYPE == "interpreters"


def test_commands_come_back_equal() -> None:
    for command in (StartRun("r", {"format": 1}), QueryCosts("threads", None, "again")):
        assert decode_message(encode_message(command), COMMANDS) == command


def test_a_tick_of_64_workers_costs_little_beside_its_json() -> None:
    """A tick comes up to 20 times a second: making it JSON values and back takes a few times what `json` does."""
    line = encode_message(tick())
    values = json.loads(line)
    del values["type"]
    as_json = _shortest_s(lambda: json.loads(line)) + _shortest_s(lambda: json.dumps(values))
    ours = _shortest_s(lambda: decode(Tick, values)) + _shortest_s(lambda: plain(tick()))
    assert ours < 4 * as_json


def _shortest_s(call: Callable[[], object]) -> float:
    call()
    found = []
    for _ in range(30):
        begun = time.perf_counter()
        call()
        found.append(time.perf_counter() - begun)
    return min(found)

"""Fuzzed files and messages: each is made from a seed, given to what reads it, and has to end as its reader promises.

What is promised: a sound answer, or the one error that names the place, within a bounded time; never another
exception. `fuzz(kind, seed)` does one; a failure is told with its seed, so that it can be done again.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.commandline.report import report
from engine.commandline.visible import visible
from engine.history.csv_export import export_csv
from engine.history.differences import differences, figures, kept_run, ledgers
from engine.history.store import HistoryError, Store
from engine.history.trace_export import export_trace
from engine.record.atomic_folder import ExportError
from engine.record.lane_file import HEADER_SIZE, RECORD_SIZE, Slot
from engine.record.lane_reader import LaneFileError, LaneReader
from engine.record.phases import read_phases
from engine.record.run_folder import RunFolder, RunFolderError
from engine.resources_path import resources_path
from engine.wire.commands import COMMANDS
from engine.wire.facts import FACTS
from engine.wire.protocol import decode_message
from engine.workload import experiment_file
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check
from engine.workload.experiment_toml import to_toml
from gui.session.kept_run import read_run
from tests.comparing import catalogue

RECORDS: Final = Path(__file__).parents[1] / "records"
LIMIT_S: Final = 5.0  # of processor time, for what takes some hundredths of a second
_WEIRD: Final = (
    "9" * 500, "-1", "1e999", "nan", "inf", "0x" + "f" * 300, "true", '""', "[]", "{}", "[[[[]]]]", "{a={a={}}}",
    "\x00",
    "\x1b[2J", "\u202e", "é", "\ud7ff", "'''", '"""', "#", "=", "[", "]", "[[", "]]", ".", ",", "\n", "\r\n", "null",
    "<h1>", "=1+1", "9223372036854775808", "-9223372036854775809", "1979-05-27T07:32:00Z", "a.b.c.d", "\\", "\\u0000",
)  # fmt: skip
_VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**70), 10**400, 0.5, 1e308, "", "x", "\x1b[2J", "=1+1", [], [None],
    {},
    {"a": 1}, [[]], "9" * 1000, ["x"] * 3, {"": None},
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that was not kept: what was fuzzed, from which seed, and what came instead."""

    kind: str
    seed: int
    why: str


def fuzz(kind: str, seed: int) -> Broken | None:
    """Try one fuzzed thing; None if all that was promised was kept."""
    began_s = time.process_time()
    try:
        KINDS[kind](random.Random(f"{kind} {seed}"))
    except Exception:
        return Broken(kind, seed, traceback.format_exc(limit=-6))
    took_s = time.process_time() - began_s
    return Broken(kind, seed, f"took {took_s:.1f} s of processor time") if took_s > LIMIT_S else None


def _fuzz_experiment(rng: random.Random) -> None:
    examples = sorted(resources_path("experiments").glob("*.toml"))
    original = rng.choice(examples).read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="gilscope-fuzz-") as folder:
        file = Path(folder) / "fuzzed.toml"
        file.write_bytes(_mutated_text(rng, original))
        try:
            data = experiment_file.read(file)
        except ExperimentError as error:
            assert str(file) in str(error)
            assert len(str(error)) < 2_000
            data = None
        if data is not None:
            try:
                checked = check(data, catalogue())
                assert check(checked.to_dict(), catalogue()) == checked
            except ExperimentError as error:
                assert error.problem
                assert "\x1b" not in visible(str(error))
        good = experiment_file.read(rng.choice(examples))
        experiment_file.write(file, good)
        assert experiment_file.read(file) == good
        assert experiment_file.parse(to_toml(good, original), "x") == good


def _fuzz_message(rng: random.Random) -> None:
    kinds: dict[str, Any] = rng.choice([COMMANDS, FACTS])
    values: dict[str, Any] = {"type": rng.choice([*kinds, "none", "", 5])}
    names = [name for kind in kinds.values() for name in kind.__dataclass_fields__]
    for _ in range(rng.randrange(6)):
        values[rng.choice([*names, "x", ""])] = _value(rng)
    try:
        line = json.dumps(values).encode()
    except ValueError:
        line = b"{"
    try:
        decode_message(bytes(_mutated_bytes(rng, line)) if rng.random() < 0.5 else line, kinds)
    except (ValueError, RecursionError) as error:
        assert len(str(error)) < 2_000


def _fuzz_lane(rng: random.Random) -> None:
    with recorded_run(rng) as folder:
        lane = rng.choice(sorted((folder / "lanes").glob("*.lane")))
        with open(lane, "r+b") as file:
            for _ in range(rng.randrange(1, 6)):
                if rng.random() < 0.5:
                    slot = rng.choice([*Slot, rng.randrange(HEADER_SIZE // 8)])
                    file.seek(int(slot) * 8)
                    file.write(rng.choice([0, 1, 2**31, 2**62, 2**64 - 1, rng.getrandbits(64)]).to_bytes(8, "little"))
                else:
                    file.seek(HEADER_SIZE + rng.randrange(8 * RECORD_SIZE))
                    file.write(rng.randbytes(rng.randrange(1, 64)))
        if rng.random() < 0.3:
            with open(lane, "r+b") as file:
                file.truncate(rng.randrange(lane.stat().st_size + 1))
        try:
            reader = LaneReader(lane)
        except LaneFileError as error:
            assert str(lane) in str(error)
        else:
            reader.read_all()
            reader.histogram()
            reader.step_sums()
            reader.close()
        problems: list[str] = []
        with _promised():
            for _ in read_phases(RunFolder(folder), problems):
                pass
        _look_at(folder, rng)


def _fuzz_history(rng: random.Random) -> None:
    with recorded_run(rng) as folder:
        files = sorted(each for each in folder.iterdir() if each.is_file())
        for file in rng.sample(files, rng.randrange(1, 3)):
            if rng.random() < 0.1:
                file.unlink()
            elif file.suffix == ".json" and rng.random() < 0.7:
                data = json.loads(file.read_text(encoding="utf-8"))
                file.write_text(json.dumps(_mutated_json(rng, data)), encoding="utf-8")
            else:
                file.write_bytes(_mutated_bytes(rng, file.read_bytes()))
        _look_at(folder, rng)
        (folder / "result.json").unlink(missing_ok=True)
        (folder.parents[1] / "history.sqlite").unlink(missing_ok=True)
        _look_at(folder, rng)


def _look_at(folder: Path, rng: random.Random) -> None:
    """Do with a kept run what the window and the commands do."""
    data = folder.parents[1]
    run = RunFolder(folder)
    with _promised(), Store(data) as store:
        store.recover(ended=[folder.name])
        assert len(store.runs()) + len(store.problems) <= 1
    with _promised():
        result = run.result()
        if result is not None:
            report(result, "x")
    with _promised():
        kept = kept_run(run)
        differences(kept, kept)
        figures(kept, kept)
        ledgers(kept, kept)
    with _promised():
        export_csv(folder, data / f"csv{rng.random()}")
    with _promised():
        export_trace(folder, data / f"trace{rng.random()}.json")
    with _promised():
        read_run(folder)


@contextmanager
def _promised() -> Iterator[None]:
    """Let the errors pass that readers of kept runs promise, if they say where."""
    try:
        yield
    except (RunFolderError, HistoryError, ExportError) as error:
        assert re.search(r"[\w.-]+: ", str(error)), str(error)


@contextmanager
def recorded_run(rng: random.Random) -> Iterator[Path]:
    """Give the folder of a run in a history of its own, as this version recorded it."""
    with tempfile.TemporaryDirectory(prefix="gilscope-fuzz-") as data:
        runs = Path(data) / "runs"
        with zipfile.ZipFile(rng.choice(sorted(RECORDS.glob("*.zip")))) as recorded:
            recorded.extractall(runs)
        (folder,) = runs.iterdir()
        if not (folder / "experiment.json").exists():  # it was packed with a folder above it
            (inner,) = folder.iterdir()
            shutil.move(inner, runs / "run")
            folder = runs / "run"
        yield folder


def _mutated_text(rng: random.Random, text: str) -> bytes:
    pieces = re.split(r"(\s+|[=\[\]{},.#\"'])", text)
    for _ in range(rng.randrange(1, 8)):
        place = rng.randrange(len(pieces))
        choice = rng.randrange(6)
        if choice == 0:
            pieces[place] = rng.choice(_WEIRD)
        elif choice == 1:
            pieces.insert(place, rng.choice(_WEIRD))
        elif choice == 2:
            del pieces[place]
        elif choice == 3:
            pieces.insert(place, pieces[rng.randrange(len(pieces))])
        elif choice == 4:
            pieces[place] = pieces[place] * rng.choice([2, 50, 5_000])
        else:
            pieces.insert(place, rng.choice(_WEIRD) * rng.choice([2, 300, 20_000]))
        pieces = pieces or ["x"]
    data = "".join(pieces).encode("utf-8", "surrogatepass")[:2_000_000]
    return bytes(_mutated_bytes(rng, data)) if rng.random() < 0.2 else data


def _mutated_bytes(rng: random.Random, data: bytes) -> bytearray:
    changed = bytearray(data)
    for _ in range(rng.randrange(1, 6)):
        place = rng.randrange(len(changed) + 1)
        choice = rng.randrange(4)
        if choice == 0 and place < len(changed):
            changed[place] = rng.randrange(256)
        elif choice == 1:
            changed[place:place] = rng.randbytes(rng.randrange(1, 40))
        elif choice == 2:
            del changed[place : place + rng.randrange(1, 200)]
        else:
            del changed[place:]
    return changed


def _mutated_json(rng: random.Random, data: Any) -> Any:
    """Return `data` with something in it changed, at any depth."""
    if isinstance(data, dict) and data and rng.random() < 0.85:
        key = rng.choice(list(data))
        changed = dict(data)
        choice = rng.random()
        if choice < 0.15:
            del changed[key]
        elif choice < 0.25:
            changed[rng.choice(["", "x", "kind", "steps", "done"])] = _value(rng)
        else:
            changed[key] = _mutated_json(rng, data[key])
        return changed
    if isinstance(data, list) and data and rng.random() < 0.7:
        changed_list = list(data)
        place = rng.randrange(len(data))
        changed_list[place] = _mutated_json(rng, data[place])
        return changed_list
    return _value(rng)


def _value(rng: random.Random) -> Any:
    value = rng.choice(_VALUES)
    for _ in range(rng.choice([0, 0, 0, 1, 3, 200])):
        value = rng.choice([[value], {"a": value}])
    return value


KINDS: Final[dict[str, Callable[[random.Random], None]]] = {
    "experiment file": _fuzz_experiment,
    "message": _fuzz_message,
    "lane file": _fuzz_lane,
    "history file": _fuzz_history,
}

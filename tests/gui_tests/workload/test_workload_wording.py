"""The composer's words: summaries, ranges, badges, and numbers as people type them."""

from __future__ import annotations

import pytest

from engine.workload.catalogue import StepCard
from engine.workload.parameter import Kind, Parameter
from gui.forms.number_text import number_text, parse_number, plain_number_text, range_hint
from gui.workload.wording import (
    badges,
    code_phrase,
    raw_summary,
    summary,
)
from tests.gui_tests.composer_parts import HASH, PRIMES, PYTHON, SLEEP, SOURCE, WRITE


@pytest.mark.parametrize(
    ("card", "values", "expected"),
    [
        (PRIMES, {"below": 2000}, "below 2,000"),
        (PRIMES, {}, "below 2,000"),
        (SLEEP, {"duration_ms": 0.5, "distribution": "uniform"}, "duration 0.5 ms, uniform"),
        (HASH, {"size_kib": 1024}, "buffer 1,024 KiB"),
        (WRITE, {"fsync": True, "name": "a.bin"}, 'wait for the disk, name "a.bin"'),
        (WRITE, {"fsync": False, "name": ""}, "no wait for the disk"),
        (PYTHON, {"source": SOURCE}, "def task(item), 2 lines"),
        (PRIMES, {"below": "many"}, "below many"),
    ],
)
def test_a_step_is_summed_up_in_one_line(card: StepCard, values: dict[str, object], expected: str) -> None:
    assert summary(values, card) == expected


def test_a_step_without_a_card_is_summed_up_by_its_file() -> None:
    assert raw_summary({"below": 7, "name": "x"}) == 'below = 7, name = "x"'


def test_a_title_that_is_an_abbreviation_keeps_its_capitals() -> None:
    card = StepCard("x", "X", "", "nothing", True, True, (Parameter("uri", "URI", Kind.INTEGER, 1),))
    assert summary({}, card) == "URI 1"


def test_code_is_summed_up_by_its_function() -> None:
    assert code_phrase("import time\n\nasync def task(item):\n    pass\n") == "async def task(item), 4 lines"
    assert code_phrase("x = 1") == "1 line"


@pytest.mark.parametrize(
    ("value", "grouped", "plain"),
    [(2000, "2,000", "2000"), (20.0, "20", "20"), (0.5, "0.5", "0.5"), (2**63 - 1, f"{2**63 - 1:,}", str(2**63 - 1))],
)
def test_numbers_are_grouped_for_reading_and_plain_for_editing(value: float, grouped: str, plain: str) -> None:
    assert (number_text(value), plain_number_text(value)) == (grouped, plain)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("2000", Kind.INTEGER, 2000),
        (" 2,000 ", Kind.INTEGER, 2000),
        ("2 000 000", Kind.INTEGER, 2_000_000),
        ("1e6", Kind.INTEGER, 1_000_000),
        ("2.5", Kind.INTEGER, 2.5),
        ("-5", Kind.INTEGER, -5),
        ("0.5", Kind.NUMBER, 0.5),
        ("3", Kind.NUMBER, 3),
        ("1,234.5", Kind.NUMBER, "1,234.5"),
        ("0,5", Kind.NUMBER, "0,5"),
        ("2,0000", Kind.INTEGER, "2,0000"),
        ("many", Kind.INTEGER, "many"),
        ("", Kind.NUMBER, ""),
        ("nan", Kind.NUMBER, "nan"),
        ("1e999", Kind.NUMBER, "1e999"),
    ],
)
def test_typed_numbers_are_read_or_kept_as_text(text: str, kind: Kind, expected: object) -> None:
    read = parse_number(text, kind)
    assert (read, type(read)) == (expected, type(expected))


def test_a_range_is_told_in_words() -> None:
    def hint(low: float | None, high: float | None) -> str:
        return range_hint(Parameter("x", "X", Kind.NUMBER, 1.0, minimum=low, maximum=high))

    assert hint(2, 10_000_000) == "2 to 10,000,000"
    assert hint(0.01, None) == "at least 0.01"
    assert hint(None, 9) == "at most 9"
    assert hint(None, None) == ""


def test_badges_say_what_a_step_does_to_the_gil_and_to_a_loop() -> None:
    def texts(card: StepCard) -> list[str]:
        return [each.text for each in badges(card)]

    assert texts(PRIMES) == ["keeps the GIL"]
    assert texts(HASH) == ["releases the GIL"]
    assert texts(SLEEP) == ["waits on time"]
    assert texts(WRITE) == ["waits on disk", "blocks an event loop"]

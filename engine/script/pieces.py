"""Small pieces of a plain script's source."""

from __future__ import annotations

import json
import re


def started_and_joined(name: str) -> list[str]:
    """Return the lines that start all threads of a list, and wait for them."""
    one = "each"
    return [f"for {one} in {name}:", f"    {one}.start()", f"for {one} in {name}:", f"    {one}.join()"]


def literal(value: object) -> str:
    """Return the source of a value."""
    return json.dumps(value) if isinstance(value, str) else repr(value)


def count_name(items: str) -> str:
    """Return the name of the number of a group's tasks."""
    return items.removesuffix("_items") + "_tasks"


def plain_name(name: str) -> str:
    """Return a group's name as text inside an f-string."""
    return "".join(each for each in name if each.isprintable() and each not in '\\"{}')


def names_itself(body: str) -> bool:
    """Return whether a class appears in its own annotations, or in one before its definition."""
    return bool(re.search(r"^class (?!Items)", body, re.MULTILINE))

"""Writes an experiment as TOML text, and keeps a person's comments and order.

The text is split into one piece for each table, with the comment lines right above its header, so that a step's
comments move with it. Each piece is then edited in place. A text that is arranged in another way (inline tables,
dotted keys) is written anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from engine.workload.errors import ExperimentError
from engine.workload.group import parts_key
from engine.workload.toml_scan import scan
from engine.workload.toml_table import TomlTable


class _Piece(NamedTuple):
    """One table's text. `name` is "" for the text above the first table."""

    name: str
    text: str


def parse(text: str, name: str) -> TomlTable:
    """Return what TOML text says. Raises ExperimentError with `name` (the file), line and column."""
    import tomllib

    scan(text, name)
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise ExperimentError(name, _place(str(error), text)) from None


def to_toml(data: Mapping[str, Any], existing: str = "") -> str:
    """Return an experiment as TOML: the existing text, edited, where possible."""
    import tomllib

    if existing.strip():
        try:
            scan(existing)
            if tomllib.loads(existing) == data:
                return existing
            text = _edited(_pieces(existing), data)
            if tomllib.loads(text) == data:
                return text
        except ValueError:
            pass  # it is not TOML, or not arranged as we would: written anew
    return _edited([], data)


def _place(message: str, text: str) -> str:
    """Return a TOML parser's message with its place first: `line 3, column 5: is not TOML: ...`."""
    match = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message, re.DOTALL)
    if match is None:
        return f"is not TOML: {message}"
    if match[2] is None:
        lines = text.split("\n")
        line, column = len(lines), len(lines[-1]) + 1
    else:
        line, column = int(match[2]), int(match[3])
    return f"line {line}, column {column}: is not TOML: {match[1][:1].lower()}{match[1][1:]}"


def _pieces(text: str) -> list[_Piece]:
    """Split TOML text at its headers. Raises ValueError if a piece is not TOML by itself."""
    import tomllib

    pieces: list[_Piece] = []
    name, begin = "", 0
    for header in scan(text):
        if header.is_header:
            above = _above(text, header.start)
            if above == 0 and not pieces:
                above = header.start  # the file's own heading, not the first table's
            pieces.append(_Piece(name, text[begin:above]))
            name, begin = header.key, above
    pieces.append(_Piece(name, text[begin:]))
    for piece in pieces:
        tomllib.loads(piece.text)
    return pieces


def _above(text: str, place: int) -> int:
    """Return where the comment lines right above `place`, the start of a line, begin."""
    while place:
        line = text.rfind("\n", 0, place - 1) + 1
        if not text[line:place].lstrip().startswith("#"):
            break
        place = line
    return place


def _edited(pieces: list[_Piece], data: Mapping[str, Any]) -> str:
    """Return the pieces' text with `data`'s values; steps take over the text of the old step most like them."""
    workload = {key: value for key, value in data["workload"].items() if key not in ("steps", "groups", "stages")}
    heading = {key: value for key, value in data.items() if key not in ("workload", "model")}
    old = {piece.name: piece.text for piece in pieces}
    blocks = {
        "": [_edit(old.get("", ""), heading)],
        "[workload": [_edit(old.get("[workload", "[workload]\n"), workload, "workload")],
        **_edited_content(pieces, data["workload"]),
        "[model": [_edit(old.get("[model", "[model]\n"), data["model"], "model")],
    }
    order = dict.fromkeys([*(name for name in old if name in blocks), *blocks])
    return "\n\n".join(text.strip("\n") for name in order for text in blocks[name]) + "\n"


def _edited_content(pieces: list[_Piece], workload: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return, by header, the text of the workload's steps, or of its groups with their steps."""
    key = parts_key(workload)
    if key is None:
        free = [piece.text for piece in pieces if piece.name == "[[workload.steps"]
        steps = [_edited_entry(free, step, "kind", "workload", "steps") for step in workload["steps"]]
        return {"[[workload.steps": steps}
    header = f"[[workload.{key}"
    parts = [piece.text for piece in pieces if piece.name == header]
    free = [piece.text for piece in pieces if piece.name == f"{header}.steps"]
    texts = []
    for part in workload[key]:
        own = {name: value for name, value in part.items() if name != "steps"}
        texts.append(_edited_entry(parts, own, "name", "workload", key))
        texts += [_edited_entry(free, step, "kind", "workload", key, "steps") for step in part["steps"]]
    return {header: texts}


def _edited_entry(free: list[str], entry: Mapping[str, Any], key: str, *path: str) -> str:
    """Return one list entry's table, edited from the most similar old text, and remove that text from `free`.

    The most similar text is an equal one, else one with the same value of `key`.
    """
    import tomllib

    said = []
    for text in free:
        table: Any = tomllib.loads(text)
        for part in path:
            table = table[part]
        said.append(table[0])
    place = next((at for at, each in enumerate(said) if each == entry), None)
    if place is None:
        place = next((at for at, each in enumerate(said) if each.get(key) == entry[key]), None)
    base = f"[[{'.'.join(path)}]]\n" if place is None else free.pop(place)
    return _edit(base, entry, *path, 0)


def _edit(text: str, values: Mapping[str, Any], *path: str | int) -> str:
    """Return one table's text with these values: unchanged values keep their spelling, missing keys are removed.

    Raises ValueError if a key is quoted or dotted.
    """
    import tomllib

    said: Any = tomllib.loads(text)
    for part in path:
        said = said[part]
    statements = scan(text)
    pairs = [each for each in statements if not each.is_header]
    if {each.key for each in pairs} != said.keys():
        raise ValueError("keys are quoted or dotted")
    place = next((each.end for each in statements if each.is_header), 0 if pairs else len(text))  # of what is new
    changes = []
    for pair in pairs:
        if pair.key not in values:
            changes.append((pair.start, pair.end, ""))
            continue
        place = pair.end
        value, before = values[pair.key], said[pair.key]
        if before != value or isinstance(before, bool) != isinstance(value, bool):
            changes.append((pair.value_start, pair.value_end, _as_toml(value)))
    new = "".join(f"{key} = {_as_toml(value)}\n" for key, value in values.items() if key not in said)
    changes.append((place, place, new if text[:place].endswith("\n") or not place else f"\n{new}"))
    return _changed(text, changes)


def _changed(text: str, changes: list[tuple[int, int, str]]) -> str:
    """Return `text` with the slice of each (start, end, replacement) replaced."""
    parts, done = [], 0
    for start, end, other in sorted(changes, key=lambda each: each[:2]):
        parts += [text[done:start], other]
        done = end
    return "".join([*parts, text[done:]])


def _as_toml(value: Any) -> str:
    """Return a value as TOML; source code as a multi-line string, where TOML can hold it."""
    import tomlkit

    if isinstance(value, str) and "\n" in value:
        plain = all(each.isprintable() or each in "\n\t" for each in value)
        if plain and "'''" not in value and not value.endswith("'"):
            return f"'''\n{value}'''"
    return str(tomlkit.item(value).as_string())

"""An experiment as TOML text: what a person wrote around the values, comments and order, stays as it was.

The text is taken apart into one piece for each table, with the comment lines right above its header, so that a step
which moves takes its comments along. Each piece is then edited in place. A text that is arranged in another way
(inline tables, dotted keys) is written anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from engine.workload.errors import ExperimentError

_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.\- ]+?)\s*\]\]?\s*(#.*)?")


class _Piece(NamedTuple):
    """One table's text. `name` is "" for what stands above the first table."""

    name: str
    text: str


def parse(text: str, name: str) -> dict[str, Any]:
    """Return what TOML text says. Raises ExperimentError with `name` (the file), line and column."""
    import tomllib

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ExperimentError(name, "is nested too deeply") from None
    except ValueError as error:
        raise ExperimentError(name, _place(str(error), text)) from None


def to_toml(data: Mapping[str, Any], existing: str = "") -> str:
    """Return an experiment as TOML, editing the existing text where that can be done."""
    import tomllib

    if existing.strip():
        try:
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
    """Take TOML text apart at its headers. Raises ValueError where that leaves a piece that is not TOML."""
    import tomllib

    pieces: list[_Piece] = []
    name, lines = "", list[str]()
    for line in text.splitlines(keepends=True):
        header = _HEADER.fullmatch(line)
        if header is not None and _is_toml("".join(lines)):  # else the line stands within a string
            above = len(lines)
            while above and lines[above - 1].lstrip().startswith("#"):
                above -= 1
            if above == 0 and not pieces:
                above = len(lines)  # the file's own heading, not the first table's
            pieces.append(_Piece(name, "".join(lines[:above])))
            name, lines = header[1] + header[2].replace(" ", ""), lines[above:]
        lines.append(line)
    pieces.append(_Piece(name, "".join(lines)))
    for piece in pieces:
        tomllib.loads(piece.text)
    return pieces


def _is_toml(text: str) -> bool:
    import tomllib

    try:
        tomllib.loads(text)
    except ValueError:
        return False
    return True


def _edited(pieces: list[_Piece], data: Mapping[str, Any]) -> str:
    """Return the pieces' text with `data`'s values; steps take over the text of the old step most like them."""
    workload = {key: value for key, value in data["workload"].items() if key != "steps"}
    heading = {key: value for key, value in data.items() if key not in ("workload", "model")}
    old = {piece.name: piece.text for piece in pieces}
    free = [piece.text for piece in pieces if piece.name == "[[workload.steps"]
    blocks = {
        "": [_edit(old.get("", ""), heading)],
        "[workload": [_edit(old.get("[workload", "[workload]\n"), workload, "workload")],
        "[[workload.steps": [_edited_step(free, step) for step in data["workload"]["steps"]],
        "[model": [_edit(old.get("[model", "[model]\n"), data["model"], "model")],
    }
    order = dict.fromkeys([*(name for name in old if name in blocks), *blocks])
    return "\n\n".join(text.strip("\n") for name in order for text in blocks[name]) + "\n"


def _edited_step(free: list[str], step: Mapping[str, Any]) -> str:
    """Return a step's table. Takes the old text that it edits out of `free`."""
    import tomllib

    said = [tomllib.loads(text)["workload"]["steps"][0] for text in free]
    place = next((at for at, each in enumerate(said) if each == step), None)
    if place is None:
        place = next((at for at, each in enumerate(said) if each.get("kind") == step["kind"]), None)
    base = "[[workload.steps]]\n" if place is None else free.pop(place)
    return _edit(base, step, "workload", "steps", 0)


def _edit(text: str, values: Mapping[str, Any], *path: str | int) -> str:
    """Return one table's text with these values: what is equal stays as it is written, what is gone goes."""
    import tomlkit

    document = tomlkit.parse(text)
    table: Any = document
    for part in path:
        table = table[part]
    for key in [key for key in table if key not in values]:
        del table[key]
    for key, value in values.items():
        said = table.get(key)
        if said is None or said != value or isinstance(said, bool) != isinstance(value, bool):
            item = _item(value)
            if said is not None and hasattr(said, "trivia"):
                item.trivia.comment_ws, item.trivia.comment = said.trivia.comment_ws, said.trivia.comment
            table[key] = item
    return tomlkit.dumps(document)


def _item(value: Any) -> Any:
    """Return a value as TOML; source code over several lines as it is, where TOML can."""
    import tomlkit

    if isinstance(value, str) and "\n" in value:
        plain = all(each.isprintable() or each in "\n\t" for each in value)
        if plain and "'''" not in value and not value.endswith("'"):
            return tomlkit.value(f"'''\n{value}'''")
    return tomlkit.item(value)

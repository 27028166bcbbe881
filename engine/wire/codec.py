"""One encoder and decoder for all messages and files: dataclasses as JSON, by their annotations.

`plain` turns a dataclass into JSON values, `encode` writes JSON values as a line, and `decode` turns JSON values into a
dataclass. Values that do not fit are refused, never converted: WrongShapeError names the key
(`tick.cores[1]: must be a number`).

A field may be annotated as `bool`, `int`, `float` (an integer is taken too), `str`, `object` (any JSON value),
`X | None`, `Literal[...]`, `tuple[X, ...]` (a JSON array), `Mapping[str, X]` or `dict[str, X]` (an object), another
dataclass, or a class with `to_json` and `from_json`. A field with a default may be missing.

An unknown key is refused in a message, since both of its ends come from one release. It is ignored in a record
(`@record`), which a later version may have written: keys are only ever added.

Standard library only, for Python 3.10 and later: hosts use it. Each class's encoder is made once.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, fields, is_dataclass
from typing import Any, Final, Literal, TypeVar, Union

from engine.wire.decoders import LEAVES, decoder_of, records
from engine.wire.decoders import WrongShapeError as WrongShapeError

_T = TypeVar("_T")
_Encoder = Callable[[Any], Any]

_encoders: Final[dict[type, _Encoder]] = {}
_IF_KNOWN: Final = "left out if None"


def if_known() -> Any:
    """Return a field that is left out of the JSON if it is None, for values that only some messages have."""
    return field(default=None, metadata={_IF_KNOWN: True})


def record(kind: type[_T]) -> type[_T]:
    """Mark a dataclass as part of a file, which a later version may have written with more keys."""
    records.add(kind)
    return kind


def decode(kind: type[_T], data: object, name: str = "") -> _T:
    """Return `data` as the dataclass `kind`; errors call it `name`. Raises WrongShapeError."""
    try:
        decoded: _T = decoder_of(kind)(data)
    except WrongShapeError as error:
        raise error.under(name) if name else error from None
    return decoded


def decode_each(kind: type[_T], data: Iterable[object]) -> tuple[_T, ...]:
    """Return each of `data` as the dataclass `kind`. Raises WrongShapeError."""
    return tuple(decode(kind, each) for each in data)


def plain(message: object) -> dict[str, Any]:
    """Return a dataclass as JSON values: dicts, lists, text, numbers, None."""
    values: dict[str, Any] = _encoder_of(type(message))(message)
    return values


def encode(values: Mapping[str, object]) -> bytes:
    """Return JSON values as one line, newline included. Raises ValueError for NaN or an infinity."""
    return json.dumps(values, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _encoder_of(kind: type) -> _Encoder:
    found = _encoders.get(kind)
    if found is None:
        found = _encoders[kind] = _class_encoder(kind)
    return found


def _class_encoder(kind: type) -> _Encoder:
    if hasattr(kind, "to_json"):
        return lambda message: message.to_json()
    if not is_dataclass(kind):
        raise TypeError(f"{kind!r} is no dataclass")
    hints = typing.get_type_hints(kind)
    leaves = tuple(each.name for each in fields(kind))
    deep = [(name, made) for name in leaves if (made := _encoder(hints[name])) is not None]
    if_known = [each.name for each in fields(kind) if _IF_KNOWN in each.metadata]

    def encode_class(message: Any) -> Any:
        values = {name: getattr(message, name) for name in leaves}
        for name, step in deep:
            values[name] = step(values[name])
        for name in if_known:
            if values[name] is None:
                del values[name]
        return values

    return encode_class


def _encoder(hint: Any) -> _Encoder | None:
    """Return the encoder for values annotated with `hint`; None if they are JSON values already."""
    if hint in LEAVES:
        return None
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return None
    if origin in (Union, types.UnionType):
        return _optional_encoder(_encoder(next(each for each in arguments if each is not type(None))))
    if origin in (tuple, list) and (origin is list or arguments[1:] == (...,)):
        return _array_encoder(_encoder(arguments[0]))
    if origin is tuple:
        return list
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return _object_encoder(_encoder(arguments[1]))
    return lambda value: _encoder_of(type(value))(value)


def _optional_encoder(inner: _Encoder | None) -> _Encoder | None:
    return None if inner is None else lambda value: None if value is None else inner(value)


def _array_encoder(inner: _Encoder | None) -> _Encoder:
    return list if inner is None else lambda value: [inner(each) for each in value]


def _object_encoder(inner: _Encoder | None) -> _Encoder | None:
    return None if inner is None else lambda value: {key: inner(each) for key, each in value.items()}

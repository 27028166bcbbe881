"""Turns JSON values into dataclasses, by their annotations; errors name the wrong key. See `codec`.

Standard library only, for Python 3.10 and later: hosts use it. Each class's decoder is made once.
"""

from __future__ import annotations

import json
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, Final, Literal, Union

_Decoder = Callable[[Any], Any]

_decoders: Final[dict[type, _Decoder]] = {}
records: Final[set[type]] = set()  # classes in which unknown keys are ignored
_LARGEST: Final = 2**63  # databases and arrays hold integers below this


class WrongShapeError(ValueError):
    """JSON that does not fit its class; `key` is the place (`cores[1]`), `problem` what is wrong there."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}" if key else problem)
        self.key, self.problem = key, problem

    def under(self, key: str) -> WrongShapeError:
        """Return the same error with `key` in front of its place."""
        inner = self.key if not self.key or self.key.startswith("[") else f".{self.key}"
        return WrongShapeError(f"{key}{inner}", self.problem)


def decoder_of(kind: type) -> _Decoder:
    """Return the decoder of a dataclass, which is made once."""
    found = _decoders.get(kind)
    if found is None:
        found = _decoders[kind] = _class_decoder(kind)
    return found


def _class_decoder(kind: type) -> _Decoder:
    read = getattr(kind, "from_json", None)
    if read is not None:
        return _own_decoder(read)
    if not is_dataclass(kind):
        raise TypeError(f"{kind!r} is no dataclass")
    hints = typing.get_type_hints(kind)
    # Made at its first use, so that a class may have fields of its own type.
    steps = [(each.name, _late(hints[each.name]), _default(each)) for each in fields(kind)]
    known = {each.name for each in fields(kind)}
    lenient = kind in records

    def decode_class(data: Any) -> Any:
        if type(data) is not dict:
            raise WrongShapeError("", "must be an object")
        values = []
        name = ""
        try:
            for name, step, default in steps:
                if name in data:
                    values.append(step[0](data[name]))
                elif default is None:
                    raise WrongShapeError("", "is missing")
                else:
                    values.append(default())
        except WrongShapeError as error:
            raise error.under(name) from None
        if not lenient and len(data) > len(known & data.keys()):
            raise WrongShapeError(min(data.keys() - known, key=str), "is unknown")
        return kind(*values)

    return decode_class


def _late(hint: Any) -> list[_Decoder]:
    """Return a one-element list with a decoder that replaces itself by the real one at its first use."""
    cell: list[_Decoder] = []

    def first(value: Any) -> Any:
        cell[0] = _decoder(hint)
        return cell[0](value)

    cell.append(first)
    return cell


def _default(of: Field[Any]) -> Callable[[], Any] | None:
    if of.default_factory is not MISSING:
        return of.default_factory
    return None if of.default is MISSING else lambda: of.default


def _own_decoder(read: _Decoder) -> _Decoder:
    def decode_own(data: Any) -> Any:
        try:
            return read(data)
        except WrongShapeError:
            raise
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise WrongShapeError("", f"does not fit: {type(error).__name__}: {error}") from None

    return decode_own


def _decoder(hint: Any) -> _Decoder:
    if hint in LEAVES:
        return LEAVES[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return _choice(arguments)
    if origin in (Union, types.UnionType):
        return _optional(hint, arguments)
    if origin is tuple:
        return _array(_decoder(arguments[0]), tuple) if arguments[1:] == (...,) else _fixed(arguments)
    if origin is list:
        return _array(_decoder(arguments[0]), list)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return _object(_decoder(arguments[1]))
    if isinstance(hint, type):
        return decoder_of(hint)
    raise TypeError(f"{hint!r} cannot be a field of a message")


def _leaf(kinds: tuple[type, ...], words: str) -> _Decoder:
    def decode_leaf(value: Any) -> Any:
        if type(value) in kinds:
            return value
        raise WrongShapeError("", f"must be {words}")

    return decode_leaf


def _number(value: Any) -> float:
    if type(value) is float:
        if not math.isfinite(value):
            raise WrongShapeError("", "must be a finite number")
        return value
    if type(value) is int:
        return _whole(value)
    raise WrongShapeError("", "must be a number")


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise WrongShapeError("", "must be a whole number")
    if not -_LARGEST <= value < _LARGEST:
        raise WrongShapeError("", "must be a whole number of 64 bits")
    return value


LEAVES: Final[dict[Any, _Decoder]] = {
    bool: _leaf((bool,), "true or false"),
    int: _whole,
    float: _number,
    str: _leaf((str,), "text"),
    type(None): _leaf((type(None),), "null"),
    object: lambda value: value,
    Any: lambda value: value,
}


def _choice(choices: tuple[Any, ...]) -> _Decoder:
    def decode_choice(value: Any) -> Any:
        for each in choices:
            if value == each and type(value) is type(each):
                return value
        raise WrongShapeError("", f"must be one of {', '.join(json.dumps(each) for each in choices)}")

    return decode_choice


def _optional(hint: Any, arguments: tuple[Any, ...]) -> _Decoder:
    others = [each for each in arguments if each is not type(None)]
    if len(others) != 1 or len(arguments) != 2:
        raise TypeError(f"{hint!r} cannot be a field of a message: only X | None can")
    inner = _decoder(others[0])
    return lambda value: None if value is None else inner(value)


def _array(inner: _Decoder, into: Callable[[list[Any]], Any]) -> _Decoder:
    def decode_array(value: Any) -> Any:
        if type(value) is not list:
            raise WrongShapeError("", "must be an array")
        try:
            return into([inner(each) for each in value])
        except WrongShapeError:
            for place, each in enumerate(value):  # again, to find the wrong element's place
                try:
                    inner(each)
                except WrongShapeError as error:
                    raise error.under(f"[{place}]") from None
            raise

    return decode_array


def _fixed(arguments: tuple[Any, ...]) -> _Decoder:
    inner = [_decoder(each) for each in arguments]

    def decode_fixed(value: Any) -> Any:
        if type(value) is not list or len(value) != len(inner):
            raise WrongShapeError("", f"must be an array of {len(inner)}")
        found = []
        for place, (read, each) in enumerate(zip(inner, value)):  # noqa: B905 (their lengths are equal)
            try:
                found.append(read(each))
            except WrongShapeError as error:
                raise error.under(f"[{place}]") from None
        return tuple(found)

    return decode_fixed


def _object(inner: _Decoder) -> _Decoder:
    def decode_object(value: Any) -> Any:
        if type(value) is not dict:
            raise WrongShapeError("", "must be an object")
        key = ""
        try:
            found = {}
            for key, each in value.items():
                found[key] = inner(each)
        except WrongShapeError as error:
            raise error.under(str(key)) from None
        return found

    return decode_object

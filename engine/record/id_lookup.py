"""Finds the id that a person means: by itself, by a unique beginning, or by `last`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

LAST: Final = "last"


def id_called(name: str, ids: Sequence[str], what: str) -> str | None:
    """Return the id of `ids` (newest first) that `name` means, None if there is none.

    Raises LookupError if several begin with it: a sentence, in which they are called `what`, in the plural.
    """
    if name == LAST:
        return ids[0] if ids else None
    found = sorted(each for each in ids if name and each.startswith(name))
    if name in found:
        return name
    if len(found) > 1:
        raise LookupError(f"{len(found)} {what} begin with {name!r}: {found[0]}, {found[1]} ...")
    return found[0] if found else None

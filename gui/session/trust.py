"""Remembers by content which code a person has allowed to run, so that each content is asked about once."""

from __future__ import annotations

from collections.abc import Iterable

from engine.interpreters.known import is_known
from engine.workload.catalogue import Catalogue
from engine.workload.code_permission import INTERPRETER_KEY, Needed, permission_needed, program_needed
from engine.workload.toml_table import TomlTable

REMEMBERED = 500


class Trust:
    """The allowed digests, newest last; `own` says that the person typed the loaded experiment themselves."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = dict.fromkeys(allowed)
        self.own = True

    def needs(self, experiment: TomlTable, catalogue: Catalogue) -> bool:
        """Whether the engine needs the person's permission to run what is in an experiment."""
        return bool(permission_needed(experiment, catalogue, is_known))

    def missing(self, experiment: TomlTable, catalogue: Catalogue) -> list[Needed]:
        """Return the code and programs of a checked experiment that were not allowed yet."""
        return self._not_allowed(permission_needed(experiment, catalogue, is_known))

    def allows_interpreter(self, name: str | None) -> bool:
        """Whether the interpreter that an experiment names may be started to find out what it is."""
        return not self._not_allowed(program_needed({"model": {"interpreter": name}}, is_known))

    def allow(self, needed: Iterable[Needed]) -> list[str]:
        """Allow these from now on, and what the person types into them later; return the digests to remember."""
        self.own = True
        for each in needed:
            self._allowed.pop(each.digest, None)
            self._allowed[each.digest] = None
        return list(self._allowed)[-REMEMBERED:]

    def allow_interpreter(self, name: str | None) -> list[str]:
        """Allow a program that the person has chosen; return the digests to remember."""
        for each in program_needed({"model": {"interpreter": name}}, is_known):
            self._allowed[each.digest] = None
        return list(self._allowed)[-REMEMBERED:]

    def _not_allowed(self, needed: Iterable[Needed]) -> list[Needed]:
        # Typing a program's name allows nothing: the file may have been replaced by another program.
        asked = [each for each in needed if not self.own or each.key == INTERPRETER_KEY]
        return [each for each in asked if each.digest not in self._allowed]


def question(needed: Iterable[Needed]) -> str:
    """Return a sentence about what was not allowed yet, for the question."""
    parts = []
    for each in needed:
        if each.key == INTERPRETER_KEY:
            parts.append(
                "names a program as its interpreter that is not one of this machine’s known Pythons: "
                + each.what.partition(": ")[2]
            )
        else:
            parts.append("contains Python code")
    return f"This experiment {' and '.join(parts)}."

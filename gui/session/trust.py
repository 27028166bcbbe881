"""What a person has allowed to run: remembered by content, asked once per content."""

from __future__ import annotations

from collections.abc import Iterable

from engine.interpreters.known import is_known
from engine.workload.catalogue import Catalogue
from engine.workload.code_permission import INTERPRETER_KEY, Needed, permission_needed, program_needed
from engine.workload.toml_table import TomlTable

REMEMBERED = 500


class Trust:
    """The digests that were allowed, newest last; `own` says that the experiment at hand is the person's own typing."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = dict.fromkeys(allowed)
        self.own = True

    def needs(self, experiment: TomlTable, catalogue: Catalogue) -> bool:
        """Whether the engine has to be told that what is in an experiment may run."""
        return bool(permission_needed(experiment, catalogue, is_known))

    def missing(self, experiment: TomlTable, catalogue: Catalogue) -> list[Needed]:
        """Return what of a checked experiment was not allowed yet."""
        return self._not_allowed(permission_needed(experiment, catalogue, is_known))

    def allows_interpreter(self, name: str | None) -> bool:
        """Whether the interpreter that an experiment names may be started to say what it is."""
        return not self._not_allowed(program_needed({"model": {"interpreter": name}}, is_known))

    def allow(self, needed: Iterable[Needed]) -> list[str]:
        """Allow it from now on, with what is typed into it later; return what to remember."""
        self.own = True
        for each in needed:
            self._allowed.pop(each.digest, None)
            self._allowed[each.digest] = None
        return list(self._allowed)[-REMEMBERED:]

    def allow_interpreter(self, name: str | None) -> list[str]:
        """Allow a program that the person has chosen; return what to remember."""
        for each in program_needed({"model": {"interpreter": name}}, is_known):
            self._allowed[each.digest] = None
        return list(self._allowed)[-REMEMBERED:]

    def _not_allowed(self, needed: Iterable[Needed]) -> list[Needed]:
        # A program may have been put in the place of another: typing its name allows nothing.
        asked = [each for each in needed if not self.own or each.key == INTERPRETER_KEY]
        return [each for each in asked if each.digest not in self._allowed]


def question(needed: Iterable[Needed]) -> str:
    """Return what is asked about what was not allowed yet."""
    parts = []
    for each in needed:
        if each.key == INTERPRETER_KEY:
            parts.append(
                "names a program as its interpreter that is not one of this machine’s known Pythons: "
                + each.what.partition(": ")[2]
            )
        else:
            parts.append("carries Python code")
    return f"This experiment {' and '.join(parts)}."

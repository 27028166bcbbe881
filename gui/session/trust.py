"""Which code a person has allowed to run: remembered by content, asked once per content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from engine.workload.catalogue import Catalogue
from engine.workload.parameter import Kind
from engine.workload.toml_table import TomlTable

REMEMBERED = 500


def code_digest(experiment: TomlTable, catalogue: Catalogue) -> str | None:
    """Return a digest of all Python source that `experiment` carries, None if it carries none."""
    sources = [
        str(step.get(parameter.name, ""))
        for step in experiment.get("workload", {}).get("steps", [])
        if isinstance(step, dict) and step.get("kind") in catalogue.steps
        for parameter in catalogue.steps[step["kind"]].parameters
        if parameter.kind is Kind.CODE
    ]
    return hashlib.sha256("\0".join(sources).encode()).hexdigest() if sources else None


class Trust:
    """The digests that were allowed, newest last; `own` says that the code at hand is the person's own typing."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = dict.fromkeys(allowed)
        self.own = True

    def allows(self, digest: str | None) -> bool:
        """Whether code with this digest may run without asking."""
        return digest is None or self.own or digest in self._allowed

    def allow(self, digest: str) -> list[str]:
        """Allow it from now on, with what is typed into it later; return what to remember."""
        self.own = True
        self._allowed.pop(digest, None)
        self._allowed[digest] = None
        return list(self._allowed)[-REMEMBERED:]

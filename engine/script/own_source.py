"""A step's own source as part of a plain script: its imports, the rest of its text, and the names that it binds."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.models import ModelDescriptor
from engine.script.module_source import Import
from engine.workload import steps
from engine.workload.source_check import TASK, OwnFunction, OwnFunctions, SourceError, own_functions

# Names that scripts bind themselves. A source that binds one of them in another way is not copied into a script.
_MODULES: Final = (
    "asyncio contextlib http itertools multiprocessing os queue random signal sys tempfile threading time traceback"
)
_IMPORTED: Final = {name: Import(name) for name in _MODULES.split()} | {
    "Any": Import("typing", "Any"),
    "Iterator": Import("collections.abc", "Iterator"),
    "AsyncIterator": Import("collections.abc", "AsyncIterator"),
    "ThreadPoolExecutor": Import("concurrent.futures", "ThreadPoolExecutor"),
    "Queue": Import("queue", "Queue"),
}
_SCRIPTS: Final = frozenset(
    ("Item", "Items", "SEED", "failures", "item", "items", "main", "mine", "number", "shared", "states")
)
# What a source may learn of the file that it stands in: in a script it would be another.
_OF_FILE: Final = frozenset(("__name__", "__file__", "__spec__", "__loader__", "globals", "locals", "vars"))


@dataclass(frozen=True)
class OwnSource:
    """What a script copies of a step's source."""

    imports: tuple[tuple[str, Import], ...]
    text: str
    names: frozenset[str]
    functions: OwnFunctions

    @classmethod
    def of(cls, step: Mapping[str, Any]) -> OwnSource | None:
        """Return a step's source for a script; None if it does not mean the same in another file."""
        source = str(step["source"])
        if step.get("import_from"):
            return None
        try:
            functions = own_functions(source, str(step.get("function") or TASK))
        except SourceError:
            return None
        body = ast.parse(source).body
        imports = _imports(body)
        names = frozenset(symtable.symtable(source, "source", "exec").get_identifiers())
        if imports is None or names & (_SCRIPTS | _OF_FILE) or _uses(source) & _OF_FILE:
            return None
        imported = dict(imports)
        if any(name in names and imported.get(name) != wanted for name, wanted in _IMPORTED.items()):
            return None
        return cls(tuple(imports), _without_imports(source, body), names, functions)

    @property
    def around(self) -> Mapping[str, OwnFunction]:
        """The functions around its task, by name."""
        return self.functions.around


def sources_of(wanted: Sequence[Mapping[str, Any]], models: Sequence[ModelDescriptor]) -> dict[int, OwnSource] | None:
    """Return the sources of the steps that have one, by number; None if they cannot be plain together.

    Functions around the task need workers that are threads of the script's process, and a source alone.
    """
    found: dict[int, OwnSource] = {}
    for number, step in enumerate(wanted):
        if steps.load(str(step["kind"])).own is None:
            continue
        own = OwnSource.of(step)
        if own is None or any(own.names & other.names for other in found.values()):
            return None
        found[number] = own
    around = [own for own in found.values() if not own.functions.alone]
    in_threads = all(model.card.shares_memory and not model.card.is_async for model in models)
    return found if not around or (len(found) == 1 and len(models) == 1 and in_threads) else None


def _imports(body: Sequence[ast.stmt]) -> list[tuple[str, Import]] | None:
    """Return the imports at the head of a source; None if there are some that cannot stand at a script's head."""
    found: list[tuple[str, Import]] = []
    head = True
    last_line = 0
    for node in body:
        if node.lineno == last_line:  # a statement behind another on one line
            return None
        last_line = node.end_lineno or node.lineno
        if isinstance(node, ast.Import) and head:
            found += [(each.asname or each.name.partition(".")[0], Import(each.name, None)) for each in node.names]
            if any(each.asname and "." in each.name for each in node.names):
                return None
        elif isinstance(node, ast.ImportFrom) and head:
            if node.level or node.module in (None, "__future__") or any(each.name == "*" for each in node.names):
                return None
            found += [(each.asname or each.name, Import(str(node.module), each.name)) for each in node.names]
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            return None
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            head = False
    return found


def _uses(source: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}


def _without_imports(source: str, body: Sequence[ast.stmt]) -> str:
    lines: list[str | None] = list(source.splitlines())
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            lines[node.lineno - 1 : node.end_lineno] = [None] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    return "\n".join(line for line in lines if line is not None).strip("\n")

"""Collects functions, with everything from Gilscope that they need, into one source text.

Guarantees. Copied source is unchanged, comments included; only names at the top level are changed, and only if two
files use the same one. Names from the standard library or from installed packages are imported.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from engine.script.global_names import Occurrence, occurrences
from engine.script.imports import import_lines
from engine.script.module_source import Definition, Import, ModuleSource

_PRAGMA = re.compile(r"  # (?:type: ignore|noqa|pragma)\b.*$")


class ScriptError(ValueError):
    """An experiment cannot be made into a script; the message says why."""


class Bundle:
    """Definitions by section, each once and after its dependencies.

    Definitions of modules below `roots` (names of packages or modules) are copied; all others are imported. `given` are
    names at the top level of the modules in `stand_ins` that the script itself defines.
    """

    def __init__(self, roots: Iterable[str], stand_ins: str, given: Iterable[str]) -> None:
        self._roots = tuple(roots)
        self._stand_ins = stand_ins
        self._given = set(given)
        self._modules: dict[str, ModuleSource] = {}
        self._names: dict[tuple[str, str], str] = {(stand_ins, name): name for name in self._given}
        self._taken: dict[str, object] = dict.fromkeys(self._given)
        self._imports: set[tuple[str, Import]] = set()
        self._sections: dict[str, list[tuple[ModuleSource, Definition]]] = defaultdict(list)
        self._texts: dict[tuple[str, str], str] = {}
        self._preferred: dict[tuple[str, str], str] = {}
        self._brief: set[tuple[str, str]] = set()

    def given(self, module: str, name: str) -> None:
        """Declare that the script itself defines `module`'s `name`, under the same name."""
        self._names[module, name] = name
        self._taken.setdefault(name, None)

    def prefer(self, module: str, own: str, name: str) -> None:
        """If `own` of `module` is copied, rename it to `name`, unless that name is taken."""
        self._preferred[module, own] = name

    def make_brief(self, function: Any) -> None:
        """If a function is copied and its docstring is one line, leave the docstring out."""
        self._brief.add((str(function.__module__), str(function.__name__)))

    def add(self, section: str, function: Any, name: str | None = None, **instead: str) -> str:
        """Copy a function or class and its dependencies, as `name` if that is free; return the name it got.

        `instead` holds source that replaces constants of its module. Raises ScriptError if it is not defined at the top
        level of one of Gilscope's modules.
        """
        module = str(getattr(function, "__module__", ""))
        own = str(getattr(function, "__name__", ""))
        source = self._module(module)
        if own not in source.definitions:
            raise ScriptError(f"{module} does not define the function {own or function!r}")
        for constant, value in instead.items():
            self._texts[module, constant] = f"{constant} = {value}"
        if name is not None:
            self.prefer(module, own, name)
        return self._take(section, source, own)

    def add_constant(self, section: str, module: str, name: str) -> str:
        """Copy the definition of `name` at the top level of `module`; return the name it got."""
        return self._take(section, self._module(module), name)

    def need(self, module: str, name: str | None = None) -> None:
        """Import `module`, or `name` from it, for the script's own code. That name must be free."""
        self._import(Import(module, name), name or module)

    def need_as(self, wanted: Import, name: str) -> None:
        """Import what is `wanted` as `name`, for the script's own code. That name must be free."""
        self._import(wanted, name)

    def imports(self) -> list[str]:
        """Return the import lines."""
        return import_lines(self._imports)

    def text(self, section: str) -> str:
        """Return a section's definitions, two empty lines between functions."""
        parts: list[str] = []
        was_block = False
        for source, definition in self._sections[section]:
            block = isinstance(definition.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            if parts:
                parts.append("\n\n\n" if block or was_block else "\n")
            parts.append(self._text(source, definition))
            was_block = block
        return "".join(parts)

    def _take(self, section: str, source: ModuleSource, name: str) -> str:
        key = source.name, name
        if key in self._names:
            return self._names[key]
        definition = source.definitions[name]
        for each in definition.names:
            found = self._free(self._preferred.get((source.name, each), each), source.name)
            self._names[source.name, each] = found
            self._taken[found] = key
        for occurrence in self._occurrences(source, definition):
            self._reach(section, source, occurrence.name)
        self._sections[section].append((source, definition))
        return self._names[key]

    def _occurrences(self, source: ModuleSource, definition: Definition) -> list[Occurrence]:
        text = self._texts.get((source.name, definition.names[0]))
        return occurrences(ast.parse(text).body[0] if text else definition.node)

    def _reach(self, section: str, source: ModuleSource, name: str) -> None:
        """Make sure that the script defines or imports the `name` used in `source`."""
        if (source.name, name) in self._names:
            return
        if name in source.definitions:
            self._take(section, source, name)
        elif name in source.imports:
            wanted = source.imports[name]
            if not self._is_ours(wanted.module):
                self._names[source.name, name] = self._import(wanted, name)
                return
            theirs, own = self._home(wanted)
            if own not in theirs.definitions:
                raise ScriptError(f"{source.name} uses {name}, which is not a function or a constant")
            self._names[source.name, name] = self._take(section, theirs, own)
        elif not hasattr(builtins, name) and not name.startswith("__"):
            raise ScriptError(f"{source.name} uses {name}, which it neither defines nor imports")

    def _home(self, wanted: Import) -> tuple[ModuleSource, str]:
        """Return the module that defines a name, and its name there: modules may re-export names."""
        while True:
            theirs, own = self._module(wanted.module), wanted.name or ""
            passed_on = theirs.imports.get(own)
            if own in theirs.definitions or passed_on is None or not self._is_ours(passed_on.module):
                return theirs, own
            wanted = passed_on

    def _import(self, wanted: Import, name: str) -> str:
        # `import a.b` and `import a.c` both bind a.
        meaning = wanted._replace(module=name) if wanted.is_package(name) else wanted
        if self._taken.get(name) != meaning:
            name = self._free(name, wanted.module)
        self._imports.add((name, wanted))
        self._taken[name] = meaning
        return name

    def _is_ours(self, module: str) -> bool:
        return any(module == root or module.startswith(root + ".") for root in self._roots)

    def _module(self, name: str) -> ModuleSource:
        if name not in self._modules:
            if not self._is_ours(name):
                raise ScriptError(f"{name} is not one of the files that a script can be made from")
            try:
                self._modules[name] = ModuleSource.of(importlib.import_module(name))
            except (OSError, ImportError, SyntaxError) as error:
                raise ScriptError(f"the source of {name} cannot be read: {error}") from None
        return self._modules[name]

    def _free(self, name: str, module: str) -> str:
        last = module.rpartition(".")[2].strip("_")
        found, count = name, 1
        while found in self._taken or hasattr(builtins, found):
            found = f"{name}_{last}" if count == 1 else f"{name}_{last}_{count}"
            count += 1
        return found

    def _text(self, source: ModuleSource, definition: Definition) -> str:
        given = self._texts.get((source.name, definition.names[0]))
        if given is not None:
            return given
        lines = source.lines[definition.first_line - 1 : definition.last_line]
        renamed = {
            each: self._names[source.name, each]
            for each in {*definition.names, *(each.name for each in occurrences(definition.node))}
            if self._names.get((source.name, each), each) != each
        }
        _rename(lines, definition, renamed)
        if (source.name, definition.names[0]) in self._brief:
            _leave_out_docstring(lines, definition)
        return "\n".join(_PRAGMA.sub("", line) for line in lines)


def _leave_out_docstring(lines: list[str], definition: Definition) -> None:
    """Remove a one-line docstring from a function's lines."""
    node = definition.node
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or ast.get_docstring(node) is None:
        return
    first = node.body[0]
    if len(node.body) > 1 and first.lineno == first.end_lineno:
        del lines[first.lineno - definition.first_line]


def _rename(lines: list[str], definition: Definition, renamed: dict[str, str]) -> None:
    """Change the top-level names in a definition's lines, from the last place to the first."""
    places = [each for each in occurrences(definition.node) if each.name in renamed]
    for name, line, column in sorted(places, key=lambda each: (each.line, each.column), reverse=True):
        index = line - definition.first_line
        if column < 0:
            lines[index] = re.sub(rf"(?<=\{{)([^{{}}]*?)\b{name}\b", rf"\g<1>{renamed[name]}", lines[index])
            continue
        data = lines[index].encode()
        lines[index] = (data[:column] + renamed[name].encode() + data[column + len(name.encode()) :]).decode()
    node = definition.node
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name in renamed:
        index = node.lineno - definition.first_line
        lines[index] = re.sub(rf"\b{node.name}\b", renamed[node.name], lines[index], count=1)

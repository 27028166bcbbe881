"""Writes a file's import lines: sorted, `import` lines first, one line for each module."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from engine.script.module_source import Import

_WIDTH = 100


def import_lines(imports: Iterable[tuple[str, Import]]) -> list[str]:
    """Return the lines that import each name."""
    plain = set()
    by_module: dict[str, set[str]] = defaultdict(set)
    for name, wanted in imports:
        if wanted.is_package(name):
            plain.add(f"import {wanted.module}")
        elif wanted.name is None:
            plain.add(f"import {wanted.module} as {name}")
        else:
            # A name that is changed has a line of its own, as isort has it.
            place = wanted.module if name == wanted.name else f"{wanted.module} {wanted.name}"
            by_module[place].add(wanted.name if name == wanted.name else f"{wanted.name} as {name}")
    lines = sorted(plain)
    for module in sorted(by_module, key=lambda each: (each.partition(" ")[0], min(by_module[each]))):
        line = f"from {module.partition(' ')[0]} import {', '.join(sorted(by_module[module]))}"
        if len(line) > _WIDTH:
            names = "".join(f"    {each},\n" for each in sorted(by_module[module]))
            line = f"from {module} import (\n{names})"
        lines.append(line)
    return lines

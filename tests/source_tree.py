"""The project's own source as the house's tests see it: which modules there are, and what each imports."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def modules(*folders: str) -> dict[str, Path]:
    """Return every module below the folders, by its dotted name."""
    found = {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def packages(*folders: str) -> set[str]:
    """Return the dotted names of the packages below the folders."""
    return {name for name, path in modules(*folders).items() if path.name == "__init__.py"}


@functools.cache
def parsed(path: Path) -> tuple[str, tuple[tuple[str, int], ...]]:
    """Return a module's docstring ("" without one), and all that it imports: see `imports`. Parses it once."""
    tree = ast.parse(path.read_bytes())
    return ast.get_docstring(tree) or "", tuple(_imports(path, tree))


def imports(path: Path) -> tuple[tuple[str, int], ...]:
    """Return the dotted name and the line of everything `path` imports, inside functions too.

    `from a import b` is `a.b` where that is a module of ours, else `a`. What only type checkers see is left out.
    """
    return parsed(path)[1]


def _imports(path: Path, tree: ast.Module) -> Iterator[tuple[str, int]]:
    for_checkers = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If)
        and isinstance(node.test, (ast.Name, ast.Attribute))
        and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in for_checkers:
            continue
        if isinstance(node, ast.Import):
            yield from ((each.name, node.lineno) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: relative imports are not used here"
            module = node.module or ""
            for each in node.names:
                below = ROOT.joinpath(*module.split("."), each.name)
                ours = below.with_suffix(".py").exists() or (below / "__init__.py").exists()
                yield (f"{module}.{each.name}" if ours else module, node.lineno)

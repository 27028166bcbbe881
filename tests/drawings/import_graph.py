"""Who imports whom, read from the files: modules, the rooms they stand in, and circles."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOPS = ("engine", "gui")
Graph = dict[str, set[str]]


def module_files() -> dict[str, Path]:
    """Return every module of the code by its dotted name."""
    files = sorted(path for top in TOPS for path in ROOT.joinpath(top).rglob("*.py"))
    return {_name(path): path for path in files}


def module_graph(*, with_types: bool = True) -> Graph:
    """Return the modules that each module imports; `with_types` those too that it needs for its types alone."""
    files = {name: path for name, path in module_files().items() if name not in TOPS}
    return {name: set(_imports(path, files, with_types)) - {name} for name, path in files.items()}


def room_of(module: str) -> str:
    """Return the folder that a module stands in (`engine.workload.steps.sleep` -> `engine.workload`).

    A file that stands in no room, such as `gui.app`, is one by itself.
    """
    return ".".join(module.split(".")[:2])


def room_graph(modules: Mapping[str, set[str]]) -> Graph:
    """Return the rooms that each room imports."""
    rooms: Graph = {room_of(module): set() for module in modules}
    for module, imported in modules.items():
        rooms[room_of(module)] |= {room_of(each) for each in imported} - {room_of(module)}
    return rooms


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the sets of nodes that reach each other, each sorted; Tarjan's algorithm, without recursion."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []
    for start in graph:
        if start in index:
            continue
        work: list[tuple[str, Iterator[str]]] = [(start, iter(sorted(graph[start])))]
        index[start] = low[start] = len(index)
        stack.append(start)
        while work:
            node, others = work[-1]
            other = next(others, None)
            if other is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    place = stack.index(node)
                    together, stack[place:] = stack[place:], []
                    if len(together) > 1:
                        found.append(sorted(together))
            elif other not in index:
                index[other] = low[other] = len(index)
                stack.append(other)
                work.append((other, iter(sorted(graph.get(other, ())))))
            elif other in stack:
                low[node] = min(low[node], index[other])
    return sorted(found)


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path, files: Mapping[str, Path], with_types: bool) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = set() if with_types else _typing_only(tree)
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in files)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                inner = f"{node.module}.{each.name}"
                if inner in files:
                    yield inner
                elif node.module in files:
                    yield node.module


def _typing_only(tree: ast.Module) -> set[ast.AST]:
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            found |= set(ast.walk(node))
    return found

"""Draws the rooms of the code and who imports whom, from the imports as they are.

`python -m tests.drawings.architecture [FILE.svg]` writes the picture of docs/architecture.md;
`python -m tests.drawings.architecture --figures` prints figures of the code's structure instead.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.drawings.import_graph import ROOT, Graph, circles, module_files, module_graph, room_graph, room_of

PICTURE = ROOT / "docs" / "pictures" / "architecture.svg"
WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 148, 44, 16, 46, 24
_TIP = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
    '<path d="M0 0L8 4L0 8z" fill="#8A929C"/></marker></defs>'
)
_COLOURS = {"gui": ("#E3EEFB", "#0B62C4"), "engine": ("#E4F4EC", "#00704F")}


def main(arguments: Sequence[str]) -> int:
    """Write the picture, or print figures."""
    if "--figures" in arguments:
        print("\n".join(figures()))
        return 0
    path = Path(arguments[0]) if arguments else PICTURE
    path.write_text(drawing(), encoding="utf-8")
    print(path)
    return 0


def drawing() -> str:
    """Return the picture as SVG: a box a room, those that others stand on below; an arrow where a room imports another
    that it does not reach by others."""
    rooms = room_graph(module_graph(with_types=False))
    rows = _rows(rooms)
    places = _places(rows)
    width = max(x for x, _ in places.values()) + WIDTH + MARGIN
    height = max(y for _, y in places.values()) + HEIGHT + MARGIN
    count = Counter(room_of(module) for module in module_files())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        "<title>The rooms of Gilscope's code, and who imports whom</title>",
        _TIP,
        f'<rect width="{width}" height="{height}" fill="#FFFFFF"/>',
    ]
    for room, imported in sorted(_reduced(rooms).items()):
        parts += [_arrow(places[room], places[other]) for other in sorted(imported)]
    parts += [_box(room, count[room], place) for room, place in sorted(places.items())]
    return "\n".join([*parts, "</svg>", ""])


def figures() -> list[str]:
    """Return lines that tell how the code is structured."""
    modules = module_graph()
    texts = {name: path.read_text(encoding="utf-8") for name, path in module_files().items()}
    folders = Counter(path.parent.relative_to(ROOT).as_posix() for path in module_files().values())
    folder, most = folders.most_common(1)[0]
    lines = {name: text.count("\n") for name, text in texts.items()}
    longest = max(lines, key=lines.__getitem__)
    found = circles(modules)
    return [
        f"modules: {len(modules)}, lines: {sum(lines.values())}",
        f"files in the largest folder: {most} ({folder})",
        f"the longest file: {lines[longest]} lines ({longest})",
        f"dict[str, Any]: {loose_dicts()}",
        f"tables of commands: {', '.join(command_tables())}",
        f"rules for a step's kind: {', '.join(step_kind_rules())}",
        f"circles of modules, imports for types included: {len(found)}",
        *(f"  {', '.join(each)}" for each in found),
        f"circles of rooms at run time: {circles(room_graph(module_graph(with_types=False)))}",
    ]


def modules_with(is_one: Callable[[ast.AST], bool]) -> list[str]:
    """Return the modules whose code has a part that is one."""
    trees = ((name, ast.parse(path.read_text(encoding="utf-8"))) for name, path in module_files().items())
    return [name for name, tree in trees if any(map(is_one, ast.walk(tree)))]


def _makes_a_command(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Command"


def _defines(name: str) -> Callable[[ast.AST], bool]:
    return lambda node: isinstance(node, ast.FunctionDef) and node.name == name


def command_tables() -> list[str]:
    """Return the modules that make commands: one table."""
    return modules_with(_makes_a_command)


def step_kind_rules() -> list[str]:
    """Return the modules that decide what a step's time is: one."""
    return modules_with(_defines("step_kind"))


def loose_dicts() -> int:
    """Return how many times the code says `dict[str, Any]`: data whose keys and types nothing checks."""
    return sum(path.read_text(encoding="utf-8").count("dict[str, Any]") for path in module_files().values())


def _rows(rooms: Graph) -> list[list[str]]:
    """Return the rooms in rows, each below all that import it; rooms of one circle share a row."""
    together = {room: tuple(each) for each in circles(rooms) for room in each}
    ranks: dict[str, int] = {}

    def rank(room: str) -> int:
        if room not in ranks:
            group = together.get(room, (room,))
            below = {other for each in group for other in rooms[each]} - set(group)
            value = 1 + max((rank(other) for other in below), default=-1)
            ranks.update(dict.fromkeys(group, value))
        return ranks[room]

    for room in rooms:
        rank(room)
    rows = [sorted(room for room in rooms if ranks[room] == value) for value in range(max(ranks.values()) + 1)]
    return rows[::-1]


def _places(rows: list[list[str]]) -> dict[str, tuple[int, int]]:
    widest = max(len(row) for row in rows)
    places = {}
    for number, row in enumerate(rows):
        left = MARGIN + (widest - len(row)) * (WIDTH + GAP_X) // 2
        for column, room in enumerate(row):
            places[room] = (left + column * (WIDTH + GAP_X), MARGIN + number * (HEIGHT + GAP_Y))
    return places


def _reduced(rooms: Mapping[str, set[str]]) -> Graph:
    """Return the graph without the arrows that lead where others lead too."""
    reach: dict[str, set[str]] = {}
    for room in rooms:
        seen: set[str] = set()
        ahead = list(rooms[room])
        while ahead:
            other = ahead.pop()
            if other not in seen:
                seen.add(other)
                ahead += rooms[other]
        reach[room] = seen
    return {
        room: {
            other
            for other in imported
            if not any(
                other in reach[between] and room not in reach[between]
                for between in imported
                if between != other and between not in reach[other]
            )
        }
        for room, imported in rooms.items()
    }


def _box(room: str, count: int, place: tuple[int, int]) -> str:
    x, y = place
    fill, line = _COLOURS[room.partition(".")[0]]
    middle = x + WIDTH // 2
    return (
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6" fill="{fill}" stroke="{line}"/>'
        f'<text x="{middle}" y="{y + 19}" font-size="13" font-weight="600" text-anchor="middle" fill="#1B1F24">'
        f"{room.replace('.', '/')}</text>"
        f'<text x="{middle}" y="{y + 35}" font-size="11" text-anchor="middle" fill="#57606A">'
        f"{count} file{'' if count == 1 else 's'}</text>"
    )


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1 = start[0] + WIDTH // 2, start[1] + HEIGHT
    x2, y2 = end[0] + WIDTH // 2, end[1]
    bend = max(18, abs(y2 - y1) // 2)
    path = f"M{x1} {y1}C{x1} {y1 + bend} {x2} {y2 - bend} {x2} {y2 - 2}"
    return f'<path d="{path}" fill="none" stroke="#8A929C" stroke-width="1" marker-end="url(#tip)"/>'


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

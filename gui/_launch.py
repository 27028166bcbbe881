"""The entry point of the installed package: the command line where a verb is given, else the window."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run Gilscope with the command's arguments (default: this process's) and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    make_importable()
    if _is_for_command_line(arguments):
        from engine import cli

        return cli.main(arguments)
    from engine.window_needs import home_problem, window_problem

    problem = window_problem() or home_problem()
    if problem:
        print(f"gilscope: {problem}", file=sys.stderr)
        return 1
    from gui import app

    return app.main(arguments)


def make_importable() -> None:
    """Put the folder that holds `gui`, `engine` and `resources` on the path: a checkout's root, or gilscope's own.

    It comes first, and then the standard library: so `import random` never finds a person's own `random.py` on
    PYTHONPATH.
    """
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    library = os.path.dirname(os.__file__)
    standard = [path for path in sys.path if path in (library, os.path.join(library, "lib-dynload"))]
    first = [home, *standard]
    sys.path[:] = [*first, *(path for path in sys.path if path not in first)]


def _is_for_command_line(arguments: list[str]) -> bool:
    """Return whether the arguments begin with a verb, ask for help, or name no file that the window could open."""
    if not arguments:
        return False
    first = arguments[0]
    if first in ("-h", "--help", "--version"):
        return True
    if first.startswith("-") or first.endswith(".toml"):
        return False
    from engine import cli

    return first in cli.VERBS or not os.path.exists(first)


if __name__ == "__main__":
    sys.exit(main())

"""The command line: what begins it, and how an interrupted one ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from engine.commandline.interrupts import ending_signals_as_ctrl_c
from engine.commandline.verb_places import VERBS

__all__ = ["VERBS", "main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command and return its exit code: 0 done, 1 failed, 2 the request was wrong, 130 interrupted."""
    try:
        with ending_signals_as_ctrl_c():
            from engine.commandline import verbs  # what takes time to import can be interrupted as the rest can

            return verbs.carry_out(argv)
    except KeyboardInterrupt:
        from engine.commandline.console import say
        from engine.commandline.verb import INTERRUPTED

        say("gilscope: interrupted")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())

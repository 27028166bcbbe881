"""`gilscope compare`: several models, worker counts, interpreters and parameters, run in turn and judged."""

from __future__ import annotations

from argparse import Namespace

from engine.commandline.comparing.request import add_arguments
from engine.commandline.verb import Verb


def run(arguments: Namespace) -> int:
    """Run the comparison, or the rest of it, and print the result."""
    from engine.commandline.comparing import carry_out  # numpy: longer to import than most verbs take

    return carry_out.run(arguments)


VERB = Verb("compare", "run models, worker counts and interpreters in turn, and say which is best", add_arguments, run)

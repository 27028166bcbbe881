"""`gilscope completion`: prints a script with which a shell completes this command's verbs, options and files."""

from __future__ import annotations

from argparse import Action, ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterator
from typing import Final

from engine.commandline.console import emit
from engine.commandline.verb import DONE, FailedError, Verb

SHELLS: Final = ("bash", "zsh", "fish")
_WHERE: Final = """\
where to put it:
  bash  gilscope completion bash > ~/.local/share/bash-completion/completions/gilscope
  zsh   gilscope completion zsh > FOLDER/_gilscope, where FOLDER is in $fpath
  fish  gilscope completion fish > ~/.config/fish/completions/gilscope.fish
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the argument."""
    parser.epilog = _WHERE
    parser.add_argument("shell", choices=SHELLS, help="the shell to complete in")


def run(arguments: Namespace) -> int:
    """Print the completions."""
    try:
        import shtab
    except ImportError as error:
        raise FailedError(f"completions need the package shtab: {error}") from None
    from engine.commandline.verbs import parser_of_all  # it imports this module

    parser = parser_of_all()
    for action in _actions(parser):
        _complete(action, shtab.FILE, shtab.DIRECTORY)
    emit(shtab.complete(parser, arguments.shell))
    return DONE


def _actions(parser: ArgumentParser) -> Iterator[Action]:
    for action in parser._actions:  # argparse has no other way to ask
        if isinstance(action, _SubParsersAction):
            for below in action.choices.values():
                yield from _actions(below)
        else:
            yield action


def _complete(action: Action, file: object, folder: object) -> None:
    """Set an argument's completion: files, folders, models' keys, or only its declared choices."""
    name = str(action.metavar or "")
    if name == "FOLDER":
        vars(action)["complete"] = folder
    elif name.startswith(("FILE", "SCRIPT")):
        vars(action)["complete"] = file
    elif action.dest == "model" and action.choices is None:
        from engine import models

        action.choices = list(models.discover())
    elif name == "RUN":
        action.choices = ["last"]


VERB = Verb("completion", "print completions for a shell: bash, zsh or fish", add_arguments, run)

"""The texts of a command's button: what its tooltip says, and its keys as a person of this platform knows them."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence

from gui.commands.command import Command


def native_keys(command: Command) -> str:
    """Return the command's keys in the platform's notation, several separated by commas; empty without keys."""
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(each).toString(native) for each in command.keys)


def tool_tip(command: Command) -> str:
    """Return what the command's button says of it: what it does, and its keys."""
    keys = native_keys(command)
    return f"{command.tip} ({keys})" if keys else command.tip

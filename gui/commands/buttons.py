"""The texts of a command's button: its tooltip, and its keys in this platform's notation."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence

from gui.commands.command import Command


def native_keys(command: Command) -> str:
    """Return the command's keys in the platform's notation, several separated by commas; empty without keys."""
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(each).toString(native) for each in command.keys)


def tool_tip(command: Command) -> str:
    """Return the tooltip of the command's button: what it does, and its keys."""
    keys = native_keys(command)
    return f"{command.tip} ({keys})" if keys else command.tip

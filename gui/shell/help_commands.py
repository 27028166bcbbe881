"""The commands of the Help menu: shortcuts, documentation, about."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, qVersion
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from engine.wording.versions import app_version
from gui.commands.buttons import native_keys
from gui.commands.command import Command
from gui.commands.table import COMMANDS
from gui.documentation import FIRST_PAGE, Documentation
from gui.message_bar import WARNING
from gui.shell.context import WindowParts
from gui.shell.first_steps import FirstSteps
from gui.widgets.dialog_look import dress
from gui.widgets.plain_text import PlainLabel


class HelpCommands(QObject):
    """Opens windows that are not modal."""

    def __init__(self, parts: WindowParts) -> None:
        super().__init__(parts.window)
        self._window = parts.window
        self._messages = parts.messages
        self.first_steps: FirstSteps | None = None

    def shortcuts(self) -> None:
        """List every command that has keys, by menu and page."""
        area = QScrollArea()
        area.setAccessibleName("Keyboard shortcuts")
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(_shortcut_table())
        self._show("Keyboard shortcuts", area, 560, 560)

    def documentation(self) -> None:
        """Open the documentation that came with the app."""
        if not FIRST_PAGE.is_file():
            self._messages.show_message(WARNING, f"There is no documentation here: {FIRST_PAGE} is missing.", "help")
            return
        pages = Documentation(self._window)
        pages.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        pages.show()

    def getting_started(self) -> None:
        """Show three things to try."""
        if self.first_steps is not None:
            self.first_steps.show()

    def about(self) -> None:
        """Show what Gilscope is, its version, and what it is built on."""
        text = PlainLabel(
            "<h2>Gilscope</h2>"
            "<p>See how Python runs concurrent work: threads, processes and coroutines, live.</p>"
            f"<p>Version {app_version()} · Qt {qVersion()}</p>"
            "<p>MIT licence. Icons: Lucide (ISC).</p>"
        )
        text.setTextFormat(Qt.TextFormat.RichText)
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._show("About Gilscope", text, 380, 220)

    def _show(self, title: str, content: QWidget, width: int, height: int) -> None:
        dialog = QDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(title)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(dialog.close)
        layout = QVBoxLayout(dialog)
        layout.addWidget(content, 1)
        layout.addWidget(buttons)
        dress(dialog)
        dialog.resize(width, height)
        dialog.show()


def _shortcut_table() -> QWidget:
    table = QWidget()
    grid = QGridLayout(table)
    grid.setHorizontalSpacing(32)
    grid.setVerticalSpacing(8)
    row, keyed = 0, [command for command in COMMANDS if command.keys]
    for heading in dict.fromkeys(_heading(command) for command in keyed):
        commands = [command for command in keyed if _heading(command) == heading]
        row = _add_keys(grid, row, heading, [(each.plain_title, native_keys(each)) for each in commands])
    grid.setRowStretch(row, 1)
    return table


def _heading(command: Command) -> str:
    return command.menu.replace("&", "") or command.scope.value


def _add_keys(grid: QGridLayout, row: int, heading: str, keys: Sequence[tuple[str, str]]) -> int:
    """Add a group of keys from `row` on, and return the row below it."""
    title = PlainLabel(heading)
    font = title.font()
    font.setBold(True)
    title.setFont(font)
    title.setContentsMargins(0, 10 if row else 0, 0, 0)
    grid.addWidget(title, row, 0)
    for below, texts in enumerate(keys, start=row + 1):
        for column, text in enumerate(texts):
            label = PlainLabel(text)
            label.setWordWrap(column == 1)
            grid.addWidget(label, below, column)
    return row + 1 + len(keys)

"""The commands of the Help menu: shortcuts, documentation, about."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, qVersion
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from gui.commands import COMMANDS, MENUS
from gui.documentation import FIRST_PAGE, Documentation
from gui.message_bar import WARNING, MessageBar


class HelpCommands(QObject):
    """Opens windows that are not in the way of anything."""

    def __init__(self, window: QWidget, messages: MessageBar) -> None:
        super().__init__(window)
        self._window = window
        self._messages = messages

    def shortcuts(self) -> None:
        """List every command that has a shortcut, by menu."""
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(_shortcut_table())
        self._show("Keyboard shortcuts", area, 460, 560)

    def documentation(self) -> None:
        """Open the documentation that came with the app."""
        if not FIRST_PAGE.is_file():
            self._messages.show_message(WARNING, f"There is no documentation here: {FIRST_PAGE} is missing.", "help")
            return
        pages = Documentation(self._window)
        pages.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        pages.show()

    def about(self) -> None:
        """Say what this is, which version, and on what it stands."""
        text = QLabel(
            "<h2>Gilscope</h2>"
            "<p>See how Python runs concurrent work: threads, processes and coroutines, live.</p>"
            f"<p>Version {version()} · Qt {qVersion()}</p>"
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
        layout.setContentsMargins(20, 16, 20, 16)
        layout.addWidget(content, 1)
        layout.addWidget(buttons)
        dialog.resize(width, height)
        dialog.show()


def version() -> str:
    """Return the app's version, `development` in a checkout that is not installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("gilscope")
    except PackageNotFoundError:
        return "development"


def _shortcut_table() -> QWidget:
    table = QWidget()
    grid = QGridLayout(table)
    grid.setHorizontalSpacing(32)
    grid.setVerticalSpacing(6)
    row = 0
    for menu in MENUS:
        heading = QLabel(f"<b>{menu.replace('&', '')}</b>")
        heading.setContentsMargins(0, 10 if row else 0, 0, 0)
        grid.addWidget(heading, row, 0)
        row += 1
        for command in COMMANDS:
            if command.menu == menu and command.shortcut:
                keys = QKeySequence(command.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
                grid.addWidget(QLabel(command.plain_title), row, 0)
                grid.addWidget(QLabel(keys), row, 1)
                row += 1
    grid.setRowStretch(row, 1)
    return table

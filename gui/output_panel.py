"""The panel for the workload's output and the first error in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont, QFontDatabase, QTextCursor
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QVBoxLayout, QWidget

from engine.wire.task_failure import TaskFailure
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import Theme

if TYPE_CHECKING:
    from gui.session.run_data import GrowingRun

MOST_LINES: Final = 20_000
LONGEST_LINE: Final = 1_000


class OutputPanel(QWidget):
    """Read-only text; `filled` is emitted with the first text of a run."""

    filled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heading = PlainLabel()
        self._heading.setContentsMargins(8, 6, 8, 2)
        self._heading.setWordWrap(True)
        self._heading.hide()
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setMaximumBlockCount(MOST_LINES)
        self.text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.text.setAccessibleName("Output of the workload")
        self.text.setPlaceholderText("What the workload prints appears here.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._heading)
        layout.addWidget(self.text)
        self._is_filled = False
        self._line_length = 0
        self._follows = True
        self._bar = self.text.verticalScrollBar()
        self._bar.valueChanged.connect(self._on_scrolled)
        self._bar.rangeChanged.connect(self._on_grown)

    def clear(self) -> None:
        """Forget the former run."""
        self.text.clear()
        self._heading.hide()
        self._is_filled = False
        self._line_length = 0

    def append(self, text: str) -> None:
        """Add text at the end; scroll to it if the end was visible."""
        cursor = QTextCursor(self.text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        # Qt needs minutes to lay out a line of a million characters.
        broken, self._line_length = break_lines(text, self._line_length)
        cursor.insertText(broken)
        self._fill()

    def show_end(self, data: GrowingRun) -> None:
        """Add what is known only at the run's end: the first error with its traceback, and how much was not kept."""
        if data.output_dropped:
            self._line(f"… {data.output_dropped:,} more characters were printed and not kept.")
        errors = data.result.errors if data.result is not None else None
        if errors is not None and errors.first is not None:
            self._heading.setText(describe_error(errors.first, errors.count or 1))
            self._heading.show()
            self._line(errors.first.traceback.rstrip())

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's size of type."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(theme.font_pt)
        self.text.setFont(font)
        self.setMinimumHeight(round(72 * theme.scale))
        bold = QFont(QApplication.font())
        bold.setBold(True)
        self._heading.setFont(bold)

    def _on_scrolled(self, value: int) -> None:
        self._follows = value >= self._bar.maximum() - 1

    def _on_grown(self) -> None:
        # Also when the panel's own height changes.
        if self._follows:
            self._bar.setValue(self._bar.maximum())

    def _line(self, text: str) -> None:
        if text:
            last = self.text.document().lastBlock().text()
            self.append(f"\n{text}\n" if last else f"{text}\n")

    def _fill(self) -> None:
        if not self._is_filled:
            self._is_filled = True
            self.filled.emit()


def break_lines(text: str, begun: int) -> tuple[str, int]:
    """Return `text` with its lines broken after LONGEST_LINE characters, and how long its last line is then.

    `begun` is the length of the unfinished line that `text` continues.
    """
    lines = []
    for line in text.split("\n"):
        start = 0
        while begun + len(line) - start > LONGEST_LINE:
            lines.append(line[start : start + LONGEST_LINE - begun])
            start += LONGEST_LINE - begun
            begun = 0
        lines.append(line[start:])
        last = begun + len(line) - start
        begun = 0
    return "\n".join(lines), last


def describe_error(first: TaskFailure, count: int) -> str:
    """Return one sentence about the first error of a run that had `count` errors."""
    where = f"step {first.step + 1}" if first.step is not None else "a step"
    kind = f" ({first.kind})" if first.kind else ""
    task = f"Task {first.task:,}" if first.task is not None else "A task"
    text = f"{task} failed in {where}{kind}: {first.type or 'error'}: {first.message}".rstrip(": ")
    others = count - 1
    return f"{text}. {others:,} more failed." if others > 0 else f"{text}."

"""Messages that are not modal: a line above the pages, with buttons for what can be done about it.

Transient messages appear below the pages, so that nothing moves under the pointer when they come and go.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from engine.log_file import NAME
from gui.widgets.appearance import mixed
from gui.widgets.button_style import PushButton
from gui.widgets.icons import icon
from gui.widgets.plain_text import PlainLabel, plain_tip
from gui.widgets.theme import LIGHT, Theme

INFO, WARNING, ERROR = "info", "warning", "error"
MOST_MESSAGES: Final = 4
INFO_SHOWN_MS: Final = 8_000
LONGEST: Final = 600  # characters that are shown; the tooltip has the whole text

_LOG: Final = logging.getLogger(NAME)
_LEVELS: Final = {INFO: logging.INFO, WARNING: logging.WARNING, ERROR: logging.ERROR}
_ICONS: Final = {INFO: "info", WARNING: "triangle-alert", ERROR: "triangle-alert"}

Action = tuple[str, Callable[[], None]]


class Message(QWidget):
    """One message: its level, its text, buttons for what can be done, and one that dismisses it."""

    closed = Signal(object)

    def __init__(self, level: str, text: str, topic: str, actions: Sequence[Action], theme: Theme) -> None:
        super().__init__()
        self.level = level
        self.topic = topic
        self.text = text
        self._theme = theme
        self._icon = PlainLabel()
        self._label = PlainLabel(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._label.setToolTip(plain_tip(text if len(text) > LONGEST else ""))
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)  # else its second line is cut off
        self._label.setSizePolicy(policy)
        self._dismiss = QToolButton()
        self._dismiss.setAutoRaise(True)
        self._dismiss.setToolTip("Dismiss")
        self._dismiss.setAccessibleName("Dismiss this message")
        self._dismiss.clicked.connect(self.close_message)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 6, 6, 6)
        layout.setSpacing(10)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self._label, 1)
        self.buttons = [self._button(title, callback) for title, callback in actions]
        for button in self.buttons:
            layout.addWidget(button)
        layout.addWidget(self._dismiss)
        self.setAccessibleName(f"{level}: {text}")
        self.set_theme(theme)

    def close_message(self) -> None:
        """Dismiss the message."""
        self.closed.emit(self)

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme` from now on."""
        self._theme = theme
        color = self._color()
        size = round(18 * theme.scale)
        self._icon.setPixmap(icon(_ICONS[self.level], color.name()).pixmap(size, size))
        self._dismiss.setIcon(icon("x", theme.muted))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the level's colour as a tint, and strongly at the left edge."""
        color = self._color()
        painter = QPainter(self)
        painter.fillRect(self.rect(), mixed(self._theme.panel, color.name(), 0.14))
        painter.fillRect(0, 0, 4, self.height(), color)
        painter.fillRect(0, self.height() - 1, self.width(), 1, mixed(self._theme.panel, color.name(), 0.35))

    def _button(self, title: str, callback: Callable[[], None]) -> PushButton:
        button = PushButton(title)
        button.clicked.connect(lambda: self._act(callback))
        return button

    def _act(self, callback: Callable[[], None]) -> None:
        self.close_message()
        callback()

    def _color(self) -> QColor:
        theme = self._theme
        colors = {INFO: theme.accent, WARNING: "#E0A030" if theme.dark else "#B7791F", ERROR: theme.danger}
        return QColor(colors[self.level])


class _Lines(QWidget):
    """Messages one above the other, the newest at the top; takes no room where there are none."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(1)
        self.setAccessibleName(name)
        self.hide()

    def add(self, message: Message) -> None:
        """Show a message."""
        self._lines.insertWidget(0, message)
        self.show()

    def take(self, message: Message) -> None:
        """Remove a message, if it is one of these."""
        self._lines.removeWidget(message)
        self.setVisible(self._lines.count() > 0)


class MessageBar(_Lines):
    """The messages that stay until they are dismissed; the separate widget `passing` holds the transient ones."""

    def __init__(self) -> None:
        super().__init__("Messages")
        self._theme = LIGHT
        self.messages: list[Message] = []
        self.passing = _Lines("Passing messages")

    def show_message(self, level: str, text: str, topic: str = "", actions: Sequence[Action] = ()) -> Message:
        """Show a message. It replaces one about the same `topic` or with the same text.

        Information without buttons disappears after INFO_SHOWN_MS; problems, and messages with buttons, stay.
        """
        _LOG.log(_LEVELS[level], "%s", text)
        for former in [each for each in self.messages if each.text == text or (topic and each.topic == topic)]:
            self._remove(former)
        while len(self.messages) >= MOST_MESSAGES:
            self._remove(self.messages[-1])
        message = Message(level, text, topic, actions, self._theme)
        message.closed.connect(self._remove)
        self.messages.insert(0, message)
        passes = level == INFO and not actions
        (self.passing if passes else self).add(message)
        if passes:
            QTimer.singleShot(INFO_SHOWN_MS, message, message.close_message)
        QAccessible.updateAccessibility(QAccessibleEvent(message, QAccessible.Event.Alert))
        return message

    def clear(self, topic: str) -> None:
        """Remove the messages about `topic`."""
        for message in [each for each in self.messages if each.topic == topic]:
            self._remove(message)

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme` from now on."""
        self._theme = theme
        for message in self.messages:
            message.set_theme(theme)

    def _remove(self, message: Message) -> None:
        if message in self.messages:
            self.messages.remove(message)
            for lines in (self, self.passing):
                lines.take(message)
            message.hide()
            message.deleteLater()

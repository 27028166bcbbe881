"""The groups of a workload as a row of tabs, and the form of the one in front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.workload.experiment import MAX_WORKERS
from gui.composer.draft import GroupDraft
from gui.composer.undo_keys import pass_undo_keys
from gui.widgets.icons import icon
from gui.widgets.plain_text import PlainLabel, plain_tip
from gui.widgets.theme import LIGHT, Theme

MOST_TASKS: Final = 1_000_000_000
MOST_PER_S: Final = 1_000_000.0


class _Tabs(QTabBar):
    """A tab a group; dragged to another place, or moved there by Alt with Left or Right."""

    remove_requested = Signal()
    duplicate_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setMovable(True)
        self.setExpanding(False)
        self.setDrawBase(False)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.setAccessibleName("Groups")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, alt = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if alt and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            target = self.currentIndex() + (1 if key == Qt.Key.Key_Right else -1)
            if 0 <= target < self.count():
                self.moveTab(self.currentIndex(), target)
        elif key == Qt.Key.Key_Delete:
            self.remove_requested.emit()
        elif key == Qt.Key.Key_D and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.duplicate_requested.emit()
        else:
            super().keyPressEvent(event)


class GroupBar(QWidget):
    """Shows groups and asks for changes; it changes none itself."""

    chosen = Signal(int)
    add_requested = Signal()
    duplicate_requested = Signal(int)
    remove_requested = Signal(int)
    moved = Signal(int, int)  # from, to
    edited = Signal(int, str, object)  # the group, a key of its table, its value; None: not in the file

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = LIGHT
        self._values: Mapping[str, object] = {}
        self.tabs = _Tabs()
        self.name = QLineEdit()
        self.name.setMaxLength(40)
        pass_undo_keys(self.name)
        self.workers = QSpinBox()
        self.workers.setRange(1, MAX_WORKERS)
        self.tasks = QSpinBox()
        self.tasks.setRange(0, MOST_TASKS)
        self.tasks.setSpecialValueText("as the run says")
        self.tasks.setStepType(QSpinBox.StepType.AdaptiveDecimalStepType)
        self.arrivals = QDoubleSpinBox()
        self.arrivals.setRange(0.0, MOST_PER_S)
        self.arrivals.setSuffix(" /s")
        self.arrivals.setSpecialValueText("when one is free")
        self.arrivals.setToolTip(
            "0: a worker takes the next task when it is free. Else tasks arrive at this mean rate."
        )
        for box in (self.workers, self.tasks, self.arrivals):
            box.setGroupSeparatorShown(True)
            box.setKeyboardTracking(False)
        self.problem = PlainLabel()
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        self.buttons = {
            "plus": self._button("Add a group", self.add_requested),
            "copy": self._button("Duplicate this group (Ctrl+D)", None),
            "trash": self._button("Remove this group (Delete)", None),
        }
        self._lay_out()
        self._connect()

    def show_groups(self, groups: Sequence[GroupDraft], current: int, problem: str) -> None:
        """Show these groups, the one at `current` in front, and what is wrong with it."""
        self.setVisible(bool(groups))
        if not groups:
            return
        blocked = self.tabs.blockSignals(True)
        while self.tabs.count() > len(groups):
            self.tabs.removeTab(self.tabs.count() - 1)
        for place, group in enumerate(groups):
            if place == self.tabs.count():
                self.tabs.addTab("")
            text = f"{group.name or '?'} × {group.workers:,}".replace("&", "&&")
            self.tabs.setTabText(place, text)
            self.tabs.setTabIcon(place, self._dot(place))
            self.tabs.setTabToolTip(place, f"{group.name}: {group.workers:,} worker{'s' * (group.workers != 1)}")
        self.tabs.setCurrentIndex(current)
        self.tabs.blockSignals(blocked)
        self._show_values(groups[current].values)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def focus(self, key: str) -> None:
        """Put the focus where a key of the group in front is edited."""
        fields: dict[str, QWidget] = {"workers": self.workers, "tasks": self.tasks, "arrival_per_s": self.arrivals}
        fields.get(key, self.name).setFocus()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        side = round(16 * theme.scale)
        for name, button in self.buttons.items():
            button.setIcon(icon(name, theme.text, theme.border))
            button.setIconSize(QSize(side, side))
        for place in range(self.tabs.count()):
            self.tabs.setTabIcon(place, self._dot(place))
        palette = self.problem.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(theme.danger))
        self.problem.setPalette(palette)

    def _show_values(self, values: Mapping[str, object]) -> None:
        self._values = values
        for each in (self.name, self.workers, self.tasks, self.arrivals):
            each.blockSignals(True)
        if self.name.text() != str(values.get("name", "")):
            self.name.setText(str(values.get("name", "")))
        for box, key, least in ((self.workers, "workers", 1), (self.tasks, "tasks", 0)):
            number = values.get(key, least)
            box.setValue(number if isinstance(number, int) else least)
        rate = values.get("arrival_per_s", 0.0)
        self.arrivals.setValue(float(rate) if isinstance(rate, (int, float)) else 0.0)
        for each in (self.name, self.workers, self.tasks, self.arrivals):
            each.blockSignals(False)

    def _dot(self, place: int) -> QIcon:
        side = 10
        picture = QPixmap(side, side)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.series[place % len(self._theme.series)]))
        painter.drawEllipse(0, 0, side, side)
        painter.end()
        return QIcon(picture)

    def _button(self, text: str, asked: SignalInstance | None) -> QToolButton:
        button = QToolButton()
        button.setAutoRaise(True)
        button.setToolTip(plain_tip(text))
        button.setAccessibleName(text.partition(" (")[0])
        if asked is not None:
            button.clicked.connect(asked)
        return button

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(2)
        line.addWidget(self.tabs, 1)
        for button in self.buttons.values():
            line.addWidget(button)
        form = QGridLayout()
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(4)
        fields = (("Name", self.name), ("Workers", self.workers), ("Tasks", self.tasks), ("Arrivals", self.arrivals))
        for place, (title, field) in enumerate(fields):
            label = PlainLabel(title)
            label.setBuddy(field)
            field.setAccessibleName(f"{title} of the group")
            form.addWidget(label, place // 2 * 2, place % 2)
            form.addWidget(field, place // 2 * 2 + 1, place % 2)
        form.setColumnStretch(0, 1)
        form.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(6)
        layout.addLayout(line)
        layout.addLayout(form)
        layout.addWidget(self.problem)

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(self.chosen)
        self.tabs.tabMoved.connect(self.moved)
        self.tabs.remove_requested.connect(lambda: self.remove_requested.emit(self.tabs.currentIndex()))
        self.tabs.duplicate_requested.connect(lambda: self.duplicate_requested.emit(self.tabs.currentIndex()))
        self.buttons["copy"].clicked.connect(lambda: self.duplicate_requested.emit(self.tabs.currentIndex()))
        self.buttons["trash"].clicked.connect(lambda: self.remove_requested.emit(self.tabs.currentIndex()))
        self.name.textEdited.connect(lambda text: self._tell("name", text))
        self.workers.valueChanged.connect(lambda number: self._tell("workers", number))
        self.tasks.valueChanged.connect(lambda number: self._tell("tasks", number or None))
        self.arrivals.valueChanged.connect(lambda rate: self._tell("arrival_per_s", rate or None))

    def _tell(self, key: str, value: object | None) -> None:
        self.edited.emit(self.tabs.currentIndex(), key, value)

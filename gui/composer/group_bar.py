"""The groups of a workload as a row of tabs, and the form of the one in front."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QMouseEvent, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
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

from engine.workload.catalogue import Catalogue
from engine.workload.check_groups import MAX_WORKERS
from engine.workload.group import DEFAULT_QUEUE
from gui.composer.draft import Draft
from gui.undo.undo_keys import pass_undo_keys
from gui.widgets.icons import icon
from gui.widgets.plain_text import PlainLabel, plain_tip
from gui.widgets.theme import LIGHT, Theme

MOST_TASKS: Final = 1_000_000_000
MOST_PER_S: Final = 1_000_000.0
MAX_QUEUE: Final = 1_000_000


class _Tabs(QTabBar):
    """A tab for each group; it can be moved by dragging, or by Alt with Left or Right."""

    remove_requested = Signal()
    duplicate_requested = Signal()
    move_ended = Signal()  # the mouse was released, or a key has moved a tab by one place

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # Qt's own tabs take no keys after a click
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
                self.move_ended.emit()
        elif key == Qt.Key.Key_Delete:
            self.remove_requested.emit()
        elif key == Qt.Key.Key_D and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.duplicate_requested.emit()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self.move_ended.emit()


class GroupBar(QWidget):
    """Shows groups and asks for changes; it changes none itself."""

    chosen = Signal(int)
    add_requested = Signal()
    duplicate_requested = Signal(int)
    remove_requested = Signal(int)
    moved = Signal(int, int)  # from, to
    pipeline_chosen = Signal(bool)  # whether they are stages of a pipeline
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
        self.tasks.setSpecialValueText("as in the run bar")
        self.tasks.setStepType(QSpinBox.StepType.AdaptiveDecimalStepType)
        self.arrivals = QDoubleSpinBox()
        self.arrivals.setRange(0.0, MOST_PER_S)
        self.arrivals.setSuffix(" /s")
        self.arrivals.setSpecialValueText("when one is free")
        self.arrivals.setToolTip(
            "0: a worker takes the next task when it is free. Otherwise tasks arrive at this mean rate."
        )
        self.queue = QSpinBox()
        self.queue.setRange(1, MAX_QUEUE)
        self.queue.setToolTip("How many tasks may wait before the next stage. When it is full, this stage waits.")
        for box in (self.workers, self.tasks, self.arrivals, self.queue):
            box.setGroupSeparatorShown(True)
            box.setKeyboardTracking(False)
            pass_undo_keys(box)
        self.model = QComboBox()
        self.kind = QComboBox()
        self.kind.addItem("run side by side")
        self.kind.addItem("hand tasks on, as a pipeline")
        self.kind.setAccessibleName("How the groups work together")
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

    def show_draft(self, draft: Draft, current: int, catalogue: Catalogue | None, problem: str) -> None:
        """Show a draft's groups, the one at `current` in front, and what is wrong with it."""
        groups = draft.groups
        self.setVisible(bool(groups))
        if not groups:
            return
        self._show_kind(draft, current, catalogue)
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

    def _show_kind(self, draft: Draft, current: int, catalogue: Catalogue | None) -> None:
        word = "stage" if draft.is_pipeline else "group"
        blocked = self.kind.blockSignals(True)
        self.kind.setCurrentIndex(int(draft.is_pipeline))
        self.kind.blockSignals(blocked)
        for name, text in (
            ("plus", "Add a {}"),
            ("copy", "Duplicate this {} (Ctrl+D)"),
            ("trash", "Remove this {} (Delete)"),
        ):
            self.buttons[name].setToolTip(plain_tip(text.format(word)))
            self.buttons[name].setAccessibleName(text.format(word).partition(" (")[0])
        self.tabs.setAccessibleName(f"{word.capitalize()}s")
        for fields, shown in ((self._group_fields, not draft.is_pipeline), (self._stage_fields, draft.is_pipeline)):
            for field in fields:
                field.setVisible(shown)
        self.queue.setEnabled(current + 1 < len(draft.groups))
        self._offer_models(catalogue)

    def _offer_models(self, catalogue: Catalogue | None) -> None:
        able = [card for card in catalogue.models.values() if not card.no_stages] if catalogue else []
        if [card.key for card in able] == [self.model.itemData(place) for place in range(1, self.model.count())]:
            return
        blocked = self.model.blockSignals(True)
        self.model.clear()
        self.model.addItem("as in the run bar", None)
        for card in able:
            self.model.addItem(card.title, card.key)
        self.model.blockSignals(blocked)

    def focus(self, key: str) -> None:
        """Put the focus on the field of a key of the group in front."""
        fields: dict[str, QWidget] = {"workers": self.workers, "tasks": self.tasks, "arrival_per_s": self.arrivals}
        fields |= {"queue": self.queue, "model": self.model}
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
        fields = (self.name, self.workers, self.tasks, self.arrivals, self.queue, self.model)
        for each in fields:
            each.blockSignals(True)
        if self.name.text() != str(values.get("name", "")):
            self.name.setText(str(values.get("name", "")))
        for box, key, least in (
            (self.workers, "workers", 1),
            (self.tasks, "tasks", 0),
            (self.queue, "queue", DEFAULT_QUEUE),
        ):
            number = values.get(key, least)
            box.setValue(number if isinstance(number, int) else least)
        rate = values.get("arrival_per_s", 0.0)
        self.arrivals.setValue(float(rate) if isinstance(rate, (int, float)) else 0.0)
        self.model.setCurrentIndex(max(0, self.model.findData(values.get("model"))))
        for each in fields:
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
        line.addWidget(self.kind, 1)
        for button in self.buttons.values():
            line.addWidget(button)
        form = QGridLayout()
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(4)
        self._group_fields: list[QWidget] = []
        self._stage_fields: list[QWidget] = []
        fields = (
            ("Name", self.name, None),
            ("Workers", self.workers, None),
            ("Tasks", self.tasks, self._group_fields),
            ("Arrivals", self.arrivals, self._group_fields),
            ("Model", self.model, self._stage_fields),
            ("Queue behind it", self.queue, self._stage_fields),
        )
        for place, (title, field, kind) in enumerate(fields):
            label = PlainLabel(title)
            label.setBuddy(field)
            field.setAccessibleName(title)
            form.addWidget(label, place // 2 * 2, place % 2)
            form.addWidget(field, place // 2 * 2 + 1, place % 2)
            if kind is not None:
                kind += [label, field]
        form.setColumnStretch(0, 1)
        form.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(6)
        layout.addLayout(line)
        layout.addWidget(self.tabs)
        layout.addLayout(form)
        layout.addWidget(self.problem)

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(self.chosen)
        self.tabs.tabMoved.connect(self.moved)
        self.tabs.remove_requested.connect(lambda: self.remove_requested.emit(self.tabs.currentIndex()))
        self.tabs.duplicate_requested.connect(lambda: self.duplicate_requested.emit(self.tabs.currentIndex()))
        self.buttons["copy"].clicked.connect(lambda: self.duplicate_requested.emit(self.tabs.currentIndex()))
        self.buttons["trash"].clicked.connect(lambda: self.remove_requested.emit(self.tabs.currentIndex()))
        self.kind.activated.connect(lambda place: self.pipeline_chosen.emit(bool(place)))
        self.queue.valueChanged.connect(lambda number: self._tell("queue", number))
        self.model.activated.connect(lambda: self._tell("model", self.model.currentData()))
        self.name.textEdited.connect(lambda text: self._tell("name", text))
        self.workers.valueChanged.connect(lambda number: self._tell("workers", number))
        self.tasks.valueChanged.connect(lambda number: self._tell("tasks", number or None))
        self.arrivals.valueChanged.connect(lambda rate: self._tell("arrival_per_s", rate or None))

    def _tell(self, key: str, value: object | None) -> None:
        self.edited.emit(self.tabs.currentIndex(), key, value)

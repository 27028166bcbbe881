"""The steps in order, as cards that can be moved with the mouse or the keyboard."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPoint,
    QSize,
    Qt,
    QTimerEvent,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QListView,
    QMenu,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from gui.composer.step_card_painter import StepCardPainter
from gui.composer.step_model import StepModel, StepRow
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import Theme

_SCROLL_MS = 30
_SELECTED = QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_Enabled


class _Drag:
    """A card that is being dragged: its step, where it came from, where it was gripped, and its picture."""

    def __init__(self, uid: int, source: int, grip: int, picture: QPixmap, viewport: QWidget) -> None:
        self.uid = uid
        self.source = source
        self.grip = grip
        self.pointer = QPoint()
        self.card = PlainLabel(viewport)
        self.card.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.card.setPixmap(picture)
        self.card.show()


class StepList(QListView):
    """Shows rows and asks for changes; it changes only the display, during a drag.

    Keys: Up and Down choose, Alt+Up and Alt+Down move, Delete removes, Ctrl+D duplicates, Insert adds, Enter edits.
    """

    selected = Signal(int)  # uid
    moved = Signal(int, int)  # uid, the place it is to have
    duplicate_requested = Signal(int)
    remove_requested = Signal(int)
    add_requested = Signal()
    edit_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = StepModel(self)
        self._painter = StepCardPainter(self)
        self._pressed: QPoint | None = None
        self._drag: _Drag | None = None
        self._scrolling = 0
        self.installEventFilter(self)
        self.setModel(self._rows)
        self.setItemDelegate(self._painter)
        self.setAccessibleName("Steps")
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.selectionModel().currentChanged.connect(self._on_current_changed)

    @property
    def rows(self) -> list[StepRow]:
        """The rows in the order that is shown."""
        return self._rows.rows

    def current_uid(self) -> int | None:
        """Return the chosen step's uid, None if there is none."""
        index = self.currentIndex()
        return self.rows[index.row()].uid if index.isValid() else None

    def show_rows(self, rows: list[StepRow], chosen: int | None) -> None:
        """Show other rows, the one with the uid `chosen` selected."""
        if self._drag is not None:
            self._end_drag()
        self._rows.set_rows(rows)
        place = self._rows.row_of(chosen)
        index = self._rows.index(place) if place >= 0 else QModelIndex()
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if index.isValid():
            self.scrollTo(index)

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._painter.theme = theme
        self.scheduleDelayedItemsLayout()
        self.viewport().update()

    def content_height(self) -> int:
        """Return the height at which all steps are visible."""
        return self._painter.card_height(self.font()) * max(len(self.rows), 1) + 2

    def sizeHint(self) -> QSize:
        return QSize(260, self.content_height())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, min(self.content_height(), self._painter.card_height(self.font()) * 2))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.currentIndex().isValid() and self._drag is None:
            self.scrollTo(self.currentIndex())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # While a card is being dragged, Escape puts it back and does nothing else in the window.
        if event.type() == QEvent.Type.ShortcutOverride and self._drag is not None and isinstance(event, QKeyEvent):
            event.accept()
            return True
        return watched is not self and super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, uid = event.key(), self.current_uid()
        if self._drag is not None:
            if key == Qt.Key.Key_Escape:
                self._end_drag()
            return
        if key == Qt.Key.Key_Insert:
            self.add_requested.emit()
        elif uid is None or not self._on_step_key(event, uid):
            super().keyPressEvent(event)

    def _on_step_key(self, event: QKeyEvent, uid: int) -> bool:
        key, place = event.key(), self.currentIndex().row()
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._ask_move(uid, place + (1 if key == Qt.Key.Key_Down else -1))
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_requested.emit(uid)
        elif key == Qt.Key.Key_D and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.duplicate_requested.emit(uid)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.edit_requested.emit()
        else:
            return False
        return True

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.step_menu()
        if menu is not None:
            menu.popup(event.globalPos())

    def step_menu(self) -> QMenu | None:
        """Return a menu of what can be done with the chosen step, None if there is none."""
        uid, place = self.current_uid(), self.currentIndex().row()
        if uid is None:
            return None
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        up = menu.addAction("Move up\tAlt+Up", lambda: self._ask_move(uid, place - 1))
        up.setEnabled(place > 0)
        down = menu.addAction("Move down\tAlt+Down", lambda: self._ask_move(uid, place + 1))
        down.setEnabled(place < len(self.rows) - 1)
        menu.addSeparator()
        menu.addAction("Duplicate\tCtrl+D", lambda: self.duplicate_requested.emit(uid))
        menu.addAction("Remove\tDel", lambda: self.remove_requested.emit(uid))
        return menu

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        left = event.button() == Qt.MouseButton.LeftButton
        self._pressed = event.position().toPoint() if left and index.isValid() else None
        super().mousePressEvent(event)  # chooses the card under the pointer

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            super().mouseMoveEvent(event)
            return
        if self._drag is None:
            if (place - self._pressed).manhattanLength() < QApplication.startDragDistance():
                return
            self._begin_drag(self._pressed, self.currentIndex())
        self._drag_to(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self._pressed = None
        drag = self._drag
        if drag is None:
            return
        target = self._rows.row_of(drag.uid)
        self._end_drag()
        if target != drag.source:
            self.moved.emit(drag.uid, target)

    def timerEvent(self, event: QTimerEvent) -> None:
        if self._scrolling and event.timerId() == self._scrolling and self._drag is not None:
            self._scroll_at_edge(self._drag.pointer)
            self._drag_to(self._drag.pointer)
        else:
            super().timerEvent(event)

    def _ask_move(self, uid: int, target: int) -> None:
        if 0 <= target < len(self.rows):
            self.moved.emit(uid, target)

    def _begin_drag(self, pressed: QPoint, index: QModelIndex) -> None:
        rect = self.visualRect(index)  # the list may have scrolled since the press, to show the card whole
        row = self.rows[index.row()]
        grip = min(max(pressed.y() - rect.top(), 0), rect.height())
        self._drag = _Drag(row.uid, index.row(), grip, self._picture(index), self.viewport())
        self._rows.lift(row.uid)
        self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        self._scrolling = self.startTimer(_SCROLL_MS)

    def _drag_to(self, place: QPoint) -> None:
        """Float the card at the pointer and show the others in the order after a drop here."""
        drag = self._drag
        if drag is None:
            return
        drag.pointer = place
        pitch = self._painter.card_height(self.font())
        first = self.visualRect(self._rows.index(0)).top()
        last = first + pitch * (len(self.rows) - 1)
        top = min(max(place.y() - drag.grip, first), last)
        drag.card.move(self.visualRect(self._rows.index(0)).left(), top)
        target = min(max(round((top - first) / pitch), 0), len(self.rows) - 1)
        source = self._rows.row_of(drag.uid)
        if target != source:
            self._rows.move(source, target)

    def _scroll_at_edge(self, place: QPoint) -> None:
        edge, bar = self._painter.card_height(self.font()) // 3, self.verticalScrollBar()
        if place.y() < edge:
            bar.setValue(bar.value() - edge // 2)
        elif place.y() > self.viewport().height() - edge:
            bar.setValue(bar.value() + edge // 2)

    def _end_drag(self) -> None:
        """Restore the order before the drag; the caller then asks for the move."""
        drag, self._drag, self._pressed = self._drag, None, None
        if drag is None:
            return
        self.killTimer(self._scrolling)
        self._scrolling = 0
        self._rows.move(self._rows.row_of(drag.uid), drag.source)
        self._rows.lift(None)
        drag.card.deleteLater()
        self.viewport().unsetCursor()

    def _picture(self, index: QModelIndex) -> QPixmap:
        rect = self.visualRect(index)
        ratio = self.devicePixelRatioF()
        picture = QPixmap(rect.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        option.rect = rect.translated(-rect.topLeft())
        option.state |= _SELECTED
        painter = QPainter(picture)
        painter.setOpacity(0.92)
        self._painter.paint(painter, option, index)
        painter.end()
        return picture

    def _on_current_changed(self, current: QModelIndex) -> None:
        if current.isValid():
            self.selected.emit(self.rows[current.row()].uid)

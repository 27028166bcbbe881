"""The window: menus, the run bar, docks around the pages, and their geometry; no logic."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QDockWidget, QFrame, QMainWindow, QVBoxLayout, QWidget

from gui.dock_widths import DockWidths, WidthRule
from gui.message_bar import MessageBar
from gui.output_panel import OutputPanel
from gui.run_bar.run_bar import RunBar
from gui.settings import Settings
from gui.watch.dropped_file import dropped_file
from gui.widgets.flat_tabs import FlatTabs
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import Theme

if TYPE_CHECKING:
    from gui.widgets.view import View

_LEFT, _RIGHT, _BOTTOM = (
    Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.DockWidgetArea.RightDockWidgetArea,
    Qt.DockWidgetArea.BottomDockWidgetArea,
)
LEAST_COMPOSER: Final = 250  # pixels at scale 1
LEAST_SIDE: Final = 220
FIRST_SIZE: Final = QSize(1360, 860)
FRAME: Final = QSize(8, 40)  # of a window's edges and title bar, whose real size is known only once it is shown
LEAST_BODY: Final = 320  # height of pages and docks at scale 1: a small screen also needs run bar, messages and output
# Of composer and side panes: percent of the window's width, and the least and the most in pixels.
WIDTHS: Final = (WidthRule(24, 300, 380), WidthRule(24, 280, 480))
WIDTHS_WITH_CODE: Final = (WidthRule(29, 340, 640), WidthRule(22, 240, 480))  # lines of Python need room


class MainWindow(QMainWindow):
    """Holds the parts in their places. `pages` are the tabs of the middle, `side` those at the right."""

    page_changed = Signal()
    dropped = Signal(object)  # Path: a file that the window can do something with

    def __init__(self, composer: QWidget, run_bar: RunBar) -> None:
        super().__init__()
        self.setObjectName("gilscope")
        self.setAcceptDrops(True)
        self._output_shown = self._output_by_itself = False
        self.may_close: Callable[[], bool] = lambda: True
        self.composer = composer
        self.run_bar = run_bar
        self.messages = MessageBar()
        self.output = OutputPanel()
        self.pages = FlatTabs("Pages")
        self.side = FlatTabs("Side panes")
        # The docks are around the pages only: the run bar spans the window above them.
        self.body = QMainWindow()
        self.body.setWindowFlags(Qt.WindowType.Widget)
        self.body.setDockOptions(QMainWindow.DockOption.AllowTabbedDocks | QMainWindow.DockOption.AnimatedDocks)
        self.body.setCentralWidget(self.pages)
        self.composer_dock = self._dock("Workload", "composer", composer, _LEFT)
        self.side_dock = self._dock("Explanation", "side", self.side, _RIGHT)
        self.output_dock = self._dock("Output", "output", self.output, _BOTTOM)
        self.output_dock.hide()
        self.body.setCorner(Qt.Corner.BottomLeftCorner, _LEFT)
        self.body.setCorner(Qt.Corner.BottomRightCorner, _RIGHT)
        self._line = QFrame()
        self._line.setFixedHeight(1)
        central = QWidget()
        layout = QVBoxLayout(central)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for part in (run_bar, self._line, self.messages):
            layout.addWidget(part)
        layout.addWidget(self.body, 1)
        self._column = layout
        layout.addWidget(self.messages.passing)
        self.setCentralWidget(central)
        self.pages.currentChanged.connect(self.page_changed)
        self.pages.tabBarClicked.connect(lambda _index: QTimer.singleShot(0, self, self.focus_page))
        self.side.currentChanged.connect(self.page_changed)
        self.widths = DockWidths(self.body, (self.composer_dock, self.side_dock), WIDTHS)
        for dock in self.docks():
            dock.visibilityChanged.connect(self.page_changed)

    def docks(self) -> tuple[QDockWidget, ...]:
        """Return the docks."""
        return (self.composer_dock, self.side_dock, self.output_dock)

    def add_page(self, view: View, title: str) -> None:
        """Add a page to the middle."""
        self.pages.addTab(view, title)

    def add_side(self, view: View, title: str) -> None:
        """Add a pane at the right."""
        self.side.addTab(view, title)

    def add_bar(self, bar: QWidget) -> None:
        """Add a bar above the docks and pages; it is hidden at first."""
        bar.hide()
        self._column.insertWidget(self._column.indexOf(self.body), bar)

    def turn_page(self, pages: int) -> None:
        """Go `pages` forward (back if negative), from the last to the first and vice versa."""
        if self.pages.count():
            self.pages.setCurrentIndex((self.pages.currentIndex() + pages) % self.pages.count())

    def show_side(self, title: str) -> None:
        """Bring a pane at the right to the front."""
        self.side_dock.show()
        for place in range(self.side.count()):
            if self.side.tabText(place) == title:
                self.side.setCurrentIndex(place)

    def front_view(self) -> View | None:
        """Return the page in front."""
        return cast("View | None", self.pages.currentWidget())

    def focus_page(self) -> None:
        """Give the page in front the keyboard focus if it has shortcuts of its own, so that they work."""
        page = self.front_view()
        if isinstance(page, QWidget) and isinstance(page.focusProxy(), QWidget):
            page.setFocus()

    def show_output(self, *, by_itself: bool = False) -> None:
        """Show the output, at first a few lines high. If it was shown `by_itself`, the next run hides it again."""
        self._output_by_itself = by_itself and (self._output_by_itself or self.output_dock.isHidden())
        self.output_dock.show()
        if not self._output_shown:
            self._output_shown = True
            self.body.resizeDocks([self.output_dock], [self.height() // 5], Qt.Orientation.Vertical)

    def make_room_for_code(self, has_code: bool) -> None:
        """Give the composer the width that code needs, if a step of the experiment has code of its own."""
        self.widths.set_rules(WIDTHS_WITH_CODE if has_code else WIDTHS)

    def put_output_away(self) -> None:
        """Hide the output unless the user has opened it."""
        if self._output_by_itself:
            self._output_by_itself = False
            self.output_dock.hide()

    def restore(self, settings: Settings) -> None:
        """Restore the window's place and docks of last time, or else choose a size that fits the screen."""
        screen = QGuiApplication.primaryScreen().availableGeometry()
        self.resize(FIRST_SIZE.boundedTo(screen.size() - FRAME))
        if settings.geometry is not None:
            self.restoreGeometry(settings.geometry)
        if settings.state is not None:
            self.body.restoreState(settings.state)
        self.widths.dragged = settings.dock_widths(len(WIDTHS))
        self.output_dock.hide()

    def remember(self, settings: Settings) -> None:
        """Remember the window's place and docks for next time."""
        settings.geometry = self.saveGeometry()
        settings.state = self.body.saveState()
        settings.set_dock_widths(self.widths.dragged)

    def set_theme(self, theme: Theme) -> None:
        """Hand the theme to everything that draws itself."""
        self.run_bar.set_theme(theme)
        self.messages.set_theme(theme)
        self.pages.set_theme(theme)
        self.side.set_theme(theme)
        for part, least in ((self.composer, LEAST_COMPOSER), (self.side, LEAST_SIDE)):
            part.setMinimumWidth(round(least * min(theme.scale, 1.5)))
        for part in (self.composer, self.pages, self.side):
            part.setMinimumHeight(round(LEAST_BODY * min(theme.scale, 1.1)))
        self.output.set_theme(theme)
        self._line.setStyleSheet(f"background: {theme.border};")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept a file that the window can open."""
        if dropped_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Emit `dropped`, but only after the drag has ended: a dialog may follow."""
        path = dropped_file(event)
        if path is not None:
            event.acceptProposedAction()
            QTimer.singleShot(0, self, lambda: self.dropped.emit(path))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close, unless the person answers the question about unsaved changes with Cancel."""
        if self.may_close():
            event.accept()
        else:
            event.ignore()

    def showEvent(self, event: QShowEvent) -> None:
        """Set the docks' first widths: Qt ignores them before the window is laid out."""
        super().showEvent(event)
        self.widths.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the docks back the widths that they had before the window was narrowed, once there is room."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self.widths.fit)

    def _dock(self, title: str, name: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title)
        dock.setObjectName(name)
        dock.setAccessibleName(title)
        dock.setFeatures(
            QDockWidget.DockWidgetFeature.DockWidgetClosable | QDockWidget.DockWidgetFeature.DockWidgetMovable
        )
        # The side panes need no title: their tabs have one.
        dock.setTitleBarWidget(QWidget() if widget is self.side else _DockTitle(title))
        dock.setWidget(widget)
        self.body.addDockWidget(area, dock)
        return dock


class _DockTitle(PlainLabel):
    """A quiet heading in the place of a dock's title bar; a dock is closed and opened in the View menu."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        font = self.font()
        font.setBold(True)
        self.setFont(font)
        self.setContentsMargins(12, 9, 8, 5)

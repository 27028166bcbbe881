"""The layout of the composer: title, steps, the selected step's form and rarely used settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSize
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.workload.catalogue import Catalogue
from engine.workload.experiment import WORKLOAD_PARAMETERS
from gui.composer.draft import Draft
from gui.composer.group_bar import GroupBar
from gui.composer.problems import Problem
from gui.composer.step_editor import StepEditor
from gui.composer.step_list import StepList
from gui.composer.step_model import StepRow
from gui.composer.step_splitter import StepSplitter
from gui.composer.title_edit import TitleEdit
from gui.controls.disclosure import Disclosure
from gui.forms.fields import field_for
from gui.undo.undo_keys import pass_undo_keys
from gui.widgets.button_style import PushButton
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.empty_state import EmptyState
from gui.widgets.icons import icon
from gui.widgets.plain_text import PlainLabel, plain_tip
from gui.widgets.theme import Theme
from gui.workload.picture_widget import PictureWidget

_ROOM_FOR_PICTURE: Final = 720  # pixels of the composer's height


class ComposerLayout:
    """Makes the parts and lays them out in `owner`; shows a draft in them."""

    def __init__(self, owner: QWidget) -> None:
        self.note = PlainLabel("")
        self.note.setWordWrap(True)
        self.note.hide()
        self.title = TitleEdit()
        self.title.setPlaceholderText("Untitled")
        self.title.setAccessibleName("Title")
        pass_undo_keys(self.title)
        self.examples = PushButton("Examples…")
        self.examples.setAutoDefault(False)
        self.examples.setToolTip("Open one of the examples that come with Gilscope")
        self.picture = PictureWidget()
        self.heading = PlainLabel("Steps")
        self.order = ElidedLabel()
        self.add = PushButton("Add step")
        self.add.setAutoDefault(False)
        self.add.setToolTip("Add a step after the chosen one (Insert in the list)")
        self.add_group = QToolButton()  # an icon: two buttons with words are too wide for a narrow dock
        self.add_group.setToolTip("Add a group: workers of another kind beside these, with steps of their own")
        self.add_group.setAccessibleName("Add a group")
        self.groups = GroupBar()
        self.steps = StepList()
        self.editor = StepEditor()
        self.splitter = StepSplitter(self.steps, self.editor)
        self.seed = field_for(WORKLOAD_PARAMETERS["seed"])
        pass_undo_keys(self.seed.editor)
        self.more = Disclosure("More", self.seed)
        self.empty = EmptyState()
        self._scale = 1.0
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._filled_page())
        self._lay_out(owner)

    def show_draft(
        self,
        draft: Draft,
        rows: list[StepRow],
        chosen: int | None,
        group: int,
        catalogue: Catalogue | None,
        problems: Sequence[Problem],
    ) -> None:
        """Show a draft with its group at the place `group` in front, and the step of the uid `chosen` in the form."""
        if self.title.text() != draft.title:
            self.title.setText(draft.title)
            self.title.setCursorPosition(0)
        self.title.setToolTip(plain_tip(draft.title or "The experiment's title"))
        self.seed.set_value(draft.seed)
        self.seed.set_problem(next((each.text for each in problems if each.path == "workload.seed"), ""))
        if self.seed.message.text():
            self.more.open()
        self._pages.setCurrentIndex(1 if draft.steps or draft.groups else 0)
        count = draft.count_of(group)
        self.order.setText("run in this order" if count > 1 else "")
        path = f"workload.{draft.key}[{group}]."
        wrong = [each.text for each in problems if each.path.startswith(path) and each.uid is None]
        self.groups.show_draft(draft, group, catalogue, wrong[0] if wrong else "")
        self.add_group.setVisible(not draft.groups)
        self.editor.setEnabled(count > 0)
        self.steps.show_rows(rows, chosen)
        self.splitter.fit()
        place = draft.index_of(chosen)
        if place >= 0:
            step = draft.steps[place]
            card = catalogue.steps.get(step.kind) if catalogue else None
            mine = [each for each in problems if each.uid == step.uid]
            self.editor.show_step(step, card, place - draft.first_of(group), count, mine)

    def fit_picture(self, height: int) -> None:
        """Draw the picture in one line if the composer is not high enough for all of it."""
        self.picture.set_strip(height < _ROOM_FOR_PICTURE * self._scale)

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`; sizes follow the application's font."""
        self._scale = theme.scale
        for each in (self.picture, self.groups, self.steps, self.editor, self.seed, self.more, self.empty):
            each.set_theme(theme)
        self.splitter.fit()
        self.examples.setIcon(icon("book-open", theme.text))
        self.add.setIcon(icon("plus", theme.text))
        side = round(16 * theme.scale)
        self.add_group.setIcon(icon("layers", theme.text))
        for button in (self.examples, self.add, self.add_group):
            button.setIconSize(QSize(side, side))
        font = QApplication.font()
        font.setBold(True)
        self.heading.setFont(font)
        self.title.fit()
        palette = self.order.palette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.muted)
        for label in (self.order, self.note):
            label.setPalette(palette)

    def _filled_page(self) -> QWidget:
        page = QWidget()
        line = QHBoxLayout()
        line.addWidget(self.heading)
        line.addWidget(self.order, 1)
        line.addWidget(self.add_group)
        line.addWidget(self.add)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.picture)
        layout.addWidget(self.groups)
        layout.addLayout(line)
        layout.addWidget(self.splitter, 1)
        layout.addWidget(self.more)
        return page

    def _lay_out(self, owner: QWidget) -> None:
        # The title has the whole width: otherwise half of it would be cut off in a narrow dock.
        layout = QVBoxLayout(owner)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.setSpacing(10)
        layout.addWidget(self.note)
        layout.addWidget(self.examples)
        layout.addWidget(self.title)
        layout.addWidget(self._pages, 1)

"""Text can be read on whatever it stands on, and lines are seen: in light and in dark."""

from __future__ import annotations

import pytest
from pygments.token import Token
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine.wording.state_colors import STATE_COLORS
from gui.code_editor.source_colours import token_style
from gui.controls.tool_button import ToolButton
from gui.widgets.contrast import LEAST, LEAST_OF_LINES, contrast, ink_on
from gui.widgets.theme import DARK, HIGH_DARK, HIGH_LIGHT, LIGHT, Theme
from gui.widgets.worker_colors import ink_on_worker, worker_colors

THEMES = pytest.mark.parametrize(
    "theme", [LIGHT, DARK, HIGH_LIGHT, HIGH_DARK], ids=["light", "dark", "high light", "high dark"]
)


def test_the_measure_is_the_usual_one() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@THEMES
def test_text_is_read_on_window_and_panels(theme: Theme) -> None:
    for ground in (theme.window, theme.panel):
        for ink in (theme.text, theme.muted, theme.danger, theme.accent):
            assert contrast(ink, ground) >= LEAST, (ink, ground)


@pytest.mark.parametrize("theme", [HIGH_LIGHT, HIGH_DARK], ids=["light", "dark"])
def test_high_contrast_is_high(theme: Theme) -> None:
    for ink in (theme.text, theme.muted, theme.danger, theme.accent):
        assert contrast(ink, theme.window) >= 7.0, ink
    assert contrast(theme.border, theme.window) >= LEAST_OF_LINES


@pytest.mark.parametrize("state", STATE_COLORS)
def test_figures_are_read_on_every_state(state: str) -> None:
    assert contrast(ink_on(STATE_COLORS[state]), STATE_COLORS[state]) >= LEAST


@THEMES
def test_text_is_read_on_every_worker_s_colour(theme: Theme) -> None:
    for color in worker_colors(theme):
        assert contrast(ink_on_worker(theme), color) >= LEAST, color


@THEMES
def test_lines_of_plots_are_seen(theme: Theme) -> None:
    for color in (theme.muted, *theme.series):
        assert contrast(color, theme.panel) >= LEAST_OF_LINES, color


@THEMES
def test_source_is_read_in_its_colours(theme: Theme) -> None:
    for kind in (Token.Keyword, Token.Literal.String, Token.Literal.Number, Token.Name.Builtin, Token.Comment):
        style = token_style(kind, theme)
        assert style is not None
        assert contrast(style.foreground().color(), theme.panel) >= LEAST, kind


@THEMES
def test_a_checked_tool_is_told_from_an_unchecked_one(qtbot: QtBot, theme: Theme) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    button = ToolButton("Follow", parent)
    button.setCheckable(True)
    button.set_theme(theme)
    button.resize(button.sizeHint())

    def ground() -> QColor:
        image = QImage(QSize(button.size()), QImage.Format.Format_RGB32)
        image.fill(QColor(theme.window))
        button.render(image, QPoint(), button.rect(), QWidget.RenderFlag.DrawChildren)
        return image.pixelColor(4, image.height() // 2)

    unchecked = ground()
    button.setChecked(True)
    checked = ground()
    assert unchecked == QColor(theme.window)
    assert contrast(unchecked, checked) >= 1.25
    assert contrast(theme.text, checked) >= LEAST
    assert button.focusPolicy() == Qt.FocusPolicy.TabFocus

"""The tabs of the pages: all of them are seen where their words have room at all."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.widgets.flat_tabs import FlatTabs
from gui.widgets.theme import LIGHT

TITLES = ("Live", "Timeline", "Latency", "Processes", "Compare", "History", "What you are seeing", "Code")


@pytest.fixture
def tabs(qtbot: QtBot) -> FlatTabs:
    """Return tabs on the screen, with all the room they want."""
    made = FlatTabs("Pages")
    qtbot.addWidget(made)
    made.set_theme(LIGHT)
    for title in TITLES:
        made.addTab(QWidget(), title)
    made.resize(2000, 200)
    with qtbot.waitExposed(made):
        made.show()
    return made


def wanted(tabs: FlatTabs) -> int:
    """Return how wide all the tabs are together."""
    bar = tabs.tabBar()
    return sum(bar.tabRect(index).width() for index in range(bar.count()))


def test_tabs_stand_closer_where_they_would_not_fit(tabs: FlatTabs) -> None:
    wide = wanted(tabs)
    room = wide - 60
    tabs.resize(room, 200)
    QApplication.processEvents()
    bar = tabs.tabBar()
    assert wanted(tabs) <= room
    last = bar.tabRect(len(TITLES) - 1)
    assert bar.mapTo(tabs, QPoint(last.right(), 0)).x() <= room
    tabs.resize(2000, 200)
    QApplication.processEvents()
    assert wanted(tabs) == wide


def test_one_tab_more_is_made_room_for(tabs: FlatTabs) -> None:
    wide = wanted(tabs)
    tabs.resize(wide, 200)
    tabs.addTab(QWidget(), "More")
    QApplication.processEvents()
    assert wanted(tabs) <= wide

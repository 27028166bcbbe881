"""The documentation in the window: every page of the folder is linked, opens, and shows its pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gui.documentation import FIRST_PAGE, PAGE_WIDTH, Documentation

PAGES = sorted(FIRST_PAGE.parent.glob("*.md"))
MOST_CHARACTERS = 100  # in a line of code, so that it fits at a larger font too
LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Documentation]:
    parent = QWidget()
    qtbot.addWidget(parent)
    pages = Documentation(parent)
    pages.show()
    yield pages
    pages.close()


def links(page: Path) -> list[str]:
    return [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]


def test_every_page_is_linked_from_the_first() -> None:
    assert set(links(FIRST_PAGE)) == {page.name for page in PAGES} - {FIRST_PAGE.name}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [link for link in links(page) if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_line_of_code_is_wider_than_the_page(page: Path) -> None:
    blocks = page.read_text(encoding="utf-8").split("```")[1::2]
    assert max((len(line) for block in blocks for line in block.splitlines()), default=0) <= MOST_CHARACTERS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_opens(shown: Documentation, page: Path) -> None:
    shown.browser.anchorClicked.emit(QUrl(page.name))
    assert Path(shown.browser.source().toLocalFile()) == page
    heading = page.read_text(encoding="utf-8").split("\n")[0].removeprefix("# ")
    assert shown.browser.toPlainText().startswith(heading)
    assert shown.browser.document().idealWidth() <= PAGE_WIDTH + 80


def test_back_goes_back_and_contents_to_the_first_page(shown: Documentation) -> None:
    back, contents = shown.findChildren(QPushButton)
    assert not back.isEnabled()
    shown.browser.anchorClicked.emit(QUrl(PAGES[-1].name))
    back.click()
    assert Path(shown.browser.source().toLocalFile()) == FIRST_PAGE
    shown.browser.anchorClicked.emit(QUrl(PAGES[-1].name))
    contents.click()
    assert Path(shown.browser.source().toLocalFile()) == FIRST_PAGE

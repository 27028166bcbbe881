"""What the back row could not read on the stage: cut words, small type, scroll bars."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QLabel, QScrollBar, QWidget

from gui.stage.look import LEAST_SHARE
from gui.stage.paper import StageWidget
from gui.stage.stage import Stage
from gui.stage.stage_button import StageButton


def settle() -> None:
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        QApplication.processEvents()


def problems(stage: Stage) -> list[str]:
    """Return what the back row could not read on the stage as it is painted now."""
    settle()
    stage.grab()
    least = stage.height() * LEAST_SHARE
    found = []
    for widget in stage.findChildren(QWidget):
        if not widget.isVisibleTo(stage):
            continue
        if isinstance(widget, (StageWidget, StageButton)):
            found += [f"{type(widget).__name__} cuts {words!r}" for words in widget.cuts]
            if widget.smallest_px < least - 0.01:
                found.append(f"{type(widget).__name__} has type of {widget.smallest_px} px, least {least}")
            corner = widget.mapTo(stage, widget.rect().bottomRight())
            if corner.x() > stage.width() or corner.y() > stage.height():
                found.append(f"{type(widget).__name__} ends at {corner.x()}, {corner.y()}")
        elif isinstance(widget, (QAbstractScrollArea, QScrollBar, QLabel)):
            found.append(f"a {type(widget).__name__} is on the stage")
    return found

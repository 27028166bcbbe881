"""Rows that wrap into several lines, and muted labels."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from gui.widgets.flow_layout import FlowLayout
from gui.widgets.theme import Theme


def flowing(*parts: QWidget) -> QWidget:
    """Return the parts side by side, in as many lines as they need."""
    row = QWidget()
    policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    row.setSizePolicy(policy)
    flow = FlowLayout(row, spacing=8)
    flow.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        flow.addWidget(part)
    return row


def muted(theme: Theme, label: QLabel) -> None:
    """Write a label's text in the theme's muted colour."""
    label.setStyleSheet(f"color: {theme.muted};")

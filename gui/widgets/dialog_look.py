"""The common look of all dialogs: our buttons and icons, and spacing on a grid of eight pixels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QSize
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QDialogButtonBox, QMessageBox

from gui.widgets.button_style import DIALOG_STYLE
from gui.widgets.icons import icon

GRID_PX: Final = 8
_ICON_PX: Final = 16
_ICONS: Final = {
    QDialogButtonBox.StandardButton.Cancel: "x",
    QDialogButtonBox.StandardButton.Close: "x",
    QDialogButtonBox.StandardButton.Discard: "trash",
    QDialogButtonBox.StandardButton.Ok: "check",
    QDialogButtonBox.StandardButton.Save: "save",
}
_SIGNS: Final = {
    QMessageBox.Icon.Question: "circle-question-mark",
    QMessageBox.Icon.Information: "info",
    QMessageBox.Icon.Warning: "triangle-alert",
    QMessageBox.Icon.Critical: "triangle-alert",
}


def dress(dialog: QDialog, icons: Mapping[QAbstractButton, str] | None = None) -> None:
    """Give a finished dialog this look; `icons` names the icons of the dialog's own buttons."""
    dialog.ensurePolished()
    scale = max(1.0, dialog.fontMetrics().height() / 2 / GRID_PX)
    layout = dialog.layout()
    if layout is not None:
        margin = round(scale) * 2 * GRID_PX
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(round(scale) * GRID_PX)
    for box in dialog.findChildren(QDialogButtonBox):
        for button in box.buttons():
            is_primary = box.buttonRole(button) == QDialogButtonBox.ButtonRole.AcceptRole
            button.setProperty("primary", is_primary)
            name = (icons or {}).get(button) or _ICONS.get(box.standardButton(button), "")
            if name:
                _set_icon(button, name, is_primary=is_primary)
    dialog.setStyleSheet(DIALOG_STYLE)
    if isinstance(dialog, QMessageBox):
        side = round(4 * GRID_PX * scale)
        drawn = icon(_SIGNS[dialog.icon()], dialog.palette().color(QPalette.ColorRole.Highlight).name())
        dialog.setIconPixmap(drawn.pixmap(QSize(side, side), dialog.devicePixelRatio()))


def _set_icon(button: QAbstractButton, name: str, *, is_primary: bool) -> None:
    """Give a button one of our icons, in the colour of its words."""
    role = QPalette.ColorRole.HighlightedText if is_primary else QPalette.ColorRole.ButtonText
    palette = QApplication.palette()  # the style sheet gives the button one of its own
    off = palette.color(QPalette.ColorRole.PlaceholderText).name()
    button.setIcon(icon(name, palette.color(QPalette.ColorGroup.Active, role).name(), off))
    button.setIconSize(QSize(_ICON_PX, _ICON_PX))

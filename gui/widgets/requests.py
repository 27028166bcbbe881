"""What a view may ask of the window: one frozen dataclass for each request, sent by the view's signal `requested`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:  # it brings numpy in, without which the window is painted sooner
    from gui.widgets.view_data import RunData


@dataclass(frozen=True, slots=True)
class SavePlot:
    """Save a plot as a picture, after asking where to."""

    title: str
    widget: QWidget


@dataclass(frozen=True, slots=True)
class RunModel:
    """Run the experiment under another model."""

    kind: str
    workers: int
    start_method: str = ""  # empty: as it is


@dataclass(frozen=True, slots=True)
class GoBack:
    """Show an earlier run again, and choose its model."""

    data: RunData


@dataclass(frozen=True, slots=True)
class OpenUrl:
    """Open a page in the person's browser."""

    url: str


@dataclass(frozen=True, slots=True)
class Animate:
    """Call the view's `on_frame` from the window's timer for as long as it `is_animated`."""


@dataclass(frozen=True, slots=True)
class AskCosts:
    """Find out what a model costs on this machine. `measure` says whether it may be measured for this."""

    model: str
    measure: Literal["no", "if unknown", "again"]


@dataclass(frozen=True, slots=True)
class SaveText:
    """Ask for a file and write a text into it; `name` is proposed, `kinds` are the dialog's file types."""

    name: str
    text: str
    kinds: str


@dataclass(frozen=True, slots=True)
class KeepCards:
    """Remember the order of the Live page's cards, by their keys."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DoCommand:
    """Trigger a command of the window, by its id."""

    command: str


@dataclass(frozen=True, slots=True)
class SampleFunctions:
    """Start or stop sampling the stacks of the watched program."""

    on: bool


Request = (
    SavePlot | RunModel | GoBack | OpenUrl | Animate | AskCosts | KeepCards | SampleFunctions | SaveText | DoCommand
)

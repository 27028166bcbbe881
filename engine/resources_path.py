"""Where the data files are: in a checkout, in an installed copy and in an editable install alike."""

from __future__ import annotations

from pathlib import Path


def resources_path(*parts: str) -> Path:
    """Return the path of something in `resources/`, which lies beside the engine's own folder wherever that is.

    `resources_path("experiments")` is the folder of examples, `resources_path("icons", "play.svg")` an icon.
    """
    return Path(__file__).resolve().parent.parent.joinpath("resources", *parts)

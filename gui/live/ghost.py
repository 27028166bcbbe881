"""The run behind the one that is shown: what its dashed lines are called."""

from __future__ import annotations

from engine.wording import figure_text as figures
from gui.widgets.theme import Theme
from gui.widgets.view_data import RunData


def ghost_name(data: RunData | None, reference: RunData) -> str:
    """Return what the run behind is called: its title where that differs, else its model and workers."""
    if data is not None and data.title != reference.title:
        return reference.title
    model = reference.experiment.get("model", {})
    title = reference.model_card.title if reference.model_card is not None else str(model.get("kind", ""))
    workers = model.get("workers")
    return f"{title}, {figures.counted(int(workers), 'worker')}" if workers is not None else title


def ghost_keys(theme: Theme, data: RunData | None, reference: RunData | None) -> list[tuple[str, str]]:
    """Return the key of the lines behind; none where there are none, or the run is its own reference."""
    if reference is None or (data is not None and data.run_id == reference.run_id):
        return []
    return [(theme.series[1], f"reference: {ghost_name(data, reference)}")]

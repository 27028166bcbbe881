"""The interface for scripts, notebooks and plugins: `from gilscope.api import load, run, compare`.

Stable: within one API_VERSION names are only added. Scripts and notebooks use `load`, `run`, `compare` and `kept`
(docs/api.md); plugins use the names of `engine.api` (docs/plugins.md).
"""

from __future__ import annotations

from gilscope.gui._launch import make_importable  # type: ignore[import-not-found]  # exists once it is installed

make_importable()  # so that `engine` can be imported from a checkout and from an installed package alike

from engine.api import *  # noqa: E402, F403
from engine.history.store import HistoryError  # noqa: E402, F401
from engine.notebook.comparison_data import ComparisonData  # noqa: E402, F401
from engine.notebook.run_data import Run  # noqa: E402, F401
from engine.notebook.running import compare, kept, load, run  # noqa: E402, F401

"""The stage's charts by the names that lessons give them."""

from __future__ import annotations

from typing import Final

from gui.stage.charts.bar_charts import CoresChart, LatencyChart, ProcessesChart
from gui.stage.charts.chart import StageChart
from gui.stage.charts.gil_chart import GilChart
from gui.stage.charts.ledger_chart import LedgerChart
from gui.stage.charts.line_charts import LanesChart, ThroughputChart

CHART_KINDS: Final[dict[str, type[StageChart]]] = {
    "ledger": LedgerChart,
    "gil": GilChart,
    "cores": CoresChart,
    "throughput": ThroughputChart,
    "latency": LatencyChart,
    "processes": ProcessesChart,
    "lanes": LanesChart,
}

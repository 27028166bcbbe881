"""The fit of a lane to its ledger, where its parts are nothing."""

from __future__ import annotations

import numpy as np

from engine.trace.picture.ledger_fit import KINDS, fit_lane
from engine.wire.protocol import LEDGER_STATES


def test_a_gap_that_the_ledger_counts_as_running_has_no_share_of_waiting() -> None:
    covered, measured = np.zeros((4, KINDS)), np.zeros((4, len(LEDGER_STATES)))
    covered[:, 0] = 1e8
    measured[:, 0] = 0.1
    found = fit_lane(covered, measured, {"cpu": 0.5}, np.array([1e8, 0.0, 0.0, 0.0]), is_async=False)
    assert found is not None
    assert float(found.gap) == 0.0

"""Products of matrices; exits with 77 where there is no numpy."""

from __future__ import annotations

import sys

from own_clocks import OwnClocks

try:
    import numpy as np
except ImportError:
    sys.exit(77)
a = np.ones((600, 600))
own = OwnClocks()
while own.goes_on():
    a @ a
own.tell()

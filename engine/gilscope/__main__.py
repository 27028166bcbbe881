"""`python -m gilscope`: the same as the command `gilscope`."""

from __future__ import annotations

import sys

from gilscope.gui._launch import main  # type: ignore[import-not-found]  # by that name where it is installed

if __name__ == "__main__":
    sys.exit(main())

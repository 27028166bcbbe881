"""`python -m gilscope`: the same as the command `gilscope`."""

from __future__ import annotations

import sys

from gilscope.gui._launch import main  # type: ignore[import-not-found]  # this name exists once it is installed

if __name__ == "__main__":
    sys.exit(main())

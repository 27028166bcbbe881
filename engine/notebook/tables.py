"""Shared by runs and comparisons in notebooks: tables for pandas, and a frame around HTML output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def data_frame(rows: Sequence[Any] | Mapping[str, Any], columns: Sequence[str] | None = None) -> Any:
    """Return a pandas DataFrame of rows, or of columns by name. Raises ImportError without pandas."""
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(f"to_pandas needs pandas, which is not installed here ({error})") from None
    return pd.DataFrame(rows, columns=None if columns is None else list(columns))


def framed(body: str) -> str:
    """Return HTML on a light background: a notebook may be dark, and the figures use dark ink."""
    style = "background:#fff;color:#14181d;padding:.8rem 1rem;border:1px solid #c9d1d9;max-width:60rem;overflow-x:auto"
    return f'<div style="{style}">{body}</div>'

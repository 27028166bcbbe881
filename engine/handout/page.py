"""Writes one self-contained HTML page: its skeleton, its style, and escaped text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import Final

_STYLE: Final = """
:root { color-scheme: light; --ink: #14181d; --quiet: #4b555f; --rule: #c9d1d9; --accent: #0b62c4; }
body { font: 17px/1.5 system-ui, sans-serif; color: var(--ink); background: #fff; max-width: 60rem;
  margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 2rem; line-height: 1.2; } h2 { font-size: 1.35rem; margin-top: 2.2rem; line-height: 1.3; }
table { border-collapse: collapse; margin: .8rem 0; } th, td { text-align: left; padding: .25rem .9rem .25rem 0;
  border-bottom: 1px solid var(--rule); vertical-align: top; } td.number { text-align: right; }
pre { background: #f4f6f8; padding: .8rem; overflow-x: auto; font-size: 15px; } .quiet { color: var(--quiet); }
.big { font-size: 2.6rem; font-weight: 700; color: var(--accent); } .right { font-weight: 700; }
svg { max-width: 100%; height: auto; } svg text { font: 14px system-ui, sans-serif; fill: var(--ink); }
canvas { width: 100%; border: 1px solid var(--rule); cursor: crosshair; } a { color: var(--accent); }
section { break-inside: avoid; } .holds { color: #00684d; } .fails { color: #b42318; }
"""


def escape(text: object) -> str:
    """Return text escaped for HTML."""
    return html.escape(str(text), quote=True)


def page(title: str, parts: Iterable[str], script: str = "") -> str:
    """Return a whole page, which loads nothing from elsewhere."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
    body = "\n".join(part for part in parts if part)
    code = f"<script>\n{script}\n</script>" if script else ""
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n{code}\n</body>\n</html>\n"
    )


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; numbers are right-aligned."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    lines = []
    for row in rows:
        cells = "".join(
            f'<td class="number">{escape(cell)}</td>' if isinstance(cell, (int, float)) else f"<td>{escape(cell)}</td>"
            for cell in row
        )
        lines.append(f"<tr>{cells}</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def code(source: str) -> str:
    """Return a listing."""
    return f"<pre><code>{escape(source)}</code></pre>"


def markdown(text: str) -> str:
    """Return HTML for the Markdown that lessons use: paragraphs, **bold** and `code` only."""
    parts = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        words = escape(paragraph)
        words = re.sub(r"`([^`]+)`", r"<code>\1</code>", words)
        words = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", words)
        words = re.sub(r"(?<!\*)\*([^*\n]+)\*(?!\*)", r"<em>\1</em>", words)
        parts.append(f"<p>{words}</p>")
    return "\n".join(parts) if text.strip() else ""


def link(url: str, words: str) -> str:
    """Return a link to an https page; anything else becomes plain text."""
    if not url.startswith("https://"):
        return escape(words)
    return f'<a href="{escape(url)}" rel="noreferrer">{escape(words)}</a>'

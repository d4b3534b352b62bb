"""How results look inside JupyterLab: the same markup, with a small style of its own that follows the theme."""

from __future__ import annotations

import re

from cs_lib.report.templates import text

_STYLE = re.compile(r"<style>.*?</style>", re.S)


def styled(html: str) -> str:
    """Markup for a notebook's output: it brings its style along, because the page's is not there."""
    css = text("notebook.css").replace("\n", "")
    return f'<div class="cs-out"><style>{css}</style>{html}</div>'


def bare(html: str) -> str:
    """The same markup for the page, which has its own style."""
    return _STYLE.sub("", html)

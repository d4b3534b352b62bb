"""Helper library of the service-process improvement notebooks; see README.md for the map."""

from __future__ import annotations

import sys
from typing import Any

__version__ = "0.1.0"


def _card(shown: Any) -> str:
    """A record as a card, for a shell that shows HTML."""
    from cs_lib.report import cards

    return cards.html(shown)


def _tell_the_shell() -> None:
    """A running IPython shows our records as cards; without one there is nothing to tell."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        html = shell.display_formatter.formatters["text/html"]
        html.for_type_by_name("cs_lib.results", "Shown", _card)
        html.for_type_by_name("cs_lib.data.desk", "Desk", _card)


_tell_the_shell()

"""A sentence where a figure or table would stand, when there is none to show."""

from __future__ import annotations

import html
from dataclasses import dataclass

from cs_lib.results import Decision


@dataclass(frozen=True, slots=True)
class Note:
    """Plain words in place of a picture."""

    text: str

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {
            "text/plain": self.text,
            "text/html": f'<p class="note">{html.escape(self.text)}</p>',
        }


def withheld(decision: Decision) -> Note:
    """Why no effect is shown."""
    reasons = {
        "invalid": "Withheld: a check that the comparison rests on has failed.",
        "keep_running": "Withheld until the planned size is reached; an early look would mislead.",
        "not_enough_data": "Not available: there are too few data for any estimate.",
    }
    return Note(reasons.get(decision.verdict, "Withheld."))

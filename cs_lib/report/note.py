"""A sentence where a figure or table would stand, when there is none to show."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Literal

from cs_lib.language import say
from cs_lib.report.markup import NO_MATHEMATICS
from cs_lib.results import Decision


@dataclass(frozen=True, slots=True)
class Note:
    """Plain words in place of a picture.

    A section of nothing but `unasked` notes is left off the page; sections of nothing but `withheld`
    notes are told together.
    """

    text: str
    kind: Literal["", "unasked", "unasked also", "withheld"] = ""
    what: str = ""  # When unasked, what the settings could ask for.

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        kind, words = f"note {self.kind}".strip(), html.escape(self.text)
        return {
            "text/plain": self.text,
            "text/html": f'<p class="{kind}"><span class="{NO_MATHEMATICS}">{words}</span></p>',
        }


def unasked(what: str) -> Note:
    """What the settings of this study do not ask for."""
    return Note(say("Not asked for in this study: {what}.", what=what), "unasked", what)


def while_running() -> Note:
    """Why nothing exploratory stands beside a test that has not decided."""
    return Note(
        say(
            "Withheld while the test runs: beside it, an interval for one look would be "
            "read as final."
        ),
        "withheld",
    )


def withheld(decision: Decision) -> Note:
    """Why no effect is shown."""
    reasons = {
        "invalid": say("Withheld: a check that the comparison rests on has failed."),
        "keep_running": say("Withheld while the test runs; an early look would mislead."),
        "not_enough_data": say("Not available: there are too few data for any estimate."),
    }
    return Note(reasons.get(decision.verdict, say("Withheld.")), "withheld")

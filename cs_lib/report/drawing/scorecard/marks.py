"""Marks of a row of the scorecard, told apart by shape and letter: how a metric varies, how it stands to its target.

The idea, a mark for variation and one for assurance, is that of "Making data count" (NHS England); the drawing is ours.
"""

from __future__ import annotations

import html
from typing import Literal

from cs_lib.report.drawing.palette import BAD, CONTROL, INK, PAPER, TREATMENT
from cs_lib.report.drawing.scorecard.svg import colour, diamond, tag

Variation = Literal[
    "common",
    "improving_high",
    "improving_low",
    "concerning_high",
    "concerning_low",
    "neutral_high",
    "neutral_low",
]
Assurance = Literal["passes", "fails", "hit_and_miss"]

BOX = 24  # Marks are drawn in a square of so many units.
LETTER = 11.0


def variation(kind: Variation, *, high: str, low: str) -> str:
    """SVG of the mark: a wave, or the letter for high or low in a disc (good), a diamond (bad), a square (neither).

    It is silent for listeners: words beside it say the same.
    """
    if kind == "common":
        return _svg(_ring() + _wave())
    judged, side = kind.split("_")
    ground = {
        "improving": tag("circle", cx=12.0, cy=12.0, r=10.5, fill=colour(TREATMENT)),
        "concerning": tag("path", d=diamond(12, 12, 12), fill=colour(BAD)),
        "neutral": tag("rect", x=2.0, y=2.0, width=20.0, height=20.0, rx=2.0, fill=colour(CONTROL)),
    }[judged]
    return _svg(ground + _letter(high if side == "high" else low))


def assurance(kind: Assurance) -> str:
    """SVG of the mark: a tick in a ring, a cross in a hollow diamond, a zigzag over a line in a hollow square."""
    return _svg(
        {
            "passes": tag("circle", cx=12.0, cy=12.0, r=10.0, **_pen(TREATMENT))
            + tag("path", d="M7.5 12.5l3.2 3.2 6-7", **_pen(TREATMENT)),
            "fails": tag("path", d=diamond(12, 12, 11), **_pen(BAD))
            + tag("path", d="M8.7 8.7l6.6 6.6M15.3 8.7l-6.6 6.6", **_pen(BAD)),
            "hit_and_miss": tag(
                "rect", x=2.5, y=2.5, width=19.0, height=19.0, rx=2.0, **_pen(CONTROL)
            )
            + tag("path", d="M5 12h14", stroke_dasharray="3 2", **_pen(INK, 1.2))
            + tag("path", d="M6 16l4-8 4 8 4-8", **_pen(INK, 1.4)),
        }[kind]
    )


def _pen(ink: str, thick: float = 1.8) -> dict[str, str | float]:
    return {"fill": "none", "stroke": colour(ink), "stroke_width": thick}


def _svg(parts: str) -> str:
    return f'<svg class="sign" aria-hidden="true" viewBox="0 0 {BOX} {BOX}">{parts}</svg>'


def _ring() -> str:
    return tag("circle", cx=12.0, cy=12.0, r=10.2, **_pen(CONTROL, 1.6))


def _wave() -> str:
    return tag("path", d="M5.5 12q3.25-6 6.5 0t6.5 0", **_pen(INK, 1.6))


def _letter(letter: str) -> str:
    return (
        f'<text x="12" y="16" text-anchor="middle" font-size="{LETTER:g}" font-weight="700"'
        f' fill="{colour(PAPER)}">{html.escape(letter)}</text>'
    )

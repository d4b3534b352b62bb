"""One interval drawn to scale for a fact card: zero, the band that matters, the estimate.

Places are percentages of whatever width the card has, so that letters keep their size on a phone.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from math import isfinite

from cs_lib.report.drawing.forest import Row, Span
from cs_lib.report.drawing.palette import VARIABLES

# These are CSS pixels.
HEIGHT, AXIS_Y, MIDDLE_Y = 54, 34, 18
# Two tick labels nearer to each other than this share of the width would touch on a phone.
LEAST_LABEL_DISTANCE = 0.24
# A label this near to the edge would leave the card.
EDGE_SHARE = 0.02


def strip(name: str, alt: str, row: Row, span: Span, *, colour: str) -> str:
    """SVG of one interval. `alt` is what a listener hears; it must not be empty."""
    if not alt.strip():
        raise ValueError(f"figure '{name}' has no description for readers who cannot see it")
    label = html.escape(alt, quote=True)
    parts = [*_band(span), *_axis(span), *_interval(row, span, _variable(colour))]
    return (
        f'<svg class="strip" role="img" aria-labelledby="{name}-t" width="100%" height="{HEIGHT}">'
        f'<title id="{name}-t">{label}</title>{"".join(parts)}</svg>'
    )


def _variable(colour: str) -> str:
    return f"var(--{VARIABLES[colour]},{colour})"


def _at(value: float, span: Span) -> float:
    """Where a value lies, 0 to 1; an end that is open lies at the edge."""
    if not isfinite(value):
        return 1.0 if value > 0 else 0.0
    return min(max((value - span.low) / (span.high - span.low), 0.0), 1.0)


def across(place: float) -> str:
    """A place from 0 to 1 as a coordinate."""
    return f"{100 * place:.4g}%"


def _band(span: Span) -> Iterator[str]:
    if span.band:
        left, right = sorted((_at(0, span), _at(span.band, span)))
        yield (
            f'<rect x="{across(left)}" y="2" width="{across(right - left)}" height="{AXIS_Y - 2}"'
            f' fill="var(--band,#e9edf1)"/>'
        )


def _axis(span: Span) -> Iterator[str]:
    rule = 'stroke="var(--rule,#d8dee4)"'
    yield f'<line x1="0" x2="100%" y1="{AXIS_Y}" y2="{AXIS_Y}" {rule}/>'
    zero = across(_at(0, span))
    yield f'<line x1="{zero}" x2="{zero}" y1="0" y2="{AXIS_Y + 3}" stroke="var(--ink,#1b1f24)"/>'
    for value in ticks(span):
        place = _at(value, span)
        anchor = "start" if place < EDGE_SHARE else "end" if place > 1 - EDGE_SHARE else "middle"
        yield (
            f'<text x="{across(place)}" y="{AXIS_Y + 16}" text-anchor="{anchor}" font-size="12"'
            f' fill="var(--soft,#57606a)">{html.escape(span.tick(value))}</text>'
        )


def ticks(span: Span) -> list[float]:
    """Zero, the band's end, then round values, as many as stand apart."""
    from matplotlib.ticker import MaxNLocator

    round_ones = [float(v) for v in MaxNLocator(3).tick_values(span.low, span.high)]
    far_first = sorted(round_ones, key=lambda v: -abs(v))
    kept: list[float] = []
    for value in (0.0, *([span.band] if span.band else []), *far_first):
        inside = span.low <= value <= span.high
        if inside and all(
            abs(_at(value, span) - _at(k, span)) >= LEAST_LABEL_DISTANCE for k in kept
        ):
            kept.append(value)
    return sorted(kept)


def _interval(row: Row, span: Span, colour: str) -> Iterator[str]:
    low, high, middle = (across(_at(v, span)) for v in (row.low, row.high, row.effect))
    yield (
        f'<line x1="{low}" x2="{high}" y1="{MIDDLE_Y}" y2="{MIDDLE_Y}" stroke="{colour}"'
        f' stroke-width="6" stroke-linecap="round"/>'
    )
    yield (
        f'<circle cx="{middle}" cy="{MIDDLE_Y}" r="7" fill="{colour}"'
        f' stroke="var(--paper,#fff)" stroke-width="2"/>'
    )

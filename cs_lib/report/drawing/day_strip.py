"""Rows per day as one strip for a first screen: ends cut short shaded and named, days without rows marked.

Places are percentages of whatever width the screen has, so that letters keep their size on a phone.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cs_lib.report.drawing.strip import across

# These are CSS pixels.
TOP, BASE, HEIGHT = 20, 92, 112
LEAST_SHADE = 0.008  # Of the width: on a strip of years a day is no wider than a hair.
TALL = 1000  # Units of height of the columns, which are whole.


@dataclass(frozen=True, slots=True)
class Span:
    """Days by number, first and last, and what they are called above the strip."""

    first: int
    last: int
    words: str


@dataclass(frozen=True, slots=True)
class DayStrip:
    """Counts of consecutive days, what is unusual in them by number of the day, and both ends in words."""

    counts: Sequence[int]
    ends: tuple[str, str]
    cut: Sequence[Span] = ()
    silent: Sequence[int] = ()


def day_strip(name: str, alt: str, data: DayStrip) -> str:
    """SVG of the strip. `alt` is what a listener hears; it must not be empty."""
    if not alt.strip():
        raise ValueError(f"figure '{name}' has no description for readers who cannot see it")
    label = html.escape(alt, quote=True)
    parts = [*_shades(data), _columns(data), *_silent(data), *_foot(data)]
    return (
        f'<svg class="days" role="img" aria-labelledby="{name}-t" width="100%" height="{HEIGHT}">'
        f'<title id="{name}-t">{label}</title>{"".join(parts)}</svg>'
    )


def _x(day: float, data: DayStrip) -> float:
    return day / max(len(data.counts), 1)


def _shades(data: DayStrip) -> Iterator[str]:
    """A shaded span with a dashed edge towards the sound days, its name above."""
    for span in data.cut:
        left, right = _x(span.first, data), _x(span.last + 1, data)
        late = left + right > 1
        if right - left < LEAST_SHADE:
            left, right = (right - LEAST_SHADE, right) if late else (left, left + LEAST_SHADE)
        edge = left if late else right
        yield (
            f'<rect x="{across(left)}" y="{TOP}" width="{across(right - left)}" height="{BASE - TOP}"'
            f' fill="var(--band,#e9edf1)"/>'
            f'<line x1="{across(edge)}" x2="{across(edge)}" y1="{TOP - 4}" y2="{BASE}"'
            f' stroke="var(--bad,#b23a12)" stroke-width="1.5" stroke-dasharray="4 3"/>'
        )
        at, anchor = (right, "end") if right > 0.5 else (left, "start")
        yield _text(at, TOP - 7, anchor, span.words, "bad,#b23a12")


def _columns(data: DayStrip) -> str:
    """A step for each day; the drawing is stretched to the width, its line is not."""
    top = max(data.counts, default=0) or 1
    steps = "".join(f"V{TALL - TALL * n // top}h1" for n in data.counts)
    days = max(len(data.counts), 1)
    box = f'viewBox="0 0 {days} {TALL}" preserveAspectRatio="none" aria-hidden="true"'
    path = f'<path d="M0 {TALL}{steps}V{TALL}z" fill="var(--treatment,#0b5cad)" fill-opacity=".8"/>'
    return f'<svg y="{TOP}" width="100%" height="{BASE - TOP}" {box}>{path}</svg>'


def _silent(data: DayStrip) -> Iterator[str]:
    for day in data.silent:
        at = _x(day + 0.5, data)
        yield (
            f'<line x1="{across(at)}" x2="{across(at)}" y1="{BASE - 9}" y2="{BASE + 3}"'
            f' stroke="var(--ink,#1b1f24)" stroke-width="1.6"/>'
        )


def _foot(data: DayStrip) -> Iterator[str]:
    yield f'<line x1="0" x2="100%" y1="{BASE}" y2="{BASE}" stroke="var(--rule,#d8dee4)"/>'
    for at, anchor, words in ((0, "start", data.ends[0]), (1, "end", data.ends[1])):
        yield _text(at, BASE + 16, anchor, words, "soft,#57606a")


def _text(at: float, y: float, anchor: str, words: str, colour: str) -> str:
    return (
        f'<text x="{across(at)}" y="{y}" text-anchor="{anchor}" font-size="12"'
        f' fill="var(--{colour})">{html.escape(words)}</text>'
    )

"""A metric by weeks in a cell of a table: its points, the range they usually keep to, and the target."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from math import isfinite, nan

import numpy as np

from cs_lib.report.drawing.palette import BAND, CONTROL, INK, PAPER, TREATMENT
from cs_lib.report.drawing.scorecard.svg import Point, colour, diamond, path, tag
from cs_lib.report.drawing.scorecard.weekly import Held, Weekly, in_a_row

WIDTH, HEIGHT = 150.0, 36.0
EDGE, TOP, FLAG = (
    4.0,
    5.0,
    7.0,
)  # At the sides, above and below; right of the last week for the target.
HALF = 3.4  # Of a diamond.
BREAK = 1.2  # Limits end so far before the edge of a week where others begin.
Place = Callable[[float, float], Point]


def sparkline(name: str, alt: str, data: Weekly, *, target: float = nan) -> str:
    """SVG of the weeks: band of the limits with its centre, line of the points, a diamond for each outside.

    `alt` is what a listener hears; it must not be empty. `target` is drawn when it is a number.
    """
    if not alt.strip():
        raise ValueError(f"sparkline '{name}' has no description for readers who cannot see it")
    label = html.escape(alt, quote=True)
    at = _places(data, target)
    parts = [*_bands(data, at), *_target(target, at), *_line(data, at), *_marked(data, at)]
    return (
        f'<svg class="spark" role="img" aria-labelledby="{name}-t" viewBox="0 0 {WIDTH:g} {HEIGHT:g}">'
        f'<title id="{name}-t">{label}</title>{"".join(parts)}</svg>'
    )


def _places(data: Weekly, target: float) -> Place:
    """From number of a week and value to a place in the drawing."""
    low, high = data.span(target)
    across = (WIDTH - 2 * EDGE - FLAG) / max(len(data.start), 1)

    def at(week: float, value: float) -> Point:
        return EDGE + across * week, HEIGHT - TOP - (HEIGHT - 2 * TOP) * (value - low) / (
            high - low
        )

    return at


def _bands(data: Weekly, at: Place) -> Iterator[str]:
    """The room between the limits, a line at the centre, a gap where they were set anew."""
    for part in data.held:
        left, right = at(part.first, 0)[0] + BREAK / 2, at(part.after, 0)[0] - BREAK / 2
        for first, after in _limited(part):
            rows = range(first - part.first, after - part.first)
            edges = [
                [at(part.first + i + side, float(limit[i])) for i in rows for side in (0, 1)]
                for limit in (part.upper, part.lower)
            ]
            both = [(min(max(x, left), right), y) for x, y in edges[0] + edges[1][::-1]]
            yield tag(
                "path",
                d=path(both, closed=True),
                fill=colour(BAND),
                stroke=colour(CONTROL),
                stroke_width=0.6,
                stroke_dasharray="2 1.5",
            )
        y = at(0, part.centre)[1]
        yield tag(
            "line",
            x1=left,
            x2=right,
            y1=y,
            y2=y,
            stroke=colour(CONTROL),
            stroke_width=1.0,
        )


def _limited(part: Held) -> Iterator[tuple[int, int]]:
    """First week, and the one after the last, of each stretch with both limits."""
    for run in in_a_row(np.isfinite(part.lower) & np.isfinite(part.upper)):
        yield part.first + int(run[0]), part.first + int(run[-1]) + 1


def _target(target: float, at: Place) -> Iterator[str]:
    """A long dash across with a flag at its right end."""
    if not isfinite(target):
        return
    y, right = at(0, target)[1], WIDTH - EDGE
    yield tag(
        "line",
        x1=EDGE,
        x2=right - FLAG,
        y1=y,
        y2=y,
        stroke=colour(INK),
        stroke_width=1.0,
        stroke_dasharray="6 3",
    )
    flag = [(right - FLAG, y), (right, y - 3.5), (right, y + 3.5)]
    yield tag("path", d=path(flag, closed=True), fill=colour(INK))


def _line(data: Weekly, at: Place) -> Iterator[str]:
    """The points in a line that breaks where a week has none; one alone is a dot."""
    for piece in data.pieces:
        points = [at(i + 0.5, float(data.value[i])) for i in piece]
        if len(points) > 1:
            yield tag(
                "path", d=path(points), fill="none", stroke=colour(TREATMENT), stroke_width=1.5
            )
        else:
            yield _dot(points[0], 1.4)
    if data.there.any():
        last = int(np.flatnonzero(data.there)[-1])
        yield _dot(at(last + 0.5, float(data.value[last])), 2.4)


def _dot(point: Point, radius: float) -> str:
    return tag("circle", cx=point[0], cy=point[1], r=radius, fill=colour(TREATMENT))


def _marked(data: Weekly, at: Place) -> Iterator[str]:
    """A thick line along a long run, diamonds where a point lies outside."""
    for run in data.runs:
        points = [at(i + 0.5, float(data.value[i])) for i in run]
        yield tag(
            "path", d=path(points), fill="none", stroke=colour(TREATMENT), stroke_width=3.2,
            stroke_linecap="round",
        )  # fmt: skip
    for i in np.flatnonzero(data.outside & data.there):
        x, y = at(i + 0.5, float(data.value[i]))
        yield tag(
            "path", d=diamond(x, y, HALF), fill=colour(INK), stroke=colour(PAPER), stroke_width=0.7
        )

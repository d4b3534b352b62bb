"""The map of a journey on a desk: a column for each phase, a lane for each question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING

from cs_lib.report.drawing import key
from cs_lib.report.drawing.axes import WIDE_PIXELS, width
from cs_lib.report.drawing.journey_map import bits
from cs_lib.report.drawing.journey_map.lanes import Grid, Lane, Text, depth, over, put, stack
from cs_lib.report.drawing.journey_map.marks import mark
from cs_lib.report.drawing.journey_map.phases import Journey, Phase, Satisfaction, Stay
from cs_lib.report.drawing.palette import BAD, INK, PAPER, RULE, SOFT, TREATMENT
from cs_lib.report.drawing.sheet import (
    HEAD,
    SMALL,
    box,
    lay,
    lines,
    pitch,
    rule,
    write,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AIR, TAG = 8.0, 20.0  # Above and below the words of a lane; for the words on the outline.
BAND, LEVELS, MARK = 38.0, 62.0, 24.0
BESIDE = 18.0  # From the left edge of a column to its point of satisfaction.
BAND_STRENGTH = 0.4


def height(data: Journey) -> float:
    """Pixels that the drawing takes."""
    return _top(data) + sum(lane.tall + 2 * AIR for lane in _lanes(data)) + 3


def paint(axes: Axes, data: Journey) -> None:
    """Lanes under each other, thin lines between them, an outline around the worst phase."""
    whole, grid = height(data), Grid(data)
    lay(axes, whole, narrow=False)
    top = _top(data)
    for i, lane in enumerate(_lanes(data)):
        if i > 1:  # The first lane is the head and has no line above it.
            rule(axes, (0, WIDE_PIXELS), (top, top))
        if lane.name:
            write(axes, 0, top + AIR, grid.named(lane.name), size=SMALL, colour=SOFT)
        lane.paint(axes, top + AIR)
        top += lane.tall + 2 * AIR
    for i, phase in enumerate(data.phases):
        if phase.worst:
            _outline(axes, data, grid.gutter + i * grid.step, grid.step, whole)
    if shown := bits.items(data):
        key.paint(axes, shown)


def _top(data: Journey) -> float:
    """Where the lanes begin, below the key and the words on the outline."""
    tag = TAG if any(phase.worst for phase in data.phases) else 0
    shown = bits.items(data)
    return (key.height(shown, narrow=False) + 6 if shown else 0) + tag


def _outline(axes: Axes, data: Journey, x: float, across: float, whole: float) -> None:
    """A frame around a column with its words on top."""
    top = _top(data)
    box(
        axes, x + 1, top, across - 2, whole - top - 2, facecolor="none", edgecolor=BAD, linewidth=2.2, zorder=9
    )  # fmt: skip
    box(axes, x, top - TAG, across, TAG, facecolor=BAD)
    said = lines(data.words.worst, across - 8, SMALL, bold=True, most=1)
    write(
        axes,
        x + across / 2,
        top - TAG + 2,
        said,
        size=SMALL,
        colour=PAPER,
        bold=True,
        side="center",
    )


def _lanes(data: Journey) -> Sequence[Lane]:
    """The lanes that hold anything, each at least as tall as its name."""
    grid, words = Grid(data), data.words
    lanes = (
        _head(grid),
        stack(grid, words.happens, [_happens(grid, p) for p in data.phases]),
        _many(grid, words.many),
        _long(grid, words.long),
        _satisfied(grid, words.satisfied),
        _hurts(grid, words.hurts),
        _owner(grid, words.owner),
    )
    return [
        replace(lane, tall=max(lane.tall, pitch(SMALL) * len(grid.named(lane.name))))
        for lane in lanes
        if lane.tall
    ]


def _head(grid: Grid) -> Lane:
    """The names of the phases over an arrow in the direction of the journey."""
    names = [
        [Text(grid.wrapped(p.name, HEAD - 1, bold=True), HEAD - 1, bold=True)]
        for p in grid.data.phases
    ]
    lane = stack(grid, "", names)
    tall = lane.tall + 8

    def draw(axes: Axes, top: float) -> None:
        y, begin, end = top + tall + AIR - 2, grid.gutter, WIDE_PIXELS - 2
        for i, texts in enumerate(names):  # All end at the arrow.
            put(axes, grid.left(i), top + lane.tall - depth(texts), texts)
        rule(axes, (begin, end), (y, y), colour=INK, thick=1.6)
        axes.plot(
            [end - 8, end, end - 8],
            [y - 5, y, y + 5],
            color=INK,
            linewidth=1.6,
            solid_joinstyle="miter",
        )

    return Lane("", tall, draw)


def _happens(grid: Grid, phase: Phase) -> list[Text]:
    return [
        Text(grid.wrapped(text, SMALL), SMALL, SOFT, before=4.0 if i else 0.0)
        for i, text in enumerate(phase.happens)
    ]


def _many(grid: Grid, name: str) -> Lane:
    """How many get so far: bands as high as their share, on one floor, and the numbers below it."""
    texts = [
        [
            Text(grid.wrapped(p.count, bold=True), bold=True),
            Text(grid.wrapped(p.share_text, SMALL), SMALL, SOFT),
        ]
        for p in grid.data.phases
    ]

    def draw(axes: Axes, top: float) -> None:
        for i, phase in enumerate(grid.data.phases):
            if isfinite(phase.share):
                tall = BAND * phase.share
                x = grid.gutter + i * grid.step + 4
                box(
                    axes,
                    x,
                    top + BAND - tall,
                    grid.step - 8,
                    tall,
                    facecolor=TREATMENT,
                    alpha=BAND_STRENGTH,
                )
        rule(axes, (grid.gutter, WIDE_PIXELS - 3), (top + BAND, top + BAND), colour=SOFT)

    return over(stack(grid, name, texts, below=BAND + 3), draw)


def _long(grid: Grid, name: str) -> Lane:
    """How long it takes: bars on one scale, the numbers below them."""
    texts = [
        [Text(grid.wrapped(s.text)), Text(grid.wrapped(s.slow_text, SMALL), SMALL, SOFT)]
        if isinstance(s := p.stay, Stay)
        else [Text(grid.wrapped(s, SMALL), SMALL, SOFT)]
        for p in grid.data.phases
    ]

    def draw(axes: Axes, top: float) -> None:
        pixel = grid.room / grid.data.longest
        for i, phase in enumerate(grid.data.phases):
            if isinstance(phase.stay, Stay):
                bits.stay(axes, phase.stay, grid.left(i), top + 2, pixel)

    return over(stack(grid, name, texts, below=bits.BAR + 6), draw)


def _satisfied(grid: Grid, name: str) -> Lane:
    """Levels with their intervals on one axis through all columns, connected, the numbers below them."""
    texts = [
        [
            Text(grid.wrapped(s.text, bold=True), bold=True),
            Text(grid.wrapped(s.answered, SMALL), SMALL, SOFT),
        ]
        if isinstance(s := p.satisfaction, Satisfaction)
        else [Text(grid.wrapped(s, SMALL), SMALL, SOFT)]
        for p in grid.data.phases
    ]

    def draw(axes: Axes, top: float) -> None:
        low, high = grid.data.span
        known = [
            (i, p.satisfaction)
            for i, p in enumerate(grid.data.phases)
            if isinstance(p.satisfaction, Satisfaction)
        ]
        if not known:
            return

        def level(value: float) -> float:
            return top + LEVELS * (high - value) / (high - low)

        _ticks(axes, grid, level)
        for (i, one), (j, other) in pairwise(known):
            if j == i + 1:
                xs = (grid.left(i) + BESIDE, grid.left(j) + BESIDE)
                rule(axes, xs, (level(one.value), level(other.value)), colour=TREATMENT, thick=1.2)
        for i, one in known:
            x = grid.left(i) + BESIDE
            rule(
                axes,
                (x, x),
                (level(one.low), level(one.high)),
                colour=TREATMENT,
                thick=4,
                solid_capstyle="round",
            )
            bits.dot(axes, x, level(one.value))

    lane = stack(grid, name, texts, below=LEVELS + 3)
    return over(lane, draw)


def _ticks(axes: Axes, grid: Grid, level: Callable[[float], float]) -> None:
    """Two or three levels as thin lines through all columns, named left of them below the lane's own name."""
    from matplotlib.ticker import MaxNLocator

    low, high = grid.data.span
    names = grid.named(grid.data.words.satisfied)
    for value in MaxNLocator(3, steps=[1, 2, 5, 10]).tick_values(low, high):
        if low < value < high:
            y, text = level(float(value)), grid.data.tick(float(value))
            rule(axes, (grid.gutter, WIDE_PIXELS - 3), (y, y), colour=RULE, zorder=0)
            left = grid.gutter - 6 - width(text, SMALL)
            beside = names[: int(max((y + SMALL - level(high)) // pitch(SMALL) + 1, 0))]
            beside = beside[int(max((y - SMALL - level(high)) // pitch(SMALL), 0)) :]
            if all(width(line, SMALL) < left - 4 for line in beside):
                write(
                    axes,
                    grid.gutter - 6,
                    y - SMALL * 0.62,
                    [text],
                    size=SMALL,
                    colour=SOFT,
                    side="right",
                )


def _hurts(grid: Grid, name: str) -> Lane:
    """A mark with its words under it for each pain, and how many customers it hits."""
    blocks = [
        [(pain, _pain(grid, i, j)) for j, pain in enumerate(p.pains)]
        for i, p in enumerate(grid.data.phases)
    ]

    def draw(axes: Axes, top: float) -> None:
        for i, pains in enumerate(blocks):
            y = top
            for pain, texts in pains:
                mark(axes, pain.kind, grid.left(i), y, filled=pain.worst, pixels=MARK)
                put(axes, grid.left(i), y + MARK + 4, texts)
                y += MARK + 4 + depth(texts) + 10

    tall = max(sum(MARK + 14 + depth(texts) for _, texts in pains) for pains in blocks)
    return Lane(name, max(tall - 10, 0.0), draw)


def _pain(grid: Grid, i: int, j: int) -> list[Text]:
    pain = grid.data.phases[i].pains[j]
    return [
        Text(
            grid.wrapped(pain.words, bold=pain.worst),
            colour=BAD if pain.worst else INK,
            bold=pain.worst,
        ),
        Text(
            grid.wrapped(pain.hit, SMALL, bold=pain.worst),
            SMALL,
            INK if pain.worst else SOFT,
            pain.worst,
        ),
    ]


def _owner(grid: Grid, name: str) -> Lane:
    owners = [[Text(grid.wrapped(p.owner, bold=p.worst), bold=p.worst)] for p in grid.data.phases]
    return stack(grid, name, owners)

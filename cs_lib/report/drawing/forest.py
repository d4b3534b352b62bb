"""Painters: numbers onto axes. Grey for control, one colour for treatment, intervals always, direct labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import isfinite, nan
from typing import TYPE_CHECKING

from cs_lib.report.drawing.axes import (
    NARROW_PIXELS,
    TICK_PIXELS,
    WIDE_PIXELS,
    cut,
    width,
    wrapped,
)
from cs_lib.report.drawing.letters import letters
from cs_lib.report.drawing.palette import BAND, CONTROL, INK, PAPER, SOFT, TREATMENT

if TYPE_CHECKING:
    from matplotlib.axes import Axes


# A wide forest plot has so many pixels above and below its rows together.
FOREST_MARGIN = 72
# The axis below takes so many of them.
FOOT = 48
LABEL_SIZE, TEXT_SIZE, NOTE_SIZE = 15.0, 14.0, 13.0
# Pixels of a line of text, of a wide row with one line and with two.
LINE, WIDE_ROW, TALL_ROW = 19.0, 40.0, 49.0
# A narrow drawing: the room of the axis below, of the band's name above, of the interval of a row.
NARROW_FOOT, NARROW_HEAD, MARK_ROOM = 60.0, 24.0, 26.0
MARGIN = 0.02
LEAST_ACROSS = 280.0  # Pixels for the intervals of a wide drawing.


@dataclass(frozen=True, slots=True)
class Row:
    """One interval of a forest plot, in the units shown."""

    label: str
    note: str
    effect: float
    low: float
    high: float
    text: str
    strong: bool = False
    raw: float = nan  # The estimate before chance was taken out of it: hollow, with a thin line to the other.


@dataclass(frozen=True, slots=True)
class Span:
    """The axis of effects: where zero, the band of too small effects and the ticks are."""

    low: float
    high: float
    band: float  # The signed far end of the band; 0 for none.
    unit: str
    tick: Callable[[float], str]
    ticks: tuple[float, ...] = ()  # These and no others, as far as there is room, in this order.


def span_of(rows: Sequence[Row], *, band: float, unit: str, tick: Callable[[float], str]) -> Span:
    """An axis that holds every interval, zero and the band, with a little air.

    An interval without an end runs off the axis.
    """
    ends = [v for r in rows for v in (r.low, r.effect, r.high, r.raw) if isfinite(v)]
    values = [0.0, band, *ends]
    low, high = min(values), max(values)
    air = 0.08 * ((high - low) or 1.0)
    return Span(low - air, high + air, band, unit, tick)


def _axis(axes: Axes, span: Span, *, ticks: int) -> None:
    from matplotlib.ticker import FixedLocator, MaxNLocator

    axes.set_xlim(span.low, span.high)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(
        FixedLocator(_apart(span, axes.bbox.width))
        if span.ticks
        else MaxNLocator(max(min(ticks, int(axes.bbox.width // TICK_PIXELS)), 2))
    )
    axes.xaxis.set_major_formatter(_inside(axes, span))
    axes.tick_params(axis="x", length=4, labelsize=13)
    axes.set_xlabel(span.unit, fontsize=13)


def _apart(span: Span, pixels: float) -> list[float]:
    """The ticks asked for, the first ones before the others, whose labels do not touch."""
    kept: list[float] = []
    pixel = (span.high - span.low) / pixels

    def half(value: float) -> float:
        return width(span.tick(value), NOTE_SIZE) / 2 + 3

    for value in span.ticks:
        if all(abs(value - k) > (half(value) + half(k)) * pixel for k in kept):
            kept.append(value)
    return sorted(kept)


def _ground(axes: Axes, span: Span, top: float, bottom: float) -> None:
    """Zero and the band of what is too small, behind the intervals between two heights."""
    if span.band:
        axes.fill_between(
            [min(0, span.band), max(0, span.band)], top, bottom, color=BAND, linewidth=0, zorder=0
        )
    axes.plot([0, 0], [top, bottom], color=INK, linewidth=1.2, solid_capstyle="butt", zorder=1)


def _inside(axes: Axes, span: Span) -> Callable[[float, float], str]:
    """Tick labels; one that would run off the drawing is left out."""
    place = axes.get_position()
    across = axes.bbox.width / place.width

    def words(value: float, _: float) -> str:
        text = span.tick(value)
        at = place.x0 + place.width * (value - span.low) / (span.high - span.low)
        half = letters(text) * 3.9 / across
        return text if half <= at <= 1 - half else ""

    return words


def _mark(axes: Axes, row: Row, y: float) -> None:
    """The interval with its estimate; an end beyond the axis is an arrow at its edge."""
    left, right = axes.get_xlim()
    colour, weight = (TREATMENT, 5) if row.strong else (CONTROL, 3)
    ends = [min(max(v, left), right) for v in (row.low, row.high)]
    axes.plot(ends, [y, y], color=colour, linewidth=weight, solid_capstyle="round", zorder=2)
    for out, edge, arrow in ((row.low < left, left, "<"), (row.high > right, right, ">")):
        if out:
            axes.plot(
                [edge], [y], arrow, color=colour, markersize=9, markeredgewidth=0, clip_on=False,
                zorder=3,
            )  # fmt: skip
    if isfinite(row.raw):
        _before(axes, row, y, colour)
    if left <= row.effect <= right:
        axes.plot(
            [row.effect], [y], "o", markersize=weight * 2 + 2, color=colour, markeredgecolor=PAPER,
            markeredgewidth=1.5, zorder=3,
        )  # fmt: skip


def _before(axes: Axes, row: Row, y: float, colour: str) -> None:
    """Where the estimate was before chance was taken out."""
    axes.plot([row.raw, row.effect], [y, y], ":", color=colour, linewidth=1.6, zorder=2)
    axes.plot(
        [row.raw], [y], "o", markersize=8, color=PAPER, markeredgecolor=colour, markeredgewidth=1.8, zorder=3,
    )  # fmt: skip


def _weight(row: Row) -> str:
    return "bold" if row.strong else "normal"


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of a wide forest plot in pixels, its labels in lines that fit, the height of a row."""

    left: float
    right: float
    labels: tuple[str, ...]
    row: float


def _columns(rows: Sequence[Row]) -> _Columns:
    notes = [width(r.note, NOTE_SIZE) for r in rows]
    needed = max(
        width(r.label, LABEL_SIZE, bold=r.strong) + note
        for r, note in zip(rows, notes, strict=True)
    )
    right = max(width(r.text, TEXT_SIZE, bold=r.strong) for r in rows) + 22
    most = min(0.46 * WIDE_PIXELS, WIDE_PIXELS - right - LEAST_ACROSS)
    left = min(max(needed + 40, 0.25 * WIDE_PIXELS), most)
    labels = tuple(
        wrapped(r.label, left - note - 36, LABEL_SIZE, bold=r.strong, most=3)
        for r, note in zip(rows, notes, strict=True)
    )
    more = max(label.count("\n") for label in labels)
    return _Columns(left, right, labels, WIDE_ROW + more * (TALL_ROW - WIDE_ROW))


def wide_height(rows: Sequence[Row]) -> float:
    """Height of a wide forest plot in CSS pixels."""
    return FOREST_MARGIN + _columns(rows).row * len(rows)


def forest_wide(rows: Sequence[Row], span: Span, *, band_label: str) -> Callable[[Axes], None]:
    """Label and n on the left, interval in the middle, numbers to copy on the right."""
    columns, height = _columns(rows), wide_height(rows)
    across = WIDE_PIXELS - columns.left - columns.right

    def paint(axes: Axes) -> None:
        axes.set_position(
            (columns.left / WIDE_PIXELS, FOOT / height, across / WIDE_PIXELS, 1 - FOREST_MARGIN / height)
        )  # fmt: skip
        axes.set_ylim(len(rows) - 0.5, -0.5)
        _axis(axes, span, ticks=5)
        _ground(axes, span, -0.5, len(rows) - 0.5)
        beside = axes.get_yaxis_transform()
        for y, (row, label) in enumerate(zip(rows, columns.labels, strict=True)):
            _mark(axes, row, y)
            axes.text(
                -columns.left / across, y, label, transform=beside, va="center", fontsize=LABEL_SIZE,
                fontweight=_weight(row), color=INK, linespacing=1.1,
            )  # fmt: skip
            axes.text(
                -18 / across, y, row.note, transform=beside, va="center", ha="right", fontsize=NOTE_SIZE,
                color=SOFT,
            )  # fmt: skip
            axes.text(
                1 + columns.right / across, y, row.text, transform=beside, va="center", ha="right",
                fontsize=TEXT_SIZE, fontweight=_weight(row), color=INK,
            )  # fmt: skip
        _name_band(axes, span, band_label, y=-0.62, pixels=across)

    return paint


def _name_band(axes: Axes, span: Span, label: str, *, y: float, pixels: float) -> None:
    """What the band means, above its middle, or as near to it as the drawing has room."""
    if not (label and span.band):
        return
    half = width(label, NOTE_SIZE) / 2 / pixels
    at = (span.band / 2 - span.low) / (span.high - span.low)
    axes.text(
        min(max(at, half), max(1 - half, half)), y, label, transform=axes.get_yaxis_transform(),
        ha="center", va="bottom", fontsize=NOTE_SIZE, color=SOFT,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of text above an interval on a phone."""

    label: str
    text: str
    beside: bool  # Whether label and numbers share a line.

    @property
    def height(self) -> float:
        """Pixels of the row, its interval and the space above it included."""
        return LINE * (self.label.count("\n") + (1 if self.beside else 2)) + MARK_ROOM + 14


def _narrow_lines(rows: Sequence[Row]) -> Iterator[_Lines]:
    room = (1 - 2 * MARGIN) * NARROW_PIXELS
    both = [
        width(r.label, LABEL_SIZE, bold=r.strong) + width(r.text, TEXT_SIZE, bold=r.strong)
        for r in rows
    ]
    beside = max(both) + 14 <= room
    for row in rows:
        label = wrapped(row.label, room, LABEL_SIZE, bold=row.strong, most=3)
        yield _Lines(label, cut(row.text, room, TEXT_SIZE, bold=row.strong), beside)


def narrow_height(rows: Sequence[Row]) -> float:
    """Height of a narrow forest plot: more lines where label and numbers do not fit side by side."""
    return NARROW_FOOT + NARROW_HEAD + sum(lines.height for lines in _narrow_lines(rows))


def forest_narrow(rows: Sequence[Row], span: Span, *, band_label: str) -> Callable[[Axes], None]:
    """Label and numbers above each interval, at reading size; zero and band only behind intervals."""
    every, height = list(_narrow_lines(rows)), narrow_height(rows)
    tops = [0.0, *accumulate(lines.height for lines in every)]

    def paint(axes: Axes) -> None:
        axes.set_position(
            (MARGIN, NARROW_FOOT / height, 1 - 2 * MARGIN, 1 - (NARROW_FOOT + NARROW_HEAD) / height)
        )
        axes.set_ylim(tops[-1], 0)
        _axis(axes, span, ticks=4)
        for row, lines, top, below in zip(rows, every, tops, tops[1:], strict=False):
            _ground(axes, span, below - MARK_ROOM, below)
            _mark(axes, row, below - MARK_ROOM / 2)
            _narrow_words(axes, row, lines, top)
        _name_band(axes, span, band_label, y=-2, pixels=(1 - 2 * MARGIN) * NARROW_PIXELS)

    return paint


def _narrow_words(axes: Axes, row: Row, lines: _Lines, top: float) -> None:
    beside, weight = axes.get_yaxis_transform(), _weight(row)
    # Numbers stand with the last line of the label, or on a line of their own.
    below = top + 8 + LINE * (lines.label.count("\n") + (0 if lines.beside else 1))
    axes.text(
        0, top + 8, lines.label, transform=beside, va="top", fontsize=LABEL_SIZE, fontweight=weight, color=INK,
        linespacing=1.15,
    )  # fmt: skip
    axes.text(
        1 if lines.beside else 0, below, lines.text, transform=beside, va="top",
        ha="right" if lines.beside else "left", fontsize=TEXT_SIZE, fontweight=weight, color=INK,
    )  # fmt: skip

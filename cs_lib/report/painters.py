"""Painters: numbers onto axes. Grey for control, one colour for treatment, intervals always, direct labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cs_lib.report.palette import BAND, CONTROL, INK, PAPER, SOFT, TREATMENT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

WIDE, NARROW = 920.0, 340.0  # CSS pixels
FOREST_MARGIN = 72  # above and below the rows of a wide forest plot


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


@dataclass(frozen=True, slots=True)
class Span:
    """The axis of effects: where zero, the band of too small effects and the ticks are."""

    low: float
    high: float
    band: float  # signed: its far end; 0 for none
    unit: str
    tick: Callable[[float], str]


def span_of(rows: Sequence[Row], *, band: float, unit: str, tick: Callable[[float], str]) -> Span:
    """An axis that holds every interval, zero and the band, with a little air."""
    values = [0.0, band, *(r.low for r in rows), *(r.high for r in rows)]
    low, high = min(values), max(values)
    air = 0.08 * ((high - low) or 1.0)
    return Span(low - air, high + air, band, unit, tick)


def _axis(axes: Axes, span: Span, *, rows: int, ticks: int) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlim(span.low, span.high)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(ticks))
    axes.xaxis.set_major_formatter(lambda value, _: span.tick(value))
    axes.tick_params(axis="x", length=4, labelsize=13)
    axes.set_xlabel(span.unit, fontsize=13)
    if span.band:
        axes.axvspan(
            min(0, span.band), max(0, span.band), facecolor=BAND, edgecolor="none", zorder=0
        )
    axes.axvline(0, color=INK, linewidth=1.2, zorder=1)


def _mark(axes: Axes, row: Row, y: float, *, colour: str, weight: float) -> None:
    axes.plot(
        [row.low, row.high],
        [y, y],
        color=colour,
        linewidth=weight,
        solid_capstyle="round",
        zorder=2,
    )
    axes.plot(
        [row.effect],
        [y],
        "o",
        markersize=weight * 2.2,
        color=colour,
        markeredgecolor=PAPER,
        markeredgewidth=1.5,
        zorder=3,
    )


def _colour(row: Row) -> str:
    return TREATMENT if row.strong else CONTROL


def forest_wide(rows: Sequence[Row], span: Span, *, band_label: str) -> Callable[[Axes], None]:
    """Label and n on the left, interval in the middle, numbers to copy on the right."""
    longest = max(len(r.label) * 8.6 + len(r.note) * 7.6 for r in rows) + 30
    left = min(max(longest / WIDE, 0.25), 0.5)
    right = (max(len(r.text) for r in rows) * 8.6 + 16) / WIDE
    width = 1 - left - right

    def paint(axes: Axes) -> None:
        height = FOREST_MARGIN + 40 * len(rows)
        axes.set_position((left, 48 / height, width, 40 * len(rows) / height))
        _axis(axes, span, rows=len(rows), ticks=5)
        beside = axes.get_yaxis_transform()
        for y, row in enumerate(rows):
            _mark(axes, row, y, colour=_colour(row), weight=5 if row.strong else 3)
            weight = "bold" if row.strong else "normal"
            axes.text(
                -left / width,
                y,
                row.label,
                transform=beside,
                va="center",
                fontsize=15,
                fontweight=weight,
                color=INK,
            )
            axes.text(
                -0.03,
                y,
                row.note,
                transform=beside,
                va="center",
                ha="right",
                fontsize=13,
                color=SOFT,
            )
            axes.text(
                1 + right / width, y, row.text, transform=beside, va="center", ha="right", fontsize=14,
                fontweight=weight, color=INK,
            )  # fmt: skip
        if band_label and span.band:
            axes.text(
                span.band / 2, -0.62, band_label, ha="center", va="bottom", fontsize=13, color=SOFT
            )

    return paint


def narrow_height(rows: Sequence[Row]) -> float:
    """Height of a narrow forest plot: a third line per row when label and numbers do not fit side by side."""
    return 84 + (82 if _stacked(rows) else 64) * len(rows)


def _stacked(rows: Sequence[Row]) -> bool:
    return any(len(r.label) * 9.2 + len(r.text) * 8.2 > NARROW - 10 for r in rows)


def _fitting(label: str) -> float:
    """The reading size, or the smallest one that is still readable for a long label."""
    return 15.0 if len(label) * 9.2 <= NARROW else 12.0


def forest_narrow(rows: Sequence[Row], span: Span, *, band_label: str) -> Callable[[Axes], None]:
    """Label and numbers above each interval, at reading size."""
    height, stacked = narrow_height(rows), _stacked(rows)
    label_y, text_y, mark_y = (-0.32, -0.06, 0.24) if stacked else (-0.2, -0.2, 0.24)
    clear = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.5}

    def paint(axes: Axes) -> None:
        axes.set_position((0.02, 60 / height, 0.96, (height - 84) / height))
        _axis(axes, span, rows=len(rows), ticks=4)
        beside = axes.get_yaxis_transform()
        for y, row in enumerate(rows):
            _mark(axes, row, y + mark_y, colour=_colour(row), weight=5 if row.strong else 3)
            style: dict[str, Any] = {
                "transform": beside, "va": "center", "color": INK, "bbox": clear,
                "fontweight": "bold" if row.strong else "normal",
            }  # fmt: skip
            axes.text(0, y + label_y, row.label, fontsize=_fitting(row.label), **style)
            if stacked:
                axes.text(0, y + text_y, row.text, fontsize=14, **style)
            else:
                axes.text(1, y + text_y, row.text, fontsize=13, ha="right", **style)
        if band_label and span.band:
            axes.text(
                span.band / 2, -0.52, band_label, ha="center", va="bottom", fontsize=13, color=SOFT
            )

    return paint


def strip(row: Row, span: Span, *, colour: str) -> Callable[[Axes], None]:
    """One interval drawn to scale, for a fact card."""

    def paint(axes: Axes) -> None:
        axes.set_position((0.04, 0.42, 0.92, 0.52))
        _axis(axes, span, rows=1, ticks=4)
        axes.set_xlabel("")
        _mark(axes, row, 0, colour=colour, weight=6)

    return paint

"""Painters: numbers onto axes. Grey for control, one colour for treatment, intervals always, direct labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from cs_lib.report.drawing.axes import NARROW_PIXELS, TICK_PIXELS, WIDE_PIXELS, fitted, letters
from cs_lib.report.drawing.palette import BAND, CONTROL, INK, PAPER, SOFT, TREATMENT

if TYPE_CHECKING:
    from matplotlib.axes import Axes


# A wide forest plot has so many pixels above and below its rows together.
FOREST_MARGIN = 72


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
    band: float  # The signed far end of the band; 0 for none.
    unit: str
    tick: Callable[[float], str]


def span_of(rows: Sequence[Row], *, band: float, unit: str, tick: Callable[[float], str]) -> Span:
    """An axis that holds every interval, zero and the band, with a little air.

    An interval without an end runs off the axis.
    """
    ends = [v for r in rows for v in (r.low, r.effect, r.high) if isfinite(v)]
    values = [0.0, band, *ends]
    low, high = min(values), max(values)
    air = 0.08 * ((high - low) or 1.0)
    return Span(low - air, high + air, band, unit, tick)


def _axis(axes: Axes, span: Span, *, rows: int, ticks: int) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlim(span.low, span.high)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(
        MaxNLocator(max(min(ticks, int(axes.bbox.width // TICK_PIXELS)), 2))
    )
    axes.xaxis.set_major_formatter(_inside(axes, span))
    axes.tick_params(axis="x", length=4, labelsize=13)
    axes.set_xlabel(span.unit, fontsize=13)
    if span.band:
        axes.axvspan(
            min(0, span.band), max(0, span.band), facecolor=BAND, edgecolor="none", zorder=0
        )
    axes.axvline(0, color=INK, linewidth=1.2, zorder=1)


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


def _mark(axes: Axes, row: Row, y: float, *, colour: str, weight: float) -> None:
    left, right = axes.get_xlim()
    axes.plot(
        [row.low if isfinite(row.low) else left, row.high if isfinite(row.high) else right],
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
    longest = _beside(rows) + 34
    left = min(max(longest / WIDE_PIXELS, 0.25), 0.5)
    right = (max(letters(r.text) for r in rows) * 8.6 + 16) / WIDE_PIXELS
    width = 1 - left - right

    def paint(axes: Axes) -> None:
        height = FOREST_MARGIN + 40 * len(rows)
        axes.set_position((left, 48 / height, width, 40 * len(rows) / height))
        _axis(axes, span, rows=len(rows), ticks=5)
        beside = axes.get_yaxis_transform()
        for y, row in enumerate(rows):
            _mark(axes, row, y, colour=_colour(row), weight=5 if row.strong else 3)
            weight = "bold" if row.strong else "normal"
            room = left * WIDE_PIXELS - letters(row.note) * 7.8 - 34
            axes.text(
                -left / width,
                y,
                fitted(row.label, room, 9.8 if row.strong else 8.8),
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
        _name_band(axes, span, band_label, y=-0.62, pixels=width * WIDE_PIXELS)

    return paint


def _beside(rows: Sequence[Row]) -> float:
    """Pixels of the longest label with its note."""
    return max(letters(r.label) * (9.8 if r.strong else 8.8) + letters(r.note) * 7.8 for r in rows)


def _name_band(axes: Axes, span: Span, label: str, *, y: float, pixels: float) -> None:
    """What the band means, above its middle, or as near to it as the drawing has room."""
    if not (label and span.band):
        return
    half = letters(label) * 3.7 / pixels
    at = (span.band / 2 - span.low) / (span.high - span.low)
    axes.text(
        min(max(at, half), 1 - half), y, label, transform=axes.get_yaxis_transform(), ha="center",
        va="bottom", fontsize=13, color=SOFT,
    )  # fmt: skip


def narrow_height(rows: Sequence[Row]) -> float:
    """Height of a narrow forest plot: a third line per row when label and numbers do not fit side by side."""
    return 84 + (82 if _stacked(rows) else 64) * len(rows)


def _stacked(rows: Sequence[Row]) -> bool:
    return any(letters(r.label) * 9.2 + letters(r.text) * 8.2 > NARROW_PIXELS - 10 for r in rows)


def _fitting(label: str) -> float:
    """The reading size, or the smallest one that is still readable for a long label."""
    return 15.0 if letters(label) * 9.2 <= NARROW_PIXELS else 12.0


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
            label = fitted(row.label, NARROW_PIXELS, 7.9 if row.strong else 7.4)
            axes.text(0, y + label_y, label, fontsize=_fitting(row.label), **style)
            if stacked:
                axes.text(0, y + text_y, row.text, fontsize=14, **style)
            else:
                axes.text(1, y + text_y, row.text, fontsize=13, ha="right", **style)
        _name_band(axes, span, band_label, y=-0.52, pixels=0.96 * NARROW_PIXELS)

    return paint

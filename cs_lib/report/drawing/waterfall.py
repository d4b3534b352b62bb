"""Painter of waterfalls: from one level to another in steps, each with its numbers above its bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite, nan
from typing import TYPE_CHECKING, Any

from cs_lib.report.drawing.axes import NARROW_PIXELS, WIDE_PIXELS, cut, width, wrapped
from cs_lib.report.drawing.letters import letters
from cs_lib.report.drawing.palette import INK, PAPER, RULE
from cs_lib.wording import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes


# A letter at reading size is so many pixels wide.
LETTER_WIDTH = 8.0
# The labels stand left of the panels of a wide drawing.
LABELS_WIDTH = 150.0
# The gap lies between panels, and right of the last one.
PANEL_GAP = 28.0
# The head lies above the first row, the foot holds the axis.
HEAD_HEIGHT, FOOT_HEIGHT = 34.0, 52.0
WIDE_ROW, NARROW_ROW, STACKED_ROW = 54.0, 52.0, 70.0
# A bar lies so far below the middle of its row.
BAR_OFFSET = 0.22
LEAST_SIZE = 12.0
# In a wider panel longer bars would say no more.
WIDEST_PANEL = 420.0


Box = tuple[
    float, float, float, float
]  # Left, right, top and bottom of words, in the data's units.


@dataclass(frozen=True, slots=True)
class Step:
    """One row: a bar from `start` to `end`, or a point where they are the same."""

    label: str
    text: str
    start: float
    end: float
    colour: str
    low: float = nan  # The low end of the interval around `end`.
    high: float = nan
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Fall:
    """One waterfall: its heading and its steps, top to bottom; every one of a figure has the same labels."""

    heading: str
    steps: tuple[Step, ...]


def tick(value: float, *, signed: bool = False) -> str:
    """An axis number with as many digits as it has, at most three; rounded to two when it has more."""
    places = next((d for d in (0, 1, 2, 3) if abs(value * 10**d - round(value * 10**d)) < 1e-6), 2)
    return plain(value, places, signed=signed)


def room(falls: int) -> int:
    """Letters that fit above a bar in the narrower of both drawings."""
    return int(min(_panel(falls), 0.96 * NARROW_PIXELS) / LETTER_WIDTH)


def height(falls: Sequence[Fall], *, narrow: bool) -> float:
    """Height of the drawing in CSS pixels."""
    rows = len(falls[0].steps)
    if narrow:
        return len(falls) * (HEAD_HEIGHT + _narrow_row(falls) * rows + FOOT_HEIGHT)
    return HEAD_HEIGHT + WIDE_ROW * rows + FOOT_HEIGHT


def _narrow_row(falls: Sequence[Fall]) -> float:
    """Height of a row on a phone: a line more when a label and its numbers do not fit side by side."""
    longest = max(
        width(s.label, 13, bold=s.strong) + width(s.text, 13, bold=s.strong)
        for f in falls
        for s in f.steps
    )
    return STACKED_ROW if longest + 14 > 0.96 * NARROW_PIXELS else NARROW_ROW


def waterfalls(
    falls: Sequence[Fall], *, unit: str, tick: Callable[[float], str], narrow: bool, names: float = LABELS_WIDTH
) -> Callable[[Axes], None]:  # fmt: skip
    """Panels side by side, or under each other on a narrow screen, all on one scale.

    A wide drawing keeps `names` pixels for the labels, which take two lines where they must.
    """
    span = _span(falls)
    tall = height(falls, narrow=narrow)
    stacked = _narrow_row(falls) > NARROW_ROW
    pixels = 0.96 * NARROW_PIXELS if narrow else _panel(len(falls), names)
    size = _number_size(falls, pixels, 13.0 if narrow else 14.0)

    def paint(axes: Axes) -> None:
        for i, fall in enumerate(falls):
            panel = axes if i == 0 else axes.figure.add_axes((0, 0, 1, 1))
            rows = (_narrow_row(falls) if narrow else WIDE_ROW) * len(fall.steps)
            if narrow:
                top = i * (HEAD_HEIGHT + rows + FOOT_HEIGHT) + HEAD_HEIGHT
                panel.set_position((0.02, 1 - (top + rows) / tall, 0.96, rows / tall))
            else:
                left = names + i * (pixels + PANEL_GAP)
                panel.set_position(
                    (left / WIDE_PIXELS, FOOT_HEIGHT / tall, pixels / WIDE_PIXELS, rows / tall)
                )
            _frame(panel, span, unit=unit, tick=tick, rows=len(fall.steps), pixels=pixels)
            _heading(panel, fall.heading, pixels)
            boxes = []
            for y, step in enumerate(fall.steps):
                _bar(panel, step, y + BAR_OFFSET)
                if i == 0 and not narrow:
                    _label(panel, step, y, pixels, names)
                boxes.append(
                    _narrow_words(panel, step, y, size, stacked=stacked)
                    if narrow
                    else _wide_words(panel, step, y, pixels, size)
                )
            _uprights(panel, fall.steps, boxes)

    return paint


def _uprights(axes: Axes, steps: Sequence[Step], boxes: Sequence[Box]) -> None:
    """Zero, and the steps from bar to bar; both leave room for words."""
    low, high = axes.get_xlim()
    if low < 0 < high:
        _upright(axes, 0.0, (-0.5, len(steps) - 0.5), boxes, color=INK, linewidth=1.2, zorder=1)
    for y, (above, below) in enumerate(pairwise(steps)):
        if above.end == below.start:
            ends = (y + BAR_OFFSET, y + 1 + BAR_OFFSET)
            _upright(axes, above.end, ends, boxes, color=RULE, linewidth=1.2, zorder=0)


def _upright(
    axes: Axes, x: float, ends: tuple[float, float], boxes: Sequence[Box], **style: Any
) -> None:
    """An upright line with a gap wherever words stand."""
    at, bottom = ends
    for left, right, first, last in boxes:
        if left < x < right and last > at and first < bottom:
            if first > at:
                axes.plot([x, x], [at, first], solid_capstyle="butt", **style)
            at = last
    if at < bottom:
        axes.plot([x, x], [at, bottom], solid_capstyle="butt", **style)


def _panel(falls: int, names: float = LABELS_WIDTH) -> float:
    """Width of one panel of a wide drawing."""
    return min(
        (WIDE_PIXELS - names - PANEL_GAP * falls) / falls,
        WIDEST_PANEL if falls > 1 else 1.5 * WIDEST_PANEL,
    )


def _span(falls: Sequence[Fall]) -> tuple[float, float]:
    """An axis that holds every bar and interval, with a little air."""
    values = [v for f in falls for s in f.steps for v in (s.start, s.end, s.low, s.high)]
    ends = [v for v in values if isfinite(v)]
    air = 0.06 * ((max(ends) - min(ends)) or 1.0)
    return min(ends) - air, max(ends) + air


def _frame(
    axes: Axes,
    span: tuple[float, float],
    *,
    unit: str,
    tick: Callable[[float], str],
    rows: int,
    pixels: float,
) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlim(*span)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_yticks([])
    for side in ("left", "top", "right"):
        axes.spines[side].set_visible(False)
    axes.patch.set_visible(False)
    axes.xaxis.set_major_locator(
        MaxNLocator(max(min(5, int(pixels // 75)), 2), steps=[1, 2, 5, 10])
    )

    def inside(value: float, _: float) -> str:
        words = tick(value)
        at = pixels * (value - span[0]) / (span[1] - span[0])
        half = 3.4 * letters(words)
        return words if half <= at + 14 and at + half <= pixels + 14 else ""

    axes.xaxis.set_major_formatter(inside)
    axes.tick_params(axis="x", length=4, labelsize=12)
    axes.set_xlabel(cut(unit, pixels, 13), fontsize=13)


def _heading(axes: Axes, text: str, pixels: float) -> None:
    axes.annotate(
        cut(text, pixels, 14, bold=True), (0, 1), (0, 10), xycoords="axes fraction", textcoords="offset points",
        fontsize=14, fontweight="bold", color=INK, annotation_clip=False,
    )  # fmt: skip


def _bar(axes: Axes, step: Step, y: float) -> None:
    if step.start == step.end and not step.strong:
        axes.plot(
            [step.end], [y], "o", color=step.colour, markersize=11, markeredgecolor=PAPER,
            markeredgewidth=1.5, zorder=5,
        )  # fmt: skip
    else:
        length = step.end - step.start
        axes.barh(y, length, left=step.start, height=0.26, color=step.colour, zorder=2)
    if isfinite(step.low) and isfinite(step.high):
        axes.plot([step.low, step.high], [y, y], color=INK, linewidth=2.2, zorder=4)
        for end in (step.low, step.high):
            axes.plot([end, end], [y - 0.09, y + 0.09], color=INK, linewidth=2.2, zorder=4)


def _label(axes: Axes, step: Step, y: int, pixels: float, names: float) -> None:
    """What a row of a wide drawing is, left of the first panel."""
    axes.text(
        -names / pixels, y + BAR_OFFSET, wrapped(step.label, names - 8, 14, bold=step.strong),
        transform=axes.get_yaxis_transform(), fontsize=14, linespacing=1.1, **_style(step),
    )  # fmt: skip


def _wide_words(axes: Axes, step: Step, y: int, pixels: float, size: float) -> Box:
    """The numbers above the middle of the bar, inside the panel."""
    beside, style = axes.get_yaxis_transform(), _style(step)
    half = min(width(step.text, size, bold=step.strong) / pixels / 2, 0.5)
    low, high = axes.get_xlim()
    middle = ((step.start + step.end) / 2 - low) / (high - low)
    at = min(max(middle, half), 1 - half)
    axes.text(at, y - 0.17, step.text, transform=beside, ha="center", fontsize=size, **style)
    left, right = (low + (high - low) * (at + side * (half + 3 / pixels)) for side in (-1, 1))
    return left, right, y - 0.34, y + 0.0


def _narrow_words(axes: Axes, step: Step, y: int, size: float, *, stacked: bool) -> Box:
    """Label and numbers above the bar, under each other when long."""
    beside, style = axes.get_yaxis_transform(), _style(step)
    label_y, text_y = (-0.33, -0.07) if stacked else (-0.2, -0.2)
    label = cut(step.label, 0.96 * NARROW_PIXELS, 13, bold=step.strong)
    axes.text(0, y + label_y, label, transform=beside, fontsize=13, **style)
    side, at = ("left", 0) if stacked else ("right", 1)
    axes.text(at, y + text_y, step.text, transform=beside, ha=side, fontsize=size, **style)
    return -inf, inf, y - 0.5, y + (0.06 if stacked else 0.02)


def _style(step: Step) -> dict[str, Any]:
    return {"va": "center", "color": INK, "fontweight": "bold" if step.strong else "normal"}


def _number_size(falls: Sequence[Fall], pixels: float, size: float) -> float:
    """The reading size, or as much smaller, for all numbers alike, as the longest of them asks for."""
    longest = max(width(s.text, size, bold=s.strong) for f in falls for s in f.steps)
    return max(min(size, size * pixels / longest), LEAST_SIZE)

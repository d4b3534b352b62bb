"""Painters of a test that is looked at more than once: an effect at each look, with intervals that hold at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cs_lib.language import say
from cs_lib.report.drawing import key, labels
from cs_lib.report.drawing.axes import WIDE_PIXELS, Floats, width
from cs_lib.report.drawing.palette import BAND, CONTROL, INK, PAPER, SOFT, TREATMENT
from cs_lib.wording import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDE_HEIGHT, NARROW_HEIGHT = 340.0, 320.0
# An interval so many times as long as the last one does not set the scale.
LONGEST_SHOWN = 3.0
RIGHT_COLUMN = 0.2  # Of a wide drawing, for the names of its lines.
NAMES = RIGHT_COLUMN * WIDE_PIXELS - 14


@dataclass(frozen=True, slots=True)
class Looks:
    """One variant's effect at each look, in the units shown, with the interval that holds at all looks."""

    label: str
    n: Floats
    effect: Floats
    low: Floats
    high: Floats
    decided: int | None  # The look that decided.
    band: float  # The signed end of what is too small to act on.
    worth: str  # What lies at that end, in words.
    unit: str
    tick: Callable[[float], str]


def _frame(
    axes: Axes, data: Looks, key_items: Sequence[key.Item], *, narrow: bool, foot: float
) -> None:
    height = NARROW_HEIGHT if narrow else WIDE_HEIGHT
    left, across = (0.15, 0.82) if narrow else (0.07, 0.93 - RIGHT_COLUMN)
    head = key.height(key_items) + 40 if narrow else 40
    axes.set_position((left, foot / height, across, 1 - (foot + head) / height))
    if narrow:
        key.paint(axes, key_items)
    axes.yaxis.set_major_formatter(lambda value, _: data.tick(value))
    axes.tick_params(labelsize=13, length=4)
    labels.unit(axes, data.unit, up=22)


def _ground(axes: Axes, data: Looks) -> None:
    """Zero, and the end of what is too small: an interval wholly beyond it decides."""
    axes.axhline(0, color=INK, linewidth=1.2, zorder=1)
    if data.band:
        low, high = sorted((0.0, data.band))
        axes.axhspan(low, high, facecolor=BAND, edgecolor="none", zorder=0)
        axes.axhline(data.band, color=SOFT, linewidth=1.4, linestyle=(0, (5, 3)), zorder=1)


def _scale(axes: Axes, data: Looks, seen: slice) -> None:
    """Limits that the later looks set; what is longer runs off the drawing."""
    last = float(data.high[-1] - data.low[-1])
    longest = LONGEST_SHOWN * last if np.isfinite(last) else np.inf
    fits = (data.high - data.low)[seen] <= longest
    ends = [*data.low[seen][fits], *data.high[seen][fits], *data.effect[seen]]
    values = [0.0, data.band, *(v for v in ends if np.isfinite(v))]
    air = 0.1 * ((max(values) - min(values)) or 1.0)
    axes.set_ylim(min(values) - air, max(values) + air)


def _items(data: Looks, *more: key.Item) -> list[key.Item]:
    return [*more, *([key.Item(data.worth, SOFT, "dashed")] if data.band else [])]


def planned(data: Looks, *, unit: str, narrow: bool) -> Callable[[Axes], None]:
    """An interval a look, the one that decides in colour, against the smallest effect worth acting on."""

    def paint(axes: Axes) -> None:
        _frame(axes, data, _items(data), narrow=narrow, foot=74)
        _ground(axes, data)
        _scale(axes, data, slice(None))
        for i in range(len(data.n)):
            _at_look(axes, data, i)
        axes.set_xlim(-0.5, len(data.n) - 0.5)
        _look_names(axes, data)
        axes.set_xlabel(unit, fontsize=13, labelpad=24)
        if data.band and not narrow:
            labels.beside(axes, [(data.band, data.worth, SOFT)], x=len(data.n) - 0.5, room=NAMES)

    return paint


def _at_look(axes: Axes, data: Looks, i: int) -> None:
    bottom, top = axes.get_ylim()
    decides = i == data.decided
    colour = TREATMENT if decides else CONTROL
    ends = [min(max(float(v), bottom), top) for v in (data.low[i], data.high[i])]
    axes.plot(
        [i, i],
        ends,
        color=colour,
        linewidth=5 if decides else 3.5,
        solid_capstyle="round",
        zorder=2,
    )
    for out, edge, arrow in ((data.low[i] < bottom, bottom, "v"), (data.high[i] > top, top, "^")):
        if out:
            axes.plot(
                [i],
                [edge],
                arrow,
                color=colour,
                markersize=9,
                markeredgewidth=0,
                clip_on=False,
                zorder=3,
            )
    axes.plot(
        [i], [data.effect[i]], "o", color=colour, markersize=11 if decides else 8, markeredgecolor=PAPER,
        markeredgewidth=1.5, zorder=3,
    )  # fmt: skip
    if decides:
        axes.annotate(
            say("decides"), (i, ends[1]), (0, 8), textcoords="offset points", ha="center", fontsize=13,
            fontweight="bold", color=TREATMENT, annotation_clip=False,
        )  # fmt: skip


def _look_names(axes: Axes, data: Looks) -> None:
    """The number of each look and its customers below the drawing."""
    many = len(data.n)
    longest = max(width(say("look {i}", i=i + 1), 13, bold=True) for i in range(many))
    short = many * (longest + 8) > axes.bbox.width
    each = 1 + int(many * (width(count(data.n[-1]), 13, bold=True) + 8) // axes.bbox.width)
    shown = [i for i in range(many) if (many - 1 - i) % each == 0]
    axes.set_xticks(shown, [f"{i + 1}" if short else say("look {i}", i=i + 1) for i in shown])
    for i, text in zip(shown, axes.get_xticklabels(), strict=True):
        decides = i == data.decided
        colour, weight = (TREATMENT, "bold") if decides else (SOFT, "normal")
        text.set_color(colour)
        text.set_fontweight(weight)
        axes.annotate(
            count(data.n[i]), (i, 0), (0, -38), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="center", fontsize=13, color=colour, fontweight=weight,
            annotation_clip=False,
        )  # fmt: skip


def running(data: Looks, *, unit: str, narrow: bool) -> Callable[[Axes], None]:
    """The estimate as a line in its running interval, against zero and what is worth acting on."""
    items = _items(
        data,
        key.Item(data.label, TREATMENT),
        key.Item(say("interval"), TREATMENT, "patch", strength=0.16),
    )

    def paint(axes: Axes) -> None:
        from matplotlib.ticker import MaxNLocator

        _frame(axes, data, items, narrow=narrow, foot=56)
        _ground(axes, data)
        axes.fill_between(
            data.n, data.low, data.high, color=TREATMENT, alpha=0.16, linewidth=0, zorder=1
        )
        axes.plot(data.n, data.effect, color=TREATMENT, linewidth=2.2, zorder=3)
        # The first intervals are so wide that they would hide the rest.
        _scale(axes, data, slice(len(data.n) // 10, None))
        axes.set_xlim(float(data.n[0]), float(data.n[-1]) or 1.0)
        axes.xaxis.set_major_locator(MaxNLocator(3 if narrow else 6))
        axes.xaxis.set_major_formatter(lambda value, _: count(value))
        axes.set_xlabel(unit, fontsize=13)
        if data.decided is not None:
            _decided(axes, data, data.decided)
        if not narrow:
            labels.beside(axes, _ends(data), x=float(data.n[-1]), room=NAMES)

    return paint


def _decided(axes: Axes, data: Looks, at: int) -> None:
    axes.plot(
        [data.n[at]], [data.effect[at]], "o", color=TREATMENT, markersize=11, markeredgecolor=PAPER,
        zorder=4,
    )  # fmt: skip
    late = data.n[at] > (data.n[0] + data.n[-1]) / 2
    axes.annotate(
        say("look {at} decides", at=at + 1), (data.n[at], data.effect[at]), (-8 if late else 8, 14),
        textcoords="offset points", ha="right" if late else "left", fontsize=13, color=TREATMENT,
        fontweight="bold", annotation_clip=False, zorder=5,
    )  # fmt: skip


def _ends(data: Looks) -> list[labels.Named]:
    named = [
        (float(data.high[-1]), say("high end"), SOFT),
        (float(data.effect[-1]), data.label, TREATMENT),
        (float(data.low[-1]), say("low end"), SOFT),
    ]
    return [*named, *([(data.band, data.worth, SOFT)] if data.band else [])]

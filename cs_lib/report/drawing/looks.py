"""Painters of a test that is looked at more than once: planned boundaries, and intervals that always hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cs_lib.language import say
from cs_lib.report.drawing.axes import NARROW_PIXELS, WIDE_PIXELS, Floats, fitted
from cs_lib.report.drawing.palette import BAND, CONTROL, INK, PAPER, SOFT, TREATMENT
from cs_lib.wording import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class LooksChart:
    """One variant's looks: units observed, the standardised difference, the lines drawn before."""

    label: str
    n: Floats
    z: Floats
    upper: Floats
    lower: Floats
    decided: int | None  # The look that decided.


def boundary(
    data: LooksChart, *, words: tuple[str, str], unit: str, narrow: bool
) -> Callable[[Axes], None]:
    """Evidence at each look against the lines it had to cross."""

    def paint(axes: Axes) -> None:
        height = 300 if narrow else 320
        width = 0.93 if narrow else 0.76
        axes.set_position((0.03, 56 / height, width, 1 - 80 / height))
        axes.axhline(0, color=INK, linewidth=1.2)
        _boundary_lines(axes, data, words, narrow=narrow)
        axes.plot(
            data.n, data.z, "-o", color=TREATMENT, linewidth=2, markersize=7, markeredgecolor=PAPER
        )
        for i in range(len(data.n)):
            _look_label(axes, data, i, narrow=narrow)
        _boundary_axes(axes, data, unit, narrow=narrow)

    return paint


def _boundary_lines(axes: Axes, data: LooksChart, words: tuple[str, str], *, narrow: bool) -> None:
    for line, text, above in ((data.upper, words[0], True), (data.lower, words[1], False)):
        axes.plot(data.n, line, color=CONTROL, linewidth=1.8, linestyle=(0, (5, 3)))
        at, room = (0, 0.9 * NARROW_PIXELS) if narrow else (-1, 0.2 * WIDE_PIXELS)
        axes.annotate(
            fitted(text, room, 7.6), (data.n[at], line[at]), (0, 8 if above else -8) if narrow else (10, 0),
            textcoords="offset points", va=("bottom" if above else "top") if narrow else "center",
            fontsize=13, color=SOFT, annotation_clip=False,
        )  # fmt: skip


def _look_label(axes: Axes, data: LooksChart, i: int, *, narrow: bool) -> None:
    decides = i == data.decided
    text = (
        say("look {i}: decides", i=i + 1)
        if decides
        else f"{i + 1}"
        if narrow
        else say("look {i}", i=i + 1)
    )
    if decides:
        axes.plot(
            [data.n[i]], [data.z[i]], "o", color=TREATMENT, markersize=12, markeredgecolor=PAPER
        )
    axes.annotate(
        text, (data.n[i], data.z[i]), (4, 10) if decides else (-6, -8), textcoords="offset points",
        ha="right", va="bottom" if decides else "top", fontsize=13, color=TREATMENT,
        fontweight="bold" if decides else "normal", annotation_clip=False,
    )  # fmt: skip


def _boundary_axes(axes: Axes, data: LooksChart, unit: str, *, narrow: bool) -> None:
    span = float(data.n[-1] - data.n[0]) or float(data.n[-1])
    axes.set_xlim(float(data.n[0]) - 0.15 * span, float(data.n[-1]) + 0.04 * span)
    reach = 1.25 * max(float(np.abs(data.z).max()), float(np.minimum(data.upper, 6).max()))
    axes.set_ylim(-reach, reach)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xticks(data.n)
    axes.xaxis.set_major_formatter(lambda value, _: count(value))
    axes.tick_params(labelsize=12 if narrow else 13, length=4)
    axes.set_xlabel(unit, fontsize=13)


@dataclass(frozen=True, slots=True)
class Running:
    """One variant's effect over many looks, in the units shown, with the interval that always holds."""

    label: str
    n: Floats
    effect: Floats
    low: Floats
    high: Floats
    decided: int | None  # The look that decided.
    band: float  # The signed end of what is too small to act on.
    unit: str
    tick: Callable[[float], str]


def running(data: Running, *, unit: str, narrow: bool) -> Callable[[Axes], None]:
    """The estimate as a line in its running interval, against zero and what is worth acting on."""

    def paint(axes: Axes) -> None:
        height = 300 if narrow else 340
        left, width = (0.16, 0.8) if narrow else (0.07, 0.75)
        axes.set_position((left, 56 / height, width, 1 - 96 / height))
        if data.band:
            axes.axhspan(
                min(0, data.band), max(0, data.band), facecolor=BAND, edgecolor="none", zorder=0
            )
        axes.fill_between(
            data.n, data.low, data.high, color=TREATMENT, alpha=0.16, linewidth=0, zorder=1
        )
        axes.axhline(0, color=INK, linewidth=1.2, zorder=2)
        axes.plot(data.n, data.effect, color=TREATMENT, linewidth=2.2, zorder=3)
        _running_axes(axes, data, unit, narrow=narrow)
        if data.decided is not None:
            _decided(axes, data, data.decided)
        if not narrow:
            _running_labels(axes, data)

    return paint


def _running_axes(axes: Axes, data: Running, unit: str, *, narrow: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    # The first intervals are so wide that they would hide the rest.
    seen = slice(len(data.n) // 10, None)
    values = [0.0, data.band, *data.low[seen], *data.high[seen]]
    air = 0.1 * ((max(values) - min(values)) or 1.0)
    axes.set_ylim(min(values) - air, max(values) + air)
    axes.set_xlim(float(data.n[0]), float(data.n[-1]) or 1.0)
    axes.yaxis.set_major_formatter(lambda value, _: data.tick(value))
    axes.xaxis.set_major_locator(MaxNLocator(3 if narrow else 6))
    axes.xaxis.set_major_formatter(lambda value, _: count(value))
    axes.tick_params(labelsize=12 if narrow else 13, length=4)
    axes.set_xlabel(unit, fontsize=13)
    axes.annotate(
        data.unit, (0, 1), (0, 12), xycoords="axes fraction", textcoords="offset points",
        fontsize=13, color=SOFT, annotation_clip=False,
    )  # fmt: skip


def _decided(axes: Axes, data: Running, at: int) -> None:
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


def _running_labels(axes: Axes, data: Running) -> None:
    """Names at the right end, kept apart from each other."""
    bottom, top = axes.get_ylim()
    ends = [
        (float(data.high[-1]), say("high end"), SOFT),
        (float(data.effect[-1]), fitted(data.label, 0.17 * WIDE_PIXELS, 7.6), TREATMENT),
    ]
    ends.append((float(data.low[-1]), say("low end"), SOFT))
    gap, above = 0.07 * (top - bottom), np.inf
    for y, text, colour in ends:
        y = min(y, above - gap)
        above = y
        axes.annotate(
            text, (data.n[-1], y), (8, 0), textcoords="offset points", va="center", fontsize=13,
            color=colour, annotation_clip=False,
        )  # fmt: skip

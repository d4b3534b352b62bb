"""Painters for looking around: panels of one axis under each other, dots of two metrics, tiles of two metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cs_lib.report.drawing import key, labels
from cs_lib.report.drawing.axes import NARROW_PIXELS, WIDE_PIXELS, Floats, cut, of_days, width
from cs_lib.report.drawing.palette import CONTROL, INK, PAPER, RULE, SOFT, TREATMENT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = 13.0
PANEL, ALONE, BAR, FOOT, TITLE, AIR = 104.0, 200.0, 46.0, 40.0, 24.0, 12.0  # CSS pixels
SQUARE_WIDE, SQUARE_NARROW = 420.0, 340.0
MOST_NAMED = 40  # dots that are named, as far as there is room beside them
Tick = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Panel:
    """One group: its name, what its numbers come to, and a height for each step, day or week."""

    name: str
    text: str
    heights: Floats
    mark: float = float("nan")  # where its mean lies, on the axis of a distribution


@dataclass(frozen=True, slots=True)
class Panels:
    """Groups on one axis: of steps of a value, whose edges are one more than their heights, or of days."""

    panels: Sequence[Panel]
    at: Floats | NDArray[np.datetime64]
    unit: str
    tick: Tick
    since: np.datetime64 | None = None  # the day of a change
    since_words: str = ""


def height(data: Panels) -> float:
    """Pixels that the drawing takes."""
    return len(data.panels) * _each(data) + FOOT


def _each(data: Panels) -> float:
    return PANEL if len(data.panels) > 1 else ALONE


def distributions(data: Panels, *, narrow: bool) -> Callable[[Axes], None]:
    """Seaborn's histogram of each group, all on one axis; a dashed line at the mean."""

    def paint(axes: Axes) -> None:
        import seaborn

        edges = np.asarray(data.at, dtype=float)
        middles = (edges[:-1] + edges[1:]) / 2
        top = max(float(p.heights.max(initial=0)) for p in data.panels) or 1.0
        for here, panel, lowest in _stack(axes, data, narrow=narrow, left=0.03):
            seaborn.histplot(
                x=middles, weights=panel.heights, bins=edges.tolist(), ax=here, color=TREATMENT,
                element="step", alpha=0.25, linewidth=1.5,
            )  # fmt: skip
            here.axvline(panel.mark, color=INK, linewidth=1.2, linestyle=(0, (4, 3)))
            here.set_xlim(edges[0], edges[-1])
            here.set_ylim(0, 1.05 * top)
            _bare(here)
            here.xaxis.set_major_formatter(lambda value, _: data.tick(value))
            _foot(here, data.unit, lowest=lowest)

    return paint


def courses(data: Panels, *, narrow: bool) -> Callable[[Axes], None]:
    """Seaborn's line of each group over days, all on one scale."""

    def paint(axes: Axes) -> None:
        import seaborn
        from matplotlib.ticker import MaxNLocator

        values = np.concatenate([p.heights[np.isfinite(p.heights)] for p in data.panels])
        low, high = float(values.min()), float(values.max())
        air = 0.1 * (high - low) or 1.0
        limits: Any = (data.at[0], data.at[-1])
        for here, panel, lowest in _stack(axes, data, narrow=narrow, left=0.16 if narrow else 0.07):
            seaborn.lineplot(
                x=data.at, y=panel.heights, ax=here, color=TREATMENT, linewidth=1.6, errorbar=None,
                estimator=None,
            )  # fmt: skip
            if data.since is not None:
                day: Any = data.since
                here.axvline(day, color=INK, linewidth=1.2, linestyle=(0, (4, 3)))
            here.set_xlim(*limits)
            here.set_ylim(max(low - air, 0.0) if low >= 0 else low - air, high + air)
            here.set(xlabel="", ylabel="")
            here.yaxis.set_major_locator(MaxNLocator(3))
            here.yaxis.set_major_formatter(lambda value, _: data.tick(value))
            here.spines["bottom"].set_color(RULE)
            of_days(here, narrow=narrow)
            _foot(here, "", lowest=lowest)

    return paint


def _stack(axes: Axes, data: Panels, *, narrow: bool, left: float) -> Any:
    """An axes for each panel, its words above it; the first is the drawing's own."""
    whole, each, figure = height(data), _each(data), axes.figure
    for i, panel in enumerate(data.panels):
        bottom = 1 - (i + 1) * each / whole + AIR / whole
        box = (left, bottom, 0.96 - left, (each - TITLE - AIR) / whole)
        here: Any = axes if i == 0 else figure.add_axes(box)
        here.set_position(box)
        words(here, panel.name, panel.text, NARROW_PIXELS if narrow else WIDE_PIXELS)
        yield here, panel, i == len(data.panels) - 1


def words(axes: Axes, name: str, text: str, pixels: float) -> None:
    """A name and its numbers above what they are of, from the left edge of the drawing."""
    left = axes.get_position().x0 * pixels
    room = 0.98 * pixels - width(name, SIZE, bold=True) - 12
    for said, at, weight, colour in (
        (name, 0.0, "bold", INK),
        (cut(text, room, SIZE), width(name, SIZE, bold=True) + 12, "normal", SOFT),
    ):
        axes.annotate(
            said, (0, 1), (at - left + 0.01 * pixels, 7), xycoords="axes fraction",
            textcoords="offset points", fontsize=SIZE, fontweight=weight, color=colour,
            annotation_clip=False,
        )  # fmt: skip


def _bare(axes: Axes) -> None:
    axes.set(xlabel="", ylabel="")
    axes.yaxis.set_visible(False)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_color(RULE)


def _foot(axes: Axes, unit: str, *, lowest: bool) -> None:
    axes.tick_params(labelsize=SIZE, length=4)
    axes.tick_params(axis="x", length=4 if lowest else 0, labelbottom=lowest)
    if lowest and unit:
        axes.set_xlabel(unit, fontsize=SIZE)


@dataclass(frozen=True, slots=True)
class Bar:
    """A share with its name and words."""

    name: str
    text: str
    share: float


def bars_height(bars: Sequence[Bar]) -> float:
    """Pixels that the drawing takes."""
    return len(bars) * BAR + 10


def bars(data: Sequence[Bar], *, narrow: bool) -> Callable[[Axes], None]:
    """Seaborn's bar for each share, its words above it."""

    def paint(axes: Axes) -> None:
        import seaborn

        pixels = NARROW_PIXELS if narrow else WIDE_PIXELS
        figure, whole = axes.figure, bars_height(data)
        for i, bar in enumerate(data):
            box = (0.01, 1 - (i + 1) * BAR / whole + 4 / whole, 0.98, (BAR - TITLE - 4) / whole)
            here: Any = axes if i == 0 else figure.add_axes(box)
            here.set_position(box)
            here.axvspan(0, 1, color=RULE, alpha=0.4, zorder=0, linewidth=0)
            seaborn.barplot(
                x=[bar.share], y=[""], ax=here, color=TREATMENT, width=1.0, saturation=1
            )
            here.set_xlim(0, 1)
            words(here, bar.name, bar.text, pixels)
            here.set_axis_off()

    return paint


@dataclass(frozen=True, slots=True)
class Dots:
    """Two metrics, a dot for each week or name; a group of dots is grey, the other coloured."""

    x: Floats
    y: Floats
    names: Sequence[str]  # nothing where dots have no names of their own
    late: NDArray[np.bool_]  # those that are coloured
    x_unit: str
    y_unit: str
    x_tick: Tick
    y_tick: Tick
    key: Sequence[key.Item]


def dots(data: Dots, *, narrow: bool) -> Callable[[Axes], None]:
    """Seaborn's scatter of two metrics."""

    def paint(axes: Axes) -> None:
        import seaborn

        _square(axes, data, narrow=narrow)
        for late, colour in ((False, CONTROL), (True, TREATMENT)):
            rows = data.late == late
            seaborn.scatterplot(
                x=data.x[rows], y=data.y[rows], ax=axes, color=colour, s=46, edgecolor=PAPER,
                linewidth=0.6, alpha=0.9, legend=False,
            )  # fmt: skip
        axes.margins(0.08)
        if len(data.names) <= MOST_NAMED:
            _named(axes, data)
        _axes_words(axes, data)
        if data.key:
            key.paint(axes, data.key)

    return paint


def _named(axes: Axes, data: Dots) -> None:
    """Names right or left of their dots; one that would lie on another, or leave the drawing, is left out."""
    axes.get_xlim(), axes.get_ylim()  # limits not yet settled are settled now
    places = axes.transData.transform(np.column_stack([data.x, data.y]))
    taken = [(x - 4, x + 4, y - 4, y + 4) for x, y in places]
    for (x, y), name, own in zip(places, data.names, list(taken), strict=False):
        wide = width(name, SIZE - 1)
        for left in (x + 7, x - 7 - wide):
            box = (left, left + wide, y - 7, y + 7)
            others = (other for other in taken if other != own)
            inside = left >= 0 and left + wide <= axes.figure.bbox.width
            if inside and not any(_meet(box, other) for other in others):
                taken.append(box)
                axes.annotate(
                    name, (left, y), xycoords="figure pixels", va="center", fontsize=SIZE - 1,
                    color=SOFT, annotation_clip=False,
                )  # fmt: skip
                break


def _meet(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether two boxes (left, right, bottom, top) overlap."""
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]


@dataclass(frozen=True, slots=True)
class Tones:
    """Two metrics, a tile for each pair of steps; the denser the more units lie on it."""

    x: Floats  # edges
    y: Floats
    counts: NDArray[np.int64]  # x by y
    x_unit: str
    y_unit: str
    x_tick: Tick
    y_tick: Tick


def tones(data: Tones, *, narrow: bool) -> Callable[[Axes], None]:
    """Seaborn's histogram of two metrics, in one tone that dark mode can turn; rare pairs are still seen."""

    def paint(axes: Axes) -> None:
        import seaborn
        from matplotlib.colors import ListedColormap, to_rgb

        _square(axes, data, narrow=narrow)
        tone: Any = ListedColormap(
            [(*to_rgb(TREATMENT), float(a)) for a in np.linspace(0.08, 1, 64)]
        )
        x, y = np.meshgrid(
            (data.x[:-1] + data.x[1:]) / 2, (data.y[:-1] + data.y[1:]) / 2, indexing="ij"
        )
        there = data.counts.ravel() > 0
        seaborn.histplot(
            x=x.ravel()[there], y=y.ravel()[there], weights=np.sqrt(data.counts.ravel()[there]),
            bins=(data.x.tolist(), data.y.tolist()), ax=axes, cmap=tone,
        )  # fmt: skip
        for mesh in axes.collections:
            mesh.set_rasterized(False)
        axes.set_xlim(data.x[0], data.x[-1])
        axes.set_ylim(data.y[0], data.y[-1])
        _axes_words(axes, data)

    return paint


def _square(axes: Axes, data: Dots | Tones, *, narrow: bool) -> None:
    whole = SQUARE_NARROW if narrow else SQUARE_WIDE
    head = 30 + (key.height(data.key, narrow=narrow) if isinstance(data, Dots) and data.key else 0)
    left = 0.16 if narrow else 0.08
    axes.set_position((left, 56 / whole, 0.96 - left, 1 - (56 + head) / whole))


def _axes_words(axes: Axes, data: Dots | Tones) -> None:
    """Both units and their ticks."""
    axes.xaxis.set_major_formatter(lambda value, _: data.x_tick(value))
    axes.yaxis.set_major_formatter(lambda value, _: data.y_tick(value))
    axes.tick_params(labelsize=SIZE, length=4)
    axes.set_xlabel(data.x_unit, fontsize=SIZE)
    axes.set_ylabel("")
    labels.unit(axes, data.y_unit, up=8)

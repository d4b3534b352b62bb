"""Painter of handoffs from team to team: a heat map in one tone; on a phone the largest pairs as bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cs_lib.report.drawing.axes import Floats, cut, width
from cs_lib.report.drawing.palette import INK, PAPER, SOFT, TREATMENT
from cs_lib.report.drawing.sheet import (
    SIZE,
    SMALL,
    box,
    lay,
    lines,
    pitch,
    pixels,
    write,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CELL, CELL_NARROW, ROW = 74.0, 44.0, 38.0  # CSS pixels
MOST_NAME, MOST_NAME_NARROW = 200.0, 96.0
# The tone of the largest number: dark ink stands out on it by 4.5 to 1, in light and in dark mode.
PALEST, DENSEST = 0.04, 0.5
PAIR, PAIR_BAR, MOST_PAIRS = 40.0, 12.0, 10
AIR, CAPTION = 8.0, 20.0


@dataclass(frozen=True, slots=True)
class Matrix:
    """Handoffs between at most eight teams: counts[i, j] went from team i to team j."""

    names: Sequence[str]
    counts: Floats  # Teams by teams; the diagonal is not read; not a number where nothing is known.
    number: Callable[[float], str]
    from_words: str  # What a row is, such as "handed on by".
    to_words: str  # What a column is.
    sum_words: str

    @property
    def off(self) -> Floats:
        """The counts without the diagonal."""
        shown: Floats = np.array(self.counts, dtype=float)
        np.fill_diagonal(shown, np.nan)
        return shown

    @property
    def pairs(self) -> list[tuple[int, int, float]]:
        """From, to and count of the largest pairs, largest first."""
        found = [(int(i), int(j), float(n)) for (i, j), n in np.ndenumerate(self.off) if n > 0]
        return sorted(found, key=lambda pair: (-pair[2], pair[0], pair[1]))[:MOST_PAIRS]


def height(data: Matrix, *, narrow: bool) -> float:
    """Pixels that the drawing takes."""
    if narrow and not _fits(data):
        return max(len(data.pairs), 1) * PAIR + AIR
    return _head(data, narrow=narrow) + (len(data.names) + 1) * ROW + 4


def matrix(data: Matrix, *, narrow: bool) -> Callable[[Axes], None]:
    """Numbers in cells, sums at the right and below; pairs as bars where cells would be too small."""

    def paint(axes: Axes) -> None:
        if narrow and not _fits(data):
            _bars(axes, data)
        else:
            _cells(axes, data, narrow=narrow)

    return paint


def _fits(data: Matrix) -> bool:
    """Whether a phone has room for a cell for each pair, with every number and every name whole."""
    cell = _cell(data, narrow=True)
    whole = _names(data, narrow=True) + (len(data.names) + 1) * cell
    said = [line for name in data.names for line in lines(name, cell - 6, SMALL)]
    return whole <= pixels(narrow=True) and not any(line.endswith("…") for line in said)


def _names(data: Matrix, *, narrow: bool) -> float:
    """Pixels for the names of the rows."""
    most = MOST_NAME_NARROW if narrow else MOST_NAME
    named = [*data.names, data.from_words, data.sum_words]
    return min(max(width(name, SIZE) for name in named) + 4, most) + 10


def _cell(data: Matrix, *, narrow: bool) -> float:
    """Pixels from one column to the next; the sums need as much."""
    sums = [*np.nansum(data.off, axis=0), *np.nansum(data.off, axis=1), np.nansum(data.off)]
    numbers = max(width(data.number(float(n)), SIZE) for n in sums) + 10
    if not narrow:
        return min(max(CELL, numbers), _even(data, narrow=False))
    return max(CELL_NARROW, numbers, min(CELL, _even(data, narrow=True)))


def _even(data: Matrix, *, narrow: bool) -> float:
    """Pixels of a column when all together take the whole drawing."""
    free = pixels(narrow=narrow) - _names(data, narrow=narrow)
    return float(free // (len(data.names) + 1))


def _head(data: Matrix, *, narrow: bool) -> float:
    """Pixels above the cells: what columns are, then their names."""
    room = _cell(data, narrow=narrow) - 6
    most = max(len(lines(name, room, SMALL)) for name in (*data.names, data.sum_words))
    return CAPTION + most * pitch(SMALL) + 6


def _cells(axes: Axes, data: Matrix, *, narrow: bool) -> None:
    """The map in a frame of its own over the sheet, which carries the words."""
    figure: Any = axes.figure
    whole, across, n = height(data, narrow=narrow), pixels(narrow=narrow), len(data.names)
    left, head, cell = (
        _names(data, narrow=narrow),
        _head(data, narrow=narrow),
        _cell(data, narrow=narrow),
    )
    bottom = whole - head - n * ROW
    here = figure.add_axes((left / across, bottom / whole, n * cell / across, n * ROW / whole))
    _heatmap(here, data)
    lay(axes, whole, narrow=narrow)
    write(axes, left, 0, [cut(data.to_words, across - left, SMALL)], size=SMALL, colour=SOFT)
    said = lines(data.from_words, left - 10, SMALL, most=2)
    write(axes, 0, head - 6 - len(said) * pitch(SMALL), said, size=SMALL, colour=SOFT)
    largest = max((count for *_, count in data.pairs[:1]), default=0.0)
    for j, name in enumerate((*data.names, data.sum_words)):
        said = lines(name, cell - 6, SMALL)
        top = head - 6 - len(said) * pitch(SMALL)
        colour = SOFT if j == n else INK
        write(axes, left + (j + 0.5) * cell, top, said, size=SMALL, colour=colour, side="center")
    for i, name in enumerate((*data.names, data.sum_words)):
        said = lines(name, left - 10, SIZE if i < n else SMALL, most=2)
        middle = head + (i + 0.5) * ROW
        size = SIZE if i < n else SMALL
        top = middle - len(said) * pitch(size) / 2 - 1
        write(axes, 0, top, said, size=size, colour=INK if i < n else SOFT)
    _numbers(axes, data, (left, head), cell, largest)


def _heatmap(axes: Axes, data: Matrix) -> None:
    """Seaborn's heat map in one tone that gets denser, so that dark mode can turn it; by the root, so that one large
    pair leaves the others their tones."""
    import seaborn
    from matplotlib.colors import ListedColormap, to_rgb

    tone: Any = ListedColormap(
        [(*to_rgb(TREATMENT), float(a)) for a in np.linspace(PALEST, DENSEST, 64)]
    )
    top = max((count for *_, count in data.pairs[:1]), default=1.0)
    seaborn.heatmap(
        np.sqrt(data.off), ax=axes, cmap=tone, vmin=0, vmax=np.sqrt(top), cbar=False, linewidths=1.5, linecolor=PAPER,
        xticklabels=False, yticklabels=False,
    )  # fmt: skip
    for mesh in axes.collections:
        mesh.set_clip_on(False)


def _numbers(
    axes: Axes, data: Matrix, corner: tuple[float, float], cell: float, largest: float
) -> None:  # fmt: skip
    """The numbers of cells, the largest bold, then the sums."""
    left, head = corner
    shown, n = data.off, len(data.names)
    axes.set_zorder(2)
    sums = [(i, n, float(np.nansum(shown[i]))) for i in range(n)]
    sums += [(n, j, float(np.nansum(shown[:, j]))) for j in range(n)]
    sums += [(n, n, float(np.nansum(shown)))]
    known = [(i, j, float(shown[i, j])) for i in range(n) for j in range(n) if shown[i, j] >= 0]
    for i, j, count in (*known, *sums):
        of_all = n in (i, j)
        write(
            axes, left + (j + 0.5) * cell, head + (i + 0.5) * ROW - 0.7 * SIZE, [data.number(count)],
            colour=SOFT if of_all else INK, bold=not of_all and count == largest > 0, side="center",
        )  # fmt: skip


def _bars(axes: Axes, data: Matrix) -> None:
    """The largest pairs, each a name over a bar."""
    lay(axes, height(data, narrow=True), narrow=True)
    across = pixels(narrow=True)
    for k, (i, j, count) in enumerate(data.pairs):
        top, number = k * PAIR, data.number(count)
        room = across - width(number, SIZE, bold=k == 0) - 12
        write(axes, 0, top + 2, [_pair(data, i, j, room, bold=k == 0)], bold=k == 0)
        write(axes, across - 1, top + 2, [number], bold=k == 0, side="right")
        long = (across - 2) * count / data.pairs[0][2]
        box(axes, 1, top + pitch(SIZE) + 4, long, PAIR_BAR, facecolor=TREATMENT, alpha=0.6)


def _pair(data: Matrix, i: int, j: int, room: float, *, bold: bool) -> str:
    """`One team → another`, both cut to about the same room when they must be."""
    names, arrow = [data.names[i], data.names[j]], " → "
    free = room - width(arrow, SIZE, bold=bold)
    long = [width(name, SIZE, bold=bold) for name in names]
    if sum(long) > free:
        other = min(long)
        most = max(free / 2, free - other)
        names = [cut(name, most, SIZE, bold=bold) for name in names]
    return arrow.join(names)

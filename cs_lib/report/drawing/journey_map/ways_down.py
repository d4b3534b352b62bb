"""Ways on a phone: steps under each other; a detour is a row under the step that it leaves, its line at the right."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from cs_lib.report.drawing.axes import NARROW_PIXELS, width
from cs_lib.report.drawing.journey_map.routes import Run, levels
from cs_lib.report.drawing.journey_map.steps import Ways
from cs_lib.report.drawing.palette import CONTROL, INK, PAPER, SOFT, TREATMENT
from cs_lib.report.drawing.sheet import HEAD, SMALL, lay, lines, pitch, rule, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SPINE, LEFT = 12.0, 30.0  # The usual path; where words begin.
THICKEST, THINNEST = 9.0, 1.4
LANE, LANES, TIP = 11.0, 96.0, 7.0  # Between lines at the right, their most room, an arrow's head.
AIR, BETWEEN, INTO = 10.0, 4.0, 6.0
STUB = 12.0


def thick(share: float) -> float:
    """The width of a line."""
    return max(THINNEST, THICKEST * share)


@dataclass(slots=True)
class _Row:
    """A line of words under a step: what it says at the left and at the right, and where."""

    kind: str  # step, detour, ends, on
    of: int
    left: list[str]
    right: str
    y: float = 0.0

    @property
    def size(self) -> float:
        """Of its words."""
        return HEAD - 1 if self.kind == "step" else SMALL

    @property
    def tall(self) -> float:
        """Pixels of its words."""
        return max(len(self.left), 1) * pitch(self.size)

    @property
    def middle(self) -> float:
        """Where a line meets it."""
        return self.y + pitch(self.size) / 2


def _room(data: Ways, lanes: int) -> float:
    """Where words end and the lines of detours begin."""
    return NARROW_PIXELS - 4 - (min(lanes * LANE, LANES) + TIP + 6 if data.detours else 0.0)


def _rows(data: Ways, right: float) -> list[_Row]:
    """All words from top to bottom."""
    rows: list[_Row] = []

    def add(kind: str, of: int, text: str, number: str) -> None:
        size = HEAD - 1 if kind == "step" else SMALL
        taken = width(number, SMALL, bold=kind == "step") + 10 if number else 0.0
        said = lines(text, right - LEFT - taken, size, bold=kind == "step")
        rows.append(_Row(kind, of, said, number))

    for i, step in enumerate(data.steps):
        add("step", i, step.name, step.count)
        for k, one in enumerate(data.detours):
            if one.start == i:
                add("detour", k, one.words, one.text)
        if step.ends_text:
            add("ends", i, step.ends_text, "")
        if step.on_text and i + 1 < len(data.steps):
            add("on", i, f"↓ {step.on_text}", "")
    y = 4.0
    for row in rows:
        y += AIR if row.kind == "step" and y > 4 else 0.0
        row.y = y
        y += row.tall + BETWEEN
    return rows


def _laid(data: Ways) -> tuple[list[_Row], list[int], float]:
    """Rows with their places, the lane of each detour, and where words end.

    Lanes depend on places, these on how much room the lanes leave: the second pass settles both.
    """
    lanes, right = [0] * len(data.detours), _room(data, len(data.detours))
    for _ in range(2):
        rows = _rows(data, right)
        ends = zip(_ends(data, rows), data.detours, strict=True)
        lanes = levels([Run(*places, thick(one.share)) for places, one in ends])
        right = _room(data, max(lanes, default=0) + 1)
    return _rows(data, right), lanes, right


def _ends(data: Ways, rows: list[_Row]) -> list[tuple[float, float]]:
    """Where the line of each detour leaves its row, and where it arrives at a step, apart from others."""
    steps = {row.of: row.middle for row in rows if row.kind == "step"}
    begin = {row.of: row.middle for row in rows if row.kind == "detour"}
    found = []
    for k, one in enumerate(data.detours):
        same = [j for j, other in enumerate(data.detours) if other.end == one.end]
        same.sort(key=lambda j: begin[j])
        # Lines from above arrive above those from below, the nearest of either in the middle.
        place = same.index(k) - (len(same) - 1) / 2
        found.append((begin[k], steps[one.end] + place * INTO))
    return found


def height(data: Ways) -> float:
    """Pixels that the drawing takes."""
    last = _laid(data)[0][-1]
    return last.y + last.tall + 6


def paint(axes: Axes, data: Ways) -> None:
    """The usual path at the left, words beside it, the lines of detours at the right."""
    lay(axes, height(data), narrow=True)
    rows, lanes, right = _laid(data)
    steps = [row for row in rows if row.kind == "step"]
    for row, after in pairwise(steps):
        wide = data.steps[row.of].on
        if wide > 0:
            end = after.middle - 7
            rule(axes, (SPINE, SPINE), (row.middle, end - TIP), colour=TREATMENT, thick=thick(wide))
            half = thick(wide) / 2 + 3
            axes.fill(
                [SPINE - half, SPINE, SPINE + half], [end - TIP - 1, end, end - TIP - 1], color=TREATMENT, linewidth=0
            )  # fmt: skip
    for row in rows:
        _words(axes, data, row, right)
    for (begin, end), lane, one in zip(_ends(data, rows), lanes, data.detours, strict=True):
        x = right + TIP + 6 + (lane + 0.5) * min(LANE, LANES / (max(lanes) + 1))
        _line(axes, right + 3, x, begin, end, thick(one.share))


def _words(axes: Axes, data: Ways, row: _Row, right: float) -> None:
    step = row.kind == "step"
    write(axes, LEFT, row.y, row.left, size=row.size, colour=INK if step else SOFT, bold=step)
    if row.right:
        shift = 0.8 if step else 0.0
        write(
            axes, right, row.y + shift, [row.right], size=SMALL, colour=INK, bold=step, side="right"
        )
    if step:
        axes.plot([SPINE], [row.middle], "o", color=PAPER, markeredgecolor=TREATMENT, markeredgewidth=2.2,
                  markersize=12, zorder=5)  # fmt: skip
    if row.kind == "ends":
        end = SPINE + STUB
        rule(
            axes,
            (SPINE, end),
            (row.middle, row.middle),
            colour=SOFT,
            thick=thick(data.steps[row.of].ends),
        )
        rule(axes, (end, end), (row.middle - 6, row.middle + 6), colour=SOFT, thick=2)


def _line(axes: Axes, left: float, x: float, begin: float, end: float, wide: float) -> None:
    """A detour: out to its lane, along it, and back to a step."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    turn = max(min(6.0, abs(end - begin) / 2), 0.1) * (1 if end > begin else -1)
    tip = left + TIP
    points = [
        (left, begin), (x - 6, begin), (x, begin), (x, begin + turn), (x, end - turn), (x, end), (x - 6, end),
        (tip, end),
    ]  # fmt: skip
    path = Path(points, [1, 2, 3, 3, 2, 3, 3, 2])
    axes.add_patch(
        PathPatch(path, facecolor="none", edgecolor=CONTROL, linewidth=wide, capstyle="butt")
    )
    half = wide / 2 + 3
    axes.fill(
        [tip + 1, left, tip + 1],
        [end - half, end, end + half],
        color=CONTROL,
        linewidth=0,
        zorder=4,
    )

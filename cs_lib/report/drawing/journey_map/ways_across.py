"""Ways on a desk: steps from left to right, loops above them, skips below, each with its count on its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from cs_lib.report.drawing.axes import WIDE_PIXELS, width
from cs_lib.report.drawing.journey_map.routes import Run, placed
from cs_lib.report.drawing.journey_map.steps import Detour, Step, Ways
from cs_lib.report.drawing.palette import CONTROL, INK, PAPER, SOFT, TREATMENT
from cs_lib.report.drawing.sheet import SIZE, SMALL, lay, lines, pitch, rule, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GAP, MOST_BOX, PAD = 26.0, 150.0, 6.0  # Between boxes; their most width; inside them.
THICKEST, THINNEST = 12.0, 1.5
LEVEL, FIRST = 34.0, 22.0  # From one level to the next; from a box to the first.
STUB, CORNER, HEAD = 9.0, 9.0, 7.0
SPREAD = 0.2  # Of a box's width: how far from its middle lines are attached.
CLEAR = 8.0  # Between what goes straight on and the line of a skip.


def thick(share: float) -> float:
    """The width of a line."""
    return max(THINNEST, THICKEST * share)


@dataclass(frozen=True, slots=True)
class _Side:
    """The detours on one side of the steps, with the places where they begin and end."""

    detours: Sequence[Detour]
    runs: Sequence[Run]
    levels: Sequence[int]
    middles: Sequence[float]

    @property
    def tall(self) -> float:
        """Pixels that they take."""
        return FIRST + LEVEL * (max(self.levels) + 1) - 14 if self.detours else 0.0


def _across(data: Ways) -> tuple[float, float]:
    """The width of a box, and from the middle of one to the next."""
    n = len(data.steps)
    box = min((WIDE_PIXELS - 4 - GAP * (n - 1)) / n, MOST_BOX)
    step = (WIDE_PIXELS - 4 - box) / (n - 1) if n > 1 else 0.0
    return box, step


def _middle(data: Ways, i: int) -> float:
    box, step = _across(data)
    return 2 + box / 2 + i * step


def _side(data: Ways, *, back: bool) -> _Side:
    """Loops or skips, laid out."""
    detours = [one for one in data.detours if one.back == back]
    at = _attached(data, detours)
    runs = [
        Run(at[k, True], at[k, False], thick(one.share), width(one.text, SMALL))
        for k, one in enumerate(detours)
    ]
    levels, middles = placed(runs, (1, WIDE_PIXELS - 1)) if runs else ([], [])
    return _Side(detours, runs, levels, middles)


def _attached(data: Ways, detours: Sequence[Detour]) -> dict[tuple[int, bool], float]:
    """Where each detour leaves (True) and arrives: those to the left at the left, the short ones outside."""
    box, _ = _across(data)
    found: dict[tuple[int, bool], float] = {}
    for i, step in enumerate(data.steps):
        ends = []
        for k, one in enumerate(detours):
            for leaves, here, there in ((True, one.start, one.end), (False, one.end, one.start)):
                if here == i:
                    side = (there > here) - (there < here)
                    # Long ones to the middle of the box, so that they pass no shorter one.
                    order = side / abs(there - here) if side else (1.0 if leaves else -1.0)
                    ends.append((side, order, k, leaves))
        ends.sort()
        stub = bool(step.ends_text) and not all(one.back for one in detours)
        for place, (*_, k, leaves) in zip(_places(len(ends), free=stub), ends, strict=True):
            found[k, leaves] = _middle(data, i) + place * SPREAD * box
    return found


def _places(n: int, *, free: bool) -> list[float]:
    """So many places from -1 to 1; the middle stays free when something else stands there."""
    if n == 1:
        return [-1.0] if free else [0.0]
    places = [-1 + 2 * i / (n - 1) for i in range(n)]
    return [-1 + 2 * i / n for i in range(n + 1) if 2 * i != n] if free and n % 2 else places


@lru_cache(maxsize=16)
def _boxes_height(names: tuple[tuple[str, str, str], ...], room: float) -> float:
    return (
        max(
            sum(len(part) * pitch(size) for part, size, _, _ in _words(*name, room))
            for name in names
        )
        + 2 * PAD
    )


def _words(
    name: str, count: str, ends: str, room: float
) -> list[tuple[list[str], float, str, bool]]:
    """What stands in a box: lines, size, colour, whether bold."""
    return [
        (lines(name, room, SIZE, bold=True), SIZE, INK, True),
        (lines(count, room, SIZE, most=2), SIZE, INK, False),
        (lines(ends, room, SMALL), SMALL, SOFT, False),
    ]


def _box(data: Ways) -> tuple[float, float]:
    """Pixels across and down of every box."""
    across, _ = _across(data)
    names = tuple((s.name, s.count, s.ends_text) for s in data.steps)
    return across, _boxes_height(names, across - 2 * PAD)


def _links(data: Ways) -> list[list[str]]:
    """The lines of what goes straight on, in two at its dot when it is too long for the room between skips."""
    box, _ = _across(data)
    room = GAP + 2 * ((0.5 - SPREAD) * box - CLEAR)
    found = []
    for step in data.steps[:-1]:
        long = width(step.on_text, SMALL) > room
        parts = step.on_text.split(" · ", 1) if long else [step.on_text]
        found.append([line for part in parts for line in lines(part, room, SMALL, most=2)])
    return found


def _below(data: Ways) -> float:
    """Pixels under the boxes before the skips begin."""
    links = max((len(said) for said in _links(data)), default=0) * pitch(SMALL)
    stubs = STUB + 5 if any(step.ends_text for step in data.steps) else 0.0
    return max(links + 6 if links else 0.0, stubs)


def height(data: Ways) -> float:
    """Pixels that the drawing takes."""
    above, under = _side(data, back=True).tall, _side(data, back=False).tall
    return above + _box(data)[1] + _below(data) + under + 6


def paint(axes: Axes, data: Ways) -> None:
    """The usual path, then what leaves it."""
    lay(axes, height(data), narrow=False)
    loops, skips = _side(data, back=True), _side(data, back=False)
    top = 3 + loops.tall
    across, down = _box(data)
    middle, bottom = top + down / 2, top + down
    links = _links(data)
    for i, step in enumerate(data.steps):
        x = _middle(data, i)
        if i + 1 < len(data.steps) and step.on > 0:
            _arrow(axes, x + across / 2, _middle(data, i + 1) - across / 2, middle, thick(step.on))
            between = (x + _middle(data, i + 1)) / 2
            write(axes, between, bottom + 3, links[i], size=SMALL, side="center")
        if step.ends_text:
            rule(axes, (x, x), (bottom, bottom + STUB), colour=SOFT, thick=thick(step.ends))
            rule(axes, (x - 9, x + 9), (bottom + STUB, bottom + STUB), colour=SOFT, thick=2)
        _step(axes, step, x - across / 2, top, across, down)
    _paint_side(axes, loops, top, -1.0)
    _paint_side(axes, skips, bottom, 1.0, below=_below(data))


def _step(axes: Axes, step: Step, x: float, y: float, across: float, down: float) -> None:
    """A box with round corners, its words from its upper edge on."""
    from matplotlib.patches import FancyBboxPatch

    axes.add_patch(
        FancyBboxPatch(
            (x + 1, y), across - 2, down, boxstyle="round,pad=0,rounding_size=6", facecolor=PAPER,
            edgecolor=TREATMENT, linewidth=1.6, zorder=5,
        )
    )  # fmt: skip
    at = y + PAD - 1
    for said, size, colour, bold in _words(step.name, step.count, step.ends_text, across - 2 * PAD):
        at = write(
            axes, x + across / 2, at, said, size=size, colour=colour, bold=bold, side="center"
        )


def _arrow(axes: Axes, start: float, end: float, y: float, wide: float) -> None:
    """What goes straight on."""
    rule(axes, (start, end - HEAD), (y, y), colour=TREATMENT, thick=wide)
    half = wide / 2 + 3.5
    axes.fill(
        [end - HEAD - 1, end, end - HEAD - 1], [y - half, y, y + half], color=TREATMENT, linewidth=0
    )


def _paint_side(axes: Axes, side: _Side, edge: float, way: float, *, below: float = 0.0) -> None:
    """Detours from the edge of the boxes outwards; `way` is -1 upwards, 1 downwards."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    for one, run, level, middle in zip(
        side.detours, side.runs, side.levels, side.middles, strict=True
    ):
        y = edge + way * (below + FIRST + level * LEVEL - 4)
        a, b, head = run.start, run.end, edge + way * (HEAD + 1)
        turn = CORNER if b > a else -CORNER
        turn = max(min(turn, abs(b - a) / 2), -abs(b - a) / 2)
        points = [
            (a, edge), (a, y - way * CORNER), (a, y), (a + turn, y), (b - turn, y), (b, y), (b, y - way * CORNER),
            (b, head),
        ]  # fmt: skip
        path = Path(points, [1, 2, 3, 3, 2, 3, 3, 2])
        axes.add_patch(
            PathPatch(
                path, facecolor="none", edgecolor=CONTROL, linewidth=run.thick, capstyle="butt"
            )
        )
        half = run.thick / 2 + 3.5
        axes.fill([b - half, b, b + half], [head, edge, head], color=CONTROL, linewidth=0, zorder=4)
        room = run.thick / 2 + 3
        top = y - room - SMALL * 1.15 if way < 0 else y + room - 2
        write(axes, middle, top, [one.text], size=SMALL, side="center")

"""The map of a journey on a phone: a block for each phase, left of it a stream as wide as the share that gets here."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from cs_lib.report.drawing import key
from cs_lib.report.drawing.axes import NARROW_PIXELS, width
from cs_lib.report.drawing.journey_map import bits
from cs_lib.report.drawing.journey_map.marks import mark
from cs_lib.report.drawing.journey_map.phases import Journey, Pain, Phase, Satisfaction, Stay
from cs_lib.report.drawing.palette import BAD, INK, PAPER, SOFT, TREATMENT
from cs_lib.report.drawing.sheet import (
    HEAD,
    SIZE,
    SMALL,
    box,
    lay,
    lines,
    pitch,
    rule,
    write,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STREAM, LEFT, RIGHT = (
    26.0,
    42.0,
    NARROW_PIXELS - 8.0,
)  # The stream's widest; where contents begin and end.
ROOM = RIGHT - LEFT
AIR, GAP, MARK, TAG = 12.0, 8.0, 26.0, 20.0
LEVELS = 0.36 * ROOM  # Of the axis of satisfaction, at the right of its words.


def height(data: Journey) -> float:
    """Pixels that the drawing takes."""
    return _top(data) + sum(_Block(None, data, p, 0.0).paint() for p in data.phases) + 2


def paint(axes: Axes, data: Journey) -> None:
    """Blocks under each other, thin lines between them, an outline around the worst one."""
    lay(axes, height(data), narrow=True)
    top = _top(data)
    for i, phase in enumerate(data.phases):
        if i and not phase.worst and not data.phases[i - 1].worst:
            rule(axes, (LEFT, NARROW_PIXELS - 1), (top, top))
        top = _Block(axes, data, phase, top).paint()
    if shown := bits.items(data):
        key.paint(axes, shown)


def _top(data: Journey) -> float:
    shown = bits.items(data)
    return key.height(shown) + 8 if shown else 0.0


class _Block:
    """One phase from a top edge on; without axes it only measures."""

    def __init__(self, axes: Axes | None, data: Journey, phase: Phase, top: float) -> None:
        self.axes, self.data, self.phase, self.top, self.y = axes, data, phase, top, top

    def paint(self) -> float:
        """Draws the block; where the next one begins."""
        if self.phase.worst:
            self.y += TAG
        self.y += AIR
        self._head()
        for text in self.phase.happens:
            self._say(text, SMALL, SOFT)
        self._stay()
        self._satisfied()
        for pain in self.phase.pains:
            self._pain(pain)
        self._named(self.data.words.owner, self.phase.owner, bold=self.phase.worst)
        self.y += AIR
        if self.axes is not None:
            self._stream(self.axes)
            if self.phase.worst:
                self._outline(self.axes)
        return self.y

    def _say(
        self,
        text: str,
        size: float = SIZE,
        colour: str = INK,
        *,
        bold: bool = False,
        x: float = LEFT,
    ) -> None:
        """Lines of a text over the room from x on."""
        self._lines(lines(text, RIGHT - x, size, bold=bold), size, colour, bold=bold, x=x)

    def _lines(self, said: list[str], size: float, colour: str, *, bold: bool, x: float) -> None:
        if self.axes is not None:
            write(self.axes, x, self.y, said, size=size, colour=colour, bold=bold)
        self.y += len(said) * pitch(size)

    def _head(self) -> None:
        """The phase at the left, how many get there at the right."""
        phase, gap = self.phase, 10.0
        share = f"  {phase.share_text}" if phase.share_text else ""
        count, more = width(phase.count, SIZE, bold=True), width(share, SMALL)
        said = lines(phase.name, ROOM - count - more - gap, HEAD, bold=True)
        if self.axes is not None:
            write(self.axes, RIGHT, self.y + 1.6, [share], size=SMALL, colour=SOFT, side="right")
            write(self.axes, RIGHT - more, self.y + 1, [phase.count], bold=True, side="right")
        self._lines(said, HEAD, INK, bold=True, x=LEFT)
        self.y += 2

    def _named(self, name: str, text: str, *, bold: bool = False) -> None:
        """A name and a text on one line when both fit, else below each other; nothing without a text."""
        if not text:
            return
        self.y += GAP - 2
        taken = width(name, SMALL) + 8
        if taken + width(text, SIZE, bold=bold) <= ROOM:
            if self.axes is not None:
                write(self.axes, LEFT, self.y + 0.8, [name], size=SMALL, colour=SOFT)
            self._say(text, bold=bold, x=LEFT + taken)
        else:
            self._say(name, SMALL, SOFT)
            self._say(text, bold=bold)

    def _stay(self) -> None:
        stay = self.phase.stay
        if not isinstance(stay, Stay):
            self._named(self.data.words.long, stay)
            return
        begin = self.y
        self._named(self.data.words.long, stay.text)
        taken = width(self.data.words.long, SMALL) + 8 + width(stay.text, SIZE)
        beside = taken + 12 + width(stay.slow_text, SMALL) <= ROOM
        if beside and self.axes is not None:
            write(
                self.axes,
                RIGHT,
                begin + GAP - 1.2,
                [stay.slow_text],
                size=SMALL,
                colour=SOFT,
                side="right",
            )
        self.y += 3
        if self.axes is not None:
            bits.stay(self.axes, stay, LEFT, self.y, ROOM / self.data.longest)
        self.y += bits.BAR + 2
        if not beside:
            self._say(stay.slow_text, SMALL, SOFT)

    def _satisfied(self) -> None:
        """Words at the left, the level on the axis of all blocks at the right."""
        one, name = self.phase.satisfaction, self.data.words.satisfied
        if not isinstance(one, Satisfaction):
            self._named(name, one)
            return
        self.y += GAP - 2
        room, begin = ROOM - LEVELS - 10, self.y
        taken = width(name, SMALL) + 8
        if taken + width(one.text, SIZE, bold=True) <= room:
            if self.axes is not None:
                write(self.axes, LEFT, self.y + 0.8, [name], size=SMALL, colour=SOFT)
            self._lines([one.text], SIZE, INK, bold=True, x=LEFT + taken)
        else:
            self._lines(lines(name, room, SMALL), SMALL, SOFT, bold=False, x=LEFT)
            self._lines(lines(one.text, room, SIZE, bold=True), SIZE, INK, bold=True, x=LEFT)
        self._lines(lines(one.answered, room, SMALL), SMALL, SOFT, bold=False, x=LEFT)
        if self.axes is not None:
            self._level(self.axes, one, begin + 10)
        self.y = max(self.y, begin + 22 + pitch(SMALL))

    def _level(self, axes: Axes, one: Satisfaction, y: float) -> None:
        from matplotlib.ticker import MaxNLocator

        low, high = self.data.span

        def place(value: float) -> float:
            return RIGHT - LEVELS + LEVELS * (value - low) / (high - low)

        rule(axes, (place(low), place(high)), (y + 10, y + 10))
        free = -1.0
        inside = [
            float(v)
            for v in MaxNLocator(3, steps=[1, 2, 5, 10]).tick_values(low, high)
            if low < v < high
        ]
        for value in dict.fromkeys((*inside[:1], *inside[-1:])):
            x, text = place(value), self.data.tick(value)
            half = width(text, SMALL) / 2
            middle = min(x, NARROW_PIXELS - 4 - half)  # Inside the outline.
            if middle - half > free:
                rule(axes, (x, x), (y - 8, y + 13))
                write(axes, middle, y + 12, [text], size=SMALL, colour=SOFT, side="center")
                free = middle + half + 6
        rule(
            axes,
            (place(one.low), place(one.high)),
            (y, y),
            colour=TREATMENT,
            thick=4,
            solid_capstyle="round",
        )
        bits.dot(axes, place(one.value), y)

    def _pain(self, pain: Pain) -> None:
        """A mark with its words right of it."""
        self.y += GAP
        begin, x = self.y, LEFT + MARK + 10
        if self.axes is not None:
            mark(self.axes, pain.kind, LEFT, begin + 2, filled=pain.worst, pixels=MARK)
        self._say(pain.words, SIZE, BAD if pain.worst else INK, bold=pain.worst, x=x)
        self._say(pain.hit, SMALL, INK if pain.worst else SOFT, bold=pain.worst, x=x)
        self.y = max(self.y, begin + MARK + 4)

    def _stream(self, axes: Axes) -> None:
        """How many get here: the share of the stream's whole width."""
        if isfinite(self.phase.share):
            across = STREAM * self.phase.share
            top = self.top + (TAG if self.phase.worst else 0)
            box(axes, 6, top + 1, across, self.y - top - 2, facecolor=TREATMENT, alpha=0.4)

    def _outline(self, axes: Axes) -> None:
        across = NARROW_PIXELS - 2
        box(axes, 1, self.top + TAG, across, self.y - self.top - TAG, facecolor="none", edgecolor=BAD, linewidth=2.2,
            zorder=9)  # fmt: skip
        box(axes, 0, self.top, NARROW_PIXELS, TAG, facecolor=BAD)
        said = lines(self.data.words.worst, ROOM, SMALL, bold=True, most=1)
        write(axes, LEFT, self.top + 2, said, size=SMALL, colour=PAPER, bold=True)

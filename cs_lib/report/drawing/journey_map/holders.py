"""Painter of where the hours go: a bar for each phase, its parts by who holds the contact meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_lib.report.drawing import key
from cs_lib.report.drawing.axes import cut, width
from cs_lib.report.drawing.journey_map.bits import CUSTOMER, THIRD, hatched
from cs_lib.report.drawing.palette import CONTROL, INK, RULE, SOFT, TREATMENT
from cs_lib.report.drawing.sheet import HEAD, SIZE, box, lay, pixels, rule, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMES = HEAD - 1
ROW, ROW_NARROW, FOOT = 34.0, 52.0, 6.0  # CSS pixels
BAR, BAR_NARROW, ABOVE = 18.0, 16.0, 24.0
PALE = 0.4  # Of waiting on us.
# A timer longer than so many times the longest bar is cut at its end.
FARTHEST = 1.15


@dataclass(frozen=True, slots=True)
class Held:
    """The hours of one phase by who holds the contact, and what they come to in words."""

    label: str
    working: float
    on_us: float
    customer: float
    third: float
    text: str
    strong: bool = False

    @property
    def hours(self) -> float:
        """All parts together."""
        return self.working + self.on_us + self.customer + self.third


@dataclass(frozen=True, slots=True)
class Timer:
    """Hours that are shown and not counted, such as those of a timer that closes solved contacts."""

    label: str
    hours: float
    text: str


@dataclass(frozen=True, slots=True)
class Holders:
    """The bars in order, what their four parts are called, and what is not counted."""

    bars: Sequence[Held]
    working_words: str
    on_us_words: str
    customer_words: str
    third_words: str
    timer: Timer | None = None

    @property
    def longest(self) -> float:
        """The farthest that the axis reaches; a timer may reach beyond."""
        most = max((bar.hours for bar in self.bars), default=0.0)
        timer = self.timer.hours if self.timer else 0.0
        return min(timer, FARTHEST * most) if timer > most > 0 else (most or timer or 1.0)

    @property
    def rows(self) -> list[Held | Timer]:
        """The bars, then the timer."""
        return [*self.bars, *([self.timer] if self.timer else [])]


def height(data: Holders, *, narrow: bool) -> float:
    """Pixels that the drawing takes."""
    head = key.height(_items(data), narrow=narrow)
    return head + len(data.rows) * (ROW_NARROW if narrow else ROW) + FOOT


def holders(data: Holders, *, narrow: bool) -> Callable[[Axes], None]:
    """Names at the left and numbers at the right of the bars; on a phone both above them."""

    def paint(axes: Axes) -> None:
        lay(axes, height(data, narrow=narrow), narrow=narrow)
        left, right = (2.0, pixels(narrow=True) - 2) if narrow else _room(data)
        row, head = (ROW_NARROW if narrow else ROW), key.height(_items(data), narrow=narrow)
        pixel = (right - left) / data.longest
        for i, one in enumerate(data.rows):
            top = head + i * row
            thick = BAR_NARROW if narrow else BAR
            y = top + (ABOVE + 4 if narrow else (row - thick) / 2)
            if isinstance(one, Timer):
                _timer(axes, one, left, y, pixel, thick, right)
            else:
                _parts(axes, one, left, y, pixel, thick)
            (_above if narrow else _beside)(axes, one, left, right, top)
        if not narrow:
            rule(axes, (left, left), (head + 2, head + len(data.rows) * row - 2), colour=RULE)
        key.paint(axes, _items(data))

    return paint


def _items(data: Holders) -> list[key.Item]:
    """The parts that occur."""
    named = (
        (sum(b.working for b in data.bars), key.Item(data.working_words, TREATMENT, "patch")),
        (sum(b.on_us for b in data.bars), key.Item(data.on_us_words, TREATMENT, "patch", PALE)),
        (
            sum(b.customer for b in data.bars),
            key.Item(data.customer_words, CONTROL, "patch", hatch=CUSTOMER),
        ),
        (
            sum(b.third for b in data.bars),
            key.Item(data.third_words, CONTROL, "patch", hatch=THIRD),
        ),
    )
    return [item for hours, item in named if hours > 0]


def _strong(one: Held | Timer) -> bool:
    return isinstance(one, Held) and one.strong


def _room(data: Holders) -> tuple[float, float]:
    """Where wide bars begin and end."""
    across = pixels(narrow=False)
    names = max(width(one.label, NAMES, bold=_strong(one)) for one in data.rows) + 16
    texts = max(width(one.text, SIZE, bold=_strong(one)) for one in data.rows) + 16
    return min(names, 0.32 * across), across - min(texts, 0.32 * across)


def _parts(axes: Axes, bar: Held, x: float, y: float, pixel: float, thick: float) -> None:
    for hours, look in (
        (bar.working, {"facecolor": TREATMENT}),
        (bar.on_us, {"facecolor": TREATMENT, "alpha": PALE}),
        (bar.customer, hatched(CUSTOMER)),
        (bar.third, hatched(THIRD)),
    ):
        if hours > 0:
            box(axes, x, y, hours * pixel, thick, **look)
            x += hours * pixel


def _timer(
    axes: Axes, one: Timer, x: float, y: float, pixel: float, thick: float, right: float
) -> None:  # fmt: skip
    """A hollow dashed bar; one that reaches beyond the axis stays open at its end."""
    end = min(x + one.hours * pixel, right)
    dashes = {"linestyle": (0, (4, 3)), "dash_capstyle": "butt"}
    beyond = x + one.hours * pixel > right + 0.5
    xs = [end, x, x, end] if beyond else [end, x, x, end, end]
    ys = [y, y, y + thick, y + thick] if beyond else [y, y, y + thick, y + thick, y]
    axes.plot(xs, ys, color=SOFT, linewidth=1.3, **dashes)  # type: ignore[arg-type]
    if beyond:
        middle = y + thick / 2
        axes.plot(
            [end - 10, end - 4, end - 10], [middle - 5, middle, middle + 5], color=SOFT, linewidth=1.5
        )  # fmt: skip


def _beside(axes: Axes, one: Held | Timer, left: float, right: float, top: float) -> None:
    strong, colour = _strong(one), INK if isinstance(one, Held) else SOFT
    across = pixels(narrow=False)
    label = cut(one.label, left - 14, NAMES, bold=strong)
    text = cut(one.text, across - right - 12, SIZE, bold=strong)
    y = top + (ROW - SIZE) / 2 - 2
    write(axes, 0, y, [label], size=NAMES, colour=colour, bold=strong)
    write(axes, across, y + 1, [text], colour=colour, bold=strong, side="right")


def _above(axes: Axes, one: Held | Timer, left: float, right: float, top: float) -> None:
    strong = _strong(one)
    text = cut(one.text, 0.6 * (right - left), SIZE)
    label = cut(one.label, right - left - width(text, SIZE) - 10, NAMES, bold=strong)
    colour = INK if isinstance(one, Held) else SOFT
    write(axes, left, top + 8, [label], size=NAMES, colour=colour, bold=strong)
    write(axes, right, top + 9, [text], colour=SOFT, side="right")

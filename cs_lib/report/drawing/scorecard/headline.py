"""Painter of the headline: by weeks of the order, with what was logged and signalled; beneath it the calendar form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cs_lib.report.drawing import key, labels
from cs_lib.report.drawing.axes import width
from cs_lib.report.drawing.palette import BAND, CONTROL, INK, SOFT, TREATMENT
from cs_lib.report.drawing.scorecard import logged as log
from cs_lib.report.drawing.scorecard.frames import (
    Day,
    dress,
    frame,
    limits,
    named,
    points,
    scale,
    shade,
)
from cs_lib.report.drawing.scorecard.weekly import Weekly
from cs_lib.report.drawing.sheet import SIZE, SMALL, lay, lines, pitch, pixels, write
from cs_lib.wording import separated

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COHORT, COHORT_NARROW, CALENDAR = 210.0, 180.0, 104.0  # CSS pixels
TITLE_AIR, SIGNS, SIGNAL, FOOT = 6.0, 24.0, 20.0, 30.0
NAMES = 156.0  # For the names of the lines, right of a wide drawing.
HOLIDAY = 0.25
UNSEEN = "////"


@dataclass(frozen=True, slots=True)
class Form:
    """One form of the headline: its name, what its numbers come to, and its weeks."""

    name: str
    text: str
    weekly: Weekly


@dataclass(frozen=True, slots=True)
class Headline:
    """Both forms on one axis of days, and everything that is marked along it."""

    cohort: Form
    calendar: Form
    ends: tuple[Day, Day]  # The first day, and the day after the last.
    words: tuple[str, str, str]  # Upper limit, centre, lower limit.
    tick: Callable[[float], str]
    unseen: Day | None = None  # Weeks of orders from this day on are not fully observed yet.
    unseen_words: str = ""
    signal: Day | None = None
    signal_words: str = ""
    holidays: Sequence[tuple[Day, Day]] = ()  # First day, and the day after the last.
    holiday_words: str = ""
    changes: Sequence[log.Logged] = ()
    rebases: Sequence[log.Logged] = ()


def height(data: Headline, *, narrow: bool) -> float:
    """Pixels that the drawing takes."""
    return _Plan(data, narrow).whole


def headline(data: Headline, *, narrow: bool) -> Callable[[Axes], None]:
    """Points of weeks of orders over those of weeks of contacts, signs at the top, the key to them at the foot."""
    plan = _Plan(data, narrow)

    def paint(axes: Axes) -> None:
        lay(axes, plan.whole, narrow=narrow)
        for form, top, box in (
            (data.cohort, plan.head, plan.cohort),
            (data.calendar, plan.between, plan.calendar),
        ):
            _title(axes, form, top, plan)
            first = form is data.cohort
            here = frame(axes, box, plan.whole, narrow=narrow)
            _form(here, form.weekly, data, first=first, narrow=narrow)
            if not narrow and first:
                named(here, form.weekly, data.words, NAMES - 14)
        log.write_key(axes, _all(data), plan.key, plan.across)
        if plan.items:
            key.paint(axes, plan.items)

    return paint


def _all(data: Headline) -> list[log.Logged]:
    return [*data.changes, *data.rebases]


class _Plan:
    """Where everything lies, in pixels from the upper left corner."""

    def __init__(self, data: Headline, narrow: bool) -> None:
        self.across, self.narrow = pixels(narrow=narrow), narrow
        self.items = _items(data, narrow=narrow)
        self.head = key.height(self.items, narrow=narrow) + TITLE_AIR if self.items else 0.0
        left, right = _margin(data), 8.0 if narrow else NAMES
        inner = self.across - left - right
        top = self.head + self.title_height(data.cohort)
        top += (SIGNAL if data.signal is not None else 0) + (SIGNS if data.changes else 0) + 4
        self.cohort = (left, top, inner, COHORT_NARROW if narrow else COHORT)
        self.between = top + self.cohort[3] + 14
        top = self.between + self.title_height(data.calendar) + 4
        self.calendar = (left, top, inner, CALENDAR)
        self.key = top + CALENDAR + FOOT
        self.whole = self.key + log.key_height(_all(data), self.across) + 2

    def title_height(self, form: Form) -> float:
        """Pixels of the words above a form."""
        return len(self.title(form)) * pitch(SIZE) + self.numbers(form) * pitch(SMALL) + TITLE_AIR

    def title(self, form: Form) -> list[str]:
        """The name in lines."""
        return lines(form.name, self.across, SIZE, bold=True, most=2)

    def beside(self, form: Form) -> bool:
        """Whether the numbers have room behind the name."""
        name = width(form.name, SIZE, bold=True)
        return len(self.title(form)) == 1 and name + 14 + width(form.text, SMALL) + 2 <= self.across

    def numbers(self, form: Form) -> int:
        """Lines that the numbers take under the name."""
        return 0 if self.beside(form) else len(lines(form.text, self.across, SMALL, most=3))


def _margin(data: Headline) -> float:
    """Pixels for the numbers of the upright axes."""
    ends = [e for form in (data.cohort, data.calendar) for e in form.weekly.span()]
    return max(width(data.tick(end), SMALL) for end in ends) + 12


def _title(axes: Axes, form: Form, top: float, plan: _Plan) -> None:
    after = write(axes, 0, top, plan.title(form), bold=True)
    if plan.beside(form):
        x = width(form.name, SIZE, bold=True) + 14
        write(axes, x, top + SIZE - SMALL, [form.text], size=SMALL, colour=SOFT)
    else:
        said = lines(form.text, plan.across, SMALL, most=3)
        write(axes, 0, after, said, size=SMALL, colour=SOFT)


def _form(axes: Any, weekly: Weekly, data: Headline, *, first: bool, narrow: bool) -> None:
    scale(axes, weekly, data.ends)
    for begin, after in data.holidays:
        shade(axes, begin, after, facecolor=CONTROL, alpha=HOLIDAY, zorder=0.5)
    if data.signal is not None:
        _signal(axes, data, data.signal.astype("datetime64[D]"), first=first)
    if first and data.unseen is not None:
        shade(axes, data.unseen, data.ends[1], facecolor="none", edgecolor=CONTROL, hatch=UNSEEN)
    limits(axes, weekly, band=False)
    # A week without a point breaks the line.
    axes.plot(weekly.middle, weekly.value, color=TREATMENT, linewidth=1.4, zorder=2)
    points(axes, weekly, size=3.5 if narrow else 5.0)
    log.ticks(axes, data.changes, signs=first)
    log.breaks(axes, data.rebases, signs=first)
    dress(axes, data.tick, narrow=narrow, lowest=not first, most=4 if first else 3)


def _signal(axes: Any, data: Headline, since: Day, *, first: bool) -> None:
    """The weeks of the signal on a ground of their own behind a firm line, what it is above them."""
    shade(axes, since, data.ends[1], facecolor=BAND)
    axes.axvline(since, color=INK, linewidth=2.2, zorder=1)
    if first:
        _over(axes, since, data.signal_words, SIGNS if data.changes else 0.0)


def _over(axes: Any, day: Day, text: str, up: float) -> None:
    """Words from a day on, moved left as far as the edge asks, with a line down to the frame."""
    across = float(axes.figure.bbox.width)
    said = lines(text, across - 4, SMALL, bold=True, most=1)[0]
    at = labels.pixel(axes, day)
    x = max(min(at + 5, across - 2 - width(said, SMALL, bold=True)), 2.0)
    axes.annotate(
        said, (x, 1), (0, up + 6), xycoords=("figure pixels", "axes fraction"),
        textcoords="offset points", fontsize=SMALL, fontweight="bold", color=INK,
        annotation_clip=False,
    )  # fmt: skip
    # Beside words that begin here the line is as high as they are; under words moved left it ends.
    log.upright(axes, day, 0.0, up + 4 + (SMALL if x > at else 0), thick=2.2)


def _items(data: Headline, *, narrow: bool) -> list[key.Item]:
    """What has no name beside it."""
    upper, centre, lower = data.words
    items = [key.Item(centre, CONTROL), key.Item(separated([upper, lower]), CONTROL, "dashed")]
    shown = items if narrow and data.cohort.weekly.held else []
    if data.holidays:
        shown.append(key.Item(data.holiday_words, CONTROL, "patch", HOLIDAY))
    if data.unseen is not None:
        shown.append(key.Item(data.unseen_words, CONTROL, "patch", hatch=UNSEEN))
    return shown

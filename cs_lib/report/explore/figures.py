"""The figures of looking around. Each takes a desk and the name of a metric; wrong names get one sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import wraps
from typing import Any, ParamSpec

import numpy as np

from cs_lib import wording as w
from cs_lib.data.desk import Desk
from cs_lib.language import later, say
from cs_lib.metrics import Metric
from cs_lib.metrics.exploring.asked import Asked
from cs_lib.metrics.exploring.counted import EVERYTHING, Distribution
from cs_lib.metrics.exploring.counted import distribution as counted
from cs_lib.metrics.exploring.courses import Course, Tiles, Together, course, together
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params import Study
from cs_lib.report.drawing import panels as p
from cs_lib.report.drawing.figure import Figure, figure
from cs_lib.report.drawing.key import Item
from cs_lib.report.drawing.palette import CONTROL, TREATMENT
from cs_lib.report.drawing.waterfall import tick
from cs_lib.report.effects import factor
from cs_lib.report.kinds import WrongKind
from cs_lib.report.note import Note

NAMES = {"before": later("before"), "after": later("after"), EVERYTHING: later("all together")}
P = ParamSpec("P")


def _told(look: Callable[P, Figure]) -> Callable[P, Figure | Note]:
    """What cannot be had is a sentence in the figure's place; something else than a desk is refused."""

    @wraps(look)
    def checked(*given: P.args, **named: P.kwargs) -> Figure | Note:
        desk = given[0] if given else named.get("desk")
        if not isinstance(desk, Desk):
            raise WrongKind(
                say(
                    "report.explore.{name} takes a desk first, as data.load(study) gives it, not {kind}.",
                    name=look.__name__,
                    kind=type(desk).__name__,
                )
            )
        try:
            return look(*given, **named)
        except NotAvailable as reason:
            return Note(str(reason))

    return checked


@_told
def distribution(
    desk: Desk,
    metric: str,
    study: Study | None = None,
    *,
    by: str | None = None,
    start: date | str | None = None,
    end: date | str | None = None,
) -> Figure:
    """How often each value of a metric occurs, a panel for each group; of a share, how large it is.

    `by` is a column of contacts (`team_id`, `channel`, ...), of customers (`segment`, `region`, ...), or
    `period` or `variant`; with a study before and after its change, or the variants of its test, unless
    another column is named. `start` and `end` are local days; without them those of the study, else all.
    """
    found = counted(Asked(desk, study, by, start, end), metric)
    draw = _shares if found.metric.unit == "share" else _steps
    return draw(_named("distribution", [metric], study, by), found)


def _named(kind: str, metrics: Sequence[str], study: Study | None, by: str | None) -> str:
    """What the figure is called in a page and as a file, different for each question."""
    return "-".join(filter(None, [kind, *metrics, study.study if study else "", by]))


def _steps(name: str, found: Distribution) -> Figure:
    metric, k = found.metric, factor(found.metric)
    shown = [
        p.Panel(_name(g), _mean(found, g), counts / counts.sum(), found.means[g] * k)
        for g, counts in found.counts.items()
    ]
    data = p.Panels(shown, found.edges * k, _unit(metric), _ticks(metric))
    last = w.level(float(found.edges[-1]), metric.quantity)
    beyond = (
        say("The last step also holds what is above {last}.", last=last) if found.beyond else ""
    )
    title = _title(metric, found.means)
    return figure(
        name,
        title=title,
        caption=w.together(
            say("How often each value occurs, as a share of its group; dashed: the mean."), beyond
        ),
        alt=_alt(title, shown),
        data=found.to_frame(),
        wide=p.distributions(data, narrow=False),
        narrow=p.distributions(data, narrow=True),
        height=p.height(data),
        narrow_height=p.height(data),
        more=_more(metric),
    )


def _shares(name: str, found: Distribution) -> Figure:
    metric = found.metric
    shown = [p.Bar(_name(g), _mean(found, g), found.means[g]) for g in found.counts]
    title = _title(metric, found.means)
    return figure(
        name,
        title=title,
        caption=say("The share of each group, from 0 to 100\N{NARROW NO-BREAK SPACE}%."),
        alt=_alt(title, shown),
        data=found.to_frame(),
        wide=p.bars(shown, narrow=False),
        narrow=p.bars(shown, narrow=True),
        height=p.bars_height(shown),
        narrow_height=p.bars_height(shown),
        more=_more(metric),
    )


@_told
def over_time(
    desk: Desk,
    metric: str,
    study: Study | None = None,
    *,
    by: str | None = None,
    start: date | str | None = None,
    end: date | str | None = None,
) -> Figure:
    """A metric by day, or by week where there are many days; a panel for each of the largest groups.

    Cases count on the day that the metric dates them to, customers of a test on that of their assignment.
    `by`, `start` and `end` as in `distribution`; a change is marked.
    """
    asked = Asked(desk, study, by, start, end)
    found = course(asked, metric)
    k, change = factor(found.metric), asked.change
    days = next(iter(found.series.values())).days
    shown = [
        p.Panel(_name(g), _level(found, g), s.to_frame().value.to_numpy() * k)
        for g, s in found.series.items()
    ]
    at = np.asarray(
        days.astype("datetime64[h]") + np.timedelta64(12 * found.each, "h"), "datetime64[h]"
    )
    data = p.Panels(shown, at, _unit(found.metric), _ticks(found.metric),
                    np.datetime64(change.design.intervention_date) if change else None)  # fmt: skip
    title = _title(found.metric, found.levels)
    step = say("A point a day") if found.each == 1 else say("A point a week")
    return figure(
        _named("over-time", [metric], study, by),
        title=title,
        caption=w.together(
            say("{step}, all groups on one scale.", step=step),
            say("Dashed: the day of the change.") if change else "",
        ),
        alt=_alt(title, shown),
        data=found.to_frame().assign(day=lambda frame: frame.day.astype(str)),
        wide=p.courses(data, narrow=False),
        narrow=p.courses(data, narrow=True),
        height=p.height(data),
        narrow_height=p.height(data),
        more=_more(found.metric),
    )


@_told
def against(
    desk: Desk,
    metric: str,
    other: str,
    study: Study | None = None,
    *,
    by: str | None = None,
    start: date | str | None = None,
    end: date | str | None = None,
) -> Figure:
    """Two metrics against each other, the first one across.

    Metrics by day: a dot for each whole week, before and after in a study of a change; with `by` a dot for
    each value of a column of contacts. Metrics per customer, with the study of their test: how many
    customers of all variants together have which values of both. `start` and `end` as in `distribution`.
    """
    found = together(Asked(desk, study, by, start, end), metric, other)
    name = _named("against", [metric, other], study, by)
    return _tiles(name, found) if isinstance(found, Tiles) else _dots(name, found)


def _dots(name: str, found: Together) -> Figure:
    x, y = found.across, found.up
    named = found.of.dtype.kind == "U"
    groups = list(dict.fromkeys(found.group.tolist()))
    parted = groups != [EVERYTHING]
    late = found.group != "before"
    items = [
        Item(_name(g), CONTROL if g == "before" else TREATMENT, "patch") for g in groups if parted
    ]
    data = p.Dots(
        found.x * factor(x), found.y * factor(y), [w.name(n) for n in found.of.tolist()] if named else [],
        late, _axis(x), _axis(y), _ticks(x), _ticks(y), items,
    )  # fmt: skip
    title = say("{first} and {then}", first=x.label, then=w.small(y.label))
    ends = [
        say("{label}: {ends}", label=m.label, ends=w.from_to(v.min(), v.max(), m.quantity))
        for m, v in ((x, found.x), (y, found.y))
    ]
    return figure(
        name,
        title=title,
        caption=say("One dot for each value of the column; names without room are in the data.")
        if named
        else say("One dot a week."),
        alt=w.together(w.sentence(title), *map(w.sentence, ends)),
        data=found.to_frame().assign(of=found.of.astype(str)),
        wide=p.dots(data, narrow=False),
        narrow=p.dots(data, narrow=True),
        height=p.SQUARE_WIDE,
        narrow_height=p.SQUARE_NARROW,
        more=w.together(_more(x), _more(y)),
    )


def _tiles(name: str, found: Tiles) -> Figure:
    x, y = found.across, found.up
    data = p.Tones(
        found.x * factor(x), found.y * factor(y), found.counts, _axis(x), _axis(y), _ticks(x), _ticks(y)
    )  # fmt: skip
    title = say("{first} and {then}", first=x.label, then=w.small(y.label))
    n = w.counted(int(found.counts.sum()), "customer")
    return figure(
        name,
        title=title,
        caption=say(
            "The darker a tile, the more customers have both values ({n} in all); the last step of each axis also "
            "holds what lies beyond.",
            n=n,
        ),
        alt=w.together(w.sentence(title), w.sentence(n)),
        data=found.to_frame(),
        wide=p.tones(data, narrow=False),
        narrow=p.tones(data, narrow=True),
        height=p.SQUARE_WIDE,
        narrow_height=p.SQUARE_NARROW,
        more=w.together(_more(x), _more(y)),
    )


def _title(metric: Metric, levels: dict[str, float]) -> str:
    """The level of everything, of two groups, or of the lowest and the highest of several."""
    known = {g: v for g, v in levels.items() if np.isfinite(v)}
    if len(known) == 1:
        [level] = known.values()
        return say("{label}: {level}", label=metric.label, level=w.level(level, metric.quantity))
    first, last = list(known), [""]
    if len(known) > 2:
        first = sorted(known, key=lambda g: known[g])
    first, last = first[:1], first[-1:]
    return say(
        "{label}: {first} {low}, {last} {high}",
        label=metric.label,
        first=_name(first[0]),
        low=w.level(known[first[0]], metric.quantity),
        last=_name(last[0]),
        high=w.level(known[last[0]], metric.quantity),
    )


def _name(group: str) -> str:
    return say(NAMES[group]) if group in NAMES else w.name(group)


def _mean(found: Distribution, group: str) -> str:
    n = int(found.counts[group].sum())
    level = w.level(found.means[group], found.metric.quantity)
    return (
        say("{level} of {n}", level=level, n=w.count(n))
        if found.metric.unit == "share"
        else say("n {n}, mean {level}", n=w.count(n), level=level)
    )


def _level(found: Course, group: str) -> str:
    return say("{level} overall", level=w.level(found.levels[group], found.metric.quantity))


def _unit(metric: Metric) -> str:
    """The words of an axis of levels."""
    if metric.unit == "share":
        return ""  # each number of the axis has its sign
    if metric.unit == "money":
        return w.currency_words(metric.currency)
    return w.unit_words(metric.unit)


def _axis(metric: Metric) -> str:
    """The metric as an axis; what is measured in hours says so in its name."""
    return w.bracketed(metric.label, _unit(metric)) if metric.unit == "money" else metric.label


def _ticks(metric: Metric) -> Callable[[float], str]:
    return (
        (lambda value: f"{tick(value)}\N{NARROW NO-BREAK SPACE}%")
        if metric.unit == "share"
        else tick
    )


def _alt(title: str, shown: Sequence[Any]) -> str:
    groups = (say("{label}: {level}", label=one.name, level=one.text) for one in shown)
    return w.together(w.sentence(title), *map(w.sentence, groups))


def _more(metric: Metric) -> str:
    """What is counted, and that nothing is tested."""
    return w.together(
        say("Counted: {counted}.", counted=say(metric.counted)),
        say("Nothing is tested here: groups may differ by chance, or in who is in them."),
    )

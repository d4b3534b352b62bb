"""Figures of a scorecard beside its grid: the headline, the backlog by age, what drives the change, all on one axis."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from cs_lib import wording as w
from cs_lib.diagnosis.service_scorecard.result import Row, ScorecardResult
from cs_lib.language import later, say
from cs_lib.methods.monitoring.drivers import Driven, DriverSplit
from cs_lib.metrics.queries.scorecard.backlog import Backlog
from cs_lib.report.drawing.figure import Figure, figure
from cs_lib.report.drawing.scorecard import alt, spoken
from cs_lib.report.drawing.scorecard import backlog as ages
from cs_lib.report.drawing.scorecard import drivers as causes
from cs_lib.report.drawing.scorecard import headline as head
from cs_lib.report.drawing.scorecard import multiples as many
from cs_lib.report.note import Note
from cs_lib.report.service_scorecard.weeks import (
    changes,
    ends,
    holidays,
    rebased,
    tick,
    weekly,
)
from cs_lib.results import to_frame

COHORTS = ("orders_with_problem_7d", "orders_with_problem_30d")
# Rows side by side, in the order of the grid, those that the headline does not show.
SIDE_BY_SIDE = (
    "customers_with_problem", "repeat_contact_rate_7d", "first_response_minutes", "first_response_in_target",
    "resolution_hours", "resolution_in_target", "first_contact_resolution_7d", "csat", "resolved_containment",
    "followed_up_7d", "repurchase_after_contact_30d", "promoter_score",
)  # fmt: skip
AGES = {
    "under_1d": later("under a day"),
    "from_1d": later("1 to 3 days"),
    "from_3d": later("3 to 7 days"),
    "from_7d": later("7 to 30 days"),
    "over_30d": later("over 30 days"),
}
BRANCHES = {
    "by_problems": later("More or fewer orders with a problem"),
    "by_mix": later("Other channels"),
    "by_repeats": later("More or fewer contacts for each problem"),
}
MOST_NEEDS = 6


def headline(result: ScorecardResult) -> Figure | Note:
    """Orders with a problem by the week of the order, and contacts per order by the week of the contact."""
    cohort = next((result.rows[name] for name in COHORTS if name in result.rows), None)
    calendar = result.rows.get("contact_rate")
    if cohort is None or calendar is None:
        why = result.evidence.absent.get("contact_rate" if cohort else COHORTS[0], "")
        return Note(say("Not available. {reason}", reason=why))
    standing = next((s for s in result.signals if s.metric == cohort.name), None)
    unseen = np.datetime64(cohort.until + timedelta(days=1))
    first, last = ends(result)
    data = head.Headline(
        cohort=_form(cohort),
        calendar=_form(calendar),
        ends=(first, last),
        words=(say("upper limit"), say("usual"), say("lower limit")),
        tick=tick(cohort),
        unseen=unseen if unseen < last else None,
        unseen_words=say("not yet followed to the end"),
        signal=np.datetime64(standing.since) if standing else None,
        signal_words=say("different since") if standing else "",
        holidays=holidays(result),
        holiday_words=say("holidays"),
        changes=changes(result),
        rebases=rebased(result, cohort.name),
    )
    return figure(
        "headline",
        title=_title(cohort),
        caption=say("By the week in which the order was placed; beneath it by the week of the contact."),
        alt=alt.headline(data),
        data=result.evidence.rows[cohort.name].series.to_frame(),
        wide=head.headline(data, narrow=False),
        narrow=head.headline(data, narrow=True),
        height=head.height(data, narrow=False),
        narrow_height=head.height(data, narrow=True),
        more=say(
            "The form by the week of the contact swings when orders do: after a holiday the contacts of many orders"
            " fall on the few orders of the week."
        ),
    )  # fmt: skip


def _form(row: Row) -> head.Form:
    return head.Form(row.metric.label, _level(row), weekly(row))


def _level(row: Row) -> str:
    if row.change is None:
        return ""
    return say("lately {value}", value=w.level(row.change.recent.value, row.metric.quantity))


def _title(row: Row) -> str:
    """What the newest point is against the usual ones."""
    if row.mark is None:
        return say("{metric}: too few weeks to tell from chance", metric=row.metric.label)
    if row.mark.since is None:
        return say("{metric}: as usual", metric=row.metric.label)
    if row.mark.variation.endswith("high"):
        return say("{metric}: higher than usual", metric=row.metric.label)
    return say("{metric}: lower than usual", metric=row.metric.label)


def side_by_side(result: ScorecardResult) -> Figure | Note:
    """Rows of the grid on one time axis, logged changes ticked at the top of each."""
    found = [result.rows[name] for name in SIDE_BY_SIDE if name in result.rows]
    if not found:
        return Note(say("No row has a week with a point."))
    data = many.Multiples(
        panels=[many.Panel(row.metric.label, _level(row), weekly(row), tick(row)) for row in found],
        ends=ends(result),
        words=(say("usual"), say("usual range")),
        changes=changes(result),
        holidays=holidays(result),
        holiday_words=say("holidays"),
    )
    odd = [row for row in found if row.mark is not None and row.mark.since is not None]
    title = (
        say(
            "{n} of {all} rows are unusual",
            n=w.count(len(odd)),
            all=w.count(len(found)),
        )
        if odd
        else say("All {all} rows are as usual", all=w.count(len(found)))
    )
    return figure(
        "side-by-side",
        title=title,
        caption=w.together(
            say("One time axis for all; each row on its own scale."), spoken.reading()
        ),
        alt=alt.multiples(data),
        data=result.evidence.to_frame(),
        wide=many.multiples(data, narrow=False),
        narrow=many.multiples(data, narrow=True),
        height=many.height(data, narrow=False),
        narrow_height=many.height(data, narrow=True),
    )  # fmt: skip


def backlog(result: ScorecardResult) -> Figure | Note:
    """Open contacts at the end of each week, by age."""
    found = result.evidence.backlog
    if found is None:
        return Note(say("Not available. {reason}", reason=result.evidence.absent["backlog"]))
    last = int(np.flatnonzero(found.there)[-1])
    counts = np.where(found.there[:, None], found.open, np.nan).T
    old = int(found.open[last, -1])
    whole = int(found.open[last].sum())
    day = found.weeks[last].astype("datetime64[D]").item() + timedelta(days=6)
    data = ages.Backlog(
        start=found.weeks,
        counts=counts,
        ages=[
            ages.Age(say(AGES[band]), w.count(int(found.open[last, i]))) for i, band in enumerate(found.bands)
        ],
        text=say("{n} open on {day}", n=w.counted(whole, "contact"), day=w.short_day(day)),
        tick=lambda value: w.count(round(value)),
        unknown_words=say("not known"),
        changes=changes(result),
    )  # fmt: skip
    title = say(
        "{n} open on {day}, {old} of them for over 30 days",
        n=w.counted(whole, "contact"),
        day=w.short_day(day),
        old=w.count(old),
    )
    more = _lacking(found)
    if not found.by_events:
        untold = say(
            "Steps tell of no reopening, so a contact counts as open until its last resolution."
        )
        more = w.together(untold, more)
    return figure(
        "backlog",
        title=title,
        caption=say("Contacts open at the end of each week, by age."),
        alt=alt.backlog(data),
        data=found.to_frame(),
        wide=ages.backlog(data, narrow=False),
        narrow=ages.backlog(data, narrow=True),
        height=ages.height(data, narrow=False),
        narrow_height=ages.height(data, narrow=True),
        more=more,
    )


def _lacking(found: Backlog) -> str:
    """What the first weeks may lack, as far as the last one tells."""
    first = int(np.flatnonzero(found.there)[0])
    lacking = int(found.may_lack[first])
    if not lacking:
        return ""
    return say(
        "The first weeks may lack contacts from before the table begins: the first one about {n}, as many as are that"
        " old at the end.",
        n=w.counted(lacking, "contact"),
    )


def drivers(result: ScorecardResult) -> Figure | Note:
    """What the change in contacts per 1,000 orders is made of."""
    split = result.drivers
    if split is None:
        why = result.evidence.absent.get("drivers") or say("There are too few orders.")
        return Note(say("Not available. {reason}", reason=why))
    whole, smallest = _part(say("Change in all"), split.change), result.study.rule.smallest_cell
    data = causes.Drivers(
        heading=say(
            "Contacts about orders per 1,000: from {before} to {after}",
            before=w.plain(split.before, 0),
            after=w.plain(split.after, 0),
        ),
        whole=whole,
        branches=[
            causes.Branch(part, tuple(parts))
            for part, parts in _branches(split, result.study.rule.smallest_cell)
        ],
        unit=say("contacts per 1,000 orders"),
        good="down",
    )
    title = _moved(split)
    return figure(
        "drivers",
        title=title,
        caption=say(
            "Orders of the latest {weeks} that were followed for 30 days, against those of the {weeks} before.",
            weeks=w.counted(result.study.design.period_weeks, "week"),
        ),
        alt=alt.drivers(data),
        data=to_frame(
            part
            for part in split.parts
            if part.first_before + part.first_after >= smallest
        ),
        wide=causes.drivers(data, tick=_tick, narrow=False),
        narrow=causes.drivers(data, tick=_tick, narrow=True),
        height=causes.height(data, narrow=False),
        narrow_height=causes.height(data, narrow=True),
        more=say("The parts are exact and add up to the change; what moved them it does not say."),
    )  # fmt: skip


def _tick(value: float) -> str:
    return w.plain(value, 0)


def _moved(split: DriverSplit) -> str:
    low, high = split.change.low, split.change.high
    if low <= 0 <= high:
        return say("No clear change in contacts per order against the period before")
    size = w.plain(abs(split.change.value), 0)
    if split.change.value > 0:
        return say("{size} more contacts per 1,000 orders than in the period before", size=size)
    return say("{size} fewer contacts per 1,000 orders than in the period before", size=size)


def _branches(split: DriverSplit, smallest: int) -> Iterator[tuple[causes.Part, list[causes.Part]]]:
    """Three parts of the change, that of problems by need: the largest ones, the rest and small needs together."""
    for field, called in BRANCHES.items():
        one: Driven = getattr(split, field)
        parts = list[causes.Part]()
        if field == "by_problems":
            ranked = sorted(split.parts, key=lambda part: -abs(part.by_problems.value))
            large = [part for part in ranked if part.first_before + part.first_after >= smallest]
            shown = large[:MOST_NEEDS]
            parts = [_part(w.capital(w.name(part.name)), part.by_problems) for part in shown]
            if others := [part for part in ranked if part not in shown]:
                rest = sum(part.by_problems.value for part in others)
                words = w.plain(rest, 1, signed=True)
                parts.append(causes.Part(say("All other needs"), words, rest))
        yield _part(say(called), one), parts


def _part(name: str, one: Driven) -> causes.Part:
    """A part with its number in words."""
    value, low, high = (w.plain(x, 1, signed=True) for x in (one.value, one.low, one.high))
    text = w.bracketed(value, say("{low} to {high}", low=low, high=high))
    return causes.Part(name, text, one.value, one.low, one.high)

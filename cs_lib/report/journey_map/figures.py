"""Figures of the journey beside the map: hours by holder, handoffs between teams, and a wait over the weeks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cs_lib import wording as w
from cs_lib.diagnosis.journey_map.decide import PASSES
from cs_lib.diagnosis.journey_map.result import MICROS_AN_HOUR, JourneyResult, Timers
from cs_lib.diagnosis.journey_map.spine import Spine, SpineStep, spine
from cs_lib.language import say
from cs_lib.metrics.queries.journey.over_time import WeeklyWait
from cs_lib.report.drawing.figure import Figure, figure
from cs_lib.report.drawing.interventions import Happenings, Mark
from cs_lib.report.drawing.journey_map import holders as bars
from cs_lib.report.drawing.journey_map import matrix as heat
from cs_lib.report.drawing.journey_map import steps as path
from cs_lib.report.drawing.journey_map import ways as paths
from cs_lib.report.drawing.journey_map import weekly_spread as spread
from cs_lib.report.journey_map.words import holder, phase
from cs_lib.report.note import Note

MOST_TEAMS = 8
LEAST_WEEKS = 4
HALF_A_WEEK = np.timedelta64(3, "D")


def hours_held(result: JourneyResult) -> Figure | Note:
    """Hours of every phase, by who held the contacts; what a timer took is shown and not counted."""
    if not result.held:
        return Note(say("There is no time between steps."))
    whole = sum(one.total for one in result.held)
    most = max(result.held, key=lambda one: one.total)
    timer = result.timers
    data = bars.Holders(
        [
            bars.Held(
                phase(one.phase),
                one.hours.get("in_hand", 0.0),
                one.hours.get("waiting_on_us", 0.0),
                one.hours.get("customer", 0.0),
                one.hours.get("third_party", 0.0),
                w.bracketed(_hours(one.total), w.percent(one.total / whole, places=0)),
                strong=one is most,
            )
            for one in result.held
        ],
        holder("in_hand"),
        holder("waiting_on_us"),
        holder("customer"),
        holder("third_party"),
        bars.Timer(_timer(timer), timer.hours, say("not counted")) if timer else None,
    )
    title = say(
        "{share} of all hours go by {where}",
        share=w.percent(most.total / whole, places=0),
        where=say(PASSES[most.phase]),
    )
    return figure(
        "hours-held",
        title=title,
        caption=say("Hours of all contacts together, by phase and by who held them."),
        alt=f"{title}. " + " ".join(f"{one.label}: {one.text}." for one in data.bars),
        data=pd.DataFrame(
            [{"phase": one.phase, **{f"{h}_hours": n for h, n in one.hours.items()}} for one in result.held]
        ),
        wide=bars.holders(data, narrow=False),
        narrow=bars.holders(data, narrow=True),
        height=bars.height(data, narrow=False),
        narrow_height=bars.height(data, narrow=True),
        more=""
        if result.evidence.log.double
        else say(
            "Steps have one time each, so the hours in our hands are work or waiting, and nobody can say which."
        ),
    )  # fmt: skip


def _timer(timer: Timers) -> str:
    """The closing timer with the days after which it closes."""
    days = [w.plain(one, 0 if one == round(one) else 1) for one in sorted(timer.days)]
    return say("Closing timer, {days} days", days=w.listed(days))


def _hours(hours: float) -> str:
    return w.counted(round(hours), "hour")


def ways(result: JourneyResult) -> Figure | Note:
    """The usual path in a line, loops and short cuts as arcs, with counts."""
    found = spine(result.evidence.ways, result.study.rule.smallest_cell)
    if found is None or len(found.steps) < 2:
        return Note(say("There are too few steps to draw a way."))
    data = path.Ways([_step(one, found) for one in found.steps], _detours(found))
    back = sum(one.count for one in found.detours if one.end <= one.start)
    title = (
        say(
            "{share} of all passages lead back to an earlier step",
            share=w.percent(back / found.passages, places=0),
        )
        if back
        else say("Hardly anything leads back to an earlier step")
    )
    return figure(
        "ways",
        title=title,
        caption=say(
            "The usual path in a line, with what follows directly; {share} of passages go by other steps or are too"
            " rare to be drawn.",
            share=w.percent(found.hidden / found.passages, places=0),
        ),
        alt=f"{title}. "
        + " ".join(f"{one.name}: {one.count}." for one in data.steps)
        + " ".join(f" {one.words}: {one.text}." for one in data.detours),
        data=pd.DataFrame(
            [
                {"before": one.before, "after": one.after, "times": one.count, "contacts": one.cases,
                 "hours": one.micros / MICROS_AN_HOUR}
                for one in result.evidence.ways.edges
                if one.cases >= result.study.rule.smallest_cell
            ]
        ),
        wide=paths.ways(data, narrow=False),
        narrow=paths.ways(data, narrow=True),
        height=paths.height(data, narrow=False),
        narrow_height=paths.height(data, narrow=True),
    )  # fmt: skip


def _step(one: SpineStep, found: Spine) -> path.Step:
    return path.Step(
        w.capital(w.name(one.name)),
        say("{n} times", n=w.count(one.events)),
        one.on / found.cases,
        w.count(one.on) if one.on else "",
        one.last / found.cases,
        say("ends here: {n}", n=w.count(one.last)) if one.last else "",
    )


def _detours(found: Spine) -> list[path.Detour]:
    names = [w.capital(w.name(one.name)) for one in found.steps]
    return [
        path.Detour(
            one.start,
            one.end,
            one.count / found.cases,
            w.count(one.count),
            say("again: {step}", step=names[one.end])
            if one.start == one.end
            else say("back to {step}", step=names[one.end])
            if one.end < one.start
            else say("straight to {step}", step=names[one.end]),
        )
        for one in found.detours
    ]


def handoffs(result: JourneyResult) -> Figure | Note:
    """Handoffs from team to team."""
    found = result.evidence.teams
    if found is None:
        return Note(say("No step names a team."))
    least = result.study.rule.smallest_cell
    if found.changes < least or len(found.names) < 2:
        return Note(say("Contacts hardly ever change their team."))
    names = found.names[:MOST_TEAMS]
    counts = np.full((len(names), len(names)), np.nan)
    for i, one in enumerate(names):
        for j, other in enumerate(names):
            n = found.moves.get((one, other), 0)
            if i != j and (n == 0 or n >= least):
                counts[i, j] = n
    data = heat.Matrix(
        names, counts, w.count, say("Handed on by"), say("Handed on to"), say("In all")
    )
    (a, b), n = max(found.moves.items(), key=lambda pair: (pair[1], pair[0]))
    title = say(
        "{share} of contacts change their team, most often from {one} to {other}",
        share=w.percent(found.moved / found.cases, places=0), one=a, other=b,
    )  # fmt: skip
    return figure(
        "handoffs",
        title=title,
        caption=say("How often contacts went from one team to another; teams by the contacts they hold."),
        alt=f"{title}. "
        + " ".join(
            say("{one} to {other}: {n}.", one=names[i], other=names[j], n=w.count(m))
            for i, j, m in data.pairs[:5]
        ),
        data=pd.DataFrame(
            [{"from": a, "to": b, "handoffs": n} for (a, b), n in sorted(found.moves.items()) if n >= least]
        ),
        wide=heat.matrix(data, narrow=False),
        narrow=heat.matrix(data, narrow=True),
        height=heat.height(data, narrow=False),
        narrow_height=heat.height(data, narrow=True),
    )  # fmt: skip


def over_the_weeks(result: JourneyResult) -> Figure | Note:
    """The wait that changed, or else the one that hurts most, week by week: median and slowest tenth."""
    shown = _wait_shown(result)
    if shown is None or len(shown.weeks) < LEAST_WEEKS:
        return Note(say("There are too few weeks to draw a wait over time."))
    shift = next((s for s in result.shifts if (s.phase, s.team) == (shown.phase, shown.team)), None)
    median, slow = (
        np.where(one < 0, np.nan, one / MICROS_AN_HOUR) for one in (shown.median, shown.p90)
    )
    data = spread.Spread(
        middle=shown.weeks + HALF_A_WEEK,
        median=median,
        slow=slow,
        happenings=_happenings(result),
        unit=say("hours"),
        words=(say("median"), say("slowest tenth")),
        tick=lambda value: w.plain(value, 0 if value == round(value) else 1),
        found=np.datetime64(shift.week) if shift else None,
        found_words=w.short_day(shift.week) if shift else "",
    )
    where = w.separated([phase(shown.phase), shown.team]) if shown.team else phase(shown.phase)
    title = (
        say(
            "{where}: from about the week of {day} on {n} times as long as before",
            where=where, day=w.day(shift.week), n=w.plain(shift.ratio, 1),
        )
        if shift
        else say("{where}: no lasting change", where=where)
    )  # fmt: skip
    marked = data.happenings.key
    return figure(
        "over-the-weeks",
        title=title,
        caption=w.together(
            say("Hours in this phase, by the week in which contacts were opened."),
            say("Logged changes: {key}.", key=marked) if marked else "",
        ),
        alt=f"{title}.",
        data=pd.DataFrame(
            {
                "week": np.datetime_as_string(shown.weeks, unit="D"),
                "contacts": shown.cases,
                "median_hours": median,
                "p90_hours": slow,
            }
        ),
        wide=spread.weekly_spread(data, narrow=False),
        narrow=spread.weekly_spread(data, narrow=True),
        height=spread.height(data, narrow=False),
        narrow_height=spread.height(data, narrow=True),
    )


def _wait_shown(result: JourneyResult) -> WeeklyWait | None:
    """The wait with the largest change for good, else that of the worst long wait, else the wait for an answer."""
    wanted = [(one.phase, one.team) for one in result.shifts]
    wanted += [(one.phase, None) for one in result.found if one.sort == "long_wait"]
    by_key = {(one.phase, one.team): one for one in result.evidence.weekly}
    for key in (*wanted, ("answer", None), ("work", None)):
        if key in by_key:
            return by_key[key]
    return None


def _happenings(result: JourneyResult) -> Happenings:
    """Logged changes as numbered marks."""
    changes = sorted(result.evidence.changes, key=lambda one: (one.day, one.change_id))
    names = tuple(str(one.title) for one in changes)
    said = [
        w.labelled(w.count(i + 1), w.spaced(name, w.short_day(one.day)))
        for i, (name, one) in enumerate(zip(names, changes, strict=True))
    ]
    return Happenings(
        switches=(), on=(), off=(), left_out=(),
        marks=tuple(Mark(np.datetime64(one.day), w.count(i + 1), False) for i, one in enumerate(changes)),
        names=names, key="; ".join(said),
    )  # fmt: skip

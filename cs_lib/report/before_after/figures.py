"""Figures of a before/after study: the series, placebo dates, team by team."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from cs_lib import wording as w
from cs_lib.experiment.before_after.result import BeforeAfterResult
from cs_lib.language import later, say
from cs_lib.methods.its.level_change import LevelChange
from cs_lib.methods.its.placebo_test import PlaceboTest
from cs_lib.report.before_after.by_week import WEEK, Weeks, by_week
from cs_lib.report.drawing import course as c
from cs_lib.report.drawing import timeline as p
from cs_lib.report.drawing.figure import Draw, Figure, figure
from cs_lib.report.drawing.forest import Row
from cs_lib.report.drawing.interventions import Happenings, Mark
from cs_lib.report.drawing.waterfall import tick as plain_tick
from cs_lib.report.effects import factor, row_of, tick, unit_words
from cs_lib.report.note import Note, unasked, withheld

if TYPE_CHECKING:
    import pandas as pd


HALF_WEEK = np.timedelta64(84, "h")
# More other changes than these are named below the drawing only when asked for.
MOST_CHANGES_NAMED = 2
# By the terms of time in the model.
DASHED = {
    "none": later("Dashed: the level of the time before, carried on."),
    "linear": later("Dashed: the level and the trend of the time before, carried on."),
    "linear_and_season": later(
        "Dashed: the level, the trend and the wave of a year of the time before, carried on."
    ),
    "linear_and_known_season": later(
        "Dashed: the level and the trend of the time before and the season of the years before, carried on."
    ),
    "known_season": later(
        "Dashed: the level of the time before and the season of the years before, carried on."
    ),
    "season": later(
        "Dashed: the level, the trend and a wave of one year, as they fit the whole time, without the change."
    ),
    "drift": later("Dashed: the level with the slow drift it has all along, without the change."),
    "curve": later("Dashed: the slow curve that the level follows all along, without the change."),
}


def series(result: BeforeAfterResult) -> Figure | Note:
    """The series by weeks with what was to be expected without the change."""
    change, metric = result.change, result.primary
    if result.teams is not None:
        return unasked(say("one series; the change is read team by team"))
    if change is None:
        return withheld(result.decision)
    marked = happenings(result)
    weeks = by_week(change, marked.switches)
    data = _drawn(result, weeks, marked)
    effect = change.effect
    title = say("{label}: no clear change", label=metric.label)
    if not effect.effect_ci_low <= 0 <= effect.effect_ci_high:
        title = say(
            "{label}: {effect} after the change",
            label=metric.label,
            effect=w.change(effect.effect, metric.quantity),
        )
    return figure(
        "before-after",
        title=title,
        caption=w.together(
            say("One dot a week. The change is the gap between the two lines."),
            say(DASHED[str(effect.details["trend"])]),
            *named(marked),
        ),
        alt=f"{title}. {w.moved(metric.label, effect, metric.quantity)}",
        data=_frame(weeks),
        wide=c.course(data, narrow=False),
        narrow=c.course(data, narrow=True),
        height=c.WIDE_HEIGHT,
        narrow_height=c.NARROW_HEIGHT,
        more=_series_more(result, change, marked),
    )


def _drawn(result: BeforeAfterResult, weeks: Weeks, marked: Happenings) -> c.Course:
    """The series in the units shown."""
    metric, day = result.primary, result.study.design.intervention_date
    k = factor(metric)
    return c.Course(
        middle=np.asarray(weeks.start.astype("datetime64[h]") + HALF_WEEK, "datetime64[h]"),
        observed=weeks.observed * k,
        fitted=weeks.fitted * k,
        counterfactual=weeks.counterfactual * k,
        used=weeks.used,
        state=marked.state(weeks.start, WEEK),
        holiday=weeks.with_any(result.study.design.days_off),
        intervention=np.datetime64(day),
        happenings=marked,
        unit="%" if metric.unit == "share" else unit_words(metric),
        words=(
            say("change on {intervention_date}", intervention_date=w.short_day(day)),
            say("with the change"),
            say("expected without the change"),
        ),
        tick=plain_tick,
    )


def _frame(weeks: Weeks) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            "week_from": weeks.start.astype(str),
            "observed": weeks.observed,
            "fitted": weeks.fitted,
            "without_the_change": weeks.counterfactual,
            "used": weeks.used,
        }
    )


def _series_more(result: BeforeAfterResult, change: LevelChange, marked: Happenings) -> str:
    """What is counted, how days became weeks, and what the numbers stand for."""
    counted = say("Counted: {counted}.", counted=f"{say(result.primary.counted)}{_horizon(result)}")
    days = (
        say(
            "A dot is the mean of the days of a whole week, counted from the switch; the model "
            "reads days. Lines pass straight through weeks with holidays. A dot beyond the axis is a "
            "triangle with its number."
        )
        if change.unit == "day"
        else ""
    )
    others = say("Other changes: {key}.", key=marked.key) if marked.key else ""
    return w.together(*(part for part in (counted, days, others) if part))


def _horizon(result: BeforeAfterResult) -> str:
    """The horizon in words, for metrics that have one."""
    duration = getattr(result.primary, "duration", None)
    return f" ({w.counted(result.horizon, 'day')})" if duration else ""


def placebo(result: BeforeAfterResult) -> Figure | Note:
    """What the same method finds on dates when nothing was changed."""
    import pandas as pd

    if result.teams is not None:
        return unasked(say("dates without a change; other teams stand for them"))
    if result.found is None or result.change is None:
        return withheld(result.decision)
    tried, metric = result.found.placebo, result.primary
    if tried is None:
        return Note(say("Not available because the pre-period is too short to try other dates."))
    k = factor(metric)
    rows = [
        Row("", "", e * k, low * k, high * k, "")
        for e, low, high in zip(tried.effects, tried.lows, tried.highs, strict=True)
    ]
    actual = row_of(result.change.effect, metric, label=say("the change"))
    when = np.datetime64(result.study.design.intervention_date)
    unit = unit_words(metric)
    title = say(
        "{n_alarms} of {n_dates} dates without a change raise an alarm",
        n_alarms=w.count(tried.n_alarms),
        n_dates=w.count(tried.n_dates),
    )

    def paint(narrow: bool) -> Draw:
        return p.scatter_of_placebos(tried.dates, rows, actual, when, unit=unit, narrow=narrow)

    return figure(
        "placebo",
        title=title,
        caption=say(
            "The same method at dates on which nothing was changed. If it often saw a change "
            "there, it could not be believed here."
        ),
        alt=f"{title}.",
        data=pd.DataFrame(
            {
                "date": tried.dates.astype(str),
                "effect": tried.effects,
                "low": tried.lows,
                "high": tried.highs,
            }
        ),
        wide=paint(False),
        narrow=paint(True),
        height=p.PLACEBO_WIDE,
        narrow_height=p.PLACEBO_NARROW,
        more=_placebo_more(result.found.placebo_test),
    )


def _placebo_more(tested: PlaceboTest | None) -> str:
    """How the steps before the change compare with those of simulated series."""
    if tested is None:
        return ""
    return say(
        "The steps at these dates, taken together, were compared with those of {n_simulated} series drawn from "
        "the fitted model: as large in {share} of them.",
        n_simulated=w.count(tested.n_simulated),
        share=w.percent(tested.pvalue),
    )


def by_team(result: BeforeAfterResult) -> Figure | Note:
    """The difference between changed teams and the others, week by week around the change."""
    import pandas as pd

    teams, metric = result.teams, result.primary
    if result.study.design.teams is None:
        return unasked(say("team by team (design.teams)"))
    if teams is None:
        return withheld(result.decision)
    if teams.profile is None:
        return Note(say("The course week by week cannot be had with these teams."))
    k, profile, effect = factor(metric), teams.profile, teams.effect
    data = p.Around(
        week=profile.key.astype(float),
        effect=profile.effect * k,
        low=profile.low * k,
        high=profile.high * k,
        overall=effect.effect * k,
        unit=unit_words(metric),
        tick=tick,
    )
    title = say("{label}: no clear change against teams that were not changed", label=metric.label)
    if not effect.effect_ci_low <= 0 <= effect.effect_ci_high:
        moved = w.change(effect.effect, metric.quantity)
        title = say(
            "{label}: {moved} against teams that were not changed", label=metric.label, moved=moved
        )
    return figure(
        "by-team",
        title=title,
        caption=say(
            "Changed teams minus teams not yet changed, week by week; dashed: the effect over all "
            "weeks."
        ),
        alt=f"{title}. {w.moved(metric.label, effect, metric.quantity)}",
        data=pd.DataFrame(
            {"weeks_since_change": profile.key, "effect": profile.effect, "low": profile.low,
             "high": profile.high, "changed_teams": profile.n_changed}
        ),
        wide=p.weeks_around(data, narrow=False),
        narrow=p.weeks_around(data, narrow=True),
        height=p.AROUND_WIDE,
        narrow_height=p.AROUND_NARROW,
        more=say(
            "By weeks from the change; before it each point is the move since the week before and "
            "should lie around zero. With {alpha} interval of each week alone.",
            alpha=w.confidence(profile.alpha),
        ),
    )  # fmt: skip


def happenings(result: BeforeAfterResult) -> Happenings:
    """The interventions of a study and the other changes that may touch its contacts."""
    design = result.study.design
    end = np.datetime64(design.post_period[1]) + 1
    on = tuple((np.datetime64(a), end if b is None else np.datetime64(b)) for a, b in design.spans)
    edges = [day for span in on for day in span if day < end]
    off = tuple(zip(edges[1::2], [*edges[2::2], end], strict=False))
    marks, names, key = _numbered(result)
    washed = [*edges, *(mark.day for mark in marks if mark.fitted)]
    left_out = tuple((day, day + design.washout_days) for day in washed if design.washout_days)
    return Happenings(tuple(edges), on, off, left_out, marks, names, key)


def _numbered(
    result: BeforeAfterResult,
) -> tuple[tuple[Mark, ...], tuple[str, ...], str]:
    """Other changes in the order of their days, with what each number stands for, short and in full."""
    design = result.study.design
    last = design.post_period[1]
    known: list[tuple[list[date], str, str, bool]] = []
    for other in design.also:
        off = other.span[1]
        days = [other.day, *([off] if off and off <= last else [])]
        when = w.day(other.day) if off is None else w.days(other.day, off - timedelta(days=1))
        known.append(
            (
                days,
                say(other.name),
                say("{name} ({when}), in the model", name=say(other.name), when=when),
                True,
            )
        )
    known += [
        (
            [other.day],
            str(other.title),
            say("{name} ({day}), not in the model", name=other.title, day=w.day(other.day)),
            False,
        )
        for other in result.logged
    ]
    known.sort(key=lambda entry: entry[0][0])
    marks = [
        Mark(np.datetime64(day), str(i) if day == days[0] else say("{i} off", i=i), fitted)
        for i, (days, _, _, fitted) in enumerate(known, 1)
        for day in days
    ]
    words = "; ".join(f"{i} {text}" for i, (_, _, text, _) in enumerate(known, 1))
    names = tuple(name for _, name, _, _ in known)
    return tuple(sorted(marks, key=lambda mark: mark.day)), names, words


def named(data: Happenings) -> list[str]:
    """What shades and numbers in the drawing mean, a sentence each; a long list stands elsewhere."""
    said = []
    if data.left_out:
        first, after = data.left_out[0]
        days = w.counted(int((after - first).astype(int)), "day")
        said.append(say("Grey: first {days}, left out.", days=days))
    if data.off:
        said.append(say("Darker: switched off."))
    if data.names and len(data.names) <= MOST_CHANGES_NAMED:
        each = [w.spaced(w.count(i), name) for i, name in enumerate(data.names, 1)]
        said.append(say("Other changes: {key}.", key="; ".join(each)))
    return said

"""Figures of a before/after study: the series, placebo dates, waiting times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from cs_lib import wording as w
from cs_lib.experiment.before_after.result import BeforeAfterResult
from cs_lib.language import say
from cs_lib.methods.its.level_change import LevelChange
from cs_lib.report.drawing import timeline as p
from cs_lib.report.drawing.axes import Floats
from cs_lib.report.drawing.figure import Draw, Figure, figure
from cs_lib.report.drawing.forest import Row
from cs_lib.report.drawing.interventions import Happenings, Mark
from cs_lib.report.effects import factor, row_of, tick, unit_words
from cs_lib.report.note import Note, unasked, withheld

if TYPE_CHECKING:
    pass


def series(result: BeforeAfterResult) -> Figure | Note:
    """The series with what was to be expected without the change."""
    import pandas as pd

    change, metric = result.change, result.primary
    if result.teams is not None:
        return unasked(say("one series; the change is read team by team"))
    if change is None:
        return withheld(result.decision)
    data = _drawn(result, change)
    effect = change.effect
    title = say("{label}: no clear change", label=metric.label)
    if not effect.effect_ci_low <= 0 <= effect.effect_ci_high:
        title = say(
            "{label}: {effect} after the change",
            label=metric.label,
            effect=w.change(effect.effect, metric.quantity),
        )
    per = say("a day") if change.unit == "day" else say("a week")
    frame = pd.DataFrame(
        {"start": change.start.astype(str), "observed": change.observed, "fitted": change.fitted,
         "without_the_change": change.counterfactual, "used": change.used}
    )  # fmt: skip
    return figure(
        "before-after",
        title=title,
        caption=(
            say(
                "One point {per}; line: fitted; dashed: expected without the change.{marked} "
                "Counted: {counted}.",
                per=per,
                marked=captioned(data.happenings),
                counted=f"{say(metric.counted)}{_horizon(result)}",
            )
        ),
        alt=f"{title}. {w.moved(metric.label, effect, metric.quantity)}",
        data=frame,
        wide=p.course(data, narrow=False),
        narrow=p.course(data, narrow=True),
        height=380,
        narrow_height=300,
    )


def _drawn(result: BeforeAfterResult, change: LevelChange) -> p.Course:
    """The series in the units shown."""
    metric, day = result.primary, result.study.design.intervention_date
    k = factor(metric)
    return p.Course(
        start=change.start,
        observed=change.observed * k,
        fitted=change.fitted * k,
        counterfactual=change.counterfactual * k,
        used=change.used,
        intervention=np.datetime64(day),
        happenings=happenings(result),
        days=1 if change.unit == "day" else 7,
        unit="%" if metric.unit == "share" else unit_words(metric),
        words=(
            say("change on {intervention_date}", intervention_date=w.day(day)),
            say("with the change"),
            say("expected without"),
        ),
    )


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
        caption=(
            say(
                "The same method at every week before the change; one that often sees a change "
                "there cannot be believed here."
            )
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
        height=300,
        narrow_height=260,
    )


def waiting_times(result: BeforeAfterResult) -> Figure | Note:
    """Share of cases still waiting, before and after, open cases counted."""
    import pandas as pd

    if result.found is None:
        return withheld(result.decision)
    if len(result.found.curves) != 2:
        return unasked(say("waiting times, which need a metric that is a time to an event"))
    limit = result.horizon * 86_400.0
    scale, unit = (86_400.0, "days") if result.horizon > 3 else (3_600.0, "hours")
    since = say("days since opening") if unit == "days" else say("hours since opening")
    lines = [
        (c.group, np.insert(c.seconds / scale, 0, 0.0), np.insert(c.survival, 0, 1.0))
        for c in result.found.curves
    ]
    half = [_median(time, share) for _, time, share in lines]
    title = _waiting_title(half, unit)
    frame = pd.concat(
        pd.DataFrame({"period": label, unit: time, "still_waiting": share})
        for label, time, share in lines
    )
    thinned = [(w.name(label), *_thin(time, share)) for label, time, share in lines]
    return figure(
        "waiting-times",
        title=title,
        caption=(
            say(
                "Share of cases still waiting, by time since opening (Kaplan-Meier; open cases "
                "counted). A description: cases of one day are not independent, so the picture "
                "carries no test; the table below has tests by days."
            )
        ),
        alt=f"{title}.",
        data=frame.iloc[:: max(len(frame) // 400, 1)],
        wide=p.curves(thinned, unit=since, horizon=limit / scale, narrow=False),
        narrow=p.curves(thinned, unit=since, horizon=limit / scale, narrow=True),
        height=340,
        narrow_height=300,
    )


def _waiting_title(half: Sequence[float], unit: str) -> str:
    """The medians before and after, in days or hours."""
    if not all(np.isfinite(half)):
        return say("Fewer than half of the cases are through within the horizon")
    before, after = (w.plain(value, 1) for value in half)
    if unit == "days":
        return say(
            "Half of the cases are through in {before} days before and {after} days after",
            before=before,
            after=after,
        )
    return say(
        "Half of the cases are through in {before} hours before and {after} hours after",
        before=before,
        after=after,
    )


def _median(time: Floats, share: Floats) -> float:
    below = np.flatnonzero(share <= 0.5)
    return float(time[below[0]]) if len(below) else float("nan")


def _thin(time: Floats, share: Floats, points: int = 160) -> tuple[Floats, Floats]:
    """A step curve with fewer points than a screen has pixels: one step per equal drop or stretch of time."""
    keep = np.unique(
        np.concatenate(
            [
                np.searchsorted(time, np.linspace(0, time[-1], points)).clip(0, len(time) - 1),
                [0, len(time) - 1],
            ]
        )
    )
    return time[keep], share[keep]


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
        caption=_by_team_caption(profile.alpha),
        alt=f"{title}. {w.moved(metric.label, effect, metric.quantity)}",
        data=pd.DataFrame(
            {"weeks_since_change": profile.key, "effect": profile.effect, "low": profile.low,
             "high": profile.high, "changed_teams": profile.n_changed}
        ),
        wide=p.weeks_around(data, narrow=False),
        narrow=p.weeks_around(data, narrow=True),
        height=340,
        narrow_height=300,
    )  # fmt: skip


def _by_team_caption(alpha: float) -> str:
    return say(
        "Changed teams minus teams not yet changed, by weeks from the change; before it each "
        "point is the move since the week before and should lie around zero. With {alpha} interval "
        "of each week alone; dashed: the effect over all weeks.",
        alpha=w.confidence(alpha),
    )


def happenings(result: BeforeAfterResult) -> Happenings:
    """The interventions of a study and the other changes that may touch its contacts."""
    design = result.study.design
    end = np.datetime64(design.post_period[1]) + 1
    on = tuple((np.datetime64(a), end if b is None else np.datetime64(b)) for a, b in design.spans)
    edges = [day for span in on for day in span if day < end]
    off = tuple(zip(edges[1::2], [*edges[2::2], end], strict=False))
    marks, key = _numbered(result)
    washed = [*edges, *(mark.day for mark in marks if mark.fitted)]
    left_out = tuple((day, day + design.washout_days) for day in washed if design.washout_days)
    return Happenings(tuple(edges), on, off, left_out, marks, key)


def _numbered(result: BeforeAfterResult) -> tuple[tuple[Mark, ...], str]:
    """Other changes in the order of their days, with what each number stands for."""
    design = result.study.design
    last, known = design.post_period[1], []
    for other in design.also:
        off = other.span[1]
        days = [other.day, *([off] if off and off <= last else [])]
        when = w.day(other.day) if off is None else w.days(other.day, off - timedelta(days=1))
        known.append(
            (days, say("{name} ({when}), in the model", name=say(other.name), when=when), True)
        )
    known += [
        ([c.day], say("{name} ({day}), not in the model", name=c.title, day=w.day(c.day)), False)
        for c in result.logged
    ]
    known.sort(key=lambda entry: entry[0][0])
    marks = [
        Mark(np.datetime64(day), str(i) if day == days[0] else say("{i} off", i=i), fitted)
        for i, (days, _, fitted) in enumerate(known, 1)
        for day in days
    ]
    words = "; ".join(f"{i} {text}" for i, (_, text, _) in enumerate(known, 1))
    return tuple(sorted(marks, key=lambda mark: mark.day)), words


def captioned(data: Happenings) -> str:
    """What the shades and numbers mean, as sentences for a caption; nothing when there are none."""
    said = []
    if data.left_out:
        said.append(say("Pale: left out after a switch."))
    if data.off:
        said.append(say("Darker: switched off."))
    if data.key:
        said.append(say("Other changes: {key}.", key=data.key))
    return "".join(f" {sentence}" for sentence in said)

"""Figure of steadiness: the weeks before a change against their own limits, and the weeks after against the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cs_lib import wording as w
from cs_lib.diagnosis.steadiness import Watched
from cs_lib.experiment.before_after.result import BeforeAfterResult
from cs_lib.language import later, say
from cs_lib.methods.monitoring.control_chart import (
    RUN_LENGTH,
    USUAL_WEEKS,
    ControlChart,
    Flags,
    longest_run,
)
from cs_lib.quantity import Quantity
from cs_lib.report.drawing import control_chart as p
from cs_lib.report.drawing.figure import Figure, figure
from cs_lib.report.effects import factor, unit_words
from cs_lib.report.note import Note, unasked, withheld

if TYPE_CHECKING:
    import pandas as pd


HALF_WEEK = np.timedelta64(84, "h")
# A title names so many weeks outside the limits.
MOST_WEEKS_NAMED = 3
CHART_NAMES = {
    "xmr": later("moves from week to week (XmR, Wheeler)"),
    "p_prime": later("moves from week to week and each week's cases (Laney's p′)"),
    "u_prime": later("moves from week to week and each week's orders (Laney's u′)"),
}


def steady(result: BeforeAfterResult, watched: Watched) -> Figure | Note:
    """The metric by weeks with limits from the weeks before the change, points outside marked."""
    if not watched.asked:
        return unasked(str(watched.reason))
    if result.effect is None:
        return withheld(result.decision)
    if watched.chart is None:
        return Note(say("Not available. {reason}", reason=watched.reason))
    chart, title = watched.chart, _title(watched.chart)
    data = _drawn(result, chart)
    return figure(
        "steady",
        title=title,
        caption=_caption(result, chart),
        alt=f"{title}. {_spoken(result, chart)}",
        data=_frame(chart),
        wide=p.steady(data, narrow=False),
        narrow=p.steady(data, narrow=True),
        height=p.WIDE_HEIGHT,
        narrow_height=p.NARROW_HEIGHT,
        more=_more(result, chart),
    )


def _drawn(result: BeforeAfterResult, chart: ControlChart) -> p.Steady:
    metric, design = result.primary, result.study.design
    k, day = factor(metric), np.datetime64(design.intervention_date)
    value, limits = chart.weeks.value, chart.limits
    with np.errstate(invalid="ignore"):
        above = value > limits.upper
    names = _lines(result, chart)
    return p.Steady(
        middle=np.asarray(chart.weeks.start.astype("datetime64[h]") + HALF_WEEK, "datetime64[h]"),
        value=value * k,
        centre=limits.centre * k,
        lower=limits.lower * k,
        upper=limits.upper * k,
        before=chart.baseline,
        after=chart.after,
        outside=chart.outside,
        better=chart.outside & (above == (metric.good == "up")),
        dates=tuple(w.short_day(start.item()) for start in chart.weeks.start),
        intervention=day,
        washout_end=day + design.washout_days,
        unit="%" if metric.unit == "share" else unit_words(metric),
        words=(
            say(
                "change on {intervention_date}",
                intervention_date=w.short_day(design.intervention_date),
            ),
            *names,
        ),
        floor=0.0,
    )


def _on_the_line(value: float, of: Quantity) -> str:
    """A value beside its line: the axis names the unit, but a share keeps its sign."""
    return w.level(value, of) if of.unit == "share" else w.number(value, of)


def _lines(result: BeforeAfterResult, chart: ControlChart) -> tuple[str, str, str]:
    """The limits and the average in words; a limit that differs by week is named without a number."""
    of, limits = result.primary.quantity, chart.limits

    def words(name: str, line: np.ndarray) -> str:
        if chart.kind != "xmr":
            return name
        return f"{name} {_on_the_line(float(line[0]), of)}"

    centre = _on_the_line(limits.centre, of)
    return (
        words(say("upper limit"), limits.upper),
        say("average {centre}", centre=centre),
        words(say("lower limit"), limits.lower),
    )


def _title(chart: ControlChart) -> str:
    later = int(chart.after.sum())
    straying = _straying(chart, chart.baseline)
    first = (
        say("Not steady before: {straying}", straying=straying)
        if straying
        else say("Steady before")
    )
    moved = _straying(chart, chart.after) or say(
        "none of {weeks} outside the limits", weeks=w.counted(later, "week")
    )
    return say("{first}; after the change {moved}", first=first, moved=moved)


def _straying(chart: ControlChart, which: Flags) -> str:
    """What is out of the ordinary among some weeks: points outside, else a long run; empty when nothing is."""
    beyond = which & chart.outside
    beyond_many, of = int(beyond.sum()), w.counted(int(which.sum()), "week")
    many = w.count(beyond_many)
    if beyond_many > MOST_WEEKS_NAMED:
        return say("{many} of {of} outside the limits", many=many, of=of)
    if beyond_many:
        days = w.listed([w.short_day(start.item()) for start in chart.weeks.start[beyond]])
        return say("{many} of {of} outside the limits (from {days})", many=many, of=of, days=days)
    length, above = longest_run(chart, which)
    if length < RUN_LENGTH:
        return ""
    if length == which.sum():
        return (
            say("all {of} above the average", of=of)
            if above
            else say("all {of} below the average", of=of)
        )
    many = w.count(length)
    return (
        say("{many} of {of} in a row above the average", many=many, of=of)
        if above
        else say("{many} of {of} in a row below the average", many=many, of=of)
    )


def _caption(result: BeforeAfterResult, chart: ControlChart) -> str:
    said = [say("One point a week. Dashed: how far weeks strayed before the change.")]
    if chart.outside.any():
        said.append(say("Diamonds lie outside."))
    if washout := result.study.design.washout_days:
        said.append(say("Grey: first {days}, left out.", days=w.counted(washout, "day")))
    return w.together(*said)


def _more(result: BeforeAfterResult, chart: ControlChart) -> str:
    """How the limits were made and what they can say."""
    said = [
        say(
            "{label}. The limits are three standard deviations around the average of the {n_baseline} "
            "before the change, from their {chart}; no later week enters them.",
            label=result.primary.label,
            n_baseline=w.counted(chart.n_baseline, "week"),
            chart=say(CHART_NAMES[chart.kind]),
        )
    ]
    if chart.n_baseline < USUAL_WEEKS:
        usual = w.count(USUAL_WEEKS)
        said.append(say("Fewer than {usual} weeks make them provisional.", usual=usual))
    if np.isfinite(chart.limits.sigma_z):
        times = w.plain(chart.limits.sigma_z, 1)
        said.append(
            say("Weeks vary {times} times as much as counting alone would make them.", times=times)
        )
    said.append(
        say(
            "A steady process leaves such limits in about 1 week of 100 by chance, and more often "
            "when weeks resemble the ones before. This watches; it is not the test."
        )
    )
    return w.together(*said)


def _spoken(result: BeforeAfterResult, chart: ControlChart) -> str:
    outside = [
        say(
            "week of {item}: {value}",
            item=w.short_day(start.item()),
            value=w.level(float(value), result.primary.quantity),
        )
        for start, value in zip(
            chart.weeks.start[chart.outside], chart.weeks.value[chart.outside], strict=True
        )
    ]
    average = w.level(chart.limits.centre, result.primary.quantity)
    said = say("Average before the change {average}.", average=average)
    if not outside:
        return said
    return f"{said} {say('Outside: {outside}.', outside='; '.join(outside))}"


def _frame(chart: ControlChart) -> pd.DataFrame:
    import pandas as pd

    part = np.where(chart.weeks.time < 0, "before", np.where(chart.after, "after", "wash-out"))
    return pd.DataFrame(
        {
            "week_from": chart.weeks.start.astype(str),
            "period": part,
            "value": chart.weeks.value,
            "lower_limit": chart.limits.lower,
            "centre": chart.limits.centre,
            "upper_limit": chart.limits.upper,
            "outside": chart.outside,
        }
    ).replace([np.inf, -np.inf], np.nan)

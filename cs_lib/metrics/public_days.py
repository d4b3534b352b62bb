"""What a page says of the calendar of public holidays: its version, its days, and what it cannot know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from cs_lib import sentences as w
from cs_lib.aggregates import Series
from cs_lib.params.days.public_days import PublicDays
from cs_lib.results import Check
from cs_lib.sentences import Text, say

# Two years of China's holidays are named; of more, their number.
MOST_STRETCHES = 24


def without_days(series: Series, days: Sequence[date]) -> Series:
    """The series with some days left out: they carry no value."""
    out = np.isin(series.days.astype("datetime64[D]"), np.array(days, dtype="datetime64[D]"))
    return replace(
        series,
        numerator=np.where(out, 0.0, series.numerator),
        denominator=np.where(out, 0.0, series.denominator),
    )


def calendar_checks(public: PublicDays | None, *periods: tuple[date, date]) -> list[Check]:
    """The calendar's days in these periods; a note where it cannot know them all. Nothing without a calendar."""
    if public is None:
        return []
    inside = public.within(*periods)
    unknown = _unknown(inside)
    return [Check("public_holidays", None if unknown else True, w.together(said(inside), *unknown))]


def said(inside: PublicDays) -> Text:
    """The calendar, its version and the days that it gave."""
    named = {"code": inside.code, "version": inside.version}
    if not inside.off:
        return say(
            "The calendar {code} (library holidays {version}) has no holiday in these periods.",
            **named,
        )
    return w.together(
        say(
            "Holidays by the calendar {code} (library holidays {version}): {days}.",
            days=_days(inside.off),
            **named,
        ),
        say(
            "Days of a weekend that were worked in exchange, left out: {days}.",
            days=_days(inside.worked),
        )
        if inside.worked
        else "",
    )


def _unknown(inside: PublicDays) -> list[Text]:
    """What the calendar cannot know of these periods, a sentence each."""
    found: list[Text] = []
    if inside.unannounced:
        found.append(
            say(
                "Which days are moved in {years} is announced year by year, and this version of the calendar "
                "knows of none: when they are announced, name them in design.holidays.",
                years=_years(inside.unannounced),
            )
        )
    if inside.estimated:
        found.append(
            say("Reckoned in advance, and perhaps a day off: {days}.", days=_days(inside.estimated))
        )
    if inside.uncovered:
        found.append(say("The calendar does not cover {years}.", years=_years(inside.uncovered)))
    return found


def _years(years: Sequence[int]) -> Text:
    return w.listed([str(year) for year in years])


def _days(days: Sequence[date]) -> Text:
    """Days in order, those in a row as one stretch; of very many stretches the number of days."""
    runs: list[list[date]] = []
    for day in days:
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    if len(runs) <= MOST_STRETCHES:
        return w.listed([w.days(run[0], run[-1]) for run in runs])
    return say(
        "{count}, from {first} to {last}",
        count=w.counted(len(days), "day"),
        first=w.day(days[0]),
        last=w.day(days[-1]),
    )

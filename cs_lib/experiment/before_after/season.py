"""The season of a study's deciding metric, told by the years before its days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from cs_lib import sentences as w
from cs_lib.aggregates import Series
from cs_lib.experiment.before_after.case import Case
from cs_lib.experiment.logged import apart
from cs_lib.methods.errors import or_none
from cs_lib.methods.its.comparison import difference
from cs_lib.methods.its.season import Season, season_of
from cs_lib.metrics import Metric
from cs_lib.metrics.earlier import Earlier
from cs_lib.params import Scope
from cs_lib.results import Check
from cs_lib.sentences import Text, say

# A change needs so many days until it is as it will be.
DAYS_TO_SETTLE = 28


def season_before(case: Case, *, log_scale: bool) -> Season | None:
    """The season of the deciding metric, against the unchanged queue when there is one; None where none is told."""
    found, design = case.evidence.earlier, case.study.design
    if found is None:
        return None
    scopes = [design.scope, *([design.comparison] if design.comparison else [])]
    return season_told(
        found, scopes, design.pre_period[0], holidays=design.days_off, log_scale=log_scale
    )


def season_told(
    found: Earlier,
    scopes: Sequence[Scope],
    until: date,
    *,
    holidays: Sequence[date],
    log_scale: bool,
) -> Season | None:
    """The season that the days before `until` tell, from the last logged change on that may touch any of the scopes."""
    series, other = found.series, found.comparison
    if other is not None:
        beside = or_none(lambda: difference(found.series, other, log_scale=log_scale))
        if beside is None:
            return None
        series = beside
    near = [change for change in found.changes if not apart(change.scope, *scopes)]
    changed = [day for change in near for day in (change.day, change.last) if day is not None]
    if changed:
        series = _since(series, max(changed) + timedelta(days=DAYS_TO_SETTLE))
    return season_of(series, until=until, holidays=holidays, log_scale=log_scale)


def _since(series: Series, day: date) -> Series:
    """The series with no value before a day."""
    kept = series.days >= np.datetime64(day)
    return replace(
        series,
        numerator=np.where(kept, series.numerator, 0.0),
        denominator=np.where(kept, series.denominator, 0.0),
    )


def season_checks(season: Season | None, metric: Metric) -> list[Check]:
    """What was used of the years before, in one sentence; nothing where nothing was."""
    return [] if season is None else [Check("season_seen", True, season_said(season, metric))]


def season_said(season: Season, metric: Metric) -> Text:
    """Which weeks told the season, how much it does, and what was done with it."""
    swing = (
        w.percent(float(np.expm1(season.swing)), places=0)
        if season.log_scale
        else w.size(season.swing, metric.quantity)
    )
    return say(
        "The {weeks} before, from {first} on, tell the season: {swing} between the low and the high of a year, "
        "year after year. It is taken out, and the interval allows for what is not known of it.",
        weeks=w.counted(season.weeks, "whole week"),
        first=w.day(season.first),
        swing=swing,
    )

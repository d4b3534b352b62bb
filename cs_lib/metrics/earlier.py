"""What lies before a study's days: a metric read back as far as the source is whole, and what was changed there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import LoggedChange, Series
from cs_lib.data.desk import Desk
from cs_lib.metrics.catalogue import DAILY
from cs_lib.metrics.changes_logged import changes_logged, moved_within
from cs_lib.metrics.definition import DailyMetric
from cs_lib.metrics.public_days import without_days
from cs_lib.metrics.queries.cases import Cases, opened
from cs_lib.metrics.queries.nobody import Nobodies
from cs_lib.metrics.queries.sql import between
from cs_lib.metrics.queries.tables import Window
from cs_lib.params import BeforeAfter, Scope

# A season is told from two years on, and no more than three are looked at.
LEAST_DAYS, MOST_DAYS = 7 * 104, 7 * 156
# A week with less than this share of the contacts of a usual one is not whole; an extract begins, or has a hole,
# where so many weeks on end are not.
SHARE_OF_A_WEEK = 0.25
MOST_WEEKS_THIN = 8


@dataclass(frozen=True, slots=True)
class Earlier:
    """A study's deciding metric on the days before it, and the changes that were logged there.

    Days that are not whole carry no value: before the source begins, in its holes, or while what the metric
    looks for was not recorded.
    """

    series: Series
    comparison: Series | None  # of the unchanged queue, of the same days
    changes: tuple[LoggedChange, ...]


def earlier(
    desk: Desk,
    metric: DailyMetric,
    scopes: Sequence[Scope],
    *,
    until: date,
    horizon: int | None,
    worked: Sequence[date] = (),
    nobody: Collection[str] = (),
) -> Earlier | None:
    """Three years of a metric before a study's first day; None where the source does not reach back two.

    Args:
        scopes: the contacts in scope, and those of the unchanged queue where there is one.
        worked: weekends that were worked in exchange, left out as the study leaves them out.
        nobody: customers that are no single ones, as the study knows them.
    """
    if not _reaches(desk, until - timedelta(days=LEAST_DAYS)):
        return None
    window = Window(until - timedelta(days=MOST_DAYS), until - timedelta(days=1), horizon)
    with opened(desk, window, [metric], scopes=scopes, nobody=nobody) as cases:
        read = [without_days(_whole(cases, metric, scope), worked) for scope in scopes]
    changes = moved_within(changes_logged(desk), window.start, window.end)
    return Earlier(read[0], read[1] if len(read) > 1 else None, changes)


def before_study(desk: Desk, study: BeforeAfter, nobody: Nobodies | None) -> Earlier | None:
    """What lies before a study's days, where a step in one series is asked for: that a season would help."""
    design = study.design
    if not wanted(study):
        return None
    return earlier(
        desk,
        DAILY[study.measure.primary_metric],
        [design.scope, *([design.comparison] if design.comparison else [])],
        until=design.pre_period[0],
        horizon=study.measure.horizon_days,
        worked=design.public.worked if design.public else (),
        nobody=[one.value for one in nobody.values] if nobody else (),
    )


def wanted(study: BeforeAfter) -> bool:
    """Whether a study is of one step in one series."""
    return study.design.one_step and study.design.teams is None


def _reaches(desk: Desk, day: date) -> bool:
    """Whether any contact was opened in the eight weeks up to a day."""
    inside = between(desk.day_of("opened_at"), day - timedelta(days=7 * MOST_WEEKS_THIN), day)
    return bool(desk.engine.rows(f"SELECT 1 FROM contacts WHERE {inside} LIMIT 1"))


def _whole(cases: Cases, metric: DailyMetric, scope: Scope) -> Series:
    """A metric by day with no value on days that are not whole."""
    series = cases.series(metric, scope)
    counts = [cases.volume(scope).numerator[: len(series.days)]]
    if not metric.per:
        counts.append(series.denominator)
    told = cases.told(metric, scope)
    if told is not None:
        counts.append(told.numerator)
    return since_whole(series, counts)


def since_whole(series: Series, counts: Sequence[NDArray[np.float64]]) -> Series:
    """A series that ends the day before a study, with no value in weeks that lack what is counted, nor before a hole.

    Args:
        counts: by day, what a whole week has of: contacts, cases, or those that say that something was recorded.
    """
    weeks = len(series.days) // 7
    thin = np.zeros(weeks, dtype=bool)  # the last week first
    for count in counts:
        by_week = count[len(count) - 7 * weeks :].reshape(weeks, 7).sum(axis=1)[::-1]
        busy = by_week[by_week > 0]
        thin |= by_week < SHARE_OF_A_WEEK * (np.median(busy) if len(busy) else 1.0)
    run, end = 0, weeks
    for week, hole in enumerate(thin):
        run = run + 1 if hole else 0
        if run > MOST_WEEKS_THIN:
            end = week - run + 1
            break
    kept = np.zeros(len(series.days), dtype=bool)
    inside = np.repeat((~thin & (np.arange(weeks) < end))[::-1], 7)
    kept[len(kept) - 7 * weeks :] = inside
    return replace(
        series,
        numerator=np.where(kept, series.numerator, 0.0),
        denominator=np.where(kept, series.denominator, 0.0),
    )

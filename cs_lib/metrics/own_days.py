"""A before/after study of a table of days: what the table has of each day, as the series that every study reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from cs_lib import sentences as w
from cs_lib.aggregates import Series
from cs_lib.data.desk import Desk
from cs_lib.metrics.catalogue import in_currency
from cs_lib.metrics.changes_logged import changes_logged, moved_within
from cs_lib.metrics.definition import Metric
from cs_lib.metrics.earlier import MOST_DAYS, Earlier, since_whole, wanted
from cs_lib.metrics.of_columns import DAYS, as_stated
from cs_lib.metrics.public_days import without_days
from cs_lib.metrics.queries.sql import NotAvailable, between, named
from cs_lib.params import BeforeAfter, nearest, of_columns, safe
from cs_lib.sentences import Text, say


@dataclass(frozen=True, slots=True)
class DaysRead:
    """What the table has of the study's days: days asked for, days without a row, and days on which it is empty.

    All of the deciding metric; `missing` and `empty` are in order.
    """

    asked: int
    missing: tuple[date, ...]
    empty: tuple[date, ...]


def series_of(desk: Desk, study: BeforeAfter, names: Sequence[str]) -> dict[str, Series]:
    """Every metric by day, days outside the table without value.

    Raises NotAvailable with a sentence for each thing that the study asks of the table and cannot have.
    """
    faults = list(_faults(desk, study, names))
    if faults:
        raise NotAvailable(w.together(*faults))
    first, last = study.design.pre_period[0], study.design.post_period[1]
    last = min(last, desk.observed_until - timedelta(days=1))
    return {name: _series(desk, name, first, last) for name in names}


def before_study(desk: Desk, study: BeforeAfter) -> Earlier | None:
    """The deciding metric before a study's days, and the changes logged there; None where it is not asked for."""
    if not wanted(study):
        return None
    until = study.design.pre_period[0]
    first, last = until - timedelta(days=MOST_DAYS), until - timedelta(days=1)
    series = _series(desk, study.measure.primary_metric, first, last)
    public = study.design.public
    whole = without_days(since_whole(series, [series.denominator]), public.worked if public else ())
    return Earlier(whole, None, moved_within(changes_logged(desk), first, last))


def own_metrics(desk: Desk, study: BeforeAfter, names: Sequence[str]) -> dict[str, Metric]:
    """The metrics by name as the study describes them."""
    outcomes = study.measure.outcomes
    known = in_currency(names, desk.currency)
    return {name: as_stated(metric, outcomes.get(name)) for name, metric in known.items()}


def days_read(desk: Desk, study: BeforeAfter, series: Series) -> DaysRead:
    """Which of the study's days are there."""
    periods = (study.design.pre_period, study.design.post_period)
    asked = [day for period in periods for day in _days(*period)]
    first, last = asked[0], asked[-1]
    rows = {
        day
        for (day,) in desk.engine.rows(
            f"SELECT day FROM {DAYS} WHERE {between('day', first, last)}"
        )
    }
    held = {day.item() for day in series.days[series.denominator > 0]}
    return DaysRead(
        len(asked),
        tuple(day for day in asked if day not in rows),
        tuple(day for day in asked if day in rows and day not in held),
    )


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def _faults(desk: Desk, study: BeforeAfter, names: Sequence[str]) -> Iterator[Text]:
    """What cannot be had of the table."""
    if not desk.has(DAYS):
        yield say(
            "'{name}' is of a table of days, and the source '{source}' has none (tables.days).",
            name=names[0],
            source=desk.source,
        )
        return
    design = study.design
    for key, asked in (
        ("design.scope", named(design.scope)),
        ("design.comparison", named(design.comparison)),
        ("design.teams", design.teams or ()),
    ):
        if asked:
            yield say(
                "{key} is for tables with a row per contact; a table of days has one number for all: leave it out.",
                key=key,
            )
    known = [safe(one) for one in desk.roles[DAYS].numbers]
    for name in names:
        kind = of_columns(name)
        assert kind is not None
        if kind.kind == "share" and len(kind.columns) == 1:
            yield say(
                "{name}: a share by day is of a part and its whole, like share(solved, calls).",
                name=name,
            )
            continue
        lacking = [column for column in kind.columns if column not in known]
        for column in lacking:
            near = nearest(column, known)
            yield (
                say("{name}: the table of days has no number '{column}'; did you mean '{near}'?",
                    name=name, column=column, near=near)
                if near
                else say("{name}: the table of days has no number '{column}'; there are {there}.",
                         name=name, column=column, there=w.listed(known))
            )  # fmt: skip
        if not lacking and len(kind.columns) == 2:
            yield from _no_part(desk, name, *kind.columns, share=kind.kind == "share")


def _no_part(desk: Desk, name: str, above: str, below: str, *, share: bool) -> Iterator[Text]:
    """A denominator below zero, or a share above its whole."""
    odd = f"{below} < 0" + (f" OR {above} < 0 OR {above} > {below}" if share else "")
    count, first = desk.engine.rows(f"SELECT count(*), min(day) FROM {DAYS} WHERE {odd}")[0]
    if count:
        yield say(
            "{name}: {above} is below 0 or above {below} on {days} (first: {first}), so that it is no part of it."
            if share
            else "{name}: {below} is below 0 on {days} (first: {first}).",
            name=name, above=above, below=below, days=w.counted(count, "day"), first=w.day(first),
        )  # fmt: skip


def _series(desk: Desk, name: str, first: date, last: date) -> Series:
    """One metric by day: its column, each day alike, or one column over another."""
    kind = of_columns(name)
    assert kind is not None
    days = np.array(_days(first, last), dtype="datetime64[D]")
    parts, place = np.zeros((2, len(days))), {day.item(): i for i, day in enumerate(days)}
    scales = [desk.scale(DAYS, column).steps for column in kind.columns]
    fixed = [
        desk.engine.dialect.fixed(column, steps)
        for column, steps in zip(kind.columns, scales, strict=True)
    ]
    there = " AND ".join(f"{column} IS NOT NULL" for column in kind.columns)
    rows = desk.engine.rows(
        f"SELECT day, {', '.join(fixed)} FROM {DAYS} WHERE {between('day', first, last)} AND {there} ORDER BY day"
    )
    for day, *values in rows:
        at = place[day]
        parts[0, at] = values[0] / scales[0]
        parts[1, at] = values[1] / scales[1] if len(values) == 2 else 1.0
    return Series(name, days, parts[0], parts[1])

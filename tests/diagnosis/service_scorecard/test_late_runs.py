"""A late run says the same as a punctual one, and a week or a period later the previous one follows."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from cs_lib.report.service_scorecard.the_grid import grid
from tests.diagnosis.service_scorecard.made import desk_of, result_of, tables_of
from tests.diagnosis.service_scorecard.test_hours import OFFICE

AS_OF = "2026-06-01"
BEGINS = {
    "contacts": "opened_at", "events": "ts", "surveys": "offered_at", "orders": "ordered_at",
    "customers": "first_seen_at", "flow_changes": "live_at", "perk_assignments": "assigned_at",
    "perk_redemptions": "redeemed_at",
}  # fmt: skip
LATER = {
    "contacts": ["first_response_at", "resolved_at", "closed_at"],
    "surveys": ["answered_at"],
    "orders": ["delivered_at", "cancelled_at"],
    "perk_assignments": ["delivered_at"],
}
HOURS = {"design": {"hours": OFFICE}}


def as_it_stood(tables: dict[str, pd.DataFrame], day: str) -> dict[str, pd.DataFrame]:
    """The tables as an export at the start of a local day would have had them."""
    cut, found = pd.Timestamp(day, tz="Asia/Shanghai"), {}
    for name, frame in tables.items():
        frame = frame[frame[BEGINS[name]] < cut].copy()
        for column in LATER.get(name, []):
            frame[column] = frame[column].where(frame[column] < cut)
        found[name] = frame
    contacts, answers = found["contacts"], found["surveys"]
    over = contacts.status.isin(["resolved", "closed"])
    contacts.loc[over & contacts.resolved_at.isna(), "status"] = "open"
    answers.loc[answers.answered_at.isna(), "score"] = np.nan
    return found


@pytest.fixture(scope="module")
def tables():
    return tables_of(desk_of(3, 5_000, "scorecard_quiet"))


def spelt(value):
    """A record and all that it holds, to the last digit."""
    if is_dataclass(value):
        return {one.name: spelt(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, dict):
        return {key: spelt(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [spelt(each) for each in value]
    return (value.dtype.str, value.tolist()) if isinstance(value, np.ndarray) else value


def said(result) -> list[str]:
    """All that a page is made of."""
    parts = (*result.rows.values(), result.decision, result.signals, result.checks, result.drivers)
    frames = (result.evidence.to_frame(), result.evidence.backlog.to_frame())
    told = [repr(spelt(part)) for part in (*parts, result.evidence.absent, result.evidence.tables)]
    return [*told, *(frame.to_csv() for frame in frames), grid(result).html()]


def test_a_late_run_says_the_same_bytes_as_a_punctual_one(tables):
    late = result_of(tables, as_of=AS_OF, **HOURS)
    punctual = result_of(as_it_stood(tables, AS_OF), as_of=AS_OF, **HOURS)
    assert len(late.rows) > 20
    for one, other in zip(said(late), said(punctual), strict=True):
        assert one == other


def test_a_period_later_the_latest_period_is_the_previous_one(tables):
    then = date.fromisoformat(AS_OF)
    earlier = result_of(tables, as_of=AS_OF)
    later = result_of(tables, as_of=(then + timedelta(weeks=4)).isoformat())
    moved, stray = 0, set[str]()
    for name, row in earlier.rows.items():
        after = later.rows[name]
        if row.change is None or after.change is None:
            continue
        if after.until - row.until != timedelta(weeks=4):
            stray.add(name)
            continue
        assert repr(after.change.before.value) == repr(row.change.recent.value), name
        weeks = len(row.chart.weeks.start)
        assert np.array_equal(after.chart.weeks.start[:weeks], row.chart.weeks.start)
        moved += 1
    assert moved > 15 and stray <= {"perk_redemption"}  # which some weeks have none of

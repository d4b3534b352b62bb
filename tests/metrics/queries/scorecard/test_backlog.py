"""Open contacts by age: every rule by eye, a second count of a whole desk, and tables that are wrong."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from cs_lib.data.desk import desk_of
from cs_lib.metrics.queries.scorecard.backlog import BANDS, backlog
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params import Scope, load_source
from tests.metrics.queries.scorecard.conftest import END, START

HEAD = "contact_id opened_at resolved_at status channel\n"
CONTACTS = (
    HEAD
    + """K1 2026-01-02T08:00 - open chat
K2 2026-02-07T23:00 2026-02-08T00:00 resolved chat
K3 2026-02-07T08:00 2026-02-07T20:00 resolved chat
K4 2026-02-05T08:00 2026-02-20T08:00 resolved email
K5 2026-02-06T08:00 - spam chat
K6 2026-02-04T08:00 2026-02-10T08:00 resolved chat
K7 2026-02-06T08:00 - closed chat
K8 2026-01-09T08:00 2026-02-16T08:00 resolved chat
K9 2026-02-28T10:00 - open chat
"""
)
REOPENED = (
    HEAD
    + """A 2026-01-02T08:00 2026-01-03T08:00 resolved chat
B 2026-02-28T08:00 2026-02-28T09:00 resolved chat
R1 2026-02-02T08:00 2026-02-20T08:00 resolved chat
R2 2026-02-02T08:00 2026-02-04T08:00 open chat
R3 2026-02-02T08:00 2026-02-20T08:00 resolved chat
R4 2026-02-02T08:00 2026-02-03T08:00 closed chat
"""
)
EVENTS = """event_id contact_id ts stage
1 R1 2026-02-04T08:00 resolved
2 R1 2026-02-10T08:00 reopened
3 R1 2026-02-20T08:00 resolved
4 R2 2026-02-04T08:00 resolved
5 R2 2026-02-16T08:00 reopened
6 R3 2026-02-12T08:00 reopened
7 R4 2026-02-03T08:00 resolved
8 R4 2026-02-05T08:00 reopened
9 A 2026-01-03T08:00 resolved
"""


def test_each_contact_stands_in_its_band_by_eye(source, observed):
    source.table("contacts", CONTACTS)
    found = backlog(observed("2026-03-01"), START, END)
    assert found.open.tolist() == [
        [1, 1, 1, 1, 1],
        [0, 0, 0, 1, 2],
        [0, 0, 0, 0, 1],
        [1, 0, 0, 0, 1],
    ]
    assert found.opened.tolist() == [4, 0, 0, 1] and found.resolved.tolist() == [1, 2, 2, 0]
    assert found.there.all() and (found.unstamped, found.by_events) == (1, False)
    assert found.begins == date(2026, 1, 2) and found.recorded_until is None
    # K1 was 57 days old in the end; the first week knows of contacts up to 36 days old, the last up to 57.
    assert found.may_lack.tolist() == [1, 1, 1, 0]
    assert found.to_frame().open.sum() == found.open.sum()


def test_a_scope_holds_its_own_contacts(source, observed):
    source.table("contacts", CONTACTS)
    with pytest.raises(NotAvailable, match="no week has all of the 30 days"):
        backlog(observed("2026-03-01"), START, END, scope=Scope(channel=["email"]))
    found = backlog(source.opened[-1], START, END, scope=Scope(channel=["chat"]))
    assert found.open.sum(axis=1).tolist() == [4, 2, 1, 2]


def test_a_reopened_contact_is_open_again_where_steps_tell(source, observed):
    source.table("contacts", REOPENED)
    plain = backlog(observed("2026-03-01"), START, END)
    assert plain.open.sum(axis=1).tolist() == [2, 2, 0, 0] and not plain.by_events
    source.table("events", EVENTS)
    found = backlog(observed("2026-03-01"), START, END)
    # R3 until 20 February; R1 from the 10th to the 20th; R2 from the 16th on; R4 is closed by its status.
    assert found.open.sum(axis=1).tolist() == [1, 2, 1, 1] and found.by_events
    assert found.open[2].tolist() == [0, 0, 0, 1, 0]
    change = found.opened - found.resolved + found.reopened
    assert np.diff(found.open.sum(axis=1)).tolist() == change[1:].tolist()


def test_weeks_without_all_of_the_days_before_have_no_point(source, observed):
    late = CONTACTS.replace("2026-01-02", "2026-01-16").replace("2026-01-09", "2026-01-16")
    source.table("contacts", late)
    found = backlog(observed("2026-03-01"), START, END)
    assert found.there.tolist() == [False, True, True, True]
    assert found.to_frame().groupby("week").open.count().tolist() == [0, 5, 5, 5]


def many(stamped_until, status="resolved", last="2026-06-30"):
    """Five contacts a day from 1 January 2026, each resolved after two days, with stamps until a day."""
    rows = []
    for i, day in enumerate(pd.date_range("2026-01-01", last)):
        done = day + timedelta(days=2, hours=1)
        stamp = f"{done:%Y-%m-%dT%H:%M}" if f"{done:%Y-%m-%d}" <= stamped_until else "-"
        said = "resolved" if stamp != "-" else status
        rows += [f"K{i}_{j} {day:%Y-%m-%d}T08:0{j} {stamp} {said} chat\n" for j in range(5)]
    return HEAD + "".join(rows)


@pytest.mark.parametrize("status", ["open", "closed"])
def test_stamps_that_cease_end_the_points(source, observed, status):
    source.table("contacts", many("2026-05-13", status))
    found = backlog(observed("2026-07-01"), date(2026, 2, 4), date(2026, 6, 30))
    assert found.recorded_until == date(2026, 5, 13)
    shown = found.weeks[found.there]
    assert shown[-1].item() + timedelta(days=6) <= date(2026, 5, 13)
    assert set(found.open[found.there].sum(axis=1)) == {10}


def test_a_holiday_without_resolutions_is_no_end_of_them(source, observed):
    """Nobody resolves anything for ten days; all of it is resolved in the week after."""
    text = many("2026-12-31")
    for day in range(10, 20):
        text = text.replace(f" 2026-03-{day}T09", " 2026-03-21T09").replace(
            f" 2026-03-{day}T01", " 2026-03-21T01"
        )
        text = text.replace(f" 2026-03-{day}T10", " 2026-03-21T10")
    source.table("contacts", text)
    found = backlog(observed("2026-07-01"), date(2026, 2, 4), date(2026, 6, 30))
    assert found.recorded_until is None and found.open.sum(axis=1).max() > 30


def test_contacts_that_end_early_end_the_points(source, observed):
    source.table("contacts", many("2026-12-31", last="2026-06-01"))
    found = backlog(observed("2026-07-01"), date(2026, 2, 4), date(2026, 6, 30))
    assert found.weeks[found.there][-1].item() == date(2026, 5, 27)


def test_days_are_local_and_may_have_23_hours(source, observed):
    """In Berlin clocks go forward on 29 March 2026, the last day of the second week."""
    source.settings["timezone"] = "Europe/Berlin"
    source.table(
        "contacts",
        HEAD
        + """A 2026-02-01T08:00 2026-02-02T08:00 resolved chat
B 2026-03-22T23:59 2026-03-23T00:00 resolved chat
C 2026-03-23T00:00 2026-03-29T23:59 resolved chat
D 2026-03-29T00:00 - open chat
E 2026-03-29T23:59 2026-03-30T00:00 resolved chat
F 2026-03-30T00:00 - open chat
""",
    )
    found = backlog(observed("2026-03-30"), date(2026, 3, 16), date(2026, 3, 29))
    assert found.open.tolist() == [[1, 0, 0, 0, 0], [2, 0, 0, 0, 0]]
    assert found.opened.tolist() == [1, 3] and found.resolved.tolist() == [0, 2]


def test_public_logs_have_points_where_they_tell(real_data):
    """One holds only problems that were closed in 2012, the other ends a month before its cut."""
    desk = desk_of(load_source("bpi2013"), None)
    closed = backlog(desk, date(2010, 1, 1), desk.observed_until - timedelta(days=1))
    desk.close()
    assert closed.recorded_from is not None and closed.recorded_from >= date(2011, 12, 25)
    assert closed.weeks[closed.there][0] == closed.recorded_from
    assert closed.resolved[~closed.there].sum() <= 0.02 * closed.resolved.sum()
    desk = desk_of(load_source("helpdesk_log"), date(2014, 1, 3))
    cut = backlog(desk, date(2010, 1, 13), date(2014, 1, 2))
    desk.close()
    assert (cut.recorded_from, cut.recorded_until) == (None, None)
    assert cut.weeks[cut.there][-1] <= np.datetime64("2013-11-28")
    assert cut.weeks[cut.there][0] + 6 >= np.datetime64("2010-02-10")


def test_what_the_table_does_not_tell_is_no_zero(source, observed):
    source.table("contacts", re.sub(r"2026-\S+ resolved", "- open", CONTACTS))
    with pytest.raises(NotAvailable, match="resolved_at is empty in every contact"):
        backlog(observed("2026-03-01"), START, END)
    source.table("contacts", CONTACTS)
    with pytest.raises(NotAvailable, match="there are no such contacts"):
        backlog(observed("2026-03-01"), START, END, scope=Scope(channel=["phone"]))


def counted_again(desk, weeks):
    """Open contacts by week and band, contact by contact."""
    contacts, events = desk.frame("contacts", limit=10**6), desk.frame("events", limit=10**7)
    contacts = contacts[~contacts.status.isin(["merged", "spam", "cancelled"])]
    ended = contacts.status.isin(["resolved", "closed"])
    contacts = contacts[~(ended & contacts.resolved_at.isna())]
    events = events[events.stage.isin(["resolved", "reopened"])].sort_values(["ts", "seq"])
    again = events[events.contact_id.isin(events.contact_id[events.stage == "reopened"])]
    steps = {key: list(zip(g.ts, g.stage, strict=True)) for key, g in again.groupby("contact_id")}
    plain = contacts[~contacts.contact_id.isin(again.contact_id)]
    opened = contacts.set_index("contact_id").opened_at
    found = []
    for week in weeks:
        end = datetime.fromisoformat(f"{week + 7}") - timedelta(hours=8)
        mine = list(plain.opened_at[(plain.opened_at < end) & ~(plain.resolved_at < end)])
        for key in opened.index[opened.index.isin(steps.keys()) & (opened < end)]:
            past = [stage for at, stage in steps[key] if at < end]
            if not past or past[-1] == "reopened":
                mine.append(opened[key])
        ages = [(end - one - timedelta(microseconds=1)).days for one in mine]
        bands = np.searchsorted(list(BANDS.values()), ages, side="right") - 1
        found.append(np.bincount(bands, minlength=len(BANDS)))
    return np.array(found)


def test_a_whole_desk_counted_again(simulated):
    days = date(2026, 2, 1), date(2026, 6, 30)
    found = backlog(simulated, *days)
    assert found.by_events and found.reopened.sum() > 5 and found.there.all()
    assert (found.open == counted_again(simulated, found.weeks)).all()
    change = found.opened - found.resolved + found.reopened
    assert (np.diff(found.open.sum(axis=1)) == change[1:]).all()

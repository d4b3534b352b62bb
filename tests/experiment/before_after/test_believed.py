"""A before/after study does not believe its tables: holes, imports, early ends, contradictions, nobody's customers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cs_lib.metrics.queries.sql import NotAvailable
from tests.test_bad_flows import CHANGE, RATE, contacts, looking, orders

TIMES: dict[str, Any] = {"rule__min_effect": 1}
RATES = {**RATE, "rule__min_effect": 20}
REPEATS = {
    "measure": {"primary_metric": "repeat_contact_rate_7d", "usual_guardrails": False},
    "rule": {"min_effect": 0.02},
}


@pytest.fixture
def see(source):
    """What a study of some tables comes to."""
    return looking(source)


def without(frame, first, last, keep=0.0):
    """The rows but those opened on some days, of which a share is kept."""
    stamp = frame.columns[frame.columns.isin(["opened_at", "ordered_at", "ts", "offered_at"])][0]
    inside = (frame[stamp] >= first) & (frame[stamp] < pd.Timestamp(last) + pd.Timedelta(days=1))
    return frame[~inside | (np.random.default_rng(3).random(len(frame)) < keep)]


def found(result, code):
    return [c for c in result.checks if c.code == code]


def blocked_by(result, code):
    (check,) = found(result, code)
    assert (check.passed, check.blocks_decision) == (False, True)
    assert (result.decision.verdict, result.effect) == ("invalid", None)
    return check.finding


def in_doubt(result, code):
    (check,) = found(result, code)
    assert (check.passed, check.blocks_decision) == (False, False)
    return check.finding


NEW = ("days_missing", "no_surge", "tables_reach", "stamps_agree", "customers_known", "spelt_alike")


def silent(result):
    return [str(c) for c in result.checks if c.code in NEW] == []


# Holes


@pytest.mark.parametrize(
    ("first", "last", "keep"),
    [("2026-02-02", "2026-02-15", 0.0), ("2026-03-18", "2026-03-31", 0.15)],
    ids=["before the change", "after it, some left"],
)
def test_days_without_contacts_while_orders_go_on_withhold_a_rate(see, first, last, keep):
    result = see(contacts=without(contacts(), first, last, keep), orders=orders(), changes=RATES)
    said = blocked_by(result, "days_missing")
    day = pd.Timestamp(first)
    assert f"{day.day} {day:%B} to {pd.Timestamp(last).day} {day:%B} 2026" in said
    assert "while orders go on" in said


def test_days_without_contacts_are_a_doubt_for_a_mean_over_contacts(see):
    result = see(contacts=without(contacts(), "2026-02-02", "2026-02-12"), changes=TIMES)
    assert "2 February to 12 February 2026 (0 contacts" in in_doubt(result, "days_missing")
    assert result.effect is not None


def test_days_named_as_holidays_are_not_missing(see):
    days = [f"2026-02-{day:02}" for day in range(2, 13)]
    gone = without(contacts(), "2026-02-02", "2026-02-12")
    assert silent(see(contacts=gone, changes={**TIMES, "design__holidays": days}))


def test_days_on_which_orders_halve_too_are_a_feast(see):
    feast = "2026-02-15", "2026-02-24"
    quiet = without(contacts(), *feast, keep=0.3), without(orders(), *feast, keep=0.5)
    assert silent(see(contacts=quiet[0], orders=quiet[1], changes=RATES))


def test_orders_missing_in_the_middle_withhold_a_rate_over_them(see):
    gone = without(orders(), "2026-03-16", "2026-03-29", keep=0.2)
    said = blocked_by(see(contacts=contacts(), orders=gone, changes=RATES), "days_missing")
    assert (
        "Orders are missing: 16 March to 29 March 2026" in said and "while contacts go on" in said
    )


def test_a_desk_that_is_closed_on_weekends_has_no_hole(see):
    every = contacts()
    assert silent(see(contacts=every[every.opened_at.dt.day_of_week < 5], changes=TIMES))


# Surges


def imported(n, first, days, seconds, *, each=1):
    """Rows of another system, opened in groups of `each` a second over some days, closed in seconds."""
    rng = np.random.default_rng(8)
    start = pd.Timestamp(first) + pd.to_timedelta(
        np.repeat(rng.integers(0, days * 86_400, n // each), each), unit="s"
    )
    frame = pd.DataFrame({"contact_id": [f"I{i}" for i in range(len(start))], "opened_at": start})
    frame["resolved_at"] = start + pd.Timedelta(seconds=seconds)
    return frame.assign(status="resolved", customer_id=[f"X{i}" for i in range(len(start))])


@pytest.mark.parametrize(
    "rows",
    [
        imported(800, "2026-03-16", 14, 240),
        imported(800, "2026-01-26", 14, 240),
        imported(800, "2026-03-16", 14, 3600 * 40, each=8),
        imported(600, "2026-03-20 03:00", 1, 60),
    ],
    ids=["after the change", "before it", "by the second", "in one day"],
)
def test_contacts_that_were_imported_withhold_the_effect(see, rows):
    said = blocked_by(see(contacts=pd.concat([contacts(), rows]), changes=TIMES), "no_surge")
    assert "an import, and no work of these days" in said


def test_twice_the_work_for_two_weeks_is_a_doubt_and_no_import(see):
    more = contacts(per_day=30, seed=5)
    inside = (more.opened_at >= "2026-03-16") & (more.opened_at < "2026-03-30")
    more = more[inside].assign(contact_id=lambda f: "M" + f.contact_id)
    result = see(contacts=pd.concat([contacts(), more]), changes=TIMES)
    assert "Ask what came in on these days" in in_doubt(result, "no_surge")


def test_stamps_without_seconds_are_no_batches(see):
    noon = pd.concat(
        [contacts(), contacts(per_day=40, seed=5).assign(contact_id=lambda f: "M" + f.contact_id)]
    )
    own, more = (
        ~noon.contact_id.str.startswith("M"),
        noon.opened_at.between("2026-03-16", "2026-03-30"),
    )
    noon = noon[own | more]
    noon["opened_at"] = noon.opened_at.dt.normalize() + pd.Timedelta(hours=6)
    result = see(contacts=noon, changes=TIMES)
    assert "Ask what came in on these days" in in_doubt(result, "no_surge")


def test_twice_the_contacts_from_twice_the_orders_is_no_surge(see):
    more = contacts(per_day=30, seed=5)
    extra = orders(per_day=120)
    days = "2026-03-16", "2026-03-30"
    more = more[(more.opened_at >= days[0]) & (more.opened_at < days[1])]
    extra = extra[(extra.ordered_at >= days[0]) & (extra.ordered_at < days[1])]
    result = see(
        contacts=pd.concat([contacts(), more.assign(contact_id="M" + more.contact_id)]),
        orders=pd.concat([orders(), extra.assign(order_id="M" + extra.order_id)]),
        changes=TIMES,
    )
    assert silent(result)


def test_contacts_closed_at_one_instant_withhold_a_time(see):
    frame = contacts()
    swept = (frame.opened_at >= CHANGE) & (frame.opened_at < "2026-03-20") & (frame.index % 3 == 0)
    frame.loc[swept, "resolved_at"] = pd.Timestamp("2026-03-21 02:00")
    said = blocked_by(see(contacts=frame, changes=TIMES), "stamps_agree")
    assert f"{swept.sum()} contacts have their time of resolution at an instant" in said


# Early ends


def test_contacts_that_end_before_other_tables_withhold_what_follows_them(see):
    end = pd.Timestamp("2026-04-18")
    cut = contacts()
    cut["resolved_at"] = cut.opened_at + 6 * (cut.resolved_at - cut.opened_at)
    cut = cut[cut.opened_at < end].copy()
    late = cut.resolved_at >= end
    cut.loc[late, ["resolved_at", "status"]] = [pd.NaT, "open"]
    said = blocked_by(see(contacts=cut, orders=orders(), changes=TIMES), "tables_reach")
    assert "The contacts end on 17 April 2026" in said
    assert "State observed_until: 2026-04-18 in the source" in said


def test_openings_that_end_while_stamps_go_on_were_followed(see):
    every = contacts()
    result = see(contacts=every[every.opened_at < "2026-04-18"], orders=orders(), changes=TIMES)
    (check,) = found(result, "tables_reach")
    assert check.blocks_decision is False
    assert check.finding.endswith("It concerns: Contacts that come back within 7 days.")


# Contradictions


def test_contacts_open_with_the_stamp_of_an_end_withhold_a_time(see):
    frame = contacts()
    again = (frame.opened_at >= CHANGE) & (frame.index % 8 == 0) & (frame.opened_at < "2026-04-16")
    frame.loc[again, "status"] = "open"
    said = blocked_by(see(contacts=frame, changes=TIMES), "stamps_agree")
    assert (
        f"{again.sum():,} contacts are open by their status and have a time of resolution" in said
    )
    assert "(0\u202f% before the change, 12.5\u202f% after)" in said


def test_two_contacts_open_with_a_stamp_are_not_worth_a_word(see):
    frame = contacts()
    frame.loc[[3, 2000], "status"] = "open"
    assert silent(see(contacts=frame, changes=TIMES))


def steps(frame):
    """The opening and the resolution of every contact."""
    first = frame[["contact_id"]].assign(ts=frame.opened_at, stage="created")
    last = frame[["contact_id"]].assign(ts=frame.resolved_at, stage="resolved")
    return pd.concat([first, last]).sort_values(["contact_id", "ts"])


def test_the_first_resolution_taken_for_the_last_withholds_a_time(see):
    frame = contacts()
    events = steps(frame)
    twice = frame[(frame.opened_at >= CHANGE) & (frame.index % 4 == 0)]
    hours = pd.to_timedelta([30], unit="h")[0]
    more = [
        twice[["contact_id"]].assign(ts=twice.resolved_at + hours / 2, stage="reopened"),
        twice[["contact_id"]].assign(ts=twice.resolved_at + hours, stage="resolved"),
    ]
    result = see(contacts=frame, events=pd.concat([events, *more]), changes=TIMES)
    said = blocked_by(result, "stamps_agree")
    assert "were resolved once more after their time of resolution" in said


def test_steps_that_agree_with_the_stamps_are_silent(see):
    frame = contacts()
    assert silent(see(contacts=frame, events=steps(frame), changes=TIMES))


def test_stamps_that_were_the_opening_before_a_day_withhold_a_time(see):
    frame = contacts()
    old = frame.opened_at < CHANGE
    frame.loc[old, "resolved_at"] = frame.opened_at[old]
    said = blocked_by(see(contacts=frame, changes=TIMES), "recorded_alike")
    assert "100\u202f% in the weeks before" in said


# Not recorded


def test_a_guardrail_whose_column_is_empty_from_the_change_on_cannot_be_had(see):
    frame = contacts().assign(handle_seconds=600.0)
    frame["first_response_at"] = frame.opened_at + pd.Timedelta(minutes=20)
    after = frame.opened_at >= CHANGE
    frame.loc[after, "first_response_at"] = pd.NaT
    frame.loc[after, "handle_seconds"] = 0.0
    guards = {"first_response_minutes": 5, "handle_minutes": 1}
    measure = {"primary_metric": "resolution_hours", "horizon_days": 7, "guardrails": guards}
    result = see(contacts=frame, changes={"measure": measure})
    words = [c.finding for c in found(result, "guardrail_available")]
    assert words == [
        "'first_response_minutes' is not available because first_response_at is not recorded after the change.",
        "'handle_minutes' is not available because handle_seconds is not recorded after the change.",
    ]
    assert not {g.metric for g in result.guardrails} & guards.keys()


def test_surveys_of_other_contacts_are_named(see):
    frame = contacts()
    asked = pd.DataFrame({"survey_id": range(500), "contact_id": [f"Z{i}" for i in range(500)]})
    asked["offered_at"] = pd.date_range("2026-01-02", periods=500, freq="4h")
    asked = asked.assign(
        kind="csat", answered_at=asked.offered_at, score=5, scale_min=1, scale_max=5
    )
    measure = {"primary_metric": "resolution_hours", "guardrails": {"csat": 0.1}}
    changes = {"measure": measure, "design__scope": {"team_id": ["T1", "T2", "T3"]}}
    result = see(contacts=frame, surveys=asked, changes=changes)
    (check,) = found(result, "guardrail_available")
    assert "no contact_id of surveys is found among the contacts" in check.finding


def test_a_resolution_without_its_stamp_is_missing_and_not_the_longest_time(see):
    frame = contacts()
    lost = (frame.opened_at >= CHANGE) & (frame.index % 10 == 0)
    frame.loc[lost, "resolved_at"] = pd.NaT
    result = see(contacts=frame, changes=TIMES)
    assert abs(result.effect.effect) < 3


# Customers that are nobody, and spellings


def shared(value, since="2026-01-01", share=7, seed=1):
    frame = contacts(seed=seed)
    frame["customer_id"] = [f"K{i}" for i in range(len(frame))]
    frame.loc[(frame.opened_at >= since) & (frame.index % share == 0), "customer_id"] = value
    return frame


@pytest.mark.parametrize("value", ["anonymous", "\\N", "0", "无", "N/A", "shared@desk.example"])
def test_a_customer_that_is_nobody_brings_no_repeats(see, value):
    result = see(contacts=shared(value, CHANGE), changes=REPEATS)
    assert f"“{value}” (" in found(result, "customers_known")[0].finding
    assert result.effect is None or result.effect.treatment == 0


def test_large_customers_of_a_small_desk_are_customers(see):
    frame = contacts()
    rank = np.arange(1, 61)
    who = np.random.default_rng(4).choice(rank, len(frame), p=1 / rank / (1 / rank).sum())
    frame["customer_id"] = [f"B{i}" for i in who]
    assert found(see(contacts=frame, changes=REPEATS), "customers_known") == []


@pytest.mark.parametrize("other", ["t1", "T1 ", "\u200bT1", "Ｔ1"])
def test_a_scope_that_matches_one_of_two_spellings_is_refused_with_both(see, other):
    frame = contacts()
    frame.loc[(frame.team_id == "T1") & (frame.opened_at >= CHANGE), "team_id"] = other
    with pytest.raises(
        NotAvailable, match=r"design\.scope\.team_id names “T1”, but the contacts have it as"
    ):
        see(contacts=frame, changes={**TIMES, "design__scope": {"team_id": ["T1"]}})


def test_needs_written_in_two_ways_are_named(see):
    frame = contacts()
    frame.loc[(frame.need_code == "late") & (frame.index % 2 == 0), "need_code"] = "Late"
    said = found(see(contacts=frame, changes=REPEATS), "spelt_alike")[0].finding
    assert "“late” (" in said and "“Late” (" in said


def test_a_guardrail_that_counts_a_fifth_of_the_contacts_after_the_change_is_a_doubt(see):
    frame = contacts().assign(handle_seconds=600.0)
    frame.loc[(frame.opened_at >= CHANGE) & (frame.index % 5 > 0), "handle_seconds"] = np.nan
    frame["handle_seconds"] += np.random.default_rng(2).normal(0, 60, len(frame))
    guards = {"handle_minutes": 5}
    measure = {"primary_metric": "resolution_hours", "horizon_days": 7, "guardrails": guards}
    result = see(contacts=frame, changes={"measure": measure})
    said = in_doubt(result, "counted_alike")
    assert said.startswith("It counts 21\u202f% of contacts after the change and 9")


def spread_orders():
    """Orders of many customers, one a minute."""
    frame = orders()
    frame["customer_id"] = [f"K{i % 5000}" for i in range(len(frame))]
    return frame.assign(
        ordered_at=frame.ordered_at + pd.to_timedelta(frame.index % 100, unit="min")
    )


@pytest.mark.parametrize("seconds", [0, 3])
@pytest.mark.parametrize("of", ["contacts", "orders"])
def test_rows_that_are_there_twice_from_a_day_on_withhold_a_rate(see, of, seconds):
    tables = {"contacts": contacts(), "orders": spread_orders()}
    frame, key, called = tables[of], of[:-1] + "_id", of
    stamp = "opened_at" if of == "contacts" else "ordered_at"
    late = frame[frame[stamp] >= CHANGE]
    late = late.assign(**{stamp: late[stamp] + pd.Timedelta(seconds=seconds)})
    tables[of] = pd.concat([frame, late.assign(**{key: "D" + late[key]})])
    said = blocked_by(see(changes=RATES, **tables), "recorded_alike")
    assert f"\u202f% of {called} have the customer and the minute of another, 0\u202f%" in said


HANDLING = {
    "measure": {"primary_metric": "handle_minutes", "usual_guardrails": False},
    "rule": {"min_effect": 1},
}


def handled(seed=6):
    frame = contacts()
    seconds = np.random.default_rng(seed).gamma(4, 150, len(frame)).round()
    return frame.assign(handle_seconds=seconds), frame.opened_at >= CHANGE


@pytest.mark.parametrize("times", [1 / 60, 60, 1000])
def test_handle_times_in_another_unit_are_no_effect(see, times):
    frame, after = handled()
    frame["handle_seconds"] = frame.handle_seconds.where(~after, frame.handle_seconds * times)
    said = blocked_by(
        see(contacts=frame.assign(handle_seconds=frame.handle_seconds.round()), changes=HANDLING),
        "recorded_alike",
    )
    assert "the numbers are in another unit" in said


def test_handle_times_of_nothing_are_not_recorded_unless_a_bot_had_them(see):
    frame, after = handled()
    some = after & (frame.index % 3 == 0)
    frame.loc[some, "handle_seconds"] = 0.0
    said = blocked_by(see(contacts=frame, changes=HANDLING), "recorded_alike")
    assert "of contacts that no bot is known to have handled took no time at all" in said
    frame["handled_by"] = np.where(some, "bot", "human")
    result = see(contacts=frame, changes=HANDLING)
    assert found(result, "recorded_alike")[0].passed


@pytest.mark.parametrize("change", [lambda ids: ids + ".0", lambda ids: " " + ids])
def test_customers_written_in_two_ways_do_not_come_back(see, change):
    frame = contacts()
    odd = (frame.opened_at >= CHANGE) & (frame.index % 2 == 0)
    frame.loc[odd, "customer_id"] = change(frame.customer_id[odd])
    said = blocked_by(see(contacts=frame, changes=REPEATS), "spelt_alike")
    assert "“K" in said

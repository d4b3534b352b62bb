"""Each daily metric on a table small enough to check by eye."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from cs_lib.metrics import DAILY
from cs_lib.metrics.queries import per_day
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params import Scope

HOURS = """
contact_id opened_at resolved_at closed_at status
C1 2026-02-01T00:00 2026-02-01T06:00 2026-02-16T06:00 closed
C2 2026-02-01T12:00 2026-02-02T12:00 - resolved
C3 2026-02-02T00:00 - - open
C4 2026-02-02T00:00 2026-02-20T00:00 - resolved
C5 2026-02-02T00:00 2026-02-02T01:00 - merged
C6 2026-02-02T00:00 2026-02-02T01:00 - spam
C7 2026-02-02T00:00 2026-02-02T01:00 - cancelled
"""


def test_resolution_runs_to_the_resolution_not_to_the_closing_timer(source, by_day):
    source.table("contacts", HOURS)
    assert by_day("resolution_hours")[1] == (6 + 24, 2)


def test_open_and_late_contacts_count_with_the_full_horizon(source, by_day):
    source.table("contacts", HOURS)
    assert by_day("resolution_hours")[2] == (2 * 14 * 24, 2)
    assert by_day("resolution_hours", horizon=30)[2] == (30 * 24 + 18 * 24, 2)


@pytest.mark.parametrize("status", ["merged", "spam", "cancelled"])
def test_contacts_that_are_none_are_left_out_of_every_metric(source, by_day, status):
    source.table(
        "contacts",
        f"""
        contact_id customer_id need_code opened_at first_response_at resolved_at status
        C1 A manual 2026-02-01T00:00 2026-02-01T00:10 2026-02-01T01:00 resolved
        C2 B manual 2026-02-01T00:00 2026-02-01T00:20 2026-02-01T02:00 {status}
        """,
    )
    source.table("orders", "order_id customer_id ordered_at\nO1 A 2026-02-01")
    assert by_day("first_response_minutes") == {1: (10, 1)}
    assert by_day("resolution_hours") == {1: (1, 1)}
    assert by_day("repeat_contact_rate_7d") == {1: (0, 1)}
    assert by_day("contact_rate") == {1: (1_000, 1)}


RESPONSE = """
contact_id opened_at first_response_at status handled_by
C1 2026-02-01T10:00 2026-02-01T10:30 open human
C2 2026-02-01T10:00 2026-02-01T10:00 open -
C3 2026-02-01T10:00 - open mixed
C4 2026-02-01T10:00 2026-02-01T10:01 open bot
"""


def test_first_response_counts_waiting_customers_and_leaves_out_bots_alone(source, by_day):
    source.table("contacts", RESPONSE)
    assert by_day("first_response_minutes") == {1: (30 + 0 + 3 * 1_440, 3)}


def test_reply_after_the_cut_is_no_reply_yet(source, by_day):
    source.table("contacts", RESPONSE.replace("2026-02-01T10:30", "2026-02-05T10:30"))
    early = by_day("first_response_minutes", as_of="2026-02-05", end="2026-02-04")
    assert early == {1: (3 * 1_440 * 2, 3)} and early == by_day("first_response_minutes")


FIRST = """contact_id customer_id need_code opened_at resolved_at status
C1 A manual 2026-02-01 2026-02-01T10:00 closed
"""


@pytest.mark.parametrize(
    ("second", "repeats"),
    [
        ("A manual 2026-02-03T00:00 - open", 1),
        ("A manual 2026-02-08T10:00 - open", 1),
        ("A manual 2026-02-08T10:01 - open", 0),
        ("A manual 2026-02-01T10:00 - open", 0),
        ("A manual 2026-02-01T09:00 - open", 0),
        ("A refund 2026-02-03T00:00 - open", 0),
        ("B manual 2026-02-03T00:00 - open", 0),
        ("- manual 2026-02-03T00:00 - open", 0),
        ("A - 2026-02-03T00:00 - open", 0),
        ("A manual 2026-02-03T00:00 - spam", 0),
        ("A manual 2026-02-03T00:00 - merged", 0),
    ],
    ids=["days later", "last moment", "too late", "same moment", "before", "other need", "other customer",
         "nobody", "no need", "spam", "merged"],
)  # fmt: skip
def test_repeat_is_the_same_customer_with_the_same_need_in_the_window(
    source, by_day, second, repeats
):
    source.table("contacts", f"{FIRST}C2 {second}")
    assert by_day("repeat_contact_rate_7d")[1] == (repeats, 1)


def test_repeat_rate_counts_a_contact_once_however_often_it_comes_back(source, by_day):
    source.table("contacts", FIRST + "C2 A manual 2026-02-02 - open\nC3 A manual 2026-02-03 - open")
    assert by_day("repeat_contact_rate_7d") == {1: (1, 1)}
    assert by_day("repeat_contact_rate_30d") == {1: (1, 1)}


def test_repeat_rate_leaves_out_anonymous_uncoded_and_unresolved_contacts(source, by_day):
    rows = "C2 - manual 2026-02-01 2026-02-01 closed\nC3 A - 2026-02-01 2026-02-01 closed\n"
    source.table("contacts", FIRST + rows + "C4 B manual 2026-02-01 - open")
    assert by_day("repeat_contact_rate_7d") == {1: (0, 1)}


def test_repeat_in_another_team_counts_for_the_team_in_scope(source, by_day):
    text = FIRST.replace("status", "status team_id").replace("closed", "closed T1")
    source.table("contacts", text + "C2 A manual 2026-02-03 - open T2")
    assert by_day("repeat_contact_rate_7d", scope=Scope(team_id=("T1",))) == {1: (1, 1)}


def test_repeat_after_the_cut_is_not_counted_as_none(source, series):
    source.table("contacts", FIRST + "C2 A manual 2026-02-05 - open")
    found = series("repeat_contact_rate_7d", as_of="2026-02-04")
    assert found.numerator.size == found.denominator.size == 0
    assert series("repeat_contact_rate_7d", as_of="2026-02-09").denominator.tolist() == [1]


OWNED = (
    "contact_id opened_at status\nC1 2026-02-01 open\nC2 2026-02-01 open\nC3 2026-02-01 merged\n"
)


@pytest.mark.parametrize(
    ("steps", "value"),
    [
        ("resolved 02-02T10:00, reopened 02-03T10:00", (1, 1)),
        ("resolved 02-02T10:00, reopened 02-16T10:00", (1, 1)),
        ("resolved 02-02T10:00, reopened 02-16T10:01", (0, 1)),
        ("resolved 02-02T10:00, reopened 02-03T10:00, resolved 02-04T10:00, reopened 02-05T10:00", (1, 1)),
        ("closed 02-01T10:00, reopened 02-01T11:00, resolved 02-02T10:00, reopened 02-03T10:00", (1, 1)),
        ("closed 02-01T10:00, reopened 02-01T11:00, resolved 02-02T10:00", (0, 1)),
        ("reopened 02-02T10:00", None),
    ],
    ids=["next day", "last moment", "too late", "twice", "before and after", "only before", "never resolved"],
)  # fmt: skip
def test_reopen_follows_the_first_resolution_within_the_horizon(source, by_day, steps, value):
    source.table("contacts", OWNED)
    rows = [step.split() for step in steps.split(", ")]
    events = "".join(f"C1 2026-{at} {n} {stage}\n" for n, (stage, at) in enumerate(rows))
    source.table("events", f"contact_id ts seq stage\n{events}C3 2026-02-02 1 resolved")
    assert by_day("reopen_rate").get(2) == value


def test_handoffs_count_changes_of_team_not_stations(source, by_day):
    source.table("contacts", OWNED)
    source.table(
        "events",
        """
        contact_id ts seq stage team_id
        C1 2026-02-01T10:00 1 assigned T1
        C1 2026-02-01T10:00 2 transferred T2
        C1 2026-02-01T11:00 3 replied -
        C1 2026-02-01T12:00 4 replied T2
        C1 2026-02-01T13:00 5 transferred T1
        C1 2026-02-20T13:00 6 transferred T3
        C2 2026-02-01T10:00 1 assigned T1
        C3 2026-02-01T10:00 1 assigned T1
        C3 2026-02-01T11:00 2 assigned T2
        """,
    )
    assert by_day("handoffs") == {1: (2, 2)}
    assert by_day("handoffs", horizon=30) == {1: (3, 2)}


def test_contact_rate_dates_contacts_by_contact_and_orders_by_order(source, series):
    source.table(
        "contacts",
        "contact_id opened_at status\nC1 2026-02-01 open\nC2 2026-02-01 open\nC3 2026-02-02 open",
    )
    source.table(
        "orders",
        "order_id customer_id ordered_at cancelled_at\nO1 A 2026-02-01 -\nO2 A 2026-02-01 2026-02-02\n"
        "O3 A 2026-02-03 -\nO4 B 2026-01-31 -",
    )
    found = series("contact_rate", end="2026-02-04")
    assert found.numerator.tolist() == [2_000, 1_000, 0, 0]
    assert found.denominator.tolist() == [2, 0, 1, 0]


SURVEYS = "survey_id kind offered_at answered_at score scale_min scale_max\n"


@pytest.mark.parametrize(
    ("survey", "value"),
    [
        ("csat 2026-02-01 2026-02-02 5 1 5", (1, 1)),
        ("csat 2026-02-01 2026-02-02 4 1 5", (1, 1)),
        ("csat 2026-02-01 2026-02-02 3 1 5", (0, 1)),
        ("csat 2026-02-01 2026-02-02 8 0 10", (1, 1)),
        ("csat 2026-02-01 2026-02-02 7 0 10", (0, 1)),
        ("csat 2026-02-01 2026-02-02 3 1 3", (1, 1)),
        ("csat 2026-02-01 2026-02-08 5 1 5", (1, 1)),
        ("csat 2026-02-01 2026-02-08T00:01 5 1 5", None),
    ],
)
def test_csat_is_the_top_of_the_scale_among_answers_in_time(source, by_day, survey, value):
    source.table("contacts", OWNED)
    source.table("surveys", f"{SURVEYS}S1 {survey}")
    assert by_day("csat").get(1) == value
    assert by_day("csat_response_rate") == {1: (float(value is not None), 1)}


def test_only_csat_surveys_count_and_only_answers_enter_csat(source, by_day):
    source.table("contacts", OWNED)
    answer = "2026-02-01 2026-02-02"
    rows = f"S1 csat {answer} 5 1 5\nS2 csat 2026-02-01 - - 1 5\nS3 nps {answer} 0 0 10"
    source.table("surveys", SURVEYS + rows)
    assert by_day("csat") == {1: (1, 1)} and by_day("csat_response_rate") == {1: (1, 2)}


def test_series_has_every_day_and_ends_before_the_follow_up_does(source, series):
    source.table("contacts", HOURS)
    full = series("resolution_hours", end="2026-02-28")
    assert len(full.days) == 28 and full.denominator.tolist() == [2, 2] + [0] * 26
    cut = series("resolution_hours", as_of="2026-02-20")
    assert str(cut.days[-1]) == "2026-02-05" and cut.denominator.tolist() == [2, 2, 0, 0, 0]
    short = series("resolution_hours", as_of="2026-02-20", horizon=2)
    assert str(short.days[-1]) == "2026-02-17"


@pytest.mark.parametrize(
    ("as_of", "last"), [("2026-03-29", "2026-03-27"), ("2026-03-30", "2026-03-27")]
)
def test_day_whose_last_hour_lacks_follow_up_is_left_off_when_clocks_go_forward(
    source, series, as_of, last
):
    source.table(
        "contacts",
        "contact_id opened_at resolved_at status\nC1 2026-03-28T23:30 2026-03-28T23:40 closed",
    )
    source.settings["timezone"] = "Europe/Rome"
    found = series("resolution_hours", end="2026-04-30", as_of=as_of, horizon=1)
    assert str(found.days[-1]) == last


@pytest.fixture
def random_contacts(source) -> pd.DataFrame:
    """300 contacts of February, a fifth of them still open."""
    rng = np.random.default_rng(3)
    opened = pd.Timestamp("2026-02-01") + pd.to_timedelta(
        rng.integers(0, 28 * 86_400, 300), unit="s"
    )
    took = pd.to_timedelta(rng.lognormal(10.5, 1.8, 300).round(), unit="s")
    frame = pd.DataFrame(
        {"contact_id": range(300), "opened_at": opened, "resolved_at": opened + took}
    )
    frame.loc[rng.random(300) < 0.2, "resolved_at"] = pd.NaT
    frame["status"] = "open"
    source.file("contacts", frame.to_csv(index=False))
    frame["seconds"] = (frame.resolved_at - frame.opened_at).dt.total_seconds()
    return frame


def test_resolution_by_day_agrees_with_pandas(random_contacts, series):
    hours = random_contacts.seconds.fillna(np.inf).clip(upper=14 * 86_400) / 3_600
    expected = hours.groupby(random_contacts.opened_at.dt.date).agg(["sum", "count"])
    found = series("resolution_hours")
    np.testing.assert_allclose(found.numerator, expected["sum"], rtol=1e-12)
    assert found.denominator.tolist() == expected["count"].tolist()


def test_durations_agree_with_pandas(random_contacts, observed):
    period = (pd.Timestamp("2026-02-05").date(), pd.Timestamp("2026-02-20").date())
    desk = observed()
    (found,) = per_day.durations(desk, DAILY["resolution_hours"], periods={"before": period})
    inside = random_contacts[random_contacts.opened_at.dt.date.between(*period)]
    limit = 14 * 86_400
    seconds = (np.ceil(inside.seconds / 60) * 60).clip(upper=limit).fillna(limit)
    expected = (
        pd.DataFrame({"s": seconds, "ended": inside.seconds < limit}).value_counts().sort_index()
    )
    assert found.group == "before" and found.count.sum() == len(inside)
    assert list(zip(found.seconds, found.ended, strict=True)) == list(expected.index)
    assert found.count.tolist() == expected.tolist()


def test_parts_of_a_metric_add_up_to_its_series(source, observed):
    source.table(
        "contacts",
        "contact_id opened_at status channel resolved_at\n"
        "C1 2026-02-01T01:00 resolved chat 2026-02-01T03:00\n"
        "C2 2026-02-01T02:00 resolved phone 2026-02-01T08:00\n"
        "C3 2026-02-03T02:00 resolved - 2026-02-03T03:00\n",
    )
    desk, days = observed(), {"start": date(2026, 2, 1), "end": date(2026, 2, 28)}
    metric = DAILY["resolution_hours"]
    parts = per_day.daily_by(desk, metric, "channel", **days)
    whole = per_day.daily(desk, metric, **days)
    assert sorted(parts) == ["chat", "phone", "unknown"]
    assert parts["phone"].numerator[0] == 6 and parts["unknown"].denominator.sum() == 1
    for side in ("numerator", "denominator"):
        assert (
            sum(getattr(s, side) for s in parts.values()).tolist() == getattr(whole, side).tolist()
        )


BY_TEAM = (
    "contact_id opened_at status team_id\n"
    "C1 2026-02-01T01:00 open T1\n"
    "C2 2026-02-01T02:00 open T1\n"
    "C3 2026-02-02T02:00 open T2\n"
)
ORDERS = (
    "order_id customer_id ordered_at\nO1 A 2026-02-01\nO2 A 2026-02-01\n"
    "O3 B 2026-02-02\nO4 B 2026-02-02\nO5 C 2026-02-02\n"
)


def rates_by_team(desk):
    days = {"start": date(2026, 2, 1), "end": date(2026, 2, 2)}
    found = per_day.daily_by(desk, DAILY["contact_rate"], "team_id", **days)
    return {
        team: (rate.numerator.tolist(), rate.denominator.tolist()) for team, rate in found.items()
    }


def test_a_rate_by_team_has_the_orders_of_the_whole_desk(source, observed):
    source.table("contacts", BY_TEAM)
    source.table("orders", ORDERS)
    whole = {"T1": ([2_000, 0], [2, 3]), "T2": ([0, 1_000], [2, 3])}
    assert rates_by_team(observed()) == whole


def test_a_rate_by_team_has_its_own_orders_where_every_team_is_a_segment_of_exposure(
    source, observed
):
    source.table("contacts", BY_TEAM)
    source.table("orders", ORDERS)
    own = "date segment orders\n2026-02-01 T1 7\n2026-02-02 T1 8\n2026-02-02 T2 2.5\n"
    source.table("exposure", own + "2026-02-01 - 99\n2026-02-03 T1 4\n")
    desk = observed()
    assert rates_by_team(desk) == {"T1": ([2_000, 0], [7, 8]), "T2": ([0, 1_000], [0, 2.5])}


def test_with_a_segment_missing_all_teams_have_the_orders_of_the_whole_desk(source, observed):
    source.table("contacts", BY_TEAM)
    source.table("orders", ORDERS)
    source.table("exposure", "date segment orders\n2026-02-01 T1 7\n2026-02-01 T2 0\n")
    assert rates_by_team(observed())["T1"] == ([2_000, 0], [2, 3])


def test_a_rate_per_order_has_no_parts(source, observed):
    source.table("contacts", "contact_id opened_at status\nC1 2026-02-01 open")
    source.table("orders", "order_id customer_id ordered_at\nO1 A 2026-02-01")
    with pytest.raises(NotAvailable, match="its denominator has no such parts"):
        per_day.daily_by(
            observed(),
            DAILY["contact_rate"],
            "channel",
            start=date(2026, 2, 1),
            end=date(2026, 2, 2),
        )

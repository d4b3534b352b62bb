"""Before/after studies on data that are extreme, broken or absent: a sentence that helps, or a right number."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cs_lib import data, experiment, metrics, params
from cs_lib.data import DataError
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params import BeforeAfter
from tests.perk_pages import csv
from tests.titles import titled

CHANGE, END = "2026-03-02", "2026-04-15"
RATE = {"measure__primary_metric": "contact_rate"}
TEAMS = ["T1", "T2", "T3", "T4", "T5", "T6"]


def contacts(*, days: int = 120, per_day: int = 20, seed: int = 1) -> pd.DataFrame:
    """Contacts from 1 January 2026, opened between 8 and 20 o'clock, nine hours to resolution on average."""
    rng = np.random.default_rng(seed)
    day = np.repeat(np.arange(days), rng.poisson(per_day, days))
    n = len(day)
    opened = pd.Timestamp("2026-01-01") + pd.to_timedelta(
        day * 24 + rng.uniform(8, 20, n), unit="h"
    )
    frame = pd.DataFrame({"contact_id": [f"C{i:05}" for i in range(n)]})
    frame["customer_id"] = [f"K{i}" for i in rng.integers(0, 900, n)]
    frame["opened_at"] = opened.floor("s")
    frame["resolved_at"] = (opened + pd.to_timedelta(rng.exponential(9, n), unit="h")).ceil("s")
    frame["status"] = "resolved"
    frame["team_id"] = rng.choice(TEAMS, n)
    frame["need_code"] = rng.choice(["late", "lost", "broken"], n)
    return frame


def orders(*, days: int = 120, per_day: int = 100) -> pd.DataFrame:
    """The same number of orders every day."""
    i = np.arange(days * per_day)
    stamp = pd.Timestamp("2026-01-01 09:00") + pd.to_timedelta(i // per_day, unit="D")
    frame = pd.DataFrame({"order_id": [f"O{k}" for k in i], "customer_id": "K1"})
    return frame.assign(ordered_at=stamp, amount=10.0)


def settings(**changes: Any) -> dict[str, Any]:
    """A study of these contacts; a dotted key changes one entry of a block."""
    found: dict[str, Any] = {
        "study": "queue",
        "notebook": "before_after",
        "question": "Did it get any better?",
        "as_of": "2026-05-01",
        "source": "tiny",
        "design": {
            "intervention_date": CHANGE,
            "pre_period": ["2026-01-01", "2026-03-01"],
            "post_period": [CHANGE, END],
        },
        "measure": {"primary_metric": "resolution_hours", "horizon_days": 7},
        "rule": {"min_effect": 1},
    }
    for key, value in changes.items():
        block, _, entry = key.partition("__")
        found[block] = {**found[block], entry: value} if entry else value
    return found


def looking(source):
    """What a study of these tables comes to, to be asked with them."""

    def result(zone="UTC", changes=None, **tables: pd.DataFrame):
        source.settings["timezone"] = zone
        source.settings["observed_until"] = "2026-05-01T00:00:00"
        for name, frame in tables.items():
            source.file(name, csv(frame))
        study = BeforeAfter.model_validate(settings(**(changes or {})))
        source.study()
        source.opened.append(data.load(study))
        return experiment.analyze(metrics.gather(source.opened[-1], study), study)

    return result


@pytest.fixture
def see(source):
    """The same for one test."""
    return looking(source)


def said(result, name):
    return next(c for c in result.checks if titled(c) == name)


def withheld(result, verdict):
    """Why there is no effect."""
    assert (result.decision.verdict, result.effect, result.effects()) == (verdict, None, ())
    return result.decision.because


# When


@pytest.mark.parametrize("year", ["2024", "2027"], ids=["before the data", "after the data"])
def test_a_change_outside_the_data_is_named(see, year):
    moved = {
        "as_of": "2027-05-01" if year == "2027" else "2026-05-01",
        "design__intervention_date": f"{year}-03-02",
        "design__pre_period": [f"{year}-01-01", f"{year}-03-01"],
        "design__post_period": [f"{year}-03-02", f"{year}-04-15"],
    }
    because = withheld(see(contacts=contacts(), changes=moved), "invalid")
    assert because == "There is no contact at all in these periods; the data are of other days."


@pytest.mark.parametrize(
    ("kept", "sentence"),
    [
        (("2026-01-01", "2026-02-25"), "after the change: those of these periods are of 1 January to"),
        (("2026-02-20", "2026-05-01"), "before the change: those of these periods are of 20 February"),
    ],
    ids=["ends too early", "begins too late"],
)  # fmt: skip
def test_data_of_one_side_only_say_where_they_lie(see, kept, sentence):
    every = contacts()
    some = every[(every.opened_at >= kept[0]) & (every.opened_at < kept[1])]
    assert sentence in withheld(see(contacts=some), "invalid")


def test_a_pre_period_under_two_weeks_says_how_many_days_are_needed(see):
    short = {"design__pre_period": ["2026-02-20", "2026-03-01"]}
    because = withheld(see(contacts=contacts(), changes=short), "not_enough_data")
    assert because.startswith("10 usable days before and 45 after the change; 14 are needed.")


def test_a_post_period_that_is_not_over_at_the_data_cut_is_a_fault_of_the_settings():
    _, faults = params.check_study(settings(as_of="2026-04-10"), file="x", lines={})
    assert "ends 2026-04-15, but only data before as_of 2026-04-10 count" in str(faults[0])


def test_days_without_follow_up_are_left_off_and_the_number_is_that_of_the_others(see):
    late = {"as_of": "2026-04-16"}
    result = see(contacts=contacts(), changes=late)
    assert "Cases after 8 April 2026 are left out" in said(result, "Every case followed").finding
    assert result.effect.details["n_post"] <= 38
    shorter = {"design__post_period": [CHANGE, "2026-04-08"]}
    assert see(contacts=contacts(), changes=shorter).effect.effect == pytest.approx(
        result.effect.effect
    )


# What


def test_a_constant_series_is_named(see):
    same = contacts()
    same["resolved_at"] = same.opened_at + pd.Timedelta(hours=5)
    because = withheld(see(contacts=same), "not_enough_data")
    assert because == "The series does not vary around the model: nothing to judge by."


def never_resolved(frame, where):
    frame = frame.copy()
    frame.loc[where(frame), ["resolved_at", "status"]] = [pd.NaT, "open"]
    return frame


def test_all_tickets_open_is_named(see):
    with pytest.raises(NotAvailable, match="resolved_at is empty in every contact"):
        see(contacts=never_resolved(contacts(), lambda f: f.index >= 0))


def test_all_tickets_open_but_one_is_no_difference_at_the_horizon(see):
    result = see(contacts=never_resolved(contacts(), lambda f: f.index > 0))
    assert result.decision.verdict == "no_clear_change"
    assert result.effect.treatment == 7 * 24


def test_tickets_that_are_all_open_from_the_change_on_withhold_the_effect(see):
    because = withheld(
        see(contacts=never_resolved(contacts(), lambda f: f.opened_at >= CHANGE)), "invalid"
    )
    assert (
        "100\u202f% of contacts have no time of resolution within 7 days, 0\u202f% in the"
        in because
    )


@pytest.mark.parametrize(
    ("frame", "changes", "key"),
    [
        (contacts(), {"design__scope": {"team_id": ["T99"]}}, "design.scope"),
        (contacts().drop(columns="team_id"), {"design__scope": {"team_id": ["T1"]}}, "design.scope"),
        (contacts(), {"design__teams": {"X1": CHANGE, "X2": None}}, "design.teams"),
        (contacts(), {"design__scope": {"team_id": ["T99"]}, **RATE}, "design.scope"),
    ],
    ids=["no such team", "no such column", "no such teams", "a rate"],
)  # fmt: skip
def test_a_scope_that_matches_nothing_is_named(see, frame, changes, key):
    because = withheld(see(contacts=frame, orders=orders(), changes=changes), "invalid")
    assert because.startswith(f"No contact of these periods matches {key}")


@pytest.mark.parametrize(
    ("teams", "sentence"),
    [
        ({"T1": CHANGE}, "Every team was changed at once, so none is left to compare with."),
        (
            dict.fromkeys(TEAMS, CHANGE),
            "Every team was changed at once, so none is left to compare with.",
        ),
        ({"T1": CHANGE, "T2": None}, "Only 2 teams had cases in every week: too few to tell"),
    ],
    ids=["one team", "every team", "one against one"],
)
def test_too_few_teams_are_named(see, teams, sentence):
    result = see(contacts=contacts(), changes={"design__teams": teams})
    assert sentence in withheld(result, "not_enough_data")


# Days


def test_a_gap_of_a_week_is_missing_and_not_a_week_of_zeros(see):
    every = contacts()
    gap = (every.opened_at >= "2026-02-05") & (every.opened_at < "2026-02-12")
    result = see(contacts=every[~gap])
    whole = see(contacts=every)
    assert result.effect.effect == pytest.approx(whole.effect.effect, abs=1.5)
    assert result.effect.effect_ci_low < 0 < result.effect.effect_ci_high
    by_day = result.change.daily
    assert by_day is not None and by_day.nobs == whole.change.daily.nobs - 7


def test_contacts_delivered_twice_are_refused_by_name(see):
    every = contacts()
    with pytest.raises(DataError, match=r"rows share their key \(contact_id\): 3 cases"):
        see(contacts=pd.concat([every, every.iloc[:3]]))


def test_a_day_delivered_twice_under_new_numbers_leaves_the_mean_and_is_seen_in_the_volume(see):
    every = contacts()
    again = every[every.opened_at.dt.normalize() == "2026-03-10"]
    twice = pd.concat([every, again.assign(contact_id="D" + again.contact_id)])
    alone, doubled = see(contacts=every), see(contacts=twice)
    assert doubled.effect.effect == pytest.approx(alone.effect.effect, abs=0.2)


@pytest.mark.parametrize("offsets", [False, True], ids=["local stamps", "stamps with offsets"])
def test_days_and_times_are_right_over_the_day_that_lacks_an_hour(see, source, offsets):
    rng = np.random.default_rng(5)
    hours = np.arange(100 * 24)
    local = pd.date_range("2026-01-15", periods=100 * 24, freq="h", tz="Europe/Rome")
    took = rng.exponential(np.where(hours >= 46 * 24, 27.0, 24.0)).clip(0.1, 160).round(3)
    frame = pd.DataFrame({"contact_id": hours, "opened_at": local, "status": "resolved"})
    frame["resolved_at"] = local + pd.to_timedelta(took, unit="h")
    if not offsets:
        frame["opened_at"], frame["resolved_at"] = (
            frame[c].dt.tz_localize(None) for c in ("opened_at", "resolved_at")
        )
    periods = {
        "design__pre_period": ["2026-01-15", "2026-03-01"],
        "design__post_period": [CHANGE, "2026-04-20"],
    }
    result = see(zone="Europe/Rome", contacts=frame, changes=periods)
    series = metrics.gather(source.opened[-1], result.study).series["resolution_hours"]
    days = [d.item() for d in series.days]
    by_day = pd.Series(took).groupby(local.date)
    assert series.numerator == pytest.approx(by_day.sum().loc[days].to_numpy())
    assert series.denominator.tolist() == by_day.count().loc[days].tolist()
    assert series.denominator[days.index(date(2026, 3, 29))] == 23
    assert result.effect.effect_ci_low < 3 < result.effect.effect_ci_high


def test_stamps_inside_the_hour_that_comes_twice_are_a_note_and_no_time_runs_backwards(see, source):
    frame = contacts().iloc[:200].copy()
    frame.loc[0, ["opened_at", "resolved_at"]] = [
        pd.Timestamp("2025-10-26 02:50"),  # before the clocks went back
        pd.Timestamp("2025-10-26 02:10"),  # 20 minutes later
    ]
    see(zone="Europe/Rome", contacts=frame)
    desk = source.opened[-1]
    assert any("2025-10-26" in note for note in desk.notes)
    backwards = "SELECT count(*) FROM contacts WHERE resolved_at < opened_at"
    assert desk.engine.rows(backwards) == [(0,)]


# Orders


def test_a_rate_without_orders_is_named(see):
    with pytest.raises(NotAvailable, match="the source 'tiny' has no table orders"):
        see(contacts=contacts(), changes=RATE)


def test_orders_of_one_side_only_say_how_many_days_can_be_used(see):
    before = orders()
    result = see(contacts=contacts(), orders=before[before.ordered_at < CHANGE], changes=RATE)
    assert withheld(result, "not_enough_data").startswith("60 usable days before and 0 after")


def test_days_without_orders_are_missing_and_do_not_move_the_rate(see):
    every = orders()
    closed = every.ordered_at.dt.strftime("%Y-%m-%d").isin(["2026-01-20", "2026-03-20"])
    result = see(contacts=contacts(), orders=every[~closed], changes=RATE)
    whole = see(contacts=contacts(), orders=every, changes=RATE)
    assert np.isfinite(result.effect.effect)
    assert result.change.daily.nobs == whole.change.daily.nobs - 2
    assert result.change.daily.effect == pytest.approx(whole.change.daily.effect, abs=5)
    assert result.change.daily.treatment == pytest.approx(200, abs=10)


def test_a_rate_of_a_rare_kind_is_read_on_the_plain_scale_and_the_placebos_too(see):
    rare = contacts()
    rare.loc[rare.index % 40 == 0, "team_id"] = "R"
    asked = {**RATE, "design__scope": {"team_id": ["R"]}}
    result = see(contacts=rare, orders=orders(), changes=asked)
    assert "log scale" not in str(result.effect.method)
    assert result.effect.effect_ci_low < 0 < result.effect.effect_ci_high
    assert result.found.placebo is not None and np.isfinite(result.found.placebo.effects).all()


def test_contacts_that_vanish_after_the_change_are_a_fall_to_nothing(see):
    every = contacts()
    gone = (every.team_id == "T1") & (every.opened_at >= CHANGE)
    asked = {**RATE, "design__scope": {"team_id": ["T1"]}}
    result = see(contacts=every[~gone], orders=orders(), changes=asked)
    assert result.effect.treatment == 0
    before = ((every.team_id == "T1") & (every.opened_at < CHANGE)).sum() / 60 / 100 * 1000
    assert result.effect.effect_ci_low < -before < result.effect.effect_ci_high < 0


# Recorded in another way from a day on

SAME = "Recorded the same way"


def quarter(frame, since):
    return (frame.opened_at >= since) & (frame.index % 4 == 0)


@pytest.mark.parametrize(
    ("column", "value", "metric", "sentence"),
    [
        ("resolved_at", pd.NaT, "resolution_hours",
         "25\u202f% of resolved contacts have no time of resolution, 0\u202f%"),
        ("status", "spam", "resolution_hours", "25\u202f% of contacts are left out of the metric, 0\u202f%"),
        ("need_code", None, "repeat_contact_rate_7d", "25\u202f% of contacts have no need, 0\u202f%"),
        ("team_id", None, "resolution_hours", "have no team, 0\u202f%"),
    ],
)  # fmt: skip
def test_a_column_filled_less_from_a_day_on_is_a_doubt_with_its_day(
    see, column, value, metric, sentence
):
    frame, since = contacts(), "2026-02-10" if column == "status" else CHANGE
    frame.loc[quarter(frame, since), column] = value
    changes: dict[str, Any] = {"measure": {"primary_metric": metric}}
    if column == "team_id":
        changes["design__scope"] = {"team_id": ["T1", "T2"]}
    check = said(see(contacts=frame, changes=changes), SAME)
    assert (check.passed, check.blocks_decision) == (False, False)
    assert sentence in check.finding
    assert f"From {pd.Timestamp(since).day} {pd.Timestamp(since):%B} 2026 on" in check.finding


def test_times_that_end_where_they_begin_are_a_doubt(see):
    frame = contacts()
    at_once = quarter(frame, CHANGE)
    frame.loc[at_once, "resolved_at"] = frame.opened_at[at_once]
    assert "25\u202f% of contacts have their time of resolution at the moment they were opened" in (
        said(see(contacts=frame), SAME).finding
    )


@pytest.mark.parametrize("zone", ["UTC", "Europe/Rome", "Asia/Shanghai"])
def test_stamps_that_lose_their_time_of_day_are_a_doubt(see, zone):
    frame = contacts()
    dated = frame.opened_at >= CHANGE
    frame.loc[dated, "resolved_at"] = frame.resolved_at[dated].dt.ceil("D")
    found = said(see(zone=zone, contacts=frame), SAME)
    assert (
        "From 2 March 2026 on 100\u202f% of contacts have their time of resolution at midnight"
        in found.finding
    )


def test_codes_that_are_renamed_on_a_day_are_a_doubt(see):
    frame = contacts()
    renamed = (frame.opened_at >= CHANGE) & (frame.need_code == "late")
    frame.loc[renamed, "need_code"] = "delivery_late"
    finding = said(see(contacts=frame), SAME).finding
    assert "delivery_late first appears on 2 March 2026 and late is last seen on 1 March" in finding


def test_a_scope_whose_code_was_renamed_says_so_beside_the_days_that_are_left(see):
    frame = contacts()
    renamed = (frame.opened_at >= CHANGE) & (frame.need_code == "late")
    frame.loc[renamed, "need_code"] = "delivery_late"
    result = see(contacts=frame, changes={"design__scope": {"need_code": ["late"]}})
    assert withheld(result, "invalid").endswith("was it renamed? Then name both.")
    assert "delivery_late first appears on 2 March 2026" in said(result, SAME).finding


def test_a_service_that_got_much_faster_is_not_taken_for_another_recording(see):
    slow = contacts(seed=2)
    took = slow.resolved_at - slow.opened_at
    factor = np.where(slow.opened_at < CHANGE, 20.0, 1.0)
    slow["resolved_at"] = slow.opened_at + pd.to_timedelta(
        took.dt.total_seconds() * factor, unit="s"
    ).dt.ceil("s")
    result = see(contacts=slow)
    assert result.decision.verdict == "improved"
    assert said(result, SAME).passed

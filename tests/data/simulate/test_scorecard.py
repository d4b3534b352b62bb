"""The story about the scorecard: plain counting finds what was planted, quiet desks stay as they are."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest

from cs_lib import params
from cs_lib.data.simulate import STORIES, SimulatedDesk, simulate
from cs_lib.data.simulate.scorecard.plan import DAYS, FIRST_DAY

DAY, WEEK = pd.Timedelta(days=1), pd.Timedelta(days=7)
AHEAD = pd.Timedelta(hours=8)  # of the desk's zone
GONE = ["merged", "spam", "cancelled"]
FIRST_YEAR = 52  # weeks


def desk_of(story: str, *, seed: int = 1, customers: int) -> SimulatedDesk:
    return simulate(seed=seed, customers=customers, start=FIRST_DAY, days=DAYS, plan=STORIES[story])


@pytest.fixture(scope="module")
def desk() -> SimulatedDesk:
    return desk_of("scorecard", customers=24_000)


@pytest.fixture(scope="module")
def quiet() -> SimulatedDesk:
    return desk_of("scorecard_quiet", customers=24_000)


def real(desk: SimulatedDesk) -> pd.DataFrame:
    rows = desk.tables["contacts"]
    return rows[~rows["status"].isin(GONE)]


def of_people(desk: SimulatedDesk) -> pd.DataFrame:
    rows = real(desk)
    return rows[rows["handled_by"] != "bot"]


def problems(desk: SimulatedDesk, days: int) -> tuple[pd.Series, pd.Series]:
    """When each order was placed, and whether a contact about it came within so many days; only orders seen so long."""
    first = real(desk).groupby("order_id")["opened_at"].min()
    orders = desk.tables["orders"]
    orders = orders[orders["ordered_at"] <= desk.observed_until - days * DAY]
    placed = orders["ordered_at"]
    return placed, orders["order_id"].map(first) - placed <= days * DAY


def by_week(desk: SimulatedDesk, stamps: pd.Series, values: pd.Series) -> pd.DataFrame:
    """Mean and size of every whole week, counted backwards from the cut."""
    week = (stamps - (desk.observed_until - DAYS // 7 * WEEK)) // WEEK
    return values.groupby(week).agg(["mean", "size"])


def near(found: pd.Series, expected: float) -> bool:
    return abs(found.mean() - expected) < 4 * found.std() / np.sqrt(len(found))


def follows(found: pd.DataFrame, expected: pd.Series) -> bool:
    """Whether weekly shares scatter around what is expected of them by no more than chance."""
    squares = found["size"] * (found["mean"] - expected) ** 2 / (expected * (1 - expected))
    too_many = float((squares.sum() - len(squares)) / np.sqrt(2 * len(squares)))
    return too_many < 4  # fewer where chances differ within a week


# The desk


@pytest.mark.parametrize("story", ["scorecard", "scorecard_quiet"])
def test_the_same_seed_tells_the_same_story(story):
    first, again, other = (
        hashlib.sha256(
            ("".join(t.to_csv() for t in d.tables.values()) + repr(d.truth)).encode()
        ).digest()
        for d in (desk_of(story, seed=s, customers=400) for s in (1, 1, 2))
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize("name", ["scorecard", "scorecard_quiet"])
def test_a_source_has_the_two_years_of_its_story(name):
    asked = params.load_source(f"demo_{name}").simulate
    assert (asked.story, asked.start.isoformat(), asked.days) == (name, FIRST_DAY, DAYS)


@pytest.mark.parametrize("story", ["usual", "journey"])
def test_other_desks_have_no_such_truth(story):
    assert simulate(customers=400, plan=STORIES[story]).truth.scorecard is None


def test_weeks_of_the_truth_end_at_the_cut_and_count_the_tables(desk):
    weeks = desk.truth.scorecard.weeks
    assert (len(weeks), str(weeks["week"].iloc[0])) == (DAYS // 7, FIRST_DAY)
    orders, contacts = desk.tables["orders"]["ordered_at"], real(desk)["opened_at"]
    assert list(by_week(desk, orders, orders)["size"]) == list(weeks["orders"])
    counted = by_week(desk, contacts, contacts)["size"]
    assert list(counted[:-1]) == list(
        weeks["contacts"][:-1]
    )  # who will withdraw is still open then
    assert str(weeks["week"].iloc[-1] + 7 * pd.Timedelta(days=1).to_pytimedelta()) == str(
        (desk.observed_until + AHEAD).date()
    )


# What is planted


@pytest.mark.parametrize("days", [7, 30])
def test_orders_with_a_problem_fall_as_planted(desk, days):
    truth = desk.truth.scorecard.headline
    placed, hit = problems(desk, days)
    early, late = hit[placed < truth.live_at - 31 * DAY], hit[placed >= truth.live_at]
    before, after = (getattr(truth, f"{side}_{days}d") / 1_000 for side in ("before", "after"))
    fallen = early.mean() - late.mean()
    error = np.sqrt(early.var() / len(early) + late.var() / len(late))
    assert abs(fallen - (before - after)) < 4 * error
    assert before - after > 8 * error


@pytest.mark.parametrize("days", [7, 30])
@pytest.mark.parametrize("story", ["desk", "quiet"])
def test_every_week_has_the_orders_with_a_problem_that_are_expected(request, story, days):
    desk = request.getfixturevalue(story)
    found = by_week(desk, *problems(desk, days))
    found = found[: len(found) - 1]  # the last is half seen
    expected = desk.truth.scorecard.weeks[f"problems_{days}d"][: len(found)] / 1_000
    assert follows(found, expected)
    assert near(
        problems(desk, days)[1] - 0.0, (expected * found["size"]).sum() / found["size"].sum()
    )


def test_one_team_gets_slow_from_its_day_on_and_the_log_does_not_know(desk):
    truth = desk.truth.scorecard.bottleneck
    rows = of_people(desk)
    rows = rows[rows["opened_at"] < desk.observed_until - 21 * DAY]
    mine, after = rows["team_id"] == truth.team_id, rows["opened_at"] >= truth.live_at
    for stamp in ("first_response_at", "resolved_at"):
        hours = np.log((rows[stamp] - rows["opened_at"]).dt.total_seconds() / 3_600)
        cells = [hours[own & when] for own in (mine, ~mine) for when in (after, ~after)]
        means, errors = ([f(c) for c in cells] for f in (np.nanmean, lambda c: c.var() / len(c)))
        grown = means[0] - means[1] - means[2] + means[3]
        assert abs(grown - np.log(truth.factor)) < 4 * np.sqrt(sum(errors))
    assert rows.loc[mine & after, "opened_at"].min() == truth.first_case_at
    assert truth.live_at <= truth.first_case_at < truth.live_at + DAY
    assert mine[after].mean() == pytest.approx(truth.contact_share, rel=0.05)
    log = desk.tables["flow_changes"]
    assert truth.live_at not in set(log["live_at"])
    assert not log["scope"].str.contains(truth.team_id).any()


def within(desk: SimulatedDesk, name: str) -> tuple[pd.Series, pd.Series]:
    """Contacts a target is about, but those not yet due at the cut: when they came, and whether they were in time."""
    target = desk.truth.scorecard.service_level(name)
    first = target.measure == "first_response"
    rows = of_people(desk) if first else real(desk)
    limit = target.hours * DAY / 24
    rows = rows[rows["opened_at"] <= desk.observed_until - limit]
    stamp = rows["first_response_at" if first else "resolved_at"]
    return rows["opened_at"], stamp - rows["opened_at"] <= limit


@pytest.mark.parametrize("story", ["desk", "quiet"])
def test_service_levels_are_as_expected_and_turn_out_as_planted(request, story):
    desk = request.getfixturevalue(story)
    for truth in desk.truth.scorecard.service_levels:
        opened, hit = within(desk, truth.name)
        slow = desk.truth.scorecard.bottleneck
        after = opened >= slow.live_at if slow else opened < opened.min()
        assert near(hit[~after] - 0.0, truth.before)
        if slow:
            assert near(hit[after] - 0.0, truth.after)
        found = by_week(desk, opened, hit)
        assert follows(found, desk.truth.scorecard.weeks[truth.name][: len(found)])
        learnt = found["mean"][:FIRST_YEAR]
        spread = 3 * learnt.diff().abs().mean() / 1.128
        limits = learnt.mean() - spread, learnt.mean() + spread
        turned = "fails" if truth.goal > limits[1] else "hit_and_miss"
        assert truth.assurance == ("passes" if truth.goal < limits[0] else turned)


def hours(rows: pd.DataFrame, stamp: str) -> pd.Series:
    return (rows[stamp] - rows["opened_at"]).dt.total_seconds() / 3_600


def bought_again(desk: SimulatedDesk) -> tuple[pd.Series, pd.Series]:
    """When each contact of a known customer was resolved, and whether an order came within 30 days."""
    rows = real(desk).dropna(subset=["resolved_at", "customer_id"]).sort_values("resolved_at")
    orders = desk.tables["orders"][["customer_id", "ordered_at"]].sort_values("ordered_at")
    found = pd.merge_asof(
        rows,
        orders,
        left_on="resolved_at",
        right_on="ordered_at",
        by="customer_id",
        direction="forward",
        allow_exact_matches=False,
    )
    return found["resolved_at"], found["ordered_at"] - found["resolved_at"] <= 30 * DAY


def weekly_series(desk: SimulatedDesk) -> dict[str, pd.Series]:
    """What nothing should move, by week."""
    people, rows, tables = of_people(desk), real(desk), desk.tables
    csat = tables["surveys"]
    csat = csat[(csat["kind"] == "csat") & csat["answered_at"].notna()]
    cases = {
        "problems_30d": problems(desk, 30),
        "first_response": (people["opened_at"], np.log(hours(people, "first_response_at"))),
        "resolution": (rows["opened_at"], np.log(hours(rows, "resolved_at"))),
        "csat": (csat["offered_at"], csat["score"] >= 4),
        "bought_again": bought_again(desk),
    }
    ordered, opened = tables["orders"]["ordered_at"], rows["opened_at"]
    active = tables["exposure"].groupby("date")["active_users"].sum()
    days = pd.Series(active.index - AHEAD, index=active.index)
    return {
        "orders": np.log(by_week(desk, ordered, ordered)["size"]),
        "contacts": np.log(by_week(desk, opened, opened)["size"]),
        "active": np.log(by_week(desk, days, active)["mean"]),
        **{name: by_week(desk, *case)["mean"] for name, case in cases.items()},
    }


def test_a_quiet_desk_is_in_its_second_year_what_it_was_in_its_first(quiet):
    """Week by week of the same season; the last weeks are not over for everything."""
    for name, weeks in weekly_series(quiet).items():
        grown = (weeks - weeks.shift(FIRST_YEAR)).loc[FIRST_YEAR : 2 * FIRST_YEAR - 6]
        assert grown.notna().all()
        assert abs(grown.mean()) < 4 * grown.std() / np.sqrt(len(grown)), name


def test_every_row_of_a_scorecard_has_data_in_every_four_weeks_to_watch(desk):
    tables, cut = desk.tables, desk.observed_until
    surveys, perks = tables["surveys"], tables["perk_assignments"]
    nps = surveys[(surveys["kind"] == "nps") & surveys["answered_at"].notna()]
    given = perks[perks["perk_kind"].isin(["coupon", "discount"])]
    calls = tables["events"][tables["events"]["stage"] == "follow_up"]
    referred = tables["customers"]["first_seen_at"][tables["customers"]["referred_by"].notna()]
    for stamps, least in (
        (nps["offered_at"], 20),
        (given["delivered_at"], 50),
        (tables["perk_redemptions"]["redeemed_at"], 10),
        (calls["ts"], 100),
        (tables["contacts"]["follow_up_due_at"], 100),
        (referred, 20),
    ):
        period = (stamps - (cut - FIRST_YEAR * WEEK)) // (4 * WEEK)
        counts = period[
            period.between(0, 11)
        ].value_counts()  # the last is not over for all of them
        assert len(counts) == 12
        assert counts.min() >= least

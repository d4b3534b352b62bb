"""Desks with a story of their own: what it adds, what it leaves alone, and that the data show its truth."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pandas as pd
import pytest

from cs_lib.data.simulate import STORIES, SimulatedDesk, simulate
from cs_lib.data.simulate.columns import DAY
from cs_lib.params.source import Simulate

HOURS_72 = pd.Timedelta(hours=72)


@pytest.fixture(scope="module")
def usual() -> SimulatedDesk:
    return simulate()


@pytest.fixture(scope="module")
def assistant() -> SimulatedDesk:
    return simulate(customers=50_000, plan=STORIES["assistant_that_deflects"])


@pytest.fixture(scope="module")
def rollout() -> SimulatedDesk:
    return simulate(customers=50_000, plan=STORIES["rollout_in_waves"])


def test_settings_know_every_story():
    assert get_args(Simulate.model_fields["story"].annotation) == tuple(STORIES)


def test_the_usual_story_is_the_desk_without_a_plan(usual):
    told = simulate(plan=STORIES["usual"])
    for name, table in usual.tables.items():
        pd.testing.assert_frame_equal(told.tables[name], table)
    assert usual.truth.assistant is None


@pytest.mark.parametrize("story", [name for name in STORIES if name != "usual"])
def test_a_story_is_alone_in_its_change_log_and_its_stamps_are_in_order(story):
    desk = simulate(customers=6_000, plan=STORIES[story])
    contacts = desk.tables["contacts"]
    assert list(desk.tables["flow_changes"]["change_id"]) == [
        c.change_id for c in STORIES[story].changes
    ]
    for later in ("first_response_at", "resolved_at", "closed_at"):
        assert not (contacts[later] < contacts["opened_at"]).any()
    assert not (contacts["resolved_at"] < contacts["first_response_at"]).any()


def worked(desk: SimulatedDesk, live: pd.Timestamp, *, weeks: int = 6) -> pd.DataFrame:
    """Contacts that count, with `after` told and the weeks around the change and the end left out."""
    rows = desk.tables["contacts"]
    rows = rows[~rows["status"].isin(["merged", "spam"])]
    rows = rows[rows["opened_at"] < desk.observed_until - pd.Timedelta(days=7)]
    since = rows["opened_at"] - live
    rows = rows[(since < pd.Timedelta(0)) | (since >= pd.Timedelta(weeks=weeks))]
    return rows.assign(after=rows["opened_at"] >= live)


@pytest.fixture(scope="module")
def sides(assistant) -> pd.DataFrame:
    return worked(assistant, assistant.truth.change("A01").live_at)


def started(sides: pd.DataFrame) -> pd.DataFrame:
    return sides[sides["handled_by"].isin(["bot", "mixed"])]


def near(share: pd.Series, expected: float) -> bool:
    return abs(share.mean() - expected) < 4 * share.std() / np.sqrt(len(share))


def test_deflection_rises_as_planted(assistant, sides):
    truth, mine = assistant.truth.assistant, started(sides)
    alone = mine["handled_by"] == "bot"
    assert near(alone[~mine["after"]], truth.deflection_before)
    assert near(alone[mine["after"]], truth.deflection_after)
    assert truth.deflection_after > truth.deflection_before + 0.2


def test_containment_falls_as_planted(assistant, sides):
    """A repeat here refers to its parent: buying again and asking by chance the same is left out."""
    truth = assistant.truth.assistant
    mine = started(sides)
    mine = mine[mine["customer_id"].notna() & mine["need_code"].notna()]
    every = assistant.tables["contacts"]
    children = every[~every["status"].isin(["merged", "spam", "cancelled"])]
    first = children.groupby("parent_contact_id")["opened_at"].min()
    wait = mine["contact_id"].map(first) - mine["resolved_at"]
    solved = (mine["handled_by"] == "bot") & mine["resolved_at"].notna() & ~(wait <= HOURS_72)
    assert near(solved[~mine["after"]], truth.containment_before)
    assert near(solved[mine["after"]], truth.containment_after)
    assert truth.containment_after < truth.containment_before - 0.05


def test_contacts_per_1000_orders_rise_as_planted(assistant, sides):
    truth, kept = assistant.truth.assistant, sides[sides["status"] != "cancelled"]
    every = assistant.tables["orders"]["ordered_at"]
    orders = every[: int(np.flatnonzero(every.diff() < pd.Timedelta(0))[0])]  # agents' come last
    live = assistant.truth.change("A01").live_at
    spans = {
        False: (orders.min(), live),
        True: (live + pd.Timedelta(weeks=6), assistant.observed_until - pd.Timedelta(days=7)),
    }
    for after, expected in (
        (False, truth.contacts_per_1000_before),
        (True, truth.contacts_per_1000_after),
    ):
        contacts = int((kept["after"] == after).sum())
        rate = 1_000 * contacts / int(orders.between(*spans[after], inclusive="left").sum())
        assert rate == pytest.approx(expected, rel=0.03)
    assert truth.contacts_per_1000_after > 1.1 * truth.contacts_per_1000_before


def test_customers_who_come_back_from_the_assistant_are_not_deflected_again(assistant, sides):
    late = sides[sides["after"]]
    returned = late[late["parent_contact_id"].notna()]
    able = returned[returned["channel"].isin(["chat", "app", "web"])]
    alone = able["handled_by"] == "bot"
    assert near(alone, assistant.truth.plan.contacts.bot_share)


def test_resolution_shrinks_with_the_weeks_since_a_wave(rollout):
    """Log hours, team and day taken out, against the planted log factor: the slope on it is one."""
    truth, rows = rollout.truth, rollout.tables["contacts"]
    rows = rows[rows["resolved_at"].notna() & (rows["handled_by"] != "bot")]
    rows = rows[rows["opened_at"] < rollout.observed_until - pd.Timedelta(days=30)]
    planted = np.zeros(len(rows))
    for change in truth.changes:
        days = (rows["opened_at"] - change.live_at).dt.total_seconds() / DAY
        mine = rows["team_id"].isin(change.teams).to_numpy()
        planted += mine * np.log([change.resolution_factor_after(d) for d in days])
    hours = np.log((rows["resolved_at"] - rows["opened_at"]).dt.total_seconds() / 3_600)
    day = rows["opened_at"].dt.floor("D")
    design = pd.get_dummies(rows["team_id"], drop_first=True, dtype=float).assign(planted=planted)
    inner = design - design.groupby(day).transform("mean")
    outcome = hours - hours.groupby(day).transform("mean")
    fit, rest, *_ = np.linalg.lstsq(inner.to_numpy(), outcome.to_numpy(), rcond=None)
    cov = np.linalg.inv(inner.T @ inner) * float(rest[0]) / len(rows)
    error = float(np.sqrt(cov[-1, -1]))
    assert error < 0.1
    assert abs(fit[-1] - 1) < 3.5 * error


def test_the_factor_of_a_change_grows_to_its_size():
    wave = simulate(customers=400, plan=STORIES["rollout_in_waves"]).truth.change("R01")
    found = [wave.resolution_factor_after(d) for d in (-1, 0, 84, 168, 300)]
    assert found == pytest.approx([1, 1, 0.45**0.5, 0.45, 0.45])


def test_two_teams_are_never_changed_and_all_do_the_same_work(rollout):
    changed = {team for change in rollout.truth.changes for team in change.teams}
    teams = [t.team_id for t in rollout.truth.plan.teams if t.tier]
    assert sorted(set(teams) - changed) == ["T11", "T12"]
    assert len({t.contact_share for t in rollout.truth.plan.teams if t.tier}) == 1

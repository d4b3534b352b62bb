"""The test that randomised agents: who is in it, what it leaves alone, and what it shows."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cs_lib.aggregates import ClusterSums
from cs_lib.data.simulate import Plan, SimulatedDesk, simulate
from cs_lib.methods.ab.clusters import compare_clusters
from cs_lib.results import Effect

WINDOW = pd.Timedelta(days=60)


@pytest.fixture(scope="module")
def desk() -> SimulatedDesk:
    return simulate()


@pytest.fixture(scope="module")
def without() -> SimulatedDesk:
    """The same desk when the test's window leaves room for nobody."""
    plan = Plan()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # its truth is a mean over no customers
        return simulate(plan=replace(plan, care=replace(plan.care, follow_up_days=365)))


@pytest.fixture(scope="module")
def units(desk: SimulatedDesk) -> pd.DataFrame:
    return with_outcomes(desk)


def of_experiment(desk: SimulatedDesk, experiment_id: str) -> pd.DataFrame:
    rows = desk.tables["perk_assignments"]
    return rows[rows["experiment_id"] == experiment_id]


def with_outcomes(desk: SimulatedDesk) -> pd.DataFrame:
    """One row per customer of the test: agent, orders and net value in 60 days."""
    tables = desk.tables
    mine = of_experiment(desk, desk.truth.care_by_agent.experiment_id)
    mine = mine.merge(tables["contacts"], on=["contact_id", "customer_id"])
    orders = mine[["assignment_id", "customer_id", "assigned_at"]].merge(tables["orders"])
    after = orders["ordered_at"] - orders["assigned_at"]
    inside = orders[(after > pd.Timedelta(0)) & (after <= WINDOW)].groupby("assignment_id")
    mine = mine.set_index("assignment_id")
    mine["bought"] = mine.index.isin(list(inside.groups)).astype(float)
    mine["margin"] = inside["margin"].sum().reindex(mine.index).fillna(0.0)
    cost = mine["unit_cost"].where(mine["delivered_at"].notna(), 0.0)
    return mine.assign(net=mine["margin"] - cost)


def clustered(units: pd.DataFrame, outcome: str) -> Effect:
    agents = units.groupby(["agent_id", "variant"])[outcome].agg(["size", "sum", "var"])
    agents = agents.reset_index()
    sums = ClusterSums(
        cluster=agents["agent_id"].to_numpy(),
        variant=agents["variant"].to_numpy().astype(np.str_),
        n=agents["size"].to_numpy(),
        total=agents["sum"].to_numpy(),
        within=(agents["var"].fillna(0.0) * (agents["size"] - 1)).to_numpy(),
    )
    return compare_clusters(sums, outcome, control="control", treatment="custom_care")


def welch_error(units: pd.DataFrame, outcome: str) -> float:
    arms = units.groupby("variant")[outcome].agg(["var", "size"])
    return float(np.sqrt((arms["var"] / arms["size"]).sum()))


def test_every_agent_has_one_variant_and_the_halves_are_equal_overall_and_by_team(desk, units):
    agents = units[["agent_id", "variant"]].drop_duplicates().merge(desk.tables["agents"])
    assert not agents["agent_id"].duplicated().any()
    assert len(agents) > 70
    assert (agents["kind"] == "human").all()
    by_team = agents.groupby("team_id")["variant"].value_counts().unstack(fill_value=0)
    assert (by_team["control"] - by_team["custom_care"]).abs().max() <= 1
    halves = agents["variant"].value_counts()
    assert abs(halves["control"] - halves["custom_care"]) <= 1
    assert halves.to_dict() == desk.truth.care_by_agent.agents


def test_nobody_of_the_perk_test_is_in_it_and_everybody_is_in_once(desk, units):
    perks = of_experiment(desk, desk.truth.perks.experiment_id)
    assert not units["customer_id"].isin(perks["customer_id"]).any()
    assert not units["customer_id"].duplicated().any()
    assert len(units) == desk.truth.care_by_agent.customers


def test_assignment_follows_the_resolution_of_a_contact_that_a_human_handled(desk, units):
    wait = units["assigned_at"] - units["resolved_at"]
    assert wait.between(pd.Timedelta(minutes=14), pd.Timedelta(minutes=91)).all()
    assert units["handled_by"].isin(["human", "mixed"]).all()
    assert (units["assigned_at"] + pd.Timedelta(days=70) <= desk.observed_until).all()


def test_care_is_delivered_and_paid_for_as_in_the_perk_test(desk, units):
    known = of_experiment(desk, desk.truth.perks.experiment_id).query("variant == 'custom_care'")
    care, control = (units[units["variant"] == v] for v in ("custom_care", "control"))
    assert set(care["perk_kind"]) == {"custom_care"}
    assert set(control["perk_kind"]) == {"none"}
    assert set(care["unit_cost"]) == set(known["unit_cost"])
    assert care["delivered_at"].notna().mean() == pytest.approx(0.97, abs=0.015)
    assert control["delivered_at"].isna().all()
    assert not desk.tables["perk_redemptions"]["assignment_id"].isin(units.index).any()


def test_no_other_row_of_any_table_changes_with_the_test(desk, without):
    for name, table in without.tables.items():
        if name != "exposure":
            pd.testing.assert_frame_equal(desk.tables[name].head(len(table)), table)
    longer = {n for n, t in without.tables.items() if len(desk.tables[n]) > len(t)}
    assert longer == {"orders", "perk_assignments"}


def test_added_orders_are_of_customers_of_the_test_within_60_days(desk, without, units):
    added = desk.tables["orders"].iloc[len(without.tables["orders"]) :]
    rows = added.merge(units, on="customer_id")
    after = rows["ordered_at"] - rows["assigned_at"]
    assert len(rows) == len(added) > 1_000
    assert ((after > pd.Timedelta(0)) & (after <= WINDOW)).all()
    assert not desk.tables["contacts"]["order_id"].isin(added["order_id"]).any()


def test_exposure_changes_only_on_days_and_segments_with_an_added_order(desk, without):
    now, before = (d.tables["exposure"].set_index(["date", "segment"]) for d in (desk, without))
    moved = now["orders"] - before["orders"]
    active = now["active_users"] - before["active_users"]
    assert moved.sum() == len(desk.tables["orders"]) - len(without.tables["orders"])
    assert (moved == 0).sum() > 100
    assert (active[moved == 0] == 0).all()
    assert ((active >= 0) & (active <= moved)).all()


def test_the_same_seed_gives_the_same_test():
    first, again, other = (
        simulate(seed=s, customers=600).tables["perk_assignments"].to_csv() for s in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_clustered_errors_recover_what_was_planted(desk, units):
    truth = desk.truth.care_by_agent
    bought, net = clustered(units, "bought"), clustered(units, "net")
    assert abs(bought.effect - truth.repurchase_60d_effect) < 3 * bought.se
    assert abs(net.effect - truth.net_value_60d) < 3 * net.se
    assert abs(bought.control - truth.repurchase_60d["control"]) < 3 * bought.se


@pytest.mark.parametrize("outcome", ["bought", "net"])
def test_customers_of_one_agent_are_so_alike_that_plain_errors_are_far_too_small(units, outcome):
    effect = clustered(units, outcome)
    assert effect.details["design_effect"] > 1.5
    assert welch_error(units, outcome) < 0.8 * effect.se


def test_planted_values_hold_on_average_over_seeds():
    """The effect and the level, which depends on who is left once the perk test has its customers."""
    effects, levels = zip(*(scores(simulate(seed=seed)) for seed in range(30, 36)), strict=True)
    assert abs(np.sum(effects)) / np.sqrt(len(effects)) < 3
    assert abs(np.sum(levels)) / np.sqrt(len(levels)) < 3


def scores(desk: SimulatedDesk) -> tuple[float, float]:
    truth, found = desk.truth.care_by_agent, clustered(with_outcomes(desk), "bought")
    level = (found.control + found.treatment - sum(truth.repurchase_60d.values())) / 2
    return (found.effect - truth.repurchase_60d_effect) / found.se, level / (found.se / 2)

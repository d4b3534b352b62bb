"""The simulated desk: clean tables, and data that agree with the planted truth."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cs_lib.data.simulate import SimulatedDesk, simulate
from cs_lib.data.simulate.columns import SCHEMA

KEYS = {
    "contacts": ["contact_id"],
    "events": ["contact_id", "ts", "seq"],
    "surveys": ["survey_id"],
    "customers": ["customer_id"],
    "orders": ["order_id"],
    "exposure": ["date", "segment"],
    "perk_assignments": ["assignment_id"],
    "perk_redemptions": ["assignment_id", "redeemed_at"],
    "flow_changes": ["change_id"],
    "agents": ["agent_id"],
    "teams": ["team_id"],
    "calendars": ["calendar_id", "weekday"],
}
REFERENCES = [
    ("contacts", "customer_id", "customers", "customer_id"),
    ("contacts", "order_id", "orders", "order_id"),
    ("contacts", "team_id", "teams", "team_id"),
    ("contacts", "agent_id", "agents", "agent_id"),
    ("contacts", "merged_into", "contacts", "contact_id"),
    ("contacts", "parent_contact_id", "contacts", "contact_id"),
    ("events", "contact_id", "contacts", "contact_id"),
    ("events", "team_id", "teams", "team_id"),
    ("events", "agent_id", "agents", "agent_id"),
    ("surveys", "contact_id", "contacts", "contact_id"),
    ("surveys", "customer_id", "customers", "customer_id"),
    ("customers", "referred_by", "customers", "customer_id"),
    ("orders", "customer_id", "customers", "customer_id"),
    ("perk_assignments", "customer_id", "customers", "customer_id"),
    ("perk_assignments", "contact_id", "contacts", "contact_id"),
    ("perk_redemptions", "assignment_id", "perk_assignments", "assignment_id"),
    ("perk_redemptions", "order_id", "orders", "order_id"),
    ("agents", "team_id", "teams", "team_id"),
    ("teams", "calendar_id", "calendars", "calendar_id"),
]
# Dates somebody planned; they may lie after the cut.
PLANS = {"promised_at", "expires_at", "follow_up_due_at"}
LOCAL = pd.Timedelta(hours=8)


@pytest.fixture(scope="module")
def desk() -> SimulatedDesk:
    return simulate()


@pytest.fixture(scope="module")
def contacts(desk: SimulatedDesk) -> pd.DataFrame:
    """Contacts with durations in hours."""
    frame = desk.tables["contacts"].copy()
    frame["resolution"] = hours(frame["resolved_at"] - frame["opened_at"])
    frame["response"] = hours(frame["first_response_at"] - frame["opened_at"])
    return frame


@pytest.fixture(scope="module")
def units(desk: SimulatedDesk) -> pd.DataFrame:
    """The perk test, one row per customer: orders and net value in 60 days."""
    assigned = of_experiment(desk, desk.truth.perks.experiment_id)
    orders = assigned.merge(desk.tables["orders"], on="customer_id")
    after = orders["ordered_at"] - orders["assigned_at"]
    orders = orders[(after > pd.Timedelta(0)) & (after <= pd.Timedelta(days=60))]
    totals = orders.groupby("assignment_id").agg(
        orders=("order_id", "size"), margin=("margin", "sum")
    )
    used = desk.tables["perk_redemptions"].groupby("assignment_id")["discount_amount"].sum()
    frame = assigned.set_index("assignment_id").join(totals).join(used)
    frame[["orders", "margin", "discount_amount"]] = frame[
        ["orders", "margin", "discount_amount"]
    ].fillna(0.0)
    cost = frame["unit_cost"].where(frame["delivered_at"].notna(), 0.0)
    frame["net"] = frame["margin"] - frame["discount_amount"] - cost
    return frame


def of_experiment(desk: SimulatedDesk, experiment_id: str) -> pd.DataFrame:
    rows = desk.tables["perk_assignments"]
    return rows[rows["experiment_id"] == experiment_id]


def hours(durations: pd.Series) -> pd.Series:
    return durations.dt.total_seconds() / 3600


def digest(desk: SimulatedDesk) -> str:
    text = "".join(table.to_csv() for table in desk.tables.values()) + repr(desk.truth)
    return hashlib.sha256(text.encode()).hexdigest()


def share_z(hits: int, size: int, expected: float) -> float:
    return float((hits / size - expected) / np.sqrt(expected * (1 - expected) / size))


def test_simulate_gives_the_same_bytes_for_the_same_seed_only():
    first, again, other = (digest(simulate(seed=s, customers=400)) for s in (1, 1, 2))
    assert first == again
    assert first != other


def test_simulate_refuses_a_period_too_short_for_its_studies():
    with pytest.raises(ValueError, match="days >= 180"):
        simulate(days=90)


def test_simulate_keeps_its_rates_when_the_number_of_customers_changes(desk, contacts):
    small = simulate(seed=3, customers=3_000).tables
    rate = len(small["contacts"]) / len(small["orders"])
    assert rate == pytest.approx(len(contacts) / len(desk.tables["orders"]), rel=0.08)
    assert len(small["orders"]) / 3_000 == pytest.approx(4, rel=0.1)


def test_simulate_has_every_table_with_columns_in_canonical_order(desk):
    """`codings` belong to the stories about needs and causes, promised calls to those of the journey."""
    assert {name: list(table) for name, table in desk.tables.items()} == {
        name: [c for c in columns if c != "follow_up_due_at"]
        for name, columns in SCHEMA.items()
        if name != "codings"
    }


@pytest.mark.parametrize("table", KEYS)
def test_keys_are_unique_and_complete(desk, table):
    keys = desk.tables[table][KEYS[table]]
    assert not keys.isna().any(axis=None)
    assert not keys.duplicated().any()


@pytest.mark.parametrize(("table", "column", "target", "key"), REFERENCES)
def test_references_resolve(desk, table, column, target, key):
    values = desk.tables[table][column].dropna()
    assert len(values)
    assert values.isin(desk.tables[target][key]).all()


def test_nothing_observed_lies_after_the_cut(desk):
    for name, table in desk.tables.items():
        stamps = table.select_dtypes("datetime").drop(columns=PLANS, errors="ignore")
        assert not (stamps >= desk.observed_until).any(axis=None), name


def test_durations_are_never_negative(desk, contacts):
    for later in ("first_response_at", "resolved_at", "closed_at"):
        assert not (contacts[later] < contacts["opened_at"]).any()
    assert not (contacts["resolved_at"] < contacts["first_response_at"]).any()
    assert not (contacts["closed_at"] < contacts["resolved_at"]).any()
    assert not (contacts["handle_seconds"] < 0).any()
    surveys, orders = desk.tables["surveys"], desk.tables["orders"]
    assert not (surveys["answered_at"] < surveys["offered_at"]).any()
    assert not (orders["delivered_at"] < orders["ordered_at"]).any()


def test_statuses_agree_with_stamps(contacts):
    resolved, closed = contacts["resolved_at"].notna(), contacts["closed_at"].notna()
    status = contacts["status"]
    assert (resolved == status.isin(["resolved", "closed"])).all()
    assert (closed == status.isin(["closed", "merged", "spam", "cancelled"])).all()
    assert (contacts["merged_into"].notna() == (status == "merged")).all()
    waiting = (status == "new") & (contacts["handled_by"] != "bot")
    assert contacts.loc[waiting, "agent_id"].isna().all()
    assert contacts.loc[status == "open", "agent_id"].notna().all()


def test_open_contacts_exist_at_the_cut(contacts):
    still_open = contacts["status"].isin(["new", "open", "waiting_customer", "waiting_third_party"])
    assert 20 < still_open.sum() < 300


def test_late_share_is_near_the_plan(desk):
    orders = desk.tables["orders"]
    delivered = orders[orders["delivered_at"].notna()]
    late = int((delivered["delivered_at"] > delivered["promised_at"]).sum())
    assert abs(share_z(late, len(delivered), desk.truth.orders.late_share)) < 4


def test_contacts_per_1000_orders_are_in_the_usual_range(desk, contacts):
    assert 180 < 1_000 * len(contacts) / len(desk.tables["orders"]) < 250


def test_events_carry_the_stamps_of_their_contacts(desk, contacts):
    events = desk.tables["events"].merge(contacts, on="contact_id", suffixes=("", "_resolver"))
    human = (events["stage"] == "replied") & (events["actor"] == "agent") & events["is_public"]
    first = events[human].groupby("contact_id")["ts"].min()
    last = events[events["stage"] == "resolved"].groupby("contact_id")["ts"].max()
    known = contacts.set_index("contact_id")
    expected = known["first_response_at"].dropna()
    pd.testing.assert_series_equal(first, expected.sort_index(), check_names=False)
    resolved = known["resolved_at"].dropna().sort_index()
    pd.testing.assert_series_equal(last.loc[resolved.index], resolved, check_names=False)


def test_events_of_contacts_open_again_end_with_a_reopening(desk, contacts):
    events = desk.tables["events"]
    unresolved = contacts.loc[contacts["resolved_at"].isna(), "contact_id"]
    steps = events[events["contact_id"].isin(unresolved)]
    steps = steps[steps["stage"].isin(["resolved", "reopened"])]
    assert (steps.groupby("contact_id")["stage"].last() == "reopened").all()


def test_events_are_numbered_in_time_and_few_per_contact(desk, contacts):
    events = desk.tables["events"]
    runs = events.groupby("contact_id")
    assert (runs["ts"].diff().dropna() >= pd.Timedelta(0)).all()
    assert (events["seq"] == runs.cumcount() + 1).all()
    assert (runs["stage"].first() == "created").all()
    assert 4 < len(events) / len(contacts) < 7


def test_closing_is_mostly_a_timer(contacts):
    gap = hours(contacts["closed_at"] - contacts["resolved_at"]).dropna()
    assert (gap == 168).mean() == pytest.approx(0.85, abs=0.02)


def test_daily_means_and_orders_are_autocorrelated(desk, contacts):
    human = contacts[contacts["first_response_at"].notna() & contacts["resolved_at"].notna()]
    day = (human["opened_at"] + LOCAL).dt.floor("D")
    assert np.log(human["resolution"]).groupby(day).mean().autocorr(1) > 0.2
    orders = desk.tables["orders"]
    assert orders.groupby((orders["ordered_at"] + LOCAL).dt.floor("D")).size().autocorr(1) > 0.3


def test_exposure_counts_the_orders(desk):
    exposure, orders = desk.tables["exposure"], desk.tables["orders"]
    assert exposure["orders"].sum() == len(orders)
    assert (exposure["active_users"] <= len(desk.tables["customers"])).all()
    buyers = orders.groupby((orders["ordered_at"] + LOCAL).dt.floor("D"))["customer_id"].nunique()
    assert (exposure.groupby("date")["active_users"].sum() >= buyers).all()


def test_repeats_of_the_fixed_need_fall_as_planted(desk, contacts):
    fix = desk.truth.fix
    index = contacts[(contacts["need_code"] == fix.need_code) & contacts["resolved_at"].notna()]
    index = index[index["resolved_at"] < desk.observed_until - pd.Timedelta(days=30)]
    came_back = index["contact_id"].isin(contacts["parent_contact_id"])
    after = index["resolved_at"] >= fix.live_at
    for period, expected in ((~after, fix.repeat_30d_before), (after, fix.repeat_30d_after)):
        assert abs(share_z(int(came_back[period].sum()), int(period.sum()), expected)) < 4
    assert came_back[~after].mean() > 2 * came_back[after].mean()


def test_repeats_counted_by_customer_and_need_add_only_the_chance_repeats(desk, contacts):
    fix = desk.truth.fix
    mine = contacts[contacts["need_code"] == fix.need_code]
    mine = mine[~mine["status"].isin(["merged", "cancelled"])]
    index = mine[mine["resolved_at"] < fix.live_at - pd.Timedelta(days=30)]
    pairs = index.merge(mine, on="customer_id", suffixes=("", "_next"))
    gap = pairs["opened_at_next"] - pairs["resolved_at"]
    hit = pairs[(gap > pd.Timedelta(0)) & (gap <= pd.Timedelta(days=30))]["contact_id"].nunique()
    expected = 1 - (1 - fix.repeat_30d_before) * (1 - fix.chance_repeat_30d_before)
    assert abs(share_z(hit, len(index), expected)) < 4


def test_incidence_of_the_fixed_need_falls_as_planted(desk, contacts):
    fix, orders = desk.truth.fix, desk.tables["orders"]
    bought = orders[(orders["product_id"] == fix.product_id) & orders["delivered_at"].notna()]
    # Orders whose contacts, days after delivery, all fall on one side of the fix.
    before = bought[bought["delivered_at"] < fix.live_at - pd.Timedelta(days=30)]
    late_enough = desk.observed_until - pd.Timedelta(days=30)
    after = bought[bought["delivered_at"].between(fix.live_at, late_enough)]
    roots = contacts[contacts["parent_contact_id"].isna() & (contacts["status"] != "merged")]
    asked = roots.loc[roots["need_code"] == fix.need_code, "order_id"]
    for group, expected in ((before, fix.incidence_before), (after, fix.incidence_after)):
        assert abs(share_z(int(group["order_id"].isin(asked).sum()), len(group), expected)) < 4


@pytest.mark.parametrize("change_id", ["F02", "F04"])
@pytest.mark.parametrize("duration", ["response", "resolution"])
def test_log_time_ratio_of_a_change_is_recovered(desk, contacts, change_id, duration):
    change = desk.truth.change(change_id)
    planted = {
        "response": change.first_response_factor,
        "resolution": change.resolution_factor,
    }[duration]
    estimate, error = log_ratio(desk, contacts, change_id, duration)
    assert error < 0.06
    assert abs(estimate - np.log(planted)) < 3.5 * error


def log_ratio(desk, contacts, change_id: str, duration: str) -> tuple[float, float]:
    """Difference in differences of log durations: team, channel, need and day taken out."""
    change = desk.truth.change(change_id)
    human = contacts[contacts["response"].notna() & contacts["resolution"].notna()]
    human = human[human["opened_at"] < desk.observed_until - pd.Timedelta(days=30)]
    since = human["opened_at"] - change.live_at
    settled = (since < pd.Timedelta(0)) | (since >= pd.Timedelta(days=change.ramp_days))
    human, since = human[settled], since[settled]
    if change_id == "F02":  # the routing change acts later on its own teams
        other = desk.truth.change("F04")
        human = human[~human["team_id"].isin(other.teams)]
        since = since.loc[human.index]
    acted = human["team_id"].isin(change.teams) & (since >= pd.Timedelta(0))
    labels = [human["team_id"], human["channel"], human["need_code"].fillna("none")]
    dummies = [pd.get_dummies(x, drop_first=True, dtype=float).to_numpy() for x in labels]
    design = np.column_stack([acted.to_numpy(dtype=float), *dummies])
    outcome = np.log(human[duration].to_numpy())
    day = (human["opened_at"] + LOCAL).dt.floor("D").to_numpy()
    return first_coefficient(within(design, day), within(outcome[:, None], day)[:, 0])


def within(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    frame = pd.DataFrame(values)
    return (frame - frame.groupby(groups).transform("mean")).to_numpy()


def first_coefficient(design: np.ndarray, outcome: np.ndarray) -> tuple[float, float]:
    coefficients, *_ = np.linalg.lstsq(design, outcome, rcond=None)
    residual = outcome - design @ coefficients
    variance = residual @ residual / (len(outcome) - design.shape[1] - 365)
    return float(coefficients[0]), float(np.sqrt(variance * np.linalg.inv(design.T @ design)[0, 0]))


def test_channel_mix_moves_as_planted(desk, contacts):
    mix = desk.truth.mix_shift
    worked = contacts[~contacts["status"].isin(["merged", "spam"])]
    after = worked["opened_at"] >= mix.live_at
    for period, expected in ((~after, mix.before["chat"]), (after, mix.after["chat"])):
        chat = int((worked.loc[period, "channel"] == "chat").sum())
        assert abs(share_z(chat, int(period.sum()), expected)) < 4


def test_one_assignment_per_customer_and_experiment(desk):
    rows = desk.tables["perk_assignments"]
    assert not rows.duplicated(["experiment_id", "customer_id"]).any()


def test_perk_arms_are_equal_and_large(units):
    counts = units["variant"].value_counts()
    assert stats.chisquare(counts).pvalue > 0.001
    assert counts.between(1_100, 1_700).all()


def test_perk_windows_of_90_days_are_all_observed(desk, units):
    assert (units["assigned_at"] + pd.Timedelta(days=90) <= desk.observed_until).all()


@pytest.mark.parametrize("variant", ["control", "coupon", "discount", "custom_care"])
def test_perk_outcomes_are_near_their_expectation(desk, units, variant):
    truth = desk.truth.perks.variant(variant)
    arm = units[units["variant"] == variant]
    assert abs(share_z(int((arm["orders"] > 0).sum()), len(arm), truth.repurchase_60d)) < 4
    net = truth.margin_60d - truth.discount_60d - truth.perk_cost
    assert abs(arm["net"].mean() - net) < 4 * arm["net"].sem()
    redeemed = int((arm["discount_amount"] > 0).sum())
    assert redeemed / len(arm) == pytest.approx(truth.redemption_share, abs=0.05)


def test_perk_truth_holds_on_average_over_seeds():
    scores = [coupon_score(simulate(seed=seed, customers=8_000)) for seed in range(20, 24)]
    assert abs(np.sum(scores) / np.sqrt(len(scores))) < 3.5


def coupon_score(desk: SimulatedDesk) -> float:
    truth = desk.truth.perks.variant("coupon")
    arm = of_experiment(desk, desk.truth.perks.experiment_id).query("variant == 'coupon'")
    orders = arm.merge(desk.tables["orders"], on="customer_id")
    after = orders["ordered_at"] - orders["assigned_at"]
    bought = orders[(after > pd.Timedelta(0)) & (after <= pd.Timedelta(days=60))]
    return share_z(bought["customer_id"].nunique(), len(arm), truth.repurchase_60d)


def test_perks_differ_as_the_demo_needs(desk):
    coupon, discount, care = (
        desk.truth.perks.variant(v) for v in ("coupon", "discount", "custom_care")
    )
    assert coupon.repurchase_60d_expected_z > 3.25  # power above 90 % at 5 %
    assert coupon.net_value_60d_expected_z > 3.25
    assert care.net_value_60d_expected_z < -3.25
    assert abs(discount.net_value_60d_expected_z) < 1


def test_redemptions_lie_within_validity(desk):
    used = desk.tables["perk_redemptions"].merge(
        desk.tables["perk_assignments"], on="assignment_id"
    )
    assert (used["redeemed_at"] > used["delivered_at"]).all()
    assert (used["redeemed_at"] <= used["expires_at"]).all()
    assert set(used["perk_kind"]) == {"coupon", "discount"}
    coupons = used[used["perk_kind"] == "coupon"]
    assert not coupons["assignment_id"].duplicated().any()


def test_broken_split_fails_the_sample_ratio_check(desk):
    truth = desk.truth.broken_split
    rows = of_experiment(desk, truth.experiment_id)
    counts = rows["variant"].value_counts()
    assert len(rows) >= 4_000
    assert stats.chisquare(counts).pvalue < 1e-6
    assert abs(share_z(counts["treatment"], len(rows), truth.expected_treatment_share)) < 4
    kept = rows[rows["stratum"] != truth.lost_stratum]["variant"].value_counts()
    assert stats.chisquare(kept).pvalue > 0.001


def test_survey_response_depends_on_satisfaction(desk, contacts):
    csat = desk.tables["surveys"].query("kind == 'csat'").merge(contacts, on="contact_id")
    orders = desk.tables["orders"]
    late = orders.loc[orders["delivered_at"] > orders["promised_at"], "order_id"]
    unhappy = csat["order_id"].isin(late) | csat["parent_contact_id"].notna()
    answered = csat["answered_at"].notna()
    table = pd.crosstab(unhappy, answered)
    assert answered[unhappy].mean() < answered[~unhappy].mean() - 0.03
    assert stats.chi2_contingency(table).pvalue < 1e-4
    assert csat.loc[unhappy, "score"].mean() < csat.loc[~unhappy, "score"].mean() - 0.5


def test_answered_surveys_alone_carry_a_score_within_scale(desk):
    surveys = desk.tables["surveys"]
    assert (surveys["score"].notna() == surveys["answered_at"].notna()).all()
    scored = surveys[surveys["score"].notna()]
    assert scored["score"].between(scored["scale_min"], scored["scale_max"]).all()

"""Every metric says what it counts; what cannot be computed is refused in words."""

from __future__ import annotations

import dataclasses
import re
from types import SimpleNamespace
from typing import get_args

import pytest

from cs_lib import metrics
from cs_lib.data.contracts import TABLES
from cs_lib.metrics import CATALOGUE, DAILY
from cs_lib.metrics.catalogue import COVARIATES, FAMILIES, PER_CUSTOMER, RATIOS, SURVEYED, WINDOWS
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params import UnknownName
from cs_lib.quantity import Unit
from cs_lib.results import Good
from tests.metrics.conftest import moments

WORDS = ("label", "population", "counted", "censoring", "denominator", "source")


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_metric_says_all_that_its_definition_asks(name):
    metric = CATALOGUE[name]
    assert metric.name == name and re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert all(
        len(getattr(metric, word)) > 3 and "{" not in getattr(metric, word) for word in WORDS
    )
    assert metric.unit in get_args(Unit) and metric.good in get_args(Good)
    assert metric.needs and set(metric.needs) <= set(TABLES)


def test_names_and_labels_are_unique():
    assert len(CATALOGUE) == len(DAILY) + len(PER_CUSTOMER) + len(COVARIATES)
    assert len({metric.label for metric in CATALOGUE.values()}) == len(CATALOGUE)


@pytest.fixture
def without_own(tmp_path, monkeypatch):
    """A project without metrics of its own."""
    monkeypatch.setenv("CS_HOME", str(tmp_path))


@pytest.mark.usefixtures("without_own")
def test_every_family_has_every_window_in_name_label_and_follow_up():
    families = [*FAMILIES, *RATIOS, *SURVEYED]
    assert len(PER_CUSTOMER) == len(families) * len(WINDOWS)
    for name, metric in PER_CUSTOMER.items():
        assert name.endswith(f"_{metric.window_days}d")
        assert f"{metric.window_days} days" in metric.label


@pytest.mark.parametrize("days", [1, 2, 45, 365])
def test_a_window_may_have_any_whole_number_of_days(days):
    for family in (*FAMILIES, *RATIOS, *SURVEYED):
        metric = PER_CUSTOMER[f"{family.name}_{days}d"]
        assert metric is CATALOGUE[metric.name] and metric.name in PER_CUSTOMER
        assert (metric.window_days, metric.name) == (days, f"{family.name}_{days}d")
        assert f"{days} {'day' if days == 1 else 'days'}" in metric.label
        assert "1 days" not in metric.label
    assert "repurchase_45d" not in list(PER_CUSTOMER)  # known, not listed


def test_the_parts_of_a_ratio_have_its_window():
    assert PER_CUSTOMER["order_value_45d"].parts == ("revenue_45d", "orders_45d")


@pytest.mark.parametrize(
    "name", ["repurchase_0d", "repurchase_366d", "repurchase_07d", "repurchase_d"]
)
def test_other_windows_are_none(name):
    assert name not in PER_CUSTOMER and PER_CUSTOMER.get(name) is None
    with pytest.raises(KeyError, match="no metric"):
        CATALOGUE[name]


def test_definitions_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        CATALOGUE["csat"].unit = "count"  # type: ignore[misc]


def test_only_money_made_of_margins_needs_a_price():
    priced = {re.sub(r"_\d+d", "", m.name) for m in CATALOGUE.values() if m.priced}
    assert priced == {"net_value", "margin"}


def problems(notebook, primary, *, guardrails=None, secondary=None, money=None):
    measure = SimpleNamespace(primary_metric=primary, guardrails=guardrails, secondary=secondary)
    return list(metrics.problems(SimpleNamespace(notebook=notebook, measure=measure, money=money)))


def test_known_names_are_no_problem():
    guards = {"csat": 0.1}
    assert (
        problems("before_after", "resolution_hours", guardrails=guards, secondary=("handoffs",))
        == []
    )
    assert problems("perk_ab_test", "net_value_30d", money=SimpleNamespace()) == []


def test_absent_names_are_left_to_the_settings():
    assert problems("before_after", None) == []


@pytest.mark.usefixtures("without_own")
@pytest.mark.parametrize(
    ("notebook", "name", "said"),
    [
        ("before_after", "resolution_hour", "no metric 'resolution_hour'; did you mean 'resolution_hours'?"),
        ("perk_ab_test", "repurchase_400d", "'repurchase_400d': a window has 1 to 365 days"),
        ("perk_ab_test", "repurchse_45d", "no metric 'repurchse_45d'; did you mean 'repurchase_14d'?"),
        ("before_after", "zzz", "no metric 'zzz'"),
        ("perk_ab_test", "net_value_30d", "'net_value_30d' needs the block `money` (margin_rate, window_days)"),
        ("before_after", "revenue_30d", "'revenue_30d' is not a metric of before_after; it can use"
         " first_response_minutes, resolution_hours, repeat_contact_rate_Nd, reopen_rate, handoffs, contact_rate,"
         " csat, csat_response_rate, handle_minutes, cost_per_contact, deflection_rate, resolved_containment,"
         " late_delivery_rate, orders_with_problem_Nd, first_contact_resolution_Nd, followed_up_Nd, promises_kept,"
         " repurchase_after_contact_Nd, referral_rate, promoter_score, promoter_response_rate, perk_redemption"),
    ],
)  # fmt: skip
def test_problem_of_a_name_says_what_there_is_instead(notebook, name, said):
    assert problems(notebook, name) == [("measure.primary_metric", said)]


def test_every_problem_names_its_place():
    found = problems("before_after", "x", guardrails={"y": 1.0}, secondary=("z",))
    assert [key for key, _ in found] == [
        "measure.primary_metric",
        "measure.guardrails.y",
        "measure.secondary",
    ]


CONTACT = "contact_id opened_at status\nC1 2026-02-01 open"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "handoffs",
            "the source 'tiny' has no table events (one row per step in a contact's life)",
        ),
        ("contact_rate", "the source 'tiny' has no table orders (one row per order placed)"),
        ("csat", "the source 'tiny' has no table surveys (one row per survey offered)"),
        ("first_response_minutes", "first_response_at is empty in every contact"),
        ("resolution_hours", "resolved_at is empty in every contact"),
        ("repeat_contact_rate_7d", "need_code is empty in every contact"),
    ],
)
def test_metric_that_cannot_be_had_says_what_is_missing(source, series, name, reason):
    source.table("contacts", CONTACT)
    with pytest.raises(NotAvailable) as caught:
        series(name)
    assert str(caught.value) == f"'{name}' is not available because {reason}."


@pytest.mark.parametrize(
    ("name", "table", "rows", "reason"),
    [
        ("handoffs", "events", "contact_id ts seq stage\nC1 2026-02-01 1 queued",
         "team_id is empty in every event"),
        ("reopen_rate", "events", "contact_id ts seq stage\nC1 2026-02-01 1 closed",
         "no event has the stage resolved"),
        ("csat", "surveys", "survey_id kind offered_at\nS1 csat 2026-02-01",
         "no survey of kind csat has an answer"),
        ("csat_response_rate", "surveys", "survey_id kind offered_at\nS1 nps 2026-02-01",
         "no survey is of kind csat"),
    ],
)  # fmt: skip
def test_metric_whose_table_is_there_without_what_it_counts_says_so(
    source, series, name, table, rows, reason
):
    source.table("contacts", CONTACT)
    source.table(table, rows)
    with pytest.raises(NotAvailable) as caught:
        series(name)
    assert str(caught.value) == f"'{name}' is not available because {reason}."


def test_perk_metric_without_its_table_says_what_is_missing(source, observed, study):
    source.table("contacts", CONTACT)
    with pytest.raises(NotAvailable, match="no table perk_assignments"):
        moments(observed(), study, ["repurchase_30d"])


def test_a_mistyped_metric_is_refused_with_the_nearest_one():
    with pytest.raises(UnknownName) as refused:
        CATALOGUE["resolution_hour"]
    assert str(refused.value) == "no metric 'resolution_hour'; did you mean 'resolution_hours'?"
    assert refused.value._render_traceback_() == [str(refused.value)]
    assert CATALOGUE.get("resolution_hour") is None and "resolution_hour" not in CATALOGUE


def test_the_catalogue_as_a_frame_has_a_row_per_metric():
    frame = CATALOGUE.to_frame()
    assert frame.name.tolist() == list(CATALOGUE)
    assert frame.set_index("name").loc["resolution_hours", "unit"] == "hours"

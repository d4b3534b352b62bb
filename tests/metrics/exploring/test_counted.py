"""Values are counted where the rows are: on tables to check by eye, and against numpy on the demo."""

from dataclasses import replace

import numpy as np
import pytest

from cs_lib import data, params
from cs_lib.metrics.exploring import counted
from cs_lib.metrics.exploring.asked import Asked, metric_of
from cs_lib.metrics.exploring.counted import distribution
from cs_lib.metrics.queries.sql import NotAvailable
from tests.metrics.conftest import perk_study

# Hours to resolution 1, 1, 3 in January and 2, 8 in February; one is not followed long enough to be counted.
CONTACTS = """
contact_id opened_at                 resolved_at                status   channel
a          2026-01-05T08:00:00+00:00 2026-01-05T09:00:00+00:00  resolved phone
b          2026-01-06T08:00:00+00:00 2026-01-06T09:00:00+00:00  resolved phone
c          2026-01-07T08:00:00+00:00 2026-01-07T11:00:00+00:00  resolved chat
d          2026-02-03T08:00:00+00:00 2026-02-03T10:00:00+00:00  resolved -
e          2026-02-04T08:00:00+00:00 2026-02-04T16:00:00+00:00  resolved phone
f          2026-02-27T08:00:00+00:00 2026-02-27T09:00:00+00:00  resolved phone
"""


@pytest.fixture
def asked(source):
    source.table("contacts", CONTACTS)
    return Asked(source.desk())


def seen(found):
    """Values that occur, by group: where their steps begin, and how many."""
    return {
        group: {float(edge): int(n) for edge, n in zip(found.edges, counts, strict=False) if n}
        for group, counts in found.counts.items()
    }


def test_every_followed_case_lies_on_one_step_and_the_mean_is_exact(asked):
    found = distribution(asked, "resolution_hours")
    assert np.allclose(np.diff(found.edges), 0.5) and found.beyond == 0
    assert seen(found) == {"all": {1.0: 2, 2.0: 1, 3.0: 1, 8.0: 1}}
    assert found.means == {"all": 3.0}
    frame = found.to_frame()
    assert list(frame.columns) == ["group", "from", "to", "count"]
    assert frame["count"].sum() == 5 and frame.query("count == 2")["from"].tolist() == [1.0]


def test_a_change_parts_its_periods_and_a_column_its_values(asked, source):
    study = source.study()
    found = distribution(replace(asked, study=study), "resolution_hours")
    assert {g: sum(v.values()) for g, v in seen(found).items()} == {"before": 3, "after": 2}
    assert found.means == {"before": 5 / 3, "after": 5.0}
    by = distribution(replace(asked, by="channel"), "resolution_hours")
    assert {g: sum(v.values()) for g, v in seen(by).items()} == {
        "phone": 3,
        "chat": 1,
        "unknown": 1,
    }


def test_days_that_are_asked_for_bound_what_is_counted(asked):
    found = distribution(replace(asked, start="2026-01-06", end="2026-01-31"), "resolution_hours")
    assert seen(found) == {"all": {1.0: 1, 3.0: 1}}


def test_the_smallest_of_many_groups_are_put_together_last(asked, monkeypatch):
    monkeypatch.setattr(counted, "MOST_GROUPS", 2)
    by = distribution(replace(asked, by="channel"), "resolution_hours")
    assert {g: sum(v.values()) for g, v in seen(by).items()} == {"phone": 3, "all others": 2}
    assert list(by.counts) == ["phone", "all others"]


@pytest.mark.parametrize(
    ("changes", "metric", "said"),
    [
        ({}, "resolution_hour", "no metric 'resolution_hour'; did you mean 'resolution_hours'?"),
        (
            {"by": "chanel"},
            "resolution_hours",
            "no column to split by 'chanel'; did you mean 'channel'?",
        ),
        ({"by": "period"}, "resolution_hours", "no column to split by 'period'"),
    ],
)
def test_a_wrong_name_is_told_with_the_nearest(asked, changes, metric, said):
    with pytest.raises(params.UnknownName) as refused:
        distribution(replace(asked, **changes), metric)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({"start": "2026-13-01"}, "start: no such day in the calendar: 2026-13-01"),
        (
            {"start": "2026-02-01", "end": "2026-01-01"},
            "end: ends (2026-01-01) before it starts (2026-02-01)",
        ),
    ],
)
def test_wrong_days_are_one_sentence(asked, days, said):
    with pytest.raises(params.ParamsError) as refused:
        distribution(replace(asked, **days), "resolution_hours")
    assert [str(one) for one in refused.value.problems] == [said]


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("revenue_60d", "is counted per customer of a test"),
        ("csat", "is not available because the source 'tiny' has no table surveys"),
    ],
)
def test_what_cannot_be_had_says_why(asked, metric, said):
    with pytest.raises(NotAvailable, match=said):
        distribution(asked, metric)
    with pytest.raises(NotAvailable, match=r"No case of 'resolution_hours' lies in these days\."):
        distribution(replace(asked, start="2025-01-01", end="2025-02-01"), "resolution_hours")


PERKS = """
assignment_id experiment_id customer_id variant assigned_at
1             e             u1          control 2026-01-02T00:00:00+00:00
2             e             u2          control 2026-01-02T00:00:00+00:00
3             e             u3          coupon  2026-01-02T00:00:00+00:00
4             e             u4          coupon  2026-01-04T00:00:00+00:00
"""
ORDERS = """
order_id customer_id ordered_at                amount
o1       u1          2026-01-05T00:00:00+00:00 10.50
o2       u1          2026-01-06T00:00:00+00:00 4.50
o3       u3          2026-01-05T00:00:00+00:00 40
o4       u3          2026-02-05T00:00:00+00:00 99
"""


@pytest.fixture
def perk(source):
    source.table("perk_assignments", PERKS)
    source.table("orders", ORDERS)
    return Asked(source.desk(), perk_study())


def test_customers_are_counted_by_variant_in_their_window(perk):
    found = distribution(perk, "revenue_30d")
    assert seen(found) == {"control": {0.0: 1, 14.0: 1}, "coupon": {0.0: 1, 40.0: 1}}
    assert found.means == {"control": 7.5, "coupon": 20.0}


def test_variants_are_not_compared_before_the_planned_number_is_observed(perk):
    early = replace(perk, study=perk.study.change(planned_n=3))
    with pytest.raises(
        NotAvailable,
        match=r"Withheld by variant until 3 customers of each are observed \(2 so far\)",
    ):
        distribution(early, "revenue_30d")
    together = distribution(replace(early, by="segment"), "revenue_30d")
    assert {g: int(n.sum()) for g, n in together.counts.items()} == {"unknown": 4}


def test_a_ratio_has_no_value_of_a_customer(perk):
    with pytest.raises(NotAvailable, match="'order_value_30d' is no value of every customer"):
        distribution(perk, "order_value_30d")


@pytest.fixture(scope="module")
def demo():
    desk = data.load(params.load("faster_routing"))
    yield desk
    desk.close()


def test_steps_and_sums_are_those_of_numpy_and_the_far_ones_lie_on_the_last(demo):
    found = distribution(Asked(demo), "resolution_hours")
    sql = """SELECT (epoch_us(resolved_at) - epoch_us(opened_at)) / 3600e6 AS hours FROM contacts
        WHERE status NOT IN ('merged', 'spam', 'cancelled') AND NOT (status IN ('resolved', 'closed')
        AND resolved_at IS NULL) AND opened_at < TIMESTAMP '2026-06-16 16:00:00'"""
    hours = demo.frame(sql, limit=10**6).hours.fillna(14 * 24).clip(upper=14 * 24).to_numpy()
    inside = np.minimum(hours, found.edges[-1] - 1e-9)
    assert found.counts["all"].tolist() == np.histogram(inside, found.edges)[0].tolist()
    assert found.beyond == int((hours >= found.edges[-1]).sum())
    assert 0 < found.beyond < 0.011 * len(hours)
    assert found.means["all"] == pytest.approx(hours.mean(), rel=1e-12)


def test_values_below_zero_have_steps_too(demo):
    found = distribution(Asked(demo, params.load("three_perks")), "net_value_60d")
    assert found.edges[0] < 0 and 0.0 in found.edges
    assert {g: int(n.sum()) for g, n in found.counts.items()}["control"] == 1274
    assert next(iter(found.counts)) == "control"


def test_nothing_to_know_of_a_covariate():
    with pytest.raises(params.UnknownName):
        metric_of("spent_before_180d")

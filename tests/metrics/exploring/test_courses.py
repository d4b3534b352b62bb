"""A metric over time, and two together, on tables to check by eye."""

from dataclasses import replace

import numpy as np
import pytest

from cs_lib.aggregates import Series
from cs_lib.metrics.exploring.asked import Asked
from cs_lib.metrics.exploring.courses import Tiles, Together, by_week, course, together
from cs_lib.metrics.queries.sql import NotAvailable
from tests.metrics.conftest import perk_study
from tests.metrics.exploring.test_counted import CONTACTS, ORDERS, PERKS

SURVEYS = """
survey_id contact_id kind offered_at                answered_at               score scale_min scale_max
1         a          csat 2026-01-05T10:00:00+00:00 2026-01-05T11:00:00+00:00 5     1         5
2         c          csat 2026-01-07T12:00:00+00:00 2026-01-07T13:00:00+00:00 2     1         5
3         e          csat 2026-02-04T17:00:00+00:00 2026-02-04T18:00:00+00:00 4     1         5
"""


@pytest.fixture
def asked(source):
    source.table("contacts", CONTACTS)
    source.table("surveys", SURVEYS)
    return Asked(source.desk())


def test_few_days_are_shown_one_by_one(asked):
    found = course(replace(asked, end="2026-01-08"), "resolution_hours")
    assert found.each == 1 and found.levels == {"all": 5 / 3}
    frame = found.to_frame()
    assert frame.group.unique().tolist() == ["all"]
    assert frame.value.fillna(-1).tolist() == [1.0, 1.0, 3.0, -1]


def test_many_days_are_put_together_as_whole_weeks():
    days = np.arange(np.datetime64("2026-01-01"), np.datetime64("2026-01-17"))
    weeks = by_week(Series("m", days, np.arange(16.0), np.ones(16)))
    assert weeks.days.astype(str).tolist() == ["2026-01-01", "2026-01-08"]
    assert (weeks.numerator.tolist(), weeks.denominator.tolist()) == ([21.0, 70.0], [7.0, 7.0])


def test_a_column_gives_a_series_for_each_of_its_values(asked):
    found = course(replace(asked, by="channel"), "resolution_hours")
    assert list(found.series) == ["phone", "chat", "unknown"]
    assert found.levels == {"phone": 10 / 3, "chat": 3.0, "unknown": 2.0}


def test_customers_count_on_the_day_of_their_assignment(source):
    source.table("perk_assignments", PERKS)
    source.table("orders", ORDERS)
    found = course(Asked(source.desk(), perk_study()), "revenue_30d")
    frame = found.to_frame()
    assert found.levels == {"control": 7.5, "coupon": 20.0}
    assert frame.query("group == 'coupon'").denominator.tolist() == [1.0, 0.0, 1.0]


def test_two_metrics_have_a_dot_for_each_value_that_has_both(asked):
    found = together(replace(asked, by="channel"), "resolution_hours", "csat")
    assert isinstance(found, Together)
    assert found.to_frame().to_dict("list") == {
        "of": ["chat", "phone"], "group": ["all", "all"],
        "resolution_hours": [3.0, 10 / 3], "csat": [0.0, 1.0],
    }  # fmt: skip


def test_two_metrics_have_a_dot_for_each_whole_week_within_a_period(asked, source):
    found = together(replace(asked, study=source.study()), "resolution_hours", "csat")
    assert found.of.astype(str).tolist() == [
        "2026-01-01"
    ]  # the week of 29 January has the change in it
    assert found.group.tolist() == ["before"]
    assert (found.x.tolist(), found.y.tolist()) == ([5 / 3], [0.5])


def test_two_metrics_of_customers_are_counted_pair_by_pair(source):
    source.table("perk_assignments", PERKS)
    source.table("orders", ORDERS)
    found = together(Asked(source.desk(), perk_study()), "orders_30d", "revenue_30d")
    assert isinstance(found, Tiles)
    there = found.to_frame().query("count > 0")
    assert there.to_numpy().tolist() == [[0.0, 0.0, 2.0], [1.0, 40.0, 1.0], [2.0, 14.0, 1.0]]


def test_a_metric_by_day_and_one_per_customer_have_nothing_in_common(asked):
    with pytest.raises(
        NotAvailable, match="'csat' is counted by day and 'revenue_60d' per customer of a test"
    ):
        together(asked, "csat", "revenue_60d")

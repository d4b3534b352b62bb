"""Public data nobody here wrote: what our sources make of them against values computed elsewhere."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from cs_lib import data, experiment, metrics, params
from cs_lib.metrics import DAILY
from cs_lib.metrics.queries import per_customer, per_day
from tests.metrics.conftest import measured_of, moments

pytestmark = pytest.mark.usefixtures("real_data")


def value(desk, sql):
    return desk.engine.rows(sql)[0][0]


def days(start, end):
    """Days on the wall clock in Italy, as the log was measured; ours are hours of real time."""
    local = "timezone('Europe/Rome', timezone('UTC', {}))"
    return f"(epoch({local.format(end)}) - epoch({local.format(start)})) / 86400"


def opened(study):
    desk = data.load(study)
    yield desk
    desk.close()


@pytest.fixture
def helpdesk(real_data):
    yield from opened(params.load("helpdesk_new_year_2012"))


@pytest.fixture
def hillstrom(real_data):
    yield from opened(params.load("hillstrom_email"))


@pytest.fixture
def olist(real_data):
    study = params.load("helpdesk_new_year_2012")
    yield from opened(study.model_copy(update={"source": "olist", "as_of": date(2018, 10, 23)}))


def test_helpdesk_log_holds_every_event_and_ticket(helpdesk):
    assert helpdesk.rows == {"contacts": 4_580, "events": 21_348} and helpdesk.notes == ()
    local = "timezone('Europe/Rome', timezone('UTC', {}(ts)))"
    sql = f"SELECT CAST({local.format('min')} AS VARCHAR), CAST({local.format('max')} AS VARCHAR) FROM events"
    assert helpdesk.engine.rows(sql) == [("2010-01-13 08:40:25", "2014-01-03 13:20:58")]


def test_helpdesk_log_keeps_its_activities_people_and_products(helpdesk):
    sql = "SELECT raw_stage, count(*) FROM events GROUP BY 1 ORDER BY 2 DESC LIMIT 5"
    assert helpdesk.engine.rows(sql) == [
        ("Take in charge ticket", 5_060),
        ("Resolve ticket", 4_983),
        ("Assign seriousness", 4_938),
        ("Closed", 4_574),
        ("Wait", 1_463),
    ]
    assert value(helpdesk, "SELECT count(DISTINCT agent_id) FROM events") == 22
    assert value(helpdesk, "SELECT count(resolved_at) FROM contacts") == 4_569


def test_helpdesk_durations_are_those_of_the_log(helpdesk):
    spans = f"SELECT {days('min(ts)', 'max(ts)')} AS d FROM events GROUP BY contact_id"
    sql = f"SELECT median(d), quantile_cont(d, 0.9) FROM ({spans})"
    assert helpdesk.engine.rows(sql)[0] == pytest.approx((39.8592, 53.0056), abs=5e-5)
    took = days("opened_at", "resolved_at")
    sql = f"SELECT median({took}), quantile_cont({took}, 0.9) FROM contacts"
    assert helpdesk.engine.rows(sql)[0] == pytest.approx((6.6579, 30.0425), abs=5e-5)


def test_helpdesk_closing_is_a_timer_that_the_metric_does_not_see(helpdesk):
    timer = days("resolved_at", "closed_at")
    sql = f"SELECT quantile_cont({timer}, 0.1), median({timer}) FROM contacts"
    assert helpdesk.engine.rows(sql)[0] == pytest.approx((15.0002, 30.0019), abs=5e-5)
    found = per_day.daily(
        helpdesk,
        DAILY["resolution_hours"],
        start=date(2010, 1, 1),
        end=date(2013, 11, 1),
        horizon=60,
    )
    mean_days = found.numerator.sum() / found.denominator.sum() / 24
    assert 5 < mean_days < 15


def test_helpdesk_handoffs_between_people_are_those_of_the_log(helpdesk):
    before = "lag(agent_id) OVER (PARTITION BY contact_id ORDER BY ts, seq)"
    moves = f"SELECT contact_id, agent_id <> {before} AS moved FROM events"
    sql = f"SELECT count(*) FILTER (WHERE moved) / count(DISTINCT contact_id) FROM ({moves})"
    assert value(helpdesk, sql) == pytest.approx(1.8882, abs=0.001)


ARMS = {
    "womens_email": (21_387, 0.151400, 0.008837, 1.077202),
    "mens_email": (21_307, 0.182757, 0.012531, 1.422617),
    "no_email": (21_306, 0.106167, 0.005726, 0.652789),
}


def test_email_test_gives_the_published_arms_and_outcomes(hillstrom):
    study = params.load("hillstrom_email")
    evidence = metrics.gather(hillstrom, study)
    assert evidence.assigned == {arm: n for arm, (n, *_) in ARMS.items()}
    names = ("visit_14d", "repurchase_14d", "revenue_14d")
    found = moments(hillstrom, study, names)
    for arm, (n, *expected) in ARMS.items():
        mine = [found[name][arm].of(name) for name in names]
        assert [m[0] for m in mine] == [n] * 3
        assert [m[1] for m in mine] == pytest.approx(expected, abs=5e-7)


def test_email_test_arms_spent_alike_before(hillstrom):
    study = params.load("hillstrom_email")
    before = per_customer.before(measured_of(hillstrom, study, [], past=["spent_before_365d"]))
    means = [moments.mean[0] for moments in before.values()]
    assert value(hillstrom, "SELECT count(DISTINCT customer_id) FROM orders") == 64_000
    assert max(means) / min(means) < 1.02 and min(means) > 200


def test_marketplace_holds_every_order_person_and_review(olist):
    assert (olist.rows["orders"], olist.rows["customers"], olist.rows["surveys"]) == (
        8_135,
        8_016,
        8_225,
    )
    assert olist.caveats[0].startswith("A subset that over-represents bad outcomes")
    sql = "SELECT min(CAST(ordered_at AS DATE)), max(CAST(ordered_at AS DATE)) FROM orders"
    (first, last) = olist.engine.rows(sql)[0]
    assert (first.isoformat()[:7], last.isoformat()[:7]) == ("2016-09", "2018-10")


def test_marketplace_orders_are_late_as_published(olist):
    sql = (
        "SELECT count(delivered_at), count(*) FILTER (WHERE delivered_at > promised_at) FROM orders"
    )
    delivered, late = olist.engine.rows(sql)[0]
    assert late == 415 and late / delivered == pytest.approx(0.080271, abs=5e-7)


def test_marketplace_complaints_are_the_orders_with_a_score_of_one_or_two(olist):
    complained = "SELECT DISTINCT order_id FROM contacts WHERE is_complaint"
    share = f"SELECT avg(CASE WHEN order_id IN ({complained}) THEN 1 ELSE 0 END) FROM orders"
    assert value(olist, f"SELECT count(*) FROM ({complained})") == 3_009
    assert value(olist, share) == pytest.approx(0.369883, abs=5e-7)
    assert value(olist, f"{share} WHERE delivered_at > promised_at") == pytest.approx(
        0.568675, abs=5e-7
    )


def orders_of(folder):
    """The published orders as they stand in their file, with days between promise and delivery."""
    stamps = ["order_estimated_delivery_date", "order_delivered_customer_date"]
    rows = pd.read_csv(folder / "olist_orders.csv.gz", parse_dates=stamps)
    promised, delivered = (rows[name] for name in stamps)
    return rows.assign(promised=promised, overdue=(delivered - promised) / pd.Timedelta(days=1))


def test_marketplace_late_deliveries_are_the_published_ones_delivered_within_30_days(
    olist, real_data
):
    """415 of 5,170 are late as published; the metric leaves out what took more than 30 days or was cancelled."""
    rows = orders_of(real_data)
    assert int((rows["overdue"] > 0).sum()) == 415
    kept = rows[(rows["order_status"] != "canceled") & (rows["overdue"] <= 30)]
    followed = kept[kept["promised"] < "2018-09-22"]
    late = DAILY["late_delivery_rate"]
    found = per_day.daily(olist, late, start=date(2016, 9, 1), end=date(2018, 10, 22))
    assert found.denominator.sum() == len(followed) > 5_100
    assert found.numerator.sum() == (followed["overdue"] > 0).sum() > 380


def test_marketplace_months_at_the_edges_are_partial_as_the_page_says(olist):
    sql = "SELECT strftime(ordered_at, '%Y-%m'), count(*) FROM orders GROUP BY 1"
    count = dict(olist.engine.rows(sql))
    assert (count["2016-09"], count["2018-09"], count["2018-10"]) == (3, 16, 4)
    assert "3 orders in September 2016, 16 in September and 4 in October 2018" in olist.caveats[2]


def test_the_strike_of_2018_is_judged_by_weeks_and_no_clear_change(real_data):
    """Before it, parcels had been late more often in December 2017 and March 2018 than after it."""
    study = params.load("olist_strike_2018")
    desk = data.load(study)
    evidence = metrics.gather(desk, study)
    desk.close()
    result = experiment.analyze(evidence, study)
    assert result.decision.verdict == "no_clear_change"
    assert result.effect.effect_ci_low < 0 < result.effect.effect_ci_high
    late = evidence.series["late_delivery_rate"]
    rows = orders_of(real_data)
    rows = rows[(rows["order_status"] != "canceled") & (rows["overdue"] <= 30)]
    after = rows[rows["promised"].between("2018-05-21", "2018-08-12")]
    inside = late.days >= np.datetime64("2018-05-21")
    assert late.denominator[inside].sum() == len(after)
    assert late.numerator[inside].sum() == (after["overdue"] > 0).sum()


def test_marketplace_last_day_is_left_out_when_the_export_ends_before_as_of(real_data):
    study = params.load("helpdesk_new_year_2012")
    for desk in opened(study.model_copy(update={"source": "olist", "as_of": date(2018, 11, 1)})):
        assert desk.observed_until == date(2018, 10, 22) and desk.rows["contacts"] == 3_019
        assert desk.notes[-1].startswith("The data end on 2018-10-22, before as_of 2018-11-01;")


def test_marketplace_answers_take_as_long_as_published(olist):
    hours = "(epoch(answered_at) - epoch(offered_at)) / 3600"
    assert value(olist, f"SELECT median({hours}) FROM surveys") == pytest.approx(38.3225, abs=0.02)
    assert value(olist, "SELECT count(*) FROM surveys WHERE score NOT BETWEEN 1 AND 5") == 0

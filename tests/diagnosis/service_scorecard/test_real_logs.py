"""Public sets whose last month is cut: that is told, and nothing alarms for it."""

from __future__ import annotations

from datetime import date

from cs_lib import data
from cs_lib.diagnosis.service_scorecard.analyze import analyze
from cs_lib.metrics.service_scorecard import gather
from tests.diagnosis.service_scorecard.made import study


def scorecard(source: str, as_of: str, first: str, last: str):
    """What a scorecard of a source comes to, its usual weeks between two days."""
    asked = study(
        source=source,
        as_of=as_of,
        design={"baseline": [first, last], "calendar": None},
        targets={"service_levels": [], "rows": {}},
    )
    desk = data.load(asked)
    try:
        return analyze(gather(desk, asked), asked)
    finally:
        desk.close()


def test_the_help_desk_log_ends_a_month_early_and_is_not_better(real_data):
    result = scorecard("helpdesk_log", "2014-01-01", "2012-03-05", "2013-03-03")
    assert (result.decision.verdict, result.decision.clause) == ("attention", "tables_whole")
    assert not result.alarms
    assert max(row.until for row in result.rows.values()) == date(2013, 11, 24)
    assert "orders" in str(result.evidence.absent["contact_rate"])


def test_the_marketplace_ends_in_thin_weeks_that_have_no_point(real_data):
    result = scorecard("olist", "2018-10-18", "2017-06-05", "2018-05-27")
    failing = {one.code for one in result.checks if one.passed is False}
    assert {"tables_whole", "weeks_fresh"} <= failing
    assert all(row.until <= date(2018, 8, 26) for row in result.rows.values())
    assert not {one.metric for one in result.alarms} - {"orders_with_problem_7d"}

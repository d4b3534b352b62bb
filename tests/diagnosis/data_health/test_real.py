"""Public data nobody here wrote: what their own papers and pages say of them is found, and little else."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import yaml

from tests.diagnosis.data_health.conftest import codes, failing, health_of, health_study, the

pytestmark = pytest.mark.usefixtures("real_data")


def note(result, code):
    return next(f for f in result.findings if f.check.code == code)


def state(result, analysis):
    return next(each for each in result.readiness if each.analysis == analysis)


def test_the_help_desk_log_has_repeats_one_name_that_closes_and_a_timer():
    result = health_of(health_study("helpdesk_log", "2014-01-04"))
    assert codes(result) == {"events_once", "no_single_person", "tables_reach_end"}
    assert the(result, "events_once").count == 127 and result.evidence.log.ties == 130
    person = the(result, "no_single_person")
    assert (person.count, person.among) == (3_719, 4_574)  # 81 % of closings
    timer = note(result, "no_timer")
    assert timer.check.found.facts["days"] == 15.0 and timer.share == pytest.approx(
        0.310, abs=0.0005
    )
    assert note(result, "clock_change").check.found.facts["part"]["count"] == 0
    # The last ticket was opened five weeks before the last event: only tickets that ended are in the log.
    assert the(result, "tables_reach_end").first == date(2013, 11, 29)
    assert state(result, "before_after_duration").usable_to == date(2013, 11, 14)
    assert [state(result, name).state for name in ("perk_ab_test", "containment", "survey")] == [
        "no"
    ] * 3


def test_the_marketplace_has_two_empty_months_and_ends_in_august():
    result = health_of(health_study("olist", "2018-10-23"))
    assert codes(result) == {
        "tables_reach_end",
        "no_silent_days",
        "stamps_have_a_time",
        "keys_found",
        "amounts_there",
    }
    orders = result.evidence.tables["orders"]
    months = {}
    for day, count in zip(orders.days.tolist(), orders.counts.tolist(), strict=True):
        months[day.strftime("%Y-%m")] = months.get(day.strftime("%Y-%m"), 0) + count
    assert [months[m] for m in ("2016-09", "2018-09", "2018-10")] == [3, 16, 4]
    assert months["2016-11"] == 0 and orders.totals["amount"] / orders.rows == pytest.approx(
        0.905, abs=5e-4
    )
    gaps = [
        (f.first, f.last)
        for f in failing(result)
        if f.check.code == "no_silent_days" and f.table == "orders"
    ]
    assert any(first <= date(2016, 11, 1) and last >= date(2016, 12, 31) for first, last in gaps)
    rate = state(result, "before_after_rate")
    assert (
        rate.usable_from.strftime("%Y-%m") == "2017-01"
        and rate.usable_to.strftime("%Y-%m") == "2018-08"
    )


@pytest.fixture
def written(real_data, tmp_path, monkeypatch):
    """The health of a source that a test writes over the public files."""
    (tmp_path / "params" / "sources").mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setenv("CS_HOME", str(tmp_path))

    def look(as_of, **settings):
        source = {"source": "written", "title": "A public set", "folder": "$CS_DATA", **settings}
        path = tmp_path / "params" / "sources" / "written.yaml"
        path.write_text(yaml.safe_dump(source, allow_unicode=True), encoding="utf-8")
        return health_of(health_study("written", as_of))

    return look


def test_the_problem_log_has_no_repeats_and_one_case_that_starts_with_its_end(written):
    result = written(
        "2012-06-01",
        timezone="UTC",
        files={"log": "bpi2013_closed_problems_events.csv.gz"},
        tables={
            "contacts": {
                "query": "SELECT case_id AS contact_id, min(timestamp) AS opened_at, 'closed' AS status FROM log"
                " GROUP BY 1"
            },
            "events": {
                "query": "SELECT case_id AS contact_id, timestamp AS ts, row_number() OVER (PARTITION BY case_id"
                " ORDER BY timestamp, rowid) AS seq,"
                " CASE WHEN status = 'Completed' THEN 'closed' ELSE 'in_progress' END AS stage,"
                " status || '/' || sub_status AS raw_stage, resource AS agent_id FROM log"
            },
        },
    )
    log = result.evidence.log
    assert (log.rows, log.cases, log.repeats) == (6_660, 1_487, 0)
    assert log.against["starts_with_end"] == 1
    assert "events_once" not in codes(result) and "events_agree" not in codes(result)


def test_the_citizens_messages_have_strays_before_2019_and_two_thin_weeks_at_the_end(written):
    result = written(
        "2020-01-27",
        timezone="Asia/Shanghai",
        files={"messages": "zh_citizen_messages.csv.gz"},
        tables={
            "contacts": {
                "query": "SELECT message_id AS contact_id, user_id AS customer_id, created_at AS opened_at,"
                " 'closed' AS status, topic AS subject FROM messages"
            }
        },
    )
    contacts = result.evidence.tables["contacts"]
    assert contacts.counts[contacts.days < np.datetime64("2019-01-01")].sum() == 4
    strays = the(result, "no_silent_days")
    assert strays.first == date(2017, 6, 8) and abs((strays.last - date(2018, 12, 31)).days) <= 7
    end = the(result, "tables_reach_end")
    assert end.table == "contacts" and end.last == date(2020, 1, 26)
    # Spring Festival and the National Day may be holidays: there is no table and no year beside to tell.
    quiet = [
        f for f in result.findings if f.check.code == "no_silent_days" and f.check.passed is None
    ]
    assert [f.first.strftime("%Y-%m") for f in quiet] == ["2019-02", "2019-10"]
    assert state(result, "before_after_rate").state == "no"
    needs = state(result, "needs")
    assert (needs.usable_from.year, needs.usable_to.strftime("%Y-%m")) == (2019, "2020-01")

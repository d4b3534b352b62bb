"""The query that is shown of a metric gives the numbers that the analyses read: by day, and of customers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cs_lib import data
from cs_lib.metrics import DAILY, PER_CUSTOMER
from cs_lib.metrics.catalogue import DAILY_BUILT_IN, FAMILIES, RATIOS
from cs_lib.metrics.definition import RatioMetric
from cs_lib.metrics.queries import per_day
from cs_lib.metrics.queries.written import lacking, query_of
from tests.metrics.own.conftest import LARGE, QUICK
from tests.metrics.own.test_truth import of_perks, study_of  # noqa: F401
from tests.metrics.test_exact import Odd, odd_study
from tests.metrics.test_exact_perks import evidence

FIRST = date(2026, 3, 29)


def test_by_day(source, own):
    own(QUICK)
    source.settings["timezone"] = "Europe/Berlin"
    Odd("written", FIRST).put_into(source)
    source.opened.append(desk := data.load(odd_study(source, FIRST)))
    there = [name for name in [*DAILY_BUILT_IN, "quick"] if not lacking(desk, name)]
    assert len(there) >= 16
    for name in there:
        query = query_of(desk, name)
        if ";" in query:  # of several steps, whose tables are gone
            assert query.count("CREATE TEMP TABLE") >= 1 and "SELECT" in query.split(";")[-1]
            continue
        metric = DAILY[name]
        days = {"start": FIRST - timedelta(days=40), "end": FIRST + timedelta(days=60)}
        found = per_day.daily(desk, metric, **days)
        shown = {day: (total, n) for day, total, n in desk.engine.rows(query) if n}
        theirs = zip(found.days.tolist(), found.numerator, found.denominator, strict=True)
        told = {day: (total, n) for day, total, n in theirs if total or (n and not metric.per)}
        assert len(told) > 10
        shown = {day: shown[day] for day in told}
        if metric.per:
            shown = {day: (total, told[day][1]) for day, (total, _) in shown.items()}
        assert shown == told


@pytest.mark.usefixtures("of_perks")
def test_of_customers(source, own):
    own(LARGE)
    names = [f"{one.name}_30d" for one in (*FAMILIES, *RATIOS)] + ["large_order_30d"]
    found = evidence(
        source, study_of(measure__secondary=[n for n in names if n != "repurchase_30d"])
    )
    desk = source.opened[-1]
    assert not found.absent
    for name in names:
        rows = [row for row in desk.engine.rows(query_of(desk, name)) if row[0] == "e"]
        metric = PER_CUSTOMER[name]
        parts = metric.parts if isinstance(metric, RatioMetric) else (name,)
        scales = (metric.scale, 1.0) if isinstance(metric, RatioMetric) else (1.0,)
        for _, variant, n, *totals in rows:
            moments = found.moments[name][variant]
            assert n == moments.n and len(totals) == len(parts)
            for part, scale, total in zip(parts, scales, totals, strict=True):
                mean = moments.mean[moments.names.index(part)]
                assert float(total) == pytest.approx(scale * n * mean, rel=1e-9, abs=1e-9)
        assert {row[1] for row in rows} == set(found.moments[name])


def test_what_a_source_has_not_got(source, own):
    own(LARGE)
    source.table("contacts", "contact_id opened_at status\nK1 2026-02-27 open")
    desk = source.desk()
    said = [str(one) for one in lacking(desk, "large_order_30d")]
    assert [one.split(" (")[0] for one in said] == [
        "the source 'tiny' has no table perk_assignments",
        "the source 'tiny' has no table orders",
    ]
    assert [str(one) for one in lacking(desk, "resolution_hours")] == [
        "resolved_at is empty in every contact"
    ]
    assert lacking(desk, "contacts_before_30d")[0]

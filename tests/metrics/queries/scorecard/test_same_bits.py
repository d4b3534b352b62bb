"""All counts of the scorecard are the same on any number of threads."""

from __future__ import annotations

from datetime import date

from cs_lib.data.engines import duckdb
from cs_lib.methods.monitoring.drivers import split_drivers
from cs_lib.metrics.queries.scorecard.backlog import backlog
from cs_lib.metrics.queries.scorecard.customers import problem_customers
from cs_lib.metrics.queries.scorecard.drivers import driver_counts
from tests.metrics.queries.scorecard.conftest import SIMULATED

DAYS = date(2025, 10, 1), date(2026, 6, 30)


def test_counts_are_the_same_on_one_and_on_two_threads(source, observed, monkeypatch):
    source.settings = SIMULATED | {"simulate": {"seed": 3, "customers": 1_000, "story": "usual"}}
    told = set()
    for threads in (1, 2):
        monkeypatch.setattr(duckdb, "usual_threads", lambda _, n=threads: n)
        desk = observed("2026-07-01")
        counts = backlog(desk, *DAYS), problem_customers(desk, *DAYS)
        drivers = driver_counts(desk, DAYS[1])
        frames = "".join(one.to_frame().to_csv() for one in (*counts, *drivers))
        told.add(repr((*counts, *drivers, split_drivers(*drivers))) + frames)
    assert len(told) == 1

"""Exact sums, bounded groups and metrics nobody foresaw, on tables small enough to check by eye."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from cs_lib.data.engines.base import EngineError
from cs_lib.metrics import DAILY
from cs_lib.metrics.queries import cases, per_day
from cs_lib.metrics.queries.tables import Window
from cs_lib.params import Scope

FEBRUARY = {"start": date(2026, 2, 1), "end": date(2026, 2, 28)}
COSTED = """
contact_id opened_at resolved_at status agent_id handle_seconds
K1 2026-02-01T08:00 2026-02-01T09:00 resolved A1 40000000.01
K2 2026-02-01T08:00 2026-02-01T10:00 resolved A1 40000000.02
"""


def costs(source, observed, cost):
    source.table("contacts", COSTED)
    source.table("agents", f"agent_id cost_per_hour\nA1 {cost}\n")
    return per_day.daily(observed(), DAILY["cost_per_contact"], **FEBRUARY).numerator[0]


def test_a_product_beyond_64_bits_is_exact(source, observed):
    whole = (4_000_000_001 + 4_000_000_002) * 12_345_678_912  # in hundredths of both
    assert whole > 2**64
    assert costs(source, observed, "123456789.12") == whole / (3_600 * 100 * 100)


def test_a_sum_beyond_all_bits_is_refused_and_never_wraps(source, observed):
    source.table("contacts", COSTED)
    huge = replace(DAILY["handle_minutes"], value=str(3 * 10**28))
    with pytest.raises(EngineError, match=r"[Oo]verflow|[Oo]ut of [Rr]ange"):
        per_day.daily(observed(), huge, **FEBRUARY)


OPENED = "contact_id opened_at resolved_at closed_at status need_code product_id\n"


def test_a_metric_of_ones_own_is_an_entry_and_no_query(source, observed):
    rows = ("resolved late P1", "closed - P1", "spam late P1", "resolved lost -")
    stamps = "2026-02-01T08:00 2026-02-01T09:00 2026-02-03T09:00"
    source.table("contacts", OPENED + "\n".join(f"K{i} {stamps} {r}" for i, r in enumerate(rows)))
    lingering = replace(
        DAILY["resolution_hours"],
        name="days_until_closed",
        time="c.closed_at",
        value="CASE WHEN c.product_id IS NOT NULL THEN c.closed_at - c.resolved_at END",
        each=86_400_000_000,
        duration=None,
    )
    found = per_day.daily(observed(), lingering, **FEBRUARY)
    assert (found.numerator[2], found.denominator[2]) == (4.0, 2.0)
    assert found.numerator.sum() == 4.0
    parts = per_day.daily_by(observed(), lingering, "need_code", **FEBRUARY)
    assert {name: part.denominator.sum() for name, part in parts.items()} == {
        "late": 1,
        "unknown": 1,
    }


def test_a_metric_of_ones_own_may_ask_for_repeats_and_moves(source, observed):
    source.table(
        "contacts",
        "contact_id customer_id need_code opened_at resolved_at closed_at status team_id\n"
        "K1 C1 late 2026-01-01T08:00 2026-01-02T08:00 2026-02-02T08:00 closed T2\n"
        "K2 C1 late 2026-01-03T08:00 - - open T3\n",
    )
    source.table(
        "events",
        "contact_id ts seq stage team_id\nK1 2026-01-01T09:00 1 assigned T1\nK1 2026-01-01T10:00 2 assigned T2\n"
        "K1 2026-02-03T10:00 3 resolved T2\n",
    )
    both = replace(
        DAILY["handoffs"],
        time="c.closed_at",
        value="CASE WHEN AGAIN(2) AND NOT AGAIN(0) THEN 10 + MOVES(1) ELSE 0 END",
    )
    # It was opened, moved and repeated before the window, by contacts of another team.
    found = per_day.daily(observed(), both, scope=Scope(team_id=("T2",)), **FEBRUARY)
    assert (found.numerator[1], found.denominator[1]) == (11.0, 1.0)
    resolved = replace(both, time="c.first_resolved", value="CASE WHEN AGAIN(2) THEN 1 ELSE 0 END")
    assert per_day.daily(observed(), resolved, **FEBRUARY).numerator[2] == 1.0


def test_of_very_many_values_the_rarest_are_one(source, observed):
    codes = [f"N{i:03}" for i in range(300)] + ["N007", "N008"]
    source.table(
        "contacts",
        OPENED
        + "\n".join(f"K{i} 2026-02-01T08:00 - - open {n} -" for i, n in enumerate(codes))
        + "\nK 2026-02-01T08:00 2026-02-01T09:00 - resolved N007 -",
    )
    metric = DAILY["resolution_hours"]
    parts = per_day.daily_by(observed(), metric, "need_code", **FEBRUARY)
    whole = per_day.daily(observed(), metric, **FEBRUARY)
    assert len(parts) == cases.MOST_PARTS
    assert parts["N007"].denominator.sum() == 3 and parts["N008"].denominator.sum() == 2
    assert parts[cases.REST].denominator.sum() == 300 - (cases.MOST_PARTS - 1)
    assert sum(part.numerator.sum() for part in parts.values()) == pytest.approx(
        whole.numerator.sum(), rel=1e-12
    )


def test_nothing_of_the_pass_is_left_in_the_engine(source, observed):
    source.table("contacts", COSTED)
    desk = observed()
    tables = "SELECT table_name FROM information_schema.tables ORDER BY 1"
    before = desk.engine.rows(tables)
    with pytest.raises(EngineError), cases.opened(desk, Window(**FEBRUARY), []) as found:
        found.volume()
        desk.engine.run("SELECT 1 / no_such_column")
    assert desk.engine.rows(tables) == before

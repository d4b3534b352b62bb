"""A source's health made by hand: three tables, contacts cut short, one column switched on half way."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np

from cs_lib import params
from cs_lib.diagnosis.data_health.result import Finding, HealthResult, Readiness
from cs_lib.metrics.data_health import HealthEvidence
from cs_lib.metrics.queries.health.by_day import TableDays
from cs_lib.metrics.queries.health.gaps import Gaps
from cs_lib.metrics.queries.health.joins import Join
from cs_lib.metrics.queries.health.offered import Offered
from cs_lib.metrics.queries.health.values_found import Label, Labels
from cs_lib.params.data_health import ANALYSES
from cs_lib.results import Check, Decision
from cs_lib.sentences import say

FIRST, LAST = np.datetime64("2026-01-05"), np.datetime64("2026-03-29")  # twelve weeks from a Monday
DAYS = np.arange(FIRST, LAST + 1)
FULL = np.full(len(DAYS), 40, dtype=np.int64)


def settings(**changes: Any) -> dict[str, Any]:
    """The settings of such a study."""
    return {
        "study": "health",
        "notebook": "data_health",
        "question": "What can this source answer today?",
        "as_of": "2026-03-30",
        "source": "demo",
        **changes,
    }


def study(**changes: Any) -> params.Study:
    """The same, checked."""
    found, problems = params.check_study(settings(**changes), file="x", lines={})
    assert found is not None, problems
    return found


def contacts() -> TableDays:
    """Forty a day, four on each of the last ten; teams named from the seventh week on."""
    counts = FULL.copy()
    counts[-10:] = 4
    late = np.where(np.arange(len(DAYS)) >= 42, counts, 0)
    return TableDays(
        "contacts",
        int(counts.sum()),
        DAYS,
        counts,
        {"contact_id": counts, "team_id": late, "resolved_at": counts // 2},
        {"resolved_at": counts // 4},
        {},
        {"contact_id": int(counts.sum()), "team_id": int(late.sum()), "resolved_at": 0},
        date(2026, 3, 1),
    )


def orders() -> TableDays:
    """A hundred a day, none on two days."""
    counts = np.full(len(DAYS), 100, dtype=np.int64)
    counts[[20, 21]] = 0
    return TableDays("orders", int(counts.sum()), DAYS, counts, {"order_id": counts})


def evidence() -> HealthEvidence:
    """What the tables hold."""
    return HealthEvidence(
        tables={
            "contacts": contacts(),
            "orders": orders(),
            "customers": TableDays("customers", 900, DAYS[:0], FULL[:0]),
        },
        absent={},
        joins=(Join("contacts", "order_id", "orders", "order_id", True, 200, 150, 20, 10, orphans=("O9",)),),
        labels=(
            Labels(
                "contacts",
                "issue",
                (
                    Label("late", 900, date(2026, 1, 5), date(2026, 3, 29)),
                    Label("Late ", 40, date(2026, 2, 1), date(2026, 2, 20)),
                    Label("defect", 300, date(2026, 3, 1), date(2026, 3, 29)),
                ),
                (
                    (
                        Label("late", 900, date(2026, 1, 5), date(2026, 3, 29)),
                        Label("Late ", 40, date(2026, 2, 1), date(2026, 2, 20)),
                    ),
                ),
            ),
        ),
        holders=(),
        gaps=(
            Gaps("contacts", "resolved_at", "closed_at", 100, 3, 5, np.array([12, 3600]), np.array([10, 60])),
        ),
        bursts=(),
        log=None,
        surveys=(Offered("csat", DAYS, FULL, FULL // 4, 5.0, 20.0, 2),),
        observed_until=date(2026, 3, 30),
        currency="CNY",
        zone="Asia/Shanghai",
    )  # fmt: skip


def findings() -> tuple[Finding, ...]:
    """Contacts cut short, tables that join badly, and one check that passed."""
    return (
        Finding(
            Check(
                "tables_reach_end",
                False,
                say("From 20 March on a tenth of the contacts is there."),
                True,
            ),
            "contacts",
            (),
            10,
            84,
            date(2026, 3, 20),
            date(2026, 3, 29),
            "2026-03-20",
            say("Every rate of the last ten days is too low."),
            say("Export contacts up to the last day."),
            ("before_after_rate", "recurrence"),
            ("scorecard",),
        ),
        Finding(
            Check("one_assignment", False, say("Forty orders are not to be found.")),
            "contacts",
            ("order_id",),
            20,
            200,
            example="O9",
            costs=say("One contact in ten has no order."),
            fix=say("Export orders from December on."),
            limits=("needs",),
        ),
        Finding(Check("every_case_followed", True, say("All of them.")), "contacts", among=2_960),
    )


def readiness() -> tuple[Readiness, ...]:
    """Two that can be done, two in part, the others not; one that nobody asked for."""
    first, last = date(2026, 1, 5), date(2026, 3, 19)
    state = {"before_after_duration": "yes", "survey": "yes", "needs": "half", "scorecard": "half"}
    return tuple(
        Readiness(
            name,
            state.get(name, "no"),  # type: ignore[arg-type]
            name != "journey",
            () if state.get(name) == "yes" else (say("the last ten days are cut short"),),
            () if state.get(name) else ("orders", "contacts.order_id"),
            first if state.get(name) else None,
            last if state.get(name) else None,
            "" if state.get(name) == "yes" else say("Export contacts up to the last day."),
        )
        for name in ANALYSES
    )


def health(**changes: Any) -> HealthResult:
    """The result of all that."""
    found = findings()
    known = {
        "study": study(),
        "metrics": {},
        "currency": "CNY",
        "findings": found,
        "decision": Decision(
            "unfit",
            say("Two of eight kinds of study can be done as asked."),
            say("Export contacts up to the last day."),
            "unfit",
            say("Two of eight kinds of study can be done"),
        ),
        "readiness": readiness(),
        "observed_until": date(2026, 3, 30),
        "fix_first": found[0],
        "evidence": evidence(),
        **changes,
    }
    return HealthResult(**known)


INSTANT = datetime(2026, 3, 1, 12)

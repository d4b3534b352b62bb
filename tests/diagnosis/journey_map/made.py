"""Evidence of a journey made by hand: what a source would have to hold for the page to say something."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from cs_lib.metrics.journey_map import JourneyEvidence
from cs_lib.metrics.queries.journey.durations import PhaseTime, Span
from cs_lib.metrics.queries.journey.handoffs import Handoffs
from cs_lib.metrics.queries.journey.log import LogFacts
from cs_lib.metrics.queries.journey.over_time import Feature, SlowAndFast, WeeklyWait
from cs_lib.metrics.queries.journey.pains import Pain, PainCell, PainSize
from cs_lib.metrics.queries.journey.ways import Edge, Step, Variant, Ways
from cs_lib.params import JourneyMap

HOUR = 3_600_000_000
LOG = LogFacts(
    contacts=4000, with_steps=4000, strangers=0, events=20_000, ties=0, unordered=0, repeated=0, early=0,
    unfinished=100, other=0, teams=15_000, agents=12_000, actors=20_000, double=0, promised=400, asked_back=300,
    public=(6000, 6000),
)  # fmt: skip


def phase(name: str, cases: int, median: float | None, answered: int = 600) -> PhaseTime:
    micros = None if median is None else round(median * HOUR)
    return PhaseTime(
        name, cases, round(0.9 * cases), micros, micros and 4 * micros, (micros or 0) * cases, 0, 0, None, None,
        2 * answered, answered, round(0.8 * answered),
    )  # fmt: skip


def cells(
    pain: Pain, hit: tuple[int, int], others: tuple[int, int], needs: int = 4
) -> list[PainCell]:
    """Answers and satisfied ones of each need, the same in all of them."""
    return [
        PainCell(pain, f"need_{i}", 2, side, 3 * n, 2 * n, n, good)
        for i in range(needs)
        for side, (n, good) in ((True, hit), (False, others))
    ]


def size(pain: Pain, hit: int, **more: Any) -> PainSize:
    facts: dict[str, Any] = {
        "possible": 4000, "hit": hit, "customers": hit, "threshold": None, "by_target": False, "median": 5 * HOUR,
        "teams": {"T1": hit}, "owners": {"product": hit}, "back": (hit, hit // 5, 3000, 300),
    }  # fmt: skip
    return PainSize(pain, **(facts | more))


def evidence(**changes: Any) -> JourneyEvidence:
    """A log in good order with one clear pain, chasing, and one that is none."""
    weeks = np.arange("2026-01-05", "2026-06-29", 7, dtype="datetime64[D]")
    ones = np.full(len(weeks), 10 * HOUR)
    made = JourneyEvidence(
        start=date(2026, 1, 1),
        end=date(2026, 6, 30),
        log=LOG,
        ways=Ways(
            (
                Step("created", "created", "asks", 4000, 4000, 4000, 0, 0, 0, 0, 0),
                Step("public reply", "replied", "work", 6000, 3900, 0, 100, 1200, 80, 700, 300),
                Step("solved", "resolved", "solved", 4200, 3900, 0, 3900, 200, 0, 150, 50),
            ),
            (Edge("created", "public reply", 3900, 3900, 3900 * HOUR), Edge("public reply", "solved", 3900, 3900, HOUR)),
            (Variant(("created", "public reply", "solved"), 3000), Variant(("created", "solved"), 500)),
            4000, 20_000, 40, 12, 3,
        ),
        spans=(
            Span("answer", "waiting_on_us", "created", "product", 4000, 4000 * 5 * HOUR, None),
            Span("work", "in_hand", "public reply", "product", 3900, 3900 * 9 * HOUR, None),
            Span("others", "customer", "pending", "unknown", 800, 800 * 20 * HOUR, None),
            Span("solved", "nobody", "solved", "product", 3900, 3900 * 160 * HOUR, None),
        ),
        phases=(
            phase("asks", 4000, None),
            phase("answer", 4000, 5),
            phase("work", 3900, 9),
            phase("others", 800, 20),
            phase("solved", 3900, None),
        ),
        timer=None,
        worked=None,
        pains=(size("chased", 900), size("handed_on_twice", 300, median=2)),
        cells=(*cells("chased", (150, 90), (400, 340)), *cells("handed_on_twice", (50, 42), (450, 380))),
        teams=Handoffs(("T1", "T2"), {("T1", "T2"): 200, ("T2", "T1"): 50}, 4000, 220, 250, 40, 45),
        people=None,
        weekly=(WeeklyWait("answer", None, weeks, np.full(len(weeks), 150), ones, 3 * ones),),
        slow=SlowAndFast(700, 700, 90 * HOUR, 4 * HOUR, (Feature("step", "team changed", 300, 60),)),
        returned=(3500, 400),
        changes=(),
        absent={},
        observed_until=date(2026, 7, 1),
        currency="CNY",
    )  # fmt: skip
    return replace(made, **changes)


def study(**blocks: Any) -> JourneyMap:
    raw = {
        "study": "way", "notebook": "journey_map", "question": "Where does it hurt on the way?", "source": "any",
        "as_of": "2026-07-01", "design": {"period": ["2026-01-01", "2026-06-30"]},
    }  # fmt: skip
    return JourneyMap.model_validate(raw | blocks)

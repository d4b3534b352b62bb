"""What the page of a journey says on desks with planted pains, and on desks without an effect of any."""

from __future__ import annotations

import platform
from collections import Counter
from datetime import timedelta

from tests.diagnosis.journey_map.conftest import desk_of, result_of, tables_of
from tests.diagnosis.journey_map.test_planted import PLANTED

CUSTOMERS = 20_000


def table(runs: int, day: str) -> str:
    """A table of loud desks and one of quiet ones, as Markdown."""
    loud, quiet = _loud(runs), _quiet(runs)
    return f"""# What the page of a journey says

Desks of {CUSTOMERS:,} customers over a year, seeds 1 to {runs}, settings by default; stories `journey` and
`journey_quiet`. {day}, Python {platform.python_version()}.

## With pains planted

| what | of {runs} desks |
|---|---|
{loud}

## The same steps without an effect

| what | of {runs} desks |
|---|---|
{quiet}
"""


def _loud(runs: int) -> str:
    seen = Counter[str]()
    for seed in range(1, runs + 1):
        desk = desk_of.__wrapped__(seed, CUSTOMERS, "journey")
        result, truth = result_of(tables_of(desk)), desk.truth.journey
        pains = {one.pain: one for one in result.pains}
        for pain, planted in PLANTED.items():
            gap, expected = pains[pain].within, truth.pain(planted).gap.within
            seen[f"{planted} found"] += pains[pain].found
            seen[f"{planted}: interval holds what is expected"] += gap.low <= expected <= gap.high
        decoy = pains["asked_for_more"]
        seen["decoy found"] += decoy.found
        seen["decoy has a raw gap beyond chance"] += decoy.raw.high < 0
        costs = {p: -truth.pain(k).customers * truth.pain(k).gap.within for p, k in PLANTED.items()}
        seen["worst planted pain comes first"] += result.found[0].pain == max(
            costs, key=costs.__getitem__
        )
        seen["closing timer named"] += bool(result.timers and 7.0 in result.timers.days)
        live = truth.queue.live_at.tz_localize("UTC").tz_convert("Asia/Shanghai").date()
        told = [one for one in result.shifts if one.phase == "answer"]
        of_team = [one for one in told if one.team == truth.queue.team_id]
        seen["queue that triples named"] += bool(of_team)
        seen["its week within ten days"] += any(
            abs(one.week - live) <= timedelta(days=10) for one in of_team
        )
        seen["shifts told of others"] += len(result.shifts) - len(of_team)
    return "\n".join(f"| {what} | {n} |" for what, n in seen.items())


def _quiet(runs: int) -> str:
    seen = Counter({f"{pain} found": 0 for pain in PLANTED})
    seen["shifts told"] = 0
    for seed in range(1, runs + 1):
        result = result_of(tables_of(desk_of.__wrapped__(seed, CUSTOMERS, "journey_quiet")))
        for one in result.found:
            seen[f"{one.pain} found"] += 1
        seen["shifts told"] += len(result.shifts)
    return "\n".join(f"| {what} | {n} |" for what, n in seen.items())

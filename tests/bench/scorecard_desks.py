"""The watch on whole desks: how often it alarms when nothing changes, and how soon it finds what was planted."""

from __future__ import annotations

import platform
from collections import Counter, defaultdict
from datetime import date, timedelta
from math import log1p
from statistics import median

import numpy as np

from cs_lib.data.simulate import SimulatedDesk
from cs_lib.diagnosis.service_scorecard.result import Row, ScorecardResult
from tests.diagnosis.service_scorecard.made import desk_of, result_of, tables_of

QUIET, LOUD = 6_000, 40_000  # customers
LOUD_DESKS = 12


def table(runs: int, day: str) -> str:
    """False alarms by row on quiet desks, and weeks until planted changes are flagged, as Markdown."""
    return f"""# The watch on simulated desks

Desks over two years, the settings of `service_scorecard`: 52 usual weeks, 52 weeks watched, .5 false alarms a year for
all watched rows together. {day}, Python {platform.python_version()}.

## Nothing changes

Story `scorecard_quiet`, {runs} desks of {QUIET:,} customers, seeds 1 to {runs}. A false alarm is a stretch in which the
smoothed row is beyond its limit; the last column is how many of its 52 weeks lie outside the limits of the picture.

{_quiet(runs)}

## A product fix and a slow team

Story `scorecard`, {LOUD_DESKS} desks of {LOUD:,} customers, seeds 1 to {LOUD_DESKS}.

{_loud()}
"""


def _quiet(runs: int) -> str:
    seen, with_holidays, marked = Counter[str](), Counter[str](), defaultdict[str, list[int]](list)
    stated = dict[str, float]()
    verdicts = Counter[str]()
    for seed in range(1, runs + 1):
        desk = desk_of.__wrapped__(seed, QUIET, "scorecard_quiet")
        result = result_of(tables_of(desk))
        verdicts[result.decision.verdict] += 1
        for name, row in result.rows.items():
            watched = row.chart.weeks.time > _baseline_end(row)
            marked[name].append(int(row.chart.outside[watched].sum()))
            if row.alarm is not None:
                stated[name] = -log1p(-row.alarm.probability)
                seen[name] += len(row.alarm.signals)
                if row.with_holidays is not None:
                    with_holidays[name] += len(row.with_holidays.signals)
    lines = [
        "| row | false alarms a year | stated | were holidays watched | weeks of 52 outside |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {seen[name] / runs:.3f} | {stated[name]:.3f} | {with_holidays[name] / runs:.3f} |"
        f" {np.mean(marked[name]):.2f} |"
        for name in stated
    ]
    lines.append(
        f"| all watched rows | {sum(seen.values()) / runs:.2f} | {sum(stated.values()):.2f} |"
        f" {sum(with_holidays.values()) / runs:.2f} | |"
    )
    told = ", ".join(f"{verdict} {n}" for verdict, n in sorted(verdicts.items()))
    return "\n".join(lines) + f"\n\nVerdicts on the last day: {told}."


def _baseline_end(row: Row) -> int:
    return int(np.flatnonzero(row.chart.baseline)[-1])


def planted(desk: SimulatedDesk) -> list[tuple[str, str, str, date]]:
    """What was planted: its name, the row that shows it, the direction, and its first local day."""
    truth = desk.truth.scorecard
    fix, slow = (
        one.live_at.tz_localize("UTC").tz_convert("Asia/Shanghai").date()
        for one in (truth.headline, truth.bottleneck)
    )
    return [
        ("fewer orders with a problem", "orders_with_problem_7d", "low", fix),
        ("the slow team", "first_response_minutes", "high", slow),
        ("the slow team", "resolution_hours", "high", slow),
    ]


def flagged(result: ScorecardResult, row: str, direction: str, day: date) -> tuple[float, float]:
    """Weeks from a day to the end of the week that was flagged, and from it to the estimated start; inf if never."""
    alarm, starts = result.rows[row].alarm, result.rows[row].chart.weeks.start
    assert alarm is not None
    for one in alarm.signals:
        end = starts[one.flagged].item() + timedelta(days=7)
        if one.direction == direction and end > day:
            return (end - day).days / 7, (starts[one.since].item() - day).days / 7
    return float("inf"), float("nan")


def _loud() -> str:
    """By what was planted: desks on which it was flagged, weeks until then, and how near the estimated start is."""
    found = defaultdict[str, list[tuple[float, float]]](list)
    verdicts = Counter[str]()
    for seed in range(1, LOUD_DESKS + 1):
        desk = desk_of.__wrapped__(seed, LOUD, "scorecard")
        result = result_of(tables_of(desk))
        verdicts[result.decision.verdict] += 1
        for what, row, direction, day in planted(desk):
            found[f"{what}, in {row}"].append(flagged(result, row, direction, day))
    lines = [
        "| planted | flagged | weeks until flagged: median, longest | estimated start within 4 weeks |",
        "|---|---|---|---|",
    ]
    for what, each in found.items():
        weeks = [w for w, _ in each if np.isfinite(w)]
        near = sum(abs(start) <= 4 for w, start in each if np.isfinite(w))
        told = f"{median(weeks):.0f}, {max(weeks):.0f}" if weeks else "-"
        lines.append(f"| {what} | {len(weeks)} of {len(each)} | {told} | {near} of {len(weeks)} |")
    told = ", ".join(f"{verdict} {n}" for verdict, n in sorted(verdicts.items()))
    return "\n".join(lines) + f"\n\nVerdicts on the last day: {told}."

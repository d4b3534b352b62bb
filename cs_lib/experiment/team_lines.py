"""What each team of a roll-out did before and after, as a description."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from cs_lib.metrics.evidence import SeriesEvidence
from cs_lib.params import BeforeAfter
from cs_lib.results import Record, Series


@dataclass(frozen=True, slots=True)
class TeamLine(Record):
    """One team: its mean over cases before and after, not a number without cases.

    A team that was not changed is split at the first change of the roll-out.
    """

    team: str
    changed_on: date | None
    before: float
    after: float
    cases: int


def team_lines(evidence: SeriesEvidence, study: BeforeAfter) -> tuple[TeamLine, ...]:
    """A line per team of the roll-out that has cases, changed ones first, each in order of its date."""
    plan, design = study.design.teams or {}, study.design
    lines = [
        _line(team, plan.get(team), series, design.intervention_date, design.washout_days)
        for team, series in evidence.teams.items()
    ]
    return tuple(sorted(lines, key=lambda line: (line.changed_on or date.max, line.team)))


def _line(team: str, day: date | None, series: Series, first: date, washout: int) -> TeamLine:
    start = np.datetime64(day or first, "D")
    early = series.days < start
    late = series.days >= start + washout
    means = [_mean(series, side) for side in (early, late)]
    return TeamLine(team, day, means[0], means[1], int(series.denominator.sum()))


def _mean(series: Series, side: np.ndarray) -> float:
    below = float(series.denominator[side].sum())
    return float(series.numerator[side].sum()) / below if below > 0 else float("nan")

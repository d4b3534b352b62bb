"""Whether doubtful days or contacts can carry a verdict: by how much the plain difference would move without them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series
from cs_lib.experiment.before_after.case import Case
from cs_lib.metrics.queries.recorded import Gap


def plain_difference(case: Case, series: Series) -> float:
    """After less before, over all cases; not a number where a side has none."""
    before, after = sides(case, series)
    means = []
    for side in (before, after):
        there = side & (series.denominator > 0)
        below = float(series.denominator[there].sum())
        means.append(float(series.numerator[there].sum()) / below if below else float("nan"))
    return means[1] - means[0]


def sides(case: Case, series: Series) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Days before the change, and from it on without its wash-out."""
    design = case.study.design
    change = np.datetime64(design.intervention_date)
    return series.days < change, series.days >= change + np.timedelta64(design.washout_days, "D")


def in_periods(case: Case, series: Series) -> NDArray[np.bool_]:
    """Days of one of the study's two periods."""
    design, inside = case.study.design, np.zeros(len(series.days), dtype=bool)
    for first, last in (design.pre_period, design.post_period):
        inside |= (series.days >= np.datetime64(first)) & (series.days <= np.datetime64(last))
    return inside


def without_days(case: Case, out: NDArray[np.bool_]) -> float:
    """By how much the difference moves when some days of the metric's series are left out."""
    series = case.series
    rest = replace(series, denominator=np.where(out, 0.0, series.denominator))
    return _moved(case, rest)


def without_contacts(case: Case, gap: Gap) -> float | None:
    """By how much it moves when contacts at fault are left out, or had the values of `instead`; None where unknown."""
    if gap.inside is None:
        return None
    series, n = case.series, len(case.series.days)
    above = series.numerator - gap.inside.numerator[:n]
    below = series.denominator - gap.inside.denominator[:n]
    if gap.instead is not None:
        above, below = above + gap.instead.numerator[:n], series.denominator
    held = series.denominator > 0  # Days outside the study's periods stay empty.
    rest = replace(
        series, numerator=np.where(held, above, 0.0), denominator=np.where(held, below, 0.0)
    )
    return _moved(case, rest)


def matters(case: Case, moved: float | None) -> bool:
    """Whether that is as much as is worth acting on; a side without any case left is."""
    return moved is not None and not abs(moved) < case.study.rule.min_effect


def thins(case: Case, more: float) -> bool:
    """Whether a mean moves by what is worth acting on when so much more of its cases cannot be placed."""
    series = case.series
    below = float(series.denominator.sum())
    level = float(series.numerator.sum()) / below if below else 0.0
    return level * more >= case.study.rule.min_effect


def _moved(case: Case, rest: Series) -> float:
    return plain_difference(case, rest) - plain_difference(case, case.series)

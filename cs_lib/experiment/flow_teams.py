"""A change that some teams got: the panel by weeks, the method that so many teams carry, and what stands beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cs_lib import wording as w
from cs_lib.experiment.bacon import bacon_decomposition
from cs_lib.experiment.errors import CannotEstimate
from cs_lib.experiment.pretrend import Pretrend, detectable_slope, pretrend_test
from cs_lib.experiment.rollout import rollout_permutation_test
from cs_lib.experiment.staggered import (
    EffectProfile,
    effects_by_time_since,
    group_time_effects,
    overall_effect,
)
from cs_lib.experiment.synthetic import synthetic_effect
from cs_lib.experiment.tails import t_quantile
from cs_lib.experiment.team_panel import without_gaps
from cs_lib.experiment.teams import compare_team_changes, randomisation_test
from cs_lib.metrics import Metric
from cs_lib.metrics.evidence import SeriesEvidence
from cs_lib.params import BeforeAfter
from cs_lib.results import Check, Effect, Record, Series, TeamPanel

T = TypeVar("T")
Column = NDArray[Any]

WEEK = 7
POWER = 0.8
PARALLEL = 0.05  # p of the pre-trend test below which the teams had drifted apart before


@dataclass(frozen=True, slots=True)
class TeamStudy(Record):
    """A roll-out as read: the deciding effect, other answers, the event study, the pre-trend."""

    effect: Effect
    beside: tuple[tuple[str, Effect], ...]
    profile: EffectProfile | None  # by weeks since the change
    pretrend: Pretrend | None
    twfe: float | None  # the usual regression's number, for dates that differ
    forbidden_share: float
    left_out: tuple[str, ...]
    smallest_detectable: float


def team_study(evidence: SeriesEvidence, study: BeforeAfter) -> TeamStudy:
    """The effect of a roll-out by the method its teams and dates ask for.

    One date: one pre/post change per team. Several dates: group-time effects against teams not yet
    changed, averaged.

    Raises:
        CannotEstimate: too few teams, nobody to compare with, no variation.
    """
    panel, gone = without_gaps(weekly_panel(evidence, study))
    alpha, days = study.rule.alpha, {d for d in (study.design.teams or {}).values() if d}
    washout = -(-study.design.washout_days // WEEK)
    groups = _maybe(lambda: group_time_effects(panel))
    if len(days) == 1:
        effect = compare_team_changes(panel, alpha=alpha, washout_periods=washout)
        others: dict[str, Callable[[], Effect]] = {
            "If the changed teams had been drawn by lot": lambda: randomisation_test(
                panel, alpha=alpha, washout_periods=washout
            ),
            "Against a mix of the other teams (synthetic)": lambda: (
                synthetic_effect(panel, alpha=alpha).effect
            ),
        }
    else:
        found = group_time_effects(panel)
        effect = overall_effect(found, alpha=alpha)
        others = {
            "If the order had been drawn by lot": lambda: rollout_permutation_test(
                found, alpha=alpha
            )
        }
    beside = [(name, _maybe(make)) for name, make in others.items()]
    bacon = _maybe(lambda: bacon_decomposition(panel)) if len(days) > 1 else None
    return TeamStudy(
        effect=effect,
        beside=tuple((name, e) for name, e in beside if e is not None),
        profile=_maybe(lambda: effects_by_time_since(groups, alpha=alpha)) if groups else None,
        pretrend=_maybe(lambda: pretrend_test(panel)),
        twfe=bacon.twfe if bacon else None,
        forbidden_share=bacon.forbidden_share if bacon else 0.0,
        left_out=(*gone, *sorted(set(study.design.teams or {}) - set(evidence.teams))),
        smallest_detectable=(t_quantile(1 - alpha / 2, effect.df) + t_quantile(POWER, effect.df))
        * effect.se,
    )


def _maybe(make: Callable[[], T]) -> T | None:
    """What can be had, or nothing where the data do not carry it."""
    try:
        return make()
    except CannotEstimate:
        return None


def weekly_panel(evidence: SeriesEvidence, study: BeforeAfter) -> TeamPanel:
    """Team means by whole weeks counted from the first change; the week of a change counts as changed.

    Raises:
        CannotEstimate: no team of the roll-out has a case.
    """
    if not evidence.teams:
        raise CannotEstimate("None of the teams of design.teams has a case in these periods.")
    origin = np.datetime64(study.design.intervention_date, "D")
    names = list(evidence.teams)
    sums = [_weeks(evidence.teams[name], origin) for name in names]
    weeks = sums[0][0]
    above, below = (np.array([s[i] for s in sums]) for i in (1, 2))
    whole = below.sum(axis=0) > 0
    start = np.full(len(names), np.datetime64("NaT"), dtype="datetime64[D]")
    for i, name in enumerate(names):
        day: date | None = (study.design.teams or {}).get(name)
        if day is not None:
            passed = (np.datetime64(day, "D") - origin).astype(int) // WEEK
            start[i] = origin + passed * WEEK
    value = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return TeamPanel(
        metric=study.measure.primary_metric,
        teams=np.array(names),
        periods=weeks[whole],
        value=value[:, whole],
        weight=below[:, whole],
        start=start,
    )


def _weeks(series: Series, origin: np.datetime64) -> tuple[Column, Column, Column]:
    """Starts of whole weeks, and numerator and denominator summed over each."""
    time = (series.days.astype("datetime64[D]") - origin).astype(int)
    week = np.floor_divide(time, WEEK)
    first, last = -(-time[0] // WEEK), (time[-1] + 1) // WEEK
    inside = (week >= first) & (week < last)
    place, size = week[inside] - first, int(last - first)
    above, below = (
        np.bincount(place, values[inside], size)
        for values in (series.numerator, series.denominator)
    )
    return origin + (first + np.arange(size)) * WEEK, above, below


def team_checks(found: TeamStudy, metric: Metric, currency: str) -> list[Check]:
    """What a doubter asks of a roll-out: enough teams, alike before, nobody lost, one date or several."""
    checks = [_enough(found), _parallel(found, metric, currency)]
    if found.left_out:
        named = w.listed(list(found.left_out))
        checks.append(
            Check("Every team counted", None, f"Left out, without cases in some week: {named}.")
        )
    if found.twfe is not None:
        number = w.change(found.twfe, metric.unit, currency=currency)
        finding = (
            f"The usual two-way fixed-effects regression gives {number};"
            f" {w.percent(found.forbidden_share, places=0)} of its weight compares with teams that were"
            " changed already."
        )
        checks.append(Check("Compared with teams not yet changed", None, finding))
    return checks


def _enough(found: TeamStudy) -> Check:
    name, code = "Enough teams", str(found.effect.details.get("rule", ""))
    teams = w.counted(found.effect.nobs, "team")
    if code == "fragile":
        return Check(
            name, False, f"{teams}: a fragile estimate, it leans on few teams being alike."
        )
    return Check(name, True, f"{teams}; every team counts once, whatever its number of cases.")


def _parallel(found: TeamStudy, metric: Metric, currency: str) -> Check:
    """Whether teams ran alike before, and how small a drift this could have shown."""
    name, test = "Teams ran alike before", found.pretrend
    if test is None:
        return Check(name, None, "Too few weeks before the change to tell.")
    alike = test.pvalue >= PARALLEL
    finding = (
        f"{'No' if alike else 'A'} difference in course before the change ({w.stated(test.pvalue)})"
    )
    slope = _maybe(lambda: detectable_slope(test))
    if slope is not None:
        drift = w.size(slope * 4, metric.unit, currency=currency)
        finding += f"; a drift of {drift} in four weeks would have been seen in 80 % of cases"
    return Check(name, alike, f"{finding}.")

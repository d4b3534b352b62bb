"""Interrupted time series with several dated changes in one series, fitted together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its.ar1 import Ar1Fit, Floats, fit_ar1
from cs_lib.methods.its.changes import Change, days_of, doses, require_separable, weeks_of
from cs_lib.methods.its.days_or_weeks import By, Reason, attempt
from cs_lib.methods.its.fit import (
    MIN_WEEKS,
    POWER,
    RHO_BOUNDS_OF_UNIT,
    Plan,
    Row,
    ar1_row,
    effect_of,
    model_values,
    plain_errors,
)
from cs_lib.methods.its.growing import read_growing
from cs_lib.methods.its.level_change import FEW_WEEKS, LevelChange, Trend
from cs_lib.methods.its.periods import TREND_DAYS, Curve, Flags, Periods, background, spans_years
from cs_lib.methods.its.wander import Reading, drift_shift, read_change, wander_p
from cs_lib.methods.tails import t_quantile, t_two_sided
from cs_lib.results import Effect
from cs_lib.sentences import say

__all__ = ["Change", "ChangesFound", "changes_in"]

# From this dose on, a change was on throughout the period.
FULL_DOSE = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class ChangesFound:
    """The effect of each change by days and by weeks, the chosen unit named, and the curves."""

    effects: Mapping[str, Effect]  # by name, of the chosen unit, in the order given
    daily: Mapping[str, Effect] | None
    weekly: Mapping[str, Effect] | None
    curved: Mapping[str, Effect] | None  # beside a curve, where the level wanders or may drift
    unit: Literal["day", "week"]
    reason: Reason
    trend: bool  # whether a common linear trend is in the model
    # Weeks were chosen, and some change was on, or off, in fewer than 8 of them.
    few_weeks: bool
    start: NDArray[np.datetime64]  # first day of each period of the chosen unit
    observed: Floats  # not a number where missing
    fitted: Floats
    without_all: Floats  # fitted with none of the changes
    without: Mapping[str, Floats]  # fitted with all changes but the named one
    used: Flags
    sensitivity: Mapping[str, tuple[Row, ...]]  # by name, as `LevelChange` has it

    def of(self, name: str) -> LevelChange:
        """One of the changes as if it had been read alone, the others held."""
        effect = self.effects[name]
        return LevelChange(
            effect=effect,
            daily=self.daily[name] if self.daily else None,
            weekly=self.weekly[name] if self.weekly else None,
            curved=self.curved[name] if self.curved else None,
            unit=self.unit,
            reason=self.reason,
            trend=self.trend,
            few_weeks=self.few_weeks,
            smallest_detectable=float(effect.details["smallest_detectable"]),
            sensitivity=self.sensitivity[name],
            start=self.start,
            observed=self.observed,
            fitted=self.fitted,
            counterfactual=self.without[name],
            used=self.used,
            others=tuple(e for other, e in self.effects.items() if other != name),
        )


@dataclass(frozen=True, slots=True)
class _Joint:
    """One unit of time fitted with all changes."""

    plan: Plan
    changes: tuple[Change, ...]
    days: Periods
    periods: Periods
    dose: Floats  # These are the first columns of the design.
    design: Floats
    fit: Ar1Fit

    def columns(self, index: int) -> list[int]:
        """Where the change's step stands in the design, and its slope if it has one."""
        slopes = [i for i, change in enumerate(self.changes) if change.slope]
        if index not in slopes:
            return [index]
        return [index, len(self.changes) + slopes.index(index)]

    def curve(self, *without: int) -> Floats:
        """The regression line over all periods, some changes left out."""
        beta = self.fit.beta.copy()
        for index in without:
            beta[self.columns(index)] = 0.0
        line = self.design @ beta
        return np.exp(line) if self.plan.log_scale else line

    def weights(self, index: int, step: float, weeks: float) -> Floats:
        """The contrast step + weeks * slope of one change."""
        contrast = np.zeros(len(self.fit.beta))
        for column, size in zip(self.columns(index), (step, weeks), strict=False):
            contrast[column] = size
        return contrast

    @property
    def sloped(self) -> bool:
        """Whether a trend is in the model."""
        return self.plan.trend

    @property
    def effect(self) -> Effect:
        """The effect of the change that was named first."""
        return _effect(self, 0)

    @property
    def wander_p(self) -> float:
        """How well the level keeps to the model's line; see `wander.wander_p`."""
        y = model_values(self.periods, self.plan)
        return float(wander_p(y, self.design[self.periods.used], self.periods, self.fit)[0])

    @property
    def drift_shift(self) -> float:
        """How far a slow drift would move the change named first; see `wander.drift_shift`."""
        y, weights = model_values(self.periods, self.plan), _mean_weights(self, 0)
        design = self.design[self.periods.used]
        return float(drift_shift(y, design, self.periods, self.fit, weights, trend=self.sloped)[0])

    def effects(self) -> dict[str, Effect]:
        """Every change's effect."""
        return {change.name: _effect(self, i) for i, change in enumerate(self.changes)}


def changes_in(
    series: Series,
    changes: Sequence[Change],
    *,
    alpha: float = 0.05,
    washout_days: int = 0,
    holidays: Sequence[date] = (),
    log_scale: bool = False,
    by: By = "automatic",
    trend: Trend = "automatic",
) -> ChangesFound:
    """Effect of each of several dated changes, the others held, in the metric's own unit.

    Model: level, common linear trend, weekday terms (days only), a holiday term, and per change a
    step while it is on and, where asked, a slope that starts from zero whenever it is switched
    on; AR(1) errors by REML, Satterthwaite degrees of freedom, days or weeks, line or curve
    chosen as `level_change` does by the change named first; one change that stayed gives the same, one with
    a slope is read by `read_growing`.
    Effects add up (on a log scale: multiply); that changes strengthen each other is not in the
    model. Days after every switch, on or off, are left out for the wash-out. Weeks count from the first change; one
    in which another was switched carries it at its share of days.

    `effect` is the mean over the used periods in which the change was on: its step, unless it has
    a slope. `treatment` is observed there, `control` is that minus the effect. Details of a
    change with a slope: `step` (on its first day), `slope_per_week` with `slope_pvalue`, and
    `end_effect` (on the last day it was on), each with limits. `smallest_detectable` is the
    effect found with 80 % power.

    Raises:
        NotEnoughData: fewer than 14 usable days before or after the first change.
        CannotEstimate: a change outside the data, on or off again for fewer than 14 usable days,
            too close to another, or with a slope from fewer than 12 weekly points; no variation,
            or a log of zero.
        ValueError: days out of order, a negative wash-out, no change, or a name given twice.
    Source: Wagner et al. 2002; Lopez Bernal, Cummins & Gasparrini 2017; for the errors `reml`.
    """
    days, window = days_of(series, changes, washout_days, holidays)
    require_separable(days, changes)
    sloped = trend == "linear" or (trend == "automatic" and min(days.sides()) >= TREND_DAYS)
    season = sloped and spans_years(days)
    plan = Plan(series.metric, window, sloped, log_scale, alpha, season)
    faults: list[CannotEstimate] = []
    daily = weekly = None
    if by != "week":
        daily = attempt(lambda: _fit(days, days, changes, plan), must=by == "day", faults=faults)
    if by != "day":
        weeks = weeks_of(days, window, changes, washout_days)
        weekly = attempt(lambda: _fit(weeks, days, changes, plan), must=by == "week", faults=faults)
    return _record(_chosen(daily, weekly, by, faults, changes[0], plan, trend), daily, weekly)


def _chosen(
    daily: _Joint | None,
    weekly: _Joint | None,
    by: By,
    faults: list[CannotEstimate],
    first: Change,
    plan: Plan,
    trend: Trend,
) -> Reading[_Joint]:
    """The reading that counts, by the change that was named first."""
    if first.slope:
        return read_growing(daily, weekly, by, faults, _beside, season=plan.season)
    return read_change(daily, weekly, by, faults, _beside, drifts=trend != "none")


def _beside(joint: _Joint, curve: Curve) -> _Joint:
    """The same periods with a curve in the model."""
    return _fit(joint.periods, joint.days, joint.changes, replace(joint.plan, curve=curve))


def joint_design(
    periods: Periods,
    days: Periods,
    changes: Sequence[Change],
    *,
    trend: bool,
    season: bool = False,
    curve: Curve = "none",
) -> Floats:
    """One row per period. Columns: step of each change, slopes, then those of `background`."""
    rest = background(periods, trend=trend, season=season, curve=curve)
    return np.column_stack([doses(periods, days, changes), rest])


def _fit(periods: Periods, days: Periods, changes: Sequence[Change], plan: Plan) -> _Joint:
    dose = doses(periods, days, changes)
    used = periods.used
    for change, share in zip(changes, dose.T, strict=False):
        there = float(share[used].sum())
        if periods.unit == "week" and min(there, used.sum() - there) < MIN_WEEKS - 1e-9:
            raise CannotEstimate(
                say(
                    "Too few whole weeks with or without {name}; {MIN_WEEKS} are needed.",
                    name=say(change.name),
                    MIN_WEEKS=MIN_WEEKS,
                )
            )
        if not np.any(used & (share >= FULL_DOSE)):
            raise CannotEstimate(
                say(
                    "{name} was not on for any whole day."
                    if periods.unit == "day"
                    else "{name} was not on for any whole week.",
                    name=say(change.name),
                )
            )
    y = model_values(periods, plan)
    design = joint_design(
        periods, days, changes, trend=plan.trend, season=plan.season, curve=plan.curve
    )
    fit = fit_ar1(y, design[used], periods.time[used], bounds=RHO_BOUNDS_OF_UNIT[periods.unit])
    return _Joint(plan, tuple(changes), days, periods, dose, design, fit)


def _mean_weights(joint: _Joint, index: int) -> Floats:
    """The contrast that is a change's mean effect over the cases of the periods it was on."""
    if not joint.changes[index].slope:
        return joint.weights(index, 1.0, 0.0)
    on = joint.periods.used & (joint.dose[:, index] >= FULL_DOSE)
    cases = joint.periods.denominator[on]
    weeks = float(cases @ joint.dose[on, joint.columns(index)[1]] / cases.sum())
    return joint.weights(index, 1.0, weeks)


def _effect(joint: _Joint, index: int) -> Effect:
    periods, share = joint.periods, joint.dose[:, index]
    on = periods.used & (share >= FULL_DOSE)
    treatment = float(periods.numerator[on].sum() / periods.denominator[on].sum())
    change, weights = joint.changes[index], _mean_weights(joint, index)
    effect = effect_of(periods, joint.plan, joint.fit, treatment, weights)
    details = {k: v for k, v in effect.details.items() if k not in ("n_pre", "n_post")}
    details["n_off"] = int((periods.used & (share <= 1 - FULL_DOSE)).sum())
    details["n_on"] = int(on.sum())
    details["smallest_detectable"] = _smallest_detectable(joint, weights, effect.control)
    if change.slope:
        details |= _slope_details([joint], index, effect.control)
    return effect.with_(variant=change.name, details=details)


def _smallest_detectable(joint: _Joint, weights: Floats, control: float) -> float:
    _, se, df = (float(part) for part in joint.fit.contrast(weights))
    size = (t_quantile(1 - joint.plan.alpha / 2, df) + t_quantile(POWER, df)) * se
    return control * float(np.expm1(size)) if joint.plan.log_scale else size


def _slope_details(
    read: Sequence[_Joint], index: int, control: float
) -> dict[str, float | int | str]:
    """Step, slope per week and effect on the last day on, with limits, in the metric's unit.

    Each as the reading has it in which it is nearest to chance.
    """
    details: dict[str, float | int | str] = {}
    every = [_parts(joint, index, control) for joint in read]
    for name in every[0]:
        limits, pvalue = max((parts[name] for parts in every), key=lambda part: part[1])
        names = (name, f"{name}_ci_low", f"{name}_ci_high")
        details |= dict(zip(names, limits.tolist(), strict=True))
        if name == "slope_per_week":
            details["slope_pvalue"] = pvalue
    return details


def _parts(joint: _Joint, index: int, control: float) -> dict[str, tuple[Floats, float]]:
    """The parts of a change with a slope: value and limits, and the p-value."""
    change, days = joint.changes[index], joint.days.start
    last = change.weeks_on(days)[change.on(days)][-1]
    parts = {}
    for name, step, weeks in (("step", 1, 0), ("slope_per_week", 0, 1), ("end_effect", 1, last)):
        weights = joint.weights(index, step, weeks)
        value, se, df = (float(part) for part in joint.fit.contrast(weights))
        half = t_quantile(1 - joint.plan.alpha / 2, df) * se
        limits = np.array([value, value - half, value + half])
        if joint.plan.log_scale:
            limits = control * np.expm1(limits)
        parts[name] = limits, float(t_two_sided(value / se, df))
    return parts


def _sensitivity(
    daily: _Joint | None, weekly: _Joint | None, curves: Sequence[_Joint]
) -> dict[str, tuple[Row, ...]]:
    """Every change's effect under other models, as `fit.sensitivity` has a step's."""
    fits = [joint for joint in (daily, weekly) if joint]
    base = fits[0]
    y, x = model_values(base.periods, base.plan), base.design[base.periods.used]
    by_unit = [(joint.periods.unit, joint.effects()) for joint in fits]
    by_change: dict[str, tuple[Row, ...]] = {}
    for index, change in enumerate(base.changes):
        control = by_unit[0][1][change.name].control

        def natural(value: float, control: float = control) -> float:
            return control * float(np.expm1(value)) if base.plan.log_scale else value

        weights = _mean_weights(base, index)
        rows = plain_errors(base.periods, base.plan.alpha, y, x, weights, natural)
        rows += [ar1_row(e[change.name], unit) for unit, e in by_unit]
        rows += [
            ar1_row(_effect(curved, index), curved.periods.unit, curved.plan.curve)
            for curved in curves
        ]
        by_change[change.name] = tuple(rows)
    return by_change


def _claimed(reading: Reading[_Joint]) -> dict[str, Effect]:
    """Every change's effect as chosen, with what every reading that must show it could find.

    Beside a change that grows each change, and each part of one with a slope, is had from the reading in
    which it is nearest to chance.
    """
    chosen, read = reading.chosen, [joint.effects() for joint in reading.every]
    grows = chosen.changes[0].slope
    effects = {}
    for index, change in enumerate(chosen.changes):
        every = [found[change.name] for found in read]
        effect = max(every, key=lambda e: e.pvalue) if grows else chosen.effects()[change.name]
        details = {**effect.details, **reading.details}
        details["smallest_detectable"] = max(float(e.details["smallest_detectable"]) for e in every)
        if change.slope and grows:
            details |= _slope_details(reading.every, index, effect.control)
        effects[change.name] = effect.with_(details=details)
    return effects


def _record(reading: Reading[_Joint], daily: _Joint | None, weekly: _Joint | None) -> ChangesFound:
    chosen, curved = reading.chosen, reading.curve
    periods, indices = chosen.periods, range(len(chosen.changes))
    share = chosen.dose[periods.used, : len(indices)]
    fewest = min(share.sum(axis=0).min(), (1 - share).sum(axis=0).min())
    return ChangesFound(
        effects=_claimed(reading),
        daily=daily.effects() if daily else None,
        weekly=weekly.effects() if weekly else None,
        curved=curved.effects() if curved else None,
        unit=periods.unit,
        reason=reading.reason,
        trend=chosen.plan.trend,
        few_weeks=periods.unit == "week" and float(fewest) < FEW_WEEKS,
        start=periods.start,
        observed=periods.value,
        fitted=chosen.curve(),
        without_all=chosen.curve(*indices),
        without={change.name: chosen.curve(i) for i, change in enumerate(chosen.changes)},
        used=periods.used,
        sensitivity=_sensitivity(daily, weekly, reading.curves),
    )

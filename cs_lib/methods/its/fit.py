"""Interrupted time series: one unit of time fitted, and the same step under other error models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cs_lib.methods.errors import CannotEstimate, NotEnoughData
from cs_lib.methods.its.ar1 import (
    RHO_BOUNDS,
    RHO_BOUNDS_NOT_NEGATIVE,
    Ar1Fit,
    Floats,
    fit_ar1,
    gls_at,
)
from cs_lib.methods.its.days_or_weeks import ljung_box_p, residual_checks
from cs_lib.methods.its.periods import Curve, Periods, Window, design_matrix, spans_years
from cs_lib.methods.its.season import Season, beside_season
from cs_lib.methods.its.wander import drift_shift, wander_p
from cs_lib.methods.tails import t_quantile, t_two_sided
from cs_lib.results import Effect
from cs_lib.sentences import Method, say

MIN_WEEKS = 2
HAC_LAGS = 7
POWER = 0.8
# Weeks of a service metric do not alternate; in so few of them a negative estimate is chance, and
# would only narrow the interval.
RHO_BOUNDS_OF_UNIT = {"day": RHO_BOUNDS, "week": RHO_BOUNDS_NOT_NEGATIVE}

CURVE_NAMES = {"none": "", "drift": "_drift", "waves": "_curve", "season": "_season"}

Row = tuple[str, float, float, float]  # error model, effect, low, high


@dataclass(frozen=True, slots=True)
class Plan:
    """What is fitted, and at which level."""

    metric: str
    window: Window
    trend: bool
    log_scale: bool
    alpha: float
    season: bool = False  # whether a wave of one year is in the model
    known: Season | None = None  # what the years before told, taken out of the values
    curve: Curve = "none"  # what follows a level that does not keep to the line

    def with_season(self, days: Periods, known: Season | None) -> Plan:
        """The same with a wave of one year where the days carry one, else without a season that is known.

        Raises:
            ValueError: a season of the other scale.
        """
        if known is not None and known.log_scale != self.log_scale:
            raise ValueError("The season was told on the other scale.")
        own = self.trend and spans_years(days)
        return replace(self, season=own, known=None if own else known)


@dataclass(frozen=True, slots=True)
class Fitted:
    """One unit of time, fitted."""

    plan: Plan
    periods: Periods
    design: Floats
    y: Floats  # on the scale of the model, used periods only
    fit: Ar1Fit
    treatment: float
    effect: Effect

    def natural(self, step: float) -> float:
        """A step on the model's scale as an effect in the metric's unit."""
        if not self.plan.log_scale:
            return step
        return float(self.treatment * np.exp(-self.fit.beta[0]) * np.expm1(step))

    @property
    def sloped(self) -> bool:
        """Whether a trend is in the model."""
        return self.plan.trend

    @property
    def wander_p(self) -> float:
        """How well the level keeps to the model's line; see `wander.wander_p`."""
        return float(wander_p(self.y, self.design[self.periods.used], self.periods, self.fit)[0])

    @property
    def drift_shift(self) -> float:
        """How far a slow drift of the level would move the step; see `wander.drift_shift`."""
        design, weights = self.design[self.periods.used], np.eye(len(self.fit.beta))[0]
        return float(
            drift_shift(self.y, design, self.periods, self.fit, weights, trend=self.sloped)[0]
        )

    def curve(self, *, with_step: bool) -> Floats:
        """The regression line over all periods, with or without the step."""
        beta = self.fit.beta.copy()
        beta[0] = beta[0] if with_step else 0.0
        line = self.design @ beta
        if self.plan.known is not None:
            line = line + self.plan.known.of(self.periods)
        return np.exp(line) if self.plan.log_scale else line


def fit_periods(periods: Periods, plan: Plan) -> Fitted:
    """The step by days or by weeks.

    Raises:
        NotEnoughData: fewer than two usable whole weeks on a side.
        CannotEstimate: no variation, inseparable terms, or a log of zero.
    """
    n_pre, n_post = periods.sides()
    if periods.unit == "week" and min(n_pre, n_post) < MIN_WEEKS:
        raise NotEnoughData(
            say(
                "{n_pre} whole weeks before and {n_post} after the change; {MIN_WEEKS} are needed.",
                n_pre=n_pre,
                n_post=n_post,
                MIN_WEEKS=MIN_WEEKS,
            ),
            n_pre=n_pre,
            n_post=n_post,
            needed=MIN_WEEKS,
        )
    used = periods.used
    y = model_values(periods, plan)
    design = design_matrix(periods, trend=plan.trend, season=plan.season, curve=plan.curve)
    fit = fit_ar1(y, design[used], periods.time[used], bounds=RHO_BOUNDS_OF_UNIT[periods.unit])
    if plan.known is not None:
        fit = beside_season(fit, periods, design[used], plan.known.waves)
    after = used & periods.post
    treatment = float(periods.numerator[after].sum() / periods.denominator[after].sum())
    effect = effect_of(periods, plan, fit, treatment, np.eye(len(fit.beta))[0])
    return Fitted(plan, periods, design, y, fit, treatment, effect)


def model_values(periods: Periods, plan: Plan) -> Floats:
    """Values of the used periods on the scale of the model, without a season that is known.

    Raises:
        CannotEstimate: a log of zero.
    """
    y = periods.value[periods.used]
    known = np.zeros(len(y)) if plan.known is None else plan.known.of(periods)[periods.used]
    if not plan.log_scale:
        return np.asarray(y - known)
    if np.any(y <= 0):
        raise CannotEstimate(
            say(
                "{metric} is zero in some days: no logarithm."
                if periods.unit == "day"
                else "{metric} is zero in some weeks: no logarithm.",
                metric=plan.metric,
            )
        )
    return np.asarray(np.log(y) - known)


def effect_of(
    periods: Periods, plan: Plan, fit: Ar1Fit, treatment: float, weights: Floats
) -> Effect:
    """The effect that these weights make of the coefficients, in the metric's own unit."""
    step, se, df = (float(part) for part in fit.contrast(weights))
    pvalue = float(t_two_sided(step / se, df))
    half = t_quantile(1 - plan.alpha / 2, df) * se
    limits = np.array([step, step - half, step + half])
    details = _details(periods, plan, fit)
    control = treatment - step
    if plan.log_scale:
        relative = np.expm1(limits)
        control = float(treatment * np.exp(-step))
        limits = control * relative
        se = control * float(np.exp(step)) * se
        names = ("rel_effect", "rel_effect_ci_low", "rel_effect_ci_high")
        details |= dict(zip(names, relative.tolist(), strict=True))
    scale = say(", log scale") if plan.log_scale else ""
    return Effect(
        metric=plan.metric,
        variant="after",
        control=control,
        treatment=treatment,
        effect=float(limits[0]),
        effect_ci_low=float(limits[1]),
        effect_ci_high=float(limits[2]),
        pvalue=pvalue,
        nobs=int(periods.used.sum()),
        method=Method(f"its_by_{periods.unit}{CURVE_NAMES[plan.curve]}", parts=(("scale", scale),)),
        alpha=plan.alpha,
        se=se,
        df=df,
        details=details,
    )


def _details(periods: Periods, plan: Plan, fit: Ar1Fit) -> dict[str, float | int | str]:
    n_pre, n_post = periods.sides()
    details: dict[str, float | int | str] = (
        {} if plan.known is None else {"season_weeks": plan.known.weeks}
    )
    details |= {
        "unit": periods.unit,
        "rho": float(fit.rho),
        "residual_sd": float(np.sqrt(fit.sigma2)),
        "trend": _trend(plan),
        "scale": "log" if plan.log_scale else "natural",
        "washout_days": plan.window.washout_days,
        "n_pre": n_pre,
        "n_post": n_post,
        "ljung_box_p": float(ljung_box_p(fit.whitened[None, :])[0]),
    }
    if periods.unit == "day":
        checks = residual_checks(fit)
        details["noise_z"] = float(checks.noise_z[0])
        details["weekday_z"] = float(checks.weekday_z[0])
    return details


def _trend(plan: Plan) -> str:
    """The terms of time in the model, as a code."""
    if plan.curve != "none":
        return CURVE_NAMES[plan.curve].removeprefix("_")
    if plan.season:
        return "linear_and_season"
    if plan.known is not None:
        return "linear_and_known_season" if plan.trend else "known_season"
    return "linear" if plan.trend else "none"


def smallest_detectable(fitted: Fitted) -> float:
    """The step found with 80 % power, two-sided, at this series' noise and length."""
    _, se, df = _step(fitted.fit)
    return fitted.natural((t_quantile(1 - fitted.plan.alpha / 2, df) + t_quantile(POWER, df)) * se)


def sensitivity(
    daily: Fitted | None, weekly: Fitted | None, curved: Fitted | None = None
) -> tuple[Row, ...]:
    """The same effect under other models: independent, HAC, AR(1) by each unit, beside a curve.

    The first two take days where there are days. A HAC standard error below the independent one
    is raised to it.
    """
    fits = [fitted for fitted in (daily, weekly) if fitted]
    base = fits[0]
    x, weights = base.design[base.periods.used], np.eye(len(base.fit.beta))[0]
    rows = plain_errors(base.periods, base.plan.alpha, base.y, x, weights, base.natural)
    rows += [ar1_row(fitted.effect, fitted.periods.unit) for fitted in fits]
    if curved:
        rows.append(ar1_row(curved.effect, curved.periods.unit, curved.plan.curve))
    return tuple(rows)


def plain_errors(
    periods: Periods,
    alpha: float,
    y: Floats,
    x: Floats,
    weights: Floats,
    natural: Callable[[float], float],
) -> list[Row]:
    """A weighted sum of coefficients by least squares, with independent and with HAC errors.

    `y` and `x` are the used periods; `natural` turns the model's scale into the metric's unit.
    """
    ols = gls_at(y, x, periods.time[periods.used], 0.0)
    step, se, df = (float(part) for part in ols.contrast(weights))
    rows: list[Row] = []
    for name, error in (
        ("independent", se),
        (f"hac_{HAC_LAGS}", max(se, _hac_se(y, x, ols, weights))),
    ):
        half = t_quantile(1 - alpha / 2, df) * error
        low, high = natural(step - half), natural(step + half)
        rows.append((f"{name}_{periods.unit}", natural(step), low, high))
    return rows


def ar1_row(effect: Effect, unit: str, curve: Curve = "none") -> Row:
    """The effect with autocorrelated errors by days or weeks, as a row beside the others."""
    return (
        f"ar1{CURVE_NAMES[curve]}_{unit}",
        effect.effect,
        effect.effect_ci_low,
        effect.effect_ci_high,
    )


def _hac_se(y: Floats, x: Floats, ols: Ar1Fit, weights: Floats) -> float:
    """Newey-West standard error of a weighted sum, Bartlett weights over 7 periods (1987)."""
    n, p = x.shape
    scores = x * (y - x @ ols.beta)[:, None]
    middle = scores.T @ scores
    for lag in range(1, min(HAC_LAGS, n - 1) + 1):
        cross = scores[lag:].T @ scores[:-lag]
        middle += (1 - lag / (HAC_LAGS + 1)) * (cross + cross.T)
    bread = weights @ np.linalg.inv(x.T @ x)
    return float(np.sqrt(bread @ middle @ bread * n / (n - p)))


def _step(fit: Ar1Fit) -> tuple[float, float, float]:
    """Estimate, standard error and degrees of freedom of the first coefficient."""
    step, se, df = fit.contrast(np.eye(len(fit.beta))[0])
    return float(step), float(se), float(df)

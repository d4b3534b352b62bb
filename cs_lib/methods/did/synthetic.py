"""One changed team against a weighted mix of the others: synthetic control and synthetic DiD."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.did.panel import Floats, first_changed, require_complete
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import t_quantile, t_two_sided
from cs_lib.results import Effect
from cs_lib.sentences import Method, say

How = Literal["control", "did"]
Fit = Literal["good", "poor"]

FEWEST_DONORS = 8
FEWEST_BEFORE = 10
# Both compare the error before the change with the donors' noise from period to period.
POOR_FIT_RATIO, NO_FIT_RATIO = 1.5, 3.0
# A ridge of this share of the noise makes the time weights unique.
LEAST_RIDGE_IN_NOISE = 1e-6


@dataclass(frozen=True, slots=True)
class Weights:
    """How a team's counterfactual is made: donors, periods before the change, and its level."""

    donor: Floats  # The weights sum to one.
    # The weights sum to one; they are zero for synthetic control, which keeps the level.
    period: Floats
    effect: float
    gap: Floats  # The team less its counterfactual, in every period.
    # The root mean square of the gap before the change (about its mean for DiD).
    prefit: float


@dataclass(frozen=True, slots=True)
class Synthetic:
    """Effect on one team, and what a page shows of it.

    `rank_p` is the share of teams, the changed one included, whose placebo is as extreme:
    post/pre ratio of the gap's mean square for synthetic control, size of the effect for DiD;
    it cannot be smaller than `smallest_p`. `fit` is "poor" when `prefit_rmse` exceeds 1.5 times
    `noise`, the donors' period-to-period standard deviation. `left_out` names other changed teams.
    """

    effect: Effect
    how: How
    team: str
    donors: NDArray[np.str_]
    donor_weight: Floats
    periods: NDArray[np.datetime64]
    period_weight: Floats  # Weights of the periods before the change.
    observed: Floats
    counterfactual: Floats
    prefit_rmse: float
    noise: float
    placebo_effect: Floats  # One effect per donor.
    placebo_prefit: Floats
    rank_p: float
    left_out: tuple[str, ...]

    @property
    def fit(self) -> Fit:
        """Whether the mix follows the changed team before the change."""
        return "good" if self.prefit_rmse <= POOR_FIT_RATIO * self.noise else "poor"

    @property
    def smallest_p(self) -> float:
        """The least that `rank_p` can be."""
        return 1 / (len(self.donors) + 1)


def synthetic_effect(
    panel: TeamPanel,
    *,
    how: How = "did",
    team: str | None = None,
    alpha: float = 0.05,
    washout_periods: int = 0,
) -> Synthetic:
    """Mean effect on one changed team over its changed periods, in the metric's unit.

    how="control": donors' weights are not negative, sum to one and come closest to the team's own
    pre-period values, all of them, no other predictors (Abadie, Diamond & Hainmueller 2010).
    how="did": the same about a level of its own, with the paper's ridge, and weights of the pre-
    periods that make them like the changed ones (Arkhangelsky et al. 2021). Donors are the teams
    never changed; the first `washout_periods` changed periods are left out for all.

    The standard error is the standard deviation of placebo effects: every donor in turn is taken
    for changed, as noisy as the others. The interval is t with donors - 1 degrees of freedom; with
    so few the paper's normal quantile rejects in 6 to 11 %.

    Raises:
        CannotEstimate: fewer than 8 donors or 10 pre-periods, gaps, no changed period, several
            teams and none named, no variation, or a pre-period error over three times the noise.
        ValueError: parts of the panel that contradict each other, a team that is not changed.
    """
    require_complete(panel)
    first, periods = first_changed(panel), len(panel.periods)
    row = _changed_row(panel, first, team)
    before, donors = int(first[row]), np.flatnonzero(first >= periods)
    read = _read(panel.metric, periods, len(donors), before, washout_periods)
    y, others = panel.value[row, read], panel.value[donors][:, read]
    weights, noise = fit_weights(y, others, before, how), _noise(others[:, :before])
    placebos = _placebos(others, before, how)
    _require_fit(panel.metric, str(panel.teams[row]), weights.prefit, noise)
    return Synthetic(
        effect=_effect(panel, y, weights, placebos, before, how, alpha),
        how=how,
        team=str(panel.teams[row]),
        donors=panel.teams[donors],
        donor_weight=weights.donor,
        periods=panel.periods[read],
        period_weight=weights.period,
        observed=y,
        counterfactual=y - weights.gap,
        prefit_rmse=weights.prefit,
        noise=noise,
        placebo_effect=np.array([placebo.effect for placebo in placebos]),
        placebo_prefit=np.array([placebo.prefit for placebo in placebos]),
        rank_p=_rank_p(weights, placebos, before, how),
        left_out=_other_changed(panel, first, row),
    )


def _other_changed(panel: TeamPanel, first: NDArray[np.int64], row: int) -> tuple[str, ...]:
    """Names of the other teams changed in these periods."""
    rest = (first < len(panel.periods)) & (np.arange(len(first)) != row)
    return tuple(str(name) for name in panel.teams[rest])


def _changed_row(panel: TeamPanel, first: NDArray[np.int64], team: str | None) -> int:
    changed = np.flatnonzero(first < len(panel.periods))
    if team is not None:
        named = [int(row) for row in changed if panel.teams[row] == team]
        if not named:
            raise ValueError(f"{panel.metric}: {team} is not a team changed in these periods.")
        return named[0]
    if len(changed) == 0:
        raise CannotEstimate(
            say("{metric}: no team was changed within these periods.", metric=panel.metric)
        )
    if len(changed) > 1:
        raise CannotEstimate(
            say("{metric}: several teams were changed; name one of them.", metric=panel.metric)
        )
    return int(changed[0])


def _read(metric: str, periods: int, donors: int, before: int, washout: int) -> NDArray[np.int64]:
    """Places of the periods that are read; refused when donors or periods are too few."""
    _require_enough(metric, donors, before)
    if washout < 0:
        raise ValueError("The wash-out cannot be shorter than zero periods.")
    if before + washout >= periods:
        raise CannotEstimate(say("{metric}: no period after the change is left.", metric=metric))
    return np.concatenate([np.arange(before), np.arange(before + washout, periods)])


def _require_enough(metric: str, donors: int, before: int) -> None:
    if donors < FEWEST_DONORS:
        raise CannotEstimate(
            say(
                "{metric}: {donors} teams were never changed; {least_others} are needed as donors.",
                metric=metric,
                donors=donors,
                least_others=FEWEST_DONORS,
            )
        )
    if before < FEWEST_BEFORE:
        raise CannotEstimate(
            say(
                "{metric}: {before} periods before the change; {FEWEST_BEFORE} are needed.",
                metric=metric,
                before=before,
                FEWEST_BEFORE=FEWEST_BEFORE,
            )
        )


def _noise(before: Floats) -> float:
    """Standard deviation of the donors' changes from period to period."""
    return float(np.diff(before, axis=1).std(ddof=1))


def _require_fit(metric: str, team: str, prefit: float, noise: float) -> None:
    if noise == 0:
        raise CannotEstimate(
            say("{metric}: the donors do not vary before the change.", metric=metric)
        )
    if prefit > NO_FIT_RATIO * noise:
        raise CannotEstimate(
            say(
                "{metric}: no mix of the other teams follows {team} before the change, so none "
                "can stand in for it afterwards.",
                metric=metric,
                team=team,
            )
        )


def _placebos(donors: Floats, before: int, how: How) -> list[Weights]:
    """Every donor taken for changed, the others being its donors."""
    rows = range(len(donors))
    return [fit_weights(donors[i], np.delete(donors, i, axis=0), before, how) for i in rows]


def fit_weights(y: Floats, donors: Floats, before: int, how: How) -> Weights:
    """Weights, effect and gap of one team's series against its donors' (teams x periods).

    All weights are exact solutions of their quadratic programmes. The ridge on donors is
    zeta^2 x pre-periods with zeta = (post-periods)^(1/4) x the standard deviation of the donors'
    first differences before the change; on periods it is next to none. Synthetic control has no
    level and no time weights.
    """
    pre, post = donors[:, :before], donors[:, before:]
    if how == "control":
        donor = simplex_weights(pre.T, y[:before])
        gap = y - donor @ donors
        prefit = sqrt(float((gap[:before] ** 2).mean()))
        return Weights(donor, np.zeros(before), float(gap[before:].mean()), gap, prefit)
    noise = _noise(pre)
    zeta = post.shape[1] ** 0.25 * noise
    donor = simplex_weights(
        (pre - pre.mean(axis=1, keepdims=True)).T,
        y[:before] - y[:before].mean(),
        ridge=zeta**2 * before,
    )
    later = post.mean(axis=1)
    period = simplex_weights(
        pre - pre.mean(axis=0),
        later - later.mean(),
        ridge=(LEAST_RIDGE_IN_NOISE * noise) ** 2 * len(pre),
    )
    gap = y - donor @ donors
    prefit = float(gap[:before].std())
    gap = gap - period @ gap[:before]
    return Weights(donor, period, float(gap[before:].mean()), gap, prefit)


def _rank_p(weights: Weights, placebos: list[Weights], before: int, how: How) -> float:
    """Share of teams at least as extreme as the changed one, itself included."""

    def size(fitted: Weights) -> float:
        if how == "did":
            return abs(fitted.effect)
        after = float((fitted.gap[before:] ** 2).mean())
        return after / fitted.prefit**2 if fitted.prefit > 0 else float("inf")

    own = size(weights)
    return (1 + sum(size(placebo) >= own for placebo in placebos)) / (1 + len(placebos))


def _effect(
    panel: TeamPanel,
    y: Floats,
    weights: Weights,
    placebos: list[Weights],
    before: int,
    how: How,
    alpha: float,
) -> Effect:
    se = float(np.std([placebo.effect for placebo in placebos], ddof=1))
    df = float(len(placebos) - 1)
    if se == 0:
        raise CannotEstimate(
            say("{metric}: the donors' placebo effects do not vary.", metric=panel.metric)
        )
    half = t_quantile(1 - alpha / 2, df) * se
    treatment = float(y[before:].mean())
    return Effect(
        metric=panel.metric,
        variant="changed",
        control=treatment - weights.effect,
        treatment=treatment,
        effect=weights.effect,
        effect_ci_low=weights.effect - half,
        effect_ci_high=weights.effect + half,
        pvalue=float(t_two_sided(weights.effect / se, df)),
        nobs=len(placebos) + 1,
        method=Method(f"synthetic_{how}"),
        alpha=alpha,
        se=se,
        df=df,
        details={
            "n_donors": len(placebos),
            "periods_before": before,
            "periods_after": len(y) - before,
            "prefit_rmse": weights.prefit,
        },
    )


def simplex_weights(columns: Floats, target: Floats, *, ridge: float = 0.0) -> Floats:
    """The w >= 0 with sum one that minimises |columns @ w - target|^2 + ridge |w|^2.

    The nearest point to the origin in the convex hull of the columns less the target. With u = s w,
    |P u|^2 + (s - 1)^2 is least, at any s > 0, for the same w, so non-negative least squares
    (Lawson & Hanson 1974, an active-set method that ends at the exact solution) gives w up to its
    sum. Without a ridge and with more weights than rows the solution need not be unique; it is
    always the same one.
    """
    n = columns.shape[1]
    points = columns - target[:, None]
    if ridge > 0:
        points = np.vstack([points, np.sqrt(ridge) * np.eye(n)])
    scale = float(np.sqrt((points**2).sum(axis=0).mean()))
    if scale == 0:
        return np.full(n, 1 / n)
    rows = np.vstack([points / scale, np.ones(n)])
    goal = np.zeros(len(rows))
    goal[-1] = 1.0
    solution, _ = nnls(rows, goal, maxiter=100 * n)
    return np.asarray(solution / solution.sum())

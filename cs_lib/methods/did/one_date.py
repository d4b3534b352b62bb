"""Some teams changed at one date: one pre/post change per team, compared with the other teams'."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.did.panel import FLAT_SPREAD_RATIO, Floats, first_changed, require_complete
from cs_lib.methods.did.permutation import assignments, invert
from cs_lib.methods.did.spreads import (
    Errors,
    errors_at_one_date,
    even_freedom,
    own_freedom,
    require_own_spreads,
)
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import t_quantile, t_two_sided
from cs_lib.results import Effect, Record
from cs_lib.sentences import Method, say

RuleCode = Literal[
    "t_and_randomisation",  # There are six teams or more, and the exact test could reject.
    "t_alone",  # There are six or more, but too few assignments for the exact test.
    "fragile",  # With four or five teams the t test leans on its assumptions.
    "descriptive",  # With fewer teams there is no test.
]

FEWEST_TEAMS = 4
SOLID_TEAMS = 6


@dataclass(frozen=True, slots=True)
class TeamRule(Record):
    """Which inference so few teams carry; `smallest_p` is the least the exact test could give."""

    code: RuleCode
    n_teams: int
    n_changed: int
    smallest_p: float


@dataclass(frozen=True, slots=True)
class TeamChanges:
    """After minus before of each team, in the metric's unit, and which teams were changed."""

    teams: NDArray[np.str_]
    before: Floats
    after: Floats
    changed: NDArray[np.bool_]
    n_before: int  # The number of periods before the change.
    n_after: int

    @property
    def change(self) -> Floats:
        """After minus before."""
        return self.after - self.before


def team_rule(n_teams: int, n_changed: int, alpha: float = 0.05) -> TeamRule:
    """Which inference a number of teams carries.

    Six teams or more: the t test, and randomisation inference beside it when its smallest
    attainable two-sided p-value lies below alpha (with one changed team that takes 21 teams).
    Four or five: the t test, labelled fragile. Fewer, or nobody to compare with: descriptive only.
    """
    orders = comb(n_teams, n_changed) if 0 < n_changed < n_teams else 1
    smallest = min((2 if 2 * n_changed == n_teams else 1) / orders, 1.0)
    code: RuleCode = "t_and_randomisation" if smallest < alpha else "t_alone"
    if n_teams < SOLID_TEAMS:
        code = "fragile"
    if n_teams < FEWEST_TEAMS or not 0 < n_changed < n_teams:
        code = "descriptive"
    return TeamRule(code, n_teams, n_changed, smallest)


def team_changes(
    panel: TeamPanel, *, washout_periods: int = 0, by_cases: bool = False
) -> TeamChanges:
    """Mean after minus mean before the one date of change, for every team.

    Every period counts alike, so that what moves all teams in a period cancels between them;
    `by_cases` weighs periods by the team's cases instead. The first `washout_periods` changed
    periods are left out for all teams.

    Raises:
        CannotEstimate: nobody changed, or everybody; several dates; no period on a side; gaps.
        ValueError: parts of the panel that contradict each other, or a negative wash-out.
    """
    if washout_periods < 0:
        raise ValueError("The wash-out cannot be shorter than zero periods.")
    require_complete(panel)
    first, periods = first_changed(panel), len(panel.periods)
    changed = first < periods
    at = _one_date(panel.metric, first[changed], len(first))
    if at == 0 or at + washout_periods >= periods:
        raise CannotEstimate(
            say(
                "{metric}: no period before the change is left."
                if at == 0
                else "{metric}: no period after the change is left.",
                metric=panel.metric,
            )
        )
    weight = panel.weight if by_cases else np.ones_like(panel.value)
    before, after = slice(0, at), slice(at + washout_periods, periods)
    means = [np.average(panel.value[:, s], axis=1, weights=weight[:, s]) for s in (before, after)]
    return TeamChanges(panel.teams, means[0], means[1], changed, at, periods - at - washout_periods)


def _one_date(metric: str, first: NDArray[np.int64], n_teams: int) -> int:
    if len(first) == 0:
        raise CannotEstimate(
            say("{metric}: no team was changed within these periods.", metric=metric)
        )
    if len(first) == n_teams:
        raise CannotEstimate(
            say("{metric}: every team was changed, so none is left as control.", metric=metric)
        )
    if len(set(first.tolist())) > 1:
        raise CannotEstimate(
            say("{metric}: teams were changed at several dates, not at one.", metric=metric)
        )
    return int(first[0])


def compare_team_changes(
    panel: TeamPanel,
    *,
    alpha: float = 0.05,
    washout_periods: int = 0,
    by_cases: bool = False,
    errors: Errors | None = None,
) -> Effect:
    """Mean change of the changed teams minus that of the others, in the metric's unit.

    Collapsing each team to one number makes autocorrelation within teams harmless (Bertrand,
    Duflo & Mullainathan 2004). "own" errors are Welch's, with the degrees of freedom of
    `spreads.own_freedom`; "pooled" ones take one variance for all teams with G - 2 degrees of
    freedom and work down to one changed team, whose change must then vary as the others' do
    (Donald & Lang 2007). "even" ones are both at once, as the groups are equally large, with the
    degrees of freedom of `spreads.even_freedom`. Without `errors` the sizes of the two groups choose, see
    `spreads.errors_at_one_date`. `control` is what the changed teams would have had;
    details["rule"] is the code of `team_rule`, details["errors"] the choice.

    Raises:
        CannotEstimate: fewer than four teams, no variation between teams, or as `team_changes`.
        ValueError: "own" errors with a single team on a side, or as `team_changes`.
    """
    collapsed = team_changes(panel, washout_periods=washout_periods, by_cases=by_cases)
    rule = _rule(panel.metric, collapsed, alpha)
    errors = errors or errors_at_one_date(rule.n_changed, rule.n_teams - rule.n_changed)
    variance, df = _VARIANCES[errors](collapsed)
    method = Method(METHODS[errors])
    effect = _t_test(panel, collapsed, rule, variance, df, method, alpha)
    return effect.with_(details=effect.details | {"errors": errors})


def unlike_teams(
    panel: TeamPanel,
    *,
    times: float,
    alpha: float = 0.05,
    washout_periods: int = 0,
    by_cases: bool = False,
) -> Effect:
    """The same difference if the smaller group of teams varied `times` as much as the larger.

    For groups of one or two teams, whose spread cannot be seen. Exact for normal changes when the
    ratio of standard deviations is that one. Equally large groups: the changed teams.

    Raises:
        CannotEstimate: as `compare_team_changes`.
        ValueError: as `team_changes`.
    """
    collapsed = team_changes(panel, washout_periods=washout_periods, by_cases=by_cases)
    rule = _rule(panel.metric, collapsed, alpha)
    ratio = times if 2 * rule.n_changed <= rule.n_teams else 1 / times
    variance, df = _pooled(collapsed, ratio)
    return _t_test(panel, collapsed, rule, variance, df, Method("team_change_unlike"), alpha)


def _sides(collapsed: TeamChanges) -> tuple[NDArray[np.int64], Floats]:
    """Teams of the two groups, changed first, and the sums of squares around their means."""
    sides = [collapsed.change[on] for on in (collapsed.changed, ~collapsed.changed)]
    size = np.array([len(side) for side in sides])
    return size, np.array([float(((side - side.mean()) ** 2).sum()) for side in sides])


def _pooled(collapsed: TeamChanges, ratio: float) -> tuple[float, float]:
    """Variance of the difference and its freedom, the changed teams' spread being `ratio` times the others'."""
    size, squares = _sides(collapsed)
    weight = np.array([ratio**2, 1.0])
    df = int(size.sum()) - 2
    return float((squares / weight).sum() / df * (weight / size).sum()), float(df)


def _own(collapsed: TeamChanges) -> tuple[float, float]:
    """Variance of the difference and its freedom, each group having its own spread (Welch)."""
    size, squares = _sides(collapsed)
    require_own_spreads(size)
    parts = squares / (size - 1) / size
    return float(parts.sum()), float(own_freedom(parts, 1 / size, size))


def _even(collapsed: TeamChanges) -> tuple[float, float]:
    """Variance of the difference of two groups of as many teams, and its freedom between Welch's and G - 2."""
    size, squares = _sides(collapsed)
    require_own_spreads(size)
    parts = squares / (size - 1) / size
    return float(parts.sum()), float(even_freedom(parts, int(size[0])))


METHODS: dict[Errors, str] = {
    "pooled": "team_change_pooled_t",
    "even": "team_change_even",
    "own": "team_change_welch",
}
_VARIANCES: dict[Errors, Callable[[TeamChanges], tuple[float, float]]] = {
    "pooled": lambda collapsed: _pooled(collapsed, 1.0),
    "even": _even,
    "own": _own,
}


def _t_test(
    panel: TeamPanel,
    collapsed: TeamChanges,
    rule: TeamRule,
    variance: float,
    df: float,
    method: Method,
    alpha: float,
) -> Effect:
    """The difference of the two groups' mean changes, with its t test."""
    se = sqrt(variance)
    if se <= FLAT_SPREAD_RATIO * float(np.abs(panel.value).max()):
        raise CannotEstimate(say("{metric}: the teams' changes do not vary.", metric=panel.metric))
    on, change = collapsed.changed, collapsed.change
    estimate = float(change[on].mean() - change[~on].mean())
    half = t_quantile(1 - alpha / 2, df) * se
    return _effect(
        panel.metric,
        collapsed,
        rule,
        limits=(estimate - half, estimate + half),
        pvalue=float(t_two_sided(estimate / se, df)),
        method=method,
        alpha=alpha,
        se=se,
    ).with_(df=df)


def randomisation_test(
    panel: TeamPanel,
    *,
    alpha: float = 0.05,
    washout_periods: int = 0,
    by_cases: bool = False,
    seed: int = 0,
) -> Effect:
    """The same difference, judged by who else could have been changed.

    All choices of as many teams when there are at most 20,000, else 9,999 seeded draws and the
    observed one. Exact when the changed teams were drawn by lot; otherwise it asks how unusual
    they are among the teams. p is two-sided; the interval holds the constant effects that the
    test does not reject, and is infinite when details["smallest_p"] exceeds alpha. `se` is the
    spread of the difference over choices.

    Raises:
        CannotEstimate: as `compare_team_changes`.
        ValueError: as `team_changes`.
    Source: Fisher 1935; Rosenbaum 2002; few teams: Conley & Taber 2011, Canay et al. 2017.
    """
    collapsed = team_changes(panel, washout_periods=washout_periods, by_cases=by_cases)
    rule = _rule(panel.metric, collapsed, alpha)
    if np.ptp(collapsed.change) <= FLAT_SPREAD_RATIO * float(np.abs(panel.value).max()):
        raise CannotEstimate(say("{metric}: the teams' changes do not vary.", metric=panel.metric))
    drawn = assignments(collapsed.changed.astype(np.int64), seed=seed)
    on = drawn.labels / rule.n_changed
    contrast = on - (1 - drawn.labels) / (rule.n_teams - rule.n_changed)
    test = invert(contrast @ collapsed.change, contrast @ collapsed.changed, alpha)
    effect = _effect(
        panel.metric,
        collapsed,
        rule,
        limits=(test.low, test.high),
        pvalue=test.pvalue,
        method=Method("team_change_randomised"),
        alpha=alpha,
        se=test.spread,
    )
    extra: dict[str, float | int | str] = {
        "n_assignments": len(drawn.labels),
        "assignments": "every" if drawn.every else "drawn",
        "seed": seed,
    }
    return effect.with_(details=effect.details | extra)


def _rule(metric: str, collapsed: TeamChanges, alpha: float) -> TeamRule:
    rule = team_rule(len(collapsed.teams), int(collapsed.changed.sum()), alpha)
    if rule.code == "descriptive":
        raise CannotEstimate(
            say(
                "{metric}: {n_teams} teams are too few for a test; {FEWEST_TEAMS} are needed.",
                metric=metric,
                n_teams=rule.n_teams,
                FEWEST_TEAMS=FEWEST_TEAMS,
            )
        )
    return rule


def _effect(
    metric: str,
    collapsed: TeamChanges,
    rule: TeamRule,
    *,
    limits: tuple[float, float],
    pvalue: float,
    method: Method,
    alpha: float,
    se: float,
) -> Effect:
    on = collapsed.changed
    estimate = float(collapsed.change[on].mean() - collapsed.change[~on].mean())
    treatment = float(collapsed.after[on].mean())
    return Effect(
        metric=metric,
        variant="changed",
        control=treatment - estimate,
        treatment=treatment,
        effect=estimate,
        effect_ci_low=limits[0],
        effect_ci_high=limits[1],
        pvalue=pvalue,
        nobs=rule.n_teams,
        method=method,
        alpha=alpha,
        se=se,
        details={
            "rule": rule.code,
            "smallest_p": rule.smallest_p,
            "n_changed": rule.n_changed,
            "n_control": rule.n_teams - rule.n_changed,
            "periods_before": collapsed.n_before,
            "periods_after": collapsed.n_after,
        },
    )

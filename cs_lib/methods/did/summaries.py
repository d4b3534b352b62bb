"""One number from a roll-out in waves: three averages of the same group-time effects, told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.methods.did.group_time import Estimates, mix, share_drift
from cs_lib.methods.did.one_date import SOLID_TEAMS
from cs_lib.methods.did.panel import Floats, Ints
from cs_lib.methods.did.permutation import assignments, invert
from cs_lib.methods.did.spreads import Errors
from cs_lib.methods.did.staggered import Flags, GroupTimeEffects, require_variation
from cs_lib.methods.tails import t_quantile, t_two_sided
from cs_lib.results import Effect, Record
from cs_lib.sentences import Method

Summary = Literal["adoption", "time_since", "calendar"]


Counts = Literal["team_period", "team", "time_since"]
WAYS_TO_COUNT: tuple[Counts, ...] = ("team_period", "team", "time_since")


@dataclass(frozen=True, slots=True)
class Average(Record):
    """An average of group-time effects; `counts` says what has one vote in it.

    "team_period": every changed team in every changed period ("simple" of Callaway and Sant'Anna;
    long-changed teams weigh more). "team": every changed team, by the mean over its own changed
    periods ("group"). "time_since": every number of periods since the change ("dynamic"; late
    ones speak of early teams alone).
    """

    counts: Counts
    effect: float
    se: float
    low: float
    high: float
    df: float
    alpha: float


def average_effect(
    effects: GroupTimeEffects,
    counts: Counts,
    *,
    alpha: float = 0.05,
    errors: Errors | None = None,
) -> Average:
    """One average of the effects after the change, in the metric's unit, with its interval.

    Errors and degrees of freedom are those of `overall_effect`, with which "team_period" agrees.
    Source: Callaway & Sant'Anna 2021, section 3.
    """
    weight, drift = _weights(effects, counts)
    load = np.tensordot(weight, effects.cells.load, axes=1)
    estimates = mix(effects.teams, load, errors or effects.errors, drift=drift)
    value, se, df = float(estimates.value[0]), float(estimates.se[0]), float(estimates.df[0])
    half = t_quantile(1 - alpha / 2, df) * se
    return Average(counts, value, se, value - half, value + half, df, alpha)


def _weights(effects: GroupTimeEffects, counts: Counts) -> tuple[Floats, Floats]:
    """One weight per cell, summing to one, and what one more team in a group adds through the weights."""
    post = effects.since >= 0
    if counts == "team_period":
        chosen, votes = post[None, :], np.ones(1)
    elif counts == "team":
        key = effects.group
        keys = np.unique(key[post])
        chosen = (key[None, :] == keys[:, None]) & post
        votes = np.array([effects.n_changed[row][0] for row in chosen], dtype=float)
    else:
        since = np.unique(effects.since[post])
        chosen = effects.since[None, :] == since[:, None]
        votes = np.ones(len(since))
    rows, drift = share_drift(effects.cells, effects.teams, chosen, effects.effect)
    weight, added = votes / votes.sum() @ rows, votes / votes.sum() @ drift
    if counts == "team":  # Votes are teams, and chance decides how many there are.
        place = np.searchsorted(effects.teams.first, effects.cells.group)
        groups = [place[row][0] for row in chosen]
        added[groups] += (rows @ effects.effect - weight @ effects.effect) / votes.sum()
    return weight[None], added[None]


@dataclass(frozen=True, slots=True)
class EffectProfile:
    """Effects by adoption date, by periods since adoption, or by calendar period.

    `low` and `high` hold for one row at a time, the band for all rows together at the same alpha
    (Bonferroni-t). `n_changed` says how many changed teams stand behind a row: where it differs,
    rows speak of different teams.
    """

    by: Summary
    key: NDArray[Any]  # Dates, or whole numbers of periods.
    effect: Floats
    se: Floats
    low: Floats
    high: Floats
    band_low: Floats
    band_high: Floats
    pvalue: Floats
    n_changed: Ints
    df: Floats
    alpha: float
    cov: Floats


def overall_effect(
    effects: GroupTimeEffects, *, alpha: float = 0.05, errors: Errors | None = None
) -> Effect:
    """Average effect over all changed teams and their changed periods ("simple" aggregation).

    Adoption groups weigh by their teams times their periods, so early adopters count more.
    Without `errors` the sizes of the adoption groups choose, see `spreads.errors_in_waves`.
    "pooled": covariance over time pooled over adoption groups, given who adopted when, and
    Satterthwaite's degrees of freedom; it needs no second team in a wave and takes all teams to
    vary alike. "own": a covariance for every group, which is Welch's t carried to many groups.
    "sides": one for the teams ever changed and one for the others.
    "influence": the influence functions of Callaway and Sant'Anna, t with teams less one degrees
    of freedom; with 8 to 20 teams they rejected in 8 to 15 %. `control` is the changed teams' mean
    less the effect; details["errors"] is the choice.

    Raises:
        CannotEstimate: no variation.
        ValueError: "own" errors and a group of one team.
    """
    errors = errors or effects.errors
    post = effects.since >= 0
    estimates = _summaries(effects, post[None, :], errors)
    value, se = float(estimates.value[0]), float(estimates.se[0])
    df = float(estimates.df[0])
    half = t_quantile(1 - alpha / 2, df) * se
    treatment = float(np.average(_treated_means(effects)[post], weights=effects.n_changed[post]))
    return Effect(
        metric=effects.metric,
        variant="changed",
        control=treatment - value,
        treatment=treatment,
        effect=value,
        effect_ci_low=value - half,
        effect_ci_high=value + half,
        pvalue=float(t_two_sided(value / se, df)),
        nobs=len(effects.teams.of_team),
        method=Method(f"group_time_{errors}"),
        alpha=alpha,
        se=se,
        df=df,
        details=_details(effects) | {"errors": errors},
    )


def _details(effects: GroupTimeEffects) -> dict[str, float | int | str]:
    periods = effects.value.shape[1]
    size = effects.teams.size
    changed = effects.teams.first < periods
    return {
        "controls": effects.rules.controls,
        "anticipation": effects.rules.anticipation,
        "n_changed": int(size[changed].sum()),
        "n_never": int(size[~changed].sum()),
        "adoption_dates": int(changed.sum()),
        "left_out": len(effects.left_out),
        "rule": "fragile" if len(effects.teams.of_team) < SOLID_TEAMS else "t_alone",
    }


def _treated_means(effects: GroupTimeEffects) -> Floats:
    place = np.searchsorted(effects.teams.first, effects.cells.group)
    return effects.teams.mean[place, effects.cells.period]


def _summaries(effects: GroupTimeEffects, chosen: Flags, errors: Errors) -> Estimates:
    """Averages of the chosen cells (summaries x cells), weighted by the groups' teams."""
    weight, drift = share_drift(effects.cells, effects.teams, chosen, effects.effect)
    load = np.tensordot(weight, effects.cells.load, axes=1)
    estimates = mix(effects.teams, load, errors, drift=drift)
    require_variation(effects.metric, estimates.se, effects.value)
    return estimates


def effects_by_adoption(
    effects: GroupTimeEffects, *, alpha: float = 0.05, errors: Errors | None = None
) -> EffectProfile:
    """Average effect on each adoption group over its changed periods; the key is its date.

    Errors are chosen as for `overall_effect`.
    """
    post = effects.since >= 0
    return _profile(effects, "adoption", effects.group, post, alpha, errors or effects.errors)


def effects_by_time_since(
    effects: GroupTimeEffects, *, alpha: float = 0.05, errors: Errors | None = None
) -> EffectProfile:
    """Event study: effect so many periods after adoption (0 the first changed, negative: placebos).

    With long base periods the base itself, where all effects are zero, is not among the rows.
    Errors are "influence" where `overall_effect` takes those, else "pooled".
    """
    every = np.ones(len(effects.since), dtype=bool)
    by = errors or effects.row_errors
    return _profile(effects, "time_since", effects.since, every, alpha, by)


def effects_by_calendar(
    effects: GroupTimeEffects, *, alpha: float = 0.05, errors: Errors | None = None
) -> EffectProfile:
    """Average effect in each calendar period on the teams changed by then; the key is the period.

    Errors are "influence" where `overall_effect` takes those, else "pooled".
    """
    post, by = effects.since >= 0, errors or effects.row_errors
    return _profile(effects, "calendar", effects.period, post, alpha, by)


def _profile(
    effects: GroupTimeEffects,
    by: Summary,
    key: NDArray[Any],
    used: Flags,
    alpha: float,
    errors: Errors,
) -> EffectProfile:
    keys = np.unique(key[used])
    chosen = (key[None, :] == keys[:, None]) & used
    estimates = _summaries(effects, chosen, errors)
    half, wide = (
        np.array([t_quantile(1 - level / 2, df) for df in estimates.df]) * estimates.se
        for level in (alpha, alpha / len(keys))
    )
    largest = [np.unique(effects.group[row], return_index=True)[1] for row in chosen]
    counts = [effects.n_changed[row][at].sum() for row, at in zip(chosen, largest, strict=True)]
    return EffectProfile(
        by=by,
        key=keys,
        effect=estimates.value,
        se=estimates.se,
        low=estimates.value - half,
        high=estimates.value + half,
        band_low=estimates.value - wide,
        band_high=estimates.value + wide,
        pvalue=t_two_sided(estimates.value / estimates.se, estimates.df),
        n_changed=np.array(counts, dtype=np.int64),
        df=estimates.df,
        alpha=alpha,
        cov=estimates.cov,
    )


def rollout_permutation_test(
    effects: GroupTimeEffects, *, alpha: float = 0.05, seed: int = 0
) -> Effect:
    """The overall effect, judged by dealing the adoption dates to the teams anew.

    Exact when the order of the roll-out was drawn by lot (the test is of no effect on any team).
    All orders when there are at most 20,000, else 9,999 seeded draws and the observed one. The
    interval holds the constant effects that the test does not reject; it is infinite when
    details["smallest_p"] exceeds alpha. `se` is the spread of the estimate over orders.
    Source: Fisher 1935; for staggered adoption Roth & Sant'Anna 2023, without their weights.
    """
    overall = overall_effect(effects, alpha=alpha)
    teams, periods = effects.teams, effects.value.shape[1]
    weight, _ = share_drift(effects.cells, teams, (effects.since >= 0)[None, :], effects.effect)
    load = np.tensordot(weight, effects.cells.load, axes=1)[0] / teams.size[:, None]
    changed = (np.arange(periods) >= teams.first[teams.of_team][:, None]).astype(float)
    drawn = assignments(teams.of_team.astype(np.int64), seed=seed)
    place = np.arange(len(teams.of_team))
    statistic = (load @ effects.value.T)[drawn.labels, place].sum(axis=1)
    shift = (load @ changed.T)[drawn.labels, place].sum(axis=1)
    test = invert(statistic, shift, alpha)
    extra: dict[str, float | int | str] = {
        "smallest_p": test.smallest_p,
        "n_assignments": len(drawn.labels),
        "assignments": "every" if drawn.every else "drawn",
        "seed": seed,
    }
    return overall.with_(
        effect_ci_low=test.low,
        effect_ci_high=test.high,
        pvalue=test.pvalue,
        method=Method("group_time_permuted"),
        se=test.spread,
        df=float("inf"),
        details=overall.details | extra,
    )

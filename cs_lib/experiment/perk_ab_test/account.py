"""A net value taken apart: what was earned more, what discounts took, what the perks cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from cs_lib import sentences as w
from cs_lib.aggregates import ClusterSums, Moments
from cs_lib.experiment.perk_ab_test.compare import effect_of, effect_on
from cs_lib.experiment.perk_ab_test.result import Account
from cs_lib.experiment.perk_ab_test.trial import Trial
from cs_lib.methods.errors import CannotEstimate
from cs_lib.results import Effect
from cs_lib.sentences import say


def account(trial: Trial, net_value: Effect | None, *, look: date | None) -> Account | None:
    """The parts of one variant's net value at the look it was read at; None when they cannot be had."""
    if trial.study.money is None or net_value is None:
        return None
    control, arm = trial.study.design.control, net_value.variant
    margin, discount = (
        f"{name}_{trial.study.money.window_days}d" for name in ("margin", "discount")
    )
    adjusted = bool(trial.study.measure.covariates) and trial.study.rule.correction != "dunnett"
    try:
        if trial.study.design.cluster is not None:
            gain, off = (_by_cluster(trial, n, arm, adjusted=adjusted) for n in (margin, discount))
        else:
            known = dict(trial.evidence.looks)[look] if look else trial.evidence.moments
            past = trial.study.measure.covariates if adjusted else ()
            gain, off = (
                _difference(known[n], n, control, arm, covariates=past) for n in (margin, discount)
            )
    except (CannotEstimate, KeyError):
        return None
    rest = gain - off - net_value.effect
    return Account(arm, gain, off, rest, net_value, adjusted)


def _difference(
    moments: Mapping[str, Moments],
    name: str,
    control: str,
    arm: str,
    *,
    covariates: tuple[str, ...],
) -> float:
    """Treatment minus control by the method of the net value; what never varies needs no method.

    Raises:
        CannotEstimate: as that method does.
    """
    parts = [moments[variant].of(name) for variant in (control, arm)]
    if all(variance == 0 for _, _, variance in parts):
        return parts[1][1] - parts[0][1]
    return effect_of(moments, name, control, arm, alpha=0.05, covariates=covariates).effect


def _by_cluster(trial: Trial, name: str, arm: str, *, adjusted: bool) -> float:
    """Treatment minus control as the net value has it; what never varies needs no method.

    Raises:
        CannotEstimate: as that method does.
    """
    sums, control = trial.evidence.clusters[name], trial.study.design.control
    if adjusted and (sums.within.any() or len(np.unique(sums.total / sums.n)) > 1):
        return effect_on(trial, name, arm, alpha=0.05).effect
    return _between_means(sums, control, arm)


def _between_means(sums: ClusterSums, control: str, arm: str) -> float:
    """Treatment minus control of the means over units, as with cluster-robust errors."""
    means = []
    for variant in (control, arm):
        own = np.asarray(sums.variant == variant)
        if not sums.n[own].sum():
            raise CannotEstimate(
                say("Nobody in {variant} belongs to a cluster.", variant=w.name(variant))
            )
        means.append(float(sums.total[own].sum() / sums.n[own].sum()))
    return means[1] - means[0]

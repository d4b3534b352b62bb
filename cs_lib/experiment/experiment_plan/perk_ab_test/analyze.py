"""A plan from the past: how large a test must be, how long it takes, what it will be able to show."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isfinite, sqrt

from cs_lib import sentences as w
from cs_lib.experiment.experiment_plan.perk_ab_test.checks import plan_checks
from cs_lib.experiment.experiment_plan.perk_ab_test.decide import decide_plan, not_enough
from cs_lib.experiment.experiment_plan.perk_ab_test.history import (
    Clusters,
    arrivals,
    clusters_of,
    explained,
    less_covariates,
    outcome_of,
    usual_level,
)
from cs_lib.experiment.experiment_plan.perk_ab_test.options import (
    GuardPlan,
    chances,
    choices,
    guard_plans,
)
from cs_lib.experiment.experiment_plan.perk_ab_test.result import Past, PerkPlanResult, Sized
from cs_lib.experiment.experiment_plan.perk_ab_test.settings import written_study
from cs_lib.experiment.experiment_plan.perk_ab_test.sizes import LONGEST_DAYS, Option, Sizing
from cs_lib.methods.errors import CannotEstimate, or_none, tried
from cs_lib.methods.power.ab import Design, Outcome, equal_looks
from cs_lib.metrics.experiment_plan import PerkPlanEvidence
from cs_lib.params import PerkPlan
from cs_lib.results import stage
from cs_lib.sentences import Sentence, say

# With fewer customers followed over a full window nothing is estimated.
LEAST_CUSTOMERS_FOLLOWED = 100
USUAL_WEEKS_SHOWN = (4, 8, 12, 26, 52)
# Lengths that differ by less than this share are not shown side by side.
ALIKE_DAYS_SHARE = 0.1
POINTS_OF_CURVES = 30


def analyze(evidence: PerkPlanEvidence, study: PerkPlan) -> PerkPlanResult:
    """Size, days and settings of the planned test; data that carry no plan give `not_enough_data`."""
    basis, refusal = tried(lambda: _from_the_past(evidence, study))
    if basis is None:
        return PerkPlanResult(study=study, evidence=evidence, decision=not_enough(refusal))
    past, sizing, money = basis
    needed, refusal = tried(sizing.needed)
    limit, within = study.limit_days, None
    if limit is not None and (needed is None or needed.days > limit > sizing.follow_up):
        within = sizing.after(limit - sizing.follow_up)
    shown = within or needed
    lengths = _lengths(needed, study, sizing)
    sized = Sized(
        study=study,
        evidence=evidence,
        past=past,
        planned=_priced(needed, money) if needed else None,
        within=_priced(within, money) if within else None,
        options=tuple(_priced(one, money) for one in _options(needed, lengths, sizing)),
        curve=tuple(sizing.after(days) for days in _grid(needed, lengths)),
        choices=choices(sizing),
        chances=chances(sizing, shown.n_control) if shown and shown.n_control > 1 else (),
        guardrails=_guardrails(evidence, sizing, shown),
    )
    decision = decide_plan(sized, refusal)
    ready = decision.verdict == "planned" and needed is not None
    return PerkPlanResult(
        **stage(sized),
        decision=decision,
        checks=plan_checks(sized, past, sizing.arrivals),
        settings=written_study(study, sizing, needed, sized.primary) if ready and needed else "",
    )


def _from_the_past(
    evidence: PerkPlanEvidence, study: PerkPlan
) -> tuple[Past, Sizing, Sizing | None]:
    """Level, variation and intake, and the sizing of the primary metric and of money.

    Raises:
        CannotEstimate: too few customers, no variation, nobody coming.
    """
    name, metric = study.measure.primary_metric, evidence.metrics[study.measure.primary_metric]
    moments = evidence.moments.get(name)
    followed = moments.n if moments else 0
    if moments is None or followed < LEAST_CUSTOMERS_FOLLOWED:
        raise CannotEstimate(_too_few(evidence, study, followed))
    outcome = outcome_of(metric, moments)
    r2 = explained(metric, moments, study.measure.covariates)
    clusters = clusters_of(evidence.clusters) if evidence.clusters is not None else None
    adjusted = clusters
    if evidence.cluster_moments is not None:
        adjusted = clusters_of(less_covariates(evidence.cluster_moments))
    past = Past(
        followed,
        usual_level(metric, moments),
        r2,
        clusters.count if clusters else 0,
        clusters.icc if clusters else 0.0,
        adjusted.icc if adjusted and evidence.cluster_moments is not None else None,
    )
    sizing = replace(
        _sizing(evidence, study, outcome, sqrt(r2), adjusted), clusters_unadjusted=clusters
    )
    return past, sizing, _money(evidence, study, sizing)


def _too_few(evidence: PerkPlanEvidence, study: PerkPlan, followed: int) -> Sentence:
    days = evidence.metrics[study.measure.primary_metric].window_days
    period = w.days(*study.design.history)
    if not evidence.entered:
        return say("Nobody would have entered such a test from {period}.", period=period)
    who = w.counted(evidence.entered, "customer")
    return say(
        "Of {who} who would have entered from {period}, {followed} were followed for "
        "{days}; a plan needs {needed}.",
        who=who,
        period=period,
        followed=w.count(followed),
        days=w.counted(days, "day"),
        needed=w.count(LEAST_CUSTOMERS_FOLLOWED),
    )


def _sizing(
    evidence: PerkPlanEvidence,
    study: PerkPlan,
    outcome: Outcome,
    rho: float,
    clusters: Clusters | None,
) -> Sizing:
    plan, rule, looks = study.design, study.rule, study.looks
    good = evidence.metrics[study.measure.primary_metric].good
    control, arm = plan.split[plan.control], plan.split[plan.arms[0]]
    equal = abs(arm - control) < 1e-9
    design = Design(
        alpha=rule.alpha,
        power=rule.power,
        arms=len(plan.arms),
        correction="dunnett" if rule.correction == "dunnett" else "bonferroni",
        allocation=1.0 if equal else arm / control,
        rho=rho,
        looks=equal_looks(looks.count) if looks else (1.0,),
        kind=looks.spending if looks else "obrien_fleming",
    )
    return Sizing(
        outcome=outcome,
        effect=rule.min_effect if good == "up" else -rule.min_effect,
        good=good,
        design=design,
        variants=len(plan.arms),
        arrivals=arrivals(evidence.entries),
        follow_up=study.follow_up_days,
        share=min(control + len(plan.arms) * arm, 1.0),
        start=plan.start,
        clusters=clusters,
    )


def _money(evidence: PerkPlanEvidence, study: PerkPlan, sizing: Sizing) -> Sizing | None:
    """The same test read for net value; None when money does not count or does not vary."""
    if study.money is None:
        return None
    name = f"net_value_{study.money.window_days}d"
    moments = evidence.moments.get(name)
    if moments is None:
        return None
    outcome = or_none(lambda: outcome_of(evidence.metrics[name], moments))
    if outcome is None:
        return None
    rho = sqrt(explained(evidence.metrics[name], moments, study.measure.covariates))
    return replace(sizing, outcome=outcome, design=replace(sizing.design, rho=rho))


def _priced(option: Option, money: Sizing | None) -> Option:
    """With the smallest net value it could show."""
    if money is None:
        return option
    least = money.smallest(option.n_control) if option.n_control >= 2 else inf
    return replace(option, smallest_net_value=least if isfinite(least) else None)


def _lengths(needed: Option | None, study: PerkPlan, sizing: Sizing) -> list[int]:
    """Days of assignment to compare: some usual ones, the planned one, the limit."""
    own = [needed.assigned_days] if needed else []
    own += [study.limit_days - sizing.follow_up] if study.limit_days else []
    usual = [7 * weeks for weeks in USUAL_WEEKS_SHOWN]
    if needed is not None:
        usual = [d for d in usual if d <= max(2 * needed.assigned_days, 7 * USUAL_WEEKS_SHOWN[1])]
    usual = [d for d in usual if all(abs(d - mine) > ALIKE_DAYS_SHARE * d for mine in own)]
    return sorted({d for d in (*usual, *own) if d > 0})


def _options(needed: Option | None, lengths: list[int], sizing: Sizing) -> list[Option]:
    """A test of each length, the planned one with the customers it needs and no more."""
    planned = needed.assigned_days if needed else None
    return [needed if needed and d == planned else sizing.after(d) for d in lengths]


def _grid(needed: Option | None, lengths: list[int]) -> list[int]:
    """Days of assignment along the curves, evenly."""
    last = max([*lengths[-1:], round(1.5 * needed.assigned_days) if needed else 0, 14])
    last = min(last, LONGEST_DAYS)
    extra = [needed.assigned_days] if needed and needed.assigned_days <= last else []
    return sorted(
        {round(last * k / POINTS_OF_CURVES) for k in range(1, POINTS_OF_CURVES + 1)} | set(extra)
    )


def _guardrails(
    evidence: PerkPlanEvidence, sizing: Sizing, shown: Option | None
) -> tuple[GuardPlan, ...]:
    if shown is None or shown.n_control < 2:
        return ()
    margins = evidence.guardrails
    return guard_plans(margins, evidence.metrics, evidence.moments, sizing, shown.n_control)

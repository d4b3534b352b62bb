"""A perk A/B test from its moments: checks first, then effects by assignment, then one decision per variant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt

from cs_lib import wording as w
from cs_lib.experiment.ab import compare_means, compare_shares, non_inferiority
from cs_lib.experiment.decide import blocked, decide_perk, waiting
from cs_lib.experiment.multiplicity import holm, holm_levels
from cs_lib.experiment.sample_ratio import sample_ratio
from cs_lib.metrics import PER_UNIT, Metric
from cs_lib.metrics.evidence import PerkEvidence
from cs_lib.params import PerkAbTest
from cs_lib.results import Check, Decision, Effect, Guardrail, Record

ALIKE = (
    0.1  # standardised mean difference above which a covariate counts as unbalanced (Austin 2009)
)
LEAK = 0.01  # share of control customers with a perk from which the comparison is spoilt


@dataclass(frozen=True, slots=True)
class Comparison(Record):
    """One variant against control."""

    variant: str
    primary: Effect
    net_value: Effect | None
    guardrails: tuple[Guardrail, ...]
    secondary: tuple[Effect, ...]
    decision: Decision


@dataclass(frozen=True, slots=True)
class PerkResult:
    """What an A/B study found. `comparisons` is empty while the effect is withheld."""

    study: PerkAbTest
    metrics: dict[str, Metric]
    currency: str
    checks: tuple[Check, ...]
    comparisons: tuple[Comparison, ...]
    decision: Decision
    assigned: dict[str, int]
    observed: dict[str, int]
    observed_until: date

    @property
    def primary(self) -> Metric:
        """The metric that decides."""
        return self.metrics[self.study.measure.primary_metric]

    def effects(self) -> tuple[Effect, ...]:
        """All effects, primary first, by variant."""
        rows: list[Effect] = []
        for c in self.comparisons:
            rows += [
                c.primary,
                *([c.net_value] if c.net_value else []),
                *(g.effect for g in c.guardrails),
                *c.secondary,
            ]
        return tuple(rows)


def analyze_perk(evidence: PerkEvidence, study: PerkAbTest) -> PerkResult:
    """Checks, effects and decision of an A/B study. Effects are withheld when a check blocks or the size is short."""
    observed = {v: m.n for v, m in evidence.moments[study.measure.primary_metric].items()}
    smallest = min(observed.get(v, 0) for v in _compared(study))
    short = smallest < study.rule.planned_n
    checks = perk_checks(evidence, study)
    decision = blocked(checks)
    comparisons: tuple[Comparison, ...] = ()
    if decision is None and short and not _over(evidence, study):
        decision = waiting(smallest, study.rule.planned_n, per_day=_intake(evidence, study))
    elif short:
        checks = (*checks, _undersized(smallest, study.rule.planned_n))
    if decision is None:
        comparisons = compare_all(evidence, study)
        decision = overall(comparisons)
    return PerkResult(
        study=study,
        metrics=evidence.metrics,
        currency=evidence.currency,
        checks=checks,
        comparisons=comparisons,
        decision=decision,
        assigned=evidence.assigned,
        observed=observed,
        observed_until=evidence.observed_until,
    )


def _compared(study: PerkAbTest) -> list[str]:
    return [study.design.control, *study.design.arms]


def _over(evidence: PerkEvidence, study: PerkAbTest) -> bool:
    """Whether nobody is left to wait for: the period has ended and every window with it."""
    days = evidence.metrics[study.measure.primary_metric].window_days
    return evidence.observed_until > study.design.period[1] + timedelta(days=days)


def _undersized(observed: int, planned: int) -> Check:
    finding = (
        f"{w.count(observed)} of {w.count(planned)} planned customers per variant; assignment is over,"
        " so this is all there will be."
    )
    return Check("Planned size reached", False, finding)


def compare_all(evidence: PerkEvidence, study: PerkAbTest) -> tuple[Comparison, ...]:
    """Every variant against control; with several, Holm's p and intervals at the level Holm used."""
    first = [
        _effect(evidence, study.measure.primary_metric, arm, study) for arm in study.design.arms
    ]
    pvalues = [effect.pvalue for effect in first]
    levels = holm_levels(pvalues, alpha=study.rule.alpha)
    adjusted = holm(pvalues)
    found: list[Comparison] = []
    for arm, alpha, pvalue in zip(study.design.arms, levels, adjusted, strict=True):
        alpha, pvalue = float(alpha), float(pvalue)
        primary = _effect(evidence, study.measure.primary_metric, arm, study, alpha=alpha).with_(
            pvalue=pvalue
        )
        found.append(_comparison(evidence, study, arm, primary=primary, alpha=alpha))
    return tuple(found)


def _comparison(
    evidence: PerkEvidence, study: PerkAbTest, arm: str, *, primary: Effect, alpha: float
) -> Comparison:
    money = study.money
    net = (
        _effect(evidence, f"net_value_{money.window_days}d", arm, study, alpha=alpha)
        if money
        else None
    )
    guardrails = tuple(
        non_inferiority(
            _effect(evidence, name, arm, study, alpha=0.05),
            good=evidence.metrics[name].good,
            margin=margin,
        )
        for name, margin in study.measure.guardrails.items()
    )
    decision = decide_perk(
        primary,
        net,
        guardrails,
        metric=evidence.metrics[primary.metric],
        min_effect=study.rule.min_effect,
        currency=evidence.currency,
    )
    secondary = tuple(_effect(evidence, name, arm, study) for name in study.measure.secondary)
    return Comparison(arm, primary, net, guardrails, secondary, decision)


def _effect(
    evidence: PerkEvidence, name: str, arm: str, study: PerkAbTest, *, alpha: float | None = None
) -> Effect:
    moments = evidence.moments[name]
    compare = compare_shares if PER_UNIT[name].share else compare_means
    return compare(
        moments[study.design.control], moments[arm], name, alpha=alpha or study.rule.alpha
    )


def overall(comparisons: Sequence[Comparison]) -> Decision:
    """One verdict for the page: the variant to ship if there is one, else the most hopeful of the others."""
    if len(comparisons) == 1:
        return comparisons[0].decision
    rank = {"ship": 0, "inconclusive": 1, "stop": 2}
    ordered = sorted(comparisons, key=lambda c: (rank[c.decision.verdict], -_worth(c)))
    best = ordered[0]
    others = [f"{w.name(c.variant)}: {w.VERDICTS[c.decision.verdict].lower()}" for c in ordered[1:]]
    because = (
        f"{w.sentence(w.name(best.variant)).rstrip('.')} comes out best. {best.decision.because}"
    )
    return Decision(
        best.decision.verdict,
        f"{because} The others: {w.listed(others)}.",
        f"{best.decision.next_step}",
    )


def _worth(comparison: Comparison) -> float:
    return comparison.net_value.effect if comparison.net_value else comparison.primary.effect


def perk_checks(evidence: PerkEvidence, study: PerkAbTest) -> tuple[Check, ...]:
    """Every trust check of an A/B study, in the order a doubter would ask."""
    checks = [_present(evidence, study)]
    if checks[0].passed:
        checks += [_split(evidence, study), _one_each(evidence), _clean_control(evidence, study)]
        checks += _alike(evidence, study)
    checks.append(_windows(evidence, study))
    if study.money and not evidence.counts_redemptions:
        finding = "The source has no perk_redemptions; discounts count as zero in the net value."
        checks.append(Check("Discounts counted", None, finding))
    return tuple(checks)


def _present(evidence: PerkEvidence, study: PerkAbTest) -> Check:
    planned, seen = set(study.design.split), set(evidence.assigned)
    name = "Variants as planned"
    if not seen:
        start, end = study.design.period
        finding = f"Nobody was assigned in experiment '{study.design.experiment}' from {w.days(start, end)}."
        return Check(name, False, finding, blocks_decision=True)
    problems = [f"'{v}' is planned but has no customer" for v in sorted(planned - seen)]
    problems += [
        f"'{v}' has {w.counted(evidence.assigned[v], 'customer')} but is not planned"
        for v in sorted(seen - planned)
    ]
    if problems:
        return Check(name, False, w.sentence(w.listed(problems)), blocks_decision=True)
    return Check(
        name, True, f"All {len(planned)} planned variants have customers, and no other has."
    )


def _split(evidence: PerkEvidence, study: PerkAbTest) -> Check:
    ratio = sample_ratio(evidence.assigned, study.design.split)
    parts = [
        f"{w.name(v)} {w.percent(ratio.observed[v], places=1)} (planned {w.percent(ratio.planned[v], places=1)})"
        for v in ratio.observed
    ]
    finding = f"{w.sentence(w.listed(parts)).rstrip('.')}; chance alone gives this or worse with p {_p(ratio.pvalue)}."
    if ratio.level == "alarm":
        finding = f"The split is broken: {finding} Some customers were lost or added on one side."
    return Check(
        "Split as planned", ratio.level == "ok", finding, blocks_decision=ratio.level == "alarm"
    )


def _p(value: float) -> str:
    text = w.pvalue(value)
    return text if text.startswith("<") else f"= {text}"


def _one_each(evidence: PerkEvidence) -> Check:
    total = sum(evidence.assigned.values())
    return Check(
        "One assignment per customer",
        True,
        f"0 of {w.counted(total, 'customer')} are in two variants.",
    )


def _clean_control(evidence: PerkEvidence, study: PerkAbTest) -> Check:
    name, control = "No perk in control", study.design.control
    if not evidence.counts_redemptions:
        return Check(name, None, "Not available because the source has no perk_redemptions.")
    used, total = evidence.redeemed.get(control, 0), evidence.assigned[control]
    finding = f"{w.count(used)} of {w.counted(total, 'control customer')} used a perk."
    return Check(name, used == 0, finding, blocks_decision=used / total > LEAK)


def _alike(evidence: PerkEvidence, study: PerkAbTest) -> list[Check]:
    """Spending before assignment: chance alone should make the variants alike."""
    before = evidence.spent_before
    if not all(v in before for v in _compared(study)):
        return []
    _, mean0, var0 = before[study.design.control].of("spent")
    gaps = {}
    for arm in study.design.arms:
        _, mean, var = before[arm].of("spent")
        spread = sqrt((var + var0) / 2)
        gaps[arm] = (mean - mean0) / spread if spread > 0 else 0.0
    arm = max(gaps, key=lambda a: abs(gaps[a]))
    _, mean, _ = before[arm].of("spent")
    amounts = [w.money(value, currency=evidence.currency) for value in (mean, mean0)]
    finding = (
        f"Spent in the 180 days before: {amounts[0]} ({w.name(arm)}) against {amounts[1]} (control),"
        f" {w.plain(abs(gaps[arm]), 2)} standard deviations apart."
    )
    return [Check("Alike before the start", abs(gaps[arm]) <= ALIKE, finding)]


def _windows(evidence: PerkEvidence, study: PerkAbTest) -> Check:
    metric = study.measure.primary_metric
    mature = sum(m.n for m in evidence.moments[metric].values())
    total = sum(evidence.assigned.values())
    days = evidence.metrics[metric].window_days
    finding = (
        f"{w.count(mature)} of {w.counted(total, 'customer')} observed for {w.counted(days, 'day')}"
    )
    rest = "; the rest are left out, never counted as no." if mature < total else "."
    return Check("Outcome windows complete", True if total else None, finding + rest)


def _intake(evidence: PerkEvidence, study: PerkAbTest) -> float:
    """Customers assigned per day and compared variant, over the observed part of the period."""
    start, end = study.design.period
    days = (min(end, evidence.observed_until) - start).days + 1
    return min(evidence.assigned.get(v, 0) for v in _compared(study)) / days if days > 0 else 0.0

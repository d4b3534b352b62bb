"""What must hold before an A/B effect is read: the split, the variants, the windows, the likeness."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from cs_lib import wording as w
from cs_lib.experiment.sample_ratio import sample_ratio
from cs_lib.metrics.evidence import PerkEvidence
from cs_lib.params import PerkAbTest
from cs_lib.results import Check, Effect

ALIKE = (
    0.1  # standardised mean difference above which a covariate counts as unbalanced (Austin 2009)
)
HELPS = 0.98  # variance ratio from which an adjustment is worth a word
LEAK = 0.01  # share of control customers with a perk from which the comparison is spoilt


def undersized(observed: int, planned: int) -> Check:
    """The note on a study that is over below its planned size."""
    finding = (
        f"{w.count(observed)} of {w.count(planned)} planned customers per variant; assignment is over,"
        " so this is all there will be."
    )
    return Check("Planned size reached", False, finding)


def perk_checks(evidence: PerkEvidence, study: PerkAbTest) -> tuple[Check, ...]:
    """Every trust check of an A/B study, in the order a doubter would ask."""
    checks = [_present(evidence, study)]
    if checks[0].passed:
        checks += [_split(evidence, study), _one_each(evidence), _clean_control(evidence, study)]
        checks += _alike(evidence, study)
    checks.append(_windows(evidence, study))
    checks += _budget(evidence, study)
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
    if not all(v in before for v in (study.design.control, *study.design.arms)):
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


def _budget(evidence: PerkEvidence, study: PerkAbTest) -> list[Check]:
    """What each variant has cost so far against the most it may cost."""
    if study.money is None or study.money.budget is None:
        return []
    moments = evidence.moments.get(f"perk_cost_{study.money.window_days}d", {})
    spent = {
        arm: moments[arm].of(f"perk_cost_{study.money.window_days}d")[1] * evidence.assigned[arm]
        for arm in study.design.arms
        if arm in moments and arm in evidence.assigned
    }
    cap = w.money(study.money.budget, currency=evidence.currency)
    listed = [f"{w.name(arm)} {w.money(v, currency=evidence.currency)}" for arm, v in spent.items()]
    finding = f"Cost so far: {w.listed(listed)}; at most {cap} each."
    return [Check("Within budget", all(v <= study.money.budget for v in spent.values()), finding)]


def narrowed(primary: Sequence[Effect]) -> list[Check]:
    """What the covariates brought, measured and not promised."""
    ratios = [float(e.details["variance_ratio"]) for e in primary if "variance_ratio" in e.details]
    if not ratios:
        return []
    ratio = max(ratios)
    finding = f"Knowing what customers did before did not narrow the interval (variance ratio {w.plain(ratio, 2)})."
    if ratio <= HELPS:
        worth = w.percent(1 / ratio - 1, places=0)
        finding = (
            f"Knowing what customers did before is worth {worth} more customers (variance ratio"
            f" {w.plain(ratio, 2)})."
        )
    return [Check("Adjusted for the past", None, finding)]


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

"""What must be known beside an A/B effect: is it one customer's, does it last, who answered, who served."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, sqrt

from cs_lib import wording as w
from cs_lib.experiment.perk_result import Comparison
from cs_lib.metrics.evidence import PerkEvidence
from cs_lib.params import PerkAbTest
from cs_lib.results import Check

HELPS = 0.98  # variance ratio from which an adjustment is worth a word
CARRIES = 1.0  # standard errors by which one customer may move an estimate
UNSTEADY = 0.01  # p below which an effect counts as changing over time
WIDER = 1.05  # how much wider clusters make an interval before it is worth a word
UNLIKE = 0.05  # p below which response counts as moved by the offer


def trust_checks(
    evidence: PerkEvidence, study: PerkAbTest, comparisons: Sequence[Comparison]
) -> list[Check]:
    """Every check that reads the effects themselves."""
    return [
        *_narrowed(comparisons),
        *_clustered(study, comparisons),
        *_answered(comparisons),
        *_outlier(evidence, comparisons),
        *_steady(comparisons),
        *_without_estimate(evidence, comparisons),
    ]


def _narrowed(comparisons: Sequence[Comparison]) -> list[Check]:
    """What the covariates brought, measured and not promised."""
    ratios = [
        float(c.primary.details["variance_ratio"])
        for c in comparisons
        if "variance_ratio" in c.primary.details
    ]
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


def _clustered(study: PerkAbTest, comparisons: Sequence[Comparison]) -> list[Check]:
    """How many clusters carry the answer, and what their likeness costs."""
    if study.design.cluster is None or not comparisons:
        return []
    what = study.design.unit
    details = comparisons[0].primary.details
    counts = [int(details[f"clusters_{side}"]) for side in ("treatment", "control")]
    wider = sqrt(max(float(details["design_effect"]), 0.0))
    finding = f"{w.counted(counts[0], what, study.design.clusters)} against {w.count(counts[1])}."
    if wider < WIDER:
        finding += f" Customers of one {what} are no more alike than others."
    else:
        finding += (
            f" Customers of one {what} are alike, so the interval is {w.plain(wider, 1)} times as wide as"
            " for single customers."
        )
    return [Check(f"Counted by {what}", None, finding)]


def _answered(comparisons: Sequence[Comparison]) -> list[Check]:
    """Whether the offer changed who answers: then those who answered are not alike."""
    found = []
    for c in comparisons:
        if c.explained.survey is None:
            continue
        response = c.explained.survey.response
        ends = w.from_to(response.control, response.treatment, "share")
        moved = response.pvalue < UNLIKE
        finding = f"{w.sentence(w.name(c.variant)).rstrip('.')}: answers {ends}, {w.stated(response.pvalue)}."
        finding += (
            " Those who answered are no longer alike; the interval is that of the bounds."
            if moved
            else " The interval still allows for it."
        )
        found.append(Check("Answers as often", not moved, finding))
    return found


def _outlier(evidence: PerkEvidence, comparisons: Sequence[Comparison]) -> list[Check]:
    """Whether one customer carries the estimate."""
    ones = [c.explained.influence for c in comparisons if c.explained.influence]
    if not ones:
        return []
    one = max(ones, key=lambda found: found.move_in_se)
    metric = evidence.metrics[one.metric]
    value = w.level(one.value, metric.unit, currency=evidence.currency)
    finding = (
        f"{metric.label}: without the most extreme customer ({value}, {w.name(one.variant)}) the"
    )
    finding += (
        f" difference moves by {w.plain(one.move_in_se, 2)} standard errors."
        if isfinite(one.move_in_se)
        else " others are all alike: this customer is the whole difference."
    )
    return [Check("No single customer carries it", one.move_in_se <= CARRIES, finding)]


def _steady(comparisons: Sequence[Comparison]) -> list[Check]:
    """Whether the effect wears off, or grows, from early to late customers."""
    tests = {c.variant: c.explained.stretches for c in comparisons if c.explained.stretches}
    if not tests:
        return []
    arm = min(tests, key=lambda a: tests[a].interaction.pvalue)
    test = tests[arm].interaction
    steady = test.pvalue >= UNSTEADY
    finding = (
        f"{w.sentence(w.name(arm)).rstrip('.')}: the effect {'does not clearly differ' if steady else 'differs'}"
        f" between early and late customers ({w.stated(test.pvalue)})."
    )
    return [Check("Steady over time", steady, finding)]


def _without_estimate(evidence: PerkEvidence, comparisons: Sequence[Comparison]) -> list[Check]:
    """Guardrails that were asked for and gave no number."""
    missing: dict[str, list[str]] = {}
    for c in comparisons:
        for metric in evidence.guardrails:
            if metric not in {g.metric for g in c.guardrails}:
                missing.setdefault(metric, []).append(w.name(c.variant))
    if not missing:
        return []
    words = [
        f"{evidence.metrics[metric].label}{f' ({w.listed(arms)})' if len(arms) < len(comparisons) else ''}"
        for metric, arms in missing.items()
    ]
    finding = f"No estimate for {w.listed(words)}: every customer has the same value, or there are too few."
    return [Check("Guardrails estimated", None, finding)]

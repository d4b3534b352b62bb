"""What must be known beside an A/B effect: is it one customer's, does it last, who answered, who served."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, sqrt

from cs_lib import sentences as w
from cs_lib.experiment.low_scores import low_scores_lost
from cs_lib.experiment.perk_ab_test.result import Comparison
from cs_lib.experiment.perk_ab_test.trial import Trial
from cs_lib.experiment.units import number_of, one
from cs_lib.methods.ab.robust import Influence
from cs_lib.metrics.perk_ab_test import PerkEvidence
from cs_lib.params import PerkAbTest
from cs_lib.results import Check
from cs_lib.sentences import Text, say

# An adjustment is worth a word when it leaves no more than this share of the variance.
MAX_VARIANCE_RATIO_OF_HELP = 0.98
# One customer may move an estimate by at most so many standard errors.
MAX_MOVE_BY_ONE_CUSTOMER_SE = 1.0
# Below this p an effect counts as changing over time.
MIN_STEADY_EFFECT_P = 0.01
# Clusters are worth a word when they make an interval this many times as wide.
NOTABLE_WIDENING_RATIO = 1.05
# Below this p the response counts as moved by the offer.
MIN_RESPONSE_P = 0.05


def trust_checks(trial: Trial, comparisons: Sequence[Comparison]) -> list[Check]:
    """Every check that reads the effects themselves."""
    return [
        *_narrowed(comparisons),
        *_clustered(trial.study, comparisons),
        *_answered(comparisons),
        *_low_scores(trial),
        *_outlier(trial.evidence, comparisons),
        *_other_outliers(trial.evidence, comparisons),
        *_steady(comparisons),
        *_without_estimate(trial.evidence, comparisons),
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
    finding = say(
        "Knowing what customers did before did not narrow the interval (variance ratio {ratio}).",
        ratio=w.plain(ratio, 2),
    )
    if ratio <= MAX_VARIANCE_RATIO_OF_HELP:
        worth = w.percent(1 / ratio - 1, places=0)
        finding = say(
            "Knowing what customers did before is worth {worth} more customers (variance "
            "ratio {ratio}).",
            worth=worth,
            ratio=w.plain(ratio, 2),
        )
    return [Check("adjusted_for_past", None, finding)]


def _clustered(study: PerkAbTest, comparisons: Sequence[Comparison]) -> list[Check]:
    """How many clusters carry the answer, and what their likeness costs."""
    if study.design.cluster is None or not comparisons:
        return []
    what = one(study.design.together)
    details = comparisons[0].primary.details
    counts = [int(details[f"clusters_{side}"]) for side in ("treatment", "control")]
    wider = sqrt(max(float(details["design_effect"]), 0.0))
    served: Text = say(
        "{treated} against {untreated}.",
        treated=number_of(counts[0], study.design.together),
        untreated=w.count(counts[1]),
    )
    if study.design.inside:
        every = comparisons[0].primary.nobs
        served = say(
            "{every}, {both} of them with customers in both variants.",
            every=number_of(every, study.design.together),
            both=w.count(sum(counts) - every),
        )
    alike = (
        say("Customers of one {what} are no more alike than others.", what=what)
        if wider < NOTABLE_WIDENING_RATIO
        else say(
            "Customers of one {what} are alike, so the interval is {wider} times as wide "
            "as for single customers.",
            what=what,
            wider=w.plain(wider, 1),
        )
    )
    return [Check("counted_by", None, w.together(served, alike), of=what)]


def _answered(comparisons: Sequence[Comparison]) -> list[Check]:
    """Whether the offer changed who answers: then those who answered are not alike."""
    checks = []
    for c in comparisons:
        if c.explained.survey is None:
            continue
        response = c.explained.survey.response
        ends = w.from_to(response.control, response.treatment, "share")
        moved = response.pvalue < MIN_RESPONSE_P
        finding = say(
            "{variant}: answers {ends}, {pvalue}.",
            variant=w.capital(w.name(c.variant)),
            ends=ends,
            pvalue=w.stated(response.pvalue),
        )
        meaning = (
            say("Those who answered are no longer alike; the interval is that of the bounds.")
            if moved
            else say("The interval still allows for it.")
        )
        checks.append(Check("answers_as_often", not moved, w.together(finding, meaning)))
    return checks


def _low_scores(trial: Trial) -> list[Check]:
    """Low scores that are missing in a variant, though as many of the others are there."""
    evidence, control = trial.evidence, trial.study.design.control
    checks = []
    for name, answers in evidence.answers.items():
        for arm in trial.study.design.arms:
            if not (arm in answers and control in answers):
                continue
            given = [
                dict(zip(a.scores.values.tolist(), a.scores.counts.tolist(), strict=True))
                for a in (answers[control], answers[arm])
            ]
            asked = (float(evidence.observed.get(control, 0)), float(evidence.observed.get(arm, 0)))
            lost = low_scores_lost((given[0], given[1]), asked)
            if lost is None:
                continue
            finding = say(
                "{label}: scores up to {most} were given by {first} of customers in {control} and {second} in {arm}, "
                "higher ones by as many: low answers look left out.",
                label=evidence.metrics[name].called,
                most=w.plain(lost.most, 0),
                first=w.percent(lost.shares[0], places=1),
                second=w.percent(lost.shares[1], places=1),
                control=w.name(control),
                arm=w.name(arm),
            )
            blocks = name == trial.primary.name
            checks.append(Check("scores_kept", False, finding, blocks_decision=blocks))
    return checks[:1]


def _outlier(evidence: PerkEvidence, comparisons: Sequence[Comparison]) -> list[Check]:
    """Whether one customer carries the estimate."""
    ones = [c.explained.influence for c in comparisons if c.explained.influence]
    if not ones:
        return []
    extreme = max(ones, key=lambda influence: influence.move_in_se)
    passed = extreme.move_in_se <= MAX_MOVE_BY_ONE_CUSTOMER_SE
    return [Check("no_single_customer", passed, _moved_by(extreme, evidence))]


def _other_outliers(evidence: PerkEvidence, comparisons: Sequence[Comparison]) -> list[Check]:
    """Secondary metrics and guardrails that one customer carries, while they are shown."""
    worst: dict[str, Influence] = {}
    for c in comparisons:
        shown = {e.metric for e in (*c.secondary, *(g.effect for g in c.guardrails))}
        for each in c.explained.others:
            if each.metric in shown and each.move_in_se > MAX_MOVE_BY_ONE_CUSTOMER_SE:
                now = worst.setdefault(each.metric, each)
                worst[each.metric] = max(now, each, key=lambda influence: influence.move_in_se)
    return [
        Check(
            "no_single_customer_in",
            False,
            _moved_by(each, evidence),
            of=evidence.metrics[name].called,
        )
        for name, each in worst.items()
    ]


def _moved_by(extreme: Influence, evidence: PerkEvidence) -> Text:
    """How far one customer moves an estimate."""
    metric = evidence.metrics[extreme.metric]
    value = w.level(extreme.value, metric.quantity)
    return say(
        "{label}: without the most extreme customer ({value}, {variant}) the difference moves by "
        "{move_in_se} standard errors."
        if isfinite(extreme.move_in_se)
        else "{label}: without the most extreme customer ({value}, {variant}) the others are all "
        "alike: this customer is the whole difference.",
        label=metric.called,
        value=value,
        variant=w.name(extreme.variant),
        move_in_se=w.plain(extreme.move_in_se, 2),
    )


def _steady(comparisons: Sequence[Comparison]) -> list[Check]:
    """Whether the effect wears off, or grows, from early to late customers."""
    tests = {c.variant: c.explained.stretches for c in comparisons if c.explained.stretches}
    if not tests:
        return []
    arm = min(tests, key=lambda a: tests[a].interaction.pvalue)
    test = tests[arm].interaction
    steady = test.pvalue >= MIN_STEADY_EFFECT_P
    finding = say(
        "{variant}: the effect does not clearly differ between early and late customers ({pvalue})."
        if steady
        else "{variant}: the effect differs between early and late customers ({pvalue}).",
        variant=w.capital(w.name(arm)),
        pvalue=w.stated(test.pvalue),
    )
    return [Check("steady_over_time", steady, finding)]


def _without_estimate(evidence: PerkEvidence, comparisons: Sequence[Comparison]) -> list[Check]:
    """Guardrails that were asked for and gave no number."""
    missing: dict[str, list[Text]] = {}
    for c in comparisons:
        for metric in evidence.guardrails:
            if metric not in {g.metric for g in c.guardrails}:
                missing.setdefault(metric, []).append(w.name(c.variant))
    if not missing:
        return []
    words: list[Text] = []
    for metric, arms in missing.items():
        called = evidence.metrics[metric].called
        everywhere = len(arms) == len(comparisons)
        words.append(called if everywhere else w.bracketed(called, w.listed(arms)))
    finding = say(
        "No estimate for {words}: every customer has the same value, or there are too few.",
        words=w.listed(words),
    )
    return [Check("guardrails_estimated", None, finding)]

"""Whether a change of a metric is a change of the work or of what came in, for the settings of a study."""

from __future__ import annotations

from collections.abc import Sequence

from cs_lib import sentences as w
from cs_lib.experiment.before_after.case import Case
from cs_lib.experiment.before_after.result import MixFinding
from cs_lib.experiment.before_after.series import alike, changes_of, options, step
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its.mix import split_mix, standardised
from cs_lib.metrics import Metric
from cs_lib.results import Check, Effect
from cs_lib.sentences import Text, say

# The mix must make up this share of the difference to be worth a doubt.
NOTABLE_MIX_SHARE = 0.25


def mix_findings(case: Case) -> tuple[MixFinding, ...]:
    """Every column whose mix can be looked at; where the change was on, and others were as they were."""
    findings = []
    plan = options(case.study)
    window = {k: plan[k] for k in ("intervention_date", "washout_days")}
    first = str(min(change.spans[0][0] for change in changes_of(case.study)))
    for column, parts in case.evidence.parts.items():
        try:
            split = split_mix({k: alike(s, case.study) for k, s in parts.items()}, column, **window)
        except CannotEstimate:
            continue
        try:
            series = standardised(parts, weeks_from=first, **window)
            at_old: Effect | None = step(
                series, case.study, case.evidence.metrics, by="week"
            ).effect
        except CannotEstimate:
            at_old = None
        whole = abs(split.by_mix + split.by_change)
        moved = abs(split.by_mix) >= max(case.study.rule.min_effect, NOTABLE_MIX_SHARE * whole)
        findings.append(MixFinding(split, at_old, moved))
    return tuple(findings)


def mix_checks(findings: Sequence[MixFinding], metric: Metric) -> list[Check]:
    """One sentence a column: how much of the difference is mix."""
    return [_check(one, metric) for one in findings]


def _check(mix: MixFinding, metric: Metric) -> Check:
    split, column = mix.split, w.name(mix.split.column)
    whole, mixed = (
        w.change(v, metric.quantity) for v in (split.by_mix + split.by_change, split.by_mix)
    )
    finding = say(
        "Of the plain difference of {whole}, {mixed} come from another mix by {column}",
        whole=whole,
        mixed=mixed,
        column=column,
    )
    if mix.at_old_mix:
        e = mix.at_old_mix
        span = w.interval(e.effect_ci_low, e.effect_ci_high, metric.quantity)
        step = w.change(e.effect, metric.quantity)
        finding = say(
            "{finding}; at the mix of before the change is {step} ({span})",
            finding=finding,
            step=step,
            span=span,
        )
    return Check("same_mix", not mix.moved, w.sentence(finding), of=column)


def explained_away(findings: Sequence[MixFinding], metric: Metric, *, better: bool) -> list[Text]:
    """Columns whose mix moved and at whose old mix no change to that side is left to see."""
    names: list[Text] = []
    for mix in findings:
        if not mix.moved:
            continue
        if mix.at_old_mix is None:
            names.append(w.name(mix.split.column))
            continue
        low, high = mix.at_old_mix.gain_interval(metric.good)
        if (low <= 0) if better else (high >= 0):
            names.append(w.name(mix.split.column))
    return names

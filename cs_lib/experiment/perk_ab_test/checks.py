"""What must hold before an A/B effect is read: the variants, the split, the windows, the likeness."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from math import erfc, inf, isfinite, isnan, sqrt

from cs_lib import sentences as w
from cs_lib.aggregates import Moments
from cs_lib.experiment.logged import service_checks
from cs_lib.experiment.perk_ab_test.own_table import UNNAMED, names_customers, outcomes_there
from cs_lib.experiment.perk_ab_test.split import (
    MAX_SPOILT_SHARE,
    mixed_by_chance,
    mixed_of,
    split_checks,
)
from cs_lib.experiment.perk_ab_test.trial import Trial
from cs_lib.experiment.units import many, number_of, one
from cs_lib.language import later
from cs_lib.methods.ab.sample_ratio import sample_ratio
from cs_lib.methods.errors import or_none
from cs_lib.metrics.catalogue import in_currency
from cs_lib.metrics.perk_ab_test import PerkEvidence
from cs_lib.quantity import Quantity
from cs_lib.results import Check
from cs_lib.sentences import Text, say

# A covariate whose means differ by more standard deviations is unbalanced (Austin 2009).
MAX_STANDARDISED_DIFFERENCE = 0.1
# Less likely than this by chance, over all measures and variants, it is no unlucky draw: the tables or the draw are
# at fault, and the outcomes are made of the same tables.
MAX_CHANCE_OF_GAP = 1e-6
LEAST_FOR_CHANCE = 100  # customers of each variant
# When fewer perks were delivered, the offer itself was weak.
MIN_DELIVERED_SHARE = 0.9
# A difference below this share of a mean is none.
MEAN_TOLERANCE = 1e-9
# With a smaller share of the mixed clusters that chance makes, customers were not assigned one by one.
MIN_SHARE_OF_CHANCE = 0.5
# Nothing can be told of it where chance makes fewer.
LEAST_MIXED_TO_TELL = 5
# Customers of a cluster on average, that make it an id of each; customers without any, that are too many to leave out.
MOST_OF_SINGLE, MAX_OUTSIDE = 1.05, 0.20
LEFT_OUT_WITHOUT_UNIT = {
    "agent": later("{outside} without an agent are left out."),
    "team": later("{outside} without a team are left out."),
    "region": later("{outside} without a region are left out."),
    "stratum": later("{outside} without a stratum are left out."),
    "cluster": later("{outside} without a cluster are left out."),
}
# A variant started late when nobody in it so early is less likely than this.
MAX_CHANCE_OF_NOBODY_EARLIER = 0.001


def undersized(observed: int, planned: int) -> Check:
    """The note on a study that is over below its planned size."""
    finding = say(
        "{observed} of {planned} planned customers per variant; assignment is over, so "
        "this is all there will be.",
        observed=w.count(observed),
        planned=w.count(planned),
    )
    return Check("planned_size", False, finding)


def perk_checks(trial: Trial) -> tuple[Check, ...]:
    """Every trust check of an A/B study that needs no effect, in the order a doubter would ask."""
    checks = [_present(trial)]
    if checks[0].passed:
        started = _started_together(trial)
        checks += [*started, *split_checks(trial, late=any(not c.passed for c in started))]
        checks += _one_each(trial)
        if trial.evidence.own is None:
            checks += [_clean_control(trial), _anchored(trial), *_overlap(trial.evidence)]
        checks += _alike(trial)
    checks.append(_windows(trial) if trial.evidence.own is None else outcomes_there(trial))
    seen = trial.evidence
    if seen.served is not None:
        whole = trial.study.design.cluster if trial.study.design.whole else None
        checks += service_checks(seen.changes, seen.logged_until, seen.served, whole=whole)
    checks += _budget(trial)
    if trial.study.money and not trial.evidence.counts_redemptions:
        finding = say(
            "The source has no perk_redemptions; discounts count as zero in the net value."
        )
        checks.append(Check("discounts_counted", None, finding))
    missing = [
        why for name, why in trial.evidence.absent.items() if not name.startswith("redeemed_")
    ]
    if missing:
        told = False if trial.evidence.lost else None
        checks.append(Check("usual_guardrails_available", told, w.together(*missing)))
    return tuple(checks)


def _present(trial: Trial) -> Check:
    planned, seen = set(trial.study.design.split), set(trial.evidence.assigned)
    name = "variants_present"
    if not seen:
        finding = say(
            "Nobody was assigned in experiment '{experiment}' from {days}.",
            experiment=trial.study.design.experiment,
            days=w.days(*trial.study.assigned_days),
        )
        return Check(name, False, finding, blocks_decision=True)
    problems = [say("'{v}' is planned but has no customer", v=v) for v in sorted(planned - seen)]
    problems += [
        say(
            "'{v}' has {assigned} but is not planned",
            v=v,
            assigned=w.counted(trial.evidence.assigned[v], "customer"),
        )
        for v in sorted(seen - planned)
    ]
    if problems:
        return Check(name, False, w.sentence(w.listed(problems)), blocks_decision=True)
    return Check(
        name,
        True,
        say(
            "All {planned} planned variants have customers, and no other has.", planned=len(planned)
        ),
    )


def _started_together(trial: Trial) -> list[Check]:
    """A variant that begins later is compared with customers of another time."""
    if not trial.evidence.arrivals or trial.study.design.whole:
        return []
    name, days = "variants_start_together", sorted(trial.evidence.arrivals)
    for variant, share in trial.study.design.split.items():
        first = next((d for d in days if trial.evidence.arrivals[d].get(variant)), days[-1])
        earlier = sum(sum(trial.evidence.arrivals[d].values()) for d in days if d < first)
        if (1 - share) ** earlier < MAX_CHANCE_OF_NOBODY_EARLIER:
            finding = say(
                "{variant} starts on {first}, after {earlier} of the others. Compare from that "
                "day on (design.period).",
                variant=w.capital(w.name(variant)),
                first=w.day(date.fromisoformat(first)),
                earlier=w.counted(earlier, "customer"),
            )
            return [Check(name, False, finding, blocks_decision=True)]
    return [Check(name, True, say("Every variant has customers from the first days on."))]


def _one_each(trial: Trial) -> list[Check]:
    """Everybody in one variant, and every cluster too where whole ones were assigned."""
    design, alone = trial.study.design, list[Check]()
    if not design.whole:
        total = sum(trial.evidence.assigned.values())
        none = say("0 of {total} are in two variants.", total=w.counted(total, "customer"))
        alone = [Check("one_assignment", True, none)] if names_customers(trial) else [UNNAMED]
    if design.cluster is None:
        return alone
    mixed, clusters = mixed_of(trial)
    every = number_of(clusters, design.together)
    finding: Text = say(
        "{mixed} of {every} have customers in two variants.", mixed=w.count(mixed), every=every
    )
    sums = trial.evidence.clusters.get(trial.study.measure.primary_metric)
    outside = 0 if sums is None else sum(trial.evidence.observed.values()) - int(sums.n.sum())
    if outside > 0:
        beside = say(LEFT_OUT_WITHOUT_UNIT[design.together], outside=w.counted(outside, "customer"))
        finding = w.together(finding, beside)
    check = (_whole if design.whole else _inside)(trial, finding)
    single = sums is not None and int(sums.n.sum()) <= MOST_OF_SINGLE * clusters
    if single and design.whole and clusters >= LEAST_FOR_CHANCE:
        told = say(
            "Nearly every one has a single customer: does this column say who was assigned together?"
        )
        check = replace(check, passed=False, found=w.together(check.found, told))
    elif outside > MAX_OUTSIDE * sum(trial.evidence.observed.values()):
        check = replace(check, passed=False)
    return [*alone, check]


def _whole(trial: Trial, finding: Text) -> Check:
    """Clusters that were to be assigned as a whole: none is mixed but by mistake."""
    mixed, clusters = mixed_of(trial)
    broken = mixed > MAX_SPOILT_SHARE * clusters
    if broken and mixed >= MIN_SHARE_OF_CHANCE * mixed_by_chance(trial):
        told = say(
            "That is what customers assigned one by one look like: if they were, write "
            "`assigned_by: customer` under `design`."
        )
        finding = w.together(finding, told)
    of = one(trial.study.design.together)
    return Check("one_variant_per", mixed == 0, finding, blocks_decision=broken, of=of)


def _inside(trial: Trial, finding: Text) -> Check:
    """Customers who were to be assigned one by one: about as many clusters are mixed as chance makes."""
    design, (mixed, _), chance = trial.study.design, mixed_of(trial), mixed_by_chance(trial)
    name, of = "assigned_inside", one(design.together)
    if chance < LEAST_MIXED_TO_TELL:
        return Check(name, None, finding, of=of)
    expected = say("Assigned one by one, about {chance} would have.", chance=w.count(round(chance)))
    finding = w.together(finding, expected)
    if mixed >= MIN_SHARE_OF_CHANCE * chance:
        return Check(name, True, finding, of=of)
    told = say(
        "So whole {clusters} were assigned: write `assigned_by: cluster` under `design`.",
        clusters=many(design.together),
    )
    return Check(name, False, w.together(finding, told), blocks_decision=True, of=of)


def _clean_control(trial: Trial) -> Check:
    """Nobody of the control used a perk, and none was given to them."""
    name, control = "no_perk_in_control", trial.study.design.control
    total, used = trial.evidence.assigned[control], trial.evidence.redeemed.get(control, 0)
    given = trial.evidence.given.get(control, 0)
    customers = w.counted(total, "control customer")
    if given:
        finding = say(
            "{given} of {total} were given a perk (perk_kind and delivered_at of perk_assignments), {used} used one.",
            given=w.count(given),
            used=w.count(used),
            total=customers,
        )
    elif not trial.evidence.counts_redemptions:
        return Check(name, None, say("Not available because the source has no perk_redemptions."))
    else:
        finding = say("{used} of {total} used a perk.", used=w.count(used), total=customers)
    spoilt = max(used, given)
    return Check(name, spoilt == 0, finding, blocks_decision=spoilt / total > MAX_SPOILT_SHARE)


def _anchored(trial: Trial) -> Check:
    """Windows start at assignment for everybody, whether or not and whenever the perk arrived."""
    name = "counted_from_assignment"
    if trial.evidence.too_early:
        uses = w.counted(trial.evidence.too_early, "redemption")
        return Check(
            name, False, say("{uses} dated before the assignment; check the clocks.", uses=uses)
        )
    arrived = {
        arm: trial.evidence.delivered.get(arm, 0) / trial.evidence.assigned[arm]
        for arm in trial.study.design.arms
        if trial.evidence.assigned.get(arm)
    }
    if not any(arrived.values()):
        finding = say(
            "Everybody counts from assignment on; the source does not say what was delivered."
        )
        return Check(name, None, finding)
    listed = w.listed([w.spaced(w.name(arm), w.percent(s, places=1)) for arm, s in arrived.items()])
    finding = say("Everybody counts from assignment on. Delivered: {listed}.", listed=listed)
    return Check(name, min(arrived.values()) >= MIN_DELIVERED_SHARE, finding)


def _overlap(evidence: PerkEvidence) -> list[Check]:
    """Customers who were in another test at the same time, alike in all variants or not."""
    name = "other_tests"
    if not evidence.overlaps:
        return [Check(name, True, say("No customer was in another test within the window."))]
    parts, uneven = [], False
    for other, counts in evidence.overlaps.items():
        total = sum(counts.values())
        ratio = or_none(partial(sample_ratio, counts, evidence.assigned), ValueError)
        if ratio is None:
            continue
        alike = ratio.level != "alarm"
        uneven |= not alike
        parts.append(
            say(
                "{total} in '{other}', the same share of every variant ({pvalue})"
                if alike
                else "{total} in '{other}', not the same share of every variant ({pvalue})",
                total=w.counted(total, "customer"),
                other=other,
                pvalue=w.stated(ratio.pvalue),
            )
        )
    if not parts:
        return []
    return [Check(name, not uneven, w.sentence(say("Also {parts}", parts=w.listed(parts))))]


def _alike(trial: Trial) -> list[Check]:
    """What was known before assignment: chance alone should make the variants alike."""
    before, control = trial.evidence.before, trial.study.design.control
    if not all(v in before for v in (control, *trial.study.design.arms)):
        return []
    gaps = {
        (name, arm): _gap(before[control], before[arm], name)
        for name in before[control].names
        for arm in trial.study.design.arms
    }
    if any(isnan(gap) for gap in gaps.values()):
        finding = say("Cannot be told: a variant has a single customer.")
        return [Check("balance", None, finding)]
    name, arm = max(gaps, key=lambda key: gaps[key])
    metric = in_currency([name], trial.evidence.currency)[name]
    values = [w.level(before[v].of(name)[1], metric.quantity) for v in (arm, control)]
    gap = gaps[name, arm]
    finding = say(
        "{label}: {treated} ({variant}) against {untreated} ({control}), {gap} standard deviations apart"
        if isfinite(gap)
        else "{label}: {treated} ({variant}) against {untreated} ({control}), without any overlap",
        label=metric.called,
        treated=values[0],
        variant=w.name(arm),
        untreated=values[1],
        control=w.name(control),
        gap=w.plain(gap, 2),
    )
    measures = len(before[control].names)
    if measures > 1:
        finding = say(
            "{finding}; the largest gap of {many}.",
            finding=finding,
            many=w.counted(measures, "measure"),
        )
    alike = gap <= MAX_STANDARDISED_DIFFERENCE
    # Of whole clusters, single customers say too little; stamps without a time put what came after into the past.
    told = trial.study.design.cluster or trial.evidence.tables.days_only
    chance = 1.0 if told else _chance(before[control], before[arm], name)
    if alike or chance * len(gaps) >= MAX_CHANCE_OF_GAP:
        return [Check("balance", alike, w.sentence(finding))]
    impossible = say(
        "Customers assigned by chance are never so different ({pvalue}): rows of one variant are missing, doubled or "
        "in another unit, or it was not chance that assigned them.",
        pvalue=w.stated(chance),
    )
    both = w.together(w.sentence(finding), impossible)
    return [Check("balance", False, both, blocks_decision=True)]


def _chance(first: Moments, second: Moments, name: str) -> float:
    """The two-sided p-value of equal means, for large samples: the larger of Welch's and that of one variance.

    What customers spent is skewed, and in a small variant beside a large one either alone is too small.
    """
    (n0, mean0, var0), (n, mean, var) = first.of(name), second.of(name)
    if min(n0, n) < LEAST_FOR_CHANCE:
        return 1.0
    one = ((n0 - 1) * var0 + (n - 1) * var) / (n0 + n - 2) * (1 / n0 + 1 / n)
    error = sqrt(max(var0 / n0 + var / n, one))
    return erfc(abs(mean - mean0) / error / sqrt(2)) if error else 0.0


def _gap(first: Moments, second: Moments, name: str) -> float:
    """Distance of two means in standard deviations; infinite where nothing varies but the arms differ."""
    (_, mean0, var0), (_, mean, var) = first.of(name), second.of(name)
    spread = sqrt((var + var0) / 2)
    if spread == 0:
        return inf if abs(mean - mean0) > MEAN_TOLERANCE * max(abs(mean), abs(mean0)) else 0.0
    return abs(mean - mean0) / spread


def _budget(trial: Trial) -> list[Check]:
    """What each variant has cost so far against the most it may cost."""
    if trial.study.money is None or trial.study.money.budget is None:
        return []
    moments = trial.evidence.moments.get(f"perk_cost_{trial.study.money.window_days}d", {})
    spent = {
        arm: moments[arm].of(f"perk_cost_{trial.study.money.window_days}d")[1]
        * trial.evidence.assigned[arm]
        for arm in trial.study.design.arms
        if arm in moments and arm in trial.evidence.assigned
    }
    if not spent:
        finding = say(
            "Nobody has been followed for {window_days} yet.",
            window_days=w.counted(trial.study.money.window_days, "day"),
        )
        return [Check("within_budget", None, finding)]
    money = Quantity("money", trial.evidence.currency)
    cap = w.level(trial.study.money.budget, money)
    listed = [w.spaced(w.name(arm), w.level(v, money)) for arm, v in spent.items()]
    finding = say("Cost so far: {listed}; at most {cap} each.", listed=w.listed(listed), cap=cap)
    return [
        Check("within_budget", all(v <= trial.study.money.budget for v in spent.values()), finding)
    ]


def _windows(trial: Trial) -> Check:
    mature, total = sum(trial.evidence.observed.values()), sum(trial.evidence.assigned.values())
    days = trial.primary.window_days
    finding = say(
        "{mature} of {total} observed for {days}",
        mature=w.count(mature),
        total=w.counted(total, "customer"),
        days=w.counted(days, "day"),
    )
    if total and not mature:
        known = say(
            "{finding}; the data end on {day} (`observed_until` of the source says so where it is not the last stamp)",
            finding=finding,
            day=w.day(trial.evidence.observed_until),
        )
        return Check("outcome_windows", False, w.sentence(known))
    if mature < total:
        finding = say("{finding}; the rest are left out, never counted as no.", finding=finding)
    return Check("outcome_windows", True if total else None, w.sentence(finding))

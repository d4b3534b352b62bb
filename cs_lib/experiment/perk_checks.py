"""What must hold before an A/B effect is read: the variants, the split, the windows, the likeness."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import accumulate
from math import inf, isfinite, isnan, sqrt

from cs_lib import wording as w
from cs_lib.experiment.errors import CannotEstimate
from cs_lib.experiment.split import (
    SampleRatioPart,
    sample_ratio,
    sample_ratio_by,
    sample_ratio_watch,
)
from cs_lib.metrics import CATALOGUE
from cs_lib.metrics.evidence import PerkEvidence
from cs_lib.params import PerkAbTest
from cs_lib.results import Check, Moments

ALIKE = (
    0.1  # standardised mean difference above which a covariate counts as unbalanced (Austin 2009)
)
LEAK = 0.01  # share of control customers with a perk from which the comparison is spoilt
ARRIVED = 0.9  # share of perks delivered below which the offer itself was weak
ROUNDING = 1e-9  # share of a mean below which a difference is none
LATE = 0.001  # chance of nobody in a variant among those before, from which it started late


def undersized(observed: int, planned: int) -> Check:
    """The note on a study that is over below its planned size."""
    finding = (
        f"{w.count(observed)} of {w.count(planned)} planned customers per variant; assignment is over,"
        " so this is all there will be."
    )
    return Check("Planned size reached", False, finding)


def perk_checks(evidence: PerkEvidence, study: PerkAbTest) -> tuple[Check, ...]:
    """Every trust check of an A/B study that needs no effect, in the order a doubter would ask."""
    checks = [_present(evidence, study)]
    if checks[0].passed:
        checks += _started_together(evidence, study)
        checks += [_split(evidence, study), *_split_by_part(evidence, study)]
        checks += [_one_each(evidence, study), _clean_control(evidence, study)]
        checks += [_anchored(evidence, study), *_overlap(evidence), *_alike(evidence, study)]
    checks.append(_windows(evidence, study))
    checks += _budget(evidence, study)
    if study.money and not evidence.counts_redemptions:
        finding = "The source has no perk_redemptions; discounts count as zero in the net value."
        checks.append(Check("Discounts counted", None, finding))
    missing = [why for name, why in evidence.absent.items() if not name.startswith("redeemed_")]
    if missing:
        checks.append(Check("Usual guardrails at hand", None, " ".join(missing)))
    return tuple(checks)


def _present(evidence: PerkEvidence, study: PerkAbTest) -> Check:
    planned, seen = set(study.design.split), set(evidence.assigned)
    name = "Variants as planned"
    if not seen:
        finding = (
            f"Nobody was assigned in experiment '{study.design.experiment}' from"
            f" {w.days(*study.assigned_days)}."
        )
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


def _started_together(evidence: PerkEvidence, study: PerkAbTest) -> list[Check]:
    """A variant that begins later is compared with customers of another time."""
    if not evidence.arrivals or study.design.cluster:
        return []
    name, days = "Variants start together", sorted(evidence.arrivals)
    for variant, share in study.design.split.items():
        first = next((d for d in days if evidence.arrivals[d].get(variant)), days[-1])
        earlier = sum(sum(evidence.arrivals[d].values()) for d in days if d < first)
        if (1 - share) ** earlier < LATE:
            finding = (
                f"{w.sentence(w.name(variant)).rstrip('.')} starts on {w.day(date.fromisoformat(first))},"
                f" after {w.counted(earlier, 'customer')} of the others. Compare from that day on"
                " (design.period)."
            )
            return [Check(name, False, finding, blocks_decision=True)]
    return [Check(name, True, "Every variant has customers from the first days on.")]


def _split(evidence: PerkEvidence, study: PerkAbTest) -> Check:
    """The split against the plan; watched day by day when the data are looked at again and again."""
    cluster = study.design.cluster
    counts = evidence.cluster_counts if cluster else evidence.assigned
    if not any(counts.values()):
        finding = f"No customer can be told to belong to any {study.design.unit} (design.cluster)."
        return Check("Split as planned", False, finding, blocks_decision=True)
    ratio = sample_ratio(counts, study.design.split)
    what = f" of {study.design.clusters}" if cluster else ""
    parts = [
        f"{w.name(v)} {w.percent(ratio.observed[v], places=1)}{what}"
        f" (planned {w.percent(ratio.planned[v], places=1)})"
        for v in ratio.observed
    ]
    level, proof = ratio.level, f"chance alone gives this or worse with {w.stated(ratio.pvalue)}"
    if study.looks is not None and evidence.arrivals and not cluster:
        watched = sample_ratio_watch(_cumulative(evidence, study), study.design.split)
        level = watched.level
        proof = (
            "watched day by day, the evidence against the plan reached"
            f" {_strength(watched.largest_e)} (1,000 is an alarm)"
        )
    finding = f"{w.sentence(w.listed(parts)).rstrip('.')}; {proof}."
    if level == "alarm":
        finding = f"The split is broken: {finding} Some customers were lost or added on one side."
    return Check("Split as planned", level == "ok", finding, blocks_decision=level == "alarm")


def _strength(evidence: float) -> str:
    """Evidence in figures somebody can read; beyond a million its size says nothing more."""
    return "more than 1,000,000" if evidence > 1e6 else w.significant(evidence)


def _cumulative(evidence: PerkEvidence, study: PerkAbTest) -> dict[str, list[int]]:
    days = sorted(evidence.arrivals)
    return {
        v: list(accumulate(evidence.arrivals[day].get(v, 0) for day in days))
        for v in study.design.split
    }


def _split_by_part(evidence: PerkEvidence, study: PerkAbTest) -> list[Check]:
    """The split on every day, and in every declared segment: losses hide in the total."""
    if study.design.cluster:
        return []
    found = []
    for column, counts in {"day": evidence.arrivals, **evidence.split_by}.items():
        parts = [p for p in sample_ratio_by(counts, study.design.split) if p.level != "too_few"]
        if len(parts) > 1:
            found.append(_split_in(column, parts, counts))
    return found


def _split_in(
    column: str, parts: list[SampleRatioPart], counts: Mapping[str, Mapping[str, int]]
) -> Check:
    worst = min(parts, key=lambda part: part.adjusted if part.adjusted is not None else 1.0)
    name = f"Split by {w.name(column)}"
    where = (
        f"On {w.day(date.fromisoformat(worst.part))}"
        if column == "day"
        else f"In \u201c{w.name(worst.part)}\u201d"
    )
    if worst.level == "ok":
        each = w.counted(len(parts), "day" if column == "day" else "group")
        return Check(name, True, f"The split keeps to the plan in {each} with enough customers.")
    sizes = w.listed([f"{w.count(n)} {w.name(v)}" for v, n in sorted(counts[worst.part].items())])
    finding = (
        f"{where} the split is off: {sizes} ({w.stated(worst.adjusted or 0.0)}, adjusted for the"
        " number of groups)."
    )
    return Check(name, False, finding, blocks_decision=worst.level == "alarm")


def _one_each(evidence: PerkEvidence, study: PerkAbTest) -> Check:
    total = sum(evidence.assigned.values())
    if study.design.cluster is None:
        finding = f"0 of {w.counted(total, 'customer')} are in two variants."
        return Check("One assignment per customer", True, finding)
    what = study.design.unit
    name = f"One variant per {what}"
    sums = evidence.clusters.get(study.measure.primary_metric)
    pairs = [] if sums is None else list(zip(sums.cluster, sums.variant, strict=True))
    single = {cluster for cluster, _ in pairs}
    mixed = len(pairs) - len(single)
    every = w.counted(len(single), what, study.design.clusters)
    finding = f"{w.count(mixed)} of {every} have customers in two variants."
    outside = 0 if sums is None else sum(evidence.observed.values()) - int(sums.n.sum())
    if outside > 0:
        finding += (
            f" {w.counted(outside, 'customer')} without {w.article(what)} {what} are left out."
        )
    return Check(name, mixed == 0, finding, blocks_decision=mixed > LEAK * len(single))


def _clean_control(evidence: PerkEvidence, study: PerkAbTest) -> Check:
    name, control = "No perk in control", study.design.control
    if not evidence.counts_redemptions:
        return Check(name, None, "Not available because the source has no perk_redemptions.")
    used, total = evidence.redeemed.get(control, 0), evidence.assigned[control]
    finding = f"{w.count(used)} of {w.counted(total, 'control customer')} used a perk."
    return Check(name, used == 0, finding, blocks_decision=used / total > LEAK)


def _anchored(evidence: PerkEvidence, study: PerkAbTest) -> Check:
    """Windows start at assignment for everybody, whether or not and whenever the perk arrived."""
    name = "Counted from assignment"
    if evidence.too_early:
        uses = w.counted(evidence.too_early, "redemption")
        return Check(name, False, f"{uses} dated before the assignment; check the clocks.")
    arrived = {
        arm: evidence.delivered.get(arm, 0) / evidence.assigned[arm]
        for arm in study.design.arms
        if evidence.assigned.get(arm)
    }
    if not any(arrived.values()):
        finding = "Everybody counts from assignment on; the source does not say what was delivered."
        return Check(name, None, finding)
    listed = w.listed([f"{w.name(arm)} {w.percent(s, places=1)}" for arm, s in arrived.items()])
    finding = f"Everybody counts from assignment on. Delivered: {listed}."
    return Check(name, min(arrived.values()) >= ARRIVED, finding)


def _overlap(evidence: PerkEvidence) -> list[Check]:
    """Customers who were in another test at the same time, alike in all variants or not."""
    name = "Other tests at the same time"
    if not evidence.overlaps:
        return [Check(name, True, "No customer was in another test within the window.")]
    parts, uneven = [], False
    for other, counts in evidence.overlaps.items():
        total = sum(counts.values())
        try:
            ratio = sample_ratio(counts, evidence.assigned)
        except (CannotEstimate, ValueError):
            continue
        alike = ratio.level != "alarm"
        uneven |= not alike
        share = (
            "the same share of every variant" if alike else "not the same share of every variant"
        )
        parts.append(
            f"{w.counted(total, 'customer')} in '{other}', {share} ({w.stated(ratio.pvalue)})"
        )
    if not parts:
        return []
    return [Check(name, not uneven, w.sentence(f"Also {w.listed(parts)}"))]


def _alike(evidence: PerkEvidence, study: PerkAbTest) -> list[Check]:
    """What was known before assignment: chance alone should make the variants alike."""
    before, control = evidence.before, study.design.control
    if not all(v in before for v in (control, *study.design.arms)):
        return []
    gaps = {
        (name, arm): _gap(before[control], before[arm], name)
        for name in before[control].names
        for arm in study.design.arms
    }
    if any(isnan(gap) for gap in gaps.values()):
        finding = "Cannot be told: a variant has a single customer."
        return [Check("Alike before the start", None, finding)]
    name, arm = max(gaps, key=lambda key: gaps[key])
    metric = CATALOGUE[name]
    values = [
        w.level(before[v].of(name)[1], metric.unit, currency=evidence.currency)
        for v in (arm, control)
    ]
    gap = gaps[name, arm]
    apart = f"{w.plain(gap, 2)} standard deviations" if isfinite(gap) else "without any overlap"
    finding = (
        f"{metric.label}: {values[0]} ({w.name(arm)}) against {values[1]} ({w.name(control)}),"
        f" {apart}{' apart' if isfinite(gap) else ''}"
    )
    many = len(before[control].names)
    finding += f"; the largest gap of {w.counted(many, 'measure')}." if many > 1 else "."
    return [Check("Alike before the start", gap <= ALIKE, finding)]


def _gap(first: Moments, second: Moments, name: str) -> float:
    """Distance of two means in standard deviations; infinite where nothing varies but the arms differ."""
    (_, mean0, var0), (_, mean, var) = first.of(name), second.of(name)
    spread = sqrt((var + var0) / 2)
    if spread == 0:
        return inf if abs(mean - mean0) > ROUNDING * max(abs(mean), abs(mean0)) else 0.0
    return abs(mean - mean0) / spread


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
    if not spent:
        finding = f"Nobody has been followed for {w.counted(study.money.window_days, 'day')} yet."
        return [Check("Within budget", None, finding)]
    cap = w.money(study.money.budget, currency=evidence.currency)
    listed = [f"{w.name(arm)} {w.money(v, currency=evidence.currency)}" for arm, v in spent.items()]
    finding = f"Cost so far: {w.listed(listed)}; at most {cap} each."
    return [Check("Within budget", all(v <= study.money.budget for v in spent.values()), finding)]


def _windows(evidence: PerkEvidence, study: PerkAbTest) -> Check:
    mature, total = sum(evidence.observed.values()), sum(evidence.assigned.values())
    days = evidence.metrics[study.measure.primary_metric].window_days
    finding = (
        f"{w.count(mature)} of {w.counted(total, 'customer')} observed for {w.counted(days, 'day')}"
    )
    rest = "; the rest are left out, never counted as no." if mature < total else "."
    return Check("Outcome windows complete", True if total else None, finding + rest)

"""Was everybody assigned in the planned shares: as a whole, from first to last, on every day, in every segment?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import partial
from itertools import accumulate

import numpy as np

from cs_lib import sentences as w
from cs_lib.experiment.perk_ab_test.trial import Trial
from cs_lib.experiment.units import many, number_of, one
from cs_lib.language import later
from cs_lib.methods.ab.sample_ratio import (
    SampleRatioPart,
    sample_ratio,
    sample_ratio_by,
    sample_ratio_watch,
)
from cs_lib.methods.ab.split_over_time import Phase, SplitOverTime, split_over_time
from cs_lib.methods.errors import or_none
from cs_lib.results import Check
from cs_lib.sentences import Text, say

# With more mixed clusters, or more control customers with a perk, the comparison is spoilt.
MAX_SPOILT_SHARE = 0.01
THEN = later(", then ")


def split_checks(trial: Trial, *, late: bool = False) -> list[Check]:
    """The split as a whole; where customers were assigned one by one also over time and in parts.

    When a variant is known to have started `late`, the change that this is has been told.
    """
    checks = [_split(trial)]
    if _by_cluster(trial):
        return checks
    throughout = [] if late else _throughout(trial)
    checks += throughout
    parts = {"day": trial.evidence.arrivals, **trial.evidence.split_by}
    if any(check.blocks_decision and not check.passed for check in throughout):
        del parts["day"]  # what is wrong on single days has been told
    return checks + _split_by_part(trial, parts)


def mixed_of(trial: Trial) -> tuple[int, int]:
    """Clusters with observed customers in several variants, and all of them."""
    sums = trial.evidence.clusters.get(trial.study.measure.primary_metric)
    if sums is None:
        return 0, 0
    variants = Counter(sums.cluster.tolist())
    return sum(n > 1 for n in variants.values()), len(variants)


def mixed_by_chance(trial: Trial) -> float:
    """How many clusters would have customers in several variants, were each customer assigned alone."""
    sums = trial.evidence.clusters.get(trial.study.measure.primary_metric)
    if sums is None:
        return 0.0
    _, at = np.unique(sums.cluster, return_inverse=True)
    size = np.bincount(at, sums.n)
    shares = np.array([*trial.study.design.split.values()])
    return float((1 - (shares[:, None] ** size).sum(axis=0)).sum())


def _by_cluster(trial: Trial) -> bool:
    """Whether whole clusters were assigned, as planned, so that each counts once."""
    mixed, clusters = mixed_of(trial)
    return trial.study.design.whole and mixed <= MAX_SPOILT_SHARE * clusters


def _throughout(trial: Trial) -> list[Check]:
    """Whether the split stayed the same, with the days on which it did not."""
    tested = or_none(partial(split_over_time, trial.evidence.arrivals))
    if tested is None:
        return []
    name = "sample_ratio_throughout"
    if tested.level == "ok":
        kept = say(
            "The split stays the same from the first day to the last ({parts}; {pvalue}).",
            parts=w.counted(tested.parts, "part of the intake", "parts of the intake"),
            pvalue=w.stated(tested.pvalue),
        )
        return [Check(name, True, kept)]
    alarm = tested.level == "alarm"
    return [Check(name, False, _changed(tested, alarm=alarm), blocks_decision=alarm)]


def _changed(tested: SplitOverTime, *, alarm: bool) -> Text:
    """When the split changed, from what to what, and what to do about it."""
    pvalue = w.stated(tested.pvalue)
    if len(tested.phases) < 2:
        return say(
            "The split is not the same from the first day to the last ({pvalue}).", pvalue=pvalue
        )
    days = [w.day(date.fromisoformat(phase.first)) for phase in tested.phases[1:]]
    found: Text = say(
        "The split changed on {days} ({pvalue}): {phases}.",
        days=w.listed(days),
        pvalue=pvalue,
        phases=w.joined(THEN, [_shares(phase) for phase in tested.phases]),
    )
    if not alarm:
        return found
    longest = max(tested.phases, key=lambda phase: min(phase.counts.values()))
    return w.together(
        found,
        say(
            "Customers of before and after are mixed unevenly, so the variants cannot be compared as a whole."
        ),
        say(
            "Compare within one split: {period} have the most customers to compare "
            "(design.period: [{first}, {last}], design.split as planned for these days).",
            period=w.days(date.fromisoformat(longest.first), date.fromisoformat(longest.last)),
            first=longest.first,
            last=longest.last,
        ),
    )


def _shares(phase: Phase) -> Text:
    """A phase's split in words: `90.2 % control and 9.8 % coupon`."""
    total = sum(phase.counts.values())
    return w.listed(
        [w.spaced(w.percent(n / total, places=1), w.name(v)) for v, n in phase.counts.items()]
    )


def _split(trial: Trial) -> Check:
    """The split against the plan; watched day by day when the data are looked at again and again."""
    cluster = _by_cluster(trial)
    counts = trial.evidence.cluster_counts if cluster else trial.evidence.assigned
    if not any(counts.values()):
        nobody = say(
            "No customer can be told to belong to any {unit} (design.cluster).",
            unit=one(trial.study.design.unit),
        )
        return Check("sample_ratio", False, nobody, blocks_decision=True)
    ratio = sample_ratio(counts, trial.study.design.split)
    parts = [
        say(
            "{v} {observed} of {clusters} (planned {planned})"
            if cluster
            else "{v} {observed} (planned {planned})",
            v=w.name(v),
            observed=w.percent(ratio.observed[v], places=1),
            clusters=many(trial.study.design.unit),
            planned=w.percent(ratio.planned[v], places=1),
        )
        for v in ratio.observed
    ]
    level, sizes = ratio.level, w.capital(w.listed(parts))
    finding: Text = say(
        "{sizes}; chance alone gives this or worse with {pvalue}.",
        sizes=sizes,
        pvalue=w.stated(ratio.pvalue),
    )
    if trial.study.looks is not None and trial.evidence.arrivals and not cluster:
        watched = sample_ratio_watch(_cumulative(trial), trial.study.design.split)
        level = watched.level
        finding = say(
            "{sizes}; watched day by day, the evidence against the plan reached {largest_e} "
            "(1,000 is an alarm).",
            sizes=sizes,
            largest_e=_strength(watched.largest_e),
        )
    if trial.study.design.whole and not cluster:
        finding = w.together(finding, _counted_by_customer(trial))
    if level == "alarm":
        told = w.together(
            say("The split is broken: {finding}", finding=finding),
            say("Some customers were lost or added on one side."),
        )
        return Check("sample_ratio", False, told, blocks_decision=True)
    return Check("sample_ratio", level == "ok", finding)


def _counted_by_customer(trial: Trial) -> Text:
    """Why single customers count although whole clusters were to be assigned."""
    mixed, clusters = mixed_of(trial)
    return say(
        "Counted by customer, because {mixed} of {every} have customers in two variants.",
        mixed=w.count(mixed),
        every=number_of(clusters, trial.study.design.unit),
    )


def _strength(evidence: float) -> Text:
    """Evidence in figures somebody can read; beyond a million its size says nothing more."""
    return say("more than 1,000,000") if evidence > 1e6 else w.significant(evidence)


def _cumulative(trial: Trial) -> dict[str, list[int]]:
    days = sorted(trial.evidence.arrivals)
    return {
        v: list(accumulate(trial.evidence.arrivals[day].get(v, 0) for day in days))
        for v in trial.study.design.split
    }


def _split_by_part(
    trial: Trial, counted: Mapping[str, Mapping[str, Mapping[str, int]]]
) -> list[Check]:
    """The split on every day, and in every declared segment: losses hide in the total."""
    checks = []
    for column, counts in counted.items():
        parts = [
            p for p in sample_ratio_by(counts, trial.study.design.split) if p.level != "too_few"
        ]
        if len(parts) > 1:
            checks.append(_split_in(column, parts, counts))
    return checks


def _split_in(
    column: str, parts: list[SampleRatioPart], counts: Mapping[str, Mapping[str, int]]
) -> Check:
    worst = min(parts, key=lambda part: part.adjusted if part.adjusted is not None else 1.0)
    if worst.level == "ok":
        each = w.counted(len(parts), "day" if column == "day" else "group")
        kept = say("The split keeps to the plan in {each} with enough customers.", each=each)
        return Check("sample_ratio_by", True, kept, of=w.name(column))
    sizes = w.listed(
        w.together(w.count(n), w.name(v)) for v, n in sorted(counts[worst.part].items())
    )
    finding = say(
        "On {part} the split is off: {sizes} ({pvalue}, adjusted for the number of groups)."
        if column == "day"
        else "In “{part}” the split is off: {sizes} ({pvalue}, adjusted for the number of groups).",
        part=w.day(date.fromisoformat(worst.part)) if column == "day" else w.name(worst.part),
        sizes=sizes,
        pvalue=w.stated(worst.adjusted or 0.0),
    )
    alarm = worst.level == "alarm"
    return Check("sample_ratio_by", False, finding, blocks_decision=alarm, of=w.name(column))

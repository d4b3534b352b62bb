"""What people coded: how far codes agree with them, and what shares are when people's word counts."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from cs_lib.diagnosis.needs_and_causes.result import UNKNOWN, Coding
from cs_lib.methods.coding.agreement import Agreement, agreement
from cs_lib.methods.coding.corrected_shares import CorrectedShare, Stratum, corrected_shares
from cs_lib.methods.coding.rule_table import RuleTable, rule_table
from cs_lib.methods.errors import CannotEstimate
from cs_lib.metrics.needs_and_causes import NeedsEvidence
from cs_lib.metrics.queries.needs.codings import Sample
from cs_lib.sentences import Text

OWNERS = ("agent", "service_flow", "business_process", "product", UNKNOWN)


def coding(evidence: NeedsEvidence, alpha: float) -> Coding | None:
    """Agreement and corrected shares by owner, need and root cause; None without a coded sample."""
    samples = {"owner": evidence.owners, "need_code": evidence.needs, "root_cause": evidence.causes}
    told = {column: sample for column, sample in samples.items() if sample is not None}
    if not told:
        return None
    shares, why_not = dict[str, tuple[CorrectedShare, ...]](), dict[str, Text]()
    against, twice = dict[str, Agreement](), dict[str, Agreement]()
    for column, sample in told.items():
        strata = [Stratum(one.name, one.size, one.coded) for one in sample.strata]
        try:
            shares[column] = corrected_shares(sample.labels, sample.ruled, strata, alpha=alpha)
        except CannotEstimate as error:
            why_not[column] = error.reason
        for found, table in ((against, _weighted(sample)), (twice, sample.twice)):
            try:
                found[column] = agreement(sample.labels, table, alpha=alpha)
            except CannotEstimate:
                continue
    first = next(iter(told.values()))
    coded = sum(int(one.coded.sum()) for one in first.strata)
    return Coding(coded, first.people, against, twice, shares, why_not)


def _weighted(sample: Sample) -> NDArray[np.int64]:
    """The sample by people's label (rows) and the codes' (columns), as if it had been drawn from all contacts alike.

    Each stratum counts by what it stands for, and all together as many contacts as people coded, so that an
    interval is that of a sample of this size.
    """
    n = sum(int(one.coded.sum()) for one in sample.strata)
    whole = sum(one.size * one.coded / max(int(one.coded.sum()), 1) for one in sample.strata)
    return np.rint(whole / np.sum(whole) * n).astype(np.int64).T


def owner_shares(evidence: NeedsEvidence, found: Coding | None) -> tuple[CorrectedShare, ...]:
    """The share of each owner: as people say where a sample tells it, else as coded, without interval."""
    if found is not None and "owner" in found.shares:
        return found.shares["owner"]
    counts = Counter[str](dict.fromkeys(OWNERS, 0))
    for cell in evidence.cells:
        counts[cell.owner or UNKNOWN] += cell.contacts
    total, none = counts.total(), float("nan")
    if not total:
        return ()
    return tuple(
        CorrectedShare(name, n / total, n / total, none, none, none, 0, 0)
        for name, n in counts.items()
    )


def rules_of(evidence: NeedsEvidence) -> RuleTable | None:
    """What each rule of the settings is worth; None without rules."""
    rules = evidence.rules
    return None if rules is None else rule_table(rules.rules, rules.hits, rules.counts, rules.coded)

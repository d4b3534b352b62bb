"""What rules are worth that label contacts: how many each covers, where they meet, and how often people agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cs_lib.methods.coding.agreement import Estimate, share

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RuleWorth:
    """One rule. Counts are of contacts.

    Attributes:
        says: the label it gives.
        covered: contacts that it speaks of; `alone` are those of which no other does.
        overlaps: those of which another rule speaks too.
        conflicts: those to which another rule gives another label.
        decides: those whose label is this rule's: no earlier rule speaks of them.
        coded: covered contacts that people coded.
        precision: the share of those to which people gave the same label.
    """

    name: str
    says: str
    covered: int
    alone: int
    overlaps: int
    conflicts: int
    decides: int
    coded: int
    precision: Estimate


@dataclass(frozen=True, slots=True)
class RuleTable:
    """All rules, in their order, which decides where they conflict; `covered` contacts have any label."""

    contacts: int
    covered: int
    conflicts: int
    rules: tuple[RuleWorth, ...]


def rule_table(
    rules: Sequence[tuple[str, str]], hits: Flags, counts: Whole, coded: dict[str, Whole]
) -> RuleTable:
    """What each rule covers, where rules overlap and conflict, and their precision on what people coded.

    The columns are those of Snorkel's table of labelling functions (Ratner et al. 2017), which calls precision
    accuracy; its interval is Wilson's.

    Args:
        rules: name and label of each rule, in their order.
        hits: one row for each set of rules that speak together, one column for each rule.
        counts: contacts of each set.
        coded: by label that people gave, their contacts of each set.
    """
    none = np.zeros(len(counts), dtype=np.int64)
    human = sum(coded.values(), none)
    others = hits.sum(axis=1)
    first = np.where(others > 0, hits.argmax(axis=1), -1)
    found = list[RuleWorth]()
    for i, (name, says) in enumerate(rules):
        mine = hits[:, i]
        differs = _differing(rules, hits, says)
        agreed = int(coded.get(says, none)[mine].sum())
        seen = int(human[mine].sum())
        found.append(
            RuleWorth(
                name=name,
                says=says,
                covered=int(counts[mine].sum()),
                alone=int(counts[mine & (others == 1)].sum()),
                overlaps=int(counts[mine & (others > 1)].sum()),
                conflicts=int(counts[mine & differs].sum()),
                decides=int(counts[first == i].sum()),
                coded=seen,
                precision=share(agreed, seen),
            )
        )
    labels = {says for _, says in rules}
    meet = sum((_saying(rules, hits, label) for label in labels), none)
    return RuleTable(
        int(counts.sum()), int(counts[others > 0].sum()), int(counts[meet > 1].sum()), tuple(found)
    )


def _saying(rules: Sequence[tuple[str, str]], hits: Flags, label: str) -> Flags:
    """The sets in which some rule gives a label."""
    those = [i for i, (_, says) in enumerate(rules) if says == label]
    return np.asarray(hits[:, those].any(axis=1))


def _differing(rules: Sequence[tuple[str, str]], hits: Flags, label: str) -> Flags:
    """The sets in which some rule gives another label."""
    those = [i for i, (_, says) in enumerate(rules) if says != label]
    return np.asarray(hits[:, those].any(axis=1))

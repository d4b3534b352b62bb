"""Which rules speak of which contacts, and what people say of the same ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cs_lib.data.contracts import OWNERS
from cs_lib.data.engines.base import quote
from cs_lib.metrics.queries.needs.codes import CODED, KINDS, UNKNOWN
from cs_lib.metrics.queries.needs.contacts_read import COUNTED, Read
from cs_lib.metrics.queries.sql import not_available
from cs_lib.params.attribution import Rule
from cs_lib.sentences import say

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RuleHits:
    """Contacts by the rules that speak of them: one entry for each set of rules that speak together.

    `hits` has a row for each set and a column for each rule; `coded` has for each owner that people named their
    contacts of each set.
    """

    rules: tuple[tuple[str, str], ...]  # name and owner, in their order
    hits: NDArray[np.bool_]
    counts: Whole
    coded: dict[str, Whole]


def rule_hits(read: Read) -> RuleHits:
    """Every contact of the study, by the rules that speak of it.

    Raises:
        NotAvailable: a rule asks for orders or events, and the source has none.
    """
    for rule in read.unable:
        raise not_available(say("rule {name}", name=rule.name), _lacking(read, rule))
    people = f"CASE WHEN h.coded IS NOT NULL THEN coalesce(h.owner, {quote(UNKNOWN)}) END"
    rows = read.desk.engine.rows(
        f"SELECT g.said, {people} AS label, CAST(sum(x.n) AS BIGINT) FROM {COUNTED} x JOIN {KINDS} g ON g.kind = x.kind"
        f" LEFT JOIN {CODED} h ON h.coded = g.coded GROUP BY 1, 2"
    )
    bits = range(len(read.rules))
    sets = sorted({tuple(bool(row[0] & 2**i) for i in bits) for row in rows})
    place = {one: i for i, one in enumerate(sets)}
    counts = np.zeros(len(place), dtype=np.int64)
    coded = {owner: np.zeros(len(place), dtype=np.int64) for owner in OWNERS}
    for said, label, n in rows:
        at = place[tuple(bool(said & 2**i) for i in bits)]
        counts[at] += n
        if label is not None:
            coded[label][at] += n
    hits = np.array(sets, dtype=bool).reshape(len(place), len(read.rules))
    named = {owner: n for owner, n in coded.items() if n.any()}
    return RuleHits(tuple((rule.name, rule.owner) for rule in read.rules), hits, counts, named)


def _lacking(read: Read, rule: Rule) -> str:
    """Why the table that a rule asks for is absent."""
    asked = (("orders", rule.when.late_order), ("events", bool(rule.when.steps)))
    return next(
        read.desk.absent[table] for table, needed in asked if needed and not read.desk.has(table)
    )

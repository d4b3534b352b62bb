"""What people coded: beside the codes that contacts carry, and beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.data.contracts import OWNERS
from cs_lib.data.engines.base import quote
from cs_lib.metrics.definitions.contacts import REAL
from cs_lib.metrics.queries.needs.codes import CODED, KINDS, UNKNOWN, by_people
from cs_lib.metrics.queries.needs.contacts_read import CONTACTS, COUNTED, Read
from cs_lib.metrics.queries.sql import not_available
from cs_lib.sentences import say

Whole = NDArray[np.int64]
Label = Literal["owner", "need_code", "root_cause"]
ALL = "all"


@dataclass(frozen=True, slots=True)
class CodedStratum:
    """Contacts of one stratum that people coded: `coded` has a row for each label of the rules, a column for theirs.

    `size` is how many contacts they stand for: the sum of their weights, where these are stated.
    """

    name: str
    size: float
    coded: Whole


@dataclass(frozen=True, slots=True)
class Sample:
    """Codes by rule and by people.

    Attributes:
        labels: the codes, `unknown` for none.
        ruled: all contacts of the study by the code they carry; where they carry none, by what rules say.
        strata: those that people coded; one stratum `all` where none is named.
        twice: contacts that two people coded, the first coding's label by row, the second's by column.
        people: how many coded.
    """

    labels: tuple[str, ...]
    ruled: Whole
    strata: tuple[CodedStratum, ...]
    twice: Whole
    people: int


@dataclass(frozen=True, slots=True)
class CodedContacts:
    """What became of the contacts that people coded.

    Attributes:
        coded: all of them; `used` are of the study's days and scope.
        outside: those of other days or another scope; `withdrawn` were merged, spam or cancelled.
        lost: those that are not in the table of contacts.
        early: of those used, how many were coded before they were opened.
    """

    coded: int
    used: int
    outside: int
    withdrawn: int
    lost: int
    early: int


def coded_contacts(read: Read) -> CodedContacts | None:
    """Where the contacts are that people coded; None without codings by people."""
    if not read.desk.has("codings"):
        return None
    rows, micros = read.desk.engine.rows, read.desk.engine.dialect.micros
    [(coded,)] = rows(f"SELECT count(*) FROM {CODED}")
    if not coded:
        return None
    kind = f"{CONTACTS} c JOIN {KINDS} g ON g.kind = c.kind JOIN {CODED} h ON h.coded = g.coded"
    [(there, used, early)] = rows(
        f"SELECT count(*), count(CASE WHEN {read.inside()} THEN 1 END), count(CASE WHEN {read.inside()}"
        f" AND {micros('h.coded_at')} < c.opened THEN 1 END) FROM {kind}"
    )
    real = withdrawn = 0
    if there < coded:
        [(real, withdrawn)] = rows(
            f"SELECT count(CASE WHEN {REAL} THEN 1 END), count(CASE WHEN NOT ({REAL}) THEN 1 END)"
            f" FROM contacts c WHERE c.contact_id IN (SELECT h.contact_id FROM {CODED} h)"
        )
    real = max(real, there)
    return CodedContacts(coded, used, real - used, withdrawn, coded - real - withdrawn, early)


def sample(read: Read, label: Label) -> Sample:
    """Codes by rule and by people of the contacts of the study.

    Raises:
        NotAvailable: the source has no codings, or none by people of these contacts.
    """
    desk = read.desk
    if not desk.has("codings"):
        raise not_available(say("what people coded"), desk.absent["codings"])
    rows, rule = desk.engine.rows, f"coalesce(g.by_{label}, {quote(UNKNOWN)})"
    those = f"{COUNTED} x JOIN {KINDS} g ON g.kind = x.kind"
    ruled = dict(rows(f"SELECT {rule}, CAST(sum(x.n) AS BIGINT) FROM {those} GROUP BY 1"))
    theirs = f"coalesce(h.{label}, {quote(UNKNOWN)})"
    mine = f"{those} JOIN {CODED} h ON h.coded = g.coded"
    weight = desk.engine.dialect.fixed("coalesce(h.sampling_weight, 1)", 1_000_000)
    coded = rows(
        f"SELECT coalesce(h.stratum, {quote(ALL)}), {rule}, {theirs}, count(*), sum({weight}) FROM {mine}"
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    if not coded:
        raise not_available(say("what people coded"), say("people coded none of these contacts"))
    second = f"JOIN ({by_people()}) l ON l.contact_id = h.contact_id"
    pairs = rows(
        f"SELECT {theirs}, coalesce(l.{label}, {quote(UNKNOWN)}), count(*) FROM {mine} {second} AND l.turn = 2"
        " GROUP BY 1, 2"
    )
    seen = {
        *ruled,
        *(name for row in coded for name in row[1:3]),
        *(n for row in pairs for n in row[:2]),
    }
    labels = _in_order(seen, label)
    [(people,)] = rows(f"SELECT count(DISTINCT l.coder) FROM {mine} {second}")
    twice = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for one, other, n in pairs:
        twice[labels.index(one), labels.index(other)] += n
    counts = np.array([ruled.get(name, 0) for name in labels], dtype=np.int64)
    return Sample(tuple(labels), counts, _strata(coded, labels), twice, people)


def _in_order(seen: set[str], label: Label) -> list[str]:
    """Owners as the tables' contract has them, needs by name, `unknown` last."""
    if label == "owner":
        return [name for name in OWNERS if name in seen]
    return [*sorted(seen - {UNKNOWN}), *(name for name in (UNKNOWN,) if name in seen)]


def _strata(
    rows: Sequence[tuple[str, str, str, int, int]], labels: Sequence[str]
) -> tuple[CodedStratum, ...]:
    found = []
    for name in dict.fromkeys(row[0] for row in rows):
        coded, size = np.zeros((len(labels), len(labels)), dtype=np.int64), 0
        for stratum, rule, human, n, weight in rows:
            if stratum == name:
                coded[labels.index(rule), labels.index(human)] += n
                size += weight
        found.append(CodedStratum(name, size / 1_000_000, coded))
    return tuple(found)

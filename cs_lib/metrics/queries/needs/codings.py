"""What people coded: beside the codes that contacts carry, and beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.data.contracts import OWNERS
from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.definitions.contacts import REAL
from cs_lib.metrics.queries.sql import between, matches, not_available
from cs_lib.params import Scope
from cs_lib.sentences import say

Whole = NDArray[np.int64]
Label = Literal["owner", "need_code", "root_cause"]
UNKNOWN = "unknown"
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
        ruled: all contacts of the study's days by the code they carry.
        strata: those that people coded; one stratum `all` where none is named.
        twice: contacts that two people coded, the first coding's label by row, the second's by column.
        people: how many coded.
    """

    labels: tuple[str, ...]
    ruled: Whole
    strata: tuple[CodedStratum, ...]
    twice: Whole
    people: int


def by_people() -> str:
    """Codings of people in order: `turn` 1 is a contact's first, 2 the first of another person."""
    first = (
        "SELECT contact_id, coder, owner, need_code, root_cause, stratum, sampling_weight, coded_at,"
        " row_number() OVER (PARTITION BY contact_id, coder ORDER BY coded_at) AS again"
        " FROM codings WHERE method = 'human'"
    )
    return (
        "SELECT k.*, row_number() OVER (PARTITION BY k.contact_id ORDER BY k.coded_at, k.coder) AS turn"
        f" FROM ({first}) k WHERE k.again = 1"
    )


def first_by_people(label: Label) -> str:
    """A query of the label that people gave each contact first, `unknown` where they found none."""
    return (
        f"SELECT k.contact_id, coalesce(k.{label}, {quote(UNKNOWN)}) AS label FROM ({by_people()}) k"
        " WHERE k.turn = 1"
    )


def sample(desk: Desk, label: Label, start: date, end: date, scope: Scope | None = None) -> Sample:
    """Codes by rule and by people of the contacts opened on some local days.

    Raises:
        NotAvailable: the source has no codings, or none by people of these contacts.
    """
    if not desk.has("codings"):
        raise not_available(say("what people coded"), desk.absent["codings"])
    engine = desk.engine
    inside = f"{matches(scope)} AND {between(desk.day_of('c.opened_at'), start, end)}"
    rule = f"coalesce(c.{label}, {quote(UNKNOWN)})"
    ruled = dict(
        engine.rows(f"SELECT {rule}, count(*) FROM contacts c WHERE {REAL} AND {inside} GROUP BY 1")
    )
    theirs = f"coalesce(k.{label}, {quote(UNKNOWN)})"
    mine = (
        f"({by_people()}) k JOIN contacts c ON c.contact_id = k.contact_id AND {REAL} AND {inside}"
    )
    weight = engine.dialect.fixed("coalesce(k.sampling_weight, 1)", 1_000_000)
    rows = engine.rows(
        f"SELECT coalesce(k.stratum, {quote(ALL)}), {rule}, {theirs}, count(*), sum({weight}) FROM {mine}"
        " WHERE k.turn = 1 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    if not rows:
        raise not_available(say("what people coded"), say("people coded none of these contacts"))
    pairs = engine.rows(
        f"SELECT {theirs}, coalesce(l.{label}, {quote(UNKNOWN)}), count(*) FROM {mine}"
        f" JOIN ({by_people()}) l ON l.contact_id = k.contact_id AND l.turn = 2 WHERE k.turn = 1 GROUP BY 1, 2"
    )
    seen = {
        *ruled,
        *(name for row in rows for name in row[1:3]),
        *(n for row in pairs for n in row[:2]),
    }
    labels = _in_order(seen, label)
    [(people,)] = engine.rows(f"SELECT count(DISTINCT k.coder) FROM {mine}")
    twice = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for one, other, n in pairs:
        twice[labels.index(one), labels.index(other)] += n
    counts = np.array([ruled.get(name, 0) for name in labels], dtype=np.int64)
    return Sample(tuple(labels), counts, _strata(rows, labels), twice, people)


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

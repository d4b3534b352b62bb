"""What codes say of contacts, and what counts: people's word first, then the contact's own codes, then rules."""

from __future__ import annotations

from collections.abc import Sequence

from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.definitions.contacts import REAL
from cs_lib.metrics.queries.sql import matches
from cs_lib.params import Scope
from cs_lib.params.attribution import Rule

CODES, CODED, NEEDS, CELLS, KINDS = (
    "cs_need_codes",
    "cs_need_coded",
    "cs_need_places",
    "cs_need_cells",
    "cs_need_kinds",
)
MOST_NEEDS = 200  # kept apart; beyond them the rarest are one
REST = "other"
UNKNOWN = "unknown"


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


def code_number(desk: Desk) -> str:
    """A number of a contact's own codes: those of one combination have the same."""
    return desk.engine.dialect.number_of(["c.issue", "c.need_code", "c.owner", "c.root_cause"])


def codes(desk: Desk, scope: Scope | None) -> None:
    """Every combination of codes that contacts carry, numbered; how many, and the first and last day in scope."""
    day = f"CASE WHEN {matches(scope)} THEN {desk.day_of('c.opened_at')} END"
    desk.engine.run(
        f"CREATE TEMP TABLE {CODES} AS SELECT CAST(row_number() OVER (ORDER BY k) AS INTEGER) AS own, g.* FROM ("
        f"SELECT {code_number(desk)} AS k, min(c.issue) AS issue, min(c.need_code) AS need_code,"
        f" min(c.owner) AS owner, min(c.root_cause) AS root_cause, count(*) AS n, min({day}) AS first,"
        f" max({day}) AS last FROM contacts c WHERE {REAL} GROUP BY 1) g"
    )


def coded_by_people(desk: Desk) -> None:
    """The first coding of each contact that people coded, numbered; empty without codings."""
    first = f"SELECT k.* FROM ({by_people()}) k WHERE k.turn = 1"
    if not desk.has("codings"):
        empty = ", ".join(
            f"CAST(NULL AS VARCHAR) AS {name}"
            for name in ("contact_id", "owner", "need_code", "root_cause", "stratum")
        )
        empty += ", CAST(NULL AS DOUBLE) AS sampling_weight, CAST(NULL AS TIMESTAMP) AS coded_at"
        first = f"SELECT {empty} WHERE FALSE"
    desk.engine.run(
        f"CREATE TEMP TABLE {CODED} AS SELECT CAST(row_number() OVER (ORDER BY f.contact_id) AS INTEGER) AS coded,"
        f" f.contact_id, f.owner, f.need_code, f.root_cause, f.stratum, f.sampling_weight,"
        f" f.coded_at FROM ({first}) f"
    )


def kinds(desk: Desk, rules: Sequence[Rule], seen: str) -> None:
    """What counts for each kind of contact: its own codes, the rules that speak, and what a person said.

    `seen` is a query of the kinds there are: `own` of `CODES`, `said` (a bit for each rule), `coded` of `CODED` or 0,
    and `n` contacts. `NEEDS` puts needs in order, most contacts first; `CELLS` numbers what counts (issue, need,
    owner, cause); `KINDS` leads from a kind to its cell and to what codes and rules say of it without people.
    """
    run = desk.engine.run
    machine = _by_rules({name: f"c.{name}" for name in ("need_code", "owner", "root_cause")}, rules)
    counts = _by_rules(
        {
            name: f"CASE WHEN h.coded IS NOT NULL THEN h.{name} ELSE c.{name} END"
            for name in ("need_code", "owner", "root_cause")
        },
        rules,
        need_of_nobody="h.coded IS NULL",
    )
    asked = [f"{sql} AS {name}" for name, sql in counts.items()]
    asked += [f"{sql} AS by_{name}" for name, sql in machine.items()]
    named = f"{KINDS}_named"
    run(
        f"CREATE TEMP TABLE {named} AS SELECT x.own, x.said, x.coded, x.n, c.issue, c.need_code AS own_need,"
        f" {', '.join(asked)} FROM ({seen}) x JOIN {CODES} c ON c.own = x.own LEFT JOIN {CODED} h ON h.coded = x.coded"
    )
    try:
        _needs(desk, named)
        labels = "issue, place, owner, root_cause"
        run(
            f"CREATE TEMP TABLE {CELLS} AS SELECT CAST(row_number() OVER (ORDER BY {labels}) AS INTEGER) AS cell, g.*,"
            f" CAST(dense_rank() OVER (ORDER BY coalesce(g.owner, {quote(UNKNOWN)})) AS SMALLINT) AS owned"
            " FROM (SELECT x.issue, x.owner, x.root_cause, p.place, p.need, p.called AS need_code,"
            " p.need_code AS whole"
            f" FROM {named} x LEFT JOIN {NEEDS} p ON p.need_code = x.need_code GROUP BY ALL) g"
        )
        same = " AND ".join(
            f"x.{name} IS NOT DISTINCT FROM g.{other}"
            for name, other in (
                ("issue", "issue"),
                ("need_code", "whole"),
                ("owner", "owner"),
                ("root_cause", "root_cause"),
            )
        )
        run(
            f"CREATE TEMP TABLE {KINDS} AS SELECT CAST(row_number() OVER (ORDER BY x.own, x.said, x.coded) AS INTEGER)"
            f" AS kind, x.own, x.said, x.coded, x.by_need_code, x.by_owner, x.by_root_cause, g.cell, g.need, g.owned"
            f" FROM {named} x JOIN {CELLS} g ON {same}"
        )
    finally:
        run(f"DROP TABLE {named}")


def _needs(desk: Desk, named: str) -> None:
    """Needs in order of their contacts: all that carry the code, those that people and rules moved moved."""
    counted = (
        f"SELECT need_code, n FROM {CODES} UNION ALL"
        f" SELECT need_code, n FROM {named} WHERE need_code IS DISTINCT FROM own_need UNION ALL"
        f" SELECT own_need, -n FROM {named} WHERE need_code IS DISTINCT FROM own_need"
    )
    desk.engine.run(
        f"CREATE TEMP TABLE {NEEDS} AS SELECT need_code, place,"
        f" CAST(CASE WHEN place < {MOST_NEEDS} THEN place ELSE {MOST_NEEDS} END AS SMALLINT) AS need,"
        f" CASE WHEN place < {MOST_NEEDS} THEN need_code ELSE {quote(REST)} END AS called FROM ("
        "SELECT need_code, row_number() OVER (ORDER BY sum(n) DESC, need_code) - 1 AS place"
        f" FROM ({counted}) g WHERE need_code IS NOT NULL GROUP BY 1) p"
    )


def _by_rules(
    own: dict[str, str], rules: Sequence[Rule], need_of_nobody: str = "TRUE"
) -> dict[str, str]:
    """What counts where rules speak for those whom nobody named: owner and cause together, and the need.

    A rule that names a need speaks for contacts without one, except where a person found none.
    """
    if not rules:
        return own
    bits = [f"(x.said & {2**i}) > 0" for i in range(len(rules))]
    nobody = f"coalesce({own['owner']}, {quote(UNKNOWN)}) = {quote(UNKNOWN)}"
    found = dict(own)
    for name in ("owner", "root_cause"):
        cases = " ".join(
            f"WHEN {bit} THEN {_literal(getattr(rule, name))}"
            for bit, rule in zip(bits, rules, strict=True)
        )
        found[name] = (
            f"CASE WHEN {nobody} THEN CASE {cases} ELSE {own[name]} END ELSE {own[name]} END"
        )
    telling = [(bit, rule) for bit, rule in zip(bits, rules, strict=True) if rule.need_code]
    if telling:
        cases = " ".join(f"WHEN {bit} THEN {_literal(rule.need_code)}" for bit, rule in telling)
        free = f"{need_of_nobody} AND {own['need_code']} IS NULL"
        found["need_code"] = f"CASE WHEN {free} THEN CASE {cases} END ELSE {own['need_code']} END"
    return found


def _literal(value: str | None) -> str:
    return "CAST(NULL AS VARCHAR)" if value is None else quote(value)

"""What a table with columns of the user's own can answer, for a terminal."""

from __future__ import annotations

from cs_lib import wording as w
from cs_lib.data import Desk
from cs_lib.language import say
from cs_lib.params import Roles, safe

MOST_VARIANTS = 20


def verdict(desk: Desk) -> str:
    """Which study the tables are for, and of how many customers or days."""
    said = []
    if desk.has("results"):
        rows = desk.engine.rows(
            "SELECT variant, count(*) FROM results GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20"
        )
        variants = w.listed([w.spaced(variant, w.count(n)) for variant, n in rows])
        said.append(
            say(
                "{source}: an A/B test can be done with it ({variants}).",
                source=desk.source,
                variants=variants,
            )
        )
    if desk.has("days"):
        first, last = desk.engine.rows("SELECT min(day), max(day) FROM days")[0]
        said.append(
            say(
                "{source}: a before/after study can be done with it ({days}, {rows}).",
                source=desk.source,
                days=w.days(first, last),
                rows=w.counted(desk.rows["days"], "day"),
            )
        )
    return " ".join(said)


def columns(desk: Desk) -> list[tuple[str, ...]]:
    """Every column with what it is for, how many rows have it, and from where to where its numbers reach."""
    head = (say("Column"), say("Use"), say("Filled"), say("Values"))
    return [
        head,
        *(row for table, roles in desk.roles.items() for row in _rows(desk, table, roles)),
    ]


def _rows(desk: Desk, table: str, roles: Roles) -> list[tuple[str, ...]]:
    total, found = desk.rows[table], list[tuple[str, ...]]()
    for header in (*roles.numbers, *roles.labels):
        name, number = safe(header), header in roles.numbers
        asked = f"min({name}), max({name})" if number else f"count(DISTINCT {name}), NULL"
        filled, first, last = desk.engine.rows(f"SELECT count({name}), {asked} FROM {table}")[0]
        values = say("{n} different", n=w.count(first))
        if number:
            values = (
                say("{low} to {high}", low=w.plain(first, 2), high=w.plain(last, 2))
                if filled
                else "–"
            )
        use = say("outcome") if number else say("label")
        if name in roles.known_before:
            use = say("known before")
        share = w.percent(filled / total, places=0) if total else "–"
        found.append((name, use, share, values))
    return found

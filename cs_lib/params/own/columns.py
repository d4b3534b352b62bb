"""Tables with a column for each thing known: how columns are called, and metrics that are made of them.

`share(bought)`, `mean(spend)` and `ratio(revenue, orders)` are metrics of columns; so is `share(solved, calls)`, a
part of a whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field

from cs_lib.params.fields import Names, Strict

Kind = Literal["share", "mean", "ratio"]
FORM = re.compile(r"\s*(share|mean|ratio)\s*\(\s*([^(),]*?)\s*(?:,\s*([^(),]*?)\s*)?\)\s*")
# Words that SQL keeps for itself, and what our own tables call their columns.
RESERVED = """
    all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case cast check
    collate collation column columns concurrently constraint create cross default deferrable desc describe distinct do
    else end except false fetch for foreign freeze from full generated glob group having ilike in initially inner
    intersect into is isnull join lambda lateral leading left like limit map natural not notnull null offset on only or
    order outer overlaps pivot pivot_longer pivot_wider placing positional primary qualify references returning right
    select semi show similar some struct summarize symmetric table tablesample then to trailing true try_cast tuple
    union unique unpack unpivot using variadic verbose when where window with
"""
OURS = """
    customer_id variant assigned_on assigned_at day stage since delivered cost unit stretch need_code is_complaint rowid
"""
TAKEN = frozenset((RESERVED + OURS).split())


@dataclass(frozen=True, slots=True)
class OfColumns:
    """A metric by its name: what kind it is and the columns it is made of, the whole or denominator last."""

    kind: Kind
    columns: tuple[str, ...]


@cache
def of_columns(name: str) -> OfColumns | None:
    """What a name like `share(bought)` or `ratio(revenue, orders)` says; None for one that is no such name."""
    found = FORM.fullmatch(name)
    if found is None or not found[2] or found[3] == "":
        return None
    columns = tuple(safe(one) for one in (found[2], found[3]) if one)
    kinds = {"share": (1, 2), "mean": (1,), "ratio": (2,)}
    if len(columns) not in kinds[found[1]]:
        return None
    return OfColumns(found[1], columns)  # type: ignore[arg-type]


def headers_of(name: str) -> tuple[str, ...]:
    """The columns that such a name writes, as it writes them; a name of another kind is a column itself."""
    found = FORM.fullmatch(name)
    return (
        tuple(one for one in (found[2], found[3]) if one) if found and of_columns(name) else (name,)
    )


def safe(column: str) -> str:
    """What a column of a user's table is called in ours: letters, digits and _, in small letters."""
    name = re.sub(r"\W+", "_", column.strip()).strip("_").lower() or "column"
    name = f"_{name}" if name[0].isdigit() else name
    return f"{name}_" if name in TAKEN else name


class Roles(Strict):
    """What the columns of a table of results, or of days, are; headers as the file writes them."""

    variant: str | None = Field(
        default=None, description="of results: which variant the customer was given"
    )
    customer: str | None = Field(
        default=None, description="of results: the customer's id; left out, every row is a customer"
    )
    assigned: str | None = Field(
        default=None, description="of results: the day of assignment, if known"
    )
    day: str | None = Field(default=None, description="of days: the day that a row is about")
    numbers: Annotated[Names, Field(min_length=1)] = Field(
        description="columns of numbers: outcomes (0 and 1 for no and yes) and what was known before"
    )
    labels: Names = Field(
        default=(), description="columns of words to split by, or that name a cluster"
    )
    before: Names = Field(
        default=(),
        description="those of numbers and labels that were known before the assignment: only these may be"
        " covariates, segments or clusters, and none of them an outcome",
    )

    @property
    def keys(self) -> dict[str, str]:
        """The headers of the columns that every such table has, by what ours are called."""
        own = {
            "customer_id": self.customer,
            "variant": self.variant,
            "assigned_on": self.assigned,
            "day": self.day,
        }
        return {name: header for name, header in own.items() if header is not None}

    @property
    def headers(self) -> dict[str, str]:
        """Every header by what its column is called in ours."""
        return self.keys | {safe(one): one for one in (*self.numbers, *self.labels)}

    @property
    def known_before(self) -> frozenset[str]:
        """What was known before assignment, as ours is called."""
        return frozenset(map(safe, self.before))


def role_conflicts(table: str, roles: Any) -> list[tuple[str, str]]:
    """Contradictions of the columns of a table of results or of days, as (key below the table, message)."""
    found: list[tuple[str, str]] = []
    needed, foreign = (
        ("variant", ("day",))
        if table == "results"
        else ("day", ("variant", "customer", "assigned", "before", "labels"))
    )
    if getattr(roles, needed) is None:
        found.append((f"columns.{needed}", "missing"))
    found += [
        (f"columns.{key}", f"is no column of a table of {table}; leave it out")
        for key in foreign
        if getattr(roles, key)
    ]
    numbers, labels = roles.numbers or (), roles.labels or ()
    named = [*filter(None, (roles.variant, roles.customer, roles.assigned, roles.day)), *numbers]
    twice = [one for one in (*named, *labels) if [*named, *labels].count(one) > 1]
    found += [
        ("columns", f"'{one}' is named twice; a column is one thing")
        for one in dict.fromkeys(twice)
    ]
    alike: dict[str, list[str]] = {}
    for one in dict.fromkeys((*numbers, *labels)):
        alike.setdefault(safe(one), []).append(one)
    found += [
        ("columns", f"{' and '.join(map(repr, several))} would both be called '{name}'; rename one")
        for name, several in alike.items()
        if len(several) > 1
    ]
    found += [
        ("columns.before", f"'{one}' is none of numbers and labels")
        for one in roles.before or ()
        if one not in (*numbers, *labels)
    ]
    return found

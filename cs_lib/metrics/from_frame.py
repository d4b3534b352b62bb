"""A frame as the one table of a study: through the desk and the same questions as a source on the disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from cs_lib.data.desk import Desk, desk_of
from cs_lib.data.session import source_of
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params import ParamsError, Problem, Roles, Source, TableSpec, safe

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Desk", "Kept", "Table", "is_share", "kept", "opened", "refused", "span", "variants_of"]
Table = Literal["results", "days"]
TITLE = "A frame of a session"


@dataclass(frozen=True, slots=True)
class Kept:
    """The columns of a frame that a study read, typed, and what they are; enough to read them again from a file."""

    table: Table
    frame: pd.DataFrame
    roles: Roles
    timezone: str | None
    currency: str


def opened(
    table: Table,
    frame: Any,
    roles: Mapping[str, Any],
    *,
    timezone: str | None,
    currency: str,
    as_of: date | None,
) -> Desk:
    """The desk of a frame. Raises DataError with every fault of it, ParamsError for what is said of its columns."""
    return desk_of(_source(table, roles, timezone, currency), as_of, {table: frame})


def _source(table: str, roles: Mapping[str, Any], timezone: str | None, currency: str) -> Source:
    said = {"source": "frame", "title": TITLE, "timezone": timezone, "currency": currency}
    spec = TableSpec(columns=Roles.model_validate(dict(roles)))
    return source_of(said, {table: spec})


def kept(desk: Desk, table: Table, timezone: str | None) -> Kept:
    """What a desk of one frame holds of it, under the names of ours."""
    old = desk.roles[table]
    lists = {
        key: tuple(safe(one) for one in getattr(old, key))
        for key in ("numbers", "labels", "before")
    }
    keys = {
        "variant": "variant",
        "customer": "customer_id",
        "assigned": "assigned_on",
        "day": "day",
    }
    own = {key: name for key, name in keys.items() if getattr(old, key) is not None}
    columns = ", ".join([*own.values(), *map(safe, (*old.numbers, *old.labels))])
    frame = desk.engine.frame(f"SELECT {columns} FROM all_{table}")
    return Kept(table, frame, Roles.model_validate(own | lists), timezone, desk.currency)


def variants_of(desk: Desk) -> list[str]:
    """The variants in a table of results, in order."""
    rows = desk.engine.rows("SELECT DISTINCT variant FROM results ORDER BY 1 LIMIT 50")
    return [variant for (variant,) in rows]


def is_share(desk: Desk, table: str, column: str) -> bool:
    """Whether a column holds nothing but 0 and 1, and both or one of them."""
    odd, filled = desk.engine.rows(
        f"SELECT count(CASE WHEN {column} NOT IN (0, 1) THEN 1 END), count({column}) FROM {table}"
    )[0]
    return bool(filled) and not odd


def span(desk: Desk, table: str, column: str) -> tuple[date, date] | None:
    """The first and last day of a column; None where it is empty."""
    first, last = desk.engine.rows(f"SELECT min({column}), max({column}) FROM {table}")[0]
    return (first, last) if first is not None else None


def refused(error: NotAvailable) -> ParamsError:
    """What a frame cannot answer, as a fault of what was asked."""
    return ParamsError([Problem("", str(error))])

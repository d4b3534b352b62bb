"""Whose outcomes are measured: customers, one row each, from the moment they are followed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cs_lib import sentences as w
from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.queries.forms import label_form
from cs_lib.metrics.queries.sql import NotAvailable, between, not_available
from cs_lib.params import PerkAbTest
from cs_lib.sentences import say

OF_CUSTOMER = ("segment", "region")
OF_CONTACT = ("need_code", "issue", "owner", "channel", "product_id", "team_id", "agent_id")
OF_ASSIGNMENT = ("stratum",)
COMPLAINED = "is_complaint"  # whether the contact that led to the assignment was one
KNOWN = (*OF_CUSTOMER, *OF_CONTACT, *OF_ASSIGNMENT)  # all of it before assignment
NOTHING = "CAST(NULL AS VARCHAR)"


@dataclass(frozen=True, slots=True)
class Cohort:
    """Customers followed from a moment on, as SQL of one row each.

    `columns` are SQL by name: assignment_id, experiment_id, customer_id, variant, assigned_at, delivered_at,
    unit_cost, face_value, expires_at, day (local) and those of `KNOWN`, null where the source has not got them.
    `joins` are tables beside them and the column that leads there, by alias; one is joined only when a column of
    it is asked for. `elsewhere` is what a row of the cohort's own table meets that is about something else.
    """

    table: str
    where: str
    columns: Mapping[str, str]
    joins: Mapping[str, tuple[str, str]]
    margin_rate: float = 0.0
    instead_of: tuple[str, ...] = ()  # tables a metric names and this cohort stands in for
    costs: str = ""  # the table its amounts come from
    elsewhere: str = "TRUE"

    def rows(
        self, names: Iterable[str], alias: str = "", coded: Mapping[str, str] | None = None
    ) -> str:
        """A query of some of its columns, of one table beside it at most.

        `coded` is SQL for those of them that are taken in less room, over the plain names of their tables.
        """
        coded = coded or {}
        listed = ", ".join(f"{self._own(name, coded)} AS {name}" for name in dict.fromkeys(names))
        join = ""
        if alias in self.joins:
            theirs = self.beside(names).get(alias, [])
            key = self.joins[alias][1]
            join = (
                f" LEFT JOIN {self.narrow(alias, theirs, coded)} {alias} ON {alias}.{key} = a.{key}"
            )
        return f"SELECT {listed} FROM {self.table}{join} WHERE {self.where}"

    def narrow(self, alias: str, names: Iterable[str], coded: Mapping[str, str]) -> str:
        """A query, in brackets, of some columns of a table beside it and of the key that leads there."""
        table, key = self.joins[alias]
        listed = "".join(f", {coded.get(name, name)} AS {name}" for name in names)
        return f"(SELECT {key}{listed} FROM {table})"

    def values(self, name: str) -> str:
        """A query of the values of a text column in its table; nothing where that table is no stored one."""
        alias = self.columns[name].partition(".")[0]
        if alias in self.joins:
            return f"SELECT DISTINCT {name} FROM {self.joins[alias][0]} WHERE {name} IS NOT NULL"
        stored = self.costs and self.columns[name] == f"a.{name}"
        return (
            f"SELECT DISTINCT {name} FROM {self.table} WHERE {self.where} AND {name} IS NOT NULL"
            if stored
            else ""
        )

    def _own(self, name: str, coded: Mapping[str, str]) -> str:
        ours = self.columns[name] == f"a.{name}"
        return coded[name] if ours and name in coded else self.columns[name]

    def beside(self, names: Iterable[str]) -> dict[str, list[str]]:
        """Those of some columns that stand in tables beside it, by alias."""
        found: dict[str, list[str]] = {}
        for name in dict.fromkeys(names):
            alias = self.columns[name].partition(".")[0]
            if alias in self.joins:
                found.setdefault(alias, []).append(name)
        return found


def assigned(desk: Desk, study: PerkAbTest) -> Cohort:
    """The customers assigned in the study's period, observed or not.

    Raises NotAvailable without such a table, or when the experiment has a second spelling there.
    """
    if not desk.has("perk_assignments"):
        raise not_available(study.measure.primary_metric, desk.absent["perk_assignments"])
    _require_one_spelling(desk, study.design.experiment)
    day = desk.day_of("a.assigned_at")
    own = (
        "assignment_id", "experiment_id", "customer_id", "contact_id", "variant", "assigned_at",
        "delivered_at", "unit_cost", "face_value", "expires_at", *OF_ASSIGNMENT,
    )  # fmt: skip
    columns = {name: f"a.{name}" for name in own} | {"day": day}
    joins = {}
    for alias, table, key, names in (
        ("c", "customers", "customer_id", OF_CUSTOMER),
        ("k", "contacts", "contact_id", (*OF_CONTACT, COMPLAINED)),
    ):
        there = desk.has(table)
        columns |= {name: f"{alias}.{name}" if there else NOTHING for name in names}
        if there:
            joins[alias] = (table, key)
    inside = between(day, *study.assigned_days)
    return Cohort(
        "perk_assignments a",
        f"a.experiment_id = {quote(study.design.experiment)} AND {inside}",
        columns,
        joins,
        study.money.margin_rate if study.money else 0.0,
        costs="perk_assignments",
        # Nobody is assigned twice in one experiment: the tables' contract.
        elsewhere=f"experiment_id <> {quote(study.design.experiment)}",
    )


def _require_one_spelling(desk: Desk, experiment: str) -> None:
    """A blank or another case in some rows would leave these out without a word."""
    counted = "SELECT experiment_id AS v, count(*) AS n FROM perk_assignments GROUP BY 1"
    rows = desk.engine.rows(
        f"SELECT v, n FROM ({counted}) e WHERE {label_form('v')} = {label_form(quote(experiment))}"
        f" AND v <> {quote(experiment)} ORDER BY 2 DESC, 1"
    )
    if rows:
        others = w.listed(
            [say("{value} ({rows})", value=repr(v), rows=w.counted(n, "row")) for v, n in rows]
        )
        raise NotAvailable(
            say(
                "design.experiment is '{experiment}', and perk_assignments also has {others}; write them alike in the "
                "source.",
                experiment=experiment,
                others=others,
            )
        )

"""What a metric is: words a reader can check, and the SQL that computes it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TypeVar

from cs_lib.data.engines.base import Dialect
from cs_lib.language import say
from cs_lib.quantity import Quantity, Unit
from cs_lib.results import Good
from cs_lib.sentences import Called
from cs_lib.sentences import say as sentence


@dataclass(frozen=True, slots=True)
class Metric:
    """One definition, one name, one unit.

    `window_days` is the follow-up a case needs; cases without it are left out, never counted as "no".
    """

    name: str
    title: str  # {days} stands for the window
    unit: Unit
    good: Good
    population: str
    counted: str  # from which moment to which, on which clock
    censoring: str
    denominator: str
    source: str
    needs: tuple[str, ...]
    window_days: int
    currency: str = field(default="", kw_only=True)  # of the desk it is read from, for amounts

    @property
    def quantity(self) -> Quantity:
        """What its values measure."""
        return Quantity(self.unit, self.currency if self.unit == "money" else "")

    @property
    def label(self) -> str:
        """The title in the language in use, its window filled in."""
        return say(self.title, days=self.window_days or "N")

    @property
    def called(self) -> Called:
        """The same, to be said later."""
        return Called(self.name, sentence(self.title, days=self.window_days or "N"))

    @property
    def priced(self) -> bool:
        """Whether it needs the study's margin."""
        return False


@dataclass(frozen=True, slots=True)
class DailyMetric(Metric):
    """A metric of contacts by day: numerator over denominator of the cases dated to that day.

    SQL is common SQL over the canonical tables plus SECONDS(a, b) and DAYS_AFTER(t, n), which each
    engine spells its own way; HORIZON is the follow-up in days.
    """

    table: str
    time: str
    numerator: str
    where: str = "TRUE"
    denominator_sql: str = "count(*)"
    filled: tuple[str, str, str] | None = (
        None  # (table, what some row must meet, the message when none does): else not available
    )
    per: tuple[str, str] | None = (
        None  # (table or query, its stamp): the denominator comes from there
    )
    duration: tuple[str, str] | None = None  # start and end column, when it is a time to an event
    scoped_by: tuple[str, ...] | None = (
        None  # what a scope may name, when its cases are no contacts
    )


@dataclass(frozen=True, slots=True)
class Term:
    """One sum that a metric per customer is made of: over the rows of one table dated to its window.

    `key` is the column shared with the assignment, `theirs=ours` where the two are called differently.
    Rows count as one each, or as their number in the column `value`; `when` is a condition on the row
    (`t`) and on what was known of the customer at assignment (`u`).
    """

    table: str
    stamp: str
    key: str
    value: str | None = None
    when: str = "TRUE"
    times: int = 1
    priced: bool = False  # times the margin rate of the study


@dataclass(frozen=True, slots=True)
class UnitMetric(Metric):
    """A metric per assigned customer within `window_days` after assignment; no outcome counts as 0.

    Its value is the sum of its `terms` and of `unit_cost` times what a delivered perk cost; every part
    is a whole number of steps (`cs_lib.data.exact`), so that sums are the same in any order.
    """

    terms: tuple[Term, ...]
    unit_cost: int = 0
    share: bool = False  # 1 when the sum is positive, else 0
    before: bool = False  # a covariate: the window ends at assignment
    after_contact: bool = False  # it compares with the contact after which somebody was assigned

    @property
    def called(self) -> Called:
        """The same, to be said later."""
        return Called(self.name, sentence(self.title, days=self.window_days or "N"))

    @property
    def priced(self) -> bool:
        """Whether it needs the study's margin."""
        return any(term.priced for term in self.terms)


@dataclass(frozen=True, slots=True)
class RatioMetric(Metric):
    """One sum over another within `window_days` after assignment, such as revenue per order.

    Both are metrics per customer; a customer without the denominator counts with 0 in both. The
    ratio is of the variant's sums, `scale` times over.
    """

    above: str
    below: str
    scale: float = 1.0

    @property
    def parts(self) -> tuple[str, str]:
        """Names of numerator and denominator."""
        return self.above, self.below


@dataclass(frozen=True, slots=True)
class SurveyMetric(Metric):
    """Mean score of the first survey of a kind offered within `window_days` after assignment."""

    kind: str
    scale: tuple[float, float]


CustomerMetric = UnitMetric | RatioMetric | SurveyMetric
Family = TypeVar("Family", UnitMetric, RatioMetric, SurveyMetric)


def widened(metric: Family, days: int) -> Family:
    """A family member with its window in name and label."""
    named = replace(metric, name=f"{metric.name}_{days}d", window_days=days)
    if isinstance(named, RatioMetric):
        return replace(named, above=f"{named.above}_{days}d", below=f"{named.below}_{days}d")
    return named


def expand(sql: str, dialect: Dialect, *, horizon: int) -> str:
    """Our few functions in the engine's own words."""
    sql = re.sub(r"\bHORIZON\b", str(int(horizon)), sql)
    sql = re.sub(
        r"SECONDS\((?P<a>[^(),]+), (?P<b>[^(),]+)\)",
        lambda m: f"({dialect.seconds_between(m['a'], m['b'])})",
        sql,
    )
    return re.sub(
        r"DAYS_AFTER\((?P<t>[^(),]+), (?P<n>\d+)\)",
        lambda m: dialect.plus_days(m["t"], int(m["n"])),
        sql,
    )

"""What a metric is: words a reader can check, and the SQL that computes it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from cs_lib.language import say
from cs_lib.quantity import Quantity, Unit
from cs_lib.results import Good
from cs_lib.sentences import Called, Text
from cs_lib.sentences import say as sentence

MICROS_A_DAY = 86_400_000_000
CaseTable = Literal["contacts", "surveys", "orders", "customers", "perk_assignments"]


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
        return say(self.title, **self.gaps)

    @property
    def called(self) -> Called:
        """The same, to be said later."""
        return Called(self.name, sentence(self.title, **self.gaps))

    @property
    def gaps(self) -> dict[str, object]:
        """What fills the gaps of its title."""
        return {"days": self.window_days or "N"}

    @property
    def priced(self) -> bool:
        """Whether it needs the study's margin."""
        return False


@dataclass(frozen=True, slots=True)
class DailyMetric(Metric):
    """A metric by day: whole numbers summed over the cases dated to a local day, over how many these are.

    A case is a row `c` of contacts, surveys, orders, customers or perk assignments. `value` is its whole
    number, and `each` of them are one unit; a case without a value or without its stamp is left out. SQL is
    common SQL over the canonical columns, in which a stamp is whole microseconds, DAY a day of them and
    HORIZON the follow-up in days. `where` speaks of the row alone; in `value` a contact also has:

    - with agents among `needs`, `c.cost_per_hour` of its agent;
    - while its teams' opening hours are read (`open_for` asks for them), and no other tables than contacts:
      `OPEN(c.stamp)`, the time from opening to that stamp while its team is open, NULL without the stamp;
    - `AGAIN(n)`: whether the customer came back with the need in n days after the resolution;
    - `c.further_contact`: the first contact of the customer with the need after this one was opened;
    - with orders among `needs`, `c.next_order`: the customer's first order after the resolution,
      cancelled ones left out;
    - with events among `needs`, also in `time`, what its steps tell: `c.first_resolved`, `c.reopened`
      (the first time after that), `c.first_follow_up` and `c.asked_back` (follow-ups of ours: the first, and
      the first from the last resolution on), and `MOVES(n)`, changes of team within n days after opening,
      NULL when no step names a team.

    A survey has the columns of its contact that a scope may name, if it has a contact. With contacts among
    `needs` an order has `c.first_contact`, the first contact about it from the order on, and with
    perk_redemptions an assignment has `c.first_redeemed`. What follows a case is known for at least as
    long as the case is followed; beyond that it may be NULL.
    """

    time: str
    value: str
    cases: CaseTable = "contacts"
    each: int = 1
    times: tuple[tuple[str, str], ...] = ()  # (table, column) of numbers the value is multiplied by
    where: str = "TRUE"
    filled: tuple[
        tuple[str, str, Text], ...
    ] = ()  # (table, what some row must meet, what is said when none does): else not available
    barred: tuple[
        tuple[str, str, Text], ...
    ] = ()  # (table, what no row may meet, what is said when one does): else not available
    told: tuple[str, str] | None = (
        None  # (condition on a case that shows that what is looked for was recorded, what that is)
    )
    per: tuple[str, str] | None = (
        None  # (table or query, its stamp): the denominator comes from there
    )
    duration: tuple[str, str] | None = (
        None  # start and end column of a time to an event, which `value` gives up to the horizon
    )
    scoped_by: tuple[str, ...] | None = (
        None  # what a scope may name, when its cases are no contacts
    )

    until: str | None = None  # the stamp up to which a case is followed, where each has its own
    open_for: int | None = (
        None  # microseconds for which a contact's team must have been open since, beside the follow-up in days
    )

    @property
    def each_followed(self) -> bool:
        """Whether cases of one day may be followed for different times."""
        return self.until is not None or self.open_for is not None

    def follow_up(self, horizon: int | None) -> int:
        """Days a case is followed: the horizon where the metric has one, else its own window."""
        return horizon if horizon and "HORIZON" in self.value else self.window_days

    def asks(self, *names: str) -> bool:
        """Whether it reads one of these columns of a case."""
        told = self.told[0] if self.told else ""
        said = set(re.findall(r"\bc\.(\w+)", f"{self.time} {self.where} {self.value} {told}"))
        return not said.isdisjoint(names)

    @property
    def repeats(self) -> bool:
        """Whether it asks if a customer came again with a need."""
        return "AGAIN" in self.value or self.asks("further_contact")

    @property
    def follows_customers(self) -> bool:
        """Whether it asks what the customer of a contact did afterwards."""
        return self.repeats or self.asks("next_order")

    @property
    def reads_later_contacts(self) -> bool:
        """Whether other contacts than those of its cases decide what a case is."""
        return self.repeats or self.asks("first_contact")


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
    each: int = 1  # so many of its column are one unit
    priced: bool = False  # times the margin rate of the study
    filled: tuple[str, ...] = ()  # columns without which a row says nothing


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
    column: str = ""  # of a table of results, in place of terms

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
    scale: tuple[float, float]  # the usual one; a study's is that of its surveys

    @property
    def gaps(self) -> dict[str, object]:
        """Its window, and the ends of its scale."""
        low, high = map(score_end, self.scale)
        return {"days": self.window_days or "N", "low": low, "high": high}


def score_end(value: float) -> str:
    """An end of a scale, with a digit after the point only where it has one."""
    return f"{value:g}"


CustomerMetric = UnitMetric | RatioMetric | SurveyMetric
Family = TypeVar("Family", UnitMetric, RatioMetric, SurveyMetric)


def widened(metric: Family, days: int) -> Family:
    """A family member with its window in name and label."""
    named = replace(metric, name=f"{metric.name}_{days}d", window_days=days)
    if isinstance(named, RatioMetric):
        return replace(named, above=f"{named.above}_{days}d", below=f"{named.below}_{days}d")
    return named


def expand(sql: str, *, horizon: int) -> str:
    """DAY and HORIZON of a daily metric as numbers; texts in quotes stay as they are."""
    numbers = {"HORIZON": str(int(horizon)), "DAY": str(MICROS_A_DAY)}
    found = re.compile(r"'(?:[^']|'')*'|\b(?:HORIZON|DAY)\b")
    return found.sub(lambda word: numbers.get(word[0], word[0]), sql)

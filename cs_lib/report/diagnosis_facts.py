"""What machines read of studies of what goes on: readiness, needs, pains and actions, rows and signals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field as Described

from cs_lib.quantity import Unit

Sentence = Annotated[str, Described(json_schema_extra={"x-sentence": True})]  # Text for people.


@dataclass(frozen=True, slots=True)
class ReadinessFacts:
    """Whether one kind of study can be done with a source, and with which of its days."""

    state: Literal["yes", "half", "no"]
    wanted: bool  # Only those that the settings name decide the verdict.
    reasons: tuple[Sentence, ...]
    missing: tuple[str, ...]  # Tables, and columns as `contacts.need_code`.
    usable_from: str | None
    usable_to: str | None
    changes_it: Sentence


@dataclass(frozen=True, slots=True)
class PerDayFacts:
    """Rows of a table on each day from the first on, and a number made of some columns of them (`printed`).

    A later look that is given them sees which days have other rows by then.
    """

    first: str
    counts: tuple[int, ...]
    printed: tuple[str, ...] = ()
    prints: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NeedFacts:
    """One need: its size in a year, the places it may have, who owns it, who comes back, whether it rose."""

    contacts: int
    repeats: int
    unit: Literal["minutes", "contacts"]
    size: float
    size_ci_low: float
    size_ci_high: float
    place: int
    place_low: int
    place_high: int
    owner: str
    root_cause: str
    back_30d: float | None
    beyond_chance_30d: float | None
    beyond_chance_30d_ci_low: float | None
    beyond_chance_30d_ci_high: float | None
    orders_per_1000: float | None
    rising: float | None  # how many times as often as before, where it rose


@dataclass(frozen=True, slots=True)
class PrizeFacts:
    """Minutes of work that a year would not need, and their price in the study's currency."""

    minutes: float
    minutes_ci_low: float
    minutes_ci_high: float
    price: float | None
    price_ci_low: float | None
    price_ci_high: float | None


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """What to do about a need or a pain; a change log, and a study of the change, begin with it."""

    id: str
    owner: str
    metric: str
    scope: dict[str, tuple[str, ...]]
    contacts: int
    need: str | None = None
    root_cause: str | None = None
    reply: Literal["remove", "simplify", "automate", "keep"] | None = None
    stands_apart: bool | None = None
    for_good: PrizeFacts | None = None
    cause_gone: PrizeFacts | None = None
    pain: str | None = None


@dataclass(frozen=True, slots=True)
class PainFacts:
    """One pain on the way: whom it hits, and how much less often they are satisfied, 0 to 1.

    `gap_within` is the gap within need and time to resolution, `compared` the share of answers that it could use.
    """

    pain: str
    stage: str
    kind: Literal["long_wait", "in_the_dark", "no_follow_up", "effort"]
    found: bool
    contacts: int
    share: float
    customers_per_month: float
    median_severity: float | None
    severity_unit: Literal["hours", "handoffs"]
    response_rate: float | None
    gap: float | None
    gap_ci_low: float | None
    gap_ci_high: float | None
    gap_within: float | None
    gap_within_ci_low: float | None
    gap_within_ci_high: float | None
    compared: float | None
    owner: str
    suggested_metric: str


@dataclass(frozen=True, slots=True)
class RowFacts:
    """One row of a scorecard: its latest period, the change from the one before, in its unit (shares 0 to 1)."""

    band: Literal["problems", "basics", "delight"]
    unit: Unit
    until: str
    value: float | None
    value_ci_low: float | None
    value_ci_high: float | None
    change: float | None
    change_ci_low: float | None
    change_ci_high: float | None
    variation: str | None
    target: float | None
    assurance: Literal["passes", "fails", "hit_and_miss"] | None
    watched: bool


@dataclass(frozen=True, slots=True)
class SignalFacts:
    """A row that is elsewhere than usual now; sizes are ratios less one, or differences in its unit, as `scale` says.

    `explained_by` names logged changes, `holidays`, or a column whose recording changed; such a signal is no alarm.
    """

    metric: str
    kind: Literal["alarm", "attention"]
    since: str
    flagged: str
    direction: Literal["up", "down"]
    better: bool
    scale: Literal["ratio", "difference"]
    size: float | None
    size_ci_low: float | None
    size_ci_high: float | None
    false_alarms_per_year: float
    explained_by: tuple[str, ...]
    next: str

"""Result records: what every analysis returns and every report reads. Small, frozen, no raw data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

Unit = Literal["share", "minutes", "hours", "money", "count", "per_1000", "score"]
Good = Literal["up", "down"]
Verdict = Literal[
    "ship",
    "stop",
    "keep_running",
    "inconclusive",
    "invalid",
    "improved",
    "worsened",
    "no_clear_change",
    "not_enough_data",
    "planned",
    "not_feasible",
]


class Shown:
    """Lets an object show itself: one short line in a terminal, a card in a notebook."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from cs_lib.report import cards  # only now: what a result is does not hang on how it looks

        return cards.html(self)


class Answer(Shown):
    """What a study came to. In a notebook it shows what its page shows first."""

    __slots__ = ()

    study: Any
    decision: Decision

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.study.study}: {self.decision!r})"


class Record(Shown):
    """A result of some fields; `to_frame` has all of them, unrounded."""

    __slots__ = ()

    def to_frame(self) -> pd.DataFrame:
        """The record as one row, fields in declared order."""
        return to_frame([self])


def to_frame(records: Iterable[Record]) -> pd.DataFrame:
    """Records of one kind as a table, one row each."""
    import pandas as pd

    return pd.DataFrame([asdict(record) for record in records])  # type: ignore[call-overload]


def short(value: float) -> str:
    """A number for a line of code: three significant digits, whole from a thousand on."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def plain(value: Any) -> Any:
    """Records, arrays and dates as what JSON can hold; floats to 10 digits, none infinite."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return float(f"{value:.10g}") if isfinite(value) else None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value


@dataclass(frozen=True, slots=True)
class Moments:
    """Sufficient statistics of one variant: what Welch, adjustment, ratio metrics and net value read.

    `mean` has one entry per name; `cov` is the centred sample covariance (divisor n - 1), so that
    nothing cancels at large means.
    """

    variant: str
    names: tuple[str, ...]
    n: int
    mean: NDArray[np.float64]
    cov: NDArray[np.float64]

    def of(self, name: str) -> tuple[int, float, float]:
        """n, mean and variance of one variable."""
        i = self.names.index(name)
        return self.n, float(self.mean[i]), float(self.cov[i, i])


@dataclass(frozen=True, slots=True)
class Series:
    """One metric by day, in day order: value = numerator / denominator.

    Days are local calendar days (`datetime64[D]`), every day of the period present; a day without
    a denominator has 0 there and no value. Weeks are sums of both parts over seven days.
    """

    metric: str
    days: NDArray[np.datetime64]
    numerator: NDArray[np.float64]
    denominator: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TeamPanel:
    """Means of one metric by team or queue and period, and when each team was changed.

    `periods` are the starts of periods of one length, in order; `value` and `weight` (cases) have
    a row per team and a column per period, no number and no weight where a team has no cases.
    `start` is the first changed period of each team, not a time for a team never changed.
    """

    metric: str
    teams: NDArray[np.str_]
    periods: NDArray[np.datetime64]
    value: NDArray[np.float64]
    weight: NDArray[np.float64]
    start: NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Durations:
    """Time-to-event counts of one group: `count` contacts with `seconds`, ended or censored there."""

    group: str
    seconds: NDArray[np.float64]
    ended: NDArray[np.bool_]
    count: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DayDurations:
    """Time-to-event counts by local day of opening: one entry per day, time and kind of end.

    Times are rounded up to a grid that widens with them, so that a few hundred rows hold a day.
    """

    days: NDArray[np.datetime64]
    seconds: NDArray[np.float64]
    ended: NDArray[np.bool_]
    count: NDArray[np.int64]


@dataclass(frozen=True, slots=True, repr=False)
class Effect(Record):
    """Treatment minus control for one metric (before/after: observed minus counterfactual)."""

    metric: str
    variant: str
    control: float
    treatment: float
    effect: float
    effect_ci_low: float
    effect_ci_high: float
    pvalue: float
    nobs: int  # experimental units or periods, never rows
    method: str
    alpha: float = (
        0.05  # level of the interval; smaller than the plan's when adjusted for several arms
    )
    se: float = float("nan")
    df: float = float("inf")
    details: dict[str, float | int | str] = field(default_factory=dict)

    @property
    def rel_effect(self) -> float:
        """Effect as a share of the control value; not a number when that is not positive."""
        return self.effect / self.control if self.control > 0 else float("nan")

    def gain_interval(self, good: Good) -> tuple[float, float]:
        """The interval turned so that larger is better."""
        if good == "down":
            return -self.effect_ci_high, -self.effect_ci_low
        return self.effect_ci_low, self.effect_ci_high

    def with_(self, **changes: Any) -> Self:
        """A copy with some fields changed."""
        return replace(self, **changes)

    def __repr__(self) -> str:
        low, high = short(self.effect_ci_low), short(self.effect_ci_high)
        return (
            f"Effect({self.metric}, {self.variant}: {short(self.control)} to {short(self.treatment)}, "
            f"difference {short(self.effect)}, {100 * (1 - self.alpha):.3g} % interval {low} to {high}, "
            f"p {short(self.pvalue)}, n {self.nobs:,}, {self.method})"
        )


@dataclass(frozen=True, slots=True, repr=False)
class Check(Record):
    """One trust check: passed True or False, or None when it only informs."""

    name: str
    passed: bool | None
    finding: str
    blocks_decision: bool = False

    def __repr__(self) -> str:
        outcome = {True: "passed", False: "not passed", None: "note"}[self.passed]
        return f"Check({self.name}: {outcome}. {self.finding})"


@dataclass(frozen=True, slots=True, repr=False)
class Guardrail(Record):
    """A metric that must not get worse than `margin`: holds, breached or not_shown."""

    metric: str
    outcome: Literal["holds", "breached", "not_shown"]
    margin: float
    effect: Effect
    share_of_before: float | None = (
        None  # the margin as a share of the level before, where it is one
    )

    def __repr__(self) -> str:
        return f"Guardrail({self.outcome}, margin {short(self.margin)}, {self.effect!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Decision(Record):
    """What to do, why, and what next."""

    verdict: Verdict
    because: str
    next_step: str

    def __repr__(self) -> str:
        return f"Decision({self.verdict}: {self.because} Next: {self.next_step})"


@dataclass(frozen=True, slots=True)
class Histogram:
    """Distinct values of one metric in one variant, rising, and how many units have each.

    Values are rounded where the rows are, so that money has a few thousand of them at most.
    """

    variant: str
    values: NDArray[np.float64]
    counts: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ClusterSums:
    """One metric by cluster and variant: one entry per pair that has units, in any order.

    A cluster may lie in one variant (a store that was assigned) or in several (an agent whose
    customers were). `within` sums the squared deviations from the entry's own mean, so that
    nothing cancels at large means.
    """

    cluster: NDArray[Any]
    variant: NDArray[np.str_]
    n: NDArray[np.int64]
    total: NDArray[np.float64]
    within: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answers:
    """The scores of one variant, and how many units were offered the survey."""

    scores: Histogram
    offered: int

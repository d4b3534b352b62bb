"""What leaves the engine: a few hundred numbers per study, in place of rows.

Each has `to_frame`: one row per number that was counted, what it was counted for in columns beside it,
values in the unit of their metric (shares 0 to 1, money in the desk's currency).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from datetime import date

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from cs_lib.sentences import Text


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

    def to_frame(self) -> pd.DataFrame:
        """One row per variable, with the sample variance; what lies beside the diagonal of `cov` is not in it."""
        import pandas as pd

        parts = {"name": self.names, "n": self.n, "mean": self.mean}
        return pd.DataFrame({"variant": self.variant, **parts, "variance": self.cov.diagonal()})


@dataclass(frozen=True, slots=True)
class Sandwich:
    """HC2 covariance of one variant's regression of a metric on its covariates.

    First the prediction at the variant's own mean covariates, then a slope for each covariate.
    """

    covariates: tuple[str, ...]
    cov: NDArray[np.float64]

    def to_frame(self) -> pd.DataFrame:
        """One row per pair of coefficients, with their covariance; the first is `prediction`."""
        import pandas as pd

        names = ["prediction", *self.covariates]
        pairs = [(one, other) for one in names for other in names]
        frame = pd.DataFrame(pairs, columns=["coefficient", "beside"])
        return frame.assign(covariance=self.cov.ravel())


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

    def to_frame(self) -> pd.DataFrame:
        """One row per day, with the value where there is one."""
        import pandas as pd

        parts = {"numerator": self.numerator, "denominator": self.denominator}
        frame = pd.DataFrame({"day": self.days, **parts})
        return frame.assign(value=frame.numerator / frame.denominator.where(frame.denominator > 0))


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

    def to_frame(self) -> pd.DataFrame:
        """One row per team and period, with the period from which the team is changed."""
        import pandas as pd

        periods = len(self.periods)
        return pd.DataFrame(
            {
                "team": self.teams.repeat(periods),
                "period": [*self.periods] * len(self.teams),
                "value": self.value.ravel(),
                "weight": self.weight.ravel(),
                "start": self.start.repeat(periods),
            }
        )


@dataclass(frozen=True, slots=True)
class Durations:
    """Time-to-event counts of one group: `count` contacts with `seconds`, ended or censored there."""

    group: str
    seconds: NDArray[np.float64]
    ended: NDArray[np.bool_]
    count: NDArray[np.int64]

    def to_frame(self) -> pd.DataFrame:
        """One row per time and kind of end, with the number of contacts."""
        import pandas as pd

        parts = {"seconds": self.seconds, "ended": self.ended, "count": self.count}
        return pd.DataFrame({"group": self.group, **parts})


@dataclass(frozen=True, slots=True)
class DayDurations:
    """Time-to-event counts by local day of opening: one entry per day, time and kind of end.

    Times are rounded up to a grid that widens with them, so that a few hundred rows hold a day.
    """

    days: NDArray[np.datetime64]
    seconds: NDArray[np.float64]
    ended: NDArray[np.bool_]
    count: NDArray[np.int64]

    def to_frame(self) -> pd.DataFrame:
        """One row per day, time and kind of end, with the number of contacts."""
        import pandas as pd

        parts = {"seconds": self.seconds, "ended": self.ended, "count": self.count}
        return pd.DataFrame({"day": self.days, **parts})


@dataclass(frozen=True, slots=True)
class Histogram:
    """Distinct values of one metric in one variant, rising, and how many units have each.

    Values are rounded where the rows are, so that money has a few thousand of them at most.
    """

    variant: str
    values: NDArray[np.float64]
    counts: NDArray[np.int64]

    def to_frame(self) -> pd.DataFrame:
        """One row per distinct value, with the number of units that have it."""
        import pandas as pd

        return pd.DataFrame({"variant": self.variant, "value": self.values, "count": self.counts})


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

    def to_frame(self) -> pd.DataFrame:
        """One row per cluster and variant."""
        import pandas as pd

        parts = {"n": self.n, "total": self.total, "within": self.within}
        return pd.DataFrame({"cluster": self.cluster, "variant": self.variant, **parts})


@dataclass(frozen=True, slots=True)
class ClusterMoments:
    """Several variables by cluster and variant: one entry per pair that has units, in any order.

    `mean` has a row per entry and a column per name; `within` has the sums of the products of
    deviations from the entry's own means, one matrix per entry.
    """

    names: tuple[str, ...]
    cluster: NDArray[Any]
    variant: NDArray[np.str_]
    n: NDArray[np.int64]
    mean: NDArray[np.float64]
    within: NDArray[np.float64]

    def to_frame(self) -> pd.DataFrame:
        """One row per cluster, variant and variable; of `within` the sums of squares alone."""
        import pandas as pd

        k, squares = len(self.names), self.within.diagonal(axis1=1, axis2=2)
        parts = {"cluster": self.cluster, "variant": self.variant, "n": self.n}
        frame = pd.DataFrame({name: part.repeat(k) for name, part in parts.items()})
        frame.insert(2, "name", [*self.names] * len(self.n))
        return frame.assign(mean=self.mean.ravel(), within=squares.ravel())


@dataclass(frozen=True, slots=True)
class Answers:
    """The scores of one variant, and how many units were offered the survey."""

    scores: Histogram
    offered: int

    def to_frame(self) -> pd.DataFrame:
        """One row per score, with the number of units that gave it and of all that were offered the survey."""
        return self.scores.to_frame().assign(offered=self.offered)


@dataclass(frozen=True, slots=True)
class Returns:
    """How often the customers of one group of contacts came back with the same need within some days.

    `totals` are, of the contacts resolved: those followed for `days`, those of them after which the customer came
    back, those followed for 90 days, and in how many of their `windows` of `days` days each, from day 31 to day 90,
    the customer came anew. `products` has for each two of these the sum over customers of their product.
    """

    group: str
    days: int
    windows: int
    customers: int
    totals: NDArray[np.int64]
    products: NDArray[np.int64]

    def to_frame(self) -> pd.DataFrame:
        """One row: contacts followed, those after which the customer came back, and those of the later windows."""
        import pandas as pd

        names = ("followed", "came_back", "followed_90d", "came_in_windows")
        totals = dict(zip(names, self.totals.tolist(), strict=True))
        return pd.DataFrame(
            [
                {
                    "group": self.group,
                    "days": self.days,
                    "windows": self.windows,
                    "customers": self.customers,
                }
                | totals
            ]
        )


# A condition of a logged scope, `channel in (chat, mail)`; several are joined by `and`.
CONDITION = re.compile(r"\s*(\w+)\s+in\s*\(([^()]*)\)\s*", re.IGNORECASE)
BETWEEN = re.compile(r"(?<=\))\s*and\s+", re.IGNORECASE)


def logged_scope(text: str) -> dict[str, tuple[str, ...]] | None:
    """The values by column that a logged scope names; None for one that is empty or in other words."""
    found: dict[str, tuple[str, ...]] = {}
    for part in BETWEEN.split(text):
        condition = CONDITION.fullmatch(part)
        if condition is None or condition[1].lower() in found:
            return None
        values = tuple(value.strip().strip("'\"") for value in condition[2].split(","))
        if not all(values):
            return None
        found[condition[1].lower()] = values
    return found


class LoggedChange(NamedTuple):
    """A change of the log as it was known at the data cut.

    Attributes:
        day: the local day it went live.
        scope: for whom, as the log writes it; empty where it does not say.
        last: the last local day on which it was on, where it was taken back before the cut.
        settled: the local day from which it worked in full; `day` itself where the log names no days of growing.
        action: id of the action that led to it.
        found: the local day on which its cause was found.
    """

    change_id: str
    title: Text
    day: date
    scope: str
    kind: str = ""
    last: date | None = None
    settled: date | None = None
    rollout: str = ""
    owner: str = ""
    action: str = ""
    found: date | None = None

    @property
    def where(self) -> dict[str, tuple[str, ...]] | None:
        """For whom, as values by column; None where that cannot be told."""
        return logged_scope(self.scope)


@dataclass(frozen=True, slots=True)
class DriverCounts:
    """Orders of one period and the contacts about them within some days of the order, by week of the order.

    A cell is a need and a channel, those of an order's first contact; every order is in one cell at most, with all
    its contacts. `first` and `further` have a row per week and a column per cell: orders with a contact, and their
    contacts beyond the first. `squares` sums over the orders of a cell the square of their further contacts.
    `contacts` of the period's own days are told beside, and `named`, those of them that name an order.
    """

    weeks: NDArray[np.datetime64]
    orders: NDArray[np.int64]
    cells: tuple[tuple[str, str], ...]
    first: NDArray[np.int64]
    further: NDArray[np.int64]
    squares: NDArray[np.int64]
    contacts: int
    named: int

    def by(self, level: Literal["need", "channel"]) -> DriverCounts:
        """The same with the other level summed up, whose label is then `all`."""
        import numpy as np

        i = ("need", "channel").index(level)
        labels = tuple(dict.fromkeys(cell[i] for cell in self.cells))
        into = np.zeros((len(self.cells), len(labels)), dtype=np.int64)
        into[range(len(self.cells)), [labels.index(cell[i]) for cell in self.cells]] = 1
        return replace(
            self,
            cells=tuple((label, "all") if i == 0 else ("all", label) for label in labels),
            first=self.first @ into,
            further=self.further @ into,
            squares=self.squares @ into,
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per week and cell: orders of the week, those with a first contact of the cell, further contacts."""
        import pandas as pd

        size = len(self.cells)
        parts = {"week": self.weeks, "orders": self.orders}
        frame = pd.DataFrame({name: part.repeat(size) for name, part in parts.items()})
        needs, channels = ([cell[i] for cell in self.cells] for i in (0, 1))
        return frame.assign(
            need=needs * len(self.weeks),
            channel=channels * len(self.weeks),
            first=self.first.ravel(),
            further=self.further.ravel(),
        )

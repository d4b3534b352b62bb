"""What a scorecard came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from cs_lib.diagnosis.fills import FillStep
from cs_lib.diagnosis.from_evidence import FromEvidence
from cs_lib.methods.monitoring.drivers import DriverSplit
from cs_lib.methods.monitoring.ewma_alarm import EwmaAlarm
from cs_lib.methods.monitoring.period_change import PeriodChange
from cs_lib.methods.monitoring.rebases import RebasedChart
from cs_lib.methods.monitoring.variation import Assurance, Mark
from cs_lib.metrics.definition import Metric
from cs_lib.metrics.service_scorecard import Band, ScorecardEvidence
from cs_lib.params.service_scorecard import ServiceScorecard
from cs_lib.results import Check, Decision, Good, Record
from cs_lib.sentences import Text

SignalKind = Literal["alarm", "attention"]
Scale = Literal["ratio", "difference"]


@dataclass(frozen=True, slots=True, repr=False)
class Row(Record):
    """One row of the grid.

    Attributes:
        name, band, metric: what is counted.
        chart: its weeks and limits; a week without a point says nothing.
        change: the latest period, the one before and the difference; None where they cannot be had, and `why_not` says.
        mark: what the picture says of the newest point; None without limits.
        target, assurance: what it should reach, and whether the usual variation reaches it.
        alarm: the EWMA of the watch; None for a row that is not watched or has too few usual weeks (`why_silent`).
        with_holidays: the same with weeks of holidays in it; None where there are none.
        scale: whether the watch reads ratios (times and rates) or differences.
        until: the last day of the latest period.
        late: whether a newer week than the newest with a point should have one.
        steps: columns the row rests on that were filled otherwise from a day on, inside these weeks.
    """

    name: str
    band: Band
    metric: Metric
    chart: RebasedChart
    change: PeriodChange | None
    why_not: Text
    mark: Mark | None
    target: float | None
    assurance: Assurance | None
    alarm: EwmaAlarm | None
    with_holidays: EwmaAlarm | None
    why_silent: Text
    scale: Scale
    until: date
    late: bool
    steps: tuple[FillStep, ...]

    @property
    def good(self) -> Good:
        """The direction that is better."""
        return self.metric.good


@dataclass(frozen=True, slots=True, repr=False)
class Signal(Record):
    """A row that is elsewhere than usual at its newest point.

    Attributes:
        metric: the row.
        kind: `alarm` by the watch; `attention` where the picture alone marks it, the usual weeks are few, or something
            known explains it.
        since: first day of the week from which it is estimated to be elsewhere.
        flagged: first day of the week in which it was first beyond.
        direction: up or down; `better` whether that is good.
        size, low, high: how much, with interval: as a ratio less one for times and rates, else in the row's unit; None
            where only the picture marks it.
        scale: which of both.
        false_alarms_per_year: how many such signals this row alone gives a year when nothing changes.
        explained_by: ids of logged changes that went live about then, `holidays`, or `table.column` for recording.
        next: the notebook that looks further.
    """

    metric: str
    kind: SignalKind
    since: date
    flagged: date
    direction: Literal["up", "down"]
    better: bool
    size: float | None
    low: float | None
    high: float | None
    scale: Scale
    false_alarms_per_year: float
    explained_by: tuple[str, ...]
    next: str
    titles: dict[str, Text] = field(default_factory=dict)  # of those changes, by id


@dataclass(frozen=True, slots=True, repr=False)
class ScorecardResult(FromEvidence):
    """Whether fewer customers have problems, whether the basics are kept, and what needs a decision."""

    study: ServiceScorecard
    metrics: dict[str, Any]  # by row
    currency: str
    checks: tuple[Check, ...]
    decision: Decision
    rows: dict[str, Row]  # in the order of the page
    signals: tuple[
        Signal, ...
    ]  # alarms that nothing known explains first, the headline's before others
    drivers: DriverSplit | None
    masked: tuple[
        date, ...
    ]  # first days of weeks with holidays, which neither make limits nor alarm
    evidence: ScorecardEvidence

    @property
    def alarms(self) -> tuple[Signal, ...]:
        """Those that the watch sends."""
        return tuple(one for one in self.signals if one.kind == "alarm")

"""Was it steady before? The control chart of a before/after study's metric."""

from __future__ import annotations

from dataclasses import dataclass

from cs_lib.language import later
from cs_lib.methods.monitoring.control_chart import CannotChart, ControlChart, Kind, control_chart
from cs_lib.metrics.before_after import BeforeAfterEvidence
from cs_lib.params import BeforeAfter
from cs_lib.quantity import Unit
from cs_lib.results import Record
from cs_lib.sentences import Text, say

KIND_OF_UNIT: dict[Unit, Kind] = {"share": "p_prime", "per_1000": "u_prime"}
NOT_FOR_TEAMS = later("one series to watch; the change is read team by team")


@dataclass(frozen=True, slots=True)
class Watched(Record):
    """A control chart, or why there is none; `asked` is False when the design has no single series."""

    chart: ControlChart | None
    reason: Text = ""
    asked: bool = True


def watch(evidence: BeforeAfterEvidence, study: BeforeAfter) -> Watched:
    """The deciding metric's weeks against the limits of those before the change.

    Shares get p', rates per 1,000 orders u', everything else XmR on weekly averages.
    """
    if study.design.teams is not None:
        return Watched(None, say(NOT_FOR_TEAMS), asked=False)
    name, design = study.measure.primary_metric, study.design
    unit = evidence.metrics[name].unit
    try:
        chart = control_chart(
            evidence.series[name],
            KIND_OF_UNIT.get(unit, "xmr"),
            intervention_date=design.intervention_date,
            washout_days=design.washout_days,
            per=1000.0 if unit == "per_1000" else 1.0,
        )
    except CannotChart as reason:
        return Watched(None, reason.reason)
    return Watched(chart)

"""A table of waiting times: cohorts by day of opening, followed equally long."""

from __future__ import annotations

from collections.abc import Iterator

from cs_lib import wording as w
from cs_lib.experiment.flow import FlowResult
from cs_lib.experiment.waiting_days import WaitingByDay
from cs_lib.language import later, say
from cs_lib.report.note import Note, unasked, withheld
from cs_lib.report.table import Table
from cs_lib.results import Effect

Row = tuple[str, str, str, str, str, str]
NONE = "\u2013"
COLUMNS = (
    later("What is compared"),
    later("Before"),
    later("After"),
    later("Difference"),
    later("Interval"),
    "p",
)


def waiting(result: FlowResult) -> Table | Note:
    """Mean waiting up to the horizon, log-rank and hazard ratio, before and after; which of them decides."""
    if result.effect is None:
        return withheld(result.decision)
    if getattr(result.primary, "duration", None) is None:
        return unasked(say("waiting times, which need a metric that is a time to an event"))
    found = result.waiting
    if found is None:
        return Note(
            say(
                "Not available: this needs one change on one date, and enough cases that ended "
                "on both sides of it."
            )
        )
    rows = [_deciding(result), _mean(result, say("Mean, plain before and after"), found.restricted)]
    rows += _tests(found)
    caption = say(
        "{label}, cases by day of opening, all followed {horizon}, open ones counted; "
        "days vary {design_effect} times as much as independent cases would, and every "
        "row allows for that; only the first sees through a trend",
        label=result.primary.label,
        horizon=w.counted(result.horizon, "day"),
        design_effect=w.plain(found.design_effect, 1),
    )
    return Table(caption, tuple(map(say, COLUMNS)), tuple(rows), (1, 2, 3, 4, 5))


def _deciding(result: FlowResult) -> Row:
    effect = result.effect
    assert effect is not None
    name = say("Mean, against what was to be expected")
    if result.teams:
        name = say("Mean, against the other teams")
    return _mean(result, say("{name} – decides", name=name), effect)


def _mean(result: FlowResult, name: str, e: Effect) -> Row:
    unit, currency = result.primary.unit, result.currency
    before, after = (w.level(v, unit, currency=currency) for v in (e.control, e.treatment))
    moved = w.change(e.effect, unit, currency=currency)
    span = w.interval(e.effect_ci_low, e.effect_ci_high, unit, currency=currency)
    return (name, before, after, moved, span, w.pvalue(e.pvalue))


def _tests(found: WaitingByDay) -> Iterator[Row]:
    """Whether the curves differ at all, and by one factor at all times."""
    seen, due = w.count(found.log_rank.observed), w.count(found.log_rank.expected)
    curves = say(
        "Any difference of the curves (log-rank): {seen} ended after, {due} expected",
        seen=seen,
        due=due,
    )
    yield curves, NONE, NONE, NONE, NONE, w.pvalue(found.pvalue)
    name, hazard = say("How fast cases end (Cox hazard ratio)"), found.hazard
    if hazard is None:
        yield f"{name}: {found.hazard_absent}", NONE, NONE, NONE, NONE, NONE
    elif not hazard.usable:
        why = say(
            "withheld, as it is not one ratio at all times ({proportional_pvalue})",
            proportional_pvalue=w.stated(hazard.proportional_pvalue),
        )
        yield f"{name}: {why}", NONE, NONE, NONE, NONE, NONE
    else:
        ends = (w.plain(hazard.ci_low, 2), w.plain(hazard.ci_high, 2))
        span = say("{ends} to {ends_2} times", ends=ends[0], ends_2=ends[1])
        ratio = say("{ratio} times", ratio=w.plain(hazard.ratio, 2))
        yield name, NONE, NONE, ratio, span, w.pvalue(hazard.pvalue)

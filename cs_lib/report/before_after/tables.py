"""Tables of a before/after study: other answers to the same question, and what came in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from cs_lib import wording as w
from cs_lib.experiment.before_after.result import BeforeAfterResult, Found
from cs_lib.language import later, say
from cs_lib.methods.survival.by_day import WaitingByDay
from cs_lib.params.changes import Span
from cs_lib.report.note import Note, unasked, withheld
from cs_lib.report.table import Table
from cs_lib.results import Effect

# A column shows so many rows: the parts that were largest before the change.
MOST_PARTS = 10
ERROR_NAMES = {
    "independent": later("Independent errors"),
    "hac_7": later("Newey-West errors over 7 lags"),
    "ar1": later("Autocorrelated errors, AR(1)"),
    "ar1_curve": later("Autocorrelated errors, AR(1), beside a slow curve"),
    "ar1_season": later("Autocorrelated errors, AR(1), beside a wave of one year"),
    "ar1_drift": later("Autocorrelated errors, AR(1), with a slow drift"),
}
PART_NAMES = {
    "step": later("at once"),
    "slope_per_week": later("each week"),
    "end_effect": later("at the end"),
}


def sensitivity(result: BeforeAfterResult) -> Table | Note:
    """The same change under other assumptions."""
    if result.found is None:
        return withheld(result.decision)
    rows = tuple(_answers(result, result.found))
    caption = say("The same change under other assumptions")
    decided = (
        say("decided by {unit_choice}", unit_choice=result.unit_choice)
        if result.change
        else say("decided team by team")
    )
    caption = f"{caption}; {decided}"
    return Table(caption, (say("Assumption"), say("Difference"), say("Interval")), rows, (1, 2))


def _answers(result: BeforeAfterResult, effects: Found) -> Iterator[tuple[str, str, str]]:
    """Every answer in words: error models of one series, or other comparisons of teams."""
    metric = result.primary

    def row(name: str, effect: float, low: float, high: float) -> tuple[str, str, str]:
        span = w.interval(low, high, metric.quantity)
        return name, w.change(effect, metric.quantity), span

    def of(name: str, e: Effect) -> tuple[str, str, str]:
        return row(name, e.effect, e.effect_ci_low, e.effect_ci_high)

    if result.change:
        yield from (row(_error_model(n), *ends) for n, *ends in result.change.sensitivity)
    beside, forecast = effects.beside, say("State-space counterfactual (a second opinion)")
    named = (
        (say("Without the unchanged queue beside it"), beside.alone),
        (say("If the other changes were ignored"), beside.ignoring),
        (say("If the season of the years before were left in"), beside.season_left),
        (forecast, beside.forecast),
    )
    yield from (of(name, effect) for name, effect in named if effect)
    if beside.too_wide is not None:
        times = w.plain(beside.too_wide, 1)
        yield forecast, say("cannot tell"), say("{times} times as wide", times=times)
    if result.teams:
        yield of(str(result.teams.effect.method), result.teams.effect)
        yield from (of(str(name), effect) for name, effect in result.teams.beside)
    for part in effects.mix:
        if part.at_old_mix:
            yield of(
                say("At the mix of before, by {column}", column=w.name(part.split.column)),
                part.at_old_mix,
            )


def _error_model(code: str) -> str:
    """An error model in words: `hac_7_day` becomes `Newey-West errors over 7 lags, by days`."""
    kind, _, unit = code.rpartition("_")
    errors = say(ERROR_NAMES[kind])
    by_days = unit == "day"
    return (
        say("{errors}, by days", errors=errors)
        if by_days
        else say("{errors}, by weeks", errors=errors)
    )


def changes(result: BeforeAfterResult) -> Table | Note:
    """Every change in the model, each with the others held; how a change with a slope ran."""
    design = result.study.design
    if design.one_step:
        return unasked(
            say(
                "several changes fitted together (design.also), one that was taken back "
                "(design.off_periods) or one that grows (design.shape)"
            )
        )
    if result.change is None:
        return withheld(result.decision)
    own, rows = result.change.effect, []
    rows.append((say("The studied change"), _when(design.spans), *_effect_cells(own, result)))
    for name, words in PART_NAMES.items():
        if name in own.details:
            rows.append(
                (
                    say("The studied change, {words}", words=say(words)),
                    "",
                    *_part_cells(own, name, result),
                )
            )
    for other, effect in zip(design.also, result.change.others, strict=True):
        rows.append((say(other.name), _when([other.span]), *_effect_cells(effect, result)))
    caption = say(
        "{label}: all changes in one model, each with the others held", label=result.primary.label
    )
    columns = (
        say("Change"),
        say("On"),
        say("Expected"),
        say("Observed"),
        say("Difference"),
        say("Interval"),
        "p",
    )
    return Table(caption, columns, tuple(rows), (2, 3, 4, 5, 6))


def _when(spans: Iterable[Span]) -> str:
    """When a change was on: `from 5 February 2026`, or its periods."""
    periods = [
        say("from {first}", first=w.day(first))
        if off is None
        else w.days(first, off - timedelta(days=1))
        for first, off in spans
    ]
    return w.listed(periods)


def _effect_cells(effect: Effect, result: BeforeAfterResult) -> tuple[str, ...]:
    of = result.primary.quantity
    return (
        w.level(effect.control, of),
        w.level(effect.treatment, of),
        w.change(effect.effect, of),
        w.interval(effect.effect_ci_low, effect.effect_ci_high, of),
        w.pvalue(effect.pvalue),
    )


def _part_cells(effect: Effect, name: str, result: BeforeAfterResult) -> tuple[str, ...]:
    of, details = result.primary.quantity, effect.details
    value, low, high = (float(details[k]) for k in (name, f"{name}_ci_low", f"{name}_ci_high"))
    pvalue = w.pvalue(float(details["slope_pvalue"])) if name == "slope_per_week" else ""
    moved, span = (
        w.change(value, of),
        w.interval(low, high, of),
    )
    return "", "", moved, span, pvalue


def stages(result: BeforeAfterResult) -> Table | Note:
    """In which stage of a contact's life the time changed."""
    if result.found is None:
        return withheld(result.decision)
    split, metric = result.found.stages, result.primary
    if split is None:
        return unasked(
            say(
                "the stages of a time, which needs a time to an event, the table events and "
                "one date of change"
            )
        )
    rows = []
    for step in split.steps:
        e = step.effect
        span = w.interval(e.effect_ci_low, e.effect_ci_high, metric.quantity)
        rows.append(
            (
                w.name(step.stage),
                w.level(e.control, metric.quantity),
                w.level(e.treatment, metric.quantity),
                w.change(e.effect, metric.quantity),
                span,
                w.pvalue(step.adjusted_pvalue),
            )
        )
    moved = [w.name(step.stage) for step in split.steps if step.moved]
    label = metric.label
    caption = (
        say("{label} by stage; moved: {moved}", label=label, moved=w.listed(moved))
        if moved
        else say("{label} by stage; no single stage clearly moved", label=label)
    )
    columns = (
        say("Stage"),
        say("Expected"),
        say("Observed"),
        say("Difference"),
        say("Interval"),
        say("p (BH)"),
    )
    return Table(caption, columns, tuple(rows), (1, 2, 3, 4, 5))


def mix(result: BeforeAfterResult) -> Table | Note:
    """What came in before and after, and what each part adds to the plain difference."""
    if result.found is None:
        return withheld(result.decision)
    if not result.found.mix:
        return unasked(say("what came in, which needs a metric of contacts"))
    metric, rows = result.primary, []
    for finding in result.found.mix:
        column = w.name(finding.split.column)
        for part in finding.split.parts[:MOST_PARTS]:
            adds = (part.by_mix, part.by_change)
            rows.append(
                (
                    f"{column}: {w.name(part.group)}",
                    w.percent(part.share_before),
                    w.percent(part.share_after),
                    w.level(part.value_before, metric.quantity),
                    w.level(part.value_after, metric.quantity),
                    *(w.change(v, metric.quantity) for v in adds),
                )
            )
    columns = (
        say("Part"),
        say("Share before"),
        say("Share after"),
        say("Value before"),
        say("Value after"),
        say("By mix"),
        say("By change"),
    )
    caption = say(
        "{label}: the plain difference split into what came in and what changed", label=metric.label
    )
    return Table(caption, columns, tuple(rows), (1, 2, 3, 4, 5, 6))


Row = tuple[str, str, str, str, str, str]
NOTHING = "\u2013"
WAITING_COLUMNS = (
    later("What is compared"),
    later("Before"),
    later("After"),
    later("Difference"),
    later("Interval"),
    "p",
)


def waiting(result: BeforeAfterResult) -> Table | Note:
    """Mean waiting up to the horizon, log-rank and hazard ratio, before and after; which of them decides."""
    if result.found is None:
        return withheld(result.decision)
    if getattr(result.primary, "duration", None) is None:
        return unasked(say("waiting times, which need a metric that is a time to an event"))
    by_day = result.found.waiting
    if by_day is None:
        return Note(
            say(
                "Not available: this needs one change on one date, and enough cases that ended "
                "on both sides of it."
            )
        )
    rows = [
        _deciding(result, result.found.read.effect),
        _mean(result, say("Mean, plain before and after"), by_day.restricted),
    ]
    rows += _tests(by_day)
    spread = say(
        "Days vary {times} times as much as independent cases would; every row allows for that",
        times=w.plain(by_day.design_effect, 1),
    )
    rows.append((spread, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING))
    caption = say(
        "{label}: waiting before and after, all cases followed {horizon}",
        label=result.primary.label,
        horizon=w.counted(result.horizon, "day"),
    )
    return Table(caption, tuple(map(say, WAITING_COLUMNS)), tuple(rows), (1, 2, 3, 4, 5))


def _deciding(result: BeforeAfterResult, effect: Effect) -> Row:
    name = say("Mean, against what was to be expected")
    if result.teams:
        name = say("Mean, against the other teams")
    return _mean(result, say("{name} – decides", name=name), effect)


def _mean(result: BeforeAfterResult, name: str, e: Effect) -> Row:
    of = result.primary.quantity
    before, after = (w.level(v, of) for v in (e.control, e.treatment))
    moved = w.change(e.effect, of)
    span = w.interval(e.effect_ci_low, e.effect_ci_high, of)
    return (name, before, after, moved, span, w.pvalue(e.pvalue))


def _tests(by_day: WaitingByDay) -> Iterator[Row]:
    """Whether the curves differ at all, and by one factor at all times."""
    seen, due = w.count(by_day.log_rank.observed), w.count(by_day.log_rank.expected)
    curves = say(
        "Any difference of the curves (log-rank): {seen} ended after, {due} expected",
        seen=seen,
        due=due,
    )
    yield curves, NOTHING, NOTHING, NOTHING, NOTHING, w.pvalue(by_day.pvalue)
    name, hazard = say("How fast cases end (Cox hazard ratio)"), by_day.hazard
    if hazard is None:
        yield f"{name}: {by_day.hazard_absent}", NOTHING, NOTHING, NOTHING, NOTHING, NOTHING
    elif not hazard.usable:
        why = say(
            "withheld, as it is not one ratio at all times ({proportional_pvalue})",
            proportional_pvalue=w.stated(hazard.proportional_pvalue),
        )
        yield f"{name}: {why}", NOTHING, NOTHING, NOTHING, NOTHING, NOTHING
    else:
        ends = (w.plain(hazard.ci_low, 2), w.plain(hazard.ci_high, 2))
        span = say("{low} to {high} times", low=ends[0], high=ends[1])
        ratio = say("{ratio} times", ratio=w.plain(hazard.ratio, 2))
        yield name, NOTHING, NOTHING, ratio, span, w.pvalue(hazard.pvalue)

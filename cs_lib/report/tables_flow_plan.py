"""A plan of a before/after study as tables: lengths, ways to roll out, who is changed when."""

from __future__ import annotations

from functools import partial
from math import isfinite

from cs_lib import wording as w
from cs_lib.experiment.flow_planning_checks import worth
from cs_lib.experiment.flow_planning_result import FlowPlanResult, Length, TeamOption
from cs_lib.experiment.planning_result import PlanResult
from cs_lib.experiment.rollout_power import Schedule
from cs_lib.experiment.team_planning import MOST_WEEKS
from cs_lib.report.note import Note, unasked
from cs_lib.report.table import Table

NOTHING = "–"
QUEUE = "a change of one queue at one date"
TEAMS = "a roll-out from team to team"
AnyPlan = PlanResult | FlowPlanResult


def size(result: FlowPlanResult, value: float | None) -> str:
    """A change in the metric's unit; a dash when there is none."""
    if value is None or not isfinite(value):
        return NOTHING
    return w.size(value, result.primary.unit, currency=result.currency)


def lengths(result: AnyPlan) -> Table | Note:
    """Studies of several lengths: what waiting costs, and what it finds."""
    if not isinstance(result, FlowPlanResult) or result.study.design.rollout is not None:
        return unasked(QUEUE)
    if not result.options:
        return Note(result.decision.because)
    rows = tuple(
        (
            _name(result, option),
            size(result, option.smallest),
            w.percent(option.power, places=0),
            _even(result, option),
            w.day(option.result_on),
        )
        for option in result.options
    )
    columns = (
        "After the change", "Change found", f"Finds {worth(result)}", "With no more weeks before",
        "Result on",
    )  # fmt: skip
    often = w.percent(result.study.rule.power, places=0)
    before = w.counted(result.weeks_before, "week")
    caption = f"Smallest changes found in {often} of studies, by their length, with {before} before"
    return Table(caption, columns, rows, (1, 2, 3, 4))


def _even(result: FlowPlanResult, option: Length) -> str:
    """The change found with no more weeks before; a dash when that is more than the level itself."""
    level = result.past.level if result.past else 0.0
    return size(result, option.even) if (option.even or 0) < level else NOTHING


def _name(result: FlowPlanResult, option: Length) -> str:
    needed = "the plan" if result.decision.verdict == "planned" else "needed"
    marks = [needed] if result.planned and option.weeks == result.planned.weeks else []
    marks += ["the limit"] if option.weeks == result.study.limit_weeks else []
    length = w.counted(option.weeks, "week")
    return f"{length} ({w.listed(marks)})" if marks else length


def simulated(result: AnyPlan) -> Table | Note:
    """Formula beside simulation, for the lengths that were simulated."""
    if not isinstance(result, FlowPlanResult) or result.study.design.rollout is not None:
        return unasked(QUEUE)
    shown = [(option, option.simulated) for option in result.options if option.simulated]
    if not shown:
        return Note(result.decision.because)
    percent = partial(w.percent, places=0)
    rows = tuple(
        (
            w.counted(option.weeks, "week"),
            size(result, option.smallest),
            size(result, s.smallest),
            percent(option.power),
            percent(s.found),
            w.percent(s.false_alarms),
            percent(s.by_week),
        )
        for option, s in shown
        if s is not None
    )
    columns = (
        "After the change", "Change found", "Simulated", f"Finds {worth(result)}", "Simulated",
        "False alarms", "By weeks",
    )  # fmt: skip
    runs = w.count(max(s.runs for _, s in shown if s is not None))
    caption = (
        f"Formula beside {runs} simulated studies of each length; the last columns are simulated: alarms where"
        " nothing changed, and the share read by weeks"
    )
    return Table(caption, columns, rows, (1, 2, 3, 4, 5, 6))


def ways(result: AnyPlan) -> Table | Note:
    """Ways to roll out: the weeks each needs, and what it found when tried on the history."""
    if not isinstance(result, FlowPlanResult) or result.study.design.rollout is None:
        return unasked(TEAMS)
    teams = result.teams
    if teams is None:
        return Note(result.decision.because)
    rows = tuple(_way(result, option) for option in teams.options)
    weeks = w.counted(teams.shown_weeks, "week")
    columns = (
        "Teams changed", "Left", "Weeks", "Change found", "Tried: found", "By formula", "False alarms",
    )  # fmt: skip
    tried = max((o.placebos.weeks for o in teams.options if o.placebos), default=0)
    caption = (
        f"Ways to roll out over {w.counted(len(teams.teams), 'team')}: the weeks that find {worth(result)}, the"
        f" change found in {weeks}; then roll-outs of {w.counted(tried, 'week')} tried on the history, how many"
        f" found {worth(result)} that was put in, how many should by formula, and the false alarms"
    )
    return Table(caption, columns, rows, (1, 2, 3, 4, 5, 6))


def _way(result: FlowPlanResult, option: TeamOption) -> tuple[str, ...]:
    assert result.teams is not None
    chosen = result.teams.chosen
    mark = " (the plan)" if chosen is not None and option.schedule == chosen.schedule else ""
    tried = option.placebos
    rates = (
        (
            w.percent(tried.found, places=0),
            w.percent(tried.expected, places=0),
            w.percent(tried.false_alarms),
        )
        if tried
        else (NOTHING,) * 3
    )
    return (
        f"{_sizes(option.schedule)}{mark}",
        w.count(option.schedule.teams - option.schedule.changed),
        w.count(option.weeks) if option.weeks else f"over {MOST_WEEKS}",
        size(result, option.smallest),
        *rates,
    )


def _sizes(way: Schedule) -> str:
    """Teams by wave: `4 at once`, `2 + 2 + 2`."""
    if not way.staggered:
        return f"{way.changed} at once"
    return " + ".join(map(str, way.sizes))


def dates(result: AnyPlan) -> Table | Note:
    """The day on which each team is changed, drawn by lot."""
    if not isinstance(result, FlowPlanResult) or result.study.design.rollout is None:
        return unasked(TEAMS)
    teams = result.teams
    if teams is None or not teams.dates:
        return Note("No team is drawn, because no way shows the change in time.")
    rows = tuple(
        (team, w.day(day) if day else "stays as it is until the result")
        for team, day in teams.dates
    )
    seed = result.study.design.rollout.seed
    return Table(f"Teams by lot (seed {seed})", ("Team", "Changed on"), rows)


def guardrails(result: FlowPlanResult) -> Table | Note:
    """The loss of each guardrail that the study can rule out, against the plan's margin."""
    if not result.guardrails:
        absent = " ".join(result.evidence.absent.values())
        return Note(absent or "None can be planned: there is no study to read them in.")
    rows, tones = [], {}
    for i, guard in enumerate(result.guardrails):
        metric = result.metrics[guard.metric]
        words = partial(w.size, unit=metric.unit, currency=result.currency)
        loss = words(guard.smallest_margin) if isfinite(guard.smallest_margin) else NOTHING
        rows.append(
            (
                metric.label,
                w.level(guard.usual, metric.unit, currency=result.currency),
                words(guard.margin),
                loss,
                "✓ yes" if guard.holds else "! no",
            )
        )
        tones[(i, 4)] = "ok" if guard.holds else "look"
    columns = ("Guardrail", "Usual", "Margin of the plan", "Can be ruled out", "Long enough")
    often = w.percent(result.study.rule.power, places=0)
    caption = f"Loss that can be ruled out in {often} of such studies, if there is none in truth"
    return Table(caption, columns, tuple(rows), (1, 2, 3), tones=tones)


def past(result: AnyPlan) -> Table | Note:
    """How the metric varied in the history: what the plan was computed from."""
    if not isinstance(result, FlowPlanResult):
        return unasked("a before/after study")
    found = result.teams or result.past
    if found is None:
        return Note(result.decision.because)
    unit = "week" if result.teams else "day"
    noise = found.noise
    rows = [
        ("Usual level", w.level(found.level, result.primary.unit, currency=result.currency)),
        (f"Standard deviation of one {unit}", _spread(result, noise.sd)),
        (f"Autocorrelation from {unit} to {unit}", w.plain(noise.rho, 2)),
        ("Share of the variance that is autocorrelated", w.percent(noise.share, places=0)),
        ("Rest", "white noise, as of means of few cases" if noise.share < 1 else "none"),
    ]
    if result.past is not None:
        scale = "of logarithms" if result.past.log_scale else "as measured"
        rows.append(("Scale of the model", scale))
        rows.append(("Autocorrelation from week to week", w.plain(result.past.week_rho, 2)))
    what = "beside the other teams" if result.teams else "beside level, trend, weekdays, holidays"
    caption = f"{result.primary.label} in the history: how it varies by itself, {what}"
    return Table(caption, ("What", "Value"), tuple(rows), (1,))


def _spread(result: FlowPlanResult, sd: float) -> str:
    on_logs = result.past is not None and result.past.log_scale
    return w.percent(sd) if on_logs else size(result, sd)

"""A plan of a before/after study as tables: lengths, ways to roll out, who is changed when."""

from __future__ import annotations

from functools import partial
from math import isfinite

from cs_lib import wording as w
from cs_lib.experiment.experiment_plan.before_after.result import (
    BeforeAfterPlanResult,
    Length,
    TeamOption,
    worth,
)
from cs_lib.experiment.experiment_plan.before_after.teams import MOST_WEEKS
from cs_lib.language import say
from cs_lib.methods.power.did import Schedule
from cs_lib.report.note import Note
from cs_lib.report.table import Table

NOTHING = "–"


def size(result: BeforeAfterPlanResult, value: float | None) -> str:
    """A change in the metric's unit; a dash when there is none."""
    if value is None or not isfinite(value):
        return NOTHING
    return w.size(value, result.primary.quantity)


def lengths(result: BeforeAfterPlanResult) -> Table | Note:
    """Studies of several lengths: what waiting costs, and what it finds."""
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
        say("After the change"),
        say("Change found"),
        say("Finds {worth}", worth=worth(result)),
        say("With no more weeks before"),
        say("Result on"),
    )
    often = w.percent(result.study.rule.power, places=0)
    before = w.counted(result.weeks_before, "week")
    caption = say(
        "Smallest changes found in {often} of studies, by their length, with {before} before",
        often=often,
        before=before,
    )
    return Table(caption, columns, rows, (1, 2, 3, 4))


def _even(result: BeforeAfterPlanResult, option: Length) -> str:
    """The change found with no more weeks before; a dash when that is more than the level itself."""
    level = result.past.level if result.past else 0.0
    return size(result, option.even) if (option.even or 0) < level else NOTHING


def _name(result: BeforeAfterPlanResult, option: Length) -> str:
    needed = say("the plan") if result.decision.verdict == "planned" else say("needed")
    marks = [needed] if result.planned and option.weeks == result.planned.weeks else []
    marks += [say("the limit")] if option.weeks == result.study.limit_weeks else []
    length = w.counted(option.weeks, "week")
    return f"{length} ({w.listed(marks)})" if marks else length


def simulated(result: BeforeAfterPlanResult) -> Table | Note:
    """Formula beside simulation, for the lengths that were simulated."""
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
            percent(s.shares.by_week),
            percent(s.shares.wandering),
            percent(s.shares.drifting),
        )
        for option, s in shown
        if s is not None
    )
    columns = (
        say("After the change"),
        say("Change found"),
        say("Simulated"),
        say("Finds {worth}", worth=worth(result)),
        say("Simulated"),
        say("False alarms"),
        say("By weeks"),
        say("Level seen to wander"),
        say("Slow drift allowed for"),
    )
    runs = w.count(max(s.runs for _, s in shown if s is not None))
    caption = say(
        "Formula beside {runs} simulated studies of each length",
        runs=runs,
    )
    return Table(caption, columns, rows, (1, 2, 3, 4, 5, 6, 7, 8))


def ways(result: BeforeAfterPlanResult) -> Table | Note:
    """Ways to roll out: the weeks each needs, and what it found when tried on the history."""
    teams = result.teams
    if teams is None:
        return Note(result.decision.because)
    rows = tuple(_way(result, option) for option in teams.options)
    weeks = w.counted(teams.shown_weeks, "week")
    columns = (
        say("Teams changed"),
        say("Left"),
        say("Weeks"),
        say("Change found"),
        say("Tried: found"),
        say("By formula"),
        say("False alarms"),
    )
    tried = max((o.placebos.weeks for o in teams.options if o.placebos), default=0)
    caption = say(
        "Ways to roll out over {teams}: weeks to find {worth}, change found in {weeks}, and {tried} tried "
        "on the history",
        teams=w.counted(len(teams.teams), "team"),
        worth=worth(result),
        weeks=weeks,
        tried=w.counted(tried, "week"),
    )
    return Table(caption, columns, rows, (1, 2, 3, 4, 5, 6))


def _way(result: BeforeAfterPlanResult, option: TeamOption) -> tuple[str, ...]:
    assert result.teams is not None
    chosen = result.teams.chosen
    sizes = _sizes(option.schedule)
    if chosen is not None and option.schedule == chosen.schedule:
        sizes = f"{sizes} ({say('the plan')})"
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
        sizes,
        w.count(option.schedule.teams - option.schedule.changed),
        w.count(option.weeks) if option.weeks else say("over {weeks}", weeks=MOST_WEEKS),
        size(result, option.smallest),
        *rates,
    )


def _sizes(way: Schedule) -> str:
    """Teams by wave: `4 at once`, `2 + 2 + 2`."""
    if not way.staggered:
        return say("{changed} at once", changed=way.changed)
    return " + ".join(map(str, way.sizes))


def dates(result: BeforeAfterPlanResult) -> Table | Note:
    """The day on which each team is changed, drawn by lot."""
    teams = result.teams
    if teams is None or not teams.dates:
        return Note(say("No team is drawn, because no way shows the change in time."))
    rows = tuple(
        (team, w.day(day) if day else say("stays as it is until the result"))
        for team, day in teams.dates
    )
    assert result.study.design.rollout is not None
    seed = result.study.design.rollout.seed
    return Table(
        say("Teams by lot (seed {seed})", seed=seed), (say("Team"), say("Changed on")), rows
    )


def guardrails(result: BeforeAfterPlanResult) -> Table | Note:
    """The loss of each guardrail that the study can rule out, against the plan's margin."""
    if not result.guardrails:
        absent = w.together(*map(str, result.evidence.absent.values()))
        return Note(absent or say("None can be planned: there is no study to read them in."))
    rows, tones = [], {}
    for i, guard in enumerate(result.guardrails):
        metric = result.metrics[guard.metric]
        words = partial(w.size, of=metric.quantity)
        loss = words(guard.smallest_margin) if isfinite(guard.smallest_margin) else NOTHING
        rows.append(
            (
                metric.label,
                w.level(guard.usual, metric.quantity),
                words(guard.margin),
                loss,
                say("✓ yes") if guard.holds else say("! no"),
            )
        )
        tones[(i, 4)] = "ok" if guard.holds else "look"
    columns = (
        say("Guardrail"),
        say("Usual"),
        say("Margin of the plan"),
        say("Can be ruled out"),
        say("Long enough"),
    )
    often = w.percent(result.study.rule.power, places=0)
    caption = say(
        "Loss that {often} of such studies rule out when there is none",
        often=often,
    )
    return Table(caption, columns, tuple(rows), (1, 2, 3), tones=tones)


def past(result: BeforeAfterPlanResult) -> Table | Note:
    """How the metric varied in the history: what the plan was computed from."""
    history = result.teams or result.past
    if history is None:
        return Note(result.decision.because)
    noise = history.noise
    one, next_one = (
        (say("Standard deviation of one week"), say("Autocorrelation from week to week"))
        if result.teams
        else (say("Standard deviation of one day"), say("Autocorrelation from day to day"))
    )
    rows = [
        (say("Usual level"), w.level(history.level, result.primary.quantity)),
        (one, _spread(result, noise.sd)),
        (next_one, w.plain(noise.rho, 2)),
        (say("Share of the variance that is autocorrelated"), w.percent(noise.share, places=0)),
        (
            say("Rest"),
            say("white noise, as of means of few cases") if noise.share < 1 else say("none"),
        ),
    ]
    if result.past is not None:
        scale = say("of logarithms") if result.past.log_scale else say("as measured")
        rows.append((say("Scale of the model"), scale))
        rows.append((say("Autocorrelation from week to week"), w.plain(result.past.week_rho, 2)))
    what = (
        say("beside the other teams")
        if result.teams
        else say("beside level, trend, weekdays, holidays")
    )
    caption = say(
        "{label} in the history: how it varies by itself, {what}",
        label=result.primary.label,
        what=what,
    )
    return Table(caption, (say("What"), say("Value")), tuple(rows), (1,))


def _spread(result: BeforeAfterPlanResult, sd: float) -> str:
    on_logs = result.past is not None and result.past.log_scale
    return w.percent(sd) if on_logs else size(result, sd)

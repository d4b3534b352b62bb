"""What may be wrong with the plan of a before/after study, and the one sentence it comes to."""

from __future__ import annotations

from datetime import date, timedelta

from cs_lib import sentences as w
from cs_lib.experiment.before_after.checks import described
from cs_lib.experiment.before_after.season import season_said
from cs_lib.experiment.before_after.team_checks import left_out, rate_check
from cs_lib.experiment.experiment_plan.before_after.other_changes import log_checks
from cs_lib.experiment.experiment_plan.before_after.result import (
    Drafted,
    QueuePast,
    TeamPlan,
    sized,
    worth,
)
from cs_lib.methods.did.one_date import SOLID_TEAMS
from cs_lib.methods.its.noise import LONGEST_MEMORY
from cs_lib.methods.monitoring.completeness import coverage
from cs_lib.metrics.experiment_plan import BeforeAfterPlanEvidence
from cs_lib.metrics.public_days import calendar_checks
from cs_lib.params import BeforeAfterPlan
from cs_lib.results import Check
from cs_lib.sentences import say

# In a shorter history the autocorrelation is hardly known.
SOLID_DAYS = 56
# Formula and simulation disagree when their powers differ by more.
MAX_POWER_DIFFERENCE = 0.1
# With more simulated false alarms the method does not keep its level here.
MAX_FALSE_ALARM_SHARE = 0.08
DAYS_PER_WEEK = 7
# A method that raises an alarm on more of the placebo roll-outs is not to be trusted here.
MAX_PLACEBO_ALARM_SHARE = 0.10


def broken_extract(evidence: BeforeAfterPlanEvidence, study: BeforeAfterPlan) -> Check | None:
    """The check that a plan cannot do without, when it fails: an extract that is cut, or no longer the same."""
    check = _extract(evidence, study)
    return check if check.passed is False else None


def _extract(evidence: BeforeAfterPlanEvidence, study: BeforeAfterPlan) -> Check:
    name, (first, last) = "extract_complete", study.design.history
    middle = first + (last - first) / 2
    volume = coverage(evidence.volume, pre=(first, middle), post=(middle + timedelta(1), last))
    halves = say(
        "{before} contacts a week in the first half of the history, {after} in the second",
        before=w.count(volume.before),
        after=w.count(volume.after),
    )
    if volume.before == 0 or volume.after == 0:
        finding = say("Half of the history has hardly any contacts: {halves}.", halves=halves)
    elif volume.silent is not None:
        finding = say(
            "The extract is cut: no contact at all {days} ({halves}).",
            days=w.days(*volume.silent),
            halves=halves,
        )
    elif volume.cut_off and volume.weakest_week is not None:
        share = w.percent(volume.weakest_edge, places=0)
        week = w.day(volume.weakest_week)
        finding = say(
            "The extract is cut: the week of {week} holds {share} of a usual week ({halves}).",
            week=week,
            share=share,
            halves=halves,
        )
    elif volume.collapsed:
        finding = say(
            "The volume of the whole desk changed too much for one to stand for the other: "
            "{halves}.",
            halves=halves,
        )
    else:
        return Check(name, True, say("The whole desk: {halves}, no empty edge.", halves=halves))
    return Check(name, False, finding, blocks_decision=True)


def plan_checks(result: Drafted) -> tuple[Check, ...]:
    """What the plan rests on, and where it may mislead."""
    checks = [_extract(result.evidence, result.study), _history(result), _followed(result)]
    checks += [_weeks(result), *log_checks(result)]
    checks += _rollout(result, result.teams) if result.teams else []
    checks += _queue(result, result.past) if result.past else []
    return tuple(
        [*checks, *_season(result), *_holidays(result), *_guards(result), *_absent(result)]
    )


def _history(result: Drafted) -> Check:
    name = "enough_history"
    if result.teams is not None:
        weeks = result.teams.weeks_known
        return Check(
            name,
            weeks >= SOLID_DAYS // DAYS_PER_WEEK,
            say("{weeks} of data.", weeks=w.counted(weeks, "whole week")),
        )
    days = result.past.usable if result.past else 0
    return Check(name, days >= SOLID_DAYS, say("{days} with data.", days=w.counted(days, "day")))


def _followed(result: Drafted) -> Check:
    name, days = "every_case_followed", result.evidence.series[result.primary.name].days
    wanted = result.study.design.history[1]
    last = days[-1].item()
    if last >= wanted:
        return Check(
            name,
            True,
            say("All cases up to {wanted} were followed long enough.", wanted=w.day(wanted)),
        )
    follow = w.counted(result.evidence.horizon, "day")
    finding = say(
        "Cases after {last} are left out: they are followed for {follow}, which are not over.",
        last=w.day(last),
        follow=follow,
    )
    return Check(name, None, finding)


def _weeks(result: Drafted) -> Check:
    first = result.evidence.series[result.primary.name].days[0].item()
    over = (result.study.design.start - first).days % DAYS_PER_WEEK
    finding = say(
        "{weeks_before} before {start}",
        weeks_before=w.counted(result.weeks_before, "whole week"),
        start=w.day(result.study.design.start),
    )
    if over:
        finding = say(
            "{finding}; {over} at the beginning of the history are too many for whole weeks",
            finding=finding,
            over=w.counted(over, "day"),
        )
    return Check("whole_weeks", True, w.sentence(finding))


def _queue(result: Drafted, past: QueuePast) -> list[Check]:
    return [_memory(past), *_quiet(result), *_simulated(result)]


def _memory(past: QueuePast) -> Check:
    name = "autocorrelation_measured"
    near = w.plain(past.noise.share * past.noise.rho, 2)
    finding = say(
        "Neighbouring days correlate by {near}, neighbouring weeks by {week_rho}.",
        near=near,
        week_rho=w.plain(past.week_rho, 2),
    )
    if past.noise.rho >= LONGEST_MEMORY - 0.01:
        long = say("Ups and downs last so long that they can pass for a change.")
        return Check(name, False, w.together(finding, long))
    return Check(name, True, finding)


def _quiet(result: Drafted) -> list[Check]:
    tried, tested, name = result.placebo, result.placebo_test, "placebo_dates"
    if tried is None or tested is None:
        return [
            Check(
                name, None, say("The history is too short to try dates on which nothing changed.")
            )
        ]
    finding = say(
        "On {n_dates} of the history, where nothing was changed, the method of the "
        "study saw a change on {n_alarms}.",
        n_dates=w.counted(tried.n_dates, "date"),
        n_alarms=w.count(tried.n_alarms),
    )
    return [Check(name, not tested.failed, w.together(finding, described(tested)))]


def _simulated(result: Drafted) -> list[Check]:
    shown = result.within or result.planned
    simulated = shown.simulated if shown else None
    if shown is None or simulated is None:
        return []
    detected, said = w.percent(simulated.found, places=0), w.percent(shown.power, places=0)
    alarms = w.percent(simulated.false_alarms)
    runs = w.counted(simulated.runs, "simulated study", "simulated studies")
    weeks = w.counted(shown.weeks, "week")
    agree = abs(simulated.found - shown.power) <= MAX_POWER_DIFFERENCE
    return [
        Check(
            "formula_and_simulation",
            agree,
            say(
                "Of {runs} of {weeks} {found} found a change of {worth}; by formula {said} do.",
                runs=runs,
                weeks=weeks,
                found=detected,
                worth=worth(result),
                said=said,
            ),
        ),
        Check(
            "few_false_alarms",
            simulated.false_alarms <= MAX_FALSE_ALARM_SHARE,
            say(
                "Where nothing changed, {alarms} of {runs} saw a change.", alarms=alarms, runs=runs
            ),
        ),
    ]


def _rollout(result: Drafted, teams: TeamPlan) -> list[Check]:
    count = len(teams.teams)
    enough = say(
        "{count}; every team counts once, whatever its number of cases.",
        count=w.counted(count, "team"),
    )
    few = say(
        "{count}: a fragile comparison, it leans on few teams being alike.",
        count=w.counted(count, "team"),
    )
    solid = count >= SOLID_TEAMS
    checks = [Check("enough_teams", solid, enough if solid else few)]
    if teams.left_out:
        named = w.listed(list(teams.left_out))
        checks.append(Check("every_team_counted", None, left_out(named, teams.rate)))
    if teams.rate:
        checks.append(rate_check(teams.rate))
    near = w.plain(teams.noise.share * teams.noise.rho, 2)
    sd = sized(result, teams.noise.sd)
    finding = say(
        "A team's week differs from the other teams' by {sd} (one standard deviation); "
        "neighbouring weeks correlate by {near}.",
        sd=sd,
        near=near,
    )
    checks.append(
        Check("autocorrelation_measured", teams.noise.rho < LONGEST_MEMORY - 0.01, finding)
    )
    return [*checks, *_team_errors(teams), *_placebos(result, teams)]


def _team_errors(teams: TeamPlan) -> list[Check]:
    """Whose ups and downs the study will judge the change by; the plan counts on the same."""
    best = teams.chosen or min(teams.options, key=lambda o: o.smallest, default=None)
    if best is None:
        return []
    way = best.schedule
    if way.errors == "even":
        said = say(
            "With as many changed as unchanged teams it hardly matters to the study if one side "
            "varies more; the weeks count on spreads that are alike."
        )
    elif way.errors == "sides":
        said = say(
            "The study will judge chance by the spread of the changed and of the unchanged teams by "
            "itself, waves taken together; the weeks count on that."
        )
    elif way.errors == "pooled":
        said = say(
            "The study will judge chance by one spread for all teams, because one or two teams "
            "do not show their own; it goes wrong when they vary more than the others."
        )
    elif way.errors == "own":
        said = say(
            "The study will judge chance by the spread of each group of teams by itself, because "
            "they may vary by different amounts; the weeks count on that."
        )
    else:
        said = say(
            "The study will judge chance by how much each single team moves the answer (influence "
            "functions), because the teams are enough for that."
        )
    return [Check("team_errors", None if way.shows_spread else False, said)]


def _placebos(result: Drafted, teams: TeamPlan) -> list[Check]:
    name = "placebo_rollouts"
    best = teams.chosen or min(teams.options, key=lambda o: o.smallest, default=None)
    tried = best.placebos if best else None
    if tried is None:
        return [Check(name, None, say("The history is too short to try roll-outs on it."))]
    finding = say(
        "Of {rollouts} of {weeks} tried on the history ({dates}, teams by lot) {found} "
        "found a change of {worth} that was put in, by formula {expected} do; "
        "{false_alarms} saw one where there was none.",
        rollouts=w.counted(tried.rollouts, "roll-out"),
        weeks=w.counted(tried.weeks, "week"),
        dates=w.counted(tried.dates, "date"),
        found=w.percent(tried.found, places=0),
        worth=worth(result),
        expected=w.percent(tried.expected, places=0),
        false_alarms=w.percent(tried.false_alarms),
    )
    return [Check(name, tried.false_alarms <= MAX_PLACEBO_ALARM_SHARE, finding)]


def _season(result: Drafted) -> list[Check]:
    """Months of the study that the history has not seen: a season would pass for the change."""
    shown, name = result.planned or result.within, "season_seen"
    if shown is None:
        return []
    if result.teams is not None:
        said = say("Teams that stay as they are go through the same season.")
        return [Check(name, True, said)]
    if result.past is not None and result.past.season is not None:
        return [Check(name, True, season_said(result.past.season, result.primary))]
    start = result.study.design.start
    end = shown.result_on - timedelta(days=result.evidence.horizon + 1)
    days = result.evidence.series[result.primary.name].days
    seen = {day.month for day in days.tolist()}
    new = [m for m in _months(start, end) if m not in seen]
    if not new:
        return [
            Check(
                name,
                True,
                say("The history holds every month of the year that the study runs through."),
            )
        ]
    names = w.listed([w.month_name(date(2000, month, 1)) for month in new])
    finding = say(
        "The history holds no {names}: what the season does then cannot be told from the change.",
        names=names,
    )
    return [Check(name, False, finding)]


def _months(start: date, end: date) -> list[int]:
    """Calendar months from a day to another, each once."""
    count = (end.year - start.year) * 12 + end.month - start.month + 1
    return [(start.month - 1 + k) % 12 + 1 for k in range(min(count, 12))]


def _holidays(result: Drafted) -> list[Check]:
    name, shown = "holidays_named", result.planned or result.within
    if result.past is not None and result.past.season is not None:
        return [Check(name, True, season_said(result.past.season, result.primary))]
    start = result.study.design.start
    end = shown.result_on if shown else start + timedelta(days=DAYS_PER_WEEK * 12)
    calendar = calendar_checks(
        result.study.design.public, result.study.design.history, (start, end)
    )
    known = [d for d in result.study.design.days_off if start <= d <= end]
    if known:
        finding = say(
            "{known} of the planned weeks count as holidays.", known=w.counted(len(known), "day")
        )
        return [Check(name, True, finding), *calendar]
    finding = say(
        "No day of the planned weeks is named in design.holidays; name those that "
        "never look like others."
    )
    return [Check(name, None, finding), *calendar]


def _guards(result: Drafted) -> list[Check]:
    if not result.guardrails:
        return []
    short = [w.quoted(result.metrics[g.metric].called) for g in result.guardrails if not g.holds]
    finding = (
        say(
            "The study is too small to show that {short} stays within its margin.",
            short=w.listed(short),
        )
        if short
        else say("The study is large enough for the margin of every guardrail.")
    )
    return [Check("guardrails_can_be_shown", not short, finding)]


def _absent(result: Drafted) -> list[Check]:
    return [Check("not_planned_for", None, said) for said in result.evidence.absent.values()]

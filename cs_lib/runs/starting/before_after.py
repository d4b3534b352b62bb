"""The settings of a before/after study from what a source holds: its days, and the change that the log tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cs_lib import dates
from cs_lib.data.guess.held import Held, Logged
from cs_lib.language import say
from cs_lib.params.template import flow
from cs_lib.runs.new import NewError
from cs_lib.runs.starting.action import Listed
from cs_lib.runs.starting.changes import Fitting, fitting, joined, named, the_one, washout, why
from cs_lib.runs.starting.draft import Asked, Draft, choose_effect, own_measure
from cs_lib.runs.starting.planned import Plan, plan_of

KEPT_OF_A_PLAN = ("calendar", "holidays", "washout_days")


@dataclass(frozen=True, slots=True)
class Change:
    """The change that a study is about: its day, whether that is settled, and what the log says of it."""

    day: date
    settled: bool
    logged: Logged | None = None
    found: Fitting | None = None


def before_after(draft: Draft, found: Held, chosen: Asked) -> None:
    """Fill in a before/after study. Raises NewError where the source cannot carry one."""
    if found.first is None or found.last - found.first < timedelta(days=2):
        raise NewError(
            say("The source holds no contacts on three days and more; deliver contacts first.")
        )
    change = _change(found, chosen)
    design: dict[str, Any] = {
        "intervention_date": change.day.isoformat(),
        "pre_period": _period(found.first, change.day - timedelta(days=1)),
        "post_period": _period(change.day, found.last),
    }
    if change.logged:
        design["change_id"] = change.logged.name
    question = (
        say("Did the change of {day} improve our service?", day=dates.day(change.day))
        if change.settled
        else say("Did the change help?")
    )
    draft.raw |= {
        "question": question,
        "design": design,
        "measure": _measure(draft, found, chosen),
        "rule": {"min_effect": chosen.min_effect or 1},
    }
    draft.notes["pre_period"] = say(
        "Days from {first} to {last}."
        if found.outcomes
        else "Contacts from {first} to {last}; days after are not whole yet.",
        first=found.first,
        last=found.last,
    )
    if chosen.action is not None:
        _of_action(draft, found, chosen, chosen.action, change)
    _note_teams(draft, found)
    if not change.settled:
        when = _asked_day(found, change)
        draft.choose |= dict.fromkeys(("intervention_date", "pre_period", "post_period"), when)
    choose_effect(draft, chosen, draft.raw["measure"]["primary_metric"])


def _period(first: date, last: date) -> list[str]:
    return [first.isoformat(), last.isoformat()]


def _measure(draft: Draft, found: Held, chosen: Asked) -> dict[str, Any]:
    if found.outcomes:
        return own_measure(draft, found, chosen)
    resolved, answered = (
        found.filled.get(("contacts", one), 0) for one in ("resolved_at", "first_response_at")
    )
    metric = "resolution_hours" if resolved or not answered else "first_response_minutes"
    return {"primary_metric": metric}


def _change(found: Held, chosen: Asked) -> Change:
    """The change: chosen, the action's own or the only one logged, or the middle of the days as an example."""
    first = found.first or found.last
    if chosen.date is not None and not first < chosen.date <= found.last:
        raise NewError(
            say(
                "--date {day}: the source has contacts from {first} to {last}; the change must lie between.",
                day=chosen.date,
                first=first,
                last=found.last,
            )
        )
    every = tuple(found.changes.values())
    fits = fitting(every, chosen.action) if chosen.action else Fitting("", every)
    one = the_one(fits, chosen.date)
    if chosen.date is not None:
        on_the_day = (change for change in every if change.live == chosen.date)
        return Change(chosen.date, True, one or next(on_the_day, None), fits if one else None)
    if one is not None:
        return Change(one.live, True, one, fits)
    example = next(iter(fits.changes or every), None)
    middle = first + (found.last - first) // 2
    return Change(example.live if example else middle, False, found=fits)


def _asked_day(found: Held, change: Change) -> str:
    """The question for the day of the change, with the logged ones that it may be."""
    logged = (change.found.changes if change.found else ()) or tuple(found.changes.values())
    if not logged:
        return say("On which day did the change go live? --date {day}", day=change.day)
    return say(
        "Which logged change is it ({changes})? --date {day}", changes=named(logged), day=change.day
    )


def _of_action(draft: Draft, found: Held, chosen: Asked, action: Listed, change: Change) -> None:
    """What the action, the change log and the plan of its study say."""
    design = draft.raw["design"]
    draft.raw["action"] = action.id
    draft.raw["question"] = action.question[:160]
    draft.raw["measure"] = {"primary_metric": action.metric}
    draft.notes["action"] = action.told
    draft.notes.pop("primary_metric", None)
    draft.choose.pop("primary_metric", None)
    scope = action.scope
    if change.logged is not None and change.found is not None:
        scope = _of_the_log(draft, found, change.logged, change.found, action)
    elif change.settled and (others := fitting(found.changes.values(), action).changes):
        draft.notes["intervention_date"] = say(
            "As you chose; the change log has for this action: {changes}.", changes=named(others)
        )
    if scope:
        design["scope"] = scope
    looked = plan_of(action, "before_after", action.metric, draft.raw["source"])
    draft.told += looked.said
    if looked.plan is not None:
        _of_plan(draft, found, chosen, change, looked.plan)


def _of_the_log(
    draft: Draft, found: Held, change: Logged, fits: Fitting, action: Listed
) -> dict[str, list[str]]:
    """Day, end, ramp and contacts of a logged change; the contacts are handed back."""
    design = draft.raw["design"]
    draft.notes["intervention_date"] = say(
        "From the change log: {change} went live on {day}; {why}.",
        change=change.name,
        day=change.live,
        why=why(fits, action),
    )
    days, said = washout(change)
    if days:
        design["washout_days"] = days
    if said:
        draft.notes["washout_days"] = said
    if change.ended is not None and change.live < change.ended <= found.last:
        draft.ended = change.ended
        design["post_period"] = _period(change.live, change.ended - timedelta(days=1))
        draft.notes["post_period"] = say(
            "The change log says that it ended on {day}.", day=change.ended
        )
    scope, said = joined(action, change)
    if said:
        draft.notes["scope"] = said
    return scope


def _of_plan(draft: Draft, found: Held, chosen: Asked, change: Change, plan: Plan) -> None:
    """The effect, the error level, the lengths and what else a plan settled."""
    rule, design = draft.raw["rule"], draft.raw["design"]
    if chosen.min_effect is None and plan.min_effect is not None:
        rule["min_effect"] = plan.min_effect
        draft.settled.add("min_effect")
        draft.notes["min_effect"] = plan.said(say("The smallest effect worth acting on"))
    if plan.alpha is not None:
        rule["alpha"] = plan.alpha
        draft.notes["alpha"] = plan.said(say("The error level"))
    measure = plan.block("measure")
    if measure.get("primary_metric") == draft.raw["measure"]["primary_metric"]:
        draft.raw["measure"] = measure
        draft.notes["primary_metric"] = plan.said(
            say("What is measured, and what must not get worse")
        )
    settled = plan.block("design")
    for key in KEPT_OF_A_PLAN:
        if key in settled and key not in design:
            design[key] = settled[key]
            draft.notes[key] = plan.said(flow(key))
    if plan.action and "scope" in settled:
        design["scope"] = settled["scope"]
        draft.notes["scope"] = plan.said(say("Which contacts"))
    if change.settled:
        _lengths(draft, found, change, plan)
        _teams(draft, change, plan)


def _teams(draft: Draft, change: Change, plan: Plan) -> None:
    """The day of each team of a planned roll-out, moved with the change."""
    design, drawn = draft.raw["design"], plan.block("design").get("teams")
    if isinstance(drawn, dict):
        design["teams"] = {team: plan.moved(day, change.day) for team, day in drawn.items()}
        draft.notes["teams"] = plan.said(say("The day of each team"))
        design["scope"] = {k: v for k, v in design.get("scope", {}).items() if k != "team_id"}


def _lengths(draft: Draft, found: Held, change: Change, plan: Plan) -> None:
    """The periods as long as the plan had them; what the source does not hold before is told."""
    design, first = draft.raw["design"], found.first or change.day
    before, after = plan.days("pre_period"), plan.days("post_period")
    if before is not None:
        start = max(first, change.day - timedelta(days=before))
        design["pre_period"] = _period(start, change.day - timedelta(days=1))
        had = (change.day - start).days
        length = say("{days} days before the change", days=had)
        short = say("the plan had {days}", days=before) if had < before else ""
        draft.notes["pre_period"] = plan.said(", ".join(filter(None, (length, short))))
    if after is not None and draft.ended is None:
        end = change.day + timedelta(days=after - 1)
        design["post_period"] = _period(change.day, end)
        draft.notes["post_period"] = plan.said(say("{days} days after the change", days=after))
        due = end + timedelta(days=max(1, plan.wait))
        if due > found.as_of:
            draft.raw["as_of"] = due.isoformat()
            draft.notes["as_of"] = say("The result is due then, as planned.")


def _note_teams(draft: Draft, found: Held) -> None:
    """How many contacts each team has, and how to look at some alone."""
    if found.teams and not {"scope", "teams"} & draft.raw["design"].keys():
        shares = ", ".join(f"{flow(team)} {number}" for team, number in found.teams.items())
        draft.notes.setdefault(
            "scope",
            say(
                "Contacts by team: {teams}. To look at some alone: scope: {scope}",
                teams=shares,
                scope=flow({"team_id": list(found.teams)[:2]}),
            ),
        )

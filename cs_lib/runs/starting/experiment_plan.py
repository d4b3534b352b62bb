"""The settings of a plan of an action's study: what will change, what is measured of whom, and the past it rests on."""

from __future__ import annotations

from datetime import timedelta

from cs_lib.data.guess.held import Held
from cs_lib.language import say
from cs_lib.runs.new import NewError
from cs_lib.runs.starting.draft import Asked, Draft, choose_effect

LONGEST_CHANGE = 54  # the planned study is called so, and _study


def experiment_plan(draft: Draft, found: Held, chosen: Asked) -> None:
    """Fill in the plan of a before/after study. Raises NewError without an action, or without days to plan on."""
    action = chosen.action
    if action is None:
        raise NewError(say("A plan is written from an action: --from ACTION."))
    if found.first is None or found.outcomes:
        raise NewError(
            say("The source holds no contacts on three days and more; deliver contacts first.")
        )
    start = chosen.date or found.as_of
    draft.raw |= {
        "plans": "before_after",
        "question": action.question_of_a_plan[:160],
        "action": action.id,
        "design": {
            "change": action.id[:LONGEST_CHANGE].rstrip("_"),
            "start": start.isoformat(),
            "history": [found.first.isoformat(), (found.as_of - timedelta(days=1)).isoformat()],
            **({"scope": action.scope} if action.scope else {}),
        },
        "measure": {"primary_metric": action.metric},
        "rule": {"min_effect": chosen.min_effect or 1},
    }
    draft.notes["action"] = action.told
    draft.notes["history"] = say(
        "Contacts from {first} to {last}; days after are not whole yet.",
        first=found.first,
        last=found.last,
    )
    if chosen.date is None:
        draft.choose["start"] = say(
            "On which day can the change go live at the earliest? --date {day}", day=start
        )
    choose_effect(draft, chosen, action.metric)

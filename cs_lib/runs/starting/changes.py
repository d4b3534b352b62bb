"""The change of an action in the change log: which one it is, and what the log says of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from cs_lib.aggregates import logged_scope
from cs_lib.data.guess.held import Logged
from cs_lib.language import later, say
from cs_lib.params import Scope
from cs_lib.params.template import flow
from cs_lib.runs.starting.action import Listed

MOST_WASHOUT = 90  # days, as settings allow
FOUND_BY = {
    "action": later("its column `action` names {action}"),
    "id": later("it is called {action} itself"),
    "scope": later("it is the only change since {since}, when the action was first listed, with its scope {scope}"),
}  # fmt: skip

IN_STAGES = later(
    "The change log says that it came in stages: give each team its day in `teams`, or the days of the ramp here."
)


@dataclass(frozen=True, slots=True)
class Fitting:
    """Changes that may be the action's, the latest first, and by which rule they were found."""

    rule: str
    changes: tuple[Logged, ...]


def fitting(logged: Iterable[Logged], action: Listed) -> Fitting:
    """The changes of an action: those that name it, else the one called so, else those of its scope since its list."""
    every = tuple(logged)
    rules = {
        "action": [one for one in every if one.action == action.id],
        "id": [one for one in every if one.name == action.id],
        "scope": [
            one
            for one in every
            if not one.action
            and action.since
            and one.live >= action.since
            and scope_of(one) == _sets(action.scope)
        ],
    }
    return next(
        (Fitting(rule, tuple(found)) for rule, found in rules.items() if found), Fitting("", ())
    )


def the_one(found: Fitting, day: date | None) -> Logged | None:
    """The only change that fits, or the one of the day that was chosen; None where nobody can tell."""
    on_the_day = [one for one in found.changes if day in (None, one.live)]
    return on_the_day[0] if len(on_the_day) == 1 else None


def named(changes: Iterable[Logged]) -> str:
    """Changes with their days, for a question."""
    return ", ".join(f"{one.name} {one.live}" for one in changes)


def why(found: Fitting, action: Listed) -> str:
    """By which rule a change was taken for the action's."""
    scope = flow(action.scope) if action.scope else say("everything")
    return say(FOUND_BY[found.rule], action=action.id, since=action.since, scope=scope)


def scope_of(change: Logged) -> dict[str, frozenset[str]] | None:
    """The contacts that a change touched, by column; None where the log says it in other words."""
    found = logged_scope(change.scope) if change.scope.strip() else {}
    if found is None or not set(found) <= set(Scope.COLUMNS):
        return None
    return {column: frozenset(values) for column, values in found.items()}


def joined(action: Listed, change: Logged) -> tuple[dict[str, list[str]], str]:
    """The contacts of the action that the change touched, and what to say where the log tells it otherwise."""
    scope, theirs = dict(action.scope), scope_of(change)
    if theirs is None:
        return scope, say(
            "The change log says of what it touched: “{scope}”. That is not in the settings; add what is missing.",
            scope=" ".join(change.scope.split()),
        )
    for column, values in theirs.items():
        ours = scope.get(column)
        if ours is None:
            scope[column] = sorted(values)
        elif not set(ours) <= values:
            return scope, say(
                "The change log says that it touched {theirs}, the action is about {ours}: is it this change?",
                theirs=flow({column: sorted(values)}),
                ours=flow({column: ours}),
            )
    said = say("The action says {ours}.", ours=flow(action.scope)) if action.scope else ""
    more = say("The change log says {theirs}.", theirs=change.scope.strip()) if theirs else ""
    return scope, " ".join(filter(None, (said, more)))


def washout(change: Logged) -> tuple[int, str]:
    """Days of the ramp that are left out, and what the log says of it; 0 and nothing where it says nothing."""
    days, staged = change.ramp_days, change.rollout == "staged"
    if days is None or days == 0:
        return 0, say(IN_STAGES) if staged else ""
    if days != int(days) or not 0 < days <= MOST_WASHOUT:
        return 0, say(
            "The change log has a ramp of {days} days, which cannot be left out (1 to {most}).",
            days=f"{days:g}",
            most=MOST_WASHOUT,
        )
    return int(days), say("The change log has a ramp of {days} days.", days=int(days))


def _sets(scope: dict[str, list[str]]) -> dict[str, frozenset[str]]:
    return {column: frozenset(values) for column, values in scope.items()}

"""Settings of a study on their way: what the user chose, what was found, and what is still to be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cs_lib import params
from cs_lib.data.guess.held import Held
from cs_lib.language import say
from cs_lib.runs.new import NewError
from cs_lib.runs.starting.action import Listed


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user chose for a study; None where nothing was."""

    date: date | None = None
    min_effect: float | None = None
    planned_n: int | None = None
    control: str | None = None
    experiment: str | None = None
    split: Mapping[str, float] | None = None
    outcome: str | None = None
    better: str | None = None
    action: Listed | None = None


@dataclass(slots=True)
class Draft:
    """Settings on their way: values, notes above keys, and keys that only the user can fill, each with a sentence.

    `told` is said on the terminal alone; `settled` are keys that a plan filled in place of the user; a change that
    was taken back ended on `ended`.
    """

    raw: dict[str, Any]
    notes: dict[str, str] = field(default_factory=dict)
    choose: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)
    ended: date | None = None


def own_measure(draft: Draft, found: Held, chosen: Asked) -> dict[str, Any]:
    """The outcome of a table of results or of days: chosen, or the only one."""
    asked = chosen.outcome or found.outcomes[0]
    for one in params.headers_of(asked):
        if params.safe(one) not in found.outcomes:
            known = ", ".join(found.outcomes)
            raise NewError(
                say("There is no outcome '{name}'; there are {known}.", name=one, known=known)
            )
    column = params.safe(asked)
    kind = "share" if column in found.shares else "mean"
    metric = asked if params.of_columns(asked) else f"{kind}({column})"
    if chosen.outcome is None and len(found.outcomes) > 1:
        draft.choose["primary_metric"] = say(
            "Which column is the outcome ({columns})? --outcome {first}, or --outcome 'ratio({first}, {other})'",
            columns=", ".join(found.outcomes), first=found.outcomes[0], other=found.outcomes[1],
        )  # fmt: skip
    described = {} if chosen.better is None else {"outcomes": {metric: {"better": chosen.better}}}
    if chosen.better is None:
        draft.notes["primary_metric"] = say(
            "More of it counts as better; --better lower if less is."
        )
    return {"primary_metric": metric, **described}


def choose_effect(draft: Draft, chosen: Asked, metric: str) -> None:
    """Ask for the smallest effect worth acting on where neither the user nor a plan said it."""
    if chosen.min_effect is None and "min_effect" not in draft.settled:
        draft.choose["min_effect"] = say(
            "Which effect is the smallest worth acting on, in the unit of {metric}? --min-effect {example}",
            metric=metric,
            example=draft.raw["rule"]["min_effect"],
        )

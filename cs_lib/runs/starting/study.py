"""`cslib new NOTEBOOK NAME --source S`: the settings of a first study from what a source holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from cs_lib import data, dates, metrics, params
from cs_lib.data import DataError
from cs_lib.data.guess.held import Experiment, Held, held
from cs_lib.data.guess.words import squeezed
from cs_lib.language import say, spoken
from cs_lib.params import strict_yaml
from cs_lib.params.data_health import DataHealth
from cs_lib.params.days.as_of import day_of
from cs_lib.params.places import shown
from cs_lib.params.template import flow, settings_text
from cs_lib.runs import tasks
from cs_lib.runs.new import NewError
from cs_lib.runs.starting.action import Listed
from cs_lib.runs.starting.marked import marked, put, require_ours
from cs_lib.runs.starting.source import Written

FROM_A_SOURCE = ("before_after", "perk_ab_test")
CONTROL = (
    "control",
    "none",
    "holdout",
    "baseline",
    "nothing",
    "对照",
    "对照组",
    "空白组",
    "kontrolle",
)
WINDOWS = (60, 30, 14, 7)


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
    """Settings on their way: values, notes above keys, and keys that only the user can fill, each with a sentence."""

    raw: dict[str, Any]
    notes: dict[str, str] = field(default_factory=dict)
    choose: dict[str, str] = field(default_factory=dict)


def new_study(notebook: str, name: str, source: str, chosen: Asked) -> Written:
    """Write params/NAME.yaml from what a source holds.

    Raises NewError, and ParamsError or DataError for a source that cannot be read.
    """
    if notebook not in FROM_A_SOURCE:
        known = ", ".join(FROM_A_SOURCE)
        raise NewError(say("--source is for one of {notebooks}.", notebooks=known))
    target = params.home() / "params" / f"{name}.yaml"
    require_named(name)
    require_ours(target)
    found = _held(source)
    raw: dict[str, Any] = {
        "study": name,
        "notebook": notebook,
        "as_of": found.as_of.isoformat(),
        "source": source,
    }
    draft = Draft(raw)
    if spoken() != "en":
        raw["language"] = spoken()
    make = {"before_after": _before_after, "perk_ab_test": _perk_ab_test}[notebook]
    make(draft, found, chosen)
    model = params.model_of(draft.raw)
    if isinstance(model, tuple):
        raise NewError(f"{model[0]}: {model[1]}")
    head = [
        say(
            "Settings of notebooks/{notebook}.ipynb, from what {source} holds.",
            notebook=notebook,
            source=source,
        ),
        say(
            "A line that begins with # is a setting left at its default, or one that only you can choose."
        ),
    ]
    text = marked(settings_text(model, draft.raw, head=head), draft.notes, draft.choose)
    if not draft.choose:
        settings, lines = strict_yaml.parse(text, shown=shown(target))
        _, problems = params.check_study(
            settings, file=shown(target), lines=lines, also=metrics.problems
        )
        if problems:
            raise params.ParamsError(problems)
    put(target, text)
    said = [
        say("{path} is written.", path=shown(target)),
        *(f"  {note}" for note in draft.notes.values()),
    ]
    return Written(target, said, list(dict.fromkeys(draft.choose.values())))


def require_named(name: str) -> None:
    """Raises NewError for a name that no study can have."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
        raise NewError(
            say(
                "'{name}' cannot be a study: use small letters, digits and _, starting with a letter, at most 60.",
                name=name,
            )
        )


def _held(source: str) -> Held:
    settings = {
        "study": "held", "notebook": "data_health", "question": "What does it hold?", "source": source,
        "as_of": day_of(tasks.given_day("today"), params.load_source(source).timezone),
    }  # fmt: skip
    study, problems = params.check_study(settings, file=say("the command"), lines={})
    if problems or not isinstance(study, DataHealth):
        raise params.ParamsError(problems)
    try:
        desk = data.load(study)
    except DataError as error:
        raise NewError(str(error)) from error
    try:
        return held(desk)
    finally:
        desk.close()


def _before_after(draft: Draft, found: Held, chosen: Asked) -> None:
    if found.first is None or found.last - found.first < timedelta(days=2):
        raise NewError(
            say("The source holds no contacts on three days and more; deliver contacts first.")
        )
    day, change = _day_of_change(found, chosen)
    design: dict[str, Any] = {
        "intervention_date": day.isoformat(),
        "pre_period": [found.first.isoformat(), (day - timedelta(days=1)).isoformat()],
        "post_period": [day.isoformat(), found.last.isoformat()],
    }
    if change:
        design["change_id"] = change
    settled = chosen.date is not None or bool(change)
    question = (
        say("Did the change of {day} improve our service?", day=dates.day(day))
        if settled
        else say("Did the change help?")
    )
    resolved, answered = (
        found.filled.get(("contacts", one), 0) for one in ("resolved_at", "first_response_at")
    )
    metric = "resolution_hours" if resolved or not answered else "first_response_minutes"
    measure = _own_measure(draft, found, chosen) if found.outcomes else {"primary_metric": metric}
    if chosen.action is not None:
        question, measure = _of_action(draft, design, chosen.action)
    metric = measure["primary_metric"]
    draft.raw |= {
        "question": question,
        "design": design,
        "measure": measure,
        "rule": {"min_effect": chosen.min_effect or 1},
    }
    draft.notes["pre_period"] = say(
        "Days from {first} to {last}."
        if found.outcomes
        else "Contacts from {first} to {last}; days after are not whole yet.",
        first=found.first,
        last=found.last,
    )
    _note_teams(draft, found)
    if not settled:
        when = say("On which day did the change go live? --date {day}", day=day)
        if found.changes:
            logged = ", ".join(f"{name} {live}" for name, live in found.changes.items())
            when = say(
                "Which logged change is it ({changes})? --date {day}", changes=logged, day=day
            )
        draft.choose |= dict.fromkeys(("intervention_date", "pre_period", "post_period"), when)
    _choose_effect(draft, chosen, metric)


def _of_action(draft: Draft, design: dict[str, Any], action: Listed) -> tuple[str, dict[str, Any]]:
    """The question and the metric of an action's study, whose contacts are those that it names."""
    draft.raw["action"] = action.id
    if action.scope:
        design["scope"] = action.scope
    return action.question[:160], {"primary_metric": action.metric}


def _note_teams(draft: Draft, found: Held) -> None:
    """How many contacts each team has, and how to look at some alone."""
    if found.teams and "scope" not in draft.raw["design"]:
        shares = ", ".join(f"{flow(team)} {number}" for team, number in found.teams.items())
        draft.notes["scope"] = say(
            "Contacts by team: {teams}. To look at some alone: scope: {scope}",
            teams=shares,
            scope=flow({"team_id": list(found.teams)[:2]}),
        )


def _day_of_change(found: Held, chosen: Asked) -> tuple[date, str]:
    """The day of the change and its name in the log: chosen, the only one logged, or the middle as an example."""
    first = found.first or found.last
    if chosen.date is not None:
        if not first < chosen.date <= found.last:
            raise NewError(
                say(
                    "--date {day}: the source has contacts from {first} to {last}; the change must lie between.",
                    day=chosen.date,
                    first=first,
                    last=found.last,
                )
            )
        return chosen.date, next(
            (name for name, day in found.changes.items() if day == chosen.date), ""
        )
    if len(found.changes) == 1:
        [(name, day)] = found.changes.items()
        return day, name
    return next(iter(found.changes.values()), first + (found.last - first) // 2), ""


def _perk_ab_test(draft: Draft, found: Held, chosen: Asked) -> None:
    one = _experiment(found, chosen)
    control = _control(one, chosen)
    arms = [variant for variant in one.variants if variant != control]
    names = [control, *arms]
    split = _split(names, chosen)
    own = bool(found.outcomes)
    measure = _own_measure(draft, found, chosen) if own else {"primary_metric": _metric(found, one)}
    metric = measure["primary_metric"]
    draft.raw |= {
        "question": say("Does what was tried make a difference?")
        if own
        else say(
            "Does the perk of {experiment} change what customers do?", experiment=one.name[:60]
        ),
        "design": {
            **({} if own else {"experiment": one.name}),
            "control": control,
            "arms": arms,
            "split": split,
            **({"period": [one.first.isoformat(), one.last.isoformat()]} if found.dated else {}),
        },
        "measure": measure,
        "rule": {"min_effect": chosen.min_effect or 0.02, **_planned(chosen, own=own)},
    }
    assigned = ", ".join(f"{flow(name)} {number}" for name, number in one.variants.items())
    draft.notes["split"] = say("Assigned so far: {assigned}", assigned=assigned)
    if found.dated:
        days = say("Assigned from {first} to {last}.", first=one.first, last=one.last)
        draft.notes["period"] = days
    if control not in one.variants or (chosen.control is None and squeezed(control) not in CONTROL):
        known = ", ".join(one.variants)
        draft.choose["control"] = say("Which variant is the control ({variants})? --control {first}",
                                      variants=known, first=flow(control))  # fmt: skip
        draft.choose["arms"] = draft.choose["control"]
    if not chosen.split:
        plan = ",".join(f"{name}={share}" for name, share in split.items())
        draft.choose["split"] = say(
            "Which shares were planned? What was assigned is checked against them: --split {plan}",
            plan=plan,
        )
    if chosen.planned_n is None and not own:
        draft.choose["planned_n"] = say(
            "How many customers per variant were planned? --planned-n 1000"
        )
    _choose_effect(draft, chosen, metric)


def _split(names: list[str], chosen: Asked) -> dict[str, float]:
    """The planned shares as chosen, else equal ones as an example, which sum to 1."""
    if chosen.split and set(chosen.split) != set(names):
        raise NewError(
            say("--split must name every variant once: {variants}", variants=", ".join(names))
        )
    split = dict(chosen.split or {name: round(1 / len(names), 4) for name in names})
    split[names[-1]] = (
        split[names[-1]] if chosen.split else round(1 - sum(list(split.values())[:-1]), 4)
    )
    return split


def _planned(chosen: Asked, *, own: bool) -> dict[str, int]:
    """The planned size; without one a table of results is all there is."""
    if chosen.planned_n is None and own:
        return {}
    return {"planned_n": chosen.planned_n or 1000}


def _own_measure(draft: Draft, found: Held, chosen: Asked) -> dict[str, Any]:
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


def _experiment(found: Held, chosen: Asked) -> Experiment:
    names = [one.name for one in found.experiments]
    if not names:
        raise NewError(say("The source holds no assignments; deliver perk_assignments first."))
    if chosen.experiment is None and len(names) > 1:
        raise NewError(
            say(
                "Which experiment ({names})? --experiment {first}",
                names=", ".join(names),
                first=names[0],
            )
        )
    one = next((one for one in found.experiments if chosen.experiment in (None, one.name)), None)
    if one is None:
        raise NewError(
            say("The source has no such experiment; it has {names}.", names=", ".join(names))
        )
    if len(one.variants) < 2:
        raise NewError(
            say(
                "{experiment} has one variant only; there is nothing to compare.",
                experiment=one.name,
            )
        )
    return one


def _control(one: Experiment, chosen: Asked) -> str:
    if chosen.control is not None and chosen.control not in one.variants:
        known = ", ".join(one.variants)
        raise NewError(
            say(
                "There is no variant '{name}'; there are {variants}.",
                name=chosen.control,
                variants=known,
            )
        )
    likely = [variant for variant in one.variants if squeezed(variant) in CONTROL]
    return chosen.control or next(iter(likely), next(iter(one.variants)))


def _metric(found: Held, one: Experiment) -> str:
    """What customers did after, in the longest window that nearly all were followed for."""
    days = (found.last - one.last).days
    window = next((window for window in WINDOWS if window <= days), WINDOWS[-1])
    if found.filled.get(("orders", "order_id")):
        return f"repurchase_{window}d"
    if found.filled.get(("visits", "visited_at")):
        return f"visit_{window}d"
    if found.filled.get(("contacts", "customer_id")):
        return f"contacts_{window}d"
    raise NewError(
        say(
            "The source holds nothing that customers did after: deliver orders, visits or contacts."
        )
    )


def _choose_effect(draft: Draft, chosen: Asked, metric: str) -> None:
    if chosen.min_effect is None:
        draft.choose["min_effect"] = say(
            "Which effect is the smallest worth acting on, in the unit of {metric}? --min-effect {example}",
            metric=metric,
            example=draft.raw["rule"]["min_effect"],
        )

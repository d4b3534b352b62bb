"""The settings of a perk test from what a source holds: its experiment, variants and days, and what was planned."""

from __future__ import annotations

from datetime import date, timedelta

from cs_lib import wording as w
from cs_lib.data.guess.held import Experiment, Held
from cs_lib.data.guess.words import squeezed
from cs_lib.language import say
from cs_lib.params.study import window_days
from cs_lib.params.template import flow
from cs_lib.runs.new import NewError
from cs_lib.runs.starting.action import Listed
from cs_lib.runs.starting.draft import Asked, Draft, choose_effect, own_measure
from cs_lib.runs.starting.planned import Plan, plan_of

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


def perk_ab_test(draft: Draft, found: Held, chosen: Asked) -> None:
    """Fill in a perk test. Raises NewError where the source holds no assignments, or nothing that came after."""
    plan = _plan(draft, found, chosen)
    one = _experiment(found, chosen, plan)
    split = _planned_split(one, chosen, plan)
    control = _control(
        one, chosen, str(plan.block("design").get("control", "")) if split and plan else ""
    )
    arms = [variant for variant in one.variants if variant != control]
    names = [control, *arms]
    shares = split or _split(names, chosen)
    own = bool(found.outcomes)
    measure = own_measure(draft, found, chosen) if own else {"primary_metric": _metric(found, one)}
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
            "split": shares,
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
    if chosen.action is not None:
        _of_action(draft, chosen.action)
    if plan is not None:
        _of_plan(draft, found, chosen, one, plan)
    if not split:
        _choose_variants(draft, one, chosen, control, shares)
    if chosen.planned_n is None and not own and "planned_n" not in draft.settled:
        draft.choose["planned_n"] = say(
            "How many customers per variant were planned? --planned-n 1000"
        )
    choose_effect(draft, chosen, draft.raw["measure"]["primary_metric"])


def _choose_variants(
    draft: Draft, one: Experiment, chosen: Asked, control: str, shares: dict[str, float]
) -> None:
    """Ask for the control and the planned shares where neither the user nor a plan said them."""
    if control not in one.variants or (chosen.control is None and squeezed(control) not in CONTROL):
        known = ", ".join(one.variants)
        draft.choose["control"] = say("Which variant is the control ({variants})? --control {first}",
                                      variants=known, first=flow(control))  # fmt: skip
        draft.choose["arms"] = draft.choose["control"]
    if not chosen.split:
        plan = ",".join(f"{name}={share}" for name, share in shares.items())
        draft.choose["split"] = say(
            "Which shares were planned? What was assigned is checked against them: --split {plan}",
            plan=plan,
        )


def _plan(draft: Draft, found: Held, chosen: Asked) -> Plan | None:
    """The plan of an action's test."""
    if chosen.action is None or found.outcomes:
        return None
    names = [chosen.experiment] if chosen.experiment else [one.name for one in found.experiments]
    looked = plan_of(chosen.action, "perk_ab_test", None, draft.raw["source"], experiments=names)
    draft.told += looked.said
    return looked.plan


def _planned_split(one: Experiment, chosen: Asked, plan: Plan | None) -> dict[str, float]:
    """The shares that a plan settled for these very variants; nothing where it is not about them."""
    split = plan.block("design").get("split") if plan else None
    same = isinstance(split, dict) and split.keys() == one.variants.keys()
    return dict(split) if isinstance(split, dict) and same and not chosen.split else {}


def _of_action(draft: Draft, action: Listed) -> None:
    """The action's name and question; whom the test is about, its assignments say."""
    draft.raw["action"] = action.id
    draft.raw["question"] = action.question_of_a_perk[:160]
    about = flow(action.scope) if action.scope else say("everything")
    draft.notes["action"] = w.spaced(action.told, say("Whom it is about: {scope}.", scope=about))


def _of_plan(draft: Draft, found: Held, chosen: Asked, one: Experiment, plan: Plan) -> None:
    """What a plan settled: what is measured, the effect, the size, the looks, and when the result is due."""
    raw, rule, block = draft.raw, plan.block("rule"), plan.block("measure")
    raw["measure"] = block or {"primary_metric": plan.metric}
    draft.notes["primary_metric"] = plan.said(say("What is measured, and what must not get worse"))
    if money := plan.block("money"):
        raw["money"] = money
        draft.notes["money"] = plan.said(say("How orders become money"))
    kept = {key: rule[key] for key in ("correction",) if key in rule}
    kept |= {} if plan.alpha is None else {"alpha": plan.alpha}
    if chosen.min_effect is None:
        kept["min_effect"] = plan.min_effect
        draft.notes["min_effect"] = plan.said(say("The smallest effect worth acting on"))
    if chosen.planned_n is None and "planned_n" in rule:
        kept["planned_n"] = rule["planned_n"]
        draft.notes["planned_n"] = plan.said(say("Customers per variant"))
    if plan.alpha is not None:
        draft.notes["alpha"] = plan.said(say("The error level"))
    draft.settled |= kept.keys()
    raw["rule"] = {**raw["rule"], **kept}
    if "cluster" in plan.block("design"):
        raw["design"]["cluster"] = plan.block("design")["cluster"]
        draft.notes["cluster"] = plan.said(say("What was assigned together"))
    if plan.block("design").get("split") == raw["design"]["split"]:
        draft.notes["split"] = f"{plan.said(say('Shares'))} {draft.notes['split']}"
    _planned_days(draft, found, one, plan)


def _planned_days(draft: Draft, found: Held, one: Experiment, plan: Plan) -> None:
    """Assignment as long as planned, looks and result moved with its first day."""
    raw, days = draft.raw, plan.days("period")
    due = plan.moved(plan.settings.get("as_of"), one.first)
    if days is None or due is None:
        return
    last = max(one.last, one.first + timedelta(days=days - 1))
    raw["design"]["period"] = [one.first.isoformat(), last.isoformat()]
    draft.notes["period"] = (
        f"{draft.notes['period']} {plan.said(say('{days} days of assignment', days=days))}"
    )
    follow = window_days(plan.metric) or 0
    day = max(date.fromisoformat(due), last + timedelta(days=follow + 1))
    if looks := plan.block("looks"):
        moved = [plan.moved(look, one.first) for look in looks.get("dates", ())]
        raw["looks"] = {**looks, "dates": [*moved[:-1], day.isoformat()]}
        draft.notes["looks"] = plan.said(say("Days of the looks, moved with the first day"))
    if day > found.as_of:
        raw["as_of"] = day.isoformat()
        draft.notes["as_of"] = say("The result is due then, as planned.")


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


def _experiment(found: Held, chosen: Asked, plan: Plan | None) -> Experiment:
    names = [one.name for one in found.experiments]
    if not names:
        raise NewError(say("The source holds no assignments; deliver perk_assignments first."))
    asked = chosen.experiment
    if asked is None and plan is not None and plan.experiment in names:
        asked = plan.experiment
    if asked is None and len(names) > 1:
        raise NewError(
            say(
                "Which experiment ({names})? --experiment {first}",
                names=", ".join(names),
                first=names[0],
            )
        )
    one = next((one for one in found.experiments if asked in (None, one.name)), None)
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


def _control(one: Experiment, chosen: Asked, planned: str) -> str:
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
    return chosen.control or planned or next(iter(likely), next(iter(one.variants)))


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

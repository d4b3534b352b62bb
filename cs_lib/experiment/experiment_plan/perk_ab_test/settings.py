"""The settings of a planned test: a perk_ab_test study, ready to run when its days are over."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil
from typing import Any

from cs_lib import sentences as w
from cs_lib.experiment.experiment_plan.perk_ab_test.sizes import Option, Sizing
from cs_lib.metrics import Metric
from cs_lib.params import PerkAbTest, PerkPlan
from cs_lib.params.study import window_days
from cs_lib.params.template import settings_text
from cs_lib.sentences import say

LONGEST_QUESTION = 160


def written_study(plan: PerkPlan, sizing: Sizing, planned: Option, primary: Metric) -> str:
    """The YAML of the test, every key explained; it is accepted by `cslib check` as it stands."""
    return settings_text(PerkAbTest, settings(plan, sizing, planned, primary), head=_head(plan))


def settings(plan: PerkPlan, sizing: Sizing, planned: Option, primary: Metric) -> dict[str, Any]:
    """The test's settings as plain data, what is left at its default left out."""
    design, rule = plan.design, plan.rule
    last = design.start + timedelta(days=planned.assigned_days - 1)
    written: dict[str, Any] = {
        "study": plan.written_name,
        "notebook": "perk_ab_test",
        "question": _question(plan, primary),
        "as_of": planned.result_on.isoformat(),
        "source": plan.source,
        **({"action": plan.action} if plan.action else {}),
        "design": {
            **design.model_dump(mode="json", include={"experiment", "control", "arms", "split"}),
            "period": [design.start.isoformat(), last.isoformat()],
            **({"cluster": design.cluster} if design.cluster else {}),
        },
        "measure": plan.measure.model_dump(mode="json", exclude_defaults=True),
        "rule": {
            **rule.model_dump(mode="json", include={"alpha", "min_effect", "correction"}),
            "planned_n": _planned_n(planned, looked=plan.looks is not None),
        },
    }
    if plan.money is not None:
        written["money"] = plan.money.model_dump(mode="json", exclude_none=True)
    if plan.looks is not None:
        days = _look_days(plan, sizing, planned)
        dates = [day.isoformat() for day in days]
        written["looks"] = {"spending": plan.looks.spending, "dates": dates}
    return written


def _head(plan: PerkPlan) -> list[str]:
    words = [
        say(
            "Written by the plan '{study}' from data before {as_of}. Once the test runs "
            "change one thing only:",
            study=plan.study,
            as_of=plan.as_of,
        ),
        say(
            "if customers come more slowly, move the last day of design.period, the last "
            "of looks, and as_of."
        ),
    ]
    return list(map(str, words))


def _question(plan: PerkPlan, primary: Metric) -> str:
    arms = [w.name(arm) for arm in plan.design.arms]
    head = (
        say("Does {arms} work?", arms=arms[0])
        if len(arms) == 1
        else say("Which works: {arms}?", arms=w.listed(arms))
    )
    tail = say(
        "{label}, against {control}", label=primary.called, control=w.name(plan.design.control)
    )
    shorter = (w.spaced(head, tail), say("Does it work? {tail}", tail=tail), head)
    return next((q for q in map(str, shorter) if len(q) <= LONGEST_QUESTION), plan.question)


def _planned_n(planned: Option, *, looked: bool) -> int:
    """Customers per variant: of the smaller one, or their mean where looks count all customers."""
    sizes = planned.n_control, planned.n_treatment
    return ceil(sum(sizes) / 2) if looked else min(sizes)


def _look_days(plan: PerkPlan, sizing: Sizing, planned: Option) -> list[date]:
    """Days on which equal parts of the customers have a known outcome; looks on one day are one."""
    assert plan.looks is not None
    follow, count = window_days(plan.measure.primary_metric) or 0, plan.looks.count
    parts = [planned.n_total * k / count / sizing.share for k in range(1, count)]
    early = [
        plan.design.start + timedelta(days=sizing.arrivals.days_for(part) + follow)
        for part in parts
    ]
    return [*sorted({day for day in early if day < planned.result_on}), planned.result_on]

"""Facts of a plan for machines, whatever it plans."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cs_lib.report.facts import DesignFacts, PlannedFacts, headline_facts, predicate
from cs_lib.results import plain


def plan_facts(result: Any, scope: Any, parts: Iterable[str]) -> dict[str, Any]:
    """What a plan adds to the facts that every study has; `files` are published beside the page.

    Args:
        result: the plan.
        scope: the settings that say which contacts it is about.
        parts: names of the fields that hold what it computed.
    """
    study = result.study
    first, last = (day.isoformat() for day in study.design.history)
    return {
        "plans": study.plans,
        "headline_facts": headline_facts(result.decision.clause, None),
        "design": DesignFacts("plan", predicate(scope), (first, last)),
        "planned": PlannedFacts(study.rule.min_effect, study.rule.alpha),
        "effects": (),
        "plan": {
            "metric": study.measure.primary_metric,
            **{part: plain(getattr(result, part)) for part in parts},
        },
        "files": {f"{study.written_name}.yaml": result.settings} if result.settings else {},
    }

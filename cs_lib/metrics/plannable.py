"""What metrics of customers are made of, and what of a planned test can be known without one. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cs_lib.metrics.catalogue import PER_CUSTOMER, PER_UNIT
from cs_lib.metrics.definition import RatioMetric, SurveyMetric, UnitMetric


def units_of(name: str) -> list[UnitMetric]:
    """The plain metrics a metric per customer is made of; none for a survey."""
    metric = PER_CUSTOMER[name]
    if isinstance(metric, RatioMetric):
        return [PER_UNIT[part] for part in metric.parts]
    return [] if isinstance(metric, SurveyMetric) else [metric]


def is_buying(name: str) -> bool:
    """Whether a metric tells the share of customers who buy, whatever it is called."""
    metric = PER_CUSTOMER.get(name)
    return (
        isinstance(metric, UnitMetric)
        and metric.share
        and metric.terms == PER_UNIT[f"repurchase_{metric.window_days}d"].terms
    )


def after_the_perk(name: str) -> bool:
    """Whether a metric counts only what a perk itself brings about: its use, its cost."""
    keys = [term.key for unit in units_of(name) for term in unit.terms]
    return bool(keys) and all(key == "assignment_id" for key in keys)


def unplannable(draft: Any) -> Iterator[tuple[str, str]]:
    """Metrics of a plan that its history cannot tell anything about, as (key, message)."""
    measure = draft.measure
    named = [("measure.primary_metric", measure.primary_metric)]
    named += [(f"measure.guardrails.{name}", name) for name in measure.guardrails or {}]
    for key, name in named:
        metric = PER_CUSTOMER.get(name or "")
        if isinstance(metric, SurveyMetric):
            yield key, f"'{name}' comes from surveys; plan with what every customer can have"
        elif metric is not None and after_the_perk(metric.name):
            yield key, f"'{name}' exists only once the perk does; plan with something else"
        elif isinstance(metric, RatioMetric) and draft.design.cluster:
            yield key, f"'{name}' is a ratio, which cannot be planned with design.cluster"

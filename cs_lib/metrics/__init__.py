"""Metric definitions by name, and the aggregates the analyses read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cs_lib.metrics.catalogue import (
    CATALOGUE,
    COVARIATES,
    DAILY,
    LONGEST_WINDOW,
    PER_CUSTOMER,
    PER_UNIT,
)
from cs_lib.metrics.definition import DailyMetric, Metric, SurveyMetric, UnitMetric
from cs_lib.metrics.own.registry import faults_of, stated
from cs_lib.metrics.plannable import unplannable
from cs_lib.params import ParamsError, Problem, closest, model_of, of_columns, planned_by

if TYPE_CHECKING:
    from cs_lib.data import Desk
    from cs_lib.params import Study

__all__ = [
    "CATALOGUE",
    "DAILY",
    "PER_CUSTOMER",
    "PER_UNIT",
    "DailyMetric",
    "Metric",
    "UnitMetric",
    "gather",
    "problems",
    "stated",
]


# Notebooks that name metrics elsewhere than in `measure`.
OWN_PROBLEMS = ("service_scorecard", "improvement_portfolio")


def gather(desk: Desk, study: Study) -> Any:
    """All that a study's analysis reads, and nothing more: a few numbers per variant or per day.

    Raises ParamsError when the study names a metric that its notebook cannot compute.
    """
    faults = [Problem(key, message, "the settings", None) for key, message in problems(study)]
    if faults:
        raise ParamsError(faults)
    return import_module(f"cs_lib.metrics.{study.notebook}").gather(desk, study)


def problems(draft: Any) -> Iterable[tuple[str, str]]:
    """Metric names of a study that its notebook cannot compute, as (key, message); none where it names none."""
    yield from _earlier_problems(draft)
    if getattr(draft, "notebook", None) in OWN_PROBLEMS:
        yield from import_module(f"cs_lib.metrics.{draft.notebook}").problems(draft)
    if not hasattr(draft, "measure"):
        return
    model = model_of({"notebook": draft.notebook, "plans": getattr(draft, "plans", None)})
    assert isinstance(model, type)  # a draft with another notebook was refused before
    of_customers = model.measures == "customers"
    planned = of_customers and bool(planned_by(model))
    known: Mapping[str, Metric] = PER_CUSTOMER if of_customers else DAILY
    # A planned test has refusals of its own for kinds of metrics.
    yield from unplannable(draft) if planned else _kind_problems(draft)
    measure = draft.measure
    named = [("measure.primary_metric", measure.primary_metric)] if measure.primary_metric else []
    named += [(f"measure.guardrails.{name}", name) for name in measure.guardrails or {}]
    named += [("measure.secondary", name) for name in measure.secondary or ()]
    yield from _covariate_problems(measure)
    for key, name in named:
        if of_columns(name) and (planned_by(model) or name not in known):
            yield key, _own_problem(name, planned=bool(planned_by(model)))
            continue
        metric = known.get(name)
        if metric is None and (own := faults_of(name)):
            yield from ((key, f"{one.file}: {one}") for one in own)
            continue
        if metric is not None:
            if metric.priced and draft.money is None:
                yield key, f"'{name}' needs the block `money` (margin_rate, window_days)"
            continue
        if of_customers and _only_window_is_wrong(name):
            yield key, f"'{name}': a window has 1 to {LONGEST_WINDOW} days"
        elif name in CATALOGUE:
            yield (
                key,
                f"'{name}' is not a metric of {draft.notebook}; it can use {', '.join(_families(known))}",
            )
        else:
            yield key, f"no metric '{name}'{closest(name, known)}"


def _own_problem(name: str, *, planned: bool) -> str:
    """Why a metric of columns cannot be had by a study."""
    if planned:
        return (
            f"'{name}' is of a table of your own; a plan reads the history of contacts and orders"
        )
    return f"'{name}': a share by day is of a part and its whole, like share(solved, calls)"


def _kind_problems(draft: Any) -> Iterable[tuple[str, str]]:
    """Metrics that are no plain value of every customer, where the design asks for one."""
    design, rule, looks = (getattr(draft, key, None) for key in ("design", "rule", "looks"))
    primary = draft.measure.primary_metric
    metric = PER_CUSTOMER.get(primary)
    if metric is None:
        return
    survey, plain = isinstance(metric, SurveyMetric), isinstance(metric, UnitMetric)
    blocked = [
        (
            not plain,
            getattr(design, "cluster", None),
            "errors are by cluster (design.cluster)",
        ),
        (not plain, getattr(rule, "correction", "") == "dunnett", "rule.correction is dunnett"),
        (survey, looks, "the data are looked at before the end (looks)"),
        (
            survey,
            getattr(draft.measure, "covariates", None),
            "it is to be adjusted (measure.covariates)",
        ),
        (survey, getattr(draft.measure, "segments", None), "it is to be split (measure.segments)"),
    ]
    what = "the score of a survey" if survey else "a ratio of two sums"
    for applies, asked, when in blocked:
        if applies and asked:
            yield (
                "measure.primary_metric",
                f"'{primary}' is {what}; it cannot decide when {when}",
            )


def _earlier_problems(draft: Any) -> Iterable[tuple[str, str]]:
    """An earlier look at a source that cannot be compared with."""
    previous = getattr(getattr(draft, "design", None), "previous", None)
    if previous is not None and getattr(draft, "as_of", None) is not None:
        from cs_lib.metrics.queries.health.earlier import Unusable, earlier

        try:
            earlier(previous, draft.as_of)
        except Unusable as fault:
            yield "design.previous", str(fault)


def _covariate_problems(measure: Any) -> Iterable[tuple[str, str]]:
    """Covariates must lie before assignment; an outcome as covariate would explain itself."""
    for name in getattr(measure, "covariates", None) or ():
        if name in COVARIATES:
            continue
        if name in CATALOGUE:
            rest = f"use what was known before, {' or '.join(_families(COVARIATES))}"
            yield "measure.covariates", f"'{name}' is measured after assignment; {rest}"
        else:
            yield "measure.covariates", f"no covariate '{name}'{closest(name, COVARIATES)}"


def _only_window_is_wrong(name: str) -> bool:
    """Whether a metric of customers has this name in another number of days."""
    family, _, days = name.rpartition("_")
    return bool(re.fullmatch(r"\d+d", days)) and f"{family}_30d" in PER_CUSTOMER


def _families(names: Iterable[str]) -> list[str]:
    """Metric names, those that differ in their window written once: `repurchase_Nd`."""
    return list(dict.fromkeys(re.sub(r"_\d+d$", "_Nd", name) for name in names))


def __dir__() -> list[str]:
    return sorted(__all__)

"""Metric definitions by name, and the aggregates the analyses read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cs_lib.metrics.catalogue import CATALOGUE, COVARIATES, DAILY, PER_UNIT
from cs_lib.metrics.definition import DailyMetric, Metric, UnitMetric
from cs_lib.params import closest

if TYPE_CHECKING:
    from cs_lib.metrics.evidence import PerkEvidence, SeriesEvidence

__all__ = [
    "CATALOGUE",
    "DAILY",
    "PER_UNIT",
    "DailyMetric",
    "Metric",
    "UnitMetric",
    "gather",
    "problems",
]


def gather(desk: Any, study: Any) -> PerkEvidence | SeriesEvidence:
    """All that a study's analysis reads, and nothing more: a few numbers per variant or per day."""
    from cs_lib.metrics import evidence

    return evidence.gather(desk, study)


def problems(draft: Any) -> Iterable[tuple[str, str]]:
    """Metric names of a study that its notebook cannot compute, as (key, message)."""
    known: Mapping[str, Metric] = PER_UNIT if draft.notebook == "perk_ab_test" else DAILY
    measure = draft.measure
    named = [("measure.primary_metric", measure.primary_metric)] if measure.primary_metric else []
    named += [(f"measure.guardrails.{name}", name) for name in measure.guardrails or {}]
    named += [("measure.secondary", name) for name in measure.secondary or ()]
    yield from _covariate_problems(measure)
    for key, name in named:
        metric = known.get(name)
        if metric is not None:
            if metric.priced and draft.money is None:
                yield key, f"'{name}' needs the block `money` (margin_rate, window_days)"
            continue
        if name in CATALOGUE:
            yield (
                key,
                f"'{name}' is not a metric of {draft.notebook}; it can use {', '.join(_families(known))}",
            )
        else:
            yield key, f"no metric '{name}'{closest(name, known)}"


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


def _families(names: Iterable[str]) -> list[str]:
    """Metric names, those that differ in their window written once: `repurchase_Nd`."""
    return list(dict.fromkeys(re.sub(r"_\d+d$", "_Nd", name) for name in names))

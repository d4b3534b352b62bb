"""Results of studies made by hand, as files of a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from cs_lib.aggregates import LoggedChange, Series
from cs_lib.experiment.improvement_portfolio.analyze import analyze
from cs_lib.experiment.improvement_portfolio.result import PortfolioResult
from cs_lib.metrics.catalogue import CATALOGUE
from cs_lib.metrics.improvement_portfolio import PortfolioEvidence
from cs_lib.metrics.study_results import StudyResults, of_files
from cs_lib.params import ImprovementPortfolio, check_study

AS_OF = date(2026, 7, 1)
Z = 1.959963984540054
Files = dict[str, bytes]


def effect(
    metric: str, value: float, se: float, *, unit: str = "per_1000", role: str = "primary", **more: Any
) -> dict[str, Any]:  # fmt: skip
    """One effect of a result.json."""
    return {
        "metric": metric, "label": metric, "role": role, "variant": "after", "unit": unit, "currency": "",
        "effect": value, "effect_ci_low": value - Z * se, "effect_ci_high": value + Z * se, "alpha": 0.05,
        "se": se, "good": "down", **more,
    }  # fmt: skip


def result(
    study: str, value: float = -3.0, se: float = 1.0, *, metric: str = "contact_rate", **more: Any
) -> dict[str, Any]:  # fmt: skip
    """A published before/after study of the contacts per 1,000 orders of one need."""
    won = value + Z * se < 0
    facts: dict[str, Any] = {
        "version": 2,
        "study": study,
        "notebook": "before_after",
        "question": f"Did {study} help?",
        "as_of": "2026-06-01",
        "observed_until": "2026-06-01",
        "verdict": "improved" if won else "no_clear_change",
        "language": "en",
        "currency": "CNY",
        "design": {
            "kind": "before_after",
            "scope": {"need_code": [study]},
            "period": ["2026-01-01", "2026-05-31"],
            "change_id": f"C-{study}",
        },
        "planned": {"min_effect": 2.0, "alpha": 0.05},
        "headline_facts": {"clause": "x", "variant": "after"},
        "effects": [effect(metric, value, se)],
        "checks": [],
        "digest": f"d-{study}",
        "digests": {"data": "one"},
    }
    design = {**facts["design"], **more.pop("design", {})}
    return {**facts, "design": design, **more}


def perk_test(study: str, value: float, se: float, money: float, **more: Any) -> dict[str, Any]:
    """A published test of a perk: buys again, and net value per customer."""
    shares = effect("repurchase_60d", value, se, unit="share", good="up", variant="coupon")
    net = effect(
        "net_value_60d", money, 2.0, unit="money", role="money", currency="CNY", good="up", variant="coupon"
    )  # fmt: skip
    return result(
        study,
        notebook="perk_ab_test",
        verdict=more.pop("verdict", "ship"),
        design={"kind": "randomised", "scope": {"experiment_id": [study]}, "change_id": None},
        effects=[shares, net],
        headline_facts={"clause": "pays", "variant": "coupon"},
        assigned={"control": 730, "coupon": 730},
        **more,
    )


def files(*results: Mapping[str, Any]) -> Files:
    """Each as the latest page of its study."""
    return {f"{one['study']}/latest/result.json": json.dumps(one).encode() for one in results}


def portfolio(**changes: Any) -> ImprovementPortfolio:
    """Settings of a year."""
    raw: dict[str, Any] = {
        "study": "the_year",
        "notebook": "improvement_portfolio",
        "question": "What did the year bring?",
        "as_of": AS_OF.isoformat(),
        "source": "demo",
        "studies": {"simulate": {"seed": 7}},
        "design": {"period": ["2025-07-01", "2026-06-30"]},
        **changes,
    }
    study, problems = check_study(raw, file="here", lines={})
    assert not problems and isinstance(study, ImprovementPortfolio), problems
    return study


def evidence(
    found: StudyResults | Files,
    *,
    headline: Series | None = None,
    changes: tuple[LoggedChange, ...] | None = None,
) -> PortfolioEvidence:
    """What a portfolio reads, of these results."""
    results = of_files(found, as_of=AS_OF) if isinstance(found, dict) else found
    named = {e.metric for run in results.runs for e in run.effects}
    return PortfolioEvidence(
        results=results,
        metrics={name: CATALOGUE[name] for name in named & set(CATALOGUE)},
        headline=headline,
        changes=changes,
        absent={"changes": "no log", "headline": "no headline"},
        observed_until=AS_OF,
        currency="CNY",
    )


def answer(found: Files, study: ImprovementPortfolio | None = None, **more: Any) -> PortfolioResult:
    """What a portfolio says of these results."""
    return analyze(evidence(found, **more), study or portfolio())


def by_day(level: np.ndarray, first: str = "2024-07-01", orders: float = 100.0) -> Series:
    """Contacts per 1,000 orders by day."""
    days = np.datetime64(first) + np.arange(len(level))
    return Series("contact_rate", days, level * orders, np.full(len(level), orders))

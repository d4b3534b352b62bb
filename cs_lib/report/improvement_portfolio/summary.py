"""The first screen of a portfolio: problems avoided, money a year, studies decided; and what machines read."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cs_lib import wording as w
from cs_lib.experiment.improvement_portfolio.result import Entry, Family, PortfolioResult
from cs_lib.language import say
from cs_lib.methods.meta_analysis.shrinkage import Total
from cs_lib.report.fact_cards import card
from cs_lib.report.facts import DesignFacts, headline_facts
from cs_lib.report.portfolio_facts import DueFacts, StudyInSumFacts, SumFacts, TopDownFacts

MOST_SUMS = 2


def who(result: PortfolioResult) -> str:
    """How many studies, over which days."""
    return say(
        "{studies}, {days}",
        studies=w.counted(len(result.ledger), "study", "studies"),
        days=w.short_days(*result.study.design.period),
    )


def cards(result: PortfolioResult) -> list[str]:
    """Sums of at most two kinds of study, and how studies ended."""
    summed = [one for one in result.families if one.total is not None and one.pooled is not None]
    told = [_sum_card(one) for one in _one_of_each(summed)[:MOST_SUMS]]
    return [*told, _decided_card(result)]


def _one_of_each(summed: list[Family]) -> list[Family]:
    """The first family of fewer problems, the first of money, then others."""
    first = list({one.of.unit: one for one in reversed(summed)}.values())
    return sorted(first, key=summed.index)


def sum_words(one: Family, total: Total) -> tuple[str, str]:
    """A sum and its interval: of money a year, else on average over the period."""
    if one.of.unit == "money":
        return (
            w.rough(total.mean, one.of.currency),
            w.rough_ends(total.low, total.high, one.of.currency),
        )
    number = (
        w.number(total.mean, one.of.quantity, signed=True)
        if one.of.unit == "per_1000"
        else w.change(total.mean, one.of.quantity)
    )
    return number, w.ends(total.low, total.high, one.of.quantity)


def raw_sum(one: Family) -> str:
    """The same as measured."""
    if one.plain is None:
        return "–"
    if one.of.unit == "money":
        return w.rough(one.plain.raw, one.of.currency)
    return w.number(one.plain.raw, one.of.quantity, signed=True)


def _sum_card(one: Family) -> str:
    assert one.total is not None
    big, span = sum_words(one, one.total)
    title = (
        say("{metric}, a year", metric=str(one.label))
        if one.of.unit == "money"
        else say("{metric}, over the period", metric=str(one.label))
    )
    under = say(
        "{span}; {changes}; as measured {raw}",
        span=span,
        changes=w.counted(one.n_counted, "change"),
        raw=raw_sum(one),
    )
    return card(title, big, under)


def _decided_card(result: PortfolioResult) -> str:
    """Shipped, stopped, unclear, invalid."""
    groups = Counter(map(_ended, result.ledger))
    words = (
        ("kept", say("{n} kept", n=w.count(groups["kept"]))),
        ("stopped", say("{n} stopped or worse", n=w.count(groups["stopped"]))),
        ("unclear", say("{n} unclear", n=w.count(groups["unclear"]))),
        ("invalid", say("{n} invalid", n=w.count(groups["invalid"]))),
    )
    under = w.separated([text for group, text in words if groups[group]])
    return card(say("Studies decided"), w.count(len(result.ledger)), under)


def _ended(entry: Entry) -> str:
    if entry.verdict in ("ship", "improved"):
        return "kept"
    if entry.verdict in ("stop", "worsened"):
        return "stopped"
    return "invalid" if entry.verdict == "invalid" else "unclear"


def further(result: PortfolioResult) -> dict[str, Any]:
    """Facts of a portfolio for machines."""
    first, last = result.study.design.period
    return {
        "headline_facts": headline_facts(result.decision.clause, None),
        "design": DesignFacts("source", {}, (first.isoformat(), last.isoformat())),
        "planned": None,
        "effects": (),
        "portfolio": {_key(one): _sum(one) for one in result.families},
        "studies": tuple(map(_study, result.ledger)),
        "due_follow_ups": tuple(
            DueFacts(one.study, one.due.isoformat()) for one in result.due if one.due
        ),
        "top_down": _top_down(result),
    }


def _key(one: Family) -> str:
    parts = (one.of.metric, one.of.currency, one.of.kind)
    return "/".join(part for part in parts if part)


def _sum(one: Family) -> SumFacts:
    total, pooled = one.total, one.pooled
    return SumFacts(
        metric=one.of.metric,
        unit=one.of.unit,
        currency=one.of.currency,
        kind=one.of.kind,
        k=one.n,
        counted=one.n_counted,
        sum=total.mean if total else None,
        sum_ci_low=total.low if total else None,
        sum_ci_high=total.high if total else None,
        raw_sum=one.plain.raw if one.plain else None,
        mean=pooled.mean.mean if pooled else None,
        tau=pooled.spread.mean if pooled else None,
        prediction_low=pooled.next_effect.low if pooled else None,
        prediction_high=pooled.next_effect.high if pooled else None,
    )


def _study(one: Entry) -> StudyInSumFacts:
    shrunk, measured = one.shrunk, one.measured
    return StudyInSumFacts(
        study=one.study,
        verdict=one.verdict,
        metric=measured.of.metric if measured else None,
        place=one.place,
        inside_of=one.inside_of,
        weight=one.weight,
        effect=measured.effect if measured else None,
        shrunk=shrunk.mean if shrunk else None,
        shrunk_ci_low=shrunk.low if shrunk else None,
        shrunk_ci_high=shrunk.high if shrunk else None,
        follow_up=one.follow_up,
        held_up=one.held.standing if one.held else None,
        plan_changed=one.plan_changed,
    )


def _top_down(result: PortfolioResult) -> TopDownFacts | None:
    one = result.top_down
    if one is None:
        return None
    return TopDownFacts(
        metric=one.metric,
        moved=one.moved,
        moved_ci_low=one.low,
        moved_ci_high=one.high,
        claimed=one.claimed,
        claimed_ci_low=one.claimed_low,
        claimed_ci_high=one.claimed_high,
        not_explained=one.rest,
        not_explained_ci_low=one.rest_low,
        not_explained_ci_high=one.rest_high,
    )

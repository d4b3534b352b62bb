"""The first screen of needs and causes: problems per order, who comes back, work a year, what is first, what is new."""

from __future__ import annotations

import html
from typing import Any

from cs_lib import wording as w
from cs_lib.diagnosis.needs_and_causes.result import Action, NeedsResult
from cs_lib.language import say
from cs_lib.methods.recurrence.prizes import Prize
from cs_lib.report.diagnosis_facts import ActionFacts, NeedFacts, PrizeFacts
from cs_lib.report.fact_cards import card
from cs_lib.report.facts import DesignFacts, headline_facts, predicate
from cs_lib.report.needs_and_causes.action_list import as_rows
from cs_lib.report.needs_and_causes.words import days, need, owner, places, yearly
from cs_lib.report.table import Table

NEEDS_SHOWN = 3
FILE = "actions.csv"


def who(result: NeedsResult) -> str:
    """How many contacts, of whom, when."""
    return say(
        "{contacts} of {customers}, {days}",
        contacts=w.counted(result.evidence.people.contacts, "contact"),
        customers=w.counted(result.evidence.people.customers, "customer"),
        days=days(result.evidence),
    )


def cards(result: NeedsResult) -> list[str]:
    """Three facts, the first three needs, and a sentence on what is new."""
    listed = [_problems(result), _back(result), _work(result)]
    if result.needs:
        listed.append(f'<div class="whole">{_first_needs(result).html()}</div>')
    listed.append(f'<p class="key whole">{html.escape(new(result))}</p>')
    return listed


def _problems(result: NeedsResult) -> str:
    title, problem = say("Orders with a problem, per 1,000"), result.evidence.problem
    if problem is None or not problem.orders:
        return card(
            title, "–", say("Not available: contacts name no order, or there are no orders.")
        )
    return card(
        title,
        w.plain(1000 * problem.with_problem / problem.orders, 1),
        say(
            "{n} of {orders} orders, each followed for 30 days",
            n=w.count(problem.with_problem), orders=w.count(problem.orders),
        ),
    )  # fmt: skip


def _back(result: NeedsResult) -> str:
    title, back = say("Come back beyond chance"), result.overall[1]
    if back is None:
        return card(title, "–", say("Not available: too few contacts could be followed."))
    under = say(
        "{low} to {high} of resolved contacts within 30 days; {rate} come back in all",
        low=w.percent(back.beyond_low), high=w.percent(back.beyond_high), rate=w.percent(back.rate),
    )  # fmt: skip
    return card(title, w.percent(back.beyond), under)


def _work(result: NeedsResult) -> str:
    """All contacts of a year, in the unit of the order."""
    title = say("Minutes of work a year") if result.unit == "minutes" else say("Contacts a year")
    size = result.all_size
    under = say(
        "{share} of the contacts have no need", share=w.percent(result.unknown_share)
    )  # fmt: skip
    return card(title, w.count(round(size)), under)


def _first_needs(result: NeedsResult) -> Table:
    """The largest needs: who can end them, how large they are, which places they may have."""
    rows = tuple(
        (
            need(one.need),
            owner(one.owner),
            w.separated([yearly(one.place.total, result), places(one.place.rank_low, one.place.rank_high)]),
        )
        for one in result.needs[:NEEDS_SHOWN]
    )  # fmt: skip
    columns = (say("Need"), say("Who can end it"), say("Size in a year"))
    return Table(say("The largest needs"), columns, rows)


def new(result: NeedsResult) -> str:
    """What is new, in a sentence."""
    told = result.news
    if told.why_not:
        return say("What is new cannot be said: {why}", why=told.why_not)
    rose = [need(one.name) for one in told.rose[:3]]
    words = [one.term for one in result.written.rising[:3]]
    if not rose and not words:
        return say("New in the last weeks: nothing beyond what weeks vary by.")
    if not rose:
        return say(
            "New in the last weeks: more texts hold {words}.",
            words=w.listed([w.quoted(t) for t in words]),
        )
    times = w.plain(told.rose[0].ratio, 1)
    first = say(
        "New in the last four weeks: {needs}, the first {times} times as often as before.",
        needs=w.listed(rose),
        times=times,
    )
    if not words:
        return first
    return w.together(
        first, say("More texts hold {words}.", words=w.listed([w.quoted(t) for t in words]))
    )


def further(result: NeedsResult) -> dict[str, Any]:
    """Facts of needs and causes for machines."""
    first, last = (day.isoformat() for day in (result.evidence.start, result.evidence.end))
    return {
        "headline_facts": headline_facts(result.decision.clause, None),
        "design": DesignFacts("source", predicate(result.study.design.scope), (first, last)),
        "planned": None,
        "effects": (),
        "needs": {one.need: _need(one, result) for one in result.needs},
        "actions": tuple(_action(one) for one in result.actions),
        "files": {FILE: as_rows(result.actions, result.currency)} if result.actions else {},
    }


def _need(one: Any, result: NeedsResult) -> NeedFacts:
    back = one.came_back[1]
    return NeedFacts(
        contacts=one.contacts,
        repeats=one.repeats,
        unit=result.unit,
        size=one.place.total,
        size_ci_low=one.place.low,
        size_ci_high=one.place.high,
        place=one.place.rank,
        place_low=one.place.rank_low,
        place_high=one.place.rank_high,
        owner=one.owner,
        root_cause=one.cause,
        back_30d=back.rate if back else None,
        beyond_chance_30d=back.beyond if back else None,
        beyond_chance_30d_ci_low=back.beyond_low if back else None,
        beyond_chance_30d_ci_high=back.beyond_high if back else None,
        orders_per_1000=one.per_1000,
        rising=one.rising.ratio
        if one.rising and one.need in {n.name for n in result.news.rose}
        else None,
    )


def _action(one: Action) -> ActionFacts:
    good, gone = (one.prizes.for_good, one.prizes.cause) if one.prizes else (None, None)
    return ActionFacts(
        id=one.id, need=one.need, owner=one.owner, root_cause=one.cause, reply=one.reply, metric=one.metric,
        scope=one.scope, contacts=one.contacts, stands_apart=one.certain, for_good=_prize(good),
        cause_gone=_prize(gone),
    )  # fmt: skip


def _prize(prize: Prize | None) -> PrizeFacts | None:
    if prize is None:
        return None
    return PrizeFacts(
        prize.minutes, prize.low, prize.high, prize.price, prize.price_low, prize.price_high
    )

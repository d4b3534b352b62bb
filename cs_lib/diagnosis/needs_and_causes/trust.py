"""What must hold before needs are put in order: codes, people's word, recorded work, joins, whole weeks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cs_lib import sentences as w
from cs_lib.diagnosis.needs_and_causes import work
from cs_lib.diagnosis.needs_and_causes.news import weeks_of
from cs_lib.diagnosis.needs_and_causes.result import Coding, News, size_of
from cs_lib.diagnosis.needs_and_causes.sizes import Sizes
from cs_lib.metrics.needs_and_causes import NeedsEvidence
from cs_lib.metrics.public_days import calendar_checks
from cs_lib.params.needs_and_causes import NeedsAndCauses
from cs_lib.results import Check
from cs_lib.sentences import Text, say

LEAST_STRAY, MOST_STRAY = 5, 0.02  # codings whose contact is not there, or came later
LEAST_JOINED = 0.95  # of contacts that name an order that is there
MOST_ANONYMOUS = 0.2
LEAST_NAMED, ALL_BUT = 200, 0.995
MOST_NAMED = 3
LEAST_WEEKS = 4
THIN_WEEK = 0.35  # of the median week


def unknown_share(evidence: NeedsEvidence) -> float:
    """The share of contacts without a need."""
    without = sum(cell.contacts for cell in evidence.cells if cell.need is None)
    return without / evidence.people.contacts if evidence.people.contacts else 0.0


def checks(
    evidence: NeedsEvidence, study: NeedsAndCauses, found: Sizes, said: Coding | None, new: News
) -> tuple[Check, ...]:
    """Every check, those that decide first."""
    return tuple(
        [
            _coded(evidence, study),
            _agreed(study, said),
            *_whole(evidence),
            *_steady(new),
            *_order_holds(evidence, found),
            *work.checks(evidence),
            *_coded_contacts(evidence),
            *_joined(evidence),
            *_known(evidence),
            *_shared(evidence),
            *_spelt(evidence),
            *calendar_checks(study.design.public, study.design.period),
        ]
    )


def each_once(evidence: NeedsEvidence) -> bool:
    """Whether all but every contact has a customer of its own, which no service has: nobody could come back."""
    people = evidence.people
    named = people.contacts - people.anonymous
    return named >= LEAST_NAMED and people.customers >= ALL_BUT * named


def _coded(evidence: NeedsEvidence, study: NeedsAndCauses) -> Check:
    if not evidence.people.contacts:
        return Check("needs_coded", False, say("There are no contacts in these days."))
    share = unknown_share(evidence)
    return Check(
        "needs_coded",
        share < study.rule.unknown_limit,
        say(
            "{share} of contacts have no need ({limit} is the limit).",
            share=w.percent(share),
            limit=w.percent(study.rule.unknown_limit),
        ),
    )


def _agreed(study: NeedsAndCauses, said: Coding | None) -> Check:
    found = said.against.get("owner") if said else None
    if said is None or found is None or not np.isfinite(found.kappa.value):
        return Check(
            "codes_agree",
            None,
            say("No sample was coded by people, so nobody knows how often the codes are right."),
        )
    return Check(
        "codes_agree",
        found.kappa.low >= study.rule.kappa_floor,
        say(
            "People and codes name the same owner in {agreed} of {n} contacts; beyond chance that is a kappa of {kappa}"
            " ({low} to {high}; at least {floor} is asked for).",
            agreed=w.percent(found.agreed.value),
            n=w.count(found.n),
            kappa=w.plain(found.kappa.value, 2),
            low=w.plain(found.kappa.low, 2),
            high=w.plain(found.kappa.high, 2),
            floor=w.plain(study.rule.kappa_floor, 2),
        ),
    )


def _whole(evidence: NeedsEvidence) -> Iterator[Check]:
    """Weeks with hardly a contact while orders go on, which no service has."""
    weekly, weeks = evidence.weekly, weeks_of(evidence)
    if len(weeks) < LEAST_WEEKS:
        return
    sums = weekly.contacts.sum(axis=0)
    thin = sums < THIN_WEEK * np.median(sums)
    if weekly.orders is not None and np.median(weekly.orders) > 0:
        thin &= weekly.orders >= THIN_WEEK * np.median(weekly.orders)
    empty = [weeks[i].astype("datetime64[D]").item() for i in np.flatnonzero(thin)]
    yield Check(
        "weeks_whole",
        not empty,
        say(
            "{weeks} hold hardly a contact, the first from {day}: were they exported?",
            weeks=w.counted(len(empty), "week"),
            day=w.day(empty[0]),
        )
        if empty
        else say("{weeks}, none of them all but empty.", weeks=w.counted(len(weeks), "whole week")),
    )


def _steady(new: News) -> Iterator[Check]:
    if new.why_not and not (new.began or new.ended):
        return
    changed = [name for name, _ in (*new.began, *new.ended)]
    if not changed:
        yield Check(
            "need_codes_steady",
            True,
            say("Every code of a need is in use over all compared weeks."),
        )
        return
    parts = [
        say("{name} from {day} on", name=w.name(name), day=w.day(day)) for name, day in new.began
    ] + [say("{name} up to {day}", name=w.name(name), day=w.day(day)) for name, day in new.ended]
    yield Check(
        "need_codes_steady",
        False,
        say(
            "Codes that are not used all the time: {codes}. That is a change of coding, so they are not told as new.",
            codes=w.listed(parts),
        ),
    )


def _order_holds(evidence: NeedsEvidence, found: Sizes) -> Iterator[Check]:
    """Whether contacts without a need could turn the order round, were they all of the next need."""
    if not found.first or found.first >= len(found.findings):
        return
    gap = found.findings[found.first - 1].place.total - found.findings[found.first].place.total
    unknown = size_of(evidence, found.unit, without=True)
    yield Check(
        "order_stands_worst_case",
        True if unknown <= gap else None,
        say(
            "Were all contacts without a need of {need}, the order at the top would stay.",
            need=w.name(found.findings[found.first].need),
        )
        if unknown <= gap
        else say(
            "Were enough contacts without a need of {need}, it would be among the first: code more of them.",
            need=w.name(found.findings[found.first].need),
        ),
    )


def _coded_contacts(evidence: NeedsEvidence) -> Iterator[Check]:
    """Codings that count for nothing, and codings that cannot be of their contact."""
    found = evidence.coded_contacts
    if found is None or not (found.lost or found.withdrawn or found.outside or found.early):
        return
    parts = [
        say(message, n=w.count(n))
        for message, n in (
            ("{n} are not in the table of contacts", found.lost),
            ("{n} are of other days or outside the scope", found.outside),
            ("{n} were merged, spam or cancelled", found.withdrawn),
        )
        if n
    ]
    told: Text = say(
        "People coded {n} contacts; {used} of them are used.",
        n=w.count(found.coded),
        used=w.count(found.used),
    )
    if parts:
        told = say(
            "People coded {n} contacts; {used} of them are used: {parts}.",
            n=w.count(found.coded),
            used=w.count(found.used),
            parts=w.listed(parts),
        )
    if found.early:
        early = say(
            "{n} were coded before they were opened: are days and ids the right ones?",
            n=w.count(found.early),
        )
        told = w.together(told, early)
    wrong = found.lost + found.early
    many = wrong >= LEAST_STRAY and wrong >= MOST_STRAY * found.coded
    yield Check("codings_found", False if many else None, told)


def _joined(evidence: NeedsEvidence) -> Iterator[Check]:
    if evidence.about_orders is None:
        return
    named, there = evidence.about_orders
    if not named:
        yield Check(
            "orders_found",
            None,
            say("No contact names an order, so nothing can be said per order."),
        )
        return
    yield Check(
        "orders_found",
        there >= LEAST_JOINED * named,
        say(
            "{named} contacts name an order; {share} of these orders are there.",
            named=w.count(named),
            share=w.percent(there / named),
        ),
    )


def _known(evidence: NeedsEvidence) -> Iterator[Check]:
    people = evidence.people
    if not people.contacts:
        return
    if each_once(evidence):
        finding = say(
            "Every contact has a customer number of its own, so nobody can be seen to come back: are these numbers of"
            " visits?"
        )
        yield Check("customers_named", False, finding)
        return
    share = people.anonymous / people.contacts
    yield Check(
        "customers_named",
        share <= MOST_ANONYMOUS,
        say(
            "{share} of contacts have no customer; whether these come back is not known.",
            share=w.percent(share),
        ),
    )


def _shared(evidence: NeedsEvidence) -> Iterator[Check]:
    """Customers that are no single ones: their contacts count, and nobody comes back among them."""
    values = evidence.nobody.values
    if not values:
        return
    contacts = sum(one.contacts for one in values)
    yield Check(
        "customers_known",
        None,
        say(
            "{contacts} are of customer numbers that many share ({values}); whether these come back is not known.",
            contacts=w.counted(contacts, "contact"),
            values=w.listed([w.quoted(one.value) for one in values[:MOST_NAMED]]),
        ),
    )


def _spelt(evidence: NeedsEvidence) -> Iterator[Check]:
    """One need in several spellings is counted as several."""
    forms: dict[str, list[str]] = {}
    for need in sorted(evidence.code_days):
        plain = "".join(need.casefold().replace("_", " ").replace("-", " ").split())
        forms.setdefault(plain, []).append(need)
    several = [written for written in forms.values() if len(written) > 1]
    if several:
        named = [w.listed([w.quoted(one) for one in written]) for written in several[:MOST_NAMED]]
        yield Check(
            "spelt_alike",
            False,
            say(
                "Needs are written in several ways, each counted as one of its own: {named}.",
                named=w.separated(named),
            ),
        )

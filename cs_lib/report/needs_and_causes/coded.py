"""Tables of codes: what rules are worth, how far people agree with them, who owns what teams work on."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from cs_lib import wording as w
from cs_lib.diagnosis.needs_and_causes.result import UNKNOWN, NeedsResult
from cs_lib.language import later, say
from cs_lib.methods.coding.agreement import Agreement, Estimate
from cs_lib.report.needs_and_causes.words import owner
from cs_lib.report.note import Note
from cs_lib.report.table import Table

NOTHING = "–"
COMPARED = {
    ("against", "owner"): later("Codes and people: owner"),
    ("against", "need_code"): later("Codes and people: need"),
    ("against", "root_cause"): later("Codes and people: cause"),
    ("twice", "owner"): later("Two people: owner"),
    ("twice", "need_code"): later("Two people: need"),
    ("twice", "root_cause"): later("Two people: cause"),
}


def rules(result: NeedsResult) -> Table | Note:
    """What each rule covers, where rules contradict each other, and how often people agree with it."""
    if result.rules is None:
        return Note(say("The settings name no rules; owners are those in the contacts."))
    rows = tuple(
        (
            w.capital(w.name(one.name)), owner(one.says) if one.says else NOTHING, w.count(one.covered),
            w.count(one.conflicts), w.count(one.decides), _estimate(one.precision, one.coded),
        )
        for one in result.rules.rules
    )  # fmt: skip
    columns = (
        say("Rule"), say("Owner"), say("Contacts it speaks of"), say("Another says otherwise"),
        say("It decides"), say("People agree"),
    )  # fmt: skip
    return Table(say("What each rule is worth"), columns, rows, (2, 3, 4), folded=True)


def _estimate(one: Estimate, n: int) -> str:
    if not n or not isfinite(one.value):
        return NOTHING
    ends = say(
        "{low} to {high}", low=w.percent(one.low, places=0), high=w.percent(one.high, places=0)
    )
    return say(
        "{share} of {n} ({ends})", share=w.percent(one.value, places=0), n=w.count(n), ends=ends
    )


def agreement(result: NeedsResult) -> Table | Note:
    """How far codes agree with people, and people with each other."""
    if result.coding is None:
        return Note(
            say("No sample was coded by people, so nobody knows how often the codes are right.")
        )
    rows = [(say(called), *_agreed(found)) for called, found in _pairs(result)]
    if not rows:
        return Note(say("No contact was coded twice."))
    columns = (
        say("Compared"),
        say("Contacts"),
        say("Agree"),
        say("Beyond chance (kappa)"),
        say("AC1"),
    )
    return Table(say("How far codes and people agree"), columns, tuple(rows), (1,), folded=True)


def _pairs(result: NeedsResult) -> Iterator[tuple[str, Agreement]]:
    """What was compared, and how far it agrees."""
    for (side, column), called in COMPARED.items():
        table: dict[str, Agreement] = getattr(result.coding, side)
        if column in table:
            yield called, table[column]


def _agreed(found: Agreement) -> tuple[str, ...]:
    return (
        w.count(found.n),
        _ends(found.agreed, percent=True),
        _ends(found.kappa, percent=False),
        _ends(found.ac1, percent=False),
    )


def _ends(one: Estimate, *, percent: bool) -> str:
    if not isfinite(one.value):
        return NOTHING
    value, low, high = (
        w.percent(x, places=0) if percent else w.plain(x, 2) for x in (one.value, one.low, one.high)
    )
    return w.bracketed(value, say("{low} to {high}", low=low, high=high))


def teams(result: NeedsResult) -> Table | Note:
    """Who owns the causes of each team's contacts; teams as a whole, never single agents."""
    least = result.study.rule.smallest_cell
    shown = {
        team: owners
        for team, owners in result.evidence.teams.items()
        if sum(owners.values()) >= least
    }
    if not shown:
        return Note(say("No contact names its team."))
    names = [o for o in ("agent", "service_flow", "business_process", "product", UNKNOWN)]
    rows = tuple(
        (
            w.name(team), w.count(sum(owners.values())),
            *(w.percent(owners.get(o, 0) / sum(owners.values()), places=0) for o in names),
        )
        for team, owners in sorted(shown.items())
    )  # fmt: skip
    columns = (say("Team"), say("Contacts"), *(owner(o) for o in names))
    return Table(
        say("Who owns the causes of what each team works on"),
        columns,
        rows,
        tuple(range(1, 7)),
        folded=True,
    )

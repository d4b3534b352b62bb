"""Tables of needs: who is behind what is said, who comes back, what is new, what nobody coded."""

from __future__ import annotations

from collections import Counter

from cs_lib import wording as w
from cs_lib.diagnosis.needs_and_causes.result import UNKNOWN, NeedsResult
from cs_lib.language import say
from cs_lib.methods.emerging.rising_counts import RisingCount
from cs_lib.methods.recurrence.beyond_chance import Recurrence
from cs_lib.report.needs_and_causes.words import cause, need, owner, places
from cs_lib.report.note import Note
from cs_lib.report.table import Table

NOTHING = "–"
MOST_ROWS, MOST_WORDS, MOST_NEEDS_OF_ISSUE, MOST_PRODUCTS = 15, 8, 4, 10
LEAST_OWNED = 0.1  # of a need's contacts, for an owner to be named
COLUMNS = ("owner", "need_code", "root_cause")


def tree(result: NeedsResult) -> Table | Note:
    """Behind each thing that customers say the needs that they have, and who owns their causes."""
    cells = [one for one in result.evidence.cells if one.contacts]
    if not cells:
        return Note(say("There are no contacts in these days."))
    least, total = result.study.rule.smallest_cell, sum(one.contacts for one in cells)
    issues = Counter[str]()
    for one in cells:
        issues[one.issue or UNKNOWN] += one.contacts
    rows = list[tuple[str, ...]]()
    for issue, n in sorted(issues.items(), key=lambda pair: (-pair[1], pair[0])):
        if n < least:
            continue
        said = w.capital(w.name(issue))
        rows.append((said, NOTHING, w.count(n), w.percent(n / total, places=0)))
        inside = Counter[str]()
        for one in cells:
            if (one.issue or UNKNOWN) == issue:
                inside[one.need or UNKNOWN] += one.contacts
        for code, m in inside.most_common(MOST_NEEDS_OF_ISSUE):
            if m >= least:
                rows.append(
                    (
                        say("– {need}", need=need(code)),
                        _owners_of(result, issue, code),
                        w.count(m),
                        w.percent(m / n, places=0),
                    )
                )
    columns = (
        say("What they say, and what they need"),
        say("Who owns the cause"),
        say("Contacts"),
        say("Share"),
    )
    return Table(
        say("Behind what customers say: the need, and who owns its cause"), columns, tuple(rows[: 3 * MOST_ROWS]),
        (2, 3), folded=True,
    )  # fmt: skip


def _owners_of(result: NeedsResult, issue: str, code: str) -> str:
    """The owners of most of these contacts with their shares."""
    found = Counter[str]()
    for one in result.evidence.cells:
        if (one.issue or UNKNOWN, one.need or UNKNOWN) == (issue, code):
            found[one.owner or UNKNOWN] += one.contacts
    total = found.total()
    told = [
        w.spaced(owner(name), w.percent(n / total, places=0))
        for name, n in found.most_common(2)
        if n / total >= 0.1
    ]
    return w.separated(told) or NOTHING


def details(result: NeedsResult) -> Table | Note:
    """Every need: contacts, its place, owner, cause, who comes back, and orders with it."""
    if not result.needs:
        return Note(say("No need has enough contacts to be shown."))
    rows = tuple(
        (
            need(one.need),
            places(one.place.rank_low, one.place.rank_high),
            w.count(one.contacts),
            w.bracketed(owner(one.owner), cause(one.cause))
            if one.owner != UNKNOWN
            else owner(UNKNOWN),
            _back(one.came_back[0]),
            _back(one.came_back[1]),
            NOTHING if one.per_1000 is None else w.plain(one.per_1000, 1),
        )
        for one in result.needs
    )
    columns = (
        say("Need"), say("Place"), say("Contacts"), say("Most often owned by"), say("Back within 7 days"),
        say("Back within 30 days"), say("Orders with it per 1,000"),
    )  # fmt: skip
    return Table(say("Every need in full"), columns, rows, (2, 6), folded=True)


def _back(back: Recurrence | None) -> str:
    if back is None:
        return NOTHING
    return say(
        "{rate}, of it {beyond} beyond chance ({low} to {high})",
        rate=w.percent(back.rate), beyond=w.percent(back.beyond), low=w.percent(back.beyond_low),
        high=w.percent(back.beyond_high),
    )  # fmt: skip


def by_owner(result: NeedsResult) -> Table | Note:
    """Who comes back, by the owner of the cause."""
    shown = {name: pair for name, pair in result.owner_returns.items() if any(pair)}
    if not shown:
        return Note(say("Too few contacts could be followed to say who comes back, by owner."))
    rows = tuple(
        (owner(name), _back(seven), _back(thirty))
        for name, (seven, thirty) in sorted(shown.items())
    )
    columns = (say("Owner of the cause"), say("Back within 7 days"), say("Back within 30 days"))
    return Table(say("Who comes back, by owner"), columns, rows, folded=True)


def rising(result: NeedsResult) -> Table | Note:
    """Needs tested for a rise: those that rose, those that follow a holiday, codes that changed."""
    new = result.news
    if new.why_not and not (new.began or new.ended):
        return Note(str(new.why_not))
    rows = [
        (
            need(one.name), _ratio(one.ratio, one.low, one.high), w.pvalue(one.qvalue),
            _what_it_is(one, result),
        )
        for one in sorted(new.tested, key=lambda o: (o.pvalue, o.name)) if one.found
    ]  # fmt: skip
    rows += [
        (need(name), NOTHING, NOTHING, say("its code began on {day}", day=w.day(day)))
        for name, day in new.began
    ]
    rows += [
        (need(name), NOTHING, NOTHING, say("its code ended on {day}", day=w.day(day)))
        for name, day in new.ended
    ]
    if not rows:
        return Note(
            say(
                "{n} needs were tested; none rose beyond what weeks vary by.",
                n=w.count(len(new.tested)),
            )
        )
    columns = (say("Need"), say("Last four weeks against before"), say("q"), say("What it is"))
    return Table(say("What is new among needs"), columns, tuple(rows), (2,))


def _what_it_is(one: RisingCount, result: NeedsResult) -> str:
    """Whether a rise follows a holiday, came once before, or is new."""
    if one.name in result.news.holiday:
        return say("follows a holiday, not told as new")
    day = w.day(result.news.since[one.name])
    if one.seen_before:
        return say("rose in the week of {day}, as it may have done once before", day=day)
    return say("rose, first seen in the week of {day}", day=day)


def _ratio(ratio: float, low: float, high: float) -> str:
    ends = say("{low} to {high}", low=w.plain(low, 2), high=w.plain(high, 2))
    return w.bracketed(say("{ratio} times", ratio=w.plain(ratio, 2)), ends)


def words_that_rose(result: NeedsResult) -> Table | Note:
    """Words that more texts hold than before, with a text that holds them."""
    said = result.written
    if "terms" in said.why_not:
        return Note(str(said.why_not["terms"]))
    if not said.rising:
        return Note(say("No word is in more texts than before, beyond chance."))
    rows = tuple(
        (
            one.term,
            w.count(one.recent),
            w.count(one.before),
            _first(said.examples.get(one.term, ())),
        )
        for one in said.rising[:MOST_WORDS]
    )
    columns = (
        say("Word"),
        say("Texts of the last 8 weeks"),
        say("Of the 26 before"),
        say("One of them"),
    )
    return Table(say("Words that rose"), columns, rows, (1, 2), folded=True)


def _first(texts: tuple[str, ...]) -> str:
    return w.quoted(texts[0]) if texts else NOTHING


def uncoded(result: NeedsResult) -> Table | Note:
    """What contacts without a need are about: words that go together, and texts that hold most of them."""
    said = result.written
    if "topics" in said.why_not:
        return Note(str(said.why_not["topics"]))
    if not said.topics:
        return Note(say("The texts fall into no groups that two halves of them agree on."))
    rows = tuple(
        (
            w.separated(list(topic.terms[:6])), w.count(topic.texts), w.percent(topic.stability, places=0),
            w.spaced(*(w.quoted(text) for text in quoted)) or NOTHING,
        )
        for topic, quoted in zip(said.topics, said.quotes, strict=True)
    )  # fmt: skip
    caption = say(
        "What {mapped} of {read} contacts without a need are about; {hidden} groups that do not come again are hidden",
        mapped=w.count(said.mapped), read=w.count(said.read), hidden=said.hidden,
    )  # fmt: skip
    columns = (
        say("Words that go together"),
        say("Contacts"),
        say("Comes again"),
        say("What customers wrote"),
    )
    return Table(caption, columns, rows, (1, 2), folded=True)


def products(result: NeedsResult) -> Table | Note:
    """Contacts per 1,000 orders of a product."""
    least = result.study.rule.smallest_cell
    shown = [
        one for one in result.evidence.products if one.contacts >= least and one.orders >= least
    ]
    if not shown:
        return Note(say("No contact and order name the same product."))
    ranked = sorted(shown, key=lambda one: (-one.contacts / one.orders, one.product))[
        :MOST_PRODUCTS
    ]
    rows = tuple(
        (
            w.name(one.product),
            w.count(one.contacts),
            w.count(one.orders),
            w.plain(1000 * one.contacts / one.orders, 1),
        )
        for one in ranked
    )
    columns = (say("Product"), say("Contacts"), say("Orders"), say("Contacts per 1,000 orders"))
    return Table(say("Products by contacts per order"), columns, rows, (1, 2, 3), folded=True)

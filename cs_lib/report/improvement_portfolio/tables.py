"""Tables of a portfolio: the ledger, sums by kind, what still holds, forecasts, days, the drawer."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from statistics import median

from cs_lib import wording as w
from cs_lib.experiment.improvement_portfolio.result import (
    Course,
    Entry,
    Family,
    Kindred,
    PortfolioResult,
)
from cs_lib.language import say
from cs_lib.report.improvement_portfolio.summary import raw_sum, sum_words
from cs_lib.report.improvement_portfolio.words import named
from cs_lib.report.note import Note
from cs_lib.report.table import Table

NOTHING = "–"
TONES = {"holds": "ok", "faded": "bad", "not_shown": "look"}


def ledger(result: PortfolioResult) -> Table | Note:
    """Every decided study: what it found, what is left with chance taken out, whether it counts and still holds."""
    if not result.ledger:
        return Note(say("No decided study was found."))
    order = {"counted": 0, "inside": 1, "outside": 2, "not_live": 3}
    entries = sorted(result.ledger, key=lambda e: (order.get(e.place, 4), e.study))
    added = {one.of for one in result.families if one.total is not None}
    rows = tuple(_ledger_row(one, added) for one in entries)
    columns = (
        say("Study"),
        say("Verdict"),
        say("Metric"),
        say("As measured"),
        say("Chance taken out"),
        say("Counts"),
        say("Checked again"),
    )
    tones = {
        (i, 6): TONES[one.held.standing] for i, one in enumerate(entries) if one.held is not None
    }
    caption = say("{n} in the ledger", n=w.counted(len(rows), "study", "studies"))
    return Table(caption, columns, rows, (3, 4), tones=tones, name="ledger", folded=len(rows) > 12)


def _ledger_row(one: Entry, added: Collection[Kindred]) -> tuple[str, ...]:
    m, shrunk = one.measured, one.shrunk
    alone = one.place == "counted" and m is not None and m.of not in added
    counts = say("not added up") if alone else named(one.place)
    if one.place == "inside":
        counts = say("counted with “{study}”", study=w.name(one.inside_of))
    again = named(one.held.standing) if one.held else str(one.why_not) or NOTHING
    if one.due is not None:
        again = say("due since {day}", day=w.short_day(one.due))
    return (
        w.capital(w.name(one.study)),
        w.verdict(one.verdict),
        str(m.label) if m else NOTHING,
        w.number(m.effect, m.of.quantity, signed=True) if m else NOTHING,
        _interval(shrunk.mean, shrunk.low, shrunk.high, m.of.quantity) if m and shrunk else NOTHING,
        counts,
        again,
    )


def _interval(value: float, low: float, high: float, of: object) -> str:
    return w.bracketed(w.number(value, of, signed=True), w.ends(low, high, of))  # type: ignore[arg-type]


def sums(result: PortfolioResult) -> Table | Note:
    """Every kind of study: what it adds up to, or why it does not."""
    if not result.families:
        return Note(say("No decided study with an effect was found."))
    rows = tuple(_sum_row(one) for one in result.families)
    columns = (
        say("Metric"),
        say("Design"),
        say("Studies"),
        say("Sum"),
        say("As measured"),
        say("Note"),
    )
    caption = say("Sums by metric and design; money for a year, others on average over the period")
    return Table(caption, columns, rows, (2, 3, 4))


def _sum_row(one: Family) -> tuple[str, ...]:
    total = NOTHING
    if one.total is not None:
        total = w.bracketed(*sum_words(one, one.total))
    note = str(one.why_no_total) or str(one.why_not_pooled)
    if not note and one.pooled is not None:
        note = say(
            "the next one: {low} to {high}",
            low=w.number(one.pooled.next_effect.low, one.of.quantity, signed=True),
            high=w.number(one.pooled.next_effect.high, one.of.quantity, signed=True),
        )
    return (
        str(one.label),
        named(one.of.kind),
        say("{n}, {counted} in the sum", n=w.count(one.n), counted=w.count(one.n_counted)),
        total,
        raw_sum(one),
        note,
    )


def held_up(result: PortfolioResult) -> Table | Note:
    """What was measured again, against what was to be expected with chance taken out."""
    again = [one for one in result.ledger if one.follow_up]
    if not again:
        return Note(say("Nothing was measured again yet."))
    rows = tuple(_held_row(one) for one in again)
    columns = (
        say("Study"),
        say("Measured again in"),
        say("Expected"),
        say("Found"),
        say("Result"),
    )
    tones = {
        (i, 4): TONES[one.held.standing] for i, one in enumerate(again) if one.held is not None
    }
    caption = say(
        "Measured again: the expected interval is where a second estimate lies if nothing changed"
    )
    return Table(caption, columns, rows, (2, 3), tones=tones)


def _held_row(one: Entry) -> tuple[str, ...]:
    held, m = one.held, one.measured
    name, again = w.capital(w.name(one.study)), w.name(one.follow_up)
    if held is None or m is None:
        return name, again, NOTHING, NOTHING, str(one.why_not) or NOTHING
    of = m.of.quantity
    return (
        name,
        again,
        _interval(held.expected, held.expected_low, held.expected_high, of),
        _interval(held.found, held.low, held.high, of),
        named(held.standing),
    )


def forecasts(result: PortfolioResult) -> Table | Note:
    """Plans against findings, and intervals against follow-ups."""
    rows = list[tuple[str, str]]()
    if result.planned is not None:
        one = result.planned
        rows.append(
            (
                say("Effect found over the smallest one that was planned for, median"),
                w.percent(one.median, places=0),
            )
        )
        rows.append(
            (
                say("Studies that found at least that much"),
                _of(one.reached.count, one.reached.n, one.reached.low, one.reached.high),
            )
        )
    for each in result.held_intervals:
        rows.append(
            (
                say(
                    "Follow-ups inside the interval of {level}",
                    level=w.percent(each.level, places=0),
                ),
                _of(each.held.count, each.held.n, each.held.low, each.held.high),
            )
        )
    if result.chance is not None and result.chance.wins:
        rows.append(
            (
                say("Gains that chance alone would have given"),
                say(
                    "{n} of {wins}",
                    n=w.plain(result.chance.false_wins, 1),
                    wins=w.count(result.chance.wins),
                ),
            )
        )
    if not rows:
        return Note(say("No plan and no follow-up to hold findings against."))
    return Table(
        say("How good plans and forecasts were"), (say("What"), say("Found")), tuple(rows), (1,)
    )


def _of(count: int, n: int, low: float, high: float) -> str:
    return say(
        "{count} of {n} ({low} to {high})",
        count=w.count(count),
        n=w.count(n),
        low=w.percent(low, places=0),
        high=w.percent(high, places=0),
    )


def days(result: PortfolioResult) -> Table | Note:
    """From the page that listed the action to the change and the decision."""
    rows = tuple(_course(one) for one in result.courses if one.changed or one.decided)
    if not rows:
        return Note(say("No study says when its change went live."))
    columns = (
        say("Study"),
        say("Cause listed"),
        say("Change"),
        say("Decision"),
        say("Cause to change"),
        say("Change to decision"),
    )
    first = _days_between((one.listed, one.changed) for one in result.courses)
    second = _days_between((one.changed, one.decided) for one in result.courses)
    caption = say(
        "From cause to change {first} days, from change to decision {second} days (medians)",
        first=first,
        second=second,
    )
    return Table(caption, columns, rows, (4, 5), folded=True)


def _days_between(pairs: Iterable[tuple[date | None, date | None]]) -> str:
    found = [(last - first).days for first, last in pairs if first and last]
    return w.count(median(found)) if found else NOTHING


def _course(one: Course) -> tuple[str, ...]:
    def day(value: date | None) -> str:
        return w.short_day(value) if value else NOTHING

    return (
        w.capital(w.name(one.study)),
        day(one.listed),
        day(one.changed),
        day(one.decided),
        _days_between([(one.listed, one.changed)]),
        _days_between([(one.changed, one.decided)]),
    )


def drawer(result: PortfolioResult) -> Table | Note:
    """Studies without a result, and files that cannot be read."""
    rows = [
        (w.capital(w.name(one.study)), named(one.state), one.why or NOTHING)
        for one in result.drawer
    ]
    rows += [(one.where, say("cannot be read"), one.why) for one in result.unread]
    if not rows:
        return Note(say("No study here was begun without a result."))
    columns = (say("Study"), say("State"), say("Why"))
    return Table(
        say("Begun or planned, without a result here"), columns, tuple(rows), folded=len(rows) > 6
    )


def unmatched(result: PortfolioResult) -> Table | Note:
    """Plans that were changed, studies without a logged change, changes without a study, pages of one study."""
    rows = [
        (w.capital(w.name(one.study)), say("plan changed after data had been seen"))
        for one in result.ledger
        if one.plan_changed
    ]
    rows += [
        (w.capital(w.name(name)), say("its change is not in the log"))
        for name in result.without_change
    ]
    rows += [
        (str(title), say("live since {day}, no study", day=w.short_day(day)))
        for _, title, day in result.without_study
    ]
    rows += [
        (
            w.capital(w.name(one.study)),
            say("counted once with {pages}", pages=w.listed([w.name(also) for also in one.also])),
        )
        for one in result.ledger
        if one.also
    ]
    if not rows:
        return Note(say("Every plan was kept, and log and studies agree."))
    return Table(
        say("Plans, studies and the change log"),
        (say("Which"), say("What")),
        tuple(rows),
        folded=True,
    )

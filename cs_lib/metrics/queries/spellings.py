"""Spellings of one value that differ by a blank, case, width or an unseen character, in the columns a study names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from cs_lib import sentences as w
from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.queries.forms import key_form, label_form
from cs_lib.metrics.queries.sql import NotAvailable, between
from cs_lib.metrics.queries.tables import Window
from cs_lib.sentences import Text, say

MOST_VALUES = 400
# Ids of so many customers differ by case alone, and hardly any otherwise than by losing it.
LEAST_BY_CASE, MOST_STRANGE = 20, 0.01


@dataclass(frozen=True, slots=True)
class Spellings:
    """One value of a column in its spellings, each with its contacts of the study's days, the most frequent first."""

    column: str
    written: tuple[tuple[str, int], ...]
    more: int = 0  # contacts in another spelling of other values, where one value stands for all

    @property
    def others(self) -> int:
        """Contacts in any spelling but the most frequent one."""
        return sum(n for _, n in self.written[1:]) + self.more


def spelt(
    desk: Desk, window: Window, columns: Iterable[str], asked: Mapping[str, Collection[str]]
) -> tuple[Spellings, ...]:
    """Values of columns of contacts that are written in several ways; with those of `asked`, however written."""
    return tuple(
        one
        for name in dict.fromkeys(columns)
        for one in _of(desk, window, name, asked.get(name, ()))
    )


def _of(desk: Desk, window: Window, column: str, asked: Collection[str]) -> list[Spellings]:
    values = (
        f"SELECT {column} AS v, count(*) AS n FROM contacts WHERE {column} IS NOT NULL"
        f" AND {between(desk.day_of('opened_at'), window.start, window.end)} GROUP BY 1"
    )
    forms = f"SELECT v, n, {label_form('v')} AS form FROM ({values}) s"
    several = f"SELECT form FROM ({forms}) f GROUP BY 1 HAVING count(*) > 1"
    wanted = [label_form(quote(value)) for value in sorted(asked)]
    named = f" OR form IN ({', '.join(wanted)})" if wanted else ""
    rows = desk.engine.rows(
        f"SELECT form, v, n FROM ({forms}) g WHERE form IN ({several}){named}"
        f" ORDER BY 1, 3 DESC, 2 LIMIT {MOST_VALUES}"
    )
    found: dict[str, list[tuple[str, int]]] = {}
    for form, value, n in rows:
        found.setdefault(form, []).append((value, n))
    return [Spellings(column, tuple(written)) for written in found.values()]


def customers_spelt(desk: Desk, window: Window) -> tuple[Spellings, ...]:
    """Customers whose id is written in several ways: the one with most contacts, which stands for all.

    Ids that differ by case alone may be two customers, as where every case of a letter is a number of its own; they
    count where each has two spellings, one of them all in small or all in large letters.
    """
    values = (
        "SELECT customer_id AS v, count(*) AS n FROM contacts"
        f" WHERE customer_id IS NOT NULL AND {between(desk.day_of('opened_at'), window.start, window.end)} GROUP BY 1"
    )
    small, large = (
        "max(CASE WHEN v = lower(v) THEN n END)",
        "max(CASE WHEN v = upper(v) THEN n END)",
    )
    cases = (
        f"SELECT lower(v) AS v, min(v) AS shown, sum(n) AS n, count(*) AS ways, max(n) AS most,"
        f" CASE WHEN {small} IS NULL AND {large} IS NULL THEN 1 ELSE 0 END AS mixed FROM ({values}) s GROUP BY 1"
    )
    rows = desk.engine.rows
    [(twice, strange)] = rows(
        "SELECT count(*), count(CASE WHEN ways > 2 OR mixed = 1 THEN 1 END)"
        f" FROM ({cases}) c WHERE ways > 1"
    )
    by_case = twice >= LEAST_BY_CASE and strange <= MOST_STRANGE * twice
    most = "most" if by_case else "n"
    forms = f"SELECT v, shown, n, {most} AS most, ways, {key_form('v')} AS form FROM ({cases}) s"
    several = (
        f"SELECT form, sum(n) AS n, sum(n) - max(most) AS others FROM ({forms}) f"
        f" GROUP BY 1 HAVING count(*) > 1{' OR max(ways) > 1' if by_case else ''}"
    )
    first = rows(f"SELECT form, others FROM ({several}) o ORDER BY n DESC, form LIMIT 1")
    if not first:
        return ()
    [(form, others)] = first
    [(every,)] = rows(f"SELECT sum(others) FROM ({several}) o")
    same = f"SELECT v FROM ({forms}) g WHERE form = {quote(form)}"
    name = "v" if by_case else "min(v)"
    written = rows(
        f"SELECT {name} AS shown, sum(n) AS n FROM ({values}) s WHERE lower(v) IN ({same})"
        f" GROUP BY {'v' if by_case else 'lower(v)'} ORDER BY 2 DESC, 1 LIMIT {MOST_VALUES}"
    )
    found = tuple((value, int(n)) for value, n in written)
    return (Spellings("customer_id", found, int(every) - int(others)),)


def require_whole(
    desk: Desk, found: Collection[Spellings], lists: Iterable[tuple[str, str, Collection[str]]]
) -> None:
    """Raises NotAvailable when a list (its key, column and values) names some spellings of a value and not all.

    A spelling counts that some contact of the study's days has.
    """
    faults = []
    for key, column, asked in lists:
        for one in found:
            if one.column != column:
                continue
            forms = [label_form(quote(value)) for value in (one.written[0][0], *asked)]
            ours, *theirs = desk.engine.rows(f"SELECT {', '.join(forms)}")[0]
            meant = [value for value, form in zip(asked, theirs, strict=True) if form == ours]
            missed = [(value, n) for value, n in one.written if value not in asked]
            if meant and missed:
                faults.append(_fault(key, meant, missed))
    if faults:
        raise NotAvailable(w.together(*faults))


def visible(value: str) -> str:
    """A text whose unseen characters and unusual blanks are told by their numbers."""
    return "".join(c if c == " " or c.isprintable() else f"<U+{ord(c):04X}>" for c in value)


def _fault(key: str, meant: list[str], missed: list[tuple[str, int]]) -> Text:
    others = [w.bracketed(w.quoted(visible(value)), w.counted(n, "contact")) for value, n in missed]
    return say(
        "{key} names {meant}, but the contacts have it as {others} too: name every spelling, or make"
        " them one in the source.",
        key=key,
        meant=w.listed([w.quoted(visible(value)) for value in meant]),
        others=w.listed(others),
    )

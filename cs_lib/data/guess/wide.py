"""Rows that are no canonical table, and enough for a study: a customer each with a variant, or a day each."""

from __future__ import annotations

from collections.abc import Sequence

from cs_lib.data.guess.columns import Asked
from cs_lib.data.guess.records import Choices, ColumnGuess, Reason, TableGuess
from cs_lib.data.guess.words import CUSTOMER, HEADERS, squeezed
from cs_lib.params import safe

MOST_VARIANTS = 20
MOST_LABELS = 50
LEAST_DAYS = 28
BY_NAME: Reason = ("header", {})


def wide_of(
    asked: Asked, files: list[str], choices: Choices, stated: str | None
) -> TableGuess | None:
    """The table of results or of days that rows are, as `stated` where it is; None when they are neither."""
    found = _results(asked, files, choices) if stated in (None, "results") else None
    return found or (_days(asked, files, choices) if stated in (None, "days") else None)


def outdoes(asked: Asked, guesses: Sequence[TableGuess], *, alone: bool) -> bool:
    """Whether rows that are results, too, are better taken for them.

    They are assignments or customers, and hold numbers that these have no column for: what came out. Customers beside
    other files stay customers.
    """
    tables = {guess.table for guess in guesses}
    if not tables <= {"perk_assignments", *(("customers",) if alone else ())}:
        return False
    unknown = [header for guess in guesses for header, (code, _) in guess.left if code == "unknown"]
    return bool(_numbers(asked, unknown))


def _results(asked: Asked, files: list[str], choices: Choices) -> TableGuess | None:
    """A column of a few variants, and numbers."""
    words = (*HEADERS["perk_assignments"]["variant"], "variant")
    variant = _called(asked, words, choices.columns.get("variant"))
    if variant is None or not 2 <= asked.count(variant)[1] <= MOST_VARIANTS:
        return None
    guess = TableGuess("results", files, [ColumnGuess("variant", variant, why=[BY_NAME])])
    guess.roles["variant"], guess.kinds["variant"] = variant, "text"
    customer = _called(asked, CUSTOMER, choices.columns.get("customer_id"))
    if customer is not None and asked.count(customer) == (asked.rows, asked.rows):
        _take(guess, "customer", customer, "text")
    words = (*HEADERS["perk_assignments"]["assigned_at"], "assignedat")
    day = _called(asked, words, choices.columns.get("assigned_at"))
    if day is not None and _dated(asked, guess, "assigned", day, choices):
        guess.roles["assigned"] = day
    rest = [one for one in asked.kinds if one not in guess.roles.values()]
    numbers = [one for one in _numbers(asked, rest) if not _is_id(asked, one)]
    labels = [one for one in rest if one not in numbers and 2 <= asked.count(one)[1] <= MOST_LABELS]
    return _filled(asked, guess, numbers, labels)


def _days(asked: Asked, files: list[str], choices: Choices) -> TableGuess | None:
    """A column of days, each there once, and numbers."""
    guess = TableGuess("days", files, [])
    for header in asked.kinds:
        filled, different = asked.count(header)
        if filled == different == asked.rows >= LEAST_DAYS and _dated(
            asked, guess, "day", header, choices
        ):
            guess.roles["day"] = header
            break
    else:
        return None
    rest = [one for one in asked.kinds if one != guess.roles["day"]]
    return _filled(asked, guess, _numbers(asked, rest), [])


def _filled(
    asked: Asked, guess: TableGuess, numbers: list[str], labels: list[str]
) -> TableGuess | None:
    if not numbers:
        return None
    for header in numbers:
        _take(guess, safe(header), header, "number")
    guess.roles["numbers"] = numbers
    if labels:
        guess.roles["labels"] = labels
    known = [guess.roles.get(key) for key in ("variant", "customer", "assigned", "day")]
    guess.left = [
        (header, ("unknown", {}))
        for header in asked.kinds
        if header not in (*known, *numbers, *labels)
    ]
    return guess


def _take(guess: TableGuess, name: str, header: str, kind: str) -> None:
    guess.columns.append(ColumnGuess(name, header, why=[BY_NAME]))
    guess.kinds[name] = kind
    if kind != "number":
        guess.roles[name] = header


def _called(asked: Asked, words: tuple[str, ...], chosen: str | None) -> str | None:
    """The first header with one of some names, the preferred name first; the chosen one where there is one."""
    if chosen is not None:
        return chosen if chosen in asked.kinds else None
    found = [(words.index(squeezed(one)), one) for one in asked.kinds if squeezed(one) in words]
    return min(found)[1] if found else None


def _dated(asked: Asked, guess: TableGuess, name: str, header: str, choices: Choices) -> bool:
    """Whether a column holds days; if so it is taken, with the form in which they are written."""
    stamps = asked.stamps(header)
    if stamps is None or stamps.odd or stamps.form.startswith("epoch"):
        return False
    one = ColumnGuess(name, header, why=[BY_NAME], form=stamps.form, open=dict(stamps.open))
    if one.open and choices.dates in one.open:
        one.form, one.open = choices.dates or "", {}
    if stamps.form:
        facts = {"header": header, "value": stamps.example, "rows": stamps.filled}
        one.why.append(("form", facts))
    guess.columns.append(one)
    guess.kinds[name] = "date"
    return True


def _numbers(asked: Asked, headers: list[str]) -> list[str]:
    """Columns that hold nothing but numbers."""
    found = []
    for header in headers:
        kind = asked.kinds[header]
        plain = kind != "VARCHAR" and not kind.startswith(("TIMESTAMP", "DATE", "TIME", "BLOB"))
        if asked.count(header)[0] and (plain or (kind == "VARCHAR" and asked.numbers([header]))):
            found.append(header)
    return found


def _is_id(asked: Asked, header: str) -> bool:
    """Whether a column numbers the rows."""
    name = squeezed(header)
    numbered = name.endswith(("id", "nr", "nummer", "number", "编号")) or name in (
        "no",
        "row",
        "index",
    )
    return numbered and asked.count(header) == (asked.rows, asked.rows)

"""The action list: what to do first, on the page and as a file that a change log can take."""

from __future__ import annotations

from math import isfinite

from cs_lib import wording as w
from cs_lib.diagnosis.needs_and_causes.result import Action, NeedsResult
from cs_lib.language import say
from cs_lib.methods.recurrence.prizes import Prize
from cs_lib.report.needs_and_causes.words import REPLIES, need, owner, span, yearly
from cs_lib.report.note import Note
from cs_lib.report.spreadsheet import as_csv
from cs_lib.report.table import Table

NOTHING = "–"


def actions(result: NeedsResult) -> Table | Note:
    """What to do first, by whom, and what it would save in a year."""
    if not result.actions:
        return Note(say("There is nothing on the action list."))
    rows = tuple(
        (
            need(one.need),
            owner(one.owner),
            say(REPLIES[one.reply]),
            _prize(one.prizes.for_good if one.prizes else None, result),
            _prize(one.prizes.cause if one.prizes else None, result)
            if one.prizes
            else yearly(one.size, result),
        )
        for one in result.actions
    )
    columns = (
        say("Need"),
        say("Who can end it"),
        say("What to do"),
        say("If solved for good"),
        say("If its cause is gone"),
    )
    return Table(
        say("What to do first, and what it would save in a year"), columns, rows, name="actions"
    )


def action_names(result: NeedsResult) -> Table | Note:
    """What each action is called in the change log and in actions.csv, and what its study would measure."""
    if not result.actions:
        return Note(say("There is nothing on the action list."))
    rows = tuple((need(one.need), one.id, one.metric) for one in result.actions)
    columns = (say("Need"), say("Name in the change log"), say("Metric of its study"))
    caption = say("Names for the change log, as in the file actions.csv")
    return Table(caption, columns, rows, folded=True)


def _prize(prize: Prize | None, result: NeedsResult) -> str:
    """Minutes a year with their interval, and their price."""
    if prize is None:
        return NOTHING
    text = w.bracketed(w.counted(round(prize.minutes), "minute"), span(prize.low, prize.high))
    if prize.price is None:
        return text
    return w.separated([text, w.rough(prize.price, result.currency, signed=False)])


def as_rows(listed: tuple[Action, ...], currency: str) -> str:
    """The action list as CSV: a row an action, codes and plain numbers, as a change log takes it."""
    import pandas as pd

    return as_csv(pd.DataFrame([_row(one, currency) for one in listed]))


def _row(one: Action, currency: str) -> dict[str, object]:
    good, gone = (one.prizes.for_good, one.prizes.cause) if one.prizes else (None, None)
    return {
        "action": one.id,
        "need_code": one.need,
        "owner": one.owner,
        "root_cause": one.cause,
        "reply": one.reply,
        "contacts": one.contacts,
        "unit": one.unit,
        "a_year": round(one.size),
        "a_year_low": round(one.size_low),
        "a_year_high": round(one.size_high),
        **_prized("solved_for_good", good),
        **_prized("cause_gone", gone),
        "currency": currency,
        "metric": one.metric,
        "stands_apart": "yes" if one.certain else "no",
    }


def _prized(called: str, prize: Prize | None) -> dict[str, int | None]:
    """Minutes and price of a year, empty where they are not known."""
    minutes = (prize.minutes, prize.low, prize.high) if prize else (None,) * 3
    price = prize.price if prize else None
    return {
        f"minutes_if_{called}": _whole(minutes[0]),
        f"minutes_if_{called}_low": _whole(minutes[1]),
        f"minutes_if_{called}_high": _whole(minutes[2]),
        f"price_if_{called}": _whole(price),
    }


def _whole(value: float | None) -> int | None:
    return None if value is None or not isfinite(value) else round(value)

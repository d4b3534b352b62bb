"""The action list: what to do first, on the page and as a file that a change log can take."""

from __future__ import annotations

import csv
import io
from math import isfinite

from cs_lib import wording as w
from cs_lib.diagnosis.needs_and_causes.result import Action, NeedsResult
from cs_lib.language import say
from cs_lib.methods.recurrence.prizes import Prize
from cs_lib.report.needs_and_causes.words import REPLIES, need, owner, span, yearly
from cs_lib.report.note import Note
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
            one.id,
        )
        for one in result.actions
    )
    columns = (
        say("Need"), say("Who can end it"), say("What to do"), say("If solved for good"),
        say("If its cause is gone"), say("Name in the change log"),
    )  # fmt: skip
    return Table(
        say("What to do first, and what it would save in a year"), columns, rows, name="actions"
    )


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
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    head = [
        "action", "need_code", "owner", "root_cause", "reply", "contacts", "unit", "a_year", "a_year_low",
        "a_year_high",
        "minutes_if_solved_for_good", "minutes_if_solved_for_good_low", "minutes_if_solved_for_good_high",
        "minutes_if_cause_gone", "minutes_if_cause_gone_low", "minutes_if_cause_gone_high", "price_if_solved_for_good",
        "price_if_cause_gone", "currency", "metric", "stands_apart",
    ]  # fmt: skip
    out.writerow(head)
    for one in listed:
        good, gone = (one.prizes.for_good, one.prizes.cause) if one.prizes else (None, None)
        out.writerow(
            [
                one.id, one.need, one.owner, one.cause, one.reply, one.contacts, one.unit,
                *map(_cell, (one.size, one.size_low, one.size_high)),
                *_three(good), *_three(gone), _cell(good.price if good else None), _cell(gone.price if gone else None),
                currency, one.metric, "yes" if one.certain else "no",
            ]
        )  # fmt: skip
    return text.getvalue()


def _three(prize: Prize | None) -> list[str]:
    return [_cell(v) for v in ((prize.minutes, prize.low, prize.high) if prize else (None,) * 3)]


def _cell(value: float | None) -> str:
    return "" if value is None or not isfinite(value) else str(round(value))

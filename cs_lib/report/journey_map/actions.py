"""The action list: what to do about each pain that is told, on the page and as a file that a change log can take."""

from __future__ import annotations

from cs_lib import wording as w
from cs_lib.diagnosis.journey_map.result import Gap, JourneyResult
from cs_lib.language import say
from cs_lib.report.journey_map.words import owner, pain
from cs_lib.report.note import Note
from cs_lib.report.spreadsheet import as_csv
from cs_lib.report.table import Table

FILE = "actions.csv"


def action_names(result: JourneyResult) -> Table | Note:
    """What each pain is called in the change log and in actions.csv, and what the study of a change would measure."""
    if not result.actions:
        return Note(say("There is nothing on the action list."))
    rows = tuple(
        (w.capital(pain(one.pain)), one.id, one.metric, w.capital(owner(one.owner)))
        for one in result.actions
    )
    columns = (
        say("Pain"),
        say("Name in the change log"),
        say("Metric of its study"),
        say("Who can end it"),
    )
    caption = say("Names for the change log, as in the file actions.csv")
    return Table(caption, columns, rows, folded=True)


def as_rows(result: JourneyResult) -> str:
    """The action list as CSV: a row an action, codes and plain numbers, as a change log takes it."""
    import pandas as pd

    found = {one.pain: one for one in result.pains}
    rows = []
    for one in result.actions:
        told = found[one.pain]
        rows.append(
            {
                "action": one.id,
                "pain": one.pain,
                "owner": one.owner,
                "contacts": one.contacts,
                "customers_a_month": round(told.customers),
                "points_within": _points(told.within, 0),
                "points_within_low": _points(told.within, 1),
                "points_within_high": _points(told.within, 2),
                "metric": one.metric,
                "team": told.team or "",
            }
        )
    return as_csv(pd.DataFrame(rows))


def _points(gap: Gap | None, place: int) -> int | None:
    """A gap in whole points: its value, its low or its high end."""
    return None if gap is None else round(100 * (gap.value, gap.low, gap.high)[place])

"""Time of contacts from their opening on while their team is open, in the query that makes the narrow table."""

from __future__ import annotations

import re

from cs_lib.metrics.definition import DailyMetric, expand
from cs_lib.metrics.queries.business_hours import OpenTime
from cs_lib.metrics.queries.narrow.kinds import Window, source_columns
from cs_lib.metrics.queries.sql import micros

NOW = "OPEN(CUT)"  # open time up to the data cut
ASKED = re.compile(r"\bOPEN\((CUT|c\.\w+)\)")
OPENED, TEAM = "c.opened_at", "c.team_id"


def while_open(text: str, time: OpenTime | None) -> tuple[str, str]:
    """SQL with its `OPEN(...)` spelt out, and what it joins for that; nothing where it has none."""
    ends = dict.fromkeys(ASKED.findall(text))
    if time is None or not ends:
        return text, ""
    cut = str(micros(time.desk.cut))
    at = {end: (_alias(end), cut if end == "CUT" else end) for end in [OPENED, *ends]}
    joins = time.joins_of(dict(at.values()), TEAM)
    return ASKED.sub(lambda word: time.between(at[OPENED], at[word[1]]), text), joins


def require_hours(metric: DailyMetric, time: OpenTime, window: Window) -> None:
    """Raises NotAvailable where the hours of the teams of some of a metric's cases are not known, with how many."""
    ends = [end for end in ASKED.findall(metric.value) if end != "CUT"]
    till = f"coalesce({ends[0]}, {micros(time.desk.cut)})"
    where = (
        f"{expand(metric.where, horizon=metric.window_days)} AND {window.holds('c.opened_at_day')}"
    )
    columns = source_columns(time.desk, "contacts", f"{OPENED} {TEAM} {till} {where}")
    read = f"SELECT c.* FROM (SELECT {', '.join(columns)} FROM contacts x) c WHERE {where}"
    time.require(f"({read}) c", OPENED, till, team=TEAM)


def _alias(end: str) -> str:
    return f"cs_at_{end.removeprefix('c.').lower()}"

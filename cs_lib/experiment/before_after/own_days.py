"""What must hold of a table of days: its days are there on both sides."""

from __future__ import annotations

from datetime import date, timedelta

from cs_lib import sentences as w
from cs_lib.experiment.before_after.case import Case
from cs_lib.metrics.own_days import DaysRead
from cs_lib.results import Check
from cs_lib.sentences import Text, say

# With a larger share of a side's days missing there is no telling what they would have shown.
MAX_MISSING_ON_A_SIDE = 0.5
# So many days in a row without a row at an end of a side are an export that was cut, not closed days.
LEAST_CUT = 7
MOST_NAMED = 3


def days_there(case: Case) -> list[Check]:
    """Whether every day of both periods has a row."""
    read = case.evidence.days
    if read is None:
        return []
    return [_complete(case, read)]


def _complete(case: Case, read: DaysRead) -> Check:
    name, design = "days_there", case.study.design
    off = {*design.days_off}
    missing = [day for day in (*read.missing, *read.empty) if day not in off]
    if not missing:
        finding = say("All {days} of both periods are there.", days=w.counted(read.asked, "day"))
        return Check(name, True, finding)
    runs = _runs(sorted(missing))
    finding = say(
        "{missing} of {asked} have no value: {named}. They are left out, never counted as 0; name days on which the "
        "desk was closed in design.holidays.",
        missing=w.count(len(missing)),
        asked=w.counted(read.asked, "day"),
        named=w.listed([w.days(*run) for run in runs[:MOST_NAMED]] + _more(runs)),
    )
    return Check(
        name,
        None if _closed_days(runs) else False,
        finding,
        blocks_decision=_cut(case, runs, missing),
    )


def _more(runs: list[tuple[date, date]]) -> list[Text]:
    left = len(runs) - MOST_NAMED
    return [say("{n} more", n=w.count(left))] if left > 0 else []


def _closed_days(runs: list[tuple[date, date]]) -> bool:
    """Whether only single days and weekends are missing, as of a desk that is closed then."""
    return all((last - first).days < 3 for first, last in runs)


def _cut(case: Case, runs: list[tuple[date, date]], missing: list[date]) -> bool:
    """Whether an end of a side is missing, or most of one."""
    for first, last in (case.study.design.pre_period, case.study.design.post_period):
        inside = [day for day in missing if first <= day <= last]
        if len(inside) > MAX_MISSING_ON_A_SIDE * ((last - first).days + 1):
            return True
        long = [run for run in runs if (run[1] - run[0]).days + 1 >= LEAST_CUT]
        if any(a <= first <= b or a <= last <= b for a, b in long):
            return True
    return False


def _runs(days: list[date]) -> list[tuple[date, date]]:
    """Days in a row as their first and last."""
    found: list[tuple[date, date]] = []
    for day in days:
        if found and day - found[-1][1] == timedelta(days=1):
            found[-1] = found[-1][0], day
        else:
            found.append((day, day))
    return found

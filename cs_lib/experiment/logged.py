"""What a change log tells of other changes: for whom and when they were, and whether there is a log to tell of any."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from cs_lib import sentences as w
from cs_lib.aggregates import LoggedChange, logged_scope
from cs_lib.params import Scope
from cs_lib.results import Check
from cs_lib.sentences import Text, say

# A log without an entry for so long may no longer be kept.
LONGEST_SILENCE = timedelta(days=365)


def scope_in_words(logged: str) -> Text:
    """A logged scope like `need_code in (late_delivery)` in words; others as they stand."""
    where = logged_scope(logged)
    if where is None:
        return logged or say("for whom is not logged")
    return w.listed(
        say(
            "{column}: {values}",
            column=w.name(column),
            values=w.separated([w.name(value) for value in values]),
        )
        for column, values in where.items()
    )


def apart(logged: str, *scopes: Scope) -> bool:
    """Whether a logged scope like `team_id in (T05, T06)` names only contacts outside all of ours; unsure is no."""
    where = {c: v for c, v in (logged_scope(logged) or {}).items() if c in Scope.COLUMNS}
    return all(
        any(
            (ours := getattr(scope, column)) and set(values).isdisjoint(ours)
            for column, values in where.items()
        )
        for scope in scopes
    )


def days_within(change: LoggedChange, first: date, last: date) -> list[date]:
    """The days of a period on which a change went live or was on for the last time; else that of going live."""
    days = [day for day in (change.day, change.last) if day is not None and first <= day <= last]
    return days or [change.day]


def when(change: LoggedChange, first: date) -> Text:
    """When a change was on, for a period that begins on a day."""
    if change.day >= first:
        return w.day(change.day) if change.last is None else w.days(change.day, change.last)
    if change.last is not None:
        return say("taken back on {day}", day=w.day(change.last))
    if change.settled is not None and change.settled > first:
        return say("since {day}, in full only from {settled}",
                   day=w.day(change.day), settled=w.day(change.settled))  # fmt: skip
    return w.day(change.day)


def listed(changes: Sequence[LoggedChange], first: date) -> Text:
    """Changes by name, each with when and for whom."""
    return w.listed(
        w.bracketed(c.title, w.separated([when(c, first), scope_in_words(c.scope)]))
        for c in changes
    )


def without_log(until: date | None, changes: Sequence[LoggedChange], last: date) -> Check | None:
    """The note that nothing can be told of other changes: there is no log, or none that was kept up.

    Args:
        until: the day of the latest entry of the log.
        changes: entries of it that are known anyhow.
        last: the last day on which another change would matter.
    """
    ends = [day for c in changes for day in (c.day, c.last)]
    known = [day for day in (until, *ends) if day is not None]
    if not known:
        finding = say("There is no log of changes: ask what else was changed in these periods.")
        return Check("changes_logged", None, finding)
    if max(known) < last - LONGEST_SILENCE:
        finding = say(
            "The last entry of the change log is of {day}, more than a year before the end of these periods: ask "
            "whether it was kept since.",
            day=w.day(max(known)),
        )
        return Check("change_log_kept", None, finding)
    return None


def service_checks(
    changes: Sequence[LoggedChange],
    until: date | None,
    served: tuple[date, date],
    *,
    whole: str | None = None,
) -> list[Check]:
    """What was changed while customers of a test were served: alike for every variant, so it is a note.

    Args:
        changes: those of the log that moved on the days `served`.
        until: the day of the latest entry of the log.
        whole: the column whose values were assigned as a whole; what concerns single ones of them is not alike.
    """
    first, last = served
    if not changes:
        missing = without_log(until, changes, last)
        finding = say("The change log has no change from {days}.", days=w.days(first, last))
        return [missing or Check("same_service", True, finding)]
    single = [c for c in changes if whole and whole in (c.where or {})]
    alike = [c for c in changes if c not in single]
    told = [
        say(
            "From {days}, for every variant alike: {changes}. This favours no variant, but of the customers of whom "
            "the result speaks some were served before it and some after.",
            days=w.days(first, last), changes=listed(alike, first),
        )
    ] if alike else []  # fmt: skip
    told += [
        say(
            "Only for some of those that were assigned as a whole, so that the variants did not go through it alike: "
            "{changes}.",
            changes=listed(single, first),
        )
    ] if single else []  # fmt: skip
    return [Check("same_service", False if single else None, w.together(*told))]

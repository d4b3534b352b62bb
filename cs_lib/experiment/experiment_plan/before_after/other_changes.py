"""Other changes that the log has of a plan's history, and of the weeks up to its result."""

from __future__ import annotations

from datetime import timedelta

from cs_lib.experiment.experiment_plan.before_after.result import Drafted
from cs_lib.experiment.logged import apart, days_within, listed, without_log
from cs_lib.results import Check
from cs_lib.sentences import say

WEEKS_LOOKED_AT = 12  # where no length is planned


def log_checks(result: Drafted) -> list[Check]:
    """Whether anything was changed in the history, and whether anything else is planned."""
    return [_no_other_change(result), *_planned_changes(result)]


def _no_other_change(result: Drafted) -> Check:
    name, seen, (first, last) = "history_unchanged", result.evidence, result.study.design.history
    near = [c for c in seen.changes if not apart(c.scope, result.study.scope)]
    if near:
        finding = say(
            "Also in the history: {named}. What such a change moved counts as ordinary ups "
            "and downs here.",
            named=listed(near, first),
        )
        return Check(name, False, finding)
    return without_log(seen.logged_until, seen.changes, last) or Check(
        name, True, say("The change log has no change of these contacts in the history.")
    )


def _planned_changes(result: Drafted) -> list[Check]:
    """Changes of the log between the history and the planned result; what starts with the study is the studied one."""
    study, shown = result.study, result.planned or result.within
    first, start = study.design.history[1] + timedelta(days=1), study.design.start
    last = shown.result_on if shown else start + timedelta(days=WEEKS_LOOKED_AT * 7)
    others = [
        c
        for c in result.evidence.ahead
        if c.change_id != study.design.change
        and start not in (c.day, c.last)
        and days_within(c, first, last)[0] <= last
        and not apart(c.scope, study.scope)
    ]
    if not others:
        return []
    finding = say(
        "By the change log also between the history and the result: {others}. Name them in design.also of the study, "
        "or keep two weeks between them and this change.",
        others=listed(others, first),
    )
    return [Check("weeks_ahead_clear", False, finding)]

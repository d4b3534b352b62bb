"""Whether the tables carry the scorecard: holes, columns filled otherwise, weeks without a point, holidays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cs_lib import sentences as w
from cs_lib.diagnosis.fills import LEAD, FillStep, fill_steps
from cs_lib.diagnosis.service_scorecard.result import Row
from cs_lib.diagnosis.service_scorecard.rows import logged_rebases
from cs_lib.diagnosis.thin_days import Thin
from cs_lib.language import later
from cs_lib.methods.monitoring.share_steps import share_steps
from cs_lib.metrics.public_days import calendar_checks
from cs_lib.metrics.service_scorecard import ScorecardEvidence
from cs_lib.params.service_scorecard import ALARM_WEEKS, ServiceScorecard
from cs_lib.results import Check, rows_found
from cs_lib.sentences import say

MOST_NAMED = 3
FILLED = later("from {day} on {after} of rows have {column}, {before} in the weeks before")
FOUND = later("from {day} on {after} of those in {column} are found, {before} in the weeks before")
MOST_ANONYMOUS = 0.2


def steps_of_columns(evidence: ScorecardEvidence, found: Thin) -> tuple[FillStep, ...]:
    """When a column that some row rests on began to be filled otherwise."""
    wanted = {read for row in evidence.rows.values() for read in row.reads}
    steps = list[FillStep]()
    for table, column in sorted(wanted):
        days = evidence.tables.get(table)
        if days is None or column not in days.filled or not len(days.days):
            continue
        first, last = days.days[0].item(), days.days[-1].item()
        for hole in found.get(table, ()):
            if hole.last >= last:
                last = hole.first
        steps += fill_steps(days, column, first, last)
    named = evidence.orders_named
    if named is not None and ("contacts", "order_id") in wanted:
        found_orders = share_steps(named.found.days, named.found.numerator, named.found.denominator)
        steps += [
            FillStep("contacts", "order_id", step.day, step.before, step.after, found=True)
            for step in found_orders
            if step.day > evidence.start + LEAD
        ]
    return tuple(steps)


def checks(
    evidence: ScorecardEvidence,
    study: ServiceScorecard,
    rows: Mapping[str, Row],
    found: Thin,
    steps: Sequence[FillStep],
) -> tuple[Check, ...]:
    """Every check, those first that take weeks away."""
    return (
        _whole(found, evidence),
        _kept(steps, evidence),
        _fresh(rows),
        _usual(rows, study),
        *_logged(evidence, study),
        *_known(evidence),
        *calendar_checks(study.design.public, (evidence.start, evidence.end)),
    )


def _whole(found: Thin, evidence: ScorecardEvidence) -> Check:
    """Tables without days that hold hardly a row."""
    spells = [
        (name, hole) for name, each in found.items() for hole in each if hole.last >= evidence.start
    ]
    if not spells:
        return Check(
            "tables_whole", True, say("No table has days with hardly a row in these weeks.")
        )
    parts = [
        rows_found(w.table(name), hole.found, hole.usual, hole.first, hole.last)
        for name, hole in spells[:MOST_NAMED]
    ]
    return Check(
        "tables_whole",
        False,
        say("{found}. The weeks that this touches have no point.", found=w.separated(parts)),
    )


def _kept(steps: Sequence[FillStep], evidence: ScorecardEvidence) -> Check:
    """Columns filled the same way in all weeks."""
    inside = [step for step in steps if evidence.start < step.day <= evidence.end]
    if not inside:
        return Check(
            "columns_kept_filled",
            True,
            say("Every column that a row rests on is filled the same way in all weeks."),
        )
    parts = [
        say(
            FOUND if step.found else FILLED,
            day=w.day(step.day),
            after=w.percent(step.after, places=0),
            before=w.percent(step.before, places=0),
            column=step.name,
        )
        for step in inside[:MOST_NAMED]
    ]
    return Check(
        "columns_kept_filled",
        False,
        say(
            "Recording changed: {parts}. Rows that rest on it give no alarm.",
            parts=w.separated(parts),
        ),
    )


def _fresh(rows: Mapping[str, Row]) -> Check:
    """Rows whose newest week is there."""
    late = [row for row in rows.values() if row.late]
    if not late:
        return Check("weeks_fresh", True, say("Every row has its newest week."))
    named = [
        say("{metric} up to {day}", metric=row.metric.called, day=w.day(row.until))
        for row in late[:MOST_NAMED]
    ]
    return Check(
        "weeks_fresh",
        False,
        say("Newest weeks are missing: {named}.", named=w.listed(named)),
    )


def _usual(rows: Mapping[str, Row], study: ServiceScorecard) -> Check:
    """Enough usual weeks for an alarm."""
    watching = [row for row in rows.values() if row.alarm is not None or row.why_silent]
    able = [row for row in watching if row.alarm is not None and row.alarm.standing == "alarm"]
    if watching and len(able) == len(watching):
        return Check(
            "usual_weeks",
            True,
            say("Every watched row has at least {least} usual weeks.", least=w.count(ALARM_WEEKS)),
        )
    return Check(
        "usual_weeks",
        False,
        say(
            "{able} of {n} watched rows have the {least} usual weeks that an alarm needs; the others can only ask for"
            " attention.",
            able=w.count(len(able)),
            n=w.count(len(watching)),
            least=w.count(ALARM_WEEKS),
        ),
    )


def _logged(evidence: ScorecardEvidence, study: ServiceScorecard) -> Iterator[Check]:
    """Whether limits that are to begin anew have their cause in the change log."""
    asked = study.design.rebases
    if not asked:
        return
    used = logged_rebases(evidence, study)
    lost = [one.change for one in asked if one not in used]
    yield Check(
        "rebases_logged",
        not lost,
        say(
            "Not in the change log: {changes}. Limits stay as they were there.",
            changes=w.listed([w.quoted(one) for one in lost]),
        )
        if lost
        else say("Every change with which limits begin anew is in the change log."),
    )


def _known(evidence: ScorecardEvidence) -> Iterator[Check]:
    """Contacts whose customer is known."""
    if evidence.customers is None:
        return
    share = evidence.customers.anonymous_share
    yield Check(
        "customers_named",
        share <= MOST_ANONYMOUS,
        say(
            "{share} of contacts have no customer; whether these come back is not known.",
            share=w.percent(share),
        ),
    )

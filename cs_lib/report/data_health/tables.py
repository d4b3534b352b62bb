"""Tables of a source's health: every check with what it costs, joins, times, labels, surveys, needs."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from cs_lib import wording as w
from cs_lib.diagnosis.data_health.result import Finding, HealthResult
from cs_lib.language import say
from cs_lib.metrics.queries.gaps import Gaps
from cs_lib.metrics.queries.offered import Offered
from cs_lib.metrics.queries.values_found import Label, Labels
from cs_lib.report.data_health.matrix import STATES, called, in_turn, usable
from cs_lib.report.note import Note
from cs_lib.report.table import Table
from cs_lib.report.tables import look_of

NOTHING = "–"
MOST_LABELS = 20
TENTH = 10  # bins of gaps are tenths of an hour
DAY = 24


def needs(result: HealthResult) -> Table:
    """Each kind of study in full: all that is in the way, what is missing, which days, what would change it."""
    shown = in_turn(result)
    rows = tuple(
        (
            called(one.analysis),
            say(STATES[one.state][1]),
            usable(one),
            " ".join(w.sentence(str(reason)) for reason in one.reasons) or NOTHING,
            w.separated(list(one.missing)) or NOTHING,
            str(one.changes_it) or NOTHING,
        )
        for one in shown
    )
    tones = {(i, 1): STATES[one.state][0] for i, one in enumerate(shown)}
    columns = (
        say("Kind of study"),
        say("Today"),
        say("Usable days"),
        say("What is in the way"),
        say("Missing"),
        say("What would change it"),
    )
    return Table(say("Every kind of study, and what it needs"), columns, rows, tones=tones, folded=True)


def findings(result: HealthResult) -> Table:
    """Every check with rows, share, one example and what it costs; those that failed first."""
    failed_first = sorted(result.findings, key=lambda f: not f.failed)
    looks = [look_of(f.check) for f in failed_first]
    rows = tuple(
        _finding(f, words) for f, (_, words) in zip(failed_first, looks, strict=True)
    )
    tones = {(i, 1): tone for i, (tone, _) in enumerate(looks)}
    columns = (
        say("Check"),
        say("Result"),
        say("What was found"),
        say("Rows"),
        say("Share"),
        say("Example"),
        say("What it costs"),
    )
    caption = say("All {n} checks", n=w.count(len(rows)))
    return Table(caption, columns, rows, (3, 4), tones=tones, folded=True)


def _finding(one: Finding, outcome: str) -> tuple[str, ...]:
    counted = one.failed and one.among > 0
    return (
        one.check.name,
        outcome,
        one.check.finding,
        w.count(one.count) if one.failed and one.count else NOTHING,
        w.percent(one.share) if counted else NOTHING,
        one.example or NOTHING,
        str(one.costs) or NOTHING,
    )


def joins(result: HealthResult) -> Table | Note:
    """How many rows find their partner in the other table, and how many are lost."""
    rows = [
        (
            f"{j.table}.{j.column} → {j.other}.{j.key}",
            w.count(j.filled),
            w.percent(j.matched / j.filled),
            w.count(j.by_form),
            w.count(j.lead_in),
            w.count(j.lost),
            ", ".join(j.orphans) or ", ".join(f"{a} / {b}" for a, b in j.examples) or NOTHING,
        )
        for j in result.evidence.joins
        if j.filled
    ]
    if not rows:
        return Note(say("No table names rows of another one."))
    columns = (
        say("Key"),
        say("Rows with a key"),
        say("Found"),
        say("Only in another spelling"),
        say("Before the other table begins"),
        say("Lost"),
        say("Example"),
    )
    caption = say("Do the tables join? Rows that name a row of another table")
    return Table(caption, columns, tuple(rows), (1, 2, 3, 4, 5))


def times(result: HealthResult) -> Table | Note:
    """Times between two stamps that cannot be or look like a clock's, and stamps that many rows share."""
    rows = [_gap(gaps) for gaps in result.evidence.gaps if gaps.rows]
    rows += [
        (
            say("{table}.{column}: one stamp", table=b.table, column=b.column),
            w.count(b.count),
            NOTHING,
            NOTHING,
            say("{stamp} UTC", stamp=b.instant.isoformat(sep=" ", timespec="seconds")),
            NOTHING,
        )
        for b in result.evidence.bursts
    ]
    if not rows:
        return Note(say("No table has two stamps to compare."))
    columns = (
        say("From one stamp to another"),
        say("Rows"),
        say("Negative"),
        say("Zero"),
        say("Most frequent"),
        say("Its share"),
    )
    return Table(say("Times that a clock or a timer made"), columns, tuple(rows), (1, 2, 3, 5))


def _gap(gaps: Gaps) -> tuple[str, ...]:
    most = int(gaps.counts.argmax()) if len(gaps.counts) else -1
    at = "" if most < 0 else _hours(int(gaps.bins[most]) / TENTH)
    share = w.percent(int(gaps.counts[most]) / gaps.rows) if most >= 0 else NOTHING
    return (
        f"{gaps.table}: {gaps.start} → {gaps.end}",
        w.count(gaps.rows),
        w.count(gaps.negative),
        w.count(gaps.zero),
        at or NOTHING,
        share,
    )


def _hours(hours: float) -> str:
    """The start of a bin: hours, from two days on days."""
    if hours < 2 * DAY:
        return say("{hours} hours", hours=w.plain(hours, 1))
    return say("{days} days", days=w.plain(hours / DAY, 1))


def labels(result: HealthResult) -> Table | Note:
    """Labels that look alike, then the largest of each column with their first and last day."""
    found = result.evidence.labels
    rows = [row for each in found for row in _alike(each)]
    rows += [row for each in found for row in _largest(each)]
    if not rows:
        return Note(say("No column of labels is filled."))
    columns = (say("Column"), say("Label"), say("Rows"), say("First day"), say("Last day"), say("Remark"))
    caption = say("Labels: those that look alike first, then those that came or went, then the largest")
    return Table(caption, columns, tuple(rows[:MOST_LABELS]), (2,))


def _alike(labels: Labels) -> Iterator[tuple[str, ...]]:
    for group in labels.alike:
        first = group[0].value
        for label in group:
            remark = "" if label is group[0] else say("looks like “{other}”", other=first)
            yield _label(labels, label, remark)


def _largest(labels: Labels) -> Iterator[tuple[str, ...]]:
    alike = {label.value for group in labels.alike for label in group}
    ends = [l.first for l in labels.labels if l.first], [l.last for l in labels.labels if l.last]
    begin, end = min(ends[0], default=None), max(ends[1], default=None)
    rest = [l for l in labels.labels if l.value not in alike]

    def remark(label: Label) -> str:
        if begin is None or end is None or label.first is None or label.last is None:
            return ""
        whole = (end - begin).days
        if (label.first - begin).days > whole / 4:
            return say("came later")
        return say("went early") if (end - label.last).days > whole / 4 else ""

    told = [(label, remark(label)) for label in rest]
    moved = [(label, words) for label, words in told if words]
    same = [(label, words) for label, words in told if not words]
    for label, words in [*moved[:4], *same[:2]]:
        yield _label(labels, label, words)


def _label(labels: Labels, label: Label, remark: str) -> tuple[str, ...]:
    return (
        f"{labels.table}.{labels.column}",
        label.value,
        w.count(label.count),
        w.day(label.first) if label.first else NOTHING,
        w.day(label.last) if label.last else NOTHING,
        remark or NOTHING,
    )


def answers(result: HealthResult) -> Table | Note:
    """Who answers surveys: how many, and how their contacts went beside those of the silent."""
    rows = [_survey(s) for s in result.evidence.surveys if len(s.days)]
    if not rows:
        return Note(say("There are no surveys old enough to have been answered."))
    columns = (
        say("Survey"),
        say("Offered"),
        say("Answered"),
        say("Hours to resolution, answered"),
        say("Hours to resolution, silent"),
        say("Contacts with two scores"),
    )
    caption = say("Who answers: half of the contacts were resolved in so many hours")
    return Table(caption, columns, tuple(rows), (1, 2, 3, 4, 5))


def _survey(survey: Offered) -> tuple[str, ...]:
    offered, answered = int(survey.offered.sum()), int(survey.answered.sum())
    hours = (
        w.plain(value, 1) if isfinite(value) else NOTHING
        for value in (survey.answered_hours, survey.silent_hours)
    )
    return (
        w.name(survey.kind),
        w.count(offered),
        w.percent(answered / offered) if offered else NOTHING,
        *hours,
        w.count(survey.changed),
    )

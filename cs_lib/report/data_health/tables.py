"""Tables of a source's health: every check with what it costs, joins, times, labels, surveys, needs."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from cs_lib import wording as w
from cs_lib.diagnosis.data_health.result import Finding, HealthResult
from cs_lib.language import say
from cs_lib.metrics.queries.health.gaps import Burst, Bursts, Gaps
from cs_lib.metrics.queries.health.joins import Join
from cs_lib.metrics.queries.health.offered import Offered
from cs_lib.metrics.queries.health.values_found import Label, Labels
from cs_lib.report.data_health.clauses import clauses
from cs_lib.report.data_health.matrix import STATES, called, in_turn, usable
from cs_lib.report.note import Note, unasked
from cs_lib.report.table import Table
from cs_lib.report.tables import LEAST_CHECKS_SHOWN, look_of

NOTHING = "–"
LONGEST = 24  # letters of an example
STAY = "labels_stay"  # the check whose findings are told label by label
MOST_LABELS, MOST_MOVED = 20, 4  # in all, and of one column
LEAST_SHARE = 0.02  # of the largest label's rows; rarer ones come and go by chance
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
            w.capital(w.separated(clauses(result, one))) or NOTHING,
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
    return Table(
        say("Every kind of study, and what it needs"), columns, rows, tones=tones, folded=True
    )


def doubts(result: HealthResult) -> Table:
    """What failed, each kind of check once with its largest finding and what it costs; some that passed if few did."""
    failed: dict[str, Finding] = {}
    for one in (f for f in result.findings if f.failed):
        largest = failed.setdefault(one.check.code, one)
        if one.share > largest.share:
            failed[one.check.code] = one
    sound = [f for f in result.findings if f.check.passed]
    kept = [*failed.values(), *sound[: max(LEAST_CHECKS_SHOWN - len(failed), 0)]]
    looks = [look_of(f.check) for f in kept]
    rows = tuple(
        (f.check.name, words, w.together(f.check.finding, str(f.costs)))
        for f, (_, words) in zip(kept, looks, strict=True)
    )
    hidden = len(result.findings) - len(kept)
    caption = (
        say("The checks that matter most here; {hidden} more below", hidden=hidden)
        if hidden
        else say("Checks")
    )
    tones = {(i, 1): tone for i, (tone, _) in enumerate(looks)}
    columns = (say("Check"), say("Result"), say("What was found, and what it costs"))
    return Table(caption, columns, rows, tones=tones, name="checks")


def findings(result: HealthResult) -> Table | Note:
    """Every check that failed or that notes something, with rows, share, one example and what it costs."""
    told = sorted((f for f in result.findings if not f.check.passed), key=lambda f: not f.failed)
    if not told:
        return Note(say("No check failed."))
    looks = [look_of(f.check) for f in told]
    rows = tuple(_finding(f, words) for f, (_, words) in zip(told, looks, strict=True))
    tones = {(i, 1): tone for i, (tone, _) in enumerate(looks)}
    columns = (
        say("Check"),
        say("Result"),
        say("What was found"),
        say("Rows"),
        say("Example"),
        say("What it costs"),
    )
    caption = say("Everything that was found, in full")
    return Table(caption, columns, rows, (3,), tones=tones, folded=True)


def passed(result: HealthResult) -> Table | Note:
    """The checks that passed, and what they looked at."""
    rows = tuple((f.check.name, f.check.finding) for f in result.findings if f.check.passed)
    if not rows:
        return Note(say("No check passed."))
    return Table(
        say("What was looked at and found sound"), (say("Check"), say("What was found")), rows
    )


def _finding(one: Finding, outcome: str) -> tuple[str, ...]:
    rows = w.count(one.count) if one.failed and one.count else NOTHING
    if one.failed and one.among:
        rows = w.bracketed(rows, w.percent(one.share))
    return (
        one.check.name,
        outcome,
        one.check.finding,
        rows,
        _short(one.example) or NOTHING,
        str(one.costs) or NOTHING,
    )


def _short(value: str) -> str:
    """A value as far as a column has room for it."""
    return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"


def joins(result: HealthResult) -> Table | Note:
    """How many rows find their partner in the other table, and how many are lost; the worst first."""
    found = [j for j in result.evidence.joins if j.filled]
    if not found:
        return Note(say("No table names rows of another one."))
    wanted = [j for j in found if j.whole or j.by_form]
    short = sorted((j for j in wanted if j.matched < j.filled), key=lambda j: j.matched / j.filled)
    if not short:
        return Note(say("Every key finds the row that it names."))
    columns = (
        say("Key"),
        say("Rows"),
        say("Found"),
        say("Other spelling"),
        say("Too early"),
        say("Lost"),
        say("Example"),
    )
    whole = len(wanted) - len(short)
    caption = w.together(
        say("Rows that name a row of another table, and whether it is there."),
        say("{n} of {keys} keys find every row.", n=w.count(whole), keys=w.count(len(wanted)))
        if whole
        else "",
    )
    return Table(caption, columns, tuple(map(_join, short)), (1, 2, 3, 4, 5))


def _join(join: Join) -> tuple[str, ...]:
    examples = [f"{_short(a)} / {_short(b)}" for a, b in join.examples] or [
        *map(_short, join.orphans)
    ]
    return (
        f"{join.table}.{join.column} → {join.other}.{join.key}",
        w.count(join.filled),
        w.percent(join.matched / join.filled),
        w.count(join.by_form),
        w.count(join.lead_in),
        w.count(join.lost) if join.whole else NOTHING,
        ", ".join(examples) or NOTHING,
    )


def times(result: HealthResult) -> Table | Note:
    """Times between two stamps that cannot be or look like a timer's, and stamps that many rows share."""
    rows = [_gap(gaps) for gaps in result.evidence.gaps if gaps.rows]
    rows += [_burst(b, b.top[0]) for b in result.evidence.bursts if b.top]
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
    return Table(
        say("Times between two stamps, and the one that most rows share"),
        columns,
        tuple(rows),
        (1, 2, 3, 5),
    )


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


def _burst(bursts: Bursts, most: Burst) -> tuple[str, ...]:
    """The stamp that most rows of a column share."""
    return (
        say("{table}.{column}: one stamp", table=bursts.table, column=bursts.column),
        w.count(bursts.rows),
        NOTHING,
        NOTHING,
        say("{stamp} UTC", stamp=most.instant.isoformat(sep=" ", timespec="seconds")),
        w.percent(most.count / bursts.rows),
    )


def _hours(hours: float) -> str:
    """The start of a bin: hours, from two days on days."""
    if hours < 2 * DAY:
        return say("{hours} hours", hours=w.plain(hours, 1))
    return say("{days} days", days=w.plain(hours / DAY, 1))


def labels(result: HealthResult) -> Table | Note:
    """Labels that look alike, then those that came or went."""
    found = result.evidence.labels
    rows = [row for each in found for row in _alike(each)]
    changed = {f"{f.table}.{c}" for f in result.findings if _changed(f) for c in f.columns}
    rows += [
        row for each in found if f"{each.table}.{each.column}" in changed for row in _moved(each)
    ]
    if not rows:
        if not found:
            return Note(say("No column of labels is filled."))
        return Note(
            say(
                "No two labels look alike, and no list of them changed: {n} labels in {columns} columns.",
                n=w.count(sum(len(each.labels) for each in found)),
                columns=w.count(len(found)),
            )
        )
    columns = (
        say("Column"),
        say("Label"),
        say("Rows"),
        say("First day"),
        say("Last day"),
        say("Remark"),
    )
    caption = say("Labels that look alike, then those that came or went")
    return Table(caption, columns, tuple(rows[:MOST_LABELS]), (2,))


def _changed(one: Finding) -> bool:
    return one.failed and one.check.code == STAY


def _alike(labels: Labels) -> Iterator[tuple[str, ...]]:
    for group in labels.alike:
        first = group[0].value
        for label in group:
            remark = "" if label is group[0] else say("looks like “{other}”", other=first)
            yield _label(labels, label, remark)


def _moved(labels: Labels) -> Iterator[tuple[str, ...]]:
    """Labels that are there for less than three quarters of the time, large ones first."""
    alike = {label.value for group in labels.alike for label in group}
    dated = [(each, each.first, each.last) for each in labels.labels if each.first and each.last]
    if not dated:
        return
    begin, end = min(first for _, first, _ in dated), max(last for _, _, last in dated)
    quarter = (end - begin).days / 4
    told = 0
    for label, first, last in dated:
        late, early = (first - begin).days > quarter, (end - last).days > quarter
        seldom = label.count < LEAST_SHARE * labels.labels[0].count
        if label.value in alike or seldom or not (late or early) or told == MOST_MOVED:
            continue
        told += 1
        remark = (
            say("came and went")
            if late and early
            else say("came later")
            if late
            else say("went away")
        )
        yield _label(labels, label, remark)


def _label(labels: Labels, label: Label, remark: str) -> tuple[str, ...]:
    return (
        f"{labels.table}.{labels.column}",
        label.value,
        w.count(label.count),
        w.day(label.first) if label.first else NOTHING,
        w.day(label.last) if label.last else NOTHING,
        remark or NOTHING,
    )


def no_surveys() -> Note:
    """In place of what surveys would show."""
    return unasked(say("who answers surveys, which needs surveys old enough to have been answered"))


def answers(result: HealthResult) -> Table | Note:
    """Who answers surveys: how many, and how their contacts went beside those of the silent."""
    rows = [_survey(s) for s in result.evidence.surveys if len(s.days)]
    if not rows:
        return no_surveys()
    columns = (
        say("Survey"),
        say("Offered"),
        say("Answered"),
        say("Answered: hours"),
        say("Silent: hours"),
        say("Two scores"),
    )
    caption = say(
        "Who answers, the hours in which half of their contacts were resolved, and contacts with two scores"
    )
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

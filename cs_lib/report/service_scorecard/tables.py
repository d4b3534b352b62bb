"""Tables of a scorecard: what stands out now, how the watch works, what rows mean, where limits began anew."""

from __future__ import annotations

from collections.abc import Mapping

from cs_lib import wording as w
from cs_lib.diagnosis.service_scorecard.decide import explained_words, moved_words
from cs_lib.diagnosis.service_scorecard.result import ScorecardResult, Signal
from cs_lib.diagnosis.service_scorecard.rows import logged_rebases
from cs_lib.diagnosis.service_scorecard.signals import NEXT, NEXT_OF
from cs_lib.language import later, say
from cs_lib.metrics.catalogue import DAILY
from cs_lib.metrics.service_scorecard import MADE, OF_WEEKS, named_rows
from cs_lib.params import kind_of
from cs_lib.report.addresses import page_of, pages_of
from cs_lib.report.note import Note
from cs_lib.report.points import Points
from cs_lib.report.table import Table

KINDS = {"alarm": later("Alarm"), "attention": later("Attention")}
MOST_LOOKS = 3


def looks(result: ScorecardResult) -> Points | Note:
    """At most three sentences beside the verdict: what else to look at, and the page that looks further."""
    first = result.decision.clause
    signals = [one for one in result.signals if f"{one.kind}_{one.metric}" != first]
    told = [_look(one, result) for one in signals if not one.better or one.kind == "alarm"]
    told += [
        (
            say(
                "{metric}: the target of {target} is missed every week as it varies now.",
                metric=row.metric.label,
                target=w.level(row.target or 0.0, row.metric.quantity),
            ),
            NEXT_OF.get(row.name, NEXT[row.band]),
        )
        for row in result.rows.values()
        if row.assurance == "fails" and row.name not in {one.metric for one in signals}
    ]
    told += [_look(one, result) for one in signals if one.better and one.kind != "alarm"]
    if not told:
        return Note(say("Nothing else needs a look this week."))
    shown = told[:MOST_LOOKS]
    return Points(
        tuple(words for words, _ in shown),
        tuple(_further(notebook, result.study.pages) for _, notebook in shown),
    )


def _further(notebook: str, pages: Mapping[str, str]) -> tuple[str, str]:
    """The page that looks further, where the settings name it, else all pages of that notebook; words and address."""
    if notebook in pages:
        return say("See {page}", page=w.name(pages[notebook])), page_of(pages[notebook])
    return say("Look further: {kind}", kind=say(kind_of({"notebook": notebook}))), pages_of(
        notebook
    )


def _look(signal: Signal, result: ScorecardResult) -> tuple[str, str]:
    """What moved and what explains it, and the notebook that looks further."""
    row = result.rows[signal.metric]
    words = w.together(str(moved_words(signal, row)), str(explained_words(signal, result.rows)))
    return words, signal.next


def signals(result: ScorecardResult) -> Table | Note:
    """Every row that is elsewhere than usual now."""
    if not result.signals:
        return Note(say("No row is unusual."))
    rows = tuple(
        (
            result.rows[one.metric].metric.label,
            say(KINDS[one.kind]),
            w.short_day(one.since),
            str(moved_words(one, result.rows[one.metric])),
            str(explained_words(one, result.rows)) or "–",
            w.plain(one.false_alarms_per_year, 2),
        )
        for one in result.signals
    )
    columns = (
        say("Metric"),
        say("Kind"),
        say("Since about"),
        say("What moved"),
        say("What is known"),
        say("False, a year"),
    )
    caption = say(
        "Unusual rows; the last column is how often a year such a row is told although nothing changed"
    )
    return Table(caption, columns, rows, (5,), folded=True)


def watched(result: ScorecardResult) -> Table | Note:
    """What the watch rests on, row by row."""
    found = [row for row in result.rows.values() if row.alarm is not None or row.why_silent]
    if not found:
        return Note(say("No row is watched."))
    rows = []
    for row in found:
        alarm = row.alarm
        if alarm is None:
            rows.append((row.metric.label, "–", "–", "–", str(row.why_silent)))
            continue
        rows.append(
            (
                row.metric.label,
                w.count(alarm.n_baseline),
                w.plain(alarm.correlation, 2),
                w.plain(alarm.limit, 1),
                say("alarm") if alarm.standing == "alarm" else say("attention only"),
            )
        )
    columns = (
        say("Metric"),
        say("Usual weeks"),
        say("Weeks alike (correlation)"),
        say("Limit"),
        say("Can give"),
    )
    caption = say(
        "What the watch rests on; the limit is in standard deviations of the smoothed weeks, wider where weeks resemble"
        " each other"
    )
    return Table(caption, columns, tuple(rows), (1, 2, 3), folded=True)


def definitions(result: ScorecardResult) -> Table:
    """What each row counts."""
    rows = tuple(
        (
            row.metric.label,
            say(row.metric.population),
            say(row.metric.counted),
            say(row.metric.denominator),
            say(row.metric.censoring),
        )
        for row in result.rows.values()
    )
    columns = (say("Metric"), say("Of whom"), say("Counted"), say("Per"), say("Left out"))
    return Table(say("What each row counts"), columns, rows, folded=True)


def opening(result: ScorecardResult) -> Table | Note:
    """When teams are open, where some rows count time only then."""
    if not result.evidence.hours:
        return Note("", "unasked")
    rows = tuple((str(sentence),) for sentence in result.evidence.hours)
    caption = say("When teams are open, for rows that count time only then")
    return Table(caption, (say("Opening hours"),), rows, folded=True)


def not_measured(result: ScorecardResult) -> Table | Note:
    """Rows that this source cannot give, and why."""
    rows = tuple(
        (_label(name), str(result.evidence.absent[name]))
        for name in named_rows()
        if name in result.evidence.absent
    )
    if not rows:
        return Note(say("Every row could be measured."))
    caption = say("Rows that this source cannot give")
    return Table(caption, (say("Metric"), say("Why not")), rows, folded=True)


def _label(name: str) -> str:
    found = OF_WEEKS.get(name) or MADE.get(name) or DAILY.get(name)
    return found.label if found is not None else w.capital(w.name(name))


def rebases(result: ScorecardResult) -> Table | Note:
    """Where limits began anew, and the logged change that is the cause."""
    found = logged_rebases(result.evidence, result.study)
    if not found:
        return Note(say("Limits rest on the same weeks throughout."))
    titles = {one.change_id: str(one.title) for one in result.evidence.changes}
    rows = tuple(
        (
            w.short_day(one.since),
            titles.get(one.change, one.change),
            w.listed([_label(name) for name in one.metrics]) if one.metrics else say("all rows"),
        )
        for one in found
    )
    columns = (say("From"), say("Change"), say("Rows"))
    return Table(say("Where limits began anew"), columns, rows, folded=True)

"""Steady, better, worse, or something that needs a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cs_lib import sentences as w
from cs_lib.diagnosis.service_scorecard.result import Row, Signal
from cs_lib.language import later
from cs_lib.params.service_scorecard import LEAST_WEEKS, ServiceScorecard
from cs_lib.results import Check, Decision
from cs_lib.sentences import Sentence, Text, say

# The row that tells whether fewer customers have problems: the first of these that is there.
HEADLINES = (
    "orders_with_problem_7d",
    "orders_with_problem_30d",
    "contact_rate",
    "customers_with_problem",
)
UNWATCHED = (
    "tables_whole",
    "columns_kept_filled",
    "weeks_fresh",
)  # checks that take weeks or alarms away
ADVICE = {
    "needs_and_causes": later("Look at what brings customers back, by needs and causes, and log what you change."),
    "journey_map": later("Look at where on the way it is lost, on the journey map, and log what you change."),
    "before_after": later("Measure what went live about then, before and after, before you draw a conclusion."),
    "data_health": later("Put the source right first, by its data health; until then nobody knows."),
    "perk_ab_test": later("Look at the tests of perks."),
}  # fmt: skip


def headline_of(rows: Mapping[str, Row]) -> Row | None:
    """The row that the page begins with."""
    return next((rows[name] for name in HEADLINES if name in rows), None)


def decide(
    rows: Mapping[str, Row], signals: Sequence[Signal], checks: Sequence[Check], study: ServiceScorecard
) -> Decision:  # fmt: skip
    """Worse or better where the first band moved, attention for what else needs a decision, else steady."""
    if not any(row.mark is not None or row.alarm is not None for row in rows.values()):
        why = say(
            "No row has limits: at least {least} whole weeks are needed before anything can be told from chance.",
            least=w.count(LEAST_WEEKS),
        )
        advice = say("Deliver a longer history, or wait until it is there.")
        return Decision("not_enough_data", why, advice, "no_limits", w.first(why))
    alarms = [one for one in signals if one.kind == "alarm" and not one.better]
    first = next((one for one in alarms if rows[one.metric].band == "problems"), None)
    if first is not None:
        return _told("worse", first, rows, study)
    if alarms:
        return _told("attention", alarms[0], rows, study)
    failed = [one for one in checks if one.code in UNWATCHED and one.passed is False]
    if failed:
        why = say("The tables do not carry this week's picture. {found}", found=failed[0].found)
        return Decision("attention", why, say(ADVICE["data_health"]), failed[0].code, w.first(why))
    asked = [one for one in signals if _needs_a_look(one, rows)]
    if asked:
        return _told("attention", asked[0], rows, study)
    gains = [one for one in signals if one.better and rows[one.metric].band == "problems"]
    gains = [one for one in gains if one.size is not None]
    if gains:
        return _told("better", gains[0], rows, study)
    return _steady(rows, study)


def _needs_a_look(signal: Signal, rows: Mapping[str, Row]) -> bool:
    """What the watch saw get worse about when something known was changed: that is for a study."""
    watched = rows[signal.metric].alarm is not None
    return watched and not signal.better and signal.explained_by != ("holidays",)


def _told(verdict: str, signal: Signal, rows: Mapping[str, Row], study: ServiceScorecard) -> Decision:  # fmt: skip
    """What moved, since when, by how much, and how often the watch says so for nothing."""
    moved = moved_words(signal, rows[signal.metric])
    why: Text = moved
    if signal.kind == "alarm":
        rate = say(
            "When nothing changes, all watched metrics together alarm at most about {n} times a year.",
            n=w.plain(study.watch.false_alarms_per_year, 1),
        )
        why = w.together(moved, rate)
    else:
        why = w.together(moved, explained_words(signal, rows))
    clause = f"{signal.kind}_{signal.metric}"
    advice = say(ADVICE[signal.next])
    if verdict == "better":
        advice = say("Keep what was changed; log it if it is not logged yet, and measure it.")
        if signal.next == "before_after":
            advice = say(ADVICE["before_after"])
    return Decision(verdict, why, advice, clause, w.first(why))  # type: ignore[arg-type]


def moved_words(signal: Signal, row: Row) -> Sentence:
    """Which row is higher or lower than usual, from when on, and by how much."""
    up = signal.direction == "up"
    parts = {"metric": row.metric.called, "day": w.day(signal.since)}
    if signal.size is None or signal.low is None or signal.high is None:
        if up:
            return say("{metric}: higher than usual from the week of {day} on.", **parts)
        return say("{metric}: lower than usual from the week of {day} on.", **parts)
    first, last = sorted((abs(signal.low), abs(signal.high)))
    if signal.low <= 0 <= signal.high:
        first, last = signal.low, signal.high
    if signal.scale == "ratio":
        parts |= {
            "size": w.percent(abs(signal.size), places=0),
            "span": say("{low} to {high}", low=w.percent(first, places=0), high=w.percent(last, places=0)),
        }  # fmt: skip
    else:
        of = row.metric.quantity
        parts |= {
            "size": w.size(signal.size, of),
            "span": w.interval(first, last, of, signed=False),
        }
    if up:
        return say("{metric}: up by {size} ({span}) from about the week of {day} on.", **parts)
    return say("{metric}: down by {size} ({span}) from about the week of {day} on.", **parts)


def explained_words(signal: Signal, rows: Mapping[str, Row]) -> Text:
    """What is known to have changed about then."""
    if not signal.explained_by:
        return ""
    row = rows[signal.metric]
    recording = [step.name for step in row.steps if step.name in signal.explained_by]
    if recording:
        return say(
            "Recording of {column} changed about then, which may be all there is to it.",
            column=w.listed(recording),
        )
    logged = [one for one in signal.explained_by if one != "holidays"]
    if logged:
        titles = [signal.titles.get(code, code) for code in logged]
        return say("About then went live: {changes}.", changes=w.listed(titles))
    return say("It is gone when weeks with holidays are left out.")


def _steady(rows: Mapping[str, Row], study: ServiceScorecard) -> Decision:
    """Nothing that is watched is unusual."""
    row = headline_of(rows)
    calm = say("Nothing that is watched is unusual.")
    why: Text = calm
    if row is not None and row.change is not None:
        found = row.change.recent
        now = say(
            "{metric}: {value} in the {weeks} up to {day} ({low} to {high}).",
            metric=row.metric.called,
            value=w.level(found.value, row.metric.quantity),
            weeks=w.counted(study.design.period_weeks, "week"),
            day=w.day(row.until),
            low=w.number(found.low, row.metric.quantity),
            high=w.number(found.high, row.metric.quantity),
        )
        why = w.together(calm, now)
    advice = say("Nothing to decide this week. Work on the action lists goes on.")
    return Decision("steady", why, advice, "none_beyond_limits", w.without_stop(calm))

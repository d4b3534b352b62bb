"""The work itself: does the log agree with the contacts, who acted, which contacts are real, who answered surveys?"""

from __future__ import annotations

import numpy as np
from scipy import special

from cs_lib import sentences as w
from cs_lib.diagnosis.data_health.kinds import failed, much, passed, share
from cs_lib.diagnosis.data_health.result import Finding
from cs_lib.diagnosis.fills import steps_of
from cs_lib.language import later
from cs_lib.methods.monitoring.share_steps import ShareStep, share_steps
from cs_lib.metrics.data_health import HealthEvidence
from cs_lib.metrics.queries.health.by_day import TableDays
from cs_lib.metrics.queries.health.event_log import EventLog
from cs_lib.metrics.queries.health.gaps import BINS_A_DAY, Gaps
from cs_lib.metrics.queries.health.offered import Offered
from cs_lib.sentences import Text, say

LEAST, LEAST_SHARE = 5, 0.01
REPEATS_SHARE = 0.005
ONE_PERSON_SHARE, LEAST_WORK = 0.5, 100
STAFF_SHARE = 0.002
TESTS_SHARE = 0.002
# So many contacts should be open at the cut for their absence to be told, and hardly a fifth of them is.
LEAST_OPEN, OPEN_SHARE, OPEN_CHANCE = 5.0, 0.2, 1e-3
# Contacts that answer surveys resolve so much faster or slower than the silent that a mean speaks for one of them.
UNLIKE = 1.5

CONTRADICTED = {
    "before_opening": later("{part} contacts have events before they were opened."),
    "starts_with_end": later("{part} contacts begin with their completion."),
    "no_event": later("{part} worked contacts have no event."),
    "resolved_unlogged": later("{part} resolved contacts have no event that resolves them."),
    "resolved_too_early": later(
        "{part} contacts carry as resolved_at an earlier resolution than the last one of their events."
    ),
    "reopened_unlogged": later("{part} contacts were resolved twice without being reopened."),
}


def work_findings(evidence: HealthEvidence) -> list[Finding]:
    """Checks of the log, of people, of which contacts count, and of surveys."""
    contacts = evidence.tables.get("contacts")
    found = [] if evidence.log is None else _log(evidence.log, evidence)
    if contacts is not None and len(contacts.days):
        found += [_real(contacts), *_open(contacts, evidence), *_bots(contacts)]
    return found + [f for each in evidence.surveys for f in _answers(each)]


def _log(log: EventLog, evidence: HealthEvidence) -> list[Finding]:
    found = [_repeats(log), *_agree(log), *_public(log), *_people(log)]
    return [*found, *_actors(evidence.tables["events"])]


def _repeats(log: EventLog) -> Finding:
    words: Text = say(
        "{part} events repeat the same step of the same contact at the same moment.",
        part=share(log.repeats, log.looked),
    )
    words = w.together(words, _in_part(log.looked, log.rows))
    if much(log.repeats, log.looked, least=LEAST, least_share=REPEATS_SHARE):
        return failed("events_once", words, table="events", count=log.repeats, among=log.looked)
    return passed("events_once", words, table="events", among=log.looked)


def _in_part(looked: int, rows: int) -> Text:
    """What to say where a part of very many rows was looked at."""
    if looked >= rows:
        return ""
    return say("Looked at: {looked} of {rows}.", looked=w.count(looked), rows=w.count(rows))


def _agree(log: EventLog) -> list[Finding]:
    found = list[Finding]()
    looked = _in_part(log.followed, log.contacts)
    for code, message in CONTRADICTED.items():
        count, among = log.against.get(code, 0), log.among.get(code, 0)
        if code == "resolved_unlogged" and not log.stages.get("resolved"):
            continue  # a log without such steps contradicts nobody
        if not much(count, among, least=LEAST, least_share=LEAST_SHARE):
            continue
        unknown = code == "reopened_unlogged" and not log.stages.get("reopened")
        words: Text = w.together(say(message, part=share(count, among)), looked)
        if unknown:
            words = w.together(
                words, say("The log has no step for reopening; count second resolutions.")
            )
        found.append(
            failed(
                "events_agree", words, table="events", columns=(code,), count=count, among=among,
                example=log.examples.get(code, ""), passed=None if unknown else False,
            )
        )  # fmt: skip
    good = w.together(say("Events and contacts tell the same."), looked)
    return found or [passed("events_agree", good, table="events", among=log.cases)]


def _public(log: EventLog) -> list[Finding]:
    """First responses without a public reply; nothing for a log that has no replies."""
    count, among = log.against.get("answer_unlogged", 0), log.among.get("answer_unlogged", 0)
    if not among or not log.stages.get("replied"):
        return []
    words: Text = say(
        "{part} first responses come before any reply that the customer sees.",
        part=share(count, among),
    )
    words = w.together(words, _in_part(log.followed, log.contacts))
    if not much(count, among, least=LEAST, least_share=LEAST_SHARE):
        return [passed("answers_public", words, table="contacts", among=among)]
    return [
        failed(
            "answers_public", words, table="contacts", columns=("first_response_at",), count=count, among=among,
            example=log.examples.get("answer_unlogged", ""),
        )
    ]  # fmt: skip


def _people(log: EventLog) -> list[Finding]:
    for stage in ("closed", "resolved"):
        total = log.work.get(stage, 0)
        if not log.people.get(stage) or total < LEAST_WORK:
            continue
        who, count = log.people[stage][0]
        if count >= ONE_PERSON_SHARE * total:
            words = say(
                "{who} stands at {part} steps of the stage {stage}.",
                who=w.quoted(who),
                part=share(count, total),
                stage=w.quoted(stage),
            )
            return [
                failed(
                    "no_single_person", words, table="events", columns=("agent_id",), count=count, among=total,
                    example=who,
                )
            ]  # fmt: skip
    if not any(log.work.values()):
        return []
    good = say("Nobody alone ends half of the contacts.")
    return [passed("no_single_person", good, table="events", among=max(log.work.values()))]


def _actors(table: TableDays) -> list[Finding]:
    """Steps of nobody, and steps of staff under a customer's name."""
    if "no_actor" not in table.marks:
        return []
    found = list[Finding]()
    for mark, least_share in (("no_actor", LEAST_SHARE), ("staff_as_customer", STAFF_SHARE)):
        count = table.marked(mark)
        if not much(count, table.rows, least=LEAST, least_share=least_share):
            continue
        part = share(count, table.rows)
        words = (
            say("{part} events name nobody who acted.", part=part)
            if mark == "no_actor"
            else say("{part} events are steps of staff under the name of the customer.", part=part)
        )
        days = table.days[table.marks[mark] > 0]
        found.append(
            failed(
                "actors_kept", words, table="events", columns=("actor",), count=count, among=table.rows,
                first=days[0].item(), last=days[-1].item(),
            )
        )  # fmt: skip
    good = say("Every event says who acted.")
    return found or [passed("actors_kept", good, table="events", among=table.rows)]


def _real(table: TableDays) -> Finding:
    """Tests among contacts, and a share of spam, merged and cancelled ones that moves."""
    tests, unreal = table.marked("tests"), table.marked("unreal")
    if much(tests, table.rows, least=LEAST, least_share=TESTS_SHARE):
        words = say("{part} contacts are tests by their subject.", part=share(tests, table.rows))
        days = table.days[table.marks["tests"] > 0]
        return failed(
            "real_contacts", words, table="contacts", columns=("subject",), count=tests, among=table.rows,
            first=days[0].item(), last=days[-1].item(),
        )  # fmt: skip
    for step in steps_of(table, table.marks["unreal"], table.counts, None):
        words = say(
            "From {day} on {after} of contacts are merged, spam or cancelled, {before} in the weeks before.",
            day=w.day(step.day),
            after=w.percent(step.after, places=0),
            before=w.percent(step.before, places=0),
        )
        return failed(
            "real_contacts", words, table="contacts", columns=("status",), count=unreal, among=table.rows,
            first=step.day,
        )  # fmt: skip
    words = say("{part} contacts are merged, spam or cancelled.", part=share(unreal, table.rows))
    return passed("real_contacts", words, table="contacts", among=table.rows)


def _open(table: TableDays, evidence: HealthEvidence) -> list[Finding]:
    """Whether contacts that should still be open at the cut are there."""
    times = next(
        (g for g in evidence.gaps if (g.start, g.end) == ("opened_at", "resolved_at")), None
    )
    if times is None or not times.rows:
        return []
    expected = _still_open(table, times, evidence)
    found = table.marked("still_open")
    words = say(
        "{found} contacts are still open, {expected} would be usual.",
        found=w.count(found),
        expected=w.count(expected),
    )
    few = found <= OPEN_SHARE * expected and special.pdtr(found, expected) < OPEN_CHANCE
    if expected >= LEAST_OPEN and few:
        return [
            failed(
                "open_ones_kept",
                words,
                table="contacts",
                count=round(expected) - found,
                among=round(expected),
            )
        ]
    return [passed("open_ones_kept", words, table="contacts", among=found)]


def _still_open(table: TableDays, times: Gaps, evidence: HealthEvidence) -> float:
    """Contacts that the usual times to resolution leave open at the cut."""
    age = (np.datetime64(evidence.observed_until) - table.days).astype(int) - 0.5
    below = np.append(0, np.cumsum(times.counts))
    done = below[np.searchsorted(times.bins, age * BINS_A_DAY)] + times.zero
    worked = table.counts - table.marks["unreal"]
    return float((worked * (1 - done / times.rows)).sum())


def _bots(table: TableDays) -> list[Finding]:
    """Whether a bot took contacts over from a date on."""
    if not table.has("handled_by"):
        return []
    known = table.filled["handled_by"]
    for step in steps_of(table, table.marks["bot"], known, table.followed):
        words = say(
            "From {day} on a bot handles {after} of contacts, {before} in the weeks before.",
            day=w.day(step.day),
            after=w.percent(step.after, places=0),
            before=w.percent(step.before, places=0),
        )
        return [
            failed(
                "bots_stay", words, table="contacts", columns=("handled_by",), count=table.marked("bot"),
                among=int(known.sum()), first=step.day,
            )
        ]  # fmt: skip
    words = say(
        "{part} contacts are the bot's, throughout.",
        part=share(table.marked("bot"), int(known.sum())),
    )
    return [passed("bots_stay", words, table="contacts", among=int(known.sum()))]


def _answers(survey: Offered) -> list[Finding]:
    """Steps of the response rate, and scores that were changed."""
    if not len(survey.days):
        return []
    every = np.arange(survey.days[0], survey.days[-1] + 1)
    offered, answered = np.zeros(len(every)), np.zeros(len(every))
    place = (survey.days - survey.days[0]).astype(int)
    offered[place], answered[place] = survey.offered, survey.answered
    total = int(survey.offered.sum())
    found = [_step(survey, step, total) for step in share_steps(every, answered, offered)]
    rate = share(int(survey.answered.sum()), total)
    good = say(
        "{part} surveys of the kind {kind} are answered, throughout.",
        part=rate,
        kind=w.quoted(survey.kind),
    )
    return [
        *(found or [passed("answered_alike", good, table="surveys", among=total)]),
        *_changed(survey, total),
        *_unlike(survey, total),
    ]


def _step(survey: Offered, step: ShareStep, total: int) -> Finding:
    words = say(
        "From {day} on {after} of surveys of the kind {kind} are answered, {before} in the weeks before.",
        day=w.day(step.day),
        after=w.percent(step.after, places=0),
        before=w.percent(step.before, places=0),
        kind=w.quoted(survey.kind),
    )
    return failed(
        "answered_alike", words, table="surveys", columns=("answered_at",), count=total, among=total, first=step.day
    )  # fmt: skip


def _changed(survey: Offered, total: int) -> list[Finding]:
    if not much(survey.changed, total, least=LEAST, least_share=LEAST_SHARE):
        words = say("{part} contacts have two scores.", part=share(survey.changed, total))
        return [passed("scores_stay", words, table="surveys", among=total)]
    words = say("{part} contacts have two scores.", part=share(survey.changed, total))
    return [
        failed("scores_stay", words, table="surveys", columns=("score",), count=survey.changed, among=total)
    ]  # fmt: skip


def _unlike(survey: Offered, total: int) -> list[Finding]:
    """A note when contacts of those who answer went otherwise than those of the silent."""
    hours = survey.answered_hours, survey.silent_hours
    if not min(hours) > 0 or max(hours) < UNLIKE * min(hours):
        return []
    words = say(
        "Contacts whose survey was answered took {answered} hours to resolve (median), the others {silent}.",
        answered=w.plain(hours[0], 1),
        silent=w.plain(hours[1], 1),
    )
    return [
        failed("answered_alike", words, table="surveys", columns=("answered_at",), among=total, passed=None)
    ]  # fmt: skip

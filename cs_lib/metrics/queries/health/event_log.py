"""Does the event log agree with itself and with the contacts it is about?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cs_lib.data.desk import Desk
from cs_lib.metrics.queries.health.faults import ENDED, UNREAL
from cs_lib.metrics.queries.sql import stamp
from cs_lib.metrics.queries.trust.looked_at import LEAST_LOOKED_AT, LOOKED_AT, some_seconds

MOST_PEOPLE = 5
MINUTE = 60_000_000
SLACK = 2 * MINUTE  # two systems that stamp one step may differ by so much

ENDS = "stage IN ('resolved', 'closed')"
REPLY = "stage = 'replied' AND actor IN ('agent', 'bot') AND coalesce(is_public, TRUE)"
# Of each contact: when its steps of a kind came first or last, in microseconds.
STEPS = {
    "first": "min(u)",
    "first_end": f"min(CASE WHEN {ENDS} THEN u END)",
    "first_other": f"min(CASE WHEN NOT {ENDS} THEN u END)",
    "resolved": "max(CASE WHEN stage = 'resolved' THEN u END)",
    "times_resolved": "count(CASE WHEN stage = 'resolved' THEN 1 END)",
    "reopened": "count(CASE WHEN stage = 'reopened' THEN 1 END)",
    "reply": f"min(CASE WHEN {REPLY} THEN u END)",
}

# By code: the contacts that contradict their events, and those that could.
CONTRADICTIONS: dict[str, tuple[str, str]] = {
    # an event lies before the contact was opened
    "before_opening": (f"e.first < c.opened - {SLACK}", "e.first IS NOT NULL"),
    # the first event is a completion
    "starts_with_end": (
        "e.first_end IS NOT NULL AND (e.first_other IS NULL OR e.first_end < e.first_other)",
        "e.first IS NOT NULL",
    ),
    # a worked contact without any event, opened while others have some
    "no_event": ("e.first IS NULL", f"NOT c.{UNREAL} AND c.covered"),
    # resolved by its stamp, and no event says so
    "resolved_unlogged": ("e.resolved IS NULL", "e.first IS NOT NULL AND c.resolved IS NOT NULL"),
    # resolved_at lies before the last resolved event: the first close was taken for the last
    "resolved_too_early": (
        f"c.resolved < e.resolved - {SLACK}",
        f"c.{ENDED} AND e.resolved IS NOT NULL AND c.resolved IS NOT NULL",
    ),
    # resolved more than once without a reopening
    "reopened_unlogged": ("e.reopened = 0", "e.times_resolved > 1"),
    # first_response_at has no public reply by a person or bot up to then
    "answer_unlogged": (
        f"coalesce(e.reply > c.answered + {SLACK}, TRUE)",
        "e.first IS NOT NULL AND c.answered IS NOT NULL",
    ),
}


@dataclass(frozen=True, slots=True)
class EventLog:
    """The event log in numbers; of a very long one some seconds, and some contacts, are looked at.

    Attributes:
        rows: all events.
        looked: those among which repeats and ties were counted.
        contacts, followed: all contacts, and those whose events were compared with them.
        cases: of the latter, those that have any event.
        repeats: events beyond the first of the same contact, activity and stamp.
        ties: events beyond the first of the same contact and stamp.
        against: contacts that contradict their events, by code (see `CONTRADICTIONS`).
        among: contacts that could have, by the same code.
        examples: one contact id by code.
        stages: events by stage.
        people: for `resolved` and `closed`, events by agent, the largest first, as (agent_id, events).
        work: for `resolved` and `closed`, all events that name an agent.
    """

    rows: int
    looked: int
    contacts: int
    followed: int
    cases: int
    repeats: int
    ties: int
    against: dict[str, int] = field(default_factory=dict)
    among: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    stages: dict[str, int] = field(default_factory=dict)
    people: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    work: dict[str, int] = field(default_factory=dict)


def event_log(desk: Desk) -> EventLog | None:
    """The event log against itself and against contacts; None without events."""
    if not desk.rows.get("events"):
        return None
    rows, contacts = desk.rows["events"], desk.rows.get("contacts", 0)
    looked, repeats, ties = _twins(desk, some_seconds(desk.engine.dialect.micros("ts"), rows))
    if looked < min(rows, LEAST_LOOKED_AT):  # stamps of hardly any such second
        looked, repeats, ties = _twins(desk, "TRUE")
    followed, against, among, examples = _contradictions(desk) if contacts else (0, {}, {}, {})
    cases = among.get("before_opening", 0)
    stages = dict(desk.engine.rows("SELECT stage, count(*) FROM events GROUP BY 1 ORDER BY 1"))
    people, work = dict[str, tuple[tuple[str, int], ...]](), dict[str, int]()
    for stage in ("resolved", "closed"):
        people[stage], work[stage] = _people(desk, stage)
    return EventLog(
        rows, looked, contacts, followed, cases, repeats, ties, against, among, examples, stages, people, work
    )  # fmt: skip


def _twins(desk: Desk, some: str) -> tuple[int, int, int]:
    """Of the events that meet a condition on their stamp: how many, how many are there twice, how many are ties."""
    activity = "raw_stage" if desk.facts["events"].of("raw_stage").filled else "stage"
    alike = f"SELECT contact_id, ts, {activity} AS a, count(*) AS n FROM events WHERE {some} GROUP BY 1, 2, 3"
    tied = f"SELECT contact_id, ts, sum(n) AS n, sum(n - 1) AS again FROM ({alike}) s GROUP BY 1, 2"
    [row] = desk.engine.rows(
        f"SELECT coalesce(sum(n), 0), coalesce(sum(again), 0), coalesce(sum(n - 1), 0) FROM ({tied}) s"
    )
    return int(row[0]), int(row[1]), int(row[2])


def _some_contacts(desk: Desk) -> str:
    """SQL of whether a contact's events are followed: of all contacts where they are few, else of every so manieth."""
    step = 1 << (desk.rows["contacts"] // LOOKED_AT).bit_length()
    number = desk.engine.dialect.number_of(["contact_id"])
    return f"{number} % {step} = 0" if step > 1 else "TRUE"


def _contradictions(desk: Desk) -> tuple[int, dict[str, int], dict[str, int], dict[str, str]]:
    """How many contacts were looked at; by code those that contradict, those that could, and one id."""
    """Contacts against their events, from one grouping of the events."""
    micros, some = desk.engine.dialect.micros, _some_contacts(desk)
    steps = ", ".join(f"{sql} AS {name}" for name, sql in STEPS.items())
    events = f"SELECT contact_id, {steps} FROM (SELECT *, {micros('ts')} AS u FROM events WHERE {some}) s GROUP BY 1"
    span = desk.facts["events"].span("ts")
    covered = f"opened_at BETWEEN {stamp(span[0])} AND {stamp(span[1])}" if span else "FALSE"
    contacts = (
        f"SELECT contact_id, status, {covered} AS covered, {micros('opened_at')} AS opened,"
        f" {micros('resolved_at')} AS resolved, {micros('first_response_at')} AS answered FROM contacts WHERE {some}"
    )
    asked = [
        text
        for wrong, among in CONTRADICTIONS.values()
        for text in (
            f"count(CASE WHEN {among} AND ({wrong}) THEN 1 END)",
            f"count(CASE WHEN {among} THEN 1 END)",
            f"min(CASE WHEN {among} AND ({wrong}) THEN c.contact_id END)",
        )
    ]
    [(followed, *row)] = desk.engine.rows(
        f"SELECT count(*), {', '.join(asked)} FROM ({contacts}) c LEFT JOIN ({events}) e ON e.contact_id = c.contact_id"
    )
    codes: list[Any] = list(CONTRADICTIONS)
    return (
        followed,
        {code: row[3 * i] for i, code in enumerate(codes)},
        {code: row[3 * i + 1] for i, code in enumerate(codes)},
        {code: row[3 * i + 2] for i, code in enumerate(codes) if row[3 * i + 2] is not None},
    )


def _people(desk: Desk, stage: str) -> tuple[tuple[tuple[str, int], ...], int]:
    those = f"FROM events WHERE stage = '{stage}' AND agent_id IS NOT NULL"
    rows = desk.engine.rows(
        f"SELECT agent_id, count(*) {those} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_PEOPLE}"
    )
    [(total,)] = desk.engine.rows(f"SELECT count(*) {those}")
    return tuple(rows), total

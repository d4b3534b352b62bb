"""SQL of the walk: the steps of contacts in order, what comes before and after each, in which phase and held by whom.

Steps of a contact stand in the order of their time, then `seq` (none counts as 0), then their stage in the order of
`contracts.STAGES`, then their own name's number, actor, team and person; so equal rows always come out alike.
"""

from __future__ import annotations

from cs_lib.data.contracts import STAGES
from cs_lib.data.engines.base import Dialect, quote
from cs_lib.metrics.definition import MICROS_A_DAY
from cs_lib.metrics.definitions.contacts import CSAT
from cs_lib.metrics.queries import steps
from cs_lib.metrics.queries.journey.phases import ENDS_ASKING, HELD, HOLDERS, PHASES, Holder, Phase

CONTACTS, ORDERED, MARKS = "cs_journey_contacts", "cs_journey_ordered", "cs_journey_marks"
CASES, WALK, TIMES = "cs_journey_cases", "cs_journey_walk", "cs_journey_times"
SURVEYS = "cs_journey_surveys"
ACTIVITIES, TEAMS, PEOPLE, NEEDS = (
    f"cs_journey_{name}" for name in ("activities", "teams", "people", "needs")
)
ACTORS = ("customer", "agent", "bot", "system")
ANSWER_DAYS = CSAT.window_days
# What somebody does with a contact that is not over; after a resolution it was taken up again.
TAKES_UP = (
    "queued", "assigned", "in_progress", "waiting_customer", "waiting_third_party", "handed_on",
)  # fmt: skip


def number_of_kind(kind: str) -> int:
    """The number by which `WALK` calls a kind of step."""
    return steps.KINDS.index(kind)


def number_of_phase(phase: Phase) -> int:
    """The number by which `WALK` calls a phase."""
    return PHASES.index(phase)


def number_of_holder(holder: Holder) -> int:
    """The number by which `WALK` calls a holder."""
    return HOLDERS.index(holder)


def kinds(names: tuple[str, ...], column: str = "kind") -> str:
    """Whether a step is of one of some kinds, as SQL."""
    return f"{column} IN ({', '.join(str(number_of_kind(name)) for name in names)})"


def numbered(column: str, values: tuple[str, ...]) -> str:
    """A text that is one of some values as its place among them, NULL for none."""
    cases = " ".join(f"WHEN {quote(value)} THEN {i}" for i, value in enumerate(values))
    return f"CAST(CASE {column} {cases} END AS SMALLINT)"


def ordered(dialect: Dialect, activity: str) -> str:
    """Every step with its place, the time and the name before and after, and what the order stands on.

    `activity` is a step's name over `e`. `tie` is 1 at the very time of the step before, 2 where `seq` does not order
    the two either; `repeated` where stage and name are the same as well; `told` is 1 for a reply of ours that says
    whether it was public, 0 for another of ours.
    """
    kind = numbered(steps.KIND, steps.KINDS)
    ours = "e.stage = 'replied' AND coalesce(e.actor, 'agent') <> 'customer'"
    read = (
        f"SELECT {dialect.row_of('c')} AS number, {dialect.micros('e.ts')} - c.opened AS since,"
        f" coalesce(e.seq, 0) AS seq, {numbered('e.stage', STAGES)} AS stage, {kind} AS kind,"
        f" a.number AS activity, {numbered('e.actor', ACTORS)} AS actor, t.number AS team, p.number AS person,"
        f" CAST(CASE WHEN {ours} THEN CASE WHEN e.is_public IS NULL THEN 0 ELSE 1 END END AS SMALLINT) AS told"
        f" FROM events e JOIN {CONTACTS} c ON c.contact_id = e.contact_id"
        f" LEFT JOIN {ACTIVITIES} a ON a.name = {activity}"
        f" LEFT JOIN {TEAMS} t ON t.name = e.team_id LEFT JOIN {PEOPLE} p ON p.name = e.agent_id"
    )
    order = "PARTITION BY number ORDER BY since, seq, stage, activity, actor, team, person, told"
    tied = f"since = lag(since) OVER ({order})"
    loose = f"seq = lag(seq) OVER ({order})"
    same = (
        f"{tied} AND stage = lag(stage) OVER ({order}) AND activity = lag(activity) OVER ({order})"
    )
    return (
        f"SELECT CAST(number AS INTEGER) AS number, CAST(row_number() OVER ({order}) - 1 AS INTEGER) AS place, since,"
        f" lead(since) OVER ({order}) AS following, kind, activity, lag(activity) OVER ({order}) AS before,"
        f" lead(activity) OVER ({order}) AS after, actor, team, person, told,"
        f" CAST(CASE WHEN {tied} THEN CASE WHEN {loose} THEN 2 ELSE 1 END ELSE 0 END AS SMALLINT) AS tie,"
        f" coalesce({same}, FALSE) AS repeated FROM ({read}) s"
    )


def marks(dialect: Dialect) -> str:
    """By contact the places and times on which phases turn, and a number that equal ways share (`way`)."""
    ours = f"coalesce(actor, 1) <> {ACTORS.index('customer')}"
    resolved, closed = kinds(("resolved",)), kinds(("closed",))
    live = kinds(("reopened", *TAKES_UP))
    code = dialect.number_of(["place", "activity"])
    return (
        "SELECT number, count(*) AS steps, min(CASE WHEN since >= 0 THEN since END) AS first,"
        f" min(CASE WHEN {kinds(ENDS_ASKING)} AND {ours} THEN place END) AS answered_at,"
        f" min(CASE WHEN {resolved} THEN since END) AS first_resolved,"
        f" min(CASE WHEN {resolved} THEN place END) AS first_resolved_at,"
        f" max(CASE WHEN {resolved} THEN since END) AS last_resolved,"
        f" max(CASE WHEN {resolved} THEN place END) AS last_resolved_at,"
        f" max(CASE WHEN {closed} THEN since END) AS last_closed,"
        f" max(CASE WHEN {live} THEN since END) AS last_live, max(CASE WHEN {live} THEN place END) AS last_live_at,"
        f" min(CASE WHEN team IS NOT NULL THEN place END) AS team_at,"
        f" sum({dialect.wide(code)}) AS way FROM {ORDERED} GROUP BY 1"
    )


def cases(dialect: Dialect, resolved_stamps: bool, cut: int) -> str:
    """Contacts with their marks; see `read.Read` for the columns. Without stamps of resolution the steps say it."""
    number = dialect.row_of("c")
    by_steps = (
        "CASE WHEN m.last_resolved_at > coalesce(m.last_live_at, -1) THEN m.last_resolved END"
    )
    resolved = "c.resolved_stamp" if resolved_stamps else by_steps
    known = (
        f"SELECT CAST({number} AS INTEGER) AS number, c.*, coalesce(m.steps, 0) AS steps, m.first, m.answered_at,"
        f" m.first_resolved, m.first_resolved_at, m.last_resolved_at, m.way, coalesce(f.team, c.own_team) AS team,"
        f" {resolved} AS ended_by, coalesce(c.closed_stamp, m.last_closed) AS closed, m.last_live"
        f" FROM {CONTACTS} c LEFT JOIN {MARKS} m ON m.number = {number}"
        f" LEFT JOIN {ORDERED} f ON f.number = m.number AND f.place = m.team_at"
    )
    again = (
        f"SELECT o.number, min(CASE WHEN {kinds(('reopened',), 'o.kind')} THEN o.place END) AS reopened_at,"
        f" min(CASE WHEN {kinds(TAKES_UP, 'o.kind')} THEN o.place END) AS taken_up_at"
        f" FROM {ORDERED} o JOIN {MARKS} m ON m.number = o.number"
        f" WHERE {kinds(('reopened', *TAKES_UP), 'o.kind')} AND o.place > m.first_resolved_at GROUP BY 1"
    )
    # A contact that is taken up after a resolution was reopened, as long as another resolution comes or none holds.
    place = (
        "CASE WHEN a.reopened_at IS NOT NULL AND a.reopened_at < coalesce(a.taken_up_at, a.reopened_at + 1)"
        " THEN a.reopened_at WHEN a.taken_up_at < k.last_resolved_at OR k.ended_by IS NULL"
        " THEN a.taken_up_at ELSE a.reopened_at END"
    )
    ended = (
        "CASE WHEN k.ended_by IS NOT NULL THEN k.ended_by"
        " WHEN k.closed >= coalesce(k.last_live, k.closed) THEN k.closed END"
    )
    return (
        "SELECT x.number, x.contact_id, x.opened, x.day, x.need, x.customer, x.team, x.channel, x.owner, x.complaint,"
        " x.due, x.steps, x.first, x.first_resolved, x.ended_by AS resolved, x.closed, x.ended,"
        f" coalesce(x.ended, {cut} - x.opened) AS till, r.since AS reopened, x.answered_at, x.again_at,"
        " CASE WHEN x.ended_by IS NOT NULL THEN x.last_resolved_at END AS solved_at, x.way"
        f" FROM (SELECT k.*, {ended} AS ended, {place} AS again_at FROM ({known}) k"
        f" LEFT JOIN ({again}) a ON a.number = k.number) x"
        f" LEFT JOIN {ORDERED} r ON r.number = x.number AND r.place = x.again_at"
    )


def walk() -> str:
    """Steps with the end of their time, their phase and holder; see `read.Read` for the columns."""
    resolved = kinds(("resolved",), "o.kind")
    # Where no step says that it was solved, the stamp does.
    stamped = "c.solved_at IS NULL AND c.ended IS NOT NULL"
    solved = f"(o.place >= c.solved_at OR ({stamped} AND o.since >= c.ended))"
    quiet = kinds(("resolved", "closed", "follow_up"), "o.kind")
    phase = {name: str(number_of_phase(name)) for name in PHASES}
    found = (
        f"CASE WHEN {resolved} THEN {phase['solved']}"
        f" WHEN coalesce({solved}, FALSE) OR {quiet} THEN {phase['after']}"
        f" WHEN o.place >= c.again_at THEN {phase['again']}"
        f" WHEN o.place < coalesce(c.answered_at, o.place + 1) THEN {phase['answer']}"
        f" WHEN {kinds(('waiting_customer', 'waiting_third_party'), 'o.kind')} THEN {phase['others']}"
        f" ELSE {phase['work']} END"
    )
    held = " ".join(
        f"WHEN {i} THEN {number_of_holder(HELD[kind])}"
        for i, kind in enumerate(steps.KINDS)
        if kind in HELD
    )
    ours, nobody = number_of_holder("waiting_on_us"), number_of_holder("nobody")
    holder = (
        f"CASE WHEN w.phase IN ({phase['solved']}, {phase['after']}) THEN {nobody}"
        f" WHEN w.phase = {phase['answer']} THEN {ours} ELSE CASE w.kind {held} END END"
    )
    last = (
        f"CASE WHEN c.ended IS NULL THEN c.till WHEN {stamped} THEN c.ended"
        f" WHEN {resolved} THEN coalesce(c.closed, o.since) ELSE o.since END"
    )
    till = (
        f"CASE WHEN o.following IS NULL THEN greatest({last}, o.since)"
        f" WHEN {stamped} AND o.since < c.ended THEN least(o.following, c.ended) ELSE o.following END"
    )
    return (
        f"SELECT w.*, CAST({holder} AS SMALLINT) AS holder FROM (SELECT o.number, o.place, o.since, {till} AS till,"
        " o.kind, o.activity, o.before, o.after, o.actor, o.team, o.person, o.told, o.tie, o.repeated,"
        f" CAST({found} AS SMALLINT) AS phase FROM {ORDERED} o JOIN {CASES} c ON c.number = o.number) w"
    )


# Time after a step; steps before the opening carry none.
SPENT = "CASE WHEN w.since >= 0 THEN w.till - w.since ELSE 0 END"
# Time from the opening to the first step that is not before it.
BEFORE = "least(coalesce(c.first, c.till), c.till)"


def times(dialect: Dialect) -> str:
    """By contact its time in each phase, NULL where it never came there, and what customers and third parties held."""
    phase = {name: number_of_phase(name) for name in PHASES}
    held = {"customer": number_of_holder("customer"), "third": number_of_holder("third_party")}
    sums = [
        f"sum(CASE WHEN w.phase = {phase[name]} THEN {SPENT} END) AS {name}"
        for name in ("work", "others", "solved", "after", "again")
    ]
    sums += [
        f"sum(CASE WHEN w.phase = {phase[name]} AND w.holder = {number} THEN {SPENT} ELSE 0 END) AS {name}_{who}"
        for name in ("others", "again")
        for who, number in held.items()
    ]
    shape = dialect.wide(dialect.number_of(["w.place", "w.activity", "w.phase", "w.holder"]))
    waited = f"coalesce(sum(CASE WHEN w.phase = {phase['answer']} THEN {SPENT} END), 0)"
    return (
        f"SELECT w.number, {waited} + max({BEFORE}) AS answer, {', '.join(sums)}, sum({shape}) AS shape"
        f" FROM {WALK} w JOIN {CASES} c ON c.number = w.number GROUP BY 1"
    )


def surveys(dialect: Dialect, cut: int) -> str:
    """The first survey of satisfaction of each contact: answered within the time, and satisfied, as `csat` has it."""
    offered, answered = dialect.micros("s.offered_at"), dialect.micros("s.answered_at")
    counted = f"coalesce({answered} <= {offered} + {ANSWER_DAYS * MICROS_A_DAY}, FALSE)"
    satisfied = CSAT.value.replace("c.", "s.")
    return (
        "SELECT q.number, q.answered, CASE WHEN q.answered = 1 THEN q.satisfied ELSE 0 END AS satisfied,"
        " CASE WHEN q.answered = 1 THEN q.since END AS since FROM"
        f" (SELECT c.number, CASE WHEN {counted} THEN 1 ELSE 0 END AS answered, {satisfied} AS satisfied,"
        f" {answered} - c.opened AS since,"
        f" {offered} AS offered, row_number() OVER (PARTITION BY c.number ORDER BY {offered}, s.survey_id) AS place"
        f" FROM surveys s JOIN {CASES} c ON c.contact_id = s.contact_id WHERE s.kind = 'csat') q"
        f" WHERE q.place = 1 AND q.offered <= {cut - ANSWER_DAYS * MICROS_A_DAY}"
    )

"""SQL of the walk: the steps of contacts in order, what comes before and after each, in which phase and held by whom.

Steps of a contact stand in the order of their time, then `seq` (none counts as 0), then their stage in the order of
`contracts.STAGES`, then their own name's number, actor, kind, team and person; so equal rows always come out alike.
"""

from __future__ import annotations

from collections.abc import Iterable

from cs_lib.data.contracts import STAGES
from cs_lib.data.engines.base import Dialect, quote
from cs_lib.metrics.definition import MICROS_A_DAY
from cs_lib.metrics.definitions.contacts import CSAT
from cs_lib.metrics.queries import steps
from cs_lib.metrics.queries.journey.phases import ENDS_ASKING, HELD, HOLDERS, PHASES, Holder, Phase

CONTACTS, ORDERED, MARKS = "cs_journey_contacts", "cs_journey_ordered", "cs_journey_marks"
CASES, WALK, TIMES = "cs_journey_cases", "cs_journey_walk", "cs_journey_times"
SURVEYS = "cs_journey_surveys"
MOVES = {"team": "cs_journey_moves", "person": "cs_journey_handed"}
ACTIVITIES, TEAMS, PEOPLE, NEEDS = (
    f"cs_journey_{name}" for name in ("activities", "teams", "people", "needs")
)
ACTORS = ("customer", "agent", "bot", "system")
REPLIED, CUSTOMER = STAGES.index("replied"), ACTORS.index("customer")
PEOPLE_ACT = f"coalesce(actor, {ACTORS.index('agent')}) <> {ACTORS.index('bot')}"
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
    """Every step with its place, the time and the name before and after.

    `activity` is a step's name over `e`. `tie` is 1 where the next step has the very time of this one, 2 where `seq`
    does not order the two either; `repeated` where stage and name are the same as well; `told` is 1 for a reply of ours
    that says whether it was public, 0 for another of ours.
    """
    parts = ("stage", "activity", "actor", "kind", "told", "team", "person")
    coded = (
        f"SELECT CAST({dialect.row_of('c')} AS INTEGER) AS number, {dialect.micros('e.ts')} - c.opened AS since,"
        f" coalesce(e.seq, 0) AS seq, {numbered('e.stage', STAGES)} AS stage, a.number AS activity,"
        f" {numbered('e.actor', ACTORS)} AS actor, e.is_public, t.number AS team, p.number AS person"
        f" FROM events e JOIN {CONTACTS} c ON c.contact_id = e.contact_id"
        f" LEFT JOIN {ACTIVITIES} a ON a.name = {activity}"
        f" LEFT JOIN {TEAMS} t ON t.name = e.team_id LEFT JOIN {PEOPLE} p ON p.name = e.agent_id"
    )
    read = (
        "SELECT e.number, e.since, e.seq, e.stage, e.activity, e.actor, e.team, e.person,"
        f" CAST({_kind()} AS SMALLINT) AS kind, CAST({_told()} AS SMALLINT) AS told FROM ({coded}) e"
    )
    order = f"since, seq, {_packed(parts)}"
    far = {
        name: dialect.beside(column, steps, "number", order)
        for name, column, steps in (
            ("earlier", "number", -1), ("following", "since", 1), ("next_seq", "seq", 1), ("next_stage", "stage", 1),
            ("before", "activity", -1), ("after", "activity", 1),
        )
    }  # fmt: skip
    row = "row_number() OVER ()"
    placed = (
        f"SELECT number, {row} AS row, CASE WHEN {far.pop('earlier')} IS NULL THEN {row} END AS first, since, seq,"
        f" stage, kind, activity, actor, team, person, told, {', '.join(f'{v} AS {name}' for name, v in far.items())}"
        f" FROM (SELECT * FROM ({read}) r ORDER BY number, {order}) s"
    )
    same = "o.following = o.since AND o.next_stage = o.stage AND o.after = o.activity"
    return (
        f"SELECT o.number, CAST(o.row - {dialect.highest_yet('o.first', 'o.number', 'o.row')} AS INTEGER) AS place,"
        " o.since, o.following, o.kind, o.activity, o.before, o.after, o.actor, o.team,"
        " o.person, o.told, CAST(CASE WHEN o.following = o.since THEN CASE WHEN o.next_seq = o.seq THEN 2 ELSE 1 END"
        f" ELSE 0 END AS SMALLINT) AS tie, coalesce({same}, FALSE) AS repeated FROM ({placed}) o"
    )


def _kind() -> str:
    """`steps.KIND` where stage and actor are numbers; a kind that is a stage has its number."""
    handed = ", ".join(str(STAGES.index(stage)) for stage in ("transferred", "escalated"))
    return (
        f"CASE WHEN e.stage IN ({handed}) THEN {number_of_kind('handed_on')}"
        f" WHEN e.stage <> {REPLIED} THEN e.stage"
        f" WHEN e.actor = {CUSTOMER} THEN {number_of_kind('customer_wrote')}"
        f" WHEN NOT e.is_public THEN {number_of_kind('noted')}"
        f" WHEN e.actor = {ACTORS.index('bot')} THEN {number_of_kind('bot_replied')} ELSE e.stage END"
    )


def _told() -> str:
    """Whether a reply of ours says that it was public or not, NULL for what is no reply of ours."""
    return (
        f"CASE WHEN e.stage = {REPLIED} AND coalesce(e.actor, {ACTORS.index('agent')}) <> {CUSTOMER}"
        " THEN CASE WHEN e.is_public IS NULL THEN 0 ELSE 1 END END"
    )


def moves(dialect: Dialect, holder: str) -> str:
    """Changes of the holder (`team` or `person`) from one step that names one to the next that does, in order.

    A bot hands nothing on: what it did before a person took over is left out.
    """
    before = dialect.beside(holder, -1, "number", "place")
    return (
        f"SELECT number, place, since, before, holder FROM (SELECT number, place, since, {holder} AS holder,"
        f" {before} AS before FROM {ORDERED} WHERE {holder} IS NOT NULL AND {PEOPLE_ACT}) s"
        " WHERE before <> holder"
    )


# Room for a part of a step in one whole number, in the order in which equal times are sorted.
ROOM = {
    "stage": 20,
    "activity": 1_000,
    "actor": 10,
    "kind": 30,
    "told": 4,
    "team": 100_000,
    "person": 1_000_000,
}


def _packed(parts: Iterable[str]) -> str:
    """Small whole numbers, each NULL or at least 0, as one to sort by."""
    found = "CAST(0 AS BIGINT)"
    for part in parts:
        found = f"({found} * {ROOM[part]} + coalesce({part} + 1, 0))"
    return found


def marks(dialect: Dialect) -> str:
    """By contact the places and times on which phases turn, and a number that equal ways share (`way`)."""
    ours = f"coalesce(actor, 1) <> {ACTORS.index('customer')}"
    resolved, closed = kinds(("resolved",)), kinds(("closed",))
    live = kinds(("reopened", *TAKES_UP))
    code = dialect.number_of(["place", "activity"])
    # A bot's team is that of a contact only where nobody else has one.
    placed = f"place * CAST({ROOM['team']} AS BIGINT) + team"
    return (
        "SELECT number, count(*) AS steps, min(CASE WHEN since >= 0 THEN since END) AS first,"
        f" min(CASE WHEN {kinds(ENDS_ASKING)} AND {ours} THEN place END) AS answered_at,"
        f" min(CASE WHEN {resolved} THEN since END) AS first_resolved,"
        f" min(CASE WHEN {resolved} THEN place END) AS first_resolved_at,"
        f" max(CASE WHEN {resolved} THEN since END) AS last_resolved,"
        f" max(CASE WHEN {resolved} THEN place END) AS last_resolved_at,"
        f" max(CASE WHEN {closed} THEN since END) AS last_closed,"
        f" max(CASE WHEN {live} THEN since END) AS last_live, max(CASE WHEN {live} THEN place END) AS last_live_at,"
        f" coalesce(min(CASE WHEN {PEOPLE_ACT} THEN {placed} END), min({placed})) AS first_team,"
        " max(person) AS person,"
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
        " m.first_resolved, m.first_resolved_at, m.last_resolved_at, m.way,"
        f" CAST(coalesce(m.first_team % {ROOM['team']}, c.own_team) AS INTEGER) AS team,"
        f" {resolved} AS ended_by, coalesce(c.closed_stamp, m.last_closed) AS closed, m.last_live"
        f" FROM {CONTACTS} c LEFT JOIN {MARKS} m ON m.number = {number}"
    )
    # Places rise with times, so the first place and the least time are of one step.
    of = {"reopened": kinds(("reopened",), "o.kind"), "taken_up": kinds(TAKES_UP, "o.kind")}
    firsts = ", ".join(
        f"min(CASE WHEN {those} THEN o.place END) AS {name}_at, min(CASE WHEN {those} THEN o.since END) AS {name}"
        for name, those in of.items()
    )
    again = (
        f"SELECT o.number, {firsts} FROM {ORDERED} o JOIN {MARKS} m ON m.number = o.number"
        f" WHERE {kinds(('reopened', *TAKES_UP), 'o.kind')} AND o.place > m.first_resolved_at"
        " AND m.last_live_at > m.first_resolved_at GROUP BY 1"
    )
    # A contact that is taken up after a resolution was reopened, as long as another resolution comes or none holds.
    taken_up = (
        "a.taken_up_at < coalesce(a.reopened_at, a.taken_up_at + 1)"
        " AND (a.taken_up_at < k.last_resolved_at OR k.ended_by IS NULL)"
    )
    ended = (
        "CASE WHEN k.ended_by IS NOT NULL THEN k.ended_by"
        " WHEN k.closed >= coalesce(k.last_live, k.closed) THEN k.closed END"
    )
    return (
        "SELECT x.number, x.contact_id, x.opened, x.day, x.need, x.customer, x.team, x.channel, x.owner, x.complaint,"
        " x.due, x.steps, x.first, x.first_resolved, x.ended_by AS resolved, x.closed, x.ended,"
        f" coalesce(x.ended, {cut} - x.opened) AS till, x.reopened, x.answered_at, x.again_at,"
        " CASE WHEN x.ended_by IS NOT NULL THEN x.last_resolved_at END AS solved_at, x.way"
        f" FROM (SELECT k.*, {ended} AS ended, CASE WHEN {taken_up} THEN a.taken_up ELSE a.reopened END AS reopened,"
        f" CASE WHEN {taken_up} THEN a.taken_up_at ELSE a.reopened_at END AS again_at FROM ({known}) k"
        f" LEFT JOIN ({again}) a ON a.number = k.number) x"
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
    later: tuple[Phase, ...] = ("work", "others", "solved", "after", "again")
    sums = [
        f"CAST(sum(CASE WHEN w.phase = {phase[name]} THEN {SPENT} END) AS BIGINT) AS {name}"
        for name in later
    ]
    sums += [
        f"CAST(sum(CASE WHEN w.phase = {phase[name]} AND w.holder = {number} THEN {SPENT} ELSE 0 END) AS BIGINT)"
        f" AS {name}_{who}"
        for name in ("others", "again")
        for who, number in held.items()
    ]
    ended: tuple[Phase, ...] = ("answer", "work", "others", "again")
    sums += [
        f"max(CASE WHEN w.phase = {phase[name]} THEN w.till END) AS {name}_till" for name in ended
    ]
    names = [
        *later,
        *(f"{name}_{who}" for name in ("others", "again") for who in held),
        *(f"{name}_till" for name in ended),
    ]
    shape = dialect.wide(dialect.number_of(["w.place", "w.activity", "w.phase", "w.holder"]))
    waited = (
        f"CAST(sum(CASE WHEN w.phase = {phase['answer']} THEN {SPENT} END) AS BIGINT) AS waited"
    )
    taken = f"SELECT w.number, {waited}, {', '.join(sums)}, sum({shape}) AS shape FROM {WALK} w GROUP BY 1"
    over = "CASE WHEN c.ended IS NOT NULL THEN 1 ELSE 0 END"
    answered = "CASE WHEN c.ended IS NOT NULL OR c.answered_at IS NOT NULL THEN 1 ELSE 0 END"
    return (
        f"SELECT t.number, coalesce(t.waited, 0) + {BEFORE} AS answer, {', '.join(f't.{name}' for name in names)},"
        f" t.shape, CAST({over} AS SMALLINT) AS over, CAST({answered} AS SMALLINT) AS answered,"
        " CAST(CASE WHEN c.resolved IS NULL THEN 0 ELSE 1 END AS SMALLINT) AS resolved, c.day, c.team, c.owner,"
        f" c.customer FROM ({taken}) t JOIN {CASES} c ON c.number = t.number"
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

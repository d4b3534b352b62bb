"""SQL of the walk: the steps of contacts in order, what comes after each, in which phase and held by whom.

Steps of a contact stand in the order of their time, then of their numbers (`signs`); so equal rows come out alike.
"""

from __future__ import annotations

from cs_lib.data.engines.base import Dialect
from cs_lib.metrics.definition import MICROS_A_DAY
from cs_lib.metrics.definitions.contacts import CSAT
from cs_lib.metrics.queries import steps
from cs_lib.metrics.queries.journey.phases import ENDS_ASKING, HELD, HOLDERS, PHASES, Holder, Phase
from cs_lib.metrics.queries.journey.signs import ACTORS, BITS, CUSTOMER, Packing, kinds

CONTACTS, ORDERED, MARKS = "cs_journey_contacts", "cs_journey_ordered", "cs_journey_marks"
CASES, WALK, TIMES = "cs_journey_cases", "cs_journey_walk", "cs_journey_times"
WALKED, CELLS = "cs_journey_walked", "cs_journey_cells"
SHAPES, WAYS, SURVEYS = (f"cs_journey_{name}" for name in ("shapes", "ways", "surveys"))
MESSAGES = "cs_journey_messages"
MOVES = {"team": "cs_journey_moves", "person": "cs_journey_handed"}
NEEDS = "cs_journey_needs"
TIMED: tuple[Phase, ...] = ("answer", "work", "others", "again")  # phases that take time
# Before every time; `-NEVER` is behind every time and place.
NEVER = -(1 << 62)
# Time after a step; steps before the opening carry none.
SPENT = "CASE WHEN w.since >= 0 THEN w.till - w.since ELSE 0 END"
AGENT = ACTORS.index("agent")
PEOPLE_ACT = f"actor <> {ACTORS.index('bot')}"
OURS = f"actor <> {CUSTOMER}"
AN_AGENT = f"actor IN (-1, {AGENT})"
ANSWER_DAYS = CSAT.window_days
# What somebody does with a contact that is not over; after a resolution it was taken up again.
TAKES_UP = (
    "queued", "assigned", "in_progress", "waiting_customer", "waiting_third_party", "handed_on",
)  # fmt: skip


def number_of_phase(phase: Phase) -> int:
    """The number by which `WALK` calls a phase."""
    return PHASES.index(phase)


def number_of_holder(holder: Holder) -> int:
    """The number by which `WALK` calls a holder."""
    return HOLDERS.index(holder)


def ordered(dialect: Dialect, packing: Packing, looked_up: str) -> str:
    """Every step of the contacts in order: number, since and step (see `signs`), and `seq` where it is beside."""
    beside = packing.least is None
    seq = ", coalesce(e.seq, 0) AS seq" if beside else ""
    return (
        f"SELECT CAST({dialect.row_of('c')} AS INTEGER) AS number, {dialect.micros('e.ts')} - c.opened AS since{seq},"
        f" {packing.number()} AS step FROM events e JOIN {CONTACTS} c ON c.contact_id = e.contact_id{looked_up}"
        f" ORDER BY number, since, {'seq, ' if beside else ''}step"
    )


def steps_of(dialect: Dialect, packing: Packing, *parts: str) -> str:
    """The steps in order with some of their parts, as a query's source; `place` rises over all of them."""
    read = "".join(f", {packing.part(part, 'o.step')} AS {part}" for part in parts)
    return (
        f"(SELECT o.number, {dialect.row_of('o')} AS place, o.since, o.step{read} FROM {ORDERED} o)"
    )


def neighbours(dialect: Dialect, packing: Packing) -> str:
    """By two names that follow each other: the time between them, in all, and steps at the very time of the one before.

    Of these how many there are, how many `seq` does not order, and how many are of the same stage and name.
    """
    then = {
        name: dialect.beside(f"o.{name}", 1, "o.number", "o.since")
        for name in ("since", "step", *(["seq"] if packing.least is None else []))
    }
    near = f"SELECT o.*, {', '.join(f'{sql} AS next_{name}' for name, sql in then.items())} FROM {ORDERED} o"
    told = packing.below("activity")
    inside = f"& {(1 << packing.of_seq) - 1}"
    seq = "{0}seq" if packing.least is None else f"({{0}}step >> {packing.of_seq})"
    same = f"((next_step {inside}) >> {told}) = ((step {inside}) >> {told})"
    tied = "count(CASE WHEN next_since = since{} THEN 1 END)"
    unordered = f" AND {seq.format('next_')} = {seq.format('')}"
    return (
        f"SELECT {packing.part('activity', 'n.step')} AS before, {packing.part('activity', 'n.next_step')} AS after,"
        f" sum(next_since - since), {tied.format('')}, {tied.format(unordered)}, {tied.format(f' AND {same}')}"
        f" FROM ({near}) n WHERE next_since IS NOT NULL GROUP BY 1, 2"
    )


def messages(dialect: Dialect, packing: Packing) -> str:
    """Messages of customers and public replies of ours, in order, each with what came before it.

    `replied_at` is the place of the last reply of ours up to it, which may be of an earlier contact.
    """
    asks = kinds(("customer_wrote",))
    ours = f"{kinds(('replied',))} AND {AN_AGENT}"
    before = {name: dialect.beside(name, -1, "number", "place") for name in ("asks", "since")}
    replied = dialect.highest_yet("CASE WHEN asks = 0 THEN place END", "number", "place")
    return (
        f"SELECT number, place, since, asks, {before['asks']} AS asked_before, {before['since']} AS since_before,"
        f" {replied} AS replied_at FROM (SELECT number, place, since, CASE WHEN {asks} THEN 1 ELSE 0 END AS asks"
        f" FROM {steps_of(dialect, packing, 'kind', 'actor')} o WHERE {asks} OR ({ours})) m"
    )


def moves(dialect: Dialect, packing: Packing, holder: str) -> str:
    """Changes of the holder (`team` or `person`) from one step that names one to the next that does, in order.

    A bot hands nothing on: what it did before a person took over is left out.
    """
    before = dialect.beside("holder", -1, "number", "place")
    named = packing.raw(holder, "step")
    held = (
        f"SELECT number, place, since, CAST({named} - 1 AS INTEGER) AS holder"
        f" FROM {steps_of(dialect, packing, 'actor')} o WHERE {named} > 0 AND {PEOPLE_ACT}"
    )
    return (
        "SELECT number, place, since, before, holder FROM"
        f" (SELECT h.*, {before} AS before FROM ({held}) h) s WHERE before <> holder"
    )


def marks(dialect: Dialect, packing: Packing, some: str) -> str:
    """By contact the places and times on which phases turn; places rise over all steps, `start` is its first one.

    `some` says which contacts, as what may stand behind a number. A number beyond all others stands for none until
    all is counted, because an empty value in a minimum costs more than one that changes nothing.
    """
    resolved, live = kinds(("resolved",)), kinds(("reopened", *TAKES_UP))
    team = packing.raw("team", "step")
    # A bot's team is that of a contact only where nobody else has one.
    placed = f"place * {1 << packing.bits['team']} + {team} + CASE WHEN {PEOPLE_ACT} THEN 0 ELSE {1 << 61} END"
    least = {
        "first": ("since >= 0", "since"),
        "answered_at": (f"{kinds(ENDS_ASKING)} AND {OURS}", "place"),
        "first_team": (f"{team} > 0", placed),
        "first_resolved": (resolved, "since"),
        "first_resolved_at": (resolved, "place"),
    }
    most = {
        "last_live": (live, "since"),
        "last_live_at": (live, "place"),
        "last_resolved": (resolved, "since"),
        "last_resolved_at": (resolved, "place"),
        "last_closed": (kinds(("closed",)), "since"),
    }
    found = ", ".join(
        f"nullif({taken}(CASE WHEN {those} THEN {value} ELSE {none} END), {none}) AS {name}"
        for taken, none, parts in (("min", -NEVER, least), ("max", NEVER, most))
        for name, (those, value) in parts.items()
    )
    person = packing.raw("person", "step")
    return (
        f"SELECT number, count(*) AS steps, min(place) AS start, {found}, max({person}) AS person"
        f" FROM {steps_of(dialect, packing, 'kind', 'actor')} o WHERE number {some} GROUP BY 1"
    )


def cases(dialect: Dialect, packing: Packing, resolved_stamps: bool, cut: int) -> str:
    """Contacts with their marks; see `read.Read` for the columns. Without stamps of resolution the steps say it."""
    number = dialect.row_of("c")
    by_steps = (
        "CASE WHEN m.last_resolved_at > coalesce(m.last_live_at, -1) THEN m.last_resolved END"
    )
    resolved = "c.resolved_stamp" if resolved_stamps else by_steps
    known = (
        f"SELECT CAST({number} AS INTEGER) AS number, c.*, coalesce(m.steps, 0) AS steps, m.first, m.answered_at,"
        " m.start, m.first_resolved, m.first_resolved_at, m.last_resolved_at,"
        f" CAST(coalesce(m.first_team % {1 << packing.bits['team']} - 1, c.own_team) AS INTEGER) AS team,"
        f" {resolved} AS ended_by, coalesce(c.closed_stamp, m.last_closed) AS closed, m.last_live"
        f" FROM {CONTACTS} c LEFT JOIN {MARKS} m ON m.number = {number}"
    )
    of = {"reopened": kinds(("reopened",), "o.kind"), "taken_up": kinds(TAKES_UP, "o.kind")}
    firsts = ", ".join(
        f"min(CASE WHEN {those} THEN o.place END) AS {name}_at" for name, those in of.items()
    )
    again = (
        f"SELECT o.number, {firsts} FROM {steps_of(dialect, packing, 'kind')} o JOIN {MARKS} m ON m.number = o.number"
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
        f" coalesce(x.ended, {cut} - x.opened) AS till, CAST(x.start AS INTEGER) AS start,"
        " CAST(x.answered_at - x.start AS INTEGER) AS answered_at, CAST(x.again_at - x.start AS INTEGER) AS again_at,"
        " CAST(CASE WHEN x.ended_by IS NOT NULL THEN x.last_resolved_at - x.start END AS INTEGER) AS solved_at"
        f" FROM (SELECT k.*, {ended} AS ended,"
        f" CASE WHEN {taken_up} THEN a.taken_up_at ELSE a.reopened_at END AS again_at FROM ({known}) k"
        f" LEFT JOIN ({again}) a ON a.number = k.number) x"
    )


def walked(dialect: Dialect, packing: Packing) -> str:
    """Steps with the end of their time and their phase, from which `walk` is read."""
    resolved = kinds(("resolved",), "o.kind")
    # Where no step says that it was solved, the stamp does.
    stamped = "o.solved_at IS NULL AND o.ended IS NOT NULL"
    solved = f"(o.place >= o.solved_at OR ({stamped} AND o.since >= o.ended))"
    quiet = kinds(("resolved", "closed", "follow_up"), "o.kind")
    phase = {name: str(number_of_phase(name)) for name in PHASES}
    found = (
        f"CASE WHEN {resolved} THEN {phase['solved']}"
        f" WHEN coalesce({solved}, FALSE) OR {quiet} THEN {phase['after']}"
        f" WHEN o.place >= o.again_at THEN {phase['again']}"
        f" WHEN o.place < coalesce(o.answered_at, o.place + 1) THEN {phase['answer']}"
        f" WHEN {kinds(('waiting_customer', 'waiting_third_party'), 'o.kind')} THEN {phase['others']}"
        f" ELSE {phase['work']} END"
    )
    last = (
        f"CASE WHEN o.ended IS NULL THEN o.till WHEN {stamped} THEN o.ended"
        f" WHEN {resolved} THEN coalesce(o.closed, o.since) ELSE o.since END"
    )
    till = (
        f"CASE WHEN o.following IS NULL THEN greatest({last}, o.since)"
        f" WHEN {stamped} AND o.since < o.ended THEN least(o.following, o.ended) ELSE o.following END"
    )
    following = dialect.beside("o.since", 1, "o.number", "o.since")
    in_order = (
        f"SELECT o.number, {dialect.row_of('o')} AS row, o.since, {following} AS following, o.step"
        f" FROM {ORDERED} o"
    )
    placed = (
        f"SELECT n.number, CAST(n.row - c.start AS INTEGER) AS place, n.since, n.following, n.step,"
        f" {packing.part('kind', 'n.step')} AS kind, c.ended, c.till, c.closed, c.answered_at, c.again_at, c.solved_at"
        f" FROM ({in_order}) n JOIN {CASES} c ON c.number = n.number"
    )
    return (
        f"SELECT o.number, o.place, o.since, {till} AS till, o.step, CAST({found} AS SMALLINT) AS phase"
        f" FROM ({placed}) o"
    )


def walk(packing: Packing) -> str:
    """What is known of each step; see `read.Read` for the columns."""
    read = ("kind", "activity", "actor", "team", "person", "told")
    parts = ", ".join(f"{packing.part(part, 's.step')} AS {part}" for part in read)
    return (
        f"SELECT w.*, {holder_of('w')} AS holder"
        f" FROM (SELECT s.number, s.place, s.since, s.till, s.phase, {parts} FROM {WALKED} s) w"
    )


def cells(dialect: Dialect, packing: Packing) -> str:
    """Steps that are alike in what they say, their phase and the owner of their contact; see `read.Read`."""
    low = packing.below("told")
    sign = f"(w.step >> {low}) & {(1 << sum(BITS.values())) - 1}"
    parts = ", ".join(
        f"{packing.part(part, f'(g.sign * {1 << low})')} AS {part}"
        for part in BITS
        if part != "stage"
    )
    named = ", ".join(
        f"count(CASE WHEN {packing.raw(holder, 'w.step')} > 0 THEN 1 END) AS {name}"
        for holder, name in {"team": "teams", "person": "people"}.items()
    )
    alike = (
        f"SELECT w.phase, {sign} AS sign, c.owner, count(*) AS n, sum({dialect.wide(SPENT)}) AS micros,"
        f" count(CASE WHEN w.since < 0 THEN 1 END) AS early, {named}"
        f" FROM {WALKED} w JOIN {CASES} c ON c.number = w.number GROUP BY 1, 2, 3"
    )
    return (
        f"SELECT w.*, {holder_of('w')} AS holder FROM"
        f" (SELECT g.phase, {parts}, g.owner, g.n, g.micros, g.early, g.teams, g.people FROM ({alike}) g) w"
    )


def holder_of(step: str) -> str:
    """Who holds a contact after a step of which phase and kind are known, as SQL."""
    held = " ".join(
        f"WHEN {i} THEN {number_of_holder(HELD[kind])}"
        for i, kind in enumerate(steps.KINDS)
        if kind in HELD
    )
    ours, nobody = number_of_holder("waiting_on_us"), number_of_holder("nobody")
    over = ", ".join(str(number_of_phase(phase)) for phase in ("solved", "after"))
    return (
        f"CASE WHEN {step}.phase IN ({over}) THEN {nobody} WHEN {step}.phase = {number_of_phase('answer')} THEN {ours}"
        f" ELSE CASE {step}.kind {held} END END"
    )


# Time from the opening to the first step that is not before it.
BEFORE = "least(coalesce(c.first, c.till), c.till)"


def times(dialect: Dialect, some: str) -> str:
    """By contact its time in each phase, NULL where it never came there, and what customers and third parties held.

    `some` and what stands for none are as in `marks`.
    """
    bit = {name: 1 << number_of_phase(name) for name in PHASES}
    phase = {name: f"w.phase = {number_of_phase(name)}" for name in PHASES}
    held = {
        "customer": kinds(("waiting_customer",), "w.kind"),
        "third": kinds(("waiting_third_party",), "w.kind"),
    }
    sums = {name: phase[name] for name in ("answer", "work", "again")}
    sums |= {
        f"{name}_{who}": f"{phase[name]} AND {kind}"
        for name in ("others", "again")
        for who, kind in held.items()
    }
    shape = dialect.number_of(["w.place * 65536 + w.activity * 256 + w.phase * 32 + w.kind"])
    counted = [
        f"bit_or(CAST(1 << w.phase AS SMALLINT)) AS came, bit_xor({shape}) AS shape",
        *(f"CAST(sum(CASE WHEN {those} THEN w.spent ELSE 0 END) AS BIGINT) AS {name}" for name, those in sums.items()),
        *(f"max(CASE WHEN {phase[n]} THEN w.till ELSE {NEVER} END) AS {n}_till" for n in TIMED),
    ]  # fmt: skip
    spent = f"SELECT w.*, {SPENT} AS spent FROM {WALK} w WHERE w.number {some}"
    taken = f"SELECT w.number, {', '.join(counted)} FROM ({spent}) w GROUP BY 1"
    there = {name: f"t.came & {bit[name]} > 0" for name in PHASES}
    whole = {
        "answer": f"t.answer + {BEFORE}",
        "work": f"CASE WHEN {there['work']} THEN t.work END",
        "others": f"CASE WHEN {there['others']} THEN t.others_customer + t.others_third END",
        "again": f"CASE WHEN {there['again']} THEN t.again END",
        **{name: f"t.{name}" for name in sums if name not in phase},
        **{f"{name}_till": f"CASE WHEN {there[name]} THEN t.{name}_till END" for name in TIMED},
    }
    flags = {
        "solved": there["solved"],
        "after": there["after"],
        "over": "c.ended IS NOT NULL",
        "answered": "c.ended IS NOT NULL OR c.answered_at IS NOT NULL",
        "resolved": "c.resolved IS NOT NULL",
    }
    columns = [
        *(f"{sql} AS {name}" for name, sql in whole.items()),
        *(f"CAST(CASE WHEN {sql} THEN 1 ELSE 0 END AS SMALLINT) AS {name}" for name, sql in flags.items()),
    ]  # fmt: skip
    return (
        f"SELECT t.number, t.shape, {', '.join(columns)}, c.day, c.team, c.owner, c.customer"
        f" FROM ({taken}) t JOIN {CASES} c ON c.number = t.number"
    )


def shapes(dialect: Dialect) -> str:
    """Contacts with equal steps, phases and holders, counted together; see `read.Read`."""
    way = dialect.wide(dialect.number_of(["w.place", "w.activity"]))
    alike = f"SELECT shape, min(number) AS number, count(*) AS n FROM {TIMES} GROUP BY 1"
    return (
        f"SELECT s.shape, s.number, s.n, sum({way}) AS way FROM ({alike}) s JOIN {WALK} w ON w.number = s.number"
        " GROUP BY 1, 2, 3"
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

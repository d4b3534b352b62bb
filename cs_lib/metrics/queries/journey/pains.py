"""Who was hit by what on the way, and how satisfied they were, within need and duration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from cs_lib.data.contracts import OWNERS
from cs_lib.metrics.queries.journey import pain_hits as sql
from cs_lib.metrics.queries.journey.phases import Phase
from cs_lib.metrics.queries.journey.quantiles import MEDIAN, P90, quantiles
from cs_lib.metrics.queries.journey.signs import kinds
from cs_lib.metrics.queries.journey.walk import AN_AGENT, CASES, CELLS, OURS, SURVEYS, TIMES, WALK
from cs_lib.metrics.queries.sql import micros
from cs_lib.sentences import Text, say

if TYPE_CHECKING:
    from cs_lib.metrics.queries.journey.read import Read

Pain = Literal[
    "long_answer", "long_work", "long_third_party", "long_again",
    "chased", "handed_on_twice", "wrote_after_handoff", "reopened_soon",
    "promise_missed", "no_follow_up", "asked_for_more",
]  # fmt: skip
Sort = Literal["long_wait", "in_the_dark", "no_follow_up", "effort"]
SORTS: dict[Pain, tuple[Sort, Phase]] = {
    "long_answer": ("long_wait", "answer"),
    "long_work": ("long_wait", "work"),
    "long_third_party": ("long_wait", "others"),
    "long_again": ("long_wait", "again"),
    "chased": ("in_the_dark", "answer"),
    "handed_on_twice": ("in_the_dark", "work"),
    "wrote_after_handoff": ("in_the_dark", "work"),
    "reopened_soon": ("in_the_dark", "again"),
    "promise_missed": ("no_follow_up", "after"),
    "no_follow_up": ("no_follow_up", "after"),
    "asked_for_more": ("effort", "others"),
}
STRATA = 5  # parts of the time to resolution, of equal size
WAITED: dict[Pain, str] = {
    "long_answer": "answer", "long_work": "work", "long_third_party": "third_party", "long_again": "again",
}  # fmt: skip
HOUR = 3_600_000_000  # microseconds
MOST_NEEDS, MOST_TEAMS = 200, 10  # kept apart
REST, UNKNOWN = "other", "unknown"
STEP = 1 << 20  # more than any log has teams
HIT, STATES = "cs_journey_hit", "cs_journey_states"


@dataclass(frozen=True, slots=True)
class PainCell:
    """Contacts of one need and one fifth of the time to resolution, hit by a pain or not.

    Only contacts that could have been hit count: resolved ones for what comes after, complaints for a missing
    follow-up, those with a promise for a missed one, those in a phase for its long waits, all for chasing. A contact
    that is not hit counts once that is sure: when it is through with the phase, or the days are over.

    An answer that was given before the pain had happened, or could have, cannot be its effect: such surveys are left
    out, for hit contacts and, where the time is known for them too (the end of the phase, the day the follow-up was
    due), for the others.

    Attributes:
        stratum: 0 to 4, the fifth of the time to resolution (of all resolved contacts); -1 while not resolved.
        need: one of the 200 commonest, `other` for the rest, None without one.
        cases, offered, answered, satisfied: contacts and their first survey of satisfaction, offered at least seven
            days before the data cut and answered within seven; satisfied in the top two of five.
    """

    pain: Pain
    need: str | None
    stratum: int
    hit: bool
    cases: int
    offered: int
    answered: int
    satisfied: int


@dataclass(frozen=True, slots=True)
class PainSize:
    """One pain over all contacts that could have been hit.

    Attributes:
        possible, hit: contacts that could have been hit, and that were; customers: those hit, each once, and a contact
            of no known customer as one.
        threshold: microseconds above which a wait is long; None for other pains. `by_target` when it was set. Waits
            are without the time that the customer held the contact; `long_third_party` is time of third parties alone.
        median: of those hit: microseconds of the wait (long waits; chases: from the first unanswered message to the
            answer, or to the end without one; missed follow-ups, those that did not come within a day after they were
            due: how late they came, None when none did), or changes of team (a count); None for `wrote_after_handoff`
            and `reopened_soon`.
        teams: contacts hit by the team that held them then, most first, at most ten: the last that a step named before
            (of a second handoff the one that handed on, of a reopening the one that had resolved).
        owners: contacts hit by the owner of their cause.
        back: contacts hit, and not hit, that could be followed for 30 days, and those of them whose customer came back
            with the same need: (hit followed, hit back, others followed, others back).
    """

    pain: Pain
    possible: int
    hit: int
    customers: int
    threshold: int | None
    by_target: bool
    median: int | None
    teams: dict[str, int]
    owners: dict[str, int]
    back: tuple[int, int, int, int]


def sizes_and_cells(
    read: Read, targets: Mapping[str, float], follow_up_days: int
) -> tuple[tuple[PainSize, ...], tuple[PainCell, ...], dict[str, Text]]:
    """All pains that the log can show, by size and by need and duration, and why the others cannot be shown.

    Args:
        targets: hours that customers may wait, by the names in `WAITED`; without one what is above the ninth tenth of
            a wait's own times is long.
        follow_up_days: days after a resolved complaint in which somebody should ask back.

    Returns:
        Sizes in the order of `SORTS`, cells, and a sentence by pain for those that are missing; without surveys there
        are no cells, and `satisfaction` says why. The steps of `read` are forgotten: this is asked last.
    """
    engine = read.desk.engine
    thresholds, absent = _thresholds(read, targets), dict[str, Text]()
    absent |= _not_shown(read, thresholds)
    taken = tuple(pain for pain in get_args(Pain) if pain not in absent)
    if not taken:
        return (), (), absent
    pains = {
        pain: sql.pain_sql(pain, thresholds, follow_up_days, micros(read.desk.cut))
        for pain in taken
    }
    try:
        _find(read, taken, follow_up_days)
        read.forget_steps()
        engine.run(f"CREATE TEMP TABLE {STATES} AS {_states(pains)}")
        engine.run(f"CREATE TEMP TABLE {HIT} AS {_each_hit(pains)}")
        sizes = _sizes(read, taken, thresholds, {p for p in WAITED if WAITED[p] in targets})
        cells = _cells(read, taken) if "satisfaction" not in absent else ()
    finally:
        for table in (HIT, STATES, sql.FOLLOWED, *map(sql.found_table, sql.FOUND)):
            engine.run(f"DROP TABLE IF EXISTS {table}")
    return sizes, cells, absent


def _find(read: Read, taken: tuple[Pain, ...], days: int) -> None:
    """What the walk shows of the pains that are taken, each as a table."""
    run, dialect = read.desk.engine.run, read.desk.engine.dialect
    for pain, found in sql.FOUND.items():
        if pain in taken:
            run(f"CREATE TEMP TABLE {sql.found_table(pain)} AS {found(dialect)}")
    if {"promise_missed", "no_follow_up"} & set(taken):
        run(f"CREATE TEMP TABLE {sql.FOLLOWED} AS {sql.follow_ups(days)}")


def _states(pains: Mapping[Pain, sql.PainSql]) -> str:
    """How many contacts are alike in everything that pains are compared by.

    need, stratum; back (NULL where not followed); survey (0 without one, 1 offered, 2 answered, 3 satisfied); by pain
    two bits in `states` (2 hit, 1 not hit, 0 not seen) and in `late`: 1 where the survey was answered before the moment
    of the pain; n.
    """
    joins, states, late = "", "0", "0"
    for name, table in {"t": TIMES, "k": sql.BACK, "s": SURVEYS}.items():
        joins += f" LEFT JOIN {table} {name} ON {name}.number = c.number"
    for pain, one in pains.items():
        unit = 4 ** place(pain)
        hit, other, moment = one.hit, one.other, one.moment
        if one.found:
            joins += f" LEFT JOIN {one.found} {pain} ON {pain}.number = c.number"
            hit, other, moment = (text.replace("f.", f"{pain}.") for text in (hit, other, moment))
        states += f" + CASE WHEN {hit} THEN {2 * unit} WHEN {other} THEN {unit} ELSE 0 END"
        late += f" + CASE WHEN s.since < {moment} THEN {unit} ELSE 0 END"
    survey = "CASE WHEN s.number IS NULL THEN 0 ELSE 1 + s.answered + coalesce(s.satisfied, 0) END"
    return (
        f"SELECT c.need, c.stratum, k.back, {survey} AS survey, {states} AS states, {late} AS late, count(*) AS n"
        f" FROM {CASES} c{joins} GROUP BY 1, 2, 3, 4, 5, 6"
    )


def _thresholds(read: Read, targets: Mapping[str, float]) -> dict[Pain, int]:
    """Microseconds above which a wait is long; a wait that nobody is through with has none."""
    times = " UNION ALL ".join(
        f"SELECT {i} AS g, {time} AS v FROM {TIMES} t WHERE {through}"
        for i, (_, time, through) in enumerate(sql.WAITS.values())
    )
    found = quantiles(read.desk.engine, times, (P90,))
    own = {pain: found[i][0] for i, pain in enumerate(sql.WAITS) if i in found}
    return {
        pain: round(targets[WAITED[pain]] * HOUR) if WAITED[pain] in targets else ninth
        for pain, ninth in own.items()
    }


def _not_shown(read: Read, thresholds: dict[Pain, int]) -> dict[str, Text]:
    """Why a pain, or satisfaction, cannot be told from this log."""
    [(asks, replies, again, asking, back)] = read.rows(
        f"SELECT count(CASE WHEN {kinds(('customer_wrote',))} THEN 1 END),"
        f" count(CASE WHEN {kinds(('replied',))} AND {AN_AGENT} THEN 1 END),"
        f" count(CASE WHEN {kinds(('reopened',))} THEN 1 END),"
        f" count(CASE WHEN {kinds(('waiting_customer',))} THEN 1 END),"
        f" count(CASE WHEN {kinds(('follow_up',))} AND {OURS} THEN 1 END) FROM {CELLS}"
    )
    [(first, last)] = read.rows(f"SELECT min(team), max(team) FROM {WALK}")
    [(due, complaints, taken_up, solved)] = read.rows(
        f"SELECT count(due), count(CASE WHEN complaint THEN 1 END), count(again_at), count(first_resolved) FROM {CASES}"
    )
    waits = {
        "long_answer": say("No contact has been answered."),
        "long_work": say("No step lets work begin."),
        "long_third_party": say("No step waits on a third party."),
        "long_again": say("No contact was worked on again after a reopening."),
    }
    missing = {
        "messages": (not asks, say("No step is a message of a customer.")),
        "replies": (not replies, say("No step is a public reply of an agent.")),
        "teams": (first == last, say("The steps do not name two teams.")),
        "again": (not (again or taken_up), say("No step says that a contact was reopened.")),
        "solved": (not solved, say("No step says that a contact was solved.")),
        "asking": (not asking, say("No step waits on the customer.")),
        "back": (not back, say("No step is a follow-up of ours.")),
        "due": (not due, say("No contact says when a follow-up was due.")),
        "complaints": (not complaints, say("No contact is marked as a complaint.")),
        "surveys": (
            not read.rows(f"SELECT 1 FROM {SURVEYS} LIMIT 1"),
            say("No survey of satisfaction of these contacts is old enough to have been answered."),
        ),
    }
    needs: dict[str, tuple[str, ...]] = {
        "chased": ("messages", "replies"),
        "handed_on_twice": ("teams",),
        "wrote_after_handoff": ("messages", "replies", "teams"),
        "reopened_soon": ("solved", "again"),
        "promise_missed": ("due", "back"),
        "no_follow_up": ("complaints", "back"),
        "asked_for_more": ("asking",),
        "satisfaction": ("surveys",),
    }
    reasons: dict[str, Text] = {p: why for p, why in waits.items() if p not in thresholds}
    for pain, asked in needs.items():
        for one in asked:
            if missing[one][0]:
                reasons.setdefault(pain, missing[one][1])
    return reasons


def _each_hit(pains: Mapping[Pain, sql.PainSql]) -> str:
    """A row for each pain and contact hit by it."""
    return " UNION ALL ".join(
        one.rows(
            f"{place(pain)} AS pain, c.number, c.customer, c.team, c.owner, {one.moment} AS moment,"
            f" CAST({one.size} AS BIGINT) AS size"
        )
        for pain, one in pains.items()
    )


def place(pain: Pain) -> int:
    """The number by which the engine calls a pain."""
    return get_args(Pain).index(pain)


def _sizes(
    read: Read, taken: tuple[Pain, ...], thresholds: dict[Pain, int], by_target: set[Pain]
) -> tuple[PainSize, ...]:
    counted = " UNION ALL ".join(
        f"SELECT {place(pain)} AS pain, {_state(pain)} AS state, n, back FROM {STATES}"
        for pain in taken
    )
    counts: dict[tuple[int, int], tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    for pain, state, n, followed, came in read.rows(
        "SELECT pain, state, sum(n), coalesce(sum(CASE WHEN back IS NOT NULL THEN n END), 0),"
        f" coalesce(sum(back * n), 0) FROM ({counted}) s WHERE state > 0 GROUP BY 1, 2"
    ):
        counts[pain, state] = int(n), int(followed), int(came)
    middle = quantiles(read.desk.engine, f"SELECT pain AS g, size AS v FROM {HIT}", (MEDIAN,))
    people = "count(DISTINCT customer) + count(CASE WHEN customer IS NULL THEN 1 END)"
    customers = dict(read.rows(f"SELECT pain, {people} FROM {HIT} GROUP BY 1"))
    teams, owners = _teams(read), _owners(read)
    sizes = []
    for pain in taken:
        others, others_followed, others_back = counts[place(pain), 1]
        hits, followed, came = counts[place(pain), 2]
        sizes.append(
            PainSize(
                pain,
                others + hits,
                hits,
                customers.get(place(pain), 0),
                thresholds.get(pain),
                pain in by_target,
                middle.get(place(pain), (None,))[0],
                teams[place(pain)],
                owners[place(pain)],
                (followed, came, others_followed, others_back),
            )
        )
    return tuple(sizes)


def _teams(read: Read) -> dict[int, dict[str, int]]:
    """Contacts hit by pain and the team that held them."""
    # Up to its first change a contact is with the team that it was first with.
    until = read.desk.engine.dialect.beside("since", 1, "number", "place")
    held = f"SELECT number, since, holder, {until} AS until FROM {sql.TEAM_MOVES}"
    counts: dict[int, dict[int | None, int]] = defaultdict(lambda: defaultdict(int))
    for pain, team, n in read.rows(f"SELECT pain, team, count(*) FROM {HIT} GROUP BY 1, 2"):
        counts[pain][team] += n
    for pain, first, team, n in read.rows(
        f"SELECT h.pain, h.team, m.holder, count(*) FROM {HIT} h JOIN ({held}) m ON m.number = h.number"
        " WHERE m.since < h.moment AND (m.until IS NULL OR m.until >= h.moment) GROUP BY 1, 2, 3"
    ):
        counts[pain][first] -= n
        counts[pain][team] += n
    return _most(
        (pain, None if team is None else read.teams[team], n)
        for pain, own in counts.items()
        for team, n in sorted(own.items(), key=lambda one: (-one[1], one[0] is None, one[0] or 0))
        if n
    )


def _owners(read: Read) -> dict[int, dict[str, int]]:
    """Contacts hit by pain and the owner of their cause."""
    rows = read.rows(
        f"SELECT pain, owner, count(*) AS n FROM {HIT} GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2"
    )
    unknown = OWNERS.index(UNKNOWN)
    named = ((pain, OWNERS[unknown if owner is None else owner], n) for pain, owner, n in rows)
    return _most(named)


def _most(rows: Iterable[tuple[Any, str | None, int]]) -> dict[int, dict[str, int]]:
    """The first ten names of each pain, contacts without one left out."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for pain, name, n in rows:
        if name is not None and (name in found[pain] or len(found[pain]) < MOST_TEAMS):
            found[pain][name] = found[pain].get(name, 0) + n
    return found


def _cells(read: Read, taken: tuple[Pain, ...]) -> tuple[PainCell, ...]:
    need = _need(read)
    counted = " UNION ALL ".join(
        f"SELECT {place(pain)}, {need} AS need, stratum, {_state(pain)} - 1, sum(n),"
        f" {', '.join(f'coalesce(sum(CASE WHEN survey >= {least} AND {timely} THEN n END), 0)' for least in (1, 2, 3))}"
        f" FROM {STATES} WHERE {_state(pain)} > 0 GROUP BY 2, 3, 4"
        for pain in taken
        for timely in [f"(late >> {2 * place(pain)}) & 1 = 0"]
    )
    names: dict[int | None, str | None] = {None: None, -1: REST}
    names |= dict(enumerate(read.needs))
    pains = get_args(Pain)
    return tuple(
        PainCell(pains[pain], names[need], stratum, bool(hit), *map(int, counts))
        for pain, need, stratum, hit, *counts in read.rows(f"{counted} ORDER BY 1, 2, 3, 4")
    )


def _state(pain: Pain) -> str:
    """Of `STATES` what it is for one pain: 2 hit, 1 not hit, 0 not seen."""
    return f"((states >> {2 * place(pain)}) & 3)"


def _need(read: Read) -> str:
    """SQL of a contact's need, the rarest of very many as one."""
    if len(read.needs) <= MOST_NEEDS:
        return "need"
    rows = read.rows(
        f"SELECT need, count(*) AS n FROM {CASES} WHERE need IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
        f" LIMIT {MOST_NEEDS}"
    )
    kept = ", ".join(str(row[0]) for row in rows)
    return f"CASE WHEN need IN ({kept}) THEN need WHEN need IS NOT NULL THEN -1 END"

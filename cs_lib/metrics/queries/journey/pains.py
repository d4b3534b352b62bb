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
from cs_lib.metrics.queries.journey.walk import CASES, SURVEYS, TIMES, WALK, kinds
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
HIT = "cs_journey_hit"


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
        are no cells, and `satisfaction` says why.
    """
    engine = read.desk.engine
    thresholds, absent = _thresholds(read, targets), dict[str, Text]()
    absent |= _not_shown(read, thresholds)
    taken = tuple(pain for pain in get_args(Pain) if pain not in absent)
    if not taken:
        return (), (), absent
    try:
        engine.run(f"CREATE TEMP TABLE {sql.MESSAGES} AS {sql.messages()}")
        engine.run(
            f"CREATE TEMP TABLE {sql.HITS} AS {sql.hits(read, thresholds, taken, follow_up_days)}"
        )
        engine.run(f"CREATE TEMP TABLE {HIT} AS {_each_hit(taken)}")
        sizes = _sizes(read, taken, thresholds, {p for p in WAITED if WAITED[p] in targets})
        cells = _cells(read, taken) if "satisfaction" not in absent else ()
    finally:
        for table in (HIT, sql.HITS, sql.MESSAGES):
            engine.run(f"DROP TABLE IF EXISTS {table}")
    return sizes, cells, absent


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
    ours = f"coalesce(actor, {sql.AGENT})"
    [(asks, replies, teams, again, asking, back)] = read.rows(
        f"SELECT count(CASE WHEN {kinds(('customer_wrote',))} THEN 1 END),"
        f" count(CASE WHEN {kinds(('replied',))} AND {ours} = {sql.AGENT} THEN 1 END), count(DISTINCT team),"
        f" count(CASE WHEN {kinds(('reopened',))} THEN 1 END),"
        f" count(CASE WHEN {kinds(('waiting_customer',))} THEN 1 END),"
        f" count(CASE WHEN {kinds(('follow_up',))} AND {ours} <> {sql.CUSTOMER} THEN 1 END) FROM {WALK}"
    )
    [(due, complaints, taken_up, solved)] = read.rows(
        f"SELECT count(due), count(CASE WHEN complaint THEN 1 END), count(again_at), count(first_resolved) FROM {CASES}"
    )
    surveys = bool(read.rows(f"SELECT 1 FROM {SURVEYS} LIMIT 1"))
    waits = {
        "long_answer": say("No contact has been answered."),
        "long_work": say("No step lets work begin."),
        "long_third_party": say("No step waits on a third party."),
        "long_again": say("No contact was worked on again after a reopening."),
    }
    missing = {
        "messages": (not asks, say("No step is a message of a customer.")),
        "replies": (not replies, say("No step is a public reply of an agent.")),
        "teams": (teams < 2, say("The steps do not name two teams.")),
        "again": (not (again or taken_up), say("No step says that a contact was reopened.")),
        "solved": (not solved, say("No step says that a contact was solved.")),
        "asking": (not asking, say("No step waits on the customer.")),
        "back": (not back, say("No step is a follow-up of ours.")),
        "due": (not due, say("No contact says when a follow-up was due.")),
        "complaints": (not complaints, say("No contact is marked as a complaint.")),
        "surveys": (
            not surveys,
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


def _each_hit(taken: Iterable[Pain]) -> str:
    """A row for each pain and contact hit by it."""
    return " UNION ALL ".join(
        f"SELECT {place(pain)} AS pain, number, customer, team, owner, at_{pain} AS moment, of_{pain} AS size"
        f" FROM {sql.HITS} WHERE is_{pain} = 1"
        for pain in taken
    )


def place(pain: Pain) -> int:
    """The number by which the engine calls a pain."""
    return get_args(Pain).index(pain)


def _sizes(
    read: Read, taken: tuple[Pain, ...], thresholds: dict[Pain, int], by_target: set[Pain]
) -> tuple[PainSize, ...]:
    asked = []
    for pain in taken:
        hit, other = f"is_{pain} = 1", f"is_{pain} = 0"
        asked += [
            f"count(is_{pain})",
            f"count(CASE WHEN {hit} THEN 1 END)",
        ]
        for side in (hit, other):
            asked += [
                f"count(CASE WHEN {side} THEN back END)",
                f"coalesce(sum(CASE WHEN {side} THEN back END), 0)",
            ]
    [row] = read.rows(f"SELECT {', '.join(asked)} FROM {sql.HITS}")
    middle = quantiles(read.desk.engine, f"SELECT pain AS g, size AS v FROM {HIT}", (MEDIAN,))
    people = "count(DISTINCT customer) + count(CASE WHEN customer IS NULL THEN 1 END)"
    customers = dict(read.rows(f"SELECT pain, {people} FROM {HIT} GROUP BY 1"))
    teams, owners = _teams(read), _owners(read)
    sizes = []
    for i, pain in enumerate(taken):
        possible, hits, *back = map(int, row[6 * i : 6 * i + 6])
        sizes.append(
            PainSize(
                pain,
                possible,
                hits,
                customers.get(place(pain), 0),
                thresholds.get(pain),
                pain in by_target,
                middle.get(place(pain), (None,))[0],
                teams[place(pain)],
                owners[place(pain)],
                (back[0], back[1], back[2], back[3]),
            )
        )
    return tuple(sizes)


def _teams(read: Read) -> dict[int, dict[str, int]]:
    """Contacts hit by pain and the team that held them."""
    # Up to its first change a contact is with the team that it was first with.
    named = (
        f"SELECT h.pain, h.number, max(m.place * CAST({STEP} AS BIGINT) + m.holder) % {STEP} AS team FROM {HIT} h"
        f" JOIN {sql.TEAM_MOVES} m ON m.number = h.number AND m.since < h.moment GROUP BY 1, 2"
    )
    rows = read.rows(
        f"SELECT h.pain, coalesce(n.team, h.team) AS holder, count(*) AS n FROM {HIT} h LEFT JOIN ({named}) n"
        " ON n.pain = h.pain AND n.number = h.number GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2"
    )
    return _most(((pain, None if team is None else read.teams[team], n) for pain, team, n in rows))


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
        f"SELECT {place(pain)}, {need} AS need, stratum, is_{pain}, count(*), count(CASE WHEN {good} THEN 1 END),"
        f" count(CASE WHEN {good} AND answered = 1 THEN 1 END), count(CASE WHEN {good} AND satisfied = 1 THEN 1 END)"
        f" FROM {sql.HITS} WHERE is_{pain} IS NOT NULL GROUP BY 2, 3, 4"
        for pain in taken
        for good in [f"answered IS NOT NULL AND coalesce(answer >= at_{pain}, TRUE)"]
    )
    names: dict[int | None, str | None] = {None: None, -1: REST}
    names |= dict(enumerate(read.needs))
    pains = get_args(Pain)
    return tuple(
        PainCell(pains[pain], names[need], stratum, bool(hit), *map(int, counts))
        for pain, need, stratum, hit, *counts in read.rows(f"{counted} ORDER BY 1, 2, 3, 4")
    )


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

"""How long contacts are in each phase, who holds them meanwhile, and how satisfied those are who got there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from cs_lib.data.contracts import OWNERS
from cs_lib.metrics.queries.journey.in_hours import FIRST, by_phase, by_span
from cs_lib.metrics.queries.journey.phases import HOLDERS, PHASES, Holder, Phase
from cs_lib.metrics.queries.journey.quantiles import quantiles
from cs_lib.metrics.queries.journey.read import Read
from cs_lib.metrics.queries.journey.walk import (
    BEFORE,
    CASES,
    CELLS,
    SHAPES,
    SURVEYS,
    TIMED,
    TIMES,
    WALK,
)

CREATED = "created"  # what the time until the first step is after
UNKNOWN = "unknown"  # owner of a contact that names none


@dataclass(frozen=True, slots=True)
class Span:
    """Time in one phase with one holder after one kind of step, of the contacts of one owner.

    Attributes:
        step: the log's name of the step that let it begin.
        owner: who owns the cause of the contact, `unknown` without one.
        cases, micros: contacts, and microseconds in all; contacts under way count with their time up to the data cut.
        open_micros: those of them in the opening hours of the team; None without opening hours.
    """

    phase: Phase
    holder: Holder
    step: str
    owner: str
    cases: int
    micros: int
    open_micros: int | None


@dataclass(frozen=True, slots=True)
class PhaseTime:
    """One phase over contacts.

    Attributes:
        cases, customers: contacts that came to the phase, and their customers (None where no contact names one).
        median, p90: microseconds a contact was in it, in all; None for phases without time (asks, solved, after) and
            where no contact is through with it. Contacts under way are left out, but for the wait for an answer that
            they have had: their time is not over, so these figures are of the quicker ones near the data cut.
        all_micros: the time in it, up to the data cut for contacts under way; customer_micros, third_micros: the parts
            held by customers and third parties.
        open_median, open_p90: the same in opening hours; None without.
        offered, answered, satisfied: surveys of satisfaction of these contacts (the first survey of each, offered
            at least seven days before the data cut), those answered within seven days, and those answered in the top
            two of five (the top box of `csat`).
    """

    phase: Phase
    cases: int
    customers: int | None
    median: int | None
    p90: int | None
    all_micros: int
    customer_micros: int
    third_micros: int
    open_median: int | None
    open_p90: int | None
    offered: int
    answered: int
    satisfied: int


def spans(read: Read) -> tuple[Span, ...]:
    """Time by phase, holder, step and owner, in their order; contacts without a step are not in it."""
    wide = read.desk.engine.dialect.wide
    micros: dict[tuple[int, int, str, int], int] = defaultdict(int)
    cases: dict[tuple[int, int, str, int], int] = defaultdict(int)
    owner = f"coalesce(c.owner, {OWNERS.index(UNKNOWN)})"
    for phase, holder, activity, own, total in read.rows(
        f"SELECT c.phase, c.holder, c.activity, {owner}, sum(c.micros) FROM {CELLS} c GROUP BY 1, 2, 3, 4"
    ):
        micros[phase, holder, read.activities[activity], own] += int(total)
    # Contacts of one shape have the same spans, so they are looked up in one of them.
    owners = f"SELECT c.shape, {owner} AS owner, count(*) AS n FROM {TIMES} c GROUP BY 1, 2"
    for phase, holder, activity, own, n in read.rows(
        f"WITH owners AS ({owners}), held AS (SELECT DISTINCT s.shape, w.phase, w.holder,"
        f" w.activity FROM {WALK} w JOIN {SHAPES} s ON s.number = w.number)"
        " SELECT h.phase, h.holder, h.activity, o.owner, sum(o.n) FROM held h JOIN owners o ON o.shape = h.shape"
        " GROUP BY 1, 2, 3, 4"
    ):
        cases[phase, holder, read.activities[activity], own] += int(n)
    answer, ours = PHASES.index("answer"), HOLDERS.index("waiting_on_us")
    for own, n, total in read.rows(
        f"SELECT {owner}, count(*), sum({wide(BEFORE)}) FROM {CASES} c WHERE c.steps > 0 AND {BEFORE} > 0 GROUP BY 1"
    ):
        micros[answer, ours, CREATED, own] += int(total)
        cases[answer, ours, CREATED, own] += int(n)
    opened = _open(read)
    return tuple(
        Span(
            PHASES[key[0]],
            HOLDERS[key[1]],
            key[2],
            OWNERS[key[3]],
            cases[key],
            micros[key],
            None if opened is None else opened[key],
        )
        for key in sorted(micros)
    )


def _open(read: Read) -> dict[tuple[int, int, str, int], int] | None:
    """Time in opening hours by phase, holder, step and owner; None without hours."""
    if read.opening is None:
        return None
    found: dict[tuple[int, int, str, int], int] = defaultdict(int)
    for (phase, holder, activity, own), total in by_span(read.desk.engine).items():
        name = CREATED if activity == FIRST else read.activities[activity]
        found[phase, holder, name, own] += total
    return found


def phase_times(read: Read) -> tuple[PhaseTime, ...]:
    """Each phase that some contact came to, in order."""
    return tuple(one for one in _phase_times(read) if one.cases)


def _phase_times(read: Read) -> Iterator[PhaseTime]:
    came = {phase: f"t.{phase} IS NOT NULL" for phase in PHASES}
    came["asks"] = "t.number IS NOT NULL"
    came |= {"solved": "(t.solved = 1 OR t.resolved = 1)", "after": "t.after = 1"}
    customers, middle = _customers(read, came), _middle(read)
    opened = by_phase(read.desk.engine) if read.opening else {}
    settled = _settled(read)
    for i, (phase, counts) in enumerate(zip(PHASES, _counts(read, came), strict=True)):
        cases, every, customer, third, offered, answered, satisfied = counts
        every += settled.get(i, 0)
        median, p90 = middle.get(i, (None, None))
        yield PhaseTime(
            phase,
            cases,
            customers[i] if customers else None,
            median,
            p90,
            every,
            customer,
            third,
            open_median=opened.get(i, (None, None))[0],
            open_p90=opened.get(i, (None, None))[1],
            offered=offered,
            answered=answered,
            satisfied=satisfied,
        )


def _settled(read: Read) -> dict[int, int]:
    """By place of the phase the time after a resolution, and after everything."""
    phases = ", ".join(str(PHASES.index(phase)) for phase in ("solved", "after"))
    rows = read.rows(f"SELECT phase, sum(micros) FROM {CELLS} WHERE phase IN ({phases}) GROUP BY 1")
    return {phase: int(micros) for phase, micros in rows}


def _counts(read: Read, came: dict[Phase, str]) -> list[tuple[int, ...]]:
    """By phase contacts, the time in it, the parts of customers and third parties, and surveys."""
    wide = read.desk.engine.dialect.wide
    asked = [
        text
        for phase in PHASES
        for text in (
            f"count(CASE WHEN {came[phase]} THEN 1 END)",
            f"sum({wide(f't.{phase}')})" if phase in TIMED else "0",
            *(
                f"sum({wide(f't.{phase}_{who}')})" if phase in ("others", "again") else "0"
                for who in ("customer", "third")
            ),
            f"count(CASE WHEN {came[phase]} THEN s.number END)",
            f"count(CASE WHEN {came[phase]} AND s.answered = 1 THEN 1 END)",
            f"count(CASE WHEN {came[phase]} AND s.satisfied = 1 THEN 1 END)",
        )
    ]
    [row] = read.rows(
        f"SELECT {', '.join(asked)} FROM {TIMES} t LEFT JOIN {SURVEYS} s ON s.number = t.number"
    )
    parts = len(asked) // len(PHASES)
    whole = [int(one or 0) for one in row]
    return [tuple(whole[at : at + parts]) for at in range(0, len(whole), parts)]


def _customers(read: Read, came: dict[Phase, str]) -> list[int]:
    """By phase the customers whose contacts came to it, each once; nothing where no contact names one."""
    flags = " + ".join(
        f"CASE WHEN {came[p]} THEN {1 << i} ELSE 0 END" for i, p in enumerate(PHASES)
    )
    rows = read.rows(
        f"SELECT flags, count(*) FROM (SELECT t.customer, bit_or({flags}) AS flags FROM {TIMES} t"
        " WHERE t.customer IS NOT NULL GROUP BY 1) s GROUP BY 1"
    )
    counts = [sum(n for flag, n in rows if flag >> i & 1) for i in range(len(PHASES))]
    return counts if rows else []


def _middle(read: Read) -> dict[int, tuple[int, ...]]:
    """By place of the phase its median and p90 over contacts that are through with it."""
    through = " UNION ALL ".join(
        f"SELECT {PHASES.index(phase)} AS g, t.{phase} AS v FROM {TIMES} t"
        f" WHERE t.{'answered' if phase == 'answer' else 'over'} = 1"
        for phase in TIMED
    )
    return quantiles(read.desk.engine, through)

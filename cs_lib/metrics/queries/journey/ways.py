"""The ways that contacts take: steps, what follows what, and whole ways."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from cs_lib.metrics.queries import steps as kinds
from cs_lib.metrics.queries.journey.phases import PHASES
from cs_lib.metrics.queries.journey.read import Read
from cs_lib.metrics.queries.journey.walk import CELLS, SHAPES, TIMES, WALK, WAYS

SAMPLES, REPEATS = "cs_journey_samples", "cs_journey_repeats"
MOST_VARIANTS = 50


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of step, by its own name in the log where the log has names.

    Attributes:
        name, stage: the log's name, and the canonical stage it was taken as.
        phase: in which phase most of these steps fall.
        events, cases: how many, in how many contacts.
        first, last: contacts that begin, and that end with it.
        repeated: contacts with it more than once.
        self_loops: events that follow the same step directly.
        again_same, again_other: events of a contact that already had the step, done by the same person as the last
            time, or by another; not counted where either person is not named.
    """

    name: str
    stage: str
    phase: str
    events: int
    cases: int
    first: int
    last: int
    repeated: int
    self_loops: int
    again_same: int
    again_other: int


@dataclass(frozen=True, slots=True)
class Edge:
    """One step directly after another: how often, in how many contacts, and the microseconds between, in all."""

    before: str
    after: str
    count: int
    cases: int
    micros: int


@dataclass(frozen=True, slots=True)
class Variant:
    """One whole way, its steps in order, and how many contacts took it."""

    steps: tuple[str, ...]
    cases: int


@dataclass(frozen=True, slots=True)
class Ways:
    """All ways.

    Attributes:
        steps: by events, most first.
        edges: by count, most first; for each step `first` + edges into it = its events = edges out of it + `last`.
        variants: the commonest, at most `MOST_VARIANTS`, most contacts first.
        cases, events: contacts with steps, and their steps.
        different, once: how many ways there are, and how many of them one contact took alone.
        cover_80: how many of the commonest it takes to hold 80 % of the contacts.
    """

    steps: tuple[Step, ...]
    edges: tuple[Edge, ...]
    variants: tuple[Variant, ...]
    cases: int
    events: int
    different: int
    once: int
    cover_80: int


def ways(read: Read) -> Ways:
    """The ways of the study's contacts.

    Contacts with equal ways are counted together: what holds of a whole way is looked up in one contact of each, and
    only times and people are read from every step.
    """
    engine = read.desk.engine
    try:
        engine.run(
            f"CREATE TEMP TABLE {SAMPLES} AS SELECT w.number, y.n, w.place, w.activity,"
            " lead(w.activity) OVER (PARTITION BY w.number ORDER BY w.place) AS after"
            f" FROM {WALK} w JOIN {WAYS} y ON y.number = w.number"
        )
        sizes = read.rows(f"SELECT n, count(*) FROM {WAYS} GROUP BY 1 ORDER BY 1 DESC")
        found = _steps(read)
        return Ways(
            steps=found,
            edges=tuple(_edges(read)),
            variants=tuple(_variants(read)),
            cases=sum(n * many for n, many in sizes),
            events=sum(step.events for step in found),
            different=sum(many for _, many in sizes),
            once=sum(many for n, many in sizes if n == 1),
            cover_80=_cover(sizes),
        )
    finally:
        engine.run(f"DROP TABLE IF EXISTS {SAMPLES}")


def _cover(sizes: list[tuple[int, int]]) -> int:
    """How many of the commonest ways hold 80 % of the contacts.

    `sizes` are numbers of contacts that a way has, largest first, and how many ways have so many.
    """
    left = 4 * sum(n * many for n, many in sizes)  # of five parts of each contact
    taken = 0
    for n, many in sizes:
        if left > 5 * n * many:
            taken, left = taken + many, left - 5 * n * many
        else:
            return taken - (-left // (5 * n))
    return taken


def _steps(read: Read) -> tuple[Step, ...]:
    counts = read.rows(
        "SELECT activity, sum(n), sum(CASE WHEN place = 0 THEN n ELSE 0 END),"
        " sum(CASE WHEN after IS NULL THEN n ELSE 0 END), sum(CASE WHEN after = activity THEN n ELSE 0 END)"
        f" FROM {SAMPLES} GROUP BY 1"
    )
    inside = {
        activity: (cases, repeated)
        for activity, cases, repeated in read.rows(
            "SELECT activity, sum(n), sum(CASE WHEN times > 1 THEN n ELSE 0 END) FROM"
            f" (SELECT number, n, activity, count(*) AS times FROM {SAMPLES} GROUP BY 1, 2, 3) s GROUP BY 1"
        )
    }
    phases, again = _phases(read), _again(read)
    found = [
        Step(
            read.activities[activity],
            read.stages[activity],
            phases[activity],
            int(events),
            int(inside[activity][0]),
            int(first),
            int(last),
            int(inside[activity][1]),
            int(loops),
            *again.get(activity, (0, 0)),
        )
        for activity, events, first, last, loops in counts
    ]
    return tuple(sorted(found, key=lambda step: (-step.events, step.name)))


def _phases(read: Read) -> dict[int, str]:
    """By step the phase in which most of them fall; with the step `created` a customer asks."""
    created = kinds.KINDS.index("created")
    rows = read.rows(
        f"SELECT activity, CASE WHEN kind = {created} THEN 0 ELSE phase END, sum(n) FROM {CELLS} GROUP BY 1, 2"
        " ORDER BY 3, 2 DESC"
    )
    return {activity: PHASES[phase] for activity, phase, _ in rows}


def _again(read: Read) -> dict[int, tuple[int, int]]:
    """By step how often a contact had it already, done by the same person as the last time, or by another."""
    often = f"SELECT number, activity FROM {SAMPLES} GROUP BY 1, 2 HAVING count(*) > 1"
    shapes_of = (
        f"SELECT s.shape, o.activity FROM ({often}) o JOIN {WAYS} y ON y.number = o.number"
        f" JOIN {SHAPES} s ON s.way = y.way"
    )
    engine = read.desk.engine
    try:
        # A table of its own, so that no engine looks for the activity before it looks for the contact.
        engine.run(
            f"CREATE TEMP TABLE {REPEATS} AS SELECT t.number, r.activity FROM {TIMES} t"
            f" JOIN ({shapes_of}) r ON r.shape = t.shape"
        )
        rows = read.rows(
            "SELECT activity, sum(CASE WHEN person = last THEN 1 ELSE 0 END),"
            " sum(CASE WHEN person <> last THEN 1 ELSE 0 END) FROM (SELECT w.activity, w.person,"
            " lag(w.person) OVER (PARTITION BY w.number, w.activity ORDER BY w.place) AS last"
            f" FROM {WALK} w JOIN {REPEATS} r ON r.number = w.number AND r.activity = w.activity) s GROUP BY 1"
        )
    finally:
        engine.run(f"DROP TABLE IF EXISTS {REPEATS}")
    return {activity: (int(same), int(other)) for activity, same, other in rows}


def _edges(read: Read) -> Iterator[Edge]:
    pairs = read.rows(
        "SELECT activity, after, sum(n * times), sum(n) FROM (SELECT number, n, activity, after, count(*) AS times"
        f" FROM {SAMPLES} WHERE after IS NOT NULL GROUP BY 1, 2, 3, 4) s GROUP BY 1, 2"
    )
    names = read.activities
    found = [
        Edge(names[before], names[after], int(count), int(cases), read.between[before, after])
        for before, after, count, cases in pairs
    ]
    yield from sorted(found, key=lambda edge: (-edge.count, edge.before, edge.after))


def _variants(read: Read) -> Iterator[Variant]:
    top = f"SELECT number, n, way FROM {WAYS} ORDER BY n DESC, way LIMIT {MOST_VARIANTS}"
    taken: dict[int, list[int]] = defaultdict(list)
    cases: dict[int, int] = {}
    for number, n, activity in read.rows(
        f"SELECT t.number, t.n, s.activity FROM ({top}) t JOIN {SAMPLES} s ON s.number = t.number"
        " ORDER BY t.number, s.place"
    ):
        taken[number].append(activity)
        cases[number] = int(n)
    found = [
        Variant(tuple(read.activities[one] for one in taken[number]), n)
        for number, n in cases.items()
    ]
    yield from sorted(found, key=lambda one: (-one.cases, one.steps))

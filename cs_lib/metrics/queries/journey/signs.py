"""What steps say of themselves, each different saying read once and packed into one whole number.

Equal steps have equal numbers, and numbers sort as steps of equal times stand: by `seq` (none counts as 0), then stage
in the order of `contracts.STAGES`, then the number of their own name, actor, kind, told, team and person, each NULL
first.
`told` is 1 for a reply of ours that says whether it was public, 0 for another of ours, NULL for what is none.
"""

from __future__ import annotations

from dataclasses import dataclass

from cs_lib.data.contracts import STAGES
from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.queries import steps

SIGNS, HANDS, PAIRS = (f"cs_journey_{name}" for name in ("signs", "hands", "pairs"))
TEAMS, PEOPLE = "cs_journey_teams", "cs_journey_people"
ACTORS = ("customer", "agent", "bot", "system")
REPLIED, CUSTOMER = STAGES.index("replied"), ACTORS.index("customer")
MOST_ACTIVITIES = 200  # names of steps kept apart; a step of a rarer name is called by its kind
ROOM = 62  # bits of a whole number that may be used
# A sign is the first five of these, the hands are the last two.
BITS = {"stage": 4, "activity": 8, "actor": 3, "kind": 5, "told": 2}
NEVER_EMPTY = {"stage", "activity", "kind"}


@dataclass(frozen=True, slots=True)
class Packing:
    """Where each part of a step lies in its number.

    Attributes:
        bits: how many bits each part takes, the highest first.
        least: the least `seq`, which counts as 0; None where `seq` has no room in the number and stands beside it.
    """

    bits: dict[str, int]
    least: int | None

    def below(self, part: str) -> int:
        """How many bits lie below a part."""
        names = list(self.bits)
        return sum(self.bits[name] for name in names[names.index(part) + 1 :])

    @property
    def of_seq(self) -> int:
        """How many bits lie below `seq`."""
        return sum(self.bits.values())

    def raw(self, name: str, step: str) -> str:
        """A part of a step as it lies in the number, as SQL: what may be empty is one more, 0 where it is empty."""
        return f"(({step} >> {self.below(name)}) & {(1 << self.bits[name]) - 1})"

    def part(self, name: str, step: str) -> str:
        """A part of a step as SQL: NULL for no team, no person and nothing told, -1 for no actor."""
        if name in NEVER_EMPTY:
            return self.raw(name, step)
        found = self.raw(name, step)
        return f"({found} - 1)" if name == "actor" else f"(nullif({found}, 0) - 1)"

    def place(self, name: str, value: str) -> str:
        """What a part adds to a step's number, as SQL."""
        unit = 1 << self.below(name)
        if name in NEVER_EMPTY:
            return f"CAST({value} AS BIGINT) * {unit}"
        return f"coalesce(CAST({value} AS BIGINT) + 1, 0) * {unit}"

    def number(self) -> str:
        """The number of an event `e` whose sign `s` and hands `h` are looked up, as SQL."""
        seq = (
            ""
            if self.least is None
            else f"(coalesce(e.seq, 0) - {self.least}) * {1 << self.of_seq} + "
        )
        return f"{seq}s.bits + h.bits"


def number_of_kind(kind: str) -> int:
    """The number of a kind of step."""
    return steps.KINDS.index(kind)


def kinds(names: tuple[str, ...], column: str = "kind") -> str:
    """Whether a step is of one of some kinds, as SQL."""
    if len(names) == 1:
        return f"{column} = {number_of_kind(names[0])}"
    # One test of a bit takes a third of the time of a list.
    return f"(({sum(1 << number_of_kind(name) for name in names)} >> {column}) & 1) = 1"


def numbered(column: str, values: tuple[str, ...]) -> str:
    """A text that is one of some values as its place among them, NULL for none."""
    cases = " ".join(f"WHEN {quote(value)} THEN {i}" for i, value in enumerate(values))
    return f"CAST(CASE {column} {cases} END AS SMALLINT)"


def said(desk: Desk) -> list[str]:
    """The columns of an event that make its sign: names count where at least half of the events have one."""
    named = 2 * desk.facts["events"].of("raw_stage").filled >= desk.rows["events"]
    return [*(["e.raw_stage"] if named else []), "e.stage", "e.actor", "e.is_public"]


def looked_up(desk: Desk) -> str:
    """What a query of events `e` joins for their signs `s` and hands `h`."""
    number = desk.engine.dialect.number_of
    return (
        f" JOIN {SIGNS} s ON s.key = {number(said(desk))}"
        f" JOIN {HANDS} h ON h.key = {number(['e.team_id', 'e.agent_id'])}"
    )


def pack(desk: Desk) -> Packing:
    """Tables of names, signs and hands, and where their parts lie in a step's number; whoever asks drops the tables.

    - `TEAMS`, `PEOPLE`: each name with its number, in order.
    - `SIGNS`, a row a different saying: key; activity, called, usual (number and name of the step, and the stage that
      most steps of this name have); stage, kind, actor, told; bits.
    - `HANDS`, a row a pair of team and person: key; bits.
    """
    run, rows = desk.engine.run, desk.engine.rows
    held = "SELECT DISTINCT team_id, agent_id FROM events"
    run(f"CREATE TEMP TABLE {PAIRS} AS {held}")
    listed(desk, TEAMS, f"SELECT team_id AS name FROM {PAIRS} UNION SELECT team_id FROM contacts")
    listed(desk, PEOPLE, f"SELECT agent_id AS name FROM {PAIRS}")
    [(teams, people)] = rows(
        f"SELECT (SELECT count(*) FROM {TEAMS}), (SELECT count(*) FROM {PEOPLE})"
    )
    bits = BITS | {"team": teams.bit_length(), "person": people.bit_length()}
    [(least, most)] = rows("SELECT min(coalesce(seq, 0)), max(coalesce(seq, 0)) FROM events")
    inside = least is not None and (most - least).bit_length() + sum(bits.values()) <= ROOM
    packing = Packing(bits, least if inside else None)
    run(f"CREATE TEMP TABLE {SIGNS} AS {_signs(desk, packing)}")
    pair = desk.engine.dialect.number_of(["p.team_id", "p.agent_id"])
    run(
        f"CREATE TEMP TABLE {HANDS} AS SELECT {pair} AS key, {packing.place('team', 't.number')}"
        f" + {packing.place('person', 'a.number')} AS bits FROM {PAIRS} p"
        f" LEFT JOIN {TEAMS} t ON t.name = p.team_id LEFT JOIN {PEOPLE} a ON a.name = p.agent_id"
    )
    run(f"DROP TABLE {PAIRS}")
    return packing


def listed(desk: Desk, table: str, names: str) -> None:
    """Every name of a query with its number, in order."""
    desk.engine.run(
        f"CREATE TEMP TABLE {table} AS SELECT name, CAST(row_number() OVER (ORDER BY name) - 1 AS INTEGER) AS number"
        f" FROM (SELECT DISTINCT name FROM ({names}) n WHERE name IS NOT NULL) s"
    )


def _signs(desk: Desk, packing: Packing) -> str:
    """Signs of events; the rarest of very many names are called by their commonest kind."""
    own = said(desk)
    kind = f"({steps.KIND})"
    name = f"coalesce(e.raw_stage, {kind})" if "e.raw_stage" in own else kind
    counted = f"SELECT {', '.join(own)}, count(*) AS n FROM events e GROUP BY {', '.join(own)}"
    spelled = f"SELECT e.*, {name} AS name, {kind} AS kind FROM counted e"
    commonest = (
        "SELECT name, kind, row_number() OVER (PARTITION BY name ORDER BY sum(n) DESC, kind) AS place FROM spelled"
        " GROUP BY 1, 2"
    )
    sizes = "SELECT name, row_number() OVER (ORDER BY sum(n) DESC, name) AS place FROM spelled GROUP BY 1"
    called = (
        f"SELECT s.name, CASE WHEN s.place <= {MOST_ACTIVITIES} THEN s.name ELSE k.kind END AS called"
        " FROM sizes s JOIN commonest k ON k.name = s.name AND k.place = 1"
    )
    stages = (
        "SELECT l.called, c.stage, row_number() OVER (PARTITION BY l.called ORDER BY sum(c.n) DESC, c.stage) AS place"
        " FROM spelled c JOIN called l ON l.name = c.name GROUP BY 1, 2"
    )
    numbers = "SELECT called, stage, row_number() OVER (ORDER BY called) - 1 AS number FROM stages WHERE place = 1"
    told = (
        "CASE WHEN e.stage = 'replied' AND coalesce(e.actor, 'agent') <> 'customer'"
        " THEN CASE WHEN e.is_public IS NULL THEN 0 ELSE 1 END END"
    )
    signs = (
        f"SELECT {desk.engine.dialect.number_of(own)} AS key, n.number AS activity, n.called, n.stage AS usual,"
        f" {numbered('e.stage', STAGES)} AS stage, {numbered('e.kind', steps.KINDS)} AS kind,"
        f" {numbered('e.actor', ACTORS)} AS actor, {told} AS told"
        " FROM spelled e JOIN called l ON l.name = e.name JOIN numbers n ON n.called = l.called"
    )
    bits = " + ".join(packing.place(part, f"g.{part}") for part in BITS)
    return (
        f"WITH counted AS ({counted}), spelled AS ({spelled}), commonest AS ({commonest}), sizes AS ({sizes}),"
        f" called AS ({called}), stages AS ({stages}), numbers AS ({numbers}), signs AS ({signs})"
        f" SELECT g.*, CAST({bits} AS BIGINT) AS bits FROM signs g"
    )

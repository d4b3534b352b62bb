"""Whether the work on contacts is recorded, wherever it might not be: by need, team, channel and day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cs_lib.metrics.queries.needs.around import MOST_GROUPS
from cs_lib.metrics.queries.needs.contacts_read import BESIDE, CONTACTS, Read


@dataclass(frozen=True, slots=True)
class Recorded:
    """Contacts of the study of one need, team or channel, and what is recorded of the work on them.

    Attributes:
        name: the code; None for contacts without a need.
        contacts: how many.
        worked: those with seconds above zero, and those that a bot alone handled, which need none.
        positive: those with seconds above zero; `commonest` of them carry the same number of seconds.
        seconds: all together.
    """

    name: str | None
    contacts: int
    worked: int
    positive: int = 0
    commonest: int = 0
    seconds: int = 0

    @property
    def share(self) -> float:
        """The share of contacts whose work is recorded."""
        return self.worked / self.contacts if self.contacts else 0.0


@dataclass(frozen=True, slots=True)
class Work:
    """Recorded work by need, busiest teams, channel and day: a day's contacts, and those whose work is recorded."""

    needs: tuple[Recorded, ...]
    teams: tuple[Recorded, ...]
    channels: tuple[Recorded, ...]
    days: tuple[tuple[date, int, int], ...]

    @property
    def contacts(self) -> int:
        """All contacts of the study."""
        return sum(one.contacts for one in self.needs)

    @property
    def worked(self) -> int:
        """Those whose work is recorded by a number above zero, or that a bot alone handled."""
        return sum(one.worked for one in self.needs)

    def of(self, need: str) -> Recorded:
        """What is recorded of one need; nothing where it has no contacts."""
        return next((one for one in self.needs if one.name == need), Recorded(need, 0, 0))


def work(read: Read) -> Work:
    """What is recorded of the work on the contacts of the study."""
    rows = read.desk.engine.rows
    by_need = rows(
        "SELECT g.need, CAST(sum(g.n) AS BIGINT), CAST(sum(g.worked) AS BIGINT),"
        " CAST(coalesce(sum(CASE WHEN g.seconds > 0 THEN g.n END), 0) AS BIGINT),"
        " coalesce(max(CASE WHEN g.seconds > 0 THEN g.n END), 0),"
        " CAST(coalesce(sum(g.seconds * g.n), 0) AS BIGINT) FROM ("
        "SELECT c.need, c.seconds, count(*) AS n, count(CASE WHEN c.worked THEN 1 END) AS worked"
        f" FROM {CONTACTS} c WHERE {read.inside()} GROUP BY 1, 2) g GROUP BY 1 ORDER BY 1"
    )
    needs = (
        Recorded(None if need is None else read.needs[need], *numbers) for need, *numbers in by_need
    )
    days = rows(
        "SELECT c.day, count(*), count(CASE WHEN c.worked THEN 1 END)"
        f" FROM {CONTACTS} c WHERE {read.inside()} GROUP BY 1 ORDER BY 1"
    )
    return Work(tuple(needs), _beside(read, "team_id"), _beside(read, "channel"), tuple(days))


def _beside(read: Read, side: str) -> tuple[Recorded, ...]:
    """What is recorded by team or by channel, the busiest first."""
    rows = read.desk.engine.rows(
        f"SELECT b.value, b.n, b.worked FROM {BESIDE} b WHERE b.side = '{side}' AND b.n > 0"
        f" ORDER BY b.n DESC, 1 LIMIT {MOST_GROUPS}"
    )
    return tuple(Recorded(*row) for row in rows)

"""What the health of a source is judged by: every table read once or a few times, a few thousand numbers kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from cs_lib.data.contracts import TABLES
from cs_lib.data.desk import Desk
from cs_lib.metrics.queries.health.by_day import TableDays, table_days
from cs_lib.metrics.queries.health.earlier import Earlier, earlier
from cs_lib.metrics.queries.health.event_log import EventLog, event_log
from cs_lib.metrics.queries.health.faults import marks_of
from cs_lib.metrics.queries.health.gaps import Bursts, Gaps, bursts, gaps
from cs_lib.metrics.queries.health.given import Perks, perks
from cs_lib.metrics.queries.health.joins import Join, joins
from cs_lib.metrics.queries.health.offered import Offered, surveys
from cs_lib.metrics.queries.health.values_found import Holders, Labels, holders, labels
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params.data_health import DataHealth
from cs_lib.sentences import Text, say

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class HealthEvidence:
    """What a source holds: tables by day, keys, labels, gaps, the event log and surveys.

    Attributes:
        tables: by canonical name, every table that the source has.
        absent: why the others are not there.
        joins: every key pair of the metrics whose two tables are there and whose key is filled.
        labels: columns of labels (team, need, issue, product, priority, channel).
        holders: columns of ids whose single values may hold too much.
        gaps: times between two stamps of a row.
        bursts: stamps that very many rows share.
        log: the event log; None without events.
        surveys: by kind.
        observed_until: the first local day that is not wholly observed.
        notes, caveats: what loading said.
        before: what an earlier look found, where the settings name one.
        perks: to whom perks were given.
    """

    room: ClassVar[str] = "data_health"

    tables: dict[str, TableDays]
    absent: dict[str, Text]
    joins: tuple[Join, ...]
    labels: tuple[Labels, ...]
    holders: tuple[Holders, ...]
    gaps: tuple[Gaps, ...]
    bursts: tuple[Bursts, ...]
    log: EventLog | None
    surveys: tuple[Offered, ...]
    observed_until: date
    currency: str
    zone: str
    notes: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    before: Earlier | None = None
    perks: Perks = field(default_factory=Perks)

    def to_frame(self) -> pd.DataFrame:
        """One row per table and local day on which it could have rows: table, day, rows."""
        import pandas as pd

        found = [
            pd.DataFrame({"table": name, "day": table.days, "rows": table.counts})
            for name, table in self.tables.items()
        ]
        return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def gather(desk: Desk, study: DataHealth) -> HealthEvidence:
    """What a source holds, and what an earlier look found.

    Raises Unusable when an earlier look cannot be read, and NotAvailable for a source without a canonical table.
    """
    previous = study.design.previous
    names = [name for name in desk.rows if name not in desk.roles]
    if not names:
        raise NotAvailable(
            say(
                "'{source}' has only a table with columns of your own; cslib check {source} says what it can answer.",
                source=desk.source,
            )
        )
    return HealthEvidence(
        tables={name: table_days(desk, name, marks_of(desk, name)) for name in names},
        absent={name: why for name, why in desk.absent.items() if name in TABLES},
        joins=joins(desk),
        labels=labels(desk),
        holders=holders(desk),
        gaps=gaps(desk),
        bursts=bursts(desk),
        log=event_log(desk),
        surveys=surveys(desk),
        observed_until=desk.observed_until,
        currency=desk.currency,
        zone=desk.zone,
        notes=desk.notes,
        caveats=desk.caveats,
        perks=perks(desk),
        before=earlier(previous, study.as_of) if previous else None,
    )

"""What the health of a source is judged by: every table read once or a few times, a few thousand numbers kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from cs_lib.data.contracts import TABLES
from cs_lib.data.desk import Desk
from cs_lib.metrics.queries.health.by_day import TableDays, table_days
from cs_lib.metrics.queries.health.event_log import EventLog, event_log
from cs_lib.metrics.queries.health.faults import marks_of
from cs_lib.metrics.queries.health.gaps import Bursts, Gaps, bursts, gaps
from cs_lib.metrics.queries.health.joins import Join, joins
from cs_lib.metrics.queries.health.offered import Offered, surveys
from cs_lib.metrics.queries.health.values_found import Holders, Labels, holders, labels
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params.data_health import DataHealth
from cs_lib.sentences import Text, say


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


def gather(desk: Desk, study: DataHealth) -> HealthEvidence:
    """What a source holds; the study says nothing that changes it.

    Raises NotAvailable for a source that has no canonical table.
    """
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
    )

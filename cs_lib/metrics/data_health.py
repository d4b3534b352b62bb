"""What the health of a source is judged by: every table read once or a few times, a few thousand numbers kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from cs_lib.metrics.queries.by_day import TableDays
from cs_lib.metrics.queries.event_log import EventLog
from cs_lib.metrics.queries.gaps import Burst, Gaps
from cs_lib.metrics.queries.joins import Join
from cs_lib.metrics.queries.offered import Offered
from cs_lib.metrics.queries.values_found import Holders, Labels
from cs_lib.sentences import Text


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
    bursts: tuple[Burst, ...]
    log: EventLog | None
    surveys: tuple[Offered, ...]
    observed_until: date
    currency: str
    zone: str
    notes: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()

"""All numbers that a study of the journey reads: steps sorted once, counted in the engine."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from cs_lib.aggregates import LoggedChange
from cs_lib.metrics.queries.journey.durations import PhaseTime, Span
from cs_lib.metrics.queries.journey.handoffs import Handoffs
from cs_lib.metrics.queries.journey.log import LogFacts, Timer, Worked
from cs_lib.metrics.queries.journey.over_time import SlowAndFast, WeeklyWait
from cs_lib.metrics.queries.journey.pains import PainCell, PainSize
from cs_lib.metrics.queries.journey.ways import Ways
from cs_lib.sentences import Text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class JourneyEvidence:
    """The way of contacts from asking to solved and after.

    Attributes:
        start, end: the study's local days of opening, both included.
        log: what the log can carry.
        ways: steps, what follows what, whole ways.
        spans: time by phase, holder, step and owner.
        phases: each phase that somebody came to, in order.
        timer: closings by a clock; None where none is seen.
        worked: work and idle time; None without steps that have a start and an end.
        pains, cells: sizes of pains, and the same by need and duration with satisfaction; pains that cannot be had
            are missing, and `absent` says why.
        teams, people: handoffs; None where steps name none.
        weekly: waits of the phases by week, of all and of the busiest teams.
        slow: what slow and fast contacts have; None with too few resolved ones.
        returned: contacts followed for 30 days after their resolution, and those whose customer came back with the
            same need; None where customers or needs are not known.
        changes: logged changes of the period.
        absent: why something is None or missing, by its name.
        observed_until: the first local day that is not wholly observed.
    """

    room: ClassVar[str] = "journey_map"

    start: date
    end: date
    log: LogFacts
    ways: Ways
    spans: tuple[Span, ...]
    phases: tuple[PhaseTime, ...]
    timer: Timer | None
    worked: Worked | None
    pains: tuple[PainSize, ...]
    cells: tuple[PainCell, ...]
    teams: Handoffs | None
    people: Handoffs | None
    weekly: tuple[WeeklyWait, ...]
    slow: SlowAndFast | None
    returned: tuple[int, int] | None
    changes: tuple[LoggedChange, ...]
    absent: dict[str, Text]
    observed_until: date
    currency: str
    notes: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """One row per phase, holder, step and owner: contacts and microseconds."""
        import pandas as pd

        return pd.DataFrame([asdict(span) for span in self.spans])

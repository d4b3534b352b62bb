"""All numbers that a study of the journey reads: steps sorted once, counted in the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar, TypeVar

from cs_lib.aggregates import LoggedChange
from cs_lib.data.desk import Desk
from cs_lib.metrics.changes_logged import changes_logged, went_live
from cs_lib.metrics.opening_hours import OpeningHours, clock, opening_hours
from cs_lib.metrics.queries.journey.durations import PhaseTime, Span, phase_times, spans
from cs_lib.metrics.queries.journey.handoffs import Handoffs, handoffs
from cs_lib.metrics.queries.journey.log import (
    Closings,
    LogFacts,
    Worked,
    closings,
    log_facts,
    worked,
)
from cs_lib.metrics.queries.journey.over_time import (
    SlowAndFast,
    WeeklyWait,
    slow_and_fast,
    weekly,
)
from cs_lib.metrics.queries.journey.pains import PainCell, PainSize, sizes_and_cells
from cs_lib.metrics.queries.journey.read import journey_read
from cs_lib.metrics.queries.journey.returned import returned
from cs_lib.metrics.queries.journey.ways import Ways, ways
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params import JourneyMap, Scope
from cs_lib.sentences import Text, say

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class JourneyEvidence:
    """The way of contacts from asking to solved and after.

    Attributes:
        start, end: the study's local days of opening, both included.
        log: what the log can carry.
        ways: steps, what follows what, whole ways.
        spans: time by phase, holder, step and owner.
        phases: each phase that somebody came to, in order.
        clock: how opening hours are called; None where calendar time alone is counted.
        closings: times from resolution to closing, for whoever looks for a timer in them; None without closings.
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
    clock: Text | None
    closings: Closings | None
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


def gather(desk: Desk, study: JourneyMap) -> JourneyEvidence:
    """What a source holds about the way of the contacts that a study asks for."""
    start, end = study.design.period
    design = study.design
    return journey_of(
        desk,
        start,
        end,
        scope=design.scope,
        targets={str(wait): hours for wait, hours in design.targets.items()},
        follow_up_days=design.follow_up_days,
        opening=opening_hours(
            desk, design.hours, calendar=design.calendar, holidays=design.holidays
        )
        if design.hours is not None
        else None,
    )


def journey_of(
    desk: Desk,
    start: date,
    end: date,
    *,
    scope: Scope | None = None,
    targets: Mapping[str, float] | None = None,
    follow_up_days: int = 7,
    opening: OpeningHours | None = None,
) -> JourneyEvidence:
    """What a source holds about the way of contacts opened in some local days.

    Args:
        desk: the source, as known at its data cut.
        start, end: the first and the last local day.
        scope: which contacts; all without it.
        targets: hours that customers may wait, by wait; the longest tenth counts as long without one.
        follow_up_days: days after a resolved complaint in which somebody should ask back.
        opening: when teams are open; without it time is calendar time alone.

    Raises NotAvailable without contacts or events, or where no step belongs to a contact of these days.
    """
    tried = _Tried(_unknown(desk))
    with journey_read(desk, start, end, scope=scope, opening=opening) as read:
        log, taken, held = log_facts(read), ways(read), spans(read)
        work = tried("worked", lambda: worked(read))
        slow = tried("slow", lambda: slow_and_fast(read))
        sizes, cells, absent = sizes_and_cells(read, dict(targets or {}), follow_up_days)
        return JourneyEvidence(
            start, end,
            log=log,
            ways=taken,
            spans=held,
            phases=phase_times(read),
            clock=clock(opening) if opening else None,
            closings=tried("closings", lambda: closings(read)),
            worked=work,
            pains=sizes,
            cells=cells,
            teams=tried("teams", lambda: handoffs(read, "team")),
            people=tried("people", lambda: handoffs(read, "person")),
            weekly=weekly(read),
            slow=slow,
            returned=tried("returned", lambda: returned(read)),
            changes=went_live(changes_logged(desk), start, end),
            absent=absent | tried.absent,
            observed_until=desk.observed_until,
            currency=desk.currency,
            notes=desk.notes,
            caveats=desk.caveats,
        )  # fmt: skip


def _unknown(desk: Desk) -> dict[str, Text]:
    """What no contact of a source tells, by the name of what depends on it; columns that are empty from end to end."""
    facts, found = desk.facts["contacts"], dict[str, Text]()
    columns = {
        "customers": (
            "customer_id",
            say("Customers cannot be counted because no contact names its customer."),
        ),
        "owners": (
            "owner",
            say("Time cannot be split by owner because owner is empty in every contact."),
        ),
    }
    for name, (column, reason) in columns.items():
        if not facts.of(column).filled:
            found[name] = reason
    if not desk.has("surveys"):
        reason = say("Satisfaction is not known because {why}.", why=desk.absent["surveys"])
        found["satisfaction"] = reason
    elif not desk.engine.rows("SELECT 1 FROM surveys WHERE kind = 'csat' LIMIT 1"):
        found["satisfaction"] = say("Satisfaction is not known because no survey is of kind csat.")
    return found


class _Tried:
    """Asks for what may not be there; `absent` says why it is not."""

    def __init__(self, absent: dict[str, Text]) -> None:
        self.absent = absent

    def __call__(self, name: str, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except NotAvailable as refusal:
            self.absent[name] = refusal.reason
            return None

"""All numbers that a study of needs and causes reads: contacts read once, counted in the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar, TypeVar

from cs_lib.aggregates import Returns
from cs_lib.data.desk import Desk
from cs_lib.metrics.queries.needs.around import Around, People, ProblemOrders, Product
from cs_lib.metrics.queries.needs.codings import CodedContacts, Sample, coded_contacts, sample
from cs_lib.metrics.queries.needs.contacts_read import contacts_read
from cs_lib.metrics.queries.needs.counts import NeedCell, NeedTotals, Weekly, cells, totals, weekly
from cs_lib.metrics.queries.needs.returns import returns
from cs_lib.metrics.queries.needs.rule_hits import RuleHits, rule_hits
from cs_lib.metrics.queries.needs.texts import Written, written
from cs_lib.metrics.queries.needs.work import Work, work
from cs_lib.metrics.queries.nobody import Nobodies, nobodies
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.metrics.queries.tables import Window
from cs_lib.params import NeedsAndCauses, Scope
from cs_lib.params.attribution import Attribution
from cs_lib.sentences import Text

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NeedsEvidence:
    """What brings customers to us, who owns it, and what people, rules and customers themselves say of it.

    Attributes:
        start, end: the study's local days, both included.
        cells: contacts, customers and seconds by issue, need, owner and cause, first contacts and repeats apart.
        totals: contacts and seconds by need, with their sums over customers.
        weekly: contacts by need and orders by week, 28 weeks at least.
        returns: who came back within 7 and 30 days, by need; `owner_returns` by owner, `all_returns` of all.
        owners, needs, causes: codes by rule and by people; None where people coded nothing, and why in `absent`.
        rules: which rules speak of which contacts; None without rules, or where one asks for what is not there.
        written: texts of the last 34 weeks.
        hour_cost: what an hour of the work cost, mean over the seconds worked; None where it is not known.
        people: contacts and customers.
        work: where the work on contacts is recorded.
        coded_contacts: what became of the contacts that people coded; None where they coded none.
        problem: orders with a problem; None without orders, or where no contact names its order.
        about_orders: contacts that name an order, and those whose order is there; None without orders.
        teams: contacts by team and owner, the busiest teams.
        products: contacts and orders by product.
        code_days: the first and the last day on which each need was given.
        nobody: customers that are no single ones; what they wrote is counted, and nobody came back among them.
        absent: why something is None, by its name here.
        observed_until: the first local day that is not wholly observed.
    """

    room: ClassVar[str] = "needs_and_causes"

    start: date
    end: date
    cells: tuple[NeedCell, ...]
    totals: NeedTotals
    weekly: Weekly
    returns: tuple[Returns, ...]
    owner_returns: tuple[Returns, ...]
    all_returns: tuple[Returns, ...]
    owners: Sample | None
    needs: Sample | None
    causes: Sample | None
    rules: RuleHits | None
    written: Written
    hour_cost: float | None
    people: People
    work: Work
    coded_contacts: CodedContacts | None
    problem: ProblemOrders | None
    about_orders: tuple[int, int] | None
    teams: dict[str, dict[str, int]]
    products: tuple[Product, ...]
    code_days: dict[str, tuple[date, date]]
    nobody: Nobodies
    absent: dict[str, Text]
    observed_until: date
    currency: str
    notes: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """One row per issue, need, owner, cause, first contacts and repeats apart: contacts, customers, seconds."""
        import pandas as pd

        return pd.DataFrame([asdict(cell) for cell in self.cells])


def gather(desk: Desk, study: NeedsAndCauses) -> NeedsEvidence:
    """What a source holds about the needs that a study asks for."""
    start, end = study.design.period
    return needs_of(desk, start, end, attribution=study.attribution, scope=study.design.scope)


def needs_of(
    desk: Desk,
    start: date,
    end: date,
    *,
    attribution: Attribution | None = None,
    scope: Scope | None = None,
) -> NeedsEvidence:
    """What a source holds about needs in some local days.

    Args:
        desk: the source, as known at its data cut.
        start, end: the first and the last local day.
        attribution: rules that name owners; none without it.
        scope: which contacts; all without it.
    """
    rules = attribution.rules if attribution else ()
    tried, nobody = _Tried(), nobodies(desk, Window(start, end))
    values = [one.value for one in nobody.values]
    with contacts_read(desk, start, end, nobody=values, scope=scope, rules=rules) as read:
        around, back = Around(read), returns(read)
        return NeedsEvidence(
            *(start, end, cells(read), totals(read), weekly(read)),
            returns=back["need"],
            owner_returns=back["owner"],
            all_returns=back["whole"],
            owners=tried("owners", lambda: sample(read, "owner")),
            needs=tried("needs", lambda: sample(read, "need_code")),
            causes=tried("causes", lambda: sample(read, "root_cause")),
            rules=tried("rules", lambda: rule_hits(read)) if rules else None,
            written=written(desk, end, scope=scope),
            hour_cost=around.hour_cost(),
            people=around.people(),
            work=work(read),
            coded_contacts=coded_contacts(read),
            problem=tried("problem", around.problem_orders),
            about_orders=around.about_orders() if desk.has("orders") else None,
            teams=around.teams(),
            products=around.products(),
            code_days=around.code_days(),
            nobody=nobody,
            absent=tried.absent,
            observed_until=desk.observed_until,
            currency=desk.currency,
            notes=desk.notes,
            caveats=desk.caveats,
        )


class _Tried:
    """Asks for what may not be there; `absent` says why it is not."""

    def __init__(self) -> None:
        self.absent: dict[str, Text] = {}

    def __call__(self, name: str, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except NotAvailable as refusal:
            self.absent[name] = refusal.reason
            return None

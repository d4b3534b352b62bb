"""Which kinds of study a source can carry: what they need, what stands in their way, and on which days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cs_lib import sentences as w
from cs_lib.diagnosis.data_health.result import Finding, Readiness, State
from cs_lib.metrics.data_health import HealthEvidence
from cs_lib.params.data_health import ANALYSES, Analysis, DataHealth
from cs_lib.sentences import Text, say

# Fewer days carry no study; fewer than half a year carry one with care (weeks vary, a season cannot be told).
LEAST_DAYS, CAREFUL_DAYS = 56, 182
# Of the rows: a column filled in fewer speaks for a part of them only.
HALF_FILLED = 0.5
MOST_REASONS = 4


@dataclass(frozen=True, slots=True)
class Needs:
    """What a kind of study reads.

    `every` must be there, of each group of `any_of` one at least, `better` makes it whole. `follow` are the days a
    case is followed. `dated` names the tables whose days it uses.
    """

    every: tuple[str, ...]
    any_of: tuple[tuple[str, ...], ...] = ()
    better: tuple[str, ...] = ()
    follow: int = 0
    dated: tuple[str, ...] = ("contacts",)


NEEDS: Mapping[Analysis, Needs] = {
    "perk_ab_test": Needs(
        ("perk_assignments.customer_id", "perk_assignments.variant"),
        (("orders.customer_id", "contacts.customer_id", "surveys.customer_id"),),
        ("orders.amount",),
        30,
        ("perk_assignments",),
    ),
    "before_after_duration": Needs(
        ("contacts.opened_at",), (("contacts.resolved_at", "contacts.first_response_at"),),
        ("contacts.resolved_at",), 14,
    ),
    "before_after_rate": Needs(
        ("contacts.opened_at",), (("orders.ordered_at", "exposure.orders"),), (), 0, ("contacts", "orders")
    ),
    "recurrence": Needs(
        ("contacts.customer_id", "contacts.resolved_at"), (("contacts.need_code", "contacts.issue"),),
        ("contacts.need_code",), 30,
    ),
    "needs": Needs(
        ("contacts.opened_at",), (("contacts.need_code", "contacts.issue", "contacts.subject"),),
        ("contacts.need_code", "contacts.owner", "contacts.handle_seconds"),
    ),
    "journey": Needs(
        ("events.stage", "events.contact_id"), (),
        ("events.actor", "events.team_id", "events.is_public", "surveys.score"), 14, ("contacts", "events"),
    ),
    "scorecard": Needs(
        ("contacts.resolved_at",), (),
        ("orders.ordered_at", "contacts.customer_id", "contacts.need_code", "surveys.score"), 30,
    ),
    "containment": Needs(("contacts.handled_by", "contacts.customer_id"), (), ("contacts.need_code",), 3),
    "survey": Needs(("surveys.score", "surveys.answered_at"), (), ("surveys.contact_id",), 14, ("surveys",)),
}  # fmt: skip


def readiness(
    evidence: HealthEvidence,
    findings: Sequence[Finding],
    study: DataHealth,
    whole: Mapping[str, tuple[date, date]],
) -> tuple[Readiness, ...]:
    """Every kind of study, in a fixed order; `whole` are the first and last whole day of each table."""
    return tuple(_of(analysis, evidence, findings, whole, study) for analysis in ANALYSES)


def _of(
    analysis: Analysis,
    evidence: HealthEvidence,
    findings: Sequence[Finding],
    whole: Mapping[str, tuple[date, date]],
    study: DataHealth,
) -> Readiness:
    needs, wanted = NEEDS[analysis], analysis in study.analyses
    missing = _missing(evidence, needs)
    if not missing and analysis == "containment" and not evidence.tables["contacts"].marked("bot"):
        missing = ("contacts.handled_by",)
    if missing:
        reason = say("missing or empty: {what}", what=w.listed(missing))
        help_ = say("Deliver {what}.", what=w.listed(missing))
        return Readiness(analysis, "no", wanted, (reason,), missing, None, None, help_)
    first, last = _usable(needs, whole)
    against = sorted(
        (f for f in findings if f.failed and (analysis in f.stops or analysis in f.limits)),
        key=lambda f: (analysis not in f.stops, -f.share),
    )
    lacking = _named(evidence, [name for name in needs.better if not _there(evidence, name)])
    short = 0
    if analysis == "perk_ab_test" and last < first:
        last, short = first, max(0, needs.follow - (first - last).days)
    reasons, state = _reasons(analysis, against, short, (last - first).days + 1)
    if lacking:
        reasons.append(say("missing or empty: {what}", what=w.listed(lacking)))
        state = "half" if state == "yes" else state
    for name in _thin(evidence, needs):
        reasons.append(say("fewer than half of the rows have {what}", what=name))
        state = "half" if state == "yes" else state
    changes = against[0].fix if against else _more(lacking, first, last)
    start, end = (first, last) if state != "no" else (None, None)
    told = tuple(reasons[:MOST_REASONS])
    return Readiness(analysis, state, wanted, told, lacking, start, end, changes)


def _reasons(
    analysis: Analysis, against: Sequence[Finding], short: int, days: int
) -> tuple[list[Text], State]:
    """Why a study is stopped or limited, and how far it can be done."""
    reasons: list[Text] = [w.without_stop(finding.check.found) for finding in against]
    if short:
        followed = say(
            "outcomes are seen for {days} after assignment", days=w.counted(short, "day")
        )
        reasons = [*reasons, followed]
    careful, least = (1, 1) if analysis == "perk_ab_test" else (CAREFUL_DAYS, LEAST_DAYS)
    if days < least:
        return [say("only {days} can be used", days=w.counted(max(days, 0), "day")), *reasons], "no"
    if any(analysis in finding.stops for finding in against):
        return reasons, "no"
    if days < careful:
        return [*reasons, say("only {days} can be used", days=w.counted(days, "day"))], "half"
    return reasons, "half" if reasons else "yes"


def _more(lacking: tuple[str, ...], first: date, last: date) -> Text:
    if lacking:
        return say("Deliver {what}.", what=w.listed(lacking))
    if (last - first).days + 1 < CAREFUL_DAYS:
        return say("Deliver at least half a year.")
    return ""


def _usable(needs: Needs, whole: Mapping[str, tuple[date, date]]) -> tuple[date, date]:
    """First and last day on which every table it uses is whole and every case is followed."""
    known = [whole[table] for table in needs.dated if table in whole]
    ends = [end for _, end in known]
    if "perk_assignments" in needs.dated:  # outcomes are seen in the other tables
        ends = [
            min(ends),
            *(whole[t][1] - timedelta(needs.follow) for t in ("orders",) if t in whole),
        ]
        return max(start for start, _ in known), min(ends)
    return max(start for start, _ in known), min(ends) - timedelta(days=needs.follow)


def _there(evidence: HealthEvidence, name: str) -> bool:
    """Whether a column has any value."""
    table, column = name.split(".")
    return table in evidence.tables and bool(evidence.tables[table].totals.get(column))


def _missing(evidence: HealthEvidence, needs: Needs) -> tuple[str, ...]:
    """What a study cannot do without and does not have; of alternatives the first is named."""
    found = [name for name in needs.every if not _there(evidence, name)]
    found += [
        group[0] for group in needs.any_of if not any(_there(evidence, name) for name in group)
    ]
    return _named(evidence, found)


def _named(evidence: HealthEvidence, lacking: Iterable[str]) -> tuple[str, ...]:
    """Columns by name; a table that is not there at all by its own."""
    found = (
        name if name.split(".")[0] in evidence.tables else name.split(".")[0] for name in lacking
    )
    return tuple(dict.fromkeys(found))


def _thin(evidence: HealthEvidence, needs: Needs) -> Iterable[str]:
    """Columns of contacts that it needs and fewer than half of the rows have."""
    contacts = evidence.tables.get("contacts")
    if contacts is None or not contacts.rows:
        return
    for name in dict.fromkeys((*needs.every, *needs.better)):
        table, column = name.split(".")
        if table == "contacts" and 0 < contacts.totals.get(column, 0) < HALF_FILLED * contacts.rows:
            yield name

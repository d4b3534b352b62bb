"""Do keys find their rows, are ids written in one way, and does one id stand for many?"""

from __future__ import annotations

import numpy as np

from cs_lib import sentences as w
from cs_lib.diagnosis.data_health.kinds import failed, much, passed, share
from cs_lib.diagnosis.data_health.result import Finding
from cs_lib.methods.monitoring.share_steps import share_steps
from cs_lib.metrics.data_health import HealthEvidence
from cs_lib.metrics.queries.health.joins import LEAD_DAYS, Join
from cs_lib.metrics.queries.health.values_found import Holders
from cs_lib.params.data_health import Analysis
from cs_lib.sentences import Text, say

Analyses = tuple[Analysis, ...]

# Keys that are nowhere: so many, and such a share of the keys, that a number moves.
LEAST_LOST, LEAST_LOST_SHARE = 5, 0.02
# Keys found in another form only are a fault of writing wherever there are more than a few.
LEAST_IN_FORM, LEAST_IN_FORM_SHARE = 3, 0.001
# Rows of a word for nobody, and of one id that stands out.
LEAST_HELD, LEAST_HELD_SHARE = 5, 0.005
STOPPING_SHARE = 0.05  # of contacts, from which on strangers decide who comes back
DOMINATING_SHARE, DOMINATING_TIMES, LEAST_DOMINATING = 0.05, 10, 30
# What cannot be done when most of these keys are lost, and what is limited when some are.
NEEDED_BY: dict[tuple[str, str, str], tuple[Analyses, Analyses]] = {
    ("contacts", "customer_id", "customers"): ((), ("recurrence",)),
    ("contacts", "customer_id", "orders"): ((), ("scorecard", "recurrence")),
    ("contacts", "order_id", "orders"): ((), ("before_after_rate", "needs", "scorecard")),
    ("contacts", "agent_id", "agents"): ((), ("journey",)),
    ("contacts", "team_id", "teams"): ((), ("journey",)),
    ("contacts", "merged_into", "contacts"): ((), ("recurrence",)),
    ("contacts", "parent_contact_id", "contacts"): ((), ("recurrence",)),
    ("events", "contact_id", "contacts"): (("journey",), ("before_after_duration",)),
    ("events", "agent_id", "agents"): ((), ("journey",)),
    ("surveys", "contact_id", "contacts"): ((), ("survey", "scorecard")),
    ("surveys", "customer_id", "customers"): ((), ("survey",)),
    ("codings", "contact_id", "contacts"): ((), ("needs",)),
    ("orders", "customer_id", "customers"): ((), ("perk_ab_test",)),
    ("visits", "customer_id", "customers"): ((), ("perk_ab_test",)),
    ("perk_assignments", "customer_id", "customers"): ((), ("perk_ab_test",)),
    ("perk_assignments", "customer_id", "orders"): (("perk_ab_test",), ()),
    ("perk_assignments", "customer_id", "contacts"): ((), ("perk_ab_test",)),
    ("perk_assignments", "contact_id", "contacts"): ((), ("perk_ab_test",)),
    ("perk_redemptions", "assignment_id", "perk_assignments"): ((), ("perk_ab_test",)),
    ("perk_redemptions", "order_id", "orders"): ((), ("perk_ab_test",)),
    ("customers", "referred_by", "customers"): ((), ("perk_ab_test",)),
}
# Of the keys: so many lost in whatever way mean that nothing can be joined.
NOTHING_JOINS = 0.5


def key_findings(evidence: HealthEvidence) -> list[Finding]:
    """Checks of every key pair and of the ids that hold most rows."""
    lost = [f for join in evidence.joins for f in (_lost(join), _step(join)) if f]
    written = [f for f in map(_written, evidence.joins) if f]
    nobody = [f for f in map(_nobody, evidence.holders) if f]
    one = [f for f in map(_dominating, evidence.holders) if f]
    keys = sum(join.filled for join in evidence.joins)
    held = sum(each.filled for each in evidence.holders)
    alike = say("Keys are written the same way in all tables.")
    real = say("No word for nobody stands in place of an id.")
    return [
        *(lost or [passed("keys_found", say("Keys find their rows."), table="", among=keys)]),
        *(written or [passed("keys_written_alike", alike, table="", among=keys)]),
        *(nobody or [passed("no_placeholder_ids", real, table="", among=held)]),
        *(one or [passed("no_dominating_id", say("No id holds far more rows than the next."), table="", among=held)]),
    ]  # fmt: skip


def _place(join: Join) -> Text:
    return say(
        "{table}.{column} in {other}", table=join.table, column=join.column, other=join.other
    )


def _effects(join: Join, gone: int) -> tuple[Analyses, Analyses]:
    """Studies that are stopped and limited when so many of the keys are lost."""
    stops, limits = NEEDED_BY.get((join.table, join.column, join.other), ((), ()))
    return (stops, limits) if gone >= NOTHING_JOINS * join.filled else ((), (*stops, *limits))


def _lost(join: Join) -> Finding | None:
    """Keys that are nowhere; where only some are expected, a fault only when none is found."""
    if join.whole:
        if not much(join.lost, join.filled, least=LEAST_LOST, least_share=LEAST_LOST_SHARE):
            return None
    elif join.matched + join.by_form or join.filled < LEAST_DOMINATING:
        return None
    stops, limits = _effects(join, join.lost)
    found = say(
        "{part} keys of {place} are not there, such as {examples}.",
        part=share(join.lost, join.filled),
        place=_place(join),
        examples=w.listed([w.quoted(key) for key in join.orphans]),
    )
    return failed(
        "keys_found", found, table=join.table, columns=(join.column,), count=join.lost, among=join.filled,
        example=next(iter(join.orphans), ""), stops=stops, limits=limits,
    )  # fmt: skip


def _step(join: Join) -> Finding | None:
    """A date from which keys are found far less or far more often, the first weeks left out."""
    if join.days is None or join.filled_by_day is None or join.matched_by_day is None:
        return None
    kept = join.days > join.days[0] + LEAD_DAYS
    days = join.days[kept]
    if not len(days):
        return None
    every = np.arange(days[0], days[-1] + 1)
    above, below = (np.zeros(len(every)) for _ in range(2))
    place = (days - days[0]).astype(int)
    above[place], below[place] = join.matched_by_day[kept], join.filled_by_day[kept]
    steps = share_steps(every, above, below)
    if not steps:
        return None
    step = max(steps, key=lambda s: abs(s.after - s.before))
    later = every >= np.datetime64(step.day)
    gone = later if step.after < step.before else ~later
    found = say(
        "From {day} on {after} of the keys of {place} are found, {before} in the weeks before.",
        day=w.day(step.day),
        after=w.percent(step.after, places=0),
        before=w.percent(step.before, places=0),
        place=_place(join),
    )
    count = int((below - above)[gone].sum())
    return failed(
        "keys_found", found, table=join.table, columns=(join.column,), count=count, among=int(below[gone].sum()),
        first=step.day, stops=(), limits=_effects(join, 0)[1],
    )  # fmt: skip


def _written(join: Join) -> Finding | None:
    if not much(join.by_form, join.filled, least=LEAST_IN_FORM, least_share=LEAST_IN_FORM_SHARE):
        return None
    stops, limits = _effects(join, join.filled - join.matched)
    examples = w.separated(
        [say("{one} and {other}", one=one, other=other) for one, other in join.examples]
    )
    found = say(
        "{part} keys of {place} are there in another writing only: {examples}.",
        part=share(join.by_form, join.filled),
        place=_place(join),
        examples=examples,
    )
    return failed(
        "keys_written_alike", found, table=join.table, columns=(join.column,), count=join.by_form, among=join.filled,
        example=" / ".join(join.examples[0]), stops=stops, limits=limits,
    )  # fmt: skip


def _nobody(holders: Holders) -> Finding | None:
    held = sum(holder.count for holder in holders.nobody)
    if not much(held, holders.filled, least=LEAST_HELD, least_share=LEAST_HELD_SHARE):
        return None
    found = say(
        "{part} rows carry {values} as {column}.",
        part=share(held, holders.filled),
        values=w.listed([w.quoted(holder.value) for holder in holders.nobody[:3]]),
        column=f"{holders.table}.{holders.column}",
    )
    of_customers = holders.column == "customer_id"
    stopping = holders.table == "contacts" and held >= STOPPING_SHARE * holders.filled
    limited: Analyses = ("recurrence", "scorecard", "containment", "perk_ab_test")
    return failed(
        "no_placeholder_ids", found, table=holders.table, columns=(holders.column,), count=held, among=holders.filled,
        example=holders.nobody[0].value,
        stops=("recurrence",) if of_customers and stopping else (),
        limits=limited if of_customers else ("before_after_rate", "needs"),
    )  # fmt: skip


def _dominating(holders: Holders) -> Finding | None:
    some = [holder for holder in holders.top if not holder.means_nothing]
    if len(some) < 2:
        return None
    first, second = some[:2]
    if first.count < max(
        LEAST_DOMINATING, DOMINATING_SHARE * holders.filled, DOMINATING_TIMES * second.count
    ):
        return None
    found = say(
        "{part} rows carry {value} as {column}; the next id has {next}.",
        part=share(first.count, holders.filled),
        value=w.quoted(first.value),
        column=f"{holders.table}.{holders.column}",
        next=w.count(second.count),
    )
    return failed(
        "no_dominating_id", found, table=holders.table, columns=(holders.column,), count=first.count,
        among=holders.filled, example=first.value,
    )  # fmt: skip

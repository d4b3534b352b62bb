"""A table of results as the customers of a test: who is in it, what may be asked of its columns, what is empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cs_lib import sentences as w
from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.of_columns import RESULTS
from cs_lib.metrics.queries.cohort import NOTHING, Cohort
from cs_lib.metrics.queries.sql import NotAvailable, between
from cs_lib.metrics.queries.values import own_number
from cs_lib.params import PerkAbTest, Roles, nearest, of_columns, safe
from cs_lib.sentences import Text, say

LONG_AGO = "TIMESTAMP '1970-01-01'"  # whoever is in a table without days was followed to the end
NEVER = (
    "TIMESTAMP '9999-12-31'"  # a customer whose outcome is empty has not been followed to the end
)
MOST_LABELS = 1_000


def require_columns(desk: Desk, study: PerkAbTest) -> None:
    """Raises NotAvailable with a sentence for each thing that the study asks of the table and cannot have."""
    if not desk.has(RESULTS):
        raise NotAvailable(
            say(
                "'{name}' is of a table of results, and the source '{source}' has none (tables.results).",
                name=study.measure.primary_metric,
                source=desk.source,
            )
        )
    faults = list(_faults(desk, study, desk.roles[RESULTS]))
    if faults:
        raise NotAvailable(w.together(*faults))


def _faults(desk: Desk, study: PerkAbTest, roles: Roles) -> Iterator[Text]:
    """What cannot be had, column by column."""
    measure = study.measure
    numbers = [safe(one) for one in roles.numbers]
    deciding = [measure.primary_metric, *measure.guardrails, *measure.secondary]
    for column in _columns(deciding):
        if column not in numbers:
            yield _none(column, numbers, say("a number of the table of results"))
        elif column in roles.known_before:
            yield say(
                "'{column}' was known before the assignment, so nothing can have changed it; it can be a covariate.",
                column=column,
            )
    yield from _of_covariates(desk, study, roles)
    yield from _of_labels(study, roles)
    for name in (*deciding, *measure.covariates):
        kind = of_columns(name)
        if kind and kind.kind == "share" and all(column in numbers for column in kind.columns):
            yield from _no_share(desk, name, kind.columns)


def _of_covariates(desk: Desk, study: PerkAbTest, roles: Roles) -> Iterator[Text]:
    """Covariates that are no numbers, were not known before, or are empty."""
    numbers = [safe(one) for one in roles.numbers]
    for column in _columns(study.measure.covariates):
        if column not in numbers:
            yield _none(column, numbers, say("a number of the table of results"))
        elif column not in roles.known_before:
            yield _after(column, say("a covariate"))
        elif empty := _empty(desk, column):
            yield say(
                "The covariate '{column}' is empty for {customers}: fill it or leave it out.",
                column=column,
                customers=w.counted(empty, "customer"),
            )


def _of_labels(study: PerkAbTest, roles: Roles) -> Iterator[Text]:
    """Segments and clusters that are no labels, or were not known before."""
    labels = [safe(one) for one in roles.labels]
    asked = [(one, say("a segment")) for one in study.measure.segments]
    asked += [(study.design.cluster, say("a cluster"))] if study.design.cluster else []
    for column, what in asked:
        if column not in labels:
            yield _none(column, labels, say("a label of the table of results"))
        elif column not in roles.known_before:
            yield _after(column, what)


def _columns(names: Sequence[str]) -> list[str]:
    return list(
        dict.fromkeys(c for name in names if (kind := of_columns(name)) for c in kind.columns)
    )


def _none(column: str, known: Sequence[str], what: Text) -> Text:
    near = nearest(column, known)
    if near:
        return say(
            "'{column}' is not {what}; did you mean '{near}'?", column=column, what=what, near=near
        )
    if not known:
        return say("'{column}' is not {what}; the table has none.", column=column, what=what)
    there = w.listed(list(known))
    return say(
        "'{column}' is not {what}; there are {there}.", column=column, what=what, there=there
    )


def _after(column: str, what: Text) -> Text:
    return say(
        "'{column}' cannot be {what}: nothing says that it was known before the assignment. If it was, name it under"
        " `before` in the columns of the table; what came after would explain itself.",
        column=column,
        what=what,
    )


def _empty(desk: Desk, column: str) -> int:
    facts = desk.facts[RESULTS]
    return facts.rows - facts.of(column).filled


def _no_share(desk: Desk, name: str, columns: Sequence[str]) -> Iterator[Text]:
    """A share of something else than yes and no, or of a whole that is smaller than its part."""
    first = columns[0]
    odd = (
        f"{first} NOT IN (0, 1)" if len(columns) == 1 else f"{first} < 0 OR {first} > {columns[1]}"
    )
    count, example = desk.engine.rows(
        f"SELECT count(*), min(CAST({first} AS VARCHAR)) FROM {RESULTS} WHERE {odd}"
    )[0]
    if not count:
        return
    rows = w.counted(count, "row")
    if len(columns) == 1:
        yield say(
            "{name}: a share is of 0 and 1, and {column} is something else in {rows} (such as {example}); "
            "mean({column}) is its mean.",
            name=name, column=first, rows=rows, example=example,
        )  # fmt: skip
    else:
        yield say(
            "{name}: {column} is below 0 or above {whole} in {rows}, so that it is no part of it; ratio({column}, "
            "{whole}) takes it as it is.",
            name=name, column=first, whole=columns[1], rows=rows,
        )  # fmt: skip


def emptier(desk: Desk, study: PerkAbTest, names: Sequence[str]) -> dict[str, Text]:
    """Metrics that are empty for customers whose deciding outcome is there, and the sentence that says so."""
    there, absent = filled(study.measure.primary_metric), dict[str, Text]()
    for name in names:
        if name == study.measure.primary_metric:
            continue
        lacking = desk.engine.rows(
            f"SELECT count(*) FROM {RESULTS} WHERE {there} AND NOT ({filled(name)})"
        )[0][0]
        if lacking:
            absent[name] = say(
                "'{name}' is not available because it is empty for {customers} who have the deciding outcome; write 0 "
                "where nothing happened.",
                name=name,
                customers=w.counted(lacking, "customer"),
            )
    return absent


def filled(name: str) -> str:
    """SQL of whether a customer has a metric's columns."""
    kind = of_columns(name)
    assert kind is not None
    return " AND ".join(f"{column} IS NOT NULL" for column in kind.columns)


def of_results(desk: Desk, study: PerkAbTest) -> Cohort:
    """The customers of a table of results; one whose deciding outcome is empty counts as not followed to the end."""
    roles = desk.roles[RESULTS]
    dated = roles.assigned is not None
    first, last = study.assigned_days
    day = "a.assigned_on" if dated else f"DATE {quote(first.isoformat())}"
    there = " AND ".join(
        f"a.{part}" for part in filled(study.measure.primary_metric).split(" AND ")
    )
    columns = {name: NOTHING for name in ("delivered_at", "unit_cost", "need_code")}
    columns |= {"customer_id": "a.customer_id", "variant": "a.variant", "day": day}
    since = f"CAST({day} AS TIMESTAMP)" if dated else LONG_AGO
    columns["assigned_at"] = f"CASE WHEN {there} THEN {since} ELSE {NEVER} END"
    columns |= {safe(one): f"a.{safe(one)}" for one in roles.labels}
    for one in map(safe, roles.numbers):
        steps = desk.scale(RESULTS, one).steps
        columns[own_number(one)] = desk.engine.dialect.fixed(f"a.{one}", steps)
    named = dated and study.design.period is not None
    return Cohort(
        f"{RESULTS} a",
        between(day, first, last) if named else "TRUE",
        columns,
        {},
        instead_of=("perk_assignments",),
    )


def past(desk: Desk) -> list[str]:
    """What was known of every customer before the assignment: equal between variants but for chance."""
    before = desk.roles[RESULTS].known_before
    numbers = [safe(one) for one in desk.roles[RESULTS].numbers]
    return [f"mean({one})" for one in numbers if one in before and not _empty(desk, one)]


def numbers_of(names: Sequence[str]) -> list[str]:
    """What people must have for some metrics and covariates."""
    return [own_number(column) for column in _columns(names)]

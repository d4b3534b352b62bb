"""From a file without faults to definitions: by day, per customer, or both; the SQL is put together here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from cs_lib.data.contracts import TABLES
from cs_lib.language import later
from cs_lib.metrics.definition import DailyMetric, RatioMetric, Term, UnitMetric
from cs_lib.metrics.definitions.contacts import HELD, HOUR, MINUTE, UNSTAMPED
from cs_lib.metrics.definitions.customers import OBSERVED
from cs_lib.metrics.own.conditions import needed, sql_of
from cs_lib.metrics.own.faults import BY_DAY, CUSTOMER_KEYS
from cs_lib.metrics.own.rows import dated_by
from cs_lib.metrics.own.words import spoken, words_of
from cs_lib.params import Condition, MetricSpec
from cs_lib.quantity import Unit
from cs_lib.sentences import Text, say

SECONDS = {"minutes": 60, "hours": 3_600}  # of a value that is a number of seconds
MICROS = {"minutes": MINUTE, "hours": HOUR}
TIMES = {"per_1000": 1_000}
NONE = later("none needed")
FOLLOWED = later(
    "rows that were not followed for the whole window before the data cut are left out"
)
WITHIN, IN_CHINESE = "{label} in {{days}} days", "{label}（{{days}} 天内）"


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a file defines; `parts` are sums that only its ratio is made of, and `words` what it says in Chinese."""

    daily: DailyMetric | None = None
    unit: UnitMetric | None = None
    ratio: RatioMetric | None = None
    parts: tuple[UnitMetric, ...] = ()
    words: Mapping[str, str] | None = None


def compiled(spec: MetricSpec) -> Compiled:
    """The definitions of a file without faults."""
    if spec.kind == "ratio":
        return Compiled(ratio=_ratio(spec, spec.above or "", spec.below or ""), words=_words(spec))
    if spec.kind == "count" or spec.of == "customers":
        return Compiled(unit=_unit(spec), words=_words(spec))
    table = spec.table or ""
    daily = _daily(spec) if table in BY_DAY else None
    if spec.kind == "duration" or _is_followed(spec) or table in ("surveys", "perk_redemptions"):
        return Compiled(daily=daily, words=_words(spec))
    above, below = f"{spec.metric}.above", f"{spec.metric}.below"
    parts = (_part(spec, above, _above(spec)), _part(spec, below, _below(spec)))
    return Compiled(daily, None, _ratio(spec, above, below), parts, _words(spec))


def _is_followed(spec: MetricSpec) -> bool:
    """Whether a row is judged by what comes some time after it."""
    asked = [*spec.filter.values(), *spec.yes.values()]
    return bool(spec.window) or any(one.within or one.later_than for one in asked)


def in_english(words: Any) -> str:
    """What a file says, in English where it says it in both."""
    return words if isinstance(words, str) else str(words.en)


def unit_of(spec: MetricSpec) -> Unit:
    """The unit of its values, said or of its kind."""
    return cast(Unit, spec.unit or spec.kind)


def _words(spec: MetricSpec) -> dict[str, str]:
    """Its words in Chinese by those in English."""
    said = [spec.label, spec.population, spec.source, *([spec.counted] if spec.counted else [])]
    found = words_of(spec).in_chinese()
    found |= {words.en: words.zh for words in said if not isinstance(words, str)}
    label = spec.label
    if not isinstance(label, str):
        found[_in_days(label.en)] = _in_days(label.zh, IN_CHINESE)
    return found


def _in_days(label: str, form: str = WITHIN) -> str:
    """A label with its window, where it does not name it itself."""
    return label if "{days}" in label else form.format(label=label)


def _common(spec: MetricSpec, counted: Text) -> dict[str, Any]:
    """What is the same in every form."""
    return {
        "name": spec.metric,
        "unit": unit_of(spec),
        "good": spec.direction,
        "population": in_english(spec.population),
        "counted": in_english(spec.counted) if spec.counted else spoken(counted, "en"),
        "source": in_english(spec.source),
    }


def _of_customers(spec: MetricSpec, *tables: str) -> dict[str, Any]:
    words = words_of(spec)
    return {
        **_common(spec, words.counted_of_customers),
        "title": _in_days(in_english(spec.label)),
        "censoring": OBSERVED,
        "denominator": spoken(words.per_of_customers, "en"),
        "needs": tuple(dict.fromkeys(("perk_assignments", *tables))),
        "window_days": 0,
    }


def _term(
    table: str, stamp: str, conditions: Mapping[str, Condition], value: str | None = None
) -> Term:
    """The rows that count, as one sum."""
    when = " AND ".join(sql_of(table, stamp, conditions, "t")) or "TRUE"
    read = (*([value] if value else []), *needed(table, conditions))
    return Term(table, stamp, CUSTOMER_KEYS[table], value, when, filled=tuple(dict.fromkeys(read)))


def _unit(spec: MetricSpec) -> UnitMetric:
    """One value of every customer: whether there is a row, how many, or what they sum to."""
    table = spec.table or ""
    term = _term(table, dated_by(table, spec.stamp), spec.filter, spec.value)
    term = replace(term, each=SECONDS[unit_of(spec)]) if _in_seconds(spec) else term
    return UnitMetric(terms=(term,), share=spec.kind == "share", **_of_customers(spec, table))


def _above(spec: MetricSpec) -> Term:
    table = spec.table or ""
    stamp = dated_by(table, spec.stamp)
    return _term(table, stamp, {**spec.filter, **spec.yes}, spec.value)


def _below(spec: MetricSpec) -> Term:
    """The rows that the numerator is told per: of the same table, or of another."""
    if spec.per is not None:
        table = spec.per.table
        return _term(table, dated_by(table, spec.per.stamp), spec.per.filter)
    table = spec.table or ""
    term = _term(table, dated_by(table, spec.stamp), spec.filter)
    if spec.value is None:
        return term
    known = f"t.{spec.value} IS NOT NULL"
    when = known if term.when == "TRUE" else f"{term.when} AND {known}"
    return replace(term, when=when, filled=(*term.filled, spec.value))


def _part(spec: MetricSpec, name: str, term: Term) -> UnitMetric:
    """A sum that a ratio is made of."""
    words = _of_customers(spec, term.table)
    return UnitMetric(terms=(term,), **{**words, "name": name, "unit": "count"})


def _ratio(spec: MetricSpec, above: str, below: str) -> RatioMetric:
    tables = [*([spec.table] if spec.table else []), *([spec.per.table] if spec.per else [])]
    words = _of_customers(spec, *tables)
    scale = 1 / SECONDS[unit_of(spec)] if _in_seconds(spec) else TIMES.get(unit_of(spec), 1)
    return RatioMetric(above=above, below=below, scale=float(scale), **words)


def _in_seconds(spec: MetricSpec) -> bool:
    return spec.value is not None and unit_of(spec) in SECONDS


def _daily(spec: MetricSpec) -> DailyMetric:
    """The rows of each local day."""
    table = spec.table or ""
    stamp = dated_by(table, spec.stamp)
    words = words_of(spec)
    return DailyMetric(
        title=in_english(spec.label),
        censoring=HELD if spec.kind == "duration" else FOLLOWED if spec.window else NONE,
        denominator=spoken(words.per, "en"),
        needs=_needs(spec, table),
        window_days=spec.window,
        time=f"c.{stamp}",
        cases=cast(Any, table),
        where=" AND ".join(_where(spec, table, stamp)) or "TRUE",
        filled=tuple(
            (
                table,
                f"{column} IS NOT NULL",
                say("{column} is empty in every row of {table}", column=column, table=table),
            )
            for column in _read(spec, table, stamp)
        ),
        told=_told(spec, table),
        per=_per(spec),
        scoped_by=("product_id",) if table == "orders" else None,
        **_counting(spec, table, stamp),
        **_common(spec, words.counted),
    )


def _needs(spec: MetricSpec, table: str) -> tuple[str, ...]:
    """The tables; surveys are told apart by their contacts."""
    own = ("contacts", "surveys") if table == "surveys" else (table,)
    return tuple(dict.fromkeys((*own, *([spec.per.table] if spec.per else []))))


def _where(spec: MetricSpec, table: str, stamp: str) -> list[str]:
    """Which rows are cases."""
    found = sql_of(table, stamp, spec.filter, "c")
    if stamp not in TABLES[table].required:
        found.append(f"c.{stamp} IS NOT NULL")
    if spec.value is not None:
        found.append(f"c.{spec.value} IS NOT NULL")
    asked = {spec.to, *spec.filter, *spec.yes}
    if table == "contacts" and stamp != "resolved_at" and "resolved_at" in asked:
        found.append(f"NOT ({UNSTAMPED})")
    return found


def _read(spec: MetricSpec, table: str, stamp: str) -> list[str]:
    """The columns without which there is nothing to tell."""
    found = [*([spec.value] if spec.value else []), *([spec.to] if spec.to else [])]
    found += [stamp] if stamp not in TABLES[table].required else []
    return list(dict.fromkeys([*found, *needed(table, spec.filter), *needed(table, spec.yes)]))


def _told(spec: MetricSpec, table: str) -> tuple[str, str] | None:
    """What shows that what is looked for was recorded."""
    if spec.value is not None:
        return f"c.{spec.value} > 0", spec.value
    asked = [*([spec.to] if spec.to else []), *needed(table, spec.yes)]
    return (f"c.{asked[0]} IS NOT NULL", asked[0]) if asked else None


def _per(spec: MetricSpec) -> tuple[str, str] | None:
    """The rows of a rate's denominator, and the stamp that dates them."""
    if spec.per is None:
        return None
    table = spec.per.table
    stamp = dated_by(table, spec.per.stamp)
    conditions = sql_of(table, stamp, spec.per.filter, "t")
    if stamp not in TABLES[table].required:
        conditions.append(f"t.{stamp} IS NOT NULL")
    if not conditions:
        return table, stamp
    return f"(SELECT t.* FROM {table} t WHERE {' AND '.join(conditions)}) p", stamp


def _counting(spec: MetricSpec, table: str, stamp: str) -> dict[str, Any]:
    """The whole number of a case, and how many of them are one unit."""
    unit = unit_of(spec)
    if spec.kind == "share":
        part = " AND ".join(sql_of(table, stamp, spec.yes, "c"))
        return {"value": f"CASE WHEN {part} THEN 1 ELSE 0 END"}
    if spec.kind == "rate":
        return {"value": str(TIMES.get(unit, 1))}
    if spec.kind == "mean":
        each = SECONDS[unit] if _in_seconds(spec) else 1
        return {"value": "1", "each": each, "times": ((table, spec.value or ""),)}
    took = f"c.{spec.to} - c.{stamp}"
    curves = table == "contacts" and stamp == "opened_at"
    return {
        "value": f"least(coalesce({took}, HORIZON * DAY), HORIZON * DAY)",
        "each": MICROS[unit],
        "duration": (stamp, spec.to) if curves else None,
    }

"""What a file counts, in words made of its own: for pages, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cs_lib import sentences as w
from cs_lib.language import Language, speaking
from cs_lib.metrics.own.rows import dated_by
from cs_lib.params import Condition, MetricSpec
from cs_lib.sentences import Text, say


@dataclass(frozen=True, slots=True)
class Words:
    """What is counted and what it is per: by day, and of customers."""

    counted: Text
    per: Text
    counted_of_customers: Text
    per_of_customers: Text

    def in_chinese(self) -> dict[str, str]:
        """Each of them in Chinese by what it is in English."""
        texts = (self.counted, self.per, self.counted_of_customers, self.per_of_customers)
        return {spoken(text, "en"): spoken(text, "zh") for text in texts}


def spoken(text: Text, language: Language) -> str:
    """A text in a language."""
    with speaking(language):
        return str(text)


def words_of(spec: MetricSpec) -> Words:
    """The words of a file."""
    customers = say("customers assigned, those with nothing included")
    if spec.kind == "ratio":
        parts = {"above": spec.above, "below": spec.below}
        both = say("{above} over {below}, each summed over the variant", **parts)
        below = say("{below} of the assigned customers", below=spec.below)
        return Words(both, below, both, below)
    table = spec.table or ""
    rows = rows_of(table, spec.stamp, spec.filter)
    within = say("{rows}, after assignment and within the window", rows=rows)
    if spec.kind == "count" or spec.of == "customers":
        counted: Text = within
        if spec.kind == "share":
            counted = say("at least one of the {rows}", rows=within)
        elif spec.value:
            counted = say("{value} of the {rows}, summed", value=spec.value, rows=within)
        return Words(counted, customers, counted, customers)
    per, day = rows, dated_by(table, spec.stamp)
    if spec.per is not None:
        per = rows_of(spec.per.table, spec.per.stamp, spec.per.filter)
        day = dated_by(spec.per.table, spec.per.stamp)
    counted = _counted(spec, table, rows)
    return Words(
        counted,
        say("{rows}, by the day of {stamp}", rows=per, stamp=day),
        say(
            "{counted}; after assignment and within the window, summed over the variant",
            counted=counted,
        ),
        say("{rows} of the assigned customers within the window", rows=per),
    )


def _counted(spec: MetricSpec, table: str, rows: Text) -> Text:
    stamp = dated_by(table, spec.stamp)
    if spec.kind == "duration":
        times = {"stamp": stamp, "to": spec.to}
        return say("from {stamp} to {to}, calendar time, up to the horizon", **times)
    if spec.kind == "mean":
        return say("{value} of each of the {rows}", value=spec.value, rows=rows)
    return rows_of(table, spec.stamp, {**spec.filter, **spec.yes}) if spec.yes else rows


def rows_of(table: str, stamp: str | None, conditions: Mapping[str, Condition]) -> Text:
    """Rows of a table that meet conditions."""
    met = [
        _condition(column, how, what, dated_by(table, stamp))
        for column, condition in conditions.items()
        for how, what in condition.asked.items()
    ]
    if not met:
        return say("rows of {table}", table=table)
    return say("rows of {table} with {conditions}", table=table, conditions=w.joined("; ", met))


def _condition(column: str, how: str, what: Any, stamp: str) -> Text:
    """One thing asked of a column."""
    if how == "empty":
        return say("no {column}", column=column) if what else say("a {column}", column=column)
    if how in ("one_of", "none_of"):
        values = ", ".join(str(one).lower() if isinstance(one, bool) else str(one) for one in what)
        if how == "one_of":
            return say("{column} = {values}", column=column, values=values)
        return say("{column} other than {values}", column=column, values=values)
    if how in ("within", "later_than"):
        span = _span(what)
        if how == "within":
            return say(
                "{column} at most {span} after {stamp}", column=column, span=span, stamp=stamp
            )
        return say("{column} more than {span} after {stamp}", column=column, span=span, stamp=stamp)
    sign = {"at_least": "≥", "at_most": "≤", "above": ">", "below": "<"}[how]
    return say("{column} {sign} {number}", column=column, sign=sign, number=f"{what:g}")


def _span(text: str) -> Text:
    """A time such as `24 hours` in words."""
    number = int(text.split()[0])
    if "minute" in text:
        return w.counted(number, "minute")
    return w.counted(number, "hour") if "hour" in text else w.counted(number, "day")

"""A metric of one's own as its file states it: params/metrics/NAME.yaml."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from cs_lib.params.fields import Slug, Strict, as_tuple, no_repeats

Kind = Literal["share", "mean", "ratio", "duration", "count", "rate"]
MICROS = {"minutes": 60_000_000, "hours": 3_600_000_000, "days": 86_400_000_000}
SPAN = re.compile(r"([1-9][0-9]{0,5}|0) (minute|hour|day)s?")


def _span(text: str) -> str:
    if not SPAN.fullmatch(text):
        raise ValueError(f"must be a time like '24 hours', '15 minutes' or '7 days', got {text!r}")
    return text


def micros_of(span: str) -> int:
    """A time such as `24 hours` in microseconds."""
    found = SPAN.fullmatch(span)
    assert found is not None
    return int(found[1]) * MICROS[f"{found[2]}s"]


def _values(value: tuple[Any, ...]) -> tuple[Any, ...]:
    if not value:
        raise ValueError("must name at least one, got an empty list")
    return no_repeats(value)


Span = Annotated[str, AfterValidator(_span)]
Values = Annotated[
    tuple[str | bool | int | float, ...], BeforeValidator(as_tuple), AfterValidator(_values)
]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Condition(Strict):
    """What a row's column must meet; of several things all."""

    one_of: Values | None = Field(default=None, description="it is one of these values")
    none_of: Values | None = Field(
        default=None, description="it is none of these values; empty is none of them"
    )
    at_least: Number | None = Field(default=None, description="a number, this one included")
    at_most: Number | None = Field(default=None, description="a number, this one included")
    above: Number | None = Field(default=None, description="a number, this one left out")
    below: Number | None = Field(default=None, description="a number, this one left out")
    empty: bool | None = Field(default=None, description="true: it is empty; false: it is not")
    within: Span | None = Field(
        default=None, description="a stamp so long after the row's own at most, like '24 hours'"
    )
    later_than: Span | None = Field(
        default=None, description="a stamp so long after the row's own and more, like '0 minutes'"
    )

    @property
    def asked(self) -> dict[str, Any]:
        """What it asks, by operator."""
        return self.model_dump(exclude_none=True)


class Said(Strict):
    """Words in both languages."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)


Words = str | Said


class Per(Strict):
    """The rows that a rate is per."""

    table: str
    stamp: str | None = Field(default=None, description="that of the table's rows unless set")
    filter: dict[str, Condition] = Field(default={}, description="which rows count")


class MetricSpec(Strict):
    """A metric of one's own."""

    metric: Slug = Field(description="its name; the file is called so")
    label: Words = Field(
        description="what pages call it, {en: ..., zh: ...} or one text; `{days}` stands for the window"
    )
    kind: Kind = Field(
        description="share, mean, count (per customer), rate (rows per rows of another table), duration, or "
        "ratio (of two metrics)"
    )
    of: Literal["rows", "customers"] | None = Field(
        default=None,
        description="what a share or a mean is of: rows of the table, or customers of a test with all their rows",
    )
    table: str | None = Field(default=None, description="whose rows count, as in docs/tables.md")
    stamp: str | None = Field(
        default=None, description="which dates a row; that of the table's rows unless set"
    )
    value: str | None = Field(default=None, description="the column of numbers of a mean")
    filter: dict[str, Condition] = Field(
        default={}, description="which rows count, by column, like {channel: {one_of: [chat]}}"
    )
    yes: dict[str, Condition] = Field(
        default={}, description="which of them are the part that a share of rows tells"
    )
    to: str | None = Field(default=None, description="the stamp at which a duration ends")
    per: Per | None = Field(default=None, description="the rows that a rate is per")
    above: str | None = Field(default=None, description="the metric over the line of a ratio")
    below: str | None = Field(default=None, description="the metric under the line of a ratio")
    window: Annotated[int, Field(ge=0, le=365)] = Field(
        default=0, description="days that a row is followed before it counts"
    )
    direction: Literal["up", "down"] = Field(description="which way is better")
    unit: Literal["share", "minutes", "hours", "money", "count", "per_1000"] | None = Field(
        default=None, description="of its values; that of a share or a count need not be said"
    )
    population: Words = Field(description="whose rows or customers these are, in words")
    counted: Words | None = Field(default=None, description="what is counted, in words")
    source: Words = Field(description="where the definition comes from, in words")

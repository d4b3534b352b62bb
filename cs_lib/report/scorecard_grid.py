"""The scorecard as a table: a row a metric, its weeks drawn in a cell, marks with their words, bands as headings."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

from cs_lib import wording as w
from cs_lib.language import later, say
from cs_lib.report.drawing.scorecard import marks, spoken
from cs_lib.report.drawing.scorecard.marks import Assurance, Variation
from cs_lib.report.drawing.scorecard.sparkline import sparkline
from cs_lib.report.drawing.scorecard.weekly import Weekly
from cs_lib.report.markup import styled
from cs_lib.report.table import Table

if TYPE_CHECKING:
    import pandas as pd

VARIATIONS: dict[Variation, str] = {
    "common": later("as usual"),
    "improving_high": later("high: better"),
    "improving_low": later("low: better"),
    "concerning_high": later("high: worse"),
    "concerning_low": later("low: worse"),
    "neutral_high": later("unusually high"),
    "neutral_low": later("unusually low"),
}
ASSURANCES: dict[Assurance, str] = {
    "passes": later("steadily met"),
    "fails": later("steadily missed"),
    "hit_and_miss": later("hit and miss"),
}
COLUMNS = 6
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Row:
    """A metric that could be measured, in words, and its weeks in the units of `tick`.

    `variation` is None while there are too few weeks for limits. `period` says which days the value is of where they
    are not those at the head of the column, as of cases that take a month to observe. `link` is the id of its
    definition on the page.
    """

    name: str
    value: str
    span: str
    weekly: Weekly
    tick: Callable[[float], str]
    variation: Variation | None
    change: str = ""
    change_span: str = ""
    assurance: Assurance | None = None
    target: str = ""
    target_at: float = nan
    link: str = ""
    period: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A metric that could not be measured, and why in a sentence."""

    name: str
    reason: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """Rows under one heading."""

    name: str
    rows: Sequence[Row | Missing]


@dataclass(frozen=True, slots=True)
class Grid:
    """All bands; `period` and `against` head the columns of the value and of the change. `name` is its id."""

    caption: str
    period: str
    against: str
    bands: Sequence[Band]
    name: str = "scorecard"

    @property
    def columns(self) -> tuple[str, ...]:
        """The heads of the columns."""
        return (
            say("Metric"),
            self.period,
            say("By week"),
            say("Course"),
            say("Target"),
            self.against,
        )

    def html(self) -> str:
        """The table element with the key to its drawings."""
        head = "".join(
            f'<th scope="col" class="{kind}">{html.escape(words)}</th>'
            for kind, words in zip(KINDS, self.columns, strict=True)
        )
        bodies = "".join(
            f"<tbody>{_heading(band)}{''.join(self._rows(i, band))}</tbody>"
            for i, band in enumerate(self.bands)
        )
        caption = html.escape(self.caption)
        return (
            f'<div class="scroll free" id="{html.escape(self.name, quote=True)}"><table class="grid">'
            f"<caption>{caption}</caption><thead><tr>{head}</tr></thead>{bodies}</table></div>"
            f'<p class="grid-key">{html.escape(_key())}</p>'
        )

    def _rows(self, band: int, of: Band) -> Iterator[str]:
        for i, row in enumerate(of.rows):
            cells = (
                f'<td class="why" colspan="{COLUMNS - 1}">{html.escape(row.reason)}</td>'
                if isinstance(row, Missing)
                else "".join(_cells(f"{self.name}-{band}-{i}", row))
            )
            yield f'<tr><th scope="row" class="name">{_name(row)}</th>{cells}</tr>'

    def table(self) -> Table:
        """The same in words alone."""
        rows = tuple(_words(band, row) for band in self.bands for row in band.rows)
        return Table(self.caption, (say("Band"), *self.columns), rows)

    def to_frame(self) -> pd.DataFrame:
        """The table as it reads, without its drawings."""
        return self.table().to_frame()

    def __str__(self) -> str:
        """Aligned text, for a terminal and for the notebook's stored output."""
        return str(self.table())

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": styled(self.html())}


KINDS = ("name", "now", "weeks", "vary", "sure", "moved")


def _heading(band: Band) -> str:
    name = html.escape(band.name)
    return f'<tr class="band"><th scope="rowgroup" colspan="{COLUMNS}">{name}</th></tr>'


def _name(row: Row | Missing) -> str:
    name = html.escape(row.name)
    return f'<a href="#{html.escape(row.link, quote=True)}">{name}</a>' if row.link else name


def _cells(name: str, row: Row) -> Iterator[str]:
    alt = spoken.weeks(row.name, row.weekly, row.tick)
    drawn = sparkline(name, alt, row.weekly, target=row.target_at)
    yield f'<td class="now">{_number(row.value, row.span, row.period)}</td>'
    yield f'<td class="weeks">{drawn}</td>'
    sign = ""
    if row.variation is not None:
        sign = marks.variation(row.variation, high=say("H"), low=say("L"))
    yield f'<td class="vary">{_mark(sign, _course(row))}</td>'
    sign = marks.assurance(row.assurance) if row.assurance else ""
    yield f'<td class="sure">{_mark(sign, _standing(row), row.target)}</td>'
    yield f'<td class="moved">{_number(row.change, row.change_span)}</td>'


def _number(number: str, *more: str) -> str:
    said = "".join(f" <span>{html.escape(words)}</span>" for words in more if words)
    return f"<b>{html.escape(number or NOTHING)}</b>{said}"


def _mark(sign: str, words: str, more: str = "") -> str:
    said = " ".join(
        part for part in (html.escape(words), more and f"<span>{html.escape(more)}</span>") if part
    )
    return f'<div class="mark">{sign}<div>{said or NOTHING}</div></div>'


def _course(row: Row) -> str:
    return say(VARIATIONS[row.variation]) if row.variation else say("too few weeks")


def _standing(row: Row) -> str:
    return say(ASSURANCES[row.assurance]) if row.assurance else ""


def _words(band: Band, row: Row | Missing) -> tuple[str, ...]:
    if isinstance(row, Missing):
        return (band.name, row.name, row.reason, *[NOTHING] * (COLUMNS - 2))
    weeks = w.counted(int(row.weekly.there.sum()), "week")
    target = w.bracketed(_standing(row), row.target) if row.assurance and row.target else row.target
    return (
        band.name,
        row.name,
        _together(row.value, row.span, row.period),
        weeks,
        _course(row),
        target or _standing(row) or NOTHING,
        _together(row.change, row.change_span),
    )


def _together(number: str, *more: str) -> str:
    said = w.separated([words for words in more if words])
    return w.bracketed(number, said) if said else number or NOTHING


def _key() -> str:
    return say(
        "Grey band: the usual range by week with its centre; it breaks where it was set anew. Diamond: a week outside "
        "it. Thick line: a long run on one side of the centre. Dashes with a flag: the target."
    )

"""How a single result looks in a notebook: an effect, a check, a decision, or any other record of numbers."""

from __future__ import annotations

import html as markup
from dataclasses import fields, is_dataclass
from functools import singledispatch
from typing import Any

from cs_lib import wording as w
from cs_lib.data.desk import Desk
from cs_lib.language import later, say
from cs_lib.metrics import CATALOGUE, DAILY
from cs_lib.quantity import Unit
from cs_lib.report import summary, tables
from cs_lib.report.markup import styled
from cs_lib.report.table import Table
from cs_lib.results import Answer, Check, Decision, Effect, Guardrail, Record

OUTCOMES = {
    "holds": ("ok", later("✓ holds")),
    "breached": ("bad", later("✗ breached")),
    "not_shown": ("look", later("! not ruled out")),
}
# A card shows so many characters of a field.
MOST_CHARACTERS = 200
# A field with more entries only says how many it has.
MOST_ENTRIES = 6


def html(shown: Any) -> str:
    """The card of a record or of a whole result, with its style."""
    return styled(_card(shown))


@singledispatch
def _card(shown: Any) -> str:
    raise TypeError(f"no card for {type(shown).__name__}")


@_card.register
def _(shown: Desk) -> str:
    return tables.contents(shown).html()


@_card.register
def _(shown: Answer) -> str:
    return summary.decision(shown).html()


@_card.register
def _(shown: Decision) -> str:
    return summary.verdict(shown)


@_card.register
def _(shown: Check) -> str:
    tone, words = tables.look_of(shown)
    return (
        f'<p class="check"><span class="{tone}">{words}</span> '
        f"<strong>{markup.escape(shown.name)}</strong><br>{markup.escape(shown.finding)}</p>"
    )


@_card.register
def _(shown: Effect) -> str:
    columns, row = _effect_row(shown)
    caption = say(
        "{metric}: observed minus expected. {method}."
        if shown.metric in DAILY
        else "{metric}: treatment minus control. {method}.",
        metric=_label(shown.metric),
        method=shown.method,
    )
    return Table(caption, columns, (row,), tuple(range(1, 7))).html()


@_card.register
def _(shown: Guardrail) -> str:
    tone, words = OUTCOMES[shown.outcome]
    columns, row = _effect_row(shown.effect)
    margin = _size(shown.margin, shown.metric)
    return Table(
        say(
            "{metric}: it must not get worse by more than the margin. {method}.",
            metric=_label(shown.metric),
            method=shown.effect.method,
        ),
        (say("Variant"), say("Guardrail"), say("Margin"), *columns[1:]),
        ((row[0], say(words), margin, *row[1:]),),
        tuple(range(2, 9)),
        {(0, 1): tone},
    ).html()


@_card.register
def _(shown: Record) -> str:
    rows = [(w.capital(w.name(f.name)), _fact(getattr(shown, f.name))) for f in fields(shown)]  # type: ignore[arg-type]
    return Table(_spaced(type(shown).__name__), (say("Field"), say("Value")), tuple(rows)).html()


def _effect_row(effect: Effect) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns and words of one effect."""
    unit = _unit(effect.metric)
    low, high = effect.effect_ci_low, effect.effect_ci_high
    span = (
        w.interval(low, high, unit)
        if unit
        else say("{low} to {high}", low=_number(low), high=_number(high))
    )
    ends = (
        (say("Expected"), say("Observed"))
        if effect.metric in DAILY
        else (say("Control"), say("Treatment"))
    )
    cells = {
        say("Variant"): w.name(effect.variant),
        ends[0]: _level(effect.control, effect.metric),
        ends[1]: _level(effect.treatment, effect.metric),
        say("Difference"): _change(effect.effect, effect.metric),
        w.confidences([effect.alpha]): span,
        "p": w.pvalue(effect.pvalue),
        "n": w.count(effect.nobs),
    }
    return tuple(cells), tuple(cells.values())


def _label(metric: str) -> str:
    """The metric's name in words; a name of no metric stays."""
    return CATALOGUE[metric].label if metric in CATALOGUE else w.capital(w.name(metric))


def _unit(metric: str) -> Unit | None:
    return CATALOGUE[metric].unit if metric in CATALOGUE else None


def _level(value: float, metric: str) -> str:
    unit = _unit(metric)
    return w.level(value, unit) if unit else _number(value)


def _change(value: float, metric: str) -> str:
    unit = _unit(metric)
    return w.change(value, unit) if unit else _number(value)


def _size(value: float, metric: str) -> str:
    unit = _unit(metric)
    return w.size(value, unit) if unit else _number(abs(value))


def _number(value: float) -> str:
    """A number of no known unit."""
    return w.plain(value, w.decimals(value))


def _fact(value: Any) -> str:
    """One field in a few words; what holds many numbers says how many."""
    if isinstance(value, bool) or value is None:
        return {True: say("yes"), False: say("no"), None: "–"}[value]
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, int):
        return w.count(value)
    if hasattr(value, "shape"):
        return w.counted(int(value.size), "value")
    if isinstance(value, tuple | list) and len(value) > MOST_ENTRIES:
        return w.counted(len(value), "entry", "entries")
    text = _listed(value)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]} ..."


def _listed(value: Any) -> str:
    """The parts of what has parts; a record with a line of its own gives that."""
    if isinstance(value, tuple | list):
        return "; ".join(map(_fact, value))
    if is_dataclass(value) and not isinstance(value, Effect | Check | Guardrail | Decision):
        value = {f.name: getattr(value, f.name) for f in fields(value)}
    if isinstance(value, dict):
        return "; ".join(f"{w.name(str(k))} {_fact(v)}" for k, v in value.items())
    return str(value)


def _spaced(name: str) -> str:
    """A class's name as words: `SampleRatio` becomes `Sample ratio`."""
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
    return words[:1].upper() + words[1:]

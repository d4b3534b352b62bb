"""Frames of a session as raw relations: the same contracts as files, and what is no table said in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cs_lib.data.conform import meant
from cs_lib.data.contracts import TABLES
from cs_lib.data.engines.base import Engine, EngineError
from cs_lib.data.sources.damage import reason
from cs_lib.data.sources.delivered import Delivered
from cs_lib.data.sources.results import shaped
from cs_lib.language import say
from cs_lib.params import Source
from cs_lib.params.source import WIDE


def framed(engine: Engine, source: Source, frames: Mapping[str, Any]) -> Delivered:
    """One raw relation per frame, by the name of the table that it is; every fault."""
    there, faults = list[str](), list[str]()
    for name, frame in frames.items():
        if name not in TABLES and name not in WIDE:
            hint = meant(name, TABLES)
            faults.append(
                say("{name}: no canonical table has this name{hint}", name=name, hint=hint)
            )
            continue
        wrong = _add(engine, name, frame)
        if not wrong and name in WIDE:
            wrong = shaped(engine, source, name)
        faults += wrong
        there += [] if wrong else [name]
    engine.seal()
    if not frames:
        faults.append(say("Give a frame for at least one table, like contacts=frame."))
    return Delivered(there, faults=faults)


def _add(engine: Engine, name: str, frame: Any) -> list[str]:
    """Register one frame; what keeps it from being read."""
    if fault := no_table(name, frame):
        return [fault]
    relation = f"{'wide' if name in WIDE else 'raw'}_{name}"
    try:
        frame = plain(frame)
        if twice := [one for one in frame.columns if list(frame.columns).count(one) > 1]:
            return [
                say(
                    "{table}: the frame has several columns called '{column}'; keep the one that is meant.",
                    table=name,
                    column=twice[0],
                )
            ]
    except AttributeError:  # an Arrow table has its names elsewhere, and repeats none
        pass
    try:
        engine.add_frame(relation, frame)
    except EngineError as error:
        try:
            engine.add_frame(relation, _as_text(frame))
        except (EngineError, AttributeError, TypeError, ValueError):
            return [
                say("{table}: the frame cannot be read ({error}).", table=name, error=reason(error))
            ]
    return []


def no_table(name: str, frame: Any) -> str:
    """A sentence when something is no frame of rows and columns; else nothing."""
    kind = type(frame).__name__
    if kind in ("Series", "ChunkedArray"):
        return say(
            "{table}: a {kind} is one column, a table is wanted: give a DataFrame.",
            table=name,
            kind=kind,
        )
    if hasattr(frame, "to_arrow_table") or kind == "LazyFrame":
        return ""
    if not (hasattr(frame, "columns") and hasattr(frame, "shape")):
        return say(
            "{table}: a {kind} is no table: give a DataFrame of pandas or polars, an Arrow table or a relation.",
            table=name,
            kind=kind,
        )
    return ""


def plain(frame: Any) -> Any:
    """A frame whose columns have names of text; an index with a name is a column."""
    if type(frame).__name__ == "LazyFrame":
        return frame.collect()
    if not hasattr(frame, "reset_index"):
        return frame
    named = [one for one in frame.index.names if one is not None and one not in frame.columns]
    frame = frame.reset_index() if named else frame
    return frame.set_axis([_name(one) for one in frame.columns], axis="columns")


def _name(column: Any) -> str:
    return " ".join(map(str, column)) if isinstance(column, tuple) else str(column)


def _as_text(frame: Any) -> Any:
    """A pandas frame whose columns of mixed values are text."""
    mixed = [one for one in frame.columns if frame[one].dtype == object]
    return frame.assign(**{one: frame[one].map(str, na_action="ignore") for one in mixed})

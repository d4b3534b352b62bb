"""A desk from the frames of a session, through the same contracts as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from cs_lib.data.desk import Desk, desk_of
from cs_lib.params import ParamsError, Problem, Source, TableSpec, check_source
from cs_lib.params.fields import iso_date


def from_frames(
    *,
    timezone: str | None = None,
    currency: str = "",
    as_of: date | str | None = None,
    observed_until: str | None = None,
    title: str = "Frames of this session",
    cleaning: Sequence[Mapping[str, str]] = (),
    **tables: Any,
) -> Desk:
    """A desk of frames, by the names of canonical tables: `from_frames(contacts=df, orders=df2)`.

    A frame is one of pandas or polars, an Arrow table or a relation; it has the columns of docs/tables.md and
    passes the same contract as a file. `timezone` is the zone of stamps that carry none.

    Raises DataError with one sentence for each fault of the frames, ParamsError for each of the other words.
    """
    settings = {
        "source": "frames",
        "title": title,
        "timezone": timezone,
        "currency": currency,
        "observed_until": observed_until,
        "cleaning": [dict(step) for step in cleaning],
    }
    return desk_of(source_of(settings, {name: TableSpec() for name in tables}), _day(as_of), tables)


def source_of(settings: Mapping[str, Any], tables: Mapping[str, TableSpec]) -> Source:
    """A source whose tables are frames. Raises ParamsError with every fault of its settings."""
    said = {key: value for key, value in settings.items() if value not in (None, [], ())}
    # Every source names its tables' files; frames have none, so that this is left to their own checks.
    named = said | {"tables": {"contacts": {"file": "frame.parquet"}}}
    if problems := check_source(named, file="", lines={}):
        raise ParamsError(problems)
    whole = Source.model_validate(said)
    return whole.model_copy(update={"tables": dict(tables)})


def _day(as_of: date | str | None) -> date | None:
    try:
        return None if as_of is None else iso_date(as_of)
    except ValueError as error:
        raise ParamsError([Problem("as_of", str(error))]) from None

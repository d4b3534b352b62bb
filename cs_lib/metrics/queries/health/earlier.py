"""What an earlier look at a source found on each day, from its result.json: what one extract alone cannot show."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from cs_lib import params
from cs_lib.metrics.queries.health.by_day import Counts, Days

MOST_BYTES = 50_000_000


class Unusable(ValueError):
    """A file that is no earlier look at a source; the message says why."""


@dataclass(frozen=True, slots=True)
class Print:
    """A table's days as they were: rows of each, and the numbers made of some of their columns; see `TableDays`."""

    days: Days
    counts: Counts
    printed: tuple[str, ...]
    prints: Counts


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier look: its data cut, the first local day it did not know wholly, and its tables."""

    observed_until: date
    tables: dict[str, Print]


def earlier(path: str, until: date) -> Earlier:
    """The look whose result.json is at a path in the project, of a day before `until`. Raises Unusable."""
    raw = _read(path)
    cut, tables = raw.get("observed_until"), raw.get("per_day")
    if raw.get("notebook") != "data_health" or not isinstance(tables, dict) or not tables:
        raise Unusable(f"{path} is no result.json of a data_health page")
    try:
        found = Earlier(
            date.fromisoformat(str(cut)), {name: _print(one) for name, one in tables.items()}
        )
    except (KeyError, TypeError, ValueError, OverflowError) as fault:
        raise Unusable(f"{path} is damaged: its days cannot be read") from fault
    if found.observed_until > until:
        raise Unusable(f"{path} knows data up to {cut}, later than this look")
    return found


def _read(path: str) -> dict[str, Any]:
    """A JSON object of a file inside the project or a folder that is allowed beside it."""
    place = params.home() / path
    try:
        allowed = params.is_allowed(place)
        if allowed and place.is_file() and os.path.getsize(place) <= MOST_BYTES:
            raw = json.loads(place.read_bytes())
            if isinstance(raw, dict):
                return raw
            raise ValueError
        why = "there is no such file" if allowed else "it lies outside the project"
    except (OSError, RuntimeError, ValueError):
        why = "it cannot be read as JSON"
    raise Unusable(f"{path}: {why}")


def _print(raw: dict[str, Any]) -> Print:
    first, counts = date.fromisoformat(raw["first"]), np.array(raw["counts"], dtype=np.int64)
    prints = np.array(raw.get("prints", ()), dtype=np.int64)
    days = np.arange(np.datetime64(first), np.datetime64(first + timedelta(days=len(counts))))
    if counts.ndim != 1 or prints.shape not in ((0,), counts.shape):
        raise ValueError(first)
    return Print(days, counts, tuple(map(str, raw.get("printed", ()))), prints)

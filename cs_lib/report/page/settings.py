"""The settings of a run as a table, on its page and on the page that says why there is none."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from cs_lib import wording as w
from cs_lib.language import say
from cs_lib.report.table import Table


def parameters(
    values: dict[str, Any], defaults: dict[str, Any], moved: dict[str, Any] | None = None
) -> Table:
    """Settings, one row each; those that differ from their default are marked, with the default beside.

    `moved` has the days of the periods that move, by dotted key: [first, last], or a list of such. They
    stand first, and how the setting is written beside them.
    """
    flat, usual = _flat(values), _flat(defaults)
    for key, periods in (moved or {}).items():
        flat[key] = say(
            "{days} (written: {written})", days=_days(periods), written=_written(_at(values, key))
        )
    if not usual:
        return Table(say("Settings"), (say("Setting"), say("Value")), tuple(flat.items()))
    rows: list[tuple[str, ...]] = []
    tones: dict[tuple[int, int], str] = {}
    for i, (key, value) in enumerate(flat.items()):
        before = _usual(key, usual)
        changed = before is not None and before != value
        rows.append((key, value, say("changed from {before}", before=before) if changed else ""))
        if changed:
            tones |= {(i, 1): "changed", (i, 2): "changed"}
    caption = say("Settings; bold where the study changed a default")
    return Table(caption, (say("Setting"), say("Value"), say("Default")), tuple(rows), tones=tones)


def _usual(key: str, usual: dict[str, str]) -> str | None:
    """The default of a setting, or of the free list that it is an entry of."""
    while key not in usual and "." in key:
        key = key.rpartition(".")[0]
    return usual.get(key)


def _at(values: Any, key: str) -> Any:
    for part in key.split("."):
        values = values[part]
    return values


def _days(periods: list[Any]) -> str:
    """The days of one period as the table writes those of any, or of several."""
    if all(isinstance(part, str) for part in periods):
        return ", ".join(periods)
    return "; ".join(map(_days, periods))


def _written(value: Any) -> str:
    """A period as a settings file writes it."""
    return value if isinstance(value, str) else json.dumps(value)


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in values.items():
        if isinstance(value, dict) and value:
            flat |= _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple):
            flat[prefix + key] = ", ".join(map(str, value)) or "–"
        else:
            flat[prefix + key] = "–" if value in (None, {}) else str(value)
    return flat


def day(iso: str) -> str:
    """A day as readers know it; nothing for none."""
    return w.day(date.fromisoformat(iso)) if iso else ""

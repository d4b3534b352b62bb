"""The settings of a run as a table, on its page and on the page that says why there is none."""

from __future__ import annotations

from datetime import date
from typing import Any

from cs_lib import wording as w
from cs_lib.language import say
from cs_lib.report.table import Table


def parameters(values: dict[str, Any], defaults: dict[str, Any]) -> Table:
    """Settings, one row each; those that differ from their default are marked, with the default beside."""
    flat, usual = _flat(values), _flat(defaults)
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

"""Questions that every plan answers, each in the room of its kind."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cs_lib.report.drawing.figure import Figure
from cs_lib.report.note import Note
from cs_lib.report.table import Table
from cs_lib.results import Answer


def smallest(result: Answer) -> Figure | Note:
    """The smallest effect that is found, by how long one waits."""
    picture: Figure | Note = _of(result, "figures").smallest(result)
    return picture


def lengths(result: Answer) -> Table | Note:
    """Studies of several lengths, and what each would show."""
    table: Table | Note = _of(result, "tables").lengths(result)
    return table


def guardrails(result: Answer) -> Table | Note:
    """The loss of each guardrail that the study can rule out, against the plan's margin."""
    table: Table | Note = _of(result, "tables").guardrails(result)
    return table


def _of(result: Answer, module: str) -> Any:
    return import_module(f"cs_lib.report.{result.study.room}.{module}")

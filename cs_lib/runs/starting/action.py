"""An action of a published list, from which the study of its change begins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cs_lib import params
from cs_lib.language import say
from cs_lib.runs.new import NewError


@dataclass(frozen=True, slots=True)
class Listed:
    """One action: its id, the need that it is about, what a study measures of whom, and the source of its page."""

    id: str
    need: str
    metric: str
    scope: dict[str, list[str]]
    source: str


def listed(name: str, reports: Path) -> Listed:
    """The action of a name on the latest pages of a folder.

    Raises NewError where no page lists it, ParamsError where its page's study cannot be read.
    """
    found = dict(_actions(reports))
    if name not in found:
        known = ", ".join(found) or say("none")
        near = params.closest(name, found)
        raise NewError(
            say(
                "No page lists an action '{name}'{near}; listed: {known}.",
                name=name,
                near=near,
                known=known,
            )
        )
    study, action = found[name]
    return Listed(
        id=name,
        need=str(action["need"]),
        metric=str(action["metric"]),
        scope={column: list(values) for column, values in action["scope"].items()},
        source=params.load(study).source,
    )


def _actions(reports: Path) -> Iterator[tuple[str, tuple[str, dict[str, Any]]]]:
    """Every action on a latest page, with the study that lists it."""
    for path in sorted(reports.glob("*/latest/result.json")):
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # a page that is being replaced, or was cut short
            continue
        for action in facts.get("actions", ()):
            yield str(action["id"]), (str(facts["study"]), action)

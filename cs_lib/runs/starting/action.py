"""An action of a published list, from which the study of its change begins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cs_lib import params
from cs_lib import wording as w
from cs_lib.language import say
from cs_lib.report.journey_map.words import pain as pain_words
from cs_lib.runs.new import NewError


@dataclass(frozen=True, slots=True)
class Listed:
    """One action: its id, the study's question, what a study measures of whom, and the source of its page."""

    id: str
    question: str
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
        question=_question(action),
        metric=str(action["metric"]),
        scope={column: list(values) for column, values in action["scope"].items()},
        source=params.load(study).source,
    )


def _question(action: dict[str, Any]) -> str:
    """What the study of an action asks."""
    if pain := action.get("pain"):
        return say("Did the change end “{pain}”?", pain=pain_words(str(pain)))
    need = w.name(str(action["need"]))
    return say("Did the change end what brings customers with “{need}”?", need=need)


def _actions(reports: Path) -> Iterator[tuple[str, tuple[str, dict[str, Any]]]]:
    """Every action on a latest page, with the study that lists it."""
    for path in sorted(reports.glob("*/latest/result.json")):
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # a page that is being replaced, or was cut short
            continue
        for action in facts.get("actions", ()):
            yield str(action["id"]), (str(facts["study"]), action)

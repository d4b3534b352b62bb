"""The plan of a study as it was at its first run, and whether it is still that."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cs_lib import metrics, params
from cs_lib import wording as w
from cs_lib.language import say
from cs_lib.runs import digest

FILE = "plan.json"
BLOCKS = ("design", "measure", "rule", "money", "looks")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is fixed before data are seen, with the date of the data first seen.

    Periods that move stand as they are written: that they hold later days the next night is the plan.
    """

    as_of: str
    plan: dict[str, Any]
    damaged: bool = False  # there is a record of the first run's plan, and it cannot be read

    def to_json(self) -> dict[str, Any]:
        """As it is stored beside the runs."""
        return {"as_of": self.as_of, "hash": digest.of(self.plan), "plan": self.plan}


DAMAGED = Plan("", {}, damaged=True)


def of(study: params.Study) -> Plan:
    """The plan a study states now."""
    settings = params.to_cell(study)
    blocks = {key: _stated(settings[key]) for key in BLOCKS if settings.get(key)}
    own = metrics.stated(study)
    return Plan(settings["as_of"], blocks | ({"metrics": own} if own else {}))


def _stated(value: Any) -> Any:
    """A block without what is left unset, so that a new optional key is no change of plan."""
    if not isinstance(value, dict):
        return value
    inside = {key: _stated(item) for key, item in value.items()}
    return {key: item for key, item in inside.items() if item not in (None, [], {})}


def first(folder: Path, study: params.Study) -> Plan:
    """The plan of the first run, or the present one when there was none.

    A record that is there and cannot be read, or was edited, is no reason to take a new plan for the first.
    """
    path = folder / FILE
    if not os.path.lexists(path):
        return of(study)
    try:
        if not os.path.isfile(path):  # a pipe in its place would never end
            return DAMAGED
        return _read(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        return DAMAGED


def _read(stored: Any) -> Plan:
    """A record as a plan; the damaged one when anything in it is not as `to_json` writes it."""
    if not isinstance(stored, dict):
        return DAMAGED
    as_of, plan = stored.get("as_of"), stored.get("plan")
    if not isinstance(as_of, str) or not isinstance(plan, dict):
        return DAMAGED
    date.fromisoformat(as_of)
    if stored.get("hash", digest.of(plan)) != digest.of(plan):
        return DAMAGED
    return Plan(as_of, _stated(plan))


def changed(earlier: Plan, study: params.Study) -> bool:
    """Whether a plan that should be fixed is known to be another one now."""
    if earlier.damaged or not study.fixed_once_seen:
        return False
    return digest.of(of(study).plan) != digest.of(earlier.plan)


def sentence(earlier: Plan, study: params.Study) -> str:
    """What the page says about it; the same for the first run and any repetition of it."""
    if not study.fixed_once_seen:
        return ""
    if earlier.damaged:
        return say(
            "The record of the first plan ({file}) is damaged: this plan was compared with nothing.",
            file=FILE,
        )
    if not changed(earlier, study):
        return say(
            "Plan unchanged since the first run (data to {as_of}).", as_of=_day(earlier.as_of)
        )
    old, new = _flat(earlier.plan), _flat(of(study).plan)
    absent = say("not set")
    changes = [
        f"{key} {old.get(key, absent)} -> {new.get(key, absent)}"
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]
    return say(
        "Plan changed after the first run of {as_of}: {changes}.",
        as_of=_day(earlier.as_of),
        changes="; ".join(changes),
    )


def _flat(value: Any, key: str = "") -> dict[str, str]:
    """Every setting by its dotted name."""
    if isinstance(value, dict) and value:
        parts = [_flat(item, f"{key}.{name}" if key else name) for name, item in value.items()]
        return {name: item for part in parts for name, item in part.items()}
    return {key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}


def _day(iso: str) -> str:
    return w.day(date.fromisoformat(iso))

"""The plan of a study as it was at its first run, and whether it is still that."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cs_lib import params
from cs_lib import wording as w
from cs_lib.language import say
from cs_lib.runs import digest

BLOCKS = ("design", "measure", "rule", "money", "looks")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is fixed before data are seen, with the date of the data first seen."""

    as_of: str
    plan: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """As it is stored beside the runs."""
        return {"as_of": self.as_of, "hash": digest.of(self.plan), "plan": self.plan}


def of(study: params.Study) -> Plan:
    """The plan a study states now."""
    settings = params.to_cell(study)
    return Plan(
        settings["as_of"], {key: _stated(settings[key]) for key in BLOCKS if settings.get(key)}
    )


def _stated(value: Any) -> Any:
    """A block without what is left unset, so that a new optional key is no change of plan."""
    if not isinstance(value, dict):
        return value
    return {key: _stated(item) for key, item in value.items() if item not in (None, [], {})}


def first(folder: Path, study: params.Study) -> Plan:
    """The plan of the first run, or the present one when there was none."""
    try:
        stored = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        return Plan(stored["as_of"], _stated(stored["plan"]))
    except (OSError, ValueError, KeyError):
        return of(study)


def changed(earlier: Plan, study: params.Study) -> bool:
    """Whether a plan that should be fixed is another one now."""
    return study.fixed_once_seen and digest.of(of(study).plan) != digest.of(earlier.plan)


def sentence(earlier: Plan, study: params.Study) -> str:
    """What the page says about it; the same for the first run and any repetition of it."""
    if not study.fixed_once_seen:
        return ""
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

"""Every kind of study, by the notebook that answers it: the one table that ties the floors together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cs_lib.params.before_after import BeforeAfter
from cs_lib.params.data_health import DataHealth
from cs_lib.params.experiment_plan import BeforeAfterPlan, PerkPlan
from cs_lib.params.improvement_portfolio import ImprovementPortfolio
from cs_lib.params.journey_map import JourneyMap
from cs_lib.params.needs_and_causes import NeedsAndCauses
from cs_lib.params.perk_ab_test import PerkAbTest
from cs_lib.params.problems import closest
from cs_lib.params.service_scorecard import ServiceScorecard
from cs_lib.params.study import Conflict, Study

# By notebook, its kinds of settings. One that plans several kinds of studies has a kind for each,
# told apart by the key `plans`; the first is meant when the key is left out.
STUDIES: dict[str, tuple[type[Study], ...]] = {
    "perk_ab_test": (PerkAbTest,),
    "before_after": (BeforeAfter,),
    "experiment_plan": (PerkPlan, BeforeAfterPlan),
    "data_health": (DataHealth,),
    "needs_and_causes": (NeedsAndCauses,),
    "journey_map": (JourneyMap,),
    "service_scorecard": (ServiceScorecard,),
    "improvement_portfolio": (ImprovementPortfolio,),
}


def models_of(notebook: str) -> tuple[type[Study], ...]:
    """Every kind of settings that a notebook takes."""
    return STUDIES[notebook]


def planned_by(model: type[Study]) -> str:
    """The notebook whose studies a plan prepares; nothing for settings that are no plan."""
    field = model.model_fields.get("plans")
    return str(field.annotation.__args__[0]) if field is not None and field.annotation else ""


def kind_of(raw: Mapping[str, Any]) -> str:
    """What such a study is called, a message; the notebook's name for settings of no kind."""
    model = model_of(raw)
    return model.kind if isinstance(model, type) else str(raw.get("notebook", "")).replace("_", " ")


def model_of(raw: Mapping[str, Any]) -> type[Study] | Conflict:
    """The kind of study that settings are meant for, or what is wrong with the keys that say so."""
    notebook = raw.get("notebook")
    if not isinstance(notebook, str) or notebook not in STUDIES:
        what = (
            f"no notebook '{notebook}'{closest(str(notebook), STUDIES)}" if notebook else "missing"
        )
        return "notebook", f"{what} (one of {', '.join(STUDIES)})"
    kinds = {planned_by(model): model for model in STUDIES[notebook]}
    planned = raw.get("plans", next(iter(kinds)))
    if len(kinds) == 1:
        return next(iter(kinds.values()))
    if isinstance(planned, str) and planned in kinds:
        return kinds[planned]
    hint = closest(str(planned), kinds)
    return "plans", f"cannot plan '{planned}'{hint} (one of {', '.join(kinds)})"

"""Every kind of study, by the notebook that answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cs_lib.params.before_after import BeforeAfter
from cs_lib.params.experiment_plan import ExperimentPlan
from cs_lib.params.flow_plan import FlowPlan
from cs_lib.params.perk_ab_test import PerkAbTest
from cs_lib.params.problems import closest
from cs_lib.params.study import Conflict, Study

STUDIES: dict[str, type[Study]] = {
    "perk_ab_test": PerkAbTest,
    "before_after": BeforeAfter,
    "experiment_plan": ExperimentPlan,
}
# One notebook plans two kinds of studies; `plans` in its settings says which.
PLANS: dict[str, type[Study]] = {"perk_ab_test": ExperimentPlan, "before_after": FlowPlan}


def models_of(notebook: str) -> tuple[type[Study], ...]:
    """Every kind of settings that a notebook takes."""
    return tuple(PLANS.values()) if notebook == "experiment_plan" else (STUDIES[notebook],)


def model_of(raw: Mapping[str, Any]) -> type[Study] | Conflict:
    """The kind of study that settings are meant for, or what is wrong with the keys that say so."""
    kind = raw.get("notebook")
    if not isinstance(kind, str) or kind not in STUDIES:
        what = f"no notebook '{kind}'{closest(str(kind), STUDIES)}" if kind else "missing"
        return "notebook", f"{what} (one of {', '.join(STUDIES)})"
    if kind != "experiment_plan":
        return STUDIES[kind]
    planned = raw.get("plans", "perk_ab_test")
    if isinstance(planned, str) and planned in PLANS:
        return PLANS[planned]
    hint = closest(str(planned), PLANS)
    return "plans", f"cannot plan '{planned}'{hint} (one of {', '.join(PLANS)})"

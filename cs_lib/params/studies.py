"""Every kind of study, by the notebook that answers it."""

from cs_lib.params.before_after import BeforeAfter
from cs_lib.params.experiment_plan import ExperimentPlan
from cs_lib.params.perk_ab_test import PerkAbTest
from cs_lib.params.study import Study

STUDIES: dict[str, type[Study]] = {
    "perk_ab_test": PerkAbTest,
    "before_after": BeforeAfter,
    "experiment_plan": ExperimentPlan,
}

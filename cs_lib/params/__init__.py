"""A study's settings: typed, strict, every fault reported at once with its file and key."""

from cs_lib.params.before_after import BeforeAfter
from cs_lib.params.days.as_of import AsOf
from cs_lib.params.defaults import defaults
from cs_lib.params.experiment_plan import BeforeAfterPlan, PerkPlan
from cs_lib.params.improvement_portfolio import ImprovementPortfolio
from cs_lib.params.journey_map import JourneyMap
from cs_lib.params.load import (
    check_source,
    check_study,
    explain,
    from_cell,
    load,
    load_source,
    moved_periods,
    stated_day,
    to_cell,
)
from cs_lib.params.needs_and_causes import NeedsAndCauses
from cs_lib.params.own.columns import OfColumns, Roles, headers_of, of_columns, safe
from cs_lib.params.own.metric_files import load_metric, metric_paths
from cs_lib.params.own.metrics import Condition, MetricSpec, Said, micros_of
from cs_lib.params.perk_ab_test import Money, PerkAbTest
from cs_lib.params.places import (
    ALLOW_VARIABLE,
    REPORTS,
    find_study,
    home,
    is_allowed,
    notebook_path,
    published_in,
    reports,
    require_project,
    source_path,
    study_paths,
)
from cs_lib.params.problems import ParamsError, Problem, UnknownName, closest, nearest
from cs_lib.params.scope import Scope
from cs_lib.params.service_scorecard import ServiceScorecard
from cs_lib.params.source import CleaningStep, FileSpec, Source, TableSpec
from cs_lib.params.studies import STUDIES, kind_of, model_of, models_of, planned_by
from cs_lib.params.study import Study

__all__ = [
    "ALLOW_VARIABLE",
    "REPORTS",
    "STUDIES",
    "AsOf",
    "BeforeAfter",
    "BeforeAfterPlan",
    "CleaningStep",
    "Condition",
    "FileSpec",
    "ImprovementPortfolio",
    "JourneyMap",
    "MetricSpec",
    "Money",
    "NeedsAndCauses",
    "OfColumns",
    "ParamsError",
    "PerkAbTest",
    "PerkPlan",
    "Problem",
    "Roles",
    "Said",
    "Scope",
    "ServiceScorecard",
    "Source",
    "Study",
    "TableSpec",
    "UnknownName",
    "check_source",
    "check_study",
    "closest",
    "defaults",
    "explain",
    "find_study",
    "from_cell",
    "headers_of",
    "home",
    "is_allowed",
    "kind_of",
    "load",
    "load_metric",
    "load_source",
    "metric_paths",
    "micros_of",
    "model_of",
    "models_of",
    "moved_periods",
    "nearest",
    "notebook_path",
    "of_columns",
    "planned_by",
    "published_in",
    "reports",
    "require_project",
    "safe",
    "source_path",
    "stated_day",
    "study_paths",
    "to_cell",
]


def __dir__() -> list[str]:
    return sorted(__all__)

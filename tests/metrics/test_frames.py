"""Evidence of every kind as one frame: a row per metric and day, or per metric and variant, with the unit."""

from dataclasses import dataclass

import numpy as np
import pytest

from cs_lib import params
from cs_lib.aggregates import Moments, Series
from cs_lib.metrics import CATALOGUE
from cs_lib.metrics.frames import ByDay, ByVariant
from cs_lib.results import Check, Effect, Guardrail, to_frame
from cs_lib.sentences import Method, say

DAYS = np.array(["2026-01-01", "2026-01-02"], dtype="datetime64[D]")


@dataclass
class OfDays(ByDay):
    metrics: dict
    series: dict


@dataclass
class OfVariants(ByVariant):
    metrics: dict
    moments: dict


CUSTOMERS = {name: CATALOGUE[name] for name in ("visit_60d", "order_value_60d")}


def moments(variant, *names):
    n = len(names)
    return Moments(variant, names, 5, np.arange(1.0, n + 1), np.diag(np.arange(3.0, n + 3)))


def by_variant(*names):
    return {variant: moments(variant, *names) for variant in ("control", "coupon")}


def test_series_are_stacked_by_metric_and_a_day_without_cases_has_no_value():
    csat = Series("csat", DAYS, np.array([3.0, 0.0]), np.array([4.0, 0.0]))
    hours = Series("resolution_hours", DAYS, np.array([8.0, 9.0]), np.array([4.0, 3.0]))
    series = {s.metric: s for s in (csat, hours)}
    frame = OfDays({name: CATALOGUE[name] for name in series}, series).to_frame()
    assert list(frame.columns) == ["metric", "unit", "day", "numerator", "denominator", "value"]
    assert frame.unit.tolist() == ["share", "share", "hours", "hours"]
    assert frame.value.fillna(-1).tolist() == [0.75, -1, 2.0, 3.0]


def test_moments_are_stacked_without_covariates_and_a_ratio_is_its_parts():
    both = {
        "visit_60d": by_variant("visit_60d", "spent_before_180d"),
        "order_value_60d": by_variant("revenue_60d", "orders_60d"),
    }
    frame = OfVariants(CUSTOMERS, both).to_frame()
    assert list(frame.columns) == ["metric", "unit", "variant", "n", "mean", "variance"]
    assert list(dict.fromkeys(frame.metric)) == ["visit_60d", "revenue_60d", "orders_60d"]
    assert frame.query("metric == 'orders_60d'").to_dict("list") == {
        "metric": ["orders_60d"] * 2, "unit": ["count"] * 2, "variant": ["control", "coupon"],
        "n": [5, 5], "mean": [2.0, 2.0], "variance": [4.0, 4.0],
    }  # fmt: skip


def test_a_plans_history_is_one_variant():
    known = OfVariants(CUSTOMERS, {"visit_60d": moments("history", "visit_60d")})
    assert known.to_frame().variant.tolist() == ["history"]


def test_no_metric_is_an_empty_frame():
    assert OfDays({}, {}).to_frame().empty


@pytest.mark.parametrize("notebook", params.STUDIES)
def test_evidence_of_every_kind_of_study_has_a_frame(notebook):
    room = __import__(f"cs_lib.metrics.{notebook}", fromlist=["x"])
    kinds = [
        k for n, k in vars(room).items() if n.endswith("Evidence") and k.__module__ == room.__name__
    ]
    assert kinds and all(callable(getattr(kind, "to_frame", None)) for kind in kinds)


def test_a_record_as_a_row_has_codes_and_words_and_the_fields_of_records_in_it():
    effect = Effect("csat", "after", 0.5, 0.6, 0.1, 0.0, 0.2, 0.05, 30, Method("welch_t"))
    rail = Guardrail("csat", "holds", 0.1, effect).to_frame().iloc[0]
    assert (rail.metric, rail["effect.control"], rail["effect.method"]) == ("csat", 0.5, "welch_t")
    check = Check("sample_ratio", True, say("{n} of them.", n="12")).to_frame().iloc[0]
    assert (check.code, check.found) == ("sample_ratio", "12 of them.")
    assert to_frame([effect, effect]).nobs.tolist() == [30, 30]

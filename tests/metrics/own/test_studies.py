"""Metrics of one's own in studies: named like any other, refused with the faults of their file, part of the plan."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import yaml

from cs_lib import metrics, params
from cs_lib.language import speaking
from cs_lib.metrics import CATALOGUE, PER_CUSTOMER
from cs_lib.runs import digest, plan_lock
from tests.metrics.own.conftest import LARGE, QUICK
from tests.metrics.own.test_faults import RATIO
from tests.metrics.test_catalogue import problems
from tests.params.conftest import COUPON, DEMO


@pytest.fixture
def coupon(tmp_path, own):
    """A study of a metric of one's own."""
    (tmp_path / "params" / "sources" / "demo.yaml").write_text(DEMO)
    path = tmp_path / "params" / "coupon.yaml"

    def study(metric="large_order_60d"):
        settings = yaml.safe_load(COUPON)
        settings["measure"]["primary_metric"] = metric
        path.write_text(yaml.safe_dump(settings))
        return params.load("coupon", also=metrics.problems)

    return study


def test_a_study_names_one(own, coupon):
    own(LARGE)
    assert coupon().measure.primary_metric == "large_order_60d"
    assert params.study_paths().keys() == {"coupon"}


def test_a_faulty_file_is_told_where_it_is_named_and_nowhere_else(own, coupon):
    own(LARGE, table="order", direction="sideways")
    with pytest.raises(params.ParamsError) as found:
        coupon()
    said = [one.message for one in found.value.problems]
    assert len(said) == 2 and all(
        one.startswith("params/metrics/large_order.yaml: ") for one in said
    )
    assert "table (line 7): no table 'order'; did you mean 'orders'?" in said[0]
    assert coupon("repurchase_60d")


def test_names_that_are_nearly_one(own):
    own(LARGE)
    own(QUICK)
    assert problems("perk_ab_test", "large_oder_60d")[0][1].endswith(
        "did you mean 'large_order_60d'?"
    )
    assert problems("before_after", "quik")[0][1].endswith("did you mean 'quick'?")
    assert "can use" in problems("before_after", "large_order_60d")[0][1]
    assert problems("perk_ab_test", "large_order_400d")[0][1].endswith("a window has 1 to 365 days")


def test_plans_take_them(own):
    own(LARGE)
    measure = SimpleNamespace(primary_metric="large_order_60d", guardrails={}, secondary=())
    draft = {
        "notebook": "experiment_plan",
        "plans": "perk_ab_test",
        "measure": measure,
        "money": None,
    }
    assert (
        list(metrics.problems(SimpleNamespace(**draft, design=SimpleNamespace(cluster=None)))) == []
    )


def test_a_changed_file_makes_a_study_stale_and_is_a_change_of_its_plan(own, coupon):
    own(LARGE)
    study = coupon()
    named, plan = digest.settings(study), plan_lock.of(study)
    own(QUICK)
    assert digest.settings(study) == named
    own(LARGE, filter={"amount": {"at_least": 200}})
    assert digest.settings(study) != named and plan_lock.changed(plan, study)
    assert "metrics.large_order.filter.amount.at_least 100.0 -> 200.0" in plan_lock.sentence(
        plan, study
    )


def test_a_study_without_one_has_the_digest_it_had(own, coupon):
    own(LARGE)
    study = coupon("repurchase_60d")
    assert metrics.stated(study) == {} and "metrics" not in plan_lock.of(study).plan


def test_the_parts_of_a_ratio_count_too(own, coupon):
    own(LARGE)
    own(RATIO, label="Large ones", above="large_order", below="orders", unit="share")
    study = coupon("part_60d")
    assert list(metrics.stated(study)) == ["large_order", "part"]
    assert PER_CUSTOMER["part_60d"].parts == ("large_order_60d", "orders_60d")


def test_labels_are_said_in_both_languages(own):
    own(LARGE)
    own(QUICK)
    assert CATALOGUE["large_order_14d"].label == "Large order within 14 days"
    with speaking("zh"):
        assert CATALOGUE["large_order_14d"].label == "14 天内的大额订单"
        assert str(CATALOGUE["quick"].called) == "一天内解决"

"""HC2 errors read in one more pass, against statsmodels on the rows behind them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cs_lib import metrics
from cs_lib.experiment.perk_ab_test.compare import effect_on
from cs_lib.experiment.perk_ab_test.trial import Trial
from cs_lib.metrics.queries.sandwich import sandwiches
from tests.metrics.conftest import measured_of, rows_of
from tests.perk_pages import assigned, bought, csv, plan

PAST = ["spent_before_180d", "orders_before_90d"]
OUTCOMES = ["revenue_30d", "orders_30d", "repurchase_30d"]


def shop(source, size=1800, *, past=True):
    """A third in control; who spent more before spends more, and more unevenly, afterwards."""
    rng = np.random.default_rng(12)
    frame = assigned(size, ("control", "coupon", "coupon"))
    source.file("perk_assignments", csv(frame))
    before = rng.gamma(0.7, 60, size).round(2)
    after = (0.3 * before * rng.lognormal(0, 0.8, size) + rng.gamma(0.5, 10, size)).round(2)
    parts = [bought(frame[after > 12], after[after > 12])]
    for number in range(3 if past else 0):  # up to three orders before
        had = rng.random(size) < 0.6 - 0.2 * number
        old = bought(frame[had], before[had] + number)
        old["ordered_at"] = frame[had].assigned_at.to_numpy() - pd.Timedelta(days=20 + 50 * number)
        parts.append(old.assign(order_id="B" + str(number) + old.order_id.astype(str)))
    source.file("orders", csv(pd.concat(parts)))


def lin(rows, name, past):
    """Lin's regression with HC2 errors: treated, covariates about their means, and those of the treated."""
    treated = (rows.variant == "coupon").to_numpy(float)
    x = (rows[past] - rows[past].mean()).to_numpy()
    design = np.column_stack([np.ones(len(rows)), treated, x, x * treated[:, None]])
    return sm.OLS(np.asarray(name, float), design).fit(cov_type="HC2")


def known(source, observed, study, names=OUTCOMES):
    measured = measured_of(observed(), study, names, covariates=PAST)
    rows = pd.DataFrame(rows_of(measured, 30))
    moments = metrics.queries.per_customer.moments(measured)[30]
    return measured, moments, rows


def test_errors_are_those_of_a_regression_on_rows(source, observed, study):
    shop(source)
    measured, moments, rows = known(source, observed, study)
    found = sandwiches(measured.values, moments, OUTCOMES, PAST, measured.values.people.stages(30))
    assert set(found) == set(OUTCOMES)
    for name in OUTCOMES:
        for variant, part in rows.groupby("variant"):
            design = sm.add_constant((part[PAST] - part[PAST].mean()).to_numpy())
            fit = sm.OLS(part[name].to_numpy(), design).fit(cov_type="HC2")
            np.testing.assert_allclose(found[name][variant].cov, fit.cov_params(), rtol=1e-7)


@pytest.mark.parametrize("name", ["revenue_30d", "repurchase_30d", "order_value_30d"])
def test_an_adjusted_effect_has_the_hc2_error_of_lins_regression_on_rows(
    source, observed, study, name
):
    shop(source)
    of = plan(measure__primary_metric=name, measure__covariates=PAST)
    source.settings["observed_until"] = "2026-06-01T00:00:00"
    found = effect_on(Trial(metrics.gather(source.desk("2026-06-01"), of), of), name, "coupon")
    _, _, rows = known(source, observed, study)
    value = rows[name] if name in rows else linearised(rows)
    fit = lin(rows, value, PAST)
    assert min(found.details["n_control"], found.details["n_treatment"]) == 600
    assert found.effect == pytest.approx(fit.params[1], rel=1e-9)
    assert found.details["se_these_customers"] == pytest.approx(fit.bse[1], rel=1e-8)
    assert "HC2" in str(found.method)


def linearised(rows):
    """Orders' value as a mean over customers, in each variant about its own ratio."""
    value = pd.Series(0.0, index=rows.index)
    for _, part in rows.groupby("variant"):
        ratio = part.revenue_30d.sum() / part.orders_30d.sum()
        away = (part.revenue_30d - ratio * part.orders_30d) / part.orders_30d.mean()
        value[part.index] = ratio + away
    return value


@pytest.mark.parametrize(
    "covariates", [["orders_before_90d", "orders_before_90d"], ["spent_before_365d"]]
)
def test_covariates_that_tell_nothing_of_their_own_have_no_errors(
    source, observed, study, covariates
):
    shop(source, 60, past=False)
    measured = measured_of(observed(), study, ["orders_30d"], covariates=covariates[:1])
    moments = metrics.queries.per_customer.moments(measured)[30]
    stages = measured.values.people.stages(30)
    assert sandwiches(measured.values, moments, ["orders_30d"], covariates, stages) == {}


def test_a_customer_who_alone_decides_a_slope_leaves_a_variant_without(source, observed, study):
    frame = assigned(40)
    source.file("perk_assignments", csv(frame))
    old = bought(frame.head(1), np.array([50.0]))
    old["ordered_at"] = frame.head(1).assigned_at.to_numpy() - pd.Timedelta(days=3)
    new = bought(frame.iloc[::3], np.arange(14) + 1.0)
    source.file("orders", csv(pd.concat([old.assign(order_id="B1"), new])))
    measured = measured_of(observed(), study, ["revenue_30d"], covariates=["spent_before_90d"])
    moments = metrics.queries.per_customer.moments(measured)[30]
    stages = measured.values.people.stages(30)
    assert sandwiches(measured.values, moments, ["revenue_30d"], ["spent_before_90d"], stages) == {}

"""Lin's adjustment with errors by cluster against statsmodels and against matrices on rows."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.linalg import sqrtm

from cs_lib.aggregates import ClusterMoments, Moments
from cs_lib.methods.ab.adjusted import compare_adjusted
from cs_lib.methods.ab.clusters import compare_clusters
from cs_lib.methods.ab.clusters_adjusted import compare_clusters_adjusted
from cs_lib.methods.errors import CannotEstimate
from tests.bench.ab_calibration import inside_clusters
from tests.methods.ab.test_clusters import sums_of

PAST = ["spent", "visits"]


def simulate(seed: int, clusters: int, *, inside: bool) -> pd.DataFrame:
    """Customers by shop, unequal in number; shops are alike in the past, the outcome and what the perk does."""
    rng = np.random.default_rng(seed)
    sizes = 3 + rng.poisson(6, clusters) + (np.arange(clusters) % 7 == 0) * 15
    agent = np.repeat(np.arange(clusters), sizes)
    treated = rng.random(len(agent)) < 0.4 if inside else agent % 2 == 1
    own, moved, rich = rng.normal(size=(3, clusters)) * 0.5
    spent = 100 + 10 * (rich[agent] + rng.normal(size=len(agent)))
    visits = rng.poisson(3, len(agent)) * 1.0
    y = own[agent] + (0.2 + moved[agent] + 0.02 * spent) * treated + 0.05 * spent + 0.1 * visits
    return pd.DataFrame(
        {
            "agent": agent,
            "variant": np.where(treated, "treatment", "control"),
            "y": y + rng.normal(size=len(agent)),
            "spent": spent,
            "visits": visits,
        }
    )


def moments_of(rows: pd.DataFrame) -> ClusterMoments:
    names = ["y", *PAST]
    by = [rows["agent"], rows["variant"]]
    mean = rows[names].groupby(by).mean()
    away = (rows[names] - rows[names].groupby(by).transform("mean")).to_numpy()
    products = pd.DataFrame((away[:, :, None] * away[:, None, :]).reshape(len(rows), 9))
    within = products.groupby([b.to_numpy() for b in by]).sum().to_numpy().reshape(-1, 3, 3)
    return ClusterMoments(
        tuple(names),
        mean.index.get_level_values(0).to_numpy(),
        mean.index.get_level_values(1).to_numpy().astype(str),
        rows.groupby(by).size().to_numpy(),
        mean.to_numpy(),
        within,
    )


def compare(rows: pd.DataFrame, covariates=PAST):
    options = {"control": "control", "treatment": "treatment"}
    return compare_clusters_adjusted(moments_of(rows), "y", covariates, **options)


def design_of(rows: pd.DataFrame, covariates=PAST) -> np.ndarray:
    """Lin's regressors: one, treated, covariates about their means, and those of the treated."""
    treated = (rows["variant"] == "treatment").to_numpy(float)
    past = rows[list(covariates)].to_numpy() - rows[list(covariates)].to_numpy().mean(axis=0)
    return np.column_stack([np.ones(len(rows)), treated, past, past * treated[:, None]])


def cr2_from_rows(rows: pd.DataFrame) -> tuple[float, float]:
    """Bell and McCaffrey's variance of the effect and its degrees of freedom, from the matrix formulas."""
    x, y = design_of(rows), rows["y"].to_numpy()
    bread = np.linalg.inv(x.T @ x)
    hat = x @ bread @ x.T
    residual, rest = y - hat @ y, np.eye(len(rows)) - hat
    loads, scores = [], []
    for agent in rows["agent"].unique():
        place = np.flatnonzero(rows["agent"] == agent)
        part = np.eye(len(place)) - hat[np.ix_(place, place)]
        adjusted = np.linalg.inv(np.real(sqrtm(part))) @ x[place] @ bread[1]
        scores.append(adjusted @ residual[place])
        loads.append(rest[:, place] @ adjusted)
    gram = np.array(loads) @ np.array(loads).T
    return float(np.sum(np.square(scores))), float(np.trace(gram) ** 2 / (gram**2).sum())


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("clusters", [20, 44])
def test_cr2_matches_the_matrix_formulas_on_rows(clusters, inside):
    rows = simulate(clusters, clusters, inside=inside)
    variance, df = cr2_from_rows(rows)
    found = compare(rows)
    assert "CR2" in str(found.method)
    assert found.details["se_these_customers"] ** 2 == pytest.approx(variance, rel=1e-8)
    assert found.df == pytest.approx(df, rel=1e-8)
    assert found.pvalue == pytest.approx(2 * stats.t.sf(abs(found.effect) / found.se, df))


@pytest.mark.parametrize("inside", [False, True])
def test_cr1_matches_statsmodels_above_50_clusters_an_arm(inside):
    rows = simulate(2, 140, inside=inside)
    options = {"groups": rows["agent"].to_numpy(), "use_correction": True, "df_correction": True}
    fit = sm.OLS(rows["y"].to_numpy(), design_of(rows)).fit(
        cov_type="cluster", cov_kwds=options, use_t=True
    )
    found = compare(rows)
    assert "CR1" in str(found.method)
    assert found.effect == pytest.approx(fit.params[1], rel=1e-8)
    assert found.details["se_these_customers"] == pytest.approx(fit.bse[1], rel=1e-8)
    assert found.df == 139


def test_the_mean_covariates_of_other_clusters_would_have_been_others():
    """The whole standard error is that of the sums of both scores by cluster, written out on rows."""
    rows = simulate(3, 140, inside=True)
    x = design_of(rows)
    fit = sm.OLS(rows["y"].to_numpy(), x).fit()
    own = (x * fit.resid[:, None]) @ np.linalg.inv(x.T @ x)[1]
    moved = x[:, 2:4] @ fit.params[4:6] / len(rows)
    by_agent = pd.Series(own + moved).groupby(rows["agent"].to_numpy()).sum()
    factor = 140 / 139 * (len(rows) - 1) / (len(rows) - 6)
    found = compare(rows)
    assert found.se**2 == pytest.approx(factor * (by_agent**2).sum(), rel=1e-8)
    assert found.se > found.details["se_these_customers"]


def test_clusters_of_one_above_50_are_nearly_the_arm_wise_errors():
    rows = simulate(4, 60, inside=True).assign(agent=lambda f: np.arange(len(f)))
    arms = [
        Moments(v, ("y", *PAST), len(p), p[["y", *PAST]].mean().to_numpy(), p[["y", *PAST]].cov().to_numpy())
        for v, p in rows.groupby("variant")
    ]  # fmt: skip
    found, expected = compare(rows), compare_adjusted(*arms, "y", PAST)
    assert found.effect == pytest.approx(expected.effect, rel=1e-9)
    assert found.se == pytest.approx(expected.se, rel=0.02)
    assert found.details["design_effect"] == pytest.approx(found.se**2 / expected.se**2, rel=1e-8)


def test_what_the_covariates_brought_is_measured_against_clusters_without_them():
    rows = simulate(5, 44, inside=True)
    plain = compare_clusters(sums_of(rows), "y", control="control", treatment="treatment")
    found = compare(rows)
    assert found.details["variance_ratio"] == pytest.approx(found.se**2 / plain.se**2, rel=1e-9)


def test_a_covariate_that_follows_from_another_is_dropped_and_named():
    rows = simulate(6, 30, inside=True).assign(visits=lambda f: 2 * f["spent"])
    found = compare(rows)
    alone = compare(rows, ["spent"])
    assert (found.details["covariates"], found.details["dropped"]) == ("spent", "visits")
    assert (found.effect, found.se) == pytest.approx((alone.effect, alone.se), rel=1e-9)


def test_covariates_that_never_vary_are_refused():
    rows = simulate(7, 30, inside=True).assign(spent=1.0)
    with pytest.raises(CannotEstimate, match="no covariate varies"):
        compare(rows, ["spent"])


@pytest.mark.parametrize(("clusters", "covariate"), [(12, False), (30, True), (100, False)])
def test_assignment_inside_clusters_keeps_its_error_rate(clusters, covariate):
    """A slice of docs/bench/perk_tests.md: the perk moves every cluster by another amount, zero on average."""
    draw, rng = inside_clusters(clusters, covariate=covariate), np.random.default_rng(8)
    rejected = np.mean([draw(rng, False)[0] < 0.05 for _ in range(400)])
    assert 0.05 - 0.027 <= rejected <= 0.05 + 0.027

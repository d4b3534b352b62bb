from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.linalg import sqrtm

from cs_lib.aggregates import ClusterSums, Moments
from cs_lib.methods.ab.clusters import compare_clusters
from cs_lib.methods.ab.means import compare_means
from cs_lib.methods.errors import CannotEstimate


def simulate(
    rng: np.random.Generator,
    clusters: int,
    *,
    icc: float = 0.2,
    crossed: bool = False,
    more: int = 15,
) -> pd.DataFrame:
    """Cases by agent, one of seven having so many `more`; agents serve one variant, or both."""
    sizes = 2 + rng.poisson(4, clusters) + (np.arange(clusters) % 7 == 0) * more
    agent = np.repeat(np.arange(clusters), sizes)
    treated = rng.random(len(agent)) < 0.5 if crossed else (agent % 2 == 1)
    own = rng.normal(0, np.sqrt(icc), clusters)
    value = own[agent] + rng.normal(0, np.sqrt(1 - icc), len(agent))
    variant = np.where(treated, "treatment", "control")
    return pd.DataFrame({"agent": agent, "variant": variant, "y": value})


def sums_of(rows: pd.DataFrame) -> ClusterSums:
    cells = rows.groupby(["agent", "variant"])["y"].agg(["size", "sum", "var"]).reset_index()
    within = cells["var"].fillna(0) * (cells["size"] - 1)
    return ClusterSums(
        cells["agent"].to_numpy(),
        cells["variant"].to_numpy().astype(str),
        cells["size"].to_numpy(),
        cells["sum"].to_numpy(),
        within.to_numpy(),
    )


def compare(rows: pd.DataFrame, **options: float):
    return compare_clusters(sums_of(rows), "y", control="control", treatment="treatment", **options)


def cr2_from_matrices(rows: pd.DataFrame) -> tuple[float, float]:
    """Bell and McCaffrey's variance and degrees of freedom, row by row from the matrix formulas."""
    treated = (rows["variant"] == "treatment").to_numpy(float)
    x = np.column_stack([np.ones(len(rows)), treated])
    bread = np.linalg.inv(x.T @ x)
    hat = x @ bread @ x.T
    residual = rows["y"].to_numpy() - hat @ rows["y"].to_numpy()
    rest = np.eye(len(rows)) - hat
    contrast = bread[1]
    loads, scores = [], []
    for agent in rows["agent"].unique():
        place = np.flatnonzero(rows["agent"] == agent)
        part = np.eye(len(place)) - hat[np.ix_(place, place)]
        adjusted = np.linalg.inv(np.real(sqrtm(part))) @ x[place] @ contrast
        scores.append(adjusted @ residual[place])
        loads.append(rest[:, place] @ adjusted)
    gram = np.array(loads) @ np.array(loads).T
    return float(np.sum(np.square(scores))), float(np.trace(gram) ** 2 / (gram**2).sum())


@pytest.mark.parametrize("crossed", [False, True])
@pytest.mark.parametrize("clusters", [9, 24, 44])
def test_cr2_matches_the_matrix_formulas_on_rows(clusters, crossed):
    rows = simulate(np.random.default_rng([1, clusters]), clusters, crossed=crossed)
    variance, df = cr2_from_matrices(rows)
    found = compare(rows)
    assert "CR2" in str(found.method)
    assert found.se**2 == pytest.approx(variance, rel=1e-9)
    assert found.df == pytest.approx(df, rel=1e-9)
    assert found.pvalue == pytest.approx(2 * stats.t.sf(abs(found.effect) / found.se, df))


@pytest.mark.parametrize("crossed", [False, True])
def test_cr1_matches_statsmodels_above_50_clusters_an_arm(crossed):
    rows = simulate(np.random.default_rng(2), 140, crossed=crossed, more=0)
    design = sm.add_constant((rows["variant"] == "treatment").to_numpy(float))
    options = {"groups": rows["agent"].to_numpy(), "use_correction": True, "df_correction": True}
    fit = sm.OLS(rows["y"].to_numpy(), design).fit(cov_type="cluster", cov_kwds=options, use_t=True)
    found = compare(rows)
    assert "CR1" in str(found.method)
    assert found.effect == pytest.approx(fit.params[1], rel=1e-9)
    assert found.se == pytest.approx(fit.bse[1], rel=1e-9)
    assert found.pvalue == pytest.approx(fit.pvalues[1], rel=1e-6)
    assert found.effect_ci_low == pytest.approx(fit.conf_int()[1][0], rel=1e-6)


@pytest.mark.parametrize("crossed", [False, True])
def test_many_clusters_of_very_unequal_size_are_read_by_cr2_too(crossed):
    rows = simulate(np.random.default_rng(2), 140, crossed=crossed, more=60)
    variance, df = cr2_from_matrices(rows)
    found = compare(rows)
    assert (found.method.code, found.se**2) == ("clusters_cr2", pytest.approx(variance, rel=1e-9))
    assert found.df == pytest.approx(df, rel=1e-9) and df < 0.7 * 139


def test_clusters_of_one_with_cr2_are_welch():
    rng = np.random.default_rng(3)
    values = rng.normal(size=60)
    rows = pd.DataFrame(
        {"agent": range(60), "variant": ["control"] * 25 + ["treatment"] * 35, "y": values}
    )
    welch = stats.ttest_ind(values[25:], values[:25], equal_var=False)
    found = compare(rows)
    assert found.effect / found.se == pytest.approx(welch.statistic, rel=1e-9)
    assert found.details["design_effect"] == pytest.approx(1, rel=1e-9)
    assert "icc" not in found.details


def test_icc_is_that_of_the_analysis_of_variance():
    rng = np.random.default_rng(4)
    rows = simulate(rng, 40).sample(frac=1, random_state=1)
    inside = rows.groupby("agent")["y"]
    arm = rows.groupby("variant")["y"].transform("mean")
    within = ((rows["y"] - inside.transform("mean")) ** 2).sum() / (len(rows) - 40)
    between = ((inside.transform("mean") - arm) ** 2).sum() / 38
    squares = rows.groupby("variant")["agent"].apply(
        lambda a: (a.value_counts() ** 2).sum() / len(a)
    )
    size = (len(rows) - squares.sum()) / 38
    expected = (between - within) / (between + (size - 1) * within)
    assert compare(rows).details["icc"] == pytest.approx(expected, rel=1e-9)


def test_design_effect_is_over_welch_on_units():
    rows = simulate(np.random.default_rng(5), 40)
    arms = [
        Moments(v, ("y",), len(y), np.array([y.mean()]), np.array([[y.var()]]))
        for v, y in rows.groupby("variant")["y"]
    ]
    found = compare(rows)
    expected = found.se**2 / compare_means(arms[0], arms[1], "y").se ** 2
    assert found.details["design_effect"] == pytest.approx(expected, rel=1e-9)
    assert found.details["design_effect"] > 1.5


def test_order_of_the_entries_and_other_variants_change_nothing():
    rows = simulate(np.random.default_rng(6), 30, crossed=True)
    other = rows.assign(variant="holdout", y=99.0).sample(50, random_state=1)
    mixed = pd.concat([other, rows]).sample(frac=1, random_state=2)
    found, expected = compare(mixed), compare(rows)
    assert (found.effect, found.se, found.df) == pytest.approx(
        (expected.effect, expected.se, expected.df)
    )
    assert found.nobs == 30


@pytest.mark.parametrize("clusters", [20, 120])
def test_compare_clusters_rejects_5_percent_under_no_effect(clusters):
    rng = np.random.default_rng(7)
    found = [_fast(rng, clusters) for _ in range(2_000)]
    rejected = [effect.pvalue < 0.05 for effect in found]
    assert 0.04 <= np.mean(rejected) <= 0.06


def _fast(rng: np.random.Generator, clusters: int):
    """Sums without rows: sizes are unequal, the intra-class correlation is 0.2."""
    n = 2 + rng.poisson(6, clusters)
    within = rng.chisquare(n - 1) * 0.8
    total = n * rng.normal(0, np.sqrt(0.2), clusters) + rng.normal(0, np.sqrt(0.8 * n))
    variant = np.where(np.arange(clusters) < 0.4 * clusters, "control", "treatment")
    sums = ClusterSums(np.arange(clusters), variant, n, total, within)
    return compare_clusters(sums, "y", control="control", treatment="treatment")


def test_compare_clusters_refuses_one_cluster_in_an_arm():
    rows = simulate(np.random.default_rng(8), 20)
    alone = rows[(rows["variant"] == "control") | (rows["agent"] == 1)]
    with pytest.raises(CannotEstimate, match="treatment has fewer than two clusters"):
        compare(alone)


def test_compare_clusters_refuses_too_few_degrees_of_freedom():
    rows = simulate(np.random.default_rng(9), 4)
    with pytest.raises(CannotEstimate, match="fewer than four degrees of freedom"):
        compare(rows)


def test_compare_clusters_refuses_values_that_never_vary():
    rows = simulate(np.random.default_rng(10), 20).assign(y=1.0)
    with pytest.raises(CannotEstimate, match="does not vary between clusters"):
        compare(rows)


def test_compare_clusters_refuses_a_missing_sum():
    rows = simulate(np.random.default_rng(11), 20)
    sums = sums_of(rows)
    sums = replace(sums, total=np.where(sums.cluster == 3, np.nan, sums.total))
    with pytest.raises(CannotEstimate, match="sum of a cluster is missing"):
        compare_clusters(sums, "y", control="control", treatment="treatment")

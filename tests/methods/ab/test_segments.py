import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.oneway import anova_oneway

from cs_lib.aggregates import Moments
from cs_lib.methods.ab.means import compare_means
from cs_lib.methods.ab.segments import compare_segments, interaction, pool, shrink
from cs_lib.methods.errors import CannotEstimate

SIZES = {"new": 90, "regular": 300, "loyal": 150, "gold": 40}


def moments(variant: str, rows: np.ndarray) -> Moments:
    variance = rows.var(ddof=1) if len(rows) > 1 else np.nan
    return Moments(variant, ("y",), len(rows), np.array([rows.mean()]), np.array([[variance]]))


def units(rng: np.random.Generator, spread: float = 0.0) -> pd.DataFrame:
    """Four segments of unequal size and noise; the effect is 0.5 and varies by `spread`."""
    parts = []
    for i, (segment, size) in enumerate(SIZES.items()):
        treated = np.arange(size) % 3 == 0
        y = rng.normal(i, 1 + i / 2, size) + treated * (0.5 + rng.normal(0, spread))
        parts.append(pd.DataFrame({"segment": segment, "treated": treated.astype(int), "y": y}))
    return pd.concat(parts, ignore_index=True)


def arms(rows: pd.DataFrame) -> tuple[dict[str, Moments], dict[str, Moments]]:
    names = dict(enumerate(("control", "treatment")))
    found = {
        (segment, treated): moments(names[treated], y.to_numpy())
        for (segment, treated), y in rows.groupby(["segment", "treated"])["y"]
    }
    return tuple({s: m for (s, t), m in found.items() if t == side} for side in (0, 1))


def effects_of(rows: pd.DataFrame) -> dict:
    control, treatment = arms(rows)
    return {s: compare_means(control[s], treatment[s], "y") for s in control}


def test_wald_statistic_is_that_of_the_saturated_model_with_hc2():
    rows = units(np.random.default_rng(1), spread=1.0)
    fit = smf.ols("y ~ C(segment) * treated", rows).fit(cov_type="HC2")
    terms = [name for name in fit.params.index if ":treated" in name]
    expected = fit.wald_test(
        np.eye(len(fit.params))[[fit.params.index.get_loc(t) for t in terms]], use_f=False
    )
    found = interaction(effects_of(rows))
    assert found.wald == pytest.approx(float(np.squeeze(expected.statistic)), rel=1e-8)
    assert found.df_between == 3


def test_interaction_is_welchs_anova_when_controls_are_known_exactly():
    rng = np.random.default_rng(2)
    groups = [rng.normal(0, 1 + i, 10 + 5 * i) for i in range(4)]
    known = Moments("control", ("y",), 10, np.zeros(1), np.zeros((1, 1)))
    effects = {
        str(i): compare_means(known, moments("treatment", g), "y") for i, g in enumerate(groups)
    }
    expected = anova_oneway(groups, use_var="unequal", welch_correction=True)
    found = interaction(effects)
    assert found.f == pytest.approx(expected.statistic, rel=1e-9)
    assert found.df == pytest.approx(expected.df_denom, rel=1e-9)
    assert found.pvalue == pytest.approx(expected.pvalue, rel=1e-8)


def test_shrinkage_uses_dersimonian_and_lairds_variance_and_mean():
    effects = effects_of(units(np.random.default_rng(3), spread=1.0))
    estimate = np.array([e.effect for e in effects.values()])
    variance = np.array([e.se**2 for e in effects.values()])
    expected = combine_effects(estimate, variance, method_re="dl")
    spread = interaction(effects).spread
    assert spread**2 == pytest.approx(expected.tau2, rel=1e-9)
    centre = expected.mean_effect_re
    shrunk = np.array([e.details["dersimonian_laird"] for e in shrink(effects).values()])
    keep = expected.tau2 / (expected.tau2 + variance)
    assert shrunk == pytest.approx(centre + keep * (estimate - centre), rel=1e-9)


def test_shrunk_effects_are_the_posterior_by_numerical_integration():
    """Mean and variance of the effects, solving the whole linear model at every spread."""
    effects = effects_of(units(np.random.default_rng(4), spread=1.0))
    estimate = np.array([e.effect for e in effects.values()])
    variance = np.array([e.se**2 for e in effects.values()])
    scale, k = 1 / np.mean(1 / variance), len(variance)
    vague = 1e4 * np.ones((k, k))

    def at(kept: float) -> tuple[float, np.ndarray, np.ndarray]:
        prior = scale * (1 - kept) / kept * np.eye(k) + vague
        total = prior + np.diag(variance)
        gain = prior @ np.linalg.inv(total)
        density = stats.multivariate_normal(cov=total).pdf(estimate)
        return density, gain @ estimate, np.diag(prior - gain @ prior)

    density, mean, spread = zip(*map(at, np.linspace(0.0005, 0.9995, 1_000)), strict=True)
    share = np.array(density) / np.sum(density)
    average = share @ np.array(mean)
    squared = share @ (np.array(spread) + (np.array(mean) - average) ** 2)
    found = shrink(effects).values()
    assert [e.effect for e in found] == pytest.approx(list(average), rel=1e-3)
    assert [e.se**2 for e in found] == pytest.approx(list(squared), rel=1e-3)


def test_shrunk_effects_lie_closer_together_than_raw_ones():
    effects = effects_of(units(np.random.default_rng(5)))
    shrunk = shrink(effects)
    assert np.std([e.effect for e in shrunk.values()]) < np.std(
        [e.effect for e in effects.values()]
    )


def test_compare_segments_adjusts_pvalues_inside_the_metric():
    rows = units(np.random.default_rng(6), spread=1.0)
    raw = effects_of(rows)
    found = compare_segments(*arms(rows), "y")
    expected = multipletests([e.pvalue for e in raw.values()], method="fdr_bh")[1]
    assert [found.effects[s].pvalue for s in raw] == pytest.approx(list(expected), rel=1e-9)


def test_interaction_rejects_5_percent_when_the_effect_is_the_same_everywhere():
    rng = np.random.default_rng(7)
    found = [interaction(fast(rng, 0.0)[0]).pvalue < 0.05 for _ in range(2_000)]
    assert 0.04 <= np.mean(found) <= 0.06


@pytest.mark.parametrize("spread", [0.0, 0.3, 1.0])
def test_shrunk_intervals_cover_on_average_over_segments(spread):
    rng = np.random.default_rng(8)
    covered = []
    for _ in range(500):
        effects, truth = fast(rng, spread)
        covered += [
            e.effect_ci_low <= truth[s] <= e.effect_ci_high for s, e in shrink(effects).items()
        ]
    assert np.mean(covered) >= 0.91


def fast(rng: np.random.Generator, spread: float) -> tuple[dict, dict]:
    """Effects of eight segments straight from the laws of mean and variance."""
    effects, truth = {}, {}
    for i, size in enumerate((40, 60, 80, 100, 150, 200, 300, 400)):
        truth[str(i)] = 0.5 + spread * rng.normal()
        pair = []
        for variant, mean, n in (("control", 0.0, size), ("treatment", truth[str(i)], size // 2)):
            variance = (1 + i / 4) ** 2
            pair.append(
                Moments(
                    variant,
                    ("y",),
                    n,
                    np.array([rng.normal(mean, np.sqrt(variance / n))]),
                    np.array([[variance * rng.chisquare(n - 1) / (n - 1)]]),
                )
            )
        effects[str(i)] = compare_means(*pair, "y")
    return effects, truth


def test_compare_segments_says_why_a_segment_is_left_out():
    rng = np.random.default_rng(9)
    control, treatment = arms(units(rng))
    control["alone"] = moments("control", rng.normal(size=5))
    control["one"], treatment["one"] = (
        moments("control", rng.normal(size=5)),
        moments("treatment", np.ones(1)),
    )
    control["zero"] = treatment["zero"] = moments("any", np.zeros(9))
    found = compare_segments(control, treatment, "y")
    assert set(found.effects) == set(SIZES)
    assert "one variant only" in str(found.left_out["alone"])
    assert "fewer than two units" in str(found.left_out["one"])
    assert "same value" in str(found.left_out["zero"])


def test_compare_segments_refuses_a_single_segment():
    control, treatment = arms(units(np.random.default_rng(10)))
    with pytest.raises(CannotEstimate, match="fewer than two segments"):
        compare_segments({"new": control["new"]}, {"new": treatment["new"]}, "y")


def test_one_segment_far_noisier_than_the_rest_gives_numbers():
    effects = effects_of(units(np.random.default_rng(11)))
    effects["gold"] = effects["gold"].with_(effect=1e9, se=1e9)
    found = interaction(effects)
    assert np.isfinite([found.f, found.pvalue, found.spread]).all()
    assert np.isfinite([e.se for e in shrink(effects).values()]).all()


@pytest.mark.filterwarnings("ignore:invalid value encountered in sqrt")
@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_the_pooled_effect_is_dersimonian_and_lairds(spread):
    effects = effects_of(units(np.random.default_rng(21), spread))
    rows = list(effects.values())
    expected = combine_effects(
        np.array([e.effect for e in rows]), np.array([e.se**2 for e in rows]), method_re="dl"
    )
    found, none = pool(effects), expected.tau2 <= 0  # statsmodels goes on with a negative variance
    assert none == (spread == 0)
    mean, se = (
        (expected.mean_effect_fe, expected.sd_eff_w_fe)
        if none
        else (expected.mean_effect_re, expected.sd_eff_w_re)
    )
    assert (found.effect, found.se) == pytest.approx((mean, se), rel=1e-9)
    assert found.details["i_squared"] == pytest.approx(max(expected.i2, 0.0), abs=1e-9)
    assert found.effect_ci_high - found.effect == pytest.approx(stats.norm.isf(0.025) * found.se)
    assert found.nobs == sum(e.nobs for e in rows)
    control, treatment = arms(units(np.random.default_rng(21), spread))
    assert compare_segments(control, treatment, "y").pooled == found

"""Every way a metric is compared, from evidence to effect, against the same from simulated rows."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from cs_lib import experiment
from cs_lib.aggregates import Answers, ClusterMoments, ClusterSums, Histogram, Moments
from cs_lib.experiment.perk_ab_test.compare import (
    bounded,
    effect_at,
    effect_of,
    effect_on,
    survey_on,
)
from cs_lib.experiment.perk_ab_test.trial import Trial
from cs_lib.methods.ab.surveys import bounds_pvalue, compare_survey, lee_bounds
from cs_lib.methods.errors import CannotEstimate
from cs_lib.metrics.catalogue import in_currency
from cs_lib.metrics.perk_ab_test import PerkEvidence
from tests.methods.ab.test_surveys import answers
from tests.perk_pages import plan

NAMES = ("repurchase_30d", "revenue_30d", "orders_30d", "contacts_30d", "net_value_30d")
PAST = "spent_before_180d"
NO_MONEY = {"money": None}


def rows(seed=1, size=1500, arms=("control", "coupon"), lift=0.3, agents=0):
    """Customers with orders, money, contacts and a past that goes along with them."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"variant": np.array(arms)[rng.integers(0, len(arms), size)]})
    treated = (frame.variant != "control").to_numpy()
    past = rng.gamma(2.0, 50.0, size)
    frame["agent"] = rng.integers(0, agents, size) if agents else 0
    own = rng.normal(0, 0.5, max(agents, 1))[frame.agent] if agents else 0.0
    frame["orders_30d"] = rng.poisson(np.exp(-0.5 + lift * treated + past / 400 + own)) * 1.0
    frame["revenue_30d"] = [rng.lognormal(3, 1, int(n)).sum() for n in frame.orders_30d]
    frame["contacts_30d"] = rng.poisson(0.3 + 0.2 * frame.orders_30d) * 1.0
    frame["repurchase_30d"] = (frame.orders_30d > 0) * 1.0
    frame["net_value_30d"] = 0.3 * frame.revenue_30d - 2.0 * treated
    frame[PAST] = past
    return frame


def moments_of(frame, names=(*NAMES, PAST)):
    return {
        str(v): Moments(
            str(v), tuple(names), len(part), part[[*names]].mean().to_numpy(),
            part[[*names]].cov().to_numpy(),
        )
        for v, part in frame.groupby("variant")
    }  # fmt: skip


def evidence_of(frame, **more):
    """Evidence in which every metric of the rows can be read."""
    found = moments_of(frame)
    every = [*NAMES, "order_value_30d", "contacts_per_1000_orders_30d", "csat_score_30d"]
    sizes = {v: m.n for v, m in found.items()}
    fields = {
        "metrics": in_currency(every, "EUR"),
        "moments": {name: found for name in every if name != "csat_score_30d"},
        "assigned": sizes,
        "observed": sizes,
        "redeemed": {},
        "counts_redemptions": True,
        "observed_until": date(2026, 6, 1),
        "currency": "EUR",
    }
    return PerkEvidence(**{**fields, **more})


def two(frame, column):
    return tuple(frame[frame.variant == v][column].to_numpy() for v in ("control", "coupon"))


def test_a_share_is_compared_by_the_pooled_z_test_with_newcombes_interval():
    frame = rows()
    control, coupon = two(frame, "repurchase_30d")
    found = effect_on(Trial(evidence_of(frame), plan()), "repurchase_30d", "coupon", alpha=0.1)
    counts, sizes = [coupon.sum(), control.sum()], [len(coupon), len(control)]
    assert found.pvalue == pytest.approx(proportions_ztest(counts, sizes)[1], rel=1e-9)
    low, high = confint_proportions_2indep(
        counts[0], sizes[0], counts[1], sizes[1], method="newcomb", compare="diff", alpha=0.1
    )
    assert (found.effect_ci_low, found.effect_ci_high) == pytest.approx((low, high), rel=1e-9)
    assert found.alpha == 0.1 and found.nobs == len(frame)


def test_money_is_compared_by_welchs_test():
    frame = rows()
    control, coupon = two(frame, "revenue_30d")
    expected = stats.ttest_ind(coupon, control, equal_var=False)
    found = effect_on(Trial(evidence_of(frame), plan()), "revenue_30d", "coupon")
    assert found.pvalue == pytest.approx(expected.pvalue, rel=1e-9)
    interval = expected.confidence_interval(0.95)
    assert (found.effect_ci_low, found.effect_ci_high) == pytest.approx(tuple(interval), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "above", "below", "scale"),
    [
        ("order_value_30d", "revenue_30d", "orders_30d", 1),
        ("contacts_per_1000_orders_30d", "contacts_30d", "orders_30d", 1000),
    ],
)
def test_a_ratio_has_the_sandwich_error_of_a_weighted_regression_on_rows(name, above, below, scale):
    """Sum over sum is the slope of a line through the origin weighted by 1 / denominator; HC0 is the delta method."""
    frame = rows(seed=2).query("contacts_30d == 0 or orders_30d > 0")
    found = effect_on(Trial(evidence_of(frame), plan()), name, "coupon")
    slopes, variances = [], []
    for variant in ("control", "coupon"):
        part = frame[(frame.variant == variant)]
        n, buyers = len(part), part[part[below] > 0]
        fit = sm.WLS(buyers[above], buyers[[below]], weights=1 / buyers[below]).fit(cov_type="HC0")
        slopes.append(fit.params.iloc[0] * scale)
        variances.append(fit.bse.iloc[0] ** 2 * scale**2 * n / (n - 1))
    assert (found.control, found.treatment) == pytest.approx(tuple(slopes), rel=1e-9)
    assert found.se == pytest.approx(np.sqrt(sum(variances)), rel=1e-9)
    df = sum(variances) ** 2 / sum(
        v**2 / (m.n - 1) for v, m in zip(variances, moments_of(frame).values(), strict=True)
    )
    assert found.pvalue == pytest.approx(2 * stats.t.sf(abs(found.effect) / found.se, df), rel=1e-6)
    assert "delta method" in str(found.method)


def test_a_ratio_adjusted_for_the_past_is_lins_regression_on_linearised_rows():
    frame = rows(seed=3)
    study = plan(measure__covariates=[PAST])
    found = effect_on(Trial(evidence_of(frame), study), "order_value_30d", "coupon")
    treated = (frame.variant == "coupon").to_numpy(float)
    value = np.empty(len(frame))
    for variant, part in frame.groupby("variant"):
        ratio = part.revenue_30d.sum() / part.orders_30d.sum()
        linear = ratio + (part.revenue_30d - ratio * part.orders_30d) / part.orders_30d.mean()
        value[frame.variant == variant] = linear
    past = (frame[PAST] - frame[PAST].mean()).to_numpy()
    design = np.column_stack([np.ones(len(frame)), treated, past, past * treated])
    fit = sm.OLS(value, design).fit(cov_type="HC2")
    assert found.effect == pytest.approx(fit.params[1], rel=1e-8)
    assert found.se == pytest.approx(fit.bse[1], rel=0.03)
    plain = effect_on(Trial(evidence_of(frame), study), "order_value_30d", "coupon", adjusted=False)
    assert "Lin" in str(found.method) and "Lin" not in str(plain.method)
    assert "delta method" in str(found.method)


def test_a_ratio_without_orders_is_refused():
    frame = rows().assign(orders_30d=0.0)
    with pytest.raises(CannotEstimate, match="too close to zero to divide by"):
        effect_on(Trial(evidence_of(frame), plan()), "order_value_30d", "coupon")


def cluster_sums(frame, name):
    cells = frame.groupby(["agent", "variant"])[name].agg(["size", "sum", "var"]).reset_index()
    within = cells["var"].fillna(0) * (cells["size"] - 1)
    return ClusterSums(
        cells.agent.to_numpy().astype(str), cells.variant.to_numpy().astype(str),
        cells["size"].to_numpy(), cells["sum"].to_numpy(), within.to_numpy(),
    )  # fmt: skip


def by_agent(seed=4, agents=120, size=1500):
    frame = rows(seed, size, agents=agents)
    frame["variant"] = np.where(frame.agent % 2 == 1, "coupon", "control")
    names = ("repurchase_30d", "net_value_30d")
    return frame, evidence_of(frame, clusters={n: cluster_sums(frame, n) for n in names})


def test_whole_clusters_have_the_robust_error_of_a_regression_on_rows():
    frame, evidence = by_agent()
    found = effect_on(Trial(evidence, plan(design__cluster="agent_id")), "net_value_30d", "coupon")
    design = sm.add_constant((frame.variant == "coupon").to_numpy(float))
    options = {
        "groups": frame.agent.to_numpy(), "use_correction": True, "df_correction": True,
    }  # fmt: skip
    fit = sm.OLS(frame.net_value_30d.to_numpy(), design).fit(
        cov_type="cluster", cov_kwds=options, use_t=True
    )
    assert found.effect == pytest.approx(fit.params[1], rel=1e-9)
    assert found.se == pytest.approx(fit.bse[1], rel=1e-9)
    assert found.pvalue == pytest.approx(fit.pvalues[1], rel=1e-6)
    assert (found.nobs, found.details["counted_by"]) == (120, "agent")


def test_whole_clusters_never_fall_back_on_single_customers():
    _, evidence = by_agent()
    with pytest.raises(CannotEstimate, match="not available with errors by agent"):
        effect_on(Trial(evidence, plan(design__cluster="agent_id")), "order_value_30d", "coupon")


def test_a_study_of_agents_decides_by_agents_and_shows_the_narrow_interval_as_wrong():
    frame, evidence = by_agent()
    many = {v: len(frame[frame.variant == v].agent.unique()) for v in ("control", "coupon")}
    study = plan(design__cluster="agent_id")
    result = experiment.analyze(replace(evidence, cluster_counts=many), study)
    single = result.comparisons[0].explained.otherwise[0]
    assert single.name == "one_by_one"
    assert single.effect.effect == pytest.approx(result.comparisons[0].primary.effect, rel=1e-9)
    assert single.effect.se < result.comparisons[0].primary.se


def inside_agents(agents, covariates=()):
    """Customers assigned one by one inside agents, who also differ in what the coupon does."""
    frame = rows(5, 1200, agents=agents)
    moved = np.random.default_rng(6).normal(0, 3, agents)[frame.agent]
    frame["net_value_30d"] += moved * (frame.variant == "coupon")
    names = ("repurchase_30d", "net_value_30d")
    evidence = evidence_of(
        frame,
        clusters={n: cluster_sums(frame, n) for n in names},
        cluster_moments={n: cluster_moments(frame, (n, *covariates)) for n in names}
        if covariates
        else {},
        # Of each agent's customers most are in one variant: nobody may count these.
        cluster_counts={"control": agents - 1, "coupon": 1},
    )
    changes = {"measure__covariates": [*covariates]} if covariates else {}
    study = plan(design__cluster="agent_id", design__assigned_by="customer", **changes)
    return frame, evidence, study


def cluster_moments(frame, names):
    groups = list(frame.groupby(["agent", "variant"]))
    centred = [part[[*names]] - part[[*names]].mean() for _, part in groups]
    return ClusterMoments(
        names,
        np.array([str(agent) for (agent, _), _ in groups]),
        np.array([variant for (_, variant), _ in groups]),
        np.array([len(part) for _, part in groups]),
        np.array([part[[*names]].mean() for _, part in groups]),
        np.array([away.T @ away for away in centred]),
    )


@pytest.mark.parametrize("covariates", [(), (PAST,)], ids=["plain", "Lin"])
def test_customers_assigned_inside_clusters_have_the_robust_error_of_a_regression_on_rows(
    covariates,
):
    frame, evidence, study = inside_agents(60, covariates)
    found = effect_on(Trial(evidence, study), "net_value_30d", "coupon")
    treated = (frame.variant == "coupon").to_numpy(float)
    past = [(frame[n] - frame[n].mean()).to_numpy() for n in covariates]
    design = np.column_stack([np.ones(len(frame)), treated, *past, *(x * treated for x in past)])
    options = {
        "groups": frame.agent.to_numpy(), "use_correction": True, "df_correction": True,
    }  # fmt: skip
    fit = sm.OLS(frame.net_value_30d.to_numpy(), design).fit(
        cov_type="cluster", cov_kwds=options, use_t=True
    )
    assert found.effect == pytest.approx(fit.params[1], rel=1e-8)
    assert found.details.get("se_these_customers", found.se) == pytest.approx(fit.bse[1], rel=1e-8)
    assert (found.df, found.nobs, found.details["counted_by"]) == (59, 60, "agent")
    alone = effect_on(Trial(evidence, plan()), "net_value_30d", "coupon")
    assert found.se > alone.se or covariates


@pytest.mark.parametrize("covariates", [(), (PAST,)], ids=["plain", "Lin"])
def test_a_study_inside_clusters_decides_with_their_errors_and_tests_the_split_by_customer(
    covariates,
):
    _, evidence, study = inside_agents(30, covariates)
    result = experiment.analyze(evidence, study)
    [compared] = result.comparisons
    assert "CR2" in str(compared.primary.method) and "CR2" in str(compared.net_value.method)
    assert ("Lin" in str(compared.primary.method)) == bool(covariates)
    names = [row.name for row in compared.explained.otherwise]
    assert names == [*(["unadjusted"] if covariates else []), "not_together"]
    assert all(check.passed is not False for check in result.checks if check.code != "balance")


SCORES = np.arange(1.0, 6.0)


def asked(variant, counts, offered):
    return Answers(Histogram(variant, SCORES, np.array(counts)), offered)


def test_a_survey_score_has_the_interval_and_p_of_the_bounds():
    heard = {
        "control": asked("control", [30, 40, 60, 80, 40], 500),
        "coupon": asked("coupon", [20, 30, 60, 120, 90], 520),
    }
    evidence = evidence_of(rows(), answers={"csat_score_30d": heard})
    found = effect_on(Trial(evidence, plan()), "csat_score_30d", "coupon", alpha=0.1)
    survey = compare_survey(
        heard["control"], heard["coupon"], "csat_score_30d", scale=(1, 5), alpha=0.1
    )
    means = [h.scores.values @ h.scores.counts / h.scores.counts.sum() for h in heard.values()]
    assert found.effect == pytest.approx(means[1] - means[0], rel=1e-12)
    assert (found.effect_ci_low, found.effect_ci_high) == (survey.lee.ci_low, survey.lee.ci_high)
    assert found.effect_ci_low < survey.complete_case.effect_ci_low
    assert found.pvalue == bounds_pvalue(survey.lee) > survey.complete_case.pvalue
    assert (found.method.path, found.details["trimmed"]) == (
        "welch_t_lee_bounds",
        survey.lee.trimmed,
    )
    assert survey_on(Trial(evidence, plan()), "csat_score_30d", "coupon", alpha=0.1) == survey


@pytest.mark.parametrize("alpha", [0.001, 0.01, 0.05, 0.2])
@pytest.mark.parametrize("gain", [-1.2, -0.6, -0.25, 0.0, 0.1, 0.25, 0.4, 0.6, 1.2])
def test_the_p_of_the_bounds_is_at_most_alpha_exactly_when_their_interval_leaves_out_zero(
    alpha, gain
):
    rng = np.random.default_rng(7)
    for share in (0.5, 0.55, 0.62):
        control = np.clip(np.round(rng.normal(3, 1.2, 300)), 1, 5)
        coupon = np.clip(np.round(rng.normal(3 + gain, 1.2, round(600 * share))), 1, 5)
        pair = answers("control", control, 600), answers("coupon", coupon, 600)
        bounds = lee_bounds(*pair, "csat_score_30d", alpha=alpha)
        spans = bounds.ci_low <= 0 <= bounds.ci_high
        assert (bounds_pvalue(bounds) > alpha) == spans


def test_the_p_of_the_bounds_is_the_level_at_which_their_interval_ends_at_zero():
    pair = asked("control", [30, 40, 60, 80, 40], 500), asked("coupon", [5, 20, 60, 120, 90], 520)
    p = bounds_pvalue(lee_bounds(*pair, "csat_score_30d"))
    assert 1e-8 < p < 0.05
    assert lee_bounds(*pair, "csat_score_30d", alpha=p).ci_low == pytest.approx(0, abs=1e-7)


def test_bounds_that_span_zero_say_nothing_and_bounds_in_a_point_are_a_z_test():
    wide = asked("control", [60, 0, 0, 0, 60], 500), asked("coupon", [90, 0, 0, 0, 110], 500)
    assert bounds_pvalue(lee_bounds(*wide, "csat_score_30d")) == 1
    even = asked("control", [30, 40, 60, 80, 40], 500), asked("coupon", [20, 40, 50, 90, 50], 500)
    bounds = lee_bounds(*even, "csat_score_30d")
    assert bounds.low == pytest.approx(bounds.high, abs=1e-12)
    expected = 2 * stats.norm.sf(abs(bounds.low) / bounds.low_se)
    assert bounds_pvalue(bounds) == pytest.approx(expected, rel=1e-6)


def test_the_p_of_the_bounds_does_not_underflow_into_a_crash():
    pair = asked("control", [250, 1, 0, 0, 0], 251), asked("coupon", [0, 0, 0, 1, 250], 251)
    survey = compare_survey(*pair, "csat_score_30d", scale=(1, 5))
    assert 0 <= bounded(survey, "csat_score_30d").pvalue < 1e-100


@pytest.mark.parametrize(
    ("heard", "sentence"),
    [
        ({}, "nobody in control has answered"),
        ({"control": asked("control", [1, 1, 1, 1, 1], 9)}, "nobody in coupon has answered"),
        ({"control": asked("control", [1, 1, 1, 1, 1], 9), "coupon": asked("coupon", [0] * 5, 9)},
         "nobody in coupon has answered"),
    ],
)  # fmt: skip
def test_a_survey_that_cannot_be_read_is_refused_in_a_sentence(heard, sentence):
    evidence = evidence_of(rows(), answers={"csat_score_30d": heard})
    with pytest.raises(CannotEstimate, match=sentence):
        effect_on(Trial(evidence, plan()), "csat_score_30d", "coupon")


ARMS = ("control", "coupon", "discount", "care")
SEVERAL = {
    "design__arms": ["coupon", "discount", "care"],
    "design__split": dict.fromkeys(ARMS, 0.25),
    "rule__planned_n": 10,
}


def several(seed=8, size=4000, lift=0.1):
    return rows(seed, size, ARMS, lift)


def test_dunnetts_intervals_are_scipys_when_variances_are_alike():
    frame = several()
    draws = pd.Series(np.random.default_rng(1).normal(0, 1, len(frame)))
    by = draws.groupby(frame.variant)
    shift = frame.variant.map({"control": 10.0, "coupon": 10.2, "discount": 9.9, "care": 10.35})
    frame["net_value_30d"] = 3 * (draws - by.transform("mean")) / by.transform("std") + shift
    result = experiment.analyze(
        evidence_of(frame), plan(rule__correction="dunnett", rule__alpha=0.05, **SEVERAL)
    )
    groups = [frame[frame.variant == v].net_value_30d.to_numpy() for v in ARMS]
    expected = stats.dunnett(*groups[1:], control=groups[0], rng=np.random.default_rng(1))
    interval = expected.confidence_interval(0.95)
    net = [c.net_value for c in result.comparisons]
    assert [e.pvalue for e in net] == pytest.approx(expected.pvalue, rel=0.05, abs=2e-3)
    assert [e.effect_ci_low for e in net] == pytest.approx(interval.low, abs=5e-3)
    assert [e.effect_ci_high for e in net] == pytest.approx(interval.high, abs=5e-3)
    assert all(e.alpha == 0.05 and "Dunnett" in str(e.method) for e in net)
    assert all("Dunnett" in str(c.primary.method) for c in result.comparisons)


def test_dunnett_without_any_difference_in_money_still_reads_behaviour():
    frame = several().assign(net_value_30d=0.0)
    result = experiment.analyze(evidence_of(frame), plan(rule__correction="dunnett", **SEVERAL))
    assert [c.net_value for c in result.comparisons] == [None] * 3
    assert result.decision.verdict != "ship"


def test_dunnett_on_behaviour_that_never_varies_is_refused_in_words():
    frame = several().assign(repurchase_30d=1.0)
    result = experiment.analyze(evidence_of(frame), plan(rule__correction="dunnett", **SEVERAL))
    assert result.decision.verdict == "invalid"
    assert "Buy again within 30 days has the same value for every customer" in (
        result.decision.because
    )


SECONDARY = ["revenue_30d", "orders_30d", "contacts_30d", "order_value_30d", "net_value_30d"]


@pytest.mark.parametrize("lift", [0.0, 0.15, 0.5])
def test_secondary_metrics_of_all_variants_are_one_benjamini_hochberg_family(lift):
    frame = several(lift=lift)
    study = plan(measure__secondary=SECONDARY, **{**SEVERAL, **NO_MONEY})
    evidence = evidence_of(frame)
    result = experiment.analyze(evidence, study)
    raw, seen = [], []
    for comparison in result.comparisons:
        for effect in comparison.secondary:
            control, arm = (frame[frame.variant == v] for v in ("control", comparison.variant))
            if effect.metric == "order_value_30d":
                raw.append(
                    effect_on(Trial(evidence, study), effect.metric, comparison.variant).pvalue
                )
            else:
                test = stats.ttest_ind(arm[effect.metric], control[effect.metric], equal_var=False)
                raw.append(test.pvalue)
            seen.append(effect)
    assert len(seen) == 3 * len(SECONDARY)
    expected = multipletests(raw, method="fdr_bh")[1]
    assert [e.pvalue for e in seen] == pytest.approx(expected, rel=1e-6)
    for effect in seen:
        assert (effect.effect_ci_low <= 0 <= effect.effect_ci_high) == (effect.pvalue > 0.05)
    selected = sum(e.pvalue <= 0.05 for e in seen)
    level = 0.05 * max(selected, 1) / len(seen)
    assert [e.alpha for e in seen] == pytest.approx([level] * len(seen))
    assert selected > 0 or lift < 0.5


def test_a_secondary_metric_without_an_estimate_is_told_with_its_reason():
    frame = several().assign(contacts_30d=0.0)
    study = plan(measure__secondary=["contacts_30d", "orders_30d"], **{**SEVERAL, **NO_MONEY})
    result = experiment.analyze(evidence_of(frame), study)
    assert [e.metric for e in result.comparisons[0].secondary] == ["orders_30d"]
    assert "same value for every unit" in str(result.absent["contacts_30d"])


def test_the_best_of_several_variants_is_the_one_with_fewest_contacts_when_fewer_are_better():
    frame = several(size=2000)
    for variant, contacts in zip(ARMS, (2.0, 1.9, 1.0, 2.1), strict=True):
        draws = np.random.default_rng(2).poisson(contacts, (frame.variant == variant).sum())
        frame.loc[frame.variant == variant, "contacts_30d"] = draws * 1.0
    for worth in (0.01, 5.0):  # one ships; or none does, and the rank must decide
        changes = {"measure__primary_metric": "contacts_30d", "rule__min_effect": worth}
        result = experiment.analyze(evidence_of(frame), plan(**changes, **{**SEVERAL, **NO_MONEY}))
        assert result.best.variant == "discount"
        assert result.decision.because.startswith("Discount comes out best")
    assert {c.decision.verdict for c in result.comparisons} == {"stop"}


def test_nobody_followed_to_the_end_is_said_of_the_variant():
    found = moments_of(rows())
    with pytest.raises(CannotEstimate, match="nobody in coupon has been followed to the end yet"):
        effect_of({"control": found["control"]}, "revenue_30d", "control", "coupon", alpha=0.05)


def test_a_look_at_what_never_varies_is_no_look():
    known = {"repurchase_30d": moments_of(rows().assign(repurchase_30d=0.0))}
    with pytest.raises(CannotEstimate, match="same value for every unit"):
        effect_at(known, plan(), "repurchase_30d", "coupon")
    with pytest.raises(CannotEstimate, match="cannot be looked at before the end"):
        effect_at({}, plan(), "csat_score_30d", "coupon")

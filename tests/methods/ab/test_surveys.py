import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportions_ztest

from cs_lib.aggregates import Histogram, Moments
from cs_lib.methods.ab.means import compare_means
from cs_lib.methods.ab.surveys import (
    Answers,
    compare_survey,
    imbens_manski,
    lee_bounds,
    response_effect,
    worst_case_bounds,
)
from cs_lib.methods.errors import CannotEstimate


def answers(variant: str, scores: np.ndarray, offered: int) -> Answers:
    values, counts = np.unique(scores, return_counts=True)
    return Answers(Histogram(variant, values, counts), offered)


def both(
    control: np.ndarray, treatment: np.ndarray, offered: tuple[int, int]
) -> tuple[Answers, Answers]:
    return (
        answers("control", control, offered[0]),
        answers("treatment", treatment, offered[1]),
    )


def survey(rng: np.random.Generator, size: int, *, treated: bool, gain: float = 0.0) -> np.ndarray:
    """Scores of those who answer: all content ones, and with the perk some more of the others."""
    mood = rng.normal(0, 1, size)
    score = 3 + mood + gain * treated + rng.normal(0, 0.5, size)
    cut = -0.3 if treated else 0.2
    return score[mood > cut]


def lee_by_rows(more: np.ndarray, fewer: np.ndarray, offered: tuple[int, int]) -> list[float]:
    """Trimmed means by sorting rows, the row at the cut counted in part."""
    keep = len(fewer) / offered[1] / (len(more) / offered[0]) * len(more)
    means = []
    for rows in (np.sort(more), -np.sort(-more)):
        weight = np.clip(keep - np.arange(len(rows)), 0, 1)
        means.append(float(weight @ rows / keep))
    return sorted(mean - fewer.mean() for mean in means)


def test_lee_bounds_match_trimming_of_sorted_rows():
    rng = np.random.default_rng(1)
    treatment = np.round(survey(rng, 700, treated=True))
    control = np.round(survey(rng, 500, treated=False))
    found = lee_bounds(*both(control, treatment, (500, 700)), "csat")
    assert [found.low, found.high] == pytest.approx(
        lee_by_rows(treatment, control, (700, 500)), rel=1e-9
    )
    assert found.trimmed == pytest.approx(1 - len(control) / 500 / (len(treatment) / 700))


def test_lee_bounds_trim_control_when_control_answers_more():
    rng = np.random.default_rng(2)
    first, second = survey(rng, 700, treated=True), survey(rng, 500, treated=False)
    forward = lee_bounds(*both(second, first, (500, 700)), "csat")
    backward = lee_bounds(*both(first, second, (700, 500)), "csat")
    assert (backward.low, backward.high) == pytest.approx((-forward.high, -forward.low), rel=1e-12)
    assert (backward.ci_low, backward.ci_high) == pytest.approx(
        (-forward.ci_high, -forward.ci_low), rel=1e-9
    )


def test_lee_standard_errors_match_the_spread_over_samples():
    rng = np.random.default_rng(3)
    found = [
        lee_bounds(
            *both(survey(rng, 800, treated=False), survey(rng, 800, treated=True), (800, 800)),
            "csat",
        )
        for _ in range(1_500)
    ]
    spread = np.std([bound.low for bound in found]), np.std([bound.high for bound in found])
    c = stats.norm.ppf(0.95)  # the span is wide against the error, so the interval is one-sided
    mean = (
        np.mean([bound.low - bound.ci_low for bound in found]) / c,
        np.mean([bound.ci_high - bound.high for bound in found]) / c,
    )
    assert mean == pytest.approx(spread, rel=0.06)


def test_lee_interval_covers_the_effect_on_those_who_answer_in_either_arm():
    rng = np.random.default_rng(4)
    found = [
        lee_bounds(
            *both(
                survey(rng, 600, treated=False),
                survey(rng, 600, treated=True, gain=0.3),
                (600, 600),
            ),
            "csat",
        )
        for _ in range(500)
    ]
    assert np.mean([bound.ci_low <= 0.3 <= bound.ci_high for bound in found]) >= 0.94


def test_bounds_meet_at_the_complete_case_effect_when_equally_many_answer():
    rng = np.random.default_rng(5)
    control, treatment = rng.integers(1, 6, 200) * 1.0, rng.integers(1, 6, 200) * 1.0
    found = compare_survey(*both(control, treatment, (400, 400)), "csat", scale=(1, 5))
    assert found.lee.low == pytest.approx(found.complete_case.effect, abs=1e-12)
    assert found.lee.high == pytest.approx(found.complete_case.effect, abs=1e-12)


def test_worst_case_bounds_fill_in_the_silent_rows():
    rng = np.random.default_rng(6)
    control, treatment = rng.integers(1, 6, 120) * 1.0, rng.integers(2, 6, 90) * 1.0
    found = worst_case_bounds(*both(control, treatment, (200, 150)), "csat", scale=(1, 5))
    low = np.append(treatment, np.full(60, 1.0)), np.append(control, np.full(80, 5.0))
    high = np.append(treatment, np.full(60, 5.0)), np.append(control, np.full(80, 1.0))
    assert found.low == pytest.approx(low[0].mean() - low[1].mean(), rel=1e-12)
    assert found.high == pytest.approx(high[0].mean() - high[1].mean(), rel=1e-12)
    se = np.sqrt(low[0].var(ddof=1) / 150 + low[1].var(ddof=1) / 200)
    assert found.low - found.ci_low == pytest.approx(stats.norm.ppf(0.95) * se, rel=1e-6)


def test_worst_case_bounds_are_the_effect_when_all_answer():
    rng = np.random.default_rng(7)
    control, treatment = rng.integers(1, 6, 200) * 1.0, rng.integers(1, 6, 150) * 1.0
    found = worst_case_bounds(*both(control, treatment, (200, 150)), "csat", scale=(1, 5))
    pair = [
        Moments("any", ("csat",), len(y), np.array([y.mean()]), np.array([[y.var(ddof=1)]]))
        for y in (control, treatment)
    ]
    plain = compare_means(pair[0], pair[1], "csat")
    assert found.low == found.high == pytest.approx(plain.effect, rel=1e-9)
    half = stats.norm.ppf(0.975) * plain.se
    assert found.ci_high - found.high == pytest.approx(half, rel=1e-6)


def test_imbens_manski_lies_between_the_one_and_the_two_sided_quantile():
    for width in (0.0, 0.3, 1.0, 5.0, 100.0):
        c = imbens_manski(width, 1.0, 0.05)
        assert stats.norm.cdf(c + width) - stats.norm.cdf(-c) == pytest.approx(0.95, abs=1e-9)
    assert imbens_manski(0.0, 1.0, 0.05) == pytest.approx(stats.norm.ppf(0.975), rel=1e-6)
    assert imbens_manski(9.0, 0.0, 0.05) == pytest.approx(stats.norm.ppf(0.95), rel=1e-9)


def test_response_effect_matches_statsmodels():
    pair = both(np.repeat([3.0, 4.0], 60), np.repeat([3.0, 5.0], 100), (400, 500))
    found = response_effect(*pair, "csat")
    assert found.metric == "csat_response_rate"
    assert (found.control, found.treatment) == pytest.approx((0.3, 0.4))
    expected = proportions_ztest([200, 120], [500, 400])[1]
    assert found.pvalue == pytest.approx(expected, rel=1e-9)


def test_nobody_answering_is_refused():
    pair = both(np.arange(5.0), np.array([]), (50, 50))
    with pytest.raises(CannotEstimate, match="treatment has no values"):
        compare_survey(*pair, "csat", scale=(0, 5))


def test_a_single_answer_is_refused():
    with pytest.raises(CannotEstimate, match="treatment has fewer than two"):
        lee_bounds(*both(np.arange(5.0), np.array([3.0]), (50, 50)), "csat")


def test_more_answers_than_offers_are_refused():
    with pytest.raises(ValueError, match="more answers than units offered"):
        compare_survey(*both(np.arange(5.0), np.arange(5.0), (4, 9)), "csat", scale=(0, 5))


def test_a_score_outside_the_scale_is_refused():
    with pytest.raises(ValueError, match="outside the scale"):
        compare_survey(*both(np.arange(5.0), np.arange(5.0), (9, 9)), "csat", scale=(1, 5))

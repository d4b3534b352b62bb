import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.did.bacon import FORBIDDEN_KINDS, bacon_decomposition
from cs_lib.methods.errors import CannotEstimate

PERIODS = 12
WEEKS = np.datetime64("2024-01-01") + 7 * np.arange(PERIODS)
DESIGNS = {
    "waves and never": [4] * 3 + [6] * 4 + [9] * 2 + [12] * 3,
    "waves only": [4] * 3 + [6] * 4 + [9] * 2,
    "waves, never and always": [0] * 2 + [4] * 3 + [9] * 2 + [12] * 3,
    "always and one wave": [0] * 3 + [5] * 3,
    "one date": [7] * 2 + [12] * 5,
}


def table(first: list[int], growth: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(3)
    since = np.maximum(np.arange(PERIODS) - np.array(first)[:, None] + 1, 0)
    noise = rng.normal(size=(len(first), PERIODS))
    return rng.normal(5, 2, (len(first), 1)) + rng.normal(size=PERIODS) + noise + growth * since


def panel(first: list[int], values: np.ndarray | None = None) -> TeamPanel:
    start = [WEEKS[f] if f < PERIODS else np.datetime64("NaT") for f in first]
    given = table(first) if values is None else values
    names = np.array([f"team {row}" for row in range(len(first))])
    return TeamPanel("minutes", names, WEEKS, given, np.ones_like(given), np.array(start))


@pytest.mark.parametrize("first", DESIGNS.values(), ids=DESIGNS)
def test_comparisons_add_up_to_the_regression_with_team_and_period_effects(first):
    found = bacon_decomposition(panel(first))
    assert found.weight.sum() == pytest.approx(1, abs=1e-12)
    assert np.all(found.weight > 0)
    assert found.weight @ found.estimate == pytest.approx(found.twfe, abs=1e-10)
    rows = pd.DataFrame(
        {
            "y": table(first).ravel(),
            "team": np.repeat(np.arange(len(first)), PERIODS),
            "week": np.tile(np.arange(PERIODS), len(first)),
            "on": (np.arange(PERIODS) >= np.array(first)[:, None]).ravel().astype(float),
        }
    )
    fit = smf.ols("y ~ on + C(team) + C(week)", rows).fit()
    assert found.twfe == pytest.approx(fit.params["on"], abs=1e-10)


@pytest.mark.parametrize("first", DESIGNS.values(), ids=DESIGNS)
def test_each_comparison_is_the_regression_on_its_two_groups(first):
    values, first_ = table(first), np.array(first)
    found = bacon_decomposition(panel(first))
    places = {np.datetime64(week): place for place, week in enumerate(WEEKS)}
    for kind, changed, control, estimate in zip(
        found.kind, found.changed, found.control, found.estimate, strict=True
    ):
        own = places[changed]
        other = PERIODS if np.isnat(control) else places[control]
        window = slice(0, other) if own < other else slice(other, PERIODS)
        mean = values[:, window]
        before = np.arange(PERIODS)[window] < own
        change = mean[:, ~before].mean(axis=1) - mean[:, before].mean(axis=1)
        expected = change[first_ == own].mean() - change[first_ == other].mean()
        assert estimate == pytest.approx(expected)
        assert (kind in FORBIDDEN_KINDS) == (other < own)


def test_only_forbidden_comparisons_see_growth_as_a_trend():
    first = DESIGNS["waves and never"]
    flat = bacon_decomposition(panel(first, table(first, growth=0.0)))
    grown = bacon_decomposition(panel(first, table(first, growth=1.0)))
    moved = {kind: grown.effect_of[kind] - flat.effect_of[kind] for kind in flat.effect_of}
    assert moved["changed_against_never"] > 2
    assert moved["later_against_earlier"] < 0 < moved["earlier_against_later"]
    assert grown.forbidden_share == pytest.approx(grown.weight_of["later_against_earlier"])


def test_nothing_is_forbidden_with_one_date():
    found = bacon_decomposition(panel(DESIGNS["one date"]))
    assert found.forbidden_share == 0
    assert found.weight_of == pytest.approx({"changed_against_never": 1.0})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("design", ["waves and never", "waves only", "one date"])
def test_weights_and_estimates_match_diff_diff(design):
    package = pytest.importorskip("diff_diff")
    first = np.array(DESIGNS[design])
    rows = pd.DataFrame(
        {
            "y": table(DESIGNS[design]).ravel(),
            "team": np.repeat(np.arange(len(first)), PERIODS),
            "week": np.tile(np.arange(1, PERIODS + 1), len(first)),
            "first": np.repeat(np.where(first < PERIODS, first + 1, 0), PERIODS),
        }
    )
    expected = package.BaconDecomposition().fit(rows, "y", "team", "week", "first").comparisons
    found = bacon_decomposition(panel(DESIGNS[design]))
    pairs = sorted(zip(found.estimate, found.weight, strict=True))
    theirs = sorted((row.estimate, row.weight) for row in expected)
    assert np.array(pairs) == pytest.approx(np.array(theirs))


@pytest.mark.parametrize(
    ("first", "sentence"),
    [([12] * 5, "no team was changed"), ([6] * 5, "all teams were changed at once")],
)
def test_designs_without_a_comparison_are_refused_in_a_sentence(first, sentence):
    with pytest.raises(CannotEstimate, match=sentence):
        bacon_decomposition(panel(first))


def test_gaps_and_constant_values_are_refused():
    first = DESIGNS["one date"]
    holed = table(first)
    holed[2, 3] = np.nan
    with pytest.raises(CannotEstimate, match="team 2 has no cases in 1 of 12"):
        bacon_decomposition(panel(first, holed))
    with pytest.raises(CannotEstimate, match="one and the same value"):
        bacon_decomposition(panel(first, np.ones((7, PERIODS))))

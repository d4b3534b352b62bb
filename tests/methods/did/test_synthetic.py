import numpy as np
import pytest
from scipy.optimize import minimize

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.did.synthetic import fit_weights, simplex_weights, synthetic_effect
from cs_lib.methods.errors import CannotEstimate

PERIODS, BEFORE = 30, 18
WEEKS = np.datetime64("2024-01-01") + 7 * np.arange(PERIODS)
NEVER = np.datetime64("NaT")


def panel(donors: int = 10, *, effect: float = 0.0, level: float = 0.0, seed: int = 1) -> TeamPanel:
    """One changed team, first; all follow two factors with loadings of their own."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(2, PERIODS)).cumsum(axis=1)
    loads = rng.dirichlet(np.ones(2), donors + 1)
    value = 20 + loads @ factors + 0.2 * rng.normal(size=(donors + 1, PERIODS))
    value[0] += level
    value[0, BEFORE:] += effect
    start = np.array([WEEKS[BEFORE]] + [NEVER] * donors)
    names = np.array([f"team {row}" for row in range(donors + 1)])
    return TeamPanel("minutes", names, WEEKS, value, np.ones_like(value), start)


def with_(given: TeamPanel, **changes) -> TeamPanel:
    return TeamPanel(**{name: getattr(given, name) for name in given.__slots__} | changes)


def objective(w: np.ndarray, a: np.ndarray, b: np.ndarray, ridge: float) -> float:
    return float(((a @ w - b) ** 2).sum() + ridge * (w**2).sum())


@pytest.mark.parametrize("ridge", [0.0, 0.1, 10.0])
@pytest.mark.parametrize(("rows", "columns"), [(30, 8), (12, 12), (6, 15)])
def test_simplex_weights_are_no_worse_than_sequential_quadratic_programming(rows, columns, ridge):
    rng = np.random.default_rng([rows, columns])
    a, b = rng.normal(size=(rows, columns)), rng.normal(size=rows)
    found = simplex_weights(a, b, ridge=ridge)
    assert found.sum() == pytest.approx(1) and found.min() >= 0
    expected = minimize(
        objective,
        np.full(columns, 1 / columns),
        (a, b, ridge),
        method="SLSQP",
        bounds=[(0, 1)] * columns,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        options={"ftol": 1e-14, "maxiter": 2000},
    )
    assert objective(found, a, b, ridge) <= expected.fun + 1e-9
    if ridge or rows > columns:
        assert found == pytest.approx(expected.x, abs=1e-4)


def test_simplex_weights_meet_the_conditions_of_the_optimum():
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(25, 9)) * 1e3, rng.normal(size=25) * 1e3
    w = simplex_weights(a, b, ridge=7.0)
    slope = 2 * a.T @ (a @ w - b) + 14.0 * w
    assert slope[w > 0] == pytest.approx(slope @ w, rel=1e-6)
    assert np.all(slope[w == 0] >= slope @ w - 1e-6 * abs(slope @ w))


def test_simplex_weights_of_a_perfect_match_are_that_column():
    a = np.random.default_rng(1).normal(size=(10, 5))
    assert simplex_weights(a, a[:, 3]) == pytest.approx(np.eye(5)[3], abs=1e-12)
    assert simplex_weights(np.ones((4, 5)), np.ones(4)) == pytest.approx(np.full(5, 0.2))


def california():
    package = pytest.importorskip("synthdid")
    rows = package.load_california_prop99()
    table = rows.pivot(index="State", columns="Year", values="PacksPerCapita")
    others = [state for state in table.index if state != "California"]
    return package, table.loc[[*others, "California"]]


def test_californian_smoking_matches_the_published_numbers():
    """Arkhangelsky et al. 2021, table 1: SDiD -15.6, synthetic control -19.6."""
    _, table = california()
    y = table.to_numpy()
    assert fit_weights(y[-1], y[:-1], 19, "did").effect == pytest.approx(-15.6, abs=0.05)
    assert fit_weights(y[-1], y[:-1], 19, "control").effect == pytest.approx(-19.6, abs=0.15)


@pytest.mark.parametrize(("how", "name"), [("did", "synthdid"), ("control", "sc")])
def test_californian_weights_match_synthdid_run_to_convergence(how, name):
    package, table = california()
    estimate = getattr(package, f"{name}_estimate")
    theirs = estimate(table.to_numpy(), 38, 19, max_iter=50_000, min_decrease=1e-7, sparsify=None)
    found = fit_weights(table.to_numpy()[-1], table.to_numpy()[:-1], 19, how)
    assert found.effect == pytest.approx(float(theirs), abs=0.02)
    assert found.donor == pytest.approx(theirs.weights.omega, abs=5e-3)
    if how == "did":
        assert found.period == pytest.approx(theirs.weights.lambda_, abs=2e-3)


def test_synthetic_control_weights_match_pysyncon():
    package = pytest.importorskip("pysyncon")
    pandas = pytest.importorskip("pandas")
    given = panel()
    before = pandas.DataFrame(given.value[1:, :BEFORE].T)
    team = pandas.Series(given.value[0, :BEFORE], name="changed")
    unscaled = given.value[:, :BEFORE].var(axis=0, ddof=1)  # they divide rows by their spread
    fit = package.Synth()
    fit.fit(X0=before, X1=team, Z0=before, Z1=team, custom_V=unscaled)
    found = synthetic_effect(given, how="control")
    assert found.donor_weight == pytest.approx(np.asarray(fit.W), abs=1e-3)
    assert found.prefit_rmse <= np.sqrt(fit.mspe(Z0=before, Z1=team)) + 1e-9


@pytest.mark.parametrize("how", ["control", "did"])
def test_a_planted_effect_is_recovered_within_its_interval(how):
    found = synthetic_effect(panel(effect=3.0), how=how)
    assert found.effect.effect_ci_low < 3.0 < found.effect.effect_ci_high
    assert found.effect.pvalue < 0.001
    assert found.rank_p == found.smallest_p == pytest.approx(1 / 11)
    assert found.fit == "good"


def test_synthetic_did_is_a_weighted_double_difference():
    given = panel(effect=1.0)
    found = synthetic_effect(given)
    gap = given.value[0] - found.donor_weight @ given.value[1:]
    expected = gap[BEFORE:].mean() - found.period_weight @ gap[:BEFORE]
    assert found.effect.effect == pytest.approx(expected)
    assert found.donor_weight.sum() == pytest.approx(1)
    assert found.period_weight.sum() == pytest.approx(1)
    after = found.observed[BEFORE:] - found.counterfactual[BEFORE:]
    assert after.mean() == pytest.approx(found.effect.effect)
    assert found.effect.treatment - found.effect.control == pytest.approx(expected)


def test_placebos_take_every_donor_for_changed_with_the_others_as_donors():
    given = panel()
    found = synthetic_effect(given, how="control")
    others = given.value[1:]
    expected = [
        fit_weights(others[i], np.delete(others, i, 0), BEFORE, "control").effect for i in range(10)
    ]
    assert found.placebo_effect == pytest.approx(expected)
    assert found.effect.se == pytest.approx(np.std(expected, ddof=1))
    assert found.effect.df == 9


def test_a_level_of_its_own_is_nothing_to_did_and_refused_by_control():
    found, lifted = synthetic_effect(panel()), synthetic_effect(panel(level=15.0))
    assert lifted.effect.effect == pytest.approx(found.effect.effect)
    assert lifted.prefit_rmse == pytest.approx(found.prefit_rmse)
    with pytest.raises(CannotEstimate, match="no mix of the other teams follows team 0"):
        synthetic_effect(panel(level=15.0), how="control")


def test_a_middling_fit_is_flagged():
    given = panel()
    wave = given.value.copy()
    wave[0] += 2.0 * np.sin(np.arange(PERIODS))
    found = synthetic_effect(with_(given, value=wave), how="control")
    assert found.fit == "poor"
    assert 1.5 * found.noise < found.prefit_rmse < 3 * found.noise


def test_other_changed_teams_are_no_donors():
    given = panel(12)
    start = given.start.copy()
    start[5] = WEEKS[20]
    both = with_(given, start=start)
    with pytest.raises(CannotEstimate, match="several teams were changed"):
        synthetic_effect(both)
    found = synthetic_effect(both, team="team 0")
    assert found.left_out == ("team 5",) and "team 5" not in found.donors
    assert len(found.donors) == 11
    with pytest.raises(ValueError, match="team 3 is not a team changed"):
        synthetic_effect(both, team="team 3")


def test_the_same_panel_gives_the_same_answer():
    one, other = synthetic_effect(panel()), synthetic_effect(panel())
    assert one.effect == other.effect
    assert np.array_equal(one.donor_weight, other.donor_weight)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"start": np.full(11, NEVER)}, "no team was changed"),
        ({"start": np.array([WEEKS[9]] + [NEVER] * 10)}, "9 periods before the change; 10"),
        ({"value": np.ones((11, PERIODS))}, "one and the same value"),
        ({"value": np.where(np.arange(11) < 1, 2.0, np.ones((PERIODS, 1))).T}, "do not vary"),
        ({"weight": np.where(np.arange(PERIODS) == 3, 0.0, np.ones((11, 1)))}, "no cases in 1"),
    ],
)
def test_panels_that_carry_no_comparison_are_refused_in_a_sentence(changes, sentence):
    with pytest.raises(CannotEstimate, match=sentence):
        synthetic_effect(with_(panel(), **changes))


def test_seven_donors_are_too_few():
    with pytest.raises(CannotEstimate, match="7 teams were never changed; 8 are needed"):
        synthetic_effect(panel(7))

"""A frame with a row per customer: the same result as by hand, as by a source on the disk, and one sentence a fault."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.proportion import proportions_ztest

from cs_lib import data, experiment, metrics, params
from cs_lib.data import DataError
from cs_lib.params import ParamsError
from cs_lib.report import cards

ASKED = {"variant": "group", "outcome": "bought", "control": "A", "min_effect": 0.02}


def trial(n=2000, seed=3):
    """Customers of two variants, one in three buys, and B lifts that by six points; spend rests on what was before."""
    rng = np.random.default_rng(seed)
    group = np.where(np.arange(n) % 2, "B", "A")
    before = rng.gamma(2, 20, n).round(2)
    bought = (rng.random(n) < np.where(group == "B", 0.42, 0.30)).astype(int)
    spend = (bought * rng.gamma(3, 10, n) + 0.5 * before).round(2)
    return pd.DataFrame({
        "id": [f"C{i}" for i in range(n)], "group": group, "bought": bought, "Umsatz EUR": spend, "before": before,
        "orders": bought + rng.integers(0, 2, n), "Region": np.where(np.arange(n) % 3, "N", "S"),
    })  # fmt: skip


@pytest.fixture(scope="module")
def frame():
    return trial()


def split(frame, column):
    return frame[column][frame.group == "A"], frame[column][frame.group == "B"]


def test_a_share_is_what_two_proportions_are(frame):
    result = experiment.compare(frame, **ASKED)
    a, b = split(frame, "bought")
    _, p = proportions_ztest([b.sum(), a.sum()], [len(b), len(a)])
    assert result.effect.metric == "share(bought)"
    assert result.effect.effect == pytest.approx(b.mean() - a.mean(), abs=1e-12)
    assert result.effect.pvalue == pytest.approx(p, rel=1e-9)
    assert result.decision.verdict == "ship"


def test_a_mean_is_what_welch_says(frame):
    effect = experiment.compare(frame, **ASKED | {"outcome": "Umsatz EUR", "min_effect": 1}).effect
    a, b = split(frame, "Umsatz EUR")
    test = stats.ttest_ind(b, a, equal_var=False)
    low, high = test.confidence_interval()
    assert (effect.effect, effect.pvalue) == pytest.approx(
        (b.mean() - a.mean(), test.pvalue), rel=1e-9
    )
    assert (effect.effect_ci_low, effect.effect_ci_high) == pytest.approx((low, high), rel=1e-9)


def test_a_ratio_is_the_ratio_of_sums(frame):
    said = ASKED | {"outcome": "ratio(Umsatz EUR, orders)", "min_effect": 1}
    effect = experiment.compare(frame, **said).effect
    sums = frame.groupby("group")[["Umsatz EUR", "orders"]].sum()
    ratio = sums["Umsatz EUR"] / sums["orders"]
    assert (effect.control, effect.treatment) == pytest.approx((ratio["A"], ratio["B"]), rel=1e-12)


def test_a_covariate_adjusts_as_a_regression_in_each_variant_does(frame):
    said = ASKED | {"outcome": "Umsatz EUR", "min_effect": 1, "covariates": "before"}
    effect = experiment.compare(frame, **said).effect
    centred = frame.before - frame.before.mean()
    treated = (frame.group == "B").astype(float)
    design = sm.add_constant(np.column_stack([treated, centred, treated * centred]))
    fitted = sm.OLS(frame["Umsatz EUR"], design).fit(cov_type="HC2")
    assert effect.effect == pytest.approx(fitted.params.iloc[1], rel=1e-9)
    assert effect.se == pytest.approx(fitted.bse.iloc[1], rel=0.01)


@pytest.mark.parametrize(
    "make",
    [pa.Table.from_pandas, lambda f: f.set_index("id"), lambda f: f.astype({"bought": bool})],
)
def test_the_kind_of_frame_changes_no_number(frame, make):
    assert (
        experiment.compare(make(frame), **ASKED).effect == experiment.compare(frame, **ASKED).effect
    )


def test_a_relation_is_a_frame(frame):
    import duckdb

    relation = duckdb.connect().from_df(frame)
    assert experiment.compare(relation, **ASKED).effect == experiment.compare(frame, **ASKED).effect


def test_whole_clusters_and_segments_are_labels(frame):
    told = experiment.compare(frame, **ASKED, segments="Region").best.explained.segments
    assert set(told) == {"region"}
    by = frame.assign(agent=[f"{g}{i % 40}" for i, g in enumerate(frame.group)])
    effect = experiment.compare(by, **ASKED, cluster="agent").effect
    assert effect.details["counted_by"] == "agent"


def test_a_broken_split_withholds_the_effect(frame):
    result = experiment.compare(frame, **ASKED, weights={"A": 0.6, "B": 0.4})
    assert (result.decision.verdict, result.effect) == ("invalid", None)


def checked(result, code):
    return next(check for check in result.checks if check.code == code)


def test_empty_outcomes_are_left_out_and_told(frame):
    holes = frame.assign(bought=frame.bought.where(np.arange(len(frame)) % 10 > 1))
    result = experiment.compare(holes, **ASKED)
    assert result.observed == {"A": 800, "B": 800}
    assert checked(result, "outcomes_there").passed is None
    uneven = frame.assign(
        bought=frame.bought.where((frame.group == "A") | (np.arange(len(frame)) % 10 > 1))
    )
    assert experiment.compare(uneven, **ASKED).decision.verdict == "invalid"


def test_a_guardrail_that_is_empty_for_some_is_no_guardrail(frame):
    holes = frame.assign(orders=frame.orders.where(frame.index > 4))
    result = experiment.compare(holes, **ASKED, guardrails={"orders": 0.5})
    assert result.rails == ()
    assert "empty for 5 customers" in str(checked(result, "usual_guardrails_available").finding)


def test_without_a_customer_nobody_claims_that_none_stands_twice(frame):
    assert checked(experiment.compare(frame, **ASKED), "one_assignment").passed is None
    assert checked(experiment.compare(frame, **ASKED, customer="id"), "one_assignment").passed


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"outcome": "bougth"}, "column 'bougth' is missing; did you mean 'bought'?"),
        ({"outcome": "Region"}, "region is not a number in 2,000 rows"),
        ({"outcome": "share(orders)"}, "mean(orders) is its mean"),
        ({"control": "C"}, "no variant 'C'; there are 'A', 'B'"),
        ({"weights": {"A": 1.0}}, "must have the planned share of every variant: 'A', 'B'"),
        ({"outcom": 1}, "did you mean 'outcome'?"),
        ({"min_effect": None}, "min_effect: missing: the smallest difference worth acting on"),
        ({"outcome": "before", "covariates": "before"}, "'before' was known before the assignment"),
    ],
)  # fmt: skip
def test_a_fault_is_one_sentence(frame, change, words):
    with pytest.raises((ParamsError, DataError)) as told:
        experiment.compare(frame, **ASKED | change)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda f: f.bought, "a Series is one column, a table is wanted"),
        (lambda f: [1, 2], "a list is no table"),
        (lambda f: pd.concat([f, f.head(3)]), "rows share their key (customer_id): 3 cases"),
        (lambda f: f.assign(group=f.group.where(f.index > 0)), "variant is empty in 1 row"),
    ],
)
def test_a_frame_that_is_none_is_told(frame, wrong, words):
    with pytest.raises(DataError) as told:
        experiment.compare(wrong(frame), **ASKED, customer="id")
    assert words in str(told.value)


def test_everything_that_is_missing_is_told_at_once(frame):
    with pytest.raises(ParamsError) as told:
        experiment.compare(frame)
    assert [one.key for one in told.value.problems] == [
        "variant",
        "outcome",
        "control",
        "min_effect",
    ]


def test_it_shows_itself_as_the_page_does(frame):
    shown = cards.html(experiment.compare(frame, **ASKED))
    assert "1970" not in shown
    assert "2,000 customers" in shown


def test_what_was_saved_gives_the_same_numbers_again(frame, project):
    said = {
        "covariates": "before",
        "segments": "Region",
        "guardrails": {"Umsatz EUR": 1.0},
        "customer": "id",
    }
    outcomes = {"Umsatz EUR": {"label": "Umsatz je Kunde", "unit": "money"}}
    result = experiment.compare(frame, **ASKED, **said, outcomes=outcomes, currency="EUR")
    files = result.save("winter_coupon")
    assert files == [
        "data/winter_coupon.parquet",
        "params/sources/winter_coupon.yaml",
        "params/winter_coupon.yaml",
    ]
    study = params.load("winter_coupon")
    again = experiment.analyze(metrics.gather(data.load(study), study), study)
    assert again.effects() == result.effects()
    assert [(c.code, c.passed) for c in again.checks] == [(c.code, c.passed) for c in result.checks]
    assert again.rails == result.rails
    with pytest.raises(ParamsError, match="is there already"):
        result.save("winter_coupon")
    with pytest.raises(ParamsError, match="small letters"):
        result.save("Winter Coupon")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project, which is where settings are saved."""
    (tmp_path / "params" / "sources").mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setenv("CS_HOME", str(tmp_path))
    return tmp_path

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from cs_lib.experiment.multiplicity import holm, holm_levels


@pytest.fixture(params=range(20))
def pvalues(request) -> np.ndarray:
    rng = np.random.default_rng(request.param)
    return rng.random(request.param % 6 + 1) ** 4


def test_holm_matches_statsmodels(pvalues):
    assert holm(pvalues) == pytest.approx(multipletests(pvalues, method="holm")[1], rel=1e-12)


def test_holm_levels_agree_with_the_test_on_every_comparison(pvalues):
    rejected = multipletests(pvalues, alpha=0.05, method="holm")[0]
    assert ((pvalues <= holm_levels(pvalues, 0.05)) == rejected).all()


def test_holm_levels_follow_the_steps():
    levels = holm_levels([0.2, 0.001, 0.6, 0.012], 0.06)
    assert levels == pytest.approx([0.03, 0.015, 0.03, 0.02])


def test_holm_keeps_the_order_of_ties():
    assert holm([0.02, 0.02, 0.5]) == pytest.approx([0.06, 0.06, 0.5])


def test_holm_refuses_a_missing_pvalue():
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.2, float("nan")])

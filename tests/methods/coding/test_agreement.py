"""Agreement against published values, a second implementation of the variances, and tables that carry little."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from cs_lib.methods.coding.agreement import agreement, share
from cs_lib.methods.errors import CannotEstimate

YES_NO = ("yes", "no")


def two_by_two(both, only_first, only_second, neither):
    return agreement(YES_NO, [[both, only_first], [only_second, neither]])


def test_kappa_has_its_published_interval():
    found = two_by_two(31, 12, 4, 58)
    assert found.kappa == pytest.approx((0.6756757, 0.5317210, 0.8196303), abs=5e-8)
    assert (found.kappa.high - found.kappa.value) / 1.959964 == pytest.approx(0.0734476, abs=5e-7)


@pytest.mark.parametrize(
    ("cells", "kappa"),
    [((20, 5, 10, 15), 0.4), ((40, 9, 6, 45), 0.6995), ((80, 10, 5, 5), 0.3182)],
)
def test_kappa_of_published_tables(cells, kappa):
    assert two_by_two(*cells).kappa.value == pytest.approx(kappa, abs=5e-5)


def test_a_rare_class_makes_kappa_low_and_leaves_raw_agreement_and_ac1_high():
    found = two_by_two(80, 10, 5, 5)
    assert found.agreed.value == 0.85
    assert found.kappa.value == pytest.approx(0.3182, abs=5e-5)
    assert found.ac1.value == pytest.approx(0.808, abs=5e-4)


def test_each_class_has_precision_and_recall():
    found = agreement(("A", "B", "C"), [[8, 2, 0], [1, 5, 0], [0, 4, 0]])
    a, b, c = found.classes
    assert (a.reference, a.other, a.both) == (10, 9, 8)
    assert a.precision.value == 8 / 9 and a.recall.value == 0.8
    assert b.precision.value == 5 / 11 and b.recall.value == 5 / 6
    assert c.recall.value == 0 and isnan(c.precision.value)
    assert found.n == 20 and found.agreed.value == 13 / 20


def kappa_of(cells):
    chance = cells.sum(axis=0) @ cells.sum(axis=1)
    return (np.trace(cells) - chance) / (1 - chance)


def ac1_of(cells):
    usual = (cells.sum(axis=0) + cells.sum(axis=1)) / 2
    chance = (usual * (1 - usual)).sum() / (len(cells) - 1)
    return (np.trace(cells) - chance) / (1 - chance)


@pytest.mark.parametrize(("of", "name"), [(kappa_of, "kappa"), (ac1_of, "ac1")])
@pytest.mark.parametrize("size", [2, 4])
def test_the_intervals_are_those_of_the_delta_method(of, name, size):
    """Multinomial delta method with numeric derivatives."""
    table = np.random.default_rng(size).integers(3, 40, (size, size)) + 60 * np.eye(size, dtype=int)
    n, step = table.sum(), 1e-6
    cells = table / n
    slopes = np.array(
        [
            (of(cells + step * unit) - of(cells - step * unit)) / (2 * step)
            for unit in np.eye(size**2).reshape(-1, size, size)
        ]
    )
    flat = cells.ravel()
    se = np.sqrt((flat @ slopes**2 - (flat @ slopes) ** 2) / n)
    found = getattr(agreement([f"c{i}" for i in range(size)], table), name)
    assert found.value == pytest.approx(of(cells), abs=1e-12)
    assert (found.high - found.low) / 2 / 1.959964 == pytest.approx(se, rel=1e-5)


def test_wilsons_interval_of_none_and_of_all():
    assert share(0, 10) == pytest.approx((0, 0, 0.2775), abs=5e-5)
    assert share(10, 10).high == pytest.approx(1.0)


def test_one_class_that_both_always_gave_has_no_kappa():
    found = agreement(YES_NO, [[30, 0], [0, 0]])
    assert isnan(found.kappa.value) and found.agreed.value == 1 and found.ac1.value == 1


def test_nothing_coded_twice_is_said():
    with pytest.raises(CannotEstimate, match="No contact was coded twice"):
        agreement(YES_NO, [[0, 0], [0, 0]])
    with pytest.raises(ValueError, match="one row and one column"):
        agreement(YES_NO, [[1, 2, 3]])

"""Shares corrected by a coded sample: by hand, against rows, and how often their intervals hold."""

from __future__ import annotations

import numpy as np
import pytest

from cs_lib.methods.coding.corrected_shares import Stratum, corrected_shares
from cs_lib.methods.errors import CannotEstimate

NAMES = ("agent", "product")


def stratum(size, coded, name="all"):
    return Stratum(name, size, np.array(coded))


def corrected(ruled, coded, names=NAMES):
    return corrected_shares(names, np.array(ruled), [stratum(sum(ruled), coded)])


def test_the_correction_is_the_mean_of_people_minus_rules():
    # Rules: 60 of 100 agent. In the sample of 20 people took 6 of 12 from the agent and gave 1 back.
    agent, product = corrected([60, 40], [[6, 6], [1, 7]])
    assert agent.raw == 0.6 and agent.share == pytest.approx(0.6 - 5 / 20)
    assert product.share == pytest.approx(0.4 + 5 / 20)
    assert (agent.coded, agent.given, product.given) == (20, 7, 13)
    variance = 0.6 * 0.4 / 100 + ((6 + 1 + 1) / 22 - (5 / 22) ** 2) / 22
    assert agent.se == pytest.approx(variance**0.5)
    assert (agent.low, agent.high) == pytest.approx(
        (0.35 - 1.959964 * agent.se, 0.35 + 1.959964 * agent.se)
    )


def test_strata_count_by_their_contacts_not_by_their_samples():
    few = stratum(900, [[10, 0], [0, 10]], "chat")
    many = stratum(100, [[50, 50], [0, 0]], "phone")
    agent, _ = corrected_shares(NAMES, np.array([190, 810]), [few, many])
    assert agent.raw == 0.19
    assert agent.share == pytest.approx(0.19 - 0.1 * 0.5)
    # Weights of a sample that stand for half of the contacts say the same.
    half = [stratum(450, few.coded), stratum(50, many.coded)]
    assert corrected_shares(NAMES, np.array([190, 810]), half)[0] == agent


def test_it_is_the_difference_estimator_of_the_rows():
    rng = np.random.default_rng(3)
    rules = rng.integers(0, 3, 5_000)
    people = np.where(rng.random(5_000) < 0.7, rules, rng.integers(0, 3, 5_000))
    some = rng.choice(5_000, 400, replace=False)
    coded = np.zeros((3, 3), dtype=int)
    np.add.at(coded, (rules[some], people[some]), 1)
    found = corrected(np.bincount(rules), coded, names="abc")
    for label, one in enumerate(found):
        f, h = rules == label, people[some] == label
        apart = h.astype(float) - f[some]
        assert one.share == pytest.approx(f.mean() + apart.mean())
        assert one.se == pytest.approx(np.sqrt(f.var() / 5_000 + apart.var() / 400), rel=0.03)


@pytest.mark.parametrize(("n", "right"), [(50, 0.98), (50, 0.8), (200, 0.8), (200, 0.6)])
def test_the_interval_holds_and_the_rules_alone_do_not(n, right):
    """Rules that take the product for the agent: 600 samples, the truth held in 93 % of them and more."""
    rng = np.random.default_rng(n)
    held = naive = 0
    for _ in range(600):
        people = rng.random(8_000) < 0.25
        rules = np.where(rng.random(8_000) < right, people, True)
        some = slice(0, n)
        coded = np.histogram2d(~rules[some], ~people[some], bins=2, range=((0, 1), (0, 1)))[0]
        ruled = [int(rules.sum()), int((~rules).sum())]
        agent, _ = corrected(ruled, coded.astype(int))
        held += agent.low <= 0.25 <= agent.high
        naive += abs(agent.raw - 0.25) < 0.01
    assert held / 600 >= 0.93
    assert right == 0.98 or (held / 600 <= 0.98 and naive == 0)


def test_too_few_coded_contacts_are_said():
    with pytest.raises(CannotEstimate, match="People coded 9 contacts of chat"):
        corrected_shares(NAMES, np.array([5, 5]), [stratum(10, [[9, 0], [0, 0]], "chat")])
    with pytest.raises(CannotEstimate, match="no contact"):
        corrected([0, 0], [[9, 9], [9, 9]])

"""Simulated folders: the planted sum lies in the interval, what faded is found, what misleads is told."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from cs_lib.data.simulate.study_folder.folder import StudyFolder, study_folder
from cs_lib.experiment.improvement_portfolio.analyze import analyze
from cs_lib.experiment.improvement_portfolio.result import PortfolioResult
from tests.experiment.improvement_portfolio.made import evidence, portfolio

SEEDS = range(1, 21)
YEAR = {"design": {"period": ["2025-01-01", "2025-12-31"], "headline": None}}


@cache
def folder(seed: int) -> StudyFolder:
    return study_folder(seed)


@cache
def answer(seed: int) -> PortfolioResult:
    found = {path: text.encode() for path, text in folder(seed).files.items()}
    return analyze(evidence(found), portfolio(**YEAR))


def true_sum(seed: int) -> float:
    """What the claimed shares of the year truly brought."""
    truth = folder(seed).truth.studies
    counted = [
        one
        for one in answer(seed).ledger
        if one.measured and one.measured.of == answer(seed).main.of
    ]
    return sum(one.weight * truth[one.study].effect for one in counted)


def test_the_planted_sum_lies_in_the_interval() -> None:
    inside = [answer(s).main.total.low <= true_sum(s) <= answer(s).main.total.high for s in SEEDS]
    assert sum(inside) >= len(SEEDS) - 3


def test_sums_are_nearer_to_the_truth_than_those_as_measured() -> None:
    shrunk = [answer(s).main.total.mean - true_sum(s) for s in SEEDS]
    raw = [answer(s).main.plain.raw - true_sum(s) for s in SEEDS]
    assert np.mean(np.square(shrunk)) < np.mean(np.square(raw))


def test_what_is_called_faded_has_faded_and_what_lasts_is_not() -> None:
    called = [
        (s, e.study)
        for s in SEEDS
        for e in answer(s).ledger
        if e.held and e.held.standing == "faded"
    ]
    lasting = {(s, study) for s in SEEDS for study in folder(s).truth.lasting}
    assert len(called) >= 10
    assert len([one for one in called if one in lasting]) <= 1


def test_hardly_anything_that_faded_is_said_to_hold() -> None:
    said = [
        e.held.standing
        for s in SEEDS
        for e in answer(s).ledger
        if e.held and e.study in folder(s).truth.faded
    ]
    assert len(said) >= 20
    assert np.mean([one == "holds" for one in said]) <= 0.15


@pytest.mark.parametrize("seed", [1, 8, 13])
def test_everything_that_is_no_plain_result_is_told(seed: int) -> None:
    found, truth = answer(seed), folder(seed).truth
    states = {(one.study, one.state) for one in found.drawer}
    assert {(name, "planned") for name in truth.not_run} <= states
    assert {(name, "failed") for name in truth.failed} <= states
    unread = {one.where.split("/")[0] for one in found.unread}
    assert unread == set(truth.unreadable) | set(truth.newer)
    assert {e.study for e in found.ledger if e.plan_changed} == {
        name for name in truth.plan_changed if name in {e.study for e in found.ledger}
    }
    entries = {e.study: e for e in found.ledger}
    for first, second in truth.overlaps:
        if (
            first in entries
            and second in entries
            and entries[first].measured
            and entries[second].measured
        ):
            assert bool(entries[first].inside_of) != bool(entries[second].inside_of)
    known = {group.metric + group.currency + group.kind: set(group.known) for group in truth.groups}
    for one in found.families:
        notebook = "perk_ab_test" if one.of.kind == "randomised" else "before_after"
        members = {e.study for e in found.ledger if e.measured and e.measured.of == one.of}
        assert members == known[one.of.metric + one.of.currency + notebook]

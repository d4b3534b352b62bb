"""A page of false alarms is read by nobody: on clean desks every check is silent."""

from __future__ import annotations

import pytest

from cs_lib.params.data_health import ANALYSES
from tests.diagnosis.data_health.conftest import failing


def test_a_cut_in_the_middle_of_the_spring_festival_is_no_fault(health):
    assert [str(finding.check.found) for finding in failing(health(1, as_of="2026-02-20"))] == []


def test_a_roll_out_in_waves_is_no_fault_of_the_data(health):
    assert [str(f.check.found) for f in failing(health(1, story="rollout_in_waves"))] == []


@pytest.mark.parametrize(
    "seed", [1, 8, 15, 20]
)  # all of twenty, and many more, in `python -m tests.bench`
def test_every_check_is_silent_on_a_clean_desk(health, seed):
    result = health(seed, 2_000)
    assert [str(finding.check.found) for finding in failing(result)] == []
    assert (result.decision.verdict, result.fix_first) == ("fit", None)
    assert {each.analysis: each.state for each in result.readiness} == dict.fromkeys(
        ANALYSES, "yes"
    )

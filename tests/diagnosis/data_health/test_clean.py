"""A page of false alarms is read by nobody: on clean desks every check is silent."""

from __future__ import annotations

import pytest

from cs_lib.params.data_health import ANALYSES
from tests.diagnosis.data_health.conftest import failing


@pytest.mark.parametrize("seed", range(1, 21))
def test_every_check_is_silent_on_a_clean_desk(health, seed):
    result = health(seed, 2_000)
    assert [str(finding.check.found) for finding in failing(result)] == []
    assert (result.decision.verdict, result.fix_first) == ("fit", None)
    assert {each.analysis: each.state for each in result.readiness} == dict.fromkeys(
        ANALYSES, "yes"
    )

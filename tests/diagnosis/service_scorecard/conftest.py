"""Desks over two years, one with a product fix and a slow team, one on which nothing changes."""

from __future__ import annotations

import pandas as pd
import pytest

from cs_lib.data.simulate import SimulatedDesk
from cs_lib.diagnosis.service_scorecard.result import ScorecardResult
from tests.diagnosis.service_scorecard.made import desk_of, result_of, tables_of


@pytest.fixture(scope="session")
def loud() -> tuple[SimulatedDesk, ScorecardResult]:
    """A desk whose manual was rewritten and one of whose teams got slow."""
    desk = desk_of(7, 20_000, "scorecard")
    return desk, result_of(tables_of(desk))


@pytest.fixture
def calm() -> dict[str, pd.DataFrame]:
    """The tables of a small desk on which nothing changes, to be spoilt."""
    return tables_of(desk_of(3, 5_000, "scorecard_quiet"))

"""A desk of its own for all counts of the scorecard, made once, and weeks of February 2026."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from cs_lib.data import Desk
from tests.conftest import TinySource

START, END = date(2026, 2, 1), date(2026, 2, 28)  # four whole weeks
SIMULATED = {
    "source": "tiny",
    "title": "Desk",
    "timezone": "Asia/Shanghai",
    "currency": "CNY",
    "simulate": {"seed": 7, "customers": 2_500, "story": "usual"},
}


@pytest.fixture(scope="package")
def simulated(tmp_path_factory) -> Iterator[Desk]:
    """The usual desk of 2,500 customers, observed for a year to the end of June 2026; only read."""
    home = tmp_path_factory.mktemp("scorecard")
    for folder in ("params/sources", "notebooks"):
        (home / folder).mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CS_HOME", str(home))
        patch.setenv("CS_CACHE", str(home / "cache"))
        tiny = TinySource(home)
        tiny.settings = dict(SIMULATED)
        desk = tiny.desk("2026-07-01")
    yield desk
    desk.close()

"""Contacts about needs small enough to check by eye, and whole desks with planted truths."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from cs_lib.data import Desk
from cs_lib.data import simulate as desks
from cs_lib.data.simulate.causes.truth import CausesTruth
from cs_lib.metrics.queries.needs.contacts_read import contacts_read
from tests.conftest import TinySource

START, END = date(2026, 1, 1), date(2026, 6, 30)


@pytest.fixture
def read(observed) -> Callable[..., object]:
    """The contacts of the source read for the first half of 2026."""

    def of(as_of="2026-07-01", days=(START, END), **how):
        return contacts_read(observed(as_of), *days, **how)

    return of


def simulated(source: TinySource, customers: int, story: str) -> Desk:
    """The simulated desk of seed 7, observed for a year to the end of June 2026."""
    source.settings = {
        "source": "tiny",
        "title": "Desk",
        "timezone": "Asia/Shanghai",
        "currency": "CNY",
        "simulate": {"seed": 7, "customers": customers, "story": story},
    }
    return source.desk("2026-07-01")


@contextmanager
def opened(home: Path, customers: int, story: str) -> Iterator[Desk]:
    """Such a desk in a project of its own."""
    for folder in ("params/sources", "notebooks"):
        (home / folder).mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CS_HOME", str(home))
        patch.setenv("CS_CACHE", str(home / "cache"))
        desk = simulated(TinySource(home), customers, story)
    yield desk
    desk.close()


@pytest.fixture(scope="package")
def usual(tmp_path_factory) -> Iterator[Desk]:
    """The usual desk of 20,000 customers; made once, only read."""
    with opened(tmp_path_factory.mktemp("usual"), 20_000, "usual") as desk:
        yield desk


@pytest.fixture(scope="package")
def planted(tmp_path_factory) -> Iterator[tuple[Desk, CausesTruth]]:
    """A desk with a coded sample, texts and a need that rises, and its truths; made once, only read."""
    plan = desks.STORIES["emerging_needs"]
    truth = desks.simulate(seed=7, customers=15_000, plan=plan).truth.needs_and_causes
    assert truth is not None
    with opened(tmp_path_factory.mktemp("planted"), 15_000, "emerging_needs") as desk:
        yield desk, truth

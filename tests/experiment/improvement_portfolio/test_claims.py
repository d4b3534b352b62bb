"""No cell of metric, scope and day is claimed twice."""

from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_lib.experiment.improvement_portfolio.claims import claims, length, months, without
from cs_lib.experiment.improvement_portfolio.result import Kindred, Measured

YEAR = (date(2025, 7, 1), date(2026, 6, 30))


DAYS = ("2026-01-01", "2026-03-31")


def study(
    name: str,
    first: str = DAYS[0],
    last: str = DAYS[1],
    *,
    width: float = 2.0,
    kind: str = "before_after",
    joint: bool = False,
    verdict: str = "improved",
    source: str = "",
    **scope: tuple[str, ...],
) -> Measured:
    """One study of the contacts per 1,000 orders."""
    return Measured(
        study=name, question="", notebook="", verdict=verdict, as_of=YEAR[1],
        of=Kindred("contact_rate", "per_1000", "", kind), label="", good="down", scope=scope, source=source,
        first=date.fromisoformat(first), last=date.fromisoformat(last), effect=-1.0, se=1.0, low=-1 - width,
        high=-1 + width, customers=0, joint=joint,
    )  # fmt: skip


def test_studies_of_other_needs_claim_side_by_side() -> None:
    found = claims([study("a", need_code=("x",)), study("b", need_code=("y",))], YEAR, {}, {})
    assert found["a"].days == found["b"].days == ((date(2026, 1, 1), date(2026, 3, 31)),)


def test_the_surer_one_claims_shared_days_and_the_other_what_is_left() -> None:
    found = claims(
        [
            study("wide", "2026-01-01", "2026-04-30", width=4.0),
            study("sure", "2026-02-01", "2026-02-28", width=1.0, need_code=("x",)),
        ],
        YEAR,
        {},
        {},
    )
    assert found["sure"].days == ((date(2026, 2, 1), date(2026, 2, 28)),)
    assert found["wide"].days == (
        (date(2026, 1, 1), date(2026, 1, 31)),
        (date(2026, 3, 1), date(2026, 4, 30)),
    )
    assert found["wide"].inside_of == "sure"


def test_a_randomised_one_goes_before_a_surer_one_and_a_joint_one_before_others() -> None:
    random = study("random", width=9.0, kind="randomised", verdict="ship")
    found = claims([study("sure", width=0.5), study("joint", joint=True), random], YEAR, {}, {})
    assert found["random"].days and not found["joint"].days and not found["sure"].days
    assert found["joint"].inside_of == "random"


def test_two_desks_share_no_cell() -> None:
    found = claims([study("here", source="one"), study("there", source="two")], YEAR, {}, {})
    assert found["here"].days == found["there"].days


def test_scopes_by_different_columns_may_share_cases() -> None:
    found = claims(
        [study("needs", need_code=("x",)), study("teams", team_id=("T1",), width=3.0)], YEAR, {}, {}
    )
    assert found["needs"].days and not found["teams"].days


def test_an_effect_counts_no_longer_than_a_study_confirms_it() -> None:
    one = study("a", "2025-05-01", "2025-09-30")
    assert claims([one], YEAR, {}, {})["a"].days == ((YEAR[0], date(2025, 9, 30)),)
    confirmed = claims([one], YEAR, {"a": date(2026, 1, 31)}, {})["a"]
    assert confirmed.days == ((YEAR[0], date(2026, 1, 31)),)
    assert confirmed.within((date(2026, 1, 1), date(2026, 2, 28))) == 31


def test_a_change_that_was_taken_back_counts_to_its_last_day() -> None:
    found = claims([study("a")], YEAR, {}, {"a": date(2026, 2, 10)})["a"]
    assert found.days == ((date(2026, 1, 1), date(2026, 2, 10)),)


def test_what_is_not_in_use_claims_nothing() -> None:
    stopped = study("a", kind="randomised", verdict="stop")
    assert "a" not in claims([stopped], YEAR, {}, {})


DAY = st.integers(0, 60).map(lambda n: date(2026, 1, 1) + timedelta(days=n))
SPAN = st.tuples(DAY, DAY).map(lambda two: (min(two), max(two)))


@given(st.lists(SPAN, max_size=4), st.lists(SPAN, max_size=4))
@settings(max_examples=80, deadline=None)
def test_spans_less_spans_are_the_days_left(spans: list, taken: list) -> None:
    def days(given: list) -> set:
        return {
            first + timedelta(days=k)
            for first, last in given
            for k in range((last - first).days + 1)
        }

    left = [span for one in spans for span in without([one], taken)]
    assert days(left) == days(spans) - days(taken)


def test_months_make_up_the_period() -> None:
    found = months((date(2025, 7, 15), date(2026, 2, 3)))
    assert found[0] == (date(2025, 7, 15), date(2025, 7, 31))
    assert found[-1] == (date(2026, 2, 1), date(2026, 2, 3))
    assert sum(map(length, found)) == length((date(2025, 7, 15), date(2026, 2, 3)))
    assert np.all(np.diff([one[0].toordinal() for one in found]) > 0)

"""A study changed in Python is checked as its file would be, and the first one stays as it is."""

from datetime import date

import pytest

from cs_lib import params
from tests.params.conftest import COUPON, ROUTING


@pytest.fixture
def coupon(settings):
    return params.load(settings.write(COUPON, name="coupon"))


@pytest.fixture
def routing(settings):
    return params.load(settings.write(ROUTING, name="routing"))


def faults(study, **changes):
    with pytest.raises(params.ParamsError) as refused:
        study.change(**changes)
    assert str(refused.value).startswith("the changed settings: ")
    return [str(problem) for problem in refused.value.problems]


def test_a_name_that_stands_in_one_place_is_found_there(coupon):
    other = coupon.change(alpha=0.1, question="And by a tenth?", margin_rate=0.4)
    assert (other.rule.alpha, other.question, other.money.margin_rate) == (
        0.1,
        "And by a tenth?",
        0.4,
    )
    assert (coupon.rule.alpha, coupon.money.margin_rate) == (0.05, 0.35)
    back = other.change(alpha=0.05, question=coupon.question, margin_rate=0.35)
    assert back == coupon and type(back) is type(coupon)


def test_of_a_block_what_is_not_named_stays(coupon, routing):
    other = coupon.change(rule={"alpha": 0.1})
    assert (other.rule.alpha, other.rule.planned_n) == (0.1, 1200)
    moved = routing.change(**{"design.scope.team_id": ("T02", "T03"), "washout_days": 0})
    assert moved.design.scope.team_id == ("T02", "T03") and moved.design.washout_days == 0
    assert moved.design.intervention_date == routing.design.intervention_date


def test_days_may_be_dates_and_a_setting_may_be_unset(coupon):
    other = coupon.change(period=(date(2025, 9, 1), date(2026, 3, 1)), money=None)
    assert other.design.period == (date(2025, 9, 1), date(2026, 3, 1))
    assert other.money is None


def test_a_mapping_that_is_no_block_takes_the_place_of_the_old_one(coupon):
    assert coupon.change(guardrails={"visit_60d": 0.1}).measure.guardrails == {"visit_60d": 0.1}


def test_periods_that_move_follow_the_new_day(settings):
    text = ROUTING.replace('["2026-02-05", "2026-06-10"]', '["2026-02-05", null]')
    study = params.load(settings.write(text, name="routing"))
    later = study.change(as_of="2026-07-15")
    assert study.design.post_period[1] == date(2026, 6, 30)
    assert later.design.post_period[1] == date(2026, 7, 14)
    assert later.written == study.written


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"alhpa": 0.1}, "alhpa: unknown key; did you mean 'alpha'?"),
        ({"rule.alfa": 0.1}, "rule.alfa: unknown key; did you mean 'rule.alpha'?"),
        ({"rule": {"alfa": 0.1}}, "rule.alfa: unknown key; did you mean 'alpha'?"),
        ({"alpha": "small"}, "rule.alpha: must be a number, got 'small'"),
        ({"alpha": 0.5}, "rule.alpha: must be less than or equal to 0.2, got 0.5"),
        ({"source": "dem"}, "source: no source 'dem' in params/sources; did you mean 'demo'?"),
        ({"rule": 3}, "rule: must be a block of `key: value` lines, got 3"),
        (
            {"notebook": "before_after"},
            "notebook: cannot be changed, because another kind of study has other settings",
        ),
    ],
)
def test_a_fault_is_one_sentence(coupon, changes, said):
    assert faults(coupon, **changes) == [said]


def test_a_name_that_stands_twice_asks_for_its_block(routing):
    [said] = faults(routing, team_id=["T02"])
    assert said == (
        "team_id: stands in several places (design.scope.team_id and design.comparison.team_id);"
        " give its block as a mapping, such as design={...}"
    )


def test_all_faults_come_at_once(coupon):
    assert faults(coupon, alhpa=0.1, min_effect=0, as_of="2026-06-31") == [
        "alhpa: unknown key; did you mean 'alpha'?",
        "as_of: no such day in the calendar: 2026-06-31",
        "rule.min_effect: must be greater than 0, got 0",
    ]

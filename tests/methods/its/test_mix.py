"""What came in against what changed: the split by hand, the standardised series, and the decision it turns."""

from datetime import date

import numpy as np
import pytest

from cs_lib.aggregates import Series
from cs_lib.experiment import CannotEstimate, analyze
from cs_lib.methods.its.level_change import level_change
from cs_lib.methods.its.mix import split_mix, standardised
from tests.experiment.before_after.test_analyze import CHANGE, END, START, check, evidence, study

DAYS = np.arange(np.datetime64(START), np.datetime64(END) + 1)
LATE = np.datetime64(CHANGE) <= DAYS


def part(value, cases):
    """A group's series: values and cases before and after the change."""
    level, below = (np.where(LATE, pair[1], pair[0]).astype(float) for pair in (value, cases))
    return Series("resolution_hours", DAYS, level * below, below)


def total(parts):
    return Series(
        "resolution_hours",
        DAYS,
        sum(s.numerator for s in parts.values()),
        sum(s.denominator for s in parts.values()),
    )


def test_the_split_of_two_groups_is_that_counted_by_hand():
    parts = {"chat": part((10, 8), (20, 60)), "phone": part((40, 40), (80, 40))}
    found = split_mix(parts, "channel", intervention_date=CHANGE)
    # shares .2/.8 before, .6/.4 after; means 34 and 20.8
    assert (found.before, found.after) == pytest.approx((34.0, 20.8))
    assert found.by_mix == pytest.approx(0.4 * 9 - 0.4 * 40)
    assert found.by_change == pytest.approx(0.4 * -2 + 0.6 * 0)
    assert found.by_mix + found.by_change == pytest.approx(found.after - found.before)
    assert [p.group for p in found.parts] == ["phone", "chat"]


def test_parts_add_up_to_the_whole_for_any_number_of_groups():
    rng = np.random.default_rng(3)
    parts = {
        str(i): part(rng.uniform(1, 50, 2), rng.integers(1, 60, 2).astype(float)) for i in range(9)
    }
    found = split_mix(parts, "need_code", intervention_date=CHANGE)
    assert sum(p.by_mix for p in found.parts) == pytest.approx(found.by_mix)
    assert found.by_mix + found.by_change == pytest.approx(found.after - found.before)


def test_a_group_that_appears_changes_the_mix_only():
    parts = {"phone": part((40, 40), (50, 50)), "bot": part((0, 1), (0, 50))}
    found = split_mix(parts, "channel", intervention_date=CHANGE)
    assert found.by_change == pytest.approx(0)
    assert found.by_mix == pytest.approx(-19.5)


def test_one_group_has_no_mix():
    with pytest.raises(CannotEstimate, match="fewer than two groups"):
        split_mix({"chat": part((10, 8), (20, 60))}, "channel", intervention_date=CHANGE)


def test_no_case_on_a_side_is_refused():
    parts = {"a": part((10, 8), (20, 0)), "b": part((10, 8), (20, 0))}
    with pytest.raises(CannotEstimate, match="no case on one side"):
        split_mix(parts, "channel", intervention_date=CHANGE)


def test_the_washout_is_left_out_of_the_split():
    parts = {"chat": part((10, 8), (20, 60)), "phone": part((40, 40), (80, 40))}
    broken = {
        k: Series(s.metric, s.days, s.numerator.copy(), s.denominator) for k, s in parts.items()
    }
    first = np.flatnonzero(LATE)[:7]
    for s in broken.values():
        s.numerator[first] = 1e6
    kept = split_mix(broken, "channel", intervention_date=CHANGE, washout_days=7)
    assert kept.after == pytest.approx(20.8)


def test_the_standardised_series_does_not_move_when_only_the_mix_does():
    parts = {"chat": part((10, 10), (20, 60)), "phone": part((40, 40), (80, 40))}
    found = standardised(parts, intervention_date=CHANGE)
    assert found.numerator / found.denominator == pytest.approx(np.full(len(DAYS), 34.0))


def test_the_standardised_series_carries_the_change_within_groups():
    rng = np.random.default_rng(5)
    noise = {k: rng.normal(0, 1.5, len(DAYS)) for k in ("chat", "phone")}
    parts = {"chat": part((10, 7), (20, 60)), "phone": part((40, 37), (80, 40))}
    parts = {
        k: Series(s.metric, s.days, s.numerator + noise[k] * s.denominator, s.denominator)
        for k, s in parts.items()
    }
    series = standardised(parts, intervention_date=CHANGE)
    step = level_change(series, intervention_date=CHANGE, by="week").effect
    plain = level_change(total(parts), intervention_date=CHANGE, by="week").effect
    assert step.effect == pytest.approx(-3, abs=3 * step.se)
    assert plain.effect < -12


def test_a_week_without_cases_of_a_group_takes_its_usual_value():
    parts = {"chat": part((10, 10), (20, 20)), "phone": part((40, 40), (80, 80))}
    parts["chat"].numerator[:14] = parts["chat"].denominator[:14] = 0.0
    found = standardised(parts, intervention_date=CHANGE)
    assert np.ptp(found.numerator / found.denominator) < 1e-9


def noisy(parts, seed=2):
    rng = np.random.default_rng(seed)
    return {
        k: Series(
            s.metric,
            s.days,
            s.numerator + rng.normal(0, 1, len(DAYS)) * s.denominator,
            s.denominator,
        )
        for k, s in parts.items()
    }


def test_a_difference_that_is_only_mix_is_no_clear_change():
    parts = noisy({"chat": part((10, 10), (20, 60)), "phone": part((40, 40), (80, 40))})
    given = evidence(series={"resolution_hours": total(parts)}, parts={"channel": parts})
    result = analyze(given, study())
    assert result.change.effect.effect_ci_high < 0
    assert result.decision.verdict == "no_clear_change"
    assert (
        "other work came in: with the earlier mix, by channel, the change disappears"
        in result.decision.because
    )
    assert check(result, "Same mix by channel").passed is False


def test_a_change_at_any_mix_stays_improved():
    parts = noisy({"chat": part((10, 4), (50, 50)), "phone": part((40, 34), (50, 50))})
    given = evidence(series={"resolution_hours": total(parts)}, parts={"channel": parts})
    result = analyze(given, study())
    assert result.decision.verdict == "improved"
    assert check(result, "Same mix by channel").passed
    assert result.found.mix[0].at_old_mix.effect == pytest.approx(-6, abs=1.5)


def test_a_mix_that_hides_an_improvement_is_told():
    parts = noisy({"easy": part((10, 6), (80, 30)), "hard": part((40, 36), (20, 70))})
    given = evidence(series={"resolution_hours": total(parts)}, parts={"need_code": parts})
    result = analyze(given, study())
    assert result.found.mix[0].at_old_mix.effect_ci_high < 0
    assert result.decision.verdict == "no_clear_change"


def test_dates_of_any_kind_give_the_same_split():
    parts = {"chat": part((10, 8), (20, 60)), "phone": part((40, 40), (80, 40))}
    assert split_mix(parts, "channel", intervention_date="2026-04-02") == split_mix(
        parts, "channel", intervention_date=date(2026, 4, 2)
    )


def test_a_group_at_the_overall_rate_adds_nothing_whichever_way_it_grows():
    # "usual" stands at the overall rate on both sides: 20 before, 26 after; its share halves.
    parts = {
        "usual": part((20, 26), (50, 25)),
        "short": part((10, 16), (25, 37.5)),
        "long": part((30, 36), (25, 37.5)),
    }
    found = split_mix(parts, "need_code", intervention_date=CHANGE)
    assert (found.before, found.after) == pytest.approx((20.0, 26.0))
    added = {p.group: p.by_mix for p in found.parts}
    # The others gain an eighth of all cases each, ten below and ten above the overall rate.
    assert added == pytest.approx({"usual": 0.0, "short": -1.25, "long": 1.25})
    assert found.by_mix == pytest.approx(0.0)


def test_a_group_that_grows_is_weighed_against_the_mean_of_both_rates():
    parts = {"chat": part((10, 8), (20, 60)), "phone": part((40, 40), (80, 40))}
    found = split_mix(parts, "channel", intervention_date=CHANGE)
    overall = (34.0 + 20.8) / 2
    added = {p.group: p.by_mix for p in found.parts}
    assert added == pytest.approx({"chat": 0.4 * (9 - overall), "phone": -0.4 * (40 - overall)})

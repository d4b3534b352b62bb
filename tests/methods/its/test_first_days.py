"""Do the first days carry an effect alone: a bump, a step, a fading one, and the seeded rates."""

import numpy as np
import pytest

from cs_lib.aggregates import Series
from cs_lib.methods.its.first_days import FIRST_DAYS, first_days
from cs_lib.methods.its.level_change import level_change
from cs_lib.methods.tails import t_two_sided
from tests.bench import before_after_checks as bench
from tests.bench.false_positives import series_of, simulate
from tests.bench.steps import intervention


def read(values, first=0, **options):
    """The change half-way, without its first days."""
    series = series_of(values)
    n = len(values)
    out = np.isin(np.arange(n), np.arange(n // 2, n // 2 + first))
    kept = np.where(out, 0.0, series.denominator)
    left = Series(series.metric, series.days, series.numerator, kept)
    return level_change(left, intervention_date=str(intervention(n)), by="day", **options).effect


def made(*parts, n=180, level=20.0):
    return level + simulate(n, 0.3, False, 1, seed=5)[:, 0] + sum(parts)


def after(n=180, days=None):
    since = np.arange(n) - n // 2
    return ((since >= 0) & (since < (days or n))).astype(float)


def test_eight_low_days_right_after_the_change_carry_it_alone():
    values = made(-4 * after(days=8))
    found = first_days(read(values), read(values, FIRST_DAYS))
    assert read(values).pvalue < 0.05 and found.alone
    assert abs(found.later.effect) < 1 and found.pvalue < 0.05


def test_a_step_that_stays_is_not_the_first_days_alone():
    values = made(-2 * after())
    found = first_days(read(values), read(values, FIRST_DAYS))
    assert not found.alone and found.later.effect == pytest.approx(-2, abs=2 * found.later.se)


def test_where_nothing_was_found_nothing_is_carried():
    found = first_days(read(made()), read(made(), FIRST_DAYS))
    assert read(made()).pvalue > 0.05 and not found.alone


def test_an_effect_of_the_other_sign_in_the_later_days_is_carried_by_the_first():
    values = made(-6 * after(days=14), 1.2 * (after() - after(days=14)))
    found = first_days(read(values), read(values, FIRST_DAYS))
    assert read(values).pvalue < 0.05 and found.alone


def test_the_difference_is_hausmans_on_the_scale_of_the_model():
    values = np.exp(made(-0.5 * after(days=8), level=3.0) / 4)
    whole, later = read(values, log_scale=True), read(values, FIRST_DAYS, log_scale=True)
    steps = [np.log1p(e.details["rel_effect"]) for e in (whole, later)]
    plain = [read(np.log(values), first) for first in (0, FIRST_DAYS)]
    assert steps == pytest.approx([e.effect for e in plain])
    variance = plain[1].se ** 2 - plain[0].se ** 2
    expected = t_two_sided((steps[0] - steps[1]) / np.sqrt(variance), later.df)
    assert first_days(whole, later).pvalue == pytest.approx(float(expected))


def test_the_tables_steps_are_those_of_the_study():
    values = bench.drawn(90, "eight low days", 6)
    found, alone, chosen = bench.verdicts(values)
    whole = bench.steps(values, chosen == 0)
    for i, run in enumerate(values.T):
        change = bench._read(run)
        assert change.straight.effect == pytest.approx(whole.estimate[i])
        assert (change.effect.pvalue < 0.05) == found[i]
        assert bench._alone(run, change) == alone[i]


def test_rates_of_a_few_hundred_series_are_those_of_the_table():
    bump, null = (bench.first_days_cell(180, part, 500) for part in ("eight low days", "none"))
    assert bump["verdicts"] > 0.2 and bump["left"] <= 0.08
    assert null["check"] <= 0.05
    step = bench.first_days_cell(180, "step of 1 sd", 500)
    assert step["left"] >= 0.85 * step["verdicts"]

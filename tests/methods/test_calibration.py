"""Seeded slices of the tables in docs/bench, and what their stock comparisons agree with."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from lifelines.statistics import logrank_test
from linearmodels.panel import PanelOLS
from scipy import integrate, stats

from cs_lib.methods.did.one_date import compare_team_changes
from cs_lib.methods.did.staggered import group_time_effects
from cs_lib.methods.did.summaries import overall_effect
from cs_lib.methods.its.ar1 import fit_ar1
from cs_lib.methods.its.joint_changes import changes_in
from cs_lib.methods.its.level_change import level_change
from tests.bench import changes_calibration as several
from tests.bench import duration_calibration as waiting
from tests.bench import rate_calibration as rates
from tests.bench import teams_stock as beside
from tests.bench import verdicts, wander
from tests.bench.steps import Grid, intervention, series_of, stepped
from tests.bench.teams_calibration import dates, panel_of, values

RUNS = 300
SLACK = 2.5 * np.sqrt(0.05 * 0.95 / RUNS)  # 2.5 Monte-Carlo errors of a rate of 5 %


def within(share, low, high):
    return low - SLACK <= share <= high + SLACK


# Rates per order


@pytest.mark.parametrize(
    "cell",
    [
        rates.Cell("Poisson", 200.0, 90, 0.5),
        rates.Cell("neg. binomial", 200.0, 180, 0.7),
        rates.Cell("Poisson", 5.0, 180, 0.7),
        rates.Cell("neg. binomial", 1.0, 90, 0.3),
    ],
    ids=str,
)
def test_rates_keep_their_error_rate_and_cover_a_planted_fall(cell):
    row = rates.measure(cell, RUNS, seed=21)
    assert within(row["auto"], *cell.bar)
    assert within(row["covered auto"], *rates.COVERS)


def test_stock_regressions_cry_wolf_on_autocorrelated_rates():
    row = rates.measure(rates.Cell("Poisson", 200.0, 180, 0.7), 100, seed=22)
    assert row["poisson"] > 0.5 and row["quasi"] > 0.2


def test_days_of_zero_are_read_with_more_power_on_the_plain_scale_than_by_log_weeks():
    row = rates.measure(rates.Cell("Poisson", 5.0, 180, 0.0), RUNS, seed=23)
    assert row["zeros"] > 0.9
    assert row["power auto"] > row["power log"] + 0.04


@pytest.mark.parametrize("level", [200.0, 5.0])
def test_rate_bench_and_level_change_agree_on_every_pvalue(level):
    contacts, orders = rates.simulate(rates.Cell("Poisson", level, 90, 0.5), 8, seed=24)
    (fast,) = rates.ways((contacts, orders), (0.0, 0.0))
    for run in range(8):
        series = series_of("contact_rate", contacts[:, run] * 1000, orders[:, run])
        found = level_change(
            series, intervention_date=str(intervention(90)), log_scale=not fast.zeros[run]
        )
        assert found.effect.pvalue == pytest.approx(fast.auto[run], rel=1e-5)
        assert (found.unit == "day") == fast.chose_days[run]


def test_stock_poisson_regressions_agree_with_statsmodels():
    contacts, orders = rates.simulate(rates.Cell("neg. binomial", 5.0, 90, 0.5), 4, seed=25)
    design = Grid.of(90).by_day
    poisson, quasi = rates.stock(rates.poisson_fit(contacts, orders, design), 0.0)
    for run in range(4):
        model = sm.GLM(
            contacts[:, run], design, family=sm.families.Poisson(), offset=np.log(orders[:, run])
        )
        assert poisson[run] == pytest.approx(model.fit(tol=1e-12).pvalues[0], rel=1e-6)
        scaled = model.fit(scale="X2", use_t=True, tol=1e-12)
        assert quasi[run] == pytest.approx(scaled.pvalues[0], rel=1e-6)


def test_a_years_wave_is_taken_for_a_change_unless_it_is_fitted():
    row = rates.seasonal(rates.Cell("neg. binomial", 200.0, 365, 0.3, 0.2), 200, seed=26)
    assert within(row["log, wave fitted"], *rates.NOISY)
    assert row["quasi"] > 0.8 and row["power"] > 0.85


def test_the_log_rate_with_a_years_wave_agrees_with_quasi_poisson_of_statsmodels():
    """Large counts without autocorrelation: there both are right, and the offset is the log of orders."""
    cell, runs = rates.Cell("Poisson", 200.0, 730, 0.0, 0.2), 20
    contacts, orders = rates.simulate(cell, runs, seed=27, step=rates.FALL)
    design = rates.with_wave(Grid.of(cell.n).by_day)
    ours = fit_ar1(np.log(contacts / orders), design, np.arange(cell.n))
    steps, errors, _ = ours.contrast(np.eye(design.shape[1])[0])
    fits = [
        sm.GLM(y, design, sm.families.Poisson(), offset=np.log(of)).fit(scale="X2")
        for y, of in zip(contacts.T, orders.T, strict=True)
    ]
    theirs, se = (np.array([getattr(f, part)[0] for f in fits]) for part in ("params", "bse"))
    assert np.abs(steps - theirs).max() < np.mean(se)
    assert np.mean(steps - theirs) == pytest.approx(0, abs=0.3 * np.mean(se))
    assert np.mean(errors) == pytest.approx(np.mean(se), rel=0.1)
    assert np.mean(steps) == pytest.approx(rates.FALL, abs=4 * np.mean(errors) / np.sqrt(runs))


# Times to resolution


@pytest.mark.parametrize("rho", [0.0, 0.7])
def test_times_by_opening_day_keep_their_error_rate_where_stock_tests_do_not(rho):
    row = waiting.measure(waiting.Cell(20, True, 90, rho), RUNS, seed=31)
    assert within(row["auto"], *waiting.BAR)
    assert within(row["coverage"], *waiting.COVERS)
    assert min(row[name] for name in waiting.STOCK) > 0.15


def one_run(seed):
    return waiting.simulate(waiting.Cell(8, True, 60, 0.5), np.random.default_rng(seed))


def test_ticket_log_rank_agrees_with_lifelines():
    tickets = one_run(32)
    limit = (tickets.n - tickets.opened) * 24
    hours = np.ceil(np.minimum(tickets.hours, limit))
    ended, after = tickets.hours <= limit, tickets.after
    expected = logrank_test(hours[~after], hours[after], ended[~after], ended[after])
    assert waiting.STOCK["log-rank"](tickets) == pytest.approx(expected.p_value, rel=1e-6)


def test_the_planted_difference_of_restricted_means_is_the_integral_of_the_survival_curves():
    spread = np.hypot(waiting.SPREAD, waiting.SHARED)

    def area(centre):
        def survival(t):
            return stats.norm.sf((np.log(t) - centre) / spread)

        return integrate.quad(survival, 0, waiting.HORIZON)[0]

    step = waiting.SHORTER
    centres = waiting.MEDIAN + waiting.WEEKDAY
    expected = np.mean([area(c + step) - area(c) for c in centres])
    assert waiting.truth(step) == pytest.approx(expected, rel=1e-6)


def test_waiting_bench_and_level_change_agree_on_every_pvalue():
    runs = [waiting.daily_sums(one_run(seed)) for seed in range(40, 46)]
    hours, count = (np.stack([run[k] for run in runs], axis=1) for k in (0, 1))
    fast = stepped(hours, count).auto()
    for run in range(len(runs)):
        series = series_of("hours", hours[:, run], count[:, run])
        found = level_change(series, intervention_date=str(intervention(60)))
        assert found.effect.pvalue == pytest.approx(fast[run], rel=1e-5)


# Levels that move by themselves


@pytest.mark.parametrize(
    ("process", "n"),
    [
        ("a year's wave of 0.5 sd", 365),
        ("level moves by 0.1 a day", 180),
        ("long memory, d 0.3", 180),
        ("noise on a slow AR(1) .98", 180),
    ],
)
def test_a_level_that_moves_by_itself_is_no_step(process, n):
    row = wander.measure(process, n, RUNS, seed=61)
    assert row["now"] <= wander.BAR + SLACK
    assert row["now"] < row["before"]


@pytest.mark.parametrize(("rho", "n"), [("0.0", 365), ("0.3", 365), ("0.7", 180)])
def test_a_level_that_keeps_to_a_line_costs_little_power(rho, n):
    row = wander.measure(f"AR(1) {rho}", n, RUNS, seed=62)
    assert row["power now"] >= 0.85 * row["power before"]
    assert row["waves"] < 0.15 + SLACK
    assert row["drift"] < 0.02


@pytest.mark.parametrize(("n", "at"), [(90, 22), (180, 135)])
def test_a_wave_is_no_step_when_the_change_is_near_one_end(n, at):
    row = wander.measure("a year's wave of 1 sd", n, RUNS, seed=63, at=at)
    assert row["now"] <= wander.BAR + SLACK < row["before"]


@pytest.mark.parametrize(("n", "at"), [(90, 68), (180, 45)])
def test_a_change_near_one_end_is_found_at_an_honest_price(n, at):
    row = wander.measure("AR(1) 0.3", n, RUNS, seed=64, at=at)
    assert row["power now"] >= 0.75 * row["power before"]


def test_a_whole_study_seldom_gives_a_verdict_where_nothing_was_changed():
    row = verdicts.measure("a year's wave of 0.5 sd", 180, 135, 150, seed=3)
    assert 0 < row["verdict"] <= verdicts.BAR
    withheld = sum(row[code] for code in verdicts.WITHHELD)
    assert row["verdict"] + withheld == pytest.approx(row["step"])


def test_a_planted_step_is_called_what_it_is():
    values = verdicts.WEEKDAY[np.arange(180) % 7] + np.random.default_rng(0).normal(size=180)
    study = verdicts.study_of(180, 90)
    after = np.arange(180) >= 90
    found = [verdicts.decided(values + step * after, study).verdict for step in (-2, 0, 2)]
    assert found == ["improved", "no_clear_change", "worsened"]


# Several changes in one series


@pytest.mark.parametrize("design", several.DESIGNS)
def test_several_changes_keep_their_error_rates_while_the_other_one_works(design):
    cell = several.Cell(design, False, 180, 0.5)
    row = several.measure(cell, RUNS, seed=41)
    assert all(within(row[f"false {name}"], *cell.bar) for name in ("first", "second"))
    assert all(within(row[f"covered {name}"], *several.COVERS) for name in ("first", "second"))


@pytest.mark.parametrize("design", several.DESIGNS)
def test_bench_of_several_changes_and_changes_in_agree_on_every_pvalue(design):
    cell = several.Cell(design, True, 180, 0.5)
    values = several.simulate(cell, 5, seed=42, sizes=(1.0, 0.0))
    fast = several.fitted(values, cell.changes())
    for run, column in enumerate(values.T):
        found = changes_in(series_of("x", column, np.ones(180)), cell.changes())
        for k, name in enumerate(("first", "second")):
            assert found.effects[name].pvalue == pytest.approx(fast.auto(k)[run], rel=1e-5)


def test_leaving_a_change_out_blames_its_effect_on_the_other_less_where_the_level_is_seen_to_wander():
    cell = several.Cell("two stay", False, 180, 0.0)
    for k in (0, 1):
        sizes = (0.0, cell.size) if k == 0 else (cell.size, 0.0)
        values = several.simulate(cell, RUNS, seed=43 + k, sizes=sizes)
        alone = several.fitted(values, (cell.changes()[k],))
        blamed = (alone.days[0].pvalue() < 0.05).mean()
        assert blamed > 0.12
        assert (alone.auto(0) < 0.05).mean() < blamed


# Teams beside two-way fixed effects


def test_two_way_fixed_effects_agree_with_linearmodels():
    first = dates({8: 2, 11: 2, 14: 2}, 2)
    tables = values(np.random.default_rng(51), 3, 8)
    found = beside.two_way(tables, first)
    index = pd.MultiIndex.from_product([range(8), range(beside.PERIODS)])
    for run, table in enumerate(tables):
        frame = pd.DataFrame({"y": table.ravel(), "x": beside.treated(first).ravel() * 1.0}, index)
        model = PanelOLS(frame.y, frame[["x"]], entity_effects=True, time_effects=True)
        expected = model.fit(
            cov_type="clustered", cluster_entity=True, group_debias=True, count_effects=True
        )
        assert found.value[run] == pytest.approx(expected.params["x"], rel=1e-9)
        assert found.se[run] == pytest.approx(expected.std_errors["x"], rel=1e-9)


@pytest.mark.parametrize("design", [beside.DESIGNS[1], beside.DESIGNS[5], *beside.DESIGNS[11:18]])
def test_team_bench_and_the_team_estimators_agree_run_by_run(design):
    tables = values(np.random.default_rng(54), 3, len(design.first)) + design.effect
    fast = beside.ours(tables, design.first)
    for run, table in enumerate(tables):
        panel = panel_of(table, design.first)
        waves = len(set(design.first[design.first < beside.PERIODS])) > 1
        effect = overall_effect(group_time_effects(panel)) if waves else compare_team_changes(panel)
        assert fast.value[run] == pytest.approx(effect.effect, rel=1e-8)
        assert fast.se[run] == pytest.approx(effect.se, rel=1e-8)
        assert np.broadcast_to(fast.df, 3)[run] == pytest.approx(effect.df, rel=1e-8)


def test_two_way_fixed_effects_reject_too_often_with_one_changed_team_and_ours_does_not():
    design = next(d for d in beside.DESIGNS if d.name.startswith("6 teams, 1 "))
    row = beside.measure(design, RUNS, seed=52)
    assert within(row["rejected ours"], *beside.REJECTS)
    assert row["rejected two-way"] > 0.2


def test_growing_effects_in_waves_are_shrunk_by_two_way_fixed_effects_and_kept_by_ours():
    design = beside.DESIGNS[-2]
    assert design.grows and design.truth > 1
    row = beside.measure(design, RUNS, seed=53)
    assert row["ratio ours"] == pytest.approx(1, abs=0.1)
    assert row["ratio two-way"] < 0.75
    assert row["covered ours"] > row["covered two-way"] + 0.08

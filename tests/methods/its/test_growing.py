"""A change that grows: three readings of which the least certain counts, against the bench and a dense fit."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest
import statsmodels.api as sm

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its.changes import Change
from cs_lib.methods.its.growing import read_growing
from cs_lib.methods.its.joint_changes import changes_in
from tests.bench.slopes import grown, share, simulate
from tests.bench.steps import START, series_of

WAVE = "a year's wave of 1 sd"
RUNS = 80


def read(values, at, *others, **options):
    changes = [Change.of("it", str(START + at), slope=True), *others]
    return changes_in(series_of("wait", values, np.ones(len(values))), changes, **options)


@pytest.mark.parametrize(("n", "at"), [(180, 90), (250, 160)])
def test_each_series_is_read_as_side_by_side(n, at):
    values = 20 + simulate(WAVE, n, at, 5)
    fast, reasons = grown(values, at), set()
    for run, one in enumerate(values.T):
        found = read(one, at)
        effect = found.effects["it"]
        reasons.add(found.reason)
        assert effect.pvalue == pytest.approx(fast.pvalue()[run], rel=1e-4)
        assert effect.details["slope_pvalue"] == pytest.approx(fast.pvalue(2)[run], rel=1e-4)
        holds = effect.details["step_ci_low"] <= 0 <= effect.details["step_ci_high"]
        assert holds == (fast.pvalue(1)[run] >= 0.05)
    assert reasons <= {"slope_line", "slope_season", "slope_curve"} and len(reasons) > 1


def test_the_least_certain_of_line_season_and_curve_counts_and_all_are_shown():
    values = 20 + simulate(WAVE, 200, 100, 1, seed=1)[:, 0]
    found = read(values, 100)
    every = {name.rsplit("_", 1)[0]: row for name, *row in found.sensitivity["it"]}
    assert {"ar1", "ar1_season", "ar1_curve"} <= set(every)
    effect = found.effects["it"]
    code = {"slope_line": "ar1", "slope_season": "ar1_season", "slope_curve": "ar1_curve"}
    assert effect.effect == every[code[found.reason]][0]
    narrow = found.daily["it"]
    assert effect.effect_ci_high - effect.effect_ci_low > 2 * (
        narrow.effect_ci_high - narrow.effect_ci_low
    )
    alone = found.of("it")
    assert alone.smallest_detectable > 2 * float(narrow.details["smallest_detectable"])
    assert alone.straight in (found.daily["it"], found.weekly["it"])


def test_beside_a_season_it_is_a_gls_with_a_wave_of_one_year():
    n, at = 200, 100
    values = 20 + simulate("AR(1) 0.3", n, at, 1, seed=2)[:, 0]
    rows = {name: row for name, *row in read(values, at).sensitivity["it"]}
    unit = "day" if "ar1_season_day" in rows else "week"
    days, week = np.arange(n) - at, np.floor_divide(np.arange(n) - at, 7)
    grows = np.column_stack([days >= 0, np.maximum(days, 0) / 7]).astype(float)
    time, y, rest = days, values, [(np.arange(n) % 7 == k) * 1.0 for k in range(1, 7)]
    if unit == "week":
        time = np.arange(week.min() + 1, week.max())
        y = np.array([values[week == k].mean() for k in time])
        grows, rest = np.array([grows[week == k].mean(axis=0) for k in time]), []
    angle = 2 * np.pi * time * (1 if unit == "day" else 7) / 365.25
    x = np.column_stack([grows, np.ones(len(y)), time, np.sin(angle), np.cos(angle), *rest])
    mean = np.eye(x.shape[1])[0] + grows[time >= 0, 1].mean() * np.eye(x.shape[1])[1]
    effect, low, high = rows[f"ar1_season_{unit}"]
    lags = np.abs(np.subtract.outer(time, time))
    fits = [sm.GLS(y, x, sigma=r**lags).fit().t_test(mean) for r in np.linspace(0.01, 0.9, 60)]
    close = min(fits, key=lambda t: abs(t.effect[0] - effect))
    assert close.effect[0] == pytest.approx(effect, rel=2e-2)
    assert 2 * 1.9 * close.sd.item() < high - low < 2 * 3.2 * close.sd.item()


def test_from_three_years_on_the_season_is_in_the_model_and_a_curve_is_left():
    values = 20 + simulate(WAVE, 1100, 550, 1, seed=3)[:, 0]
    found = read(values, 550)
    names = {name.rsplit("_", 1)[0] for name, *_ in found.sensitivity["it"]}
    assert "ar1_curve" in names and "ar1_season" not in names
    assert found.reason in ("slope_line", "slope_curve")
    assert found.daily["it"].details["trend"] == "linear_and_season"


def test_a_year_of_waves_is_no_growth_and_the_other_change_is_held_as_carefully():
    found = grown(simulate(WAVE, 365, 182, RUNS), 182)
    assert share(found.pvalue_before()) > 0.15
    assert max(share(found.pvalue(part)) for part in range(3)) <= 0.08
    values = simulate(WAVE, 190, 100, 1, seed=4)[:, 0]
    both = read(values, 100, Change.of("other", str(START + 60)))
    assert both.effects["other"].pvalue >= both.curved["other"].pvalue
    assert both.reason.startswith("slope")


def test_a_clean_series_raises_no_more_alarms_and_a_very_large_change_is_found():
    found = grown(simulate("AR(1) 0.3", 365, 182, RUNS), 182)
    assert share(found.pvalue()) <= 0.06
    assert share(found.pvalue(planted=12.0)) > 0.9
    assert share(found.pvalue(planted=2.0)) < 0.2 < share(found.pvalue_before(planted=2.0))


def test_a_declared_unit_is_read_as_declared():
    values = 20 + simulate(WAVE, 180, 90, 1)[:, 0]
    for by in ("day", "week"):
        found = read(values, 90, by=by)
        assert (found.reason, found.unit, found.curved) == ("declared", by, None)


@dataclass
class Short:
    """A reading of twelve weeks with eight terms."""

    periods: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(used=np.ones(12, dtype=bool))
    )
    design: np.ndarray = field(default_factory=lambda: np.ones((12, 8)))
    sloped: bool = False


def test_too_few_weeks_for_a_curve_are_refused():
    with pytest.raises(CannotEstimate, match="tell a change that grows from a season"):
        read_growing(None, Short(), "automatic", [], lambda *_: Short(), season=True)

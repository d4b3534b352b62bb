"""A change that some teams got, from series by team to the decision."""

from datetime import date

import numpy as np
import pytest

from cs_lib.experiment import analyze
from cs_lib.experiment.flow_teams import weekly_panel
from cs_lib.experiment.teams import compare_team_changes
from cs_lib.results import Series
from tests.experiment.test_flow import CHANGE, END, SETTINGS, START, check, evidence, study

DAYS = np.arange(np.datetime64(START), np.datetime64(END) + 1)


def dates(changed, unchanged, day=CHANGE):
    given = {f"T{i:02}": day.isoformat() for i in range(changed)}
    return given | {f"T{i:02}": None for i in range(changed, changed + unchanged)}


def by_team(plan, step, *, seed=6, spread=3.0):
    """Teams with levels of their own and a common course; `step` from each team's own day on."""
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 2, len(DAYS))
    found = {}
    for team, day in plan.items():
        late = np.datetime64(day) <= DAYS if day else np.zeros(len(DAYS), bool)
        value = 30 + rng.normal(0, 5) + common + rng.normal(0, spread, len(DAYS)) + step * late
        below = rng.integers(5, 30, len(DAYS)).astype(float)
        found[team] = Series("resolution_hours", DAYS, value * below, below)
    return found


def run(plan, step, *, first=CHANGE, **changes):
    design = {**SETTINGS["design"], "teams": plan, "intervention_date": first.isoformat()}
    if first != CHANGE:
        before = np.datetime64(first) - 1
        design |= {
            "pre_period": ["2026-01-01", str(before)],
            "post_period": [first.isoformat(), "2026-06-30"],
        }
    given = {"series": {"resolution_hours": next(iter(by_team(plan, step).values()))}}
    return analyze(evidence(teams=by_team(plan, step), **given, **changes), study(design=design))


def test_four_of_eight_teams_are_compared_with_the_other_four():
    result = run(dates(4, 4), -6.0)
    assert result.decision.verdict == "improved"
    assert result.change is None and result.effect is result.teams.effect
    assert result.effect.nobs == 8
    assert result.effect.effect == pytest.approx(-6, abs=3 * result.effect.se)
    assert [name for name, _ in result.teams.beside][:1] == [
        "If the changed teams had been drawn by lot"
    ]


def test_what_moves_every_team_is_no_effect():
    assert run(dates(4, 4), 0.0).decision.verdict == "no_clear_change"


def test_the_effect_is_that_of_the_teams_own_changes():
    plan = dates(4, 4)
    result = run(plan, -6.0)
    panel = weekly_panel(
        evidence(teams=by_team(plan, -6.0)),
        study(design={**SETTINGS["design"], "teams": plan}),
    )
    assert result.effect.effect == pytest.approx(compare_team_changes(panel).effect, rel=1e-12)
    assert panel.periods[0] >= np.datetime64(START) and len(panel.teams) == 8
    assert np.all((panel.periods - np.datetime64(CHANGE)).astype(int) % 7 == 0)


def test_five_teams_are_marked_fragile():
    result = run(dates(2, 3), -6.0)
    assert check(result, "Enough teams").passed is False


def test_three_teams_are_too_few():
    result = run(dates(1, 2), -6.0)
    assert (result.decision.verdict, result.effects()) == ("not_enough_data", ())


def test_nobody_left_to_compare_with_is_said():
    result = run(dates(6, 0), -6.0)
    assert result.decision.verdict == "not_enough_data"


def test_a_roll_out_in_waves_is_read_against_teams_not_yet_changed():
    days = [date(2026, 3, 5), date(2026, 4, 2), date(2026, 4, 30)]
    plan = {f"T{i:02}": days[i % 3].isoformat() for i in range(9)} | {
        "T09": None, "T10": None, "T11": None
    }  # fmt: skip
    result = run(plan, -6.0, first=days[0])
    assert result.decision.verdict == "improved"
    assert "Group-time" in result.effect.method
    assert result.effect.effect == pytest.approx(-6, abs=3 * result.effect.se)
    assert result.teams.twfe is not None
    assert check(result, "Compared with teams not yet changed").passed is None
    assert result.teams.profile.key.min() < 0 <= result.teams.profile.key.max()


def test_a_team_without_cases_is_left_out_by_name():
    plan = {**dates(4, 4), "T99": None}
    design = {**SETTINGS["design"], "teams": plan}
    teams = by_team(dates(4, 4), -6.0)
    given = evidence(teams=teams, series={"resolution_hours": teams["T00"]})
    result = analyze(given, study(design=design))
    assert "T99" in check(result, "Every team counted").finding


def test_teams_that_drifted_apart_before_are_a_doubt():
    plan = dates(6, 6)
    drift = 0.12 * (DAYS - DAYS[0]).astype(int)
    teams = by_team(plan, 0.0)
    teams = {
        team: Series(s.metric, s.days, s.numerator + drift * s.denominator, s.denominator)
        if plan[team]
        else s
        for team, s in teams.items()
    }
    design = {**SETTINGS["design"], "teams": plan}
    result = analyze(
        evidence(teams=teams, series={"resolution_hours": teams["T00"]}), study(design=design)
    )
    found = check(result, "Teams ran alike before")
    assert found.passed is False and found.finding.startswith("A difference in course")

"""A change that some teams got, from series by team to the decision."""

from datetime import date, timedelta

import numpy as np
import pytest

from cs_lib.aggregates import Series
from cs_lib.experiment import analyze
from cs_lib.experiment.before_after.case import Case
from cs_lib.experiment.before_after.teams import weekly_panel
from cs_lib.methods.did.one_date import compare_team_changes
from tests.bench.waiting_calibration import draw
from tests.experiment.before_after.test_analyze import (
    CHANGE,
    END,
    SETTINGS,
    START,
    check,
    evidence,
    study,
)

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


def run(plan, step, *, first=CHANGE, spread=3.0, **changes):
    design = {**SETTINGS["design"], "teams": plan, "intervention_date": first.isoformat()}
    if first != CHANGE:
        before = np.datetime64(first) - 1
        design |= {
            "pre_period": ["2026-01-01", str(before)],
            "post_period": [first.isoformat(), "2026-06-30"],
        }
    teams = by_team(plan, step, spread=spread)
    given = {"series": {"resolution_hours": next(iter(teams.values()))}}
    return analyze(evidence(teams=teams, **given, **changes), study(design=design))


def test_four_of_eight_teams_are_compared_with_the_other_four():
    result = run(dates(4, 4), -6.0)
    assert result.decision.verdict == "improved"
    assert result.change is None and result.effect is result.teams.effect
    assert result.effect.nobs == 8
    assert result.effect.effect == pytest.approx(-6, abs=3 * result.effect.se)
    assert [str(name) for name, _ in result.teams.beside][:1] == [
        "If the changed teams had been drawn by lot"
    ]


def test_what_moves_every_team_is_no_effect():
    assert run(dates(4, 4), 0.0).decision.verdict == "no_clear_change"


def test_the_effect_is_that_of_the_teams_own_changes():
    plan = dates(4, 4)
    result = run(plan, -6.0)
    panel = weekly_panel(
        Case(
            evidence(teams=by_team(plan, -6.0)), study(design={**SETTINGS["design"], "teams": plan})
        ),
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
    assert "Only 3 teams" in result.decision.because and "six teams" in result.decision.next_step
    assert [line.team for line in result.team_lines] == ["T00", "T01", "T02"]
    assert result.team_lines[0].after - result.team_lines[0].before == pytest.approx(-6, abs=1)


def test_nobody_left_to_compare_with_is_said():
    result = run(dates(6, 0), -6.0)
    assert result.decision.verdict == "not_enough_data"
    assert result.decision.because.startswith("Every team was changed at once")


@pytest.mark.parametrize(
    ("changed", "unchanged", "by", "passed"),
    [
        (1, 9, "synthetic", True),
        (1, 8, "synthetic", True),
        (1, 7, "at_once", False),  # too few donors: the t test, marked
        (2, 9, "at_once", True),
        (3, 3, "at_once", True),
        (2, 3, "at_once", False),  # fragile
        (2, 2, "at_once", False),
    ],
)
def test_so_many_teams_are_read_by_the_method_they_carry(changed, unchanged, by, passed):
    result = run(dates(changed, unchanged), -6.0)
    assert result.teams.by == by
    assert check(result, "Enough teams").passed is passed
    assert result.effect.effect == pytest.approx(-6, abs=3.5 * result.effect.se)


def test_one_changed_team_is_decided_by_a_synthetic_comparison_that_says_why():
    result = run(dates(1, 9), -6.0)
    choice = result.teams.synthetic
    assert result.effect is choice.decides.effect
    assert result.decision.verdict == "improved"
    finding = check(result, "Enough teams").finding
    assert "synthetic difference-in-differences" in finding and "missed by" in finding
    assert check(result, "Other teams taken for changed").finding.startswith("0 of 9")
    assert check(result, "The mix follows the changed team").passed
    assert str(result.teams.beside[1][0]) == "Against all other teams alike"
    assert result.teams.drift is None and result.teams.pretrend is None


def test_nine_weeks_before_are_too_few_for_a_synthetic_comparison():
    first = date(2026, 3, 10)
    result = run(dates(1, 9, first), -6.0, first=first)
    assert (
        result.teams.by == "at_once" and "9 weeks before" in check(result, "Enough teams").finding
    )


def test_no_change_of_one_team_is_no_clear_change():
    assert run(dates(1, 9), 0.0).decision.verdict == "no_clear_change"


def test_one_team_that_no_mix_follows_falls_back_and_says_so():
    plan, rng = dates(1, 9), np.random.default_rng(3)
    teams = by_team(plan, 0.0)
    own = teams["T00"]
    wild = np.repeat(rng.normal(0, 40, len(DAYS) // 7 + 1), 7)[: len(DAYS)]
    teams["T00"] = Series(own.metric, DAYS, own.numerator + wild * own.denominator, own.denominator)
    design = {**SETTINGS["design"], "teams": plan}
    given = evidence(teams=teams, series={"resolution_hours": teams["T00"]})
    result = analyze(given, study(design=design))
    assert result.teams.by == "at_once" and "no mix" in str(result.teams.refused)
    assert "no mix of the others follows it" in check(result, "Enough teams").finding


def test_the_wash_out_is_left_out_of_a_synthetic_comparison():
    plan = dates(1, 9)
    teams = by_team(plan, 0.0)
    own, at = teams["T00"], np.searchsorted(DAYS, np.datetime64(CHANGE))
    ramp = np.zeros(len(DAYS))
    ramp[at : at + 14] = 200.0
    teams["T00"] = Series(own.metric, DAYS, own.numerator + ramp * own.denominator, own.denominator)
    design = {**SETTINGS["design"], "teams": plan, "washout_days": 14}
    given = evidence(teams=teams, series={"resolution_hours": teams["T00"]})
    result = analyze(given, study(design=design))
    assert result.teams.by == "synthetic" and abs(result.effect.effect) < 3 * result.effect.se


def test_a_roll_out_in_waves_is_read_against_teams_not_yet_changed():
    days = [date(2026, 3, 5), date(2026, 4, 2), date(2026, 4, 30)]
    plan = {f"T{i:02}": days[i % 3].isoformat() for i in range(9)} | {
        "T09": None, "T10": None, "T11": None
    }  # fmt: skip
    result = run(plan, -6.0, first=days[0])
    assert result.decision.verdict == "improved"
    assert "Group-time" in str(result.effect.method)
    assert result.effect.effect == pytest.approx(-6, abs=3 * result.effect.se)
    assert result.teams.by == "in_waves" and result.teams.bacon is not None
    assert check(result, "Compared with teams not yet changed").passed is None
    assert result.teams.profile.key.min() < 0 <= result.teams.profile.key.max()


def test_a_team_without_cases_is_left_out_by_name():
    plan = {**dates(4, 4), "T99": None}
    design = {**SETTINGS["design"], "teams": plan}
    teams = by_team(dates(4, 4), -6.0)
    given = evidence(teams=teams, series={"resolution_hours": teams["T00"]})
    result = analyze(given, study(design=design))
    assert "T99" in check(result, "Every team counted").finding


def without(series, days):
    """The series without a case on some days."""
    kept = ~days
    return Series(series.metric, series.days, series.numerator * kept, series.denominator * kept)


def read(plan, teams):
    given = evidence(teams=teams, series={"resolution_hours": teams["T00"]})
    return analyze(given, study(design={**SETTINGS["design"], "teams": plan}))


FOUNDED = np.datetime64("2026-02-12")
CLOSED = np.datetime64("2026-05-20")


@pytest.mark.parametrize("hole", [FOUNDED > DAYS, CLOSED <= DAYS], ids=["founded", "closed"])
def test_a_team_founded_late_or_closed_early_counts_in_the_weeks_it_has(hole):
    plan = dates(4, 5)
    teams = by_team(plan, -6.0)
    result = read(plan, {**teams, "T08": without(teams["T08"], hole)})
    assert check(result, "Every team counted").finding == (
        "Not there all the time, and compared with the unchanged teams in the weeks they have: T08."
    )
    fewer = read(dates(4, 4), {k: v for k, v in teams.items() if k != "T08"})
    assert (result.effect.nobs, fewer.effect.nobs) == (9, 8)
    assert result.effect.effect != fewer.effect.effect
    assert result.effect.effect == pytest.approx(-6, abs=3 * result.effect.se)


def test_a_team_founded_after_its_change_is_left_out_by_name_and_not_taken_for_zero():
    plan = dates(4, 5)
    teams = by_team(plan, -6.0)
    result = read(plan, {**teams, "T03": without(teams["T03"], np.datetime64(CHANGE) + 9 > DAYS)})
    finding = check(result, "Every team counted").finding
    assert finding == "Left out, without cases in some week: T03."
    fewer = {k: v for k, v in teams.items() if k != "T03"}
    assert result.effect == read({k: v for k, v in plan.items() if k != "T03"}, fewer).effect


@pytest.mark.parametrize(("wave", "partly"), [(4, True), (3, False)])
def test_in_waves_a_late_team_counts_where_the_others_of_its_wave_show_their_spread(wave, partly):
    later = CHANGE + timedelta(days=21)
    days = [CHANGE.isoformat()] * wave + [later.isoformat()] * 4 + [None] * 6
    plan = {f"T{i:02}": day for i, day in enumerate(days)}
    dated = {k: date.fromisoformat(v) if v else None for k, v in plan.items()}
    teams = by_team(dated, -6.0, seed=8)
    result = read(plan, {**teams, "T00": without(teams["T00"], FOUNDED > DAYS)})
    finding = check(result, "Every team counted").finding
    assert finding.startswith("Not there all the time" if partly else "Left out")
    assert result.effect.nobs == len(plan) - (not partly)
    assert result.effect.effect == pytest.approx(-6, abs=3 * result.effect.se)
    assert result.teams.averages[0].effect == pytest.approx(result.effect.effect)
    assert result.teams.waves.n_changed.tolist() == [wave if partly else wave - 1, 4]


def test_weeks_in_which_nearly_every_team_rests_are_left_out_and_counted():
    plan = dates(4, 4)
    teams = by_team(plan, -6.0)
    rest = (np.datetime64("2026-02-05") <= DAYS) & (np.datetime64("2026-02-19") > DAYS)
    resting = {k: v if k == "T03" else without(v, rest) for k, v in teams.items()}
    result = read(plan, resting)
    assert result.effect.nobs == 8 and result.decision.verdict == "improved"
    assert "2 weeks" in check(result, "Every week counted").finding
    nobody = {k: without(v, rest) for k, v in teams.items()}
    again = read(plan, nobody)
    assert again.effect == result.effect and again.teams.weeks_left_out == 0


def test_a_wave_that_starts_in_a_week_of_rest_counts_from_the_next():
    day, late = np.datetime64(CHANGE), date(2026, 4, 30)
    plan = dates(4, 6) | {"T04": late.isoformat(), "T05": late.isoformat()}
    teams = by_team(plan, -6.0)
    rest = (DAYS - day).astype(int) // 7 == 4
    given = evidence(teams={k: without(v, rest) for k, v in teams.items()})
    panel = weekly_panel(Case(given, study(design={**SETTINGS["design"], "teams": plan})))
    assert set(panel.start[4:6].tolist()) == {(day + 35).item()} and day + 28 not in panel.periods


def test_a_rate_of_a_team_and_week_is_sum_over_sum():
    plan = dates(2, 2)
    below = np.tile([1.0, 9.0, 0.0, 0.0, 0.0, 0.0, 0.0], len(DAYS) // 7 + 1)[: len(DAYS)]
    day = np.arange(len(DAYS)) % 7
    above = np.where(day == 0, 1.0, np.where(day == 1, 3.0, 0.0))  # 1 of 1, then 3 of 9.
    rates = {team: Series("reopen_rate", DAYS, above, below) for team in plan}
    panel = weekly_panel(
        Case(evidence(teams=rates), study(design={**SETTINGS["design"], "teams": plan}))
    )
    assert panel.value == pytest.approx(4 / 10) and np.all(panel.weight == 10)


def test_guardrails_and_secondary_metrics_of_waves_are_read_at_their_own_dates():
    days = [date(2026, 2, 19), date(2026, 4, 30)]
    plan = {f"T{i:02}": days[i % 2].isoformat() for i in range(6)} | dict.fromkeys(
        ("T06", "T07", "T08"), None
    )
    design = {
        **SETTINGS["design"],
        "teams": plan,
        "intervention_date": days[0].isoformat(),
        "pre_period": ["2026-01-01", "2026-02-18"],
        "post_period": [days[0].isoformat(), "2026-06-30"],
    }
    names = ("resolution_hours", "handle_minutes", "reopen_rate")
    worse = by_team({k: date.fromisoformat(d) if d else None for k, d in plan.items()}, 4.0)
    rails = {
        k: Series("handle_minutes", s.days, s.numerator, s.denominator) for k, s in worse.items()
    }
    teams = by_team(plan, -6.0, seed=9)
    whole = {name: next(iter(teams.values())) for name in names}
    measure = {
        "primary_metric": "resolution_hours",
        "guardrails": {"handle_minutes": 1.0},
        "secondary": ["reopen_rate"],
        "usual_guardrails": False,
    }
    given = evidence(
        names=names, teams=teams, series=whole, others_by_team={"handle_minutes": rails}
    )
    result = analyze(given, study(design=design, measure=measure))
    rail = result.found.guardrails[0]
    assert rail.outcome == "breached"
    assert rail.effect.effect == pytest.approx(4, abs=3.5 * rail.effect.se)
    assert rail.effect.method.code.startswith("group_time")
    assert result.found.secondary == ()  # Not there by team: not read at one date for all.


def test_one_or_two_changed_teams_are_told_what_if_they_varied_twice_as_much():
    strong, weak = run(dates(2, 9), -6.0), run(dates(2, 9), -1.4)
    said = check(strong, "How chance was judged").finding
    assert "so few changed teams do not show their own" in said
    assert strong.teams.unlike.pvalue > strong.effect.pvalue
    assert weak.effect.pvalue < 0.05 <= weak.teams.unlike.pvalue
    assert check(weak, "How chance was judged").passed is False


@pytest.mark.parametrize(
    ("changed", "unchanged", "said"),
    [
        (3, 7, "(Welch)"),
        (7, 2, "so few unchanged teams"),
        (4, 4, "as many changed as unchanged"),
        (1, 9, "goes astray on the other teams"),
    ],
)
def test_every_page_says_whose_ups_and_downs_judge(changed, unchanged, said):
    assert said in check(run(dates(changed, unchanged), -6.0), "How chance was judged").finding


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
    low, high = result.effect.effect_ci_low, result.effect.effect_ci_high
    assert low > 0  # the drift alone looks like a change for the worse
    assert result.decision.verdict == "no_clear_change"
    assert "ran apart before the change already" in result.decision.because
    assert result.teams.drift.as_before[0] <= 0 <= result.teams.drift.as_before[1] and high > low


def test_a_finding_says_which_drift_it_survives():
    result = run(dates(6, 6), -6.0)
    found, bounds = check(result, "If teams had drifted apart"), result.teams.drift.bounds
    borne = bounds.breakdown * bounds.largest_before_high
    assert borne > 0
    assert f"{borne / bounds.largest_before:.1f} times the largest seen before" in found.finding
    assert found.passed is (True if bounds.breakdown >= 1 else None)


def test_no_finding_survives_no_drift():
    found = check(run(dates(6, 6), 0.0), "If teams had drifted apart")
    assert found.passed is None and found.finding.startswith("Nothing is left to survive")


def test_waves_have_no_single_before_and_after_of_waiting_times():
    days = [date(2026, 3, 5), date(2026, 4, 2)]
    plan = {f"T{i:02}": days[i % 2].isoformat() for i in range(8)} | {"T08": None, "T09": None}
    _, waits, _ = draw(np.random.default_rng(2), 180, 0.3, 0.2, 10)
    assert run(plan, -6.0, first=days[0], waits=waits).found.waiting is None
    assert run(dates(4, 4), -6.0, waits=waits).found.waiting is not None

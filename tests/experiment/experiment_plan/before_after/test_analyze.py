"""Plans of before/after studies: verdicts, sentences, checks, and the study that is written."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from cs_lib import params
from cs_lib.aggregates import LoggedChange, Series
from cs_lib.experiment import analyze
from cs_lib.experiment.experiment_plan.before_after.analyze import summed, weeks_before
from cs_lib.experiment.experiment_plan.before_after.result import Length
from cs_lib.experiment.experiment_plan.before_after.settings import study_settings
from cs_lib.methods.its.noise import Noise
from cs_lib.metrics import CATALOGUE, problems
from cs_lib.metrics.experiment_plan import BeforeAfterPlanEvidence
from cs_lib.params import BeforeAfter, BeforeAfterPlan, strict_yaml
from tests.titles import titled

METRIC = "resolution_hours"
TEAMS = [f"T{i:02d}" for i in range(1, 9)]


def plan(**changes) -> BeforeAfterPlan:
    """A sound plan with other settings: blocks are updated, values replaced."""
    raw = {
        "study": "plan",
        "notebook": "experiment_plan",
        "plans": "before_after",
        "question": "How long must the queue be watched?",
        "as_of": "2026-02-20",
        "source": "demo",
        "design": {
            "change": "routing",
            "start": "2026-02-26",
            "washout_days": 7,
            "history": ["2025-09-04", "2026-02-04"],
        },
        "measure": {"primary_metric": METRIC, "usual_guardrails": False},
        "rule": {"min_effect": 3.0},
    }
    for key, value in changes.items():
        raw[key] = {**raw.get(key, {}), **value} if isinstance(value, dict) else value
    study, faults = params.check_study(raw, file="x", lines={}, also=problems)
    assert not faults and isinstance(study, BeforeAfterPlan)
    return study


def series(sd: float = 3.5, *, days: int = 154, seed: int = 0, name: str = METRIC) -> Series:
    """Daily values around 30 with AR(1) errors, ten cases a day."""
    errors = Noise(0.4, 1.0, sd**2, 1).draw(np.ones(days), 1, np.random.default_rng(seed))[:, 0]
    cases = np.full(days, 10.0)
    return Series(name, np.datetime64("2025-09-04") + np.arange(days), (30 + errors) * cases, cases)


def evidence(**changes) -> BeforeAfterPlanEvidence:
    days = np.datetime64("2025-09-04") + np.arange(154)
    known = {
        "metrics": {METRIC: CATALOGUE[METRIC]},
        "series": {METRIC: series()},
        "teams": {},
        "volume": Series("volume", days, np.full(154, 100.0), np.ones(154)),
        "changes": (),
        "horizon": 14,
        "observed_until": date(2026, 2, 20),
        "currency": "EUR",
    }
    return BeforeAfterPlanEvidence(**{**known, **changes})


def by_team(count: int = 8, sd: float = 7.0) -> dict:
    parts = {team: series(sd, seed=i) for i, team in enumerate(TEAMS[:count])}
    return {"teams": {METRIC: parts}}


def rollout(**keys) -> dict:
    return {"design": {"rollout": {"teams": TEAMS, **keys}}}


def check(result, name: str):
    return next(c for c in result.checks if titled(c) == name)


def written(result) -> BeforeAfter:
    raw, lines = strict_yaml.parse(result.settings, shown="written")
    study, faults = params.check_study(raw, file="written", lines=lines, also=problems)
    assert faults == [] and isinstance(study, BeforeAfter)
    return study


@pytest.fixture(scope="module")
def queue():
    return analyze(evidence(series={METRIC: series(2.6)}), plan(limit_weeks=60))


def test_the_plan_is_the_shortest_study_that_finds_the_change(queue):
    assert queue.decision.verdict == "planned"
    planned = queue.planned
    assert planned.power >= 0.8 and planned.simulated.found >= 0.77
    shorter = [o for o in queue.curve if o.weeks < 0.85 * planned.weeks]
    assert shorter and all(o.power < 0.8 for o in shorter)


def test_the_sentence_names_eight_weeks_the_change_and_the_weeks_it_takes(queue):
    said = queue.decision.because
    takes = f"{queue.planned.weeks} weeks after the change, with 25 weeks before it"
    assert said.startswith(f"To find 3.0 hours takes {takes}. The result is due on ")
    assert "8 weeks before and 8 weeks after the change find " in said
    assert said.endswith("3.0 hours is worth acting on.")


def test_formula_and_simulation_agree_on_the_page(queue):
    assert check(queue, "Formula and simulation agree").passed
    assert check(queue, "Few false alarms").passed
    simulated = [o for o in queue.options if o.simulated]
    assert len(simulated) >= 2
    for o in simulated:
        assert o.smallest == pytest.approx(o.simulated.smallest, rel=0.2)


def test_the_same_plan_comes_out_every_time(queue):
    again = analyze(evidence(series={METRIC: series(2.6)}), plan(limit_weeks=60))
    assert (again.options, again.curve) == (queue.options, queue.curve)


def test_the_written_study_has_whole_weeks_and_a_day_on_which_all_is_known(queue):
    study = written(queue)
    pre, post = study.design.pre_period, study.design.post_period
    assert study.study == "routing_study" and study.design.intervention_date == date(2026, 2, 26)
    assert pre == (date(2026, 2, 26) - timedelta(weeks=25), date(2026, 2, 25))
    assert (post[1] - post[0]).days + 1 == 7 + 7 * queue.planned.weeks
    assert study.as_of == post[1] + timedelta(days=15) == queue.planned.result_on
    assert study.rule.min_effect == 3.0


def test_a_limit_that_is_too_short_says_what_it_would_find():
    result = analyze(evidence(), plan(limit_weeks=6))
    assert result.decision.verdict == "not_feasible" and result.settings == ""
    assert "the limit is 6 weeks. Within the limit a change of" in result.decision.because
    assert result.within.weeks == 6 and result.within.smallest > 3.0
    assert "change some teams" in result.decision.next_step


def test_a_change_that_no_study_finds_is_not_feasible():
    result = analyze(evidence(), plan(rule={"min_effect": 0.2}))
    assert result.decision.verdict == "not_feasible" and result.planned is None
    assert "No study of up to two years" in result.decision.because


def test_too_short_a_history_carries_no_plan():
    result = analyze(evidence(series={METRIC: series(days=20)}), plan())
    assert result.decision.verdict == "not_enough_data"
    assert result.decision.because == "The history has 20 usable days; 28 are needed."


def test_a_cut_extract_carries_no_plan():
    days = np.datetime64("2025-09-04") + np.arange(154)
    cut = np.where(np.arange(154) > 145, 0.0, 100.0)
    result = analyze(evidence(volume=Series("volume", days, cut, np.ones(154))), plan())
    assert result.decision.verdict == "not_enough_data"
    assert "The extract is cut: no contact at all" in result.decision.because
    assert [c.blocks_decision for c in result.checks] == [True]


def test_checks_name_a_change_in_the_history_a_new_season_and_unnamed_holidays(queue):
    assert check(queue, "Season seen before").passed is False
    assert "no March" in check(queue, "Season seen before").finding
    assert check(queue, "Holidays named").passed is None
    logged = (LoggedChange("F1", "New script", date(2025, 12, 1), ""),)
    noisy = analyze(evidence(changes=logged), plan(limit_weeks=6))
    assert check(noisy, "Nothing changed in the history").passed is False
    assert "New script (1 December 2025" in check(noisy, "Nothing changed in the history").finding


def test_a_plan_tells_what_the_log_has_of_its_weeks_and_takes_its_own_start_for_itself():
    start = plan().design.start
    others = {
        "Itself": LoggedChange("F1", "Itself", start, ""),
        "Planned": LoggedChange("F2", "Planned", start + timedelta(days=9), ""),
        "Far": LoggedChange("F3", "Far", start + timedelta(days=900), ""),
    }
    result = analyze(evidence(ahead=tuple(others.values())), plan(limit_weeks=6))
    found = check(result, "No other change planned")
    assert found.passed is False
    assert [name for name in others if name in found.finding] == ["Planned"]
    same = analyze(evidence(), plan(limit_weeks=6))
    assert same.decision == result.decision
    assert "weeks_ahead_clear" not in [c.code for c in same.checks]
    assert "changes_logged" in [c.code for c in same.checks]


def test_a_plan_names_its_calendar_and_hands_it_to_the_study_with_the_typed_days():
    design = {"calendar": "CN", "holidays": ["2026-02-15", "2024-01-01"]}
    result = analyze(evidence(), plan(design=design, limit_weeks=6))
    known = check(result, "Public holidays by the calendar")
    assert known.passed is None and "1 October to 8 October 2025" in known.finding
    assert "Which days are moved in 2027" in known.finding  # The planned study ends there.
    assert check(result, "Holidays named").passed
    settings = study_settings(
        plan(design=design, action="causes_x"), Length(6, date(2026, 6, 1), 1.0, 0.8), CATALOGUE[METRIC],
        weeks_before=8, horizon=14, teams=None,
    )  # fmt: skip
    assert settings["action"] == "causes_x"
    assert settings["design"]["calendar"] == "CN"
    assert settings["design"]["holidays"] == ["2026-02-15"]


def test_a_guardrail_is_planned_with_the_margin_it_can_show():
    rails = {"csat": 0.5, "reopen_rate": 0.0001}
    rng = np.random.default_rng(0)
    share = {}
    for name in rails:
        base = series(name=name)
        hits = rng.binomial(10, 0.5, 154).astype(float)
        share[name] = Series(name, base.days, hits, base.denominator)
    metrics = {name: CATALOGUE[name] for name in (METRIC, *rails)}
    found = evidence(series={METRIC: series(), **share}, metrics=metrics, guardrails=dict(rails))
    result = analyze(found, plan(measure={"guardrails": rails}))
    assert {g.metric: g.holds for g in result.guardrails} == {"csat": True, "reopen_rate": False}
    assert (
        "“Resolved contacts that are reopened”" in check(result, "Guardrails can be shown").finding
    )


@pytest.fixture(scope="module")
def teams():
    return analyze(evidence(**by_team()), plan(**rollout(seed=4), limit_weeks=60))


def test_a_roll_out_is_planned_with_teams_by_lot(teams):
    assert teams.decision.verdict == "planned"
    chosen = teams.teams.chosen
    changed = [team for team, day in teams.teams.dates if day]
    assert len(changed) == chosen.schedule.changed and len(teams.teams.dates) == 8
    again = analyze(evidence(**by_team()), plan(**rollout(seed=4), limit_weeks=60))
    other = analyze(evidence(**by_team()), plan(**rollout(seed=5), limit_weeks=60))
    assert again.teams.dates == teams.teams.dates != other.teams.dates


def test_a_roll_out_is_written_as_a_study_of_these_teams(teams):
    study = written(teams)
    assert study.design.teams == dict(teams.teams.dates)
    assert study.design.scope.team_id == ()
    post = study.design.post_period
    assert (post[1] - post[0]).days + 1 == 7 * teams.planned.weeks


def test_teams_that_stay_as_they_are_make_a_roll_out_shorter_than_one_queue(teams, queue):
    waves = [o for o in teams.teams.options if o.schedule.staggered]
    one_date = [o for o in teams.teams.options if not o.schedule.staggered]
    assert waves and min(o.smallest for o in one_date) < min(o.smallest for o in waves)
    assert check(teams, "Season seen before").passed


def test_waves_are_planned_and_written_when_few_teams_can_be_changed_at_once():
    study = plan(**rollout(teams_at_once=1, most_teams=3), rule={"min_effect": 14.0})
    quiet = by_team(sd=6.0)
    result = analyze(evidence(**quiet), study)
    assert all(max(o.schedule.sizes) == 1 for o in result.teams.options)
    assert result.decision.verdict == "planned"
    if result.teams.chosen.schedule.staggered:
        assert len({d for d in written(result).design.teams.values() if d}) > 1


def test_placebo_roll_outs_stand_beside_the_formula(teams):
    tried = [o.placebos for o in teams.teams.options if o.placebos]
    assert tried and all(t.dates >= 4 for t in tried)
    assert "tried on the history" in check(teams, "Placebo roll-outs").finding


def test_too_few_teams_carry_no_roll_out():
    few = {"design": {"rollout": {"teams": TEAMS[:3]}}}
    result = analyze(evidence(**by_team(3)), plan(**few))
    assert result.decision.verdict == "not_enough_data"
    assert result.decision.because == "3 teams are too few for a roll-out; 4 are needed."
    nobody = analyze(evidence(teams={METRIC: {}}), plan(**rollout()))
    assert "None of the teams" in nobody.decision.because


def test_a_roll_out_that_shows_nothing_in_time_says_what_the_best_would():
    result = analyze(evidence(**by_team()), plan(**rollout(), limit_weeks=4))
    assert result.decision.verdict == "not_feasible" and result.teams.dates == ()
    assert "The best of those compared" in result.decision.because


def test_guardrails_of_a_roll_out_are_those_of_the_teams_to_be_changed():
    parts = [series(seed=i) for i in range(2)]
    both = summed(parts, series())
    assert both.denominator.tolist() == [20.0] * 154
    assert both.numerator == pytest.approx(parts[0].numerator + parts[1].numerator)
    assert summed([], parts[0]) is parts[0]


def test_weeks_before_count_to_the_day_of_the_change():
    assert weeks_before(series(), plan()) == 25
    assert weeks_before(series(days=0), plan()) == 0

"""A season that the years before told: in the study, on its page, and in the plan of one."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from cs_lib import experiment
from cs_lib.aggregates import LoggedChange, Series
from cs_lib.experiment import analyze
from cs_lib.experiment.before_after import analyze as whole
from cs_lib.experiment.before_after.case import Case
from cs_lib.experiment.before_after.series import primary_change, season_of_primary
from cs_lib.experiment.experiment_plan.before_after import analyze as planning
from cs_lib.experiment.experiment_plan.before_after import queue
from cs_lib.metrics.earlier import MOST_DAYS, Earlier
from cs_lib.params import Scope
from cs_lib.report.before_after.figures import series
from cs_lib.report.before_after.tables import sensitivity
from tests.bench.wander import PROCESSES
from tests.experiment.before_after.test_analyze import check, evidence, study
from tests.experiment.experiment_plan.before_after import test_analyze as plans

UNTIL, N, AT = np.datetime64("2025-07-01"), 364, 182
STUDIED, BEFORE = UNTIL + np.arange(N), UNTIL - MOST_DAYS + np.arange(MOST_DAYS)
DESIGN = {
    "intervention_date": str(UNTIL + AT),
    "pre_period": ["2025-07-01", str(UNTIL + AT - 1)],
    "post_period": [str(UNTIL + AT), str(UNTIL + N - 1)],
}
STUDY = study(design=DESIGN, as_of="2026-09-01", rule={"min_effect": 0.5})


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Nothing is computed that decides nothing, and fewer studies are drawn for a plan."""
    for name in ("quiet_before", "second_opinion"):
        monkeypatch.setattr(whole, name, lambda case: None)
    monkeypatch.setattr(planning, "placebo_dates", lambda *_, **__: None)
    monkeypatch.setattr(queue, "SIMULATED_STUDIES", 80)


def line(days, *, step=0.0, seed=4, size=3.0):
    """Hours with a wave of the year, AR(1) errors of 1.5 and a step at the change."""
    noise = PROCESSES["AR(1) 0.3"](np.random.default_rng(seed), len(days), 1)[:, 0]
    season = size * np.sin(2 * np.pi * days.astype(int) / 365.25)
    value = 30 + 1.5 * noise + season + step * (days >= UNTIL + AT)
    return Series("resolution_hours", days, 40 * value, np.full(len(days), 40.0))


def given(*, years=True, changes=(), comparison=None, **kinds):
    days, before = STUDIED, BEFORE
    flat = Series("volume", days, np.full(N, 40.0), np.ones(N))
    past = Earlier(line(before, seed=3), comparison, tuple(changes))
    return evidence(
        series={"resolution_hours": line(days, **kinds)},
        volume=flat, scoped_volume=flat, observed_until=date(2026, 9, 1),
        earlier=past if years else None,
    )  # fmt: skip


def logged(day, scope=""):
    return LoggedChange("C9", "A new form", date.fromisoformat(day), scope)


def test_with_the_years_before_a_step_is_found_that_one_year_alone_cannot_tell_from_the_season():
    alone = analyze(given(years=False, step=-1.5), STUDY)
    result = analyze(given(step=-1.5), STUDY)
    assert (alone.decision.verdict, result.decision.verdict) == ("no_clear_change", "improved")
    assert result.effect.effect == pytest.approx(-1.5, abs=0.9)
    assert result.effect.se < 0.7 * alone.effect.se
    said = str(check(result, "Season seen before").finding)
    assert said.startswith("The 156 whole weeks before, from ") and "6" in said
    row = next(r for r in sensitivity(result).rows if "left in" in r[0])
    assert result.found.beside.season_left == alone.effect
    assert row[0] == "If the season of the years before were left in"
    assert alone.found.beside.season_left is None
    assert "the season of the years before, carried on" in str(series(result).caption)


def test_where_nothing_was_changed_nothing_is_said_with_them_either():
    assert analyze(given(), STUDY).decision.verdict == "no_clear_change"


@pytest.mark.parametrize(
    ("change", "weeks"),
    [
        (logged("2022-09-01"), 143),
        (logged("2024-09-01"), None),  # too late for two clean years
        (logged("2024-09-01", "channel in (chat)"), 156),  # elsewhere
    ],
)
def test_the_years_are_used_as_far_as_no_logged_change_touches_them(change, weeks):
    asked = STUDY.model_copy(
        update={"design": STUDY.design.model_copy(update={"scope": Scope(channel=("phone",))})}
    )
    season = season_of_primary(Case(given(changes=[change]), asked))
    assert (None if season is None else season.weeks) == weeks


def test_against_an_unchanged_queue_the_season_is_that_of_the_difference():
    ours = given(comparison=line(BEFORE, seed=7, size=1.0), step=-1.5)
    ours = replace(ours, comparison=line(STUDIED, seed=6, size=1.0))
    design = STUDY.design.model_copy(
        update={"scope": Scope(channel=("phone",)), "comparison": Scope(channel=("mail",))}
    )
    case = Case(ours, STUDY.model_copy(update={"design": design}))
    season = season_of_primary(case)
    assert primary_change(case).season.swing == season.swing
    assert season.swing == pytest.approx(4.0, abs=1.0)


def test_a_plan_reckons_with_the_season_that_its_study_will_take_out():
    days = np.datetime64("2025-09-04") + np.arange(154)
    before = np.datetime64("2025-09-04") - MOST_DAYS + np.arange(MOST_DAYS)
    known = plans.evidence(series={plans.METRIC: line(days)})
    asked = plans.plan(rule={"min_effect": 1.5})
    alone = analyze(known, asked)
    past = replace(known, earlier=Earlier(line(before, seed=3), None, ()))
    seasoned = analyze(past, asked)
    assert seasoned.past.season.weeks == 156 and alone.past.season is None
    assert str(check(seasoned, "Season seen before").finding).startswith("The 156 whole weeks")
    assert seasoned.past.noise.sd < alone.past.noise.sd
    assert seasoned.planned.weeks <= alone.planned.weeks
    drawn = seasoned.planned.simulated
    assert drawn.found == pytest.approx(seasoned.planned.power, abs=0.15)


def test_a_frame_of_days_is_read_back_before_its_periods_too():
    days = np.concatenate([BEFORE[-800:], STUDIED])
    found = line(days, step=-1.5)
    frame = pd.DataFrame({"day": days, "hours": found.numerator / found.denominator})
    result = experiment.before_after(
        frame,
        date=DESIGN["intervention_date"],
        outcome="hours",
        min_effect=0.5,
        design={"pre_period": DESIGN["pre_period"]},
    )
    assert result.change.season.weeks == 114

"""A before/after study from series to decision, on evidence made from known numbers."""

from datetime import date, timedelta

import numpy as np
import pytest

from cs_lib import params
from cs_lib.aggregates import Durations, LoggedChange, Series
from cs_lib.experiment import analyze
from cs_lib.experiment.before_after.case import Case
from cs_lib.experiment.before_after.other_changes import log_checks
from cs_lib.experiment.logged import apart
from cs_lib.metrics import CATALOGUE
from cs_lib.metrics.before_after import BeforeAfterEvidence
from cs_lib.metrics.catalogue import in_currency
from cs_lib.params import Scope
from tests.bench.waiting_calibration import draw
from tests.titles import titled

START, CHANGE, END = date(2026, 1, 1), date(2026, 4, 2), date(2026, 6, 30)
SETTINGS = {
    "study": "routing",
    "notebook": "before_after",
    "question": "Did routing get problems solved sooner?",
    "as_of": "2026-08-01",
    "source": "demo",
    "design": {
        "intervention_date": "2026-04-02",
        "pre_period": ["2026-01-01", "2026-04-01"],
        "post_period": ["2026-04-02", "2026-06-30"],
    },
    "measure": {"primary_metric": "resolution_hours"},
    "rule": {"alpha": 0.05, "min_effect": 2.0},
}


def study(**changes):
    return params.BeforeAfter.model_validate({**SETTINGS, **changes})


def series(name, level, step, *, spread=1.0, seed=1, scale=1.0):
    days = np.arange(np.datetime64(START), np.datetime64(END) + 1)
    noise = np.random.default_rng(seed).normal(0, spread, len(days))
    value = level + np.where(days >= np.datetime64(CHANGE), step, 0.0) + noise
    below = np.full(len(days), 40.0)
    return Series(name, days, value * below * scale, below)


def evidence(*, step=-6.0, contacts=40.0, names=("resolution_hours",), **changes):
    flat = series("volume", contacts, 0.0, spread=0.0)
    volume = Series("volume", flat.days, np.full(len(flat.days), contacts), np.ones(len(flat.days)))
    fields = {
        "metrics": in_currency(names, str(changes.get("currency", ""))),
        "series": {"resolution_hours": series("resolution_hours", 30.0, step)},
        "volume": volume,
        "scoped_volume": volume,
        "durations": (),
        "changes": (),
        "horizon": 14,
        "observed_until": date(2026, 8, 1),
        "currency": "",
    }
    return BeforeAfterEvidence(**{**fields, **changes})


def check(result, name):
    return next(c for c in result.checks if titled(c) == name)


def test_a_real_step_is_called_improved_and_measured():
    result = analyze(evidence(), study())
    assert result.decision.verdict == "improved"
    assert result.change.effect.effect == pytest.approx(-6, abs=1.5)


def test_a_rise_is_called_worsened():
    assert analyze(evidence(step=6.0), study()).decision.verdict == "worsened"


def test_no_step_is_no_clear_change():
    assert analyze(evidence(step=0.0), study()).decision.verdict == "no_clear_change"


def test_a_cut_extract_withholds_the_effect():
    given = evidence()
    counts = given.volume.numerator.copy()
    counts[-10:] = 0
    cut = Series("volume", given.volume.days, counts, given.volume.denominator)
    result = analyze(evidence(volume=cut), study())
    assert (result.decision.verdict, result.change, result.effects()) == ("invalid", None, ())


def test_too_few_days_say_how_many_are_needed():
    design = {**SETTINGS["design"], "post_period": ["2026-04-02", "2026-04-10"]}
    full = evidence().series["resolution_hours"]
    keep = full.days <= np.datetime64("2026-04-10")
    short = Series(full.metric, full.days[keep], full.numerator[keep], full.denominator[keep])
    result = analyze(evidence(series={"resolution_hours": short}), study(design=design))
    assert result.decision.verdict == "not_enough_data"
    assert "14" in result.decision.because


def test_another_logged_change_is_a_doubt():
    other = (LoggedChange("c9", "New script", date(2026, 4, 20), ""),)
    found = check(analyze(evidence(changes=other), study()), "No other change")
    assert (found.passed, "New script (20 April 2026" in found.finding) == (False, True)


def test_a_logged_change_on_other_teams_is_no_doubt():
    design = {**SETTINGS["design"], "scope": {"team_id": ["T01"]}}
    other = (LoggedChange("c9", "New script", date(2026, 4, 20), "team_id in (T05, T06)"),)
    found = check(analyze(evidence(changes=other), study(design=design)), "No other change")
    assert (found.passed, "concern other contacts" in found.finding) == (True, True)


def log_checks_of(changes=(), until=None, **design):
    case = Case(
        evidence(changes=changes, logged_until=until),
        study(design={**SETTINGS["design"], **design}),
    )
    return {c.code: c for c in log_checks(case)}


def test_without_a_log_the_page_says_so_and_not_that_nothing_else_changed():
    none = log_checks_of()
    assert list(none) == ["changes_logged"] and none["changes_logged"].passed is None
    assert list(log_checks_of(until=date(2023, 5, 1))) == ["change_log_kept"]
    kept = log_checks_of(until=date(2026, 1, 1))["no_other_change"]
    assert kept.passed and "has no other change" in kept.finding


def test_a_change_that_ended_in_the_periods_is_another_change():
    ended = LoggedChange("c9", "Old form", date(2024, 1, 1), "", last=date(2026, 4, 20))
    found = log_checks_of([ended])["no_other_change"]
    assert found.passed is False and "Old form (taken back on 20 April 2026" in found.finding
    also = [{"name": "Old form", "day": "2026-04-20", "change_id": "c9"}]
    assert log_checks_of([ended], also=also)["no_other_change"].passed


def test_a_change_of_the_unchanged_queue_alone_is_a_doubt_too():
    scopes = {"scope": {"team_id": ["T01"]}, "comparison": {"team_id": ["T05"]}}
    other = LoggedChange("c9", "New script", date(2026, 4, 20), "team_id in (T05)")
    assert log_checks_of([other], **scopes)["no_other_change"].passed is False
    assert log_checks_of([other], scope=scopes["scope"])["no_other_change"].passed


def test_it_is_told_which_changes_can_be_told_apart():
    days = {"Near": CHANGE + timedelta(days=13), "Far": CHANGE + timedelta(days=14)}
    others = [LoggedChange(name, name, day, "") for name, day in days.items()]
    said = log_checks_of(others)["no_other_change"].finding
    assert "Too close to the studied change to be told apart from it: Near." in said
    assert "These can be told apart (design.also): Far." in said


def test_teams_take_out_what_all_of_them_went_through():
    teams = {"T01": str(CHANGE), "T02": str(CHANGE), "T03": None, "T04": None}
    day = CHANGE + timedelta(days=30)
    others = [
        LoggedChange("c1", "Chat", day, "channel in (chat)"),
        LoggedChange("c2", "Script", day, "team_id in (T03)"),
        LoggedChange("c3", "Elsewhere", day, "team_id in (T09)"),
    ]
    said = log_checks_of(others, teams=teams)["no_other_change"].finding
    assert "went through alike: Chat." in said
    assert "Script" in said and "Elsewhere" not in said


@pytest.mark.parametrize(
    ("logged", "said"),
    [
        ({"day": CHANGE + timedelta(days=3)}, "It went live on "),
        ({"day": CHANGE, "last": CHANGE + timedelta(days=20)}, "By the log it was taken back on "),
        ({"day": CHANGE}, None),
    ],
)
def test_a_log_that_tells_the_studied_change_otherwise_is_a_doubt(logged, said):
    own = LoggedChange("c1", "Routing", scope="", **logged)
    found = log_checks_of([own], change_id="c1").get("change_as_logged")
    assert (found is None) is (said is None)
    assert said is None or (found.passed is False and said in found.finding)


def test_the_studied_change_is_not_another_change():
    design = {**SETTINGS["design"], "change_id": "c1"}
    own = (LoggedChange("c1", "Routing", CHANGE, ""),)
    assert check(analyze(evidence(changes=own), study(design=design)), "No other change").passed


@pytest.mark.parametrize(
    ("logged", "expected"),
    [
        ("team_id in (T05, T06)", True),
        ("team_id in (T01, T06)", False),
        ("channel in (chat)", False),  # ours names no channel: it may touch
        ("everybody in the north", False),
    ],
)
def test_scopes_are_apart_only_when_surely_so(logged, expected):
    assert apart(logged, Scope(team_id=("T01", "T02"))) is expected


def test_cases_without_follow_up_are_said_to_be_left_out():
    full = evidence().series["resolution_hours"]
    shorter = Series(full.metric, full.days[:-10], full.numerator[:-10], full.denominator[:-10])
    found = check(
        analyze(evidence(series={"resolution_hours": shorter}), study()), "Every case followed"
    )
    assert (found.passed, "20 June 2026 are left out" in found.finding) == (None, True)


def test_a_guardrail_that_cannot_be_had_becomes_a_sentence():
    measure = {"primary_metric": "resolution_hours", "guardrails": {"csat": 0.05}}
    given = evidence(names=("resolution_hours", "csat"), absent={"csat": "Not there."})
    found = check(analyze(given, study(measure=measure)), CATALOGUE["csat"].label)
    assert (found.passed, found.finding) == (None, "Not there.")


def test_a_changed_response_rate_is_a_doubt():
    names = ("resolution_hours", "csat", "csat_response_rate")
    both = {
        "resolution_hours": series("resolution_hours", 30.0, -6.0),
        "csat": series("csat", 0.8, 0.0, spread=0.05),
        "csat_response_rate": series("csat_response_rate", 0.3, 0.15, spread=0.03),
    }
    measure = {"primary_metric": "resolution_hours", "guardrails": {"csat": 0.1}}
    result = analyze(evidence(names=names, series=both), study(measure=measure))
    found = check(result, "Response rate steady")
    assert (found.passed, "Different customers answer now" in found.finding) == (False, True)
    assert result.guardrails[0].outcome == "holds"


def test_rates_per_orders_are_read_on_the_log_scale():
    measure = {"primary_metric": "contact_rate"}
    given = evidence(
        names=("contact_rate",),
        series={"contact_rate": series("contact_rate", 200.0, -60.0, spread=8.0)},
    )
    result = analyze(given, study(measure=measure))
    assert "log scale" in str(result.change.effect.method)
    assert result.decision.verdict == "improved"


def test_a_rate_with_days_without_contacts_falls_back_to_weeks_or_the_plain_scale():
    rate = series("contact_rate", 200.0, -60.0, spread=8.0)
    gaps = rate.numerator.copy()
    gaps[::10] = 0.0
    given = evidence(
        names=("contact_rate",),
        series={"contact_rate": Series(rate.metric, rate.days, gaps, rate.denominator)},
    )
    result = analyze(given, study(measure={"primary_metric": "contact_rate"}))
    assert result.change is not None
    assert np.isfinite(result.change.effect.effect)


def test_waiting_curves_stand_beside_a_time_metric():
    seconds = np.array([3600.0, 7200.0, 14 * 86400.0])
    ended = np.array([True, True, False])
    both = tuple(Durations(g, seconds, ended, np.array([5, 3, 2])) for g in ("before", "after"))
    curves = analyze(evidence(durations=both), study()).found.curves
    assert [c.survival[-1] for c in curves] == pytest.approx([0.2, 0.2])


def test_a_constant_series_is_refused_in_words():
    flat = series("resolution_hours", 30.0, 0.0, spread=0.0)
    result = analyze(evidence(series={"resolution_hours": flat}), study())
    assert result.decision.verdict == "not_enough_data"
    assert result.decision.because.endswith(".")


def with_cost(step, *, margin=0.5):
    """A study whose cost per contact moved by so much from a level of five, watched without being named."""
    both = {
        "resolution_hours": series("resolution_hours", 30.0, -6.0),
        "cost_per_contact": series("cost_per_contact", 5.0, step, spread=0.1),
    }
    names = ("resolution_hours", "cost_per_contact")
    return analyze(
        evidence(names=names, series=both, usual={"cost_per_contact": margin}, currency="EUR"),
        study(),
    )


@pytest.mark.parametrize(
    ("step", "outcome"), [(0.0, "holds"), (1.5, "breached"), (0.5, "not_shown")]
)
def test_a_usual_guardrail_of_money_has_a_margin_in_money_and_says_its_share(step, outcome):
    (rail,) = with_cost(step).guardrails
    assert (rail.outcome, rail.margin, rail.share_of_before) == (outcome, 0.5, 0.10)


def test_a_margin_that_the_settings_give_is_no_share():
    both = {"resolution_hours": series("resolution_hours", 30.0, -6.0),
            "cost_per_contact": series("cost_per_contact", 5.0, 0.0, spread=0.1)}  # fmt: skip
    measure = {"primary_metric": "resolution_hours", "guardrails": {"cost_per_contact": 0.3}}
    given = evidence(names=("resolution_hours", "cost_per_contact"), series=both)
    (rail,) = analyze(given, study(measure=measure)).guardrails
    assert (rail.margin, rail.share_of_before) == (0.3, None)


def test_usual_guardrails_that_cannot_be_had_are_said_in_one_note():
    given = evidence(unmeasured=("'csat' is not there.", "'cost_per_contact' is not there."))
    found = check(analyze(given, study()), "Usual guardrails measured")
    assert (found.passed, found.finding) == (
        None, "'csat' is not there. 'cost_per_contact' is not there.",
    )  # fmt: skip


def test_waiting_by_days_stands_beside_a_time_metric():
    mean, waits, change = draw(np.random.default_rng(2), 180, 0.3, 0.2, 40, shorter=0.6)
    design = {
        "intervention_date": change,
        "pre_period": [str(mean.days[0]), str(np.datetime64(change) - 1)],
        "post_period": [change, str(mean.days[-1])],
    }
    result = analyze(evidence(series={"resolution_hours": mean}, waits=waits), study(design=design))
    assert result.found.waiting.pvalue < 0.001 and result.found.waiting.hazard.ratio > 1
    assert result.decision.verdict == "improved"
    assert (
        result.effect.pvalue != result.found.waiting.restricted.pvalue
    )  # the series with its trend decides

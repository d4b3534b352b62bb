"""What a portfolio says: sums only of what can be added, nothing twice, what faded, what is missing."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from cs_lib.aggregates import LoggedChange
from cs_lib.methods.meta_analysis.shrinkage import Estimate, shrink
from cs_lib.report import decision
from cs_lib.sentences import Sentence
from tests.experiment.improvement_portfolio.made import (
    answer,
    by_day,
    effect,
    files,
    perk_test,
    portfolio,
    result,
)

SIX = [
    result(f"fix_{k}", value, 1.0) for k, value in enumerate((-5.0, -4.0, -3.0, -3.5, -0.5, 0.5))
]
DAYS = (date(2026, 5, 31) - date(2026, 1, 1)).days + 1
SHARE = DAYS / 365


def check(found, code: str):
    [one] = [each for each in found.checks if each.code == code]
    return one


def test_the_sum_is_of_shrunk_effects_in_the_share_of_the_period_that_is_confirmed() -> None:
    found = answer(files(*SIX))
    pooled = shrink(
        [Estimate(f"fix_{k}", e, 1.0) for k, e in enumerate((-5.0, -4.0, -3.0, -3.5, -0.5, 0.5))]
    )
    total = pooled.total({f"fix_{k}": SHARE for k in range(6)})
    assert found.main.total.mean == pytest.approx(total.mean)
    assert found.main.total.low == pytest.approx(total.low)
    assert found.main.plain.raw == pytest.approx(-15.5 * SHARE)
    assert found.decision.verdict == "adds_up"


def test_studies_of_three_metrics_are_not_added() -> None:
    hours = result("hours", metric="resolution_hours")
    hours["effects"] = [effect("resolution_hours", -3.0, 1.0, unit="hours")]
    found = answer(files(result("fix"), hours, perk_test("coupon", 0.05, 0.01, 4.0)))
    assert found.decision.verdict == "too_few_to_add"
    assert "different metrics" in str(found.decision.because)
    assert all(one.pooled is None for one in found.families)


def test_two_currencies_are_two_sums() -> None:
    tests = [perk_test(f"p{k}", 0.05, 0.01, 4.0) for k in range(6)]
    for one in tests[:2]:
        one["effects"][1]["currency"] = "USD"
    found = answer(files(*tests))
    money = {one.of.currency: one.n for one in found.families if one.of.unit == "money"}
    assert money == {"CNY": 4, "USD": 2}


def test_money_counts_for_a_year_at_the_customers_that_the_test_reached() -> None:
    found = answer(files(*(perk_test(f"p{k}", 0.05, 0.01, 4.0) for k in range(5))))
    [money] = [one for one in found.families if one.of.unit == "money"]
    assert money.plain.raw == pytest.approx(5 * 4.0 * 1460 / DAYS * 365)
    assert money.total.low < money.total.mean < money.total.high


def test_shares_of_customers_of_different_tests_are_no_sum() -> None:
    found = answer(files(*(perk_test(f"p{k}", 0.05, 0.01, 4.0) for k in range(5))))
    [shares] = [one for one in found.families if one.of.metric == "repurchase_60d"]
    assert shares.pooled is not None and shares.total is None
    assert "no sum" in str(shares.why_no_total)


def test_hours_of_different_teams_are_no_sum_but_of_the_same_scope_they_are() -> None:
    def hours(name: str, first: str, last: str, team: str) -> dict:
        one = result(
            name,
            metric="resolution_hours",
            design={"scope": {"team_id": [team]}, "period": [first, last]},
        )
        one["effects"] = [effect("resolution_hours", -3.0, 1.0, unit="hours")]
        return one

    starts = ["2025-07-01", "2025-09-01", "2025-11-01", "2026-01-01", "2026-03-01", "2026-05-01"]
    ends = [f"{a[:8]}28" for a in starts]
    apart = answer(
        files(
            *(
                hours(f"h{k}", a, b, f"T{k}")
                for k, (a, b) in enumerate(zip(starts, ends, strict=True))
            )
        )
    )
    assert apart.main.total is None and "different groups" in str(apart.main.why_no_total)
    same = answer(
        files(
            *(hours(f"h{k}", a, b, "T1") for k, (a, b) in enumerate(zip(starts, ends, strict=True)))
        )
    )
    assert same.main.total is not None


def test_rates_of_two_desks_are_no_sum_whatever_their_settings_look_like() -> None:
    two = [{**one, "source": "north" if k % 2 else "south"} for k, one in enumerate(SIX)]
    found = answer(files(*two))
    assert found.main.total is None and "different desks" in str(found.main.why_no_total)
    assert found.decision.verdict == "too_few_to_add"
    one = answer(files(*({**each, "source": "north"} for each in SIX)))
    assert one.main.total is not None


def test_money_of_a_test_whose_customers_nobody_counted_is_not_said_to_be_in_the_sum() -> None:
    tests = [perk_test(f"p{k}", 0.05, 0.01, 4.0) for k in range(5)]
    for one in tests:
        one["effects"] = [{**one["effects"][1], "role": "primary"}]
    tests[0]["assigned"] = {}
    found = answer(files(*tests))
    assert {e.study: e.place for e in found.ledger}["p0"] == "outside"
    assert (found.main.n, found.main.n_counted) == (5, 4)


def test_designs_are_never_seen_together() -> None:
    teams = [result(f"team_{k}", design={"kind": "by_team"}) for k in range(3)]
    found = answer(files(*SIX[:3], *teams))
    assert {(one.of.kind, one.n) for one in found.families} == {("before_after", 3), ("by_team", 3)}


def test_invalid_studies_are_out_and_those_without_clear_change_are_in() -> None:
    bad = result("bad", verdict="invalid")
    bad["effects"] = []
    found = answer(files(*SIX, bad))
    assert {e.study: e.place for e in found.ledger}["bad"] == "invalid"
    assert found.main.n == 6
    assert "no_clear_change" in {e.verdict for e in found.ledger if e.place == "counted"}
    assert "bad" in check(found, "studies_usable").finding


def test_a_stopped_test_teaches_how_effects_differ_but_is_not_in_the_sum() -> None:
    tests = [perk_test(f"p{k}", 0.05, 0.01, 4.0) for k in range(5)]
    tests.append(perk_test("flop", -0.01, 0.01, -3.0, verdict="stop"))
    found = answer(files(*tests))
    [money] = [one for one in found.families if one.of.unit == "money"]
    assert (money.n, money.n_counted) == (6, 5)


def test_an_effect_is_counted_once_where_two_speak_of_the_same_cases() -> None:
    again = result("again", -3.0, 2.0, design={"scope": {"need_code": ["fix_0"]}})
    found = answer(files(*SIX, again))
    entries = {e.study: e for e in found.ledger}
    assert entries["again"].place == "inside" and entries["again"].inside_of == "fix_0"
    assert found.main.n_counted == 6
    assert "again" in check(found, "claims_apart").finding


def follow(name: str, value: float, se: float) -> dict:
    days = {"scope": {"need_code": [name]}, "period": ["2026-06-01", "2026-06-30"]}
    return result(f"{name}_90d", value, se, follows=name, design=days)


def test_a_gain_that_faded_is_named_and_one_that_holds_is_claimed_longer() -> None:
    found = answer(files(*SIX, follow("fix_0", 0.2, 0.3), follow("fix_1", -3.6, 0.5)))
    entries = {e.study: e for e in found.ledger}
    assert entries["fix_0"].held.standing == "faded"
    assert entries["fix_1"].held.standing == "holds"
    assert entries["fix_1"].days == ((date(2026, 1, 1), date(2026, 6, 30)),)
    assert entries["fix_0"].days == ((date(2026, 1, 1), date(2026, 5, 31)),)
    assert "No longer holds: “fix 0”" in str(found.decision.because)
    assert found.decision.next_step.startswith("Find out why it no longer holds: “fix 0”")
    assert found.main.n == 6


def test_a_smaller_second_estimate_alone_is_no_fading() -> None:
    found = answer(files(*SIX, follow("fix_0", -2.6, 1.0)))
    assert {e.study: e for e in found.ledger}["fix_0"].held.standing != "faded"


def test_a_follow_up_of_another_metric_or_withheld_says_why_it_says_nothing() -> None:
    other = follow("fix_0", -3.0, 1.0)
    other["effects"] = [effect("csat", 0.1, 0.01, unit="share", good="up")]
    bad = follow("fix_1", -3.0, 1.0)
    bad.update(verdict="invalid", effects=[])
    entries = {e.study: e for e in answer(files(*SIX, other, bad)).ledger}
    assert str(entries["fix_0"].why_not) == "It measures another metric."
    assert str(entries["fix_1"].why_not) == "Its effect is withheld."


def test_gains_older_than_the_settings_say_are_due() -> None:
    found = answer(files(*SIX))
    assert {e.study for e in found.due} == {"fix_0", "fix_1", "fix_2", "fix_3"}
    assert found.due[0].due == date(2026, 6, 1)
    late = portfolio(design={"period": ["2025-07-01", "2026-06-30"], "follow_up_days": 365})
    assert not answer(files(*SIX), late).due


def test_changed_plans_are_named() -> None:
    found = answer(files(*SIX[:5], result("moved", plan_changed=True)))
    assert "“moved”" in check(found, "plans_kept").finding


def test_the_drawer_names_what_is_planned_running_failed_and_later() -> None:
    plan = result(
        "next_test", notebook="experiment_plan", plans="perk_ab_test", design={"kind": "plan"}
    )
    running = perk_test("coupon", 0.05, 0.01, 4.0, verdict="keep_running")
    late = result("late", as_of="2026-09-01")
    made = files(*SIX, plan, running, late)
    made["bad/failed/run.json"] = (
        b'{"study": "bad", "notebook": "before_after", "as_of": "2026-06-01", "sentence": "No data."}'
    )
    found = answer(made)
    assert {(d.study, d.state) for d in found.drawer} == {
        ("bad", "failed"), ("coupon", "running"), ("next_test", "planned"), ("late", "later"),
    }  # fmt: skip


def test_log_and_studies_are_held_against_each_other() -> None:
    log = (
        LoggedChange("C-fix_0", Sentence("The manual"), date(2026, 1, 1), ""),
        LoggedChange("C-other", Sentence("New greeting"), date(2026, 2, 1), ""),
    )
    found = answer(files(*SIX), changes=log)
    assert found.without_change == ("fix_1", "fix_2", "fix_3", "fix_4", "fix_5")
    assert [code for code, _, _ in found.without_study] == ["C-other"]
    without = answer(files(*SIX), changes=None)
    assert without.without_change == () and check(without, "studies_logged").passed is None


def test_the_page_that_lists_an_action_begins_its_course() -> None:
    needs = result(
        "needs",
        notebook="needs_and_causes",
        verdict="fix_first",
        actions=[{"id": "A1"}],
        as_of="2025-11-01",
    )
    needs["design"]["kind"] = "source"
    found = answer(files(*SIX[:5], result("fixed", action="A1"), needs))
    [course] = [c for c in found.courses if c.study == "fixed"]
    assert (course.listed, course.changed, course.decided) == (
        date(2025, 11, 1), date(2026, 1, 1), date(2026, 6, 1),
    )  # fmt: skip


def fell(by: float, first: str, last: str) -> np.ndarray:
    """Two years of 200 contacts per 1,000 orders, lower between two days."""
    days = np.datetime64("2024-07-01") + np.arange(730)
    noise = np.random.default_rng(3).normal(0, 4, 730)
    inside = (days >= np.datetime64(first)) & (days <= np.datetime64(last))
    return 200 + noise - by * inside


def test_the_headline_moves_by_what_is_claimed_and_the_rest_is_named() -> None:
    found = answer(files(*SIX), headline=by_day(fell(14.0, "2026-01-01", "2026-06-30")))
    one = found.top_down
    assert one.a_year_apart and one.weeks == 13
    assert one.low <= -14 <= one.high
    assert one.rest == pytest.approx(one.moved - one.claimed)
    assert one.rest_low <= 0 <= one.rest_high
    alone = answer(files(*SIX), headline=by_day(fell(60.0, "2026-01-01", "2026-06-30"))).top_down
    assert alone.rest_high < 0


def test_a_short_history_is_compared_with_the_first_weeks_and_says_so() -> None:
    found = answer(
        files(*SIX), headline=by_day(fell(0.0, "2026-01-01", "2026-01-02")[365:], "2025-07-01")
    )
    assert not found.top_down.a_year_apart


def test_weeks_in_which_nothing_was_recorded_are_no_fall() -> None:
    level = fell(0.0, "2026-01-01", "2026-01-02")
    level[-30:-9] = 0.0
    one = answer(files(*SIX), headline=by_day(level)).top_down
    assert one.low <= 0 <= one.high


def test_without_a_headline_or_a_study_of_it_the_page_says_why() -> None:
    assert str(answer(files(*SIX)).why_no_top_down) == "no headline"
    tests = [perk_test(f"p{k}", 0.05, 0.01, 4.0) for k in range(5)]
    found = answer(files(*tests), headline=by_day(fell(0.0, "2026-01-01", "2026-01-02")))
    assert "No study in the sum measures the headline" in str(found.why_no_top_down)


def test_nothing_at_all_is_no_zero() -> None:
    found = answer({})
    assert found.decision.verdict == "too_few_to_add" and found.main is None
    assert str(found.decision.because) == "No decided study with an effect was found."


def test_any_order_of_files_gives_the_same_numbers() -> None:
    made = files(*SIX, follow("fix_0", 0.2, 0.3))
    one, two = answer(made), answer(dict(reversed(made.items())))
    assert decision(one).facts() == decision(two).facts()


def test_months_add_up_to_the_period() -> None:
    found = answer(files(*SIX))
    days = [
        ((b or date(2026, 7, 1)) - a).days
        for (a, _), b in zip(found.main.by_month, [m for m, _ in found.main.by_month[1:]] + [None], strict=True)
    ]  # fmt: skip
    mean = (
        sum(n * total.mean for n, (_, total) in zip(days, found.main.by_month, strict=True)) / 365
    )
    assert mean == pytest.approx(found.main.total.mean)
    assert all(a < b for a, b in pairwise([month for month, _ in found.main.by_month]))

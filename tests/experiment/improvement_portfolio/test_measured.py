"""Which runs are studies: one study under several names, reruns, follow-ups, what is still running."""

from datetime import date

import pytest

from cs_lib.experiment.improvement_portfolio.measured import measured, sort_runs
from cs_lib.metrics.catalogue import CATALOGUE
from cs_lib.metrics.study_results import of_files
from tests.experiment.improvement_portfolio.made import (
    AS_OF,
    Files,
    effect,
    files,
    perk_test,
    result,
)

KNOWN = {name: CATALOGUE[name] for name in ("contact_rate", "repurchase_60d", "net_value_60d")}


def sort(made: Files):
    return sort_runs(of_files(made, as_of=AS_OF).runs)


def test_the_page_that_is_shown_counts_of_several_runs() -> None:
    old = files(result("fix", -1.0, digest="old", as_of="2026-05-01"))
    new = files(result("fix", -3.0, digest="new"))
    again = files(result("fix", -2.0, digest="again"))
    made = {
        "fix/runs/2026-05-01-old/result.json": old["fix/latest/result.json"],
        "fix/runs/2026-06-01-again/result.json": again["fix/latest/result.json"],
        **new,
    }
    [one] = sort(made).studies
    assert one.run.digest == "new"


def test_one_study_in_two_languages_counts_once() -> None:
    same = {"scope": {"need_code": ["late"]}, "change_id": "C1"}
    made = files(
        result("fix", design=same), result("fix_zh", design=same, language="zh"), result("other")
    )
    found = sort(made).studies
    assert [(one.run.study, one.also) for one in found] == [("fix", ("fix_zh",)), ("other", ())]


def test_two_desks_with_the_same_settings_are_two_studies() -> None:
    same = {"scope": {}, "change_id": "C1"}
    made = files(result("here", -3.0, design=same), result("there", -2.0, design=same))
    assert len(sort(made).studies) == 2


def test_a_follow_up_is_no_study_of_its_own_even_at_the_end_of_a_chain() -> None:
    second = {"scope": {"need_code": ["fix"]}, "period": ["2026-03-01", "2026-04-30"]}
    third = {"scope": {"need_code": ["fix"]}, "period": ["2026-05-01", "2026-05-31"]}
    made = files(
        result("fix"), result("fix_2", follows="fix", design=second), result("fix_3", follows="fix_2", design=third)
    )  # fmt: skip
    found = sort(made)
    assert [one.run.study for one in found.studies] == ["fix"]
    assert [run.study for run in found.follow_ups["fix"]] == ["fix_2", "fix_3"]


def test_who_follows_a_study_that_is_not_here_is_a_study() -> None:
    assert [one.run.study for one in sort(files(result("fix_2", follows="fix"))).studies] == [
        "fix_2"
    ]


def test_studies_that_follow_each_other_in_a_circle_end() -> None:
    made = files(result("a", follows="b"), result("b", follows="a"))
    sort(made)


def test_what_is_still_looked_at_is_running_and_has_no_effect_here() -> None:
    found = sort(files(perk_test("coupon", 0.05, 0.01, 4.0, verdict="keep_running")))
    assert not found.studies and [run.study for run in found.running] == ["coupon"]


def test_a_test_gives_its_deciding_effect_and_its_money() -> None:
    [one] = sort(files(perk_test("coupon", 0.05, 0.01, 4.0))).studies
    share, money = measured(one.run, KNOWN)
    assert (share.of.metric, share.effect, share.customers) == ("repurchase_60d", 0.05, 1460)
    assert (money.of.metric, money.of.currency, money.effect) == ("net_value_60d", "CNY", 4.0)


def test_of_several_arms_the_one_that_decided_counts() -> None:
    arms = [
        effect("repurchase_60d", 0.02, 0.01, unit="share", variant="discount", good="up"),
        effect("repurchase_60d", 0.05, 0.01, unit="share", variant="coupon", good="up"),
    ]
    [one] = sort(files({**perk_test("three", 0.0, 1.0, 0.0), "effects": arms})).studies
    assert measured(one.run, KNOWN)[0].effect == 0.05


def test_the_error_is_half_the_interval_so_that_few_degrees_of_freedom_count() -> None:
    one = result("fix")
    one["effects"][0].update(effect=-3.0, effect_ci_low=-6.0, effect_ci_high=0.0, se=1.0)
    [found] = sort(files(one)).studies
    assert measured(found.run, KNOWN)[0].se == pytest.approx(3 / 1.959964, rel=1e-6)


@pytest.mark.parametrize(
    "change",
    [{"effect": None}, {"effect_ci_low": None}, {"effect_ci_low": 2.0, "effect_ci_high": 2.0}],
)
def test_an_effect_without_an_interval_is_no_number(change: dict) -> None:
    one = result("fix")
    one["effects"][0].update(change)
    [found] = sort(files(one)).studies
    assert measured(found.run, KNOWN) == []


def test_a_metric_that_nobody_knows_needs_a_page_that_says_which_way_is_better() -> None:
    one = result("fix", metric="calls_dropped")
    [found] = sort(files(one)).studies
    assert measured(found.run, KNOWN)[0].good == "down"
    one["effects"][0]["good"] = None
    [found] = sort(files(one)).studies
    assert measured(found.run, KNOWN) == []


def test_an_older_page_of_a_known_metric_is_read_as_the_metric_is_known() -> None:
    one = result("fix")
    del one["effects"][0]["good"]
    [found] = sort(files(one)).studies
    assert measured(found.run, KNOWN)[0].good == "down"
    assert measured(found.run, KNOWN)[0].first == date(2026, 1, 1)

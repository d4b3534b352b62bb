"""Every check of an A/B study, passing and failing, on evidence written by hand."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from cs_lib.aggregates import Answers, ClusterSums, Histogram, Moments
from cs_lib.experiment import analyze
from cs_lib.experiment.perk_ab_test.checks import perk_checks
from cs_lib.experiment.perk_ab_test.result import Comparison, Explained
from cs_lib.experiment.perk_ab_test.trial import Trial
from cs_lib.experiment.perk_ab_test.trust import trust_checks
from cs_lib.methods.ab.robust import influence
from cs_lib.methods.ab.segments import compare_segments
from cs_lib.metrics import CATALOGUE
from cs_lib.results import Decision, Effect, Guardrail
from tests.experiment.perk_ab_test.test_analyze import SETTINGS, SPENT, evidence, one, share, study
from tests.titles import titled

START = date(2026, 1, 1)
LOOKS = {"dates": ["2026-04-01", "2026-06-01"]}
ALWAYS = {"spending": "always_valid"}
THREE = dict.fromkeys(("control", "coupon", "care"), 2000)


def design(**changes):
    return {**SETTINGS["design"], **changes}


def found(name, given=None, plan=None):
    """One check by its name; there must be exactly one."""
    (check,) = [
        c for c in perk_checks(Trial(given or evidence(), plan or study())) if titled(c) == name
    ]
    return check


def state(check):
    """What a check says: ok, look, blocks or note."""
    if check.passed is None:
        return "note"
    return "ok" if check.passed else "blocks" if check.blocks_decision else "look"


def daily(per_day, days=40, first=None):
    """Arrivals by day; `first` is the day from which a variant has customers at all."""
    arrivals = {}
    for i in range(days):
        by = {v: n for v, n in per_day.items() if i >= (first or {}).get(v, 0)}
        arrivals[(START + timedelta(days=i)).isoformat()] = by
    return arrivals


def totals(arrivals):
    sums: dict[str, int] = {}
    for by in arrivals.values():
        for variant, n in by.items():
            sums[variant] = sums.get(variant, 0) + n
    return sums


# Variants


@pytest.mark.parametrize(
    ("late", "expected"), [(0, "ok"), (1, "blocks"), (20, "blocks")], ids=["same day", "1", "20"]
)
def test_a_variant_that_starts_after_the_others_blocks_and_names_its_day(late, expected):
    arrivals = daily({"control": 50, "coupon": 50}, first={"coupon": late})
    check = found("Variants start together", evidence(arrivals=arrivals))
    assert state(check) == expected
    if late:
        assert check.finding == (
            f"Coupon starts on {late + 1} January 2026, after {50 * late:,} customers of the others."
            " Compare from that day on (design.period)."
        )


def test_a_small_variant_may_have_nobody_on_the_first_day_by_chance():
    planned = study(design=design(split={"control": 0.99, "coupon": 0.01}))
    arrivals = daily({"control": 99, "coupon": 1}, first={"coupon": 1})
    check = found("Variants start together", evidence(arrivals=arrivals), planned)
    assert state(check) == "ok"  # .99 ** 99 is 0.37


def test_control_may_be_the_late_one():
    check = found(
        "Variants start together",
        evidence(arrivals=daily({"control": 50, "coupon": 50}, first={"control": 3})),
    )
    assert "Control starts on 4 January 2026, after 150 customers" in check.finding


# The split


@pytest.mark.parametrize(
    ("coupon", "expected"), [(2000, "ok"), (1840, "look"), (1700, "blocks")]
)  # fmt: skip
def test_the_split_is_graded(coupon, expected):
    check = found("Split as planned", evidence(counts={"control": 2000, "coupon": coupon}))
    assert state(check) == expected
    assert ("The split is broken" in check.finding) == (expected == "blocks")


def test_an_unequal_split_is_held_to_its_plan():
    planned = study(design=design(split={"control": 0.9, "coupon": 0.1}))
    kept = evidence(counts={"control": 9000, "coupon": 1000})
    assert state(found("Split as planned", kept, planned)) == "ok"
    halves = evidence(counts={"control": 5000, "coupon": 5000})
    assert state(found("Split as planned", halves, planned)) == "blocks"


@pytest.mark.parametrize("looks", [LOOKS, ALWAYS], ids=["planned looks", "no end"])
@pytest.mark.parametrize(("lost", "expected"), [(0.0, "ok"), (0.05, "blocks")])
def test_a_study_with_looks_watches_the_split_day_by_day(looks, lost, expected):
    arrivals = daily({"control": 400, "coupon": round(400 * (1 - lost))})
    given = evidence(arrivals=arrivals, counts=totals(arrivals))
    check = found("Split as planned", given, study(looks=looks))
    assert state(check) == expected
    assert "watched day by day" in check.finding and "1,000 is an alarm" in check.finding


def test_a_split_that_was_broken_once_stays_an_alarm_when_later_days_even_it_out():
    early = daily({"control": 300, "coupon": 200}, days=10)
    late = daily({"control": 200, "coupon": 300}, days=20)
    arrivals = {**late, **early}
    given = evidence(arrivals=arrivals, counts=totals(arrivals))
    assert totals(arrivals) == {"control": 5000, "coupon": 5000}
    assert state(found("Split as planned", given, study())) == "ok"
    assert state(found("Split as planned", given, study(looks=LOOKS))) == "blocks"


def test_evidence_beyond_all_measure_is_told_in_few_figures():
    arrivals = daily({"control": 4000, "coupon": 2000})
    check = found(
        "Split as planned",
        evidence(arrivals=arrivals, counts=totals(arrivals)),
        study(looks=LOOKS),
    )
    assert "reached more than 1,000,000 (1,000 is an alarm)" in check.finding


def test_the_split_is_looked_at_on_every_day():
    arrivals = daily({"control": 50, "coupon": 50})
    assert found("Split by day", evidence(arrivals=arrivals)).finding == (
        "The split keeps to the plan in 40 days with enough customers."
    )
    arrivals["2026-01-09"] = {"control": 80, "coupon": 20}
    check = found("Split by day", evidence(arrivals=arrivals))
    assert state(check) == "blocks"
    assert "On 9 January 2026 the split is off: 80 control and 20 coupon" in check.finding


def test_days_with_too_few_customers_are_not_judged():
    arrivals = daily({"control": 2, "coupon": 2})
    names = [titled(c) for c in perk_checks(Trial(evidence(arrivals=arrivals), study()))]
    assert "Split by day" not in names


@pytest.mark.parametrize(
    ("gold", "expected"), [(250, "ok"), (185, "look"), (150, "blocks")], ids=["ok", "look", "bad"]
)
def test_a_loss_in_one_segment_is_found_though_the_total_hides_it(gold, expected):
    split = {
        "region": {
            "north_west": {"control": 250, "coupon": gold},
            "south": {"control": 900, "coupon": 900},
            "unknown": {"control": 2, "coupon": 1},
        }
    }
    check = found("Split by region", evidence(split_by=split))
    assert state(check) == expected
    if expected != "ok":
        assert f"In “north west” the split is off: 250 control and {gold} coupon" in check.finding
    else:
        assert "in 2 groups with enough customers" in check.finding


# The split over time


def thin(shares, days=30, per_day=4):
    """Days with too few customers to be judged alone; each entry is coupons of `per_day` on its days."""
    arrivals = {}
    for i in range(days):
        coupon = shares[i * len(shares) // days]
        arrivals[(START + timedelta(days=i)).isoformat()] = {
            "control": per_day - coupon,
            "coupon": coupon,
        }
    return arrivals


def test_a_split_that_changed_on_thin_days_is_found_with_its_day_and_both_splits():
    check = found("Same split throughout", evidence(arrivals=thin([1, 1, 3])))
    assert state(check) == "blocks"
    assert check.name == "Split changed on the way"
    assert check.finding.startswith(
        "The split changed on 21 January 2026 (p < 0.001): "
        "75.0\u202f% control and 25.0\u202f% coupon, then 25.0\u202f% control and 75.0\u202f% coupon."
    )
    assert "Compare within one split: 1 January to 20 January 2026" in check.finding
    assert "design.period: [2026-01-01, 2026-01-20]" in check.finding


def test_an_even_split_on_thin_days_is_kept_whatever_the_intake():
    rising = {
        **thin([2]),
        **{f"2026-02-{i + 1:02}": {"control": i, "coupon": i} for i in range(28)},
    }
    check = found("Same split throughout", evidence(arrivals=rising))
    assert state(check) == "ok"
    assert check.finding == (
        "The split stays the same from the first day to the last (10 parts of the intake; p = 1.00)."
    )


def test_a_changed_split_withholds_the_effect_and_tells_its_days_once():
    arrivals = thin([10, 50], days=40, per_day=100)
    checks = perk_checks(Trial(evidence(arrivals=arrivals), study()))
    assert "Split by day" not in [titled(c) for c in checks]
    result = analyze(evidence(arrivals=arrivals), study())
    assert (result.decision.verdict, result.comparisons) == ("invalid", ())
    assert "The split changed on 21 January 2026" in result.decision.because


def test_a_handful_of_customers_says_nothing_of_time():
    names = [titled(c) for c in perk_checks(Trial(evidence(arrivals=thin([2], days=3)), study()))]
    assert "Same split throughout" not in names


# Clusters


def sums(pairs, metric="repurchase_60d", per=10):
    """Clusters of ten customers, three of whom bought."""
    cluster, variant = zip(*pairs, strict=True)
    n = np.full(len(pairs), per)
    total = np.array([3.0 + i % 3 for i in range(len(pairs))])
    within = total * (1 - total / per)
    return {metric: ClusterSums(np.array(cluster), np.array(variant), n, total, within)}


def agents(control=40, coupon=40, mixed=0):
    pairs = [(f"A{i}", "control") for i in range(control)]
    pairs += [(f"B{i}", "coupon") for i in range(coupon)]
    return pairs + [(f"A{i}", "coupon") for i in range(mixed)]


def clustered(pairs, *, outside=0, **changes):
    counts = {v: sum(p[1] == v for p in pairs) for v in ("control", "coupon")}
    people = {v: 10 * n for v, n in counts.items()}
    people["control"] += outside
    return evidence(
        clusters=sums(pairs), cluster_counts=counts, observed=people, assigned=people, **changes
    )


BY_AGENT = {"design": design(cluster="agent_id")}


def test_the_split_of_clusters_counts_clusters_and_not_customers():
    uneven = {"control": 4000, "coupon": 1000}  # customers; agents differ in how many they serve
    given = replace(clustered(agents(40, 40)), assigned=uneven, observed=uneven)
    check = found("Split as planned", given, study(**BY_AGENT))
    assert state(check) == "ok"
    assert "50.0\u202f% of agents" in check.finding
    assert state(found("Split as planned", clustered(agents(60, 20)), study(**BY_AGENT))) == (
        "blocks"
    )


def test_a_cluster_split_has_no_split_by_day_or_segment():
    given = clustered(agents(), arrivals=daily({"control": 90, "coupon": 10}))
    names = [titled(c) for c in perk_checks(Trial(given, study(**BY_AGENT)))]
    assert not {"Split by day", "Variants start together"} & set(names)


@pytest.mark.parametrize(("mixed", "expected"), [(0, "ok"), (1, "blocks"), (20, "blocks")])
def test_a_cluster_in_two_variants_blocks(mixed, expected):
    check = found("One variant per agent", clustered(agents(mixed=mixed)), study(**BY_AGENT))
    assert state(check) == expected
    assert f"{mixed} of 80 agents have customers in two variants." in check.finding


def test_with_many_mixed_clusters_the_split_is_that_of_customers():
    people = {"control": 110, "coupon": 390}
    given = replace(clustered(agents(40, 40, mixed=40)), assigned=people, observed=people)
    plan = study(design=design(cluster="agent_id", split={"control": 0.22, "coupon": 0.78}))
    check = found("Split as planned", given, plan)
    assert state(check) == "ok"
    assert check.finding.startswith("Control 22.0\u202f% (planned 22.0\u202f%)")
    assert check.finding.endswith(
        "Counted by customer, because 40 of 80 agents have customers in two variants."
    )
    broken = replace(given, assigned={"control": 250, "coupon": 250})
    assert state(found("Split as planned", broken, plan)) == "blocks"


INSIDE = {"design": design(cluster="agent_id", assigned_by="customer")}


def both(mixed, whole=0):
    """Agents with ten customers in each variant, and others with ten in one."""
    pairs = [(f"A{i}", v) for i in range(mixed) for v in ("control", "coupon")]
    return pairs + [(f"B{i}", ("control", "coupon")[i % 2]) for i in range(whole)]


def test_mixed_through_and_through_tells_which_setting_to_write():
    hint = "write `assigned_by: customer` under `design`"
    check = found("One variant per agent", clustered(both(30)), study(**BY_AGENT))
    assert state(check) == "blocks" and hint in check.finding
    leak = found("One variant per agent", clustered(both(4, 76)), study(**BY_AGENT))
    assert state(leak) == "blocks" and hint not in leak.finding


def test_customers_assigned_one_by_one_have_the_split_of_customers_and_mixed_clusters():
    people = {"control": 300, "coupon": 290}
    counts = {"control": 30, "coupon": 0}  # where an agent's customers are alike in number
    given = replace(
        clustered(both(30), arrivals=daily({"control": 90, "coupon": 10})),
        assigned=people, cluster_counts=counts,
    )  # fmt: skip
    names = [titled(c) for c in perk_checks(Trial(given, study(**INSIDE)))]
    assert {"One assignment per customer", "Variants start together"} <= set(names)
    split = found("Split as planned", given, study(**INSIDE))
    assert state(split) == "ok" and split.finding.startswith("Control 50.8\u202f% (planned")
    assert "agents" not in split.finding
    check = found("Customers of one agent assigned one by one", given, study(**INSIDE))
    assert state(check) == "ok"
    assert check.finding == (
        "30 of 30 agents have customers in two variants. Assigned one by one, about 30 would have."
    )


@pytest.mark.parametrize("mixed", [0, 10])
def test_whole_clusters_are_not_taken_for_customers_assigned_one_by_one(mixed):
    given = clustered(both(mixed, 40))
    check = found("Customers of one agent assigned one by one", given, study(**INSIDE))
    assert state(check) == "blocks"
    assert "write `assigned_by: cluster` under `design`" in check.finding


def test_of_single_customers_nothing_tells_how_they_were_assigned():
    pairs = [(f"A{i}", ("control", "coupon")[i % 2]) for i in range(40)]
    given = clustered(pairs)
    given = replace(given, clusters=sums(pairs, per=1), observed={"control": 20, "coupon": 20})
    assert (
        state(found("Customers of one agent assigned one by one", given, study(**INSIDE))) == "note"
    )


def test_one_mixed_cluster_in_hundreds_is_a_doubt():
    given = clustered(agents(150, 150, mixed=1))
    assert state(found("One variant per agent", given, study(**BY_AGENT))) == "look"


def test_customers_without_a_cluster_are_counted_and_told():
    check = found("One variant per agent", clustered(agents(), outside=17), study(**BY_AGENT))
    assert check.finding.endswith("17 customers without an agent are left out.")
    whole = found("One variant per agent", clustered(agents()), study(**BY_AGENT))
    assert "left out" not in whole.finding


def test_clusters_that_nobody_belongs_to_block_in_words():
    given = clustered(agents(), outside=0)
    given = replace(given, cluster_counts={"control": 0, "coupon": 0})
    check = found("Split as planned", given, study(**BY_AGENT))
    assert state(check) == "blocks"
    assert "No customer can be told to belong to any agent" in check.finding


def test_single_customers_are_in_one_variant_by_contract():
    assert found("One assignment per customer").finding == (
        "0 of 4,000 customers are in two variants."
    )


# Perks


@pytest.mark.parametrize(("used", "expected"), [(0, "ok"), (20, "look"), (21, "blocks")])
def test_perks_used_in_control_are_a_leak_or_spoil_the_test(used, expected):
    check = found("No perk in control", evidence(redeemed={"control": used, "coupon": 300}))
    assert state(check) == expected


def test_without_redemptions_a_leak_cannot_be_seen():
    given = evidence(counts_redemptions=False, redeemed={})
    assert state(found("No perk in control", given)) == "note"


def test_a_redemption_before_the_assignment_is_a_doubt_about_the_clocks():
    check = found("Counted from assignment", evidence(too_early=1, delivered={"coupon": 2000}))
    assert state(check) == "look"
    assert check.finding == "1 redemption dated before the assignment; check the clocks."


@pytest.mark.parametrize(
    ("delivered", "expected"),
    [
        ({"control": 0, "coupon": 2000}, "ok"),
        ({"control": 0, "coupon": 1800}, "ok"),
        ({"control": 0, "coupon": 1799}, "look"),
        ({"control": 0, "coupon": 0}, "note"),
        ({}, "note"),
    ],
)
def test_perks_that_did_not_arrive_weaken_the_offer(delivered, expected):
    check = found("Counted from assignment", evidence(delivered=delivered))
    assert state(check) == expected


def test_one_of_two_perks_that_did_not_arrive_is_told():
    plan = study(design=design(arms=["coupon", "care"], split=dict.fromkeys(THREE, 1 / 3)))
    given = evidence(
        counts=THREE,
        bought=dict.fromkeys(THREE, 500),
        value=dict.fromkeys(THREE, 5.0),
        delivered={"coupon": 2000, "care": 0},
    )
    check = found("Counted from assignment", given, plan)
    assert state(check) == "look"
    assert "coupon 100.0\u202f% and care 0.0\u202f%" in check.finding


# Other tests, likeness, size, money


@pytest.mark.parametrize(
    ("both", "expected", "words"),
    [
        ({}, "ok", "No customer was in another test within the window."),
        ({"f": {"control": 500, "coupon": 510}}, "ok", "the same share of every variant"),
        ({"f": {"control": 500, "coupon": 350}}, "look", "not the same share of every variant"),
        ({"f": {"coupon": 100}}, "look", "not the same share of every variant"),
        ({"f": {"control": 500, "coupon": 510}, "g": {"coupon": 90}}, "look", "in 'g', not the"),
    ],
    ids=["none", "even", "uneven", "one side only", "one of two"],
)
def test_another_test_at_the_same_time_must_touch_all_variants_alike(both, expected, words):
    check = found("Other tests at the same time", evidence(overlaps=both))
    assert state(check) == expected
    assert words in check.finding


def past(control, coupon, variance=400.0, n=2000):
    return {
        v: one(v, SPENT, n, mean, variance)
        for v, mean in (("control", control), ("coupon", coupon))
    }


@pytest.mark.parametrize(
    ("mean", "expected", "words"),
    [
        (100.0, "ok", "0.00 standard deviations apart."),
        (101.9, "ok", "0.10 standard deviations apart."),
        (102.6, "look", "0.13 standard deviations apart."),
        (90.0, "blocks", "it was not chance that assigned them."),
    ],
)
def test_unlike_pasts_are_a_doubt_from_a_tenth_of_a_standard_deviation_on(mean, expected, words):
    check = found("Alike before the start", evidence(before=past(100.0, mean)))
    assert (state(check), check.finding.endswith(words)) == (expected, True)


def test_pasts_that_never_vary_and_differ_are_as_unlike_as_can_be():
    check = found("Alike before the start", evidence(before=past(100.0, 50.0, variance=0.0)))
    assert (state(check), "without any overlap." in check.finding) == ("blocks", True)
    same = found("Alike before the start", evidence(before=past(0.0, 0.0, variance=0.0)))
    assert state(same) == "ok"


def test_a_single_customer_has_no_likeness():
    given = evidence(before=past(100.0, 50.0, variance=float("nan"), n=1))
    assert state(found("Alike before the start", given)) == "note"


def test_the_largest_gap_of_several_pasts_is_the_one_told():
    names, cov = (SPENT, "orders_before_180d"), np.diag([400.0, 4.0])
    before = {
        v: Moments(v, names, 200, np.array(mean), cov)
        for v, mean in (("control", [100.0, 3.0]), ("coupon", [100.5, 3.6]))
    }
    check = found("Alike before the start", evidence(before=before))
    assert state(check) == "look"
    assert check.finding == (
        "Orders in the 180 days before: 3.6 (coupon) against 3.0 (control), 0.30 standard"
        " deviations apart; the largest gap of 2 measures."
    )


def test_windows_that_are_open_are_told():
    full = found("Outcome windows complete")
    assert full.finding == "4,000 of 4,000 customers observed for 60 days."
    part = found("Outcome windows complete", evidence(observed={"control": 1000, "coupon": 1000}))
    assert "2,000 of 4,000" in part.finding and "never counted as no" in part.finding


@pytest.mark.parametrize(
    ("cost", "expected"), [(4.0, "ok"), (5.0, "ok"), (5.01, "look"), (None, "note")]
)
def test_a_budget_is_held_to_what_every_variant_has_cost(cost, expected):
    money = {"margin_rate": 0.3, "window_days": 60, "budget": 10_000.0}
    given = evidence()
    costs = {} if cost is None else {"coupon": one("coupon", "perk_cost_60d", 2000, cost, 1.0)}
    given = replace(given, moments={**given.moments, "perk_cost_60d": costs})
    check = found("Within budget", given, study(money=money))
    assert state(check) == expected
    assert "Cost so far: ;" not in check.finding
    assert "Within budget" not in [titled(c) for c in perk_checks(Trial(given, study()))]


def test_guardrails_that_cannot_be_had_are_told_and_take_up_is_not():
    why = {"complaint_rate_60d": "No contacts.", "redeemed_60d": "No redemptions."}
    check = found("Usual guardrails at hand", evidence(absent=why))
    assert (state(check), check.finding) == ("note", "No contacts.")


# What the effects themselves show


def effect(name="repurchase_60d", **changes):
    fields = dict(
        metric=name, variant="coupon", control=0.25, treatment=0.33, effect=0.08,
        effect_ci_low=0.05, effect_ci_high=0.11, pvalue=0.001, nobs=4000, method="Pooled z", se=0.015,
    )  # fmt: skip
    return Effect(**{**fields, **changes})


def comparison(primary=None, *, guardrails=(), explained=None, variant="coupon"):
    decided = Decision("ship", "It works.", "Roll it out.")
    return Comparison(
        variant, primary or effect(), None, guardrails, (), decided,
        explained=explained or Explained(),
    )  # fmt: skip


def trust(name, comparisons, given=None, plan=None):
    every = trust_checks(Trial(given or evidence(), plan or study()), comparisons)
    return next((c for c in every if titled(c) == name), None)


@pytest.mark.parametrize(
    ("ratio", "words"),
    [(0.8, "is worth 25\u202f% more customers"), (1.0, "did not narrow the interval")],
)
def test_what_the_past_brought_is_told_in_customers(ratio, words):
    adjusted = effect(details={"variance_ratio": ratio})
    check = trust("Adjusted for the past", [comparison(adjusted)])
    assert state(check) == "note" and words in check.finding
    assert trust("Adjusted for the past", [comparison()]) is None


def test_the_variant_that_gained_least_speaks_for_the_adjustment():
    two = [comparison(effect(details={"variance_ratio": r})) for r in (0.5, 0.99)]
    assert "did not narrow" in trust("Adjusted for the past", two).finding


@pytest.mark.parametrize(
    ("larger", "words"),
    [(4.0, "the interval is 2.0 times as wide as for single customers"),
     (0.5, "Customers of one agent are no more alike than others.")],
)  # fmt: skip
def test_what_clusters_cost_is_told_with_their_number(larger, words):
    details = {"clusters_treatment": 39, "clusters_control": 40, "design_effect": larger}
    check = trust("Counted by agent", [comparison(effect(details=details))], plan=study(**BY_AGENT))
    assert check.finding.startswith("39 agents against 40.") and words in check.finding


def test_a_cluster_of_both_variants_counts_once():
    details = {"clusters_treatment": 39, "clusters_control": 40, "design_effect": 1.0}
    both = comparison(effect(details=details).with_(nobs=42))
    check = trust("Counted by agent", [both], plan=study(**INSIDE))
    assert check.finding.startswith("42 agents, 37 of them with customers in both variants.")


def heard(control, coupon, offered=1000):
    from cs_lib.methods.ab.surveys import compare_survey

    pair = [
        Answers(Histogram(v, np.array([1.0, 5.0]), np.array([n // 2, n - n // 2])), offered)
        for v, n in (("control", control), ("coupon", coupon))
    ]
    return Explained(survey=compare_survey(*pair, "csat_score_60d", scale=(1, 5)))


@pytest.mark.parametrize(("answered", "expected"), [(310, "ok"), (400, "look")])
def test_an_offer_that_moves_who_answers_is_a_doubt(answered, expected):
    check = trust("Answers as often", [comparison(explained=heard(300, answered))])
    assert state(check) == expected
    assert ("no longer alike" in check.finding) == (expected == "look")
    assert "answers from 30" in check.finding


def amounts(variant, top, n=200):
    values = np.array([0.0, 50.0, top])
    return Histogram(variant, values, np.array([n - 60, 59, 1]))


@pytest.mark.parametrize(
    ("top", "expected"), [(100.0, "ok"), (9000.0, "look")], ids=["usual", "one large buyer"]
)
def test_one_customer_who_carries_the_estimate_is_a_doubt(top, expected):
    single = influence(amounts("control", 100.0), amounts("coupon", top), "net_value_60d")
    check = trust(
        "No single customer carries it", [comparison(explained=Explained(influence=single))]
    )
    assert state(check) == expected
    assert f"({'¥9,000.00' if top > 100 else '¥100.00'}, " in check.finding


def test_the_only_customer_who_bought_is_called_the_whole_difference():
    none = Histogram("control", np.array([0.0]), np.array([200]))
    single = influence(
        none, Histogram("coupon", np.array([0.0, 70.0]), np.array([199, 1])), "net_value_60d"
    )
    check = trust(
        "No single customer carries it", [comparison(explained=Explained(influence=single))]
    )
    assert state(check) == "look"
    assert check.finding.endswith("this customer is the whole difference.")


def over_time(gains):
    parts = [f"2026-0{i + 1}-01/2026-0{i + 1}-28" for i in range(len(gains))]
    control = {p: share("control", "repurchase_60d", 500, 125) for p in parts}
    coupon = {
        p: share("coupon", "repurchase_60d", 500, 125 + g)
        for p, g in zip(parts, gains, strict=True)
    }
    return Explained(stretches=compare_segments(control, coupon, "repurchase_60d"))


@pytest.mark.parametrize(
    ("gains", "expected"), [([40, 45, 38, 42], "ok"), ([120, 60, 10, -30], "look")]
)
def test_an_effect_that_wears_off_is_a_doubt(gains, expected):
    check = trust("Steady over time", [comparison(explained=over_time(gains))])
    assert state(check) == expected
    assert ("does not clearly differ" in check.finding) == (expected == "ok")


def test_the_least_steady_variant_is_the_one_told():
    both = [
        comparison(explained=over_time([40, 45, 38, 42])),
        comparison(explained=over_time([120, 60, 10, -30]), variant="care"),
    ]
    assert trust("Steady over time", both).finding.startswith("Care: the effect differs")


RAILS = {"complaint_rate_60d": 0.05, "perks_60d": 0.1}


def rail(name, variant="coupon"):
    return Guardrail(name, "holds", 0.05, effect(name, variant=variant))


def guarded(comparisons):
    named = {**evidence().metrics, **{n: CATALOGUE[n] for n in RAILS}}
    given = evidence(guardrails=RAILS, metrics=named)
    return trust("Guardrails estimated", comparisons, given)


def test_a_guardrail_without_a_number_is_named():
    assert guarded([comparison(guardrails=(rail("complaint_rate_60d"), rail("perks_60d")))]) is None
    check = guarded([comparison(guardrails=(rail("complaint_rate_60d"),))])
    assert state(check) == "note"
    assert check.finding.startswith("No estimate for Further perks per customer in 60 days: every")


def test_a_guardrail_without_a_number_in_one_variant_is_named_with_it():
    whole = (rail("complaint_rate_60d"), rail("perks_60d"))
    check = guarded(
        [comparison(guardrails=whole), comparison(guardrails=whole[:1], variant="care")]
    )
    assert "Further perks per customer in 60 days (care):" in check.finding


def test_a_check_that_blocks_withholds_every_effect_and_one_in_doubt_does_not():
    late = daily({"control": 50, "coupon": 50}, first={"coupon": 9})
    assert analyze(evidence(arrivals=late), study()).effects() == ()
    doubtful = analyze(evidence(too_early=3, overlaps={"f": {"coupon": 90}}), study())
    assert doubtful.decision.verdict == "ship"
    assert sum(c.passed is False for c in doubtful.checks) == 2


def test_a_cluster_for_every_customer_is_no_cluster():
    one_each = [(f"A{i}", ("control", "coupon")[i % 2]) for i in range(400)]
    given = replace(
        clustered(one_each),
        clusters=sums(one_each, per=1),
        observed={"control": 200, "coupon": 200},
    )
    check = found("One variant per agent", given, study(**BY_AGENT))
    assert state(check) == "look" and "Nearly every one has a single customer" in check.finding


def test_many_customers_without_a_cluster_are_a_doubt():
    for outside, expected in ((100, "ok"), (400, "look")):
        given = clustered(agents(), outside=outside)
        assert state(found("One variant per agent", given, study(**BY_AGENT))) == expected

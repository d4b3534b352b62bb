"""Perk tests on data that are extreme, broken or absent: a sentence that helps, or a right number, on a whole page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from cs_lib.data import DataError
from cs_lib.metrics.queries.sql import NotAvailable
from tests.perk_pages import Seen, assigned, bought, csv, faults, plan, read

CUT = "2026-06-01"


@pytest.fixture
def see(source):
    """The page of a study of these tables. Nothing on it, and nothing machines read, is no number."""

    def page(study=None, *, as_of=CUT, **tables: pd.DataFrame) -> Seen:
        source.settings["observed_until"] = f"{as_of}T00:00:00"
        for name, frame in tables.items():
            source.file(name, csv(frame))
        seen = read(source.desk(as_of), study or plan())
        assert seen.raw == []
        Balanced().feed(seen.html)
        return seen

    return page


class Balanced(HTMLParser):
    """Fails on a tag that is not closed in order, and on an attribute that ran out of its quotes."""

    VOID = frozenset(["meta", "link", "img", "br", "input", "hr", "col"])

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        assert all(re.fullmatch(r"[\w:.-]+", name) for name, _ in attrs), (tag, attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


def some(people, every=3):
    """Each third customer: alike in both variants."""
    return people.iloc[::every]


def varied(people):
    return bought(people, 10.0 + np.arange(len(people)) % 7)


def state(seen, name):
    check = seen.check(name)
    if check.passed is None:
        return "note"
    return "ok" if check.passed else "blocks" if check.blocks_decision else "look"


# Nothing varies, or hardly anything


@pytest.mark.parametrize("everybody", [True, False], ids=["everybody buys", "nobody buys"])
def test_an_outcome_that_never_varies_is_no_difference_within_what_chance_allows(see, everybody):
    people = assigned()
    orders = bought(people, after_days=5 if everybody else -200)
    seen = see(perk_assignments=people, orders=orders)
    effect = seen.result.comparisons[0].primary
    assert (effect.effect, effect.pvalue) == (0, 1)
    assert effect.effect_ci_low == pytest.approx(-effect.effect_ci_high)
    assert effect.effect_ci_high == pytest.approx(0.0188, abs=1e-4)  # 3.84 / 203.84
    assert seen.result.decision.verdict == "stop"
    assert "Whether it pays cannot be told" in seen.shown["perk_ab_test.money_steps"]


@pytest.mark.parametrize(
    "changes",
    [
        {"looks": {"dates": ["2026-02-15", "2026-03-15"]}},
        {"looks": {"spending": "always_valid"}, "design__period": ["2026-01-01", None]},
    ],
    ids=["planned looks", "no end"],
)
@pytest.mark.parametrize("money", [True, False])
def test_looks_at_an_outcome_that_never_varies_wait(see, changes, money):
    people = assigned()
    orders = bought(people, after_days=-200)
    study = plan(**changes) if money else plan(money=None, **changes)
    seen = see(study, perk_assignments=people, orders=orders)
    assert seen.result.decision.verdict == "keep_running"
    assert "too few or too alike for an estimate" in seen.result.decision.because
    assert seen.shown["perk_ab_test.looks"].startswith("Withheld")


def test_dunnett_on_an_outcome_that_never_varies_is_refused_in_words(see):
    people = assigned()
    seen = see(plan(rule__correction="dunnett"), perk_assignments=people, orders=bought(people))
    assert seen.result.decision.because == (
        "Buy again within 30 days has the same value for every customer, so nothing can differ."
    )


def test_cancelled_orders_alone_are_no_orders(see):
    people = assigned()
    orders = bought(some(people))
    orders["cancelled_at"] = orders.ordered_at
    seen = see(perk_assignments=people, orders=orders)
    effect = seen.result.comparisons[0].primary
    assert (effect.control, effect.treatment, effect.effect) == (0, 0, 0)


def test_one_buyer_in_four_thousand_is_named_as_the_whole_difference(see):
    people = assigned(4000)
    study = plan(measure__primary_metric="revenue_30d", rule__min_effect=1.0)
    seen = see(study, perk_assignments=people, orders=bought(people.iloc[[11]], 99_999.0))
    assert seen.result.decision.verdict == "inconclusive"
    assert seen.result.comparisons[0].primary.effect == pytest.approx(99_999 / 2000)
    assert state(seen, "No single customer carries it") == "look"
    assert seen.check("No single customer carries it").finding.endswith(
        "without the most extreme customer (99,999, coupon) the others are all alike: this customer"
        " is the whole difference."
    )


def test_999_of_1000_zeros_give_a_wide_interval_and_no_verdict(see):
    people = assigned(4000)
    buyers = people.iloc[[11, 501, 1002, 2000]]
    study = plan(measure__primary_metric="revenue_30d", rule__min_effect=1.0, money=None)
    seen = see(study, perk_assignments=people, orders=bought(buyers, [900.0, 20.0, 5.0, 7.0]))
    effect = seen.result.comparisons[0].primary
    assert effect.effect == pytest.approx((900 + 20) / 2000 - (5 + 7) / 2000)
    assert effect.effect_ci_low < 0 < effect.effect_ci_high
    assert seen.result.decision.verdict == "inconclusive"
    assert "cannot move" in seen.shown["perk_ab_test.otherwise"]


@pytest.mark.parametrize(
    ("split", "keep"),
    [({"control": 0.995, "coupon": 0.005}, 201), ({"control": 0.5, "coupon": 0.5}, 2)],
    ids=["one coupon", "one each"],
)
def test_a_single_customer_in_a_variant_is_refused_in_words(see, split, keep):
    people = assigned(400)
    people = people[(people.variant == "control") | (people.index == 1)].head(keep)
    seen = see(plan(design__split=split), perk_assignments=people, orders=bought(people.head(1)))
    who = "control" if keep == 2 else "coupon"
    assert seen.result.decision.because == (
        f"Buy again within 30 days: {who} has fewer than two customers."
    )
    assert state(seen, "Alike before the start") == "note"


def test_a_control_mean_of_zero_has_a_difference_and_no_share(see):
    people = assigned()
    study = plan(measure__primary_metric="revenue_30d", rule__min_effect=1.0)
    buyers = some(people[people.variant == "coupon"])
    long_ago = bought(people, after_days=-200).assign(order_id="Old" + people.customer_id)
    orders = pd.concat([long_ago, bought(buyers, 100.0)])
    seen = see(study, perk_assignments=people, orders=orders)
    assert seen.result.comparisons[0].primary.control == pytest.approx(0, abs=1e-9)
    assert seen.result.decision.verdict == "ship"
    assert "control mean is not above zero" in seen.shown["perk_ab_test.otherwise"]


def test_a_negative_control_mean_has_a_difference_and_is_told_once(see):
    people = assigned()
    people["delivered_at"], people["unit_cost"] = people.assigned_at, 50.0
    study = plan(measure__primary_metric="net_value_30d", rule__min_effect=1.0)
    seen = see(study, perk_assignments=people, orders=varied(some(people)))
    effects = [e.metric for e in seen.result.effects()]
    assert effects.count("net_value_30d") == 1
    assert seen.result.comparisons[0].primary.control < -40
    assert seen.result.decision.because.count("interval") == 1


# Who was assigned, and when


def test_an_unequal_split_is_kept_and_its_size_is_reckoned_for_equal_variants(see):
    people = assigned(2000)
    people["variant"] = np.where(np.arange(2000) % 10 == 0, "coupon", "control")
    people["delivered_at"] = people.assigned_at.where(people.variant == "coupon")
    people["unit_cost"] = 2.0
    study = plan(design__split={"control": 0.9, "coupon": 0.1})
    seen = see(study, perk_assignments=people, orders=bought(some(people)))
    assert state(seen, "Split as planned") == "ok"
    effect = seen.result.comparisons[0].primary
    assert (effect.details["n_control"], effect.details["n_treatment"]) == (1800, 200)
    # 2 p (1 - p) (2.8 / 0.02)^2 with p of a third
    assert "about 8,800 customers in each of two equal variants" in seen.result.decision.next_step


def test_a_plan_of_halves_on_data_of_nine_to_one_is_invalid(see):
    people = assigned(2000)
    people["variant"] = np.where(np.arange(2000) % 10 == 0, "coupon", "control")
    seen = see(perk_assignments=people, orders=bought(some(people)))
    assert seen.result.decision.verdict == "invalid"
    assert "Control 90.0\u202f% (planned 50.0\u202f%)" in seen.result.decision.because


def test_a_variant_that_appears_late_is_told_with_its_day(see):
    people = assigned(800)
    people = people[(people.variant == "control") | (people.assigned_at > "2026-01-15")]
    study = plan(design__split={"control": 0.66, "coupon": 0.34})
    seen = see(study, perk_assignments=people, orders=bought(some(people)))
    assert seen.result.decision.because == (
        "Coupon starts on 15 January 2026, after 187 customers of the others. Compare from that day"
        " on (design.period)."
    )
    assert seen.result.effects() == ()


def test_an_experiment_that_is_called_otherwise_is_told(see):
    people = assigned()
    seen = see(plan(design__experiment="spring"), perk_assignments=people, orders=bought(people))
    assert "Nobody was assigned in experiment 'spring'" in seen.result.decision.because


def redemptions(people):
    return pd.DataFrame(
        {
            "assignment_id": people.assignment_id,
            "redeemed_at": people.assigned_at + pd.Timedelta(days=5),
            "order_id": "O" + people.customer_id,
            "discount_amount": 5.0,
        }
    )


def test_redemptions_in_control_are_counted_and_block(see):
    people = assigned()
    seen = see(
        perk_assignments=people,
        orders=bought(some(people)),
        perk_redemptions=redemptions(some(people)),
    )
    assert seen.result.decision.because == "67 of 200 control customers used a perk."


def test_one_redemption_in_control_is_a_doubt_and_its_discount_is_paid_by_control(see):
    people = assigned()
    coupon = some(people[people.variant == "coupon"])
    used = pd.concat([coupon, people.iloc[[0]]])
    seen = see(perk_assignments=people, orders=varied(used), perk_redemptions=redemptions(used))
    assert state(seen, "No perk in control") == "look"
    assert seen.result.comparisons[0].net_value.control == pytest.approx((0.3 * 14 - 5) / 200)


# Surveys


def survey(people, *, answered=True, scale=(1, 5)):
    low, high = scale
    frame = pd.DataFrame(
        {
            "survey_id": "S" + people.customer_id,
            "customer_id": people.customer_id,
            "kind": "csat",
            "offered_at": people.assigned_at + pd.Timedelta(days=2),
        }
    )
    heard = np.broadcast_to(answered, len(people))
    frame["answered_at"] = frame.offered_at.where(heard)
    frame["score"] = np.where(heard, low + np.arange(len(people)) // 2 % (high - low + 1), np.nan)
    frame["scale_min"], frame["scale_max"] = scale
    return frame


SCORE = {"measure__primary_metric": "csat_score_30d", "money": None, "rule__min_effect": 0.2}
LABEL = "Satisfaction (1 to 5), first survey in 30 days"


@pytest.mark.parametrize(
    ("answered", "who"),
    [
        (lambda p: p.variant == "coupon", "control"),
        (lambda p: p.variant == "control", "coupon"),
    ],
    ids=["coupon alone", "control alone"],
)
def test_a_survey_that_a_variant_left_unanswered_is_refused_in_words(see, answered, who):
    people = assigned()
    seen = see(
        plan(**SCORE), perk_assignments=people, surveys=survey(people, answered=answered(people))
    )
    assert seen.result.decision.verdict == "invalid"
    assert seen.result.decision.because == f"{LABEL}: nobody in {who} has answered."
    assert seen.shown["perk_ab_test.silence"].startswith("Withheld")
    assert seen.shown["perk_ab_test.answers"].startswith("Withheld")


def test_surveys_that_nobody_answered_are_no_score(see):
    people = assigned()
    with pytest.raises(NotAvailable, match="answered_at is empty in every row of surveys"):
        see(plan(**SCORE), perk_assignments=people, surveys=survey(people, answered=False))


def test_satisfaction_is_called_by_the_scale_that_its_surveys_have(see):
    people = assigned()
    heard = survey(people, scale=(1, 4))
    seen = see(plan(**SCORE), perk_assignments=people, surveys=heard)
    assert seen.result.primary.label == "Satisfaction (1 to 4), first survey in 30 days"
    assert "(1 to 4)" in seen.words and "1 to 5" not in seen.words
    ends = seen.result.comparisons[0].explained.survey.worst_case
    assert ends.high - ends.low == pytest.approx(0, abs=1e-9)  # everybody answered


def test_surveys_on_two_scales_are_refused_by_both(see):
    people = assigned()
    heard = survey(people)
    heard.loc[heard.index >= 200, "scale_max"] = 10
    with pytest.raises(
        NotAvailable, match=r"several scales: 1 to 5 and 1 to 10\. Bring them to one"
    ):
        see(plan(**SCORE), perk_assignments=people, surveys=heard)


def test_a_survey_before_the_assignment_may_have_had_another_scale(see):
    people = assigned()
    past = survey(people, scale=(0, 10)).assign(survey_id="P" + people.customer_id)
    past["offered_at"] = past["answered_at"] = people.assigned_at - pd.Timedelta(days=40)
    heard = pd.concat([survey(people), past])
    seen = see(plan(**SCORE), perk_assignments=people, surveys=heard)
    assert seen.result.primary.label == LABEL


# Words that fit the study


def test_a_page_about_customers_who_never_complained_presumes_no_complaint(see):
    people, contacts = served(assigned())
    seen = see(
        perk_assignments=people,
        orders=varied(people),
        contacts=contacts.assign(is_complaint="false").iloc[1:],
    )
    assert "Complain within 30 days" in seen.words
    assert not re.search(
        "complain again|complaint was resolved|after their complaint", seen.words, re.I
    )
    assert seen.result.primary.population.startswith("customers assigned, by assignment")


def test_a_page_about_customers_who_complained_says_so(see):
    people, contacts = served(assigned())
    seen = see(perk_assignments=people, orders=varied(people), contacts=contacts)
    assert "Complain again within 30 days" in seen.words
    assert seen.result.primary.population.startswith("customers assigned after their complaint")


@pytest.mark.parametrize(
    ("currency", "amount"),
    [
        ("JPY", r"¥\d[\d,]*"),
        ("KRW", r"KRW\u202f\d[\d,]*"),
        ("KWD", r"KWD\u202f(\d+\.\d{3}|\d{3}|\d[\d,]{4,})"),
    ],
)
def test_amounts_have_the_digits_of_their_currency(source, see, currency, amount):
    source.settings["currency"] = currency
    people = assigned()
    seen = see(perk_assignments=people, orders=varied(people))
    sign = {"JPY": "¥"}.get(currency, f"{currency}\u202f")
    found = re.findall(rf"{sign}[\d.,]*\d", f"{seen.words} {seen.drawn}")
    assert len(found) > 20
    assert {text for text in found if not re.fullmatch(amount, text)} <= {f"{sign}0"}


def test_one_account_that_moves_a_secondary_metric_alone_is_flagged_there(see):
    people = assigned()
    orders = varied(people)
    orders.loc[orders.index[1], "amount"] = 90_000.0
    study = plan(money=None, measure__secondary=["revenue_30d", "orders_30d"])
    seen = see(study, perk_assignments=people, orders=orders)
    flagged = [c for c in seen.result.checks if c.code == "no_single_customer_in"]
    assert [str(c.of) for c in flagged] == ["Revenue per customer in 30 days"]
    assert flagged[0].name == "“Revenue per customer in 30 days” carried by single customers"
    assert "(90,000, coupon)" in flagged[0].finding
    assert "carried by single customers" in seen.words


def test_a_survey_that_the_perk_moved_people_to_answer_says_that_silence_could_explain_it(see):
    people = assigned()
    heard = (people.variant == "coupon") | (people.index % 4 == 0)
    seen = see(plan(**SCORE), perk_assignments=people, surveys=survey(people, answered=heard))
    assert state(seen, "Answers as often") == "look"
    assert seen.shown["perk_ab_test.silence"].startswith("Silence could explain the difference")
    assert "fewer are silent" in seen.result.decision.next_step


def test_a_survey_without_money_or_orders_leaves_their_sections_off_the_page(see):
    people = assigned()
    seen = see(plan(**SCORE), perk_assignments=people, surveys=survey(people))
    assert "Did it pay?" not in seen.html and "Who answered, and who kept silent?" in seen.html


# Clusters


def served(people, agents=20):
    """Contacts that led to the assignments, each with its agent; agents of even number serve control."""
    people = people.assign(contact_id="K" + people.customer_id)
    contacts = pd.DataFrame(
        {
            "contact_id": people.contact_id,
            "customer_id": people.customer_id,
            "opened_at": people.assigned_at - pd.Timedelta(days=1),
            "status": "resolved",
            "is_complaint": "true",
            "need_code": "late",
            "agent_id": [f"A{i % agents:02}" for i in range(len(people))],
        }
    )
    return people, contacts


BY_AGENT = {"design__cluster": "agent_id"}


def test_one_agent_in_a_variant_is_refused_in_words(see):
    people, contacts = served(assigned())
    contacts.loc[(people.variant == "coupon").to_numpy(), "agent_id"] = "A01"
    seen = see(
        plan(**BY_AGENT), perk_assignments=people, contacts=contacts, orders=bought(some(people))
    )
    assert seen.result.decision.because == (
        "Buy again within 30 days: coupon has fewer than two agents."
    )


def test_agents_that_nobody_noted_are_refused_in_words(see):
    people, contacts = served(assigned())
    contacts["agent_id"] = None
    seen = see(
        plan(**BY_AGENT), perk_assignments=people, contacts=contacts, orders=bought(some(people))
    )
    assert seen.result.decision.because == (
        "No customer can be told to belong to any agent (design.cluster)."
    )


def test_customers_without_an_agent_are_left_out_and_told(see):
    people, contacts = served(assigned())
    contacts.loc[::5, "agent_id"] = None
    seen = see(
        plan(**BY_AGENT), perk_assignments=people, contacts=contacts, orders=varied(some(people))
    )
    assert "80 customers without an agent are left out." in seen.words
    assert seen.result.comparisons[0].primary.details["n_control"] == 160


def test_an_agent_in_both_variants_blocks(see):
    people, contacts = served(assigned(), agents=15)
    seen = see(
        plan(**BY_AGENT), perk_assignments=people, contacts=contacts, orders=bought(some(people))
    )
    assert seen.result.decision.because == (
        "15 of 15 agents have customers in two variants. That is what customers assigned one by one"
        " look like: if they were, write `assigned_by: customer` under `design`."
    )


INSIDE_AGENTS = {"design__cluster": "agent_id", "design__assigned_by": "customer"}


@pytest.mark.parametrize("covariates", [[], ["spent_before_180d"]])
def test_customers_assigned_one_by_one_inside_agents_have_errors_by_agent(see, covariates):
    people, contacts = served(assigned(), agents=15)
    past = varied(people).assign(order_id=lambda f: "B" + f.order_id)
    past["ordered_at"] = people.assigned_at - pd.Timedelta(days=9)
    seen = see(
        plan(**INSIDE_AGENTS, measure__covariates=covariates),
        perk_assignments=people,
        contacts=contacts,
        orders=pd.concat([varied(some(people)), past]),
    )
    primary = seen.result.comparisons[0].primary
    assert "CR2" in str(primary.method) and primary.nobs == 15
    assert ("Lin" in str(primary.method)) == bool(covariates)
    assert "15 of 15 agents have customers in two variants." in seen.words
    assert seen.check("Split as planned").passed and not seen.raw
    assert "As if customers did not move together (wrong)" in seen.words


def test_customers_of_agents_that_nobody_noted_cannot_be_compared_by_agent(see):
    people, contacts = served(assigned())
    contacts["agent_id"] = None
    seen = see(
        plan(**INSIDE_AGENTS),
        perk_assignments=people,
        contacts=contacts,
        orders=bought(some(people)),
    )
    assert "fewer than two agents" in seen.result.decision.because and not seen.raw


def test_nobody_who_buys_from_any_agent_is_refused_in_words(see):
    people, contacts = served(assigned())
    seen = see(
        plan(**BY_AGENT),
        perk_assignments=people,
        contacts=contacts,
        orders=bought(people, after_days=-200),
    )
    assert seen.result.decision.because == (
        "Buy again within 30 days does not vary between agents, so nothing can differ."
    )


# Settings and sources that do not fit


def test_a_segment_that_nobody_has_is_told_and_the_rest_of_the_page_stands(see):
    people = assigned()
    study = plan(measure__segments=["segment"])
    seen = see(study, perk_assignments=people, orders=varied(some(people)))
    why = (
        "No effect by segment can be given: fewer than two segments have enough customers in both"
        " variants."
    )
    assert seen.shown["perk_ab_test.segments"] == seen.shown["perk_ab_test.segments"] == why
    assert "For whom does it work?" in seen.html


def test_a_covariate_that_never_varies_is_refused_in_words(see):
    people = assigned()
    study = plan(measure__covariates=["spent_before_180d"])
    seen = see(study, perk_assignments=people, orders=bought(some(people)))
    assert seen.result.decision.because == (
        "Buy again within 30 days: no covariate varies in both arms, so nothing can adjust."
    )


def test_money_that_takes_longer_than_the_data_hold_is_told_beside_a_result(see):
    people = assigned(800)
    study = plan(as_of="2026-03-05", money__window_days=60, measure__primary_metric="repurchase_7d")
    seen = see(study, as_of="2026-02-25", perk_assignments=people, orders=bought(some(people)))
    assert seen.result.decision.verdict == "inconclusive"
    told = "Whether it pays cannot be told: nobody has been followed that long yet"
    assert seen.shown["perk_ab_test.economics"].startswith(told)


def test_money_without_orders_is_refused_by_the_name_of_the_table(see):
    people = assigned()
    study = plan(measure__primary_metric="complaint_rate_30d")
    people, contacts = served(people)
    with pytest.raises(
        NotAvailable,
        match="'net_value_30d' is not available because the source 'tiny' has no table orders",
    ):
        see(study, perk_assignments=people, contacts=contacts)


def test_assignments_without_a_row_are_refused_by_the_contract(see):
    people = assigned()
    with pytest.raises(DataError, match="perk_assignments: no rows"):
        see(perk_assignments=people.head(0), orders=bought(people))


def test_negative_amounts_are_refused_by_the_contract_with_their_number(see):
    people = assigned()
    with pytest.raises(DataError, match=r"orders: amount is negative in 134 rows \(first: "):
        see(perk_assignments=people, orders=bought(some(people), -5.0))


def test_looks_out_of_order_are_refused_in_the_settings(source):
    source.study()
    assert faults(looks={"dates": ["2026-03-15", "2026-02-15"]}) == [
        "looks.dates: 2026-02-15 stands after 2026-03-15; write them in order"
    ]


def test_a_covariate_measured_after_assignment_is_refused_in_the_settings(source):
    source.study()
    assert faults(measure__covariates=["revenue_30d"]) == [
        "measure.covariates: 'revenue_30d' is measured after assignment; use what was known before,"
        " spent_before_Nd or orders_before_Nd or contacts_before_Nd"
    ]


def test_a_look_too_early_for_any_interval_is_drawn_and_says_so(see):
    people = assigned(800)
    study = plan(
        measure__primary_metric="revenue_30d", rule__min_effect=1.0, rule__planned_n=2_000_000,
        looks={"dates": ["2026-02-02", "2026-02-06", "2026-07-15"]},
    )  # fmt: skip
    seen = see(study, perk_assignments=people, orders=bought(some(people)))
    assert seen.result.decision.because == (
        "It is too early: at this look no interval can be given yet."
    )
    assert "without ends" in seen.words
    assert seen.shown["perk_ab_test.since_assignment"].startswith("Withheld while the test runs")


def test_names_that_are_markup_stay_words(see):
    name = '<b onclick="x">20 % & "off"</b>'
    people = assigned()
    people["variant"] = people.variant.replace("coupon", name)
    people["stratum"] = np.where(np.arange(400) % 4 < 2, "<i>new</i>", 'a"b')
    study = plan(
        design__arms=[name], design__split={"control": 0.5, name: 0.5},
        measure__segments=["stratum"], measure__secondary=["revenue_30d"],
    )  # fmt: skip
    seen = see(study, perk_assignments=people, orders=varied(some(people)))
    assert "<b onclick" not in seen.html and "<i>new" not in seen.html
    assert name in seen.words and "<i>new</i>" in seen.words
    ids = re.findall(r'\bid="([^"]*)"', seen.html)
    assert len(ids) == len(set(ids)) and all(re.fullmatch(r"[\w:.-]+", i) for i in ids)


def test_orders_without_amounts_are_no_money_of_zero(see):
    people = assigned()
    with pytest.raises(NotAvailable, match="amount is empty in every row of orders"):
        see(perk_assignments=people, orders=bought(some(people)).assign(amount=None))


def test_orders_of_other_customers_are_no_money_of_zero(see):
    people = assigned()
    orders = bought(some(people))
    seen = see(perk_assignments=people, orders=orders.assign(customer_id="X" + orders.customer_id))
    assert seen.result.decision.because == (
        "None of 400 customers is in orders (customer_id): are these the same customers?"
    )
    assert "0.00" not in seen.shown["perk_ab_test.economics"]

"""Stories about needs and causes: each planted truth is found again by plain counting, and quiet desks lack it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cs_lib.data.simulate import STORIES, SimulatedDesk, simulate
from cs_lib.data.simulate.causes import phrases_en, phrases_zh
from cs_lib.data.simulate.causes.texts import DAYS

SEEDS = (1, 2, 3, 4)
DAY = pd.Timedelta(days=1)
SPEECH = {"en": phrases_en, "zh": phrases_zh}
DETAIL = re.compile(r"@|140|O\d{7}")


@pytest.fixture(scope="module")
def desks() -> list[SimulatedDesk]:
    return [simulate(seed=s, customers=12_000, plan=STORIES["emerging_needs"]) for s in SEEDS]


@pytest.fixture(scope="module")
def steady() -> list[SimulatedDesk]:
    return [simulate(seed=s, customers=12_000, plan=STORIES["steady_needs"]) for s in SEEDS[:3]]


def told(desk: SimulatedDesk) -> pd.DataFrame:
    """Contacts that are no junk, with what they are truly about beside their codes."""
    true = desk.truth.needs_and_causes.contacts
    return desk.tables["contacts"].merge(true, on="contact_id", suffixes=("", "_true"))


def population(desk: SimulatedDesk) -> pd.DataFrame:
    """The contacts that the coded sample stands for."""
    rows, until = told(desk), desk.truth.needs_and_causes.sample.population_until
    left = rows["status"].isin(["merged", "spam", "cancelled"])
    return rows[~left & (rows["opened_at"] < until)]


def first_codings(desk: SimulatedDesk) -> pd.DataFrame:
    """The first coding of each contact of the sample, with the code by rule."""
    rows = desk.tables["codings"].sort_values("coded_at").drop_duplicates("contact_id")
    return rows.merge(desk.tables["contacts"], on="contact_id", suffixes=("", "_rule"))


# The table


@pytest.mark.parametrize("story", ["usual", "rollout_in_waves", "assistant_that_deflects"])
def test_other_desks_have_no_codings_and_no_such_truth(story):
    desk = simulate(customers=400, plan=STORIES[story])
    assert "codings" not in desk.tables
    assert desk.truth.needs_and_causes is None


@pytest.mark.parametrize("story", ["emerging_needs", "steady_needs"])
def test_the_same_seed_tells_the_same_story(story):
    first, again, other = (
        "".join(t.to_csv() for t in simulate(seed=s, customers=600, plan=STORIES[story]).tables.values())
        for s in (1, 1, 2)
    )  # fmt: skip
    assert first == again
    assert first != other


def test_a_coder_codes_a_contact_once_after_it_was_opened_and_before_the_cut(desks):
    for desk in desks:
        rows = desk.tables["codings"].merge(desk.tables["contacts"], on="contact_id")
        assert len(rows) == len(desk.tables["codings"])
        assert not rows.duplicated(["contact_id", "coder"]).any()
        assert (rows["coded_at"] > rows["opened_at"]).all()
        assert (rows["coded_at"] < desk.observed_until).all()
        assert set(rows["method"]) == {"human"}


def test_the_sample_has_equally_many_of_each_owner_and_its_weights_make_up_the_population(desks):
    for desk in desks:
        sample, rows = desk.truth.needs_and_causes.sample, first_codings(desk)
        assert rows["stratum"].value_counts().to_dict() == dict.fromkeys(sample.sizes, 160)
        assert (rows["stratum"] == rows["owner_rule"]).all()
        counts = population(desk)["owner"].value_counts().to_dict()
        assert counts == sample.strata
        assert rows.groupby("stratum")["sampling_weight"].sum().to_dict() == pytest.approx(counts)
        assert sum(counts.values()) == sample.population


@pytest.mark.parametrize(
    ("story", "as_of", "known"),
    [("emerging_needs", "2026-07-01", True), ("steady_needs", "2026-06-20", False)],
)
def test_codings_of_a_source_are_those_known_at_the_cut(source, story, as_of, known):
    source.settings = {
        "source": "tiny",
        "title": "A desk with codings",
        "timezone": "Asia/Shanghai",
        "currency": "CNY",
        "simulate": {"story": story, "seed": 1, "customers": 600},
    }
    desk = source.desk(as_of)
    rows = simulate(seed=1, customers=600, plan=STORIES[story]).tables["codings"]
    query = "SELECT count(*), count(DISTINCT stratum), sum(sampling_weight) FROM codings"
    count, strata, weight = desk.engine.rows(query)[0]
    assert count == (len(rows) if known else 0)
    if known:
        assert (strata, weight) == (5, pytest.approx(rows["sampling_weight"].sum()))


# Codes by rule


def test_the_confusion_is_the_one_of_the_plan(desks):
    planted = desks[0].truth.needs_and_causes.confusion
    assert planted["refund_slow"] == pytest.approx(
        {"refund_slow": 0.77, "wrong_information": 0.15, None: 0.08}
    )
    assert planted["no_authority"] == pytest.approx(
        {"no_authority": 0.40, "attitude": 0.30, None: 0.30}
    )
    assert planted["damaged_in_transit"] == pytest.approx({"damaged_in_transit": 0.92, None: 0.08})
    assert planted[None] == {None: 1.0}
    assert all(sum(chances.values()) == pytest.approx(1) for chances in planted.values())


def test_codes_by_rule_err_as_planted(desks):
    """One case counts once, because a contact and those that refer to it share their code."""
    rows = pd.concat(told(d)[lambda c: c["parent_contact_id"].isna()] for d in desks)
    pairs = rows[["need_code_true", "need_code"]].fillna("none").value_counts()
    planted = desks[0].truth.needs_and_causes.confusion
    for true, chances in planted.items():
        found = pairs[true or "none"]
        assert set(found.index) <= {code or "none" for code in chances}
        expected = np.array([chances[c if c != "none" else None] for c in found.index])
        if len(found) > 1:
            assert stats.chisquare(found, expected * found.sum()).pvalue > 1e-4, true


def test_a_contact_and_its_parent_have_one_code_and_the_issue_is_what_the_customer_said(desks):
    rows = told(desks[0])
    child = rows.merge(
        rows[["contact_id", "need_code", "issue"]].add_suffix("_parent"),
        left_on="parent_contact_id",
        right_on="contact_id_parent",
    )
    assert len(child) > 500
    assert (child["need_code"].fillna("") == child["need_code_parent"].fillna("")).all()
    assert not rows.groupby("need_code_true")["issue"].nunique().gt(1).any()
    other = rows["need_code"].isna() & rows["need_code_true"].notna()
    assert set(rows.loc[other, "owner"]) == {"unknown"}
    assert not rows.loc[other, "issue"].isin(["other", "unknown"]).any()


def test_people_correct_the_owner_shares_and_the_codes_alone_do_not(desks):
    scores = []
    for desk in desks:
        truth, rows = desk.truth.needs_and_causes, first_codings(desk)
        people = population(desk)
        for owner, share in truth.owner_shares.items():
            assert (people["owner_true"] == owner).mean() == pytest.approx(share)
            naive = (people["owner"] == owner).mean()
            assert naive == pytest.approx(truth.coded_owner_shares[owner])
            gap = (rows["owner"] == owner).astype(float) - (rows["owner_rule"] == owner)
            by = gap.groupby(rows["stratum"]).agg(["mean", "var", "size"])
            size = rows.groupby("stratum")["sampling_weight"].sum() / truth.sample.population
            corrected = naive + (size * by["mean"]).sum()
            scores.append((corrected - share) / np.sqrt((size**2 * by["var"] / by["size"]).sum()))
        agents = people["owner"] == "agent"
        assert agents.mean() - truth.owner_shares["agent"] > 5 * agents.sem()
    assert np.abs(scores).max() < 4
    assert np.mean(np.abs(scores) < 1.96) >= 0.8


def test_kappa_of_the_weighted_sample_is_near_that_of_all_contacts(desks):
    gaps = []
    for desk in desks:
        truth, rows = desk.truth.needs_and_causes, first_codings(desk)
        joint = rows.pivot_table(
            "sampling_weight", "owner", "owner_rule", aggfunc="sum", fill_value=0
        ).reindex(index=list(truth.owner_shares), columns=list(truth.owner_shares), fill_value=0)
        joint = joint.to_numpy() / truth.sample.population
        chance = joint.sum(axis=0) @ joint.sum(axis=1)
        gaps.append((np.trace(joint) - chance) / (1 - chance) - truth.kappa_owner)
        assert 0.6 < truth.kappa_owner < 0.9
    assert np.abs(gaps).max() < 0.06
    assert abs(np.mean(gaps)) < 0.03


def test_first_coders_are_right_and_second_coders_err_as_planted(desks):
    agreed = []
    for desk in desks:
        first = first_codings(desk).merge(
            desk.truth.needs_and_causes.contacts, on="contact_id", suffixes=("", "_true")
        )
        assert (first["need_code"].fillna("") == first["need_code_true"].fillna("")).all()
        again = desk.tables["codings"].merge(first, on="contact_id", suffixes=("_again", ""))
        again = again[(again["coder_again"] != again["coder"]) & again["need_code"].notna()]
        assert again["sampling_weight_again"].equals(again["sampling_weight"])
        agreed += list(again["need_code_again"] == again["need_code"])
    error = desks[0].truth.needs_and_causes.sample.second_coder_error
    assert len(agreed) > 0.25 * 640 * len(desks)
    assert abs(np.mean(agreed) - (1 - error)) < 4 * np.sqrt(error * (1 - error) / len(agreed))


# Needs over time


def placed(desk: SimulatedDesk) -> pd.Series:
    """When orders were placed; those that agents add come last, bring no contacts and are left out."""
    every = desk.tables["orders"]["ordered_at"]
    return every[: int(np.flatnonzero(every.diff() < pd.Timedelta(0))[0])]


def inside(stamps: pd.Series, windows) -> pd.Series:
    """Whether a stamp lies in one of the windows."""
    hits = [stamps.between(*window, inclusive="left") for window in windows]
    return pd.Series(np.any(hits, axis=0), index=stamps.index)


def firsts(desk: SimulatedDesk, need: str) -> pd.Series:
    """When cases coded as a need were opened."""
    rows = desk.tables["contacts"]
    rows = rows[rows["parent_contact_id"].isna() & ~rows["status"].isin(["merged", "spam"])]
    return rows.loc[rows["need_code"] == need, "opened_at"]


def ratio(desks, need: str, late, early) -> tuple[float, float]:
    """First contacts per order of late against early windows, all desks together: log ratio, its error."""
    counts = np.zeros((2, 2))
    for desk in desks:
        for side, windows in enumerate((late, early)):
            counts[side, 0] += inside(firsts(desk, need), windows).sum()
            counts[side, 1] += inside(placed(desk), windows).sum()
    (a, m), (b, n) = counts
    return float(np.log(a / m / (b / n))), float(np.sqrt(1 / a + 1 / b))


def last_weeks(desk: SimulatedDesk, weeks: int):
    """The last weeks, and the 24 before them."""
    until = desk.observed_until
    begin = until - 7 * weeks * DAY
    return [(begin, until)], [(begin - 168 * DAY, begin)]


def test_one_need_rises_and_all_without_a_surge_fall(desks):
    truth = desks[0].truth.needs_and_causes
    rising = truth.surge("rising")
    late, early = last_weeks(desks[0], 4)
    assert list(rising.windows) == late
    found, error = ratio(desks, rising.need_code, late, early)
    assert abs(found - np.log(1.6)) < 3 * error < 0.35
    for need in ("product_defect", "refund_slow", "unclear_manual"):
        found, error = ratio(desks, need, late, early)
        assert abs(found - np.log(truth.others_factor)) < 3 * error + 0.05, need


def test_the_first_decoy_rises_after_holidays_only(desks):
    holiday = desks[0].truth.needs_and_causes.surge("holiday")
    late, early = last_weeks(desks[0], 4)
    raw, error = ratio(desks, holiday.need_code, late, early)
    assert raw > 3 * error  # a plain comparison takes it for a need that rises
    begin = desks[0].tables["exposure"]["date"].min() - pd.Timedelta(hours=8)
    edges = [
        begin,
        *(edge for window in holiday.windows for edge in window),
        desks[0].observed_until,
    ]
    usual = list(zip(edges[::2], edges[1::2], strict=True))
    found, error = ratio(desks, holiday.need_code, holiday.windows, usual)
    assert abs(found - np.log(holiday.factor)) < 3 * error + 0.1
    parted = [[(b, e) for b, e in usual if b >= late[0][0] - DAY or e == usual[-1][1]], usual[:-1]]
    found, error = ratio(desks, holiday.need_code, *parted)
    assert abs(found) < 3 * error + 0.1


def test_the_second_decoy_rises_as_a_share_only(desks):
    decoy = desks[0].truth.needs_and_causes.surge("share")
    late, early = last_weeks(desks[0], 4)
    found, error = ratio(desks, decoy.need_code, late, early)
    assert abs(found) < 3 * error + 0.05
    shares = np.zeros((2, 2))
    for desk in desks:
        for side, windows in enumerate((late, early)):
            every = desk.tables["contacts"]["opened_at"]
            shares[side] += (
                inside(firsts(desk, decoy.need_code), windows).sum(),
                inside(every, windows).sum(),
            )
    (a, m), (b, n) = shares
    assert a / m > (1 + 2 * np.sqrt(1 / a + 1 / b)) * b / n


def test_on_a_steady_desk_nothing_rises_and_no_theme_begins(steady):
    for desk in steady:
        truth = desk.truth.needs_and_causes
        assert truth.surges == ()
        assert truth.theme is None
        assert not truth.contacts["is_theme"].any()
        assert not desk.tables["contacts"]["subject"].str.contains("(?i)warranty|延保").any()
    for need in ("damaged_in_transit", "promotion_rule_unclear", "too_complex", "product_defect"):
        found, error = ratio(steady, need, *last_weeks(steady[0], 4))
        assert abs(found) < 3 * error + 0.05, need


# Texts


def test_the_theme_is_in_texts_without_a_code_and_nowhere_else(desks):
    found = 0
    for desk in desks:
        theme, rows = desk.truth.needs_and_causes.theme, told(desk)
        terms = rows["language"].map(theme.terms)
        has = np.array([t in s.lower() for t, s in zip(terms, rows["subject"], strict=True)])
        assert rows.loc[has, "is_theme"].all()
        assert has[rows["is_theme"]].mean() > 0.85  # the others have a typo in the word
        mine = rows[rows["is_theme"]]
        assert mine["need_code"].isna().all() and (mine["owner"] == "unknown").all()
        assert (mine["opened_at"] >= theme.live_at).all()
        first = mine[mine["parent_contact_id"].isna() & (mine["status"] != "merged")]
        orders = inside(
            placed(desk), [(theme.live_at - 3 * DAY, desk.observed_until - 3 * DAY)]
        ).sum()
        expected = (
            theme.first_contacts_per_order * orders * (1 - 0.025)
        )  # cancelled ones bring none
        found += (len(first) - expected) / np.sqrt(expected)
    assert abs(found) / np.sqrt(len(desks)) < 3.5


def written(language: str) -> dict[str | None, set[str]]:
    """Every text of each need that can be written without a slip."""
    words = SPEECH[language]
    things = (*words.PRODUCTS, words.SOMETHING)
    return {
        need: {p.format(days=d, product=t) for p in phrases for d in range(*DAYS) for t in things}
        for need, phrases in words.PHRASES.items()
    }


@pytest.mark.parametrize("language", ["en", "zh"])
def test_texts_are_paraphrased_and_some_have_a_typo(desks, language):
    possible = written(language)
    for need, phrases in SPEECH[language].PHRASES.items():
        assert 7 <= len(set(phrases)) <= 12, need
    slips = []
    for desk in desks[:2]:
        truth, rows = desk.truth.needs_and_causes, told(desk)
        rows = rows[(rows["language"] == language) & ~rows["is_theme"]]
        rows = rows[~rows["contact_id"].isin(truth.personal_details["contact_id"])]
        pairs = zip(rows["need_code_true"], rows["subject"], strict=True)
        slips += [s not in possible[n if isinstance(n, str) else None] for n, s in pairs]
    assert 0.08 < np.mean(slips) <= 0.16  # not every text offers a place for one
    every = desks[0].truth.needs_and_causes.contacts
    assert 0.46 < (every["language"] == language).mean() < 0.54


def test_a_customer_writes_in_one_language(desks):
    rows = told(desks[0])
    assert (
        rows.dropna(subset=["customer_id"]).groupby("customer_id")["language"].nunique() == 1
    ).all()


def test_personal_details_stand_in_their_texts_and_no_other_text_has_any(desks):
    for desk in desks:
        details = desk.truth.needs_and_causes.personal_details
        rows = details.merge(desk.tables["contacts"], on="contact_id")
        assert all(v in s for v, s in zip(rows["value"], rows["subject"], strict=True))
        numbers = rows[rows["kind"] == "order_number"]
        assert (numbers["value"] == numbers["order_id"]).all()
        assert set(rows["kind"]) == {"name", "phone", "order_number", "email"}
        assert rows["kind"].value_counts().min() > 100
        bare = desk.tables["contacts"]
        bare = bare[~bare["contact_id"].isin(rows["contact_id"])]
        assert not bare["subject"].str.contains(DETAIL).any()


# Coming back


def comes_back(desk: SimulatedDesk, need: str, first: int, last: int) -> pd.Series:
    """For each contact coded as a need and resolved 90 days before the cut: another in these days after it."""
    rows = desk.tables["contacts"]
    rows = rows[(rows["need_code"] == need) & rows["customer_id"].notna()]
    rows = rows[~rows["status"].isin(["merged", "spam", "cancelled"])]
    index = rows[rows["resolved_at"] < desk.observed_until - 90 * DAY]
    pairs = index.merge(
        rows[["customer_id", "opened_at"]], on="customer_id", suffixes=("", "_next")
    )
    gap = pairs["opened_at_next"] - pairs["resolved_at"]
    hits = pairs.loc[(gap > first * DAY) & (gap <= last * DAY), "contact_id"]
    return index["contact_id"].isin(hits)


def test_one_need_comes_back_at_the_rate_of_chance_and_others_beyond_it(desks):
    truth = desks[0].truth.needs_and_causes
    chance = np.mean([d.truth.needs_and_causes.chance.chance_repeat_30d_as_coded for d in desks])
    for need, planted in (
        (truth.chance.need_code, 0.0),
        ("refund_slow", truth.coded_repeat_30d["refund_slow"]),
        ("unclear_manual", truth.coded_repeat_30d["unclear_manual"]),
    ):
        soon = np.concatenate([comes_back(d, need, 0, 30) for d in desks])
        later = np.concatenate([comes_back(d, need, 30, 60) for d in desks])
        beyond = soon.mean() - later.mean()
        assert abs(beyond - planted) < 0.04, need
        if planted == 0.0:
            assert soon.mean() == pytest.approx(chance, abs=0.05)
            assert soon.mean() > 0.2

"""What was planted in a desk is found; where nothing was planted the page is silent."""

from __future__ import annotations

import pytest

from cs_lib.methods.topics.tokens import CHINESE


def test_the_need_that_rises_is_told_and_its_two_decoys_are_not(emerging):
    desk, result = emerging
    by_kind = {one.kind: one.need_code for one in desk.truth.needs_and_causes.surges}
    assert [one.name for one in result.news.rose] == [by_kind["rising"]]
    found = next(one for one in result.news.tested if one.name == by_kind["rising"])
    factor = desk.truth.needs_and_causes.surge("rising").factor
    assert found.low <= factor <= found.high
    tested = {one.name: one for one in result.news.tested}
    assert not tested[by_kind["share"]].found  # as many as before; only others fell
    holiday = tested[by_kind["holiday"]]
    assert not holiday.found or by_kind["holiday"] in result.news.holiday


def test_the_theme_that_only_texts_tell_of_is_among_the_first_words(emerging):
    desk, result = emerging
    theme = desk.truth.needs_and_causes.theme
    first = [one.term for one in result.written.rising[:5]]
    assert set(theme.terms.values()) <= set(first)
    assert all(result.written.examples[term] for term in theme.terms.values())


def test_shares_of_owners_hold_the_truth_where_codes_do_not(emerging):
    desk, result = emerging
    truth = desk.truth.needs_and_causes
    shares = {one.name: one for one in result.owners}
    assert all(shares[o].low <= share <= shares[o].high for o, share in truth.owner_shares.items())
    naive = [abs(shares[o].raw - share) for o, share in truth.owner_shares.items()]
    assert max(naive) > 0.05  # what the page would say without people
    kappa = result.coding.against["owner"].kappa
    assert kappa.low <= truth.kappa_owner <= kappa.high


def _as_people_say(contacts, codings):
    """Contacts with the need that the first person to code them gave, where one did."""
    first = codings.sort_values(["coded_at", "coder"]).drop_duplicates("contact_id")
    said = first.set_index("contact_id")["need_code"]
    theirs = contacts["contact_id"].isin(said.index)
    own = contacts["contact_id"].map(said)
    return contacts.assign(need_code=contacts["need_code"].where(~theirs, own))


def test_numbers_add_up_to_the_contacts_of_the_desk(emerging):
    desk, result = emerging
    contacts = _as_people_say(desk.tables["contacts"], desk.tables["codings"])
    counted = contacts[~contacts["status"].isin(["merged", "spam", "cancelled"])]
    opened = counted["opened_at"].dt.tz_localize("UTC").dt.tz_convert("Asia/Shanghai").dt.date
    inside = counted[(opened >= result.evidence.start) & (opened <= result.evidence.end)]
    assert result.evidence.people.contacts == len(inside)
    assert result.unknown == int(inside["need_code"].isna().sum())
    by_need = inside["need_code"].value_counts()
    assert {one.need: one.contacts for one in result.needs} == {
        need: n for need, n in by_need.items() if n >= result.study.rule.smallest_cell
    }
    seconds = inside.groupby("need_code")["handle_seconds"].sum()
    for one in result.needs:
        assert one.place.total == pytest.approx(seconds[one.need] / 60 * 365 / 364, rel=1e-3)


def test_personal_details_are_on_no_page(emerging):
    desk, result = emerging
    details = desk.truth.needs_and_causes.personal_details
    said = [*(text for texts in result.written.examples.values() for text in texts)]
    said += [text for texts in result.written.quotes for text in texts]
    told = " ".join([*said, *(t for topic in result.written.topics for t in topic.terms)])
    assert said and len(details)
    assert not [value for value in details["value"].unique() if value in told]
    assert any(CHINESE.search(text) for text in said)


def test_a_quiet_desk_has_nothing_new(steady):
    _, result = steady
    assert result.news.rose == () and result.news.began == () == result.news.ended
    assert [one.term for one in result.written.rising] == []
    assert [c.code for c in result.checks if c.passed is False] == []

"""What customers wrote: weeks by eye, a part of very many, and the planted theme on a whole desk."""

from __future__ import annotations

from datetime import date

from cs_lib.methods.emerging.rising_terms import holding, rising_terms
from cs_lib.methods.topics.quotes import masked
from cs_lib.methods.topics.tokens import words_of
from cs_lib.metrics.queries.needs.texts import WrittenText, written
from cs_lib.params.attribution import Words

END = date(2026, 2, 28)
ROWS = """
contact_id opened_at status need_code subject
K1 2026-02-28T23:00 open - late
K2 2026-02-22T00:00 open - late
K3 2026-02-21T23:00 open - late
K4 2026-02-28T08:00 open lost late
K5 2026-02-28T08:00 spam lost late
K6 2025-07-06T08:00 open lost old
K7 2025-07-05T23:00 open lost older
K8 2026-02-28T08:00 open lost -
"""


def test_by_eye(source, observed):
    source.table("contacts", ROWS)
    found = written(observed(), END)
    assert found.one_in == 1
    assert found.texts == (
        WrittenText("late", 0, False, 2),
        WrittenText("late", 0, True, 1),
        WrittenText("late", 1, False, 1),
        WrittenText("old", 33, True, 1),
    )


def test_of_very_many_a_part_is_read_the_same_each_time(source, observed):
    rows = "\n".join(f"K{i} 2026-02-27T08:00 open - text{i}" for i in range(2_000))
    source.table("contacts", "contact_id opened_at status need_code subject\n" + rows)
    desk = observed()
    found = written(desk, END, most=500)
    assert found.one_in == 4 and 430 < sum(text.contacts for text in found.texts) < 570
    assert written(desk, END, most=500) == found


def test_the_planted_theme_rises_and_personal_details_are_masked(planted):
    """Its term in each language is among the five surest of the uncoded texts; no planted detail is left in a quote."""
    desk, truth = planted
    uncoded = [text for text in written(desk, date(2026, 6, 30)).texts if not text.coded]
    words = words_of((text.text for text in uncoded), stop=Words().silent)
    counted = holding(words, [t.contacts for t in uncoded], [t.week < 8 for t in uncoded])
    surest = [one.term for one in rising_terms(*counted)[:5]]
    assert set(truth.theme.terms.values()) <= set(surest)
    subjects = dict(desk.engine.rows("SELECT contact_id, subject FROM contacts"))
    details = truth.personal_details
    said = [(detail.value, subjects[detail.contact_id]) for detail in details.itertuples()]
    assert len(said) > 500 and all(value in text for value, text in said)
    assert [text for value, text in said if value in masked(text)] == []

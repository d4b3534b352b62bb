"""Settings that are each sound and cannot all be true."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("coupon: 0.5}", "coupon: 0.501}", "design.split (line 10): planned shares sum to 1.001, not 1"),
        ("coupon: 0.5}", "coupon: 0.6}", "design.split (line 10): planned shares sum to 1.1, not 1"),
        ("control: control", "control: nobody", "design.control (line 8): 'nobody' has no planned share in"
         " design.split"),
        ("arms: [coupon]", "arms: [coupon, discount]", "design.arms (line 9): 'discount' has no planned share in"
         " design.split"),
        ("arms: [coupon]", "arms: [control]", "design.arms (line 9): 'control' is the control; it cannot be"
         " compared with itself"),
        ("split: {control: 0.5, coupon: 0.5}", "split: {coupon: 0.9999999}",
         "design.split (line 10): must have at least 2 entries, got {'coupon': 0.9999999}"),
        ("complaint_rate_60d:", "repurchase_60d:", "measure.guardrails (line 14): 'repurchase_60d' is the primary"
         " metric; it cannot guard itself"),
        ("{complaint_rate_60d: 0.05}", "{complaint_rate_60d: 0.05}\n  secondary: [complaint_rate_60d]",
         "measure.secondary (line 15): 'complaint_rate_60d' is already the primary metric or a guardrail"),
        ("{complaint_rate_60d: 0.05}", "{complaint_rate_60d: 0.05}\n  secondary: [repurchase_60d]",
         "measure.secondary (line 15): 'repurchase_60d' is already the primary metric or a guardrail"),
        ('"2026-04-01"]', '"2026-07-01"]', "design.period (line 11): ends 2026-07-01, but only data before as_of"
         " 2026-07-01 count"),
    ],
)  # fmt: skip
def test_ab_contradiction_is_one_sentence(settings, old, new, said):
    assert settings.faults(old, new) == [said]


def test_window_longer_than_the_data_is_told_for_metric_and_money(settings):
    said = settings.faults('"2025-08-25", "2026-04-01"', '"2026-06-01", "2026-06-02"')
    assert said == [
        "measure (line 12): 'repurchase_60d' needs 60 days after assignment, the data hold 30",
        "measure (line 12): 'complaint_rate_60d' needs 60 days after assignment, the data hold 30",
        "money.window_days (line 15): 60 days do not fit: the data hold 30",
    ]


def test_window_that_just_fits_is_accepted(settings):
    assert settings.faults('"2025-08-25", "2026-04-01"', '"2026-05-02", "2026-05-02"') == []
    assert settings.faults('"2025-08-25", "2026-04-01"', '"2026-05-03", "2026-05-03"') != []


def test_split_with_a_fault_of_rounding_is_accepted(settings):
    assert settings.faults("coupon: 0.5}", "coupon: 0.4999999}") == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('post_period: ["2026-02-05"', 'post_period: ["2026-02-04"',
         ["design.post_period (line 10): starts 2026-02-04, before the pre-period has ended (2026-02-04)",
          "design.post_period (line 10): starts 2026-02-04, before the intervention on 2026-02-05"]),
        ('intervention_date: "2026-02-05"', 'intervention_date: "2026-02-06"',
         ["design.post_period (line 10): starts 2026-02-05, before the intervention on 2026-02-06"]),
        ('intervention_date: "2026-02-05"', 'intervention_date: "2026-02-04"',
         ["design.pre_period (line 9): ends 2026-02-04, not before the intervention on 2026-02-04"]),
        ("washout_days: 7", "washout_days: 90", []),
        ('"2026-06-10"]', '"2026-02-11"]', ["design.washout_days (line 8): 7 days leave nothing of the post-period"]),
        ('"2026-06-10"]', '"2026-07-01"]', ["design.post_period (line 10): ends 2026-07-01, but only data before"
                                           " as_of 2026-07-01 count"]),
    ],
)  # fmt: skip
def test_before_after_contradiction_is_one_sentence(settings, old, new, said):
    assert settings.faults(old, new) == said


def test_washout_that_leaves_one_day_is_accepted(settings):
    assert settings.faults('"2026-06-10"]', '"2026-02-12"]') == []


def test_contradictions_are_found_beside_a_faulty_field(settings):
    said = settings.faults("coupon: 0.5}\n  period: [", 'coupon: 0.6}\n  period: ["soon", ')
    assert [line.split(":")[0] for line in said] == [
        "design.split (line 10)",
        "design.period (line 11)",
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("zone: Europe/Rome", "zone: Rome", "timezone (line 3): no such time zone: 'Rome'; use a name like"
         " Europe/Rome or Asia/Shanghai"),
        ("folder: files", "observed_until: soon", "observed_until (line 4): must be a moment like"
         " \"2026-03-31T18:00:00\", got 'soon'"),
        ("{file: contacts.csv}", "{fil: contacts.csv}", "tables.contacts.fil (line 8): unknown key; did you mean"
         " 'file'?"),
        ("{file: contacts.csv}", "{file: {path: c.csv, encodng: gbk}}", "tables.contacts.file.encodng (line 8):"
         " unknown key; did you mean 'encoding'?"),
        ("{file: contacts.csv}", "{}", "tables.contacts (line 8): give either `file` or `query`"),
        ("{file: contacts.csv}", "{file: c.csv, query: SELECT 1}", "tables.contacts (line 8): give either `file` or"
         " `query`"),
        ("steps: steps.csv", "events: steps.csv", "files.events (line 6): 'events' is also the name of a table; call"
         " the file something else"),
        ("source: log", "source: lgo", "source (line 1): must be 'log', the name of its file, got 'lgo'"),
        ("folder: files\nfiles:\n  steps: steps.csv", "simulate: {}", "tables.contacts (line 6): a simulated source has"
         " no files; give a `query` over simulated_contacts"),
        ("folder: files\nfiles:\n  steps: steps.csv\ntables:\n  contacts: {file: contacts.csv}",
         "simulate: {}\nfiles:\n  steps: steps.csv\ntables:", "files (line 5): a simulated source reads no files"),
        ("folder: files", "cleaning: [{table: contacts, because: test rows, clear: status}]", "cleaning.0 (line 4):"
         " give either `drop_where`, or `clear` with `where`, or `rewrite` with `by`"),
    ],
)  # fmt: skip
def test_fault_of_a_source_is_one_sentence(settings, old, new, said):
    assert settings.source_faults(old, new) == [said]


def test_source_without_tables_is_told_what_it_needs(settings):
    tables = "tables:\n  contacts: {file: contacts.csv}\n  events: {query: SELECT * FROM steps}\n"
    assert settings.source_faults(tables, "") == [
        "tables: missing; name at least `contacts`, or set `simulate`"
    ]


def test_sound_source_has_no_fault(settings):
    assert settings.source_faults("log", "log") == []

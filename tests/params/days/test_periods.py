"""Periods that move: which days they hold depends on as_of alone, and what cannot be is one sentence."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs_lib import params
from cs_lib.params.days.periods import Moving, resolve
from cs_lib.params.template import cell_text
from tests.experiment.before_after.test_analyze import SETTINGS
from tests.experiment.perk_ab_test.test_analyze import SETTINGS as PERK

CHANGE = date(2026, 4, 2)
AFTER = "design.post_period"
FORMS = (
    'two dates, first and last day: [from, to], [first, null] for up to the day before {until}, or a'
    ' window like "last 26 weeks" (days, weeks or months; at least 1)'
)  # fmt: skip
PLANS = {
    "study": "routing_plan",
    "notebook": "experiment_plan",
    "plans": "before_after",
    "question": "How many weeks will it take to see it?",
    "as_of": "2026-08-01",
    "source": "demo",
    "design": {"change": "routing", "start": "2026-09-01", "history": ["2026-01-01", "2026-07-31"]},
    "measure": {"primary_metric": "resolution_hours"},
    "rule": {"min_effect": 2.0},
}
PERK_PLAN = {
    **{key: PLANS[key] for key in ("study", "notebook", "question", "as_of", "source")},
    "plans": "perk_ab_test",
    "design": {
        "experiment": "perk",
        "control": "control",
        "arms": ["coupon"],
        "split": {"control": 0.5, "coupon": 0.5},
        "start": "2026-09-01",
        "history": ["2026-01-01", "2026-07-31"],
    },
    "measure": {"primary_metric": "repurchase_60d"},
    "rule": {"min_effect": 0.02},
}


def checked(stated=SETTINGS, *, as_of="2026-08-01", **design):
    raw = {**stated, "as_of": as_of, "design": {**stated["design"], **design}}
    found, problems = params.check_study(raw, file="x", lines={})
    return found, [f"{p.key}: {p.message}" for p in problems]


def sound(stated=SETTINGS, **changes):
    found, problems = checked(stated, **changes)
    assert problems == [] and found is not None
    return found


def after(written, as_of="2026-08-01"):
    return sound(post_period=written, as_of=as_of).design.post_period


def test_an_open_end_is_the_last_day_wholly_before_as_of():
    assert after(["2026-04-02", None]) == (CHANGE, date(2026, 7, 31))
    assert after(["2026-04-02", None], "2026-04-03") == (CHANGE, CHANGE)


@pytest.mark.parametrize(
    ("written", "as_of", "first"),
    [
        ("last 8 weeks", "2026-08-01", "2026-06-06"),
        ("last 90 days", "2026-08-01", "2026-05-03"),
        ("last 1 day", "2026-08-01", "2026-07-31"),
        ("last 3 months", "2026-08-01", "2026-05-01"),
        ("last 1 month", "2026-07-31", "2026-06-30"),  # June has no 31st
        ("last 3 months", "2027-05-31", "2027-02-28"),
        ("last 3 months", "2028-05-31", "2028-02-29"),  # a leap year
        ("last 12 months", "2028-02-29", "2027-02-28"),
        ("last 1 month", "2027-01-15", "2026-12-15"),
        ("last 26 weeks", "2026-08-01", "2026-04-02"),  # not before the change
        ("last 99999 months", "2026-08-01", "2026-04-02"),
    ],
)
def test_a_window_is_so_long_before_as_of_and_never_starts_before_the_change(written, as_of, first):
    found = after(written, as_of)
    assert found == (date.fromisoformat(first), date.fromisoformat(as_of) - timedelta(days=1))


@pytest.mark.parametrize(
    ("written", "first"),
    [
        ("last 26 weeks", "2025-10-02"),
        ("last 13 weeks", "2026-01-01"),
        ("last 90 days", "2026-01-02"),
        ("last 2 months", "2026-02-02"),
        (["2026-01-01", None], "2026-01-01"),
    ],
)
def test_before_the_change_a_window_ends_on_the_day_before_it_whatever_as_of_is(written, first):
    for as_of in ("2026-08-01", "2027-03-31"):
        found = sound(pre_period=written, as_of=as_of).design.pre_period
        assert found == (date.fromisoformat(first), date(2026, 4, 1))


def test_a_change_that_is_still_off_is_off_up_to_as_of():
    off = [["2026-05-10", "2026-05-31"], ["2026-07-01", None]]
    for as_of, last in (("2026-08-01", "2026-07-31"), ("2026-09-01", "2026-08-31")):
        design = sound(post_period=["2026-04-02", None], off_periods=off, as_of=as_of).design
        assert design.off_periods[1] == (date(2026, 7, 1), date.fromisoformat(last))
        assert design.spans[-1] == (date(2026, 6, 1), date(2026, 7, 1))


@pytest.mark.parametrize("plan", [PLANS, PERK_PLAN], ids=["before_after", "perk_ab_test"])
@pytest.mark.parametrize(
    ("written", "first"),
    [("last 26 weeks", "2026-01-31"), ("last 6 months", "2026-02-01"), (["2026-01-05", None], "2026-01-05")],
)  # fmt: skip
def test_the_history_of_a_plan_moves_with_as_of(plan, written, first):
    study = sound(plan, history=written)
    assert study.design.history == (date.fromisoformat(first), date(2026, 7, 31))
    assert params.to_cell(study)["design"]["history"] == written


@pytest.mark.parametrize(
    "wrong",
    ["last 0 weeks", "last weeks", "last -1 days", "last 26 years", "Last 26 weeks", "last 2.5 weeks", "26 weeks",
     "last  26 weeks", "last 100000 days", "", "up to now"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("key", "until"), [("pre_period", "intervention_date"), ("post_period", "as_of")]
)
def test_wrong_words_are_one_sentence_with_the_forms_that_are_right(key, until, wrong):
    told = f"design.{key}: must be {FORMS.format(until=until)}, got {wrong!r}"
    assert checked(**{key: wrong})[1] == [told]


@pytest.mark.parametrize("wrong", [7, ["2026-04-02"], {"first": "2026-04-02"}, True, []])
def test_what_is_no_period_is_one_sentence_too(wrong):
    told = f"{AFTER}: must be {FORMS.format(until='as_of')}, got {wrong!r}"
    assert checked(post_period=wrong)[1] == [told]


@pytest.mark.parametrize(
    ("as_of", "design", "said"),
    [
        ("2026-03-01", {"post_period": ["2026-04-02", None]},
         "design.post_period: starts 2026-04-02, but only data before as_of 2026-03-01 count"),
        ("2026-04-02", {"post_period": ["2026-04-02", None]},
         "design.post_period: starts 2026-04-02, but only data before as_of 2026-04-02 count"),
        ("2026-04-02", {"post_period": "last 26 weeks"},
         "design.post_period: holds no day yet: it starts 2026-04-02, but only data before as_of 2026-04-02 count"),
        ("2026-08-01", {"pre_period": ["2026-04-02", None]},
         "design.pre_period: starts 2026-04-02, not before intervention_date 2026-04-02"),
        ("2026-08-01", {"pre_period": "last 9999 months"}, "design.pre_period: reaches back beyond the year 1900"),
        ("2026-08-01", {"off_periods": [["2026-08-05", None]]},
         "design.off_periods.0: starts 2026-08-05, but only data before as_of 2026-08-01 count"),
        ("2026-08-01", {"off_periods": ["last 2 weeks"]},
         "design.off_periods.0: must be two dates, first and last day: [from, to], or [first, null] for up to the"
         " day before as_of, got 'last 2 weeks'"),
        ("2026-08-01", {"post_period": [None, "2026-07-01"]},
         "design.post_period.0: must be a date like \"2026-03-31\", got None"),
        ("2026-08-01", {"post_period": ["2026-02-30", None]},
         "design.post_period.0: no such day in the calendar: 2026-02-30"),
        ("2026-08-01", {"post_period": ["2026-03-01", None]},
         "design.post_period: starts 2026-03-01, before the pre-period has ended (2026-04-01)"),
    ],
)  # fmt: skip
def test_a_period_that_cannot_be_is_one_clear_sentence(as_of, design, said):
    told = checked(as_of=as_of, **design)[1]
    assert told[0] == said
    assert len(told) == 1 or "before the intervention" in told[1]


def test_where_the_day_it_hangs_on_is_faulty_only_that_is_told():
    assert checked(as_of="2026-02-30", post_period="last 8 weeks")[1] == [
        "as_of: no such day in the calendar: 2026-02-30"
    ]
    told = checked(intervention_date="soon", pre_period="last 8 weeks", post_period="last 8 weeks")
    assert told[1] == ["design.intervention_date: must be a date like \"2026-03-31\", got 'soon'"]


def test_faults_of_all_periods_come_at_once():
    told = checked(pre_period="last week", post_period="last 0 days")[1]
    assert [line.split(":")[0] for line in told] == ["design.pre_period", "design.post_period"]


@pytest.mark.parametrize("word", ["today", "yesterday", "now", "Today"])
def test_as_of_in_a_file_is_a_date_and_the_clocks_words_are_sent_to_the_command_line(word):
    [told] = checked(as_of=word)[1]
    meant = "yesterday" if word == "yesterday" else "today"
    assert told == (
        f'as_of: must be a date like "2026-03-31", got {word!r}; leave a date here, and let each run'
        f" move it: cslib run STUDY --as-of {meant}"
    )


@pytest.mark.parametrize("words", ["last 26 weeks", "last 90 days"])
def test_the_days_of_a_test_do_not_move(words):
    raw = {**PERK, "design": {**PERK["design"], "period": words}}
    _, problems = params.check_study(raw, file="x", lines={})
    assert [p.message for p in problems if p.key == "design.period"] == [
        "must be two dates, first and last day of assignment: [from, to]; those of a test do not move,"
        f" got {words!r}"
    ]


LOOKS = {"dates": ["2026-05-01", "2026-07-01"]}


@pytest.mark.parametrize("looks", [LOOKS, {"spending": "always_valid"}], ids=["planned", "open"])
def test_a_test_with_looks_can_be_run_every_night_from_its_second_day_on(looks):
    start = date.fromisoformat(PERK["design"]["period"][0])
    for night in range(1, 200, 11):
        as_of = (start + timedelta(days=night)).isoformat()
        _, problems = params.check_study(
            {**PERK, "as_of": as_of, "looks": looks}, file="x", lines={}
        )
        assert problems == [], as_of
    _, problems = params.check_study(
        {**PERK, "as_of": start.isoformat(), "looks": looks}, file="x", lines={}
    )
    assert [p.message for p in problems] == [
        f"starts {start}, but only data before as_of {start} count"
    ]


def test_what_is_written_is_kept_and_a_cell_holds_it():
    written = {"pre_period": "last 13 weeks", "post_period": ["2026-04-02", None]}
    study = sound(**written)
    assert study.written == {f"design.{key}": value for key, value in written.items()}
    cell = params.to_cell(study)
    assert {key: cell["design"][key] for key in written} == written
    assert params.from_cell(cell) == study
    assert params.moved_periods(study) == {
        "design.pre_period": ["2026-01-01", "2026-04-01"],
        "design.post_period": ["2026-04-02", "2026-07-31"],
    }


def test_settings_with_plain_dates_move_nowhere():
    study = sound()
    assert study.written == params.moved_periods(study) == {}
    assert params.to_cell(study)["design"]["post_period"] == ["2026-04-02", "2026-06-30"]
    raw = {**SETTINGS, "design": dict(SETTINGS["design"])}
    assert resolve(raw, params.BeforeAfter.moving).raw == SETTINGS == raw


def test_a_cell_in_jupyter_may_hold_dates_and_none():
    names = {**SETTINGS, "design": {**SETTINGS["design"], "post_period": [CHANGE, None]}}
    study = params.from_cell(names)
    assert study.design.post_period == (CHANGE, date(2026, 7, 31))
    assert params.to_cell(study)["design"]["post_period"] == ["2026-04-02", None]


def test_the_words_are_explained_where_the_setting_is():
    told = str(params.explain("before_after"))
    for key, words in (("pre_period", "last 26 weeks: those that end the day before it"),
                       ("post_period", "null as last day: up to as_of; or last 26 weeks"),
                       ("off_periods", "null: still off")):  # fmt: skip
        [line] = [one for one in told.splitlines() if one.strip().startswith(f"{key}:")]
        assert words in line
    assert str(params.explain("experiment_plan")).count("null: up to as_of; or last 26 weeks") == 2
    text = cell_text(params.BeforeAfter, params.to_cell(sound(post_period="last 8 weeks")), head="")
    assert "'post_period': 'last 8 weeks'" in text and "None as last day: up to as_of" in text


calmly = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
DAYS = st.dates(date(1990, 1, 1), date(2150, 12, 31))
UNITS = st.sampled_from(["day", "days", "week", "weeks", "month", "months"])


@calmly
@given(DAYS, st.integers(1, 600), UNITS)
def test_any_window_ends_the_day_before_and_grows_with_its_number(as_of, count, unit):
    how = {"period": Moving("as_of")}

    def days(n, until=as_of):
        raw = {"as_of": until.isoformat(), "period": f"last {n} {unit}"}
        found = resolve(raw, how)
        assert found.faults == {} and found.written == {"period": raw["period"]}
        return [date.fromisoformat(day) for day in found.raw["period"]]

    first, last = days(count)
    assert last == as_of - timedelta(days=1) and first <= last
    assert days(count + 1)[0] < first
    if "day" in unit or "week" in unit:
        assert (as_of - first).days == count * (7 if "week" in unit else 1)
    else:
        months = (as_of.year - first.year) * 12 + as_of.month - first.month
        assert months == count
        assert first.day == as_of.day or (first + timedelta(days=1)).day == 1
    later = days(count, as_of + timedelta(days=1))
    assert later[0] >= first and later[1] == as_of  # a window only ever moves on


@calmly
@given(DAYS, DAYS, st.integers(1, 600), UNITS)
def test_a_window_after_a_change_never_starts_before_it_and_is_never_empty(day, as_of, n, unit):
    raw = {"as_of": as_of.isoformat(), "day": day.isoformat(), "period": f"last {n} {unit}"}
    found = resolve(raw, {"period": Moving("as_of", since="day")})
    if as_of <= day:
        assert found.raw["period"] == raw["period"]
        assert found.faults[("period",)].startswith("holds no day yet")
    else:
        first, last = map(date.fromisoformat, found.raw["period"])
        assert day <= first <= last == as_of - timedelta(days=1)


@calmly
@given(DAYS, DAYS)
def test_an_open_end_is_resolved_or_refused_never_turned_round(first, as_of):
    raw = {"as_of": as_of.isoformat(), "period": [first.isoformat(), None]}
    found = resolve(raw, {"period": Moving("as_of")})
    if first < as_of:
        assert found.raw["period"] == [raw["period"][0], (as_of - timedelta(days=1)).isoformat()]
    else:
        assert "but only data before as_of" in found.faults[("period",)]


@calmly
@given(st.one_of(st.text(), st.integers(), st.none(), st.lists(st.one_of(st.text(), st.none()))))
def test_whatever_stands_there_gives_a_study_or_sentences(value):
    found, problems = checked(post_period=value, off_periods=value, pre_period=value)
    assert (found is None) == bool(problems)

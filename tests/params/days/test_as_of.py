"""`--as-of`: one moment for a command, the calendar day of each source."""

from datetime import UTC, date, datetime

import pytest

from cs_lib import params
from cs_lib.params.days.as_of import day_of, option

LATE = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)  # the 2nd in Shanghai, the 1st in Rome and New York
SHANGHAI = "source: far\ntitle: Far\ntimezone: Asia/Shanghai\nsimulate: {seed: 7, customers: 500}\n"
YORK = SHANGHAI.replace("far", "york").replace("Asia/Shanghai", "America/New_York")


@pytest.mark.parametrize(
    ("word", "zone", "day"),
    [
        ("today", "Asia/Shanghai", "2026-03-02"),
        ("today", "Europe/Rome", "2026-03-01"),
        ("today", None, "2026-03-01"),
        ("yesterday", "Asia/Shanghai", "2026-03-01"),
        ("yesterday", "America/New_York", "2026-02-28"),
        ("2025-12-31", "Asia/Shanghai", "2025-12-31"),
    ],
)
def test_the_day_is_that_of_the_sources_time_zone(word, zone, day):
    assert day_of(params.AsOf.given(word, LATE), zone) == day


def test_a_word_that_no_command_was_given_is_no_day():
    assert day_of("today", None) == "today"


@pytest.mark.parametrize(
    "wrong", ["tomorrow", "Today", " today", "", "now", "1", "20260301", "2026-3-1"]
)
def test_a_wrong_word_is_one_sentence_with_what_is_allowed(wrong):
    with pytest.raises(ValueError) as refused:
        params.AsOf.given(wrong, LATE)
    assert str(refused.value) == (
        f"must be today, yesterday or a date like 2026-03-31, got '{wrong}'"
    )


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("2026-02-30", "no such day in the calendar: 2026-02-30"),
        ("9999-01-01", "lies outside the years 1900 to 2199: 9999-01-01"),
    ],
)
def test_a_date_that_is_none_says_why(wrong, why):
    with pytest.raises(ValueError, match=f"a date like 2026-03-31; {why}"):
        params.AsOf.given(wrong, LATE)


def test_an_option_is_told_with_the_day_it_came_to():
    assert option("2026-03-01", "2026-03-01") == "--as-of 2026-03-01"
    assert option("today", "2026-03-01") == "--as-of today (2026-03-01)"


def written(settings, source="far", **changes):
    text = (
        "study: nightly\nnotebook: before_after\nquestion: Did routing by skill help?\n"
        f"as_of: {changes.get('as_of', '2026-02-10')}\nsource: {source}\n"
        'design:\n  intervention_date: "2026-01-05"\n  pre_period: last 8 weeks\n'
        '  post_period: ["2026-01-05", null]\n'
        "measure: {primary_metric: resolution_hours}\nrule: {min_effect: 2}\n"
    )
    settings.write(SHANGHAI, name="sources/far")
    settings.write(YORK, name="sources/york")
    return settings.write(text, name="nightly")


def test_studies_of_one_night_share_its_moment_each_with_its_own_day(settings):
    night = params.AsOf.given("today", LATE)
    assert params.load(written(settings), as_of=night).as_of == date(2026, 3, 2)
    study = params.load(written(settings, "york"), as_of=night)
    assert (study.as_of, study.design.post_period[1]) == (date(2026, 3, 1), date(2026, 2, 28))


def test_a_late_run_with_its_date_is_the_punctual_one(settings):
    path = written(settings)
    punctual = params.load(path, as_of=params.AsOf.given("today", LATE))
    late = params.load(
        path, as_of=params.AsOf.given("2026-03-02", datetime(2026, 3, 10, tzinfo=UTC))
    )
    assert late == punctual and params.to_cell(late) == params.to_cell(punctual)


def test_the_files_own_day_may_lie_before_the_change_when_the_run_has_a_later_one(settings):
    path = written(settings, as_of='"2026-01-01"')
    with pytest.raises(params.ParamsError, match="starts 2026-01-05, but only data before as_of"):
        params.load(path)
    assert params.stated_day(path) == date(2026, 1, 1)
    assert params.load(path, as_of="2026-02-01").design.post_period[1] == date(2026, 1, 31)


def test_faults_name_the_option_with_its_day_and_keep_their_lines(settings):
    path = written(settings)
    with pytest.raises(params.ParamsError) as caught:
        params.load(path, as_of=params.AsOf.given("today", datetime(2026, 1, 2, tzinfo=UTC)))
    assert str(caught.value) == (
        "params/nightly.yaml with --as-of today (2026-01-02): 1 problem\n"
        "  design.post_period (line 9): starts 2026-01-05, but only data before as_of 2026-01-02 count"
    )


def test_a_faulty_day_in_the_file_stays_a_fault_when_a_run_has_its_own(settings):
    path = written(settings, as_of="today")
    for as_of in (None, params.AsOf.given("today", LATE), "2026-03-01"):
        with pytest.raises(params.ParamsError) as caught:
            params.load(path, as_of=as_of)
        [problem] = caught.value.problems
        assert (problem.key, problem.line) == ("as_of", 4)
        assert "cslib run STUDY --as-of today" in problem.message


def test_a_faulty_source_hides_no_fault_of_the_settings(settings):
    path = written(settings)
    settings.write(SHANGHAI.replace("Asia/Shanghai", "Mars/Olympus"), name="sources/far")
    path.write_text(path.read_text().replace("min_effect: 2", "min_effect: none"))
    with pytest.raises(params.ParamsError, match="must be a number, got 'none'"):
        params.load(path, as_of=params.AsOf.given("today", LATE))

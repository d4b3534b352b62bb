"""Settings of a change that was taken back, grows, or was not the only one: contradictions, all at once."""

from datetime import date

import pytest

from cs_lib import params
from cs_lib.params.changes import spans
from cs_lib.params.template import settings_text
from tests.experiment.before_after.test_analyze import SETTINGS
from tests.params.test_before_after import TEAMS, told

CHAT = {"name": "Chat", "day": "2026-03-01"}
LONG = {"pre_period": ["2025-12-01", "2026-04-01"], "post_period": ["2026-04-02", "2026-07-31"]}
WITH_TEAMS = "leave it out: with design.teams one step that stayed is read, team by team"


def design(**changes):
    settings = {**SETTINGS, "design": {**SETTINGS["design"], **changes}}
    return params.BeforeAfter.model_validate(settings).design


@pytest.mark.parametrize(
    ("off", "said"),
    [
        ([["2026-04-02", "2026-05-01"]], "2026-04-02 to 2026-05-01 must start at least a day after 2026-04-02, when the"
         " change was on"),
        ([["2026-07-02", "2026-07-20"]], "2026-07-02 to 2026-07-20 starts after the post-period has ended"
         " (2026-06-30)"),
        ([["2026-04-20", "2026-05-10"], ["2026-05-01", "2026-05-30"]],
         "2026-05-01 to 2026-05-30 must start at least a day after 2026-05-10, when the change was on"),
        ([["2026-04-20", "2026-05-10"], ["2026-05-11", "2026-05-30"]],
         "0 days are left on which it was on from 2026-05-11; 14 are needed"),
        ([["2026-04-10", "2026-05-10"]], "8 days are left on which it was on from 2026-04-02; 14 are needed"),
        ([["2026-05-01", "2026-05-07"]], "7 days are left on which it was off from 2026-05-01; 14 are needed"),
        ([["2026-05-01", "2026-06-20"]], "10 days are left on which it was on from 2026-06-21; 14 are needed"),
    ],
)  # fmt: skip
def test_stretches_without_the_change_must_be_readable(off, said):
    assert told(off_periods=off) == [f"design.off_periods: {said}"]


def test_the_wash_out_counts_against_a_stretch():
    off = [["2026-05-01", "2026-05-20"]]
    assert told(off_periods=off) == []
    assert told(off_periods=off, washout_days=7) == [
        "design.off_periods: 13 days are left on which it was off from 2026-05-01; 14 are needed"
    ]


@pytest.mark.parametrize(
    ("also", "said"),
    [
        ({**CHAT, "day": "2026-01-01"}, "'Chat' went live on 2026-01-01, outside the periods (2026-01-01 to"
         " 2026-06-30)"),
        ({**CHAT, "day": "2026-07-01"}, "'Chat' went live on 2026-07-01, outside the periods (2026-01-01 to"
         " 2026-06-30)"),
        ({**CHAT, "day": "2026-04-02"}, "'Chat' cannot be told from the studied change: they lie 0 days apart; 14 are"
         " needed"),
        ({**CHAT, "day": "2026-03-20"}, "'Chat' cannot be told from the studied change: they lie 13 days apart; 14 are"
         " needed"),
        ({**CHAT, "end_day": "2026-02-01"}, "'Chat' ends (2026-02-01) before it starts (2026-03-01)"),
        ({**CHAT, "name": "the change"}, "'the change' is what the studied one is called; choose another name"),
        ({**CHAT, "change_id": "F1"}, "'Chat' is F1, the studied change itself"),
    ],
)  # fmt: skip
def test_another_change_must_be_another_one_inside_the_periods(also, said):
    assert told(also=[also], change_id="F1") == [f"design.also: {said}"]


def test_other_changes_must_differ_among_themselves():
    again, near = {**CHAT, "day": "2026-05-20"}, {"name": "Script", "day": "2026-03-08"}
    assert told(also=[CHAT, again]) == ["design.also: 'Chat' stands twice; keep one"]
    assert told(also=[CHAT, near]) == [
        "design.also: 'Chat' and 'Script' cannot be told apart: they lie 7 days apart; 14 are needed"
    ]
    assert told(also=[CHAT, {**near, "end_day": "2026-05-01"}]) == []


def test_a_slope_needs_twelve_weeks_before_and_in_every_stretch():
    assert told(shape="slope", **LONG) == []
    short = told(shape="slope", pre_period=["2026-02-01", "2026-04-01"])
    assert short == [
        "design.shape: a slope needs 12 whole weeks before the change; the pre-period has 8"
    ]
    assert told(shape="slope", **LONG, off_periods=[["2026-06-01", "2026-06-30"]]) == [
        "design.shape: a slope needs 12 whole weeks with the change; from 2026-04-02 on there are 8",
        "design.shape: a slope needs 12 whole weeks with the change; from 2026-07-01 on there are 4",
    ]


def test_team_by_team_none_of_it_can_be_had_and_everything_is_told_at_once():
    off = [["2026-05-01", "2026-05-30"]]
    assert told(teams=TEAMS, shape="slope", off_periods=off, also=[CHAT]) == [
        f"design.{key}: {WITH_TEAMS}" for key in ("shape", "off_periods", "also")
    ]


def test_every_contradiction_is_told_at_once():
    late = {**CHAT, "day": "2026-08-01"}
    found = told(shape="slope", also=[late], pre_period=["2026-03-01", "2026-04-01"])
    assert [line.split(":")[0] for line in found] == ["design.shape", "design.also"]


@pytest.mark.parametrize(
    ("faulty", "said"),
    [
        ({"shape": "curve"}, "design.shape: must be one of 'step' or 'slope', got 'curve'"),
        ({"off_periods": ["2026-05-01", "2026-05-30"]}, "must be two dates, first and last day: [from, to]"),
        ({"also": [{"name": "Chat"}]}, "day: missing"),
        ({"also": [{**CHAT, "dy": "2026-03-01"}]}, "unknown key; did you mean 'day'?"),
        ({"also": [{**CHAT, "name": " "}]}, "design.also: every change needs a name"),
        ({"also": [{**CHAT, "day": "1 March"}]}, 'must be a date like "2026-03-31"'),
    ],
)  # fmt: skip
def test_a_wrong_kind_of_value_is_told_where_it_stands(faulty, said):
    found = told(**faulty)
    assert found and all(line.startswith(f"design.{next(iter(faulty))}") for line in found)
    assert any(said in line for line in found), found


def test_one_change_that_stayed_is_one_step():
    assert design().one_step
    assert not design(also=[CHAT]).one_step
    assert design().spans == ((date(2026, 4, 2), None),)


def test_spans_run_from_switch_to_switch_and_stay_open_only_when_it_stayed():
    day, last = date(2026, 4, 2), date(2026, 6, 30)
    may = (date(2026, 5, 1), date(2026, 5, 20))
    on_again = (date(2026, 5, 21), None)
    assert spans(day, (may,), last) == ((day, may[0]), on_again)
    assert spans(day, (may, (date(2026, 6, 10), last)), last) == (
        (day, may[0]), (date(2026, 5, 21), date(2026, 6, 10)),
    )  # fmt: skip
    assert spans(day, ((date(2026, 5, 1), date(2027, 1, 1)),), last) == ((day, date(2026, 5, 1)),)


def test_the_settings_file_explains_every_key_and_shows_the_form_of_a_list():
    text = settings_text(params.BeforeAfter, SETTINGS)
    for line in (
        "# shape: step", "# off_periods: []", "# also: [{name, day, end_day, change_id}]",
    ):  # fmt: skip
        (found,) = [row for row in text.splitlines() if row.strip().startswith(line)]
        assert found.split("  # ")[-1].strip()


def test_what_is_written_into_a_notebook_is_read_back():
    study = params.BeforeAfter.model_validate(
        {**SETTINGS, "design": {**SETTINGS["design"], "also": [{**CHAT, "end_day": "2026-05-01"}],
                                "off_periods": [["2026-05-01", "2026-05-30"]]}}
    )  # fmt: skip
    assert params.from_cell(params.to_cell(study)) == study

"""Figures of looking around: their words and data agree with what was counted, in both widths and languages."""

from itertools import combinations

import pytest

from cs_lib import data, params, report
from cs_lib.language import speaking
from cs_lib.report.drawing.axes import NARROW_PIXELS, WIDE_PIXELS
from cs_lib.report.drawing.figure import Figure
from cs_lib.report.kinds import WrongKind
from cs_lib.report.note import Note
from tests.report.drawing.test_labels import boxes, overlap

E = report.explore


@pytest.fixture(scope="module")
def desk():
    opened = data.load(params.load("faster_routing"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def change():
    return params.load("faster_routing")


@pytest.fixture(scope="module")
def test():
    return params.load("three_perks")


def test_tab_lists_the_three_figures():
    assert dir(E) == ["against", "distribution", "over_time"]
    assert "explore" in dir(report)


def test_a_change_shows_both_periods_on_one_axis(desk, change):
    shown = E.distribution(desk, "resolution_hours", change)
    assert shown.title == "Hours to resolution: before 29.2 hours, after 21.6 hours"
    assert shown.alt.startswith(f"{shown.title}. Before: n 3,015, mean 29.2 hours. After: n 2,203")
    frame = shown.to_frame()
    assert frame.groupby("group")["count"].sum().to_dict() == {"before": 3015, "after": 2203}
    assert "The last step also holds what is above 250 hours." in shown.caption
    assert "Nothing is tested here" in shown.more and "last resolution" in shown.more


def test_a_share_is_a_bar_for_each_group(desk):
    shown = E.distribution(desk, "csat", by="channel")
    n = "\N{NARROW NO-BREAK SPACE}"
    assert shown.title == f"Satisfied answers (top two of five): email 68.8{n}%, chat 77.6{n}%"
    assert f"Chat: 77.6{n}% of 1,055." in shown.alt and "All others" in shown.alt


def test_a_test_shows_its_variants_control_first(desk, test):
    shown = E.distribution(desk, "revenue_60d", test)
    assert shown.data.group.unique()[0] == "control"
    assert shown.title == "Revenue per customer in 60 days: control ¥162.01, coupon ¥204.74"
    course = E.over_time(desk, "revenue_60d", test)
    assert course.title == shown.title and "A point a week" in course.caption


def test_a_course_marks_the_change_and_has_its_weeks_as_data(desk, change):
    shown = E.over_time(desk, "resolution_hours", change)
    assert shown.title == "Hours to resolution: 26.0 hours"
    assert "Dashed: the day of the change." in shown.caption
    assert shown.data.day.tolist()[:2] == ["2025-09-04", "2025-09-11"]


def test_two_metrics_by_week_by_team_and_by_customer(desk, change, test):
    weeks = E.against(desk, "resolution_hours", "csat", change)
    assert set(weeks.data.group) == {"before", "after"} and weeks.caption == "One dot a week."
    teams = E.against(desk, "resolution_hours", "csat", by="team_id")
    assert "T12" in teams.wide and len(teams.data) == 12
    tiles = E.against(desk, "orders_60d", "revenue_60d", test)
    assert tiles.data["count"].sum() == 5091 and "5,091 customers in all" in tiles.caption


def test_what_cannot_be_had_is_a_sentence_and_a_wrong_name_too(desk, change):
    note = E.distribution(desk, "revenue_60d")
    assert isinstance(note, Note) and note.text.endswith("give the settings of the test as well.")
    with pytest.raises(params.UnknownName) as refused:
        E.over_time(desk, "resolution_hour")
    assert refused.value._render_traceback_() == [
        "no metric 'resolution_hour'; did you mean 'resolution_hours'?"
    ]
    with pytest.raises(WrongKind) as refused:
        E.distribution(change, "csat")
    assert str(refused.value) == (
        "report.explore.distribution takes a desk first, as data.load(study) gives it, not BeforeAfter."
    )


def every(desk, change, test):
    yield E.distribution(desk, "resolution_hours", change)
    yield E.distribution(desk, "csat", by="channel")
    yield E.over_time(desk, "csat", by="channel")
    yield E.against(desk, "resolution_hours", "csat", change)
    yield E.against(desk, "resolution_hours", "csat", by="team_id")
    yield E.against(desk, "orders_60d", "revenue_60d", test)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_words_fit_in_both_widths(desk, change, test, language):
    with speaking(language):
        for shown in every(desk, change, test):
            assert isinstance(shown, Figure)
            for drawing in (shown.wide, shown.narrow):
                found = boxes(drawing)
                met = [
                    (a[0], b[0]) for a, b in combinations(found, 2) if min(overlap(a[2], b[2])) > 1
                ]
                assert (shown.name, met) == (shown.name, [])
                width = WIDE_PIXELS if drawing is shown.wide else NARROW_PIXELS
                assert [w for w, _, box in found if box[0] < -1 or box[2] > width + 1] == []

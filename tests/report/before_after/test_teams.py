"""Tables of roll-outs and of waiting times, as a reader sees them."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from cs_lib import report
from cs_lib.experiment import analyze
from cs_lib.report.note import Note
from tests.bench.waiting_calibration import draw
from tests.experiment.before_after.test_analyze import evidence, series, study, with_cost
from tests.experiment.before_after.test_teams import dates, run

WAVES = [date(2026, 3, 5), date(2026, 4, 2), date(2026, 4, 30)]


@pytest.fixture(scope="module")
def waves():
    """Nine teams in three waves and three never changed."""
    plan = {f"T{i:02}": WAVES[i % 3].isoformat() for i in range(9)}
    return run(plan | dict.fromkeys(("T09", "T10", "T11")), -6.0, first=WAVES[0])


def test_averages_say_what_counts_and_mark_the_deciding_one(waves):
    table = report.before_after.averages(waves)
    names = [row[0] for row in table.rows]
    assert [name.split(" (")[0] for name in names[:3]] == [
        "By changed team-week", "By changed team", "By time since the change",
    ]  # fmt: skip
    assert [name.endswith("decides") for name in names] == [True] + [False] * (len(names) - 1)
    assert len({row[1] for row in table.rows[:3]}) == 3


def test_waves_and_the_two_way_regression_stand_below_the_averages(waves):
    rows = report.before_after.averages(waves).rows
    assert [row[0] for row in rows[3:6]] == [
        "Only those changed in the week of 5 March 2026",
        "Only those changed in the week of 2 April 2026",
        "Only those changed in the week of 30 April 2026",
    ]
    assert rows[6][0].startswith("Two-way") and rows[6][3] == "–"
    shares = [int(row[1].split("\N{NARROW NO-BREAK SPACE}")[0]) for row in rows[7:]]
    assert sum(shares) == pytest.approx(100, abs=2)


def test_one_date_has_one_average():
    assert report.before_after.averages(run(dates(4, 4), -6.0)).kind == "unasked"


def test_teams_are_listed_with_their_date_before_the_others(waves):
    rows = report.before_after.team_values(waves).rows
    assert [row[1] for row in rows] == (
        ["5 March 2026"] * 3 + ["2 April 2026"] * 3 + ["30 April 2026"] * 3 + ["not changed"] * 3
    )


def test_too_few_teams_are_described_and_not_judged():
    result = run(dates(1, 2), -6.0)
    assert len(report.before_after.team_values(result).rows) == 3
    for withheld in (report.before_after.averages(result), report.before_after.drift(result)):
        assert isinstance(withheld, Note) and withheld.kind != "unasked"


def test_drifts_are_listed_with_the_largest_that_the_finding_survives(waves):
    table = report.before_after.drift(waves)
    assert [row[0] for row in table.rows][:3] == [
        "none", "0.5 times the largest before", "1.0 times the largest before",
    ]  # fmt: skip
    assert table.rows[3][0].startswith("up to") and "survives" in table.rows[3][2]
    assert "2 weeks" in table.caption


def test_a_synthetic_comparison_rests_on_no_parallel_trends():
    assert report.before_after.drift(run(dates(1, 9), -6.0)).kind == "unasked"


def waited(shorter, seed=2):
    mean, waits, change = draw(np.random.default_rng(seed), 180, 0.3, 0.2, 40, shorter=shorter)
    design = {
        "intervention_date": change,
        "pre_period": [str(mean.days[0]), str(np.datetime64(change) - 1)],
        "post_period": [change, str(mean.days[-1])],
    }
    return analyze(evidence(series={"resolution_hours": mean}, waits=waits), study(design=design))


def test_waiting_has_means_log_rank_and_hazard_ratio_and_says_which_decides():
    table = report.before_after.waiting(waited(0.7))
    assert [row[0].endswith("decides") for row in table.rows] == [True] + 4 * [False]
    assert "log-rank" in table.rows[2][0] and "ended after" in table.rows[2][0]
    assert table.rows[3][3].endswith("times") and "independent cases" in table.rows[4][0]


def test_a_hazard_ratio_that_drifts_is_withheld_with_the_reason():
    result = waited(0.7)
    hazard = replace(result.found.waiting.hazard, usable=False)
    changed = replace(
        result, found=replace(result.found, waiting=replace(result.found.waiting, hazard=hazard))
    )
    row = report.before_after.waiting(changed).rows[3]
    assert "withheld, as it is not one ratio at all times (p" in row[0] and set(row[1:]) == {"–"}


def test_a_metric_that_is_no_time_has_no_waiting_table():
    given = evidence(names=("csat",), series={"csat": series("csat", 0.8, 0.1, spread=0.05)})
    result = analyze(given, study(measure={"primary_metric": "csat"}))
    assert report.before_after.waiting(result).kind == "unasked"


def test_a_margin_that_is_a_share_of_the_level_before_says_so():
    result = with_cost(0.0)
    more = report.figures.guardrails(result).more
    assert (
        "For agent cost per contact the allowed loss is 10\N{NARROW NO-BREAK SPACE}% of the level before"
        in more
    )
    assert (
        "within the €0.50 (10\N{NARROW NO-BREAK SPACE}% of the expected) allowed"
        in report.decision(result).html()
    )

"""Settings of a scorecard: a frozen baseline, promises by date, weeks that do not hang on the day of the run."""

from __future__ import annotations

from datetime import date

import pytest

from cs_lib import params
from tests.diagnosis.service_scorecard.made import study


def faults(**changes) -> list[str]:
    with pytest.raises(params.ParamsError) as refusal:
        study(**changes)
    return [str(one) for one in refusal.value.problems]


def test_weeks_are_counted_from_the_baselines_first_day_whatever_day_it_is_run():
    for day in ("2026-06-29", "2026-07-01", "2026-07-05"):
        assert study(as_of=day).weeks == (date(2024, 7, 1), date(2026, 6, 28))
    assert study(as_of="2026-07-06").weeks == (date(2024, 7, 1), date(2026, 7, 5))


def test_every_contradiction_is_told_at_once():
    found = faults(
        design={"baseline": ["2026-03-02", "2026-06-30"], "rebases": [{"since": "2026-01-05", "change": "F03"}]},
        targets={
            "service_levels": [
                {"of": "resolution", "hours": 24, "share": 0.9, "since": "2026-01-01"},
                {"of": "resolution", "hours": 48, "share": 0.9, "since": "2026-01-01"},
            ]
        },
    )  # fmt: skip
    assert found == [
        "design.baseline: has 17 whole weeks; limits need at least 20",
        "design.baseline: ends 2026-06-30, but only data before as_of 2026-06-29 count",
        "design.rebases.0.since: lies before the baseline, which starts 2026-03-02",
        "targets.service_levels.1: two of resolution begin on 2026-01-01; keep one",
    ]


def test_two_periods_must_fit():
    [said] = faults(
        as_of="2025-07-01", design={"period_weeks": 26, "baseline": ["2024-07-29", "2025-06-22"]}
    )
    assert said == "design.period_weeks: as_of 2025-07-01 leaves fewer than two periods of 26 weeks"


def test_one_promise_may_differ_by_priority_and_by_channel():
    levels = [
        {"of": "resolution", "hours": 24, "share": 0.9, "since": "2026-01-01", "priority": "high"},
        {"of": "resolution", "hours": 48, "share": 0.9, "since": "2026-01-01"},
    ]
    assert len(study(targets={"service_levels": levels}).targets.service_levels) == 2


def test_each_target_says_its_clock_and_time_while_teams_are_open_needs_their_hours():
    level = {
        "of": "first_response",
        "hours": 1,
        "share": 0.8,
        "since": "2026-01-01",
        "clock": "open",
    }
    [said] = faults(targets={"service_levels": [level]})
    assert said == (
        "targets.service_levels.0.clock: counts time while teams are open, and design.hours does not say when they are"
    )
    hours = {"standard": {"mon-fri": ["09:00-18:00"]}}
    checked = study(targets={"service_levels": [level, {**level, "since": "2026-02-01", "clock": "calendar"}]},
                    design={"hours": hours})  # fmt: skip
    assert [one.clock for one in checked.targets.service_levels] == ["open", "calendar"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"watch": {"rows": ["csat", "resolution_open_hours"]}},
            "watch.rows: 'resolution_open_hours' counts time while teams are open, and design.hours does not say when"
            " they are",
        ),
        ({"targets": {"rows": {"csaat": 0.9}}}, "targets.rows.csaat: no row 'csaat'; did you mean 'csat'?"),
        ({"watch": {"rows": ["csat", "aht"]}}, "watch.rows: no row 'aht'"),
        (
            {"design": {"rebases": [{"since": "2025-09-01", "change": "F03", "metrics": ["backlogs"]}]}},
            "design.rebases.0.metrics: no row 'backlogs'; did you mean 'backlog'?",
        ),
        ({"pages": {"journeymap": "way"}}, "pages.journeymap: no notebook 'journeymap'; did you mean 'journey_map'?"),
    ],
)  # fmt: skip
def test_a_row_or_notebook_that_is_none_is_refused_with_the_nearest(changes, said):
    from cs_lib.metrics import problems

    assert [f"{key}: {message}" for key, message in problems(study(**changes))] == [said]

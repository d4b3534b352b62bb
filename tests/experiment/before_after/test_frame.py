"""A Series or a frame with a row per day: the same study as a source on the disk, and one sentence a fault."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from cs_lib import data, experiment, metrics, params
from cs_lib.data import DataError
from cs_lib.params import ParamsError

CHANGE = "2025-07-01"


@pytest.fixture(scope="module")
def days():
    """A hotline: 200 calls a weekday, 62 % of them solved and 70 % from July on."""
    rng = np.random.default_rng(2)
    day = pd.date_range("2025-01-06", "2025-12-28")
    calls = rng.poisson(np.where(np.arange(len(day)) % 7 < 5, 200, 80))
    solved = rng.binomial(calls, np.where(day >= CHANGE, 0.70, 0.62))
    return pd.DataFrame({"day": day, "calls": calls, "solved": solved})


def test_a_share_by_day_is_read_from_its_parts(days):
    result = experiment.before_after(
        days, date=CHANGE, outcome="share(solved, calls)", min_effect=0.02
    )
    after = days.day >= CHANGE
    assert result.effect.treatment == pytest.approx(
        days.solved[after].sum() / days.calls[after].sum(), abs=0.005
    )
    assert result.effect.effect_ci_low < 0.08 < result.effect.effect_ci_high
    assert result.decision.verdict == "improved"


def test_a_series_is_a_frame_with_one_column(days):
    series = days.set_index("day").calls
    by_series = experiment.before_after(series, date=CHANGE, min_effect=5)
    by_frame = experiment.before_after(days, date=CHANGE, outcome="calls", min_effect=5)
    assert by_series.effect == by_frame.effect
    assert by_series.effect.metric == "mean(calls)"


def test_a_change_in_what_is_better_turns_the_verdict(days):
    said = {"date": CHANGE, "outcome": "share(solved, calls)", "min_effect": 0.02}
    worse = {"share(solved, calls)": {"better": "lower"}}
    assert experiment.before_after(days, **said, outcomes=worse).decision.verdict == "worsened"


def checked(result, code):
    return next(check for check in result.checks if check.code == code)


def test_days_without_a_row_are_told_and_never_nothing(days):
    without = days[~days.day.isin(pd.to_datetime(["2025-03-03", "2025-08-20"]))]
    result = experiment.before_after(without, date=CHANGE, outcome="calls", min_effect=5)
    assert "2 of 357 days have no value" in str(checked(result, "days_there").finding)
    assert result.effect.effect == pytest.approx(
        experiment.before_after(days, date=CHANGE, outcome="calls", min_effect=5).effect.effect,
        abs=2,
    )
    assert checked(result, "changes_logged").passed is None


def test_a_cut_end_withholds_the_effect(days):
    design = {"post_period": [CHANGE, "2026-01-31"]}
    result = experiment.before_after(
        days, date=CHANGE, outcome="calls", min_effect=5, design=design, as_of="2026-02-01"
    )
    assert result.decision.verdict == "invalid"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"outcome": "call"}, "column 'call' is missing; did you mean 'calls'?"),
        ({"outcome": "share(calls, solved)"}, "calls is below 0 or above solved"),
        ({"outcome": "share(calls)"}, "a share by day is of a part and its whole"),
        ({"date": "1.7.2025"}, 'must be a date like "2026-03-31"'),
        ({"date": "2027-01-01"}, "the frame has days from 2025-01-06 to 2025-12-28"),
        ({"min_effect": None}, "min_effect: missing"),
        ({"washout": 3}, "did you mean 'washout_days'?"),
        ({"design": {"scope": {"channel": ["chat"]}}}, "a table of days has one number for all"),
        ({"outcomes": {"calls": {"better": "less"}}}, "must be one of 'higher' or 'lower'"),
    ],
)
def test_a_fault_is_one_sentence(days, said, words):
    asked = {"date": CHANGE, "outcome": "calls", "min_effect": 5} | said
    with pytest.raises((ParamsError, DataError)) as told:
        experiment.before_after(days, **asked)
    assert words in str(told.value)


def test_a_day_that_stands_twice_is_told(days):
    with pytest.raises(DataError, match=r"rows share their key \(day\): 1 case"):
        experiment.before_after(
            pd.concat([days, days.head(1)]), date=CHANGE, outcome="calls", min_effect=5
        )


def test_what_was_saved_gives_the_same_numbers_again(days, tmp_path, monkeypatch):
    (tmp_path / "params" / "sources").mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setenv("CS_HOME", str(tmp_path))
    outcome = "share(solved, calls)"
    result = experiment.before_after(
        days, date=CHANGE, outcome=outcome, secondary="calls", min_effect=0.02, washout_days=3
    )
    assert result.save("hotline")[0] == "data/hotline.parquet"
    study = params.load("hotline")
    assert study.design.post_period[1] + timedelta(days=1) == study.as_of == date(2025, 12, 29)
    again = experiment.analyze(metrics.gather(data.load(study), study), study)
    assert again.effects() == result.effects()

"""The averages of a roll-out in waves, against means taken by hand."""

import numpy as np
import pytest

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.did.staggered import group_time_effects
from cs_lib.methods.did.summaries import WAYS_TO_COUNT, average_effect, overall_effect

PERIODS = 14
WEEKS = np.datetime64("2024-01-01") + 7 * np.arange(PERIODS)
FIRST = np.array([6, 6, 6, 6, 9, 9, 12, 12, 12, 99, 99, 99])


def panel(seed=1, noise=1.0):
    """Effects that grow with time since the change and differ by wave, so that averages differ."""
    rng = np.random.default_rng(seed)
    since = np.arange(PERIODS) - FIRST[:, None]
    gain = np.where(since >= 0, (1.0 + 0.5 * since) * (1 + (FIRST == 9))[:, None], 0.0)
    value = 20 + rng.normal(size=(12, 1)) + rng.normal(size=PERIODS) + gain
    value = value + noise * rng.normal(size=value.shape)
    start = np.where(FIRST < PERIODS, WEEKS[np.minimum(FIRST, PERIODS - 1)], np.datetime64("NaT"))
    return TeamPanel(
        "minutes", np.array(list("abcdefghijkl")), WEEKS, value, np.ones_like(value), start
    )


def by_hand(value):
    """Effects of every wave and week by plain subtraction: {(wave, week): effect}."""
    found = {}
    for wave in (6, 9, 12):
        for week in range(wave, PERIODS):
            others = (week < FIRST) & (wave != FIRST)
            moved = value[:, week] - value[:, wave - 1]
            found[wave, week] = moved[wave == FIRST].mean() - moved[others].mean()
    return found


def test_each_average_is_the_mean_it_names():
    given = panel()
    cells, teams = by_hand(given.value), {6: 4, 9: 2, 12: 3}
    waves = {g: np.mean([e for (w, _), e in cells.items() if w == g]) for g in teams}
    since = {}
    for (g, week), e in cells.items():
        since.setdefault(week - g, []).append((e, teams[g]))

    def mean(rows):
        return np.average([e for e, _ in rows], weights=[n for _, n in rows])

    expected = {
        "team_period": np.average(list(cells.values()), weights=[teams[g] for g, _ in cells]),
        "team": np.average([waves[g] for g in teams], weights=list(teams.values())),
        "time_since": np.mean([mean(rows) for rows in since.values()]),
    }
    effects = group_time_effects(given)
    for counts in WAYS_TO_COUNT:
        assert average_effect(effects, counts).effect == pytest.approx(expected[counts])
    assert len({round(value, 3) for value in expected.values()}) == 3


def test_the_first_is_the_deciding_effect():
    effects = group_time_effects(panel())
    overall, found = overall_effect(effects), average_effect(effects, "team_period")
    assert (found.effect, found.se, found.df) == pytest.approx(
        (overall.effect, overall.se, overall.df)
    )
    assert (found.low, found.high) == pytest.approx((overall.effect_ci_low, overall.effect_ci_high))


@pytest.mark.parametrize("counts", WAYS_TO_COUNT)
def test_intervals_cover_what_they_speak_of(counts):
    truth = average_effect(group_time_effects(panel(noise=1e-6)), counts).effect
    found = [average_effect(group_time_effects(panel(seed)), counts) for seed in range(200)]
    assert 0.90 <= np.mean([a.low <= truth <= a.high for a in found]) <= 0.99

"""Teams founded late or closed early: in the comparisons whose periods they have, or with weeks filled in."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cs_lib.methods.did.one_date import compare_team_changes, team_changes
from cs_lib.methods.did.panel import gaps, select
from cs_lib.methods.did.partial import filled_at_one_date, in_periods_they_have
from cs_lib.methods.did.staggered import group_time_effects
from cs_lib.methods.did.summaries import average_effect, effects_by_adoption, overall_effect
from cs_lib.methods.errors import CannotEstimate
from tests.bench.teams_calibration import dates, panel_of, values

FIRST = dates({8: 4, 11: 5}, 6)
LATE, EARLY, BORN_CHANGED = (
    0,
    14,
    8,
)  # changed, founded in week 5; unchanged, closed in week 12; no week before


def panel(first=FIRST, seed=2):
    given = panel_of(values(np.random.default_rng(seed), 1, len(first))[0], first)
    return replace(given, weight=np.ones(given.value.shape))


def without(given, holes):
    weight, value = given.weight.copy(), given.value.copy()
    for team, weeks in holes.items():
        weight[team, weeks], value[team, weeks] = 0, np.nan
    return replace(given, weight=weight, value=value)


HOLES = {LATE: slice(0, 5), EARLY: slice(12, None), BORN_CHANGED: slice(0, 11)}


def whole(given):
    return group_time_effects(select(given, ~gaps(given).any(axis=1)))


def partial(given):
    return in_periods_they_have(given, whole(given))


def by_hand(given):
    """ATT by group and period from pairs, changed teams of each, straight from the definition."""
    first, there = FIRST, ~gaps(given)
    found = {}
    for group in (8, 11):
        for period in range(group, 20):
            both = there[:, period] & there[:, group - 1]
            change = given.value[:, period] - given.value[:, group - 1]
            ours, theirs = both & (first == group), both & (first > period)
            found[group, period] = change[ours].mean() - change[theirs].mean(), ours.sum()
    return found


def test_every_team_is_in_the_comparisons_whose_two_periods_it_has():
    given = without(panel(), HOLES)
    found, cells = partial(given), by_hand(given)
    effects, n = np.array(list(cells.values())).T
    assert found.effect.effect == pytest.approx(np.average(effects, weights=n))
    assert found.partly == tuple(given.teams[[LATE, EARLY]].tolist())
    assert found.gone == (str(given.teams[BORN_CHANGED]),)
    assert found.effect.nobs == 14 and found.effect.details["errors"] == "own"
    since = [period - group for group, period in cells]
    by_since = [
        np.average(effects[np.equal(since, e)], weights=n[np.equal(since, e)])
        for e in np.unique(since)
    ]
    assert found.averages[2].effect == pytest.approx(np.mean(by_since))
    waves = [np.average(effects[s], weights=n[s]) for s in (slice(0, 12), slice(12, None))]
    assert found.waves.effect == pytest.approx(waves)
    assert found.averages[1].effect == pytest.approx(np.average(waves, weights=[4, 4]))


def test_without_gaps_it_is_the_usual_average_with_its_errors():
    given = panel()
    found, effects = partial(given), group_time_effects(given)
    usual = overall_effect(effects)
    assert (found.effect.effect, found.effect.se) == pytest.approx((usual.effect, usual.se))
    assert found.effect.df <= usual.df and found.partly == found.gone == ()
    for average in found.averages:
        same = average_effect(effects, average.counts)
        assert (average.effect, average.se) == pytest.approx((same.effect, same.se))
    assert found.waves.se == pytest.approx(effects_by_adoption(effects).se)


@pytest.mark.filterwarnings("ignore")
def test_cells_and_averages_match_diff_diff_on_the_same_gaps():
    package = pytest.importorskip("diff_diff")
    given = without(panel(), HOLES)
    teams, periods = given.value.shape
    rows = pd.DataFrame(
        {
            "team": np.repeat(np.arange(teams), periods),
            "week": np.tile(np.arange(1, periods + 1), teams),
            "y": given.value.ravel(),
            "first": np.repeat(np.where(periods > FIRST, FIRST + 1, 0), periods),
        }
    ).dropna()
    model = package.CallawaySantAnna(control_group="not_yet_treated", base_period="varying")
    expected = model.fit(rows, "y", "team", "week", "first", aggregate="all")
    for (group, period), (effect, n) in by_hand(given).items():
        theirs = expected.group_time_effects[group + 1, period + 1]
        assert (effect, n) == pytest.approx((theirs["effect"], theirs["n_treated"]))
    found = partial(given)
    assert found.effect.effect == pytest.approx(expected.overall_att)
    for key, effect in zip((9, 12), found.waves.effect, strict=True):
        simple = expected.group_effects[key]["effect"]
        assert effect == pytest.approx(simple)


def test_with_too_few_teams_there_all_the_time_nobody_else_is_taken_in():
    few = dates({8: 2, 11: 2}, 6)
    given = without(panel(few), {9: slice(0, 5)})
    with pytest.raises(CannotEstimate, match="too few teams are there all the time"):
        partial(given)


ONE_DATE = dates({10: 4}, 5)


def test_at_one_date_missing_weeks_follow_the_unchanged_teams_at_the_teams_own_distance():
    given = without(panel(ONE_DATE), {0: slice(0, 6), 8: slice(15, None)})
    filled, partly = filled_at_one_date(given)
    assert partly == (str(given.teams[0]), str(given.teams[8]))
    course = given.value[4:8].mean(axis=0)
    apart = given.value[0] - course
    own = np.nanmean(apart[10:]) - np.nanmean(apart[6:10])
    found = team_changes(filled).change
    assert found[0] == pytest.approx(own + course[10:].mean() - course[:10].mean())
    assert found[1:8] == pytest.approx(team_changes(select(given, np.arange(9) % 8 > 0)).change)


def test_a_team_with_three_weeks_on_a_side_is_not_filled_and_nobody_where_nothing_is_missing():
    given = without(panel(ONE_DATE), {0: slice(0, 7), 1: slice(0, 6)})
    filled, partly = filled_at_one_date(given)
    assert partly == (str(given.teams[1]),) and gaps(filled)[0].sum() == 7
    assert filled_at_one_date(panel(ONE_DATE))[1] == ()
    nobody = without(panel(ONE_DATE), {team: slice(0, 1) for team in range(4, 8)})
    assert filled_at_one_date(nobody)[1] == ()


def test_late_teams_keep_the_level_of_false_alarms():
    rng, rejected = np.random.default_rng(5), []
    for _ in range(600):
        given = panel_of(values(rng, 1, 12)[0], dates({10: 5}, 7))
        given = replace(given, weight=np.ones(given.value.shape))
        filled, _ = filled_at_one_date(without(given, {0: slice(0, 5), 11: slice(14, None)}))
        rejected.append(compare_team_changes(filled).pvalue < 0.05)
    assert 0.02 < np.mean(rejected) < 0.08

"""Teams changed at several dates: the overall effect judged by dealing the dates anew."""

from __future__ import annotations

import numpy as np

from cs_lib.experiment.group_time import share_drift
from cs_lib.experiment.permutation import assignments, invert
from cs_lib.experiment.staggered import GroupTimeEffects, overall_effect
from cs_lib.language import say
from cs_lib.results import Effect


def rollout_permutation_test(
    effects: GroupTimeEffects, *, alpha: float = 0.05, seed: int = 0
) -> Effect:
    """The overall effect, judged by dealing the adoption dates to the teams anew.

    Exact when the order of the roll-out was drawn by lot (the test is of no effect on any team).
    All orders when there are at most 20,000, else 9,999 seeded draws and the observed one. The
    interval holds the constant effects that the test does not reject; it is infinite when
    details["smallest_p"] exceeds alpha. `se` is the spread of the estimate over orders.
    Source: Fisher 1935; for staggered adoption Roth & Sant'Anna 2023, without their weights.
    """
    overall = overall_effect(effects, alpha=alpha)
    teams, periods = effects.teams, effects.value.shape[1]
    weight, _ = share_drift(effects.cells, teams, (effects.since >= 0)[None, :], effects.effect)
    load = np.tensordot(weight, effects.cells.load, axes=1)[0] / teams.size[:, None]
    changed = (np.arange(periods) >= teams.first[teams.of_team][:, None]).astype(float)
    drawn = assignments(teams.of_team.astype(np.int64), seed=seed)
    place = np.arange(len(teams.of_team))
    statistic = (load @ effects.value.T)[drawn.labels, place].sum(axis=1)
    shift = (load @ changed.T)[drawn.labels, place].sum(axis=1)
    found = invert(statistic, shift, alpha)
    extra: dict[str, float | int | str] = {
        "smallest_p": found.smallest_p,
        "n_assignments": len(drawn.labels),
        "assignments": "every" if drawn.every else "drawn",
        "seed": seed,
    }
    return overall.with_(
        effect_ci_low=found.low,
        effect_ci_high=found.high,
        pvalue=found.pvalue,
        method=say("Group-time effects, averaged, permuted adoption dates"),
        se=found.spread,
        df=float("inf"),
        details=overall.details | extra,
    )

"""One number from a roll-out in waves: three averages of the same group-time effects, told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cs_lib.experiment.group_time import mix, share_drift
from cs_lib.experiment.staggered import GroupTimeEffects
from cs_lib.experiment.tails import t_quantile
from cs_lib.experiment.team_panel import Floats
from cs_lib.results import Record

Counts = Literal["team_period", "team", "time_since"]
COUNTS: tuple[Counts, ...] = ("team_period", "team", "time_since")


@dataclass(frozen=True, slots=True)
class Average(Record):
    """An average of group-time effects; `counts` says what has one vote in it.

    "team_period": every changed team in every changed period ("simple" of Callaway and Sant'Anna;
    long-changed teams weigh more). "team": every changed team, by the mean over its own changed
    periods ("group"). "time_since": every number of periods since the change ("dynamic"; late
    ones speak of early teams alone).
    """

    counts: Counts
    effect: float
    se: float
    low: float
    high: float
    df: float
    alpha: float


def average_effect(effects: GroupTimeEffects, counts: Counts, *, alpha: float = 0.05) -> Average:
    """One average of the effects after the change, in the metric's unit, with its interval.

    Errors and degrees of freedom are the pooled ones of `overall_effect`, with which "team_period" agrees.
    Source: Callaway & Sant'Anna 2021, section 3.
    """
    weight = _weights(effects, counts)
    load = np.tensordot(weight, effects.cells.load, axes=1)[None]
    found = mix(effects.teams, load)
    value, se, df = float(found.value[0]), float(found.se[0]), float(found.df[0])
    half = t_quantile(1 - alpha / 2, df) * se
    return Average(counts, value, se, value - half, value + half, df, alpha)


def _weights(effects: GroupTimeEffects, counts: Counts) -> Floats:
    """One weight per cell; they sum to one."""
    post = effects.since >= 0
    if counts == "team_period":
        chosen, votes = post[None, :], np.ones(1)
    elif counts == "team":
        key = effects.group
        keys = np.unique(key[post])
        chosen = (key[None, :] == keys[:, None]) & post
        votes = np.array([effects.n_changed[row][0] for row in chosen], dtype=float)
    else:
        since = np.unique(effects.since[post])
        chosen = effects.since[None, :] == since[:, None]
        votes = np.ones(len(since))
    rows, _ = share_drift(effects.cells, effects.teams, chosen, effects.effect)
    return np.asarray(votes / votes.sum() @ rows, dtype=np.float64)

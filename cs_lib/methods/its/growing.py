"""Interrupted time series: a change that grows, told from a wave of the year and from a level that moves by itself."""

from __future__ import annotations

from collections.abc import Callable

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its.days_or_weeks import By, Reason, choose
from cs_lib.methods.its.periods import Curve
from cs_lib.methods.its.wander import F, Reading, claims_less, room_for_curve, wandering
from cs_lib.sentences import say

REASONS: dict[Curve, Reason] = {"season": "slope_season", "waves": "slope_curve"}


def read_growing(
    daily: F | None,
    weekly: F | None,
    by: By,
    faults: list[CannotEstimate],
    beside: Callable[[F, Curve], F],
    *,
    season: bool,
) -> Reading[F]:
    """A change with a slope beside a line, beside a wave of one year and beside slow waves, whatever the data show.

    A step and a slope from one day on make half a bend, and so do a wave of the year and a level that turns
    slowly: they take most of such a move with them, so that no test of what is left sees it. So
    nothing is chosen by what the data show; of the three readings the one nearest to chance counts,
    which keeps the level of each. Days or weeks as `choose` has it for the line and the wave of a
    year, weeks for the slow waves and, where the level is seen to wander (see `wander_p`), for all.
    What that leaves of the power is measured in docs/bench/slopes.md.

    Args:
        beside: fits the same periods again with a curve in the model.
        season: whether a wave of one year is in the model already.

    Raises:
        CannotEstimate: neither days nor weeks could be fitted (the first of the faults), or there are too
            few of them for a curve beside the slope.
    Source: the intersection-union test, Berger 1982.
    """
    line, reason = choose(daily, weekly, by, faults)
    if by != "automatic":
        return Reading(line, reason)
    tested, known = daily or line, {}
    if tested.sloped:
        known["wander_p"] = tested.wander_p
    if weekly is not None and wandering(known.get("wander_p", 1.0)):
        line = weekly
    read: dict[Curve, F] = {} if season else {"season": _fitted(line, "season", beside)}
    read["waves"] = _fitted(weekly or line, "waves", beside)
    *others, curve = sorted(read, key=lambda name: read[name].effect.pvalue)
    why: Reason = "slope_line" if claims_less(line, read[curve]) else REASONS[curve]
    return Reading(line, why, read[curve], known, read[others[0]] if others else None)


def _fitted(line: F, curve: Curve, beside: Callable[[F, Curve], F]) -> F:
    """The same periods beside a curve. Raises CannotEstimate."""
    if not room_for_curve(line.periods, line.design.shape[1], curve):
        raise CannotEstimate(
            say("There are too few weeks to tell a change that grows from a season.")
        )
    return beside(line, curve)

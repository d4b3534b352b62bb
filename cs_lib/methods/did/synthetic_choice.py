"""One changed team among many: synthetic difference-in-differences or synthetic control, and why."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.did.panel import Floats, first_changed
from cs_lib.methods.did.synthetic import How, Synthetic, fit_weights, synthetic_effect
from cs_lib.methods.errors import CannotEstimate

# The last third of the periods before the change is foretold from the rest.
HELD_OUT_DIVISOR = 3


@dataclass(frozen=True, slots=True)
class SyntheticChoice:
    """The deciding synthetic comparison, the other one, and what each missed before the change.

    `miss` is the root mean square error over all teams of foretelling the last `held_out` periods
    before the change from the earlier ones, in the metric's unit; `other` is None when it cannot be had.
    """

    decides: Synthetic
    other: Synthetic | None
    miss: dict[How, float]
    held_out: int


def choose_synthetic(
    panel: TeamPanel, *, alpha: float = 0.05, washout_periods: int = 0
) -> SyntheticChoice:
    """The synthetic comparison that foretold better what came before the change, over all teams.

    Nothing after the change takes part in the choice, so it cannot favour a result. Synthetic
    control decides only where its mix follows the changed team well ("good" fit): it has no level
    of its own, and a level it cannot reach would be read as an effect. Choosing so
    rejected in 5 to 6.5 % of simulations without an effect and covered in 93 to 95 % (8 and 10
    donors, AR(1) with rho 0.5, with a common factor, with levels far apart; docs/bench/teams.md).

    Raises:
        CannotEstimate: as `synthetic_effect` when neither can be had.
        ValueError: as `synthetic_effect`.
    """
    comparisons: dict[How, Synthetic] = {}
    refusals: list[CannotEstimate] = []
    ways: tuple[How, ...] = ("did", "control")
    for how in ways:
        try:
            comparisons[how] = synthetic_effect(
                panel, how=how, alpha=alpha, washout_periods=washout_periods
            )
        except CannotEstimate as error:
            refusals.append(error)
    if not comparisons:
        raise refusals[0]
    before = int(first_changed(panel).min())
    held_out = before // HELD_OUT_DIVISOR
    miss = {how: foretold(panel.value[:, :before], held_out, how) for how in ways}
    decides: How = "did" if "did" in comparisons else "control"
    if (
        "control" in comparisons
        and comparisons["control"].fit == "good"
        and miss["control"] < miss["did"]
    ):
        decides = "control"
    other = next((comparisons[how] for how in ways if how in comparisons and how != decides), None)
    return SyntheticChoice(comparisons[decides], other, miss, held_out)


def foretold(rows: Floats, held_out: int, how: How) -> float:
    """Root mean square error of the mean of the last `held_out` periods, each team from the others."""
    kept = rows.shape[1] - held_out
    errors = [
        fit_weights(rows[i], np.delete(rows, i, axis=0), kept, how).effect for i in range(len(rows))
    ]
    return sqrt(float(np.square(errors).mean()))

"""Teams that vary by different amounts: how often each way of getting an error finds what is not there.

Data as in the calibration of the team estimators (AR(1) errors with rho 0.5, 20 periods), the errors
of the changed teams multiplied by the ratio. Shares of runs that reject at 5 % when nothing differs,
and, where teams vary alike, that find one standard deviation (power). The first table is one date,
one change per team: pooled variance and t(G - 2); Welch with Satterthwaite's degrees of freedom; and
what the library chooses. "pooled" is chosen where a side has one or two teams, whose spread nobody can
see; "even" where both are equally large: the same standard error, with degrees of freedom between
Welch's and G - 2; else "own", which is Welch with the smaller of Satterthwaite's and Bell and
McCaffrey's degrees of freedom. The bar of the choice is 6 % at every ratio, less what chance can add in
so many runs (two standard errors), and none for "pooled": there the page also shows the answer if the
few varied twice as much.

The second table is waves, the average over team-weeks: one covariance for all teams, one for every
wave, one for all changed teams and one for the others ("sides"), or influence functions with t(G - 1).
"influence" is chosen with 40 teams or more, ten of them in every group, "own" with three or more in
every group, "sides" where a wave has fewer but both sides have two teams more than waves, else
"pooled". The bars of the choice are 3-8 %, with no lower bar where a group has at most four teams, and
none for "pooled" when teams vary unlike.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import sqrt

import numpy as np
import scipy

from cs_lib.methods.did.group_time import Cells, Rules, all_cells, grouped, mix, share_drift
from cs_lib.methods.did.spreads import (
    Errors,
    errors_at_one_date,
    errors_in_waves,
    even_freedom,
    own_freedom,
)
from cs_lib.methods.tails import t_two_sided
from tests.bench.teams_calibration import PERIODS, WAVES, dates, errors

RATIOS = (0.5, 1.0, 1.5, 2.0)
SIZES = (
    *((4, 2), (5, 2), (6, 3), (7, 3), (8, 3), (8, 4), (9, 4), (10, 3), (12, 3), (12, 4), (12, 6)),
    *((20, 1), (20, 2), (20, 3), (20, 5), (20, 10), (30, 5), (50, 10)),
)
MOST_REJECTED = 0.06
AT_ONCE = 2_000


@dataclass(frozen=True)
class Rollout:
    """Teams of every wave and of none; the changed ones vary `ratio` times as much."""

    sizes: tuple[int, ...]
    never: int
    ratio: float = 1.0

    @property
    def first(self) -> np.ndarray:
        """First changed period of every team."""
        return dates(dict(zip(WAVES, self.sizes, strict=False)), self.never)

    @property
    def size(self) -> np.ndarray:
        """Teams of every group."""
        return np.array([*self.sizes, self.never][: len(self.sizes) + (self.never > 0)])

    @property
    def errors(self) -> Errors:
        """What the library chooses."""
        return errors_in_waves(self.size, never=self.never > 0)

    @property
    def bar(self) -> tuple[float, float]:
        """Shares of false alarms allowed."""
        if self.errors == "pooled" and self.ratio != 1:
            return 0.0, 1.0
        return (0.03 if self.size.min() > 4 else 0.0), 0.08


ROLLOUTS = tuple(
    Rollout(sizes, teams - sum(sizes), ratio)
    for (teams, sizes), ratio in product(
        (
            *((12, (2, 2)), (12, (1, 2, 3)), (10, (1, 1, 2)), (14, (2, 3, 4))),
            *((12, (3, 3, 3)), (20, (5, 5, 5)), (20, (3, 3, 3)), (20, (2, 2, 2)), (30, (3, 4, 5))),
            *((40, (10, 10, 10)), (40, (3, 5, 8)), (60, (15, 15, 15)), (60, (5, 5, 5))),
            *((60, (20, 20, 20)), (100, (25, 25, 25)), (100, (10, 10, 10)), (500, (20, 40, 131))),
        ),
        (0.5, 1.0, 2.0),
    )
)  # fmt: skip


def unlike(rng: np.random.Generator, runs: int, first: np.ndarray, ratio: float) -> np.ndarray:
    """Runs x teams x periods: errors, those of the changed teams times `ratio`; levels and shocks cancel."""
    table = errors(rng, (runs, len(first), PERIODS))
    return table * np.where(first < PERIODS, ratio, 1.0)[:, None]


def at_one_date(n: int, changed: int, ratio: float, runs: int, *, seed: int) -> dict[str, float]:
    """Shares rejected by pooled variance, Welch and the choice; with one error sd put in when the ratio is 1."""
    rng, first = np.random.default_rng([seed, n, changed]), dates({10: changed}, n - changed)
    on, size = first < PERIODS, np.array([changed, n - changed])
    counts: dict[str, float] = {}
    for begin in range(0, runs, AT_ONCE):
        table = unlike(rng, min(AT_ONCE, runs - begin), first, ratio)
        change = table[:, :, 10:].mean(axis=2) - table[:, :, :10].mean(axis=2)
        for name, pvalue in pvalues(change, on, size, 0.0).items():
            counts[name] = counts.get(name, 0) + (pvalue < 0.05).sum() / runs
        if ratio == 1:
            for name, pvalue in pvalues(change, on, size, 1.0).items():
                key = f"power {name}"
                counts[key] = counts.get(key, 0) + (pvalue < 0.05).sum() / runs
    return counts


def pvalues(
    change: np.ndarray, on: np.ndarray, size: np.ndarray, step: float
) -> dict[str, np.ndarray]:
    """p of every way, for every run."""
    sides = [change[:, on], change[:, ~on]]
    effect = sides[0].mean(axis=1) - sides[1].mean(axis=1) + step
    squares = np.stack([s.var(axis=1) * s.shape[1] for s in sides], axis=1)
    df = size.sum() - 2
    pooled = t_two_sided(effect / np.sqrt(squares.sum(axis=1) / df * (1 / size).sum()), df)
    if size.min() == 1:
        return {"pooled": pooled, "chosen": pooled}
    parts = squares / (size - 1) / size
    t = effect / np.sqrt(parts.sum(axis=1))
    welch = t_two_sided(t, parts.sum(axis=1) ** 2 / (parts**2 / (size - 1)).sum(axis=1))
    own = t_two_sided(t, own_freedom(parts, 1 / size, size))
    ways = {"own": own, "pooled": pooled}
    if size[0] == size[1]:
        ways["even"] = t_two_sided(t, even_freedom(parts, int(size[0])))
    chosen = ways[errors_at_one_date(*size.tolist())]
    return {"pooled": pooled, "Welch": welch, "chosen": chosen}


def in_waves(rollout: Rollout, runs: int, *, seed: int) -> dict[str, float]:
    """Shares rejected by every error that the sizes allow, without an effect and with one error sd put in."""
    rng, first = np.random.default_rng([seed, 1]), rollout.first
    cells = all_cells(np.unique(first), rollout.size, PERIODS, Rules("not_yet", 0, "varying"))
    ways: list[Errors] = ["pooled", "influence"]
    if rollout.size.min() > 1:
        ways.insert(1, "own")
    if rollout.never > 1 and rollout.size[:-1].max() > 1:
        ways.insert(-1, "sides")
    counts = dict.fromkeys([*ways, *(f"power {way}" for way in ways)], 0.0)
    for _ in range(runs):
        for way, (effect, se, df) in judged(
            cells, unlike(rng, 1, first, rollout.ratio)[0], first, ways
        ).items():
            # A constant effect moves the estimate and nothing else.
            for step, prefix in ((0.0, ""), (1.0, "power ")):
                counts[prefix + way] += float(t_two_sided((effect + step) / se, df) < 0.05) / runs
    return counts


def judged(
    cells: Cells, table: np.ndarray, first: np.ndarray, ways: Sequence[Errors]
) -> dict[Errors, tuple[float, float, float]]:
    """The average over team-weeks with its error and freedom by every way, as `overall_effect` has them."""
    groups, post = grouped(table, first), (cells.period >= cells.group)[None]
    effect = np.einsum("cgt,gt->c", cells.load, groups.mean)
    weight, drift = share_drift(cells, groups, post, effect)
    load = np.tensordot(weight, cells.load, axes=1)
    found = {}
    for way in ways:
        estimates = mix(groups, load, way, drift=drift)
        found[way] = (float(estimates.value[0]), float(estimates.se[0]), float(estimates.df[0]))
    return found


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy"
    lines = ["# Teams that vary by different amounts", ""]
    lines += [(__doc__ or "").split("\n\n", 1)[1].strip(), ""]
    lines += [f"{10 * runs} and {runs} runs a row; {day}; {versions} {scipy.__version__}.", ""]
    heads = [
        "teams",
        "changed",
        "chosen",
        *(f"ratio {r:g}: chosen / pooled / Welch" for r in RATIOS),
    ]
    lines += ["| " + " | ".join([*heads, "power chosen / pooled", "bar"]) + " |"]
    lines += ["|---" * (len(heads) + 2) + "|"]
    for n, changed in SIZES:
        rows = [at_one_date(n, changed, r, 10 * runs, seed=1) for r in RATIOS]
        ways = [k for k in ("chosen", "pooled", "Welch") if k in rows[0]]
        shown = [" / ".join(f"{row[k]:.3f}" for k in ways) for row in rows]
        power = f"{rows[1]['power chosen']:.3f} / {rows[1]['power pooled']:.3f}"
        name = errors_at_one_date(changed, n - changed)
        barred, chance = name != "pooled", 2 * sqrt(MOST_REJECTED / (10 * runs))
        most = max(row["chosen"] for row in rows)
        held = "holds" if most <= MOST_REJECTED + chance else "MISSED"
        cells = [str(n), str(changed), name, *shown, power, held if barred else "none"]
        lines.append("| " + " | ".join(cells) + " |")
    heads = ["waves", "never", "ratio", "chosen", "pooled", "own", "sides", "influence"]
    heads += ["power chosen", "power pooled", "bar"]
    lines += ["", "| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for seed, rollout in enumerate(ROLLOUTS):
        row, way = in_waves(rollout, runs, seed=seed), rollout.errors
        ways = ("pooled", "own", "sides", "influence")
        figures = [f"{row[k]:.3f}" if k in row else "" for k in ways]
        figures += [f"{row[f'power {k}']:.3f}" for k in (way, "pooled")]
        low, high = rollout.bar
        held = "holds" if low <= row[way] <= high else "MISSED"
        label = [" ".join(map(str, rollout.sizes)), str(rollout.never), f"{rollout.ratio:g}", way]
        verdict = "none" if high == 1 else f"{held}: {low:.2f}-{high:.2f}"
        lines.append("| " + " | ".join([*label, *figures, verdict]) + " |")
    return "\n".join(lines) + "\n"

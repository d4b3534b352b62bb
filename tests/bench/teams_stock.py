"""The team estimators of the suite beside the regression that is usually run on such panels.

Data as in the calibration of the team estimators: teams by period, team levels and period shocks of
variance one, AR(1) errors of variance one with rho 0.5, 20 periods. "ours" is one
change per team and a t test when all were changed on one day, group-time effects against teams
not yet changed, averaged, when they came in waves; with one spread for all teams or one for every
group, as the library chooses by their sizes. Beside it stands two-way fixed effects (team and
period dummies) with standard errors clustered by team, CR1 with t(G - 1). Planted is one standard
deviation of the errors at once, or, where it grows, 0.25 more in every period since the change; then
the truth is the average over changed teams and periods. Each row is one design: shares of runs that
reject at 5 % when nothing differs, of 95 % intervals that hold the planted effect, and the mean
estimate over the truth, the latter two from fresh draws.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass

import numpy as np
import scipy

from cs_lib.methods.did.spreads import (
    errors_at_one_date,
    errors_in_waves,
    even_freedom,
    own_freedom,
    shared_freedom,
    side_freedom,
)
from cs_lib.methods.tails import t_two_sided
from tests.bench.teams_calibration import (
    COVERS,
    PERIODS,
    REJECTS,
    WAVES,
    dates,
    overall_load,
    treated,
    values,
)

GROWS = 0.25


@dataclass(frozen=True)
class Design:
    """Who was changed when, and whether the effect grows."""

    name: str
    first: np.ndarray
    grows: bool = False

    @property
    def effect(self) -> np.ndarray:
        """The planted effect, teams x periods."""
        on = treated(self.first)
        since = np.arange(PERIODS) - self.first[:, None] + 1
        return np.where(on, GROWS * since if self.grows else 1.0, 0.0)

    @property
    def truth(self) -> float:
        """Its average over changed teams and periods."""
        return float(self.effect[treated(self.first)].mean())


def _at_once(teams: int, changed: int) -> Design:
    name = f"{teams} teams, {changed} changed on one day"
    return Design(name, dates({PERIODS // 2: changed}, teams - changed))


def _waves(sizes: tuple[int, int, int], never: int, *, grows: bool = False) -> Design:
    teams, growing = sum(sizes) + never, ", effect grows" if grows else ""
    name = f"{teams} teams, waves {' '.join(map(str, sizes))}, never {never}{growing}"
    return Design(name, dates(dict(zip(WAVES, sizes, strict=True)), never), grows)


DESIGNS = (
    *(_at_once(*size) for size in ((4, 2), (4, 1), (5, 2), (6, 3), (6, 1), (8, 4), (12, 6), (12, 1))),
    *(_at_once(*size) for size in ((16, 8), (20, 10), (20, 1), (12, 3), (20, 5), (30, 5))),
    _waves((2, 2, 2), 2),
    _waves((3, 3, 3), 3),
    _waves((1, 2, 3), 6),
    _waves((4, 4, 4), 0),
    _waves((5, 5, 5), 5),
    _waves((3, 3, 3), 3, grows=True),
    _waves((5, 5, 5), 5, grows=True),
)  # fmt: skip


@dataclass(frozen=True)
class Estimates:
    """One number per run, with its error and degrees of freedom."""

    value: np.ndarray
    se: np.ndarray
    df: np.ndarray | float

    def rejects(self, null: float = 0.0) -> float:
        """Share of runs that reject at 5 %; one less that is the coverage of a truth."""
        return float((t_two_sided((self.value - null) / self.se, self.df) < 0.05).mean())


def ours(tables: np.ndarray, first: np.ndarray) -> Estimates:
    """The suite's estimate for every run (runs x teams x periods); a test compares it run by run."""
    if len(set(first[first < PERIODS])) == 1:
        return _one_date(tables, first)
    load, teams = overall_load(first, PERIODS), len(first)
    kinds, of_team, size = np.unique(first, return_inverse=True, return_counts=True)
    mean = np.stack([tables[:, of_team == k].mean(axis=1) for k in range(len(kinds))], axis=1)
    residual, df = tables - mean[:, of_team], teams - len(kinds)
    row = np.array([np.flatnonzero(of_team == k)[0] for k in range(len(kinds))])
    parts = np.einsum("rit,gt->rgi", residual, load[row] * np.sqrt(size)[:, None])
    shares, value = parts @ parts.transpose(0, 2, 1) / df, np.einsum("rit,it->r", tables, load)
    pooled = np.trace(shares, axis1=1, axis2=2)
    errors = errors_in_waves(size, never=bool((first == PERIODS).any()))
    if errors == "sides":
        return Estimates(value, *_by_side(parts, of_team, size))
    if errors == "own":
        own = np.einsum("rit,it->ri", residual, load) ** 2 @ np.eye(len(kinds))[of_team]
        own *= size / (size - 1)
        freedom = own_freedom(own, np.einsum("rgg->rg", shares), size)
        return Estimates(value, np.sqrt(own.sum(axis=1)), freedom)
    freedom = df * pooled**2 / (shares**2).sum(axis=(1, 2))
    return Estimates(value, np.sqrt(pooled), freedom)


def _by_side(
    parts: np.ndarray, of_team: np.ndarray, size: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Errors and degrees of freedom with a spread for the changed groups and one for the last, never changed."""
    own, pooled, freedom = [], [], []
    never = np.arange(len(size)) == len(size) - 1
    for side in (~never, never):
        load = parts[:, side]
        mine, df = load[:, :, side[of_team]], int((size[side] - 1).sum())
        shares = mine @ mine.transpose(0, 2, 1) / df
        own.append(np.trace(shares, axis1=1, axis2=2))
        pooled.append((load**2).sum(axis=(1, 2)))
        freedom.append(shared_freedom(shares, df))
    each = [np.stack(part, axis=-1) for part in (own, pooled, freedom)]
    return np.sqrt(each[0].sum(axis=-1)), side_freedom(*each)


def _one_date(tables: np.ndarray, first: np.ndarray) -> Estimates:
    """One change per team, then the difference of means: pooled variance, or Welch."""
    at, changed = int(first.min()), first < PERIODS
    change = tables[:, :, at:].mean(axis=2) - tables[:, :, :at].mean(axis=2)
    sides = [change[:, side] for side in (changed, ~changed)]
    value = sides[0].mean(axis=1) - sides[1].mean(axis=1)
    squares = np.stack([side.var(axis=1) * side.shape[1] for side in sides], axis=1)
    size, df = np.array([side.shape[1] for side in sides]), len(first) - 2
    errors = errors_at_one_date(*size.tolist())
    if errors in ("own", "even"):
        parts = squares / (size - 1) / size
        se, even = np.sqrt(parts.sum(axis=1)), errors == "even"
        freedom = even_freedom(parts, int(size[0])) if even else own_freedom(parts, 1 / size, size)
        return Estimates(value, se, freedom)
    return Estimates(value, np.sqrt(squares.sum(axis=1) / df * (1 / size).sum()), df)


def two_way(tables: np.ndarray, first: np.ndarray) -> Estimates:
    """Two-way fixed effects with errors clustered by team, for every run: CR1, t(G - 1)."""
    _, teams, periods = tables.shape
    y, x = _without_means(tables), _without_means(treated(first).astype(float)[None])
    size = float((x**2).sum())
    value = (x * y).sum(axis=(1, 2)) / size
    scores = (x * (y - value[:, None, None] * x)).sum(axis=2)
    n, k = teams * periods, teams + periods
    small = teams / (teams - 1) * (n - 1) / (n - k)
    return Estimates(value, np.sqrt(small * (scores**2).sum(axis=1)) / size, teams - 1)


def _without_means(part: np.ndarray) -> np.ndarray:
    rows, columns = part.mean(axis=2, keepdims=True), part.mean(axis=1, keepdims=True)
    found: np.ndarray = part - rows - columns + part.mean(axis=(1, 2), keepdims=True)
    return found


def measure(design: Design, runs: int, *, seed: int) -> dict[str, float]:
    """Every figure of one row."""
    null, fresh = np.random.default_rng([seed, 0]), np.random.default_rng([seed, 1])
    teams = len(design.first)
    plain = values(null, runs, teams)
    planted = values(fresh, runs, teams) + design.effect
    row = {}
    for name, way in (("ours", ours), ("two-way", two_way)):
        found = way(planted, design.first)
        row |= {
            f"rejected {name}": way(plain, design.first).rejects(),
            f"covered {name}": 1 - found.rejects(design.truth),
            f"ratio {name}": float(found.value.mean() / design.truth),
        }
    return row


def holds(row: dict[str, float], name: str = "ours") -> bool:
    """Whether an estimator meets the bars."""
    rejected, covered = row[f"rejected {name}"], row[f"covered {name}"]
    return REJECTS[0] <= rejected <= REJECTS[1] and COVERS[0] <= covered <= COVERS[1]


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy"
    lines = ["# Team estimators beside two-way fixed effects", ""]
    lines += [(__doc__ or "").split("\n\n", 1)[1].strip(), ""]
    bars = "Bars: 3-8 % rejected, 93-97 % covered."
    lines += [f"{runs} runs a row; {day}; {versions} {scipy.__version__}. {bars}", ""]
    heads = ["design", "ours rejects", "covers", "estimate / truth", "bars"]
    heads += ["two-way rejects", "covers", "estimate / truth", "bars"]
    lines += ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for seed, design in enumerate(DESIGNS):
        row = measure(design, runs, seed=seed)
        figures = []
        for name in ("ours", "two-way"):
            figures += [f"{row[f'{kind} {name}']:.3f}" for kind in ("rejected", "covered", "ratio")]
            figures.append("hold" if holds(row, name) else "MISSED")
        lines.append(f"| {design.name} | {' | '.join(figures)} |")
    return "\n".join(lines) + "\n"

"""How often the estimators for changed teams find an effect that is not there, and cover one that is.

Teams by period: team levels and period shocks of variance one, AR(1) errors of variance one with
rho 0.5; 20 periods unless said. Each row is one estimator on one design: the share of runs that
reject at 5 % when nothing differs, the share of 95 % intervals that hold a planted effect, and the
share that reject it (power), the latter two from fresh draws. The planted effect is one standard
deviation of the errors. The bars are 3-8 % and 93-97 %. Rows marked * have bars of their own, given
beside them: exact tests and Bonferroni bands err on the side of silence, fragile and heavy-tailed
designs have more room, and bounds allow for more than chance. In the row of the bounds the trends
break after the change by steps as large as the largest before, which is the worst that M = 1 allows.

Each estimator takes the errors that the library chooses for so many teams; how it does when teams vary
by different amounts, and with 40 to 500 teams in waves, is in the table of teams that do.

The second table is the choice of errors for staggered changes: rejections of the overall effect at
5 % without any, by way of getting its error.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from scipy import stats

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.did.drift import relative_bounds
from cs_lib.methods.did.group_time import Rules, all_cells, grouped, share_drift
from cs_lib.methods.did.one_date import compare_team_changes, randomisation_test
from cs_lib.methods.did.permutation import assignments
from cs_lib.methods.did.pretrend import pretrend_test
from cs_lib.methods.did.staggered import group_time_effects
from cs_lib.methods.did.summaries import (
    effects_by_time_since,
    overall_effect,
    rollout_permutation_test,
)
from cs_lib.methods.did.synthetic import synthetic_effect
from cs_lib.methods.did.synthetic_choice import choose_synthetic
from cs_lib.results import Effect

Seen = tuple[float, float, float, float]  # p, low, high, truth
Draw = Callable[[np.random.Generator, bool], Seen]

PERIODS = 20
START = np.datetime64("2024-01-01")
RHO = 0.5
REJECTS, COVERS = (0.03, 0.08), (0.93, 0.97)
SILENT = ((0.0, 0.06), (0.94, 1.0))


@dataclass(frozen=True)
class Cell:
    """One row of the table; `draw` gives p, low, high and truth, without and with an effect."""

    estimator: str
    data: str
    draw: Draw
    rejects: tuple[float, float] = REJECTS
    covers: tuple[float, float] = COVERS


def errors(rng: np.random.Generator, shape: tuple[int, ...], *, heavy: bool = False) -> np.ndarray:
    """AR(1) errors of variance one along the last axis; heavy: from t with 4 degrees of freedom."""
    shocks = rng.standard_t(4, shape) / np.sqrt(2) if heavy else rng.normal(size=shape)
    found = np.empty(shape)
    found[..., 0] = shocks[..., 0]
    for period in range(1, shape[-1]):
        found[..., period] = (
            RHO * found[..., period - 1] + np.sqrt(1 - RHO**2) * shocks[..., period]
        )
    return found


def values(
    rng: np.random.Generator, runs: int, teams: int, periods: int = PERIODS, *, heavy: bool = False
) -> np.ndarray:
    """Runs x teams x periods: levels, shocks and errors."""
    levels, shocks = rng.normal(size=(runs, teams, 1)), rng.normal(size=(runs, 1, periods))
    return errors(rng, (runs, teams, periods), heavy=heavy) + levels + shocks


def dates(waves: dict[int, int], never: int, periods: int = PERIODS) -> np.ndarray:
    """First changed period of every team: {period: teams}, then those never changed."""
    changed = [np.full(teams, period) for period, teams in waves.items()]
    return np.concatenate([*changed, np.full(never, periods)]).astype(np.int64)


def panel_of(table: np.ndarray, first: np.ndarray) -> TeamPanel:
    """One run as the panel the estimators take, in weeks."""
    teams, periods = table.shape
    weeks = START + 7 * np.arange(periods + 1)
    start = np.where(first < periods, weeks[np.minimum(first, periods)], np.datetime64("NaT"))
    names = np.array([f"team {row}" for row in range(teams)])
    return TeamPanel("handling_minutes", names, weeks[:-1], table, np.ones_like(table), start)


def treated(first: np.ndarray, periods: int = PERIODS) -> np.ndarray:
    """Teams x periods: whether changed by then."""
    return np.arange(periods) >= first[:, None]


def seen(effect: Effect, truth: float) -> Seen:
    """What a cell counts."""
    return effect.pvalue, effect.effect_ci_low, effect.effect_ci_high, truth


def at_once(
    compare: Callable[..., Effect], teams: int, changed: int, *, heavy: bool = False
) -> Draw:
    """Some teams changed half-way."""
    first = dates({PERIODS // 2: changed}, teams - changed)

    def draw(rng: np.random.Generator, planted: bool) -> Seen:
        table = values(rng, 1, teams, heavy=heavy)[0] + planted * treated(first)
        return seen(compare(panel_of(table, first)), float(planted))

    return draw


WAVES = (8, 11, 14)


def in_waves(
    sizes: tuple[int, int, int],
    never: int,
    *,
    permuted: bool = False,
    heavy: bool = False,
    varying: float = 0.0,
) -> Draw:
    """Teams changed in three waves; the effect may vary between teams."""
    first = dates(dict(zip(WAVES, sizes, strict=True)), never)

    def draw(rng: np.random.Generator, planted: bool) -> Seen:
        gain = planted + varying * rng.normal(size=(len(first), 1))
        table = values(rng, 1, len(first), heavy=heavy)[0] + gain * treated(first)
        effects = group_time_effects(panel_of(table, first))
        effect = rollout_permutation_test(effects) if permuted else overall_effect(effects)
        return seen(effect, float(planted))

    return draw


def any_row(sizes: tuple[int, int, int], never: int) -> Draw:
    """The event study's band: rejects when any row leaves the truth out."""
    first = dates(dict(zip(WAVES, sizes, strict=True)), never)

    def draw(rng: np.random.Generator, planted: bool) -> Seen:
        table = values(rng, 1, len(first))[0] + planted * treated(first)
        found = effects_by_time_since(group_time_effects(panel_of(table, first)))
        truth = planted * (found.key >= 0)
        outside = np.any((found.band_low > truth) | (found.band_high < truth))
        least = float(np.min(found.pvalue) * len(found.key))
        return least, float(outside), 0.0, 0.0

    return draw


def trends(sizes: tuple[int, int, int], never: int, slope: float = 0.15) -> Draw:
    """The pre-trend test; planted is a line of this slope in the changed teams."""
    first = dates(dict(zip(WAVES, sizes, strict=True)), never)

    def draw(rng: np.random.Generator, planted: bool) -> Seen:
        line = planted * slope * np.arange(PERIODS) * (first < PERIODS)[:, None]
        table = values(rng, 1, len(first))[0] + line
        found = pretrend_test(panel_of(table, first), controls="never")
        return found.pvalue, np.nan, np.nan, 0.0

    return draw


def broken(teams: int = 12, step: float = 0.5) -> Draw:
    """Bounds at M = 1 when the changed teams step once before and at every period after."""
    first = dates({10: teams // 2}, teams // 2)
    drift = np.cumsum(np.where(np.arange(PERIODS) >= 10, step, step * (np.arange(PERIODS) == 5)))

    def draw(rng: np.random.Generator, planted: bool) -> Seen:
        line = drift * (first < PERIODS)[:, None]
        table = values(rng, 1, teams)[0] + planted * treated(first) + line
        found = relative_bounds(panel_of(table, first), magnitudes=(1.0,))
        outside = found.low[0] > 0 or found.high[0] < 0
        return 0.0 if outside else 1.0, float(found.low[0]), float(found.high[0]), float(planted)

    return draw


def one_team(
    how: str, donors: int, periods: int = 40, *, factor: float = 0.0, apart: float = 0.0
) -> Draw:
    """One team changed after three fifths of the periods, the others donors; perhaps a factor, levels apart."""
    at = 3 * periods // 5
    first = dates({at: 1}, donors, periods)

    def draw(rng: np.random.Generator, planted: bool) -> Seen:
        table = values(rng, 1, donors + 1, periods)[0] + planted * treated(first, periods)
        walk = factor * np.cumsum(rng.normal(size=periods))
        table = table + walk * rng.normal(1, 0.5, size=(donors + 1, 1))
        table = table + apart * rng.normal(size=(donors + 1, 1))
        panel = panel_of(table, first)
        if how == "chosen":
            return seen(choose_synthetic(panel).decides.effect, float(planted))
        return seen(synthetic_effect(panel, how=how).effect, float(planted))

    return draw


EXACT = {"rejects": SILENT[0], "covers": SILENT[1]}
# Few teams on a side, each side with its own spread: cautious when they vary alike.
CAUTIOUS = {"rejects": (0.0, 0.06), "covers": (0.94, 1.0)}

CELLS = (
    Cell("Collapsed t", "4 teams, 2 changed", at_once(compare_team_changes, 4, 2)),
    Cell("Collapsed t", "6 teams, 3 changed", at_once(compare_team_changes, 6, 3)),
    Cell("Collapsed t", "8 teams, 4 changed", at_once(compare_team_changes, 8, 4)),
    Cell("Collapsed t", "12 teams, 6 changed", at_once(compare_team_changes, 12, 6)),
    Cell("Collapsed t", "20 teams, 10 changed", at_once(compare_team_changes, 20, 10)),
    Cell("Collapsed t", "6 teams, 1 changed", at_once(compare_team_changes, 6, 1)),
    Cell("Collapsed t", "12 teams, 1 changed", at_once(compare_team_changes, 12, 1)),
    Cell("Collapsed t", "20 teams, 1 changed", at_once(compare_team_changes, 20, 1)),
    Cell("Collapsed t", "12, 6, heavy tails", at_once(compare_team_changes, 12, 6, heavy=True)),
    Cell("Collapsed t", "12, 1, heavy tails", at_once(compare_team_changes, 12, 1, heavy=True)),
    Cell("Randomisation", "8 teams, 4 changed", at_once(randomisation_test, 8, 4), **EXACT),
    Cell("Randomisation", "12 teams, 6 changed", at_once(randomisation_test, 12, 6)),
    Cell("Randomisation", "20 teams, 10 changed", at_once(randomisation_test, 20, 10)),
    Cell("Randomisation", "21 teams, 1 changed", at_once(randomisation_test, 21, 1), **EXACT),
    Cell("Group-time", "8 teams, waves 2 2 2, never 2", in_waves((2, 2, 2), 2)),
    Cell("Group-time", "12 teams, waves 3 3 3, never 3", in_waves((3, 3, 3), 3)),
    Cell("Group-time", "12 teams, waves 1 2 3, never 6", in_waves((1, 2, 3), 6)),
    Cell("Group-time", "12 teams, waves 4 4 4, never 0", in_waves((4, 4, 4), 0)),
    Cell("Group-time", "20 teams, waves 5 5 5, never 5", in_waves((5, 5, 5), 5)),
    Cell("Group-time", "12, 3 3 3 + 3, heavy tails", in_waves((3, 3, 3), 3, heavy=True)),
    Cell(
        "Group-time",
        "12, 3 3 3 + 3, effect varies 0.5",
        in_waves((3, 3, 3), 3, varying=0.5),
    ),
    Cell("Permuted dates", "12 teams, waves 3 3 3, never 3", in_waves((3, 3, 3), 3, permuted=True)),
    Cell("Event-study band", "12 teams, waves 3 3 3, never 3", any_row((3, 3, 3), 3), **EXACT),
    Cell("Event-study band", "20 teams, waves 5 5 5, never 5", any_row((5, 5, 5), 5), **EXACT),
    Cell("Pre-trend F", "8 teams, waves 2 2 2, never 2", trends((2, 2, 2), 2)),
    Cell("Pre-trend F", "12 teams, waves 3 3 3, never 3", trends((3, 3, 3), 3)),
    Cell("Pre-trend F", "20 teams, waves 5 5 5, never 5", trends((5, 5, 5), 5)),
    Cell("Relative bounds, M = 1", "12 teams, 6 changed, broken trends", broken(), **EXACT),
    Cell("Synthetic DiD", "10 donors", one_team("did", 10)),
    Cell("Synthetic DiD", "10 donors, a common factor", one_team("did", 10, factor=0.3)),
    Cell("Synthetic DiD", "20 donors", one_team("did", 20)),
    Cell("Synthetic control", "10 donors", one_team("control", 10)),
    Cell("Synthetic control", "10 donors, a common factor", one_team("control", 10, factor=0.3)),
    Cell("Synthetic control", "20 donors", one_team("control", 20)),
    Cell("Synthetic, chosen before", "8 donors, 17 periods", one_team("chosen", 8, 17)),
    Cell("Synthetic, chosen before", "10 donors", one_team("chosen", 10)),
    Cell(
        "Synthetic, chosen before", "10 donors, a common factor", one_team("chosen", 10, factor=0.3)
    ),
    Cell(
        "Synthetic, chosen before", "10 donors, levels far apart", one_team("chosen", 10, apart=5.0)
    ),
    Cell("Collapsed t", "12 teams, 4 changed", at_once(compare_team_changes, 12, 4), **CAUTIOUS),
    Cell("Collapsed t", "20 teams, 3 changed", at_once(compare_team_changes, 20, 3), **CAUTIOUS),
    Cell("Collapsed t", "30 teams, 8 changed", at_once(compare_team_changes, 30, 8)),
)


def measure(cell: Cell, runs: int, *, seed: int) -> tuple[float, float, float]:
    """Shares: rejected without an effect, intervals that hold the planted one, and rejected with it."""
    null, fresh = np.random.default_rng([seed, 0]), np.random.default_rng([seed, 1])
    rejected = np.mean([cell.draw(null, False)[0] < 0.05 for _ in range(runs)])
    found = np.array([cell.draw(fresh, True) for _ in range(runs)])
    power = float((found[:, 0] < 0.05).mean())
    if np.isnan(found[:, 1:]).any():
        return float(rejected), float("nan"), power
    inside = (found[:, 1] <= found[:, 3]) & (found[:, 3] <= found[:, 2])
    return float(rejected), float(inside.mean()), power


def holds(cell: Cell, rejected: float, covered: float) -> bool:
    """Whether a row meets its bars."""
    found = cell.covers[0] <= covered <= cell.covers[1]
    return cell.rejects[0] <= rejected <= cell.rejects[1] and (bool(np.isnan(covered)) or found)


DESIGNS = {
    "8 teams, waves 2 2 2, never 2": dates(dict(zip(WAVES, (2, 2, 2), strict=True)), 2),
    "8 teams, waves 1 1 2, never 4": dates(dict(zip(WAVES, (1, 1, 2), strict=True)), 4),
    "12 teams, waves 3 3 3, never 3": dates(dict(zip(WAVES, (3, 3, 3), strict=True)), 3),
    "12 teams, waves 1 2 3, never 6": dates(dict(zip(WAVES, (1, 2, 3), strict=True)), 6),
    "12 teams, waves 4 4 4, never 0": dates(dict(zip(WAVES, (4, 4, 4), strict=True)), 0),
    "20 teams, waves 5 5 5, never 5": dates(dict(zip(WAVES, (5, 5, 5), strict=True)), 5),
}
WAYS = (
    "influence, z",
    "influence, t(G - 1)",
    "Welch by group",
    "jackknife, t(G - 1)",
    "pooled, t(G - groups)",
    "pooled, Satterthwaite",
    "permutation",
)


def overall_load(first: np.ndarray, periods: int) -> np.ndarray:
    """Weights of the overall effect, teams x periods."""
    groups = grouped(np.zeros((len(first), periods)), first)
    cells = all_cells(groups.first, groups.size, periods, Rules("not_yet", 0, "varying"))
    size = groups.size[np.searchsorted(groups.first, cells.group)] * (cells.period >= cells.group)
    load = np.tensordot(size / size.sum(), cells.load, axes=1)
    return (load / groups.size[:, None])[groups.of_team]


def _influence_variance(table: np.ndarray, first: np.ndarray) -> float:
    groups = grouped(table, first)
    cells = all_cells(groups.first, groups.size, table.shape[1], Rules("not_yet", 0, "varying"))
    effect = np.einsum("cgt,gt->c", cells.load, groups.mean)
    weight, drift = share_drift(cells, groups, (cells.period >= cells.group)[None], effect)
    load = np.tensordot(weight, cells.load, axes=1)[0] / groups.size[:, None]
    own = (load[groups.of_team] * groups.residual).sum(axis=1) + drift[0][groups.of_team]
    return float((own**2).sum())


def ways(first: np.ndarray, runs: int, *, seed: int, orders: int = 499) -> dict[str, float]:
    """Share of runs in which each way of getting an error rejects, without any effect."""
    table = values(np.random.default_rng([seed, 2]), runs, len(first))
    load, n = overall_load(first, PERIODS), len(first)
    estimate = np.abs(np.einsum("rit,it->r", table, load))
    kinds, of_team, size = np.unique(first, return_inverse=True, return_counts=True)
    mean = np.stack([table[:, of_team == k].mean(axis=1) for k in range(len(kinds))], axis=1)
    residual, df = table - mean[:, of_team], n - len(kinds)
    own = np.einsum("rit,it->ri", residual, load)
    row = np.array([np.flatnonzero(of_team == k)[0] for k in range(len(kinds))])
    parts = np.einsum("rit,gt->rgi", residual, load[row] * np.sqrt(size)[:, None])
    shares = parts @ parts.transpose(0, 2, 1) / df
    pooled = np.trace(shares, axis1=1, axis2=2)
    influence = np.array([_influence_variance(one, first) for one in table])
    left = [np.arange(n) != team for team in range(n)]
    again = np.array(
        [np.einsum("rit,it->r", table[:, k], overall_load(first[k], PERIODS)) for k in left]
    )
    jackknife = (n - 1) / n * ((again - again.mean(axis=0)) ** 2).sum(axis=0)

    def rejects(variance: np.ndarray, freedom: np.ndarray | float) -> float:
        return float((2 * stats.t.sf(estimate / np.sqrt(variance), freedom) < 0.05).mean())

    found = {
        "influence, z": rejects(influence, np.inf),
        "influence, t(G - 1)": rejects(influence, n - 1),
        "jackknife, t(G - 1)": rejects(jackknife, n - 1),
        "pooled, t(G - groups)": rejects(pooled, df),
        "pooled, Satterthwaite": rejects(pooled, df * pooled**2 / (shares**2).sum(axis=(1, 2))),
    }
    if size.min() > 1:
        each = np.stack(
            [(own[:, of_team == k] ** 2).sum(axis=1) * s / (s - 1) for k, s in enumerate(size)]
        )
        freedom = each.sum(axis=0) ** 2 / (each**2 / (size - 1)[:, None]).sum(axis=0)
        found["Welch by group"] = rejects(each.sum(axis=0), freedom)
    dealt = assignments(of_team.astype(np.int64), seed=seed, draws=orders).labels
    of_label = np.einsum("git,rjt->rgj", load[row][:, None, :], table)
    statistic = sum(of_label[:, dealt[:, team], team] for team in range(n))
    as_far = np.abs(statistic) >= np.abs(statistic[:, :1]) - 1e-12
    found["permutation"] = float((as_far.mean(axis=1) < 0.05).mean())
    return found


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy"
    lines = [
        "# Calibration of the team estimators",
        "",
        (__doc__ or "").split("\n\n", 1)[1].strip(),
    ]
    lines += ["", f"{runs} runs a row; {day}; {versions} {scipy.__version__}.", ""]
    lines += [
        "| estimator | data | rejected | covered | power | bars |",
        "|---|---|---|---|---|---|",
    ]
    for seed, cell in enumerate(CELLS):
        rejected, covered, power = measure(cell, runs, seed=seed)
        shown = "" if np.isnan(covered) else f"{covered:.3f}"
        verdict = "hold" if holds(cell, rejected, covered) else "MISSED"
        star = "" if (cell.rejects, cell.covers) == (REJECTS, COVERS) else "*"
        if star:
            verdict += ": " + ", ".join(f"{a:.2f}-{b:.2f}" for a, b in (cell.rejects, cell.covers))
        lines.append(
            f"| {cell.estimator}{star} | {cell.data} | {rejected:.3f} | {shown} | {power:.3f} | {verdict} |"
        )
    lines += ["", f"| design | {' | '.join(WAYS)} |", "|---" * (len(WAYS) + 1) + "|"]
    for seed, (name, first) in enumerate(DESIGNS.items()):
        found = ways(first, runs, seed=seed)
        row = (f"{found[way]:.3f}" if way in found else "" for way in WAYS)
        lines.append(f"| {name} | {' | '.join(row)} |")
    return "\n".join(lines) + "\n"

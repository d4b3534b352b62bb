"""Contacts per order of teams that differ in size: how often roll-outs find what is not there, and what is.

Every team has contacts drawn from a Poisson distribution around a mean that moves by itself (logarithms
AR(1) by week, rho 0.5, standard deviation 0.15), under a wave of 30 % that all share; 20 weeks. The
largest team has five times the contacts of the smallest; "changed are large" gives the change to the
largest teams. Values are each team's rate over its own before, as the library has them. Shares of runs
that reject at 5 % when nothing differs, of 95 % intervals that hold a planted fall by a fifth, and that
reject it (power), the latter two from fresh draws. The bars are 3-8 % and 93-97 %, with no lower bar of
rejections and no upper bar of coverage where a group has four teams or fewer.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from datetime import date

import numpy as np
import scipy

from cs_lib.aggregates import Series
from cs_lib.experiment.before_after.team_panel import PER, panel_of
from cs_lib.methods.did.one_date import compare_team_changes
from cs_lib.methods.did.panel import without_gaps
from cs_lib.methods.did.staggered import group_time_effects
from cs_lib.methods.did.summaries import overall_effect
from cs_lib.results import Effect

WEEKS = 20
START = np.datetime64("2026-01-05")
DAYS = START + np.arange(7 * WEEKS)
FALL = 0.2
RHO, SPREAD = 0.5, 0.15


@dataclass(frozen=True)
class Design:
    """Teams changed by week of change, and never; contacts a week of the smallest one."""

    waves: tuple[tuple[int, int], ...]
    never: int
    least: float
    large_changed: bool = False

    @property
    def name(self) -> str:
        """What stands in the table."""
        sizes = " ".join(str(size) for _, size in self.waves)
        large = ", changed are large" if self.large_changed else ""
        return (
            f"{sizes} changed, {self.never} not, {self.least:g} to {5 * self.least:g} a week{large}"
        )

    @property
    def first(self) -> np.ndarray:
        """First changed week of every team."""
        weeks = [week for week, size in self.waves for _ in range(size)]
        return np.array(weeks + [WEEKS] * self.never)

    @property
    def bars(self) -> tuple[float, float, float, float]:
        """Least and most rejected, least and most covered."""
        few = min(self.never, *(size for _, size in self.waves)) <= 4
        return (0.0, 0.08, 0.93, 1.0) if few else (0.03, 0.08, 0.93, 0.97)


DESIGNS = (
    Design(((10, 4),), 4, 5),
    Design(((10, 4),), 8, 5),
    Design(((10, 6),), 6, 40, large_changed=True),
    Design(((10, 6),), 14, 5, large_changed=True),
    Design(((10, 6),), 14, 40),
    Design(((8, 3), (11, 3), (14, 3)), 5, 20),
    Design(((8, 5), (11, 5), (14, 5)), 5, 20, large_changed=True),
)


def effect_of(design: Design, rng: np.random.Generator, factor: float) -> tuple[Effect, float]:
    """The deciding effect of one roll-out, and the true one at the level of its changed teams before."""
    first, teams = design.first, len(design.first)
    sizes = np.geomspace(1, 5, teams) * design.least
    sizes = sizes[::-1] if design.large_changed else rng.permutation(sizes)
    noise = rng.normal(0, SPREAD, (teams, WEEKS))
    for week in range(1, WEEKS):
        noise[:, week] = RHO * noise[:, week - 1] + np.sqrt(1 - RHO**2) * noise[:, week]
    wave = 1 + 0.3 * np.sin(np.arange(WEEKS) / 3)
    after = np.arange(WEEKS) >= first[:, None]
    contacts = rng.poisson(sizes[:, None] * wave * np.exp(noise) * np.where(after, factor, 1.0))
    series, origin = {}, (START + 7 * int(first.min())).item()
    for i in range(teams):
        above, below = np.zeros((2, len(DAYS)))
        above[::7], below[::7] = PER * contacts[i], 1_000.0
        series[f"T{i}"] = Series("contact_rate", DAYS, above, below)
    days: dict[str, date | None] = {
        f"T{i}": (START + 7 * int(week)).item() if week < WEEKS else None
        for i, week in enumerate(first)
    }
    panel, _ = without_gaps(panel_of(series, days, origin=origin, rate="shared_orders"))
    base = np.arange(WEEKS) < first.min()
    level = panel.value[~np.isnat(panel.start)][:, base].mean()
    course = (wave * after).sum() / after.sum() / wave[base].mean()
    one_date = len(design.waves) == 1
    found = compare_team_changes(panel) if one_date else overall_effect(group_time_effects(panel))
    return found, (factor - 1) * level * course


def measure(design: Design, runs: int, *, seed: int) -> dict[str, float]:
    """Shares rejected without an effect, covered and found with one."""
    rng = np.random.default_rng([seed, len(design.first)])
    rejected = covered = found = 0
    for _ in range(runs):
        rejected += effect_of(design, rng, 1.0)[0].pvalue < 0.05
        effect, truth = effect_of(design, rng, 1 - FALL)
        covered += effect.effect_ci_low <= truth <= effect.effect_ci_high
        found += effect.pvalue < 0.05
    counts = {"rejected": rejected, "covered": covered, "power": found}
    return {name: count / runs for name, count in counts.items()}


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy"
    lines = ["# Contacts per order of teams", "", (__doc__ or "").split("\n\n", 1)[1].strip(), ""]
    lines += [f"{runs} runs a row; {day}; {versions} {scipy.__version__}.", ""]
    lines += ["| design | rejected | covered | power | bars |", "|---|---|---|---|---|"]
    for seed, design in enumerate(DESIGNS):
        row = measure(design, runs, seed=seed)
        least, most, low, high = design.bars
        held = least <= row["rejected"] <= most and low <= row["covered"] <= high
        figures = " | ".join(f"{row[k]:.3f}" for k in ("rejected", "covered", "power"))
        lines.append(f"| {design.name} | {figures} | {'hold' if held else 'MISSED'} |")
    return "\n".join(lines) + "\n"

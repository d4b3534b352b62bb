"""Teams founded late or closed early: counted in the weeks they have, or left out.

Data as in the calibration of the team estimators (AR(1) errors with rho 0.5, 20 periods). A share of the
teams was not there all the time: half of these begin at a random period before the first change, half
end at a random one after it, four periods at least on a side. "counted" is how the library reads them:
at one date missing periods follow the unchanged teams at the team's own distance, in waves every team
is in the comparisons whose two periods it has. "left out" is the same with the other teams alone.
Shares of runs that reject at 5 % when nothing differs, of 95 % intervals that hold one standard
deviation, and that find it (power). The bars of "counted" are 3-8 % and 93-97 %, with no lower bar of
rejections and no upper bar of coverage where a group has four teams or fewer.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass, replace

import numpy as np
import scipy

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.did.one_date import compare_team_changes
from cs_lib.methods.did.panel import without_gaps
from cs_lib.methods.did.partial import filled_at_one_date, in_periods_they_have
from cs_lib.methods.did.staggered import group_time_effects
from cs_lib.methods.did.summaries import overall_effect
from cs_lib.results import Effect
from tests.bench.teams_calibration import PERIODS, dates, panel_of, values

LEAST = 4


@dataclass(frozen=True)
class Design:
    """Teams by week of change, never changed ones, and how many of each group were not always there."""

    waves: tuple[tuple[int, int], ...]
    never: int
    partly: int

    @property
    def name(self) -> str:
        """What stands in the table."""
        sizes = " ".join(str(size) for _, size in self.waves)
        return f"{sizes} changed, {self.never} not; {self.partly} of each not always there"

    @property
    def bars(self) -> tuple[float, float, float, float]:
        """Least and most rejected, least and most covered."""
        few = min(self.never, *(size for _, size in self.waves)) - self.partly <= 4
        return (0.0, 0.08, 0.93, 1.0) if few else (0.03, 0.08, 0.93, 0.97)


DESIGNS = (
    Design(((10, 4),), 8, 1),
    Design(((10, 6),), 6, 2),
    Design(((10, 10),), 10, 3),
    Design(((8, 4), (11, 4)), 6, 1),
    Design(((8, 6), (11, 6)), 8, 2),
    Design(((8, 14), (11, 14)), 18, 4),
)


def drawn(design: Design, rng: np.random.Generator, effect: float) -> TeamPanel:
    """A panel with gaps."""
    first = dates(dict(design.waves), design.never)
    table = values(rng, 1, len(first))[0] + effect * (np.arange(PERIODS) >= first[:, None])
    there = np.ones(table.shape, dtype=bool)
    early = min(week for week, _ in design.waves)
    for group in np.unique(first):
        for k, team in enumerate(rng.permutation(np.flatnonzero(first == group))[: design.partly]):
            if k % 2:
                last = max(week for week, _ in design.waves) + LEAST
                there[team, rng.integers(last, PERIODS) :] = False
            else:
                there[team, : rng.integers(1, early - LEAST + 1)] = False
    given = panel_of(table, first)
    return replace(given, value=np.where(there, given.value, np.nan), weight=there.astype(float))


def readings(panel: TeamPanel, design: Design) -> dict[str, Effect]:
    """The answer with all teams, and with those that are there all the time."""
    whole, _ = without_gaps(panel)
    if len(design.waves) == 1:
        filled, _ = without_gaps(filled_at_one_date(panel)[0])
        both = (filled, whole)
        return dict(zip(("counted", "left out"), map(compare_team_changes, both), strict=True))
    effects = group_time_effects(whole)
    counted = in_periods_they_have(panel, effects).effect
    return {"counted": counted, "left out": overall_effect(effects)}


def measure(design: Design, runs: int, *, seed: int) -> dict[tuple[str, str], float]:
    """Shares by way: rejected without an effect, covered and found with one."""
    rng = np.random.default_rng([seed, 7])
    shares: dict[tuple[str, str], float] = {}
    for effect in (0.0, 1.0):
        for _ in range(runs):
            for way, found in readings(drawn(design, rng, effect), design).items():
                seen = {"rejected" if effect == 0 else "power": found.pvalue < 0.05}
                if effect:
                    seen["covered"] = found.effect_ci_low <= effect <= found.effect_ci_high
                for name, yes in seen.items():
                    shares[way, name] = shares.get((way, name), 0.0) + yes / runs
    return shares


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy"
    title, rest = (__doc__ or "").split("\n\n", 1)
    lines = [f"# {title.strip().rstrip('.')}", "", rest.strip(), ""]
    lines += [f"{runs} runs a row; {day}; {versions} {scipy.__version__}.", ""]
    heads = ["design", *(f"{n}: counted / left out" for n in ("rejected", "covered", "power"))]
    lines += ["| " + " | ".join([*heads, "bars"]) + " |", "|---" * 5 + "|"]
    for seed, design in enumerate(DESIGNS):
        row, (least, most, low, high) = measure(design, runs, seed=seed), design.bars
        cells = [
            f"{row['counted', name]:.3f} / {row['left out', name]:.3f}"
            for name in ("rejected", "covered", "power")
        ]
        rejected, covered = row["counted", "rejected"], row["counted", "covered"]
        held = "hold" if least <= rejected <= most and low <= covered <= high else "MISSED"
        lines.append("| " + " | ".join([design.name, *cells, held]) + " |")
    return "\n".join(lines) + "\n"

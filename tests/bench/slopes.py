"""How often a change that grows is seen where there is none, and how large it must be to be seen.

    python -m tests.bench --only slopes [--runs 1500]

The processes of wander.md, read for a step and a slope from one day on; what decides is the mean of both over
the days after it. "before" is the choice that `changes_in` made before it reckoned with seasons: days or weeks,
beside slow waves only where the level is seen to wander. "now" is the one it makes: beside a line, beside a wave of
one year (in the model anyway from three years on) and beside slow waves, and the reading nearest to chance counts.
"at once" and "a week" are the two parts that the page shows too, each from the reading that claims least. The bar
is .08 for false alarms of "now" at 180 and 365 days; longer rows are shown and not held to it. "found" is the mean
effect that is found in 80 % of series, in standard deviations of the AR(1), before and now. "holidays" has eight
days two standard deviations low right after the change, which nobody named; "beside a step" another change, of one
standard deviation at a quarter, which is in the model. Fewer than twelve weeks on a side are refused.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
import scipy

from cs_lib.methods.its.ar1 import fit_ar1
from cs_lib.methods.its.changes import Change, days_of, doses, weeks_of
from cs_lib.methods.its.days_or_weeks import residual_checks
from cs_lib.methods.its.fit import RHO_BOUNDS_OF_UNIT
from cs_lib.methods.its.joint_changes import joint_design
from cs_lib.methods.its.periods import Curve, Periods, spans_years
from cs_lib.methods.its.wander import wander_p, wandering
from cs_lib.methods.tails import t_two_sided
from tests.bench.steps import START, series_of
from tests.bench.wander import BAR, PROCESSES, WEEKDAY

LENGTHS = (180, 365)
HOLIDAYS, BESIDE = "AR(1) 0.3, holidays", "AR(1) 0.3, beside a step"
UNEVEN = (
    "AR(1) 0.3",
    "a year's wave of 0.5 sd",
    "a year's wave of 1 sd",
    "a year's wave of 2 sd",
    "level moves by 0.1 a day",
    "noise on a slow AR(1) .98",
)
AT = ((365, 91), (365, 274), (730, 365), (1095, 548))
POWER, LARGEST = 0.8, 60.0


@dataclass(frozen=True)
class Read:
    """Estimate, error and freedom (3 x runs) of the mean effect, of the step and of the slope of one reading."""

    mean: np.ndarray
    step: np.ndarray
    slope: np.ndarray

    def where(self, those: np.ndarray, other: Read) -> Read:
        """This reading in those runs, the other one elsewhere."""
        pairs = zip(self.parts, other.parts, strict=True)
        return Read(*(np.where(those, mine, theirs) for mine, theirs in pairs))

    @property
    def parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The three of them."""
        return self.mean, self.step, self.slope


@dataclass(frozen=True)
class Grown:
    """Every run as it was read before, and the three readings that count now."""

    before: tuple[Read, ...]
    now: tuple[Read, ...]

    def pvalue(self, part: int = 0, *, planted: float = 0.0, null: float = 0.0) -> np.ndarray:
        """p-values now: of the mean effect, or of a part; the reading is the one nearest to no effect."""
        return _least(self.now, part, planted, null)

    def pvalue_before(self, *, planted: float = 0.0) -> np.ndarray:
        """p-values of the mean effect before."""
        return _least(self.before, 0, planted, 0.0)


def grown(values: np.ndarray, at: int, *, also: int | None = None) -> Grown:
    """The change on day `at` in every run (days x runs), perhaps beside a step on another day.

    The same pieces as `changes_in`, over many series at once (a test compares the two).
    """
    changes = [Change.of("it", str(START + at), slope=True)]
    changes += [] if also is None else [Change.of("other", str(START + also))]
    days, window = days_of(series_of("grid", values[:, 0], np.ones(len(values))), changes, 0, ())
    weeks = weeks_of(days, window, changes, 0)
    week = np.floor_divide(days.time, 7)
    means = np.stack([values[week == number].mean(axis=0) for number in weeks.time])
    season = spans_years(days)

    def fitted(periods: Periods, curve: Curve) -> Read:
        y = values if periods is days else means
        design = joint_design(periods, days, changes, trend=True, season=season, curve=curve)
        fit = fit_ar1(y, design, periods.time, bounds=RHO_BOUNDS_OF_UNIT[periods.unit])
        dose = doses(periods, days, changes)
        step, slope = np.eye(design.shape[1])[[0, len(changes)]]
        mean = step + dose[dose[:, 0] > 1 - 1e-9, len(changes)].mean() * slope
        return Read(*(np.array(fit.contrast(weights)) for weights in (mean, step, slope)))

    design = joint_design(days, days, changes, trend=True, season=season)
    fit = fit_ar1(values, design, days.time)
    wanders = wandering(wander_p(values, design, days, fit))
    by_day = residual_checks(fit).clean & ~wanders
    line = fitted(days, "none").where(by_day, fitted(weeks, "none"))
    waves = fitted(weeks, "waves")
    yearly = fitted(days, "season").where(by_day, fitted(weeks, "season"))
    before = (line, waves.where(wanders, line))
    return Grown(before, (line, waves) if season else (line, yearly, waves))


def _least(read: tuple[Read, ...], part: int, planted: float, null: float) -> np.ndarray:
    """p-values against a null in the reading that is nearest to no effect, run by run."""
    parts = [each.parts[part] for each in read]
    every = np.array([t_two_sided((e + planted) / se, df) for e, se, df in parts])
    against = np.array([t_two_sided((e + planted - null) / se, df) for e, se, df in parts])
    return np.take_along_axis(against, every.argmax(axis=0)[None], axis=0)[0]


def simulate(process: str, n: int, at: int, runs: int, *, seed: int = 0) -> np.ndarray:
    """Daily values without a change, days x runs."""
    known = process.split(",")[0] if process in (HOLIDAYS, BESIDE) else process
    rng = np.random.default_rng([seed, n, at, list(PROCESSES).index(known), 5])
    values = PROCESSES[known](rng, n, runs) + WEEKDAY[np.arange(n) % 7][:, None]
    if process == HOLIDAYS:
        values[at : at + 8] -= 2.0
    if process == BESIDE:
        values[n // 4 :] += 1.0
    return values


def measure(process: str, n: int, at: int, runs: int, *, seed: int = 0) -> dict[str, float]:
    """Every figure of one row."""
    values = simulate(process, n, at, runs, seed=seed)
    found = grown(values, at, also=n // 4 if process == BESIDE else None)
    return {
        "before": share(found.pvalue_before()),
        "now": share(found.pvalue()),
        "at once": share(found.pvalue(1)),
        "a week": share(found.pvalue(2)),
        "covered": 1 - share(found.pvalue(planted=1.0, null=1.0)),
        "found before": smallest(lambda size: share(found.pvalue_before(planted=size))),
        "found now": smallest(lambda size: share(found.pvalue(planted=size))),
    }


def share(pvalues: np.ndarray) -> float:
    """How many are below .05."""
    return float((pvalues < 0.05).mean())


def smallest(power: Callable[[float], float]) -> float:
    """The effect that is found with 80 % power, by halving; infinite when none is."""
    if power(LARGEST) < POWER:
        return float("inf")
    low, high = 0.0, LARGEST
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (low, middle) if power(middle) >= POWER else (middle, high)
    return high


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    heads = ["process", "n", "changed on day", "before", "**now**", "at once", "a week"]
    heads += ["coverage of one sd", "found before", "found now", "bar"]
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy"
    lines = ["# Changes that grow", "", (__doc__ or "").split("\n\n", 2)[2].strip(), ""]
    lines += [f"{runs} runs a cell; {day}; {versions} {scipy.__version__}.", ""]
    lines += ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    even = [(p, n, n // 2) for n, p in product(LENGTHS, (*PROCESSES, HOLIDAYS, BESIDE))]
    for process, n, at in (*even, *((p, *where) for where, p in product(AT, UNEVEN))):
        row = measure(process, n, at, runs)
        sizes = [f"{row.pop(key):.1f}" for key in ("found before", "found now")]
        verdict = "–" if n not in LENGTHS else "holds" if row["now"] <= BAR else "MISSED"
        figures = [*(f"{value:.3f}" for value in row.values()), *sizes, verdict]
        lines.append("| " + " | ".join([process, str(n), str(at), *figures]) + " |")
    return "\n".join(lines) + "\n"

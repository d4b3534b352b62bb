"""How often a change is found among several in one series when it did nothing, and covered when it did something.

Daily series with a weekday pattern and AR(1) errors of variance one, alone or with white noise of the
same variance on top. Two designs: "two stay", changes at one third and at two thirds of the series;
"one taken back", a change at a quarter that is taken back at three quarters beside one at the middle
that stays. Each row is one cell: the share of runs in which the first and the second change are said
to have an effect when that one has none and the other has one standard deviation ("auto", which
chooses days or weeks as `changes_in` does), the share of 95 % intervals that hold effects of both,
and power for an effect of one standard deviation. Beside it stands what is commonly done: each change
by a series of its own, the other one left out of the model.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from itertools import product

import numpy as np
import scipy

from cs_lib.methods.its.ar1 import fit_ar1
from cs_lib.methods.its.changes import Change, days_of, weeks_of
from cs_lib.methods.its.days_or_weeks import residual_checks
from cs_lib.methods.its.fit import RHO_BOUNDS_OF_UNIT
from cs_lib.methods.its.joint_changes import joint_design
from cs_lib.methods.its.periods import TREND_DAYS
from cs_lib.methods.its.wander import drift_shift, drifting, wander_p, wandering
from tests.bench.steps import START, Contrasts, autocorrelated, series_of

WEEKDAY = np.array([0.8, 0.3, 0.0, 0.0, -0.2, -0.9, -0.6])
DESIGNS = ("two stay", "one taken back")
CLEAR, NOISY, COVERS = (0.03, 0.08), (0.03, 0.09), (0.93, 0.97)


@dataclass(frozen=True)
class Cell:
    """One kind of data."""

    design: str
    noise: bool
    n: int
    rho: float

    @property
    def bar(self) -> tuple[float, float]:
        """Shares of false alarms that are accepted."""
        return NOISY if self.noise else CLEAR

    @property
    def size(self) -> float:
        """One standard deviation of a day."""
        return float(np.sqrt(2.0)) if self.noise else 1.0

    def changes(self) -> tuple[Change, Change]:
        """The two changes, dated."""

        def day(share: float) -> str:
            return str(START + int(self.n * share))

        if self.design == "two stay":
            return Change.of("first", day(1 / 3)), Change.of("second", day(2 / 3))
        taken_back = Change.of("first", (day(0.25), day(0.75)))
        return taken_back, Change.of("second", day(0.5))


def simulate(cell: Cell, runs: int, *, seed: int, sizes: tuple[float, float]) -> np.ndarray:
    """Daily values, n x runs, with both changes of these sizes."""
    rng = np.random.default_rng([seed, cell.n, int(100 * cell.rho), cell.noise])
    shape = (cell.n, runs)
    values = autocorrelated(rng, shape, cell.rho) + WEEKDAY[np.arange(cell.n) % 7][:, None]
    if cell.noise:
        values = values + rng.normal(size=shape)
    days = START + np.arange(cell.n)
    steps = sum(s * c.on(days) for s, c in zip(sizes, cell.changes(), strict=True))
    return values + np.asarray(steps)[:, None]


@dataclass(frozen=True)
class Found:
    """Both effects of every run by days and by weeks, beside a line and curves, and what chooses."""

    days: tuple[Contrasts, ...]
    weeks: tuple[Contrasts, ...]
    waves: tuple[Contrasts, ...]  # of weeks
    drift_days: tuple[Contrasts, ...]
    drift_weeks: tuple[Contrasts, ...]
    clean: np.ndarray
    wanders: np.ndarray
    drifts: np.ndarray

    @property
    def by_day(self) -> np.ndarray:
        """Runs that are read by days."""
        return self.clean & ~self.wanders

    def auto(self, change: int, null: float = 0.0) -> np.ndarray:
        """p-values of one change as chosen; the first one decides between line and curve."""
        line, curve = self._read(0, 0.0)
        return np.where(curve >= line, *reversed(self._read(change, null)))

    def _read(self, change: int, null: float) -> tuple[np.ndarray, np.ndarray]:
        by = (self.days, self.weeks, self.waves, self.drift_days, self.drift_weeks)
        day, week, waves, drift_day, drift_week = (fits[change].pvalue(null) for fits in by)
        line = np.where(self.by_day, day, week)
        moved = np.where(self.drifts, np.where(self.by_day, drift_day, drift_week), line)
        return line, np.where(self.wanders, waves, moved)


def fitted(values: np.ndarray, changes: tuple[Change, ...]) -> Found:
    """The effects of these changes, held together, in every run.

    The same pieces as `changes_in`, over many series at once (a test compares the two).
    """
    series = series_of("simulated", values[:, 0], np.ones(len(values)))
    days, window = days_of(series, changes, 0, ())
    weeks = weeks_of(days, window, changes, 0)
    trend = min(days.sides()) >= TREND_DAYS
    week = np.floor_divide(days.time, 7)
    means = np.stack([values[week == number].mean(axis=0) for number in weeks.time])
    count = len(changes)
    read = [(days, values, "none"), (weeks, means, "none"), (weeks, means, "waves")]
    read += [(days, values, "drift"), (weeks, means, "drift")]
    fits = []
    for periods, y, curve in read:
        columns = joint_design(periods, days, changes, trend=trend, curve=curve)
        fits.append(fit_ar1(y, columns, periods.time, bounds=RHO_BOUNDS_OF_UNIT[periods.unit]))
    by = [tuple(Contrasts.of(fit, column=k) for k in range(count)) for fit in fits]
    told = (values, joint_design(days, days, changes, trend=trend), days, fits[0])
    wanders = wandering(wander_p(*told))
    drifts = drifting(drift_shift(*told, np.eye(fits[0].beta.shape[1])[0], trend=trend))
    return Found(*by, residual_checks(fits[0]).clean, wanders, drifts)


def measure(cell: Cell, runs: int, *, seed: int = 0) -> dict[str, float]:
    """Every figure of one row."""
    row, size = {}, cell.size
    alone = {}
    for k, name in enumerate(("first", "second")):
        sizes = (0.0, size) if k == 0 else (size, 0.0)
        values = simulate(cell, runs, seed=seed + k, sizes=sizes)
        row[f"false {name}"] = _rejects(fitted(values, cell.changes()).auto(k))
        alone[f"alone {name}"] = _rejects(fitted(values, (cell.changes()[k],)).auto(0))
    both = fitted(simulate(cell, runs, seed=seed + 2, sizes=(size, -size)), cell.changes())
    for k, (name, planted) in enumerate((("first", size), ("second", -size))):
        row[f"covered {name}"] = 1 - _rejects(both.auto(k, planted))
        row[f"power {name}"] = _rejects(both.auto(k))
    return row | {"days": float(both.by_day.mean())} | alone


def _rejects(pvalues: np.ndarray) -> float:
    return float((pvalues < 0.05).mean())


def cells() -> list[Cell]:
    """Every row's data."""
    return [Cell(*c) for c in product(DESIGNS, (False, True), (180, 365), (0.0, 0.5))]


def holds(cell: Cell, row: dict[str, float]) -> bool:
    """Whether both changes meet the bars."""
    low, high = cell.bar
    false = all(low <= row[f"false {name}"] <= high for name in ("first", "second"))
    return false and all(
        COVERS[0] <= row[f"covered {name}"] <= COVERS[1] for name in ("first", "second")
    )


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    heads = ["changes", "errors", "n", "rho", "**first**", "**second**", "coverage first", "power"]
    heads += ["coverage second", "power", "chose days", "first alone", "second alone", "bars"]
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy"
    lines = ["# Calibration of several changes in one series", ""]
    lines += [(__doc__ or "").split("\n\n", 1)[1].strip(), ""]
    bars = "Bars: 3-8 % (AR(1)) or 3-9 % (with noise) rejected, 93-97 % covered."
    lines += [f"{runs} runs a cell; {day}; {versions} {scipy.__version__}. {bars}", ""]
    lines += ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for cell in cells():
        row = measure(cell, runs)
        errors = "AR(1) + noise" if cell.noise else "AR(1)"
        label = [cell.design, errors, str(cell.n), str(cell.rho)]
        figures = [f"{value:.3f}" for value in row.values()]
        verdict = "hold" if holds(cell, row) else "MISSED"
        lines.append("| " + " | ".join([*label, *figures, verdict]) + " |")
    return "\n".join(lines) + "\n"

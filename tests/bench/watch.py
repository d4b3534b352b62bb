"""How often a scorecard's pictures and alarm speak of nothing, how soon they find a shift, and whether intervals hold.

    python -m tests.bench --only watch [--runs 400]

Stable weekly series: stationary AR(1), normal, or skewed (the exponential of it with sd .5, read as it is: what the
logarithm is for). The baseline gives limits, mean, spread and correlation; 52 weeks are watched. "3 sigma" and "+ run
of 8" are what marks a chart (`variation`); "plain" is the EWMA whose limit is looked up at the estimated correlation
itself, "EWMA" the alarm (`ewma_alarm`), whose limit is for a higher one; .05 and .01 are the probabilities stated. The
bar is the stated probability plus .02, for normal weeks. "second year" is the alarm of .05 in weeks 53 to 104 where
there was none before.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import scipy

from cs_lib.methods.monitoring.control_chart import RUN_LENGTH, individuals
from cs_lib.methods.monitoring.ewma_alarm import ewma_alarm
from cs_lib.methods.monitoring.ewma_limits import SD_OF_EWMA, ewma_limit
from cs_lib.methods.monitoring.period_change import What, period_change

YEAR, SOON = 52, 8
BASELINES = (26, 39, 52, 104)
CORRELATIONS = (0.0, 0.2, 0.4, 0.6, 0.8)
PROBABILITIES = (0.05, 0.01)
# Skewed weeks, read as they are, for some of them.
SKEW, SKEWED = 0.5, tuple(product(("skewed",), (39, 104), (0.0, 0.4)))
SLACK = 0.02


def stationary(rng: np.random.Generator, runs: int, weeks: int, rho: float) -> np.ndarray:
    """Series of variance one, one a row."""
    x = rng.standard_normal((runs, weeks))
    for week in range(1, weeks):
        x[:, week] = rho * x[:, week - 1] + np.sqrt(1 - rho**2) * x[:, week]
    return x


def picture(value: np.ndarray, n: int) -> tuple[bool, bool]:
    """Whether a point of the watch leaves its limits, and whether it does or lies in a run of eight."""
    limits = individuals(value, np.arange(len(value)) < n, floor=-np.inf)
    outside = (value > limits.upper) | (value < limits.lower)
    side = value > limits.centre
    run, longest = 0, 0
    for place in range(len(value)):
        run = run + 1 if place and side[place] == side[place - 1] else 1
        longest = max(longest, run) if place >= n else longest
    beyond = bool(outside[n:].any())
    return beyond, beyond or longest >= RUN_LENGTH


def read(value: np.ndarray, n: int) -> tuple[bool, ...]:
    """For each probability whether the plain rule and ours signal; the plain limit is that of the estimate itself."""
    baseline = np.arange(len(value)) < n
    found = [ewma_alarm(value, baseline, probability=p) for p in PROBABILITIES]
    far = np.nanmax(np.abs(found[0].ewma - found[0].centre)) / (SD_OF_EWMA * found[0].sd)
    plain = [far > ewma_limit(p, n, found[0].correlation) for p in PROBABILITIES]
    return tuple(
        v for pair in zip(plain, found, strict=True) for v in (pair[0], bool(pair[1].signals))
    )


NAMES = tuple(f"{rule} {p}" for p in PROBABILITIES for rule in ("plain", "EWMA"))
FIGURES = ("3 sigma", "+ run of 8", *NAMES)


def shares(values: np.ndarray, n: int) -> dict[str, float]:
    """How often each rule signals."""
    told = [(*picture(value, n), *read(value, n)) for value in values]
    return dict(zip(FIGURES, np.mean(told, axis=0).tolist(), strict=True))


def stable(shape: str, n: int, rho: float, runs: int) -> dict[str, float]:
    """Shares of series with a signal in the year after the baseline, and in the year after that."""
    rng = np.random.default_rng([n, int(100 * rho), 5])
    values = stationary(rng, runs, n + 2 * YEAR, rho)
    if shape == "skewed":
        values = np.exp(SKEW * values)
    figures = shares(values[:, : n + YEAR], n)
    first = np.array([flagged(value, n) for value in values])
    quiet = first[(first < 0) | (first >= n + YEAR)]  # throughout the first year
    return figures | {"second year": float(np.mean(quiet >= 0))}


def flagged(value: np.ndarray, n: int) -> int:
    """Place of the first alarm; -1 without one."""
    found = ewma_alarm(value, np.arange(len(value)) < n, probability=PROBABILITIES[0])
    return found.signals[0].flagged if found.signals else -1


def found_soon(n: int, rho: float, size: float, runs: int) -> dict[str, float]:
    """Shares of series that move at the first watched week and are told so within eight."""
    rng = np.random.default_rng([n, int(100 * rho), 7])
    values = stationary(rng, runs, n + SOON, rho)
    values[:, n:] += size
    return shares(values, n)


def dated(n: int, rho: float, size: float, runs: int) -> dict[str, float]:
    """What the first signal says of a shift after 20 watched weeks, eight weeks after it was flagged."""
    rng = np.random.default_rng([n, int(100 * rho), 8])
    start = n + 20
    late, crossing, near, held = [], [], [], []
    for value in stationary(rng, runs, n + YEAR, rho):
        value[start:] += size
        baseline = np.arange(len(value)) < n
        whole = ewma_alarm(value, baseline, probability=0.05)
        if not whole.signals or whole.signals[0].flagged < start:
            continue
        end = min(whole.signals[0].flagged + SOON, len(value))
        seen = ewma_alarm(value[:end], baseline[:end], probability=0.05)
        signal = seen.signals[0]
        other = np.flatnonzero((seen.ewma[: signal.flagged] - seen.centre) * signal.size < 0)
        crossed = int(other[-1]) + 1 if len(other) else n
        late.append(signal.since - start)
        crossing.append(crossed - start)
        near.append((abs(late[-1]) <= 2, abs(crossing[-1]) <= 2))
        held.append(signal.low <= size <= signal.high)
    both = np.mean(near, axis=0)
    return {
        "flagged": len(late) / runs,
        "median error": float(np.median(late)),
        "within two weeks": float(both[0]),
        "crossing: median error": float(np.median(crossing)),
        "crossing: within two weeks": float(both[1]),
        "interval holds": float(np.mean(held)),
    }


def weeks_to_signal(rule: str, runs: int) -> float:
    """Mean weeks to a false signal of independent weeks whose limits are known."""
    rng = np.random.default_rng(11)
    waited = np.zeros(runs)
    run, side, going = np.zeros(runs), np.zeros(runs), np.ones(runs, bool)
    while going.any():
        point = rng.standard_normal(runs)
        waited += going
        now = np.sign(point)
        run, side = np.where(now == side, run + 1, 1), now
        going &= (np.abs(point) <= 3) & ((run < RUN_LENGTH) | (rule == "3 sigma"))
    return float(waited.mean())


@dataclass(frozen=True)
class Kind:
    """A metric of a scorecard: what it is, how its weeks vary (sd of logs), cases a week and its level."""

    name: str
    what: What
    sd: float
    cases: int
    level: float

    def draw(
        self, rng: np.random.Generator, weeks: int, rho: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Both parts by week."""
        level = self.level * np.exp(self.sd * stationary(rng, 1, weeks, rho)[0] - self.sd**2 / 2)
        cases = rng.poisson(self.cases, weeks) + 1
        if self.what == "rate":
            return rng.poisson(level * cases).astype(float), cases.astype(float)
        if self.what == "share":
            return rng.binomial(cases, np.minimum(level, 1)).astype(float), cases.astype(float)
        # Durations of one contact are about as skewed as an exponential of sd 1.
        sums = rng.gamma(cases / 1.7, 1.7 * level)
        return sums, cases.astype(float)


KINDS = (
    Kind("rate .05 of 1,000, weeks vary by 10 %", "rate", 0.1, 1000, 0.05),
    Kind("rate .05 of 1,000, weeks vary by 30 %", "rate", 0.3, 1000, 0.05),
    Kind("rate .01 of 100, counting alone", "rate", 0.0, 100, 0.01),
    Kind("share .1 of 200, weeks vary by 20 %", "share", 0.2, 200, 0.1),
    Kind("mean of 200, weeks vary by 15 %", "mean", 0.15, 200, 10.0),
    Kind("mean of 20, weeks vary by 40 %", "mean", 0.4, 20, 10.0),
)
SPANS = ((30, 4), (52, 1), (52, 4), (104, 13))
COVERED = (0.0, 0.2, 0.4, 0.6)


def covered(kind: Kind, weeks: int, period: int, rho: float, runs: int) -> tuple[float, float]:
    """How often the intervals of the level and of no change hold."""
    rng = np.random.default_rng([weeks, period, int(100 * rho), KINDS.index(kind)])
    held = []
    for _ in range(runs):
        found = period_change(*kind.draw(rng, weeks, rho), period, what=kind.what)
        level = found.recent.low <= kind.level <= found.recent.high
        held.append((level, found.low <= 0 <= found.high))
    level, change = np.mean(held, axis=0)
    return float(level), float(change)


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    versions = (
        f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}"
    )
    lines = ["# What a watch says of nothing, and how soon of something", ""]
    lines += [(__doc__ or "").split("\n\n", 2)[2].strip(), ""]
    fewer = max(1, runs * 3 // 4)
    lines += [f"{runs} runs a cell, {fewer} in the last table; {day}; {versions}.", ""]
    for part in (_stable, _soon, _dated, _waits, _covered):
        lines += [*part(runs), ""]
    return "\n".join(lines)


def _row(*cells: object) -> str:
    return "| " + " | ".join(f"{c:.3f}" if isinstance(c, float) else str(c) for c in cells) + " |"


def _head(title: str, words: str, names: list[str]) -> Iterator[str]:
    yield from (f"## {title}", "", words, "", _row(*names), "|---" * len(names) + "|")


def _stable(runs: int) -> Iterator[str]:
    figures = [*FIGURES, "second year"]
    words = "Share of stable series with a signal in 52 weeks."
    yield from _head("False signals", words, ["weeks", "baseline", "rho", *figures, "bar"])
    for shape, n, rho in (*product(("normal",), BASELINES, CORRELATIONS), *SKEWED):
        found = stable(shape, n, rho, runs)
        holds = all(found[f"EWMA {p}"] <= p + SLACK for p in PROBABILITIES)
        verdict = ("holds" if holds else "MISSED") if shape == "normal" else "–"
        yield _row(shape, n, str(rho), *(found[f] for f in figures), verdict)


def _soon(runs: int) -> Iterator[str]:
    words = "Share of normal series that move by so many standard deviations and are told within eight weeks."
    yield from _head(
        "Shifts found within eight weeks", words, ["shift", "baseline", "rho", *FIGURES]
    )
    for size, n, rho in product((1.0, 2.0), BASELINES, CORRELATIONS[:4]):
        found = found_soon(n, rho, size, runs)
        yield _row(f"{size:.0f} sd", n, str(rho), *found.values())


def _dated(runs: int) -> Iterator[str]:
    words = (
        "A shift after 20 of 52 watched weeks, read up to eight weeks after the first signal. `since` is the likeliest "
        "first week; beside it the week in which the EWMA crossed the centre. The interval is that of the size."
    )
    names: list[str] = []
    for size, n, rho in product((1.0, 2.0), (39, 104), (0.0, 0.4)):
        found = dated(n, rho, size, runs)
        if not names:
            names = list(found)
            heads = ["shift", "baseline", "rho", *names]
            yield from _head("When it began, and how large it is", words, heads)
        yield _row(f"{size:.0f} sd", n, str(rho), *found.values())


def _waits(runs: int) -> Iterator[str]:
    words = "Mean weeks to a false signal, independent normal weeks, limits known; 370.4 and 152.7 are published."
    yield from _head("Weeks to a false signal", words, ["rule", "weeks"])
    for rule in ("3 sigma", "+ run of 8"):
        yield _row(rule, f"{weeks_to_signal(rule, 20 * runs):.0f}")


def _covered(runs: int) -> Iterator[str]:
    words = (
        "Share of 95 % intervals of `period_change` that hold the level, and the change of none; the weeks before are "
        "as many as the period's. Meant to be .93 to .97 up to a correlation of .4; a cell is known to some .025."
    )
    heads = ["metric", "weeks", "period", *(f"level, rho {rho}" for rho in COVERED)]
    heads += [f"change, rho {rho}" for rho in COVERED]
    yield from _head("A period against the one before", words, heads)
    for kind, (weeks, period) in product(KINDS, SPANS):
        both = [covered(kind, weeks, period, rho, max(1, runs * 3 // 4)) for rho in COVERED]
        yield _row(kind.name, weeks, period, *(b[0] for b in both), *(b[1] for b in both))

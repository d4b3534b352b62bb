"""The table of `cs_lib.methods.monitoring.ewma_limits`, made anew: python -m tests.bench.watch_limits [--runs 400000].

Stationary normal AR(1) weeks: a baseline gives mean and standard deviation, 52 weeks more an EWMA of weight .2 that
starts at the baseline's mean. The limit is the quantile of the largest distance in those weeks, in standard deviations
of the EWMA of independent weeks. All correlations of a length are read on the same shocks, so that the table is smooth.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np

WEIGHT, YEAR = 0.2, 52
SD_OF_EWMA = (WEIGHT / (2 - WEIGHT)) ** 0.5
PROBABILITIES = (0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002)
WEEKS = (20, 26, 39, 52, 78, 104, 156)
CORRELATIONS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
CHUNK = 20_000


def farthest(rng: np.random.Generator, runs: int, weeks: int, correlation: float) -> np.ndarray:
    """The largest distance of the EWMA in the year after the baseline, one a run."""
    shocks = rng.standard_normal((weeks + YEAR, runs))
    x = np.empty_like(shocks)
    x[0] = shocks[0]
    for week in range(1, len(x)):
        x[week] = correlation * x[week - 1] + np.sqrt(1 - correlation**2) * shocks[week]
    centre, spread = x[:weeks].mean(axis=0), x[:weeks].std(axis=0, ddof=1)
    ewma, most = np.zeros(runs), np.zeros(runs)
    for point in (x[weeks:] - centre) / spread:
        ewma += WEIGHT * (point - ewma)
        most = np.maximum(most, np.abs(ewma))
    return most / SD_OF_EWMA


def limits(weeks: int, correlation: float, runs: int) -> np.ndarray:
    """The limit of each probability."""
    seeds = range(-(-runs // CHUNK))
    most = [farthest(np.random.default_rng(seed), CHUNK, weeks, correlation) for seed in seeds]
    return np.quantile(np.concatenate(most), 1 - np.array(PROBABILITIES))


def rows(runs: int) -> Iterator[str]:
    """The table as it stands in the module."""
    for weeks in WEEKS:
        yield f"    (  # {weeks} weeks"
        for correlation in CORRELATIONS:
            numbers = ", ".join(f"{limit:.3f}" for limit in limits(weeks, correlation, runs))
            yield f"        ({numbers}),"
        yield "    ),"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=400_000)
    for row in rows(parser.parse_args().runs):
        print(row, flush=True)

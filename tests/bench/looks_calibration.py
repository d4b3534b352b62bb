"""How often a test that is looked at every day cries wolf, and whether it finds what it was planned for.

Two arms of 50 customers a day each for 60 days, a look every day, spending planned for exactly
these looks. "ever" is the share of runs without effect in which some look rejected at 5 % (at
5,000 runs its own standard error is 0.003), also when looking starts on day 8. "covered" is
the share of runs with a planted effect of 0.05 standard deviations in which every look's interval
held it. Money is zero for four of five customers and lognormal (sigma 1 or 1.5) for the rest. Power
is for the effect and the n that the plan gave; "n times" is what the looks added. The sample ratio
is watched daily, 100 units a day.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import scipy
from scipy import special

from cs_lib.methods.ab.sample_ratio import sample_ratio_watch
from cs_lib.methods.power.ab import Design, Mean, Share, equal_looks, sample_size
from cs_lib.methods.sequential.always_valid import confidence_sequence
from cs_lib.methods.sequential.spending import boundaries
from cs_lib.methods.tails import normal_quantile

Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]
DAYS, PER_DAY, CHUNK = 60, 50, 250
PUBLISHED = {
    "obrien_fleming": (4.877, 3.357, 2.680, 2.290, 2.031),
    "pocock": (2.438, 2.427, 2.410, 2.397, 2.386),
}


def money(sigma: float) -> Draw:
    """Lognormal for one of five customers, zero for the others."""

    def draw(rng: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
        return rng.lognormal(0, sigma, size) * (rng.random(size) < 0.2)

    return draw


def money_sd(sigma: float) -> float:
    """Standard deviation of that money."""
    return float(np.sqrt(0.2 * np.exp(2 * sigma**2) - (0.2 * np.exp(sigma**2 / 2)) ** 2))


DATA: dict[str, tuple[Draw, float]] = {
    "normal": (lambda rng, size: rng.normal(size=size), 1.0),
    "money, sigma 1": (money(1.0), money_sd(1.0)),
    "money, sigma 1.5": (money(1.5), money_sd(1.5)),
}


def looks(
    draw: Draw,
    runs: int,
    *,
    effect: float = 0.0,
    days: int = DAYS,
    per_day: int = PER_DAY,
    seed: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Difference of means, Welch's standard error and df, runs x days, over all customers so far."""
    parts = list(_chunks(draw, runs, effect, days, per_day, np.random.default_rng([seed, 3])))
    gap, se, df = (np.concatenate(part) for part in zip(*parts, strict=True))
    return gap, se, df


def normal_z(t: np.ndarray, df: np.ndarray) -> np.ndarray:
    """Size of the normal value with the same tail as a t value, as `looks.monitor` takes it."""
    return -special.ndtri(special.stdtr(df, -np.abs(t)))


def _chunks(
    draw: Draw, runs: int, effect: float, days: int, per_day: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, ...]]:
    n = per_day * np.arange(1, days + 1)
    for start in range(0, runs, CHUNK):
        values = draw(rng, (2, min(CHUNK, runs - start), days, per_day))
        values[1] += effect
        total = values.sum(axis=-1).cumsum(axis=-1)
        squares = (values**2).sum(axis=-1).cumsum(axis=-1)
        variance = (squares - total**2 / n) / (n - 1)
        variance = np.maximum(variance, 1e-12)
        df = (n - 1) * variance.sum(axis=0) ** 2 / (variance**2).sum(axis=0)
        yield (total[1] - total[0]) / n, np.sqrt(variance.sum(axis=0) / n), df


def critical_values() -> dict[str, np.ndarray]:
    """Half-width in standard errors at each of the daily looks, by method."""
    n = 2 * PER_DAY * np.arange(1, DAYS + 1)
    sequence = confidence_sequence(np.zeros(DAYS), np.ones(DAYS), n, planned_n=n[-1])
    return {
        "unadjusted": np.full(DAYS, normal_quantile(0.975)),
        "O'Brien-Fleming": boundaries(equal_looks(DAYS)).upper,
        "Pocock": boundaries(equal_looks(DAYS), kind="pocock").upper,
        "confidence sequence": sequence.high,
    }


def level(name: str, runs: int, *, seed: int = 0) -> dict[str, dict[str, float]]:
    """By method: rejected ever, from day 1 and from day 8, and the planted effect covered."""
    draw, sd = DATA[name]
    effect = 0.05 * sd
    gap, se, df = looks(draw, runs, seed=seed)
    moved, moved_se, moved_df = looks(draw, runs, effect=effect, seed=seed + 1)
    null, off = normal_z(gap / se, df), normal_z((moved - effect) / moved_se, moved_df)
    rows = {}
    for method, critical in critical_values().items():
        out, held = null >= critical, off <= critical
        rows[method] = {
            "ever": float(out.any(axis=1).mean()),
            "ever, from day 8": float(out[:, 7:].any(axis=1).mean()),
            "covered": float(held.all(axis=1).mean()),
        }
    return rows


def planned_power(kind: str, count: int, runs: int, *, share: bool, seed: int = 0) -> float:
    """Share of runs that reject at some look when the effect and n are those of the plan."""
    design = Design(looks=equal_looks(count), kind=kind)
    outcome, effect = (Share(0.3), 0.06) if share else (Mean(1.0), 0.2)
    per_look = -(-sample_size(outcome, effect, design)[0] // count)
    rng = np.random.default_rng([seed, count])
    n = per_look * np.arange(1, count + 1)
    if share:
        draws = [rng.binomial(per_look, p, (runs, count)) for p in (0.3, 0.36)]
        control, treated = (x.cumsum(axis=1) / n for x in draws)
        se = np.sqrt((control * (1 - control) + treated * (1 - treated)) / n)
        z = (treated - control) / se
    else:
        draw = DATA["normal"][0]
        gap, error, df = looks(draw, runs, effect=effect, days=count, per_day=per_look, seed=seed)
        z = normal_z(gap / error, df)
    critical = boundaries(design.looks, kind=kind).upper
    return float((np.abs(z) >= critical).any(axis=1).mean())


def false_alarms(runs: int, *, days: int = 120, per_day: int = 100, seed: int = 0) -> list[float]:
    """Share of fair tests in which the e-value of the split ever reached 20, 100 and 1000."""
    rng = np.random.default_rng([seed, days])
    plan = {"control": 1.0, "coupon": 1.0, "call": 2.0}
    largest = []
    for _ in range(runs):
        daily = rng.multinomial(per_day, [0.25, 0.25, 0.5], days).cumsum(axis=0)
        counts = dict(zip(plan, daily.T, strict=True))
        largest.append(sample_ratio_watch(counts, plan).largest_e)
    return [float((np.array(largest) >= e).mean()) for e in (20, 100, 1000)]


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy"
    lines = ["# Looks: level, coverage and power", "", __doc__.split("\n\n", 1)[1].strip()]
    lines += ["", f"{runs} runs a cell; {day}; {versions} {scipy.__version__}.", ""]
    lines += [*_published(), "", *_levels(runs), "", *_powers(runs), "", *_alarms(runs)]
    return "\n".join(lines) + "\n"


def _rows(heads: list[str], rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def _published() -> list[str]:
    rows = []
    for kind, known in PUBLISHED.items():
        ours = boundaries(equal_looks(5), kind=kind).upper
        far = np.abs(ours - known).max()
        rows.append([kind, ", ".join(f"{x:.4f}" for x in ours), str(known)[1:-1], f"{far:.4f}"])
    return _rows(["five equal looks", "here", "published", "largest difference"], rows)


def _levels(runs: int) -> list[str]:
    rows = []
    for name in DATA:
        for method, row in level(name, runs).items():
            slack = 2 * np.sqrt(0.05 * 0.95 / runs)
            verdict = "hold" if row["ever"] <= 0.05 + slack else "above 5 %"
            rows.append([name, method, *(f"{x:.3f}" for x in row.values()), verdict])
    return _rows(["data", "method", "ever", "ever, from day 8", "covered", "level"], rows)


def _powers(runs: int) -> list[str]:
    rows = []
    for kind in ("obrien_fleming", "pocock"):
        for count in (1, 5, 14):
            inflation = Design(looks=equal_looks(count), kind=kind).inflation
            found = [planned_power(kind, count, runs, share=share) for share in (False, True)]
            rows.append([kind, str(count), f"{inflation:.3f}", *(f"{x:.3f}" for x in found)])
    return _rows(["spending", "looks", "n times", "power, mean", "power, share"], rows)


def _alarms(runs: int) -> list[str]:
    found = [f"{x:.4f}" for x in false_alarms(runs)]
    rows = [["fair split, 120 days", *found], ["bound", "0.0500", "0.0100", "0.0010"]]
    return _rows(["sample ratio", "ever e >= 20", "e >= 100", "e >= 1000"], rows)


def main() -> None:
    """Print the table, or write it."""
    parser = argparse.ArgumentParser(description="Calibration of looks at a running test.")
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--date", default="undated")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    page = table(options.runs, options.date)
    if options.out:
        options.out.write_text(page, encoding="utf-8")
    else:
        print(page)


if __name__ == "__main__":
    main()

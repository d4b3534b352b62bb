"""How often a weekly wait is said to have shifted that did not, and how often one that did is found, with its week.

Weekly waits vary by `sd` on the logarithmic scale, week to week correlated by `rho`. `alone` is the share of single
series without a shift that have p at most .05, `of ten` the share of desks of ten such series on which any is found by
Holm at .05. Among ten series one is `ratio` times as long from the middle week on: `found` is how often it is found,
`week` how often then the week is right to one. `drift` is the share of series that double in a straight line and are
said to have shifted, `pulse` of those that are three times as long for six weeks only.
"""

from __future__ import annotations

import platform

import numpy as np

from cs_lib.methods.process.worst_week import worst_weeks

WEEKS, RHOS = (26, 39, 52), (0.0, 0.3, 0.5, 0.7)
SD, SERIES = 0.25, 10
RATIOS = (3.0, 1.5)


def waits(rng: np.random.Generator, series: int, weeks: int, rho: float) -> np.ndarray:
    """Weekly waits without a shift, one row a series."""
    noise = rng.standard_normal((series, weeks))
    for week in range(1, weeks):
        noise[:, week] = rho * noise[:, week - 1] + np.sqrt(1 - rho**2) * noise[:, week]
    return 10 * np.exp(SD * noise)


def shifts(rows: np.ndarray):
    """Of series called by their places."""
    return worst_weeks([(str(i), row) for i, row in enumerate(rows)])


def measured(weeks: int, rho: float, runs: int, seed: int = 1) -> dict[str, float]:
    """The numbers of one row; each desk gives ten series alone."""
    rng = np.random.default_rng([seed, weeks, int(10 * rho)])
    sums: dict[str, list[float]] = {}
    middle = weeks // 2

    def noted(name: str, value: float) -> None:
        sums.setdefault(name, []).append(value)

    for _ in range(runs):
        rows = waits(rng, SERIES, weeks, rho)
        quiet = shifts(rows)
        noted("alone", float(np.mean([one.pvalue <= 0.05 for one in quiet])))
        noted("of ten", float(any(one.found for one in quiet)))
        for ratio in RATIOS:
            moved = rows.copy()
            moved[0, middle:] *= ratio
            one = shifts(moved)[0]
            noted(f"found {ratio:g}", float(one.found))
            if one.found:
                noted(f"week {ratio:g}", float(abs(one.week - middle) <= 1))
        lines, pulses = rows.copy(), rows.copy()
        lines *= 2 ** (np.arange(weeks) / (weeks - 1))
        pulses[:, middle : middle + 6] *= 3
        for name, wrong in (("drift", lines), ("pulse", pulses)):
            noted(name, float(np.mean([one.found for one in shifts(wrong)])))
    return {name: float(np.mean(values)) for name, values in sums.items()}


def table(runs: int, day: str) -> str:
    """The table as Markdown; `runs` desks a row."""
    names = ["alone", "of ten", *(f"{one} {r:g}" for r in RATIOS for one in ("found", "week"))]
    names += ["drift", "pulse"]
    lines = [
        f"# The week of a shift\n\n{__doc__}\n{day}, Python {platform.python_version()},"
        f" sd {SD:g}, {runs} desks a row.\n",
        f"| weeks | rho | {' | '.join(names)} |",
        "|---" * (len(names) + 2) + "|",
    ]
    for weeks in WEEKS:
        for rho in RHOS:
            row = measured(weeks, rho, runs)
            numbers = " | ".join(f"{row[name]:.3f}" if name in row else "-" for name in names)
            lines.append(f"| {weeks} | {rho:g} | {numbers} |")
    return "\n".join([*lines, ""])

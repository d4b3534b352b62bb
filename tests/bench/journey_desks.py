"""How clearly desks with planted pains of the journey show them to plain counting, and quiet ones do not.

Desks of 20,000 customers over a year, each with a seed of its own. Satisfaction is the share of scores of 4 and 5 among
answers. Hit: resolved contacts that the log shows to be hit. Raw: points of satisfaction of these less those of others.
Within: the same inside cells of need and fifth of the time to resolution, weighted by those hit, with its standard
error. Expected: what the desk's truth says of both before anyone is asked. Effect: what the pain itself makes among
who answers. The decoy is waiting on the customer, of which nothing is planted.
"""

from __future__ import annotations

import platform
from statistics import fmean

from cs_lib.data.simulate import STORIES, simulate
from tests.data.simulate.journeys import PAINS, Gap, gap, those_of, with_pains

STEPS = (*PAINS, "waited")


def table(runs: int, day: str) -> str:
    """Loud and quiet desks as one table each, and how often an interval leaves out nothing and holds the truth."""
    head = [
        "# Pains of the journey on simulated desks",
        "",
        (__doc__ or "").replace("\n", " ").strip(),
        "",
        f"{runs} desks of each kind, {day}, Python {platform.python_version()}.",
    ]
    return "\n".join([*head, *_desks("journey", runs), *_desks("journey_quiet", runs)]) + "\n"


def _desks(story: str, runs: int) -> list[str]:
    rows, told = [], []
    for seed in range(1, runs + 1):
        desk = simulate(seed=seed, plan=STORIES[story])
        found = with_pains(desk)
        for step in STEPS:
            truth = desk.truth.journey.decoy if step == "waited" else desk.truth.journey.pain(step)
            mine = those_of(found, step)
            seen = gap(mine, step)
            effect = getattr(truth, "effect_answered", 0.0)
            told.append((step, seen, truth.gap, effect))
            rows.append(_row(seed, step, int(mine[step].sum()), seen, truth.gap, effect))
    return [
        "",
        f"## Story `{story}`",
        "",
        "| seed | step | hit | answers of these | raw | within | error | raw, expected | within, expected | effect |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *rows,
        "",
        "| step | intervals without 0 | that hold the expected | that hold the effect | mean within | mean effect |",
        "|---|---|---|---|---|---|",
        *(_summary(step, [t for t in told if t[0] == step]) for step in STEPS),
    ]


def _row(seed: int, step: str, hit: int, seen: Gap, expected, effect: float) -> str:
    numbers = (seen.raw, seen.within, seen.within_se, expected.raw, expected.within, effect)
    return (
        f"| {seed} | {step} | {hit} | {seen.answers} | " + " | ".join(map(_points, numbers)) + " |"
    )


def _summary(step: str, told: list) -> str:
    def holds(seen: Gap, value: float) -> bool:
        return abs(seen.within - value) <= 1.96 * seen.within_se

    counts = (
        sum(not holds(seen, 0.0) for _, seen, _, _ in told),
        sum(holds(seen, expected.within) for _, seen, expected, _ in told),
        sum(holds(seen, effect) for _, seen, _, effect in told),
    )
    means = (fmean(t[1].within for t in told), fmean(t[3] for t in told))
    return f"| {step} | " + " | ".join([*map(str, counts), *map(_points, means)]) + " |"


def _points(share: float) -> str:
    return f"{round(100 * share, 1) + 0.0:.1f}"

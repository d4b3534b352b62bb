"""How often a check of data health fails on clean desks, and how often days that were taken out or doubled are found.

The first table has shipped studies of the demo desk, each on so many desks of 20,000 customers: how often each of their
checks does not pass. `no_other_change` and `same_amount_of_work` are right: other changes are in the log, and a mended
manual halves its contacts. The second has whole sources of 2,000 customers, judged as the notebook does, the third
their daily rows alone, each table beside the one that explains it. The last plants days in desks of 4,000 customers: a
row has so many desks, each with its own place in the year; `share left` multiplies the rows. Found means a hole, or a
surge, that touches the planted days; `days off` is the mean distance of its first day.
"""

from __future__ import annotations

import platform
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from cs_lib import data, experiment, metrics, params
from cs_lib.data import simulate as desks
from cs_lib.methods.monitoring.fillings import Filling
from cs_lib.methods.monitoring.volume_runs import holes, surges
from tests.diagnosis.data_health.conftest import health_of, health_study

SOURCE = """source: clean_{seed}
title: A clean desk
timezone: Asia/Shanghai
currency: CNY
simulate: {{seed: {seed}, customers: 2000}}
"""
ROOT = Path(__file__).resolve().parents[2]
STUDIES = (
    "coupon_after_complaint",
    "three_perks",
    "care_by_agent",
    "faster_routing",
    "manual_fix",
    "script_change",
)
TABLES = {
    "contacts": "opened_at",
    "orders": "ordered_at",
    "surveys": "offered_at",
    "events": "ts",
}
AHEAD = pd.Timedelta(hours=8)  # of the desk's zone
UNTIL = np.datetime64("2026-07-01")
MARGIN = 60  # days at both ends in which nothing is planted
PLANTED = (
    ("hole", 3, 0.0),
    ("hole", 5, 0.0),
    ("hole", 7, 0.15),
    ("hole", 14, 0.25),
    ("hole", 60, 0.0),
    ("end", 3, 0.0),
    ("end", 14, 0.15),
    ("end", 35, 0.2),
    ("surge", 1, 6.0),
    ("surge", 5, 3.0),
    ("surge", 7, 2.5),
    ("surge", 14, 2.2),
    ("surge", 21, 4.0),
)
Daily = dict[str, tuple[np.ndarray, np.ndarray]]


@cache
def daily(seed: int, customers: int) -> Daily:
    """Days and rows of each table of a quiet desk."""
    desk = desks.simulate(seed=seed, customers=customers, plan=desks.STORIES["usual"])
    found = {}
    for name, stamp in TABLES.items():
        at = (pd.to_datetime(desk.tables[name][stamp]) + AHEAD).to_numpy().astype("datetime64[D]")
        days = np.arange(at.min(), UNTIL)
        at = at[at < UNTIL]
        found[name] = days, np.bincount((at - days[0]).astype(int), minlength=len(days))
    return found


def filling(desk: Daily, name: str, counts: np.ndarray) -> Filling:
    """A table's days beside those of the table that explains it."""
    days = desk[name][0]
    theirs, rows = desk["contacts" if name == "orders" else "orders"]
    beside = np.interp(days.astype(float), theirs.astype(float), rows.astype(float))
    return Filling(days, counts, beside=beside)


def planted(counts: np.ndarray, kind: str, length: int, left: float, rng: np.random.Generator):
    """A table's rows with some days changed, and the place of the first of them."""
    start = (
        len(counts) - length
        if kind == "end"
        else int(rng.integers(MARGIN, len(counts) - MARGIN - length))
    )
    changed, part = counts.copy(), slice(start, start + length)
    fewer = left < 1
    changed[part] = rng.binomial(counts[part], left) if fewer else np.rint(counts[part] * left)
    return changed, start


def table(runs: int, day: str) -> str:
    """All tables as Markdown; `runs` desks a row."""
    head = f"# Data health\n\n{__doc__}\n{day}, Python {platform.python_version()}, {runs} desks a row.\n"
    parts = (_studies(runs), _checks(runs), _clean(runs), _found(runs))
    return "\n".join([head, *(line for part in parts for line in (*part, ""))])


def failed_checks(name: str, seed: int, home: Path) -> list[str]:
    """The checks of a shipped study that do not pass on a desk of another seed; `home` is the project's folder."""
    settings = yaml.safe_load((ROOT / "params" / f"{name}.yaml").read_text(encoding="utf-8"))
    source = settings["source"]
    told = yaml.safe_load((ROOT / "params" / "sources" / f"{source}.yaml").read_text("utf-8"))
    told["simulate"]["seed"] = seed
    (home / "params" / "sources" / f"{source}.yaml").write_text(yaml.safe_dump(told))
    (home / "params" / f"{name}.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True))
    study = params.load(name)
    desk = data.load(study)
    try:
        result = experiment.analyze(metrics.gather(desk, study), study)
    finally:
        desk.close()
    return [check.code for check in result.checks if check.passed is False]


@contextmanager
def project() -> Iterator[Path]:
    """A project's folder with our notebooks, no study and no source."""
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CS_HOME", home)
        (Path(home) / "params" / "sources").mkdir(parents=True)
        (Path(home) / "notebooks").symlink_to(ROOT / "notebooks")
        yield Path(home)


def _studies(runs: int) -> list[str]:
    """Every check of the shipped studies of one desk."""
    lines = ["| study | desks | checks that did not pass |", "|---|---|---|"]
    with project() as home:
        for name in STUDIES:
            failed = Counter(
                c for seed in range(1, runs + 1) for c in failed_checks(name, seed, home)
            )
            named = ", ".join(f"{code} ({n})" for code, n in sorted(failed.items())) or "none"
            lines.append(f"| {name} | {runs} | {named} |")
    return lines


def _checks(runs: int) -> list[str]:
    """Every check on whole sources."""
    failed, verdicts = Counter[str](), Counter[str]()
    with project() as home:
        for seed in range(1, runs + 1):
            source = SOURCE.format(seed=seed)
            (home / "params" / "sources" / f"clean_{seed}.yaml").write_text(source)
            result = health_of(health_study(f"clean_{seed}"))
            verdicts[result.decision.verdict] += 1
            failed.update({finding.check.code for finding in result.findings if finding.failed})
    lines = ["| whole sources | fit | checks that failed |", "|---|---|---|"]
    named = ", ".join(f"{code} ({n})" for code, n in sorted(failed.items())) or "none"
    return [*lines, f"| {runs} | {verdicts['fit']} | {named} |"]


def _clean(runs: int) -> list[str]:
    lines = ["| clean desks | table | with a hole | with a surge |", "|---|---|---|---|"]
    for name in TABLES:
        looked = [
            filling(desk, name, desk[name][1])
            for desk in (daily(s, 2_000) for s in range(1, runs + 1))
        ]
        alarms = [sum(bool(look(one)) for one in looked) for look in (holes, surges)]
        lines.append(f"| {runs} | {name} | {alarms[0]} | {alarms[1]} |")
    return lines


def _found(runs: int) -> list[str]:
    rng = np.random.default_rng(1)
    lines = [
        "| planted | days | share left | table | found | days off |",
        "|---|---|---|---|---|---|",
    ]
    for kind, length, left in PLANTED:
        for name in ("contacts", "orders", "events"):
            off = [
                _distance(daily(1 + i % 5, 4_000), name, (kind, length, left), rng)
                for i in range(runs)
            ]
            hit = [one for one in off if one is not None]
            mean = f"{np.mean(hit):.1f}" if hit else ""
            lines.append(
                f"| {kind} | {length} | {left:g} | {name} | {len(hit)} of {runs} | {mean} |"
            )
    return lines


def _distance(
    desk: Daily, name: str, fault: tuple[str, int, float], rng: np.random.Generator
) -> int | None:
    """Days between the first day planted and the first found; None where nothing was found."""
    kind, length, left = fault
    counts, start = planted(desk[name][1], kind, length, left, rng)
    first = desk[name][0][start]
    runs = (surges if kind == "surge" else holes)(filling(desk, name, counts))
    touching = [
        r for r in runs if r.first <= (first + length - 1).item() and r.last >= first.item()
    ]
    return abs((touching[0].first - first.item()).days) if touching else None

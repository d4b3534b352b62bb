"""How often the notebook of needs tells a need as new that did not rise, on small desks of 9,000 customers.

FDR is the mean share of such needs among those told, nothing told being none; the decoys of a desk (a need that only
follows holidays, one whose share rises because others fall) count as false. A desk takes some three CPU seconds.
"""

from __future__ import annotations

import platform
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from cs_lib.diagnosis.needs_and_causes.news import news
from cs_lib.diagnosis.needs_and_causes.result import News
from tests.diagnosis.needs_and_causes.conftest import desk_of, evidence_of_desk

SMALL = 9_000


def table(runs: int, day: str) -> str:
    """Both kinds of desk in one table."""
    import duckdb

    shares, rises, decoys, told = list[float](), 0, Counter[str](), Counter[int]()
    for seed in range(1, runs + 1):
        found, risen = _news(seed, "emerging_needs")
        names = [one.name for one in found.rose]
        shares.append(sum(name != risen["rising"] for name in names) / max(len(names), 1))
        rises += risen["rising"] in names
        decoys.update(kind for kind, name in risen.items() if kind != "rising" and name in names)
        told[len(_news(seed, "steady_needs")[0].rose)] += 1
    quiet = ", ".join(f"{n} on {desks}" for n, desks in sorted(told.items()) if n) or "none"
    rows = [
        "# Needs told as new that did not rise",
        "",
        (__doc__ or "").replace("\n", " ").strip(),
        "",
        f"{runs} small desks of each kind, {day}, Python {platform.python_version()}, DuckDB {duckdb.__version__}.",
        "",
        f"| of {runs} small desks of each kind | |",
        "|---|---|",
        f"| FDR where something rises (at most .12 is asked for) | {sum(shares) / runs:.3f} |",
        f"| desks with a false one | {sum(share > 0 for share in shares)} |",
        f"| rising need told as new | {rises} |",
        f"| holiday decoy told | {decoys['holiday']} |",
        f"| share decoy told | {decoys['share']} |",
        f"| quiet desks with a need told as new | {runs - told[0]} |",
        f"| needs told as new, on so many quiet desks | {quiet} |",
    ]
    return "\n".join(rows) + "\n"


def _news(seed: int, story: str) -> tuple[News, dict[str, str]]:
    """What is told as new of a small desk, and its needs that were planted by kind."""
    desk = desk_of(seed, SMALL, story)
    desk_of.cache_clear()
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        evidence, study = evidence_of_desk(Path(home), patch, desk)
    truth = desk.truth.needs_and_causes
    planted = {one.kind: one.need_code for one in truth.surges} if truth else {}
    return news(evidence, study), planted

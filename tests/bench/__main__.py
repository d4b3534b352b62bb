"""`make bench`: the tables behind docs/evidence.md, written to docs/bench/. Never part of the tests."""

import argparse
import platform
import tempfile
from datetime import date
from pathlib import Path

from tests.bench import (
    ab_calibration,
    before_after_checks,
    changes_calibration,
    designs_calibration,
    duration_calibration,
    emerging,
    false_positives,
    health_calibration,
    history,
    holidays,
    journey_desks,
    journey_gaps,
    journey_pages,
    journey_weeks,
    looks_calibration,
    needs_desks,
    needs_quiet,
    needs_scale,
    planning,
    portfolio,
    rate_calibration,
    scale,
    scorecard_desks,
    scorecard_scale,
    slopes,
    speed,
    teams_calibration,
    teams_partial,
    teams_rates,
    teams_spreads,
    teams_stock,
    verdicts,
    waiting_calibration,
    wander,
    watch,
)

SIMULATED = {
    "looks": (looks_calibration, 5000),
    "perk_tests": (ab_calibration, 2000),
    "teams": (teams_calibration, 1500),
    "teams_beside": (teams_stock, 5000),
    "teams_spreads": (teams_spreads, 1500),
    "teams_rates": (teams_rates, 1000),
    "teams_partial": (teams_partial, 1000),
    "false_positives": (false_positives, 5000),
    "wander": (wander, 1500),
    "history": (history, 300),
    "slopes": (slopes, 1500),
    "verdicts": (verdicts, 300),
    "placebo": (before_after_checks, 2000),
    "holidays": (holidays, 2000),
    "rates": (rate_calibration, 1500),
    "durations": (duration_calibration, 1500),
    "waiting": (waiting_calibration, 200),
    "changes": (changes_calibration, 1500),
    "designs": (designs_calibration, 300),
    "planning": (planning, 1000),
    "portfolio": (portfolio, 2000),
    "needs": (needs_desks, 12),
    "journey_desk": (journey_desks, 12),
    "journey_pages": (journey_pages, 12),
    "needs_quiet": (needs_quiet, 100),
    "scorecard_desks": (scorecard_desks, 100),
    "health": (health_calibration, 20),
    "emerging": (emerging, 2000),
    "journey_gaps": (journey_gaps, 2000),
    "journey_weeks": (journey_weeks, 300),
    "watch": (watch, 400),
}
TABLES = ("speed", "scale", "needs_scale", "scorecard_scale", *SIMULATED)
FOLDER = Path(__file__).resolve().parents[2] / "docs" / "bench"


def main() -> None:
    """Run the chosen tables; all by default."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", choices=TABLES, action="append", help="one table; may repeat")
    parser.add_argument("--runs", type=int, help="simulated data sets per row")
    parser.add_argument("--rounds", type=int, default=5, help="timings per way")
    given = parser.parse_args()
    chosen = given.only or TABLES
    FOLDER.mkdir(parents=True, exist_ok=True)
    today = date.today().isoformat()
    if "speed" in chosen:
        with tempfile.TemporaryDirectory() as folder:
            table = speed.measure(Path(folder), given.rounds)
        head = f"# Speed\n\nMedians of {given.rounds}, interleaved. {today}, Python {platform.python_version()}.\n\n"
        (FOLDER / "speed.md").write_text(head + table, encoding="utf-8")
        print(table)
    if "scale" in chosen:
        table = scale.table(given.rounds, today)
        (FOLDER / "scale.md").write_text(table, encoding="utf-8")
        print(table)
    for one in (needs_scale, scorecard_scale):
        name = one.__name__.rsplit(".", 1)[-1]
        if name in chosen:
            table = one.table(given.rounds, today)
            (FOLDER / f"{name}.md").write_text(table, encoding="utf-8")
            print(table)
    for name, (module, runs) in SIMULATED.items():
        if name in chosen:
            table = module.table(given.runs or runs, today)
            (FOLDER / f"{name}.md").write_text(table, encoding="utf-8")
            print(table)


if __name__ == "__main__":
    main()

"""What the scorecard's own counts cost, beside its daily metrics, against one read of the columns they need.

`BENCH_SCORECARD=1e6` chooses how many contacts, `1e6,1e7` both. Contacts and orders are those of `needs_scale`, with a
step `created` and a step `resolved` of each contact, and for one in thirty a step `reopened` and a resolution more.
Each count is asked for a year, the drivers for the last two periods of four weeks.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from tests.bench.needs_scale import DRAW, SOURCE, generate, spent

DAYS = date(2025, 7, 2), date(2026, 6, 30)
COLUMNS = {
    "contacts": (
        "strlen(contact_id)", "strlen(customer_id)", "strlen(order_id)", "strlen(need_code)", "strlen(channel)",
        "epoch_us(opened_at)", "epoch_us(resolved_at)", "strlen(status)",
    ),
    "orders": ("strlen(order_id)", "strlen(customer_id)", "epoch_us(ordered_at)"),
    "events": ("strlen(contact_id)", "strlen(stage)", "epoch_us(ts)", "seq"),
}  # fmt: skip
SAID = {
    "backlog": "open contacts by age, with steps that reopen",
    "customers": "customers with a problem over active ones",
    "drivers": "drivers of two periods",
}


def steps(folder: Path) -> None:
    """The steps of the contacts, as a table beside them."""
    import duckdb

    con = duckdb.connect(config={"memory_limit": "3GB", "temp_directory": str(folder)})
    again = f"{DRAW('i', 61, 30)} = 0"
    parts = (
        "SELECT contact_id, opened_at AS ts, 1 AS seq, 'created' AS stage FROM c UNION ALL"
        " SELECT contact_id, resolved_at, 2, 'resolved' FROM c WHERE resolved_at IS NOT NULL UNION ALL"
        f" SELECT contact_id, resolved_at + INTERVAL 1 DAY, 3, 'reopened' FROM c WHERE {again} AND"
        " resolved_at IS NOT NULL UNION ALL"
        f" SELECT contact_id, resolved_at + INTERVAL 9 DAY, 4, 'resolved' FROM c WHERE {again} AND"
        " resolved_at IS NOT NULL"
    )
    con.execute(f"CREATE VIEW c AS SELECT * FROM read_parquet('{folder}/contacts.parquet')")
    path = folder / "events.parquet"
    con.execute(f"COPY ({parts}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 500000)")
    con.close()


def floor(folder: Path) -> float:
    """CPU seconds of one read of every column that the counts need, decoded and summed."""
    import duckdb

    duckdb.sql("SELECT 1").fetchall()
    began = spent()
    for table, columns in COLUMNS.items():
        sums = ", ".join(f"sum(CAST({column} AS DOUBLE))" for column in columns)
        duckdb.sql(f"SELECT {sums} FROM read_parquet('{folder}/{table}.parquet')").fetchall()
    return spent() - began


def ours(folder: Path) -> dict[str, float]:
    """CPU seconds of each count."""
    from cs_lib import params
    from cs_lib.data.desk import desk_of
    from cs_lib.metrics.queries.scorecard.backlog import backlog
    from cs_lib.metrics.queries.scorecard.customers import problem_customers
    from cs_lib.metrics.queries.scorecard.drivers import driver_counts

    home = folder / "project"
    for part in ("params/sources", "notebooks"):
        (home / part).mkdir(parents=True, exist_ok=True)
    files = "".join(f"  {name}: {{file: {name}.parquet}}\n" for name in COLUMNS)
    (home / "params" / "sources" / "scale.yaml").write_text(SOURCE.format(folder=folder) + files)
    os.environ |= {
        "CS_HOME": str(home),
        "CS_ALLOW": str(folder),
        "CS_CACHE": str(folder.parent / f"cache-{folder.name}"),
    }
    desk = desk_of(params.load_source("scale"), date(2026, 7, 1))
    asked: dict[str, Callable[[], object]] = {
        "backlog": lambda: backlog(desk, *DAYS),
        "customers": lambda: problem_customers(desk, *DAYS),
        "drivers": lambda: driver_counts(desk, DAYS[1]),
    }
    found = {}
    for name, count in asked.items():
        began = spent()
        count()
        found[name] = spent() - began
    desk.close()
    return found


def child(name: str, folder: Path) -> None:
    """One way in a process of its own: CPU seconds and peak memory, as JSON."""
    told: dict[str, Any] = {"floor": floor(folder)} if name == "floor" else ours(folder)
    peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
    print(json.dumps(told | {"mb": int(peak) / 1024}))


def measured(rows: int, rounds: int) -> list[str]:
    """The table of one size: medians of interleaved rounds."""
    found: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="cs-bench-") as home:
        folder = Path(home) / "tables"
        folder.mkdir()
        generate(rows, folder)
        steps(folder)
        for _ in range(rounds):
            one: dict[str, float] = {}
            for name in ("floor", "ours"):
                words = [sys.executable, "-m", "tests.bench.scorecard_scale", name, str(folder)]
                done = subprocess.run(words, check=True, capture_output=True, text=True)
                one |= json.loads(done.stdout.splitlines()[-1])
            found.append(one | {"all": sum(one[name] for name in SAID)})

    def line(name: str, words: str) -> str:
        cost = statistics.median(one[name] for one in found)
        return f"| {rows:,} | {words} | {cost:.2f} | {cost / base:.1f} |"

    base = statistics.median(one["floor"] for one in found)
    lines = [line("floor", "one read of the columns of contacts, orders and steps")]
    lines += [line(name, f"– {words}") for name, words in SAID.items()]
    peak = max(one["mb"] for one in found)
    return [*lines, f"{line('all', '**all three**')[:-2]}, at most {peak:.0f} MB |"]


def table(rounds: int, today: str) -> str:
    """Every size as Markdown."""
    import duckdb

    sizes = [int(float(n)) for n in os.environ.get("BENCH_SCORECARD", "1e6").split(",")]
    versions = f"{today}, Python {platform.python_version()}, DuckDB {duckdb.__version__}"
    head = (
        f"# What the scorecard's own counts cost\n\n{(__doc__ or '').split(chr(10), 2)[2]}\n"
        "In a process of its own, loading and imports left out. CPU seconds of all threads; the ratio is to one read of"
        f" the columns in the same run. {versions}, medians of {rounds}.\n\n"
        "| contacts | what | CPU seconds | of one read |\n|---|---|---|---|\n"
    )
    return head + "\n".join(line for rows in sizes for line in measured(rows, rounds)) + "\n"


if __name__ == "__main__":
    child(sys.argv[1], Path(sys.argv[2]))

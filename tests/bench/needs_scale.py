"""What the evidence of needs costs, statement by statement, against one read of the columns it needs.

`BENCH_NEEDS=1e6` chooses how many contacts, `1e6,1e7` both: ten million take some minutes, 1 GB of disk and at most
6 GB of memory. A sixth of the contacts repeats an earlier one of the same customer and need; one in two names an order;
people coded 3,000 of them, and four rules speak. The tables are Parquet and made by the engine from hashes alone.
"""

from __future__ import annotations

import json
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NEEDS, CODED = 24, 3_000
SOURCE = """source: scale
title: Scale
folder: {folder}
timezone: Asia/Shanghai
currency: CNY
observed_until: "2026-07-01T00:00:00"
memory_limit_gb: 4
tables:
"""
STUDY = """study: scale
notebook: needs_and_causes
question: What should we fix first at scale?
as_of: "2026-07-01"
source: scale
design: {period: ["2025-07-02", "2026-06-30"]}
attribution:
  rules:
    - {name: late, owner: business_process, root_cause: B1, when: {late_order: true}}
    - {name: manual, owner: product, root_cause: P3, when: {issue: [I3, I4]}}
    - {name: chat, owner: service_flow, when: {channel: [chat], priority: [high]}}
    - {name: word, owner: agent, when: {subject_has: [seven]}}
"""
COLUMNS = (
    "strlen(contact_id)", "strlen(customer_id)", "strlen(order_id)", "strlen(issue)", "strlen(need_code)",
    "strlen(owner)", "strlen(root_cause)", "epoch_us(opened_at)", "epoch_us(resolved_at)", "strlen(status)",
    "strlen(team_id)", "strlen(product_id)", "strlen(agent_id)", "handle_seconds", "strlen(subject)",
    "strlen(channel)", "strlen(priority)",
)  # fmt: skip
SAID = {
    "imports": "nothing but the engine",
    "floor": "one read of the columns of contacts",
    "contacts": "all evidence of needs, from contacts alone",
    "everything": "all evidence, with orders, agents, codings and rules",
}
PARTS = {
    "nobodies": "customers that are no single ones",
    "codes": "which codes there are",
    "_contacts": "contacts as whole numbers, orders, people's codings and rules joined",
    "_beside": "teams, channels, products and agents",
    "_by_customer": "one grouping by customer and need",
    "_pairs": "who follows whom",
    "returns": "who came back",
    "cells": "contacts by need, owner and cause",
    "totals": "sums over customers",
    "weekly": "needs by week",
    "sample": "codings beside codes",
    "coded_contacts": "codings that find their contact",
    "rule_hits": "which rules speak",
    "written": "texts",
    "work": "where work is recorded",
    "problem_orders": "orders with a problem",
    "people": "people",
}
DRAW = "CAST(hash({0} * {1} + {1}) % {2} AS BIGINT)".format


def generate(rows: int, folder: Path) -> None:
    """Contacts, orders, agents and codings of a desk of so many contacts."""
    import duckdb

    con = duckdb.connect(config={"memory_limit": "3GB", "temp_directory": str(folder)})
    con.execute(f"SET VARIABLE rows = {rows}")

    def save(name: str, query: str) -> None:
        path = folder / f"{name}.parquet"
        con.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 500000)")

    people, orders = max(1, rows * 2 // 5), max(1, rows // 2)
    # Every sixth contact is of the customer and the need of the one before it, up to 60 days later.
    first = "CASE WHEN i % 6 = 5 THEN i - 1 ELSE i END"
    moment = f"TIMESTAMP '2025-01-01 00:00:00' + to_seconds({DRAW('b', 7, 46_000_000)})"
    opened = f"{moment} + to_seconds(CASE WHEN i % 6 = 5 THEN 90000 + {DRAW('i', 5, 5_184_000)} ELSE 0 END)"
    need = f"least({DRAW('b', 17, NEEDS)}, {DRAW('b', 19, NEEDS)})"
    ended = f"opened_at + to_seconds({DRAW('i', 11, 86_400)})"
    save(
        "contacts",
        f"SELECT *, CASE WHEN {DRAW('i', 12, 20)} > 0 THEN {ended} END AS resolved_at FROM ("
        f"SELECT i, 'K' || i AS contact_id,"
        f" CASE WHEN {DRAW('b', 2, 25)} > 0 THEN 'C' || {DRAW('b', 3, people)} END AS customer_id,"
        f" CASE WHEN {DRAW('i', 4, 2)} = 0 THEN 'O' || {DRAW('i', 6, orders)} END AS order_id,"
        f" 'I' || {need} % 6 AS issue, CASE WHEN {DRAW('b', 21, 12)} > 0 THEN 'need_' || {need} END AS need_code,"
        f" CASE WHEN {DRAW('i', 22, 5)} > 0 THEN (['agent', 'product', 'business_process', 'service_flow'])"
        f"[1 + {DRAW('i', 23, 4)}] END AS owner,"
        f" CASE WHEN {DRAW('i', 22, 5)} > 0 THEN (['A1', 'P1', 'B1', 'S1'])[1 + {DRAW('i', 23, 4)}] END AS root_cause,"
        f" {opened} AS opened_at,"
        f" CASE WHEN {DRAW('i', 24, 50)} = 0 THEN 'spam' ELSE 'resolved' END AS status,"
        f" 'T' || {DRAW('i', 13, 12)} AS team_id, 'P' || {DRAW('i', 14, 200)} AS product_id,"
        f" 'A' || {DRAW('i', 15, 300)} AS agent_id, {DRAW('i', 16, 2400)} + 60e0 AS handle_seconds,"
        f" concat('my thing number ', (['one', 'three', 'seven', 'nine'])[1 + {DRAW('i', 31, 4)}], ' is ',"
        f" (['late', 'broken', 'wrong', 'gone'])[1 + {DRAW('i', 32, 4)}]) AS subject,"
        f" (['chat', 'phone', 'email'])[1 + {DRAW('i', 33, 3)}] AS channel,"
        f" (['high', 'low'])[1 + {DRAW('i', 34, 2)}] AS priority"
        f" FROM (SELECT i, {first} AS b FROM range({rows}) t(i)) t) c",
    )
    placed = f"TIMESTAMP '2025-01-01' + to_seconds({DRAW('i', 41, 46_000_000)})"
    save(
        "orders",
        f"SELECT 'O' || i AS order_id, 'C' || {DRAW('i', 42, people)} AS customer_id, {placed} AS ordered_at,"
        f" {placed} + INTERVAL 5 DAY AS promised_at,"
        f" {placed} + to_seconds({DRAW('i', 43, 600_000)}) AS delivered_at,"
        f" 'P' || {DRAW('i', 44, 200)} AS product_id FROM range({orders}) t(i)",
    )
    save(
        "agents",
        "SELECT 'A' || i AS agent_id, 20 + i / 10e0 AS cost_per_hour FROM range(300) t(i)",
    )
    save(
        "codings",
        f"SELECT 'K' || i * {max(1, rows // CODED)} AS contact_id, 'H' || j AS coder, 'human' AS method,"
        f" TIMESTAMP '2026-06-30' + to_seconds(i + j) AS coded_at, 'need_' || {DRAW('i', 51, NEEDS)} AS need_code,"
        f" (['agent', 'product', 'business_process', 'service_flow', 'unknown'])[1 + {DRAW('i', 52, 5)}] AS owner,"
        f" 'A1' AS root_cause FROM range({min(CODED, rows)}) t(i), range(2) k(j) WHERE j = 0 OR i % 5 = 0",
    )
    con.close()


def floor(folder: Path) -> None:
    """Every column of contacts that the study reads, decoded and summed."""
    import duckdb

    sums = ", ".join(f"sum(CAST({column} AS DOUBLE))" for column in COLUMNS)
    duckdb.sql(f"SELECT {sums} FROM read_parquet('{folder}/contacts.parquet')").fetchall()


def spent() -> float:
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def ours(folder: Path, names: Sequence[str], *, rules: bool) -> dict[str, float]:
    """CPU seconds by the part of the evidence that spends them, and of all of it."""
    from cs_lib import data, metrics, params

    home = folder / "project"
    for part in ("params/sources", "notebooks"):
        (home / part).mkdir(parents=True, exist_ok=True)
    files = "".join(f"  {name}: {{file: {name}.parquet}}\n" for name in names)
    source = SOURCE.format(folder=folder) + files
    (home / "params" / "sources" / "scale.yaml").write_text(source)
    settings = STUDY if rules else STUDY.split("attribution:")[0]
    (home / "params" / "scale.yaml").write_text(settings)
    os.environ |= {
        "CS_HOME": str(home),
        "CS_ALLOW": str(folder),
        "CS_CACHE": str(folder.parent / f"cache-{folder.name}"),
    }
    study = params.load("scale")
    desk = data.load(study)
    found = Counter[str]()
    with timed(found):
        began = spent()
        metrics.gather(desk, study)
        found["all"] = spent() - began
    desk.close()
    return dict(found)


@contextmanager
def timed(found: Counter[str]) -> Iterator[None]:
    """Statements of the engine counted by what asks for them."""
    from cs_lib.data.engines.duckdb import DuckDB

    inner = DuckDB._execute

    def execute(self: Any, sql: str, values: Any = None) -> Any:
        began = spent()
        done = inner(self, sql, values)
        found[_asking(sys._getframe(1))] += spent() - began
        return done

    DuckDB._execute = execute
    try:
        yield
    finally:
        DuckDB._execute = inner


def _asking(frame: Any) -> str:
    """The part of the evidence that a statement belongs to, by the functions that lead to it."""
    while frame is not None:
        name = frame.f_code.co_name
        if name in PARTS and "queries" in frame.f_code.co_filename:
            return name
        frame = frame.f_back
    return "other"


def child(name: str, folder: Path) -> None:
    """One way in a process of its own: CPU and wall seconds, peak memory, and the parts, as JSON."""
    began, parts = time.perf_counter(), dict[str, float]()
    if name == "imports":
        import duckdb

        duckdb.sql("SELECT 1").fetchall()
    elif name == "floor":
        floor(folder)
    elif name == "contacts":
        parts = ours(folder, ["contacts"], rules=False)
    else:
        parts = ours(folder, ["contacts", "orders", "agents", "codings"], rules=True)
    peak = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())
    told = {
        "s": time.perf_counter() - began,
        "cpu": spent(),
        "mb": int(peak[1]) / 1024 if peak else 0,
    }
    print(json.dumps(told | {"parts": parts}))


def measured(rows: int, rounds: int) -> list[str]:
    """The table of one size: medians of interleaved rounds, as CPU seconds and as a ratio to one read."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in SAID}
    with tempfile.TemporaryDirectory(prefix="cs-bench-") as home:
        folder = Path(home) / "tables"
        folder.mkdir()
        generate(rows, folder)
        for _ in range(rounds):
            for name in SAID:
                words = [sys.executable, "-m", "tests.bench.needs_scale", name, str(folder)]
                done = subprocess.run(words, check=True, capture_output=True, text=True)
                found[name].append(json.loads(done.stdout.splitlines()[-1]))

    def middle(name: str, part: str) -> float:
        return statistics.median(one["parts"].get(part, 0.0) for one in found[name])

    imports = statistics.median(one["cpu"] for one in found["imports"])
    base = statistics.median(one["cpu"] for one in found["floor"]) - imports
    lines = [f"| {rows:,} | one read of the columns of contacts | {base:.2f} | 1.0 | |"]
    for name in ("contacts", "everything"):
        peak = max(one["mb"] for one in found[name])
        whole = middle(name, "all")
        lines.append(
            f"| {rows:,} | **{SAID[name]}** | {whole:.2f} | {whole / base:.1f} | {peak:.0f} |"
        )
        for part, words in PARTS.items():
            cost = middle(name, part)
            if cost >= 0.005 * whole:
                lines.append(f"| {rows:,} | – {words} | {cost:.2f} | {cost / base:.1f} | |")
    return lines


def table(rounds: int, today: str) -> str:
    """Every size as Markdown."""
    import duckdb

    sizes = [int(float(n)) for n in os.environ.get("BENCH_NEEDS", "1e6").split(",")]
    versions = f"{today}, Python {platform.python_version()}, DuckDB {duckdb.__version__}"
    head = (
        f"# What the evidence of needs costs\n\n{(__doc__ or '').split(chr(10), 2)[2]}\n"
        "Each way in a process of its own, loading and imports left out. CPU seconds of all threads; the ratio is to"
        f" one read of contacts in the same run. {versions}, medians of {rounds}.\n\n"
        "| contacts | what | CPU seconds | of one read | peak MB |\n|---|---|---|---|---|\n"
    )
    return head + "\n".join(line for rows in sizes for line in measured(rows, rounds)) + "\n"


if __name__ == "__main__":
    child(sys.argv[1], Path(sys.argv[2]))

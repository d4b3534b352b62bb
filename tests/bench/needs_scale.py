"""What the evidence of needs costs, statement by statement, against one read of the columns it needs.

`BENCH_NEEDS=1e6` chooses how many contacts; `1e7` takes ten minutes and 6 GB. A sixth of the contacts repeats an
earlier one of the same customer and need; one in two names an order; people coded 3,000 of them, and four rules speak.
The tables are Parquet and made by the engine from hashes alone.
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
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

"""How a study grows with its tables: whole processes on Parquet of any size, interleaved, with their peak memory.

`BENCH_ROWS=1e6,1e7,1e8` chooses the sizes: customers of a perk test, events of a before/after study; `BENCH_KINDS`
chooses the studies, by comma.
"""

from __future__ import annotations

import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SOURCE = """source: scale
title: Scale
folder: {folder}
timezone: UTC
currency: CNY
observed_until: "2026-04-29T00:00:00"
memory_limit_gb: {memory}
tables:
"""
PERK = """study: scale
notebook: perk_ab_test
question: Does a coupon bring customers back at scale?
as_of: "2026-05-01"
source: scale
design:
  {experiment: perk, control: control, arms: [coupon], split: {control: 0.5, coupon: 0.5},
   period: ["2026-01-05", "2026-03-06"]}
measure:
  {primary_metric: repurchase_30d, secondary: [revenue_30d], covariates: [spent_before_90d],
   segments: [segment, region]}
money: {margin_rate: 0.3, window_days: 30}
rule: {alpha: 0.05, min_effect: 0.01, planned_n: 1000}
"""
FLOW = """study: scale
notebook: before_after
question: Did the new routing make us faster at scale?
as_of: "2026-05-01"
source: scale
design:
  intervention_date: "2026-02-15"
  pre_period: ["2025-10-01", "2026-02-14"]
  post_period: ["2026-02-15", "2026-04-10"]
  scope: {team_id: [T0, T1, T2, T3]}
measure:
  primary_metric: resolution_hours
  guardrails: {csat: 0.1}
  secondary: [first_response_minutes, handoffs, reopen_rate]
rule: {min_effect: 1}
"""
HEALTH = """study: scale
notebook: data_health
question: What can this source answer at scale?
as_of: "2026-05-01"
source: scale
"""
JOURNEY = """study: scale
notebook: journey_map
question: Where on the way does it hurt at scale?
as_of: "2026-05-01"
source: scale
design: {period: ["2025-10-01", "2026-04-28"]}
"""
STUDIES = {"perk": PERK, "flow": FLOW, "health": HEALTH, "journey": JOURNEY}
PERK_TABLES = ("perk_assignments", "customers", "orders", "contacts")
FLOW_TABLES = ("contacts", "events", "surveys", "agents")
HEALTH_TABLES = ("contacts", "events", "surveys", "orders", "customers", "agents")
JOURNEY_TABLES = ("contacts", "events", "surveys")
TABLES = {
    "perk": PERK_TABLES,
    "flow": FLOW_TABLES,
    "health": HEALTH_TABLES,
    "journey": JOURNEY_TABLES,
}
READ = {
    "perk": {
        "perk_assignments": (
            "strlen(customer_id)", "strlen(contact_id)", "strlen(variant)", "epoch_us(assigned_at)", "unit_cost",
        ),
        "customers": ("strlen(customer_id)", "strlen(segment)", "strlen(region)"),
        "orders": ("strlen(customer_id)", "epoch_us(ordered_at)", "amount"),
        "contacts": ("strlen(contact_id)", "strlen(customer_id)", "strlen(need_code)", "epoch_us(opened_at)"),
    },
    "flow": {
        "contacts": (
            "strlen(contact_id)", "strlen(customer_id)", "epoch_us(opened_at)", "epoch_us(first_response_at)",
            "epoch_us(resolved_at)", "strlen(status)", "strlen(team_id)", "strlen(need_code)", "handle_seconds",
        ),
        "events": ("strlen(contact_id)", "epoch_us(ts)", "seq", "strlen(stage)", "strlen(team_id)"),
        "surveys": ("strlen(contact_id)", "epoch_us(offered_at)", "score"),
    },
    "health": {
        "contacts": (
            "strlen(contact_id)", "strlen(customer_id)", "strlen(order_id)", "epoch_us(opened_at)",
            "epoch_us(first_response_at)", "epoch_us(resolved_at)", "epoch_us(closed_at)", "strlen(status)",
            "strlen(team_id)", "strlen(need_code)", "strlen(agent_id)", "handle_seconds", "strlen(channel)",
        ),
        "events": (
            "strlen(contact_id)", "epoch_us(ts)", "seq", "strlen(stage)", "strlen(actor)", "strlen(team_id)",
            "strlen(agent_id)",
        ),
        "surveys": (
            "strlen(survey_id)", "strlen(contact_id)", "strlen(kind)", "epoch_us(offered_at)", "epoch_us(answered_at)",
            "score", "scale_min", "scale_max",
        ),
        "orders": ("strlen(order_id)", "strlen(customer_id)", "epoch_us(ordered_at)", "amount"),
        "customers": ("strlen(customer_id)", "strlen(segment)", "strlen(region)"),
        "agents": ("strlen(agent_id)", "cost_per_hour"),
    },
    "journey": {
        "contacts": (
            "strlen(contact_id)", "strlen(customer_id)", "epoch_us(opened_at)", "epoch_us(resolved_at)",
            "epoch_us(closed_at)", "strlen(status)", "strlen(team_id)", "strlen(need_code)", "strlen(channel)",
        ),
        "events": (
            "strlen(contact_id)", "epoch_us(ts)", "seq", "strlen(stage)", "strlen(raw_stage)", "strlen(actor)",
            "strlen(team_id)", "strlen(agent_id)", "is_public",
        ),
        "surveys": ("strlen(contact_id)", "epoch_us(offered_at)", "epoch_us(answered_at)", "score"),
    },
}  # fmt: skip


Wanted = dict[str, tuple[str, int]]  # columns over a row number `i`, and how many rows
DRAW = "CAST(hash(i * {0} + {0}) % {1} AS BIGINT)".format


def generate(kind: str, rows: int, folder: Path) -> None:
    """The tables of a study, from hashes alone."""
    import duckdb

    con = duckdb.connect()
    for name, (columns, count) in MADE[kind](rows).items():
        rows_of = f" FROM range({count}) t(i)" if count else ""
        path = folder / f"{name}.parquet"
        con.execute(f"COPY (SELECT {columns}{rows_of}) TO '{path}' (ROW_GROUP_SIZE 500000)")


def perk_tables(rows: int) -> Wanted:
    """A perk test of so many customers."""
    moment = f"TIMESTAMP '2026-01-05 08:00:00' + to_seconds({DRAW(7, 5_184_000)})"
    coupon = f"{DRAW(1, 2)} = 1"
    return {
        "perk_assignments": (
            f"'A' || i AS assignment_id, 'perk' AS experiment_id, 'C' || i AS customer_id, 'K' || i AS contact_id,"
            f" CASE WHEN {coupon} THEN 'coupon' ELSE 'control' END AS variant,"
            f" CASE WHEN {coupon} THEN 'coupon' ELSE 'none' END AS perk_kind, {moment} AS assigned_at,"
            f" CASE WHEN {coupon} THEN {moment} END AS delivered_at,"
            f" CASE WHEN {coupon} THEN 0.5e0 ELSE 0e0 END AS unit_cost",
            rows,
        ),
        "customers": (
            f"'C' || i AS customer_id, 'S' || {DRAW(3, 4)} AS segment, 'R' || {DRAW(5, 5)} AS region",
            rows,
        ),
        "orders": (
            f"'O' || i AS order_id, 'C' || {DRAW(11, rows)} AS customer_id,"
            f" TIMESTAMP '2025-10-01' + to_seconds({DRAW(13, 18_144_000)}) AS ordered_at,"
            f" round(exp(1 + {DRAW(17, 4000)} / 1000e0), 2) AS amount",
            2 * rows,
        ),
        "contacts": (
            f"'K' || i AS contact_id, 'C' || i AS customer_id, {moment} - INTERVAL 2 DAY AS opened_at,"
            " 'resolved' AS status,"
            f" {moment} - INTERVAL 1 DAY AS resolved_at, true AS is_complaint, 'N' || {DRAW(19, 3)} AS need_code",
            rows,
        ),
    }


def flow_tables(rows: int) -> Wanted:
    """A before/after study of so many events, five a contact."""
    n = rows // 5
    opened = f"TIMESTAMP '2025-10-01' + to_seconds({DRAW(7, 16_500_000)})"
    return {
        "contacts": (
            f"'K' || i AS contact_id, 'C' || {DRAW(3, max(1, n // 3))} AS customer_id, {opened} AS opened_at,"
            f" {opened} + to_seconds({DRAW(9, 20_000)}) AS first_response_at,"
            f" {opened} + to_seconds(20000 + {DRAW(11, 900_000)}) AS resolved_at, 'resolved' AS status,"
            f" 'T' || {DRAW(13, 8)} AS team_id, 'N' || {DRAW(17, 6)} AS need_code, 'A' || {DRAW(19, 200)} AS agent_id,"
            f" {DRAW(23, 3600)} + 0e0 AS handle_seconds, 'chat' AS channel",
            n,
        ),
        "events": (
            "'K' || k.i AS contact_id, opened + to_seconds(took * n // 4) AS ts, n AS seq,"
            " ['created', 'assigned', 'replied', 'transferred', 'resolved'][n + 1] AS stage,"
            " 'T' || ((team + n) % 8) AS team_id"
            f" FROM (SELECT i, {opened} AS opened, 20000 + {DRAW(11, 900_000)} AS took, {DRAW(13, 8)} AS team"
            f" FROM range({n}) t(i)) k, range(5) r(n)",
            0,
        ),
        "surveys": (
            f"'S' || i AS survey_id, 'K' || i AS contact_id, 'csat' AS kind, {opened} + INTERVAL 12 DAY AS offered_at,"
            f" {opened} + INTERVAL 13 DAY AS answered_at, 1e0 + {DRAW(29, 5)} AS score,"
            " 1e0 AS scale_min, 5e0 AS scale_max",
            n // 4,
        ),
        "agents": ("'A' || i AS agent_id, 20 + i / 10e0 AS cost_per_hour", 200),
    }


def health_tables(rows: int) -> Wanted:
    """A whole source of so many rows: of eight, five are events, one a contact, the others what stands around them."""
    n = rows // 8
    opened = f"TIMESTAMP '2025-10-01' + to_seconds({DRAW(7, 16_500_000)})"
    ended = f"{opened} + to_seconds(20000 + {DRAW(11, 900_000)})"
    people = max(1, n // 2)
    return {
        "contacts": (
            f"'K' || i AS contact_id, 'C' || {DRAW(3, people)} AS customer_id,"
            f" 'O' || {DRAW(5, n + n // 4)} AS order_id,"
            f" {opened} AS opened_at, {opened} + to_seconds({DRAW(9, 20_000)}) AS first_response_at,"
            f" {ended} AS resolved_at, {ended} + to_seconds({DRAW(31, 90_000)}) AS closed_at, 'closed' AS status,"
            f" 'T' || {DRAW(13, 8)} AS team_id, 'N' || {DRAW(17, 6)} AS need_code, 'A' || {DRAW(19, 200)} AS agent_id,"
            f" {DRAW(23, 3600)} + 0e0 AS handle_seconds, 'chat' AS channel",
            n,
        ),
        "events": (
            "'K' || k.i AS contact_id, opened + to_seconds(took * n // 4) AS ts, n AS seq,"
            " ['created', 'assigned', 'replied', 'transferred', 'resolved'][n + 1] AS stage,"
            " CASE WHEN n = 0 THEN 'customer' ELSE 'agent' END AS actor,"
            " 'T' || ((team + n) % 8) AS team_id, CASE WHEN n > 0 THEN 'A' || (agent + n) % 200 END AS agent_id"
            f" FROM (SELECT i, {opened} AS opened, 20000 + {DRAW(11, 900_000)} AS took, {DRAW(13, 8)} AS team,"
            f" {DRAW(19, 200)} AS agent FROM range({n}) t(i)) k, range(5) r(n)",
            0,
        ),
        "surveys": (
            f"'S' || i AS survey_id, 'K' || i AS contact_id, 'csat' AS kind, {opened} + INTERVAL 12 DAY AS offered_at,"
            f" CASE WHEN {DRAW(37, 3)} = 0 THEN {opened} + INTERVAL 13 DAY END AS answered_at,"
            f" CASE WHEN {DRAW(37, 3)} = 0 THEN 1e0 + {DRAW(29, 5)} END AS score, 1e0 AS scale_min, 5e0 AS scale_max",
            n // 4,
        ),
        "orders": (
            f"'O' || i AS order_id, 'C' || {DRAW(41, people)} AS customer_id,"
            f" TIMESTAMP '2025-10-01' + to_seconds({DRAW(43, 18_144_000)}) AS ordered_at,"
            f" round(exp(1 + {DRAW(17, 4000)} / 1000e0), 2) AS amount",
            n + n // 4,
        ),
        "customers": (
            f"'C' || i AS customer_id, 'S' || {DRAW(3, 4)} AS segment, 'R' || {DRAW(5, 5)} AS region",
            people,
        ),
        "agents": ("'A' || i AS agent_id, 20 + i / 10e0 AS cost_per_hour", 200),
    }


def journey_tables(rows: int) -> Wanted:
    """A log of so many steps, five a contact, with some two thousand different ways."""
    n = rows // 5
    tables = health_tables(8 * n)
    stages = (
        "['queued', 'assigned', 'in_progress', 'replied', 'waiting_customer', 'waiting_third_party', 'transferred',"
        " 'escalated', 'other', 'reopened', 'resolved', 'replied']"
    )
    stage = f"CASE n WHEN 0 THEN 'created' WHEN 4 THEN 'resolved' ELSE {stages}[1 + (hash(k.i * 5 + n) % 12)::INT] END"
    return {
        "contacts": tables["contacts"],
        "events": (
            "*, concat('step ', stage) AS raw_stage FROM"
            f" (SELECT 'K' || k.i AS contact_id, opened + to_seconds(took * n // 4) AS ts, n AS seq, {stage} AS stage,"
            " CASE WHEN n = 0 OR hash(k.i + n) % 9 = 0 THEN 'customer' ELSE 'agent' END AS actor, TRUE AS is_public,"
            " 'T' || ((team + hash(k.i - n) % 2 * n) % 8)::INT AS team_id,"
            " CASE WHEN n > 0 THEN 'A' || (agent + n) % 200 END AS agent_id"
            f" FROM (SELECT i, {DRAW(13, 8)} AS team, {DRAW(19, 200)} AS agent,"
            f" TIMESTAMP '2025-10-01' + to_seconds({DRAW(7, 16_500_000)}) AS opened,"
            f" 20000 + {DRAW(11, 900_000)} AS took"
            f" FROM range({n}) t(i)) k, range(5) r(n)) s",
            0,
        ),
        "surveys": tables["surveys"],
    }


MADE = {
    "perk": perk_tables,
    "flow": flow_tables,
    "health": health_tables,
    "journey": journey_tables,
}


def floor(kind: str, folder: Path) -> None:
    """Every column that the study reads, decoded and summed; a maximum would come from the files' own statistics."""
    import duckdb

    began, before = time.perf_counter(), time.process_time()
    for table, columns in READ[kind].items():
        sums = ", ".join(f"sum(CAST({column} AS DOUBLE))" for column in columns)
        duckdb.sql(f"SELECT {sums} FROM read_parquet('{folder}/{table}.parquet')").fetchall()
    spent = {"gather": time.perf_counter() - began, "gather_cpu": time.process_time() - before}
    print(json.dumps(spent))


def hand(kind: str, folder: Path) -> None:
    """What a careful analyst writes for the same study: one query, fifteen numbers for each of twenty segments."""
    import duckdb

    read = "read_parquet('{}/{}.parquet')".format
    a, o, c = (read(folder, name) for name in ("perk_assignments", "orders", "customers"))
    after = "o.ordered_at > a.assigned_at AND o.ordered_at <= a.assigned_at + INTERVAL 30 DAY"
    past = "o.ordered_at <= a.assigned_at AND o.ordered_at > a.assigned_at - INTERVAL 90 DAY"
    duckdb.sql(
        f"""WITH o AS (SELECT a.assignment_id, sum(CASE WHEN {after} THEN amount END) AS rev,
            count(CASE WHEN {after} THEN 1 END) AS k, sum(CASE WHEN {past} THEN amount END) AS pre
          FROM {a} a JOIN {o} o USING (customer_id) GROUP BY 1),
        u AS (SELECT a.variant, c.segment, c.region, CASE WHEN k > 0 THEN 1e0 ELSE 0e0 END AS buy,
            coalesce(rev, 0) AS rev, coalesce(pre, 0) AS pre, coalesce(rev, 0) * 0.3 - a.unit_cost AS net
          FROM {a} a JOIN {c} c USING (customer_id) LEFT JOIN o USING (assignment_id))
        SELECT variant, segment, region, count(*), avg(buy), avg(rev), avg(pre), avg(net), var_samp(buy), var_samp(rev),
          var_samp(pre), var_samp(net), covar_samp(buy, pre), covar_samp(rev, pre), covar_samp(net, pre)
        FROM u GROUP BY ALL"""
    ).fetchall()


def by_customer(folder: Path) -> Any:
    """One row a customer, by pandas."""
    import pandas as pd

    people = pd.read_parquet(
        folder / "perk_assignments.parquet",
        columns=["customer_id", "variant", "assigned_at", "unit_cost"],
    )
    orders = pd.read_parquet(
        folder / "orders.parquet", columns=["customer_id", "ordered_at", "amount"]
    )
    both = orders.merge(people[["customer_id", "assigned_at"]], on="customer_id")
    wait = both.ordered_at - both.assigned_at
    after = (
        both[(wait > pd.Timedelta(0)) & (wait <= pd.Timedelta(days=30))]
        .groupby("customer_id")
        .amount.agg(["size", "sum"])
    )
    past = (
        both[(wait <= pd.Timedelta(0)) & (wait > pd.Timedelta(days=-90))]
        .groupby("customer_id")
        .amount.sum()
    )
    people = (
        people.set_index("customer_id")
        .join(after)
        .join(past.rename("pre"))
        .fillna({"size": 0, "sum": 0, "pre": 0})
    )
    people["buy"], people["net"] = (
        (people["size"] > 0) * 1.0,
        people["sum"] * 0.3 - people.unit_cost,
    )
    return people


def pandas_statsmodels(kind: str, folder: Path) -> None:
    """Three outcomes with one covariate, by pandas and an interacted regression."""
    import statsmodels.formula.api as smf

    people = by_customer(folder)
    people["pre"] -= people.pre.mean()
    for outcome in ("buy", "sum", "net"):
        smf.ols(f"Q('{outcome}') ~ C(variant) * pre", people).fit(cov_type="HC2")


def tea_tasting(kind: str, folder: Path) -> None:
    """The same three outcomes by the package of that name."""
    import tea_tasting as tt

    people = by_customer(folder)
    people["variant"] = (people.variant == "coupon").astype(int)
    tt.Experiment({o: tt.Mean(o, "pre") for o in ("buy", "sum", "net")}).analyze(people)


def ours(kind: str, folder: Path, memory: float = 2, threads: int | None = None) -> None:
    """`data.load` and `metrics.gather`: all evidence of the study; the health of a source is judged as well."""
    from cs_lib import data, metrics, params
    from cs_lib.diagnosis.data_health.analyze import analyze

    home = folder / "project"
    for part in ("params/sources", "notebooks"):
        (home / part).mkdir(parents=True, exist_ok=True)
    source = SOURCE.format(folder=folder, memory=memory) + "".join(
        f"  {n}: {{file: {n}.parquet}}\n" for n in TABLES[kind]
    )
    source = source.replace("tables:", f"threads: {threads}\ntables:") if threads else source
    (home / "params" / "sources" / "scale.yaml").write_text(source)
    (home / "params" / "scale.yaml").write_text(STUDIES[kind])
    os.environ |= {
        "CS_HOME": str(home),
        "CS_ALLOW": str(folder),
        "CS_CACHE": str(folder.parent / f"cache-{folder.name}"),
    }
    study = params.load("scale")
    began = time.perf_counter()
    desk = data.load(study)
    loaded, before = time.perf_counter(), time.process_time()
    evidence = metrics.gather(desk, study)
    if kind == "health":
        analyze(evidence, study)
    spent = {"gather": time.perf_counter() - loaded, "gather_cpu": time.process_time() - before}
    print(json.dumps({"load": loaded - began, **spent}))


WAYS: dict[str, Callable[..., None]] = {
    "floor": floor, "hand": hand, "pandas": pandas_statsmodels, "tea": tea_tasting, "ours": ours,
    "ours, 1 thread": lambda kind, folder: ours(kind, folder, threads=1),
    "ours, 2 threads": lambda kind, folder: ours(kind, folder, threads=2),
    "ours, 1 GB": lambda kind, folder: ours(kind, folder, memory=1),
    "ours, 0.8 GB": lambda kind, folder: ours(kind, folder, memory=0.8),
}  # fmt: skip
ALONE = ("ours, 1 thread", "ours, 2 threads", "ours, 0.8 GB")  # of evidence measured alone
SAID = {
    "floor": "floor: the columns read and summed",
    "hand": "a hand-written query (15 numbers for each of 20 segments)",
    "pandas": "pandas and statsmodels (3 outcomes, no segments)",
    "tea": "pandas and tea-tasting (3 outcomes, no segments)",
    "ours": "cs_lib: load and all evidence",
}


def child(name: str, kind: str, folder: Path) -> None:
    """One way in a process of its own; its wall and CPU seconds and its peak memory as JSON."""
    began = time.perf_counter()
    WAYS[name](kind, folder)
    spent = resource.getrusage(resource.RUSAGE_SELF)
    peak = re.search(
        r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text()
    )  # rusage keeps the parent's
    print(
        json.dumps(
            {
                "s": time.perf_counter() - began,
                "cpu": spent.ru_utime + spent.ru_stime,
                "mb": int(peak[1]) / 1024 if peak else 0,
            }
        )
    )


def timed(
    names: list[str], kind: str, rounds: int, folder: Path
) -> dict[str, list[dict[str, float]]]:
    """What every way said of itself in each round, interleaved."""
    found: dict[str, list[dict[str, float]]] = {n: [] for n in names}
    for _ in range(rounds):
        for name in names:
            words = [sys.executable, "-m", "tests.bench.scale", name, kind, str(folder)]
            done = subprocess.run(words, check=True, capture_output=True, text=True)
            found[name].append(
                {k: v for line in done.stdout.splitlines() for k, v in json.loads(line).items()}
            )
    return found


def medians(found: dict[str, list[dict[str, float]]]) -> dict[str, dict[str, float]]:
    """The median of everything that a way said."""
    return {
        n: {k: statistics.median(one[k] for one in many) for k in many[0]}
        for n, many in found.items()
    }


def measured(kind: str, rows: int, rounds: int, folder: Path) -> list[str]:
    """Rows of the table for one size: medians, ratios to floor and to the hand-written query."""
    names = [n for n in WAYS if kind == "perk" or n == "floor" or n.startswith("ours")]
    names = [n for n in names if n not in ALONE or n == "ours, 1 thread"]
    if rows > 2e6:
        names = [n for n in names if n not in ("pandas", "tea")]
    found = timed(names, kind, rounds, folder)
    middle = medians(found)
    base, by_hand = middle["floor"]["s"], middle.get("hand", {}).get("s")
    lines = []
    for name, one in middle.items():
        said = SAID.get(name, SAID["ours"] + name.removeprefix("ours"))
        first = (
            f" ({found[name][0]['load']:.2f} s to load it the first time)" if name == "ours" else ""
        )
        ratio = f"{one['s'] / by_hand:.1f}" if by_hand else ""
        cells = [
            f"{one['s']:.2f}",
            f"{one['cpu']:.2f}",
            f"{one['s'] / base:.1f}",
            ratio,
            f"{one['mb']:.0f}",
        ]
        lines.append(f"| {rows:,} | {said}{first} | {' | '.join(cells)} |")
    return lines


def evidence_measured(kind: str, rows: int, rounds: int, folder: Path) -> list[str]:
    """Rows of the table of evidence alone: CPU seconds, so that what else runs on the machine counts for less.

    The floor is reading the columns once, evidence is `metrics.gather`, both without imports and the load; the peak is
    that of the whole process.
    """
    middle = medians(timed(["floor", *ALONE], kind, rounds, folder))
    base, lines = middle["floor"]["gather_cpu"], []
    for name, one in middle.items():
        said = SAID.get(name, "all evidence" + name.removeprefix("ours"))
        cells = [
            f"{one['gather']:.2f}",
            f"{one['gather_cpu']:.2f}",
            f"{one['gather_cpu'] / base:.1f}",
            f"{one['mb']:.0f}",
        ]
        lines.append(f"| {rows:,} | {said} | {' | '.join(cells)} |")
    return lines


def table(rounds: int, today: str) -> str:
    """Every study at every size, as Markdown."""
    import duckdb

    sizes = [int(float(n)) for n in os.environ.get("BENCH_ROWS", "1e6,1e7").split(",")]
    names = ("rows", "way", "seconds", "CPU seconds", "of floor", "of hand-written", "peak MB")
    shown = {"journey": (evidence_measured, tuple(n for n in names if n != "of hand-written"))}
    parts = [
        f"# How large can it be\n\nWhole processes, imports included, medians of {rounds}, interleaved. {today},"
        f" DuckDB {duckdb.__version__}, {os.cpu_count()} cores, memory limit 2 GB unless said.\n"
    ]
    for kind, title in (
        ("perk", "Perk test, by customers"),
        ("flow", "Before/after, by events"),
        ("health", "Data health, by rows of all tables"),
        ("journey", "Journey, by events: evidence alone, the ratio is of CPU seconds"),
    ):
        if kind not in os.environ.get("BENCH_KINDS", kind).split(","):
            continue
        measure, columns = shown.get(kind, (measured, names))
        head = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"
        lines = []
        for rows in sizes:
            with tempfile.TemporaryDirectory(prefix="cs-bench-") as home:
                folder = Path(home) / "tables"
                folder.mkdir()
                generate(kind, rows, folder)
                lines += measure(kind, rows, rounds, folder)
        parts.append(f"## {title}\n\n{head}\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    child(sys.argv[1], sys.argv[2], Path(sys.argv[3]))

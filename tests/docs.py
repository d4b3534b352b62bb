"""What in docs/ is written from the code: metrics, tables, the schema of results. `python -m tests.docs --write`."""

import json
import sys
from pathlib import Path

from cs_lib.data.contracts import TABLES
from cs_lib.data.sources.results import OWN
from cs_lib.metrics.catalogue import (
    DAILY_BUILT_IN,
    FAMILIES,
    LONGEST_WINDOW,
    PAST,
    PAST_WINDOWS,
    RATIOS,
    SURVEYED,
)
from cs_lib.params import Condition, FileSpec, MetricSpec, Roles, TableSpec
from cs_lib.params.study import Outcome
from cs_lib.report import facts

ROOT = Path(__file__).resolve().parents[1]
TYPES = {
    "text": "text",
    "time": "instant",
    "date": "day",
    "number": "number",
    "whole": "whole number",
    "flag": "true or false",
}


def metrics() -> str:
    """The page of metric definitions."""
    lines = [
        "# Metrics",
        "",
        "One definition, one name, one unit. Written from the catalogue in `cs_lib/metrics/`; a test compares.",
        "",
        "## Contacts by day (`before_after`)",
    ]
    lines += [line for metric in DAILY_BUILT_IN.values() for line in _metric(metric, metric.name)]
    lines += [
        "",
        f"## Assigned customers (`perk_ab_test`); N is any whole number from 1 to {LONGEST_WINDOW}",
    ]
    lines += [
        line
        for family in (*FAMILIES, *RATIOS, *SURVEYED)
        for line in _metric(family, f"{family.name}_Nd")
    ]
    known = ", ".join(map(str, PAST_WINDOWS))
    lines += ["", f"## Known before assignment (`covariates`); N is one of {known}"]
    lines += [line for family in PAST for line in _metric(family, f"{family.name}_Nd")]
    return "\n".join([*lines, *_own()]) + "\n"


OWN_KINDS = (
    (
        "share",
        "of rows: those that meet `yes` of those that meet `filter`",
        "by day; per customer unless followed",
    ),
    ("share", "of customers: those with any row that meets `filter`", "per customer"),
    ("mean", "of rows: `value` of each", "by day; per customer unless followed"),
    ("mean", "of customers: `value` of all their rows, summed", "per customer"),
    ("count", "rows of each customer", "per customer"),
    (
        "rate",
        "rows per row, or per 1,000 rows, of another table (`per`)",
        "by day and per customer",
    ),
    (
        "duration",
        "from the row's stamp to another (`to`), open ones with the whole `window`",
        "by day",
    ),
    ("ratio", "one metric of customers over another (`above`, `below`)", "per customer"),
)


def _own() -> list[str]:
    """How a file of params/metrics says a metric."""
    example = (ROOT / "params" / "metrics" / "fast_resolution.yaml").read_text(encoding="utf-8")
    lines = [
        "",
        "## A metric of your own (`params/metrics/NAME.yaml`)",
        "",
        "A file there is a metric like those above: primary, secondary, guardrail, in plans, on pages. Faults are",
        "told all at once; `cslib metrics` lists every metric, and `cslib metrics NAME` shows one of the catalogue",
        "as such a file where a file can say it, to start from. By day it is called by its name, per customer with",
        "a window: `NAME_60d`.",
        "",
        "```yaml",
        *example.rstrip().splitlines(),
        "```",
        "",
        "| kind | what it tells | where |",
        "|---|---|---|",
        *(f"| {kind} | {what} | {where} |" for kind, what, where in OWN_KINDS),
        "",
        "A row is followed when it is judged by what comes after it (`within`, `later_than`); it then counts once",
        "its `window` is over, so such a metric has no form per customer, whose own window may end sooner. Surveys",
        "are told by day only. Contacts that ended by their status without the stamp of it are left out where",
        "`resolved_at` is asked.",
        "",
        "| key | what it says |",
        "|---|---|",
        *(f"| {name} | {field.description} |" for name, field in MetricSpec.model_fields.items()),
        "",
        "| of a column in `filter` and `yes` | what it asks |",
        "|---|---|",
        *(f"| {name} | {field.description} |" for name, field in Condition.model_fields.items()),
        "",
        "What is not known yet when a row is dated is no condition: a stamp that comes later (but for an empty",
        "`cancelled_at`), a number that is final later, a status other than merged, spam and cancelled. Rows of the",
        "last days would be left out, or judged before their time. A changed file makes its studies stale, and the",
        "page tells it as a change of their plan.",
    ]
    return lines


def _metric(metric, name: str) -> list[str]:
    facts = (
        ("label", metric.label),
        ("unit", metric.unit),
        ("better when", metric.good),
        ("population", metric.population),
        ("counted", metric.counted),
        ("per", metric.denominator),
        ("censoring", metric.censoring),
        ("needs", ", ".join(metric.needs)),
        ("source", metric.source),
    )
    return ["", f"### `{name}`", "", *(f"- {key}: {value}" for key, value in facts)]


def tables() -> str:
    """The page of canonical tables."""
    lines = [
        "# Tables",
        "",
        "The canonical tables a source may deliver. Written from `cs_lib/data/contracts.py`; a test compares.",
        "Ids are text, instants are UTC after reading (a source names the zone of stamps without one), money is an",
        "amount in the source's currency, and empty means not yet or not recorded. Other columns are ignored.",
    ]
    for table in TABLES.values():
        lines += [
            "",
            f"## {table.name}",
            "",
            f"{table.grain[:1].upper()}{table.grain[1:]}; key: {', '.join(table.key)}.",
            "",
        ]
        lines += ["| column | type | must be there | values |", "|---|---|---|---|"]
        lines += [
            f"| {c.name} | {TYPES[c.type]} | {'yes' if c.required else ''} | {', '.join(c.values)} |"
            for c in table.columns
        ]
        lines += ["", *(f"Never: {rule.said}." for rule in table.rules)] if table.rules else []
        lines += ["", table.about] if table.about else []
    return "\n".join([*lines, *_own(), *_log(), *_files()]) + "\n"


def _own() -> list[str]:
    """Tables whose columns are the user's own."""
    about = [f"- `{table.name}`: {table.grain}" for table in OWN.values()]
    return [
        "",
        "## Tables with columns of your own",
        "",
        "A table with one row per customer of a test, or one row per day, is enough for a study; no other is needed.",
        "",
        *about,
        "",
        "```yaml",
        "tables:",
        "  results:",
        "    file: {path: test.xlsx, decimal: ','}",
        "    columns: {variant: Gruppe, customer: Kundennummer, numbers: [gekauft, Umsatz, Umsatz vorher],",
        "              labels: [Region], before: [Umsatz vorher, Region]}",
        "```",
        "",
        "A study names metrics of these columns: `share(gekauft)` of 0 and 1, `mean(Umsatz)`, `ratio(Umsatz, orders)`,",
        "by day also `share(solved, calls)` of a part and its whole. In the engine a column is called by small",
        "letters, digits and _: `umsatz_vorher`. An empty outcome is left out and told, an empty day too. Only what",
        "stands under `before` may be a covariate (`mean(Umsatz vorher)`), a segment or a cluster (`region`), and",
        "nothing of it an outcome.",
        "",
        "Of `columns`:",
        "",
        *_settings(Roles),
        "",
        "Of each metric under `measure.outcomes` of a study:",
        "",
        *_settings(Outcome),
    ]


def _log() -> list[str]:
    """How a change log is kept as files."""
    return [
        "",
        "## A change log as a folder",
        "",
        "A team that keeps its log under version control can leave it there: `flow_changes` may be a folder of YAML",
        "files, one for each change, its keys the columns of the table. `change_id` is the file's name unless it says",
        "another. A day without a time is enough; `ended_at` is then the last day on which it was on. `scope` may be",
        "written as values by column. Files below further folders count, hidden ones and `*.md` do not; every fault of",
        "every file is told at once, with its line.",
        "",
        "```yaml",
        "# params/sources/NAME.yaml",
        "tables:",
        "  flow_changes: {folder: changes/}",
        "```",
        "",
        "```yaml",
        "# changes/F04.yaml, in the folder of the source",
        "name: Skill-based routing",
        "kind: routing",
        "live_at: 2026-02-05",
        "scope: {team_id: [T01, T02, T03, T04]}",
        "rollout: staged",
        "ramp_days: 7",
        "primary_metric: resolution_hours",
        "expected_direction: down",
        "owner: service operations",
        "action: A12",
        "found_at: 2025-12-18",
        "```",
    ]


def _files() -> list[str]:
    """How a source says where a table comes from and how its file is written."""
    return [
        "",
        "## How a file is written",
        "",
        "A table of a source is a `file` or a `query` over `files`. Marks of byte order, a first line like `sep=;`,",
        "blank lines, line ends of every kind and a delimiter too many at the end of a line need no setting. Columns",
        "that repeat are called `Comment`, `Comment_2` and harm nobody who does not read them. Numbers, days and",
        "stamps in another form than `1234.56` and `2026-03-31 14:05:00` are refused with what they look like and the",
        "setting that reads them. Numbers that a query passes on as text are read as its files state; `dates` name",
        "columns of the file, which are stamps in the query.",
        "",
        "```yaml",
        "files:",
        "  sales: {path: sales.csv, delimiter: ';', decimal: ',', thousands: '.', skip_lines: 2, skip_last_lines: 1,",
        "          dates: {sold: '%d.%m.%Y %H:%M'}}",
        "tables:",
        "  orders:",
        "    query: SELECT id AS order_id, customer AS customer_id, sold AS ordered_at, total AS amount FROM sales",
        "    zones: {ordered_at: Europe/Berlin}",
        "```",
        "",
        "Of a table:",
        "",
        *_settings(TableSpec),
        "",
        "Of a file; a plain text is its `path`:",
        "",
        *_settings(FileSpec),
    ]


def _settings(model) -> list[str]:
    rows = ["| setting | unless set | what it is |", "|---|---|---|"]
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        usual = (
            "(needed)"
            if field.is_required()
            else f"`{default}`"
            if default and default != ("",)
            else ""
        )
        rows.append(f"| {name} | {usual} | {field.description or SAID.get(name, '')} |")
    return rows


SAID = {"file": "its file, with the canonical columns"}


def schema() -> str:
    """The JSON Schema of result.json."""
    return json.dumps(facts.schema(), indent=2, ensure_ascii=False) + "\n"


PAGES = {
    "docs/metrics.md": metrics,
    "docs/tables.md": tables,
    "docs/result.schema.json": schema,
}

if __name__ == "__main__" and "--write" in sys.argv:
    for path, text in PAGES.items():
        (ROOT / path).write_text(text(), encoding="utf-8")

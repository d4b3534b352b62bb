"""What in docs/ is written from the code: metrics, tables, the schema of results. `python -m tests.docs --write`."""

import json
import sys
from pathlib import Path

from cs_lib.data.contracts import TABLES
from cs_lib.metrics.catalogue import DAILY, FAMILIES, PAST, PAST_WINDOWS, RATIOS, SURVEYED, WINDOWS
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
    windows = ", ".join(map(str, WINDOWS))
    lines = [
        "# Metrics",
        "",
        "One definition, one name, one unit. Written from the catalogue in `cs_lib/metrics/`; a test compares.",
        "",
        "## Contacts by day (`before_after`)",
    ]
    lines += [line for metric in DAILY.values() for line in _metric(metric, metric.name)]
    lines += ["", f"## Assigned customers (`perk_ab_test`); N is one of {windows}"]
    lines += [
        line
        for family in (*FAMILIES, *RATIOS, *SURVEYED)
        for line in _metric(family, f"{family.name}_Nd")
    ]
    known = ", ".join(map(str, PAST_WINDOWS))
    lines += ["", f"## Known before assignment (`covariates`); N is one of {known}"]
    lines += [line for family in PAST for line in _metric(family, f"{family.name}_Nd")]
    return "\n".join(lines) + "\n"


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
    return "\n".join(lines) + "\n"


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

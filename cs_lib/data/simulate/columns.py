"""Columns of arrays, and their shape as canonical tables.

Inside the simulation a time is seconds after the first local midnight (float, NaN = has not
happened) and a reference is a row number (-1 = none). Ids, labels and UTC stamps exist only in
tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Columns: TypeAlias = dict[str, Array]

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0

SCHEMA: dict[str, dict[str, str]] = {
    "contacts": {
        "contact_id": "str", "customer_id": "str", "opened_at": "time",
        "first_response_at": "time", "resolved_at": "time", "closed_at": "time",
        "follow_up_due_at": "time", "status": "str", "channel": "str", "is_complaint": "boolean",
        "issue": "str", "need_code": "str", "owner": "str", "root_cause": "str", "priority": "str",
        "team_id": "str", "agent_id": "str", "handled_by": "str", "order_id": "str",
        "product_id": "str", "merged_into": "str", "parent_contact_id": "str",
        "handle_seconds": "float64", "subject": "str",
    },
    "events": {
        "contact_id": "str", "ts": "time", "seq": "int64", "stage": "str", "raw_stage": "str",
        "actor": "str", "agent_id": "str", "team_id": "str", "is_public": "boolean",
    },
    "surveys": {
        "survey_id": "str", "contact_id": "str", "customer_id": "str", "kind": "str",
        "offered_at": "time", "answered_at": "time", "score": "float64", "scale_min": "float64",
        "scale_max": "float64", "reason": "str",
    },
    "customers": {
        "customer_id": "str", "first_seen_at": "time", "segment": "str", "region": "str",
        "referred_by": "str",
    },
    "orders": {
        "order_id": "str", "customer_id": "str", "ordered_at": "time", "promised_at": "time",
        "delivered_at": "time", "cancelled_at": "time", "amount": "float64", "margin": "float64",
        "product_id": "str", "category": "str",
    },
    "exposure": {"date": "date", "segment": "str", "orders": "int64", "active_users": "int64"},
    "perk_assignments": {
        "assignment_id": "str", "experiment_id": "str", "customer_id": "str", "contact_id": "str",
        "variant": "str", "perk_kind": "str", "assigned_at": "time", "delivered_at": "time",
        "expires_at": "time", "face_value": "float64", "unit_cost": "float64", "stratum": "str",
    },
    "perk_redemptions": {
        "assignment_id": "str", "redeemed_at": "time", "order_id": "str",
        "discount_amount": "float64",
    },
    "flow_changes": {
        "change_id": "str", "name": "str", "kind": "str", "live_at": "time", "ended_at": "time",
        "scope": "str", "rollout": "str", "ramp_days": "int64", "primary_metric": "str",
        "expected_direction": "str", "owner": "str", "comparison_scope": "str",
    },
    "agents": {
        "agent_id": "str", "team_id": "str", "kind": "str", "hired_at": "time",
        "cost_per_hour": "float64",
    },
    "teams": {
        "team_id": "str", "name": "str", "tier": "int64", "timezone": "str", "calendar_id": "str",
    },
    "codings": {
        "contact_id": "str", "coder": "str", "method": "str", "coded_at": "time", "need_code": "str",
        "owner": "str", "root_cause": "str", "stratum": "str", "sampling_weight": "float64",
    },
    "calendars": {"calendar_id": "str", "weekday": "int64", "open": "str", "close": "str"},
}  # fmt: skip


ONLY_IN_STORIES = {"follow_up_due_at"}


def take(columns: Columns, rows: Array) -> Columns:
    """The chosen rows of every column."""
    return {name: values[rows] for name, values in columns.items()}


def concat(parts: Sequence[Columns]) -> Columns:
    """Parts with the same columns, one after the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def make_ids(prefix: str, count: int, width: int) -> Array:
    """Ids such as C0000001, in row order."""
    return np.array([f"{prefix}{i:0{width}d}" for i in range(1, count + 1)], dtype=object)


def lookup(labels: Sequence[str | None] | Array, rows: Array) -> Array:
    """The label of each row number; None for -1."""
    padded = np.full(len(labels) + 1, None, dtype=object)
    padded[:-1] = labels
    return padded[rows]  # the last label, None, answers to -1


def draw(rng: np.random.Generator, shares: Sequence[float] | Array, size: int) -> Array:
    """Row numbers drawn with the given shares."""
    edges = np.cumsum(np.asarray(shares, dtype=float))
    return np.searchsorted(edges / edges[-1], rng.random(size), side="right")


def utc(seconds: Array, midnight: pd.Timestamp) -> Array:
    """Seconds after the first local midnight as naive UTC stamps, whole seconds."""
    known = ~np.isnan(seconds)
    stamps = np.full(len(seconds), np.datetime64("NaT"), dtype="datetime64[us]")
    whole = np.rint(seconds[known]).astype("timedelta64[s]")
    stamps[known] = midnight.to_datetime64().astype("datetime64[us]") + whole
    return stamps


def to_table(name: str, columns: Columns, midnight: pd.Timestamp) -> pd.DataFrame:
    """A canonical table: columns, order and types as the schema says."""
    table = {}
    for column, kind in SCHEMA[name].items():
        if column in ONLY_IN_STORIES and column not in columns:
            continue
        values = columns[column]
        if kind == "time":
            table[column] = pd.Series(utc(np.asarray(values, dtype=float), midnight))
        elif kind == "date":
            table[column] = pd.Series(values.astype("datetime64[us]"))
        else:
            table[column] = pd.Series(values, dtype=kind)
    return pd.DataFrame(table)

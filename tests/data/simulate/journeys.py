"""The pains of a desk by plain pandas: whom they hit, by the log alone, and how much less satisfied these are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from cs_lib.data.simulate import SimulatedDesk

PAINS = ("chase", "second_handoff", "missed_follow_up")
MOVED = ("transferred", "escalated")


class Gap(NamedTuple):
    """Difference of the share of scores of 4 and 5, hit less others; `within` by need and fifth of duration."""

    answers: int  # of those hit
    raw: float
    raw_se: float
    within: float
    within_se: float


def steps(desk: SimulatedDesk) -> pd.DataFrame:
    """The log of resolved contacts, in order."""
    events = desk.tables["events"]
    kept = events["contact_id"].isin(resolved(desk)["contact_id"])
    return events[kept].sort_values(["contact_id", "seq"])


def resolved(desk: SimulatedDesk) -> pd.DataFrame:
    """Resolved contacts, not merged, spam or cancelled."""
    rows = desk.tables["contacts"]
    left = rows["status"].isin(["merged", "spam", "cancelled"])
    return rows[rows["resolved_at"].notna() & ~left]


def messages_in_a_row(log: pd.DataFrame) -> pd.Series:
    """Most messages of the customer without a public reply of ours between, by contact."""
    said = log[log["stage"] == "replied"]
    theirs = said["actor"] == "customer"
    ours = ~theirs & said["is_public"].fillna(False).astype(bool)
    run = ours.groupby(said["contact_id"]).cumsum()
    return theirs.groupby([said["contact_id"], run]).sum().groupby(level=0).max()


def with_pains(desk: SimulatedDesk) -> pd.DataFrame:
    """Resolved contacts with their pains, `top` (missing: no answer), `waited`, `due`, `need`, `fifth`, `hours`."""
    rows, log, until = resolved(desk), steps(desk), desk.observed_until
    who = rows["contact_id"]
    moves = log[log["stage"].isin(MOVED)].groupby("contact_id").size()
    call = who.map(log[log["stage"] == "follow_up"].groupby("contact_id")["ts"].min())
    due = rows["follow_up_due_at"] < until
    took = rows["resolved_at"] - rows["opened_at"]
    surveys = desk.tables["surveys"]
    answered = surveys[(surveys["kind"] == "csat") & surveys["answered_at"].notna()]
    top = answered.set_index("contact_id")["score"] >= 4
    waiting = log.loc[log["stage"] == "waiting_customer", "contact_id"]
    return rows.assign(
        chase=who.map(messages_in_a_row(log)).fillna(0) >= 2,
        second_handoff=who.map(moves).fillna(0) >= 2,
        due=due,
        missed_follow_up=due & call.isna(),
        late_follow_up=due & (call > rows["follow_up_due_at"]),
        waited=who.isin(waiting),
        top=who.map(top.astype(float)),
        need=rows["need_code"].fillna("none"),
        hours=took.dt.total_seconds() / 3_600,
        fifth=pd.qcut(took.dt.total_seconds(), 5, labels=False),
    )


def those_of(rows: pd.DataFrame, pain: str) -> pd.DataFrame:
    """The contacts that a pain can hit."""
    return rows[rows["due"]] if pain == "missed_follow_up" else rows


def gap(rows: pd.DataFrame, pain: str) -> Gap:
    """The gaps of one pain among those who answered; cells without others are left out."""
    rows = rows[rows["top"].notna()]
    mine, others = rows[rows[pain]], rows[~rows[pain]]
    raw = mine["top"].mean() - others["top"].mean()
    raw_se = np.sqrt(mine["top"].var() / len(mine) + others["top"].var() / len(others))
    cells = [
        part.groupby(["need", "fifth"])["top"].agg(["size", "mean"]) for part in (mine, others)
    ]
    both = cells[0].join(cells[1], how="inner", lsuffix="_mine", rsuffix="_others")
    weight = both["size_mine"] / both["size_mine"].sum()
    within = (weight * (both["mean_mine"] - both["mean_others"])).sum()
    noise = [spread(part) for part in (mine, others)]
    variance = (
        noise[0] / both["size_mine"].sum() + noise[1] * (weight**2 / both["size_others"]).sum()
    )
    return Gap(len(mine), float(raw), float(raw_se), float(within), float(np.sqrt(variance)))


def spread(rows: pd.DataFrame) -> float:
    """Variance within cells."""
    cells = rows.groupby(["need", "fifth"])["top"]
    return float(((rows["top"] - cells.transform("mean")) ** 2).sum() / (len(rows) - cells.ngroups))

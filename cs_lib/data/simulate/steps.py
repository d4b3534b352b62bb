"""One kind of step of many contacts, as rows of the event log."""

from __future__ import annotations

import numpy as np

from cs_lib.data.simulate.columns import Array, Columns


def step(
    stamps: Array,
    where: Array,
    rank: int,
    names: tuple[str, str, str],
    *,
    owners: tuple[Array, Array] | None = None,
    public: bool | None = None,
) -> Columns:
    """One kind of step for the contacts where it happened.

    `names` are stage, raw stage and actor; `owners` team and agent; `rank` orders equal stamps.
    """
    rows = np.flatnonzero(where & ~np.isnan(stamps))
    nobody = np.full(len(rows), -1)
    stage, raw_stage, actor = (np.full(len(rows), name, dtype=object) for name in names)
    return {
        "row": rows,
        "ts": stamps[rows],
        "rank": np.full(len(rows), rank),
        "stage": stage,
        "raw_stage": raw_stage,
        "actor": actor,
        "team": owners[0][rows] if owners else nobody,
        "agent": owners[1][rows] if owners else nobody,
        "is_public": np.full(len(rows), public, dtype=object),
    }

"""The table `codings`: a stratified sample of contacts, coded by people, part of it twice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cs_lib.data.simulate.causes.surges import uncoded_row
from cs_lib.data.simulate.columns import DAY, HOUR, Array, Columns, draw, lookup, make_ids
from cs_lib.data.simulate.contacts import MERGED, SPAM, WITHDRAWN
from cs_lib.data.simulate.world import World

STRATA = ("agent", "service_flow", "business_process", "product", "unknown")


@dataclass(frozen=True, slots=True)
class Drawn:
    """Rows of contacts in the sample, with the stratum and weight of each."""

    rows: Array
    stratum: Array
    weight: Array


def population(world: World, contacts: Columns) -> Array:
    """Rows that the sample stands for: worked, not withdrawn, and opened a day before the cut."""
    cut, outcome = world.clock.cut, contacts["outcome"]
    gone = (outcome == WITHDRAWN) & (contacts["closed"] < cut)
    counts = ~np.isin(outcome, (MERGED, SPAM)) & ~gone
    return np.flatnonzero(counts & (contacts["opened"] < cut - DAY))


def codings(world: World, contacts: Columns, ids: Columns) -> Columns:
    """The table, by time of coding. First coders are right, second coders sometimes not."""
    plan = world.plan.causes
    assert plan is not None
    drawn, rng, cut = draw_sample(world, contacts), world.apart, world.clock.cut
    opened, size = contacts["opened"][drawn.rows], len(drawn.rows)
    begin = np.maximum(opened + HOUR, cut - plan.sample.days * DAY)
    at = np.floor(begin + rng.random(size) * (cut - begin))
    coder = rng.integers(0, plan.sample.coders, size)
    need = contacts["need"][drawn.rows]
    twice = np.flatnonzero(rng.random(size) < plan.sample.second_share)
    again = np.floor(at[twice] + 1 + rng.random(len(twice)) * (cut - at[twice] - 2))
    other = (coder[twice] + rng.integers(1, plan.sample.coders, len(twice))) % plan.sample.coders
    every = np.concatenate([np.arange(size), twice])
    columns = {
        "contact_id": ids["contact"][drawn.rows[every]],
        "coder": make_ids("H", plan.sample.coders, 2)[np.concatenate([coder, other])],
        "method": np.full(len(every), "human", dtype=object),
        "coded_at": np.concatenate([at, again]),
        **labels(world, np.concatenate([need, second_look(world, need[twice])])),
        "stratum": lookup(STRATA, drawn.stratum[every]),
        "sampling_weight": drawn.weight[every],
    }
    order = np.lexsort((columns["contact_id"].astype(str), columns["coded_at"]))
    return {name: values[order] for name, values in columns.items()}


def draw_sample(world: World, contacts: Columns) -> Drawn:
    """Equally many contacts of each owner as coded by rule; all where there are no more."""
    plan, rows = world.plan.causes, population(world, contacts)
    assert plan is not None
    owners = np.array([STRATA.index(n.owner) for n in world.plan.needs])
    stratum, parts = owners[contacts["coded"][rows]], []
    for number in range(len(STRATA)):
        mine = rows[stratum == number]
        taken = np.sort(world.apart.permutation(mine)[: plan.sample.per_stratum])
        weight = np.full(len(taken), len(mine) / max(len(taken), 1))
        parts.append(Drawn(taken, np.full(len(taken), number), weight))
    return Drawn(*(np.concatenate([getattr(p, f) for p in parts]) for f in Drawn.__slots__))


def second_look(world: World, need: Array) -> Array:
    """The need as second coders see it: now and then another one of the same issue."""
    plan, rng = world.plan.causes, world.apart
    assert plan is not None
    wrong = rng.random(len(need)) < plan.sample.second_error
    found = need.copy()
    for row in np.flatnonzero(wrong):
        others = other_needs(world, int(need[row]))
        found[row] = others[int(draw(rng, np.ones(len(others)), 1)[0])]
    return found


def other_needs(world: World, need: int) -> list[int]:
    """The other needs of the same issue, or no code where there is none."""
    needs = world.plan.needs
    mine = needs[need]
    alike = [i for i, n in enumerate(needs) if n.issue == mine.issue and n.code != mine.code]
    return alike or [uncoded_row(world)]


def labels(world: World, need: Array) -> Columns:
    """Need, owner and root cause as a coder writes them."""
    needs = world.plan.needs
    return {
        "need_code": lookup([n.code for n in needs], need),
        "owner": lookup([n.owner for n in needs], need),
        "root_cause": lookup([n.root_cause for n in needs], need),
    }

"""What a rule codes each contact as: often the need, sometimes another, sometimes nothing."""

from __future__ import annotations

import numpy as np

from cs_lib.data.simulate.causes.surges import uncoded_row
from cs_lib.data.simulate.columns import Array, Columns
from cs_lib.data.simulate.world import World


def confusion(world: World) -> Array:
    """Chance of each code (columns) by need (rows); what is not coded has the last row number."""
    plan, needs = world.plan.causes, world.plan.needs
    assert plan is not None
    nothing, missed = uncoded_row(world), dict(plan.uncoded)
    chances = np.zeros((len(needs), len(needs)))
    for row, need in enumerate(needs):
        if need.code is not None:
            chances[row, nothing] = missed.get(need.code, plan.uncoded_share)
    for true, coded, share in plan.rule_errors:
        chances[world.need(true), world.need(coded)] = share
    right = [row if need.code is not None else nothing for row, need in enumerate(needs)]
    chances[np.arange(len(needs)), right] += 1 - chances.sum(axis=1)
    return chances


def coded_needs(world: World, contacts: Columns) -> Array:
    """Need that each contact is coded as; on other desks the need itself.

    A contact and those that refer to it have one code, as if the case had been opened again.
    """
    need = contacts["need"]
    if world.plan.causes is None:
        return need
    luck = world.apart.random(len(need))[first_of_case(contacts["parent"])]
    coded = np.full(len(need), uncoded_row(world))
    for row, edges in enumerate(np.cumsum(confusion(world), axis=1)):
        mine = need == row
        coded[mine] = np.searchsorted(edges, luck[mine], side="right")
    return np.asarray(np.minimum(coded, uncoded_row(world)))


def first_of_case(parent: Array) -> Array:
    """Row of the first contact of each contact's case; parents lie before their children."""
    first = np.where(parent < 0, np.arange(len(parent)), parent)
    while True:
        further = first[first]
        if np.array_equal(further, first):
            return first
        first = further

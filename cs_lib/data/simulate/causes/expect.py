"""From the plan and the desk's own contacts to the truths of a story about needs and causes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cs_lib.data.simulate.causes.plan import CausesPlan
from cs_lib.data.simulate.causes.rule_codes import confusion
from cs_lib.data.simulate.causes.sample import STRATA, codings, labels, population
from cs_lib.data.simulate.causes.surges import surge_windows, theme_row
from cs_lib.data.simulate.causes.texts import Texts, write
from cs_lib.data.simulate.causes.truth import (
    CausesTruth,
    ChanceTruth,
    SampleTruth,
    SurgeTruth,
    ThemeTruth,
)
from cs_lib.data.simulate.columns import DAY, Array, Columns
from cs_lib.data.simulate.contacts import SPAM
from cs_lib.data.simulate.market import tenure
from cs_lib.data.simulate.world import World

TERMS = {"en": "warranty", "zh": "延保"}


@dataclass(frozen=True, slots=True)
class Told:
    """What a story adds to the tables: subjects, the coded sample."""

    texts: Texts
    codings: Columns


def tell(world: World, contacts: Columns, ids: Columns) -> Told | None:
    """What the story adds; nothing on other desks."""
    if world.plan.causes is None:
        return None
    return Told(write(world, contacts, ids), codings(world, contacts, ids))


def causes_truth(
    world: World, market: tuple[Columns, Columns], told: Told | None, midnight: pd.Timestamp
) -> CausesTruth | None:
    """The truths of the story; `market` is customers and contacts."""
    plan, (customers, contacts) = world.plan.causes, market
    if plan is None or told is None:
        return None
    rows = population(world, contacts)
    need, coded = contacts["need"][rows], contacts["coded"][rows]
    owners = np.array([STRATA.index(n.owner) for n in world.plan.needs])
    chances, codes = confusion(world), [n.code for n in world.plan.needs]
    return CausesTruth(
        confusion={
            code: {codes[i]: float(chances[row, i]) for i in np.flatnonzero(chances[row])}
            for row, code in enumerate(codes)
        },
        uncoded_share=float(np.mean([codes[i] is None for i in coded])),
        owner_shares=shares(owners[need]),
        coded_owner_shares=shares(owners[coded]),
        kappa_owner=kappa(owners[need], owners[coded]),
        kappa_need=kappa(need, coded),
        coded_repeat_30d=coded_recurrence(world, need, coded),
        sample=sample_truth(world, owners[coded], told.codings, midnight),
        surges=tuple(
            SurgeTruth(s.kind, s.need_code, s.factor, tuple(
                (instant(midnight, begin), instant(midnight, end))
                for begin, end in surge_windows(s, world.clock)
                if begin < world.clock.cut and end > world.clock.begin
            ))
            for s in plan.surges
        ),
        others_factor=plan.others_factor,
        theme=theme_truth(world, plan, midnight),
        chance=chance_truth(world, plan, customers),
        contacts=true_contacts(world, contacts, told),
        personal_details=personal_details(told),
    )  # fmt: skip


def instant(midnight: pd.Timestamp, seconds: float) -> pd.Timestamp:
    """Seconds after the first midnight as naive UTC."""
    return midnight + pd.Timedelta(seconds=seconds)


def shares(owner: Array) -> dict[str, float]:
    """Share of each owner."""
    counts = np.bincount(owner, minlength=len(STRATA)) / len(owner)
    return dict(zip(STRATA, map(float, counts), strict=True))


def kappa(first: Array, second: Array) -> float:
    """Cohen's kappa of two codes of the same contacts."""
    size = int(max(first.max(), second.max())) + 1
    joint = np.zeros((size, size))
    np.add.at(joint, (first, second), 1 / len(first))
    agreed, expected = np.trace(joint), joint.sum(axis=0) @ joint.sum(axis=1)
    return float((agreed - expected) / (1 - expected))


def coded_recurrence(world: World, need: Array, coded: Array) -> dict[str, float]:
    """Mean planted chance of a repeat within 30 days, by need as coded by rule."""
    fix = world.plan.fix
    chances = np.array(
        [
            fix.repeat_30d_before if n.code == fix.need_code else n.repeat_30d
            for n in world.plan.needs
        ]
    )
    return {
        n.code: float(chances[need[coded == row]].mean())
        for row, n in enumerate(world.plan.needs)
        if n.code is not None and (coded == row).any()
    }


def sample_truth(
    world: World, stratum: Array, rows: Columns, midnight: pd.Timestamp
) -> SampleTruth:
    """What the coded sample stands for."""
    plan = world.plan.causes
    assert plan is not None
    first = np.unique(rows["contact_id"].astype(str), return_index=True)[1]
    sizes = pd.Series(rows["stratum"][first]).value_counts()
    return SampleTruth(
        population=len(stratum),
        population_until=instant(midnight, world.clock.cut - DAY),
        sizes={name: int(sizes.get(name, 0)) for name in STRATA},
        strata=dict(zip(STRATA, map(int, np.bincount(stratum, minlength=len(STRATA))), strict=True)),
        first_coder_error=0.0,
        second_coder_error=plan.sample.second_error,
    )  # fmt: skip


def theme_truth(world: World, plan: CausesPlan, midnight: pd.Timestamp) -> ThemeTruth | None:
    """The theme of the texts."""
    if plan.theme_days is None:
        return None
    rate = world.plan.needs[theme_row(world)].per_order
    live = instant(midnight, world.clock.cut - plan.theme_days * DAY)
    return ThemeTruth(live, rate, dict(TERMS))


def chance_truth(world: World, plan: CausesPlan, customers: Columns) -> ChanceTruth:
    """Chance repeats, averaged over customers in proportion to the contacts they make."""
    need = world.plan.needs[world.need(plan.chance.need_code)]
    rate = need.per_customer_year + customers["habit"]
    span = tenure(customers, world.clock.begin)
    kept = 1 - dict(plan.uncoded).get(plan.chance.need_code, plan.uncoded_share)

    def chance(days: float) -> float:
        return float(np.average(1 - np.exp(-rate * days / 365), weights=rate * span))

    return ChanceTruth(
        need_code=plan.chance.need_code,
        customers=int((customers["habit"] > 0).sum()),
        planted_repeat_30d=need.repeat_30d,
        chance_repeat_7d=chance(7),
        chance_repeat_30d=chance(30),
        chance_repeat_7d_as_coded=chance(7 * kept),
        chance_repeat_30d_as_coded=chance(30 * kept),
    )


def true_contacts(world: World, contacts: Columns, told: Told) -> pd.DataFrame:
    """What each contact that is no junk is really about."""
    rows = np.flatnonzero(contacts["outcome"] != SPAM)
    need = contacts["need"][rows]
    themed = world.plan.causes is not None and world.plan.causes.theme_days is not None
    return pd.DataFrame(
        {
            "contact_id": told.texts.contact_id[rows],
            **labels(world, need),
            "is_theme": (need == theme_row(world)) & themed,
            "language": told.texts.language[rows],
        }
    )


def personal_details(told: Told) -> pd.DataFrame:
    """Personal details in subjects."""
    found = told.texts.details
    return pd.DataFrame(
        {
            "contact_id": told.texts.contact_id[found["row"]],
            "kind": found["kind"],
            "value": found["value"],
        }
    )

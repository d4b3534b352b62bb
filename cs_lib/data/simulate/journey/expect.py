"""From the plan and the desk's own contacts to the truths of the story about the journey."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from cs_lib.data.simulate.columns import HOUR, Array, Columns
from cs_lib.data.simulate.contacts import MERGED, NORMAL
from cs_lib.data.simulate.journey.course import (
    KEPT,
    LATE,
    MISSED,
    NO_PROMISE,
    chase_chances,
    first_chances,
    in_slow_queue,
    pains,
    slow_from,
    told,
    wait_chances,
)
from cs_lib.data.simulate.journey.truth import (
    DecoyTruth,
    GapTruth,
    JourneyTruth,
    Pain,
    PainTruth,
    QueueTruth,
)
from cs_lib.data.simulate.surveys import perk_shift, satisfaction
from cs_lib.data.simulate.views import last_resolution
from cs_lib.data.simulate.world import World

SCORES = np.arange(1, 6)
TOP = SCORES >= 4
FATES = {"kept": KEPT, "late": LATE, "missed": MISSED}
FIFTHS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """What surveys see of all contacts: latent satisfaction, how far answers can come in, and strata."""

    latent: Array
    reach: Array  # chance that an answer would be asked for and come before the cut
    cell: Array  # need as coded and fifth of the time to resolution; -1 outside the population


@dataclass(frozen=True, slots=True)
class Step:
    """A step of contacts: whom it hit, with which planted chance, and the rows that could be hit."""

    hit: Array
    chance: Array
    rows: Array


def journey_truth(
    world: World, contacts: Columns, perks: Columns, midnight: pd.Timestamp
) -> JourneyTruth | None:
    """The truths of the story; none on other desks."""
    if world.plan.journey is None:
        return None
    rows = population(world, contacts)
    due = (contacts["promise"][rows] != NO_PROMISE) & (contacts["due"][rows] < world.clock.cut)
    asked, chances = ask(world, contacts, perks, rows), pain_chances(world, contacts)
    found = []
    for kind, (hit, shift) in pains(world, contacts).items():
        mine = rows[due] if kind == "missed_follow_up" else rows
        found.append(
            pain_truth(world, contacts, asked, kind, shift, Step(hit, chances[kind], mine))
        )
    return JourneyTruth(
        pains=tuple(found),
        decoy=decoy_truth(world, contacts, asked, rows),
        queue=queue_truth(world, contacts, midnight),
        chases={
            when: int(contacts[name][rows].sum())
            for when, name in (("before_answer", "chased_answer"), ("in_work", "chased_work"))
        },
        handoffs=patterns(contacts, rows),
        promises={
            name: int((contacts["promise"][rows[due]] == fate).sum())
            for name, fate in FATES.items()
        },
    )


def patterns(contacts: Columns, rows: Array) -> dict[str, int]:
    """Contacts handed on, by the teams they went through."""
    moves = contacts["transfers"][rows]
    back = contacts["first_team"][rows] == contacts["team"][rows]
    return {
        "A-B": int((moves == 1).sum()),
        "A-B-A": int(((moves == 2) & back).sum()),
        "A-B-C": int(((moves == 2) & ~back).sum()),
        "A-B-A-B": int((moves == 3).sum()),
    }


def population(world: World, contacts: Columns) -> Array:
    """Rows resolved at the cut."""
    solved = ~np.isnan(last_resolution(contacts, world.clock.cut))
    return np.flatnonzero((contacts["outcome"] == NORMAL) & solved)


def ask(world: World, contacts: Columns, perks: Columns, rows: Array) -> Asked:
    """What surveys see."""
    plan, size = world.plan.surveys, len(contacts["need"])
    left = world.clock.cut - (contacts["resolved"] + plan.offer_delay_hours * HOUR)
    delay = np.log(np.maximum(left, 1.0) / (plan.answer_median_hours * HOUR))
    able = (contacts["outcome"] == NORMAL) & (contacts["customer"] >= 0) & (left > 0)
    hours = last_resolution(contacts, world.clock.cut)[rows] - contacts["opened"][rows]
    edges = np.quantile(hours, np.arange(1, FIFTHS) / FIFTHS)
    cell = np.full(size, -1)
    cell[rows] = contacts["coded"][rows] * FIFTHS + np.searchsorted(edges, hours)
    return Asked(
        latent=satisfaction(world, contacts) + perk_shift(contacts, perks, "csat_shift"),
        reach=np.where(able, plan.offered_share * ndtr(delay / plan.answer_sigma), 0.0),
        cell=cell,
    )


def pain_chances(world: World, contacts: Columns) -> dict[Pain, Array]:
    """The planted chance of each pain for each contact of its population."""
    answer, work = chase_chances(world, contacts)
    again = told(world).handoffs.again_share
    return {
        "chase": 1 - (1 - answer) * (1 - work),
        "second_handoff": again * first_chances(world, contacts),
        "missed_follow_up": np.full(len(answer), told(world).promises.missed_share),
    }


def pain_truth(
    world: World, contacts: Columns, asked: Asked, kind: Pain, shift: float, step: Step
) -> PainTruth:
    """One pain; without it the contacts hit would lack its shift and nothing else."""
    hit = step.rows[step.hit[step.rows]]
    customers = contacts["customer"][hit]
    coded = np.array([n.owner for n in world.plan.needs])[contacts["coded"][hit]]
    owners = np.unique(coded, return_counts=True)
    latent, reach = asked.latent[hit], asked.reach[hit]
    pained, spared = chances_of(world, latent), chances_of(world, latent - shift)
    return PainTruth(
        kind=kind,
        latent_shift=shift,
        population=len(step.rows),
        contacts=len(hit),
        customers=len(np.unique(customers[customers >= 0])),
        owners={str(name): int(count) for name, count in zip(*owners, strict=True)},
        expected_share=float(step.chance[step.rows].mean()),
        effect=float(pained.top.mean() - spared.top.mean()),
        effect_answered=share(reach, pained) - share(reach, spared),
        gap=gap_truth(world, asked, step),
    )


@dataclass(frozen=True, slots=True)
class Chances:
    """Of contacts: of a top score, of an answer once asked, and of both."""

    top: Array
    answered: Array
    both: Array


def chances_of(world: World, latent: Array) -> Chances:
    """What a latent satisfaction leads to."""
    plan = world.plan.surveys
    edges = np.concatenate([[-np.inf], SCORES[:-1] + 0.5, [np.inf]])
    below = ndtr((edges[None, :] - latent[:, None]) / plan.noise_sd)
    scores = np.diff(below, axis=1)
    answer = 1 / (1 + np.exp(-plan.response_intercept - plan.response_slope * (SCORES - 3)))
    return Chances(scores @ TOP, scores @ answer, scores @ (answer * TOP))


def share(reach: Array, chances: Chances) -> float:
    """Expected share of top scores among answers."""
    return float((reach @ chances.both) / (reach @ chances.answered))


def gap_truth(world: World, asked: Asked, step: Step) -> GapTruth:
    """The expected gaps of a step."""
    rows, hit = step.rows, step.hit[step.rows]
    chances, reach, cell = (
        chances_of(world, asked.latent[rows]),
        asked.reach[rows],
        asked.cell[rows],
    )
    answers, tops = reach * chances.answered, reach * chances.both
    cells = [
        np.bincount(cell[side], weights=values[side], minlength=cell.max() + 1)
        for side in (hit, ~hit)
        for values in (answers, tops)
    ]
    both = (cells[0] > 0) & (cells[2] > 0)
    mine, top, others, their_top = (c[both] for c in cells)
    return GapTruth(
        raw=float(tops[hit].sum() / answers[hit].sum() - tops[~hit].sum() / answers[~hit].sum()),
        within=float((top - mine * their_top / others).sum() / mine.sum()),
    )


def decoy_truth(world: World, contacts: Columns, asked: Asked, rows: Array) -> DecoyTruth:
    """Waiting on the customer."""
    mine = ~contacts["waits_on_partner"]
    step = Step(
        ~np.isnan(contacts["paused"]) & mine, wait_chances(world, contacts) * mine, rows
    )  # fmt: skip
    return DecoyTruth(
        stage="waiting_customer",
        population=len(rows),
        contacts=int(step.hit[rows].sum()),
        expected_share=float(step.chance[rows].mean()),
        effect=0.0,
        gap=gap_truth(world, asked, step),
    )


def queue_truth(world: World, contacts: Columns, midnight: pd.Timestamp) -> QueueTruth:
    """The slow queue."""
    plan = told(world).queue
    known = in_slow_queue(world, contacts) & (contacts["assigned"] < world.clock.cut)
    known &= contacts["outcome"] != MERGED
    hours = (contacts["assigned"] - contacts["opened"])[known] / HOUR
    return QueueTruth(
        team_id=plan.team_id,
        live_at=midnight + pd.Timedelta(seconds=slow_from(world)),
        factor=plan.factor,
        contacts=len(hours),
        median_hours=float(np.median(hours)),
        median_hours_without=float(np.median(hours / plan.factor)),
        hours_added=float((hours - hours / plan.factor).sum()),
    )

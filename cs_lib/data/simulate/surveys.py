"""Surveys: satisfaction depends on what happened, and the satisfied answer more often."""

from __future__ import annotations

import numpy as np

from cs_lib.data.simulate.assistant import assistant_shift
from cs_lib.data.simulate.columns import DAY, HOUR, Array, Columns, concat, lookup, make_ids
from cs_lib.data.simulate.contacts import NORMAL
from cs_lib.data.simulate.journey.course import journey_shift
from cs_lib.data.simulate.views import seen
from cs_lib.data.simulate.world import World

REASONS = ("slow", "not solved", "had to ask twice", "unfriendly")


def survey_columns(world: World, contacts: Columns, perks: Columns, ids: Columns) -> Columns:
    """The surveys table: csat on contacts, nps on customers of the perk test; ids by offer time."""
    rows = concat([csat(world, contacts, perks), nps(world, contacts, perks)])
    rows = {k: v[np.argsort(rows["offered"], kind="stable")] for k, v in rows.items()}
    answered = seen(rows["answered"], world.clock.cut)
    silent = np.isnan(answered)
    return {
        "survey_id": make_ids("S", len(answered), 7),
        "contact_id": ids["contact"][rows["contact"]],
        "customer_id": lookup(ids["customer"], contacts["customer"][rows["contact"]]),
        "kind": np.where(rows["is_nps"], "nps", "csat").astype(object),
        "offered_at": rows["offered"],
        "answered_at": answered,
        "score": np.where(silent, np.nan, rows["score"]),
        "scale_min": np.where(rows["is_nps"], 0.0, 1.0),
        "scale_max": np.where(rows["is_nps"], 10.0, 5.0),
        "reason": lookup(rows["reason"], np.where(silent, -1, np.arange(len(silent)))),
    }


def csat(world: World, contacts: Columns, perks: Columns) -> Columns:
    """Contact surveys with latent satisfaction rounded to 1-5."""
    plan, rng = world.plan.surveys, world.rng
    offered = contacts["resolved"] + plan.offer_delay_hours * HOUR
    picked = (contacts["outcome"] == NORMAL) & (contacts["customer"] >= 0)
    picked &= (offered < world.clock.cut) & (rng.random(len(offered)) < plan.offered_share)
    rows = np.flatnonzero(picked)
    latent = (satisfaction(world, contacts) + perk_shift(contacts, perks, "csat_shift"))[rows]
    score = np.clip(np.rint(latent + rng.normal(0, plan.noise_sd, len(rows))), 1, 5)
    logit = plan.response_intercept + plan.response_slope * (score - 3)
    low = np.where(score <= 2, rng.integers(0, len(REASONS), len(rows)), -1)
    return answers(world, rows, offered[rows], score, logit, reason=lookup(REASONS, low))


def satisfaction(world: World, contacts: Columns) -> Array:
    """Latent mean on the 1-5 scale, before rounding and perks."""
    plan = world.plan.surveys
    hours = (contacts["resolved"] - contacts["opened"]) / HOUR
    slow = plan.log_resolution_slope * np.log(hours / 10)
    repeat = plan.repeat_shift * contacts["is_repeat"]
    reopened = plan.reopen_shift * ~np.isnan(contacts["reopened"])
    deflected = assistant_shift(world) * contacts["deflected"]
    late = plan.late_shift * contacts["late"]
    shift = journey_shift(world, contacts)
    return np.asarray(plan.base + slow + repeat + reopened + deflected + late + shift)


def perk_shift(contacts: Columns, perks: Columns, name: str) -> Array:
    """Planted shift for the complaint after which a perk was delivered; 0 elsewhere."""
    shift = np.zeros(len(contacts["opened"]))
    delivered = ~np.isnan(perks["delivered"])
    shift[perks["contact"][delivered]] = perks[name][delivered]
    return shift


def nps(world: World, contacts: Columns, perks: Columns) -> Columns:
    """Customer surveys, some time after assignment in every arm."""
    plan, rng = world.plan.surveys, world.rng
    rows = perks["contact"]
    offered = perks["assigned"] + plan.nps_delay_days * DAY
    shift = perk_shift(contacts, perks, "nps_shift")[rows] - 0.8 * contacts["late"][rows]
    latent = plan.nps_base + shift + rng.normal(0, plan.nps_sd, len(rows))
    score = np.clip(np.rint(latent), 0, 10)
    logit = plan.response_intercept + plan.nps_response_slope * (score - 7)
    nothing = np.full(len(rows), None, dtype=object)
    return answers(world, rows, offered, score, logit, reason=nothing, is_nps=True)


def answers(
    world: World,
    contact: Array,
    offered: Array,
    score: Array,
    logit: Array,
    *,
    reason: Array,
    is_nps: bool = False,
) -> Columns:
    """Who answers, and when (lognormal delay)."""
    plan, rng, size = world.plan.surveys, world.rng, len(contact)
    delay = rng.lognormal(np.log(plan.answer_median_hours * HOUR), plan.answer_sigma, size)
    answering = rng.random(size) < 1 / (1 + np.exp(-logit))
    return {
        "contact": contact,
        "is_nps": np.full(size, is_nps),
        "offered": np.rint(offered),
        "answered": np.where(answering, np.rint(offered + delay), np.nan),
        "score": score,
        "reason": reason,
    }

"""Draws studies: true effects, estimates, what became of each, and follow-ups of those that won."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import floor, lcm
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.data.simulate.study_folder.ideas import CHANGES, FASTER, OFFERS, Idea, idea
from cs_lib.data.simulate.study_folder.plan import FolderPlan, Group
from cs_lib.language import Language
from cs_lib.results import Verdict

Floats = NDArray[np.float64]
State = Literal["done", "invalid", "running"]

ALPHA = 0.05
NORMAL = NormalDist()
Z = NORMAL.inv_cdf(1 - ALPHA / 2)
YEAR, WEEKS = 300, 56  # days over which changes are spread, and that one is watched
WAIT = {"before_after": 14, "perk_ab_test": 75}  # days from the last observed start to the page
AGAIN = 0.8  # standard error of a follow-up over that of the first study
SEEN_BEFORE = 1.5  # standard error of an earlier run over that of the latest
OVERLAP = 14  # days between two changes that see the same weeks
CHANNELS = ("phone", "chat", "email", "app")
TEAMS = tuple(f"T{team:02}" for team in range(1, 13))


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a study: until which day it looked, when, and what it estimated."""

    until: date
    as_of: date
    estimate: float
    se: float

    @property
    def ends(self) -> tuple[float, float]:
        """The 95 % interval."""
        return self.estimate - Z * self.se, self.estimate + Z * self.se

    @property
    def pvalue(self) -> float:
        """Two-sided."""
        return 2 * (1 - NORMAL.cdf(abs(self.estimate) / self.se))


@dataclass(frozen=True, slots=True)
class Drawn:
    """One study. Effects are in the direction of the metric: less of what is bad is below 0."""

    name: str
    idea: Idea
    group: Group
    scope: dict[str, tuple[str, ...]]
    changed: date
    true: float
    state: State
    latest: Run
    earlier: tuple[Run, ...]
    language: Language
    action: str | None
    plan_changed: bool
    follows: str | None = None
    faded: bool | None = None
    sees_same_as: str | None = None

    @property
    def verdict(self) -> Verdict:
        """By the suite's rules."""
        return self.decided(self.latest)[0]

    @property
    def shipped(self) -> bool:
        """Whether it won."""
        return self.verdict in ("ship", "improved")

    def decided(self, run: Run) -> tuple[Verdict, str]:
        """Verdict and clause of a run: intervals against none and against what is worth acting on."""
        if self.state == "invalid":
            return "invalid", "blocked"
        if self.state == "running":
            return "keep_running", "size_not_reached"
        low, high = run.ends if self.group.good == "up" else tuple(-end for end in run.ends[::-1])
        worth = self.group.min_effect
        if self.group.kind == "before_after":
            return _change(low, high, worth)
        return _offer(low, high, worth)


def draw(seed: int, plan: FolderPlan) -> list[Drawn]:
    """First studies and their follow-ups, by name."""
    found: list[Drawn] = []
    for number, group in enumerate(plan.groups):
        rng = np.random.default_rng([seed, number])
        firsts = list(_firsts(rng, group, plan, overlaps=plan.overlaps if number == 0 else 0))
        found += firsts
        found += _follow_ups(np.random.default_rng([seed, number, 1]), firsts, plan)
    return sorted(found, key=lambda one: one.name)


def spare(seed: int, plan: FolderPlan, n: int) -> list[Drawn]:
    """More studies of the first group, beyond those that the folder has."""
    group = plan.groups[0]
    more = replace(group, studies=group.studies + n)
    calm = replace(plan, invalid=0.0, rerun=0.0, plan_changed=0.0)
    rng = np.random.default_rng([seed, len(plan.groups)])
    return list(_firsts(rng, more, calm, overlaps=0))[group.studies :]


def name_of(group: Group, place: int) -> tuple[str, Idea]:
    """What a study of a group is called, and its idea."""
    one = idea(_ideas(group), place)
    if group.currency == "USD":
        one = replace(one, name=f"{one.name}_us", en=f"US shop: {one.en}", zh=f"美国站：{one.zh}")
    return one.name, one


def _ideas(group: Group) -> tuple[Idea, ...]:
    if group.kind == "perk_ab_test":
        return OFFERS
    return FASTER if group.unit in ("hours", "minutes") else CHANGES


def _change(low: float, high: float, worth: float) -> tuple[Verdict, str]:
    if low > 0:
        return "improved", "improved" if low >= worth else "improved_perhaps_little"
    if high < 0:
        return "worsened", "worsened"
    return "no_clear_change", "too_small" if max(-low, high) < worth else "too_wide"


def _offer(low: float, high: float, worth: float) -> tuple[Verdict, str]:
    if high < 0:
        return "stop", "loses_money"
    if high < worth:
        return "stop", "too_small"
    return ("inconclusive", "too_wide") if low < worth else ("ship", "pays")


def _firsts(
    rng: np.random.Generator, group: Group, plan: FolderPlan, *, overlaps: int
) -> Iterator[Drawn]:
    """The first studies of a group; the first ones, two by two, see the same weeks of the same contacts."""
    k, side = group.studies, 1 if group.good == "up" else -1
    true = side * (group.mean + group.spread * rng.standard_normal(k))
    noise, before, wide = rng.standard_normal((3, k))
    se = group.se * np.exp(group.se_varies * wide)
    picked = rng.random((5, k))
    picked[:2, : 2 * overlaps] = 1 + picked[:2, : 2 * overlaps]  # their effects are known
    invalid = _lowest(picked[0], plan.invalid)
    running = _lowest(picked[1] + invalid, plan.running if group.kind == "perk_ab_test" else 0.0)
    again = _lowest(picked[2] + invalid + running, plan.rerun)
    replaced = _lowest(picked[3], plan.plan_changed)
    chinese = _lowest(picked[4], plan.chinese)
    acted = _lowest(rng.random(k), plan.with_action)
    for i in range(k):
        twin = i - 1 if i < 2 * overlaps and i % 2 else None
        at = i if twin is None else twin
        name, one = name_of(group, i)
        changed = plan.first + timedelta(
            days=floor(at * YEAR / k) + (0 if twin is None else OVERLAP)
        )
        length = WEEKS if group.kind == "before_after" else WEEKS + 4
        effect = float(true[at])
        runs = [_run(changed, length, group, effect + se[i] * noise[i], se[i])]
        if again[i]:
            less = SEEN_BEFORE * se[i]
            runs.insert(0, _run(changed, length // 2, group, effect + less * before[i], less))
        yield Drawn(
            name=name,
            idea=one,
            group=group,
            scope=_scope(group, name, at),
            changed=changed,
            true=effect,
            state="invalid" if invalid[i] else "running" if running[i] else "done",
            latest=runs[-1],
            earlier=tuple(runs[:-1]),
            language="zh" if chinese[i] else "en",
            action=f"needs_{plan.first.year}_{one.need}" if acted[i] else None,
            plan_changed=bool(replaced[i]),
            sees_same_as=None if twin is None else name_of(group, twin)[0],
        )


def _follow_ups(rng: np.random.Generator, firsts: list[Drawn], plan: FolderPlan) -> Iterator[Drawn]:
    """Second studies of those that won, as far as their pages are made by now; what two saw is looked at once."""
    noise, picked, gone = rng.random((3, len(firsts)))
    won = np.array([one.shipped and one.sees_same_as is None for one in firsts])
    with_one = _lowest(picked + ~won, plan.followed * won.mean())
    places = [
        i for i in np.flatnonzero(with_one) if _second(firsts[i], plan, 0.0).as_of <= plan.as_of
    ]
    faded = dict(zip(places, _lowest(gone[places], plan.faded), strict=True))
    for i in places:
        first = firsts[i]
        left = first.true * (plan.left if faded[i] else 1.0) + 0.0  # no minus before a zero
        error = AGAIN * first.latest.se * NORMAL.inv_cdf(float(noise[i]))
        run = _second(first, plan, left + error)
        yield replace(
            first,
            name=f"{first.name}_after_{plan.after}_days",
            changed=first.latest.until + timedelta(days=plan.after),
            true=left,
            latest=run,
            earlier=(),
            plan_changed=False,
            follows=first.name,
            faded=bool(faded[i]),
            sees_same_as=None,
        )


def _second(first: Drawn, plan: FolderPlan, estimate: float) -> Run:
    """The run of a follow-up."""
    length = (first.latest.until - first.changed).days + 1
    start = first.latest.until + timedelta(days=plan.after)
    return _run(start, length, first.group, estimate, AGAIN * first.latest.se)


def _run(changed: date, days: int, group: Group, estimate: float, se: float) -> Run:
    until = changed + timedelta(days=days - 1)
    return Run(until, until + timedelta(days=WAIT[group.kind]), float(estimate), float(se))


def _scope(group: Group, name: str, place: int) -> dict[str, tuple[str, ...]]:
    """Whom a study is about; no two of a metric meet unless they are meant to."""
    if group.kind == "perk_ab_test":
        return {"experiment_id": (name,)}
    scope: dict[str, tuple[str, ...]] = {
        "team_id": (TEAMS[place % len(TEAMS)],),
        "need_code": (name_of(group, place)[1].need,),
    }
    all_apart = lcm(len(TEAMS), len(_ideas(group)))  # then both come round together
    if group.studies > all_apart:
        scope["channel"] = (CHANNELS[place // all_apart % len(CHANNELS)],)
    return scope


def _lowest(scores: Floats, share: float) -> NDArray[np.bool_]:
    """As many of the lowest as the share says."""
    chosen = np.zeros(len(scores), dtype=bool)
    chosen[np.argsort(scores, kind="stable")[: round(share * len(scores))]] = True
    return chosen

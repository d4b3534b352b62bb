"""What a folder of published studies plants. Shares are 0 to 1, gains in the unit of their metric."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from cs_lib.quantity import Unit
from cs_lib.results import Good

Kind = Literal["before_after", "perk_ab_test"]


@dataclass(frozen=True, slots=True)
class Group:
    """Studies of one kind on one metric, whose true gains are normal.

    Attributes:
        kind: the notebook.
        metric, unit, currency, good: of the effects.
        studies: how many first studies, follow-ups apart.
        mean, spread: of true gains, positive being good.
        se: a typical standard error; each study's is that times a factor with the standard deviation `se_varies` on the
            logarithmic scale.
        min_effect: what is worth acting on, as planned.
        level: the value without a change.
        en, zh: what the metric is called.
        log_scale: whether the effect was fitted on the logarithmic scale.
    """

    kind: Kind
    metric: str
    unit: Unit
    good: Good
    studies: int
    mean: float
    spread: float
    se: float
    min_effect: float
    level: float
    en: str
    zh: str
    currency: str = ""
    se_varies: float = 0.25
    log_scale: bool = False


CONTACTS = Group(
    "before_after", "contact_rate", "per_1000", "down", 16, 0.8, 1.6, 1.1, 0.5, 14.0,
    "Contacts per 1,000 orders", "每千单进线量",
)  # fmt: skip
NET_VALUE = Group(
    "perk_ab_test", "net_value_60d", "money", "up", 14, 2.5, 4.0, 2.2, 0.5, 56.0,
    "Net value of a customer offered it, 60 days", "获赠客户 60 天人均净收益", "CNY",
)  # fmt: skip
NET_VALUE_USD = Group(
    "perk_ab_test", "net_value_60d", "money", "up", 3, 0.4, 0.6, 0.3, 0.1, 8.0,
    "Net value of a customer offered it, 60 days", "获赠客户 60 天人均净收益", "USD",
)  # fmt: skip
HOURS = Group(
    "before_after", "resolution_hours", "hours", "down", 4, 2.0, 2.5, 1.8, 1.0, 29.0,
    "Hours to resolution", "平均解决时长（小时）", log_scale=True,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FolderPlan:
    """A folder of published studies.

    Attributes:
        groups: the studies.
        first, as_of: day of the first change, and of the folder; changes lie within a year.
        invalid: share of first studies whose effect is withheld.
        running: share of offers whose planned size is not reached.
        followed: share of wins with a follow-up `after` days later; of those `faded` have only `left` of their gain.
        rerun: share of first studies that ran before, on fewer data.
        plan_changed: share of first studies whose plan was changed after data had been seen.
        overlaps: pairs of changes in the first group that saw the same weeks of the same contacts, and so one true
            effect.
        chinese: share of studies written in Chinese.
        with_action: share of studies that began with an action.
        not_run, failed, broken, newer: plans without a study, studies that failed and have no page, results that are
            cut off, and results of a later version.
    """

    groups: tuple[Group, ...] = (CONTACTS, NET_VALUE, NET_VALUE_USD, HOURS)
    first: date = date(2025, 1, 6)
    as_of: date = date(2026, 7, 1)
    invalid: float = 0.1
    running: float = 0.1
    followed: float = 0.7
    faded: float = 0.4
    left: float = 0.0
    after: int = 90
    rerun: float = 0.15
    plan_changed: float = 0.12
    overlaps: int = 1
    chinese: float = 0.25
    with_action: float = 0.6
    not_run: int = 2
    failed: int = 1
    broken: int = 1
    newer: int = 1


DEMO = FolderPlan()

"""What a story about needs and causes plants. Shares and probabilities are 0..1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["rising", "holiday", "share"]

# True need, the need that the rule codes instead, and how often. Most of it blames an agent for what
# the process or the flow did. Nothing flows into the needs that rise, the decoys and chance repeats.
RULE_ERRORS = (
    ("where_is_order", "promise_not_kept", 0.10),
    ("status_update_missing", "promise_not_kept", 0.20),
    ("promise_not_kept", "status_update_missing", 0.05),
    ("unclear_manual", "guidance_missing", 0.10),
    ("too_complex", "unclear_manual", 0.12),
    ("guidance_missing", "unclear_manual", 0.25),
    ("product_defect", "unclear_manual", 0.06),
    ("missing_function", "product_defect", 0.15),
    ("refund_slow", "wrong_information", 0.15),
    ("refund_rule_unclear", "wrong_information", 0.30),
    ("wrong_information", "refund_rule_unclear", 0.05),
    ("sent_to_wrong_team", "no_authority", 0.10),
    ("long_queue", "attitude", 0.15),
    ("bot_dead_end", "attitude", 0.10),
    ("no_authority", "attitude", 0.30),
)

# Not at random: what is hard to say is coded least.
UNCODED = (
    ("too_complex", 0.25),
    ("guidance_missing", 0.30),
    ("missing_function", 0.20),
    ("bot_dead_end", 0.25),
    ("no_authority", 0.30),
)


@dataclass(frozen=True, slots=True)
class Surge:
    """One need whose first contacts are multiplied by `factor` in its windows.

    Windows: `rising` and `share` (factor 1, while others fall) are the last `days` of the period,
    `holiday` the `days` after every holiday and sale.
    """

    kind: Kind
    need_code: str
    factor: float
    days: int


@dataclass(frozen=True, slots=True)
class ChancePlan:
    """Customers who ask the same again and again at a rate of their own, each time for a new reason."""

    need_code: str = "unanswered_question"
    customer_share: float = 0.012
    contacts_per_year: float = 5.0  # mean over these customers
    rate_shape: float = 2.0  # gamma shape of their rates


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """The contacts that people code: equally many of each owner as coded by rule."""

    per_stratum: int = 160
    coders: int = 3
    days: int = 10  # before the cut, in which all of it is coded
    second_share: float = 0.30  # of the sample, coded by a second person as well
    second_error: float = 0.10  # the second coder names another need of the same issue


@dataclass(frozen=True, slots=True)
class TextPlan:
    """How customers write."""

    chinese_share: float = 0.5  # of customers
    typo_share: float = 0.15  # of texts
    detail_share: float = 0.02  # of texts, for each kind of personal detail


@dataclass(frozen=True, slots=True)
class CausesPlan:
    """All of one story."""

    surges: tuple[Surge, ...] = ()
    others_factor: float = 1.0  # on needs without a surge, in the windows of a `share`
    theme_days: int | None = (
        None  # how long before the cut the theme of the texts begins; None: no theme
    )
    uncoded_share: float = 0.08  # of contacts on needs that `uncoded` does not name
    uncoded: tuple[tuple[str, float], ...] = UNCODED
    rule_errors: tuple[tuple[str, str, float], ...] = RULE_ERRORS
    chance: ChancePlan = ChancePlan()
    sample: SamplePlan = SamplePlan()
    texts: TextPlan = TextPlan()

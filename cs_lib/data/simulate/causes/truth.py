"""The planted truths of a story about needs and causes, as records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_lib.data.simulate.causes.plan import Kind

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class SurgeTruth:
    """One need and the factor on its first contacts per order within its windows (naive UTC)."""

    kind: Kind
    need_code: str
    factor: float
    windows: tuple[tuple[pd.Timestamp, pd.Timestamp], ...]


@dataclass(frozen=True, slots=True)
class ThemeTruth:
    """The theme that lives only in subjects of contacts without a code, from `live_at` on."""

    live_at: pd.Timestamp
    first_contacts_per_order: float
    terms: dict[
        str, str
    ]  # by language; typos apart, every text of the theme and no other has its term


@dataclass(frozen=True, slots=True)
class ChanceTruth:
    """The need that customers come back with by chance only.

    Chances that a contact is followed by another of the same customer and need within so many days
    of its resolution, given the customers' own rates; `as_coded` counts only contacts coded as the
    need.
    """

    need_code: str
    customers: int  # with a rate of their own
    planted_repeat_30d: float
    chance_repeat_7d: float
    chance_repeat_30d: float
    chance_repeat_7d_as_coded: float
    chance_repeat_30d_as_coded: float


@dataclass(frozen=True, slots=True)
class SampleTruth:
    """The contacts that the coded sample stands for, and how far coders are right."""

    population: int  # neither merged, spam nor cancelled, and opened before `population_until`
    population_until: pd.Timestamp
    sizes: dict[str, int]  # contacts coded, by stratum (owner as coded by rule)
    strata: dict[str, int]  # contacts of the population, by stratum
    first_coder_error: float
    second_coder_error: float  # of contacts with a code


@dataclass(frozen=True, slots=True)
class CausesTruth:
    """Codes, texts and needs over time.

    `confusion` is planted: true need -> need as coded by rule -> chance; None is not coded. Shares,
    kappa and recurrence are facts of this desk's whole population, which the sample estimates.
    """

    confusion: dict[str | None, dict[str | None, float]]
    uncoded_share: float
    owner_shares: dict[str, float]
    coded_owner_shares: dict[str, float]  # of the codes by rule
    kappa_owner: float  # of the rule against the truth
    kappa_need: float
    coded_repeat_30d: dict[str, float]  # true recurrence of contacts coded so by rule
    sample: SampleTruth
    surges: tuple[SurgeTruth, ...]
    others_factor: float  # on all needs without a surge, in the windows of the surge `share`
    theme: ThemeTruth | None
    chance: ChanceTruth
    contacts: (
        pd.DataFrame
    )  # contact_id, need_code, owner, root_cause (all true), is_theme, language
    personal_details: pd.DataFrame  # contact_id, kind, value as it stands in the subject

    def surge(self, kind: Kind) -> SurgeTruth:
        """The surge of a kind."""
        return next(s for s in self.surges if s.kind == kind)

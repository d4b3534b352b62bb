"""Result records: what every analysis returns and every report reads. Small, frozen, no raw data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal, Self

from cs_lib.quantity import Quantity
from cs_lib.titles import title_of

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from cs_lib.sentences import Method, Sentence, Text


Good = Literal["up", "down"]
Design = Literal["randomised", "before_after", "by_team"]
Verdict = Literal[
    "ship",
    "stop",
    "keep_running",
    "inconclusive",
    "invalid",
    "improved",
    "worsened",
    "no_clear_change",
    "not_enough_data",
    "planned",
    "not_feasible",
    # data_health
    "fit",
    "fit_with_limits",
    "unfit",
    # needs_and_causes
    "fix_first",
    "measure_first",
    "nothing_stands_out",
    # journey_map
    "pain_found",
    "no_clear_pain",
    "log_too_thin",
    # service_scorecard
    "steady",
    "better",
    "worse",
    "attention",
    # improvement_portfolio
    "adds_up",
    "unclear",
    "too_few_to_add",
]


class Shown:
    """What is one short line in a terminal and a card in a notebook; `cs_lib` tells the shell how."""

    __slots__ = ()


class Answer(Shown):
    """What a study came to. In a notebook it shows what its page shows first."""

    __slots__ = ()

    @property
    def money(self) -> Quantity:
        """What amounts of this study are: money of its currency."""
        return Quantity("money", self.currency)

    if TYPE_CHECKING:  # fields of some results, properties of others

        @property
        def study(self) -> Any:
            """Its settings."""

        @property
        def metrics(self) -> dict[str, Any]:
            """Definitions of the metrics it names."""
            ...

        @property
        def currency(self) -> str:
            """Code of the currency of amounts."""
            ...

        @property
        def primary(self) -> Any:
            """The metric that decides."""

        @property
        def checks(self) -> tuple[Check, ...]:
            """What must hold before it is read."""
            ...

        @property
        def decision(self) -> Decision:
            """What to do, why, and what next."""
            ...

        @property
        def observed_until(self) -> date:
            """The first day that is not wholly observed."""
            ...

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.study.study}: {self.decision!r})"


class EffectAnswer(Answer):
    """What a study of an effect came to; a plan is no such study."""

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def design(self) -> Design:
            """How the comparison was made."""
            ...

        @property
        def effect(self) -> Effect | None:
            """The deciding effect; None while it is withheld."""
            ...

        @property
        def rails(self) -> tuple[Guardrail, ...]:
            """All guardrails, of every variant."""
            ...

        @property
        def deciding_rails(self) -> tuple[Guardrail, ...]:
            """Those that the decision looked at: of the variant it speaks of, and whatever got worse."""
            ...

        @property
        def several(self) -> bool:
            """Whether there is more than one variant to tell apart."""
            ...

        def effects(self) -> tuple[Effect, ...]:
            """All effects, primary first."""
            ...

        def unpaid(self, effect: Effect) -> bool:
            """Whether an effect's p-value stands beside a test that runs on and no look has paid for it."""
            ...

    def to_frame(self) -> pd.DataFrame:
        """Every effect as a row, primary first, in the unit of its metric; see the function `to_frame`."""
        return to_frame(self.effects()).drop(columns="details", errors="ignore")


class Record(Shown):
    """A result of some fields; `to_frame` has all of them, unrounded."""

    __slots__ = ()

    def to_frame(self) -> pd.DataFrame:
        """The record as one row, fields in declared order; see the function `to_frame`."""
        return to_frame([self])


def stage(earlier: Any) -> dict[str, Any]:
    """The fields of an earlier stage by name, for the record of the next."""
    return {f.name: getattr(earlier, f.name) for f in fields(earlier)}


def to_frame(records: Iterable[Record]) -> pd.DataFrame:
    """Records of one kind as a table, one row each, a column per field in declared order.

    Numbers are unrounded, in the unit of their metric (shares 0 to 1). What has a code, such as a
    method, is that code; a sentence is said in the language in use. The fields of a record in a record
    are columns of their own, `effect.control`.
    """
    import pandas as pd

    return pd.DataFrame([dict(_cells(record)) for record in records])


def _cells(record: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """A record's fields by column."""
    for f in fields(record):
        value, name = getattr(record, f.name), f"{prefix}{f.name}"
        if isinstance(value, Record):
            yield from _cells(value, f"{name}.")
        elif hasattr(value, "facts") and not isinstance(value, type):  # words
            yield name, value.facts if isinstance(value.facts, str) else str(value)
        else:
            yield name, asdict(value) if _is_record(value) else value


def _is_record(value: Any) -> bool:
    return is_dataclass(value) and not isinstance(value, type)


def short(value: float) -> str:
    """A number for a line of code: three significant digits, whole from a thousand on."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def plain(value: Any) -> Any:
    """Records, arrays and dates as what JSON can hold; floats to 10 digits, none infinite."""
    if hasattr(value, "facts") and not isinstance(value, type):  # words: machines get what they say
        return plain(value.facts)
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return float(f"{value:.10g}") if isfinite(value) else None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value


@dataclass(frozen=True, slots=True, repr=False)
class Effect(Record):
    """Treatment minus control for one metric (before/after: observed minus counterfactual)."""

    metric: str
    variant: str
    control: float
    treatment: float
    effect: float
    effect_ci_low: float
    effect_ci_high: float
    pvalue: float
    nobs: int  # experimental units or periods, never rows
    method: Method
    alpha: float = (
        0.05  # level of the interval; smaller than the plan's when adjusted for several arms
    )
    se: float = float("nan")
    df: float = float("inf")
    details: dict[str, float | int | str] = field(default_factory=dict)

    @property
    def rel_effect(self) -> float:
        """Effect as a share of the control value; not a number when that is not positive."""
        return self.effect / self.control if self.control > 0 else float("nan")

    @property
    def rel_se(self) -> float | None:
        """Standard error of `rel_effect` by the delta method; None where it cannot be had.

        With the variants' sizes known the error is split between them as for equal spreads, else the
        control value is taken as known. A method that gives a relative interval of its own is followed.
        """
        if not (self.control > 0 and isfinite(self.se)):
            return None
        low, high = (self.details.get(f"rel_effect_ci_{end}") for end in ("low", "high"))
        if isinstance(low, float) and isinstance(high, float) and self.se > 0:
            width = (self.effect_ci_high - self.effect_ci_low) / self.se
            return (high - low) / width if width > 0 else None
        n0, n1 = (float(self.details.get(f"n_{side}", 0)) for side in ("control", "treatment"))
        share = n1 / (n0 + n1) if n0 > 0 and n1 > 0 else 0.0  # of the variance that control brings
        ratio = self.treatment / self.control
        return float(self.se * (1 - share + ratio**2 * share) ** 0.5 / self.control)

    def gain_interval(self, good: Good) -> tuple[float, float]:
        """The interval turned so that larger is better."""
        if good == "down":
            return -self.effect_ci_high, -self.effect_ci_low
        return self.effect_ci_low, self.effect_ci_high

    def with_(self, **changes: Any) -> Self:
        """A copy with some fields changed."""
        return replace(self, **changes)

    def __repr__(self) -> str:
        low, high = short(self.effect_ci_low), short(self.effect_ci_high)
        return (
            f"Effect({self.metric}, {self.variant}: {short(self.control)} to {short(self.treatment)}, "
            f"difference {short(self.effect)}, {100 * (1 - self.alpha):.3g} % interval {low} to {high}, "
            f"p {short(self.pvalue)}, n {self.nobs:,}, {self.method!s})"
        )


@dataclass(frozen=True, slots=True, repr=False)
class Check(Record):
    """One trust check: passed True or False, or None when it only informs."""

    code: str
    passed: bool | None
    found: Text
    blocks_decision: bool = False
    of: Text = ""  # what one of several such checks is about

    @property
    def called(self) -> Text:
        """What the check is called by its outcome, to be said later."""
        from cs_lib.sentences import say

        return say(title_of(self.code, self.passed), of=self.of)

    @property
    def name(self) -> str:
        """What the check is called by its outcome, in the language in use."""
        return str(self.called)

    @property
    def finding(self) -> str:
        """What was found, in the language in use."""
        return str(self.found)

    def __repr__(self) -> str:
        outcome = {True: "passed", False: "not passed", None: "note"}[self.passed]
        return f"Check({self.name}: {outcome}. {self.finding})"


@dataclass(frozen=True, slots=True, repr=False)
class Guardrail(Record):
    """A metric that must not get worse than `margin`: holds, breached or not_shown."""

    metric: str
    outcome: Literal["holds", "breached", "not_shown"]
    margin: float
    effect: Effect
    share_of_before: float | None = (
        None  # the margin as a share of the level before, where it is one
    )
    pvalue: float | None = None  # one-sided, against a loss of the margin or more

    def __repr__(self) -> str:
        return f"Guardrail({self.outcome}, margin {short(self.margin)}, {self.effect!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Decision(Record):
    """What to do, why, and what next."""

    verdict: Verdict
    reason: Text
    advice: Text
    clause: str = ""  # which clause of the rule decided
    headline: Text = ""  # that clause in words, for whoever reads nothing else

    @property
    def because(self) -> str:
        """Why, in the language in use."""
        return str(self.reason)

    @property
    def next_step(self) -> str:
        """What next, in the language in use."""
        return str(self.advice)

    def __repr__(self) -> str:
        return f"Decision({self.verdict}: {self.because} Next: {self.next_step})"


def rows_found(called: Text, found: float, usual: float, first: date, last: date) -> Sentence:
    """What a table holds on some days: `12 rows in orders from 3 to 9 March 2026, 80 would be usual`."""
    from cs_lib import sentences as w
    from cs_lib.sentences import say

    return say(
        "{found} in {table} from {days}, {usual} would be usual",
        found=w.counted(round(found), "row"),
        table=called,
        days=w.days(first, last),
        usual=w.count(round(usual)),
    )

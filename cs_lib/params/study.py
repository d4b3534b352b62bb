"""What every kind of study states: who asks what, of which data, by which rule."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, PrivateAttr

from cs_lib.language import Language
from cs_lib.params.days.periods import Moving
from cs_lib.params.fields import Names, Positive, SettledDay, Slug, Strict
from cs_lib.params.own.columns import of_columns

Conflict = tuple[str, str]


class Study(Strict):
    """What every study states."""

    fixed_once_seen: ClassVar[bool] = True  # a later change of the plan is told on the page
    reads_pages: ClassVar[bool] = False  # those that do run after all others of a command
    kind: ClassVar[str] = ""  # what such a study is called on its page
    measures: ClassVar[Literal["customers", "days"]]  # what its metrics are values of
    moving: ClassVar[dict[str, Moving]] = {}  # periods that may be written so that they move
    _written: dict[str, Any] = PrivateAttr(default_factory=dict)

    study: Slug = Field(
        description="name of the study; the file and the report folder are called so"
    )
    notebook: str = Field(description="the notebook that answers it")
    question: str = Field(
        min_length=10,
        max_length=160,
        description="the reader's question, one line; the page's title",
    )
    as_of: SettledDay = Field(
        description="data before this day count; the report never reads the clock"
    )
    source: str = Field(description="where the tables come from: a file name in params/sources")
    language: Language = Field(default="en", description="the language of the page")
    follows: Slug | None = Field(
        default=None, description="the study that this one checks again, if any"
    )
    action: Slug | None = Field(
        default=None, description="id of the action that led to the change, if any"
    )
    owner: str | None = Field(
        default=None, max_length=60, description="who decides: a person or a team, if known"
    )

    @property
    def room(self) -> str:
        """The package of this kind of study on every floor, as a dotted path."""
        return self.notebook

    def change(self, **changes: Any) -> Self:
        """The study with other values at some keys, such as `alpha=0.1` or `rule={"alpha": 0.1}`.

        A key that stands in several places goes with its block, `design={"scope": {"team_id": ["T01"]}}`,
        of which what is not named stays. Raises ParamsError with every fault; names of metrics are looked
        up by `metrics.gather`.
        """
        from cs_lib.params.changed import changed

        return changed(self, changes)

    @property
    def written(self) -> dict[str, Any]:
        """Periods that move, by dotted key, as the settings write them; the fields hold their days."""
        return dict(self._written)

    @classmethod
    def conflicts(cls, draft: Any) -> list[Conflict]:
        """Contradictions between settings as (key, message); values that are themselves faulty are None."""
        return []


class Rule(Strict):
    """When the evidence is enough."""

    alpha: Annotated[float, Field(gt=0, le=0.2)] = Field(
        default=0.05, description="two-sided error level"
    )
    min_effect: Positive = Field(
        description="smallest effect worth acting on, in the primary metric's unit"
    )


class Outcome(Strict):
    """What a column of a user's own table tells."""

    label: Annotated[str, Field(min_length=2, max_length=60)] | None = Field(
        default=None, description="what it is called on the page; else the column's name"
    )
    better: Literal["higher", "lower"] = Field(default="higher", description="which way is better")
    unit: Literal["share", "minutes", "hours", "money", "count", "score"] | None = Field(
        default=None, description="of its values; else share for share(...), count for others"
    )


class Measure(Strict):
    """What is measured; metric names as in the catalogue."""

    primary_metric: str = Field(description="the one metric that decides")
    guardrails: dict[str, Positive] = Field(
        default={}, description="metrics that must not get worse by more than this margin"
    )
    secondary: Names = Field(default=(), description="metrics shown beside, marked exploratory")
    outcomes: dict[str, Outcome] = Field(
        default={},
        description="of metrics made of columns, such as share(bought): {label, better, unit} of each",
    )


def measure_conflicts(measure: Any) -> list[Conflict]:
    """A metric that stands in two places."""
    primary, guardrails = measure.primary_metric, measure.guardrails or {}
    found: list[Conflict] = []
    if primary in guardrails:
        found.append(
            ("measure.guardrails", f"'{primary}' is the primary metric; it cannot guard itself")
        )
    every = [primary, *guardrails, *(measure.secondary or ())]
    own = [name for name in every if name and of_columns(name)]
    if own and len(own) < len(list(filter(None, every))):
        others = ", ".join(f"'{name}'" for name in every if name and not of_columns(name))
        found.append(
            (
                "measure",
                f"'{own[0]}' is of a column of your own table, {others} not; one study reads one or the other",
            )
        )
    found += [
        (f"measure.outcomes.{name}", "describes a metric that the study does not name")
        for name in getattr(measure, "outcomes", None) or ()
        if name not in every
    ]
    for name in measure.secondary or ():
        if name == primary or name in guardrails:
            found.append(
                ("measure.secondary", f"'{name}' is already the primary metric or a guardrail")
            )
    return found


def window_days(metric: str) -> int | None:
    """The window a metric's name carries: 60 for repurchase_60d."""
    tail = metric.rsplit("_", 1)[-1]
    return int(tail[:-1]) if tail.endswith("d") and tail[:-1].isdigit() else None

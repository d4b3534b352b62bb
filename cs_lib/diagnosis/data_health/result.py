"""What the health of a source came to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from cs_lib.metrics.data_health import HealthEvidence
from cs_lib.params.data_health import Analysis, DataHealth
from cs_lib.results import Answer, Check, Decision, Record
from cs_lib.sentences import Text

State = Literal["yes", "half", "no"]


@dataclass(frozen=True, slots=True, repr=False)
class Finding(Record):
    """One check with what the matrix and the table of checks need of it.

    Attributes:
        check: its code, outcome and sentence; `check.of` names the table or column of one of several.
        table, columns: where it was looked for.
        count: rows (or days) at fault; 0 when it passed.
        among: rows that could have been.
        first, last: local days between which the fault lies, where it has any.
        example: one value, key or stamp as it stands in the source.
        costs: what a reader of a study would get wrong, in a sentence.
        fix: the one thing that would put it right.
        stops: analyses that cannot be done while it stands.
        limits: analyses that can be done with care.
    """

    check: Check
    table: str
    columns: tuple[str, ...] = ()
    count: int = 0
    among: int = 0
    first: date | None = None
    last: date | None = None
    example: str = ""
    costs: Text = ""
    fix: Text = ""
    stops: tuple[Analysis, ...] = ()
    limits: tuple[Analysis, ...] = ()

    @property
    def share(self) -> float:
        """Rows at fault among those that could have been; 0 without any."""
        return self.count / self.among if self.among else 0.0

    @property
    def failed(self) -> bool:
        """Whether the check did not pass; a note neither passes nor fails."""
        return self.check.passed is False


@dataclass(frozen=True, slots=True)
class Readiness(Record):
    """Whether one kind of study can be done with this source.

    Attributes:
        analysis: its code.
        state: `yes`, `half` (with the limits in `reasons`) or `no`.
        wanted: whether the settings name it; only those decide the verdict.
        reasons: why not, or with which care, in clauses; the first is the heaviest.
        missing: tables and columns (`orders`, `contacts.need_code`) that it needs and that are not there or empty.
        usable_from, usable_to: first and last local day that such a study may use; None when it cannot be done.
        changes_it: the one thing that would make it better.
    """

    analysis: Analysis
    state: State
    wanted: bool
    reasons: tuple[Text, ...]
    missing: tuple[str, ...]
    usable_from: date | None
    usable_to: date | None
    changes_it: Text = ""


@dataclass(frozen=True, slots=True, repr=False)
class HealthResult(Answer):
    """What a source can answer today. `evidence` holds what the figures draw."""

    study: DataHealth
    metrics: dict[str, Any]  # there are none; every answer has the field
    currency: str
    findings: tuple[Finding, ...]
    decision: Decision
    readiness: tuple[Readiness, ...]
    observed_until: date
    fix_first: Finding | None  # the failed check that most analyses wait for
    evidence: HealthEvidence

    @property
    def checks(self) -> tuple[Check, ...]:
        """What was looked at, in the order of the page."""
        return tuple(finding.check for finding in self.findings)

    @property
    def per_day(self) -> dict[str, dict[date, int]]:
        """Rows by table and local day: a fingerprint that a later run can compare with its own."""
        return {
            name: {
                day: int(n) for day, n in zip(t.days.tolist(), t.counts.tolist(), strict=True) if n
            }
            for name, t in self.evidence.tables.items()
            if len(t.days)
        }

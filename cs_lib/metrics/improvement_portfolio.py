"""All that a portfolio reads: results of studies, the change log, and the headline's own movement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cs_lib.aggregates import LoggedChange, Series
from cs_lib.data.desk import Desk
from cs_lib.metrics.catalogue import CATALOGUE, DAILY
from cs_lib.metrics.changes_logged import changes_logged
from cs_lib.metrics.definition import Metric
from cs_lib.metrics.queries.per_day import daily
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.metrics.study_results import (
    NoFolder,
    StudyResults,
    of_files,
    place_of,
    published,
)
from cs_lib.params import ImprovementPortfolio, closest
from cs_lib.sentences import Text, say

if TYPE_CHECKING:
    import pandas as pd

A_YEAR = timedelta(days=364)  # whole weeks, so that weekdays stay where they are


@dataclass(frozen=True, slots=True)
class PortfolioEvidence:
    """What a portfolio reads.

    Attributes:
        results: every run of every study that the folder holds, and what could not be read.
        metrics: definitions of metrics that studies name, as far as this suite knows them.
        headline: the headline by day, from a year before the period on where the tables reach back so far; None where
            none is wanted or `absent` says why.
        changes: every entry of the change log that was live before the cut; None where there is no log.
        absent: why the headline, or the log, cannot be had.
        observed_until: the first local day that is not wholly observed.
    """

    room: ClassVar[str] = "improvement_portfolio"

    results: StudyResults
    metrics: Mapping[str, Metric]
    headline: Series | None
    changes: tuple[LoggedChange, ...] | None
    absent: dict[str, Text]
    observed_until: date
    currency: str
    notes: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """One row per run that was read: study, notebook, day, verdict, kind and where it stands."""
        import pandas as pd

        columns = ("study", "notebook", "as_of", "verdict", "kind", "follows", "action", "where")
        rows = [{name: getattr(run, name) for name in columns} for run in self.results.runs]
        return pd.DataFrame(rows, columns=list(columns))


def results_of(study: ImprovementPortfolio) -> StudyResults:
    """The results that the settings name, up to their day. Raises NoFolder."""
    asked = study.studies
    if asked.simulate is not None:
        from cs_lib.data.simulate.study_folder.folder import study_folder

        files = study_folder(asked.simulate.seed).files
        made = {path: text.encode() for path, text in files.items()}
        return of_files(made, as_of=study.as_of, leave_out=asked.leave_out)
    return published(asked.folder, as_of=study.as_of, own=study.study, leave_out=asked.leave_out)


def problems(draft: Any) -> Iterator[tuple[str, str]]:
    """A headline that nobody knows, and a folder that cannot be read, as (key, message)."""
    headline = draft.design.headline if draft.design else None
    if headline is not None and headline not in DAILY:
        yield "design.headline", f"no metric by day '{headline}'{closest(headline, DAILY)}"
    if draft.studies and draft.studies.simulate is None and draft.studies.folder:
        try:
            place_of(draft.studies.folder)
        except NoFolder as fault:
            yield "studies.folder", str(fault)


def gather(desk: Desk, study: ImprovementPortfolio) -> PortfolioEvidence:
    """All results, the log and the headline."""
    results = results_of(study)
    absent = dict[str, Text]()
    named = {e.metric for run in results.runs for e in run.effects}
    changes: tuple[LoggedChange, ...] | None = None
    if study.studies.simulate is not None:
        absent["changes"] = say("A made-up year of studies has no change log.")
    elif desk.has("flow_changes"):
        changes = changes_logged(desk)
    else:
        absent["changes"] = say("The source has no change log (flow_changes).")
    return PortfolioEvidence(
        results=results,
        metrics={name: CATALOGUE[name] for name in sorted(named & set(CATALOGUE))},
        headline=_headline(desk, study, absent),
        changes=changes,
        absent=absent,
        observed_until=desk.observed_until,
        currency=desk.currency,
        notes=desk.notes,
        caveats=desk.caveats,
    )


def _headline(desk: Desk, study: ImprovementPortfolio, absent: dict[str, Text]) -> Series | None:
    """The headline by day, without the days before anything was recorded."""
    name = study.design.headline
    if name is None:
        return None
    first, last = study.design.period
    end = min(last, desk.observed_until - timedelta(days=1))
    if end < first:
        absent["headline"] = say("The tables of the source end before the period begins.")
        return None
    try:
        found = daily(desk, DAILY[name], start=first - A_YEAR, end=end)
    except NotAvailable as refusal:
        absent["headline"] = refusal.reason
        return None
    there = np.flatnonzero((found.numerator > 0) & (found.denominator > 0))
    if not len(there):
        absent["headline"] = say("Nothing of it was recorded in the period.")
        return None
    kept = slice(there[0], there[-1] + 1)
    return Series(name, found.days[kept], found.numerator[kept], found.denominator[kept])

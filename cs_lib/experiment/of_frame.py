"""What studies of a frame share: settings from what was said, the desk of the frame, and results that can be saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from importlib import import_module
from typing import Any, Self

from cs_lib.experiment.analysis import analyze
from cs_lib.metrics import from_frame, gather
from cs_lib.metrics import problems as metric_problems
from cs_lib.metrics.from_frame import Desk, Kept, Table
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params import (
    ParamsError,
    Problem,
    Study,
    check_study,
    closest,
    headers_of,
    of_columns,
    safe,
)
from cs_lib.params.fields import iso_date
from cs_lib.results import stage

NAME = "frame"  # of the source and the study until they are saved
WANTED = {
    "variant": "the column that says which variant each customer was given",
    "outcome": "the column of the outcome",
    "control": "the variant that everything is compared with",
    "date": "the day on which the change went live, like '2026-03-01'",
    "min_effect": "the smallest difference worth acting on, in the unit of the outcome (of a share, 0.02 is 2 points)",
}


class OfFrame:
    """What a result of a frame has beside the result."""

    __slots__ = ()

    @classmethod
    def of(cls, result: Any, kept: Kept) -> Self:
        """The result with what is needed to repeat it."""
        own = cls(**stage(result))
        object.__setattr__(own, "kept", kept)
        return own

    def save(self, name: str, *, replace: bool = False) -> list[str]:
        """Write params/NAME.yaml, params/sources/NAME.yaml and data/NAME.parquet, which `cslib run NAME` repeats.

        Returns the files. Raises ParamsError where one is there already, unless `replace` is said.
        """
        # Only runs write files; a result asks for them by name, as a notebook asks for the page's cards.
        saving = import_module("cs_lib.runs.starting.saving")
        files: list[str] = saving.save_frame(self.study, self.kept, name, replace=replace)  # type: ignore[attr-defined]
        return files


def answered(
    desk: Desk, settings: dict[str, Any], table: Table, timezone: str | None
) -> tuple[Any, from_frame.Kept]:
    """The result of settings and what is needed to repeat it. Raises ParamsError."""
    study = study_of(settings)
    try:
        evidence = gather(desk, study)
    except NotAvailable as error:
        raise from_frame.refused(error) from None
    return analyze(evidence, study), from_frame.kept(desk, table, timezone)


def study_of(settings: dict[str, Any]) -> Study:
    """Settings as a study; the frame stands in for its source. Raises ParamsError with every fault."""
    raw = {"study": NAME, "source": NAME, **_said(settings)}
    study, problems = check_study(raw, file="", lines={}, also=metric_problems)
    problems = [problem for problem in problems if problem.key != "source"]
    if problems or study is None:
        raise ParamsError(problems)
    return study


def _said(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without those that say nothing."""
    return {
        key: _said(value)
        if isinstance(value, dict) and key not in ("split", "guardrails", "outcomes")
        else value
        for key, value in settings.items()
        if value is not None
    }


def opened(
    table: Any,
    frame: Any,
    roles: Mapping[str, Any],
    timezone: str | None,
    currency: str,
    as_of: Any,
) -> Desk:
    """The desk of a frame. Raises DataError and ParamsError, one sentence for each fault."""
    until = None if as_of is None else day("as_of", as_of)
    return from_frame.opened(table, frame, roles, timezone=timezone, currency=currency, as_of=until)


def measured(
    named: Mapping[str, str],
    outcome: str,
    guardrails: Mapping[str, float] | None,
    secondary: str | Sequence[str],
    outcomes: Mapping[str, Mapping[str, str]] | None,
) -> dict[str, Any]:
    """The block `measure` of what was said; `named` has each column as a metric."""
    return {
        "primary_metric": named[outcome],
        "guardrails": {named[one]: margin for one, margin in (guardrails or {}).items()},
        "secondary": [named[one] for one in texts(secondary)],
        "outcomes": {named.get(one, one): dict(said) for one, said in (outcomes or {}).items()},
    }


def metric(desk: Desk, table: str, name: str) -> str:
    """A column as a metric: of customers a share where it holds 0 and 1 alone, else a mean."""
    if of_columns(name):
        return name
    share = table == "results" and from_frame.is_share(desk, table, safe(name))
    return f"{'share' if share else 'mean'}({name})"


def headers(names: Iterable[str]) -> list[str]:
    """The columns that metrics and covariates name, as the frame writes them."""
    return once([header for name in names for header in headers_of(name)])


def once(names: Iterable[str]) -> list[str]:
    """The same without repeats, in order."""
    return list(dict.fromkeys(names))


def texts(given: str | Iterable[str]) -> list[str]:
    """One word, or several, as a list."""
    return [given] if isinstance(given, str) else [str(one) for one in given]


def missing(**given: Any) -> list[Problem]:
    """What must be said and was not."""
    return [
        Problem(key, f"missing: {WANTED[key]}") for key, value in given.items() if value is None
    ]


def unknown_words(given: Mapping[str, Any], function: Callable[..., Any]) -> list[Problem]:
    """Words that a function does not take, each with the nearest that it takes."""
    known = [
        name for name in function.__annotations__ if name not in ("frame", "unknown", "return")
    ]
    return [
        Problem(
            name,
            f"is nothing that can be said here{closest(name, known) or ': ' + ', '.join(known)}",
        )
        for name in given
    ]


def day(key: str, value: Any) -> date:
    """A day as it is given: a date, a stamp of a frame, or text. Raises ParamsError."""
    value = value.date() if hasattr(value, "date") and callable(value.date) else value
    try:
        return iso_date(value)
    except ValueError as error:
        raise ParamsError([Problem(key, str(error))]) from None

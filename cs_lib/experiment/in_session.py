"""Studies of a frame in one call: the same settings, evidence, checks and result as a notebook of a source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from cs_lib.data.desk import Desk
from cs_lib.experiment.analysis import analyze
from cs_lib.experiment.saved import Changed, Compared
from cs_lib.metrics import from_frame, gather
from cs_lib.metrics import problems as metric_problems
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

NAME = "frame"  # of the source and the study until they are saved
WANTED = {
    "variant": "the column that says which variant each customer was given",
    "outcome": "the column of the outcome",
    "control": "the variant that everything is compared with",
    "date": "the day on which the change went live, like '2026-03-01'",
    "min_effect": "the smallest difference worth acting on, in the unit of the outcome (of a share, 0.02 is 2 points)",
}


def compare(
    frame: Any,
    *,
    variant: str | None = None,
    outcome: str | None = None,
    control: Any = None,
    min_effect: float | None = None,
    customer: str | None = None,
    assigned: str | None = None,
    covariates: str | Sequence[str] = (),
    segments: str | Sequence[str] = (),
    cluster: str | None = None,
    assigned_by: str | None = None,
    weights: Mapping[Any, float] | None = None,
    planned_n: int | None = None,
    guardrails: Mapping[str, float] | None = None,
    secondary: str | Sequence[str] = (),
    outcomes: Mapping[str, Mapping[str, str]] | None = None,
    alpha: float = 0.05,
    correction: str = "holm",
    question: str | None = None,
    as_of: date | str | None = None,
    timezone: str | None = None,
    currency: str = "",
    **unknown: Any,
) -> Compared:
    """Compare the variants of a frame with a row per customer, as notebooks/perk_ab_test.ipynb does.

    Args:
        frame: of pandas or polars, an Arrow table or a relation.
        variant, customer, assigned: columns; without `customer` every row is one, without `assigned` no day is known.
        outcome: a column (0 and 1: a share, else a mean), or `share(a)`, `mean(a)`, `ratio(a, b)`; so are the names in
            `guardrails` (with their margins) and `secondary`.
        control: the variant that the others are compared with.
        min_effect: the smallest difference worth acting on, in the unit of the outcome.
        covariates, segments, cluster: columns that were known before the assignment; naming them here says so.
        assigned_by: with a cluster, `cluster` or `customer`: what was assigned.
        weights: the planned share of each variant; equal shares unless they are given.
        planned_n: customers planned per variant; without it the frame is all there will be.
        outcomes: by name, `{"better": "lower", "label": ..., "unit": ...}` where more is not better, or a name is none.

    Raises:
        ParamsError, DataError: one sentence for each fault of what was asked, and of the frame.
    """
    asked = [*_texts(guardrails or {}), *_texts(secondary)]
    names, known = [outcome or "", *asked], _texts(covariates)
    faults = _missing(variant=variant, outcome=outcome, control=control, min_effect=min_effect)
    labels = [*_texts(segments), *([cluster] if cluster else [])]
    faults += _unknown(unknown, compare)
    if faults:
        raise ParamsError(faults)
    numbers = _headers([*names, *known])
    roles = {
        "variant": variant,
        "customer": customer,
        "assigned": assigned,
        "numbers": numbers,
        "labels": _once(labels),
        "before": _once([*_headers(known), *labels]),
    }
    desk = _opened("results", frame, roles, timezone, currency, as_of)
    try:
        there, control = from_frame.variants_of(desk), _as_text(control)
        shares = {_as_text(name): share for name, share in (weights or {}).items()}
        faults = _of_variants(there, control, shares)
        if faults:
            raise ParamsError(faults)
        arms = [one for one in (shares or there) if one != control]
        named = {one: _metric(desk, "results", one) for one in (*names, *known)}
        settings = {
            "notebook": "perk_ab_test",
            "question": question or f"Does {outcome} differ between the variants?"[:160],
            "as_of": _as_of(desk, as_of, dated=assigned is not None),
            "design": {
                "control": control,
                "arms": arms,
                "split": shares or _equal([control, *arms]),
                "period": _period(desk) if assigned else None,
                "cluster": safe(cluster) if cluster else None,
                "assigned_by": assigned_by,
            },
            "measure": _measure(named, names[0], guardrails, secondary, outcomes)
            | {
                "covariates": [named[one] for one in known],
                "segments": [safe(one) for one in _texts(segments)],
            },
            "rule": {
                "min_effect": min_effect,
                "alpha": alpha,
                "planned_n": planned_n,
                "correction": correction,
            },
        }
        return Compared.of(*_answered(desk, settings, "results", timezone))
    finally:
        desk.close()


def change(
    frame: Any,
    *,
    date: date | str | None = None,
    outcome: str | None = None,
    day: str | None = None,
    min_effect: float | None = None,
    washout_days: int = 0,
    guardrails: Mapping[str, float] | None = None,
    secondary: str | Sequence[str] = (),
    outcomes: Mapping[str, Mapping[str, str]] | None = None,
    design: Mapping[str, Any] | None = None,
    alpha: float = 0.05,
    question: str | None = None,
    as_of: date | str | None = None,
    timezone: str | None = None,
    currency: str = "",
    **unknown: Any,
) -> Changed:
    """Compare the days before and after a date, as notebooks/before_after.ipynb does.

    Args:
        frame: a Series with days as its index, or a frame with a row per day.
        date: the day on which the change went live.
        outcome: a column (its value each day), `share(solved, calls)`, `ratio(a, b)`; so are the names in `guardrails`
            (with their margins) and `secondary`. Of a Series nothing need be said.
        day: the column of days; else the index, or the only column of days.
        min_effect: the smallest change worth acting on, in the unit of the outcome.
        washout_days: days after the change that are left out.
        design: further settings of the design, such as holidays, calendar, also, pre_period.
        outcomes: by name, `{"better": "lower", "label": ..., "unit": ...}` where more is not better, or a name is none.

    Raises:
        ParamsError, DataError: one sentence for each fault of what was asked, and of the frame.
    """
    frame, outcome, day = _by_day(frame, outcome, day)
    faults = _missing(date=date, outcome=outcome, min_effect=min_effect) + _unknown(unknown, change)
    if faults:
        raise ParamsError(faults)
    names = [outcome or "", *_texts(guardrails or {}), *_texts(secondary)]
    roles = {"day": day, "numbers": _headers(names)}
    desk = _opened("days", frame, roles, timezone, currency, as_of)
    try:
        live, span = _day("date", date), from_frame.span(desk, "days", "day")
        if span is None or not span[0] < live <= span[1]:
            there = f"from {span[0]} to {span[1]}" if span else "none"
            raise ParamsError(
                [
                    Problem(
                        "date", f"{live}: the frame has days {there}; the change must lie between"
                    )
                ]
            )
        named = {one: _metric(desk, "days", one) for one in names}
        settings = {
            "notebook": "before_after",
            "question": question or f"Did {outcome} change on {live}?"[:160],
            "as_of": _as_of(desk, as_of, dated=True),
            "design": {
                "intervention_date": live.isoformat(),
                "washout_days": washout_days,
                "pre_period": [span[0].isoformat(), (live - timedelta(days=1)).isoformat()],
                "post_period": [live.isoformat(), span[1].isoformat()],
            }
            | dict(design or {}),
            "measure": _measure(named, names[0], guardrails, secondary, outcomes),
            "rule": {"min_effect": min_effect, "alpha": alpha},
        }
        return Changed.of(*_answered(desk, settings, "days", timezone))
    finally:
        desk.close()


def _answered(
    desk: Desk, settings: dict[str, Any], table: Any, timezone: str | None
) -> tuple[Any, from_frame.Kept]:
    """The result of settings and what is needed to repeat it. Raises ParamsError."""
    study = _study(settings)
    try:
        evidence = gather(desk, study)
    except NotAvailable as error:
        raise from_frame.refused(error) from None
    return analyze(evidence, study), from_frame.kept(desk, table, timezone)


def _study(settings: dict[str, Any]) -> Study:
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


def _opened(
    table: Any,
    frame: Any,
    roles: Mapping[str, Any],
    timezone: str | None,
    currency: str,
    as_of: Any,
) -> Desk:
    day = None if as_of is None else _day("as_of", as_of)
    return from_frame.opened(table, frame, roles, timezone=timezone, currency=currency, as_of=day)


def _measure(
    named: Mapping[str, str],
    outcome: str,
    guardrails: Mapping[str, float] | None,
    secondary: str | Sequence[str],
    outcomes: Mapping[str, Mapping[str, str]] | None,
) -> dict[str, Any]:
    return {
        "primary_metric": named[outcome],
        "guardrails": {named[one]: margin for one, margin in (guardrails or {}).items()},
        "secondary": [named[one] for one in _texts(secondary)],
        "outcomes": {named.get(one, one): dict(said) for one, said in (outcomes or {}).items()},
    }


def _metric(desk: Desk, table: str, name: str) -> str:
    """A column as a metric: of customers a share where it holds 0 and 1 alone, else a mean."""
    if of_columns(name):
        return name
    share = table == "results" and from_frame.is_share(desk, table, safe(name))
    return f"{'share' if share else 'mean'}({name})"


def _headers(names: Iterable[str]) -> list[str]:
    return _once([header for name in names for header in headers_of(name)])


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _texts(given: str | Iterable[str]) -> list[str]:
    return [given] if isinstance(given, str) else [str(one) for one in given]


def _as_text(variant: Any) -> str:
    """A variant as the engine writes it."""
    return str(variant).lower() if isinstance(variant, bool) else str(variant)


def _equal(names: Sequence[str]) -> dict[str, float]:
    return dict.fromkeys(names, 1 / len(names))


def _of_variants(there: Sequence[str], control: str, shares: Mapping[str, float]) -> list[Problem]:
    """A control or planned shares of variants that the frame does not have."""
    listed = ", ".join(f"'{one}'" for one in there)
    found = []
    if control not in there:
        near = closest(control, there) or f"; there are {listed}"
        found.append(Problem("control", f"no variant '{control}'{near}"))
    if shares and set(shares) != set(there):
        found.append(Problem("weights", f"must have the planned share of every variant: {listed}"))
    if len(there) < 2:
        found.append(
            Problem("variant", f"holds one variant only ({listed}); there is nothing to compare")
        )
    return found


def _missing(**given: Any) -> list[Problem]:
    """What must be said and was not."""
    return [
        Problem(key, f"missing: {WANTED[key]}") for key, value in given.items() if value is None
    ]


def _unknown(given: Mapping[str, Any], function: Callable[..., Any]) -> list[Problem]:
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


def _day(key: str, value: Any) -> date:
    """A day as it is given: a date, a stamp of a frame, or text. Raises ParamsError."""
    value = value.date() if hasattr(value, "date") and callable(value.date) else value
    try:
        return iso_date(value)
    except ValueError as error:
        raise ParamsError([Problem(key, str(error))]) from None


def _as_of(desk: Desk, as_of: Any, *, dated: bool) -> str:
    """The day before which data count: as said, else that after the last day of the frame; today where it has none."""
    if as_of is not None:
        return _day("as_of", as_of).isoformat()
    return (desk.observed_until if dated else date.today()).isoformat()


def _period(desk: Desk) -> list[str] | None:
    found = from_frame.span(desk, "results", "assigned_on")
    return [one.isoformat() for one in found] if found else None


def _by_day(frame: Any, outcome: str | None, day: str | None) -> tuple[Any, str | None, str | None]:
    """A Series as a frame, and days that stand in the index as a column."""
    if hasattr(frame, "to_frame") and type(frame).__name__ == "Series" and hasattr(frame, "index"):
        name = str(frame.name) if frame.name is not None else "value"
        frame, outcome = frame.to_frame(name), outcome or name
    if not hasattr(frame, "reset_index"):
        return frame, outcome, day or "day"
    if day is None and str(frame.index.dtype).startswith(("datetime", "period")):
        index = frame.index.to_timestamp() if hasattr(frame.index, "to_timestamp") else frame.index
        return frame.assign(day=index).reset_index(drop=True), outcome, "day"
    days = [str(one) for one in frame.columns if str(frame[one].dtype).startswith("datetime")]
    return frame, outcome, day or (days[0] if len(days) == 1 else "day")

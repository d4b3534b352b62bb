"""An A/B test of a frame with a row per customer, in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from cs_lib.experiment.of_frame import (
    OfFrame,
    answered,
    day,
    headers,
    measured,
    metric,
    missing,
    once,
    opened,
    texts,
    unknown_words,
)  # fmt: skip
from cs_lib.experiment.perk_ab_test.result import PerkResult
from cs_lib.metrics import from_frame
from cs_lib.metrics.from_frame import Desk
from cs_lib.params import ParamsError, Problem, closest, safe

Words = str | Sequence[str]
Outcomes = Mapping[str, Mapping[str, str]] | None


class Compared(OfFrame, PerkResult):
    """What `compare` found: the result of an A/B study, which can be saved."""

    __slots__ = ("kept",)


# fmt: off
def compare(
    frame: Any, *, variant: str | None = None, outcome: str | None = None, control: Any = None,
    min_effect: float | None = None, customer: str | None = None, assigned: str | None = None,
    covariates: Words = (), segments: Words = (), cluster: str | None = None, assigned_by: str | None = None,
    weights: Mapping[Any, float] | None = None, planned_n: int | None = None,
    guardrails: Mapping[str, float] | None = None, secondary: Words = (), outcomes: Outcomes = None,
    alpha: float = 0.05, correction: str = "holm", question: str | None = None, as_of: date | str | None = None,
    timezone: str | None = None, currency: str = "", **unknown: Any,
) -> Compared:
    """Compare the variants of a frame with a row per customer, as notebooks/perk_ab_test.ipynb does.

    Columns: `variant`, `customer` (without it every row is one), `assigned` (a day, if known), `outcome` (0 and 1: a
    share, else a mean; or `share(a)`, `mean(a)`, `ratio(a, b)`; so in `guardrails`, with margins, and `secondary`), and
    `covariates`, `segments`, `cluster`: naming them says that they were known before the assignment.
    `min_effect` is the smallest difference worth acting on, in the outcome's unit; `weights` the planned shares (equal
    unless given); `planned_n` customers planned per variant (without it the frame is all there will be); `outcomes` by
    name `{"better": "lower", "label": ..., "unit": ...}`. Raises ParamsError and DataError, a sentence for each fault.
    """
    faults = missing(variant=variant, outcome=outcome, control=control, min_effect=min_effect)
    if faults := [*faults, *unknown_words(unknown, compare)]:
        raise ParamsError(faults)
    names, known = [str(outcome), *texts(guardrails or {}), *texts(secondary)], texts(covariates)
    labels = [*texts(segments), *([cluster] if cluster else [])]
    roles = {
        "variant": variant, "customer": customer, "assigned": assigned, "numbers": headers([*names, *known]),
        "labels": once(labels), "before": once([*headers(known), *labels]),
    }  # fmt: skip
    desk = opened("results", frame, roles, timezone, currency, as_of)
    try:
        named = {one: metric(desk, "results", one) for one in (*names, *known)}
        measure = measured(named, names[0], guardrails, secondary, outcomes)
        before = {
            "covariates": [named[one] for one in known],
            "segments": [safe(one) for one in texts(segments)],
        }
        settings = {
            "notebook": "perk_ab_test",
            "question": question or f"Does {outcome} differ between the variants?"[:160],
            "as_of": (day("as_of", as_of) if as_of else desk.observed_until).isoformat(),
            "design": _design(desk, _as_text(control), weights, cluster) | {"assigned_by": assigned_by},
            "measure": measure | before,
            "rule": {
                "min_effect": min_effect,
                "alpha": alpha,
                "planned_n": planned_n,
                "correction": correction,
            },
        }
        return Compared.of(*answered(desk, settings, "results", timezone))
    finally:
        desk.close()
# fmt: on


def _design(
    desk: Desk, control: str, weights: Mapping[Any, float] | None, cluster: str | None
) -> dict[str, Any]:
    """Control, arms and their planned shares, and the days of assignment. Raises ParamsError."""
    there = from_frame.variants_of(desk)
    shares = {_as_text(name): share for name, share in (weights or {}).items()}
    if faults := _of_variants(there, control, shares):
        raise ParamsError(faults)
    arms = [one for one in (shares or there) if one != control]
    split = shares or dict.fromkeys([control, *arms], 1 / len(there))
    together = safe(cluster) if cluster else None
    return {
        "control": control,
        "arms": arms,
        "split": split,
        "period": _period(desk),
        "cluster": together,
    }


def _as_text(variant: Any) -> str:
    """A variant as the engine writes it."""
    return str(variant).lower() if isinstance(variant, bool) else str(variant)


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


def _period(desk: Desk) -> list[str] | None:
    if desk.roles["results"].assigned is None:
        return None
    found = from_frame.span(desk, "results", "assigned_on")
    return [one.isoformat() for one in found] if found else None

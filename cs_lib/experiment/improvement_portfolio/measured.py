"""From published runs to studies: which run counts, one study under several names, follow-ups, effects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite

from cs_lib.experiment.improvement_portfolio.result import Kindred, Measured
from cs_lib.methods.tails import normal_quantile
from cs_lib.metrics.definition import Metric
from cs_lib.metrics.study_results import OF_EFFECTS, PublishedEffect, PublishedRun
from cs_lib.results import Good
from cs_lib.sentences import Text

UNDECIDED = ("keep_running",)  # what is still looked at has no effect that could be read as final
INVALID = ("invalid",)
KINDS = ("randomised", "before_after", "by_team")


@dataclass(frozen=True, slots=True)
class Told:
    """A study of an effect: the run that counts, and other pages of the same one."""

    run: PublishedRun
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sorted:
    """Runs by what they are here.

    Attributes:
        studies: of effects that were decided, by name.
        follow_ups: those that check another one again, by the study that they check, oldest first.
        running: studies that are still looked at.
        plans: of studies that do not have a result yet.
    """

    studies: tuple[Told, ...]
    follow_ups: Mapping[str, tuple[PublishedRun, ...]]
    running: tuple[PublishedRun, ...]
    plans: tuple[PublishedRun, ...]


def sort_runs(runs: Iterable[PublishedRun]) -> Sorted:
    """The latest run of each study, each study once however many pages it has."""
    newest = dict[str, PublishedRun]()
    for run in sorted(runs, key=_recency):
        newest[run.study] = run
    latest = [newest[name] for name in sorted(newest)]
    of_effects = [run for run in latest if run.notebook in OF_EFFECTS and run.kind in KINDS]
    decided = [run for run in of_effects if run.verdict not in UNDECIDED]
    names = {run.study for run in of_effects}
    again = [run for run in decided if run.follows and run.follows in names]
    first = [run for run in decided if run not in again]
    told = tuple(_once(first))
    home = {name: one.run.study for one in told for name in (one.run.study, *one.also)}
    follow_ups = dict[str, tuple[PublishedRun, ...]]()
    for one in _once(again):
        checked = home.get(_origin(one.run, newest), "")
        if checked:
            follow_ups[checked] = (*follow_ups.get(checked, ()), one.run)
    return Sorted(
        told,
        {name: tuple(sorted(runs, key=_ends)) for name, runs in follow_ups.items()},
        tuple(run for run in of_effects if run.verdict in UNDECIDED),
        tuple(run for run in latest if run.plans),
    )


def _recency(run: PublishedRun) -> tuple[date, bool, str, str]:
    """Later days last; of one day the page that is shown, else the run that was begun last."""
    return run.as_of, "/latest/" in f"/{run.where}", run.started, run.digest


def _ends(run: PublishedRun) -> tuple[date, str]:
    return (run.period[1] if run.period else run.as_of), run.study


def _origin(run: PublishedRun, newest: Mapping[str, PublishedRun]) -> str:
    """The study at the root of a chain of follow-ups."""
    seen = {run.study}
    name = run.follows or ""
    while name in newest and name not in seen:
        seen.add(name)
        before = newest[name].follows
        if not before or before not in newest:
            return name
        name = before
    return name


def _once(runs: Iterable[PublishedRun]) -> Iterator[Told]:
    """Pages of one study, such as those in two languages, counted once: under the first name."""
    same = dict[tuple[object, ...], list[PublishedRun]]()
    for run in runs:
        same.setdefault(_identity(run), []).append(run)
    for pages in same.values():
        pages.sort(key=lambda run: (-run.as_of.toordinal(), run.study))
        yield Told(pages[0], tuple(sorted(run.study for run in pages[1:])))


def _identity(run: PublishedRun) -> tuple[object, ...]:
    """What makes a study the one that it is; without the source's own digest its numbers tell."""
    effect = deciding(run)
    numbers = None if run.source or effect is None else (effect.effect, effect.se)
    return (
        run.notebook, run.kind, effect.metric if effect else run.study, run.variant, tuple(run.scope.items()),
        run.period, run.change_id, run.currency, run.source, numbers,
    )  # fmt: skip


def deciding(run: PublishedRun) -> PublishedEffect | None:
    """The primary effect that decided, of the variant that the headline speaks of; None while it is withheld."""
    return _of_role(run, "primary")


def _of_role(run: PublishedRun, role: str) -> PublishedEffect | None:
    found = [e for e in run.effects if e.role == role]
    named = [e for e in found if e.variant == run.variant]
    return next(iter(named or found), None)


def measured(run: PublishedRun, metrics: Mapping[str, Metric]) -> list[Measured]:
    """The deciding effect of a study and, of a test, its money; those that have an interval and a good side."""
    effects = [deciding(run)]
    if run.kind == "randomised":
        effects.append(_of_role(run, "money"))
    return [one for e in effects if e is not None and (one := _measured(run, e, metrics))]


def good_of(effect: PublishedEffect, metrics: Mapping[str, Metric]) -> Good | None:
    """Which way is better: as the page says, else as the metric is known here."""
    if effect.good is not None:
        return effect.good
    known = metrics.get(effect.metric)
    return known.good if known is not None else None


def _measured(
    run: PublishedRun, effect: PublishedEffect, metrics: Mapping[str, Metric]
) -> Measured | None:
    good = good_of(effect, metrics)
    se = error_of(effect)
    if good is None or se is None or effect.effect is None:
        return None
    assert effect.effect_ci_low is not None and effect.effect_ci_high is not None
    known = metrics.get(effect.metric)
    label: Text = known.called if known is not None else effect.label
    first, last = run.period or (None, None)
    currency = effect.currency or run.currency if effect.unit == "money" else ""
    kind = run.kind
    assert kind in ("randomised", "before_after", "by_team")
    return Measured(
        study=run.study,
        question=run.question,
        notebook=run.notebook,
        verdict=run.verdict,
        as_of=run.as_of,
        of=Kindred(effect.metric, effect.unit, currency, kind),  # type: ignore[arg-type]
        label=label,
        good=good,
        scope=run.scope,
        source=run.source,
        first=first,
        last=last,
        effect=effect.effect,
        se=se,
        low=effect.effect_ci_low,
        high=effect.effect_ci_high,
        customers=sum(run.assigned.values()),
        joint=bool(run.other_changes),
    )


def error_of(effect: PublishedEffect) -> float | None:
    """Half the interval over the normal's quantile; None for an effect without an interval."""
    low, high = effect.effect_ci_low, effect.effect_ci_high
    if effect.effect is None or low is None or high is None:
        return None
    if not all(map(isfinite, (effect.effect, low, high))) or not low < high:
        return None
    return (high - low) / 2 / normal_quantile(1 - effect.alpha / 2)

"""What a published plan settled for the study of an action: numbers and lengths, and from which page they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from cs_lib import params
from cs_lib.language import say
from cs_lib.params import strict_yaml
from cs_lib.params.fields import iso_date
from cs_lib.params.places import shown
from cs_lib.runs.starting.action import Listed, day_of, read


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan's page: its study and day, what it is about, and the settings that it wrote, where it was ready."""

    study: str
    as_of: date
    plans: str
    metric: str
    scope: dict[str, list[str]]
    action: str
    experiment: str
    source: str
    min_effect: float | None
    alpha: float | None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def said(self, of: str) -> str:
        """From where a value comes, as a note."""
        return say(
            "{what}: from the plan {plan}, as of {day}.", what=of, plan=self.study, day=self.as_of
        )

    def block(self, name: str) -> dict[str, Any]:
        """A block of the settings that it wrote; nothing where it wrote none."""
        found = self.settings.get(name)
        return dict(found) if isinstance(found, dict) else {}

    def days(self, period: str) -> int | None:
        """How many days a period of the settings that it wrote has."""
        found = self.block("design").get(period)
        try:
            first, last = map(iso_date, found or ())
        except (TypeError, ValueError):
            return None
        return (last - first).days + 1

    @property
    def start(self) -> date | None:
        """The day on which the change, or the assignment, was to begin."""
        design = self.block("design")
        period = design.get("period")
        given = design.get("intervention_date") or (period[0] if isinstance(period, list) else None)
        return day_of(given)

    @property
    def wait(self) -> int:
        """Days from the last day of the period to the one on which the result was due."""
        last = (self.block("design").get("post_period") or [None, None])[1]
        due, end = day_of(self.settings.get("as_of")), day_of(last)
        return (due - end).days if due and end else 1

    def moved(self, day: Any, start: date) -> str | None:
        """A day of the plan, moved by as many days as the start was."""
        planned, one = self.start, day_of(day)
        return (one + (start - planned)).isoformat() if planned and one else None


@dataclass(frozen=True, slots=True)
class Looked:
    """The plan that an action's study takes its numbers from, if any, and what to say of others."""

    plan: Plan | None = None
    said: tuple[str, ...] = ()


def plan_of(
    action: Listed,
    notebook: str,
    metric: str | None,
    source: str,
    *,
    experiments: Iterable[str] = (),
) -> Looked:
    """The latest published plan of an action's study: one that names the action, else one of the same metric and scope.

    A plan of a perk test is also known by its experiment. Of a plan that names the action and measures something else
    nothing is taken, because its effect is in another unit; `metric` is None where the plan says what is measured.
    """
    said, fitting = [], list[Plan]()
    scope = {column: sorted(values) for column, values in action.scope.items()}
    for plan in _plans(action.reports, notebook):
        here = not plan.action and plan.source == source
        alike = here and plan.scope == scope and plan.metric == metric
        if not (plan.action == action.id or alike or (here and plan.experiment in {*experiments})):
            continue
        if metric is not None and plan.metric != metric:
            said.append(
                say(
                    "Nothing is taken from the plan {plan}: it is of {theirs}, this study of {ours}.",
                    plan=plan.study,
                    theirs=plan.metric or say("a metric that it does not name"),
                    ours=metric,
                )
            )
        elif plan.min_effect is None:
            said.append(
                say(
                    "Nothing is taken from the plan {plan}: it names no smallest effect worth acting on.",
                    plan=plan.study,
                )
            )
        else:
            fitting.append(plan)
    best = max(
        fitting, key=lambda one: (one.action == action.id, one.as_of, one.study), default=None
    )
    return Looked(best, tuple(said))


def _plans(reports: Path, notebook: str) -> Iterator[Plan]:
    """Every plan of a kind of study that has a page which can be read."""
    for path in sorted(reports.glob("*/latest/result.json")):
        facts = read(path)
        day = day_of(facts.get("as_of"))
        if facts.get("notebook") != "experiment_plan" or facts.get("plans") != notebook or not day:
            continue
        settings, own = _written(path.parent, facts), _own(str(facts.get("study")))
        planned, measured = _mapping(facts.get("planned")), _mapping(settings.get("measure"))
        design = _mapping(settings.get("design")) or _mapping(own.get("design"))
        metric = _mapping(facts.get("plan")).get("metric") or measured.get("primary_metric")
        metric = metric or _mapping(own.get("measure")).get("primary_metric")
        scope = _mapping(_mapping(facts.get("design")).get("scope"))
        yield Plan(
            study=str(facts.get("study")),
            as_of=day,
            plans=notebook,
            metric=str(metric or ""),
            scope={column: sorted(values) for column, values in scope.items()},
            action=str(facts.get("action") or ""),
            experiment=str(design.get("experiment") or ""),
            source=str(settings.get("source") or own.get("source") or ""),
            min_effect=_positive(planned.get("min_effect")),
            alpha=_positive(planned.get("alpha")),
            settings=settings,
        )


def _written(folder: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that a plan published beside its page; nothing where it was not ready to start."""
    for name in facts.get("files") or ():
        path = folder / str(name)
        if path.suffix == ".yaml" and path.name == name and path.is_file():
            return _settings(path)
    return {}


def _own(study: str) -> dict[str, Any]:
    """The settings of the plan itself, where they are still there."""
    try:
        return _settings(params.find_study(study))
    except params.ParamsError:
        return {}


def _settings(path: Path) -> dict[str, Any]:
    try:
        return dict(strict_yaml.read(path, shown=shown(path))[0])
    except (params.ParamsError, OSError):
        return {}


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


def _positive(value: Any) -> float | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return value if usable else None

"""The metrics of params/metrics as they are now: read again when a file there has changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from cs_lib.language import Language, learn, spoken
from cs_lib.metrics.definition import CustomerMetric, DailyMetric, Metric, RatioMetric, UnitMetric
from cs_lib.metrics.definitions import EVERY_DAY
from cs_lib.metrics.definitions.customers import FAMILIES, PAST, RATIOS, SURVEYED
from cs_lib.metrics.own.compiled import Compiled, compiled, in_english
from cs_lib.metrics.own.faults import Fault, faults, part_faults, ratio_unit_faults
from cs_lib.metrics.windows import Windowed
from cs_lib.params import MetricSpec, Problem, load_metric, metric_paths
from cs_lib.sentences import say

BUILT_IN: tuple[Metric, ...] = (*EVERY_DAY, *FAMILIES, *RATIOS, *SURVEYED, *PAST)


@dataclass(frozen=True, slots=True)
class Own:
    """Metrics of one's own by name, and every fault of the files that define none."""

    specs: Mapping[str, MetricSpec] = field(default_factory=dict)
    faults: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)
    daily: Mapping[str, DailyMetric] = field(default_factory=dict)
    units: Windowed[UnitMetric] = field(default_factory=lambda: Windowed(()))
    ratios: Windowed[RatioMetric] = field(default_factory=lambda: Windowed(()))

    @property
    def families(self) -> dict[str, CustomerMetric]:
        """Metrics of customers by name without a window, parts of ratios left out."""
        found: dict[str, CustomerMetric] = {**self.units.families, **self.ratios.families}
        return {name: found[name] for name in self.specs if name in found}


def current() -> Own:
    """The metrics of this project's params/metrics."""
    found = metric_paths()
    seen = [(name, path, path.stat()) for name, path in found.items() if path.exists()]
    files = tuple((name, path, s.st_mtime_ns, s.st_size) for name, path, s in seen)
    return _read(files, spoken())


def base(name: str) -> str:
    """A metric's name without its window."""
    return re.sub(r"_\d+d$", "", name)


def stated(study: Any) -> dict[str, Any]:
    """What the files say of the metrics of one's own that a study names, and of the parts of their ratios."""
    measure = getattr(study, "measure", None)
    if measure is None:
        return {}
    asked = [
        measure.primary_metric,
        *(measure.guardrails or ()),
        *(getattr(measure, "secondary", None) or ()),
    ]
    own, found = current(), dict[str, Any]()
    wanted = [base(name) for name in asked if name]
    for name in wanted:
        spec = own.specs.get(name)
        if spec is not None and name not in found:
            found[name] = spec.model_dump(mode="json", exclude_defaults=True)
            wanted += [part for part in (spec.above, spec.below) if part]
    return dict(sorted(found.items()))


def faults_of(name: str) -> tuple[Problem, ...]:
    """Why the file of a metric, named with its window or without, defines none."""
    own = current()
    return own.faults.get(name) or own.faults.get(base(name)) or ()


@lru_cache(maxsize=8)
def _read(files: tuple[tuple[str, Path, int, int], ...], language: Language) -> Own:
    """What some files define, faults told in a language; the sums first, so that ratios find them."""
    specs, problems = dict[str, MetricSpec](), dict[str, tuple[Problem, ...]]()
    for name, path, *_ in files:
        spec, found = load_metric(
            path, also=lambda draft: _told(_taken(draft, specs), faults(draft))
        )
        if found or spec is None:
            problems[name] = tuple(found)
        else:
            specs[name] = spec
    made = {name: compiled(spec) for name, spec in specs.items()}
    units = {one.unit.name: one.unit for one in made.values() if one.unit}
    # What needs the margin of a study is no part: a ratio would not ask for it.
    sums = {one.name: one for one in FAMILIES if not one.priced} | units
    for name, path, *_ in files:
        if name in specs and (lost := _ratio_problems(specs[name], path, sums)):
            problems[name] = lost
            del specs[name], made[name]
    return _own(specs, problems, made, units)


def _own(
    specs: dict[str, MetricSpec],
    problems: dict[str, tuple[Problem, ...]],
    made: Mapping[str, Compiled],
    units: Mapping[str, UnitMetric],
) -> Own:
    for one in made.values():
        learn("zh", one.words or {})
    parts = [part for one in made.values() for part in one.parts]
    return Own(
        specs,
        problems,
        {name: one.daily for name, one in made.items() if one.daily},
        Windowed(units.values(), unlisted=parts),
        Windowed([one.ratio for one in made.values() if one.ratio]),
    )


def _ratio_problems(
    spec: MetricSpec, path: Path, sums: Mapping[str, UnitMetric]
) -> tuple[Problem, ...]:
    """What is wrong with the parts of a ratio, which are known once all files are read."""
    if spec.kind != "ratio":
        return ()
    parts = {"above": spec.above or "", "below": spec.below or ""}
    every = [*sums, *(metric.name for metric in BUILT_IN), spec.metric]
    units = [sums[part].unit if part in sums else None for part in parts.values()]

    def check(_: Any) -> Iterable[tuple[str, str]]:
        return _told(part_faults(parts, list(sums), every), ratio_unit_faults(spec.unit, *units))

    return tuple(load_metric(path, also=check)[1])


def _told(*found: Iterable[Fault]) -> Iterable[tuple[str, str]]:
    """Faults in the language in use."""
    return [(key, str(sentence)) for some in found for key, sentence in some]


def _taken(draft: Any, before: Mapping[str, MetricSpec]) -> Iterable[Fault]:
    """A name or a label that another metric has."""
    if any(draft.metric == base(metric.name) or draft.metric == metric.name for metric in BUILT_IN):
        yield (
            "metric",
            say("'{name}' is a metric of the catalogue; choose another name", name=draft.metric),
        )
    label = draft.label.get("en") if isinstance(draft.label, dict) else draft.label
    others = {metric.title: metric.name for metric in BUILT_IN}
    others |= {in_english(one.label): name for name, one in before.items()}
    if isinstance(label, str) and label in others:
        yield "label", say("'{name}' is called so too; choose another label", name=others[label])

"""What `cslib metrics` answers, in the reader's language."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date

from cs_lib import data, params
from cs_lib.data import DataError
from cs_lib.language import later, say, speaking
from cs_lib.metrics.catalogue import (
    CATALOGUE,
    DAILY_BUILT_IN,
    FAMILIES,
    FORMS,
    PAST,
    RATIOS,
    SURVEYED,
)
from cs_lib.metrics.definition import DailyMetric, Metric, RatioMetric, SurveyMetric
from cs_lib.metrics.own.registry import Own, base, current, faults_of
from cs_lib.params.data_health import DataHealth
from cs_lib.params.days.as_of import day_of
from cs_lib.params.problems import ParamsError, Problem, nearest
from cs_lib.runs.outcome import Exit
from cs_lib.runs.scrub import Scrubber
from cs_lib.runs.tasks import given_day
from cs_lib.runs.telling import progress, terminal

KINDS = {
    "share": later("share"),
    "mean": later("mean"),
    "ratio": later("ratio"),
    "duration": later("duration"),
    "count": later("count"),
    "rate": later("rate"),
    "score": later("score"),
}


def answer(given: argparse.Namespace) -> Exit:
    """What the words ask for, on the terminal; the exit code."""
    with speaking(terminal.language()):
        try:
            params.require_project()
            lines = (
                _all(given.source)
                if given.metric is None
                else _one(given.metric, given.source, _day(given))
            )
            print("\n".join(lines))
        except ParamsError as error:
            print(error, file=sys.stderr)
            return Exit.BAD_INPUT
        except DataError as error:
            head = say("{source}: the data break their contract", source=given.source)
            print(
                _scrubbed(given.source, [head, *(f"  {one}" for one in error.breaches)]),
                file=sys.stderr,
            )
            return Exit.BAD_INPUT
        return _faulty()


def _faulty() -> Exit:
    """What is wrong with files of params/metrics, said last."""
    problems = [one for found in current().faults.values() for one in found]
    if not problems:
        return Exit.DONE
    print(ParamsError(problems), file=sys.stderr)
    return Exit.BAD_INPUT


def _day(given: argparse.Namespace) -> str:
    return getattr(given, "as_of", None) or given_day("today")


def _all(source: str | None) -> list[str]:
    """Every metric: name, where a study of it is, kind, what it needs, label."""
    if source is not None:
        raise ParamsError(
            [
                Problem(
                    "", say("--source belongs to one metric: cslib metrics METRIC --source SOURCE")
                )
            ]
        )
    own = current()
    head = (say("metric"), say("kind"), say("tables needed"), say("label"))
    rows = [head]
    parts: tuple[tuple[str, Iterable[Metric], str], ...] = (
        (say("By day, for before_after"), DAILY_BUILT_IN.values(), ""),
        (
            say("Of customers, for perk_ab_test; N is any number of days"),
            (*FAMILIES, *RATIOS, *SURVEYED),
            "_Nd",
        ),
        (say("Known before assignment, for covariates"), PAST, "_Nd"),
        (say("Your own, by day"), own.daily.values(), ""),
        (say("Your own, of customers"), own.families.values(), "_Nd"),
    )
    heads: dict[int, str] = {}
    for title, metrics, window in parts:
        heads[len(rows)] = title
        rows += [_row(metric, own, window) for metric in metrics]
    lines = progress.table(rows)
    found = [lines[0]]
    for number, line in enumerate(lines[1:], start=1):
        found += ["", heads[number]] if number in heads else []
        found.append(line)
    return found


def _row(metric: Metric, own: Own, window: str) -> tuple[str, str, str, str]:
    return (
        metric.name + window,
        say(KINDS[_kind(metric, own)]),
        ", ".join(metric.needs),
        metric.label,
    )


def _kind(metric: Metric, own: Own) -> str:
    """What kind of number it is: as its file says, or as the catalogue's definition tells."""
    spec = own.specs.get(base(metric.name))
    if spec is not None:
        return spec.kind
    if isinstance(metric, SurveyMetric):
        return "score"
    if isinstance(metric, RatioMetric):
        return "ratio"
    if isinstance(metric, DailyMetric):
        return "duration" if metric.duration else "rate" if metric.per else _by_unit(metric)
    return _by_unit(metric)


def _by_unit(metric: Metric) -> str:
    return metric.unit if metric.unit in ("share", "count") else "mean"


def _one(name: str, source: str | None, day: str) -> Iterator[str]:
    """A metric: what it is called, its file or its words, and what of it is in a source."""
    known = name if name in CATALOGUE else f"{name}_30d"
    if known not in CATALOGUE:
        raise ParamsError(faults_of(name) or (Problem("", _unknown(name)),))
    metric = CATALOGUE[known]
    yield f"{known}: {metric.label}"
    yield ""
    yield from _definition(metric)
    if source is not None:
        yield ""
        yield from _in_source(known, source, day)


def _unknown(name: str) -> str:
    near = nearest(name, CATALOGUE)
    if near:
        return say("no metric '{name}'; did you mean '{near}'?", name=name, near=near)
    return say("no metric '{name}'; cslib metrics lists all", name=name)


def _definition(metric: Metric) -> Iterator[str]:
    """The file that says it, or its words where it takes more than a file can say."""
    own = current().specs
    path = (
        params.metric_paths()[base(metric.name)]
        if base(metric.name) in own
        else FORMS / f"{base(metric.name)}.yaml"
    )
    if path.is_file():
        yield from path.read_text(encoding="utf-8").rstrip().splitlines()
        return
    words = (
        (say("measured in"), metric.unit),
        (say("better when"), metric.good),
        (say("population"), say(metric.population)),
        (say("counted"), say(metric.counted)),
        (say("per"), say(metric.denominator)),
        (say("left out"), say(metric.censoring)),
        (say("tables needed"), ", ".join(metric.needs)),
        (say("source"), say(metric.source)),
    )
    yield say("It takes more than a file of params/metrics can say; in words:")
    yield from (f"  {key}: {value}" for key, value in words)


def _in_source(name: str, source: str, day: str) -> Iterator[str]:
    """What a source has not got for it, or its query there."""
    from cs_lib.metrics.queries.written import lacking, query_of

    stated = params.load_source(source)
    study = DataHealth.model_construct(
        study="metrics",
        question="",
        notebook="data_health",
        source=source,
        as_of=date.fromisoformat(day_of(day, stated.timezone)),
    )
    with closing(data.load(study)) as desk:
        missing = lacking(desk, name)
        if missing:
            yield say("Not available in {source}:", source=source)
            yield from (f"  {sentence}" for sentence in missing)
            return
        query = query_of(desk, name)
        yield say("All that it needs is in {source}.", source=source)
        yield ""
        yield query


def _scrubbed(source: str, lines: list[str]) -> str:
    return Scrubber(params.load_source(source))("\n".join(lines))

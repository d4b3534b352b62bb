"""Published results of studies, read back as checked records: what a portfolio of improvements is made of."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from cs_lib import params
from cs_lib.language import say
from cs_lib.quantity import Unit
from cs_lib.results import Good, Verdict

KNOWN_VERSIONS = (2,)
OF_EFFECTS = ("perk_ab_test", "before_after")
OF_PLANS = "experiment_plan"
RESULT, RUN, FAILED = "result.json", "run.json", "failed"
MOST_BYTES = 50_000_000
DEEPEST = 4  # folders below the one that is read: a study, its runs, a run

Kind = Literal["randomised", "before_after", "by_team"]
Role = Literal["primary", "money", "guardrail", "secondary"]


class _Raw(BaseModel):
    """What is read of a file; anything else in it is left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class PublishedEffect(_Raw):
    """One effect of a study, in the unit of its metric; shares are 0 to 1."""

    metric: str
    label: str
    role: Role
    variant: str
    unit: Unit
    currency: str = ""
    effect: float | None = None
    effect_ci_low: float | None = None
    effect_ci_high: float | None = None
    alpha: float = 0.05
    se: float | None = None
    pvalue: float | None = None
    good: Good | None = None


class PublishedCheck(_Raw):
    """One trust check: its code and how it came out."""

    code: str
    passed: bool | None = None
    blocks_decision: bool = False


class _Design(_Raw):
    kind: str
    scope: dict[str, tuple[str, ...]] = {}
    period: tuple[date, date] | None = None
    change_id: str | None = None


class _Planned(_Raw):
    min_effect: float
    alpha: float = 0.05
    planned_n: int | None = None


class _Headline(_Raw):
    clause: str = ""
    variant: str | None = None


class _Action(_Raw):
    id: str


class _File(_Raw):
    version: int
    study: str
    notebook: str
    question: str
    as_of: date
    observed_until: date
    verdict: Verdict
    language: str = "en"
    currency: str = ""
    design: _Design
    planned: _Planned | None = None
    headline_facts: _Headline = _Headline()
    effects: tuple[PublishedEffect, ...] = ()
    other_changes: tuple[PublishedEffect, ...] = ()
    checks: tuple[PublishedCheck, ...] = ()
    assigned: dict[str, int] = {}
    follows: str | None = None
    action: str | None = None
    owner: str | None = None
    source: str = ""
    plans: str | None = None
    plan_changed: bool = False
    actions: tuple[_Action, ...] = ()
    digest: str = ""
    digests: dict[str, str] = {}


class NoFolder(ValueError):
    """A folder that cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class PublishedRun:
    """One run of a study, as its result.json tells it.

    Attributes:
        where: the file, from the folder that was read.
        source: name of its source, which tells desks apart; empty where the file does not say it.
        started: when it was begun; empty where no run.json stands beside it.
        data: digest of the data it read; empty where the file does not say it.
        kind: randomised, before_after or by_team; others are no studies of an effect.
        scope: by column the values that count; without one everything counts.
        period: first and last day that its effect speaks of.
        variant: of the effect that decided.
        effects: with the deciding one among them; none while they are withheld.
        other_changes: effects of changes that a joint model read beside it.
        actions: ids of actions that the page lists.
    """

    where: str
    study: str
    notebook: str
    question: str
    as_of: date
    observed_until: date
    verdict: Verdict
    language: str
    currency: str
    kind: str
    scope: Mapping[str, tuple[str, ...]]
    period: tuple[date, date] | None
    change_id: str | None
    planned: float | None
    variant: str | None
    effects: tuple[PublishedEffect, ...]
    other_changes: tuple[PublishedEffect, ...]
    checks: tuple[PublishedCheck, ...]
    assigned: Mapping[str, int]
    follows: str | None
    action: str | None
    owner: str | None
    plans: str | None
    plan_changed: bool
    actions: tuple[str, ...]
    digest: str
    data: str
    source: str = ""
    started: str = ""


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A study whose latest run came to no page: its name, its notebook and the sentence that says why."""

    study: str
    notebook: str
    as_of: str
    why: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that is no result that can be read, and why."""

    where: str
    why: str


@dataclass(frozen=True, slots=True)
class StudyResults:
    """What a folder of published pages holds.

    Attributes:
        runs: every readable run up to a day, by study, day and digest.
        failed: studies whose latest attempt failed.
        unread: files that could not be read.
        later: studies whose only runs lie after that day.
    """

    runs: tuple[PublishedRun, ...] = ()
    failed: tuple[FailedRun, ...] = ()
    unread: tuple[Unread, ...] = ()
    later: tuple[str, ...] = field(default=())


def published(
    folder: str, *, as_of: date, own: str = "", leave_out: Iterable[str] = ()
) -> StudyResults:
    """The results below a folder of the project, of days up to `as_of`.

    Args:
        folder: from the project's root; pages as `cslib run` publishes them, or result files in any folders of it.
        as_of: results of later days are not read, so that a late run says the same as a punctual one.
        own: the study that reads, which is no part of what it adds up.
        leave_out: studies that are not to be read.

    Raises:
        NoFolder: there is no such folder, or it lies outside the project and was not allowed.
    """
    return of_files(dict(_texts(place_of(folder))), as_of=as_of, own=own, leave_out=leave_out)


def place_of(folder: str) -> Path:
    """A folder of the project, or one beside it that is allowed. Raises NoFolder."""
    place = params.reports() if folder == params.REPORTS else params.home() / folder
    try:
        allowed = folder == params.REPORTS or params.is_allowed(place)
        there = place.is_dir()
    except (OSError, RuntimeError):
        allowed, there = True, False
    if not allowed:
        raise NoFolder(f"'{folder}' lies outside the project")
    if not there:
        raise NoFolder(f"there is no folder '{folder}'")
    return place


def of_files(
    files: Mapping[str, bytes], *, as_of: date, own: str = "", leave_out: Iterable[str] = ()
) -> StudyResults:
    """The same of files at hand: content by path from the folder. The order of files changes nothing."""
    left = {own, *leave_out} - {""}
    runs = dict[tuple[str, str, str], PublishedRun]()
    unread, failed, late = list[Unread](), list[FailedRun](), set[str]()
    for where in sorted(files):
        path = PurePosixPath(where)
        if _below(path, left) or not _wanted(path.name):
            continue
        if path.name == RUN:
            if path.parent.name == FAILED and (one := _failed(files[where])) is not None:
                failed.append(one)
            continue
        try:
            run = _run(where, files[where])
        except _Broken as broken:
            unread.append(Unread(where, str(broken)))
            continue
        if run.notebook == "improvement_portfolio" or run.study in left:
            continue
        if run.as_of > as_of:
            late.add(run.study)
            continue
        started = _started(files.get(str(path.with_name(RUN)), b""))
        key = (run.study, run.as_of.isoformat(), run.digest)
        if key not in runs or not runs[key].started:
            runs[key] = replace(run, started=started)
    ordered = tuple(runs[key] for key in sorted(runs))
    known = {run.study for run in ordered}
    return StudyResults(
        ordered,
        tuple(sorted(failed, key=lambda one: one.study)),
        tuple(unread),
        tuple(sorted(late - known)),
    )


def _texts(place: Path) -> Iterator[tuple[str, bytes]]:
    """Result files and records of failed runs below a folder; hidden folders are other programs'."""
    for folder, below, names in os.walk(place, followlinks=True):
        here = Path(folder).relative_to(place)
        deep = len(here.parts) >= DEEPEST
        below[:] = [] if deep else sorted(one for one in below if not one.startswith("."))
        for name in sorted(names):
            if not _wanted(name):
                continue
            path = Path(folder) / name
            try:
                content = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
            except OSError:
                content = b""
            yield (here / name).as_posix(), content


def _wanted(name: str) -> bool:
    """Results, also those that somebody gave a longer name, and records of runs."""
    return name == RUN or (name.startswith("result") and name.endswith(".json"))


def _below(path: PurePosixPath, left: set[str]) -> bool:
    return len(path.parts) > 1 and path.parts[0] in left


class _Broken(ValueError):
    """A file that cannot be read as a result; the message says why."""


def _run(where: str, content: bytes) -> PublishedRun:
    raw = _json(content)
    version = raw.get("version")
    if version not in KNOWN_VERSIONS:
        known = ", ".join(map(str, KNOWN_VERSIONS))
        if isinstance(version, int) and version > max(KNOWN_VERSIONS):
            raise _Broken(
                say(
                    "It is of version {version}, newer than this suite reads ({known}).",
                    version=version,
                    known=known,
                )
            )
        raise _Broken(say("It is no result.json of a study, or of a version that is not read."))
    try:
        file = TypeAdapter(_File).validate_python(raw)
    except ValidationError as fault:
        places = [".".join(map(str, one["loc"])) for one in fault.errors()]
        listed = ", ".join(dict.fromkeys(places[:3]))
        raise _Broken(say("These entries cannot be read: {entries}.", entries=listed)) from None
    return PublishedRun(
        where=where,
        study=file.study,
        notebook=file.notebook,
        question=file.question,
        as_of=file.as_of,
        observed_until=file.observed_until,
        verdict=file.verdict,
        language=file.language,
        currency=file.currency,
        kind=file.design.kind,
        scope=dict(sorted(file.design.scope.items())),
        period=file.design.period,
        change_id=file.design.change_id,
        planned=file.planned.min_effect if file.planned else None,
        variant=file.headline_facts.variant,
        effects=file.effects,
        other_changes=file.other_changes,
        checks=file.checks,
        assigned=dict(sorted(file.assigned.items())),
        follows=file.follows,
        action=file.action,
        owner=file.owner,
        plans=file.plans,
        plan_changed=file.plan_changed,
        actions=tuple(one.id for one in file.actions),
        digest=file.digest,
        data=file.digests.get("data", ""),
        source=file.source,
    )


def _json(content: bytes) -> dict[str, Any]:
    try:
        raw = json.loads(content)
    except (ValueError, RecursionError):
        raise _Broken(say("It is cut short or is no JSON.")) from None
    if not isinstance(raw, dict):
        raise _Broken(say("It is no result.json of a study, or of a version that is not read."))
    return raw


def _failed(content: bytes) -> FailedRun | None:
    try:
        raw = _json(content)
    except _Broken:
        return None
    texts = (str(raw.get(key) or "") for key in ("study", "notebook", "as_of", "sentence"))
    return FailedRun(*texts)


def _started(content: bytes) -> str:
    """When a run was begun; empty without its record."""
    try:
        return str(_json(content).get("started") or "")
    except _Broken:
        return ""

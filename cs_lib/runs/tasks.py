"""Which studies to run, and all their faults before anything runs. Imports nothing heavy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from cs_lib import params
from cs_lib.language import say
from cs_lib.params.days.as_of import day_of
from cs_lib.params.places import resolved, shown
from cs_lib.runs import digest, notebook

DEMO = (
    "coupon_after_complaint",
    "custom_care_after_complaint",
    "faster_routing",
    "script_change",
    "assistant_deflects",
    "cut_extract",
    "data_health",
)
EARLIEST = "Etc/GMT+12"  # no zone has an earlier day


@dataclass(frozen=True, slots=True)
class Task:
    """A study ready to run: checked settings, its notebook, the digests of what goes in."""

    name: str  # as the command finds it
    study: params.Study
    story: dict[str, Any]
    inputs: digest.Inputs
    file: Path  # where its settings are

    @property
    def key(self) -> str:
        """The study's own name, which is its folder under reports/."""
        return self.study.study

    @property
    def folder(self) -> str:
        """The name of its run."""
        return f"{self.study.as_of}-{self.inputs.digest[:8]}"

    @property
    def rerun(self) -> str:
        """The command that makes the same page again, even when the settings' date has moved on."""
        return f"cslib run {self.name} --as-of {self.study.as_of}"


@dataclass(frozen=True, slots=True)
class Faulty:
    """A study that cannot run: what is wrong with its settings, its notebook or its files."""

    name: str
    key: str  # its folder under reports/; nothing when there is no study of that name
    text: str  # every fault, as the terminal shows it


@dataclass(frozen=True, slots=True)
class Waiting:
    """A study whose day has not come, and that day."""

    name: str
    key: str
    due: date

    @property
    def sentence(self) -> str:
        """What is said of it."""
        return say(
            "{study} is not due before {due}, the as_of that its settings state.",
            study=self.name,
            due=self.due,
        )


@dataclass(slots=True)
class Prepared:
    """Tasks in the order asked for, every fault of the others, what waits for its day and what was left out."""

    tasks: list[Task] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    faulty: list[Faulty] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """All faults, each once."""
        return list(dict.fromkeys(one.text for one in self.faulty))


def prepare(
    names: Sequence[str],
    *,
    as_of: str | None = None,
    everything: bool = False,
    rehash: bool = False,
    missed: Callable[[str], bool] = lambda key: False,
) -> Prepared:
    """Check all before any runs.

    With `everything`, studies without their files are left out, but for those that `missed` says had a
    page before. With `rehash` files are read even where their digest is known.
    """
    from cs_lib.data import DataError

    prepared = Prepared()
    try:
        params.require_project()
    except params.ParamsError as error:
        prepared.faulty.append(Faulty("", "", str(error)))
        return prepared
    for name in dict.fromkeys(names):
        key = _key(name)
        try:
            if (due := due_on(name, as_of=as_of)) is not None:
                prepared.waiting.append(Waiting(name, key, due))
                continue
            one = task(name, as_of=as_of, rehash=rehash)
            if all(one.name != other.name for other in prepared.tasks):
                prepared.tasks.append(one)
        except DataError as error:
            if everything and error.absent and not missed(key):
                prepared.left_out.append(f"{name}: {' '.join(error.breaches)}")
            else:
                prepared.faulty.append(Faulty(name, key, f"{name}: {error}"))
        except (params.ParamsError, notebook.NotebookError) as error:
            prepared.faulty.append(Faulty(name, key, str(error)))
        except (OSError, RecursionError) as error:
            prepared.faulty.append(Faulty(name, key, f"{name}: {_why(error)}"))
    _set_apart(prepared)
    return prepared


def _key(name: str) -> str:
    """The name of a study's folder, as far as its file has a name for one."""
    try:
        stem = params.find_study(name).stem
    except params.ParamsError:
        return ""
    return stem if re.fullmatch(r"[a-z][a-z0-9_]{0,59}", stem) else ""


def _why(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)


def _set_apart(prepared: Prepared) -> None:
    """Two files of one name would write into one folder: neither runs."""
    for text, clashing in _clashes(prepared.tasks):
        for one in clashing:
            prepared.tasks.remove(one)
            prepared.faulty.append(Faulty(one.name, one.key, text))


def given_day(text: str) -> params.AsOf:
    """What `--as-of` was given, at this moment: one for all studies of a command. Raises ValueError."""
    return params.AsOf.given(text, datetime.now(UTC))


def task(name: str, *, as_of: str | None = None, rehash: bool = False) -> Task:
    """One study, checked; with `rehash` its files are read even where their digest is known.

    Raises ParamsError, NotebookError or DataError.
    """
    study = open_study(name, as_of=as_of)
    story = notebook.read(params.notebook_path(study.notebook))
    _same_names(study, story)
    inputs = digest.inputs(study, story["cells"], rehash=rehash)
    return Task(_address(name), study, story, inputs, params.find_study(name))


def renewed(one: Task) -> Task:
    """The same study with the digests of what it reads now."""
    return replace(one, inputs=digest.inputs(one.study, one.story["cells"]))


def open_study(name: str, *, as_of: str | None = None) -> params.Study:
    """The settings of a study, with another `as_of` checked like the one in its file."""
    return params.load(name, also=_metric_names, as_of=as_of)


def due_on(name: str, *, as_of: str | None = None) -> date | None:
    """The day on which a study is due, where that is to come; None where it can run now, or has faults to be told.

    Settings state the day (`as_of`). One that lies after today, or after the day that a run is given, is waited for;
    with a day given a study runs before it, when its periods can be read on that day, unless it follows another
    study and so is read once. What a simulated desk makes up is known to its last day, whatever the clock says.
    """
    given = as_of if as_of is not None else given_day("today")
    try:
        stated = params.stated_day(name)
        if str(stated) <= day_of(given, EARLIEST):
            return None
        study = open_study(name)
        source = params.load_source(study.source)
        known = day_of(given, source.timezone)
        if source.simulate is not None:
            last = source.simulate.start + timedelta(days=source.simulate.days)
            known = max(known, str(last))
    except params.ParamsError:
        return None
    if str(stated) <= known or (as_of is not None and study.follows is None and _runs(name, as_of)):
        return None
    return stated


def _runs(name: str, as_of: str) -> bool:
    """Whether a study's settings can be on a day."""
    try:
        open_study(name, as_of=as_of)
    except params.ParamsError:
        return False
    return True


def _metric_names(draft: Any) -> Iterable[tuple[str, str]]:
    from cs_lib import metrics

    found: Iterable[tuple[str, str]] = metrics.problems(draft)
    return found


def _same_names(study: params.Study, story: dict[str, Any]) -> None:
    """A setting without a place in the parameters cell would be injected unseen."""
    known = notebook.defaults(story["cells"])
    absent = [key for key in type(study).model_fields if key not in known]
    if absent:
        where = f"notebooks/{study.notebook}.ipynb"
        raise notebook.NotebookError(f"{where}: its parameters cell lacks {', '.join(absent)}")


def _address(name: str) -> str:
    """How the command finds a study from anywhere: by name inside params/, else by its file."""
    path = params.find_study(name)
    inside = {resolved(p): key for key, p in params.study_paths().items()}
    return inside.get(resolved(path)) or shown(path)


def _clashes(tasks: Iterable[Task]) -> list[tuple[str, list[Task]]]:
    """Files of one name in several folders, with the sentence about them."""
    by_key: dict[str, list[Task]] = {}
    for one in tasks:
        by_key.setdefault(one.key, []).append(one)
    return [
        (
            f"{' and '.join(repr(one.name) for one in same)} are both called {key}; rename one",
            same,
        )
        for key, same in by_key.items()
        if len(same) > 1
    ]


def all_names() -> list[str]:
    """Every study under params/, by name."""
    return list(params.study_paths())

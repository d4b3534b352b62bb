"""Publishing is a rename: a page is there whole or not at all, and the last good one stays."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cs_lib import params
from cs_lib.language import say
from cs_lib.report.records import Failure
from cs_lib.runs import plan_lock, shared
from cs_lib.runs.build import Built, to_json
from cs_lib.runs.outcome import Exit, RunError
from cs_lib.runs.tasks import Task

LATEST, RUNS, FAILED, PAGE = "latest", "runs", "failed", "index.html"
ATTEMPT = "attempt.json"  # when a run was last tried; no page reads it


def write_file(path: Path, content: bytes) -> None:
    """Write and force to disk, so that a rename never makes an empty file visible."""
    with path.open("wb") as stream:
        shared.share(stream.fileno(), path.parent)
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def replace_file(path: Path, content: bytes) -> None:
    """Put a whole file in the place of another; readers see one or the other."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write_file(new, content)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


@contextmanager
def publishing(reports: Path) -> Iterator[None]:
    """Turns what the file system refuses into one sentence and the exit code for it."""
    try:
        yield
    except OSError as error:
        where = f" ({_shown(Path(error.filename), reports)})" if error.filename else ""
        sentence = say("It could not be published: {why}.", why=f"{error.strerror or error}{where}")
        raise RunError(Exit.NOT_PUBLISHED, sentence) from error


def _shown(path: Path, reports: Path) -> str:
    inside = path.is_relative_to(reports)
    return f"{reports.name}/{path.relative_to(reports).as_posix()}" if inside else path.name


def publish(
    reports: Path, task: Task, built: Built, record: Mapping[str, Any], first: plan_lock.Plan
) -> None:
    """Make the page of a run the latest one, unless a later day has one. Raises OSError with everything as it was."""
    folder = reports / task.key
    files = {**built.files, "run.json": to_json(record)}
    with _staging(reports, task.key, files) as staged:
        target = folder / RUNS / task.folder
        shared.make_folder(target.parent)
        _place(staged, target)
    # A damaged record of the plan is kept: it is all there is of the first one.
    if not os.path.lexists(folder / plan_lock.FILE):
        replace_file(folder / plan_lock.FILE, to_json(first.to_json()))
    if not newer(reports, task):
        point(folder, task.folder)


def newer(reports: Path, task: Task) -> str:
    """The day of the latest page when that is later than this run's, which then only adds to the history.

    A page of a day that has not come yet holds no more than was known when it was made: a run that
    knows as much takes its place, else it would stay the latest until that day.
    """
    there = str(latest_run(reports, task.key).get("as_of", ""))
    if there <= str(task.study.as_of):
        return ""
    folder = reports / task.key
    if there > _tomorrow() and _known(folder / RUNS / task.folder) >= _known(folder / LATEST) > "":
        return ""
    return there


def _tomorrow() -> str:
    """The day that has not come in any time zone."""
    return (datetime.now(UTC).date() + timedelta(days=1)).isoformat()


def _known(page: Path) -> str:
    """The first day that a page does not know wholly; nothing when it does not say."""
    return str(read_json(page / "result.json").get("observed_until", ""))


def note_attempt(reports: Path, study: str, started: str) -> None:
    """Remember when a study was last tried."""
    folder = reports / study
    shared.make_folder(folder)
    replace_file(folder / ATTEMPT, to_json({"started": started}))


def fail(reports: Path, study: str, page: str, record: Mapping[str, Any]) -> None:
    """Put up the failure page of a study; the latest page is not touched."""
    folder = reports / study
    files = {PAGE: page.encode(), "run.json": to_json(record)}
    with _staging(reports, study, files) as staged:
        shared.make_folder(folder)
        _swap(staged, folder / FAILED)


def finished(reports: Path, task: Task) -> bool:
    """Whether a page of exactly these inputs is there, whole."""
    folder = reports / task.key / RUNS / task.folder
    stored = read_json(folder / "run.json")
    result = read_json(folder / "result.json")
    told = all(isinstance(result.get(key), str) for key in ("verdict", "headline"))
    return stored.get("digest") == task.inputs.digest and told and os.path.isfile(folder / PAGE)


def point(folder: Path, name: str) -> None:
    """Let `latest` show a run, and forget an earlier failure."""
    latest, new = folder / LATEST, folder / f".{LATEST}.{os.getpid()}"
    if not points(folder, name):
        _remove(new)
        try:
            os.symlink(f"{RUNS}/{name}", new, target_is_directory=True)
        except (OSError, NotImplementedError):  # a file system without links gets a copy
            _remove(new)
            shutil.copytree(folder / RUNS / name, new)
        try:
            _swap(new, latest)
        finally:
            _remove(new)
    _remove(folder / FAILED)


def points(folder: Path, name: str) -> bool:
    """Whether `latest` shows a run already."""
    latest = folder / LATEST
    return os.path.islink(latest) and os.readlink(latest) == f"{RUNS}/{name}"


def latest_run(reports: Path, study: str) -> dict[str, Any]:
    """The run record behind `latest`; empty when there is no page."""
    folder = reports / study / LATEST
    return read_json(folder / "run.json") if os.path.isfile(folder / PAGE) else {}


def had_page(reports: Path, study: str) -> bool:
    """Whether a study of this name was ever published here."""
    return bool(study and latest_run(reports, study))


def last_good(reports: Path, study: str) -> dict[str, Any]:
    """What a failure page says of the last good page: its address and its day, nothing when there is none."""
    good = latest_run(reports, study)
    address = f"../{LATEST}/{PAGE}" if good else ""
    return {"last_good": address, "last_good_as_of": str(good.get("as_of", ""))}


def read_json(path: Path) -> dict[str, Any]:
    """A stored record; empty when it is absent or damaged."""
    try:
        if not os.path.isfile(path):  # a pipe in its place would never end
            return {}
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def failure(reports: Path, task: Task, error: RunError) -> Failure:
    """What the failure page says."""
    return Failure(
        study=task.key,
        question=task.study.question,
        as_of=str(task.study.as_of),
        sentence=error.sentence,
        parameters=params.to_cell(task.study),
        detail=error.detail,
        language=task.study.language,
        **last_good(reports, task.key),
        moved=params.moved_periods(task.study),
    )


@contextmanager
def _staging(reports: Path, study: str, files: Mapping[str, bytes]) -> Iterator[Path]:
    """A complete folder on the same file system, gone afterwards unless it was renamed."""
    root = reports / ".staging" / study
    _remove(root)  # of a run that was killed; the lock says that nobody else is here
    staged = root / "page"
    try:
        shared.make_folder(staged)
        for name, content in files.items():
            write_file(staged / name, content)
        _sync(staged)
        yield staged
    finally:
        _remove(root)


def _place(staged: Path, target: Path) -> None:
    """Rename into place; a repeated run replaces file by file, so that the page is never absent."""
    if target.is_dir():
        for path in sorted(staged.iterdir()):
            path.replace(target / path.name)
    else:
        staged.rename(target)
    _sync(target)
    _sync(target.parent)


def _swap(new: Path, target: Path) -> None:
    """Put a link or folder in the place of another; a full folder has to step aside first."""
    if target.is_dir() and not target.is_symlink():
        old = target.with_name(f".old-{target.name}.{os.getpid()}")
        _remove(old)
        target.rename(old)
        try:
            new.rename(target)
        except OSError:
            old.rename(target)
            raise
        _remove(old)
    else:
        new.replace(target)
    _sync(target.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # some network file systems cannot force a folder to disk; its files are there already
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)

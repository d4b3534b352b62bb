"""What was ever published, read back from reports/: the entries of reports/index.html."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cs_lib import params
from cs_lib.language import LANGUAGES, Language, speaking
from cs_lib.report.addresses import catalogue_file
from cs_lib.report.records import Change, Entry, Health, Run, State
from cs_lib.runs import digest, lock, publish
from cs_lib.runs import tasks as studies
from cs_lib.runs.build import to_json
from cs_lib.runs.notebook import NotebookError

DURATIONS = ("minutes", "hours")  # units of metrics that are times
INDEX_LOCK, MARK = ".index", ".index.json"  # no study can be called so


def entries(reports: Path) -> list[Entry]:
    """One entry for each study with a page or a failure, by name."""
    looks = _looks(reports)
    found = (entry(reports, folder.name, looks) for folder in _folders(reports))
    return [one for one in found if one is not None]


def _folders(reports: Path) -> Iterator[Path]:
    try:
        found = sorted(reports / name for name in os.listdir(reports) if not name.startswith("."))
    except OSError:
        return iter(())
    return (path for path in found if path.is_dir())


def entry(
    reports: Path, study: str, looks: Sequence[tuple[str, dict[str, Any]]] = ()
) -> Entry | None:
    """A study as the catalogue shows it, or None when it never ran; `looks` are the folders and records of `_looks`."""
    good = publish.latest_run(reports, study)
    failed = publish.read_json(reports / study / publish.FAILED / "run.json")
    if not good and not failed:
        return None
    known = publish.read_json(reports / study / publish.LATEST / "result.json") if good else failed
    return Entry(
        study=study,
        question=str(known.get("question", "")),
        notebook=str(known.get("notebook", "")),
        state="failed" if failed else state(reports, study),
        as_of=str(known.get("as_of", "")),
        verdict=str(known.get("verdict", "")),
        headline=str(known.get("headline", "")),
        href=f"{study}/{publish.LATEST}/{publish.PAGE}" if good else "",
        plans=str(known.get("plans") or ""),
        failure=str(failed.get("sentence", "")),
        failure_href=f"{study}/{publish.FAILED}/{publish.PAGE}" if failed else "",
        language=_language(known),
        said=known.get("headline_said"),
        owner=str(known.get("owner") or ""),
        last_run=_last_run(reports / study, good, failed),
        health=_health(reports, good, known, looks) if good else None,
        **_earlier(reports, study, good),
    )


def _looks(reports: Path) -> list[tuple[str, dict[str, Any]]]:
    """The latest looks at the health of sources, the newest first: folder and run record."""
    found = [
        (folder.name, publish.latest_run(reports, folder.name)) for folder in _folders(reports)
    ]
    looks = [(name, run) for name, run in found if run.get("notebook") == "data_health"]
    return sorted(looks, key=lambda look: str(look[1].get("as_of", "")), reverse=True)


def _health(
    reports: Path,
    good: dict[str, Any],
    known: dict[str, Any],
    looks: Sequence[tuple[str, dict[str, Any]]],
) -> Health | None:
    """What a look at the very tables of a study said, one in its language first; None without one."""
    analysis = _analysis(known)
    same = [
        (name, run) for name, run in looks if analysis and _tables(run) == _tables(good) != ("", "")
    ]
    same.sort(key=lambda look: look[1].get("language") != good.get("language"))
    if not same:
        return None
    name, _ = same[0]
    look = publish.read_json(reports / name / publish.LATEST / "result.json")
    period = (known.get("design") or {}).get("period") or ("", "")
    ready = (look.get("readiness") or {}).get(analysis) or {}
    return Health(
        href=f"{name}/{publish.LATEST}/{publish.PAGE}",
        as_of=str(look.get("as_of", "")),
        verdict=str(look.get("verdict", "")),
        usable_to=str(ready.get("usable_to") or ""),
        ends=str(period[1]),
    )


def _tables(run: dict[str, Any]) -> tuple[str, str]:
    """What tells that two runs read the same tables; empty for runs that did not say it yet."""
    data, source = (run.get("digests") or {}).get("data"), run.get("source")
    return (str(data), str(source)) if data and source else ("", "")


def _analysis(known: dict[str, Any]) -> str:
    """The kind of study, as a look at health calls it; nothing for plans and looks themselves."""
    if known.get("notebook") != "before_after":
        return "perk_ab_test" if known.get("notebook") == "perk_ab_test" else ""
    units = [e.get("unit") for e in known.get("effects") or () if e.get("role") == "primary"]
    return "before_after_duration" if units and units[0] in DURATIONS else "before_after_rate"


def _language(known: dict[str, Any]) -> Language:
    """The language a run spoke; those of before there were several spoke English."""
    return next((one for one in LANGUAGES if one == known.get("language")), "en")


def _last_run(folder: Path, *records: dict[str, Any]) -> str:
    """The day of the last attempt, as far as it is known."""
    tried = publish.read_json(folder / publish.ATTEMPT)
    return max(str(record.get("started", ""))[:10] for record in (tried, *records))


def _earlier(reports: Path, study: str, good: dict[str, Any]) -> dict[str, Any]:
    """All runs but the one shown; the one it took the place of, and what has changed since."""
    others = [
        (record, run)
        for record, run in _runs(reports, study)
        if (run.as_of, run.digest) != (good.get("as_of"), good.get("digest"))
    ]
    before = next(((r, run) for r, run in others if run.as_of <= str(good.get("as_of"))), None)
    return {
        "history": tuple(run for _, run in others),
        "before": before[1] if before else None,
        "since": tuple(_changes(good, before[0])) if before else (),
    }


def _runs(reports: Path, study: str) -> list[tuple[dict[str, Any], Run]]:
    """Every published run with its record, newest first."""
    found: list[tuple[dict[str, Any], Run]] = []
    for folder in _folders(reports / study / publish.RUNS):
        result = publish.read_json(folder / "result.json")
        if result:
            record = publish.read_json(folder / "run.json")
            found.append((record, _run(study, folder.name, result)))
    return sorted(found, key=lambda r: (r[1].as_of, str(r[0].get("started", ""))), reverse=True)


def _run(study: str, folder: str, result: dict[str, Any]) -> Run:
    return Run(
        as_of=str(result.get("as_of", "")),
        digest=str(result.get("digest", "")),
        href=f"{study}/{publish.RUNS}/{folder}/{publish.PAGE}",
        verdict=str(result.get("verdict", "")),
        headline=str(result.get("headline", "")),
        language=_language(result),
        said=result.get("headline_said"),
    )


def _changes(now: dict[str, Any], before: dict[str, Any]) -> Iterator[Change]:
    """Which inputs of two runs differ, as a reader would name them."""
    is_, was = ({**r.get("digests", {}), "as_of": r.get("as_of")} for r in (now, before))
    if any(is_.get(key) != was.get(key) for key in ("as_of", "data")):
        yield "data"
    if now.get("settings") and before.get("settings"):
        if now["settings"] != before["settings"]:
            yield "settings"
    elif now.get("as_of") == before.get("as_of") and is_.get("params") != was.get("params"):
        yield "settings"
    if any(is_.get(key) != was.get(key) for key in ("notebook", "code", "environment")):
        yield "program"


def state(reports: Path, study: str) -> State:
    """Fresh when a run now would give the same page: same inputs, at the later of both dates."""
    stored = publish.latest_run(reports, study)
    try:
        as_of = max(str(params.stated_day(study)), str(stored.get("as_of", "")))
        now = studies.task(study, as_of=as_of).inputs.digest
    except (params.ParamsError, NotebookError, OSError, ValueError):
        return "stale"
    return "fresh" if now == stored.get("digest") else "stale"


def pages(reports: Path) -> dict[Language, Path]:
    """The catalogue's page in every language."""
    return {one: reports / catalogue_file(one) for one in LANGUAGES}


def rebuild(reports: Path) -> Path:
    """Write the catalogue in every language, whole, unless it shows just this already.

    Returns the path of the English one, reports/index.html.
    """
    written, mark = pages(reports), reports / MARK
    if _up_to_date(mark, entries(reports), written):
        return written["en"]
    with lock.hold(reports, INDEX_LOCK, wait=True):
        found = entries(reports)
        if not _up_to_date(mark, found, written):
            from cs_lib.report.page import index  # brings the page builder along: not for nothing

            for language, path in written.items():
                with speaking(language):
                    publish.replace_file(path, index.render(found).encode())
            publish.replace_file(mark, to_json({"shows": _shows(found, written)}))
    return written["en"]


def _up_to_date(mark: Path, found: list[Entry], written: dict[Language, Path]) -> bool:
    return publish.read_json(mark).get("shows") == _shows(found, written)


def _shows(found: list[Entry], written: dict[Language, Path]) -> str:
    """A digest of the entries, of what draws them, and of the files as they stand."""
    there = [
        hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for path in written.values()
    ]
    return digest.of([[asdict(one) for one in found], digest.code(), there])

"""A study that cannot run gets a failure page too, so that readers see that tonight's page is missing."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from cs_lib import params
from cs_lib.params import strict_yaml
from cs_lib.params.days.as_of import day_of
from cs_lib.report.markup import language
from cs_lib.report.records import Failure
from cs_lib.runs import lock, machine, publish
from cs_lib.runs.attempt import Outcome
from cs_lib.runs.outcome import Exit
from cs_lib.runs.tasks import Faulty


def refuse(one: Faulty, reports: Path, *, as_of: str | None = None) -> Outcome:
    """The outcome of a study with faults, its failure page put up where that is possible; never raises.

    `as_of` is the night's day, where the command has one; its time zone may be part of the fault.
    """
    settings = _settings(one.name)
    if as_of is not None:
        settings["as_of"] = day_of(as_of, None)
    if one.key:
        with suppress(Exception), lock.hold(reports, one.key):
            _put_up(one, reports, settings)
    return Outcome(
        one.key or one.name,
        Exit.BAD_INPUT,
        "",
        one.text,
        ran=False,
        language="en",
        as_of=str(settings.get("as_of") or ""),
    )


def _put_up(one: Faulty, reports: Path, settings: dict[str, Any]) -> None:
    from cs_lib.report.page import failure

    started = machine.now()
    publish.note_attempt(reports, one.key, started)
    facts = {key: str(settings.get(key) or "") for key in ("question", "notebook", "as_of")}
    record = {
        **facts,
        "study": one.key,
        "language": language(settings),
        "started": started,
        "exit_code": int(Exit.BAD_INPUT),
        "sentence": one.text,
    }
    page = failure.render(
        Failure(
            study=one.key,
            question=facts["question"] or one.key,
            as_of=_day(facts["as_of"]),
            sentence=one.text,
            parameters={},
            detail="",
            language=language(settings),
            **publish.last_good(reports, one.key),
        )
    )
    publish.fail(reports, one.key, page, record)


def _settings(name: str) -> dict[str, Any]:
    """What can be read of a study's settings; nothing when they cannot be."""
    try:
        path = params.find_study(name)
        return strict_yaml.read(path, shown=path.name)[0]
    except (params.ParamsError, OSError):
        return {}


def _day(text: str) -> str:
    """A day of the calendar, or nothing."""
    with suppress(ValueError):
        return str(datetime.strptime(text, "%Y-%m-%d").date())
    return ""

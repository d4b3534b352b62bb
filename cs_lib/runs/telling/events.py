"""What a scheduler is told: nothing unless something is wrong, or one line of JSON for each event.

Every event has `event`, `time` (ISO 8601 with offset) and the keys of EVENTS; docs/run_every_night.md explains them.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any, TextIO

from cs_lib.runs import machine
from cs_lib.runs.attempt import Outcome
from cs_lib.runs.outcome import Exit
from cs_lib.runs.tasks import Faulty, Waiting
from cs_lib.runs.telling import terminal
from cs_lib.runs.telling.teller import Teller

# By event, its keys: the promise to whoever reads them.
EVENTS: dict[str, tuple[str, ...]] = {
    "begin": ("studies", "reports"),
    "left_out": ("sentence",),
    "waiting": ("study", "due", "sentence"),
    "fault": ("study", "sentence"),
    "start": ("study",),
    "cells": ("study", "done", "total"),
    "end": (
        "study", "exit_code", "verdict", "headline", "language", "as_of", "seconds", "ran", "page",
        "result", "alarms",
    ),
    "hit": ("study", "verdict"),
    "trouble": ("sentence",),
    "catalogue": ("path",),
    "finish": ("exit_code", "seconds", "verdicts", "failed"),
}  # fmt: skip


class Quiet(Teller):
    """Faults and failures on standard error, nothing else: a mail of cron is then a reason to look."""

    def __init__(self, reports: Path) -> None:
        self._reports, self._lock = reports, threading.Lock()

    def faults(self, faulty: Sequence[Faulty]) -> None:
        """What is wrong with studies that cannot run."""
        self.trouble("\n".join(dict.fromkeys(one.text for one in faulty)))

    def end(self, outcome: Outcome) -> None:
        """A study that failed."""
        if outcome.code:
            self.trouble(f"{outcome.study}  {terminal.line(outcome, self._reports)}")

    def hits(self, outcomes: Sequence[Outcome]) -> None:
        """Answers that --fail-on names."""
        for outcome in outcomes:
            self.trouble("  ".join(terminal.row(outcome)))

    def trouble(self, sentence: str) -> None:
        """Anything that is wrong."""
        with self._lock:
            print(sentence, file=sys.stderr, flush=True)


class Json(Teller):
    """One object on one line for each event, on standard output, in ASCII."""

    def __init__(self, out: TextIO, names: Sequence[str], reports: Path) -> None:
        self._out, self._reports, self._lock = out, reports, threading.Lock()
        self._began = monotonic()
        self._outcomes: Sequence[Outcome] = ()
        self._event("begin", studies=list(names), reports=str(reports))

    def left_out(self, sentence: str) -> None:
        """A study whose files are not on this machine."""
        self._event("left_out", sentence=sentence)

    def waiting(self, one: Waiting) -> None:
        """A study whose day has not come."""
        self._event("waiting", study=one.key, due=one.due.isoformat(), sentence=one.sentence)

    def faults(self, faulty: Sequence[Faulty]) -> None:
        """One event for each study that cannot run."""
        for one in faulty:
            self._event("fault", study=one.key or one.name, sentence=one.text)

    def start(self, name: str) -> None:
        """A study begins."""
        self._event("start", study=name)

    def cells(self, name: str, done: int, total: int) -> None:
        """Some of its cells are done."""
        self._event("cells", study=name, done=done, total=total)

    def end(self, outcome: Outcome) -> None:
        """A study is over."""
        page = terminal.page(outcome, self._reports)
        result = page.with_name("result.json") if page and not outcome.code else None
        self._event(
            "end",
            study=outcome.study,
            exit_code=int(outcome.code),
            verdict=outcome.verdict,
            headline=outcome.headline,
            language=outcome.language,
            as_of=outcome.as_of,
            seconds=outcome.seconds,
            ran=outcome.ran,
            page=str(page or ""),
            result=str(result or ""),
            alarms=_alarms(result),
        )

    def summary(self, outcomes: Sequence[Outcome]) -> None:
        """Kept for the last event."""
        self._outcomes = outcomes

    def hits(self, outcomes: Sequence[Outcome]) -> None:
        """One event for each answer that --fail-on names."""
        for outcome in outcomes:
            self._event("hit", study=outcome.study, verdict=outcome.verdict)

    def catalogue(self, path: Path) -> None:
        """Where all pages are."""
        self._event("catalogue", path=str(path))

    def trouble(self, sentence: str) -> None:
        """Something that is no study's fault."""
        self._event("trouble", sentence=sentence)

    def finish(self, code: Exit) -> None:
        """The batch is over."""
        self._event(
            "finish",
            exit_code=int(code),
            seconds=round(monotonic() - self._began, 1),
            verdicts=dict(Counter(o.verdict for o in self._outcomes if not o.code)),
            failed=[o.study for o in self._outcomes if o.code],
        )

    def _event(self, event: str, **facts: Any) -> None:
        told = {"event": event, "time": machine.now("milliseconds"), **facts}
        with self._lock:
            print(json.dumps(told), file=self._out, flush=True)


def _alarms(result: Path | None) -> list[Any]:
    """The alarms of a scorecard's result: what nothing known explains; none of other results."""
    if result is None:
        return []
    try:
        facts = json.loads(result.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # a page that is being replaced
        return []
    return [one for one in facts.get("signals", ()) if one["kind"] == "alarm"]

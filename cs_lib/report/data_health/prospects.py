"""What would change the answer: what to repair or deliver, each with the studies that wait for it."""

from __future__ import annotations

from cs_lib import wording as w
from cs_lib.diagnosis.data_health.result import Finding, HealthResult
from cs_lib.language import say
from cs_lib.report.note import Note
from cs_lib.report.points import Points

MOST_REPAIRS = 3


def repairs(result: HealthResult) -> Points | Note:
    """The repairs that most kinds of study wait for, the one to begin with first; without any, what to deliver."""
    worth = [f for f in result.findings if f.failed and str(f.fix)]
    ranked = sorted(worth, key=lambda f: (f is not result.fix_first, -_waiting(f)))
    told = dict.fromkeys(_sentence(f) for f in ranked)
    told = told or dict.fromkeys(_deliveries(result))
    if not told:
        return Note(say("Nothing has to be repaired or delivered: no check failed."))
    return Points(tuple(told)[:MOST_REPAIRS])


def _deliveries(result: HealthResult) -> list[str]:
    """What is missing for kinds of study that were asked for, where no check failed."""
    wanted = [str(one.changes_it) for one in result.readiness if one.wanted and one.changes_it]
    ranked = sorted(dict.fromkeys(wanted), key=lambda text: -wanted.count(text))
    return [_helping(text, wanted.count(text)) for text in ranked]


def _waiting(finding: Finding) -> int:
    return 2 * len(finding.stops) + len(finding.limits)


def _sentence(finding: Finding) -> str:
    return _helping(w.sentence(str(finding.fix)), len({*finding.stops, *finding.limits}))


def _helping(fix: str, waiting: int) -> str:
    if not waiting:
        return fix
    kinds = w.counted(waiting, "kind of study", "kinds of study")
    return w.together(fix, say("It would help {kinds}.", kinds=kinds))

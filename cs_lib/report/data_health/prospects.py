"""What would change the answer: the repairs that are worth most, each with the studies that wait for it."""

from __future__ import annotations

from cs_lib import wording as w
from cs_lib.diagnosis.data_health.result import Finding, HealthResult
from cs_lib.language import say
from cs_lib.report.note import Note, unasked
from cs_lib.report.points import Points

MOST_REPAIRS = 3


def repairs(result: HealthResult) -> Points | Note:
    """The repairs that most kinds of study wait for; the one to begin with first."""
    worth = [f for f in result.findings if f.failed and str(f.fix)]
    ranked = sorted(worth, key=lambda f: (f is not result.fix_first, -_waiting(f)))
    told = dict.fromkeys(_sentence(f) for f in ranked)
    if not told:
        return unasked(say("repairs, as no check failed"))
    return Points(tuple(told)[:MOST_REPAIRS])


def _waiting(finding: Finding) -> int:
    return 2 * len(finding.stops) + len(finding.limits)


def _sentence(finding: Finding) -> str:
    fix = w.sentence(str(finding.fix))
    waiting = len({*finding.stops, *finding.limits})
    if not waiting:
        return fix
    kinds = w.counted(waiting, "kind of study", "kinds of study")
    return w.together(fix, say("It would help {kinds}.", kinds=kinds))

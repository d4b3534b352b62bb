"""What a source can answer today: one row for each kind of study, a mark, a word and the reason in a clause."""

from __future__ import annotations

from cs_lib import wording as w
from cs_lib.diagnosis.data_health.analyze import CALLED
from cs_lib.diagnosis.data_health.result import HealthResult, Readiness
from cs_lib.language import later, say
from cs_lib.report.data_health.clauses import clause
from cs_lib.report.table import Table

STATES = {
    "yes": ("ok", later("✓ yes")),
    "half": ("look", later("◐ in part")),
    "no": ("bad", later("✗ no")),
}


def called(analysis: str) -> str:
    """What a kind of study is called."""
    return w.capital(say(CALLED[analysis]))


def in_turn(result: HealthResult) -> tuple[Readiness, ...]:
    """Those that the settings ask for first."""
    return tuple(sorted(result.readiness, key=lambda one: not one.wanted))


def readiness(result: HealthResult) -> Table:
    """The matrix: what can be answered, and why not."""
    shown = in_turn(result)
    rows = tuple((_name(one), say(STATES[one.state][1]), _why(result, one)) for one in shown)
    tones = {(i, 1): STATES[one.state][0] for i, one in enumerate(shown)}
    columns = (say("Kind of study"), say("Today"), say("Usable days, or what is in the way"))
    return Table(say("What this source can answer"), columns, rows, tones=tones, name="readiness")


def _name(one: Readiness) -> str:
    name = called(one.analysis)
    return name if one.wanted else say("{name} (not asked for)", name=name)


def _why(result: HealthResult, one: Readiness) -> str:
    """The usable days, after what is in the way."""
    if one.state == "yes":
        return usable(one)
    reason = w.capital(clause(result, one))
    return reason if one.state == "no" else say("{reason}; {days}", reason=reason, days=usable(one))


def usable(one: Readiness) -> str:
    """The days that such a study may use."""
    if one.usable_from is None or one.usable_to is None:
        return "–"
    return w.short_days(one.usable_from, one.usable_to)

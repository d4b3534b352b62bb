"""What is in the way of a kind of study, in one clause without a code: for the matrix."""

from __future__ import annotations

from cs_lib import wording as w
from cs_lib.diagnosis.data_health.result import Finding, HealthResult, Readiness
from cs_lib.language import later, say

TABLES = (
    later("contacts"),
    later("events"),
    later("surveys"),
    later("customers"),
    later("orders"),
    later("visits"),
    later("exposure"),
    later("perk assignments"),
    later("perk redemptions"),
    later("flow changes"),
    later("agents"),
    later("teams"),
    later("calendars"),
)  # said by `wording.name`

# What columns hold, in the words of a sentence; others go by their name.
COLUMNS = {
    "actor": later("records of who acted"),
    "agent_id": later("agents"),
    "amount": later("amounts"),
    "answered_at": later("times of answers"),
    "assigned_at": later("times of assignment"),
    "channel": later("channels"),
    "closed_at": later("times of closing"),
    "contact_id": later("contact numbers"),
    "customer_id": later("customer numbers"),
    "delivered_at": later("times of delivery"),
    "first_response_at": later("times of the first response"),
    "handle_seconds": later("handling times"),
    "handled_by": later("records of who handled a contact"),
    "is_public": later("records of which steps customers see"),
    "issue": later("issues"),
    "need_code": later("needs"),
    "offered_at": later("times of the offer"),
    "order_id": later("order numbers"),
    "ordered_at": later("times of orders"),
    "opened_at": later("times of opening"),
    "owner": later("owners"),
    "priority": later("priorities"),
    "product_id": later("products"),
    "raw_stage": later("steps"),
    "resolved_at": later("times of resolution"),
    "score": later("scores"),
    "stage": later("stages"),
    "status": later("states"),
    "team_id": later("teams"),
    "ts": later("times of steps"),
    "variant": later("variants"),
}

CLAUSES = {
    "tables_reach_end": later("{table} end too early"),
    "no_silent_days": later("{table} lack some days"),
    "no_surge": later("{table} have days with far too many rows"),
    "amounts_there": later("some orders have no amount"),
    "orders_steady": later("the level of orders jumps"),
    "columns_kept_filled": later("{columns} ({table}) were not kept all the time"),
    "ends_stamped": later("resolved contacts without their time"),
    "status_agrees": later("states and times of contacts disagree"),
    "stamps_in_order": later("{table} end before they begin"),
    "stamps_have_a_time": later("{columns} ({table}) have no time of day"),
    "not_stamped_at_once": later("{columns} are those of the opening"),
    "resolved_is_not_closed": later("times of resolution are times of closing"),
    "no_bursts": later("a job sets {columns} ({table})"),
    "no_timer": later("a timer sets {columns} ({table})"),
    "clock_change": later("times around clock changes are in doubt"),
    "keys_found": later("{columns} ({table}) that stand nowhere else"),
    "keys_written_alike": later("{columns} ({table}) are written in two ways"),
    "no_placeholder_ids": later("rows without real {columns}"),
    "no_dominating_id": later("one of the {columns} ({table}) holds far too many rows"),
    "labels_written_alike": later("the same {columns} ({table}) are written in several ways"),
    "labels_stay": later("the list of {columns} ({table}) changed"),
    "events_once": later("steps of the log are there twice"),
    "events_agree": later("the log and the contacts disagree"),
    "answers_public": later("internal notes count as responses"),
    "actors_kept": later("the log forgets who acted"),
    "no_single_person": later("one name ends most contacts"),
    "real_contacts": later("tests, spam and copies among the contacts"),
    "open_ones_kept": later("open contacts are missing"),
    "answered_alike": later("surveys are answered unlike before"),
    "scores_stay": later("scores were changed afterwards"),
    "bots_stay": later("the bot took contacts over"),
    "days_stay": later("days of {table} changed since the earlier look"),
    "perks_by_chance": later("perks were given by judgement"),
}


def clause(result: HealthResult, one: Readiness) -> str:
    """The heaviest reason why a kind of study cannot be done, or not without care; nothing when it can."""
    if one.state == "yes":
        return ""
    against = _against(result, one)
    if one.state == "no" and one.missing:
        return say("no {what}", what=_listed(result, one.missing))
    if against and (one.state == "half" or one.analysis in against[0].stops):
        return _of(against[0])
    if one.missing:
        return say("no {what}", what=_listed(result, one.missing))
    return w.without_stop(str(one.reasons[0])) if one.reasons else ""


def clauses(result: HealthResult, one: Readiness) -> list[str]:
    """All that is in the way, the heaviest first, each once."""
    first = clause(result, one)
    lacking = [say("no {what}", what=_listed(result, one.missing))] if one.missing else []
    every = [first, *map(_of, _against(result, one)), *lacking]
    return list(dict.fromkeys(each for each in every if each))


def _against(result: HealthResult, one: Readiness) -> list[Finding]:
    """Failed checks that stop or limit it, those that stop it first, then by share."""
    found = [f for f in result.findings if f.failed and one.analysis in (*f.stops, *f.limits)]
    return sorted(found, key=lambda f: (one.analysis not in f.stops, -f.share))


def _of(finding: Finding) -> str:
    message = CLAUSES.get(finding.check.code)
    if message is None:
        return w.without_stop(finding.check.finding)
    columns = w.listed([called(column) for column in finding.columns])
    return say(message, table=w.name(finding.table), columns=columns)


def called(column: str) -> str:
    """What a column holds."""
    return say(COLUMNS[column]) if column in COLUMNS else column


def _listed(result: HealthResult, missing: tuple[str, ...]) -> str:
    """What is missing: whole tables by their name, else what their columns hold."""
    named = dict.fromkeys(_missing(result, place) for place in missing)
    return w.listed(list(named))


def _missing(result: HealthResult, place: str) -> str:
    table, _, column = place.partition(".")
    return called(column) if table in result.evidence.tables and column else w.name(table)

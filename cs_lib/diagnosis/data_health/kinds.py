"""What each check costs a reader, what puts it right, and which studies it stops or limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cs_lib import sentences as w
from cs_lib.diagnosis.data_health.result import Finding
from cs_lib.language import later
from cs_lib.params.data_health import ANALYSES, Analysis
from cs_lib.results import Check
from cs_lib.sentences import Text, say

DURATIONS: tuple[Analysis, ...] = ("before_after_duration", "scorecard")
RATES: tuple[Analysis, ...] = ("before_after_rate", "scorecard")
VOLUMES: tuple[Analysis, ...] = ("before_after_rate", "scorecard", "needs")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of check: what it costs, what to do, and the studies that wait for it."""

    costs: str
    fix: str
    stops: tuple[Analysis, ...] = ()
    limits: tuple[Analysis, ...] = ()


KINDS: dict[str, Kind] = {
    "tables_reach_end": Kind(
        later("Every count after that day is too low, and a fall looks like an improvement."),
        later("Export {what} again up to the last day."),
        limits=ANALYSES,
    ),
    "days_stay": Kind(
        later("A study of these days says another thing today than it said then."),
        later("Ask when {what} is complete, and end every period that long before the data cut."),
        limits=VOLUMES,
    ),
    "perks_by_chance": Kind(
        later("Those with a perk beside those without show who gets one, not what it does."),
        later(
            "Assign by chance who gets a perk, and deliver those who get none as a variant too ({what})."
        ),
    ),
    "no_silent_days": Kind(
        later("Sums and rates over these days are too low."),
        later("Export the missing days of {what} again, or leave them out of every period."),
        limits=VOLUMES,
    ),
    "no_surge": Kind(
        later("Imported or doubled rows are counted as work that nobody did."),
        later(
            "Find out where the rows of these days in {what} come from, and leave out what was imported."
        ),
        limits=("before_after_duration", *VOLUMES),
    ),
    "columns_kept_filled": Kind(
        later("A change of recording looks like a change of the service."),
        later("Fill {what} the same way over the whole time, or use only one side of the date."),
        limits=(),
    ),
    "amounts_there": Kind(
        later("Money is counted as zero or left out, and not alike in all variants of a test."),
        later("Fill {what} for every order, or ask why some have none."),
        limits=("perk_ab_test",),
    ),
    "keys_found": Kind(
        later("Rows that find no partner drop out of every number that joins the two tables."),
        later("Deliver the rows that {what} points to, or correct the key."),
    ),
    "keys_written_alike": Kind(
        later("These rows are lost in every join, and what they did counts as nothing."),
        later("Write {what} the same way in both tables: as text, with its zeros."),
    ),
    "no_placeholder_ids": Kind(
        later("Strangers count as one customer who comes back all the time."),
        later("Leave {what} empty where the customer is not known."),
        stops=("recurrence",),
        limits=("scorecard", "containment", "perk_ab_test"),
    ),
    "no_dominating_id": Kind(
        later("One id that stands for many decides every number per customer."),
        later("Ask what this value of {what} stands for; leave it empty if it is no single one."),
        limits=("recurrence", "scorecard"),
    ),
    "labels_written_alike": Kind(
        later("One thing is counted as two, and each looks half as large."),
        later("Write each value of {what} in one way."),
        limits=("needs", "journey"),
    ),
    "labels_stay": Kind(
        later("A new list of labels looks like new problems and like old ones solved."),
        later("Map the old values of {what} to the new ones, or use only one side of the date."),
        limits=("needs", "recurrence", "scorecard"),
    ),
    "ends_stamped": Kind(
        later("Contacts that were solved count as still open."),
        later("Deliver {what} for every resolved contact."),
        stops=("before_after_duration",),
        limits=("recurrence", "scorecard"),
    ),
    "status_agrees": Kind(
        later("Contacts that are open again count as solved at their old time."),
        later("Empty {what} when a contact is opened again, or correct its status."),
        limits=("before_after_duration", "recurrence", "scorecard"),
    ),
    "stamps_in_order": Kind(
        later("Times that cannot be make averages and stages wrong."),
        later("Ask how {what} is set; two systems may run on two clocks."),
        limits=("before_after_duration", "journey"),
    ),
    "stamps_have_a_time": Kind(
        later("Durations are wrong by up to a day, and what came first on a day is not known."),
        later("Deliver {what} with its time of day."),
        limits=("before_after_duration", "perk_ab_test", "journey"),
    ),
    "not_stamped_at_once": Kind(
        later("A time of zero is no service; it pulls every average down."),
        later("Ask what sets {what}; a stamp that repeats the opening is none."),
        stops=("before_after_duration",),
        limits=("recurrence", "scorecard"),
    ),
    "resolved_is_not_closed": Kind(
        later("The time to resolution is mostly the time until tickets are closed by themselves."),
        later("Deliver the last resolution as {what}, not the closing."),
        limits=("before_after_duration", "recurrence", "scorecard"),
    ),
    "no_bursts": Kind(
        later("A batch job sets these stamps, not the work of a person."),
        later("Deliver {what} as it was when a person did the work."),
        limits=("before_after_duration", "journey"),
    ),
    "no_timer": Kind(
        later("The time measured is the timer's, and no change of the service moves it."),
        later("Measure to the resolution; never to {what} where a timer sets it."),
        limits=("before_after_duration", "journey"),
    ),
    "clock_change": Kind(
        later("Times across these hours may be wrong by an hour."),
        later("Deliver {what} with its zone, or in UTC."),
        limits=("before_after_duration",),
    ),
    "events_once": Kind(
        later("Steps are counted twice."),
        later("Remove repeated rows of {what}."),
        limits=("journey",),
    ),
    "events_agree": Kind(
        later("The log and the contacts tell two stories; stages do not add up to the whole."),
        later("Ask which of the two is right, and deliver {what} so that they agree."),
        limits=("journey", "before_after_duration"),
    ),
    "answers_public": Kind(
        later("Internal notes count as answers, and customers wait longer than the number says."),
        later("Count only replies that customers see in {what}."),
        limits=("before_after_duration", "scorecard", "journey"),
    ),
    "actors_kept": Kind(
        later("The work of people who left counts as nobody's or as the customer's."),
        later("Keep in {what} who acted at the time, not who they are today."),
        limits=("journey", "containment"),
    ),
    "no_single_person": Kind(
        later("Many people or a machine work under one name; numbers per person mean nothing."),
        later("Ask who stands behind this value of {what}."),
        limits=("journey",),
    ),
    "real_contacts": Kind(
        later("Tests, spam and merged copies count as customers' contacts."),
        later("Mark them by status and leave tests out of {what}."),
        limits=("needs", "before_after_rate", "scorecard"),
    ),
    "open_ones_kept": Kind(
        later("Without open contacts the slow ones are missing, and every time looks too short."),
        later("Export {what} that are still open as well."),
        stops=("before_after_duration",),
        limits=("scorecard", "recurrence"),
    ),
    "answered_alike": Kind(
        later("Other people answer than before; a change of the score may be theirs alone."),
        later("Ask what changed in how {what} are sent out."),
        limits=("survey", "scorecard"),
    ),
    "scores_stay": Kind(
        later("First and last scores differ; a report must say which it takes."),
        later("Deliver in {what} the first answer and when it was changed."),
        limits=("survey",),
    ),
    "bots_stay": Kind(
        later("A bot took contacts out of the population; people's numbers change by that alone."),
        later("Compare with and without contacts of the bot, on both sides of the date."),
        limits=("before_after_duration", "before_after_rate", "scorecard", "survey"),
    ),
    "orders_steady": Kind(
        later("Contacts per order move when orders do, whatever the service does."),
        later("Ask whether {what} really changed, or the export of it did."),
        limits=RATES,
    ),
}


def failed(
    code: str,
    found: Text,
    *,
    table: str,
    columns: tuple[str, ...] = (),
    count: int = 0,
    among: int = 0,
    first: date | None = None,
    last: date | None = None,
    example: str = "",
    stops: tuple[Analysis, ...] | None = None,
    limits: tuple[Analysis, ...] | None = None,
    passed: bool | None = False,
) -> Finding:
    """A check that did not pass, or a note; which studies wait for it is its kind's unless it is said."""
    kind = KINDS[code]
    what = f"{table}.{columns[0]}" if columns else table
    named: Text = what if columns else w.table(table)
    noted = passed is None
    return Finding(
        Check(code, passed, found, of=what),
        table,
        columns,
        count,
        among,
        first,
        last,
        example,
        say(kind.costs),
        say(kind.fix, what=named),
        () if noted else kind.stops if stops is None else stops,
        () if noted else kind.limits if limits is None else limits,
    )


def passed(code: str, found: Text, *, table: str, among: int = 0) -> Finding:
    """A check that passed."""
    return Finding(Check(code, True, found), table, among=among)


def share(count: int, among: int) -> Text:
    """A count with its share: `12 of 340 (3.5 %)`."""
    part = w.percent(count / among if among else 0.0, places=1)
    return say(
        "{count} of {among} ({share})", count=w.count(count), among=w.count(among), share=part
    )


def much(count: int, among: int, *, least: int, least_share: float) -> bool:
    """Whether so many rows are at fault that a number would move."""
    return count >= least and count >= least_share * among

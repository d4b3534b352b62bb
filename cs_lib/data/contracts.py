"""What each canonical table must be: columns, types, keys, and conditions that never hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cs_lib.language import later, say

Type = Literal["text", "time", "date", "number", "whole", "flag"]

STATUSES = (
    "new", "open", "waiting_customer", "waiting_third_party",
    "resolved", "closed", "merged", "spam", "cancelled",
)  # fmt: skip
CHANNELS = ("phone", "chat", "email", "app", "web", "social", "store", "bot", "other")
OWNERS = ("agent", "service_flow", "business_process", "product", "unknown")
STAGES = (
    "created", "queued", "assigned", "in_progress", "replied", "waiting_customer", "waiting_third_party",
    "transferred", "escalated", "resolved", "reopened", "closed", "follow_up", "other",
)  # fmt: skip
CHANGE_KINDS = ("staffing", "routing", "script", "policy", "bot", "tool", "product_fix", "other")
CODING_METHODS = ("human", "rule", "model")
PERK_KINDS = ("none", "coupon", "discount", "custom_care")


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `later` marks stamps that may still be unknown at the data cut."""

    name: str
    type: Type = "text"
    required: bool = False
    values: tuple[str, ...] = ()
    later: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition (SQL over the typed columns) that no row may meet, and what it means.

    `columns` fills the gaps of `meaning`.
    """

    never: str
    meaning: str
    columns: tuple[tuple[str, str], ...] = ()

    @property
    def said(self) -> str:
        """What it means, in the language in use."""
        return say(self.meaning, **dict(self.columns))


@dataclass(frozen=True, slots=True)
class Table:
    """A canonical table. `grain` says what one row is; `row_time` decides whether a row exists at a cut.

    `about` is what whoever makes the table must know besides, for docs/tables.md.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    row_time: str | None = None
    rules: tuple[Rule, ...] = ()
    unique: tuple[tuple[tuple[str, ...], str], ...] = ()
    about: str = ""

    def column(self, name: str) -> Column:
        """The column of a name."""
        return next(c for c in self.columns if c.name == name)

    @property
    def required(self) -> frozenset[str]:
        """The columns that must be there and be filled."""
        return frozenset(c.name for c in self.columns if c.required)

    @property
    def row_day(self) -> str | None:
        """The day a row is about, where that decides whether it exists at a cut: it has no stamp, but a day."""
        days = [c.name for c in self.columns if c.type == "date" and c.required]
        return days[0] if days and self.row_time is None else None


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


def _order(early: str, late: str) -> Rule:
    columns = (("late", late), ("early", early))
    return Rule(f"{late} < {early}", later("{late} lies before {early}"), columns)


def _time_of_day(name: str) -> Rule:
    unread = f"{name} IS NOT NULL AND TRY_CAST({name} AS TIME) IS NULL"
    return Rule(unread, later("{name} is no time of day (like 09:00)"), (("name", name),))


CONTACTS = Table(
    "contacts",
    later("one row per contact a customer made"),
    (
        Column("contact_id", required=True),
        Column("customer_id"),
        Column("opened_at", "time", required=True),
        Column("first_response_at", "time", later=True),
        Column("resolved_at", "time", later=True),
        Column("closed_at", "time", later=True),
        Column("follow_up_due_at", "time", later=True),
        Column("status", required=True, values=STATUSES),
        Column("channel", values=CHANNELS),
        Column("is_complaint", "flag"),
        *_text("issue", "need_code"),
        Column("owner", values=OWNERS),
        *_text("root_cause", "priority", "team_id", "agent_id"),
        Column("handled_by", values=("human", "bot", "mixed")),
        *_text("order_id", "product_id", "merged_into", "parent_contact_id"),
        Column("handle_seconds", "number"),
        *_text("subject"),
    ),
    ("contact_id",),
    "opened_at",
    (
        _order("opened_at", "first_response_at"),
        _order("opened_at", "resolved_at"),
        _order("opened_at", "closed_at"),
        _order("opened_at", "follow_up_due_at"),
        Rule("handle_seconds < 0", later("handle_seconds is negative")),
    ),
    about=(
        "`resolved_at` is the last resolution, empty while a contact is open, reopened ones too. An export has"
        " the first one where contacts that are open carry a stamp, or where the last step `resolved` of the"
        " events is later than it. Closing by a timer belongs in `closed_at`; no metric reads it."
        " `follow_up_due_at` is when a call or message promised to the customer is due, empty where nothing was"
        " promised; what is due after the cut is read as empty. What was done is a step `follow_up` of the events."
    ),
)

EVENTS = Table(
    "events",
    later("one row per step in a contact's life"),
    (
        Column("event_id"),
        Column("contact_id", required=True),
        Column("ts", "time", required=True),
        Column("seq", "whole"),
        Column("stage", required=True, values=STAGES),
        *_text("raw_stage"),
        Column("actor", values=("customer", "agent", "bot", "system")),
        *_text("agent_id", "team_id"),
        Column("is_public", "flag"),
        Column("started_at", "time"),
    ),
    ("contact_id", "ts", "seq"),
    "ts",
    (_order("started_at", "ts"),),
    about="`started_at` is for logs that know both ends of a step: `ts` is its end then. Leave it out otherwise.",
)

SURVEYS = Table(
    "surveys",
    later("one row per survey offered"),
    (
        Column("survey_id", required=True),
        *_text("contact_id", "customer_id"),
        Column("kind", required=True, values=("csat", "nps", "ces", "resolved")),
        Column("offered_at", "time", required=True),
        Column("answered_at", "time", later=True),
        Column("score", "number"),
        Column("scale_min", "number"),
        Column("scale_max", "number"),
        *_text("reason"),
    ),
    ("survey_id",),
    "offered_at",
    (
        _order("offered_at", "answered_at"),
        Rule("score < scale_min OR score > scale_max", later("score lies outside its scale")),
        Rule(
            "score IS NOT NULL AND (scale_min IS NULL OR scale_max IS NULL)",
            later("score comes without its scale (scale_min, scale_max)"),
        ),
        Rule("answered_at IS NOT NULL AND score IS NULL", later("answered without a score")),
    ),
)

CUSTOMERS = Table(
    "customers",
    later("one row per customer"),
    (
        Column("customer_id", required=True),
        Column("first_seen_at", "time"),
        *_text("segment", "region", "referred_by"),
    ),
    ("customer_id",),
)

ORDERS = Table(
    "orders",
    later("one row per order placed"),
    (
        Column("order_id", required=True),
        Column("customer_id", required=True),
        Column("ordered_at", "time", required=True),
        Column("promised_at", "time"),
        Column("delivered_at", "time", later=True),
        Column("cancelled_at", "time", later=True),
        Column("amount", "number"),
        Column("margin", "number"),
        *_text("product_id", "category"),
    ),
    ("order_id",),
    "ordered_at",
    (
        Rule("amount < 0", later("amount is negative")),
        _order("ordered_at", "delivered_at"),
        _order("ordered_at", "cancelled_at"),
    ),
)

VISITS = Table(
    "visits",
    later("one row per visit to the shop or app"),
    (Column("customer_id", required=True), Column("visited_at", "time", required=True)),
    ("customer_id", "visited_at"),
    "visited_at",
)

EXPOSURE = Table(
    "exposure",
    later("one row per day and segment: how many could have had a problem"),
    (
        Column("date", "date", required=True), Column("segment"),
        Column("orders", "number"), Column("active_users", "number"),
    ),
    ("date", "segment"),
    rules=(Rule("orders < 0 OR active_users < 0", later("a count is negative")),),
)  # fmt: skip

PERK_ASSIGNMENTS = Table(
    "perk_assignments",
    later("one row per customer assigned to a variant of an experiment"),
    (
        Column("assignment_id", required=True),
        Column("experiment_id", required=True),
        Column("customer_id", required=True),
        Column("contact_id"),
        Column("variant", required=True),
        Column("perk_kind", values=PERK_KINDS),
        Column("assigned_at", "time", required=True),
        Column("delivered_at", "time", later=True),
        Column("expires_at", "time"),
        Column("face_value", "number"),
        Column("unit_cost", "number"),
        Column("stratum"),
    ),
    ("assignment_id",),
    "assigned_at",
    (
        _order("assigned_at", "delivered_at"),
        Rule("unit_cost < 0 OR face_value < 0", later("a cost is negative")),
    ),
    (
        (
            ("experiment_id", "customer_id"),
            later("customers were assigned more than once in one experiment; keep one assignment per customer"),
        ),
    ),
)  # fmt: skip

PERK_REDEMPTIONS = Table(
    "perk_redemptions",
    later("one row per perk used on an order"),
    (
        Column("assignment_id", required=True), Column("redeemed_at", "time", required=True),
        Column("order_id"), Column("discount_amount", "number"),
    ),
    ("assignment_id", "redeemed_at"),
    "redeemed_at",
    (Rule("discount_amount < 0", later("discount_amount is negative")),),
)  # fmt: skip

FLOW_CHANGES = Table(
    "flow_changes",
    later("one row per change to how we serve"),
    (
        Column("change_id", required=True), Column("name"), Column("kind", values=CHANGE_KINDS),
        Column("live_at", "time", required=True), Column("ended_at", "time", later=True),
        Column("scope"), Column("rollout", values=("all_at_once", "staged", "randomised")),
        Column("ramp_days", "number"),
        *_text("primary_metric", "expected_direction", "owner", "comparison_scope", "action"),
        Column("found_at", "time"),
    ),
    ("change_id",),
    rules=(
        _order("live_at", "ended_at"),
        Rule("found_at >= live_at + INTERVAL 1 DAY", later("found_at lies a day or more after live_at")),
        Rule("ramp_days < 0", later("ramp_days is negative")),
    ),
    about=(
        "`scope` says for whom: `team_id in (T01, T02)`, several conditions joined by ` and `, any column of a study's"
        " scope; other words are shown as they stand, and the change may then concern everybody, as it may where"
        " `scope` is empty. `ramp_days` are days from `live_at` until it works in full. `ended_at` is when it was taken"
        " back: on that day it was still on. `action` is the id of the action that led to it, `found_at` when its cause"
        " was found. What goes live after the cut counts as planned."
    ),
)  # fmt: skip

CODINGS = Table(
    "codings",
    later("one row per contact and coder: what somebody found the contact to be about"),
    (
        Column("contact_id", required=True),
        Column("coder", required=True),
        Column("method", required=True, values=CODING_METHODS),
        Column("coded_at", "time", required=True),
        Column("need_code"),
        Column("owner", values=OWNERS),
        *_text("root_cause", "stratum"),
        Column("sampling_weight", "number"),
    ),
    ("contact_id", "coder"),
    "coded_at",
    (
        Rule(
            "need_code IS NULL AND owner IS NULL AND root_cause IS NULL",
            later("need_code, owner and root_cause are all empty"),
        ),
        Rule("sampling_weight < 1", later("sampling_weight is below 1")),
    ),
    about=(
        "`contacts` carry the codes of the desk's own system; this table is a second opinion on some of them."
        " `coder` is a person, a rule or a model, as `method` says, and codes a contact once: who changes a coding"
        " keeps the last, and who found nothing writes the owner `unknown`. What people found goes before what rules"
        " found, and the first person's coding before those of others, which tell how far people agree. Where the"
        " coded contacts were drawn from strata, `stratum` names them and `sampling_weight` is how many contacts one"
        " stands for: those of the stratum over those coded of it. Both are empty where every contact had the same"
        " chance."
    ),
)

AGENTS = Table(
    "agents",
    later("one row per agent"),
    (
        Column("agent_id", required=True),
        Column("team_id"),
        Column("kind", values=("human", "bot")),
        Column("hired_at", "time"),
        Column("cost_per_hour", "number"),
    ),
    ("agent_id",),
)

TEAMS = Table(
    "teams",
    later("one row per team"),
    (Column("team_id", required=True), *_text("name", "tier", "timezone", "calendar_id")),
    ("team_id",),
    about=(
        "`timezone` is a name like Europe/Berlin, empty where it is that of the source; `calendar_id` is a calendar of"
        " `calendars`. Both say when the team is open."
    ),
)

CALENDARS = Table(
    "calendars",
    later("one row per calendar and stretch of opening hours on a weekday"),
    (
        Column("calendar_id", required=True),
        Column("weekday", "whole", required=True),
        *_text("open", "close"),
    ),
    ("calendar_id", "weekday", "open"),
    rules=(
        Rule("weekday < 0 OR weekday > 6", later("weekday is not 0 (Monday) to 6 (Sunday)")),
        _time_of_day("open"),
        _time_of_day("close"),
        Rule(
            "(open IS NULL) <> (close IS NULL)",
            later("one of open and close is empty without the other"),
        ),
    ),
    about=(
        "`weekday` goes from 0 (Monday) to 6 (Sunday), `open` and `close` are times of day by the team's own clock,"
        " like 09:00 and 18:00; the end of a day is 24:00. A break is two rows of one weekday, a `close` before"
        " its `open` lies on the next day, and a weekday without a row, or with both empty, is closed. Public holidays"
        " are those of the study. `hours.standard` in a study takes the place of this table."
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        CONTACTS, EVENTS, SURVEYS, CUSTOMERS, ORDERS, VISITS, EXPOSURE, PERK_ASSIGNMENTS,
        PERK_REDEMPTIONS, FLOW_CHANGES, CODINGS, AGENTS, TEAMS, CALENDARS,
    )
}  # fmt: skip

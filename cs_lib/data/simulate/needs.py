"""The needs behind the contacts: surface issue, owner, root cause and planted rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Need:
    """One need. Rates are first contacts, without repeats; hours and seconds are medians."""

    code: str | None  # None: the contact was not coded
    issue: str  # what the customer says; one issue hides several needs
    owner: str
    root_cause: str | None
    per_order: float  # first contacts per order delivered in time
    per_late_order: float
    per_customer_year: float  # first contacts that are not about an order
    when: Literal["transit", "delivered"]
    complaint_share: float
    repeat_30d: float  # chance of a repeat contact within 30 days of resolution
    reopen_share: float
    resolution_hours: float
    handle_seconds: float
    subjects: tuple[str, str]


def _need(
    key: tuple[str | None, str, str, str | None],
    rates: tuple[float, float, float],
    when: Literal["transit", "delivered"],
    shares: tuple[float, float, float],
    work: tuple[float, float],
    subjects: tuple[str, str],
) -> Need:
    return Need(*key, *rates, when, *shares, *work, subjects)


NEEDS = (
    _need(("where_is_order", "delivery", "business_process", "B1"), (0.004, 0.42, 0.0), "transit",
          (0.85, 0.22, 0.04), (14, 380), ("Where is my parcel", "Parcel overdue")),
    _need(("status_update_missing", "delivery", "service_flow", "S4"), (0.009, 0.03, 0.0),
          "transit", (0.60, 0.16, 0.03), (6, 260), ("No delivery update", "Any news on my order")),
    _need(("promise_not_kept", "delivery", "agent", "A4"), (0.003, 0.04, 0.0), "transit",
          (0.92, 0.20, 0.06), (12, 420), ("You said it would come today", "Nobody called back")),
    _need(("damaged_in_transit", "delivery", "business_process", "B4"), (0.008, 0.012, 0.0),
          "delivered", (0.92, 0.10, 0.03), (20, 450), ("Box arrived crushed", "Parcel damaged")),
    _need(("unclear_manual", "product_use", "product", "P3"), (0.0, 0.0, 0.0), "delivered",
          (0.65, 0.32, 0.03), (9, 520), ("How do I set this up", "Manual makes no sense")),
    _need(("too_complex", "product_use", "product", "P2"), (0.007, 0.007, 0.0), "delivered",
          (0.55, 0.24, 0.03), (9, 560), ("Cannot get it to work", "Too many settings")),
    _need(("guidance_missing", "product_use", "service_flow", "S4"), (0.005, 0.005, 0.0),
          "delivered", (0.50, 0.20, 0.03), (8, 480), ("Need help with first use", "How to clean")),
    _need(("product_defect", "product_fault", "product", "P1"), (0.017, 0.017, 0.0), "delivered",
          (0.92, 0.14, 0.05), (30, 500), ("Stopped working", "Faulty on arrival")),
    _need(("missing_function", "product_fault", "product", "P4"), (0.003, 0.003, 0.0),
          "delivered", (0.60, 0.12, 0.02), (12, 360), ("Timer is missing", "It cannot do this")),
    _need(("refund_slow", "refund", "business_process", "B2"), (0.013, 0.022, 0.0), "delivered",
          (0.88, 0.22, 0.05), (26, 420), ("Refund not received", "Waiting for my money")),
    _need(("refund_rule_unclear", "refund", "business_process", "B3"), (0.005, 0.006, 0.0),
          "delivered", (0.60, 0.12, 0.02), (8, 320), ("Can I return this", "Refund conditions")),
    _need(("wrong_information", "refund", "agent", "A2"), (0.004, 0.006, 0.0), "delivered",
          (0.88, 0.20, 0.09), (14, 460), ("I was told something else", "Wrong answer")),
    _need(("promotion_rule_unclear", "promotion", "business_process", "B3"), (0.007, 0.007, 0.0),
          "transit", (0.55, 0.08, 0.02), (5, 280), ("Coupon not applied", "Price differs")),
    _need(("out_of_stock", "order_change", "business_process", "B5"), (0.005, 0.006, 0.0),
          "transit", (0.65, 0.06, 0.02), (7, 260), ("Colour not available", "Change my order")),
    _need(("invoice_error", "invoice", "business_process", "B6"), (0.004, 0.004, 0.0),
          "delivered", (0.60, 0.12, 0.03), (28, 340), ("Invoice title is wrong", "No invoice")),
    _need(("sent_to_wrong_team", "service", "service_flow", "S1"), (0.004, 0.008, 0.0),
          "delivered", (0.85, 0.20, 0.05), (18, 520), ("Passed from one to another", "Again")),
    _need(("long_queue", "service", "service_flow", "S2"), (0.003, 0.006, 0.0), "transit",
          (0.88, 0.10, 0.02), (10, 300), ("Nobody answers", "Waited an hour")),
    _need(("bot_dead_end", "service", "service_flow", "S5"), (0.004, 0.006, 0.0), "delivered",
          (0.85, 0.20, 0.03), (9, 340), ("Robot does not understand", "Want a person")),
    _need(("no_authority", "service", "service_flow", "S6"), (0.003, 0.005, 0.0), "delivered",
          (0.90, 0.20, 0.05), (24, 560), ("Who can decide this", "Ask your manager")),
    _need(("attitude", "service", "agent", "A3"), (0.002, 0.004, 0.004), "delivered",
          (0.97, 0.08, 0.03), (16, 420), ("Rude reply", "Not treated with respect")),
    _need(("login_problem", "account", "product", "P5"), (0.0, 0.0, 0.035), "transit",
          (0.60, 0.14, 0.03), (5, 300), ("Cannot log in", "App keeps crashing")),
    _need(("unanswered_question", "account", "agent", "A1"), (0.0, 0.0, 0.020), "transit",
          (0.55, 0.15, 0.03), (7, 360), ("Question about points", "How does this work")),
    _need((None, "other", "unknown", None), (0.006, 0.010, 0.025), "transit",
          (0.50, 0.08, 0.02), (9, 320), ("Question", "Please call me")),
)  # fmt: skip

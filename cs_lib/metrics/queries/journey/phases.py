"""Which phase of the way a step lets begin, and who holds the contact until the next."""

from __future__ import annotations

from typing import Literal

Phase = Literal["asks", "answer", "work", "others", "solved", "after", "again"]
Holder = Literal["in_hand", "waiting_on_us", "customer", "third_party", "nobody"]

PHASES: tuple[Phase, ...] = ("asks", "answer", "work", "others", "solved", "after", "again")
HOLDERS: tuple[Holder, ...] = ("in_hand", "waiting_on_us", "customer", "third_party", "nobody")

# Until one of these a contact waits for an answer: somebody of us has answered, begun, or handed the word over.
ENDS_ASKING = (
    "replied", "in_progress", "waiting_customer", "waiting_third_party", "resolved", "closed", "other",
)  # fmt: skip
# What a kind of step (`steps.KIND`) lets begin, once the contact is answered. After a first reopening everything up to
# the end is `again`, whoever holds it; after the last resolution nobody holds it.
HELD: dict[str, Holder] = {
    "created": "waiting_on_us", "queued": "waiting_on_us", "assigned": "waiting_on_us",
    "handed_on": "waiting_on_us", "customer_wrote": "waiting_on_us", "noted": "waiting_on_us",
    "bot_replied": "waiting_on_us", "reopened": "waiting_on_us",
    "in_progress": "in_hand", "replied": "in_hand", "other": "in_hand",
    "waiting_customer": "customer", "waiting_third_party": "third_party",
    "resolved": "nobody", "closed": "nobody", "follow_up": "nobody",
}  # fmt: skip

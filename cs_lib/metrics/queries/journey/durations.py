"""How long contacts are in each phase, who holds them meanwhile, and how satisfied those are who got there."""

from __future__ import annotations

from dataclasses import dataclass

from cs_lib.metrics.queries.journey.phases import Holder, Phase


@dataclass(frozen=True, slots=True)
class Span:
    """Time in one phase with one holder after one kind of step, of the contacts of one owner.

    Attributes:
        step: the log's name of the step that let it begin.
        owner: who owns the cause of the contact, `unknown` without one.
        cases, micros: contacts, and microseconds in all.
        open_micros: those of them in the opening hours of the team; None without opening hours.
    """

    phase: Phase
    holder: Holder
    step: str
    owner: str
    cases: int
    micros: int
    open_micros: int | None


@dataclass(frozen=True, slots=True)
class PhaseTime:
    """One phase over contacts.

    Attributes:
        cases, customers: contacts that came to the phase, and their customers.
        median, p90: microseconds a contact was in it, in all; None for phases without time (asks, solved, after).
        all_micros: the time in it; customer_micros, third_micros: the parts held by customers and third parties.
        open_median, open_p90: the same in opening hours; None without.
        offered, answered, satisfied: surveys of satisfaction of these contacts (the first survey of each), those
            answered, and those answered in the top two of five (the top box of `csat`).
    """

    phase: Phase
    cases: int
    customers: int
    median: int | None
    p90: int | None
    all_micros: int
    customer_micros: int
    third_micros: int
    open_median: int | None
    open_p90: int | None
    offered: int
    answered: int
    satisfied: int

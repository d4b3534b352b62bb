"""A help desk's export for the README and its test: 26 weeks of tickets, solved sooner from April on."""

from __future__ import annotations

from datetime import datetime, timedelta

HEAD = "Ticket ID;Requester ID;Created at;Solved at;Status;Group;Assignee;Via;Satisfaction"


def tickets() -> str:
    """Eight tickets a day as text, the same on every machine."""
    lines, state = [HEAD], 1
    for number in range(8 * 182):
        state = state * 48271 % 2147483647  # Park and Miller's generator
        opened = datetime(2025, 1, 1, 7) + timedelta(hours=3 * number, minutes=state % 170)
        hours = (2 + state % 40) * (0.6 if opened >= datetime(2025, 4, 1) else 1)
        solved = opened + timedelta(hours=hours)
        done = solved < datetime(2025, 7, 2)
        cells = (
            40_000 + number, f"U{state % 600}", f"{opened:%d/%m/%Y %H:%M}", f"{solved:%d/%m/%Y %H:%M}" if done else "",
            "Solved" if done else "Open", ("Billing", "Delivery", "Returns")[state % 3], f"Agent {state % 7}",
            ("Mail", "Chat", "Web form")[state // 7 % 3], ("Good", "Bad", "")[state // 11 % 3],
        )  # fmt: skip
        lines.append(";".join(map(str, cells)))
    return "\n".join(lines) + "\n"

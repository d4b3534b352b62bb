"""Sentences with numbers of a study as a short list."""

from __future__ import annotations

import html
from dataclasses import dataclass

from cs_lib import wording as w
from cs_lib.language import say
from cs_lib.metrics import Metric
from cs_lib.report.markup import styled
from cs_lib.results import Guardrail


def allowance(rail: Guardrail, metric: Metric) -> str:
    """How much worse a guardrail may get, and how much worse it may be already."""
    worst = max(0.0, -rail.effect.gain_interval(metric.good)[0])
    return say(
        "{label}: {margin} worse would be too much; up to {worst} is not ruled out.",
        label=metric.label,
        margin=w.size(rail.margin, metric.quantity),
        worst=w.size(worst, metric.quantity),
    )


@dataclass(frozen=True, slots=True)
class Points:
    """A short list of sentences."""

    items: tuple[str, ...]
    links: tuple[
        tuple[str, str], ...
    ] = ()  # words and where they lead, by item; "" where an item leads nowhere

    def html(self) -> str:
        """The list element."""
        links = self.links or (("", ""),) * len(self.items)
        items = "".join(
            f"<li>{html.escape(item)}{_anchor(*link)}</li>"
            for item, link in zip(self.items, links, strict=True)
        )
        return f'<ul class="points">{items}</ul>'

    def __str__(self) -> str:
        """One sentence a line."""
        return "\n".join(f"- {item}" for item in self.items)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": styled(self.html())}


def _anchor(words: str, to: str) -> str:
    if not to:
        return ""
    return f' <a href="{html.escape(to, quote=True)}">{html.escape(words)}</a>'

"""Sentences with numbers of a study as a short list."""

from __future__ import annotations

import html
from dataclasses import dataclass

from cs_lib.report.markup import styled


@dataclass(frozen=True, slots=True)
class Points:
    """A short list of sentences."""

    items: tuple[str, ...]

    def html(self) -> str:
        """The list element."""
        items = "".join(f"<li>{html.escape(item)}</li>" for item in self.items)
        return f'<ul class="points">{items}</ul>'

    def __str__(self) -> str:
        """One sentence a line."""
        return "\n".join(f"- {item}" for item in self.items)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": styled(self.html())}

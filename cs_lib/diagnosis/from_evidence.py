"""What results that keep their evidence take from it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cs_lib.results import Answer


class FromEvidence(Answer):
    """A result with the `evidence` that it was found in."""

    __slots__ = ()

    if TYPE_CHECKING:  # a field of each

        @property
        def evidence(self) -> Any:
            """All that was read for it."""

    @property
    def observed_until(self) -> date:
        """The first local day that is not wholly observed."""
        return self.evidence.observed_until  # type: ignore[no-any-return]

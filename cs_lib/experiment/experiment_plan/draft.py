"""What every plan has from the past it is computed from, whatever it plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_lib.results import Answer

if TYPE_CHECKING:
    from datetime import date

    from cs_lib.metrics import Metric


class Draft(Answer):
    """A plan from an evidence that knows its metrics, its currency and how far it was observed."""

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def evidence(self) -> Any:
            """What was read of the past."""

    @property
    def metrics(self) -> dict[str, Metric]:
        """Definitions of the metrics it names."""
        return self.evidence.metrics  # type: ignore[no-any-return]

    @property
    def currency(self) -> str:
        """Code of the currency of amounts."""
        return str(self.evidence.currency)

    @property
    def primary(self) -> Metric:
        """The metric that decides."""
        return self.metrics[self.study.measure.primary_metric]

    @property
    def observed_until(self) -> date:
        """The first local day that is not wholly observed."""
        return self.evidence.observed_until  # type: ignore[no-any-return]

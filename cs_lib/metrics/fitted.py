"""The words of metrics fitted to a study: who was assigned, which scale its surveys have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from cs_lib.data.desk import Desk
from cs_lib.language import later
from cs_lib.metrics.catalogue import in_currency
from cs_lib.metrics.definition import Metric, SurveyMetric, score_end
from cs_lib.metrics.definitions.customers import ASSIGNED, COMPLAIN, COMPLAIN_AGAIN
from cs_lib.metrics.queries import scales
from cs_lib.metrics.queries.scales import Scale
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.sentences import Text, listed, say

AFTER_COMPLAINT = later(
    "customers assigned after their complaint, by assignment (whether or not they used the perk)"
)
FIVE_POINTS = (1.0, 5.0)
SATISFIED = later("Satisfied answers (top quarter of the scale)")
TOP_QUARTER = later("score in the top quarter of its scale")


def fitted(
    names: Iterable[str],
    currency: str,
    *,
    after_complaint: bool = False,
    on_scale: Mapping[str, Scale] | None = None,
) -> dict[str, Metric]:
    """Metrics by name as the study reads them: amounts in the currency, words that hold for its customers.

    `after_complaint` says that every customer was assigned after a complaint; `on_scale` are those of
    survey scores, by metric.
    """
    found = in_currency(names, currency)
    if after_complaint:
        found = {name: _after_complaint(metric) for name, metric in found.items()}
    for name, scale in (on_scale or {}).items():
        metric = found[name]
        assert isinstance(metric, SurveyMetric)
        found[name] = replace(metric, scale=scale)
    return found


def _after_complaint(metric: Metric) -> Metric:
    own = AFTER_COMPLAINT if metric.population == ASSIGNED else metric.population
    title = COMPLAIN_AGAIN if metric.title == COMPLAIN else metric.title
    return replace(metric, population=own, title=title)


def fitted_by_day(names: Iterable[str], desk: Desk, start: date, end: date) -> dict[str, Metric]:
    """Metrics by name of a study of some days: satisfaction of five points only where answers have that scale."""
    found = in_currency(names, desk.currency)
    if "csat" in found and not set(scales.of_days(desk, "csat", start, end)) <= {FIVE_POINTS}:
        found["csat"] = replace(found["csat"], title=SATISFIED, counted=TOP_QUARTER)
    return found


def one_scale(metric: SurveyMetric, answered: Iterable[Scale]) -> Scale:
    """The scale on which a metric was answered; its usual one where nobody answered.

    Raises NotAvailable when answers have several: their mean would say nothing.
    """
    found = sorted(set(answered))
    if len(found) > 1:
        raise NotAvailable(
            say(
                "'{name}' is not available because its surveys have several scales: {scales}. Bring "
                "them to one in the source.",
                name=metric.name,
                scales=listed([spelt(scale) for scale in found]),
            )
        )
    return found[0] if found else metric.scale


def spelt(scale: Scale) -> Text:
    """A scale in words: `1 to 5`."""
    low, high = map(score_end, scale)
    return say("{low} to {high}", low=low, high=high)

"""The scales that answers to surveys were given on."""

from __future__ import annotations

from datetime import date

from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.definition import MICROS_A_DAY, SurveyMetric
from cs_lib.metrics.queries.people import TABLE, People
from cs_lib.metrics.queries.sql import between

Scale = tuple[float, float]


def of_people(people: People, metric: SurveyMetric) -> list[Scale]:
    """Of surveys of the metric's kind that followed people were offered in its window, rising."""
    offered = f"{people.desk.engine.dialect.micros('s.offered_at')} - u.since"
    return _scales(
        people.desk,
        f"{TABLE} u JOIN surveys s ON s.customer_id = u.customer_id",
        f"s.kind = {quote(metric.kind)} AND {offered} > 0 AND {offered} <= {metric.window_days * MICROS_A_DAY}",
    )


def of_days(desk: Desk, kind: str, start: date, end: date) -> list[Scale]:
    """Of surveys of a kind that were offered on some local days, rising."""
    if not desk.has("surveys"):
        return []
    days = between(desk.day_of("s.offered_at"), start, end)
    return _scales(desk, "surveys s", f"s.kind = {quote(kind)} AND {days}")


def _scales(desk: Desk, rows: str, where: str) -> list[Scale]:
    found = desk.engine.rows(
        f"SELECT DISTINCT s.scale_min, s.scale_max FROM {rows} WHERE s.score IS NOT NULL AND {where} ORDER BY 1, 2"
    )
    return [(float(low), float(high)) for low, high in found]

"""The simulated desk as raw relations, as it stands or through a source's queries over it."""

from __future__ import annotations

from cs_lib.data.conform import meant
from cs_lib.data.engines.base import Engine, EngineError
from cs_lib.data.sources.delivered import Delivered
from cs_lib.language import say
from cs_lib.params import Source


def simulated(engine: Engine, source: Source) -> Delivered:
    """Register `raw_<table>` for every simulated table.

    A query in the source reads the tables as they were simulated, `simulated_<table>`.
    """
    from cs_lib.data.simulate import STORIES, simulate

    asked = source.simulate
    assert asked is not None
    desk = simulate(
        seed=asked.seed,
        customers=asked.customers,
        start=asked.start.isoformat(),
        days=asked.days,
        plan=STORIES[asked.story],
    )
    prefix = "simulated" if source.tables else "raw"
    for name, frame in desk.tables.items():
        zoned = frame.copy()
        for column in frame.select_dtypes("datetime").columns:
            zoned[column] = frame[column].dt.tz_localize("UTC")
        engine.add_frame(f"{prefix}_{name}", zoned)
    engine.seal()
    if not source.tables:
        return Delivered(list(desk.tables))
    faults = _through_queries(engine, source, list(desk.tables))
    return Delivered(list(desk.tables), faults=faults)


def _through_queries(engine: Engine, source: Source, names: list[str]) -> list[str]:
    """The raw relations where a source has queries; a table whose query fails is taken as it stands."""
    faults = []
    for name in names:
        query = source.tables[name].query if name in source.tables else None
        plain = f"SELECT * FROM simulated_{name}"
        try:
            engine.require_query(query or plain)
            engine.run(f"CREATE TABLE raw_{name} AS {query or plain}")
        except EngineError as error:
            faults.append(
                say("{name}: its query in the source failed ({error}).", name=name, error=error)
            )
            engine.run(f"CREATE TABLE raw_{name} AS {plain}")
    for name in names:
        engine.run(f"DROP TABLE simulated_{name}")
    return faults + [
        say(
            "{name}: the simulated desk has no such table{hint}",
            name=name,
            hint=meant(name, names),
        )
        for name in source.tables
        if name not in names
    ]

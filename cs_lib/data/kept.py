"""CSV files that were typed and found sound before, kept as Parquet: the same bytes are not parsed again."""

from __future__ import annotations

import tempfile
from pathlib import Path

from cs_lib.data import cache, stamps
from cs_lib.data.contracts import TABLES, Table
from cs_lib.data.engines.base import Engine, EngineError
from cs_lib.data.facts import TableFacts
from cs_lib.data.sources.files import has_cells
from cs_lib.params import Source

KIND = "table"
UNWRITTEN = (EngineError, ImportError, MemoryError, OSError, RuntimeError, ValueError)


def restore(engine: Engine, source: Source, name: str) -> TableFacts | None:
    """Make `all_<table>` from what was kept of a CSV file, as a table: its facts, nothing where nothing was kept.

    Called before the engine is sealed; nothing of the cache can be reached afterwards.
    """
    table = TABLES.get(name)
    stamp = stamps.stamp_of(source, table) if table and _may(source, name) else None
    known = stamps.recall(stamp, table) if stamp and table else None
    if known is None or stamp is None or table is None:
        return None
    try:
        with tempfile.TemporaryDirectory(prefix="cs-lib-") as folder:
            copy = Path(folder) / "table.parquet"
            if not cache.copy_file(KIND, stamp.key, copy):
                return None
            engine.add_kept(f"all_{name}", copy)
    except (OSError, EngineError):
        return None
    names = [c.name for c in table.columns]
    whole = list(engine.columns(f"all_{name}")) == names
    if whole and engine.rows(f"SELECT count(*) FROM all_{name}") == [(known.facts.rows,)]:
        return known.facts
    engine.run(f"DROP TABLE all_{name}")
    return None


def keep(engine: Engine, source: Source, table: Table, stamp: stamps.Stamp) -> None:
    """Keep a sound `all_<table>` that was a CSV file, where that can be done."""
    if not _may(source, table.name):
        return
    size = sum(state[0] for _, state in stamp.files)
    try:
        cache.put_file(
            KIND, stamp.key, lambda path: engine.save(f"all_{table.name}", path), size=size
        )
    except UNWRITTEN:
        return


def _may(source: Source, name: str) -> bool:
    """Whether a table is a CSV file that nothing in its source reads or changes before it is typed."""
    own = source.tables[name].file if name in source.tables else None
    asked = source.cleaning or any(table.query is not None for table in source.tables.values())
    cut = own is not None and own.skip_last_lines  # told anew each time
    return own is not None and has_cells(Path(own.path)) and not asked and not cut

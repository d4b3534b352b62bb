"""What a source's SQL may be, by DuckDB's own parse of it: one query that reads, or one condition.

A text is parsed alone, before it stands inside a statement of ours, and every node of the parse is looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from cs_lib.data.engines.base import NotAllowed
from cs_lib.language import say

Parse = Callable[[str], str]  # SQL to its tree, as JSON

QUERIES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
RELATIONS = {"range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree"}
SYSTEM = ("duckdb_", "pragma_", "sqlite_", "pg_", "__")  # how the engine's own relations begin
SCHEMAS: tuple[list[str], ...] = ([], ["main"], ["memory", "main"])
ENVIRONMENT = {
    "getenv",
    "current_setting",
    "getvariable",
    "current_query",
    "write_log",
    "sleep_ms",
    "nextval",
    "currval",
    "setval",
    "setseed",
    "query",
    "query_table",
    "glob",
    "json_execute_serialized_sql",
    "json_serialize_plan",
}
FOREIGN = (
    "read_",
    "pg_",
    "duckdb_",
    "pragma_",
    "parquet_",
)  # functions that look outside the tables
PLACES = ("query_location", "query_location_length")


def require_query(text: str, parse: Parse, own: frozenset[str]) -> None:
    """Raises NotAllowed unless a text is exactly one query that only reads tables.

    `own` are the relations of the source, in small letters: whatever they are called, they may be read.
    """
    statements = _statements(text, parse)
    if len(statements) != 1:
        raise NotAllowed(say("it must be one query that only reads, beginning with SELECT or WITH"))
    _require_reading(statements[0], own)


def require_condition(text: str, parse: Parse, own: frozenset[str]) -> None:
    """Raises NotAllowed unless a text is exactly one expression, alone and in brackets alike."""
    bare, bracketed = _expression(f"SELECT {text}\n", parse), _expression(in_brackets(text), parse)
    if bare is None or bare != bracketed:
        raise NotAllowed(
            say("it must be one condition, like `status = 'spam'`, with every bracket closed")
        )
    _require_reading(bare, own)


def names(text: str, parse: Parse) -> tuple[frozenset[str], frozenset[str]]:
    """The tables and the columns that a query names, in small letters; among the columns `*` where it takes all."""
    tables, columns = set[str](), set[str]()
    for node in _nodes(_statements(text, parse)):
        if node.get("type") == "BASE_TABLE":
            tables.add(str(node.get("table_name", "")).lower())
        if node.get("class") == "STAR":
            columns.add("*")
        columns.update(str(name).lower() for name in node.get("column_names") or ())
        columns.update(str(name).lower() for name in node.get("using_columns") or ())
    return frozenset(tables), frozenset(columns)


def in_brackets(condition: str) -> str:
    """A query of one condition in brackets of its own, as it will be pasted: a last comment ends with its line."""
    return f"SELECT (\n{condition}\n)"


def _expression(query: str, parse: Parse) -> Any:
    """The one expression of a query without tables, None when it is anything else."""
    statements = _statements(query, parse)
    node = statements[0].get("node", {}) if len(statements) == 1 else {}
    expressions = node.get("select_list") or []
    alone = node.get("type") == "SELECT_NODE" and len(expressions) == 1
    if not alone or expressions[0].get("alias"):
        return None
    rest = {key: value for key, value in node.items() if key != "select_list"}
    empty = _statements("SELECT 1", parse)[0]["node"]
    plain = {key: value for key, value in empty.items() if key != "select_list"}
    if _placeless(rest) != _placeless(plain):  # a FROM, a WHERE, a LIMIT: no condition
        return None
    return _placeless(expressions[0])


def _statements(text: str, parse: Parse) -> list[dict[str, Any]]:
    """The parse of every statement, none when one of them is no query. Raises NotAllowed where it cannot be parsed."""
    if "\0" in text:  # what follows it could be hidden from one reader and not from another
        raise NotAllowed(say("it holds a NUL character"))
    try:
        tree = json.loads(parse(text))
    except RecursionError:
        raise NotAllowed(say("its brackets are nested too deeply")) from None
    if tree["error"] and tree.get("error_type") == "parser":
        raise NotAllowed(f"Parser Error: {tree['error_message'].splitlines()[0]}")
    found: list[dict[str, Any]] = [] if tree["error"] else tree["statements"]
    return found


def _placeless(node: Any) -> Any:
    """A tree without where in the text each node stood."""
    if isinstance(node, dict):
        return {key: _placeless(value) for key, value in node.items() if key not in PLACES}
    return [_placeless(item) for item in node] if isinstance(node, list) else node


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def _require_reading(tree: Any, own: frozenset[str]) -> None:
    """Raises NotAllowed at the first node that does anything but read the source's own tables."""
    for node in _nodes(tree):
        kind = str(node.get("type", ""))
        if kind.endswith("_NODE") and kind not in QUERIES:
            verb = kind.split("_")[0]
            raise NotAllowed(say("it may only read, it holds {verb}", verb=verb))
        if kind == "SHOW_REF":
            raise NotAllowed(say("it may only read tables, not describe them"))
        if kind == "TABLE_FUNCTION":
            _require_function(node.get("function", {}), table=True)
        elif kind == "BASE_TABLE":
            _require_table(node, own)
        elif "function_name" in node:
            _require_function(node, table=False)


def _require_function(node: dict[str, Any], *, table: bool) -> None:
    name = str(node.get("function_name", "")).lower()
    reads_tables = name in RELATIONS if table else name not in ENVIRONMENT
    if not reads_tables or (not table and name.startswith(FOREIGN) and name != "pg_typeof"):
        raise NotAllowed(
            say("it may only read the tables of its source, not call {name}", name=f"{name}()")
        )


def _require_table(node: dict[str, Any], own: frozenset[str]) -> None:
    name = str(node.get("table_name", ""))
    path = [str(part).lower() for part in node.get("qualified_name", {}).get("path", [name])]
    known = path[-1:] == [name.lower()] and path[:-1] in SCHEMAS
    if known and (name.lower() in own or not _looks_outside(name.lower())):
        return
    raise NotAllowed(
        say("it may only read the tables of its source, not '{name}'", name=_last(name))
    )


def _looks_outside(name: str) -> bool:
    """Whether a name could be a file's, an address or a relation of the engine itself."""
    return name.startswith(SYSTEM) or any(sign in name for sign in "/\\.:*?[")


def _last(name: str) -> str:
    return name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]

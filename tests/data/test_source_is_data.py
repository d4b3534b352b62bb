"""A source is data that travels by mail: it may read its own tables and can do nothing else. Each trick is real."""

from __future__ import annotations

import gzip
import os
import signal
import socket
from pathlib import Path

import pytest

from cs_lib.data.engines.base import EngineError, NotAllowed
from cs_lib.data.engines.duckdb import DuckDB, without_folders
from cs_lib.params import ParamsError, load_source

HEAD = "contact_id,customer_id,opened_at,status\n"
ROWS = HEAD + "C1,A,2026-02-27 10:00,open\nC2,B,2026-02-27 11:00,spam\n"
GOOD = "SELECT contact_id, customer_id, opened_at, status FROM log"
SECRET = "the-secret-of-another-folder"


@pytest.fixture(autouse=True)
def guard():
    """A reader that waits for a pipe ends its test, not the suite."""

    def late(*_):
        raise TimeoutError("the source was waited for")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def log(source):
    """A source whose contacts are a query over one CSV file."""
    source.file("log", ROWS)
    source.settings["files"] = {"log": "log.csv"}
    source.settings["tables"] = {"contacts": {"query": GOOD}}
    return source


@pytest.fixture
def away(tmp_path_factory):
    """A folder outside the project with a file that is none of the source's."""
    folder = tmp_path_factory.mktemp("away")
    (folder / "foreign.csv").write_text(HEAD + f"{SECRET},A,2026-02-27 10:00,open\n", "utf-8")
    return folder


def asked(source, query):
    source.settings["tables"]["contacts"] = {"query": query}
    return source.breaches()


def cleaned(source, condition):
    source.settings["cleaning"] = [
        {"table": "contacts", "because": "they are tests", "drop_where": condition}
    ]
    return source.breaches()


def harmless(said, *words):
    """One sentence in which neither a folder nor what a foreign file holds is told."""
    assert len(said) == 1, said
    assert len(said[0].splitlines()) == 1 and len(said[0]) < 400, said
    for word in (SECRET, "/tmp", "/root", "/etc/", *words):
        assert word not in said[0], said


WRITES = [
    f"{GOOD}; COPY (SELECT 1) TO '{{out}}'",
    "COPY (SELECT 1) TO '{out}'",
    f"WITH gone AS (COPY (SELECT 1) TO '{{out}}') {GOOD}",
    "WITH gone AS (COPY (SELECT * FROM log) TO '{out}') SELECT * FROM gone",
    f"{GOOD}; ATTACH '{{out}}' AS x; CREATE TABLE x.t AS SELECT 1",
    "ATTACH '{out}'",
    f"{GOOD}; EXPORT DATABASE '{{out}}'",
    f"{GOOD}\n-- a remark\n; COPY (SELECT 1) TO '{{out}}' --",
    f"{GOOD} /* ; */ ; COPY (SELECT 1) TO '{{out}}'",
    f"{GOOD} WHERE status <> $$;$$; COPY (SELECT 1) TO '{{out}}'",
    f"{GOOD} WHERE status <> $a$x$a$; COPY (SELECT 1) TO '{{out}}'",
    f"{GOOD}; PRAGMA enable_profiling='json'; PRAGMA profile_output='{{out}}'",
    f"{GOOD}; SET lock_configuration=false; COPY (SELECT 1) TO '{{out}}'",
]


@pytest.mark.parametrize("query", WRITES)
def test_query_that_writes_is_not_run_and_leaves_no_file(log, away, query):
    out = away / "out.csv"
    harmless(asked(log, query.replace("{out}", str(out))), str(away))
    assert not out.exists() and sorted(p.name for p in away.iterdir()) == ["foreign.csv"]


@pytest.mark.parametrize("target", ["log.csv", "beside.csv"])
def test_query_cannot_write_into_its_own_folder_either(log, target):
    path = log.home / target
    before = path.read_bytes() if path.exists() else None
    harmless(asked(log, f"WITH gone AS (COPY (SELECT 1) TO '{path}') {GOOD}"), str(log.home))
    assert (path.read_bytes() if path.exists() else None) == before


OTHER = [
    "INSTALL httpfs", "LOAD httpfs", f"{GOOD}; INSTALL httpfs", "CREATE TABLE t AS SELECT 1", "DROP TABLE log",
    "INSERT INTO log VALUES ('x', 'x', 'x', 'x')", "UPDATE log SET status = 'open'", "DELETE FROM log",
    f"WITH gone AS (DELETE FROM log RETURNING *) {GOOD}",
    f"WITH more AS (INSERT INTO log VALUES (1,2,3,4) RETURNING *) {GOOD}",
    f"WITH same AS (UPDATE log SET status='open' RETURNING *) {GOOD}", "SET memory_limit='900GB'", "RESET threads",
    "PRAGMA database_list", "CALL duckdb_settings()", "EXPLAIN SELECT 1", "EXPLAIN ANALYZE SELECT 1",
    "BEGIN TRANSACTION",
    "CHECKPOINT", "VACUUM", "USE memory", "PREPARE p AS SELECT 1", "EXECUTE p", "CREATE SECRET (TYPE s3)",
    "SHOW TABLES",
    "DESCRIBE log", "SUMMARIZE log", "SELECT * FROM (DESCRIBE log)", "", " ", "-- nothing", ";", "SELECT 1; SELECT 2",
    f"{GOOD}\0; SELECT 2", "SET VARIABLE a = 1", "CREATE MACRO f() AS 1",
]  # fmt: skip


@pytest.mark.parametrize("query", OTHER)
def test_query_that_is_not_one_query_that_reads_is_refused(query):
    engine = opened()
    with pytest.raises(NotAllowed):
        engine.require_query(query)
    engine.close()


READS = [
    "read_text('{path}')", "read_blob('{path}')", "read_csv('{path}')", "read_csv_auto('{path}')", "'{path}'",
    "read_parquet('{path}')", "parquet_scan('{path}')", "read_json('{path}')", "glob('{folder}/*')",
    "sniff_csv('{path}')",
    "parquet_metadata('{path}')", "query('SELECT * FROM ''{path}''')", "query_table('{path}')",
    "read_text(['{path}'])",
    "read_text('{folder}/*')", "read_text('file://{path}')", "read_text('~/../..{path}')", "read_duckdb('{path}')",
    "duckdb_settings()", "duckdb_settings", "duckdb_secrets()", "duckdb_views()", "duckdb_views",
    "duckdb_databases()",
    "duckdb_extensions()", "duckdb_logs", "duckdb_temporary_files()", "sqlite_master", "main.sqlite_master",
    "pg_settings",
    "pg_catalog.pg_settings", "information_schema.tables", "system.main.duckdb_settings", "pragma_database_list",
    '"duckdb_settings"', "DUCKDB_SETTINGS()", "main.duckdb_settings()", "pragma_show('log')", "test_all_types()",
    "json_execute_serialized_sql('x')", "'http://127.0.0.1:9/x.csv'", "'s3://bucket/x.parquet'", "pandas_scan(1)",
    "python_map_function(1)", "which_secret('x', 's3')", "getenv('HOME')", "seq_scan('log')",
    "repeat((FROM read_text('{path}')), 2)",
]  # fmt: skip


@pytest.mark.parametrize("relation", READS)
def test_query_reads_nothing_but_its_own_tables(log, away, relation):
    relation = relation.format(path=away / "foreign.csv", folder=away)
    query = f"SELECT any_value(r::VARCHAR) AS contact_id, '2026-02-27' AS opened_at, 'open' AS status FROM {relation} r"
    harmless(asked(log, query), str(away), away.name)


@pytest.mark.parametrize("relation", READS)
def test_cleaning_condition_reads_nothing_but_its_own_tables(log, away, relation):
    relation = relation.format(path=away / "foreign.csv", folder=away)
    harmless(cleaned(log, f"'x' = (SELECT any_value(r::VARCHAR) FROM {relation} r)"), str(away))


HIDDEN = [
    "(SELECT content FROM read_text('/etc/hostname'))", "[getenv(x) FOR x IN ['HOME']][1]", "getenv('HOME')",
    "current_setting('temp_directory')", "'temp_directory'.current_setting()",
    '"current_setting"(\'temp_directory\')',
    "main.current_setting('temp_directory')", "Current_Setting('allowed_paths')::VARCHAR", "getvariable('x')",
    "sleep_ms(1)",
    "list_transform(['secret_directory'], lambda x: current_setting(x))[1]", "write_log('x')", "pg_get_viewdef(1)",
    "max(1) FILTER (WHERE getenv('HOME') IS NULL)",
    "row_number() OVER (PARTITION BY current_setting('temp_directory'))",
    "CASE WHEN EXISTS (FROM glob('/etc/*')) THEN 1 END",
    "(WITH a AS (SELECT * FROM duckdb_settings()) SELECT any_value(value) FROM a)",
    "error(current_setting('temp_directory'))", "json_execute_serialized_sql('x')",
]  # fmt: skip


@pytest.mark.parametrize("expression", HIDDEN)
def test_expression_that_asks_the_machine_is_refused_wherever_it_stands(log, expression):
    for query in (
        f"SELECT {expression} AS contact_id FROM log",
        f"{GOOD} ORDER BY {expression}",
        f"{GOOD} LIMIT (SELECT {expression})",
        f"SELECT * REPLACE ({expression} AS status) FROM log",
        f"{GOOD} UNION ALL SELECT {expression}, 'a', 'b', 'c'",
    ):
        harmless(asked(log, query))
    asked(log, GOOD)
    harmless(cleaned(log, f"{expression} IS NULL"))


BREAKS = [
    "1=0) FROM checked_contacts; COPY (SELECT 1) TO '{out}'; SELECT 1 -- ",
    "1=0) FROM checked_contacts; COPY (SELECT 1) TO '{out}'; SELECT (1",
    "1=0; COPY (SELECT 1) TO '{out}'",
    "1=0)) FROM checked_contacts; COPY (SELECT 1) TO '{out}'; SELECT ((1",
    "false) OR (SELECT (1",
    "true) UNION SELECT (1",
    "1=1) + (1",
    "1=1 /*",
    "1=1 --\n) FROM checked_contacts; COPY (SELECT 1) TO '{out}'; --",
    "'",
    "$$",
    "$a$ x",
    '"',
    "E'\\'",
    "status = 'x' FROM checked_contacts",
    "true LIMIT 1",
    "true GROUP BY 1",
    "true AS met",
    "true, false",
    "DISTINCT true",
    "true QUALIFY true",
    "true WINDOW w AS ()",
    "*",
    "COLUMNS(*) IS NULL",
    "",
    " ",
    "-- ",
    "?",
    "$1",
    "(SELECT true",
    "EXISTS (WITH a AS (COPY (SELECT 1) TO '{out}') SELECT 1)",
    "true\0) FROM x",
    "count(*) > 1",
    "status",
    "1",
    "NULL",
    "(" * 5000 + "true" + ")" * 5000,
    "NOT " * 5000 + "true",
]


@pytest.mark.parametrize("condition", BREAKS)
def test_condition_that_would_break_out_of_its_place_is_one_sentence(log, away, condition):
    out = away / "out.csv"
    harmless(cleaned(log, condition.replace("{out}", str(out))), str(away))
    assert not out.exists()


@pytest.mark.parametrize(
    "condition",
    [
        "status = 'spam'",
        "status = 'spam' -- as the desk marks them",
        "/* spam */ status = 'spam'",
        "status = $$spam$$ AND customer_id NOT LIKE '%--%' AND customer_id <> ';'",
        "contact_id IN (SELECT contact_id FROM raw_contacts WHERE status = 'spam')",
        "(status = 'spam') OR (status = 'merged')",
        "EXISTS (SELECT 1 FROM log WHERE log.contact_id = checked_contacts.contact_id AND log.status = 'spam')",
        "CASE WHEN status = 'spam' THEN true ELSE false END",
        "regexp_matches(status, '^sp(a)m$') OR list_contains(['spam'], status)",
        "status =\n'spam'\n",
    ],
)
def test_condition_over_the_sources_own_tables_cleans(log, condition):
    assert cleaned(log, condition) == []
    desk = log.desk()
    assert desk.rows == {"contacts": 1} and "left out in 1 of 2 rows" in desk.notes[0]


@pytest.mark.parametrize(
    "query",
    [
        f"{GOOD};",
        f"{GOOD} -- a remark",
        f"WITH a AS ({GOOD}) SELECT * FROM a",
        "FROM log",
        "TABLE log",
        "SELECT * FROM main.log",
        f"({GOOD}) UNION ALL ({GOOD} LIMIT 0)",
        "SELECT * REPLACE (lower(status) AS status) FROM log, range(1)",
        f"{GOOD} WHERE EXISTS (SELECT 1 FROM generate_series(1, 2)) QUALIFY row_number() OVER () < 9",
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 2)"
        " SELECT 'C' || i AS contact_id, 'A' AS customer_id, '2026-02-27' AS opened_at, 'open' AS status FROM n",
    ],
)
def test_query_that_reads_is_run(log, query):
    assert asked(log, query) == []
    assert log.desk().rows == {"contacts": 2}


def test_refusal_says_what_a_query_may_do(log):
    assert asked(log, f"{GOOD}; SELECT 1") == [
        "contacts: its query in the source failed (it must be one query that only reads, beginning with SELECT or"
        " WITH)."
    ]
    assert asked(log, f"WITH a AS (COPY log TO 'x') {GOOD}") == [
        "contacts: its query in the source failed (it may only read, it holds COPY)."
    ]
    assert asked(log, "SELECT * FROM read_text('/etc/hostname')") == [
        "contacts: its query in the source failed (it may only read the tables of its source, not call read_text())."
    ]


def test_simulated_source_has_the_same_bounds(source, tmp_path):
    source.settings |= {
        "simulate": {"customers": 500},
        "tables": {
            "contacts": {
                "query": f"SELECT * FROM simulated_contacts; COPY (SELECT 1) TO '{tmp_path}/x'"
            },
            "orders": {"query": "SELECT * FROM duckdb_settings()"},
        },
    }
    assert len(source.breaches()) == 2 and not (tmp_path / "x").exists()


def opened(**limits: float) -> DuckDB:
    engine = DuckDB(**limits)
    engine.run("CREATE TABLE log AS SELECT 'C1' AS contact_id")
    engine.seal()
    return engine


SEALED = [
    "SELECT * FROM read_text('{path}')", "COPY (SELECT 1) TO '{folder}/out.csv'", "ATTACH '{folder}/out.db'",
    "SELECT * FROM '{path}'", "SELECT * FROM glob('{folder}/*')", "INSTALL httpfs", "LOAD httpfs", "SET threads = 4",
    "SET enable_external_access = true", "RESET lock_configuration", "SET allowed_directories = ['/']",
    "SET python_enable_replacements = true", "EXPORT DATABASE '{folder}/out'",
    "SELECT * FROM 'http://127.0.0.1:9/a.csv'",
    "WITH a AS (COPY (SELECT 1) TO '{folder}/out.csv') FROM a", "SELECT * FROM duckdb_extensions()",
    "PRAGMA enable_profiling",
]  # fmt: skip


@pytest.mark.parametrize("sql", SEALED)
def test_sealed_engine_reaches_nothing_even_unasked(away, sql):
    engine = opened()
    with pytest.raises(EngineError) as refused:
        engine.run(sql.format(path=away / "foreign.csv", folder=away))
    assert str(away) not in refused.value.detail and SECRET not in refused.value.detail
    assert [p.name for p in away.iterdir()] == ["foreign.csv"]
    engine.close()


def test_no_name_in_sql_is_a_python_variable():
    import pandas as pd

    frame = pd.DataFrame({"contact_id": [SECRET]})
    engine = opened()
    for name in ("frame", "engine", "self", "sql", "error"):
        with pytest.raises(EngineError, match="does not exist"):
            engine.rows(f"SELECT * FROM {name}")
    assert len(frame) == 1
    engine.close()


@pytest.mark.parametrize("name", ["duckdb_settings", "pg_settings", "sqlite_master"])
def test_own_file_called_like_the_engines_own_is_the_one_that_is_read(log, name):
    log.settings["files"] = {name: "log.csv"}
    assert asked(log, GOOD.replace("log", name)) == []
    assert log.desk().rows == {"contacts": 2}


def test_engines_own_error_is_not_shown_beside_ours(away):
    engine = opened()
    with pytest.raises(EngineError) as refused:
        engine.run(f"SELECT * FROM read_text('{away}/foreign.csv')")
    assert refused.value.__cause__ is None and refused.value.__suppress_context__
    engine.close()


def test_analysts_exploration_works_on_the_sealed_engine(log):
    desk = log.desk()
    assert len(desk.frame("contacts")) == 2
    assert desk.frame("SELECT count(*) AS n FROM contacts WHERE status = 'open'")["n"][0] == 1
    desk.engine.run("CREATE OR REPLACE TEMP TABLE mine AS SELECT * FROM contacts")
    with pytest.raises(EngineError):
        desk.frame("SELECT * FROM read_text('/etc/hostname')")


SORT = "SELECT count(*) FROM (SELECT a.range x, random() r FROM range(2000) a, range(2000) b ORDER BY r)"


def test_query_over_its_spill_limit_is_one_sentence_and_leaves_no_file():
    engine = opened(memory_limit_gb=0.03, spill_limit_gb=0.02)
    spilled = Path(engine._spill.name)
    with pytest.raises(EngineError) as refused:
        engine.run(f"CREATE TABLE big AS {SORT.replace('count(*)', '*')}")
    assert refused.value.detail == (
        "it needs more than 0.03 GB of memory and 0.02 GB of temporary files; make it smaller or raise"
        " `memory_limit_gb` in the source"
    )
    assert sum(p.stat().st_size for p in spilled.iterdir()) < 30e6
    engine.close()
    assert not spilled.exists()


def test_query_that_cannot_spill_is_one_sentence(log):
    log.settings["memory_limit_gb"] = 0.03
    said = asked(log, "SELECT len(list(range))::VARCHAR AS contact_id FROM range(50000000)")
    assert said == [
        "contacts: its query in the source failed (it needs more than 0.03 GB of memory; make it smaller or raise"
        " `memory_limit_gb` in the source)."
    ]


def test_engine_keeps_to_its_threads_and_its_limits():
    engine = opened(memory_limit_gb=3, threads=2)
    found = engine.rows(
        "SELECT current_setting('threads'), current_setting('TimeZone'), current_setting('max_temp_directory_size')"
    )[0]
    assert found[:2] == (2, "UTC")
    assert found[2].endswith("iB") and engine._spill_gb == 12
    engine.close()


@pytest.mark.parametrize("limit", [0.0001, 1e9, 1e300])
def test_memory_limit_out_of_reason_is_refused_in_the_settings(log, limit):
    log.settings["memory_limit_gb"] = limit
    log.study()
    with pytest.raises(ParamsError, match="memory_limit_gb"):
        load_source("tiny")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('IO Error: Cannot open file "/export/ann/my files/a.csv": no', 'IO Error: Cannot open file "a.csv": no'),
        ("No files match '/export/ann/x y/*.parquet'", "No files match '*.parquet'"),
        ("Error in file /export/ann/x/a.parquet, offset 3", "Error in file a.parquet, offset 3"),
        ("cannot read file:///export/ann/x/a.csv now", "cannot read a.csv now"),
        ("column a/b is 3/4 of 2026/03/31", "column a/b is 3/4 of 2026/03/31"),
        ("(SELECT a / b / c FROM t)", "(SELECT a / b / c FROM t)"),
    ],
)  # fmt: skip
def test_engines_words_name_a_file_without_its_folder(text, told):
    assert without_folders(text) == told


# Paths


def parquet(path: Path, rows: str = ROWS) -> Path:
    import duckdb

    (path.parent / "make.csv").write_text(rows, "utf-8")
    name = str(path).replace("'", "''")
    with duckdb.connect() as engine:
        engine.execute(
            f"COPY (SELECT * FROM read_csv('{path.parent}/make.csv', all_varchar=true)) TO '{name}' (FORMAT parquet)"
        )
    (path.parent / "make.csv").unlink()
    return path


def read(source, path, **settings):
    source.settings["files"] = {}
    source.settings["tables"] = {"contacts": {"file": path}}
    source.settings |= settings
    return source.breaches()


LEAVES = (
    "contacts: the path '{path}' leads outside the source's folder and the project; if you trust this source, allow the"
    " folder it leads to at the command line (--allow FOLDER) or in the environment variable CS_ALLOW."
)


def test_path_that_leaves_the_project_is_refused_until_its_folder_is_allowed(
    log, away, monkeypatch
):
    relative = os.path.relpath(away / "foreign.csv", log.home)
    for path in (relative, str(away / "foreign.csv"), f"params/../{relative}"):
        said = LEAVES.format(path=path if len(path) <= 80 else path[:77] + "...")
        assert read(log, path) == [said]
    monkeypatch.setenv("CS_ALLOW", os.pathsep.join(["/nowhere", "", str(away)]))
    assert read(log, relative) == []
    assert read(log, str(away / "foreign.csv")) == []


def test_path_that_leaves_for_a_place_inside_the_project_is_read(log):
    (log.home / "below").mkdir()
    assert read(log, "../log.csv", folder="below") == []


@pytest.mark.parametrize("what", ["file", "folder", "part"])
def test_link_that_leaves_is_refused(log, away, what):
    parquet(away / "foreign.parquet")
    if what == "file":
        (log.home / "link.csv").symlink_to(away / "foreign.csv")
        assert read(log, "link.csv") == [LEAVES.format(path="link.csv")]
    elif what == "folder":
        (log.home / "link").symlink_to(away)
        assert read(log, "link/foreign.csv") == [LEAVES.format(path="link/foreign.csv")]
        assert read(log, "link") == [LEAVES.format(path="link")]
        assert (
            "its folder 'link' lies outside the project"
            in read(log, "foreign.csv", folder="link")[0]
        )
    else:
        (log.home / "parts").mkdir()
        parquet(log.home / "parts" / "a.parquet")
        (log.home / "parts" / "b.parquet").symlink_to(away / "foreign.parquet")
        assert read(log, "parts") == [LEAVES.format(path="parts/b.parquet")]


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../../../../../../../../../../etc/passwd", "/proc/self/environ"]
)
def test_files_of_the_machine_are_out_of_bounds(log, path):
    assert read(log, path) == [LEAVES.format(path=path)]


def test_plain_folder_outside_the_project_must_be_allowed(log, away, monkeypatch):
    monkeypatch.setenv("HOME", str(away))
    for folder in (str(away), os.path.relpath(away, log.home), "~", "~/.", "$HOME", "$TMPDIR"):
        monkeypatch.setenv("TMPDIR", str(away))
        assert read(log, "foreign.csv", folder=folder) == [
            f"Tiny desk: its folder '{folder}' lies outside the project; if you trust this source, allow the folder at"
            " the command line (--allow FOLDER) or in the environment variable CS_ALLOW."
        ]
    monkeypatch.setenv("CS_ALLOW", str(away.parent))
    for folder in (str(away), "~", "$HOME"):
        assert read(log, "foreign.csv", folder=folder) == []


def test_relative_folder_is_allowed_from_the_projects_root_wherever_a_process_stands(
    log, away, monkeypatch
):
    monkeypatch.setenv("CS_ALLOW", os.path.relpath(away, log.home))
    for here in (away, "/"):
        monkeypatch.chdir(here)
        assert read(log, str(away / "foreign.csv")) == []


def test_folder_below_a_variable_cannot_climb_out(log, away, monkeypatch):
    (away / "in").mkdir()
    monkeypatch.setenv("TINY_FOLDER", str(away / "in"))
    for folder in ("$TINY_FOLDER/..", f"$TINY_FOLDER/{away}", "$TINY_FOLDER/../../"):
        assert "lies outside the project" in read(log, "foreign.csv", folder=folder)[0]
    assert read(log, "../foreign.csv", folder="$TINY_FOLDER") == [
        LEAVES.format(path="../foreign.csv")
    ]
    monkeypatch.setenv("TINY_FOLDER", str(away))
    assert read(log, "foreign.csv", folder="$TINY_FOLDER/in/..") == []


def test_source_outside_the_project_is_refused_until_its_folder_is_allowed(log, away, monkeypatch):
    log.study()
    (log.home / "params/sources/tiny.yaml").rename(away / "tiny.yaml")
    (log.home / "params/sources/linked.yaml").symlink_to(away / "tiny.yaml")
    relative = os.path.relpath(away / "tiny.yaml", log.home)
    sideways = os.path.relpath(away / "tiny", log.home / "params/sources")
    for name in (relative, str(away / "tiny.yaml"), sideways, "linked"):
        with pytest.raises(ParamsError, match="lies outside the project; if you trust it, allow"):
            load_source(name)
    monkeypatch.setenv("CS_ALLOW", str(away))
    assert load_source(relative).source == "tiny"


@pytest.mark.parametrize(
    "name", ["o[1]*?.parquet", "a*.parquet", "it's.parquet", "with blank.parquet", "中文.parquet"]
)
def test_path_is_a_name_and_never_a_pattern(log, name):
    parquet(log.home / "another.parquet", ROWS + "C3,C,2026-02-27 12:00,open\n")
    parquet(log.home / name)
    assert read(log, name) == []
    assert log.desk().rows == {"contacts": 2}


@pytest.mark.parametrize("pattern", ["*.parquet", "a?other.parquet", "[a]nother.parquet", "**", "*.csv"])  # fmt: skip
def test_pattern_finds_nothing(log, pattern):
    parquet(log.home / "another.parquet")
    assert read(log, pattern) == [
        f"contacts: the file {pattern} does not exist in the source's folder."
    ]


def test_folder_of_parquet_with_odd_names_is_read_lazily_after_sealing(log):
    folder = log.home / "parts [x]*"
    (folder / "deep").mkdir(parents=True)
    parquet(folder / "a'1.parquet")
    parquet(folder / "deep" / "b?.parquet", ROWS.replace("C1", "D1").replace("C2", "D2"))
    (folder / "notes.txt").write_text("no table", "utf-8")
    (folder / "circle").symlink_to(folder)
    assert read(log, folder.name) == []
    desk = log.desk()
    assert desk.rows == {"contacts": 4}
    for sql in (f"SELECT * FROM glob('{log.home}/*')", f"FROM read_text('{log.home}/log.csv')"):
        with pytest.raises(EngineError):
            desk.engine.rows(sql)


def test_flipped_bits_of_parquet_tell_no_folder(log):
    path = parquet(log.home / "flipped.parquet", HEAD + "C1,A,2026-02-27 10:00,open\n" * 2000)
    whole = path.read_bytes()
    for at in range(4, len(whole), max(1, len(whole) // 60)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        for sentence in read(log, "flipped.parquet"):
            assert str(log.home) not in sentence and "/tmp" not in sentence


# Files that are no files


def special(path: Path, kind: str) -> None:
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "socket":
        server = socket.socket(socket.AF_UNIX)
        here = os.getcwd()
        os.chdir(path.parent)  # a socket's name is short
        try:
            server.bind(path.name)
        finally:
            os.chdir(here)
            server.close()
    else:
        path.symlink_to(path.name)


SPECIAL = {
    "pipe": "contacts: x.{form} is a pipe, a device or a socket; a file of rows is expected.",
    "socket": "contacts: x.{form} is a pipe, a device or a socket; a file of rows is expected.",
    "device": LEAVES.replace("{path}", "x.{form}"),
    "circle": "contacts: the path 'x.{form}' cannot be followed; a link in it leads in a circle, or it is no file's"
    " name.",
}


@pytest.mark.parametrize("form", ["csv", "csv.gz", "parquet"])
@pytest.mark.parametrize("kind", SPECIAL)
def test_what_is_no_file_is_refused_before_it_is_opened(log, kind, form):
    special(log.home / f"x.{form}", kind)
    assert read(log, f"x.{form}") == [SPECIAL[kind].format(form=form)]


def test_device_in_an_allowed_folder_is_no_file_either(log, monkeypatch):
    monkeypatch.setenv("CS_ALLOW", "/dev")
    (log.home / "x.csv").symlink_to("/dev/zero")
    assert read(log, "x.csv") == [SPECIAL["pipe"].format(form="csv")]


def test_pipe_among_parquet_files_is_refused(log):
    (log.home / "parts").mkdir()
    parquet(log.home / "parts" / "a.parquet")
    os.mkfifo(log.home / "parts" / "b.parquet")
    assert read(log, "parts") == [SPECIAL["pipe"].replace("x.{form}", "b.parquet")]


def test_folder_in_a_circle_is_one_sentence(log):
    (log.home / "round").symlink_to("round")
    (said,) = read(log, "a.csv", folder="round")
    assert said.startswith("Tiny desk: its folder 'round' cannot be followed")
    (log.home / "loop").mkdir()
    (log.home / "loop" / "again").symlink_to(log.home / "loop")
    assert read(log, "loop", folder=".") == [
        "contacts: the folder loop holds no Parquet file (*.parquet)."
    ]


@pytest.mark.parametrize(
    "path", ["x" * 300 + ".csv", "a\0b.csv", "log.csv/x.csv", "", ".", "/" * 5000 + "x.csv"]
)
def test_path_that_no_file_can_have_is_one_sentence(log, path):
    (said,) = read(log, path)
    assert said.startswith("contacts: ") and len(said) < 500


@pytest.mark.parametrize("name", ["folder.csv", "folder.csv.gz", "folder"])
def test_folder_where_a_file_is_expected_is_one_sentence(log, name):
    (log.home / name).mkdir()
    (log.home / name / "x.csv").write_text(ROWS, "utf-8")
    (said,) = read(log, name)
    assert said.endswith(("is a folder, a CSV file is expected.", "holds no Parquet file (*.parquet)."))  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "csv.gz", "parquet"])
def test_file_that_may_not_be_read_is_one_sentence(log, form):
    path = log.home / f"x.{form}"
    path.write_bytes(gzip.compress(ROWS.encode()) if form == "csv.gz" else ROWS.encode())
    path.chmod(0)
    log.study()
    unprivileged = os.geteuid() == 0
    if unprivileged:
        for folder in (log.home, *log.home.parents[:3]):
            folder.chmod(folder.stat().st_mode | 0o055)
        (log.home / "params/sources").chmod(0o777)
        log.settings["tables"] = {"contacts": {"file": path.name}}
        log.settings["files"] = {}
        study = log.study()
        os.setegid(65534)
        os.seteuid(65534)
    try:
        from cs_lib import data

        said = data.check(study) if unprivileged else read(log, path.name)
    finally:
        if unprivileged:
            os.seteuid(0)
            os.setegid(0)
    assert said == [f"contacts: x.{form} cannot be read; ask its owner for the right to read it."]


# Files that are hard to read


@pytest.mark.parametrize(
    "content",
    [
        ("x" * 300_000 + "," + HEAD).encode(),
        ("x," * 600_000 + HEAD).encode(),
        HEAD.encode()[:-1] + b"," + b'"' + b"y" * 2_000_000,
        b"z" * 30_000_000,
        HEAD.encode() + b"C1,A," + b"z" * 30_000_000 + b"\n",
    ],
    ids=["field", "header", "open quote", "one line", "second line"],
)
@pytest.mark.parametrize("form", ["csv", "csv.gz"])
def test_endless_line_is_one_sentence(log, form, content):
    path = log.home / f"x.{form}"
    path.write_bytes(gzip.compress(content, 1) if form == "csv.gz" else content)
    assert read(log, path.name) == [
        f"contacts: x.{form} has a line that is too long to be one of a table; is it a CSV file, and are its quotes"
        " closed?"
    ]


def test_packed_zeros_without_line_ends_are_not_unpacked_to_their_end(log):
    with gzip.open(log.home / "x.csv.gz", "wb", compresslevel=1) as out:
        for _ in range(200):
            out.write(bytes(1 << 20))
    (said,) = read(log, "x.csv.gz")
    assert "has a line that is too long" in said


@pytest.mark.parametrize(
    "encoding",
    ["rot13", "rot_13", "zlib", "zip", "base64", "hex", "bz2", "uu", "quopri", "idna", "punycode", "undefined",
     "unicode_escape", "unicode-escape", "raw_unicode_escape", "UNICODE_ESCAPE"],
)  # fmt: skip
def test_codec_that_is_no_character_set_is_refused(log, encoding):
    assert read(log, {"path": "log.csv", "encoding": encoding}) == [
        f"contacts: '{encoding}' is no encoding of text files; set it to utf-8, gbk or another character set."
    ]


@pytest.mark.parametrize(
    "encoding", ["mbcs", "oem", "nope", "", "a\0b", "../x", "aliases", "中文", "x" * 5000]
)
def test_encoding_that_is_none_is_one_sentence(log, encoding):
    (said,) = read(log, {"path": "log.csv", "encoding": encoding})
    assert "encoding" in said and "\n" not in said


@pytest.mark.parametrize(
    "encoding", ["utf-8", "UTF8", "utf-8-sig", "latin-1", "cp1252", "gb18030", "big5", "utf-7"]
)
def test_character_sets_are_read(log, encoding):
    (log.home / "log.csv").write_bytes(ROWS.encode(encoding))
    assert read(log, {"path": "log.csv", "encoding": encoding}) == []


@pytest.mark.parametrize("delimiter", ['"', "\n", "\r", "\0"])
def test_delimiter_that_cannot_set_values_apart_is_refused_in_the_settings(log, delimiter):
    log.settings["tables"] = {"contacts": {"file": {"path": "log.csv", "delimiter": delimiter}}}
    log.study()
    with pytest.raises(ParamsError, match="must be a sign that can stand between two values"):
        load_source("tiny")

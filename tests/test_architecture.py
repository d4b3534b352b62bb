"""The house rules, as tests: who may import whom, who may read, write, format and ask the clock."""

import ast
import functools
import importlib
import re
import subprocess
import sys
import types
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from cs_lib import params

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "cs_lib"
SOURCES = sorted(PACKAGE.rglob("*.py"))

VOCABULARY = {
    "aggregates",
    "results",
    "quantity",
    "sentences",
    "method_titles",
    "verdict_titles",
    "titles",
    "wording",
    "dates",
    "language",
}
FLOOR = {"facade", *VOCABULARY}
COMPUTING = FLOOR - {"wording", "dates"}  # floors whose records are said by others
MAY_IMPORT = {
    "facade": set(),
    "aggregates": {"sentences"},  # for annotations only
    "method_titles": {"language"},
    "verdict_titles": {"language"},
    "titles": {"language"},
    "quantity": set(),
    "dates": {"language"},
    "sentences": {"language", "method_titles", "wording", "quantity"},
    "results": {"titles", "quantity", "sentences"},  # sentences for annotations only
    "language": set(),
    "wording": {"dates", "language", "quantity", "verdict_titles"},
    "params": {"language"},
    "data": {"params", *FLOOR},
    "metrics": {"params", "data", *COMPUTING},
    "methods": COMPUTING,
    "experiment": {"params", "metrics", "methods", *COMPUTING},
    "diagnosis": {"params", "metrics", "methods", *COMPUTING},
    "report": {"params", "data", "metrics", "methods", "experiment", "diagnosis", *FLOOR},
    "runs": {"params", "data", "metrics", "report", *FLOOR},
    "cli": {"params", "runs", "data"},
    "__main__": {"cli"},
    "__init__": {"report"},  # lazily: it tells a running shell how records look
}
FLOORS_WITH_ROOMS = ("metrics", "experiment", "diagnosis", "report")
PLANS = "experiment_plan"  # plans studies of the other kinds, so it may look into their rooms
MOST_MODULES, MOST_LINES = 25, 400


def layer(path: Path) -> str:
    """The room a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@functools.cache
def tree(path: Path) -> ast.Module:
    """The file's syntax."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> set[str]:
    """Our layers that a file imports, lazily or not."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("cs_lib.")}
    return found


def identifier(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def of_each(paths):
    """A rule of files as one test that names every file which breaks it: a test for each would be thousands."""

    def told(rule):
        @functools.wraps(rule)
        def every():
            faults = []
            for path in paths:
                try:
                    rule(path)
                except AssertionError as fault:
                    faults.append(f"{identifier(path)}: {fault}")
            assert not faults, "\n".join(faults)

        del every.__wrapped__  # pytest would ask for the rule's own arguments
        return every

    return told


@of_each(SOURCES)
def test_a_module_imports_only_from_layers_to_its_left(path):
    allowed = MAY_IMPORT[layer(path)] | {layer(path)}
    assert imported(path) - allowed == set()


def module_of(path: Path) -> str:
    """A file's dotted name."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in SOURCES}


def runtime_imports(path: Path) -> set[str]:
    """Our modules that a file imports when it is loaded; those for annotations are not."""
    found: set[str] = set()

    def look(nodes) -> None:
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and node.module in MODULES:
                whole = {f"{node.module}.{alias.name}" for alias in node.names}
                found.update(m for m in whole if m in MODULES)
                if not whole <= set(MODULES):
                    found.add(node.module)
            elif isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names if alias.name in MODULES)
            elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
                look(node.orelse)
            elif isinstance(node, ast.If | ast.Try | ast.With | ast.ClassDef):
                look(ast.iter_child_nodes(node))

    look(tree(path).body)
    return found


def test_no_modules_import_each_other_in_a_circle():
    graph = {name: runtime_imports(path) for name, path in MODULES.items()}
    order = list(TopologicalSorter(graph).static_order())
    assert set(order) == set(MODULES)


def test_the_search_for_circles_sees_one():
    with pytest.raises(CycleError):
        list(TopologicalSorter({"a": {"b"}, "b": {"a"}}).static_order())
    assert "cs_lib.methods.ab.means" in runtime_imports(PACKAGE / "methods" / "ab" / "ratios.py")


@of_each(SOURCES)
def test_a_notebooks_room_imports_no_other_notebooks_room(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    rooms = set(params.STUDIES)
    if parts[0] not in FLOORS_WITH_ROOMS or len(parts) < 2 or parts[1] not in rooms - {PLANS}:
        return
    others = rooms - {parts[1]}
    entered = {name.split(".")[2] for name in runtime_imports(path) if name.count(".") >= 2}
    assert entered & others == set()


@of_each(SOURCES)
def test_what_all_studies_share_imports_no_notebooks_room(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    if parts[0] not in FLOORS_WITH_ROOMS or parts[1] in params.STUDIES:
        return
    entered = {name.split(".")[2] for name in runtime_imports(path) if name.count(".") >= 2}
    if module_of(path) == "cs_lib.diagnosis.steadiness":  # the chart of one kind of study
        entered -= {"before_after"}
    assert entered & set(params.STUDIES) == set()


def test_every_notebook_has_its_room_on_every_floor():
    for notebook in params.STUDIES:
        assert f"cs_lib.params.{notebook}" in MODULES
        assert f"cs_lib.metrics.{notebook}" in MODULES
        assert f"cs_lib.report.{notebook}" in MODULES
        rooms = {f"cs_lib.{floor}.{notebook}" for floor in ("experiment", "diagnosis")}
        assert len(rooms & set(MODULES)) == 1


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "report" / "drawing").glob("*.py")), ids=identifier
)
def test_drawings_know_no_study_and_no_result(path):
    assert imported(path) & {"experiment", "diagnosis", "metrics", "params", "results"} == set()


@of_each(sorted({path.parent for path in SOURCES}))
def test_a_folder_can_be_taken_in_at_a_glance(folder):
    assert len(list(folder.glob("*.py"))) <= MOST_MODULES


@of_each(SOURCES)
def test_no_file_is_too_long_to_keep_in_mind(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


FACADES = [
    name for name, path in MODULES.items() if "facade(__name__" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", FACADES)
def test_a_facade_lists_what_it_lends_and_nothing_else(name):
    package = importlib.import_module(name)
    offered = dir(package)
    assert offered and not [n for n in offered if n.startswith("_")]
    for each in offered:
        lent = getattr(package, each)
        assert isinstance(lent, types.ModuleType) or lent.__doc__, each


@pytest.mark.parametrize("name", FACADES)
def test_a_facade_names_for_type_checkers_what_it_lends(name):
    package, path = importlib.import_module(name), MODULES[name]
    blocks = [n for n in tree(path).body if isinstance(n, ast.If)]
    named = {
        a.asname
        for b in blocks
        for n in ast.walk(b)
        if isinstance(n, ast.ImportFrom)
        for a in n.names
    }
    assert named == set(dir(package))


@pytest.mark.parametrize("name", FACADES)
def test_a_lent_name_hides_behind_no_module_of_that_name(name):
    """Importing a module sets it on its package, where it would hide the function."""
    package, folder = importlib.import_module(name), MODULES[name].parent
    lent = {n for n in dir(package) if not isinstance(getattr(package, n), types.ModuleType)}
    assert lent & {path.stem for path in folder.iterdir()} == set()


def test_a_facade_imports_nothing_heavy_before_it_is_used():
    code = (
        "import sys; from cs_lib import methods, experiment, diagnosis, report; dir(methods); dir(report);"
        "print([m for m in ('pandas', 'numpy', 'duckdb', 'matplotlib', 'scipy') if m in sys.modules])"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "[]"


def test_results_load_nothing_of_ours_but_titles_and_units():
    code = (
        "import sys; from cs_lib.results import Decision; repr(Decision('ship', 'It pays.', 'Go.'));"
        "print(sorted(m for m in sys.modules if m.startswith('cs_lib.')))"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == (
        "['cs_lib.language', 'cs_lib.quantity', 'cs_lib.results', 'cs_lib.titles']"
    )


@of_each(SOURCES)
def test_floors_that_compute_say_nothing(path):
    """Their records hold sentences that are said by whoever reads them, in the reader's language."""
    if layer(path) not in ("methods", "experiment", "diagnosis"):
        return
    said = {
        alias.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "cs_lib.language"
        for alias in node.names
    }
    assert said <= {"later"}


def test_wording_imports_results_for_annotations_only():
    code = "import cs_lib.wording, sys; print('cs_lib.results' in sys.modules)"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "False"


@of_each(SOURCES)
def test_only_params_reads_yaml(path):
    names = {a.name for n in ast.walk(tree(path)) if isinstance(n, ast.Import) for a in n.names}
    assert "yaml" not in names or layer(path) == "params"


@of_each(SOURCES)
def test_only_runs_writes_files(path):
    writes = re.findall(
        r"\.write_text\(|\.write_bytes\(|open\([^)]*['\"][wax]b?['\"]|mkstemp\(",
        path.read_text(encoding="utf-8"),
    )
    elsewhere = {
        "cs_lib/data/sources/files.py",  # a decoded copy, gone when it has been read
        "cs_lib/data/sources/workbook.py",  # a sheet as text, gone when it has been read
        "cs_lib/data/cache.py",  # in a folder of the user's own, outside project and reports
    }
    assert not writes or layer(path) == "runs" or identifier(path) in elsewhere


@of_each(SOURCES)
def test_nothing_but_runs_asks_the_clock(path):
    asked = re.findall(
        r"\b(?:datetime|date)\.(?:now|today|utcnow)\(|\btime\.time(?:_ns)?\(|Timestamp\.now",
        path.read_text(encoding="utf-8"),
    )
    distrust = {"cs_lib/data/sources/digests.py"}  # of a file that was written just now
    assert not asked or layer(path) == "runs" or identifier(path) in distrust


@of_each(SOURCES)
def test_no_module_uses_a_global_or_absent_seed(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(
        r"random\.seed\(|default_rng\(\)|\brandom\.(?:random|choice|shuffle)\(", text
    )


@pytest.mark.parametrize("room", ["methods", "experiment", "diagnosis", "metrics", "report"])
def test_only_wording_formats_a_number(room):
    pattern = re.compile(r"\{[^{}]*:[+,]*\.\d+[fge%]\}|\{[^{}]*:,\}|round\([^)]*, \d\)")
    exempt = {"svg.py", "strip.py", "figure.py"}  # coordinates and CSV, not words
    found = [
        f"{path.name}: {match[0]}"
        for path in (PACKAGE / room).rglob("*.py")
        if path.name not in exempt
        for match in pattern.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_report_computes_no_statistics():
    for path in (PACKAGE / "report").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"import (?:scipy|statsmodels)|from (?:scipy|statsmodels)", text), (
            path.name
        )


@of_each(SOURCES)
def test_no_function_is_longer_than_a_screen(path):
    long = [
        f"{node.name} ({node.end_lineno - node.lineno + 1})"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno > 50
    ]
    assert long == []


@of_each(SOURCES)
def test_every_public_function_says_what_comes_back(path):
    silent = [
        node.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
        and not _is_overload(node)
        and not _is_local(path, node)
    ]
    assert silent == []


def _is_overload(node) -> bool:
    return any(getattr(d, "id", "") == "overload" for d in node.decorator_list)


def _is_local(path: Path, wanted) -> bool:
    """A function inside another: its parent says what it is for."""
    return any(
        wanted.lineno > node.lineno and wanted.end_lineno <= node.end_lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef)
    )


def test_checking_settings_loads_no_heavy_library():
    code = (
        "import sys; from cs_lib import params, metrics, data;"
        "params.load('coupon_after_complaint', also=metrics.problems);"
        "print([m for m in ('pandas', 'numpy', 'duckdb', 'matplotlib', 'scipy') if m in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert found.stdout.strip() == "[]"


def test_top_level_holds_only_what_was_agreed():
    agreed = {
        "notebooks", "cs_lib", "params", "reports", "tests", "docs", "environment.yml", "README.md",
        "pyproject.toml", "requirements.lock", "requirements.installer.lock",
        "Makefile", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md",
    }  # fmt: skip
    tracked = subprocess.run(
        ["git", "ls-tree", "--name-only", "HEAD"], capture_output=True, text=True, cwd=ROOT
    )
    if tracked.returncode:
        pytest.skip("not a git checkout")
    extra = {name for name in tracked.stdout.split() if not name.startswith(".")} - agreed
    assert extra == set()


ENGINE_WORDS = r"\b(?:epoch_us|regexp_matches|read_csv|read_parquet|timezone\('UTC')|INTERVAL \("


@of_each([p for p in SOURCES if p.parent.name != "engines"])
def test_only_an_engine_spells_what_engines_spell_differently(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(ENGINE_WORDS, text)
    names = {n.module for n in ast.walk(tree(path)) if isinstance(n, ast.ImportFrom)}
    assert not {name for name in names if name and name.startswith("cs_lib.data.engines.duckdb")}


# Modules whose tests stand in the file of a neighbour that cannot do without them.
TESTED_WITH = {
    "methods/did/group_time": "methods/did/staggered",
    "methods/its/days_or_weeks": "methods/its/level_change",
    "methods/its/fit": "methods/its/level_change",
    "methods/its/periods": "methods/its/level_change",
    "methods/power/timeline": "methods/power/its",
}
# Files that hold more than one module to account.
ACROSS = {"methods/ab/relative_lift", "methods/calibration", "methods/methods_page"}


def test_every_method_has_a_test_file_of_its_name():
    modules = {
        "/".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for path in (PACKAGE / "methods").rglob("*.py")
        if path.name != "__init__.py"
    }
    tests = {
        "/".join((*path.relative_to(ROOT / "tests").parts[:-1], path.stem.removeprefix("test_")))
        for path in (ROOT / "tests" / "methods").rglob("test_*.py")
    }
    assert modules - tests == set(TESTED_WITH) and set(TESTED_WITH.values()) <= tests
    assert tests - modules == ACROSS

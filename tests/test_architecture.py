"""The house rules, as tests: who may import whom, who may read, write, format and ask the clock."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "cs_lib"
SOURCES = sorted(PACKAGE.rglob("*.py"))

VOCABULARY = {"results", "wording", "language"}
MAY_IMPORT = {
    "results": set(),
    "language": set(),
    "wording": {"language", "results"},  # results for annotations only, see below
    "params": {"language"},
    "data": {"params", *VOCABULARY},
    "metrics": {"params", "data", "results", "language"},
    "experiment": {"params", "metrics", *VOCABULARY},
    "diagnosis": {"params", "metrics", *VOCABULARY},
    "report": {"params", "data", "metrics", "experiment", "diagnosis", *VOCABULARY},
    "runs": {"params", "data", "metrics", "report", *VOCABULARY},
    "cli": {"params", "runs", "data"},
    "__main__": {"cli"},
    "__init__": set(),
}


SHOWN_BY = {"results": {"report"}}  # only when one is shown; a test below says so


def layer(path: Path) -> str:
    """The room a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


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


@pytest.mark.parametrize("path", SOURCES, ids=identifier)
def test_a_module_imports_only_from_layers_to_its_left(path):
    allowed = MAY_IMPORT[layer(path)] | SHOWN_BY.get(layer(path), set()) | {layer(path)}
    assert imported(path) - allowed == set()


def test_results_load_nothing_of_ours_before_one_is_shown():
    code = (
        "import sys; from cs_lib.results import Decision; repr(Decision('ship', 'It pays.', 'Go.'));"
        "print([m for m in sys.modules if m.startswith('cs_lib.')])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "['cs_lib.results']"


def test_wording_imports_results_for_annotations_only():
    code = "import cs_lib.wording, sys; print('cs_lib.results' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


@pytest.mark.parametrize("path", SOURCES, ids=identifier)
def test_only_params_reads_yaml(path):
    names = {a.name for n in ast.walk(tree(path)) if isinstance(n, ast.Import) for a in n.names}
    assert "yaml" not in names or layer(path) == "params"


@pytest.mark.parametrize("path", SOURCES, ids=identifier)
def test_only_runs_writes_files(path):
    writes = re.findall(
        r"\.write_text\(|\.write_bytes\(|open\([^)]*['\"][wax]b?['\"]",
        path.read_text(encoding="utf-8"),
    )
    temporary = {"cs_lib/data/files.py"}  # a decoded copy, gone when it has been read
    assert not writes or layer(path) == "runs" or identifier(path) in temporary


@pytest.mark.parametrize("path", SOURCES, ids=identifier)
def test_nothing_but_runs_asks_the_clock(path):
    asked = re.findall(
        r"\b(?:datetime|date)\.(?:now|today|utcnow)\(|\btime\.time\(|Timestamp\.now",
        path.read_text(encoding="utf-8"),
    )
    assert not asked or layer(path) == "runs"


@pytest.mark.parametrize("path", SOURCES, ids=identifier)
def test_no_module_uses_a_global_or_absent_seed(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(
        r"random\.seed\(|default_rng\(\)|\brandom\.(?:random|choice|shuffle)\(", text
    )


@pytest.mark.parametrize("room", ["experiment", "diagnosis", "metrics", "report"])
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


@pytest.mark.parametrize("path", SOURCES, ids=identifier)
def test_no_function_is_longer_than_a_screen(path):
    long = [
        f"{node.name} ({node.end_lineno - node.lineno + 1})"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno > 50
    ]
    assert long == []


@pytest.mark.parametrize("path", SOURCES, ids=identifier)
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
        "pyproject.toml", "requirements.lock", "Makefile", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md",
    }  # fmt: skip
    tracked = subprocess.run(
        ["git", "ls-tree", "--name-only", "HEAD"], capture_output=True, text=True, cwd=ROOT
    )
    if tracked.returncode:
        pytest.skip("not a git checkout")
    extra = {name for name in tracked.stdout.split() if not name.startswith(".")} - agreed
    assert extra == set()

"""What is committed fits together: versions, documents, addresses, and the README's commands."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests import docs, environment

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent


def tracked() -> list[Path]:
    found = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, cwd=ROOT
    )
    if found.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in found.stdout.split("\n") if name and (ROOT / name).is_file()]


def test_nothing_written_for_readers_has_an_unfilled_gap():
    """A name in braces outside code is a message that nobody filled."""
    pages = [
        *sorted((ROOT / "docs").glob("*.md")),
        *ROOT.glob("*.md"),
        ROOT / "notebooks" / "README.md",
    ]
    for page in pages:
        prose = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.S)
        assert re.findall(r"\{[A-Za-z_]+\}", prose) == [], page.name


def test_environment_yml_has_the_locked_versions():
    assert (ROOT / "environment.yml").read_text(encoding="utf-8") == environment.expected()


@pytest.mark.parametrize("path", docs.PAGES)
def test_generated_documents_are_what_the_code_says(path):
    assert (ROOT / path).read_text(encoding="utf-8") == docs.PAGES[path]()


def test_the_lock_covers_every_dependency_with_hashes():
    locked = environment.locked()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [d for group in project["optional-dependencies"].values() for d in group]
    names = {
        re.split(r"[<>=!~ ;\[]", d, maxsplit=1)[0].lower() for d in project["dependencies"] + extras
    }
    assert names <= set(locked)
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert text.count("--hash=sha256:") > 2 * len(locked)


def test_the_installer_itself_comes_with_a_version_and_hashes():
    """Whatever the Makefile fetches from elsewhere is pinned; the project itself is the one thing that is not."""
    text = (ROOT / "requirements.installer.lock").read_text(encoding="utf-8")
    assert re.match(r"uv==\d+\.\d+\.\d+ \\\n", text) and text.count("--hash=sha256:") > 5
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    fetches = [line for line in makefile.splitlines() if re.search(r"pip (install|sync)", line)]
    assert len(fetches) == 3
    for line in fetches:
        assert "--require-hashes" in line or "--no-deps --editable ." in line


def test_no_committed_file_holds_a_download_address():
    lockish = [
        p for p in tracked() if p.suffix in {".lock", ".toml", ".yml", ".yaml", ".txt", ".json"}
    ]
    pattern = re.compile(r"https?://\S+\.(?:whl|tar\.gz|tgz)|index-url|registry *= *.?https?://")
    assert [p.name for p in lockish if pattern.search(p.read_text(encoding="utf-8"))] == []


def test_no_committed_text_holds_a_path_of_somebodys_machine():
    pattern = re.compile(r"/(?:home|Users)/\w+|/ro" + r"ot/|/wo" + r"rk/")
    text = [
        p
        for p in tracked()
        if p.suffix not in {".png", ".gz", ".lock"} and p.name != Path(__file__).name
    ]
    assert [
        p.name for p in text if pattern.search(p.read_text(encoding="utf-8", errors="ignore"))
    ] == []


def test_every_package_is_listed_and_ships_its_templates():
    listed = set(
        tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"][
            "packages"
        ]
    )
    there = {
        ".".join(p.parent.relative_to(ROOT).parts) for p in (ROOT / "cs_lib").rglob("__init__.py")
    }
    assert listed == there


def test_every_link_in_the_documents_leads_somewhere():
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_make_targets_of_the_readme_exist():
    targets = set(re.findall(r"`make (\w+)`|\$ make (\w+)", README))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in {a or b for a, b in targets}:
        assert re.search(rf"^{target}:", makefile, re.M), target
    assert re.search(
        r"^report: setup \$\(COMPILED\)\n\t\$\(BIN\)/cslib run --demo$", makefile, re.M
    )


def commands() -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", README, re.S)
    lines = [line[2:].split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if not line.startswith("make ")]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A project to run the README in, so that the checkout stays as it is."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("notebooks", "params"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "reports").mkdir()
    return folder


def run(command, folder) -> subprocess.CompletedProcess[str]:
    surroundings = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "CS_HOME": str(folder),
    }
    return subprocess.run(
        command, shell=True, capture_output=True, text=True, cwd=folder, env=surroundings
    )


def test_the_readme_has_the_commands_that_are_tested():
    assert {c.split()[0] for c in commands()} == {"cslib", "papermill"}
    assert len(commands()) >= 6


def test_every_command_of_the_readme_works_in_order(copy):
    for command in commands():
        found = run(command, copy)
        assert found.returncode == 0, f"{command}\n{found.stdout}\n{found.stderr}"


def test_the_first_output_of_the_readme_is_what_the_demo_prints(copy):
    found = run("cslib run --demo", copy)
    assert found.returncode == 0, found.stdout + found.stderr
    shown = re.search(r"```\n(study .*?)```", README, re.S)[1].strip()
    printed = "\n".join(line.rstrip() for line in found.stdout.splitlines())
    assert shown in printed


def test_the_five_lines_of_python_work(copy):
    code = re.search(r"```python\n(.*?)```", README, re.S)[1]
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=copy)
    assert "Resolution takes 8.0 hours less" in found.stdout, found.stderr


def test_papermill_and_cslib_give_the_same_result(copy):
    run("cslib run faster_routing", copy)
    published = json.loads(
        (copy / "reports/faster_routing/latest/result.json").read_text(encoding="utf-8")
    )
    run("papermill notebooks/before_after.ipynb out.ipynb -f params/faster_routing.yaml", copy)
    cells = json.loads((copy / "out.ipynb").read_text(encoding="utf-8"))["cells"]
    outputs = [o["data"] for c in cells for o in c.get("outputs", []) if "data" in o]
    facts = next(d[k] for d in outputs for k in d if k.endswith("result+json"))
    assert facts["effects"] == published["effects"]

"""Files that a notebook's result brings along lie beside its page."""

import pytest

from cs_lib.runs.build import files_beside
from cs_lib.runs.outcome import Exit, RunError


def test_result_keeps_the_names_only():
    result = {"study": "plan", "files": {"b_test.yaml": "b: 2\n", "a.yaml": "a: é\n"}}
    assert files_beside(result) == {"b_test.yaml": b"b: 2\n", "a.yaml": "a: é\n".encode()}
    assert result == {"study": "plan", "files": ["a.yaml", "b_test.yaml"]}


@pytest.mark.parametrize("result", [{}, {"files": {}}, {"files": None}])
def test_most_results_bring_none(result):
    assert files_beside(result) == {}
    assert "files" not in result


BAD = ("../x.yaml", "index.html", "result.json", "a/b.yaml", ".yaml", "A.yaml", "")


@pytest.mark.parametrize("name", BAD)
def test_name_that_could_go_elsewhere_or_over_the_page_is_refused(name):
    with pytest.raises(RunError, match="which cannot be published") as caught:
        files_beside({"files": {name: "x"}})
    assert caught.value.code == Exit.ANALYSIS_FAILED


def test_file_is_published_beside_the_page(project):
    project.notebook("total = 2", name="perk_ab_test")
    path = project.home / "notebooks" / "perk_ab_test.ipynb"
    text = path.read_text().replace(
        '\\"as_of\\": as_of}', '\\"as_of\\": as_of, \\"files\\": {\\"mine.yaml\\": \\"a: 1\\"}}'
    )
    path.write_text(text)
    assert project.cslib("run", "tiny").returncode == 0
    assert (project.latest() / "mine.yaml").read_text() == "a: 1"
    assert project.json("tiny", "latest", "result.json")["files"] == ["mine.yaml"]

"""Everything the stock runner lets pass, and that a kernel leaves nothing behind."""

import json
import os
import time

import pytest

from cs_lib.cli import main


def run(*words):
    return main(["run", "tiny", *words])


def failure(project, exit_code):
    """The failure page's texts, checked against the run record beside it."""
    record = project.json("tiny", "failed", "run.json")
    assert record["exit_code"] == exit_code
    return json.loads((project.reports / "tiny" / "failed" / "index.html").read_text())


def gone(pid):
    """Whether a process has ended (a zombie has)."""
    for _ in range(50):
        try:
            with open(f"/proc/{pid}/stat") as stream:
                if stream.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.1)
    return False


def test_error_in_a_cell_leaves_the_last_good_page_and_a_later_success_forgets_it(project, capsys):
    assert run() == 0
    before = project.tree()
    project.notebook("total = 2", "raise ValueError('column x is odd')")
    assert run() == 3
    assert "failed after" in capsys.readouterr().out
    sentence, detail, last_good, as_of = failure(project, 3)
    assert sentence == "The analysis stopped in the step 'Part 2': ValueError: column x is odd"
    assert (last_good, as_of) == ("../latest/index.html", "2026-07-01")
    assert "Traceback" in detail and "\x1b" not in detail and str(project.home) not in detail
    assert project.tree() == before
    assert "failed" in (project.reports / "index.html").read_text()
    project.notebook("total = 3")
    assert run() == 0
    assert not (project.reports / "tiny" / "failed").exists()


def test_a_metric_that_the_source_cannot_give_is_bad_input_with_its_sentence(project, capsys):
    project.notebook(
        "from cs_lib.metrics.queries.sql import NotAvailable\nraise NotAvailable('There are no orders.')"
    )
    assert run() == 2
    assert "There are no orders." in capsys.readouterr().out
    assert failure(project, 2)[0] == "There are no orders."


def test_breach_of_the_data_contract_is_bad_input_with_its_sentences(project, capsys):
    project.notebook(
        "from cs_lib.data import DataError\nraise DataError(['contacts: opened_at is empty in 14 rows.'])"
    )
    assert run() == 2
    assert "contacts: opened_at is empty in 14 rows." in capsys.readouterr().out
    assert "opened_at" in failure(project, 2)[0]


def test_killed_kernel_is_told_from_a_failed_analysis_and_its_children_end(project):
    child = "import os, subprocess\nopen('child', 'w').write(str(subprocess.Popen(['sleep', '60']).pid))\n"
    project.notebook(child + "os.kill(os.getpid(), 9)")
    assert run() == 4
    assert "The kernel died in the step 'Part 1'" in failure(project, 4)[0]
    assert gone((project.home / "child").read_text())


def test_cell_that_takes_too_long_ends_with_all_its_processes(project):
    child = "import os, subprocess, time\nopen('child', 'w').write(str(subprocess.Popen(['sleep', '60']).pid))\n"
    project.notebook(child + "open('kernel', 'w').write(str(os.getpid()))\ntime.sleep(60)")
    assert run("--cell-timeout", "1") == 4
    assert "one cell took longer than 1 seconds" in failure(project, 4)[0]
    assert gone((project.home / "child").read_text()) and gone(
        (project.home / "kernel").read_text()
    )


def test_run_that_takes_too_long_ends(project):
    project.notebook("import time; time.sleep(60)")
    began = time.monotonic()
    assert run("--timeout", "2") == 4
    assert "the whole run took longer than 2 seconds" in failure(project, 4)[0]
    assert time.monotonic() - began < 15


def test_notebook_that_exits_early_has_failed(project):
    project.notebook("import sys; sys.exit(0)")
    assert run() == 3
    assert "ended itself in the step 'Part 1'" in failure(project, 3)[0]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            "total = 0\ndef display(*a, **k): pass\nimport IPython.display as d; d.display = display",
            "gave no result",
        ),
        (
            "total = 0; as_of = '2020-01-01'",
            "about another study: as_of 2020-01-01 instead of 2026-07-01",
        ),
    ],
)
def test_notebook_without_the_result_asked_for_has_failed(project, body, sentence):
    project.notebook(body)
    assert run() == 3
    assert sentence in failure(project, 3)[0]


def test_quotes_and_chinese_text_pass_unharmed(project):
    asked = "'; import os # \" \\n {x} 优惠券能减少投诉吗？"
    project.study(question=asked)
    project.notebook("total = question")
    assert run() == 0
    assert project.json("tiny", "latest", "result.json")["headline"] == "Up by " + asked


def test_kernel_starts_with_everything_fixed_that_could_change_bytes(
    project, tmp_path, monkeypatch
):
    spec = tmp_path / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(
        json.dumps({"argv": ["false"], "display_name": "x", "language": "x"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    names = ["PYTHONHASHSEED", "OMP_NUM_THREADS", "SOURCE_DATE_EPOCH", "MPLBACKEND", "TZ"]
    project.notebook(
        f"import os, sys\ntotal = repr([*map(os.getenv, {names}), os.getcwd(), sys.executable])"
    )
    assert run() == 0
    found = project.json("tiny", "latest", "notebook.ipynb")["cells"][-1]["outputs"][0]["data"]
    facts = str(found["application/vnd.cs-lib.result+json"]["headline"])
    assert all(
        x in facts
        for x in ("'0', '1', '1782864000', 'agg', 'UTC'", str(project.home), os.sys.executable)
    )


def test_cold_runs_give_the_same_bytes(project, tmp_path):
    body = "import os, sys, tempfile, warnings\nprint({'a', 'b', 'c'}, object(), end='')\nsys.stdout.flush()\n"
    body += "print(' more', __name__)\nwarnings.warn(f'{os.getpid()}')\ntotal = hash('x')\nobject()"
    project.notebook(body)
    assert run() == 0
    before = project.tree()
    assert run("--force") == 0
    after = project.tree()
    assert before.pop("run.json") != after.pop("run.json")
    assert before == after
    assert "UserWarning" in (project.reports / ".logs" / "tiny.log").read_text()
    assert all(b"UserWarning" not in content for content in after.values())


def test_no_secret_is_published_or_logged(project, tmp_path, monkeypatch):
    (tmp_path / "shop-export").mkdir()
    (tmp_path / "shop-export" / "c.csv").write_text("a\n1\n")
    monkeypatch.setenv("SHOP_DATA", str(tmp_path / "shop-export"))
    monkeypatch.setenv("MAIL_TOKEN", "tok-123456-xyz")
    project.source(simulate=None, folder="$SHOP_DATA", tables={"contacts": {"file": "c.csv"}})
    show = "import os, sys\nx = os.environ['SHOP_DATA'] + os.environ['MAIL_TOKEN']\nprint(x, file=sys.stderr)\n"
    project.notebook(show + "print(x)\ntotal = x")
    assert run() == 0
    project.notebook(show + "raise ValueError(x)")
    assert run() == 3
    written = [p for p in project.reports.rglob("*") if p.is_file()]
    texts = {p: p.read_text() for p in written}
    assert len(texts) >= 10 and any("$MAIL_TOKEN" in text for text in texts.values())
    assert [p for p, text in texts.items() if "tok-123456" in text or "shop-export" in text] == []

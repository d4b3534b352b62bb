"""Results of studies read back: every fault one sentence, nothing lost, the same for any order of files."""

import json
from datetime import date

import pytest

from cs_lib import params
from cs_lib.metrics.study_results import NoFolder, of_files, place_of, published
from tests.experiment.improvement_portfolio.made import AS_OF, files, perk_test, result


def test_a_run_is_read_with_what_adds_up() -> None:
    [run] = of_files(files(result("fix", -3.0, 1.0)), as_of=AS_OF).runs
    assert (run.study, run.kind, run.verdict, run.change_id) == (
        "fix",
        "before_after",
        "improved",
        "C-fix",
    )
    assert run.period == (date(2026, 1, 1), date(2026, 5, 31))
    assert run.scope == {"need_code": ("fix",)}
    assert run.effects[0].effect == -3.0 and run.planned == 2.0


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"study": "x', "cut short"),
        (b"\xff\xfe\x00", "cut short"),
        (b"", "cut short"),
        (b"[1, 2]", "no result.json"),
        (b'{"version": 1}', "no result.json"),
        (b'{"version": 9, "study": "x"}', "newer than this suite reads"),
        (b'{"version": 2, "study": "x"}', "cannot be read: notebook, question, as_of"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_result_is_named_with_why_and_the_others_are_read(
    content: bytes, why: str
) -> None:
    found = of_files({**files(result("fix")), "bad/latest/result.json": content}, as_of=AS_OF)
    assert [run.study for run in found.runs] == ["fix"]
    assert [one.where for one in found.unread] == ["bad/latest/result.json"]
    assert why in found.unread[0].why


def test_an_unknown_verdict_or_a_word_for_a_number_is_a_fault_of_that_file() -> None:
    odd = result("odd", verdict="splendid")
    text = result("text")
    text["effects"][0]["effect"] = "much"
    found = of_files(files(odd, text), as_of=AS_OF)
    assert not found.runs
    assert "verdict" in found.unread[0].why and "effects.0.effect" in found.unread[1].why


def test_results_of_later_days_are_left_out_and_named_so_that_a_late_run_says_the_same() -> None:
    late = result("late", as_of="2026-08-01")
    then = of_files(files(result("fix"), late), as_of=AS_OF)
    assert [run.study for run in then.runs] == ["fix"] and then.later == ("late",)
    assert then.runs == of_files(files(result("fix")), as_of=AS_OF).runs


def test_every_run_of_a_study_is_read_once_with_its_record() -> None:
    one = json.dumps(result("fix")).encode()
    record = json.dumps({"started": "2026-06-02T01:00:00"}).encode()
    twice = {
        "fix/latest/result.json": one,
        "fix/latest/run.json": record,
        "fix/runs/2026-06-01-aaaa/result.json": one,
        "fix/runs/2026-06-01-aaaa/run.json": record,
        "fix/runs/2026-05-01-bbbb/result.json": json.dumps(result("fix", as_of="2026-05-01", digest="b")).encode(),
    }  # fmt: skip
    found = of_files(twice, as_of=AS_OF)
    assert [run.as_of.isoformat() for run in found.runs] == ["2026-05-01", "2026-06-01"]
    assert found.runs[1].started.startswith("2026-06-02") and found.runs[0].started == ""


def test_the_name_of_the_source_tells_desks_apart() -> None:
    found = of_files(files(result("here", source="desk"), result("there")), as_of=AS_OF)
    assert [run.source for run in found.runs] == ["desk", ""]


def test_failed_studies_are_read_and_portfolios_are_not() -> None:
    record = {
        "study": "bad",
        "notebook": "before_after",
        "as_of": "2026-06-01",
        "sentence": "No data.",
    }
    failed = json.dumps(record).encode()
    other = result("other_year", notebook="improvement_portfolio")
    found = of_files(
        {**files(result("fix"), other), "bad/failed/run.json": failed}, as_of=AS_OF, own="mine"
    )
    assert [run.study for run in found.runs] == ["fix"]
    assert [(one.study, one.why) for one in found.failed] == [("bad", "No data.")]


def test_studies_that_are_to_be_left_out_are() -> None:
    found = of_files(files(result("a"), result("b")), as_of=AS_OF, leave_out=("a",))
    assert [run.study for run in found.runs] == ["b"]


def test_any_order_of_files_gives_the_same() -> None:
    made = files(result("a"), result("b"), perk_test("c", 0.05, 0.01, 4.0))
    assert of_files(dict(reversed(made.items())), as_of=AS_OF) == of_files(made, as_of=AS_OF)


def test_a_folder_that_is_not_there_or_outside_is_refused(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NoFolder, match="there is no folder 'nowhere'"):
        place_of("nowhere")
    with pytest.raises(NoFolder, match="lies outside the project"):
        place_of(str(tmp_path))
    monkeypatch.setenv("CS_ALLOW", str(tmp_path))
    (tmp_path / "fix" / "latest").mkdir(parents=True)
    (tmp_path / "fix" / "latest" / "result.json").write_text(json.dumps(result("fix")))
    assert [run.study for run in published(str(tmp_path), as_of=AS_OF).runs] == ["fix"]


def test_the_usual_folder_is_where_pages_of_this_run_go(tmp_path) -> None:
    with params.published_in(tmp_path):
        assert place_of(params.REPORTS) == tmp_path
    assert place_of(params.REPORTS) == params.home() / "reports"

"""The name of a run changes with its inputs and with nothing else."""

import json

import pytest

from cs_lib.cli import main
from cs_lib.data import cache
from cs_lib.data.sources import digests as digests_of_files
from cs_lib.runs import digest
from cs_lib.runs import tasks as studies


def digests(**options):
    return studies.task("tiny", **options).inputs.digests


def changed(before):
    return [name for name, value in digests().items() if value != before[name]]


def test_each_input_has_its_own_digest(project):
    before = digests()
    project.notebook("total = 3")
    assert changed(before) == ["notebook"]
    project.notebook()
    project.study(rule={"min_effect": 0.01, "planned_n": 1000})
    assert changed(before) == ["params"]
    project.study()
    project.source(simulate={"seed": 8, "customers": 500})
    assert changed(before) == ["params", "data"]


def test_outputs_and_comments_do_not_matter(project):
    before = digests()
    path = project.home / "notebooks" / "perk_ab_test.ipynb"
    raw = json.loads(path.read_text())
    raw["cells"][3].update(
        outputs=[{"output_type": "stream", "name": "stdout", "text": "x"}], execution_count=9
    )
    path.write_text(json.dumps(raw))
    settings = project.home / "params" / "tiny.yaml"
    settings.write_text("# a comment\n" + settings.read_text())
    assert changed(before) == []


def test_room_and_threads_are_no_input_as_no_number_depends_on_them(project):
    before = digests()
    project.source(memory_limit_gb=4.5, threads=1)
    assert changed(before) == []


def test_data_are_named_by_content_wherever_they_are(project, tmp_path_factory, monkeypatch):
    project.source(simulate=None, folder="$SHOP_DATA", tables={"contacts": {"file": "c.csv"}})
    found = []
    for text in ("a\n1\n", "a\n1\n", "a\n2\n"):
        folder = tmp_path_factory.mktemp("data")
        (folder / "c.csv").write_text(text)
        monkeypatch.setenv("SHOP_DATA", str(folder))
        found.append(digests())
    assert found[0] == found[1]
    assert found[0]["data"] != found[2]["data"] and found[0]["params"] == found[2]["params"]


def test_folder_of_files_is_digested_file_by_file(tmp_path):
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "1.parquet").write_bytes(b"1")
    before = digest._path(tmp_path, digests_of_files.of_file)
    (tmp_path / "part" / "2.parquet").write_bytes(b"2")
    assert digest._path(tmp_path, digests_of_files.of_file) != before


def test_digest_of_settings_ignores_the_order_of_keys():
    assert digest.of({"a": 1, "b": 2}) == digest.of({"b": 2, "a": 1})


def test_environment_names_the_packages_that_make_a_page():
    environment = digest.environment()
    assert {"python", "machine", "pandas", "statsmodels", "matplotlib"} <= set(environment)
    assert environment["pandas"] != "absent"


def test_files_are_read_again_when_asked_and_by_verify(project, monkeypatch, capsys):
    plain, asked = digest.data, []

    def told(source, *, rehash=False):
        asked.append(rehash)
        return plain(source, rehash=rehash)

    monkeypatch.setattr(digest, "data", told)
    for words, again in (
        (["run", "tiny"], False),
        (["run", "tiny", "--rehash"], True),
        (["verify", "tiny"], True),
        (["check", "tiny"], False),
    ):
        asked.clear()
        assert main(words) == 0
        assert asked[0] is again and not any(asked[1:])  # the catalogue looks too
    with pytest.raises(SystemExit):
        main(["check", "tiny", "--rehash"])


def test_a_wrong_digest_that_was_kept_is_put_right(project, tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("data")
    (folder / "c.csv").write_text("a\n1\n")
    monkeypatch.setenv("SHOP_DATA", str(folder))
    project.source(simulate=None, folder="$SHOP_DATA", tables={"contacts": {"file": "c.csv"}})
    right = digests()["data"]
    state = digests_of_files.state(folder / "c.csv")
    monkeypatch.setattr(digests_of_files, "_read", {})
    monkeypatch.setattr(digests_of_files, "SETTLED", 0)
    cache.put(digests_of_files.KIND, [str(folder / "c.csv"), *state], "0" * 64)
    assert digests()["data"] != right
    assert digests(rehash=True)["data"] == digests()["data"] == right

"""The page made again from nothing."""

from cs_lib.cli import main


def test_verify_confirms_a_page_then_notices_tampering_then_a_changed_input(project, capsys):
    assert main(["run", "tiny"]) == 0
    assert main(["verify", "tiny"]) == 0
    assert "the same, byte for byte" in capsys.readouterr().out
    result = project.latest() / "result.json"
    result.write_text(result.read_text().replace("Up by 2", "Up by 9"))
    assert main(["verify", "tiny"]) == 7
    told = capsys.readouterr().err
    assert '-  "headline": "Up by 9"' in told and '+  "headline": "Up by 2"' in told
    project.notebook("total = 3")
    assert main(["verify", "tiny"]) == 7
    assert "changed: notebook" in capsys.readouterr().err


def test_verify_without_a_page_says_how_to_get_one(project, capsys):
    assert main(["verify", "tiny"]) == 2
    assert "cslib run tiny" in capsys.readouterr().err

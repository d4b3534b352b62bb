"""Where a project's files are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from cs_lib import params
from cs_lib.params.places import shown

ROOT = Path(__file__).resolve().parents[2]


def test_home_is_the_folder_of_the_variable(settings, monkeypatch):
    monkeypatch.chdir("/")
    assert params.home() == settings.home.resolve()


def test_home_may_be_written_from_the_users_home(settings, monkeypatch):
    monkeypatch.setenv("HOME", str(settings.home.parent))
    monkeypatch.setenv("CS_HOME", f"~/{settings.home.name}")
    assert params.home() == settings.home.resolve()


def test_home_is_the_nearest_project_upwards(settings, monkeypatch):
    monkeypatch.delenv("CS_HOME")
    (settings.home / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(settings.home / "a" / "b")
    assert params.home() == settings.home.resolve()


def test_home_needs_both_notebooks_and_sources(settings, monkeypatch, tmp_path_factory):
    monkeypatch.delenv("CS_HOME")
    (settings.home / "notebooks").rmdir()
    monkeypatch.chdir(settings.home)
    assert params.home() == ROOT


def test_study_is_found_by_name_by_its_last_part_and_by_path(settings):
    (settings.home / "params" / "real").mkdir()
    path = settings.write("study: shop\n", name="real/shop")
    assert params.find_study("real/shop") == params.find_study("shop") == path
    assert params.find_study(str(path)) == path.resolve()


def test_study_at_the_top_wins_over_one_of_the_same_last_part(settings):
    (settings.home / "params" / "real").mkdir()
    settings.write("study: shop\n", name="real/shop")
    assert params.find_study("shop") == settings.home / "params" / "real" / "shop.yaml"
    top = settings.write("study: shop\n", name="shop")
    assert params.find_study("shop") == top


def test_sources_are_no_studies(settings):
    settings.write("study: shop\n", name="shop")
    assert list(params.study_paths()) == ["shop"]
    with pytest.raises(params.ParamsError, match="no study 'demo'"):
        params.find_study("demo")


def test_source_and_notebook_lie_in_the_project(settings):
    assert params.source_path("demo") == settings.home / "params" / "sources" / "demo.yaml"
    assert params.source_path("params/sources/demo.yaml") == params.source_path("demo").resolve()
    assert (
        params.notebook_path("before_after") == settings.home / "notebooks" / "before_after.ipynb"
    )


def test_paths_are_shown_from_the_project_and_never_from_outside_it(settings):
    assert shown(params.source_path("demo")) == "params/sources/demo.yaml"
    assert shown(Path("/etc/secret/place.yaml")) == "place.yaml"

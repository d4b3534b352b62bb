"""The notebook before it runs."""

import json

from cs_lib.runs import notebook


def cell(source, kind="code", **more):
    return {"cell_type": kind, "metadata": {}, "source": source, **more}


def test_missing_and_repeated_ids_become_the_cells_place(tmp_path):
    tagged = cell("a = 1", id="x", metadata={"tags": ["parameters"]})
    raw = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {},
        "cells": [cell("1"), tagged, cell("2", id="x")],
    }
    (tmp_path / "n.ipynb").write_text(json.dumps(raw))
    assert [c["id"] for c in notebook.read(tmp_path / "n.ipynb")["cells"]] == [
        "cell-1",
        "x",
        "cell-3",
    ]


def test_defaults_are_the_literals_of_the_parameters_cell():
    code = "a = 1\nb: dict = {'x': [1, 'é']}\nc = d = None\ne = int('3')\na.b = 2"
    found = notebook.defaults([cell(code, metadata={"tags": ["parameters"]})])
    assert found == {"a": 1, "b": {"x": [1, "é"]}, "c": None, "d": None, "e": None}


def test_step_is_the_heading_above_a_cell_or_its_number():
    cells = [
        cell("1"),
        cell("text\n## What it cost\nmore", "markdown"),
        cell("# no heading"),
        cell("3"),
    ]
    assert notebook.step(cells, 3) == "the step 'What it cost'"
    assert notebook.step(cells, 0) == "cell 1"

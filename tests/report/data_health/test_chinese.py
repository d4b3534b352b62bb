"""The page of a faulty source passes through the language whole; only what tables call it stays as it is."""

import re

import pytest

from cs_lib import data, language, metrics, params
from cs_lib.data import desk as desks
from cs_lib.data.contracts import TABLES
from tests.report import in_process
from tests.report.leftovers import leftovers, pseudo
from tests.report.test_chinese import CODES

COLUMNS = "|".join(sorted({c.name for table in TABLES.values() for c in table.columns}))
# Columns with their table, ids of rows, and what they hold.
CODE = re.compile(
    rf"(?:(?:{'|'.join(TABLES)})\.)?(?:{COLUMNS})|[COSUcosu]\d{{7}}|UTC|anonymous|csat|nps|studies"
)
FEW = 1_500  # customers are enough for every check to find what is planted


@pytest.fixture(scope="module")
def few():
    """The faulty source with few customers: its desk and the evidence, read once."""
    whole = params.load_source("demo_faulty")
    small = whole.model_copy(
        update={"simulate": whole.simulate.model_copy(update={"customers": FEW})}
    )
    study = params.load("faulty_export")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desks, "load_source", lambda name: small)
        desk = data.load(study)
    yield desk, metrics.gather(desk, study)
    desk.close()


@pytest.fixture
def page(few, monkeypatch):
    """Makes its page in Chinese."""
    monkeypatch.setattr(data, "load", lambda study: few[0])
    monkeypatch.setattr(metrics, "gather", lambda desk, study: few[1])
    return lambda: in_process.rendered(in_process.translated(params.load("faulty_export")), "zh")


def test_every_word_passes_through_the_language(page, monkeypatch):
    monkeypatch.setattr(language, "_messages", lambda _: pseudo())
    text = page()
    left = leftovers(text, CODES | {"demo_faulty", "faulty_export"})
    assert {word: text for word, text in left.items() if not CODE.fullmatch(word)} == {}
    assert '<html lang="zh-Hans">' in text

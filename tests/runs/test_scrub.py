"""Nothing of this machine on a page."""

import sys
from pathlib import Path

import pytest

import cs_lib
from cs_lib.params import Source
from cs_lib.runs.scrub import Scrubber


@pytest.fixture
def scrub(project):
    source = Source.model_validate(
        {"source": "s", "title": "S", "folder": "$SHOP_DATA", "simulate": {}}
    )
    secrets = {
        "SHOP_DATA": "/srv/shop export",
        "MAIL_TOKEN": "tok&en-123456",
        "DATABASE_URL": "postgres://ann:pw@db/x",
        "API_KEY": "coupon",
        "EDITOR": "ordinary-editor",
    }
    return Scrubber(source, secrets)


def test_secrets_become_the_names_of_their_variables(scrub):
    text = "read '/srv/shop export/c.csv' with tok&en-123456 (tok&amp;en-123456) from postgres://ann:pw@db/x"
    assert (
        scrub(text) == "read '$SHOP_DATA/c.csv' with $MAIL_TOKEN ($MAIL_TOKEN) from $DATABASE_URL"
    )


def test_ordinary_words_stay_even_when_a_variable_holds_them(scrub):
    assert scrub("the coupon, ordinary-editor") == "the coupon, ordinary-editor"


def test_folders_and_addresses_are_gone(scrub, project):
    module = Path(cs_lib.__file__).parent / "params" / "load.py"
    text = f"{module}:12, {project.home}/data, <Axes at 0x7f3a2c1b> {sys.prefix}/bin"
    assert scrub(text) == "cs_lib/params/load.py:12, data, <Axes at 0x> bin"


def test_data_keep_their_shape_without_secrets_or_numbers_that_json_lacks(scrub):
    value = {"a": ["tok&en-123456", 1.5, float("nan"), float("inf"), None, True]}
    assert scrub.data(value) == {"a": ["$MAIL_TOKEN", 1.5, None, None, None, True]}

"""What a study of a simulated desk came to, for its figures, tables and first screen."""

from __future__ import annotations

import pytest

from cs_lib.diagnosis.needs_and_causes.result import NeedsResult
from tests.diagnosis.needs_and_causes.conftest import studied


@pytest.fixture(scope="session")
def result() -> NeedsResult:
    """The needs of a desk on which something rises."""
    return studied(7, 50_000, "emerging_needs")[1]

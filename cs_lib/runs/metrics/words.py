"""The words of `cslib metrics`. Imports nothing heavy."""

from __future__ import annotations

import argparse


def add_words(metrics: argparse.ArgumentParser) -> None:
    """The words that `cslib metrics` takes."""
    metrics.add_argument(
        "metric",
        nargs="?",
        metavar="METRIC",
        help="one of them, like repurchase_60d; all when left out",
    )
    metrics.add_argument(
        "--source", metavar="SOURCE", help="its SQL in this source, and what of it is missing there"
    )

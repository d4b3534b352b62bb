"""A pytest plugin: strict nbval compares the text outputs that are stored, and skips what is never stored.

Pictures and HTML are not committed. Numbers stand in the text; a figure's text carries the digest of
its data, so a changed picture shows there too.
"""

import cs_lib.runs  # noqa: F401 - before a notebook library is imported, which is quicker then
from nbval.plugin import IPyNbFile

from cs_lib.report.records import RESULT_MIME

NEVER_STORED = ("text/html", "text/markdown", "image/svg+xml", RESULT_MIME)

_original = IPyNbFile.__init__


def _init(self, *args, **kwargs):
    _original(self, *args, **kwargs)
    self.skip_compare = (*self.skip_compare, *NEVER_STORED)


IPyNbFile.__init__ = _init

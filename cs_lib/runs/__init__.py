"""Running studies: execute, publish, remember. The only layer that writes files."""

import sys

# Parsers for a format check that notebooks never use: building them takes a second whenever a
# notebook library is first imported. Blocked before any can be; the libraries do without.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

"""`python -m cs_lib` is the `cslib` command."""

import sys

from cs_lib.cli import main

if __name__ == "__main__":
    sys.exit(main())

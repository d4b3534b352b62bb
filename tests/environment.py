"""environment.yml from the lock file: the same versions for conda users. `python -m tests.environment --write`."""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEADER = """# For conda users; everybody else runs `make setup`. Versions are those of requirements.lock
# (written by `make lock`; a test compares).
name: cs-lib
channels: [conda-forge]
dependencies:
  - python=3.11
  - pip
  - pip:
"""


def locked() -> dict[str, str]:
    """Version by package, as the lock file gives it for Python 3.11."""
    found: dict[str, str] = {}
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        match = re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)(.*)", line)
        if match and "python_full_version >= '3.12'" not in match[3]:
            found[match[1].lower()] = match[2]
    return found


def direct() -> list[str]:
    """Packages that pyproject.toml names itself, without those that only tests and tools use."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return sorted(
        re.split(r"[<>=!~ ;\[]", d, maxsplit=1)[0].lower() for d in project["dependencies"]
    )


def expected() -> str:
    """What environment.yml must say."""
    versions = locked()
    lines = [f"      - {name}=={versions[name]}\n" for name in direct()]
    return HEADER + "".join(lines) + "      - -e .\n"


if __name__ == "__main__" and "--write" in sys.argv:
    (ROOT / "environment.yml").write_text(expected(), encoding="utf-8")

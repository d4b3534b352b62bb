"""Whole-process speed against the stock commands, interleaved in one run; ratios, because machines are noisy."""

import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
STUDY = "coupon_after_complaint"


def seconds(*commands: list[str], folder: Path) -> float:
    """Wall time of commands one after the other."""
    started = time.perf_counter()
    for command in commands:
        subprocess.run(
            command, check=True, cwd=folder, capture_output=True, env=surroundings(folder)
        )
    return time.perf_counter() - started


def surroundings(folder: Path) -> dict[str, str]:
    return {**os.environ, "CS_HOME": str(folder), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}


def project(folder: Path) -> Path:
    """A copy to run in."""
    for name in ("notebooks", "params"):
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True)
    return folder


def measure(folder: Path, rounds: int) -> str:
    """A Markdown table: medians and ratios to stock."""
    home = project(folder)
    stock = [
        ["papermill", "notebooks/perk_ab_test.ipynb", "out.ipynb", "-f", f"params/{STUDY}.yaml"],
        ["jupyter", "nbconvert", "--to", "html", "out.ipynb"],
    ]
    ways = {
        "stock: papermill, then nbconvert": stock,
        "cslib run, one study from nothing": [["cslib", "run", STUDY, "--force"]],
        "cslib run, unchanged study": [["cslib", "run", STUDY]],
        "cslib check": [["cslib", "check", STUDY]],
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, commands in ways.items():
            times[name].append(seconds(*commands, folder=home))
    four = ["cslib", "run", "--demo", "--force"]
    batch = statistics.median(seconds(four, folder=home) for _ in range(max(rounds // 2, 1)))
    base = statistics.median(times["stock: papermill, then nbconvert"])
    rows = [(name, statistics.median(t)) for name, t in times.items()]
    rows.append(("cslib run, per study of the four demo studies", batch / 4))
    lines = ["| way | seconds | of stock |", "|---|---|---|"]
    lines += [f"| {name} | {value:.1f} | {value / base:.2f} |" for name, value in rows]
    return "\n".join(lines) + "\n"

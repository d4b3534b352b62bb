"""One run of a study at a time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import cs_lib
from cs_lib.runs import lock
from cs_lib.runs.outcome import Exit, RunError


def test_second_holder_is_refused_and_told_the_process(tmp_path):
    with (
        lock.hold(tmp_path, "tiny"),
        pytest.raises(RunError) as refused,
        lock.hold(tmp_path, "tiny"),
    ):
        pass
    assert refused.value.code == Exit.LOCKED
    assert f"process {os.getpid()} since 20" in refused.value.sentence


def test_other_studies_are_not_locked(tmp_path):
    with lock.hold(tmp_path, "one"), lock.hold(tmp_path, "two"):
        pass


def test_lock_is_free_again_also_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), lock.hold(tmp_path, "tiny"):
        raise ZeroDivisionError
    with lock.hold(tmp_path, "tiny"):
        pass


def test_lock_of_a_dead_process_is_no_obstacle(tmp_path):
    code = f"""
import os, pathlib
from cs_lib.runs import lock
with lock.hold(pathlib.Path({str(tmp_path)!r}), "tiny"):
    os._exit(9)
"""
    root = str(Path(cs_lib.__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": root})
    assert done.returncode == 9 and (tmp_path / ".locks" / "tiny.lock").read_text()
    with lock.hold(tmp_path, "tiny"):
        pass

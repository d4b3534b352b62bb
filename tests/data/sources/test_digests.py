"""A file is read once for as long as it is not touched; a digest that may be stale is not kept."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from cs_lib.data import cache
from cs_lib.data.sources import digests


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A file that looks old enough to be whole; this process has read nothing yet."""
    monkeypatch.setattr(digests, "SETTLED", 0)
    monkeypatch.setattr(digests, "_read", {})
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"rows")
    return path


@pytest.fixture
def reads(monkeypatch):
    """The names of the files whose bytes were read."""
    found, plain = [], hashlib.file_digest

    def counted(stream, name):
        found.append(Path(stream.name).name)
        return plain(stream, name)

    monkeypatch.setattr(hashlib, "file_digest", counted)
    return found


def another_process(monkeypatch):
    monkeypatch.setattr(digests, "_read", {})


def test_an_untouched_file_is_read_once_by_all_processes(file, reads, monkeypatch):
    first = digests.of_file(file)
    assert first == hashlib.sha256(b"rows").hexdigest()
    another_process(monkeypatch)
    assert digests.of_file(file) == first and reads == ["rows.parquet"]


@pytest.mark.parametrize("how", ["written", "same size and time", "another in its place"])
def test_a_touched_file_is_read_again(file, reads, monkeypatch, how):
    before, state = digests.of_file(file), file.stat()
    another_process(monkeypatch)
    time.sleep(0.02)
    if how == "another in its place":
        (file.parent / "new").write_bytes(b"ROWS")
        os.replace(file.parent / "new", file)
    else:
        file.write_bytes(b"more rows" if how == "written" else b"ROWS")
    if how != "written":
        os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert digests.of_file(file) != before and len(reads) == 2


def test_again_reads_what_looks_untouched_once_a_process(file, reads, monkeypatch):
    before = digests.of_file(file)
    another_process(monkeypatch)
    cache.put(digests.KIND, [str(file), *digests.state(file)], "0" * 64)
    assert digests.of_file(file) == "0" * 64
    assert digests.of_file(file, again=True) == digests.of_file(file, again=True) == before
    another_process(monkeypatch)
    assert digests.of_file(file) == before and len(reads) == 2


def test_a_file_that_was_written_just_now_is_not_kept(file, reads, monkeypatch):
    monkeypatch.setattr(digests, "SETTLED", 2_000_000_000)
    for _ in range(2):
        another_process(monkeypatch)
        digests.of_file(file)
    assert len(reads) == 2
    ahead = time.time_ns() + 10**12
    os.utime(file, ns=(ahead, ahead))  # a clock that is ahead
    assert not digests.is_settled(digests.state(file))


@pytest.mark.parametrize("touched", [False, True])
def test_a_file_that_changes_while_it_is_read_is_not_kept(file, monkeypatch, touched):
    states = iter([(4, 1, 1, 1, 1), (5, 2, 2, 1, 1) if touched else (4, 1, 1, 1, 1)])
    monkeypatch.setattr(digests, "state", lambda path: next(states))
    digests.of_file(file)
    kept = cache.get(digests.KIND, [str(file), 4, 1, 1, 1, 1])
    assert (kept is None) is touched and bool(digests._read) is not touched


def test_what_is_kept_must_look_like_a_digest(file, reads):
    for odd in (7, "short", None, ["x" * 64]):
        cache.put(digests.KIND, [str(file), *digests.state(file)], odd)
        digests._read.clear()
        assert digests.of_file(file) == hashlib.sha256(b"rows").hexdigest()

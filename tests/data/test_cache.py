"""What is kept between runs: it proves what it is, is nobody else's, stays small, and its loss costs only time."""

from __future__ import annotations

import json
import os
import stat
import threading

import pytest

from cs_lib.data import cache

KEY = ["file", 1, "\u5de5\u5355"]


def kept(folder):
    """The one entry there is."""
    [path] = (folder / cache.ROOM).glob("*.json")
    return path


def test_what_is_kept_comes_back_under_its_own_key_only():
    cache.put("a", KEY, {"rows": 3, "largest": 0.1 + 0.2})
    assert cache.get("a", KEY) == {"rows": 3, "largest": 0.1 + 0.2}
    assert cache.get("b", KEY) is None and cache.get("a", KEY[:2]) is None


def test_nobody_else_may_read_it(cache_folder):
    before = os.umask(0)
    try:
        cache.put("a", KEY, 1)
    finally:
        os.umask(before)
    room = cache_folder / cache.ROOM
    assert stat.S_IMODE(room.stat().st_mode) == 0o700
    assert stat.S_IMODE(kept(cache_folder).stat().st_mode) == 0o600


def cut(path):
    path.write_bytes(path.read_bytes()[:-9])


def swap(path):
    path.write_text(path.read_text().replace("12345", "12346"))


def another_key(path):
    entry = json.loads(path.read_text())
    path.write_text(json.dumps({**entry, "key": "x", "check": cache._check("x", entry["value"])}))


def folder(path):
    path.unlink()
    path.mkdir()


def endless(path):
    path.write_bytes(b" " * 2_000_000)


HARM = {
    "cut": cut, "empty": lambda p: p.write_bytes(b""), "noise": lambda p: p.write_bytes(bytes(range(256))),
    "one digit": swap, "list": lambda p: p.write_text("[]"), "deep": lambda p: p.write_text("[" * 100_000),
    "of another key": another_key, "folder": folder, "endless": endless, "gone": lambda p: p.unlink(),
}  # fmt: skip


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM)
def test_a_damaged_entry_is_none(cache_folder, harm):
    cache.put("a", KEY, 12345)
    harm(kept(cache_folder))
    assert cache.get("a", KEY) is None
    cache.put("a", KEY, 6)
    assert cache.get("a", KEY) in (6, None)


def test_a_folder_that_others_may_write_is_not_used(cache_folder):
    cache.put("a", KEY, 1)
    (cache_folder / cache.ROOM).chmod(0o770)
    assert cache.get("a", KEY) is None and not cache.usable()


@pytest.mark.parametrize("kind", ["file", "link", "below a file", "circle", "long"])
def test_a_folder_that_can_be_none_is_no_error(tmp_path, monkeypatch, kind):
    place = tmp_path / ("x" * 300 if kind == "long" else "cache")
    if kind == "file":
        place.write_text("x")
    elif kind == "link":
        place.mkdir()
        (tmp_path / "other").mkdir(mode=0o700)
        (place / cache.ROOM).symlink_to(tmp_path / "other")
    elif kind == "below a file":
        (tmp_path / "f").write_text("x")
        place = tmp_path / "f" / "cache"
    elif kind == "circle":
        place.symlink_to(place)
    monkeypatch.setenv("CS_CACHE", str(place))
    cache.put("a", KEY, 1)
    assert cache.get("a", KEY) is None and not cache.usable()


def test_the_folder_is_the_one_named_else_the_users_own(tmp_path, monkeypatch):
    monkeypatch.setenv("CS_HOME", str(tmp_path / "project"))
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("CS_CACHE", "below")
    assert cache._folder() == tmp_path / "project" / "below"
    monkeypatch.delenv("CS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache._folder() == tmp_path / "xdg" / "cs_lib"
    for absent in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", absent)
        assert cache._folder() == tmp_path / "me" / ".cache" / "cs_lib"


def test_the_longest_unused_entries_go_first(cache_folder, monkeypatch):
    monkeypatch.setattr(cache, "MOST_ENTRIES", 3)
    for number in range(3):
        cache.put("a", number, number)
        os.utime(cache._path(cache_folder / cache.ROOM, "a", number), (number, number))
    assert cache.get("a", 0) == 0  # used just now
    cache.put("a", 3, 3)
    assert [cache.get("a", number) for number in range(4)] == [0, None, 2, 3]
    monkeypatch.setattr(cache, "MOST_BYTES", 300)
    cache.put("a", 4, "x" * 200)
    assert cache.get("a", 4) is None or cache.get("a", 3) is None


def test_nothing_is_written_into_the_last_tenth_of_a_disk(monkeypatch, cache_folder):
    monkeypatch.setattr(cache, "KEPT_FREE", 1.1)
    cache.put("a", KEY, 1)
    assert cache.get("a", KEY) is None and not list((cache_folder / cache.ROOM).glob("*"))


def test_many_writers_at_once_leave_whole_entries(cache_folder):
    def work(number):
        for _ in range(40):
            cache.put("a", KEY, [number] * 500)
            found = cache.get("a", KEY)
            assert found is None or found == [found[0]] * 500

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(cache.get("a", KEY)) == 500
    assert [path.name[:2] for path in (cache_folder / cache.ROOM).iterdir()] == ["a-"]

"""The pictures in docs/ are small, all there, and listed as the command lists them."""

import pytest

from cs_lib import params
from tests import gallery


def test_the_gallery_is_what_the_command_lists_and_every_picture_is_there():
    listed = gallery.index(gallery.ENGLISH).read_text(encoding="utf-8")
    assert listed == gallery.listing(gallery.ENGLISH)
    there = {p.name for p in gallery.folder(gallery.ENGLISH).glob("*.webp")}
    assert there == {f"{s.name}_{size}.webp" for s in gallery.SHOTS for size in gallery.SIZES}


def test_the_gallery_is_small():
    pictures = list(gallery.folder(gallery.ENGLISH).rglob("*.webp"))
    assert sum(p.stat().st_size for p in pictures) < 2_000_000


def test_pictures_have_the_size_of_the_screens():
    from PIL import Image

    for shot in gallery.SHOTS:
        for size, screen in gallery.SIZES.items():
            path = gallery.folder(gallery.ENGLISH) / f"{shot.name}_{size}.webp"
            with Image.open(path) as picture:
                assert picture.size == screen


def test_another_language_is_refused_until_the_settings_know_it(tmp_path):
    if "language" in params.Study.model_fields:
        home = gallery.project("zh", tmp_path)
        text = (home / "params" / f"{gallery.RUN[0]}.yaml").read_text(encoding="utf-8")
        assert text.count("language: zh") == 1
    else:
        with pytest.raises(SystemExit, match="know no language yet"):
            gallery.project("zh", tmp_path)


def test_another_language_lies_beside_the_english_one():
    assert gallery.folder("zh") == gallery.folder("en") / "zh"
    assert gallery.index("zh").name == "gallery.zh.md"
    assert 'src="gallery/zh/perk_desk.webp"' in gallery.listing("zh")

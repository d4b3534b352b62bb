"""`make gallery`: one study of each kind of page is run, and its first screen goes to docs/gallery/.

`--language zh` does the same in another language, beside the English one.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from cs_lib import cli, params
from cs_lib.runs.outcome import Exit

ROOT = Path(__file__).resolve().parents[1]
ENGLISH = "en"
SIZES = {"desk": (1200, 900), "phone": (360, 740)}  # CSS pixels
QUALITY = 82  # of WebP


@dataclass(frozen=True, slots=True)
class Shot:
    """A kind of page, and where it lies after the run."""

    name: str
    title: str
    page: str


RUN = (
    "coupon_after_complaint",
    "faster_routing",
    "plan_coupon_test",
    "broken_split",
    "faulty_export",
    "service_scorecard",
)
FAILS = "script_change"
SHOTS = (
    Shot("perk", "A perk test: does it work, does it pay", f"{RUN[0]}/latest/index.html"),
    Shot("before_after", "Before and after a change of the service", f"{RUN[1]}/latest/index.html"),
    Shot("plan", "The plan of a test", f"{RUN[2]}/latest/index.html"),
    Shot("invalid", "A broken comparison: the effect is withheld", f"{RUN[3]}/latest/index.html"),
    Shot("health", "What a source can answer today", f"{RUN[4]}/latest/index.html"),
    Shot("scorecard", "The week's scorecard: what needs a decision", f"{RUN[5]}/latest/index.html"),
    Shot("failure", "A run that failed: the last good page stands", f"{FAILS}/failed/index.html"),
    Shot("catalogue", "The catalogue of all studies", "index.html"),
)


# The question is the study's own; a page in another language needs one in that language.
QUESTIONS = {
    "zh": {
        "coupon_after_complaint": "投诉解决后送优惠券，能不能让客户再次购买，划不划算？",
        "faster_routing": "按技能分派之后，问题解决得更快了吗？",
        "plan_coupon_test": "投诉后送优惠券的试验，需要多少客户、多长时间？",
        "broken_split": "优惠券试验的记录丢了一侧的一部分，结果还能用吗？",
        "faulty_export": "这份粗心的导出还能回答什么？",
        "service_scorecard": "出问题的客户少了吗？这周有什么需要决定？",
        "script_change": "新的问候话术缩短首次答复的时间了吗？",
    }
}


# What the listing says in a language.
WORDS = {
    "zh": {
        "What the pages look like": "页面一览",
        "First screens of the demo, made by `{command}`.": "演示研究的首屏，由 `{command}` 生成。",
        "{title}, on a desk": "{title}（桌面）",
        "{title}, on a phone": "{title}（手机）",
        "A perk test: does it work, does it pay": "权益试验：有没有效果，划不划算",
        "Before and after a change of the service": "服务变更前后对比",
        "The plan of a test": "试验计划",
        "What a source can answer today": "数据源现在能回答什么",
        "The week's scorecard: what needs a decision": "本周服务记分卡：有什么需要决定",
        "A broken comparison: the effect is withheld": "比较不成立：不显示效果",
        "A run that failed: the last good page stands": "运行失败：保留上一次的页面",
        "The catalogue of all studies": "全部研究的目录",
    }
}


def folder(language: str) -> Path:
    """Where the pictures of a language lie."""
    pictures = ROOT / "docs" / "gallery"
    return pictures if language == ENGLISH else pictures / language


def index(language: str) -> Path:
    """The page that shows them."""
    return ROOT / "docs" / ("gallery.md" if language == ENGLISH else f"gallery.{language}.md")


def listing(language: str) -> str:
    """docs/gallery.md: every kind of page on a desk and on a phone."""
    place = folder(language).relative_to(ROOT / "docs").as_posix()
    command = "make gallery" + ("" if language == ENGLISH else f" LANGUAGE={language}")
    words = WORDS.get(language, {})

    def said(message: str, **parts: str) -> str:
        return words.get(message, message).format(**parts)

    first = said("First screens of the demo, made by `{command}`.", command=command)
    lines = [f"# {said('What the pages look like')}", "", first]
    for shot in SHOTS:
        title = said(shot.title)
        pictures = [
            f'<img src="{place}/{shot.name}_{size}.webp" alt="{said(f"{{title}}, on a {size}", title=title)}"'
            f' width="{width}">'
            for size, width in (("desk", 640), ("phone", 230))
        ]
        lines += ["", f"## {title}", "", *pictures]
    return "\n".join(lines) + "\n"


def project(language: str, at: Path) -> Path:
    """The studies in a language, in a folder of their own. Raises SystemExit when the suite does not speak it."""
    if "language" not in params.Study.model_fields:
        raise SystemExit(
            f"The settings of a study know no language yet; '{language}' cannot be shown."
        )
    for name in ("notebooks", "params"):
        shutil.copytree(ROOT / name, at / name)
    for name in (*RUN, FAILS):
        path = at / "params" / f"{name}.yaml"
        lines = path.read_text(encoding="utf-8").splitlines()
        asked = QUESTIONS.get(language, {}).get(name)
        ours = ("language:", "question:") if asked else ("language:",)
        kept = [line for line in lines if not line.startswith(ours)]
        more = [f"language: {language}", *([f"question: {asked}"] if asked else [])]
        path.write_text("\n".join([*kept, *more, ""]), encoding="utf-8")
    return at


def run(reports: Path) -> None:
    """Every page, one of them failed on purpose. Raises SystemExit when a run ends otherwise."""
    cli.main(["run", FAILS, "--as-of", "2026-06-30", "--reports", str(reports)])
    failed = cli.main(["run", FAILS, "--cell-timeout", "0.001", "--reports", str(reports)])
    done = cli.main(["run", *RUN, "--reports", str(reports)])
    if (failed, done) != (Exit.KERNEL_ENDED, Exit.DONE):
        raise SystemExit(f"The gallery's studies ended with {failed} and {done}.")


def shown(shot: Shot, language: str) -> str:
    """Where the picture is taken; the catalogue has a page for each language."""
    own = shot.name == "catalogue" and language != ENGLISH
    return f"index.{language}.html" if own else shot.page


def shoot(reports: Path, into: Path, language: str) -> None:
    """First screens as WebP."""
    from playwright.sync_api import sync_playwright

    into.mkdir(parents=True, exist_ok=True)
    browser_path = which("chromium") or which("chromium-browser") or which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"]
        )
        for shot in SHOTS:
            for size, (width, height) in SIZES.items():
                page = browser.new_page(viewport={"width": width, "height": height})
                page.goto((reports / shown(shot, language)).resolve().as_uri())
                save(page.screenshot(), into / f"{shot.name}_{size}.webp")
                page.close()
        browser.close()


def save(png: bytes, path: Path) -> None:
    """A screenshot as a small file."""
    from PIL import Image

    Image.open(io.BytesIO(png)).convert("RGB").save(path, "WEBP", quality=QUALITY, method=6)


def main() -> None:
    """Run, shoot, list."""
    parser = argparse.ArgumentParser(prog="python -m tests.gallery", description=__doc__)
    parser.add_argument("--language", default=ENGLISH, help="of the pages; default: en")
    language = parser.parse_args().language
    with tempfile.TemporaryDirectory() as temporary:
        home, reports = Path(temporary) / "project", Path(temporary) / "reports"
        os.environ["CS_HOME"] = str(ROOT if language == ENGLISH else project(language, home))
        run(reports)
        shoot(reports, folder(language), language)
    index(language).write_text(listing(language), encoding="utf-8")
    print(index(language).relative_to(ROOT))


if __name__ == "__main__":
    main()

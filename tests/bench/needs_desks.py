"""What the notebook of needs finds on desks with a need that rises, two decoys and a theme, and on quiet ones.

Desks of 50,000 customers, each with a seed of its own, judged as the notebook does. Rises: the need that comes up 1.6
times as often in the last four weeks is told as new, and its interval holds 1.6. Holiday: the need that only follows
holidays is not told as new. Share: nor the one whose share rises because others fall. Theme: its words in both
languages are among the first five that rise. Owners: corrected shares whose 95 % interval holds the truth, of five; by
codes: those whose share as coded lies in that interval. Kappa: its interval holds that of all contacts. False: needs
told as new that did not rise, and words on quiet desks.
"""

from __future__ import annotations

import platform
from collections import Counter

from tests.diagnosis.needs_and_causes.conftest import desk_of, studied

CUSTOMERS = 50_000


def table(runs: int, day: str) -> str:
    """Both kinds of desk as one table each."""
    head = [
        "# Needs and causes on simulated desks",
        "",
        (__doc__ or "").replace("\n", " "),
        "",
        f"{runs} desks of each kind, {day}, Python {platform.python_version()}.",
        "",
    ]
    return "\n".join([*head, *_emerging(runs), "", *_steady(runs)]) + "\n"


def _emerging(runs: int) -> list[str]:
    found = Counter[str]()
    for seed in range(1, runs + 1):
        found.update(_of_emerging(seed))
    names = {
        "rises": "rising need told as new", "holds": "its interval holds the factor",
        "holiday": "holiday decoy not told", "share": "share decoy not told",
        "theme": "both words of the theme among the first five",
        "owners": f"owner shares whose interval holds the truth, of {5 * runs}",
        "raw": f"shares as coded that lie in it, of {5 * runs}", "kappa": "kappa's interval holds the truth",
        "false": "other needs told as new",
    }  # fmt: skip
    rows = [f"| {words} | {found[code]} |" for code, words in names.items()]
    return [f"| of {runs} desks on which something rises | |", "|---|---|", *rows]


def _of_emerging(seed: int) -> dict[str, int]:
    desk, result = studied(seed, CUSTOMERS, "emerging_needs")
    truth = desk.truth.needs_and_causes
    assert truth is not None and truth.theme is not None
    told = {one.name for one in result.news.rose}
    rising, holiday, share = (truth.surge(kind) for kind in ("rising", "holiday", "share"))
    mine = next((one for one in result.news.tested if one.name == rising.need_code), None)
    shares = {one.name: one for one in result.owners}
    first = {one.term for one in result.written.rising[:5]}
    kappa = result.coding.against["owner"].kappa if result.coding else None
    studied.cache_clear()
    desk_of.cache_clear()
    return {
        "rises": int(rising.need_code in told),
        "holds": int(mine is not None and mine.low <= rising.factor <= mine.high),
        "holiday": int(holiday.need_code not in told),
        "share": int(share.need_code not in told),
        "theme": int(set(truth.theme.terms.values()) <= first),
        "owners": sum(shares[o].low <= s <= shares[o].high for o, s in truth.owner_shares.items()),
        "raw": sum(shares[o].low <= shares[o].raw <= shares[o].high for o in truth.owner_shares),
        "kappa": int(kappa is not None and kappa.low <= truth.kappa_owner <= kappa.high),
        "false": len(told - {rising.need_code, holiday.need_code, share.need_code}),
    }


def _steady(runs: int) -> list[str]:
    found = Counter[str]()
    for seed in range(1, runs + 1):
        _, result = studied(seed, CUSTOMERS, "steady_needs")
        found["needs"] += bool(result.news.rose)
        found["words"] += bool(result.written.rising)
        found.update(c.code for c in result.checks if c.passed is False)
        studied.cache_clear()
        desk_of.cache_clear()
    rows = [
        f"| a need told as new | {found.pop('needs', 0)} |",
        f"| a word told as rising | {found.pop('words', 0)} |",
    ]
    rows += [f"| check `{code}` not passed | {n} |" for code, n in sorted(found.items())]
    return [f"| of {runs} quiet desks | |", "|---|---|", *rows]

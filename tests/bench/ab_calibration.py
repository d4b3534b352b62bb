"""How often the A/B estimators find an effect where there is none, and cover one that is there.

Customers' money with a heavy tail, money that is mostly zero, visits and orders, cases in clusters.
Each row is one estimator on one kind of data: the share of runs that reject at 5 % when nothing
differs, and the share of 95 % intervals that hold a planted effect, from fresh draws. The bars are
4-6 % and 94-96 %; with 2,000 runs chance alone moves either by one point. Rows marked * have bars
of their own, given beside them: a relative lift whose control mean is near zero has intervals
without end, the bootstrap of a median is a little wide, Lee's bounds allow for more than chance
(in their row a plain comparison of the answers rejects in 7 % of runs), and shrunk effects are no
unbiased estimates (with DerSimonian and Laird's variance taken as known they covered 85 %).

In the last rows customers of shops or the like are assigned one by one, and the perk moves every
shop by another amount, nothing on average; sizes are very unequal, and these rows have three times
the runs. Where what it does is as skewed between shops as an exponential variable, a few dozen
shops are too few for any t interval, and the bars are wider.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import scipy

from cs_lib.aggregates import Answers, ClusterMoments, ClusterSums, Histogram, Moments
from cs_lib.methods.ab.adjusted import compare_adjusted, compare_adjusted_ratios
from cs_lib.methods.ab.clusters import compare_clusters
from cs_lib.methods.ab.clusters_adjusted import compare_clusters_adjusted
from cs_lib.methods.ab.compliance import complier_effect
from cs_lib.methods.ab.means import compare_means
from cs_lib.methods.ab.multiplicity import dunnett
from cs_lib.methods.ab.ratios import compare_ratios, ratio_lift, relative_lift
from cs_lib.methods.ab.robust import compare_quantiles, compare_winsorised, winsor_cap
from cs_lib.methods.ab.segments import interaction, shrink
from cs_lib.methods.ab.surveys import bounds_pvalue, lee_bounds
from cs_lib.methods.errors import or_none
from cs_lib.results import Effect

Rows = np.ndarray
Seen = tuple[float, float, float, float]  # p, low, high, truth
Draw = Callable[[np.random.Generator, bool], Seen]

N = 2_000
LIFT = 0.2
REJECTS, COVERS = (0.04, 0.06), (0.94, 0.96)
SKEWED = (0.04, 0.08), (0.92, 0.96)


@dataclass(frozen=True)
class Cell:
    """One row of the table; `draw` gives p, low, high and truth, without and with an effect."""

    estimator: str
    data: str
    draw: Draw
    rejects: tuple[float, float] = REJECTS
    covers: tuple[float, float] = COVERS
    times: int = 1  # so many times the runs


def moments(rows: Rows, *names: str) -> Moments:
    """Moments of rows, one column a name."""
    table = rows.reshape(len(rows), -1)
    cov = np.atleast_2d(np.cov(table, rowvar=False))
    return Moments("arm", names, len(table), table.mean(axis=0), cov)


def histogram(values: Rows) -> Histogram:
    """Distinct values and their counts."""
    return Histogram("arm", *np.unique(values, return_counts=True))


def heavy(rng: np.random.Generator, size: int) -> Rows:
    """Everybody spends, with a heavy tail (skewness 6)."""
    return rng.lognormal(3, 1, size)


def zeros(rng: np.random.Generator, size: int) -> Rows:
    """Four of five spend nothing."""
    return heavy(rng, size) * (rng.random(size) < 0.2)


MEAN = {heavy: np.exp(3.5), zeros: 0.2 * np.exp(3.5)}


def seen(effect: Effect, truth: float) -> Seen:
    """What a cell counts."""
    return effect.pvalue, effect.effect_ci_low, effect.effect_ci_high, truth


def money(
    compare: Callable[..., Effect], source: Callable[..., Rows], sizes: tuple[int, int] = (N, N)
) -> Draw:
    """Means of money, or their relative lift."""

    def draw(rng: np.random.Generator, lifted: bool) -> Seen:
        gain = LIFT * lifted
        control, treatment = source(rng, sizes[0]), (1 + gain) * source(rng, sizes[1])
        truth = gain if compare is relative_lift else gain * MEAN[source]
        return seen(compare(moments(control, "y"), moments(treatment, "y"), "y"), truth)

    return draw


def thin_profit(rng: np.random.Generator, lifted: bool) -> Seen:
    """Relative lift of a net value whose control mean is 3 standard errors from zero."""
    factor = 1 + LIFT * lifted
    control = rng.normal(3, 1_000**0.5, 1_000)
    treatment = rng.normal(3 * factor, 1_000**0.5, 1_000)
    try:
        return seen(relative_lift(moments(control, "y"), moments(treatment, "y"), "y"), factor - 1)
    except ValueError:  # refused: the control mean came out negative
        return 1.0, -np.inf, np.inf, 0.0


def visits(rng: np.random.Generator, size: int, rate: float) -> Rows:
    """Orders, sessions with a long tail, and visits before, which foretell both."""
    keen = rng.gamma(2, 2, size)
    sessions = 1 + rng.poisson(keen)
    return np.column_stack([rng.binomial(sessions, rate), sessions, rng.poisson(2 * keen)]).astype(
        float
    )


def ratios(compare: Callable[..., Effect], *, relative: bool = False) -> Draw:
    """Orders per session."""

    def draw(rng: np.random.Generator, lifted: bool) -> Seen:
        rate = 0.2 * (1 + LIFT * lifted)
        names = ("orders", "sessions", "before")
        pair = [moments(visits(rng, 1_000, r), *names) for r in (0.2, rate)]
        truth = rate / 0.2 - 1 if relative else rate - 0.2
        return seen(compare(*pair, "orders", "sessions", metric="ratio"), truth)

    return draw


def adjusted(source: Callable[..., Rows], *, turning: bool = False) -> Draw:
    """Money adjusted for money before and noise; the effect may grow with money before."""

    def customers(rng: np.random.Generator, gain: float) -> Rows:
        before = source(rng, N)
        after = 0.5 * before + source(rng, N)
        added = gain * (before if turning else MEAN[source])
        return np.column_stack([after + added, before, rng.normal(size=N)])

    def draw(rng: np.random.Generator, lifted: bool) -> Seen:
        names, gain = ("y", "before", "noise"), LIFT * lifted
        pair = [moments(customers(rng, g), *names) for g in (0.0, gain)]
        return seen(compare_adjusted(*pair, "y", names[1:]), gain * MEAN[source])

    return draw


def clustered(clusters: int, *, crossed: bool = False) -> Draw:
    """Cases by agent: unequal sizes, intra-class correlation 0.2, skewed between agents."""

    def draw(rng: np.random.Generator, lifted: bool) -> Seen:
        sizes = 2 + rng.poisson(8, clusters) + 20 * (rng.random(clusters) < 0.1)
        own = (rng.exponential(1, clusters) - 1) * np.sqrt(0.2)
        agent = np.tile(np.arange(clusters), 2) if crossed else np.arange(clusters)
        variant = np.arange(len(agent)) >= len(agent) // 2
        n = sizes[agent]
        total = n * (own[agent] + LIFT * lifted * variant) + rng.normal(0, np.sqrt(0.8 * n))
        within = 0.8 * rng.chisquare(n - 1)
        sums = ClusterSums(agent, np.where(variant, "t", "c"), n, total, within)
        return seen(compare_clusters(sums, "y", control="c", treatment="t"), LIFT * lifted)

    return draw


def inside_clusters(
    clusters: int,
    *,
    share: float = 0.5,
    moved: float = 0.2,
    skewed: bool = False,
    covariate: bool = False,
) -> Draw:
    """Customers of shops, assigned one by one; the perk moves each shop by its own amount, `LIFT` or 0 on average.

    Intra-class correlation 0.2; `moved` is the variance of what the perk does to a shop. Shops differ in
    size, one of seven is fourfold. A covariate goes with the outcome inside and between shops.
    """
    arms = {"control": "c", "treatment": "t"}

    def common(rng: np.random.Generator) -> Rows:
        return rng.exponential(1, clusters) - 1 if skewed else rng.normal(size=clusters)

    def shops(rng: np.random.Generator, lift: float) -> ClusterMoments:
        sizes = 10 + rng.poisson(10, clusters) + 60 * (rng.random(clusters) < 0.15)
        shop = np.repeat(np.arange(clusters), sizes)
        treated = rng.random(len(shop)) < share
        own, gain = 0.2**0.5 * common(rng), lift + moved**0.5 * common(rng)
        before = common(rng)[shop] + rng.normal(size=len(shop))
        y = own[shop] + gain[shop] * treated + 0.8**0.5 * rng.normal(size=len(shop))
        table = np.column_stack([y + 0.5 * before, before] if covariate else [y])
        return _by_shop(table, 2 * shop + treated)

    def compared(m: ClusterMoments) -> Effect:
        if covariate:
            return compare_clusters_adjusted(m, "y", ["before"], **arms)
        total, within = m.n * m.mean[:, 0], m.within[:, 0, 0]
        return compare_clusters(ClusterSums(m.cluster, m.variant, m.n, total, within), "y", **arms)

    def draw(rng: np.random.Generator, lifted: bool) -> Seen:
        while True:  # shops so unequal that they are refused are drawn again
            effect = or_none(partial(compared, shops(rng, LIFT * lifted)))
            if effect is not None:
                return seen(effect, LIFT * lifted)

    return draw


def _by_shop(table: Rows, cell: Rows) -> ClusterMoments:
    """Moments by shop and variant; odd cells are treated."""
    cells, at, n = np.unique(cell, return_inverse=True, return_counts=True)
    k = table.shape[1]
    mean = np.column_stack([np.bincount(at, table[:, j]) for j in range(k)]) / n[:, None]
    away = table - mean[at]
    within = [[np.bincount(at, away[:, i] * away[:, j]) for j in range(k)] for i in range(k)]
    variant = np.where(cells % 2 == 1, "t", "c")
    names = ("y", "before")[:k]
    return ClusterMoments(names, cells // 2, variant, n, mean, np.array(within).transpose(2, 0, 1))


def compliers(rng: np.random.Generator, lifted: bool) -> Seen:
    """Money; 30 % redeem when offered, who spend more anyway."""
    arms, gain = [], 5.0 * lifted
    for offered in (False, True):
        willing = rng.random(N) < 0.3
        taken = willing & offered
        arms.append(np.column_stack([heavy(rng, N) + 10 * willing + gain * taken, taken]))
    pair = [moments(arm, "y", "taken") for arm in arms]
    return seen(complier_effect(*pair, "y", "taken"), gain)


def winsorised(rng: np.random.Generator, lifted: bool) -> Seen:
    """Money that is mostly zero; the truth is the effect on capped values, from a large sample."""
    factor = 1 + LIFT * lifted
    pair = histogram(zeros(rng, N).round(2)), histogram((factor * zeros(rng, N)).round(2))
    cap = winsor_cap(list(pair), "y")
    effect = compare_winsorised(*pair, "y", cap=cap)
    return seen(effect, _capped_mean(cap / factor) * factor - _capped_mean(cap))


def _capped_mean(cap: float) -> float:
    """Expectation of min(value, cap) for the money that is mostly zero."""
    d = np.log(cap) - 3
    below = np.exp(3.5) * scipy.special.ndtr(d - 1)
    return float(0.2 * (below + cap * scipy.special.ndtr(-d)))


def medians(rng: np.random.Generator, lifted: bool) -> Seen:
    """Medians of heavy-tailed money, to the cent."""
    factor = 1 + LIFT * lifted
    pair = histogram(heavy(rng, 500).round(2)), histogram((factor * heavy(rng, 500)).round(2))
    seed = int(rng.integers(2**31))
    effect = compare_quantiles(*pair, "y", share=0.5, seed=seed, draws=2_000)
    return seen(effect, (factor - 1) * np.exp(3))


def dunnett_any(rng: np.random.Generator, lifted: bool) -> Seen:
    """Three treatments of unequal size: any false finding, and all intervals at once."""
    factor = 1 + LIFT * lifted
    control = moments(zeros(rng, N), "y")
    arms = [moments(factor * zeros(rng, n), "y") for n in (N, N // 2, N)]
    truth = (factor - 1) * MEAN[zeros]
    effects = dunnett(control, arms, "y")
    worst = max(effects, key=lambda e: abs(e.effect - truth) / (e.effect_ci_high - e.effect))
    return min(e.pvalue for e in effects), worst.effect_ci_low, worst.effect_ci_high, truth


def same_everywhere(rng: np.random.Generator, lifted: bool) -> Seen:
    """Interaction over four segments with one effect; it has no interval."""
    effects = {}
    for segment, size in enumerate((150, 300, 600, 1_200)):
        shift = 10.0 * segment
        pair = [moments(heavy(rng, size) + shift + g, "y") for g in (0.0, 4.0 * lifted)]
        effects[str(segment)] = compare_means(*pair, "y")
    return interaction(effects).pvalue, np.nan, np.nan, np.nan


def spreading(rng: np.random.Generator, lifted: bool) -> Seen:
    """Money before foretells both the mean and the spread; arms of unequal size."""
    arms, gain = [], 2.0 * lifted
    for size, added in ((N, 0.0), (N // 4, gain)):
        before = rng.gamma(1, 10, size)
        noise = rng.normal(0, 1 + before / 2, size)
        arms.append(moments(np.column_stack([before + noise + added, before]), "y", "before"))
    return seen(compare_adjusted(*arms, "y", ["before"]), gain)


def shrunk(spread: float) -> Draw:
    """One of eight segments; without an effect none has one, with it they vary by `spread`."""

    def draw(rng: np.random.Generator, lifted: bool) -> Seen:
        truth = (0.5 + spread * rng.normal(size=8)) * lifted
        effects = {}
        for i, size in enumerate((40, 60, 80, 100, 150, 200, 300, 400)):
            sd = 1 + i / 4
            control, treatment = rng.normal(0, sd, size), rng.normal(truth[i], sd, size // 2)
            effects[str(i)] = compare_means(moments(control, "y"), moments(treatment, "y"), "y")
        one = int(rng.integers(8))
        return seen(shrink(effects)[str(one)], truth[one])

    return draw


def silent(rng: np.random.Generator, lifted: bool) -> Seen:
    """A score from 0 to 10 that the satisfied give more often, and everybody more often after the perk."""
    gain = 0.4 * lifted
    before, after, answered, answers = _customers_asked(rng, 1_200, gain)
    pair = (
        Answers(histogram(before[:600][answered[:600]]), 600),
        Answers(histogram(after[600:][answers[600:]]), 600),
    )
    bounds = lee_bounds(*pair, "score")
    return bounds_pvalue(bounds), bounds.ci_low, bounds.ci_high, _for_those_who_always_answer(gain)


def _customers_asked(rng: np.random.Generator, size: int, gain: float) -> tuple[Rows, ...]:
    """Score and whether it is given, without and with the perk; nobody falls silent through it."""
    latent, will = rng.normal(7, 2, size), rng.random(size)
    before, after = (np.clip(np.rint(latent + g), 0, 10) for g in (0.0, gain))
    chance = [scipy.special.expit(-1 + 0.3 * (s - 7) + a) for s, a in ((before, 0.0), (after, 0.4))]
    return before, after, will < chance[0], will < chance[1]


@cache
def _for_those_who_always_answer(gain: float) -> float:
    """The truth that Lee's bounds speak of, from a large sample."""
    before, after, answered, _ = _customers_asked(np.random.default_rng(1), 4_000_000, gain)
    return float((after - before)[answered].mean())


def _inside_rows(clusters: int) -> list[Cell]:
    """Customers assigned one by one inside so many clusters."""
    method = "CR2, Satterthwaite"
    inside, data = partial(inside_clusters, clusters), f"one by one inside {clusters} clusters"
    return [
        Cell(method, data, inside(), times=3),
        Cell(method, f"{data}, 20 % treated", inside(share=0.2), times=3),
        Cell(method, f"{data}, no cluster moved", inside(moved=0.0), times=3),
        Cell(method, f"{data}, skewed", inside(skewed=True), *SKEWED, times=3),
        Cell(f"Lin, {method}", data, inside(covariate=True), times=3),
    ]


CELLS = (
    Cell("Welch", "heavy tail", money(compare_means, heavy)),
    Cell("Welch", "mostly zero", money(compare_means, zeros)),
    Cell("Welch", "mostly zero, 2,000 against 1,500", money(compare_means, zeros, (N, 1_500))),
    Cell("Relative lift, log", "heavy tail", money(relative_lift, heavy)),
    Cell("Relative lift, log", "mostly zero", money(relative_lift, zeros)),
    Cell("Relative lift, Fieller", "control mean near zero", thin_profit, (0.0, 0.06), (0.94, 1.0)),
    Cell("Ratio, delta", "orders per session", ratios(compare_ratios)),
    Cell("Ratio, relative", "orders per session", ratios(ratio_lift, relative=True)),
    Cell(
        "Ratio, adjusted",
        "orders per session",
        ratios(partial(compare_adjusted_ratios, covariates=["before"])),
    ),
    Cell("Lin adjustment", "heavy tail", adjusted(heavy)),
    Cell("Lin adjustment", "mostly zero", adjusted(zeros)),
    Cell("Lin adjustment", "mostly zero, varying effect", adjusted(zeros, turning=True)),
    Cell("CR2, Satterthwaite", "10 + 10 clusters", clustered(20)),
    Cell("CR2, Satterthwaite", "30 + 30 clusters", clustered(60)),
    Cell("CR2, Satterthwaite", "30 clusters in both arms", clustered(30, crossed=True)),
    Cell("CR1, t(G - 1)", "100 + 100 clusters", clustered(200)),
    Cell("Complier effect, HC2", "heavy tail", compliers),
    Cell("Winsorised", "mostly zero", winsorised),
    Cell("Median, bootstrap", "heavy tail", medians, (0.03, 0.06), (0.94, 0.97)),
    Cell("Dunnett, any of three", "mostly zero", dunnett_any),
    Cell("Interaction F", "heavy tail, four segments", same_everywhere),
    Cell("Lin adjustment", "2,000 against 500, spread grows with covariate", spreading),
    Cell("Shrunk segments", "eight, spread as noise", shrunk(0.3), (0.0, 0.06), (0.91, 1.0)),
    Cell("Shrunk segments", "eight, spread beyond noise", shrunk(1.0), (0.0, 0.06), (0.91, 1.0)),
    Cell("Lee bounds", "a perk that also changes who answers", silent, (0.0, 0.06), (0.94, 1.0)),
    *(row for clusters in (12, 30, 100) for row in _inside_rows(clusters)),
)


def measure(cell: Cell, runs: int, *, seed: int) -> tuple[float, float]:
    """Share rejected without an effect, and share of intervals that hold the planted one."""
    null, fresh = np.random.default_rng([seed, 0]), np.random.default_rng([seed, 1])
    runs *= cell.times
    rejected = np.mean([cell.draw(null, False)[0] < 0.05 for _ in range(runs)])
    found = np.array([cell.draw(fresh, True)[1:] for _ in range(runs)])
    if np.isnan(found).any():
        return float(rejected), float("nan")
    return float(rejected), float(
        ((found[:, 0] <= found[:, 2]) & (found[:, 2] <= found[:, 1])).mean()
    )


def holds(cell: Cell, rejected: float, covered: float) -> bool:
    """Whether a row meets its bars."""
    found = cell.covers[0] <= covered <= cell.covers[1]
    return cell.rejects[0] <= rejected <= cell.rejects[1] and (bool(np.isnan(covered)) or found)


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy"
    lines = ["# Calibration of the A/B estimators", "", (__doc__ or "").split("\n\n", 1)[1].strip()]
    lines += ["", f"{runs} runs a row; {day}; {versions} {scipy.__version__}.", ""]
    lines += ["| estimator | data | rejected | covered | bars |", "|---|---|---|---|---|"]
    for seed, cell in enumerate(CELLS):
        rejected, covered = measure(cell, runs, seed=seed)
        shown = "" if np.isnan(covered) else f"{covered:.3f}"
        verdict = "hold" if holds(cell, rejected, covered) else "MISSED"
        star = "" if (cell.rejects, cell.covers) == (REJECTS, COVERS) else "*"
        if star:
            verdict += ": " + ", ".join(f"{a:.2f}-{b:.2f}" for a, b in (cell.rejects, cell.covers))
        lines.append(
            f"| {cell.estimator}{star} | {cell.data} | {rejected:.3f} | {shown} | {verdict} |"
        )
    return "\n".join(lines) + "\n"

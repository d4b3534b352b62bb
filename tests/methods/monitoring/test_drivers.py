"""The change of contacts per order by what drove it: by hand, by Shapley's definition, and on drawn periods."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from cs_lib.aggregates import DriverCounts, Series
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its.mix import split_mix
from cs_lib.methods.monitoring.drivers import split_drivers

CELLS = (("late", "chat"), ("late", "phone"), ("rude", "chat"), ("odd", "chat"))
WEEKS = np.arange(np.datetime64("2026-01-05"), np.datetime64("2026-02-02"), 7)


def counts(orders, first, further, cells=CELLS, squares=None):
    """A period of equal weeks from its totals, which are multiples of four."""
    weekly = [np.tile(np.array(x) // 4, (4, 1)) for x in (first, further)]
    return DriverCounts(
        WEEKS,
        np.full(4, orders // 4),
        cells,
        *weekly,
        np.array(further if squares is None else squares),
        0,
        0,
    )


def drawn(
    rng, orders=4_000, rates=(0.05, 0.02, 0.03, 0.002), further=(0.3, 0.5, 0.1, 0.2), week_sd=0.0
):
    """A period drawn order by order; all rates of a week move together and each alone."""
    rates, further = np.array(rates), np.array(further)
    moved = rates * np.exp(rng.normal(0, week_sd, (4, 1)) + rng.normal(0, week_sd, (4, len(rates))))
    first = rng.multinomial(orders // 4, np.column_stack([moved, 1 - moved.sum(axis=1)]))[:, :-1]
    more, squares = np.zeros_like(first), np.zeros(len(rates), dtype=np.int64)
    for (week, cell), n in np.ndenumerate(first):
        x = rng.poisson(further[cell], n)
        more[week, cell], squares[cell] = x.sum(), squares[cell] + (x**2).sum()
    return DriverCounts(WEEKS, np.full(4, orders // 4), CELLS, first, more, squares, 0, 0)


def test_one_channel_is_kitagawas_split_by_hand():
    cells = (("late", "all"), ("rude", "all"))
    before = counts(1_000, [40, 20], [20, 0], cells)
    after = counts(2_000, [120, 20], [120, 4], cells)
    found = split_drivers(before, after)
    # late: 40 to 60 per 1,000 with 1.5 and 2 contacts each; rude: 20 to 10 with 1 and 1.2.
    assert (found.before, found.after) == pytest.approx((80, 132))
    late, rude = found.parts
    assert (late.by_problems.value, late.by_repeats.value) == pytest.approx((20 * 1.75, 50 * 0.5))
    assert (rude.by_problems.value, rude.by_repeats.value) == pytest.approx((-10 * 1.1, 15 * 0.2))
    assert found.by_mix.value == 0 and found.by_problems.value == pytest.approx(24)
    assert (late.rate_change.value, rude.rate_change.value) == pytest.approx((20, -10))
    assert found.problem_change.value == pytest.approx(10) and late.repeats_after == pytest.approx(
        1
    )


def test_it_is_the_houses_split_of_a_mean_where_only_channels_move():
    """The same rate of problems and contacts per first one: what is left is a mean over channels."""
    before = counts(1_000, [60, 20, 0, 0], [60, 0, 0, 0])
    after = counts(1_000, [20, 60, 0, 0], [40, 60, 0, 0])
    found = split_drivers(before, after)
    days = np.array(["2026-01-01", "2026-01-02"], dtype="M8[D]")
    parts = {
        "chat": Series("x", days, np.array([120.0, 60.0]), np.array([60.0, 20.0])),
        "phone": Series("x", days, np.array([20.0, 120.0]), np.array([20.0, 60.0])),
    }
    other = split_mix(parts, "channel", intervention_date="2026-01-02")
    assert found.by_mix.value == pytest.approx(80 * other.by_mix, abs=1e-12)
    assert found.by_repeats.value == pytest.approx(80 * other.by_change, abs=1e-12)
    assert found.by_problems.value == pytest.approx(0)


def shapley(before, after):
    """By the definition: every order in which a need's rate, its channels' shares and their repeats may change."""
    needs = list(dict.fromkeys(need for need, _ in CELLS))
    found = {need: np.zeros(3) for need in needs}
    for need in needs:
        mine = [i for i, cell in enumerate(CELLS) if cell[0] == need]
        sides = []
        for side in (before, after):
            f, x = (part.sum(axis=0)[mine].astype(float) for part in (side.first, side.further))
            load = [1 + x[i] / f[i] if f[i] else None for i in range(len(mine))]
            share = f / f.sum() if f.sum() else None
            sides.append([f.sum() / side.orders.sum(), share, load])
        for one, other in (sides, sides[::-1]):
            one[1] = other[1] if one[1] is None else one[1]
            one[2] = [b if a is None else a for a, b in zip(one[2], other[2], strict=True)]
        if sides[0][1] is None:
            continue

        def value(which, sides=sides):
            rate, share, load = (sides[which[i]][i] for i in range(3))
            return 1_000 * rate * sum(s * m for s, m in zip(share, load, strict=True) if s)

        for order in permutations(range(3)):
            which = [0, 0, 0]
            for factor in order:
                was = value(which)
                which[factor] = 1
                found[need][factor] += (value(which) - was) / 6
    return found


@pytest.mark.parametrize("seed", range(5))
def test_parts_are_shapleys_and_add_up_to_the_change(seed):
    rng = np.random.default_rng(seed)
    before = drawn(rng, rates=(0.05, 0.02, 0.03, 0.0))
    after = drawn(rng, rates=(0.04, 0.03, 0.0 if seed % 2 else 0.02, 0.002))
    found, again = split_drivers(before, after), shapley(before, after)
    for part in found.parts:
        mine = [part.by_problems.value, part.by_mix.value, part.by_repeats.value]
        assert mine == pytest.approx(again[part.name].tolist(), abs=1e-12)
    change = found.after - found.before
    assert found.change.value == pytest.approx(change, abs=1e-12)
    kinds = (found.by_problems, found.by_mix, found.by_repeats)
    assert sum(kind.value for kind in kinds) == pytest.approx(change, abs=1e-12)
    assert sum(p.rate_change.value for p in found.parts) == pytest.approx(
        found.problems_after - found.problems_before, abs=1e-12
    )
    back = split_drivers(after, before)
    assert back.by_repeats.value == pytest.approx(-found.by_repeats.value, abs=1e-12)


def test_by_channel_the_parts_are_channels():
    rng = np.random.default_rng(1)
    before, after = drawn(rng), drawn(rng)
    found = split_drivers(before, after, level="channel")
    assert [part.name for part in found.parts] == ["chat", "phone"]
    collapsed = split_drivers(before.by("channel"), after.by("channel"), level="channel")
    assert collapsed.change.value == pytest.approx(found.change.value, abs=1e-12)
    assert collapsed.by_mix.value == 0
    one, other = (split.parts[0].rate_change for split in (collapsed, found))
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=1e-9)


def test_a_need_that_is_new_adds_problems_only_and_few_are_told():
    before, after = (
        counts(1_000, [40, 20, 8, 0], [0] * 4),
        counts(1_000, [40, 20, 8, 4], [0, 0, 0, 4]),
    )
    odd = split_drivers(before, after).parts[-1]
    assert (odd.by_problems.value, odd.by_mix.value, odd.by_repeats.value) == (8, 0, 0)
    assert odd.few and np.isnan(odd.repeats_before) and odd.repeats_after == 1


@pytest.mark.parametrize(("week_sd", "low", "high"), [(0.0, 0.92, 1.0), (0.15, 0.88, 1.0)])
def test_intervals_hold_the_truth_as_often_as_they_say(week_sd, low, high):
    """Two periods drawn alike: every effect is zero."""
    rng, held = np.random.default_rng(11), []
    for _ in range(100):
        found = split_drivers(drawn(rng, week_sd=week_sd), drawn(rng, week_sd=week_sd))
        one = [found.change, found.by_problems, found.problem_change, found.by_repeats]
        one += [found.parts[0].rate_change, found.parts[0].by_problems]
        held.append([e.low <= 0 <= e.high for e in one])
    shares = np.mean(held, axis=0)
    assert (shares >= low).all() and (shares <= high).all(), shares


def test_errors_of_single_orders_are_those_of_drawn_periods():
    rng = np.random.default_rng(5)
    values, widths = [], []
    for _ in range(120):
        found = split_drivers(drawn(rng), drawn(rng, rates=(0.06, 0.01, 0.03, 0.004)))
        part = found.parts[0]
        values.append([part.by_problems.value, part.by_mix.value, part.by_repeats.value])
        widths.append(
            [(e.high - e.low) / 2 for e in (part.by_problems, part.by_mix, part.by_repeats)]
        )
    ratio = np.mean(widths, axis=0) / 1.96 / np.std(values, axis=0)
    assert (np.abs(ratio - 1.1) < 0.25).all(), ratio


def test_nothing_to_split_is_refused():
    some, none = counts(1_000, [40, 20, 8, 4], [0] * 4), counts(1_000, [0] * 4, [0] * 4)
    with pytest.raises(CannotEstimate, match="no contact about its orders"):
        split_drivers(some, none)
    with pytest.raises(ValueError, match="same cells"):
        split_drivers(some, some.by("need"))

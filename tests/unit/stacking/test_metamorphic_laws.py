"""Laws of the engine over the whole vocabulary: two evaluations of things that belong together.

What holds of a further unit, precisely: **it never turns yes into no**, whatever the rules, shares and means and
exclusions too, because nothing has to be counted. Nor does it make an answer dearer, or a gap larger, or a way on
longer. Only rules over all attempted units can break: a failed unit lowers a mean over attempts for good.
"""

import copy
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from relaxing import relaxations
from stacking_samples import changed, rules, setting_of
from test_rules_over_attempts import MEAN, PASSED, SCALE, graded
from test_stacking_against_wide_oracle import candidate, random_item, random_world, stated
from wide_oracle import Item, World, leaves

from creditbank.framework import Qualification
from creditbank.stacking import Candidate, Evaluation, evaluate

pytestmark = pytest.mark.slow

CHUNKS = range(6)
EACH = 40
SETTING = setting_of()
NO_WAY = (10**9, 10**9)


def seeds(chunk: int, law: int) -> range:
    first = 1_000_000 * law + chunk * EACH
    return range(first, first + EACH)


def drawn(seed: int) -> tuple[World, tuple[Item, ...], tuple[Item, ...]]:
    """A random world with a unit or two more than the oracle would stand."""
    world, items, offers = random_world(seed)
    chance = random.Random(f"more/{seed}")
    if chance.random() < 0.5:
        world = with_totals(world)
    more = [random_item(chance, f"v{index}", whole=world.whole) for index in range(chance.randint(0, 3))]
    return world, (*items, *more), offers


def with_totals(world: World) -> World:
    """The same rules with their plain caps turned into totals, if that is still a document."""
    root = copy.deepcopy(world.root)
    for leaf in (one for group in (root, *root["of"]) for one in group.get("of", ())):
        if "credits_at_most" in leaf and leaf["kind"] == "limit" and "per" not in leaf:
            leaf["credits_at_least"] = leaf.pop("credits_at_most")
    try:
        stated(replace(world, root=root))
    except ValidationError:
        return world
    return replace(world, root=root)


def over_attempts(world: World) -> bool:
    """Whether a rule runs over all that was attempted."""
    return any(leaf.get("over") == "attempted" for leaf in leaves(world))


def weigh(world: World, items: tuple[Item, ...], offers: tuple[Item, ...] = ()) -> Evaluation:
    catalogue = [candidate(item) for item in offers if item.available]
    return evaluate(stated(world), [candidate(item) for item in items], SETTING, catalogue=catalogue)


def missing(found: Evaluation) -> tuple[int, int]:
    """The gap as it is compared: nothing for a yes, more than anything where no further units could help."""
    if found.adds_up:
        return 0, 0
    return NO_WAY if found.gap is None else (found.gap.credits.thousandths, found.gap.units)


def steps(found: Evaluation) -> int:
    if found.adds_up:
        return 0
    return NO_WAY[0] if found.path is None else len(found.path.steps)


@pytest.mark.parametrize("chunk", CHUNKS)
def test_the_order_of_what_is_given_never_matters(chunk: int) -> None:
    for seed in seeds(chunk, 1):
        world, items, offers = drawn(seed)
        chance = random.Random(seed)
        first = weigh(world, items, offers)
        shuffled = tuple(chance.sample(items, len(items))), tuple(chance.sample(offers, len(offers)))
        again = weigh(world, *shuffled)
        assert again.to_json() == first.to_json(), seed
        assert again.digest == first.digest, seed


@pytest.mark.parametrize("chunk", CHUNKS)
def test_a_further_unit_never_breaks_a_yes_nor_makes_anything_dearer(chunk: int) -> None:
    for seed in seeds(chunk, 2):
        world, items, offers = drawn(seed)
        if over_attempts(world):
            continue
        more = random_item(random.Random(f"further/{seed}"), "further", whole=world.whole)
        before, after = weigh(world, items, offers), weigh(world, (*items, more), offers)
        assert after.adds_up or not before.adds_up, seed
        assert missing(after) <= missing(before), seed
        assert steps(after) <= steps(before), seed
        if before.adds_up:
            assert after.totals.counted <= before.totals.counted, seed


EVERY_CONSTRUCT = {
    "all: a node less", "all: any of them", "n-of: one less", "any: one more choice",
    "requirement: credits_at_least", "requirement: units_at_least", "requirement: credits_at_most",
    "requirement: units_at_most", "requirement: a wider choice", "requirement: not all the same",
    "limit: credits_at_least", "limit: credits_at_most", "limit: units_at_least", "limit: units_at_most",
    "limit: share_at_least", "limit: share_at_most", "limit: distinct_at_least", "limit: distinct_at_most",
    "limit: in_one_at_least", "limit: mean_at_least", "limit: points_at_least", "limit: span_at_most",
    "limit: a wider choice", "limit: speaks of fewer", "prerequisite: credits_at_least",
    "prerequisite: the same day too", "prerequisite: needs anything", "prerequisite: speaks of fewer",
    "exclusion: a choice less", "admits: parts count", "admits: an achievement counts each time",
    "admits: any unit", "sharing: one place more", "sharing: no units_at_most", "sharing: no credits_at_most",
}  # fmt: skip


@pytest.mark.slow
def test_relaxing_any_rule_never_turns_yes_into_no_and_tightening_never_no_into_yes() -> None:
    """Of two rules one is looser: it is not so that the stricter one is met and the looser is not."""
    tried: Counter[str] = Counter()
    for seed in range(3_000_000, 3_001_500):
        if seed >= 3_000_420 and {name for name, times in tried.items() if times} >= EVERY_CONSTRUCT:
            break  # by then each was tried on a yes
        world, items, _ = drawn(seed)
        strict = weigh(world, items)
        chance = random.Random(seed)
        ways = relaxations(world, chance)
        chance.shuffle(ways)
        for name, looser in sorted(ways, key=lambda way: tried[way[0]])[:3]:
            try:
                found = weigh(looser, items)
            except ValidationError:
                continue  # the looser tree names a node that is gone, or is otherwise no document
            tried[name] += strict.adds_up
            assert found.adds_up or not strict.adds_up, (seed, name)
            assert missing(found) <= missing(strict) or not _gap_is_comparable(name), (seed, name)
    missed = EVERY_CONSTRUCT - {name for name, times in tried.items() if times}
    assert not missed, missed


def _gap_is_comparable(name: str) -> bool:
    """Whether a relaxation can only make the gap smaller, lexicographically by credits and then by units."""
    return not name.startswith(("admits", "sharing"))


@pytest.mark.parametrize("chunk", CHUNKS)
def test_a_unit_that_the_answer_does_not_use_can_go_and_the_answer_stays(chunk: int) -> None:
    for seed in seeds(chunk, 4):
        world, items, _ = drawn(seed)
        if over_attempts(world):
            continue  # a unit that is given was attempted, whether it is used or not
        first = weigh(world, items)
        used = {use.credential for use in first.uses}
        for item in items:
            name = candidate(item).facts.credential
            if name in used:
                continue
            without = weigh(world, tuple(other for other in items if other is not item))
            assert without.verdict is first.verdict, (seed, name)
            assert missing(without) == missing(first), (seed, name)
            assert without.uses == first.uses, (seed, name)


def renamed(qualification: Qualification, items: list[Candidate], names: dict[str, str]) -> Evaluation:
    """The same units under other ids. An id is also the issue's, as it is in the samples."""
    given = []
    for one in items:
        name = names[one.facts.credential]
        given.append(changed(one, credential=name, first_issue=name))
    return evaluate(qualification, given, SETTING)


@pytest.mark.parametrize("chunk", CHUNKS)
def test_other_names_change_only_which_of_equals_is_used(chunk: int) -> None:
    """With other ids verdict, credits and gap are the same. Where no two units were earned on one day the names do not
    decide anything, and the answer is the same but for them.
    """
    for seed in seeds(chunk, 5):
        world, items, _ = drawn(seed)
        chance = random.Random(seed)
        apart = chance.random() < 0.5
        if apart:
            days = chance.sample(range(900), len(items))
            items = tuple(
                replace(item, day=world.today - timedelta(days=day)) for item, day in zip(items, days, strict=True)
            )
        qualification, units = stated(world), [candidate(item) for item in items]
        ids = [f"urn:uuid:{number:02d}" for number in range(len(units))]
        names = dict(zip([one.facts.credential for one in units], chance.sample(ids, len(ids)), strict=True))
        first, other = evaluate(qualification, units, SETTING), renamed(qualification, units, names)
        assert other.verdict is first.verdict, seed
        assert other.proven == first.proven, seed
        assert missing(other) == missing(first), seed
        if first.adds_up:
            assert other.totals.counted == first.totals.counted, seed
        if apart:
            assert uses_of(other, {}) == uses_of(first, names), seed


def uses_of(found: Evaluation, names: dict[str, str]) -> list[tuple[Any, ...]]:
    return sorted((names.get(use.credential, use.credential), use.amount, use.places) for use in found.uses)


@pytest.mark.parametrize("chunk", CHUNKS)
def test_a_part_of_the_catalogue_never_leads_further_than_the_whole(chunk: int) -> None:
    for seed in seeds(chunk, 6):
        world, items, offers = drawn(seed)
        chance = random.Random(seed)
        offers = (*offers, *(random_item(chance, f"offer{n}", whole=world.whole) for n in range(2, 5)))
        whole = steps(weigh(world, items, offers))
        cut = chance.randint(0, len(offers))
        parts = [steps(weigh(world, items, part)) for part in (offers[:cut], offers[cut:])]
        assert whole <= min(parts), seed


def test_a_further_attempt_breaks_a_yes_only_under_a_rule_over_attempts() -> None:
    failed = graded("b", "F")
    for over, stays in (("counted", True), ("attempted", False)):
        place = {"id": "p", "title": "P", "kind": "requirement", "where": PASSED, "credits_at_least": "3"}
        document = rules([place, {"id": "mean", "title": "Mean", "over": over, **MEAN}], grading=SCALE)
        assert evaluate(document, [graded("a", "C")], SETTING).adds_up
        assert evaluate(document, [graded("a", "C"), failed], SETTING).adds_up is stays

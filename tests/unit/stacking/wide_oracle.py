"""A second slow oracle, for all the constructs of the rules: it tries every amount and every set of places.

It shares no code with the room it judges, nor with the narrower oracle beside it. Rules are the plain dictionaries that
documents are made of; amounts are thousandths. What further credits could do, for the gap, is read as the room states
it: of whatever kind helps most, earned from now on, and in several requirements at once only where these may share.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from typing import Any

Rules = dict[str, Any]
DIGITS = {"broad-field": 2, "narrow-field": 3, "detailed-field": 4}
LETTERS = {"F": 0, "C": 2, "P": None, "B": 3, "A": 4}
WORST_TO_BEST = ["F", "C", "P", "B", "A"]
GERMAN = (5, 1)


@dataclass(frozen=True)
class Item:
    """One unit as this oracle sees it."""

    id: str
    credits: int
    available: int
    day: date
    provider: str
    category: str
    source: str
    achievement: str
    fields: tuple[str, ...]
    grade: tuple[str, str] | None
    revoked: bool = False
    foreign: bool = False
    """Of credits that nobody converts, and of a framework that nobody recognises."""
    offered: bool = False
    part: str = ""
    """Which part of a bundle it is; `id` is then that of the credential."""
    left: int = 10**6
    """How much is left of the credential of which it is a part."""
    of_all: int = 0
    """How much that credential has."""
    stated: bool = False
    """Whether the rules state its category."""
    head: Fraction = Fraction(1)
    """What it weighs where units are counted."""


@dataclass(frozen=True)
class World:
    """The rules around the tree, and the day."""

    root: Rules
    today: date
    whole: bool = True
    once: bool = False
    admits: Rules | None = None
    equivalents: tuple[tuple[str, ...], ...] = ()
    substitutes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sharing: tuple[Rules, ...] = ()
    given: tuple[Item, ...] = ()
    """All that was attempted."""
    bundles: tuple[tuple[str, tuple[tuple[str, str, int, str], ...]], ...] = ()
    """Achievements that are taken apart: parts by id, achievement, thousandths and category (or none)."""
    halves: Rules | None = None
    """Which units weigh half where units are counted."""


@dataclass(frozen=True)
class Pick:
    """A unit, how much of it counts, and the requirements that it fills."""

    item: Item
    amount: int
    places: frozenset[str]
    tried: bool = False

    @property
    def entire(self) -> bool:
        whole = not self.item.part or self.item.left >= self.item.of_all
        return self.tried or (whole and self.amount == self.item.credits)


@cache
def thousandths(text: str) -> int:
    return int(Fraction(text) * 1000)


def nodes(node: Rules, above: tuple[str, ...] = ()) -> Iterator[tuple[Rules, frozenset[str]]]:
    """Every leaf with the ids of itself and all groups above it."""
    line = (*above, node["id"])
    if "of" in node:
        for child in node["of"]:
            yield from nodes(child, line)
    else:
        yield node, frozenset(line)


def leaves(world: World) -> list[Rules]:
    return [leaf for leaf, _ in nodes(world.root)]


def same_class(world: World, one: str, other: str) -> bool:
    return one == other or any(one in group and other in group for group in world.equivalents)


def stands_in(world: World, held: str, named: str) -> bool:
    if same_class(world, held, named):
        return True
    return any(
        same_class(world, named, instead) and any(same_class(world, held, one) for one in accepted)
        for instead, accepted in world.substitutes
    )


def better(scale: str, grade: str) -> Fraction | None:
    """Where a grade stands, the larger the better; None when it is none."""
    if scale == "letters":
        return Fraction(WORST_TO_BEST.index(grade)) if grade in WORST_TO_BEST else None
    value = Fraction(grade)
    return -value if GERMAN[1] <= value <= GERMAN[0] else None


def worth(scale: str, item: Item) -> Fraction | None:
    if item.grade is None or item.grade[0] != scale or better(scale, item.grade[1]) is None:
        return None
    points = LETTERS.get(item.grade[1]) if scale == "letters" else Fraction(item.grade[1])
    return None if points is None else Fraction(points)


def speaks(world: World, where: Rules, item: Item) -> bool:
    return all(_holds(world, key, value, item) for key, value in where.items())


def _holds(world: World, key: str, value: Any, item: Item) -> bool:
    if key == "grade":
        if item.grade is None or item.grade[0] != value["scale"]:
            return False
        own = better(value["scale"], item.grade[1])
        low, high = value.get("at_least"), value.get("at_most")
        return (
            own is not None
            and (low is None or own >= (better(value["scale"], low) or 0))
            and (high is None or own <= (better(value["scale"], high) or 0))
        )
    return {
        "category": lambda: (item.stated or not item.foreign) and item.category in value,
        "provider": lambda: item.provider in value,
        "field": lambda: any(code[: len(wanted)] == wanted for wanted in value for code in item.fields),
        "achievement": lambda: any(stands_in(world, item.achievement, named) for named in value),
        "credential": lambda: item.id in value,
        "size_at_least": lambda: item.credits >= thousandths(value),
        "size_at_most": lambda: item.credits <= thousandths(value),
        "earned_from": lambda: item.day >= date.fromisoformat(value),
        "earned_until": lambda: item.day <= date.fromisoformat(value),
        "any_of": lambda: any(speaks(world, choice, item) for choice in value),
        "excluding": lambda: not speaks(world, value, item),
    }[key]()


def count(picks: Iterable[Pick]) -> Fraction:
    """How many units these are, where some weigh half."""
    return sum((pick.item.head for pick in picks), Fraction(0))


def lightest(world: World) -> Fraction:
    return Fraction(1) if world.halves is None else Fraction(1, 2)


def keys(per: str, item: Item) -> set[str]:
    if per in DIGITS:
        return {code[: DIGITS[per]] for code in item.fields if len(code) >= DIGITS[per]}
    own = {
        "provider": item.provider,
        "source-type": item.source,
        "achievement": item.achievement,
        "category": item.category if item.stated or not item.foreign else "",
        "year": str(item.day.year),
    }[per]
    return {own} if own else set()


def permitted(world: World, one: frozenset[str], other: frozenset[str]) -> int | None:
    """Which entry of sharing lets two requirements, given with all that is above them, share a unit."""
    for number, entry in enumerate(world.sharing):
        if any(a != b for a in one & set(entry["between"]) for b in other & set(entry["between"])):
            return number
    return None


def apart(world: World, items: Iterable[Item]) -> tuple[Item, ...]:
    """What the items stand for: a bundle for its parts, when it has as many credits as they."""
    parts, found = dict(world.bundles), []
    for item in items:
        own = parts.get(item.achievement, ())
        if item.part or not own:
            found.append(item)
        elif sum(credits for _, _, credits, _ in own) > item.credits:
            found.append(replace(item, available=0))
        else:
            spent = item.available < item.credits
            found += [
                replace(
                    item,
                    part=name,
                    achievement=earned,
                    credits=credits,
                    available=0 if spent and world.whole else min(credits, item.available),
                    category=category or item.category,
                    left=item.available,
                    of_all=item.credits,
                    stated=bool(category),
                )
                for name, earned, credits, category in own
            ]
    half = world.halves
    return tuple(
        replace(item, head=Fraction(1, 2)) if half is not None and speaks(world, half, item) else item for item in found
    )


def options(world: World, item: Item) -> list[Pick | None]:
    amounts = list(range(1, item.available + 1))
    if world.whole:
        amounts = [item.credits] if item.available == item.credits else []
    if item.revoked or item.foreign or (world.admits is not None and not speaks(world, world.admits, item)):
        amounts = []
    found: list[Pick | None] = [None]
    for amount in amounts:
        fitting = [
            (leaf["id"], line)
            for leaf, line in nodes(world.root)
            if leaf["kind"] == "requirement"
            and speaks(world, leaf.get("where", {}), item)
            and (not leaf.get("same") or keys(leaf["same"], item))
            and not (leaf.get("units_at_least") and not Pick(item, amount, frozenset()).entire)
        ]
        sets = [chosen for size in range(len(fitting) + 1) for chosen in combinations(fitting, size)]
        found += [
            Pick(item, amount, frozenset(name for name, _ in chosen))
            for chosen in sets
            if _may_fill(world, [line for _, line in chosen])
        ]
    return found


def _may_fill(world: World, lines: list[frozenset[str]]) -> bool:
    return all(number is not None for number in _entries(world, lines)[0]) and all(
        len(places) <= world.sharing[number].get("places_at_most", 2)
        for number, places in _entries(world, lines)[1].items()
    )


def _entries(world: World, lines: list[frozenset[str]]) -> tuple[list[int | None], dict[int, set[frozenset[str]]]]:
    through: dict[int, set[frozenset[str]]] = {}
    numbers = []
    for one, other in combinations(lines, 2):
        number = permitted(world, one, other)
        numbers.append(number)
        if number is not None:
            through.setdefault(number, set()).update((one, other))
    return numbers, through


def stacks(world: World, items: Iterable[Item]) -> Iterator[list[Pick]]:
    """Every stack in which what counts once does, and no more is shared than is permitted."""
    for picks in product(*(options(world, item) for item in items)):
        stack = [pick for pick in picks if pick is not None]
        if may_stand(world, stack):
            yield stack


def _of_bundles(world: World, stack: list[Pick]) -> bool:
    """Whether no more counts of a credential than is left, and each part of a bundle once, however it was earned."""
    of: dict[str, int] = {}
    for pick in stack:
        of[pick.item.id] = of.get(pick.item.id, 0) + pick.amount
    if any(of[pick.item.id] > pick.item.left for pick in stack):
        return False
    named = [earned for _, parts in world.bundles for _, earned, _, _ in parts]
    earned = [pick.item.achievement for pick in stack]
    return not any(earned.count(name) > 1 for name in named)


def may_stand(world: World, stack: list[Pick]) -> bool:
    """Whether these picks, each allowed by itself, may stand together: nothing twice, not too much shared."""
    lines = {leaf["id"]: line for leaf, line in nodes(world.root)}
    earned = [pick.item.achievement for pick in stack]
    if (world.once and len(set(earned)) < len(earned)) or not _of_bundles(world, stack):
        return False
    if any(sum(name in group for name in earned) > 1 for group in world.equivalents):
        return False
    users: dict[int, list[Pick]] = {}
    for pick in stack:
        for number in _entries(world, [lines[name] for name in sorted(pick.places)])[1]:
            users.setdefault(number, []).append(pick)
    return all(_share_kept(world.sharing[number], using) for number, using in users.items())


def _share_kept(entry: Rules, using: list[Pick]) -> bool:
    if "units_at_most" in entry:
        return count(using) <= int(entry["units_at_most"])
    if "credits_at_most" in entry:
        return sum(pick.amount for pick in using) <= thousandths(entry["credits_at_most"])
    return True


def end_of(leaf: Rules) -> str:
    return next(name for name in leaf if name.endswith(("_at_least", "_at_most")))


def run_over(world: World, leaf: Rules, stack: list[Pick]) -> list[Pick]:
    """What a rule runs over: what counts, or everything that was attempted, whole, whether it counts or not."""
    if leaf.get("over") != "attempted":
        return stack
    taken = [item for item in world.given if not item.revoked and not (item.offered and "in_one_at_least" in leaf)]
    return [Pick(item, 0 if item.foreign else item.credits, frozenset(), tried=True) for item in taken]


def in_doubt(world: World, leaf: Rules) -> bool:
    """Whether an attempted unit that nobody converts leaves open what a rule comes to."""
    blank = [item for item in world.given if item.foreign and not item.revoked]
    if leaf.get("over") != "attempted" or not blank:
        return False
    asked = [leaf.get(key) for key in ("where", "base", "needs", "between", "weights")]
    counts_units = leaf.get("weigh_by") == "units" or {"units_at_least", "units_at_most"} & leaf.keys()
    if counts_units:
        asked.append(world.halves)  # whether it weighs half may turn on its size
    if "size_at" in str(asked):
        return True
    end = end_of(leaf) if leaf["kind"] == "limit" else ""
    base = [item for item in blank if speaks(world, leaf.get("base", {}), item)]
    mine = [item for item in base if speaks(world, leaf.get("where", {}), item)]
    if end == "credits_at_most":
        return bool(mine)
    if "of_last" in leaf:
        return len(mine) < len(blank)
    if leaf.get("weigh_by") == "units":
        return False
    if end == "mean_at_least":
        return any(worth(leaf["grading"], item) is not None for item in mine)
    return end.startswith("share") and bool(base)


def inside(world: World, leaf: Rules, stack: list[Pick]) -> tuple[list[Pick], list[Pick]]:
    """What a limit speaks of, and what its shares are of."""
    stack = run_over(world, leaf, stack)
    if leaf.get("within"):
        stack = [pick for pick in stack if pick.places & places_in(world, leaf)]
    base = [pick for pick in stack if speaks(world, leaf.get("base", {}), pick.item)]
    return [pick for pick in base if speaks(world, leaf.get("where", {}), pick.item)], base


def places_in(world: World, leaf: Rules) -> frozenset[str]:
    """The requirements (by id) that a limit runs over what fills."""
    named = set(leaf.get("within", ()))
    return frozenset(
        one["id"] for one, line in nodes(world.root) if one["kind"] == "requirement" and not named.isdisjoint(line)
    )


def confined(world: World) -> frozenset[str]:
    return frozenset(name for leaf in leaves(world) for name in places_in(world, leaf))


def in_the_answer(world: World, held: set[str], node: Rules | None = None) -> set[str]:
    """The leaves that hold, as all groups above them do, when these leaves hold."""
    node = node or world.root
    if not tree_holds(node, held):
        return set()
    if "of" not in node:
        return {node["id"]}
    return {name for child in node["of"] for name in in_the_answer(world, held, child)}


def fills_beside(world: World, held: set[str], stack: list[Pick]) -> bool:
    """Whether a unit fills a place over which a limit runs, and which the answer does without."""
    apart_ = confined(world)
    return bool(apart_) and any(pick.places & apart_ - in_the_answer(world, held) for pick in stack)


def cut(leaf: Rules, picks: list[Pick]) -> dict[str, list[Pick]]:
    found: dict[str, list[Pick]] = {}
    for pick in picks:
        for key in keys(leaf["per"], pick.item) if "per" in leaf else {""}:
            found.setdefault(key, []).append(pick)
    return found


def amount_of(leaf: Rules, picks: Iterable[Pick]) -> Fraction:
    return sum(
        (pick.item.head if leaf.get("weigh_by") == "units" else Fraction(pick.amount) for pick in picks), Fraction(0)
    )


@dataclass
class More:
    """What further credits and units could do for one rule: so many of each are the least it needs."""

    credits: int = 0
    units: int = 0


NEVER = More(10**9, 10**9)


def holds(world: World, leaf: Rules, stack: list[Pick]) -> bool:
    """Whether a rule holds as things are. It is read apart from what would be missing."""
    if leaf["kind"] == "requirement":
        return _requirement_holds(leaf, [pick for pick in stack if leaf["id"] in pick.places])
    if in_doubt(world, leaf):
        return False
    if leaf["kind"] == "exclusion":
        every = run_over(world, leaf, stack)
        return sum(any(speaks(world, choice, pick.item) for pick in every) for choice in leaf["between"]) <= 1
    if leaf["kind"] == "prerequisite":
        return all(short == 0 for _, short in _unprepared(world, leaf, stack))
    mine, base = inside(world, leaf, stack)
    end = end_of(leaf)
    if end.startswith(("distinct", "in_")):
        return _portions_hold(leaf, end, cut(leaf, mine))
    if end == "last_at_least" and "of_last" in leaf:
        return _enough_of_last(leaf, mine, base, 0)
    if end == "last_at_least":
        return _last(mine, base) >= thousandths(leaf[end])
    if end == "mean_at_least":
        graded, over = _mean(world, leaf, mine)
        return graded and over >= 0
    if end == "points_at_least":
        return _points(world, leaf, mine) >= Fraction(leaf[end]) * 1000
    if end == "span_at_most":
        return _span_holds(leaf, mine)
    if end.startswith("share"):
        return all(_share_holds(world, leaf, end, part, whole) for part, whole in _share_parts(leaf, mine, base))
    return all(_count_holds(leaf, end, part) for part in (cut(leaf, mine) or {"": []}).values())


def _portions_hold(leaf: Rules, end: str, portions: dict[str, list[Pick]]) -> bool:
    if end == "distinct_at_least":
        return len(portions) >= int(leaf[end])
    if end == "distinct_at_most":
        return len(portions) <= int(leaf[end])
    amounts = [sum(pick.amount for pick in part) for part in portions.values()]
    if end == "in_one_at_least":
        return max(amounts, default=0) >= thousandths(leaf[end])
    return min(amounts, default=10**9) >= thousandths(leaf[end])


def _last(mine: list[Pick], every: list[Pick]) -> int:
    """How many credits were earned after all that is none of these."""
    others = [pick.item.day for pick in every if pick not in mine]
    return sum(pick.amount for pick in every if pick.item.day > max(others)) if others else 10**9


def _enough_of_last(leaf: Rules, mine: list[Pick], every: list[Pick], more: int) -> bool:
    """Whether so many of the last are of these, thousandth by thousandth, with so many more of them at the end."""
    keys = {(pick.item.id, pick.item.part) for pick in mine}
    backwards = sorted(
        ((pick.item.day, (pick.item.id, pick.item.part) not in keys, pick.amount) for pick in every), reverse=True
    )
    line = [True] * more + [not other for _, other, amount in backwards for _ in range(amount)]
    among, asked = thousandths(leaf["of_last"]), thousandths(leaf["last_at_least"])
    return line[:among].count(False) <= among - asked


def _requirement_holds(leaf: Rules, here: list[Pick]) -> bool:
    amount = sum(pick.amount for pick in here)
    return (
        amount >= thousandths(leaf.get("credits_at_least", "0"))
        and count(here) >= leaf.get("units_at_least", 0)
        and amount <= thousandths(leaf.get("credits_at_most", "999999"))
        and count(here) <= leaf.get("units_at_most", 999)
        and _together(leaf, here)
    )


def _together(leaf: Rules, here: list[Pick]) -> bool:
    if not leaf.get("same") or not here:
        return True
    every = {key for pick in here for key in keys(leaf["same"], pick.item)}
    return any(all(key in keys(leaf["same"], pick.item) for pick in here) for key in every)


def _unprepared(world: World, leaf: Rules, stack: list[Pick]) -> list[tuple[Pick, int]]:
    """For each unit that needs something before it, how much of that is missing."""
    found = []
    stack = run_over(world, leaf, stack)
    for pick in stack:
        if not speaks(world, leaf["where"], pick.item):
            continue
        ready = [
            other
            for other in stack
            if (other.item.id, other.item.part) != (pick.item.id, pick.item.part)
            and speaks(world, leaf["needs"], other.item)
            and (other.item.day < pick.item.day or (leaf.get("concurrent") and other.item.day == pick.item.day))
        ]
        if "credits_at_least" in leaf:
            short = thousandths(leaf["credits_at_least"]) - sum(other.amount for other in ready)
        else:
            short = leaf["units_at_least"] - count(other for other in ready if other.entire)
        found.append((pick, max(0, short)))
    return found


def _times(world: World, leaf: Rules, item: Item) -> Fraction:
    """How many times it weighs: as the first entry that speaks of it says, or once."""
    said = [one["times"] for one in leaf.get("weights", []) if speaks(world, one["where"], item)]
    return Fraction(said[0]) if said else Fraction(1)


def _most_times(leaf: Rules) -> Fraction:
    return max(Fraction(1), *(Fraction(one["times"]) for one in leaf["weights"])) if "weights" in leaf else Fraction(1)


def _mean(world: World, leaf: Rules, mine: list[Pick]) -> tuple[bool, Fraction]:
    """Whether anything is graded, and by how much the weighted grades are better than asked."""
    bound, sign = Fraction(leaf["mean_at_least"]), -1 if leaf["grading"] == "german" else 1
    graded = [(pick, points) for pick in mine if (points := worth(leaf["grading"], pick.item)) is not None]
    over = Fraction(0)
    for pick, points in graded:
        over += _times(world, leaf, pick.item) * amount_of(leaf, [pick]) * sign * (points - bound)
    return bool(graded), over


def _points(world: World, leaf: Rules, mine: list[Pick]) -> Fraction:
    each = (_times(world, leaf, pick.item) * pick.amount * (worth(leaf["grading"], pick.item) or 0) for pick in mine)
    return sum(each, Fraction(0))


def _span_holds(leaf: Rules, mine: list[Pick]) -> bool:
    """By months, as the calendar counts them; the days of these instances are days that every month has."""
    if not mine:
        return True
    first, last = min(pick.item.day for pick in mine), max(pick.item.day for pick in mine)
    number, unit = int(leaf["span_at_most"][1:-1]), leaf["span_at_most"][-1]
    if unit == "D":
        return (last - first).days <= number
    months = (last.year - first.year) * 12 + last.month - first.month
    return (months, last.day - first.day) <= (number * (12 if unit == "Y" else 1), 0)


def _share_parts(leaf: Rules, mine: list[Pick], base: list[Pick]) -> list[tuple[list[Pick], list[Pick]]]:
    if "per" not in leaf:
        return [(mine, base)]
    wholes = cut(leaf, base)
    return [(part, wholes[key] if leaf.get("base_per") else base) for key, part in cut(leaf, mine).items()]


def _weighed(world: World, leaf: Rules, picks: list[Pick]) -> Fraction:
    """What these weigh in a share."""
    return sum((_times(world, leaf, pick.item) * amount_of(leaf, [pick]) for pick in picks), Fraction(0))


def _share_holds(world: World, leaf: Rules, end: str, part: list[Pick], whole: list[Pick]) -> bool:
    have, bound = _weighed(world, leaf, part), Fraction(leaf[end]) * _weighed(world, leaf, whole)
    return have >= bound if end == "share_at_least" else have <= bound


def _count_holds(leaf: Rules, end: str, part: list[Pick]) -> bool:
    amount = sum(pick.amount for pick in part)
    return {
        "credits_at_least": lambda: amount >= thousandths(leaf[end]),
        "credits_at_most": lambda: amount <= thousandths(leaf[end]),
        "units_at_least": lambda: count(pick for pick in part if pick.entire) >= leaf[end],
        "units_at_most": lambda: count(part) <= leaf[end],
    }[end]()


def tree_holds(node: Rules, held: set[str]) -> bool:
    if "of" not in node:
        return node["id"] in held
    true = sum(tree_holds(child, held) for child in node["of"])
    return true >= {"all": len(node["of"]), "any": 1}.get(node["kind"], node.get("n", 0))


def satisfies(world: World, node: Rules, stack: list[Pick]) -> bool:
    """Whether a stack satisfies a tree; no rule is looked at that no longer matters."""
    if "of" not in node:
        return holds(world, node, stack)
    if node["kind"] == "all":
        return all(satisfies(world, child, stack) for child in node["of"])
    return sum(satisfies(world, child, stack) for child in node["of"]) >= node.get("n", 1)


def satisfying(world: World, items: tuple[Item, ...]) -> Iterator[int]:
    """The credits of each stack that satisfies the rules and is smaller than those before. Offers taken all count."""
    items = apart(world, items)
    world, best, taken = replace(world, given=items), None, sum(item.offered for item in items)
    for stack in stacks(world, items):
        total = sum(pick.amount for pick in stack)
        if (best is not None and total >= best) or sum(pick.item.offered for pick in stack) < taken:
            continue
        if satisfies(world, world.root, stack) and not _beside(world, stack):
            best = total
            yield total


def _beside(world: World, stack: list[Pick]) -> bool:
    if not confined(world):
        return False
    return fills_beside(world, {leaf["id"] for leaf in leaves(world) if holds(world, leaf, stack)}, stack)


def fewest_credits(world: World, items: Iterable[Item]) -> int | None:
    """The fewest credits of any stack that satisfies the rules, or None when there is none."""
    return min(satisfying(world, tuple(items)), default=None)


def fewest_more(world: World, items: tuple[Item, ...], offers: tuple[Item, ...]) -> int | None:
    """The fewest offered units with which the rules can be satisfied, or None."""
    offers = tuple(replace(item, offered=True) for item in offers)
    for size in range(len(offers) + 1):
        if any(any(True for _ in satisfying(world, (*items, *taken))) for taken in combinations(offers, size)):
            return size
    return None


def smallest_gap(world: World, items: tuple[Item, ...]) -> tuple[int, int] | None:
    """The fewest further credits, then units, with which some choice of rules could hold."""
    items = apart(world, items)
    world = replace(world, given=items)
    every = leaves(world)
    chosen = [
        [leaf for leaf in every if leaf["id"] in names]
        for size in range(len(every) + 1)
        for names in map(set, combinations([leaf["id"] for leaf in every], size))
        if tree_holds(world.root, names)
    ]
    best: tuple[int, int] | None = None
    for stack in stacks(world, items):
        for asked in chosen:
            gap = _gap(world, asked, stack)
            if gap is not None and (best is None or gap < best) and confined(world):
                gap = _gap_in_places(world, asked, stack, gap, best)
            if gap is not None and (best is None or gap < best):
                best = gap
    return best


FAR = 40
"""More than this is missing nowhere in these small worlds."""


def _gap_in_places(
    world: World, asked: list[Rules], stack: list[Pick], least: tuple[int, int], best: tuple[int, int] | None
) -> tuple[int, int] | None:
    """The same where limits run over what fills certain places: what is further is put there piece by piece."""
    held = {leaf["id"] for leaf in asked}
    if fills_beside(world, held, stack):
        return None
    spots = _spots(world, in_the_answer(world, held) & (confined(world) | held))
    found = []
    for at, kind in enumerate(("credits", "units")):
        if not all(any(_holds_with(world, leaf, stack, more, kind) for more in range(FAR)) for leaf in asked):
            return None
        top = FAR if best is None or at or found else best[0]
        fit = (
            total
            for total in range(least[at], top + 1)
            if any(_does(world, asked, stack, put, total, kind) for put in _put(spots, total))
        )
        amount = next(fit, None)
        if amount is None:
            return None
        found.append(amount)
    return found[0], found[1]


def _spots(world: World, places: set[str]) -> list[frozenset[str]]:
    """Every set of places that one further unit may fill together; and none."""
    lines = {leaf["id"]: line for leaf, line in nodes(world.root)}
    names = sorted(leaf["id"] for leaf in leaves(world) if leaf["kind"] == "requirement" and leaf["id"] in places)
    sets = [chosen for size in range(len(names) + 1) for chosen in combinations(names, size)]
    return [frozenset(chosen) for chosen in sets if _may_fill(world, [lines[name] for name in chosen])]


def ways_to_share(world: World) -> int:
    """How many sets of places one further unit may fill together, none included."""
    return len(_spots(world, {leaf["id"] for leaf in leaves(world)}))


def _put(spots: list[frozenset[str]], total: int) -> Iterator[dict[frozenset[str], int]]:
    """Every way to put so much into these."""
    if len(spots) == 1:
        yield {spots[0]: total}
        return
    for here in range(total + 1):
        for rest in _put(spots[1:], total - here):
            yield {spots[0]: here, **rest}


def _does(
    world: World, asked: list[Rules], stack: list[Pick], put: dict[frozenset[str], int], total: int, kind: str
) -> bool:
    """Whether all rules hold, as far as they go by credits (or by units), with so much put there."""
    lines = {leaf["id"]: line for leaf, line in nodes(world.root)}
    for number, left in enumerate(_still_shared(world, stack, lines, kind)):
        using = sum(
            more for spot, more in put.items() if number in _entries(world, [lines[name] for name in sorted(spot)])[1]
        )
        if using > left:
            return False
    for leaf in asked:
        own = frozenset({leaf["id"]}) if leaf["kind"] == "requirement" else places_in(world, leaf)
        more = sum(amount for spot, amount in put.items() if not own or spot & own)
        if not _holds_with(world, leaf, stack, more if own else total, kind):
            return False
    return True


def _holds_with(world: World, leaf: Rules, stack: list[Pick], more: int, kind: str) -> bool:
    """Whether one rule holds, as far as it goes by credits (or by units), with so much more in it."""
    in_units = kind == "units"
    if leaf["kind"] == "requirement":
        here = [pick for pick in stack if leaf["id"] in pick.places]
        if in_units:
            most = count(here) + more * lightest(world)
            return count(here) + more >= leaf.get("units_at_least", 0) and most <= leaf.get("units_at_most", 999)
        have = sum(pick.amount for pick in here) + more
        return (
            thousandths(leaf.get("credits_at_least", "0")) <= have <= thousandths(leaf.get("credits_at_most", "999999"))
        )
    if end_of_limit(leaf).startswith("share"):
        return (leaf.get("weigh_by") == "units") != in_units or _share_with(world, leaf, stack, more)
    need = _more(world, leaf, stack)
    if more < (need.units if in_units else need.credits):
        return False
    if end_of_limit(leaf) == kind + "_at_most" and not leaf.get("where") and "per" not in leaf:
        mine, _ = inside(world, leaf, stack)
        have = count(mine) if in_units else Fraction(sum(pick.amount for pick in mine))
        most = Fraction(leaf[end_of(leaf)]) * (1 if in_units else 1000)
        return have + more * (lightest(world) if in_units else 1) <= most
    return True


def _gap(world: World, asked: list[Rules], stack: list[Pick]) -> tuple[int, int] | None:
    places = [leaf for leaf in asked if leaf["kind"] == "requirement"]
    if not all(_place_takes(world, leaf, [pick for pick in stack if leaf["id"] in pick.places]) for leaf in places):
        return None
    needs = [_more(world, leaf, stack) for leaf in asked if leaf["kind"] != "requirement"]
    if NEVER in needs:
        return None
    least = [_in_places(world, places, stack, kind) for kind in ("credits", "units")]
    credits = max([least[0], *(need.credits for need in needs)])
    units = max([least[1], *(need.units for need in needs)])
    everywhere = [leaf for leaf in asked if not leaf.get("within")]
    shares = [leaf for leaf in everywhere if end_of_limit(leaf).startswith("share")]
    totals = [leaf for leaf in everywhere if end_of_limit(leaf) in ("credits_at_most", "units_at_most")]
    for leaf in totals:
        if leaf.get("where") or "per" in leaf:
            continue
        have = amount_of({"weigh_by": "units"} if "units_at_most" in leaf else {}, run_over(world, leaf, stack))
        more, most = (units * lightest(world), leaf["units_at_most"]) if "units_at_most" in leaf else (credits, None)
        if have + more > (most if most is not None else thousandths(leaf["credits_at_most"])):
            return None
    in_credits = [leaf for leaf in shares if leaf.get("weigh_by") != "units"]
    in_units = [leaf for leaf in shares if leaf.get("weigh_by") == "units"]
    credits_found = _diluted(world, in_credits, totals, stack, credits)
    units_found = _diluted(world, in_units, totals, stack, units)
    return None if credits_found is None or units_found is None else (credits_found, units_found)


def end_of_limit(leaf: Rules) -> str:
    return end_of(leaf) if leaf["kind"] == "limit" else ""


def _place_takes(world: World, leaf: Rules, here: list[Pick]) -> bool:
    """Whether a place keeps its maxima once it is filled up."""
    amount = sum(pick.amount for pick in here)
    filled = max(amount, thousandths(leaf.get("credits_at_least", "0")))
    units = count(here) + lightest(world) * max(0, _ceil(leaf.get("units_at_least", 0) - count(here)))
    return (
        filled <= thousandths(leaf.get("credits_at_most", "999999"))
        and units <= leaf.get("units_at_most", 999)
        and _together(leaf, here)
    )


def _in_places(world: World, places: list[Rules], stack: list[Pick], kind: str) -> int:
    """What is missing in all places: a further credit (or unit) fills one of them, or some that may share it."""
    lines = {leaf["id"]: line for leaf, line in nodes(world.root) if leaf["kind"] == "requirement"}
    alone, shared = 0, {}
    for leaf in places:
        here = [pick for pick in stack if leaf["id"] in pick.places]
        if kind == "credits":
            short = thousandths(leaf.get("credits_at_least", "0")) - sum(pick.amount for pick in here)
        else:
            short = _ceil(leaf.get("units_at_least", 0) - count(here))
        if any(
            permitted(world, lines[leaf["id"]], line) is not None for name, line in lines.items() if name != leaf["id"]
        ):
            shared[leaf["id"]] = max(0, short)
        else:
            alone += max(0, short)
    open_ = {name: short for name, short in shared.items() if short}
    return alone + _fewest_together(world, open_, lines, _still_shared(world, stack, lines, kind))


def _still_shared(world: World, stack: list[Pick], lines: dict[str, frozenset[str]], kind: str) -> tuple[int, ...]:
    """How much each entry of sharing still permits, where it counts in this measure."""
    found = []
    for number, entry in enumerate(world.sharing):
        using = [pick for pick in stack if number in _entries(world, [lines[name] for name in sorted(pick.places)])[1]]
        if kind == "units" and "units_at_most" in entry:
            found.append(int((entry["units_at_most"] - count(using)) / lightest(world)))  # a further one may be half
        elif kind == "credits" and "credits_at_most" in entry:
            found.append(thousandths(entry["credits_at_most"]) - sum(pick.amount for pick in using))
        else:
            found.append(10**9)
    return tuple(found)


def _fewest_together(
    world: World, short: dict[str, int], lines: dict[str, frozenset[str]], left: tuple[int, ...]
) -> int:
    """The fewest steps that bring all to zero, when one step lowers a set of places that a unit may fill together."""
    names = sorted(short)
    sets = [
        (chosen, set(_entries(world, [lines[name] for name in chosen])[1]))
        for size in range(1, len(names) + 1)
        for chosen in combinations(names, size)
        if _may_fill(world, [lines[name] for name in chosen])
    ]
    steps, seen = 0, {(tuple(short[name] for name in names), left)}
    while not any(sum(state) == 0 for state, _ in seen):
        steps += 1
        following = set()
        for state, rest in seen:
            for chosen, entries in sets:
                if all(rest[number] > 0 for number in entries):
                    lower = tuple(max(0, one - (name in chosen)) for name, one in zip(names, state, strict=True))
                    following.add((lower, tuple(one - (at in entries) for at, one in enumerate(rest))))
        seen = following
    return steps


def _more(world: World, leaf: Rules, stack: list[Pick]) -> More:
    """What a rule besides requirements and shares needs at least; `NEVER` where nothing further helps."""
    if in_doubt(world, leaf):
        return NEVER
    kept = More() if holds(world, leaf, stack) else None
    if kept is not None or end_of_limit(leaf).startswith("share"):
        return More()
    if leaf["kind"] == "prerequisite":
        return _more_before(world, leaf, stack)
    if leaf["kind"] == "exclusion":
        return NEVER
    mine, _ = inside(world, leaf, stack)
    end = end_of(leaf)
    if end == "credits_at_least":
        return More(credits=thousandths(leaf[end]) - sum(pick.amount for pick in mine))
    if end == "units_at_least":
        return More(units=_ceil(leaf[end] - count(pick for pick in mine if pick.entire)))
    if end == "distinct_at_least":
        return More(units=1 if leaf["per"] in {*DIGITS, "category"} else leaf[end] - len(cut(leaf, mine)))
    if end == "in_one_at_least":
        best = max((sum(pick.amount for pick in part) for part in cut(leaf, mine).values()), default=0)
        return More(credits=thousandths(leaf[end]) - best)
    if end in ("in_each_at_least", "last_at_least"):
        return _more_in_order(world, leaf, stack)
    if end == "points_at_least":
        top = _most_times(leaf) * (4 if leaf["grading"] == "letters" else 5)
        return More(credits=_ceil((Fraction(leaf[end]) * 1000 - _points(world, leaf, mine)) / top))
    return _more_grades(world, leaf, mine) if end == "mean_at_least" else NEVER


def _more_in_order(world: World, leaf: Rules, stack: list[Pick]) -> More:
    """What is earned from now on comes last, and lies in no window that is over."""
    mine, every = inside(world, leaf, stack)
    if "of_last" in leaf:
        enough = (more for more in range(FAR) if _enough_of_last(leaf, mine, every, more))
        return More(credits=next(enough))
    if "last_at_least" in leaf:
        return More(credits=thousandths(leaf["last_at_least"]) - _last(mine, every))
    short = {
        key: thousandths(leaf["in_each_at_least"]) - sum(pick.amount for pick in part)
        for key, part in cut(leaf, mine).items()
    }
    if leaf["per"] == "year" and any(lacks > 0 and key != str(world.today.year) for key, lacks in short.items()):
        return NEVER
    return More(credits=max(short.values()))


def _more_before(world: World, leaf: Rules, stack: list[Pick]) -> More:
    short = [(pick, missing) for pick, missing in _unprepared(world, leaf, stack) if missing]
    if any(pick.item.day != world.today or not leaf.get("concurrent") for pick, _ in short):
        return NEVER
    most = max(missing for _, missing in short)
    return More(credits=most) if "credits_at_least" in leaf else More(units=_ceil(Fraction(most)))


def _more_grades(world: World, leaf: Rules, mine: list[Pick]) -> More:
    best = 4 - Fraction(leaf["mean_at_least"]) if leaf["grading"] == "letters" else Fraction(leaf["mean_at_least"]) - 1
    best *= _most_times(leaf)
    graded, over = _mean(world, leaf, mine)
    short = 0
    if over < 0:
        if best == 0:
            return NEVER
        short = _ceil(-over / best)
    if leaf.get("weigh_by") == "units":
        return More(units=max(short, 0 if graded else 1))
    return More(credits=short, units=0 if graded else 1)


def _ceil(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)


def _diluted(world: World, shares: list[Rules], totals: list[Rules], stack: list[Pick], least: int) -> int | None:
    """So much at least until all shares hold, or None when they never do or a total forbids it."""
    by_units = bool(shares) and shares[0].get("weigh_by") == "units"
    for more in range(least, least + 200):
        if all(_share_with(world, leaf, stack, more) for leaf in shares):
            break
    else:
        return None
    for leaf in totals:
        end = end_of(leaf)
        if shares and not leaf.get("where") and "per" not in leaf and (end == "units_at_most") == by_units:
            every = run_over(world, leaf, stack)
            have = count(every) if by_units else sum(pick.amount for pick in every)
            if have + more * (lightest(world) if by_units else 1) > (leaf[end] if by_units else thousandths(leaf[end])):
                return None
    return more


def _share_with(world: World, leaf: Rules, stack: list[Pick], more: int) -> bool:
    """Whether a share holds with so much more, all of which may go where it helps."""
    end = end_of(leaf)
    mine, base = inside(world, leaf, stack)
    everything = not leaf.get("where") and "per" not in leaf
    for part, whole in _share_parts(leaf, mine, base):
        have, of = _weighed(world, leaf, part), _weighed(world, leaf, whole)
        least = more * (lightest(world) if leaf.get("weigh_by") == "units" else 1)
        least *= min([Fraction(1), *(Fraction(one["times"]) for one in leaf.get("weights", []))])
        most = more * _most_times(leaf)
        if end == "share_at_least":
            good = have + most >= Fraction(leaf[end]) * (of + most)
        elif everything and "base" not in leaf:
            good = have + least <= Fraction(leaf[end]) * (of + least)
        elif everything:
            good = have <= Fraction(leaf[end]) * of
        else:
            good = have <= Fraction(leaf[end]) * (of + most)
        if not good:
            return False
    return True

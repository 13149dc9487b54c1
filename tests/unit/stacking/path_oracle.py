"""A slow oracle for paths: it tries every set of offers in every term, and asks the wide oracle about the rules.

It shares no code with the room. A plan names the term of each offer that is taken; it stands when every prerequisite
is finished before its term begins and no term holds too much. It is weighed on the last day of some term after which
nothing more is taken, with what is young enough on that day.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

from wide_oracle import Item, World, holds, leaves, stacks, tree_holds


@dataclass(frozen=True)
class Course:
    """An offer as this oracle sees it: the terms (by number) in which it is given, and what it needs before it."""

    item: Item
    terms: frozenset[int]
    after: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True)
class Terms:
    """First and last days, and what one term holds at most."""

    days: tuple[tuple[date, date], ...]
    credits: int | None = None
    units: int | None = None


Plan = tuple[int | None, ...]


def plans(courses: Sequence[Course], terms: Terms) -> Iterator[Plan]:
    for plan in product(*((None, *range(len(terms.days))) for _ in courses)):
        if all(at is None or at in course.terms for at, course in zip(plan, courses, strict=True)):
            yield plan


def stands(plan: Plan, courses: Sequence[Course], terms: Terms, held: Mapping[str, date]) -> bool:
    taken = [(course, at) for course, at in zip(courses, plan, strict=True) if at is not None]
    for course, at in taken:
        for choice in course.after:
            earlier = any(other.item.achievement in choice and before < at for other, before in taken)
            if not earlier and not any(name in held and held[name] <= terms.days[at][0] for name in choice):
                return False
    for number in range(len(terms.days)):
        inside = [course.item.credits for course, at in taken if at == number]
        if terms.credits is not None and sum(inside) > terms.credits:
            return False
        if terms.units is not None and len(inside) > terms.units:
            return False
    return True


def completes(world: World, items: Sequence[Item]) -> bool:
    every = leaves(world)
    return any(
        tree_holds(world.root, {leaf["id"] for leaf in every if holds(world, leaf, stack)})
        for stack in stacks(world, items)
    )


def finished(plan: Plan, courses: Sequence[Course], terms: Terms) -> list[Item]:
    return [
        replace(course.item, day=terms.days[at][1]) for course, at in zip(courses, plan, strict=True) if at is not None
    ]


def works(
    world: World, items: Sequence[Item], plan: Plan, courses: Sequence[Course], terms: Terms, age: int | None
) -> int | None:
    """The first term on whose last day all of it adds up, or None."""
    taken = finished(plan, courses, terms)
    last = max((at for at in plan if at is not None), default=0)
    for number in range(last, len(terms.days)):
        day = terms.days[number][1]
        young = [item for item in (*items, *taken) if age is None or (day - item.day).days <= age]
        if completes(world, young):
            return number
        if age is None:
            return None
    return None


def shortest(
    world: World, items: Sequence[Item], courses: Sequence[Course], terms: Terms, age: int | None = None
) -> tuple[int, int, int] | None:
    """Fewest offers, then fewest credits, then the earliest term on whose last day it adds up."""
    held = {}
    for item in items:
        held[item.achievement] = min(item.day, held.get(item.achievement, item.day))

    def size(plan: Plan) -> tuple[int, int]:
        taken = [course.item.credits for course, at in zip(courses, plan, strict=True) if at is not None]
        return len(taken), sum(taken)

    best: tuple[int, int, int] | None = None
    for plan in sorted(plans(courses, terms), key=size):
        if best is not None and size(plan) > best[:2]:
            break
        if stands(plan, courses, terms, held):
            number = works(world, items, plan, courses, terms, age)
            if number is not None and (best is None or (*size(plan), number) < best):
                best = (*size(plan), number)
    return best

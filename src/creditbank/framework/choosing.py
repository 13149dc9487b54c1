"""Of two choices of units: does one hold the other, can a unit fit both, can any unit fit at all?

The answers are proofs, never guesses: `includes` and `disjoint` say yes only where it follows from the words of the
choices alone, and no where it does not follow. A unit has one provider, one mode, one level and one size, but any
number of categories, fields and dimensions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Literal, Self

from creditbank.framework.framework import Framework
from creditbank.framework.grading import GradeScale
from creditbank.framework.qualification import Qualification
from creditbank.framework.where import GradeRange, Where

_ONE_EACH: Final = (
    *("source_type", "mode", "provider", "framework", "achievement"),
    *("achievement_type", "language", "country"),
)
_LISTS: Final = (*_ONE_EACH, "category", "field", "dimension")
_DAYS: Final = {"Y": (365, 366), "M": (28, 31), "D": (1, 1)}
"""The fewest and the most days of a year, a month, a day."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the words of choices mean in one document: the order of levels, the scales, which names stand together."""

    ranks: Mapping[str, int] = field(default_factory=dict)
    scales: Mapping[str, GradeScale] = field(default_factory=dict)
    classes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    accepted: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: Qualification, framework: Framework | None = None) -> Self:
        """The scope of these rules; without the framework no two different levels compare."""
        ranks = {level.code: rank for rank, level in enumerate(framework.levels)} if framework else {}
        classes = {name: frozenset(one.achievements) for one in rules.equivalents for name in one.achievements}
        accepted: dict[str, frozenset[str]] = {}
        for one in rules.substitutes:
            accepted[one.instead_of] = accepted.get(one.instead_of, frozenset()) | frozenset(one.accepted)
        return cls(ranks, rules.grading, classes, accepted)

    def same(self, name: str) -> frozenset[str]:
        """An achievement with all that are equivalent to it."""
        return self.classes.get(name, frozenset()) | {name}

    def reach(self, names: tuple[str, ...]) -> frozenset[str]:
        """Every achievement that may fit a choice of these, read as widely as can be."""
        found = frozenset[str]().union(*(self.same(name) for name in names))
        found |= frozenset[str]().union(*(self.accepted.get(name, frozenset()) for name in found))
        return found.union(*(self.same(name) for name in found))


def includes(wide: Where, narrow: Where, scope: Scope) -> bool:
    """Whether every unit that fits `narrow` surely fits `wide`."""
    return all(_follows(key, wide, narrow, scope) for key in wide.given())


def disjoint(one: Where, other: Where, scope: Scope) -> bool:
    """Whether surely no unit fits both."""
    if any(_exclusive(a, b, scope) for a, b in ((one, other), (other, one))):
        return True
    return _lists_apart(one, other, scope) or _ranges_apart(one, other, scope)


def emptiness(where: Where, scope: Scope) -> str | None:
    """Why surely no unit fits a choice, in a sentence; None when one may. Inner choices are not looked into."""
    low, high = (scope.ranks.get(code or "") for code in (where.level_at_least, where.level_at_most))
    if low is not None and high is not None and low > high:
        return f"No level is at least {where.level_at_least} and at most {where.level_at_most}."
    least, most = where.size_at_least, where.size_at_most
    if least is not None and most is not None and Fraction(least) > Fraction(most):
        return f"No unit has at least {least} credits and at most {most}."
    if most is not None and not Fraction(most):
        return "No unit that counts has no credits."
    if where.excluding is not None and includes(where.excluding, without(where, "excluding"), scope):
        return "It excludes every unit that it speaks of."
    if where.any_of and all(disjoint(choice, without(where, "any_of"), scope) for choice in where.any_of):
        return "None of the choices in `any_of` fits what else is asked."
    return None


def without(where: Where, key: Literal["any_of", "excluding"]) -> Where:
    """The choice without one of its keys."""
    return where.model_copy(update={key: () if key == "any_of" else None})


def no_longer(short: str, long: str) -> bool:
    """Whether one duration surely lasts no longer than another, whatever the day it is counted from."""
    months = {"Y": 12, "M": 1}
    if short[-1] in months and long[-1] in months:
        return int(short[1:-1]) * months[short[-1]] <= int(long[1:-1]) * months[long[-1]]
    if short[-1] == long[-1]:
        return int(short[1:-1]) <= int(long[1:-1])
    return int(short[1:-1]) * _DAYS[short[-1]][1] <= int(long[1:-1]) * _DAYS[long[-1]][0]


def _follows(key: str, wide: Where, narrow: Where, scope: Scope) -> bool:
    """Whether one key of `wide` holds for every unit that fits `narrow`."""
    if _holds_directly(key, wide, narrow, scope):
        return True
    return bool(narrow.any_of) and all(_follows(key, wide, choice, scope) for choice in narrow.any_of)


def _holds_directly(key: str, wide: Where, narrow: Where, scope: Scope) -> bool:
    if key == "any_of":
        return any(includes(choice, narrow, scope) for choice in wide.any_of)
    if key == "excluding":
        assert wide.excluding is not None, "only given keys are asked"
        if narrow.excluding is not None and includes(narrow.excluding, wide.excluding, scope):
            return True
        return disjoint(narrow, wide.excluding, scope)
    asked, given = getattr(wide, key), getattr(narrow, key)
    if not given:
        return False
    if key in _LISTS:
        return all(_named(key, name, asked, scope) for name in given)
    return bool(asked == given or _tighter(key, asked, given, scope))


def _named(key: str, name: str, asked: tuple[str, ...], scope: Scope) -> bool:
    if key == "field":
        return any(name.startswith(code) for code in asked)
    if key != "achievement" or name in asked:
        return name in asked
    alike = scope.same(name)
    return bool(alike & frozenset(asked)) and not any(one in scope.accepted for one in alike)


def _tighter(key: str, asked: str | GradeRange, given: str | GradeRange, scope: Scope) -> bool:
    """Whether the bound `given` is at least as strict as `asked`, for the keys that are no lists."""
    if isinstance(asked, GradeRange) or isinstance(given, GradeRange):
        assert isinstance(asked, GradeRange)
        assert isinstance(given, GradeRange)
        return _grades_within(asked, given, scope)
    if key.startswith("level"):
        least, most = scope.ranks.get(asked), scope.ranks.get(given)
        return least is not None and most is not None and _beyond(key, least, most)
    if key == "earned_within":
        return no_longer(given, asked)
    if key == "earned_from":
        return given >= asked
    if key == "earned_until":
        return given <= asked
    return _beyond(key, Fraction(asked), Fraction(given))


def _beyond(key: str, asked: Fraction | int, given: Fraction | int) -> bool:
    return given >= asked if key.endswith("at_least") else given <= asked


def _grades_within(asked: GradeRange, given: GradeRange, scope: Scope) -> bool:
    if asked.scale != given.scale:
        return False
    for key in ("at_least", "at_most"):
        wanted, has = getattr(asked, key), getattr(given, key)
        if wanted is None:
            continue
        low, high = _rank(asked.scale, wanted, scope), _rank(given.scale, has, scope)
        if low is None or high is None or not _beyond(key, low, high):
            return False
    return True


def _rank(scale: str, grade: str | None, scope: Scope) -> Fraction | None:
    found = scope.scales.get(scale)
    return None if found is None or grade is None else found.rank(grade)


def _exclusive(one: Where, other: Where, scope: Scope) -> bool:
    """Whether `one` leaves out all of `other`, by what it excludes or by each of its choices."""
    if one.excluding is not None and includes(one.excluding, other, scope):
        return True
    return bool(one.any_of) and all(disjoint(choice, other, scope) for choice in one.any_of)


def _lists_apart(one: Where, other: Where, scope: Scope) -> bool:
    for key in _ONE_EACH:
        here, there = getattr(one, key), getattr(other, key)
        if not here or not there:
            continue
        if key == "achievement":
            here, there = scope.reach(here), scope.reach(there)
        if key == "provider" and "awarding" in {*here, *there}:
            continue  # the awarding body has a DID too
        if not frozenset(here) & frozenset(there):
            return True
    return False


def _ranges_apart(one: Where, other: Where, scope: Scope) -> bool:
    return _begins_after(one, other, scope) or _begins_after(other, one, scope)


def _begins_after(a: Where, b: Where, scope: Scope) -> bool:
    """Whether some range of `a` starts where that of `b` has ended."""
    low, high = scope.ranks.get(a.level_at_least or ""), scope.ranks.get(b.level_at_most or "")
    if low is not None and high is not None and low > high:
        return True
    if a.size_at_least and b.size_at_most and Fraction(a.size_at_least) > Fraction(b.size_at_most):
        return True
    if a.earned_from and b.earned_until and a.earned_from > b.earned_until:
        return True
    if a.grade is None or b.grade is None or a.grade.scale != b.grade.scale:
        return False
    least, most = _rank(a.grade.scale, a.grade.at_least, scope), _rank(b.grade.scale, b.grade.at_most, scope)
    return least is not None and most is not None and least > most


__all__ = ["Scope", "disjoint", "emptiness", "includes", "no_longer", "without"]

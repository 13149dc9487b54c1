"""Are these rules at least as strict as those they say they tighten? What cannot be shown is told as a fault.

The promise: whatever satisfies the child satisfies the parent, with the same units in the same places. So every node
of the parent stands in the child under its id and in its group, with bounds at least as strict; choices of places
are narrower, choices of caps wider; and nothing that rules share (equivalents, sharing, calendars, scales) lets more
through. What lies outside the sum is not compared: titles, notes, dates of validity, which lower awards are absorbed.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import combinations
from typing import Final

from creditbank.framework.choosing import Scope, includes, no_longer
from creditbank.framework.faults import Address, Fault
from creditbank.framework.framework import Framework
from creditbank.framework.grading import GradeScale
from creditbank.framework.qualification import Bundle, Qualification, Sharing
from creditbank.framework.rules import (
    AnyLeafOrGroup,
    Exclusion,
    Group,
    Leaf,
    Limit,
    Prerequisite,
    Requirement,
    addressed,
    choices,
    within,
)
from creditbank.framework.where import Where

SLUG: Final = "loosened"
_FINER: Final = ("broad-field", "narrow-field", "detailed-field")
_MINIMA: Final = ("credits_at_least", "units_at_least", "distinct_at_least", "in_one_at_least", "points_at_least")
_MAXIMA: Final = ("credits_at_most", "units_at_most", "distinct_at_most", "span_at_most")

_WHOLE_AND_PART: Final = ("credits_at_most", "units_at_most", "share_at_most")
"""What, as a maximum of the whole, is one of each portion too."""


def loosenings(child: Qualification, parent: Qualification, framework: Framework | None = None) -> list[Fault]:
    """Everything in which `child` is not surely at least as strict as `parent`, with addresses in the child.

    `framework` orders the levels; without it only equal levels compare. An empty answer shows that whatever satisfies
    the child satisfies the parent.
    """
    head = list(_head(child, parent))
    if head:
        return head
    scope = Scope.of(child, framework)
    found = [*admission_loosenings(child, parent, scope), *_windows_and_scales(child, parent)]
    found += [*_stand_ins(child, parent), *_bundles(child, parent), *_people(child, parent)]
    found += _tree(child, parent, scope)
    found += _sharing(child, parent)
    return found


def _head(child: Qualification, parent: Qualification) -> Iterator[Fault]:
    for key, noun in (("framework", "framework"), ("credit_system", "credit system"), ("level", "level")):
        mine, theirs = getattr(child, key), getattr(parent, key)
        if mine != theirs:
            sentence = f"The {noun} is {mine or 'none'}, that of the rules it tightens {theirs or 'none'}."
            yield Fault(SLUG, (key,), sentence, "Only rules of one level, in the same credits, compare.")


def admission_loosenings(child: Qualification, parent: Qualification, scope: Scope) -> Iterator[Fault]:
    """In which points a child may admit units that the parent does not."""
    mine, theirs = child.admits, parent.admits
    added = [name for name in mine.frameworks if name not in theirs.frameworks]
    for name in added:
        at: Address = ("admits", "frameworks", mine.frameworks.index(name))
        yield _fault(at, f"Units of {name} count as they stand here, and need a recognition there.")
    if theirs.max_age is not None and (mine.max_age is None or not no_longer(mine.max_age, theirs.max_age)):
        yield _fault(("admits",), f"A unit may be older here ({mine.max_age or 'any age'}) than {theirs.max_age}.")
    floor = theirs.level_at_least
    if floor is not None and not includes(
        Where(level_at_least=floor), Where(level_at_least=mine.level_at_least), scope
    ):
        yield _fault(("admits",), f"Units below level {floor} may count here.")
    if not includes(theirs.where, mine.where, scope):
        yield _fault(("admits", "where"), "It may let units in that the rules it tightens leave out.")
    if theirs.accredited and not mine.accredited:
        yield _fault(("admits",), "Units of providers that are not accredited may count here.")
    if theirs.whole_units and not mine.whole_units:
        yield _fault(("admits", "whole_units"), "Parts of units may count here.")
    if mine.half_units != theirs.half_units:
        yield _fault(("admits",), "Other units weigh half here, so that numbers of units do not compare.")
    if theirs.same_achievement == "count-once" and mine.same_achievement != "count-once":
        yield _fault(("admits",), "An achievement that was earned twice may count twice here.")


def _windows_and_scales(child: Qualification, parent: Qualification) -> Iterator[Fault]:
    """Calendars and scales of one name mean the same in both, where the parent's rules use them."""
    used = {node.per or "" for _, node in addressed(parent.requires) if isinstance(node, Limit)}
    for name in sorted(used & parent.calendars.keys() & child.calendars.keys()):
        if child.calendars[name] != parent.calendars[name]:
            yield _fault(("calendars", name), "Its windows start on other days than in the rules it tightens.")
    for name in sorted(parent.grading.keys() & child.grading.keys()):
        if _worth(child.grading[name]) != _worth(parent.grading[name]):
            yield _fault(("grading", name), "This scale is another one in the rules it tightens.")


def _worth(scale: GradeScale) -> tuple[object, ...]:
    return scale.numbers, tuple((step.code, step.points) for step in scale.grades)


def _stand_ins(child: Qualification, parent: Qualification) -> Iterator[Fault]:
    """Equivalents and substitutes may not make an inherited rule speak of more, nor merge less."""
    positive, negative = _names(parent)
    theirs, mine = _classes(parent), _classes(child)
    used = positive | negative
    for group in theirs.values():
        if used & group:
            used |= group
    accepted = _accepted(parent)
    used = used.union(*(accepted.get(name, frozenset()) for name in used))
    for id, group in theirs.items():
        if not any(group <= own for own in mine.values()):
            yield _fault(("equivalents",), f"What «{id}» makes equivalent no longer counts as one.")
    for index, (id, group) in enumerate(mine.items()):
        if group not in theirs.values() and used & group:
            names = ", ".join(sorted(used & group))
            sentence = f"«{id}» widens the rules that name {names}; they meant less before."
            yield _fault(("equivalents", index), sentence)
    own = _accepted(child)
    for name in sorted(used):
        ours, before = own.get(name, frozenset()), accepted.get(name, frozenset())
        if not ours <= before or (ours != before and not _only_positive(name, negative, theirs)):
            sentence = f"What is accepted instead of {name} is not what the rules it tightens accept."
            yield _fault(("substitutes",), sentence)


def _only_positive(name: str, negative: frozenset[str], classes: Mapping[str, frozenset[str]]) -> bool:
    """Whether no cap, exclusion or the like names this achievement or an equivalent of it."""
    alike = {name}.union(*(group for group in classes.values() if name in group))
    return not alike & negative


def _classes(rules: Qualification) -> dict[str, frozenset[str]]:
    return {one.id: frozenset(one.achievements) for one in rules.equivalents}


def _accepted(rules: Qualification) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for one in rules.substitutes:
        found[one.instead_of] = found.get(one.instead_of, frozenset()) | frozenset(one.accepted)
    return found


def _names(rules: Qualification) -> tuple[frozenset[str], frozenset[str]]:
    """The achievements that rules name: where a narrower choice is stricter, and where that is not sure."""
    positive: set[str] = set(rules.admits.where.achievement)
    every = {name for _, where in rules.every_choice() for name in where.achievement}
    negative = {name for inner in _inner(rules.admits.where) for name in inner.achievement}
    if rules.admits.half_units is not None:
        halves = within((), rules.admits.half_units)
        negative |= {name for _, where in halves for name in where.achievement}
    for _, node in addressed(rules.requires):
        for at, where in choices(node):
            narrow = isinstance(node, Requirement) or at == ("needs",)
            narrow = narrow or (isinstance(node, Limit) and node.bound in _MINIMA and at == ("where",))
            (positive if narrow else negative).update(where.achievement)
            negative.update(name for inner in _inner(where) for name in inner.achievement)
    return frozenset(positive & every), frozenset(negative)


def _inner(where: Where) -> Iterator[Where]:
    for _, choice in where.inner():
        yield choice
        yield from _inner(choice)


def _bundles(child: Qualification, parent: Qualification) -> Iterator[Fault]:
    """What one credential is weighed as stands alike in both, but for words: whole or apart, neither is stricter."""
    theirs, mine = ({one.id: _parts(one) for one in rules.bundles} for rules in (parent, child))
    for name in dict.fromkeys([*theirs, *mine]):
        if theirs.get(name) != mine.get(name):
            yield _fault(("bundles",), f"What «{name}» is taken apart into is not what the rules it tightens say.")


def _parts(bundle: Bundle) -> tuple[object, ...]:
    parts = tuple(part.model_copy(update={"title": None}) for part in bundle.parts)
    return bundle.achievement, parts


def _people(child: Qualification, parent: Qualification) -> Iterator[Fault]:
    mine = {one.id: (index, one.text) for index, one in enumerate(child.checked_by_people)}
    for check in parent.checked_by_people:
        if check.id not in mine:
            yield _fault(("checked_by_people",), f"The condition «{check.id}» that a person checks is gone.")
        elif mine[check.id][1] != check.text:
            at: Address = ("checked_by_people", mine[check.id][0], "text")
            sentence = f"The condition «{check.id}» has another text, and nobody can compare the two but a person."
            yield _fault(at, sentence, "Keep its text, and add a condition of your own.")


def _tree(child: Qualification, parent: Qualification, scope: Scope) -> list[Fault]:
    mine = {node.id: (at, node) for at, node in addressed(child.requires)}
    if child.requires.id != parent.requires.id:
        sentence = f"The root is «{child.requires.id}», that of the rules it tightens «{parent.requires.id}»."
        return [_fault(("requires", "id"), sentence)]
    found: list[Fault] = []
    waiting: list[AnyLeafOrGroup] = [parent.requires]
    while waiting:
        theirs = waiting.pop(0)
        at, node = mine[theirs.id]
        if isinstance(theirs, Group) != isinstance(node, Group) or _other_leaf(node, theirs):
            found.append(_fault((*at, "kind"), f"«{node.id}» is a {node.kind} here, and a {theirs.kind} there."))
        elif isinstance(theirs, Group):
            assert isinstance(node, Group)
            found.extend(_fault(at, said) for said in group_loosenings(node, theirs))
            kept = {one.id for one in node.of}
            waiting[:0] = [one for one in theirs.of if one.id in kept]
        else:
            assert not isinstance(node, Group)
            found.extend(_fault(at, said) for said in leaf_loosenings(node, theirs, scope))
            same = isinstance(theirs, Limit) and isinstance(node, Limit) and node.within == theirs.within
            if same and _filled(child, node) != _filled(parent, theirs):
                found.append(_fault(at, f"«{node.id}» runs over what fills other places than there."))
    return found


def _filled(rules: Qualification, node: AnyLeafOrGroup) -> list[str]:
    """The places (by id) that a limit runs over, where it names any."""
    named = node.within if isinstance(node, Limit) else ()
    return sorted(path.rpartition("/")[2] for path in rules.places_below(named))


def _other_leaf(mine: AnyLeafOrGroup, theirs: AnyLeafOrGroup) -> bool:
    return not isinstance(mine, Group) and type(mine) is not type(theirs)


def group_loosenings(mine: Group, theirs: Group) -> list[str]:
    """In which sentences a group is not surely at least as strict as another, by how many of which nodes it needs."""
    kept = {node.id for node in mine.of}
    inherited = {node.id for node in theirs.of}
    gone = [node for node in theirs.of if node.id not in kept]
    sure = mine.needed - len([node for node in mine.of if node.id not in inherited])
    if sure >= theirs.needed:
        return []
    if gone:
        names = ", ".join(f"«{node.id}»" for node in gone)
        return [f"{names} no longer {'stands' if len(gone) == 1 else 'stand'} in «{mine.id}»."]
    count = f"{max(sure, 0)} of the {len(theirs.of)} nodes"
    return [f"«{mine.id}» may hold with {count} that the rules it tightens ask {theirs.needed} of."]


def leaf_loosenings(mine: Leaf, theirs: Leaf, scope: Scope) -> list[str]:
    """In which sentences a leaf is not surely at least as strict as another of its kind."""
    if isinstance(mine, Requirement) and isinstance(theirs, Requirement):
        return list(_requirement(mine, theirs, scope))
    if isinstance(mine, Limit) and isinstance(theirs, Limit):
        return list(_limit(mine, theirs, scope))
    if isinstance(mine, Prerequisite) and isinstance(theirs, Prerequisite):
        return list(_prerequisite(mine, theirs, scope))
    if isinstance(mine, Exclusion) and isinstance(theirs, Exclusion):
        return list(_exclusion(mine, theirs, scope))
    return [f"It is a {mine.kind}, and was a {theirs.kind}."]


def _requirement(mine: Requirement, theirs: Requirement, scope: Scope) -> Iterator[str]:
    if not includes(theirs.where, mine.where, scope):
        yield "It may be filled by units that could not fill it there."
    for key, noun in (("credits_at_least", "credits"), ("units_at_least", "units")):
        asked, has = getattr(theirs, key), getattr(mine, key)
        if asked is not None and (has is None or Fraction(has) < Fraction(asked)):
            yield f"It asks for {_or_no(has, noun)}, and there for {asked}."
    for key, noun in (("credits_at_most", "credits"), ("units_at_most", "units")):
        most, takes = getattr(theirs, key), getattr(mine, key)
        if most is not None and (takes is None or Fraction(takes) > Fraction(most)):
            yield f"It takes {takes or 'any number of'} {noun}, and there at most {most}."
    if theirs.same is not None and not _as_alike(mine.same, theirs.same):
        yield f"Its units need not be of the same {theirs.same.replace('-', ' ')}."


def _as_alike(mine: str | None, theirs: str) -> bool:
    if mine == theirs:
        return True
    return mine in _FINER and theirs in _FINER and _FINER.index(mine) > _FINER.index(theirs)


def _or_no(value: object, noun: str) -> str:
    if value is None:
        return f"no number of {noun}"
    return f"{value} {noun.removesuffix('s') if str(value) == '1' else noun}"


def _limit(mine: Limit, theirs: Limit, scope: Scope) -> Iterator[str]:
    bound = theirs.bound
    if mine.bound != bound:
        yield f"It bounds {mine.bound}, and there {bound}."
        return
    for key in ("weigh_by", "base", "base_per", "grading", "weights", "within", "of_last"):
        if getattr(mine, key) != getattr(theirs, key):
            yield f"Its `{key}` is another one there, so the two do not compare."
    if not _as_much_over(mine, theirs):
        yield f"It runs over what is {mine.over}, and there over what is {theirs.over}."
    if mine.per != theirs.per and not (mine.per is None and bound in _WHOLE_AND_PART):
        yield f"It is taken {_portions(mine)}, and there {_portions(theirs)}."
    wide, narrow = (theirs.where, mine.where) if bound.endswith("at_least") else (mine.where, theirs.where)
    if bound in ("mean_at_least", "in_each_at_least") and mine.where != theirs.where:
        taken = "a mean" if bound == "mean_at_least" else "a minimum in each portion"
        yield f"It is {taken} of other units than there."
    elif not includes(wide, narrow, scope):
        more = "more" if bound.endswith("at_least") else "fewer"
        yield f"It may speak of {more} units than there."
    if not _as_strict(
        bound, str(getattr(mine, bound)), str(getattr(theirs, bound)), scope.scales.get(mine.grading or "")
    ):
        yield f"Its bound is {getattr(mine, bound)}, and there {getattr(theirs, bound)}."


def _as_much_over(mine: Limit, theirs: Limit) -> bool:
    """What is counted was attempted: a cap on all attempted is stricter, a minimum of what counts is."""
    if mine.over == theirs.over:
        return True
    if mine.over == "attempted":
        return theirs.bound in _MAXIMA
    sizes = [where.size_at_least or where.size_at_most for _, where in within((), theirs.where)]
    return theirs.bound in _MINIMA and not any(sizes)  # of an attempted unit the size may be unknown


def _portions(node: Limit) -> str:
    return f"per {node.per}" if node.per else "over everything together"


def _as_strict(bound: str, mine: str, theirs: str, scale: GradeScale | None) -> bool:
    if bound == "span_at_most":
        return no_longer(mine, theirs)
    less = Fraction(mine) <= Fraction(theirs)
    more = Fraction(mine) >= Fraction(theirs)
    if bound == "mean_at_least" and scale is not None and scale.descends:
        return less
    return more if bound.endswith("at_least") else less


def _prerequisite(mine: Prerequisite, theirs: Prerequisite, scope: Scope) -> Iterator[str]:
    if mine.over != theirs.over:
        yield f"It runs over what is {mine.over}, and there over what is {theirs.over}."
    if not includes(mine.where, theirs.where, scope):
        yield "It may bind fewer units than there."
    if not includes(theirs.needs, mine.needs, scope):
        yield "It may be met by units that do not meet it there."
    for key, noun in (("credits_at_least", "credits"), ("units_at_least", "units")):
        asked, has = getattr(theirs, key), getattr(mine, key)
        if asked is not None and (has is None or Fraction(has) < Fraction(asked)):
            yield f"It asks for {_or_no(has, noun)} before, and there for {asked}."
    if mine.concurrent and not theirs.concurrent:
        yield "The same day is early enough here, and not there."


def _exclusion(mine: Exclusion, theirs: Exclusion, scope: Scope) -> Iterator[str]:
    if mine.over != theirs.over and mine.over != "attempted":
        yield f"It runs over what is {mine.over}, and there over what is {theirs.over}."
    held: dict[int, int] = {}
    if not all(_matched(one, mine, theirs, scope, held, set()) for one in range(len(theirs.between))):
        yield "It may keep fewer units apart than there."


def _matched(one: int, mine: Exclusion, theirs: Exclusion, scope: Scope, held: dict[int, int], seen: set[int]) -> bool:
    """Find for each choice there a choice of its own here that holds it, moving others where that helps."""
    for place, choice in enumerate(mine.between):
        if place in seen or not includes(choice, theirs.between[one], scope):
            continue
        seen.add(place)
        if place not in held or _matched(held[place], mine, theirs, scope, held, seen):
            held[place] = one
            return True
    return False


def _sharing(child: Qualification, parent: Qualification) -> Iterator[Fault]:
    """Places of the parent may share a unit only as one of its own permissions says."""
    inherited = {node.id for _, node in addressed(parent.requires) if isinstance(node, Requirement)}
    permitted = {entry.id: (entry, _pairs(parent, entry, inherited)) for entry in parent.sharing}
    taken: dict[str, str] = {}
    for index, entry in enumerate(child.sharing):
        pairs = _pairs(child, entry, inherited)
        if not pairs:
            continue
        covering = [(id, one) for id, (one, allowed) in permitted.items() if pairs <= allowed]
        if not covering:
            sentence = f"«{entry.title}» lets a unit fill places of which the rules it tightens let it fill one."
            yield _fault(("sharing", index), sentence)
            continue
        id, before = covering[0]
        if id in taken:
            yield _fault(
                ("sharing", index), f"It uses a permission that «{taken[id]}» uses already, and so doubles it."
            )
        taken[id] = entry.id
        for key in ("units_at_most", "credits_at_most", "places_at_most"):
            most, lets = getattr(before, key), getattr(entry, key)
            if most is not None and (lets is None or Fraction(lets) > Fraction(most)):
                yield _fault(("sharing", index), f"{key} is {lets or 'open'} here, and {most} there.")


def _pairs(rules: Qualification, entry: Sharing, among: set[str]) -> frozenset[frozenset[str]]:
    """Which requirements, of those named, an entry lets share a unit: pairs of ids."""
    where = {node.id: at for at, node in addressed(rules.requires)}
    below: list[list[str]] = []
    for name in entry.between:
        own = where[name]
        below.append([id for id, at in where.items() if id in among and at[: len(own)] == own])
    return frozenset(
        frozenset((one, other)) for these, those in combinations(below, 2) for one in these for other in those
    )


def _fault(at: Address, sentence: str, step: str = "") -> Fault:
    return Fault(SLUG, at, sentence, step or "Make it at least as strict, or do not say that it tightens them.")


__all__ = ["admission_loosenings", "group_loosenings", "leaf_loosenings", "loosenings"]

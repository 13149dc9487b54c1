"""Does a qualification document refer only to what it holds? Nodes, calendars, grading scales, sharing.

Works on plain data, so that these faults are told even when other parts of the document cannot be read.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import ValidationError

from creditbank.canonical import Json, JsonObject
from creditbank.framework.faults import Address
from creditbank.framework.grading import GradeScale
from creditbank.framework.rules import PORTIONS

MAX_NESTING: Final = 16

Problem = tuple[Address, str]
Scales = Mapping[str, GradeScale | None]


def document_problems(plain: JsonObject) -> list[Problem]:
    """Every fault of references inside one document, in no order: each with its address and a sentence."""
    nodes = list(_nodes(plain.get("requires"), ("requires",)))
    scales = {name: _scale(value) for name, value in _members(plain.get("grading"))}
    found = list(_tree(nodes, [name for name, _ in _members(plain.get("calendars"))]))
    for at, where in _choices(plain, nodes):
        found.extend(_graded(at, where, scales))
    for at, node in nodes:
        found.extend(_measured(at, node, scales))
    found.extend(_sharing(plain, nodes))
    found.extend(_confined(nodes))
    found.extend(_stand_ins(plain))
    found.extend(_bundles(plain, nodes))
    found.extend(_other_documents(plain))
    for name in ("equivalents", "substitutes", "bundles", "sharing", "checked_by_people"):
        found.extend(_doubles(name, plain.get(name)))
    return found


def _tree(nodes: list[tuple[Address, JsonObject]], calendars: list[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for at, node in nodes:
        name, per = node.get("id"), node.get("per")
        if isinstance(name, str) and name in seen:
            yield (*at, "id"), f"the node id {name!r} stands twice"
        seen.add(str(name))
        if at.count("of") == MAX_NESTING + 1:
            yield at, f"groups are nested deeper than {MAX_NESTING} levels"
        if isinstance(per, str) and per not in PORTIONS and per not in calendars:
            words = ", ".join(PORTIONS)
            yield (
                (*at, "per"),
                f"no calendar named {per!r}; this document's calendars: {_listed(calendars)}; other words are: {words}",
            )
    if not any(node.get("kind") == "requirement" for _, node in nodes):
        yield (
            ("requires", "of"),
            "no requirement stands in the tree, so no unit has a place; one of 0 credits takes any",
        )


def _graded(at: Address, where: JsonObject, scales: Scales) -> Iterator[Problem]:
    """A grade that a choice asks for, when its scale or the grade itself does not exist."""
    asked = where.get("grade")
    if not isinstance(asked, dict) or not isinstance(asked.get("scale"), str):
        return
    name = str(asked["scale"])
    if name not in scales:
        yield (*at, "grade", "scale"), _no_scale(name, scales)
    scale = scales.get(name)
    if scale is None:
        return
    ranks = {}
    for key in ("at_least", "at_most"):
        grade = asked.get(key)
        if isinstance(grade, str):
            ranks[key] = scale.rank(grade)
            if ranks[key] is None:
                yield (*at, "grade", key), f"{grade!r} is no grade of the scale {name!r}; {_grades_of(scale)}"
    low, high = ranks.get("at_least"), ranks.get("at_most")
    if low is not None and high is not None and low > high:
        yield (
            (*at, "grade"),
            f"no grade is {asked['at_least']!r} or better and also {asked['at_most']!r} or worse",
        )


def _measured(at: Address, node: JsonObject, scales: Scales) -> Iterator[Problem]:
    """A mean or a sum of points over a scale that does not exist, has no points, or never reaches it."""
    name = node.get("grading")
    if not isinstance(name, str):
        return
    if name not in scales:
        yield (*at, "grading"), _no_scale(name, scales)
    scale = scales.get(name)
    if scale is None:
        return
    if scale.numbers is None and all(step.points is None for step in scale.grades):
        yield (*at, "grading"), f"no grade of the scale {name!r} has points, so nothing can be reckoned with it"
    elif node.get("points_at_least") is not None and scale.descends:
        yield (
            (*at, "grading"),
            f"on the scale {name!r} less is better, so a sum of its points says nothing; ask for a mean",
        )


def _sharing(plain: JsonObject, nodes: list[tuple[Address, JsonObject]]) -> Iterator[Problem]:
    """Nodes that a permission to share names: they exist, hold requirements, and do not contain one another."""
    where = {str(node.get("id")): (at, node) for at, node in reversed(nodes)}
    places = [at for at, node in nodes if node.get("kind") == "requirement"]
    earlier: list[tuple[str, dict[Address, int]]] = []
    for index, entry in enumerate(_objects(plain.get("sharing"))):
        between = _texts(entry.get("between"))
        at: Address = ("sharing", index, "between")
        below: dict[Address, int] = {}
        for n, name in enumerate(between):
            yield from _shared_node((*at, n), name, where, places)
            own = where[name][0] if name in where else ()
            for other in between:
                inside = where[other][0] if other in where else ()
                if own and len(inside) > len(own) and inside[: len(own)] == own:
                    yield (*at, n), f"{other!r} stands below {name!r}; share between nodes that lie apart"
            below.update({place: n for place in places if own and place[: len(own)] == own})
        for before, theirs in earlier:
            both = below.keys() & theirs.keys()
            if len({below[one] for one in both}) > 1 and len({theirs[one] for one in both}) > 1:
                yield at, f"some of these places may share a unit by {before!r} already; say it once"
        earlier.append((str(entry.get("id")), below))


def _confined(nodes: list[tuple[Address, JsonObject]]) -> Iterator[Problem]:
    """Nodes that a limit names in `within`: they exist, hold requirements, and stand there once."""
    where = {str(node.get("id")): (at, node) for at, node in reversed(nodes)}
    places = [at for at, node in nodes if node.get("kind") == "requirement"]
    for at, node in nodes:
        names = _texts(node.get("within"))
        for n, name in enumerate(names):
            yield from _shared_node((*at, "within", n), name, where, places)
            if name in names[:n]:
                yield (*at, "within", n), f"{name!r} stands twice"


def _shared_node(
    at: Address, name: str, where: Mapping[str, tuple[Address, JsonObject]], places: list[Address]
) -> Iterator[Problem]:
    if name not in where:
        if name:
            yield at, f"no node has the id {name!r}"
        return
    own, node = where[name]
    if not any(place[: len(own)] == own for place in places):
        yield at, f"no unit fills {name!r} ({node.get('kind')}); name requirements, or groups that hold some"


def _stand_ins(plain: JsonObject) -> Iterator[Problem]:
    """Achievements that belong to two classes of equivalents, or stand for themselves."""
    owner: dict[str, str] = {}
    for index, entry in enumerate(_objects(plain.get("equivalents"))):
        own, names = str(entry.get("id")), _texts(entry.get("achievements"))
        for n, name in enumerate(names):
            at: Address = ("equivalents", index, "achievements", n)
            if name in names[:n]:
                yield at, f"{name!r} stands twice"
            elif name in owner:
                yield at, f"{name!r} belongs to {owner[name]!r} already; put equivalents into one class"
        for name in names:
            owner.setdefault(name, own)
    for index, entry in enumerate(_objects(plain.get("substitutes"))):
        accepted = _texts(entry.get("accepted"))
        for n, name in enumerate(accepted):
            at = ("substitutes", index, "accepted", n)
            if name == entry.get("instead_of"):
                yield at, f"{name!r} would stand for itself"
            elif name in accepted[:n]:
                yield at, f"{name!r} stands twice"


def _bundles(plain: JsonObject, nodes: list[tuple[Address, JsonObject]]) -> Iterator[Problem]:
    """Bundles of one achievement, bundles within bundles, parts that are one and the same, and rules that name one."""
    bundles = _objects(plain.get("bundles"))
    whole = [entry.get("achievement") for entry in bundles]
    classes = [set(_texts(entry.get("achievements"))) for entry in _objects(plain.get("equivalents"))]
    for index, entry in enumerate(bundles):
        if whole[index] in whole[:index]:
            yield ("bundles", index, "achievement"), f"{whole[index]!r} is taken apart twice"
        yield from _doubles_at(("bundles", index, "parts"), entry.get("parts"))
        seen: list[str] = []
        for n, part in enumerate(_objects(entry.get("parts"))):
            at: Address = ("bundles", index, "parts", n, "achievement")
            name = str(part.get("achievement"))
            if name in whole:
                yield at, f"{name!r} is itself taken apart; name what it stands for"
            if any(name == other or any({name, other} <= group for group in classes) for other in seen):
                yield at, f"{name!r} is the same as another part, and of the same one counts"
            seen.append(name)
    yield from _whole_bundles_named(plain, nodes, {str(name) for name in whole})


def _whole_bundles_named(
    plain: JsonObject, nodes: list[tuple[Address, JsonObject]], whole: set[str]
) -> Iterator[Problem]:
    told = "is weighed as its parts (`bundles`), so nothing fits it as a whole; name the parts"
    for at, where in _choices(plain, nodes):
        for n, name in enumerate(_texts(where.get("achievement"))):
            if name in whole:
                yield (*at, "achievement", n), f"{name!r} {told}"
    for index, entry in enumerate(_objects(plain.get("equivalents"))):
        for n, name in enumerate(_texts(entry.get("achievements"))):
            if name in whole:
                yield ("equivalents", index, "achievements", n), f"{name!r} {told}"
    for index, entry in enumerate(_objects(plain.get("substitutes"))):
        for key in ("instead_of", "accepted"):
            for stated in _texts([entry.get(key)] if key == "instead_of" else entry.get(key)):
                if stated in whole:
                    yield ("substitutes", index, key), f"{stated!r} {told}"


def _other_documents(plain: JsonObject) -> Iterator[Problem]:
    """A document that names itself where it speaks of others."""
    absorbed = _texts(plain.get("absorbs"))
    for index, name in enumerate(absorbed):
        if name == plain.get("id"):
            yield ("absorbs", index), "an award absorbs others, not itself"
        elif name in absorbed[:index]:
            yield ("absorbs", index), f"{name!r} stands twice"
    parent = plain.get("tightens")
    own = [plain.get("id"), plain.get("version")]
    if isinstance(parent, dict) and None not in own and [parent.get("id"), parent.get("version")] == own:
        yield ("tightens",), "rules tighten others, not themselves"


def _objects(value: Json) -> list[JsonObject]:
    """The items of a list, each an object; what is none stands as an empty one, so that positions stay."""
    return [item if isinstance(item, dict) else {} for item in value] if isinstance(value, list) else []


def _texts(value: Json) -> list[str]:
    return [item if isinstance(item, str) else "" for item in value] if isinstance(value, list) else []


def _doubles(name: str, items: Json) -> Iterator[Problem]:
    yield from _doubles_at((name,), items)


def _doubles_at(at: Address, items: Json) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, item in enumerate(items if isinstance(items, list) else ()):
        own = item.get("id") if isinstance(item, dict) else None
        if isinstance(own, str) and own in seen:
            yield (*at, index, "id"), f"the id {own!r} stands twice"
        seen.add(str(own))


def _nodes(node: Json, at: Address) -> Iterator[tuple[Address, JsonObject]]:
    if isinstance(node, dict):
        yield at, node
        children = node.get("of")
        for index, child in enumerate(children if isinstance(children, list) else ()):
            yield from _nodes(child, (*at, "of", index))


def _choices(plain: JsonObject, nodes: list[tuple[Address, JsonObject]]) -> Iterator[tuple[Address, JsonObject]]:
    admits = plain.get("admits")
    holders: list[tuple[Address, JsonObject]] = [(("admits",), admits)] if isinstance(admits, dict) else []
    for at, holder in [*holders, *nodes]:
        for key in ("where", "half_units", "base", "needs"):
            yield from _within((*at, key), holder.get(key))
        between = holder.get("between")
        for index, where in enumerate(between if isinstance(between, list) else ()):
            yield from _within((*at, "between", index), where)
        for index, one in enumerate(_objects(holder.get("weights"))):
            yield from _within((*at, "weights", index, "where"), one.get("where"))


def _within(at: Address, where: Json) -> Iterator[tuple[Address, JsonObject]]:
    if isinstance(where, dict):
        yield at, where
        yield from _within((*at, "excluding"), where.get("excluding"))
        options = where.get("any_of")
        for index, option in enumerate(options if isinstance(options, list) else ()):
            yield from _within((*at, "any_of", index), option)


def _scale(value: Json) -> GradeScale | None:
    """The scale, when it is sound; what is wrong with it is told where it stands."""
    try:
        return GradeScale.model_validate(value)
    except ValidationError:
        return None


def _members(value: Json) -> list[tuple[str, Json]]:
    return list(value.items()) if isinstance(value, dict) else []


def _no_scale(name: str, scales: Scales) -> str:
    return f"no grading scale named {name!r}; this document's `grading` has: {_listed(scales)}"


def _grades_of(scale: GradeScale) -> str:
    if scale.numbers is not None:
        return f"it runs from {scale.numbers[0]} (worst) to {scale.numbers[1]} (best)"
    return f"from the worst to the best it has: {', '.join(step.code for step in scale.grades)}"


def _listed(names: "Mapping[str, object] | list[str]") -> str:
    return ", ".join(sorted(names)) or "none"


__all__ = ["MAX_NESTING", "document_problems"]

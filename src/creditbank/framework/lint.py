"""Does a document agree with itself and with the documents it names? All faults of a file, each with its address.

`check_qualification` tells what refuses a document, `qualification_warnings` what is worth a second look.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Final

from creditbank.framework.choosing import Scope, disjoint, emptiness, without
from creditbank.framework.codes import ISCED_F, CodeLists, country_fault, language_fault, listed_fault
from creditbank.framework.contradiction import contradictions, never_fails
from creditbank.framework.editions import edition_in_force
from creditbank.framework.faults import Address, Fault
from creditbank.framework.framework import Framework, Recognition, UnknownLevel
from creditbank.framework.qualification import Qualification
from creditbank.framework.rules import Group, Limit, Requirement, addressed
from creditbank.framework.tightening import loosenings
from creditbank.framework.where import Where

MOST_LISTED: Final = 12
"""Of how many known names all are told; of more, the nearest."""


def check_qualification(
    qualification: Qualification,
    frameworks: Mapping[str, Framework],
    systems: Collection[str] | None = None,
    *,
    editions: Mapping[str, Sequence[Framework]] | None = None,
    others: Sequence[Qualification] | None = None,
    codes: CodeLists | None = None,
) -> list[Fault]:
    """Everything for which these rules are refused, in the order of these questions.

    Does every name stand for something: frameworks, levels, credit systems (when `systems` is given), codes (when
    `codes` is given), other rules (when `others` is given: all that are loaded)? Can some unit fit each choice, can the
    rules hold together, and are they as strict as those they say they tighten? `frameworks` holds the newest version of
    each framework, `editions` all of them, so that a level of another version is told as such.
    """
    found: list[Fault] = []
    if systems is not None and qualification.credit_system not in systems:
        found.append(_dangling(("credit_system",), "credit system", qualification.credit_system, systems))
    for index, name in enumerate(qualification.admits.frameworks):
        if name not in frameworks:
            found.append(_dangling(("admits", "frameworks", index), "framework", name, frameworks))
    framework = frameworks.get(qualification.framework)
    if framework is None:
        found.append(_dangling(("framework",), "framework", qualification.framework, frameworks))
    else:
        found.extend(_levels(qualification, framework, (editions or {}).get(framework.id, ())))
    if codes is not None:
        found.extend(_codes(qualification, codes))
    scope = Scope.of(qualification, framework)
    found.extend(_choices_that_fit_nothing(qualification, scope))
    found.extend(contradictions(qualification, scope))
    if others is not None:
        found.extend(_ladder(qualification, others))
        found.extend(_tightened(qualification, others, framework))
    return found


def qualification_warnings(qualification: Qualification, framework: Framework | None = None) -> list[Fault]:
    """What holds, and is yet hardly meant: rules that ask for nothing, branches never needed, names nothing uses."""
    scope = Scope.of(qualification, framework)
    found: list[Fault] = []
    for address, node in addressed(qualification.requires):
        if isinstance(node, Limit) and never_fails(node, scope):
            found.append(Fault("bounds-nothing", address, f"«{node.title}» always holds, so it bounds nothing."))
        if isinstance(node, Group) and node.needed < len(node.of):
            idle = [child for child in node.of if never_fails(child, scope)]
            if len(idle) >= node.needed:
                names = " and ".join(f"«{child.title}»" for child in idle)
                sentence = f"«{node.title}» always holds, because of {names}; the rest of it is never needed."
                found.append(Fault("never-needed", address, sentence))
    found.extend(_unused(qualification))
    found.extend(_idle_sharing(qualification, scope))
    return found


def check_recognition(decision: Recognition, frameworks: Mapping[str, Framework]) -> list[Fault]:
    """The framework or the level of a decision, when it does not exist."""
    framework = frameworks.get(decision.framework)
    if framework is None:
        return [_dangling(("framework",), "framework", decision.framework, frameworks)]
    if decision.level is None:
        return []
    try:
        framework.order(decision.level)
    except UnknownLevel as cause:
        return [Fault("unknown-level", ("level",), cause.sentence, cause.next_step)]
    return []


def _dangling(address: Address, what: str, name: str, known: Collection[str]) -> Fault:
    listed = ", ".join(sorted(known)) or "none"
    if len(known) <= MOST_LISTED:
        return Fault("unknown-document-named", address, f"No {what} {name!r} is loaded; loaded are: {listed}.")
    near = get_close_matches(name, list(known), n=3, cutoff=0.5)
    step = f"Did you mean {' or '.join(near)}?" if near else f"Load the {what} too."
    return Fault("unknown-document-named", address, f"No {what} {name!r} is loaded.", step)


def _levels(rules: Qualification, newest: Framework, editions: Sequence[Framework]) -> Iterator[Fault]:
    """Level codes that the framework does not have: in the version these rules began under, and in the newest."""
    began = edition_in_force(editions, date.fromisoformat(rules.valid_from)) or newest
    ended = rules.valid_until is not None and rules.valid_until < newest.valid_from
    asked = [began] if ended or began is newest else [began, newest]
    for address, code in _levels_named(rules):
        for framework in asked:
            try:
                framework.order(code)
            except UnknownLevel as cause:
                elsewhere = [one.version for one in editions if code in {level.code for level in one.levels}]
                hint = f"It is a level of version {elsewhere[-1]}." if elsewhere else cause.next_step
                yield Fault("unknown-level", address, cause.sentence, hint)
                break


def _levels_named(rules: Qualification) -> Iterator[tuple[Address, str]]:
    named: list[tuple[Address, str | None]] = [
        (("level",), rules.level),
        (("admits", "level_at_least"), rules.admits.level_at_least),
    ]
    for index, bundle in enumerate(rules.bundles):
        named += [(("bundles", index, "parts", n, "level"), part.level) for n, part in enumerate(bundle.parts)]
    for address, where in rules.every_choice():
        named += [((*address, key), getattr(where, key)) for key in ("level_at_least", "level_at_most")]
    yield from ((address, code) for address, code in named if code is not None)


def _codes(rules: Qualification, codes: CodeLists) -> Iterator[Fault]:
    """Fields, countries and languages that no list of codes has."""
    checks: dict[str, Callable[[str, Address], Fault | None]] = {
        "field": lambda code, at: listed_fault(code, ISCED_F, codes, at),
        "country": lambda code, at: country_fault(code, codes, at),
        "language": lambda code, at: language_fault(code, codes, at),
    }
    for index, bundle in enumerate(rules.bundles):
        for n, part in enumerate(bundle.parts):
            for m, code in enumerate(part.fields):
                fault = listed_fault(code, ISCED_F, codes, ("bundles", index, "parts", n, "fields", m))
                if fault is not None:
                    yield fault
    for address, where in rules.every_choice():
        for key, check in checks.items():
            for index, code in enumerate(getattr(where, key)):
                fault = check(code, (*address, key, index))
                if fault is not None:
                    yield fault


def _choices_that_fit_nothing(rules: Qualification, scope: Scope) -> Iterator[Fault]:
    for address, where in rules.every_choice():
        said = emptiness(where, scope)
        if said is not None:
            yield Fault("empty-choice", address, said, "Correct it, or take the rule out.")
            continue
        around = without(where, "any_of")
        for index, choice in enumerate(where.any_of):
            if disjoint(choice, around, scope):
                sentence = "No unit that fits this also fits what stands around it."
                yield Fault("empty-choice", (*address, "any_of", index), sentence, "Take it out of `any_of`.")


def _ladder(rules: Qualification, others: Sequence[Qualification]) -> Iterator[Fault]:
    """Absorbed awards that do not exist, or that absorb this one in turn."""
    below: dict[str, set[str]] = {}
    for other in others:
        below.setdefault(other.id, set()).update(other.absorbs)
    for index, name in enumerate(rules.absorbs):
        at: Address = ("absorbs", index)
        if name not in below:
            yield _dangling(at, "qualification", name, below)
        elif rules.id in _reached(name, below):
            yield Fault("cycle", at, f"{name!r} absorbs {rules.id!r} in turn, so that neither is the higher award.")


def _reached(start: str, below: Mapping[str, Collection[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for name in below.get(waiting.pop(), ()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def _tightened(rules: Qualification, others: Sequence[Qualification], framework: Framework | None) -> Iterator[Fault]:
    """Rules that these say they tighten: are they there, do they not tighten these, and is nothing looser?"""
    if rules.tightens is None:
        return
    known = {(one.id, one.version): one for one in others}
    parent = known.get((rules.tightens.id, rules.tightens.version))
    if parent is None:
        versions = [version for id, version in known if id == rules.tightens.id]
        if versions:
            yield _dangling(
                ("tightens", "version"), f"version of {rules.tightens.id}", rules.tightens.version, versions
            )
        else:
            yield _dangling(("tightens", "id"), "qualification", rules.tightens.id, {id for id, _ in known})
        return
    above, seen = parent, {(rules.id, rules.version)}
    while above.tightens is not None:
        name = (above.tightens.id, above.tightens.version)
        if name in seen:
            yield Fault("cycle", ("tightens",), "These rules and those they tighten tighten one another in a circle.")
            return
        seen.add(name)
        following = known.get(name)
        if following is None:
            break
        above = following
    yield from loosenings(rules, parent, framework)


def _unused(rules: Qualification) -> Iterator[Fault]:
    """Calendars, scales and substitutes that no rule speaks of."""
    nodes = [node for _, node in addressed(rules.requires)]
    limits = [node for node in nodes if isinstance(node, Limit)]
    choices = [where for _, where in rules.every_choice()]
    scales = {node.grading for node in limits} | {where.grade.scale for where in choices if where.grade is not None}
    for name in rules.calendars:
        if name not in {node.per for node in limits}:
            yield Fault("unused", ("calendars", name), f"No limit is `per: {name}`, so this calendar does nothing.")
    for name in rules.grading:
        if name not in scales:
            yield Fault("unused", ("grading", name), "No rule speaks of this scale.")
    named = {name for where in choices for name in where.achievement}
    classes = {name for one in rules.equivalents if named & set(one.achievements) for name in one.achievements}
    for index, one in enumerate(rules.substitutes):
        if one.instead_of not in named | classes:
            sentence = f"No rule names {one.instead_of!r}, so nothing can stand in its place."
            yield Fault("unused", ("substitutes", index, "instead_of"), sentence)


def _idle_sharing(rules: Qualification, scope: Scope) -> Iterator[Fault]:
    """Permissions to share that no unit could ever use, because no unit fits two of the places."""
    where = {node.id: at for at, node in addressed(rules.requires)}
    places = [(at, node.where) for at, node in addressed(rules.requires) if isinstance(node, Requirement)]
    for index, entry in enumerate(rules.sharing):
        below = [[choice for at, choice in places if at[: len(where[name])] == where[name]] for name in entry.between]
        if not _some_unit_fits_two(below, scope):
            sentence = f"No unit fits two of these places, so «{entry.title}» permits nothing."
            yield Fault("never-needed", ("sharing", index), sentence)


def _some_unit_fits_two(below: Sequence[Sequence[Where]], scope: Scope) -> bool:
    return any(
        not disjoint(one, other, scope)
        for index, these in enumerate(below)
        for those in below[index + 1 :]
        for one in these
        for other in those
    )

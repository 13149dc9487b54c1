"""Does a document agree with the documents it names? Levels, frameworks and credit systems must exist."""

from collections.abc import Collection, Iterator, Mapping

from creditbank.framework.faults import Address, Fault
from creditbank.framework.framework import Framework, Recognition, UnknownLevel
from creditbank.framework.qualification import Limit, Qualification, Requirement, Where, addressed


def check_qualification(
    qualification: Qualification,
    frameworks: Mapping[str, Framework],
    systems: Collection[str] | None = None,
) -> list[Fault]:
    """Every name in the rules that no framework (or, when `systems` is given, no credit system) stands
    behind.
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
        return found
    for address, code in _levels_named(qualification):
        try:
            framework.order(code)
        except UnknownLevel as cause:
            found.append(Fault("unknown-level", address, cause.sentence, cause.next_step))
    for address, where in _choices(qualification):
        found.extend(_empty_range(framework, address, where))
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
    return Fault("unknown-document-named", address, f"No {what} {name!r} is loaded; loaded are: {listed}.")


def _choices(qualification: Qualification) -> Iterator[tuple[Address, Where]]:
    for address, node in addressed(qualification.requires):
        if isinstance(node, Requirement | Limit):
            yield (*address, "where"), node.where
            inner, at = node.where.excluding, (*address, "where", "excluding")
            while inner is not None:
                yield at, inner
                inner, at = inner.excluding, (*at, "excluding")


def _levels_named(qualification: Qualification) -> Iterator[tuple[Address, str]]:
    if qualification.level is not None:
        yield ("level",), qualification.level
    if qualification.admits.level_at_least is not None:
        yield ("admits", "level_at_least"), qualification.admits.level_at_least
    for address, where in _choices(qualification):
        for key in ("level_at_least", "level_at_most"):
            code = getattr(where, key)
            if code is not None:
                yield (*address, key), code


def _empty_range(framework: Framework, address: Address, where: Where) -> list[Fault]:
    codes = {level.code: rank for rank, level in enumerate(framework.levels)}
    low, high = codes.get(where.level_at_least or ""), codes.get(where.level_at_most or "")
    if low is None or high is None or low <= high:
        return []
    sentence = f"No level is at least {where.level_at_least} and at most {where.level_at_most}."
    return [Fault("empty-range", address, sentence)]

"""What an exception means: the rules as they read for one learner.

`excepted` gives the rules of a qualification with the exceptions of one learner in them. Nodes keep their addresses,
and every digest of the result is that of the original text: an evaluation and a proof name the rules as published and,
beside them, the exceptions. Engine and checker both read the rules through here, so neither needs to know the kinds;
only a `pin`, which speaks of units, is stated where units are.

Exceptions are applied by the day they were decided, then by id. A later decision about the same bound, or under the
same id, replaces the earlier one; decisions that say opposite things are refused.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from fractions import Fraction
from typing import Any, Final, cast

from pydantic import ValidationError

from creditbank.canonical import digest_text
from creditbank.errors import Refused
from creditbank.framework.common import FORMS, Document, Id, Term, document_digest
from creditbank.framework.exception import RuleException
from creditbank.framework.faults import DocumentFaults, Fault
from creditbank.framework.qualification import Qualification, Substitute
from creditbank.framework.rules import BOUNDS, AnyLeafOrGroup, Group, Limit, Requirement
from creditbank.framework.where import Where

MAX_EXCEPTIONS: Final = 100


class ContradictingExceptions(Refused):
    """Two exceptions of one learner say opposite things about one rule or one unit."""

    slug = "contradicting-exceptions"


class TooManyExceptions(Refused):
    """One learner has more exceptions to one text of rules than are weighed."""

    slug = "too-many-exceptions"


class NamedCredential(Where):
    """A choice of one credential by id: no rule document can say this, only an exception does.

    With `reissued` a correction of the credential is meant too, which carries the id of its first issue.
    """

    credential: Term
    reissued: bool = False

    def means(self, credential: str, first_issue: str) -> bool:
        """Whether it is this credential."""
        return self.credential == credential or (self.reissued and self.credential == first_issue)


class Waived(Limit):
    """The node that stands in the place of a waived one: a limit that asks for nothing."""

    exception: Id
    instead_of: AnyLeafOrGroup


class ExceptedRules(Qualification):
    """Rules as they read for one learner: the original text, and the exceptions that are in it.

    It has no text of its own. Whoever asks for its values or its digest is given those of the original.
    """

    original: Qualification
    exceptions: tuple[RuleException, ...]

    def model_dump(self, **how: Any) -> dict[str, Any]:
        """The values of the original text."""
        return self.original.model_dump(**how)

    @property
    def pins(self) -> tuple[RuleException, ...]:
        """The exceptions that hold a unit to a place."""
        return tuple(one for one in self.exceptions if one.kind == "pin")

    def without(self, left_out: Iterable[RuleException]) -> Qualification:
        """The same without some pins, which stand in no rule; the original where nothing is left."""
        gone = tuple(left_out)
        assert all(one.kind == "pin" for one in gone), "only pins can be taken out of rules again"
        kept = tuple(one for one in self.exceptions if one not in gone)
        return self.model_copy(update={"exceptions": kept}) if kept else self.original


def excepted(rules: Qualification, exceptions: Iterable[RuleException]) -> Qualification:
    """The rules with these exceptions in them, in whatever order they are given; without any, the rules themselves.

    Raises `ContradictingExceptions`, `TooManyExceptions`, and `DocumentFaults` for an exception that does not fit the
    text. Whether it is about this text, this learner and this day is not asked here.
    """
    standing, _ = sorted_out(exceptions)
    if not standing:
        return rules
    require_no_contradiction(standing)
    faults = [fault for one in standing for fault in exception_faults(one, rules)]
    if faults:
        raise DocumentFaults(faults, place=standing[0].id if len(standing) == 1 else "")
    changed = rules
    for one in standing:
        changed = _APPLIED[one.kind](changed, one)
    values = {name: getattr(changed, name) for name in Qualification.model_fields}
    return ExceptedRules.model_construct(**values, original=rules, exceptions=standing)


def sorted_out(
    exceptions: Iterable[RuleException],
) -> tuple[tuple[RuleException, ...], tuple[tuple[RuleException, RuleException], ...]]:
    """Those that stand, in the order in which they are applied, and those that a later one replaces, with that one.

    Raises `ContradictingExceptions` for two of one day of which neither can be called the later, and
    `TooManyExceptions`.
    """
    given: list[RuleException] = []
    every = sorted(exceptions, key=lambda one: one.order)
    if len(every) > MAX_EXCEPTIONS:
        raise TooManyExceptions(
            f"{len(every)} exceptions were given for one learner; at most {MAX_EXCEPTIONS} are weighed at once.",
            next_step="Revoke those that are no longer needed.",
        )
    for one in every:
        if one not in given:
            given.append(one)
    standing: list[RuleException] = []
    replaced: list[tuple[RuleException, RuleException]] = []
    for index, one in enumerate(given):
        later = next((other for other in given[index + 1 :] if _replaces(other, one)), None)
        if later is None:
            standing.append(one)
            continue
        if later.decided == one.decided and (later.id == one.id or later.value != one.value):
            raise _contradiction(one, later, "were decided on the same day about the same thing")
        replaced.append((one, later))
    return tuple(standing), tuple(replaced)


def _replaces(later: RuleException, earlier: RuleException) -> bool:
    if later.id == earlier.id:
        return True
    same = (later.kind, later.node, later.bound) == (earlier.kind, earlier.node, earlier.bound)
    return same and later.kind == "change-limit"


def require_no_contradiction(exceptions: Sequence[RuleException]) -> None:
    """Raise `ContradictingExceptions` with the first two that say opposite things."""
    for index, one in enumerate(exceptions):
        for other in exceptions[index + 1 :]:
            if reason := _clash(one, other) or _clash(other, one):
                raise _contradiction(one, other, reason)


def _clash(one: RuleException, other: RuleException) -> str:
    """How two exceptions say opposite things, read from the first; or an empty text."""
    if one.kind == "waive" and other.kind not in ("waive", "substitute") and one.reaches(other.node):
        return f"waive {one.node}, and change what it asks for"
    if one.kind == "pin" and one.names == other.names:
        if other.kind == "pin" and other.node != one.node:
            return f"pin one unit to two places, {one.node} and {other.node}"
        if other.kind == "block" and other.reaches(one.node):
            return f"pin a unit to {one.node}, and block it there"
    if one.kind == "also-allow" and other.kind == "block" and one.names == other.names and other.reaches(one.node):
        return f"also allow a unit at {one.node}, and block it there"
    return ""


def _contradiction(one: RuleException, other: RuleException, reason: str) -> ContradictingExceptions:
    return ContradictingExceptions(
        f"The exceptions {one.id} and {other.id} {reason}.",
        place=one.node,
        next_step="Revoke one of the two, then evaluate again.",
    )


# -- what each kind does


def _also_allow(rules: Qualification, one: RuleException) -> Qualification:
    def widened(node: AnyLeafOrGroup) -> AnyLeafOrGroup:
        assert isinstance(node, Requirement | Limit), "the door refuses any other"
        return node.model_copy(update={"where": Where(any_of=(node.where, choice_of(one)))})

    return _with_node(rules, one.node, widened)


def _block(rules: Qualification, one: RuleException) -> Qualification:
    def narrowed(node: AnyLeafOrGroup) -> AnyLeafOrGroup:
        if isinstance(node, Group):
            return node.model_copy(update={"of": tuple(narrowed(child) for child in node.of)})
        if isinstance(node, Requirement) or (isinstance(node, Limit) and node.id == one.node.rpartition("/")[2]):
            return node.model_copy(update={"where": _excluding(node.where, one)})
        return node

    changed = _with_node(rules, one.node, narrowed)
    if one.node != rules.requires.id:
        return changed
    admits = rules.admits.model_copy(update={"where": _excluding(rules.admits.where, one)})
    return changed.model_copy(update={"admits": admits})


def _excluding(where: Where, one: RuleException) -> Where:
    return Where(any_of=() if where.everything else (where,), excluding=choice_of(one))


def _change_limit(rules: Qualification, one: RuleException) -> Qualification:
    assert one.bound is not None, "the door refuses any other"
    return _with_node(rules, one.node, lambda node: node.model_copy(update={str(one.bound): one.value}))


def _substitute(rules: Qualification, one: RuleException) -> Qualification:
    assert one.instead_of is not None, "the door refuses any other"
    entry = Substitute(id=one.id, instead_of=one.instead_of, accepted=one.accepted)
    return rules.model_copy(update={"substitutes": (*rules.substitutes, entry)})


def _waive(rules: Qualification, one: RuleException) -> Qualification:
    def let_go(node: AnyLeafOrGroup) -> AnyLeafOrGroup:
        return Waived.model_construct(
            id=node.id, title=node.title, over="counted", units_at_least=0, exception=one.id, instead_of=node
        )

    return _with_node(rules, one.node, let_go)


def _pin(rules: Qualification, one: RuleException) -> Qualification:
    return rules  # no rule reads differently; where the unit goes is stated with the units


_APPLIED: Final[dict[str, Callable[[Qualification, RuleException], Qualification]]] = {
    "also-allow": _also_allow,
    "block": _block,
    "change-limit": _change_limit,
    "pin": _pin,
    "substitute": _substitute,
    "waive": _waive,
}


def choice_of(one: RuleException) -> Where:
    """The unit that an exception names, as a choice. A block means a correction of its credential too."""
    if one.credential is not None:
        return NamedCredential(credential=one.credential, reissued=one.kind == "block")
    assert one.achievement is not None, "the door refuses any other"
    return Where(achievement=(one.achievement,))


def _with_node(rules: Qualification, path: str, change: Callable[[AnyLeafOrGroup], AnyLeafOrGroup]) -> Qualification:
    """The rules with one node changed; below a waived node there is nothing left to change."""
    ids = path.split("/")

    def visit(node: AnyLeafOrGroup, depth: int) -> AnyLeafOrGroup:
        if node.id != ids[depth]:
            return node
        if depth == len(ids) - 1:
            return change(node)
        if not isinstance(node, Group):
            return node
        return node.model_copy(update={"of": tuple(visit(child, depth + 1) for child in node.of)})

    return rules.model_copy(update={"requires": cast(Group, visit(rules.requires, 0))})


# -- at the door


def check_exception(one: RuleException, loaded: Iterable[Document]) -> list[Fault]:
    """What an exception names and is not loaded, or is loaded in another text, or does not have what it speaks of."""
    named = one.rules
    versions = {rules.version: rules for rules in loaded if isinstance(rules, Qualification) and rules.id == named.id}
    if not versions:
        return [Fault("unknown-document-named", ("rules", "id"), f"No qualification {named.id!r} is loaded.")]
    rules = versions.get(named.version)
    if rules is None:
        known = ", ".join(sorted(versions))
        sentence = f"The qualification {named.id!r} has no version {named.version!r}; loaded are: {known}."
        return [Fault("unknown-document-named", ("rules", "version"), sentence)]
    digest = digest_text(document_digest(rules))
    if digest != named.digest:
        sentence = f"It is about another text of {named.id!r} than the one that is loaded, {digest}."
        return [Fault("other-text", ("rules", "digest"), sentence, "Read the new text, and decide about that one.")]
    return exception_faults(one, rules)


def exception_faults(one: RuleException, rules: Qualification) -> list[Fault]:
    """What is wrong with an exception beside the very text it is about."""
    nodes = dict(rules.nodes())
    node = nodes.get(one.node)
    if node is None:
        near = get_close_matches(one.node, nodes, n=1, cutoff=0.4)
        step = f"Did you mean {near[0]}?" if near else "Spell its whole path, as the tree of the rules shows it."
        return [Fault("unknown-node", ("node",), f"{rules.id} {rules.version} has no rule {one.node!r}.", step)]
    match one.kind:
        case "change-limit":
            return [*_bound_faults(one, node), *_mean_faults(one, node, rules)]
        case "substitute":
            return list(_substitute_faults(one, rules))
        case "waive" if one.node == rules.requires.id:
            sentence = "This is the whole of the rules, and whoever waives that grants the award without any."
            return [Fault("waives-everything", ("node",), sentence, "Waive the parts that are let go.")]
        case "waive":
            return []
    allowed: dict[str, tuple[type[AnyLeafOrGroup], ...]] = {
        "also-allow": (Requirement, Limit),
        "pin": (Requirement,),
        "block": (Requirement, Limit, Group),
    }
    if isinstance(node, allowed[one.kind]):
        return []
    words = " or a ".join(kind.__name__.lower() for kind in allowed[one.kind])
    sentence = f"«{node.title}» is of the kind `{node.kind}`, and `{one.kind}` speaks of a {words}."
    return [Fault("other-kind-of-node", ("node",), sentence, "Name the requirement that the unit is to fill.")]


def _bound_faults(one: RuleException, node: AnyLeafOrGroup) -> Iterator[Fault]:
    assert one.bound is not None, "the door refuses any other"
    own = {name: value for name in (*BOUNDS, "n") if (value := getattr(node, name, None)) is not None}
    if one.bound not in own:
        has = f"its bounds are: {', '.join(own)}" if own else "it has none"
        yield Fault(
            "no-such-bound", ("bound",), f"«{node.title}» has no bound {one.bound}; {has}.", "Name one of these."
        )
        return
    if own[one.bound] == one.value:
        yield Fault("changes-nothing", ("value",), f"{one.bound} of «{node.title}» is {one.value} already.")
        return
    try:
        type(node).model_validate({**dict(node), one.bound: one.value}, strict=True)
    except ValidationError as cause:
        for error in cause.errors(include_url=False):
            said = _worded(error.get("ctx", {}), error["msg"])
            step = f"It is {own[one.bound]!r} in the rules; write the new value in that form."
            yield Fault(
                "wrong-value", ("value",), f"{one.bound} of «{node.title}» cannot be {one.value!r}: {said}.", step
            )


def _mean_faults(one: RuleException, node: AnyLeafOrGroup, rules: Qualification) -> Iterator[Fault]:
    """A mean that no grade of its scale reaches would be a refusal that looks like a rule."""
    scale = rules.grading.get(node.grading or "") if isinstance(node, Limit) else None
    if one.bound != "mean_at_least" or scale is None or not _is_number(one.value):
        return
    asked = Fraction(str(one.value))
    if scale.best is not None and (asked < scale.best if scale.descends else asked > scale.best):
        said = f"no grade of the scale is better than {float(scale.best):g}"
        sentence = f"{one.bound} of «{node.title}» cannot be {one.value!r}: {said}."
        yield Fault("wrong-value", ("value",), sentence, "Ask for a mean that grades of this scale can have.")


def _is_number(value: object) -> bool:
    try:
        Fraction(str(value))
    except ValueError:
        return False
    return True


def _worded(context: Any, otherwise: str) -> str:
    if isinstance(context.get("error"), ValueError):
        return str(context["error"])
    pattern = context.get("pattern")
    return f"it is not {FORMS[pattern]}" if pattern in FORMS else otherwise[:1].lower() + otherwise[1:]


def _substitute_faults(one: RuleException, rules: Qualification) -> Iterator[Fault]:
    if one.node != rules.requires.id:
        sentence = f"A substitute is accepted wherever these rules name the other, so it is about {rules.requires.id}."
        yield Fault("other-kind-of-node", ("node",), sentence, "For one place only, use `also-allow` there.")
    named = {name for _, where in rules.every_choice() for name in where.achievement}
    for equal in rules.equivalents:
        named |= set(equal.achievements) if named.intersection(equal.achievements) else set()
    if one.instead_of not in named:
        sentence = f"No rule of {rules.id} {rules.version} names the achievement {one.instead_of!r}."
        yield Fault("unknown-achievement", ("instead_of",), sentence, "Spell its id as the rules do.")


__all__ = [
    "ContradictingExceptions",
    "ExceptedRules",
    "NamedCredential",
    "TooManyExceptions",
    "Waived",
    "check_exception",
    "choice_of",
    "excepted",
    "exception_faults",
    "require_no_contradiction",
    "sorted_out",
]

"""Which exceptions hold for a learner in a setting, and which of a learner's uses rest on them.

What an exception does to the rules stands in `creditbank.framework.excepting`; here is asked whether it may: it must be
the awarding body's own, for this very learner, about this very text, and in force on the day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from creditbank.canonical import JsonObject, digest_text
from creditbank.framework.common import document_digest
from creditbank.framework.excepting import ExceptedRules, Waived, excepted, sorted_out
from creditbank.framework.exception import RuleException
from creditbank.framework.qualification import AnyLeafOrGroup, Limit, Qualification, Requirement
from creditbank.stacking.messages import Wording
from creditbank.stacking.rule import Weighed, equal_to, fits_place, is_named, speaks_of, stands_for
from creditbank.stacking.setting import Setting
from creditbank.stacking.wording import need_words


@dataclass(frozen=True, slots=True, order=True)
class SetAside:
    """An exception that was given and does not hold here, and why. Nothing else of it is told."""

    exception: str
    slug: str
    sentence: str

    def to_json(self) -> JsonObject:
        """The exception as it stands in an evaluation."""
        return {"id": self.exception, "slug": self.slug, "sentence": self.sentence}


def under_exceptions(qualification: Qualification, setting: Setting, learner: str) -> Qualification:
    """The rules as they read for a learner in this setting; the rules themselves where no exception holds.

    Where exceptions are in the rules already, those that hold in this setting take their place: one may have ended by a
    later day. Raises `DocumentFaults` for an exception that does not fit the text it names, and
    `ContradictingExceptions`.
    """
    rules = qualification.original if isinstance(qualification, ExceptedRules) else qualification
    return excepted(rules, holding(rules, setting, learner)) if setting.exceptions else rules


def holding(qualification: Qualification, setting: Setting, learner: str) -> list[RuleException]:
    """The exceptions that are the awarding body's, for this learner, about this text, and in force."""
    mine = [one for one in setting.exceptions if one.learner == learner]
    if not mine:
        return []
    text = digest_text(document_digest(qualification))
    return [one for one in mine if not _unfit(one, qualification, text, setting, learner)]


def set_aside(qualification: Qualification, setting: Setting, learner: str) -> tuple[SetAside, ...]:
    """The exceptions that were given and do not hold here, by id, each with the first reason that is true of it."""
    if not setting.exceptions:
        return ()
    text = digest_text(document_digest(qualification))
    found: set[SetAside] = set()
    for one in setting.exceptions:
        if reason := _unfit(one, qualification, text, setting, learner):
            found.add(SetAside(one.id, *reason))
    for earlier, later in sorted_out(holding(qualification, setting, learner))[1]:
        sentence = setting.wording.say("excepting.replaced", later=later.id, day=date.fromisoformat(later.decided))
        found.add(SetAside(earlier.id, "replaced", sentence))
    return tuple(sorted(found))


def _unfit(
    one: RuleException, qualification: Qualification, text: str, setting: Setting, learner: str
) -> tuple[str, str] | None:
    """Why an exception does not hold here, as a slug and a sentence; None where it does."""
    say = setting.wording.say
    if one.learner != learner:
        return "other-learner", say("excepting.other-learner")
    if one.by != setting.awarding:
        names = {"by": setting.name_of(one.by), "awarding": setting.name_of(setting.awarding)}
        return "other-body", say("excepting.other-body", **names)
    if (one.rules.id, one.rules.version, one.rules.digest) != (qualification.id, qualification.version, text):
        return "other-text", say("excepting.other-text", rules=one.rules.id, version=one.rules.version)
    if not one.valid_on(setting.date):
        days = {"day": date.fromisoformat(one.decided), "date": setting.date}
        if one.valid_until is None:
            return "not-in-force", say("excepting.not-in-force", **days)
        last = date.fromisoformat(one.valid_until)
        return "not-in-force", say("excepting.not-in-force-until", last=last, **days)
    return None


def applied(qualification: Qualification) -> tuple[RuleException, ...]:
    """The exceptions that are in these rules, in the order in which they were applied."""
    return qualification.exceptions if isinstance(qualification, ExceptedRules) else ()


def pins(qualification: Qualification) -> tuple[RuleException, ...]:
    """The exceptions in these rules that hold a unit to a place."""
    return qualification.pins if isinstance(qualification, ExceptedRules) else ()


def pinned_to(pin: RuleException, unit: Weighed, qualification: Qualification, setting: Setting) -> bool:
    """Whether a pin holds this unit: it names it, and the place takes it."""
    if not is_named(pin, unit, qualification, setting):
        return False
    node = dict(qualification.nodes()).get(pin.node)
    return isinstance(node, Requirement) and fits_place(node, unit, qualification, setting)


def without_idle_pins(
    qualification: Qualification, units: Iterable[Weighed], setting: Setting
) -> tuple[Qualification, tuple[SetAside, ...]]:
    """The rules without the pins whose unit is not among these, and those pins. They bind nothing."""
    if not (held := pins(qualification)):
        return qualification, ()
    units = tuple(units)
    idle = [pin for pin in held if not any(pinned_to(pin, unit, qualification, setting) for unit in units)]
    why = [SetAside(pin.id, "nothing-to-pin", _idle_words(pin, units, qualification, setting)) for pin in idle]
    return without_pins(qualification, idle), tuple(sorted(why))


def without_pins(qualification: Qualification, gone: Sequence[RuleException]) -> Qualification:
    """The rules without some of their pins."""
    if not gone:
        return qualification
    assert isinstance(qualification, ExceptedRules), "only these have pins"
    return qualification.without(gone)


def _idle_words(pin: RuleException, units: Sequence[Weighed], qualification: Qualification, setting: Setting) -> str:
    title = dict(qualification.nodes())[pin.node].title
    known = any(is_named(pin, unit, qualification, setting) for unit in units)
    return setting.wording.say(f"excepting.{'pin-does-not-fit' if known else 'nothing-to-pin'}", title=title)


@dataclass(frozen=True, slots=True)
class Excepted:
    """An exception that holds, and a sentence that says what it does, who decided it, when and why."""

    exception: RuleException
    sentence: str

    def to_json(self) -> JsonObject:
        """The exception as it stands in an evaluation."""
        one = self.exception
        return {
            "id": one.id,
            "kind": one.kind,
            "node": one.node,
            "by": one.by,
            "decidedBy": one.decided_by,
            "decided": one.decided,
            "validUntil": one.valid_until,
            "reason": one.reason,
            "digest": digest_text(document_digest(one)),
            "sentence": self.sentence,
        }


def told(
    exceptions: Iterable[RuleException], qualification: Qualification, setting: Setting, titles: Mapping[str, str]
) -> tuple[Excepted, ...]:
    """Each exception with its sentence, by id; `titles` names credentials."""
    before = qualification.original if isinstance(qualification, ExceptedRules) else qualification
    nodes = dict(before.nodes())
    listed = sorted(exceptions, key=lambda one: one.id)
    return tuple(Excepted(one, sentence_of(one, nodes[one.node], setting, titles)) for one in listed)


def sentence_of(one: RuleException, node: AnyLeafOrGroup, setting: Setting, titles: Mapping[str, str]) -> str:
    """What an exception does to a node (as published), who decided it, when and why."""
    wording = setting.wording
    whose = {"role": one.decided_by, "body": setting.name_of(one.by), "reason": one.reason}
    decided = date.fromisoformat(one.decided)
    if one.valid_until is None:
        by = wording.say("excepting.whose", day=decided, **whose)
    else:
        by = wording.say("excepting.whose-until", day=decided, last=date.fromisoformat(one.valid_until), **whose)
    return wording.sentences(_does(one, node, wording, titles), by)


def _does(one: RuleException, node: AnyLeafOrGroup, wording: Wording, titles: Mapping[str, str]) -> str:
    match one.kind:
        case "waive":
            return wording.say("excepting.waive", title=node.title)
        case "change-limit":
            changed = node.model_copy(update={str(one.bound): one.value})
            need, before = need_words(changed, wording), need_words(node, wording)
            return wording.say("excepting.change-limit", title=node.title, need=need, before=before)
        case "substitute":
            accepted = wording.listed(one.accepted)
            return wording.say("excepting.substitute", accepted=accepted, instead=one.instead_of or "")
    unit = wording.say("excepting.the-achievement", achievement=one.achievement or "")
    if one.credential is not None:
        unit = wording.say("excepting.the-credential", title=titles.get(one.credential, one.credential))
    return wording.say(f"excepting.{one.kind}", title=node.title, unit=unit)


def rested_on(unit: Weighed, qualification: Qualification, setting: Setting) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """By path of a requirement, the ids of the exceptions that a use of this unit there rests on; under an empty path
    those that make a limit speak of it wherever it is used.

    A use rests on a pin that holds the unit there. Where the rules as published do not take the unit, it rests on what
    also allows it there, and on what lets it stand for another.
    """
    if not isinstance(qualification, ExceptedRules):
        return ()
    before = qualification.original
    plain = replace(unit, stands_for=stands_for(unit.facts.achievement, before))
    published = dict(before.nodes())
    found: dict[str, set[str]] = {}
    for path, node in qualification.nodes():
        if not isinstance(node, Requirement | Limit) or isinstance(node, Waived):
            continue
        if not speaks_of(node.where, unit, qualification, setting):
            continue
        was, at = published[path], path if isinstance(node, Requirement) else ""
        anyway = isinstance(was, Requirement | Limit) and speaks_of(was.where, plain, before, setting)
        for one in () if anyway else qualification.exceptions:
            if _widens(one, path, unit, qualification, setting):
                found.setdefault(at, set()).add(one.id)
    for pin in qualification.pins:
        if pinned_to(pin, unit, qualification, setting):
            found.setdefault(pin.node, set()).add(pin.id)
    return tuple((path, tuple(sorted(ids))) for path, ids in sorted(found.items()))


def used_exceptions(resting: Iterable[tuple[str, tuple[str, ...]]], places: Iterable[str]) -> tuple[str, ...]:
    """The ids of the exceptions that a use in these places rests on, of what `rested_on` found for its unit."""
    wanted = {"", *places}
    return tuple(sorted({name for path, ids in resting if path in wanted for name in ids}))


def _widens(one: RuleException, path: str, unit: Weighed, qualification: Qualification, setting: Setting) -> bool:
    if one.kind == "also-allow":
        return one.node == path and is_named(one, unit, qualification, setting)
    own = equal_to(unit.facts.achievement, qualification)
    return one.kind == "substitute" and not own.isdisjoint(one.accepted)


__all__ = [
    "Excepted",
    "SetAside",
    "applied",
    "holding",
    "pinned_to",
    "pins",
    "rested_on",
    "sentence_of",
    "set_aside",
    "told",
    "under_exceptions",
    "used_exceptions",
    "without_idle_pins",
    "without_pins",
]

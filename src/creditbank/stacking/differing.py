"""What changed between two evaluations: the answer, the rules, what counts, and why.

Both are read as the documents on record (`creditbank/evaluation/v1`), so an old one can be compared that no engine of
today made. A difference is empty exactly when the two say the same, whatever their days, their language and their
wording.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

from creditbank.canonical import JsonObject, digest_text, json_digest
from creditbank.stacking.messages import Wording
from creditbank.stacking.wording import status_words
from creditbank.units import Credits

KIND: Final = "creditbank/evaluation-difference/v1"
WORDS: Final = frozenset({"sentence", "text", "title", "have", "need"})
"""What people read; what a rule has follows from the units that meet it, which are compared."""
COMPARED: Final = frozenset(
    {
        "document",
        "date",
        "verdict",
        "qualification",
        "documents",
        "gap",
        "totals",
        "uses",
        "tree",
        "notCounted",
        "inputs",
    }
)
"""What is looked at by name; any other part of an evaluation is only told apart (`Difference.other`)."""

Facts = Mapping[str, Any]


class Move(StrEnum):
    """What became of one unit between two evaluations."""

    NEWLY_COUNTED = "newly-counted"
    NO_LONGER_COUNTED = "no-longer-counted"
    COUNTED_OTHERWISE = "counted-otherwise"
    NEW = "new"
    GONE = "gone"
    NOT_COUNTED_OTHERWISE = "not-counted-otherwise"


class Why(StrEnum):
    """What lies behind a move, as far as the two documents show it."""

    REVOKED = "revoked"
    EXPIRED = "expired"
    USED_ELSEWHERE = "used-elsewhere"
    FREE_AGAIN = "free-again"
    NOT_VERIFIED = "not-verified"
    NEW = "new"
    NOT_GIVEN = "not-given"
    RULES_CHANGED = "rules-changed"
    DECISIONS_CHANGED = "decisions-changed"
    OTHER_ANSWER = "other-answer"


_SLUGS: Final = {
    "revoked": Why.REVOKED,
    "status.revocation": Why.REVOKED,
    "dates.valid": Why.EXPIRED,
    "expired": Why.EXPIRED,
    "too-old": Why.EXPIRED,
    "already-used": Why.USED_ELSEWHERE,
    "partly-used": Why.USED_ELSEWHERE,
}


@dataclass(frozen=True, slots=True)
class Change:
    """Something before, and the same thing after; None where it was not there."""

    before: Any
    after: Any

    def to_json(self) -> JsonObject:
        """The change as it stands in a difference."""
        return {"from": self.before, "to": self.after}


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """A document that an answer rests on (by id): another text, or one that came or went."""

    id: str
    versions: Change
    digests: Change

    def to_json(self) -> JsonObject:
        """The change as it stands in a difference."""
        return {"id": self.id, "version": self.versions.to_json(), "digest": self.digests.to_json()}


@dataclass(frozen=True, slots=True)
class NodeChange:
    """A rule (by path) that stands otherwise: its status, and what it has."""

    path: str
    title: str
    status: Change
    have: Change

    def to_json(self) -> JsonObject:
        """The change as it stands in a difference."""
        return {
            "path": self.path,
            "title": self.title,
            "status": self.status.to_json(),
            "have": self.have.to_json(),
        }


@dataclass(frozen=True, slots=True)
class UnitChange:
    """A unit (by credential) that counts otherwise than before, or stands otherwise among what was weighed.

    `counted` and `available` are credits, `uses` the whole uses where there are any. `because` is the reason on record
    for what does not count now.
    """

    credential: str
    title: str
    move: Move
    why: Why
    counted: Change
    available: Change
    uses: Change
    because: str = ""

    def to_json(self) -> JsonObject:
        """The change as it stands in a difference."""
        return {
            "credential": self.credential,
            "title": self.title,
            "move": self.move.value,
            "why": self.why.value,
            "counted": self.counted.to_json(),
            "available": self.available.to_json(),
            "uses": self.uses.to_json(),
            "because": self.because,
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """All that changed from one evaluation to another. What did not change is None, or not listed.

    `other` names the parts that differ and are not taken apart here, such as `conflict` and `path`.
    """

    dates: Change
    digests: Change
    verdict: Change | None
    rules: DocumentChange | None
    documents: tuple[DocumentChange, ...]
    gap: Change | None
    counted: Change | None
    needed: Change | None
    nodes: tuple[NodeChange, ...]
    units: tuple[UnitChange, ...]
    other: tuple[str, ...]
    sentences: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the two evaluations say the same."""
        parts = (self.verdict, self.rules, self.gap, self.counted, self.needed)
        lists = (self.documents, self.nodes, self.units, self.other)
        return all(part is None for part in parts) and not any(lists)

    def to_json(self) -> JsonObject:
        """The difference as a JSON document (`creditbank/evaluation-difference/v1`)."""
        return {
            "document": KIND,
            "date": self.dates.to_json(),
            "digest": self.digests.to_json(),
            "empty": self.empty,
            "verdict": _json(self.verdict),
            "rules": _json(self.rules),
            "documents": [change.to_json() for change in self.documents],
            "gap": _json(self.gap),
            "totals": {"counted": _json(self.counted), "needed": _json(self.needed)},
            "nodes": [change.to_json() for change in self.nodes],
            "units": [change.to_json() for change in self.units],
            "other": list(self.other),
            "sentences": list(self.sentences),
        }


def difference(
    before: Facts,
    after: Facts,
    *,
    titles: Mapping[str, str] | None = None,
    refused: Mapping[str, tuple[str, str]] | None = None,
    wording: Wording | None = None,
) -> Difference:
    """What changed between two evaluation documents, as data and in sentences.

    `titles` names credentials by what was earned; `refused` says of credentials that were not weighed the second time
    why not: the check that failed first, and its sentence.
    """
    found = _Comparison(before, after, {**_titles(before), **_titles(after), **(titles or {})}, refused or {})
    changes = found.changes()
    return replace(changes, sentences=tuple(_sentences(changes, wording or Wording())))


@dataclass(frozen=True)
class _Comparison:
    before: Facts
    after: Facts
    titles: Mapping[str, str]
    refused: Mapping[str, tuple[str, str]]

    def changes(self) -> Difference:
        before, after = self.before, self.after
        rules = _document_change(before["qualification"], after["qualification"])
        documents = tuple(_documents(before["documents"], after["documents"]))
        return Difference(
            dates=Change(before["date"], after["date"]),
            digests=Change(digest_text(json_digest(before)), digest_text(json_digest(after))),
            verdict=_changed(before["verdict"], after["verdict"]),
            rules=rules,
            documents=documents,
            gap=_changed(_bare(before["gap"]), _bare(after["gap"])),
            counted=_changed(before["totals"]["counted"], after["totals"]["counted"]),
            needed=_changed(before["totals"]["needed"], after["totals"]["needed"]),
            nodes=tuple(_nodes(before["tree"], after["tree"])),
            units=tuple(self._units(rules is not None, bool(documents))),
            other=tuple(
                name
                for name in sorted({*before, *after} - COMPARED - WORDS)
                if _bare(before.get(name)) != _bare(after.get(name))
            ),
        )

    def _units(self, other_rules: bool, other_documents: bool) -> Iterator[UnitChange]:
        """Every credential whose input, use or reason differs, by id."""
        views = [_Units.of(document) for document in (self.before, self.after)]
        for credential in sorted(set().union(*(view.known for view in views))):
            one, two = (view.unit(credential) for view in views)
            if one == two:
                continue
            move = _move(one, two)
            why = self._why(credential, move, one, two)
            if why is Why.OTHER_ANSWER and (other_rules or other_documents):
                why = Why.RULES_CHANGED if other_rules else Why.DECISIONS_CHANGED
            yield UnitChange(
                credential=credential,
                title=self.titles.get(credential, credential),
                move=move,
                why=why,
                counted=Change(one.counted, two.counted),
                available=Change(one.available, two.available),
                uses=Change(one.use, two.use),
                because=self._because(credential, two),
            )

    def _why(self, credential: str, move: Move, one: "_Unit", two: "_Unit") -> Why:
        if move in (Move.NEW, Move.NEWLY_COUNTED) and one.input is None:
            return Why.NEW
        if two.input is None:
            check, _ = self.refused.get(credential, ("", ""))
            return _SLUGS.get(check, Why.NOT_VERIFIED) if credential in self.refused else Why.NOT_GIVEN
        if two.use is None:
            known = [_SLUGS[slug] for slug in two.slugs if slug in _SLUGS]
            return known[0] if known else Why.OTHER_ANSWER
        if one.input is not None and two.more_left_than(one):
            return Why.FREE_AGAIN
        return Why.USED_ELSEWHERE if one.more_left_than(two) else Why.OTHER_ANSWER

    def _because(self, credential: str, now: "_Unit") -> str:
        if now.use is not None:
            return ""
        if now.input is None:
            return self.refused.get(credential, ("", ""))[1]
        told = [item["sentence"] for item in self.after["notCounted"] if item["credential"] == credential]
        return str(told[0]) if told else ""


@dataclass(frozen=True, slots=True)
class _Unit:
    """One credential in one evaluation: as it was weighed, as it counts, and why it does not."""

    input: Facts | None
    use: Facts | None
    slugs: tuple[str, ...]

    @property
    def counted(self) -> str | None:
        return None if self.use is None else str(self.use["counted"])

    @property
    def available(self) -> str | None:
        return None if self.input is None else str(self.input["available"])

    def more_left_than(self, other: "_Unit") -> bool:
        mine, theirs = self.available, other.available
        return mine is not None and theirs is not None and Credits.parse(mine) > Credits.parse(theirs)


@dataclass(frozen=True, slots=True)
class _Units:
    inputs: Mapping[str, Facts]
    uses: Mapping[str, Facts]
    reasons: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, document: Facts) -> "_Units":
        reasons: dict[str, tuple[str, ...]] = {}
        for item in document["notCounted"]:
            reasons[item["credential"]] = (*reasons.get(item["credential"], ()), item["slug"])
        return cls(
            {row["credential"]: row for row in document["inputs"]},
            _uses_by_credential(document),
            reasons,
        )

    @property
    def known(self) -> set[str]:
        return {*self.inputs, *self.uses, *self.reasons}

    def unit(self, credential: str) -> _Unit:
        return _Unit(self.inputs.get(credential), self.uses.get(credential), self.reasons.get(credential, ()))


def _uses_by_credential(document: Facts) -> dict[str, Facts]:
    """What counts of each credential; the parts of one come to one amount, in all the places that they fill."""
    found: dict[str, Facts] = {}
    for use in document["uses"]:
        before = found.get(use["credential"])
        if before is not None:
            counted = Credits.parse(str(before["counted"])) + Credits.parse(str(use["counted"]))
            parts = f"{before['part']} {use['part']}"
            use = {**use, "counted": str(counted), "node": f"{before['node']} {use['node']}", "part": parts}
        found[use["credential"]] = use
    return found


def _move(one: _Unit, two: _Unit) -> Move:
    if one.use is not None and two.use is not None:
        return Move.COUNTED_OTHERWISE
    if two.use is not None:
        return Move.NEWLY_COUNTED
    if one.use is not None:
        return Move.NO_LONGER_COUNTED
    if one.input is None:
        return Move.NEW
    return Move.GONE if two.input is None else Move.NOT_COUNTED_OTHERWISE


def _changed(before: Any, after: Any) -> Change | None:
    return None if before == after else Change(before, after)


def _json(change: Change | DocumentChange | None) -> JsonObject | None:
    return None if change is None else change.to_json()


def _bare(value: Any) -> Any:
    """A value without its words."""
    if isinstance(value, Mapping):
        return {key: _bare(inner) for key, inner in value.items() if key not in WORDS}
    return [_bare(inner) for inner in value] if isinstance(value, list) else value


def _document_change(before: Facts | None, after: Facts | None) -> DocumentChange | None:
    if before == after:
        return None
    one, two = before or {}, after or {}
    return DocumentChange(
        str(two.get("id", one.get("id"))),
        Change(one.get("version"), two.get("version")),
        Change(one.get("digest"), two.get("digest")),
    )


def _documents(before: Sequence[Facts], after: Sequence[Facts]) -> Iterator[DocumentChange]:
    """Documents that came, went or have another text, by id; of several versions of one id each by itself."""
    gone = [ref for ref in before if ref not in after]
    come = [ref for ref in after if ref not in before]
    for ref in gone:
        successor = next((other for other in come if other["id"] == ref["id"]), None)
        if successor is not None:
            come.remove(successor)
        change = _document_change(ref, successor)
        assert change is not None, "what went is not what came"
        yield change
    for ref in come:
        change = _document_change(None, ref)
        assert change is not None, "what came was not there"
        yield change


def _nodes(before: Facts, after: Facts) -> Iterator[NodeChange]:
    old, new = dict(_flat(before)), dict(_flat(after))
    for path in dict.fromkeys((*new, *old)):
        one, two = old.get(path), new.get(path)
        if one is not None and two is not None and _own(one) == _own(two):
            continue
        shown = two or one or {}
        yield NodeChange(
            path,
            str(shown["title"]),
            Change(one and one["status"], two and two["status"]),
            Change(one and one["have"], two and two["have"]),
        )


def _flat(node: Facts) -> Iterator[tuple[str, Facts]]:
    yield node["path"], node
    for child in node["children"]:
        yield from _flat(child)


def _own(node: Facts) -> Any:
    return _bare({key: value for key, value in node.items() if key != "children"})


def _titles(document: Facts) -> dict[str, str]:
    return {item["credential"]: item["title"] for item in document["notCounted"] if item["title"]}


_PARTS: Final = {
    "conflict": "difference.part-conflict",
    "leftToPeople": "difference.part-left-to-people",
    "path": "difference.part-path",
    "proven": "difference.part-proven",
    "stopped": "difference.part-stopped",
}


def _sentences(found: Difference, wording: Wording) -> Iterator[str]:
    say, day = wording.say, date.fromisoformat(found.dates.before)
    if found.empty:
        yield say("difference.nothing", day=day)
        return
    if found.verdict is not None:
        ends = {name: say(f"difference.verdict-{getattr(found.verdict, name)}") for name in ("before", "after")}
        yield say("difference.verdict", day=day, **ends)
    if found.rules is not None:
        yield say("difference.rules", **_refs(found.rules))
    for change in found.documents:
        kind = "new" if change.digests.before is None else "gone" if change.digests.after is None else "changed"
        yield say(f"difference.document-{kind}", id=change.id, **_refs(change))
    for unit in found.units:
        yield _unit_sentence(unit, wording)
    for node in found.nodes:
        if node.status.before != node.status.after:
            ends = {name: _status_words(getattr(node.status, name), wording) for name in ("before", "after")}
            yield say("difference.node", title=node.title, **ends)
    if found.counted is not None:
        yield say(
            "difference.counted",
            before=_credits(found.counted.before, wording),
            after=_credits(found.counted.after, wording),
        )
    if found.gap is not None:
        ends = {name: _gap_words(getattr(found.gap, name), wording) for name in ("before", "after")}
        yield say("difference.gap", **ends)
    for part in found.other:
        named = say(_PARTS[part]) if part in _PARTS else part
        yield say("difference.said-otherwise", day=day, part=named)


def _refs(change: DocumentChange) -> dict[str, str]:
    return {
        "before": change.versions.before or change.digests.before or "",
        "after": change.versions.after or change.digests.after or "",
        "before_digest": change.digests.before or "",
        "after_digest": change.digests.after or "",
    }


def _unit_sentence(unit: UnitChange, wording: Wording) -> str:
    """What became of a unit, and why; the reason on record comes before what the two documents let one guess."""
    ends = {name: _credits(getattr(unit.counted, name), wording) for name in ("before", "after")}
    said = wording.say(f"difference.unit-{unit.move}", title=unit.title, **ends)
    return wording.sentences(said, unit.because or wording.say(f"difference.why-{unit.why}"))


def _status_words(status: str | None, wording: Wording) -> str:
    return wording.say("difference.absent") if status is None else status_words(status, wording)


def _credits(text: str | None, wording: Wording) -> str:
    return wording.credits(0 if text is None else Credits.parse(text).thousandths)


def _gap_words(gap: Facts | None, wording: Wording) -> str:
    if gap is None:
        return wording.say("difference.gap-none")
    thousandths, units = Credits.parse(gap["credits"]).thousandths, int(gap["units"])
    return wording.amounts(thousandths, units) or wording.say("difference.gap-none")

"""The stacking proof: a document that states a sum so that a stranger can add it up again.

It names the rules by digest, each use (which credential by digest, how much, counted as how much, for which
requirement, converted by which policy, recognised by which decision), and what each rule came to. The award
binds the proof's bytes by digest. `seal` is the digest of all other fields: it catches an edit, and it is
no signature.
"""

import datetime
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from creditbank.canonical import (
    Digest,
    JsonObject,
    digest_text,
    json_digest,
)
from creditbank.errors import BadInput
from creditbank.framework.common import document_digest
from creditbank.framework.decision import Acceptance
from creditbank.framework.exception import RuleException
from creditbank.framework.framework import ConversionPolicy, Framework, Recognition
from creditbank.framework.qualification import Qualification
from creditbank.stacking.strict import Reader
from creditbank.units import Credits

if TYPE_CHECKING:  # few rules ask a register
    from creditbank.framework.register import Register

KIND: Final = "creditbank/stacking-proof/v1"


class UnreadableProof(BadInput):
    """This document is not a stacking proof as written here."""

    slug = "unreadable-proof"


@dataclass(frozen=True, slots=True)
class Use:
    """So much of one credential in one stack.

    `amount` is in the unit's own credit `system`, `counted` in the qualification's. `node` is the path of the
    requirement it fills, empty when it only counts towards totals; `also` are further ones in document order, where
    the rules let one unit fill several. `conversion` and `recognition` are ids, and so are `exceptions`, those without
    which the unit could not be used so. `part` names the part of a bundle that is used.
    """

    credential: str
    digest: Digest
    amount: Credits
    system: str
    counted: Credits
    node: str = ""
    conversion: str | None = None
    recognition: str | None = None
    also: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    part: str = ""

    @property
    def key(self) -> tuple[str, Digest, str]:
        """What is used: a credential, or a part of one."""
        return self.credential, self.digest, self.part

    @property
    def places(self) -> tuple[str, ...]:
        """Every requirement it fills."""
        return (self.node, *self.also) if self.node else self.also

    def to_json(self) -> JsonObject:
        """The use as it stands in a proof; what is rare in it stands there only where it says something."""
        return {
            "credential": self.credential,
            "digest": digest_text(self.digest),
            "amount": str(self.amount),
            "system": self.system,
            "counted": str(self.counted),
            "node": self.node,
            "conversion": self.conversion,
            "recognition": self.recognition,
            **({"also": list(self.also)} if self.also else {}),
            **({"exceptions": list(self.exceptions)} if self.exceptions else {}),
            **({"part": self.part} if self.part else {}),
        }


@dataclass(frozen=True, slots=True)
class Attempt:
    """One unit that was attempted, whether it counts or not; `conversion` and `recognition` are those it rests on."""

    credential: str
    digest: Digest
    conversion: str | None = None
    recognition: str | None = None

    def to_json(self) -> JsonObject:
        """The attempt as it stands in a proof."""
        return {
            "credential": self.credential,
            "digest": digest_text(self.digest),
            "conversion": self.conversion,
            "recognition": self.recognition,
        }


def _counted(units: Fraction | int) -> int | str:
    """A number of units as it stands in a proof: a whole number, or a text such as `2.5` where halves are counted."""
    return units if isinstance(units, int) else str(Credits(int(units * 1000)))


def _read_count(reader: Reader, name: str) -> Fraction | int:
    if not isinstance(reader.value[name], str):
        return reader.whole(name)
    units = reader.credits(name).as_fraction()
    if (units * 2).denominator != 1 or units.denominator == 1:
        reader.refuse(name, "a number of units and a half was expected")
    return units


@dataclass(frozen=True, slots=True)
class Portion:
    """What one portion of a limit came to: a provider, a field, a window of a calendar, or a choice of an exclusion."""

    of: str
    credits: Credits
    units: Fraction | int


@dataclass(frozen=True, slots=True)
class NodeTotal:
    """What the uses came to at one requirement or limit, in the qualification's credits, and whether that
    holds. A node that is `waived` (by the exception of this id) holds by itself, with everything below it.
    """

    node: str
    credits: Credits
    units: Fraction | int
    holds: bool
    portions: tuple[Portion, ...] = ()
    waived: str = ""

    def to_json(self) -> JsonObject:
        """The total as it stands in a proof."""
        return {
            "node": self.node,
            "credits": str(self.credits),
            "units": _counted(self.units),
            "holds": self.holds,
            "portions": [
                {"of": part.of, "credits": str(part.credits), "units": _counted(part.units)} for part in self.portions
            ],
            **({"waived": self.waived} if self.waived else {}),
        }


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """A document by id, version (empty where its kind has none) and digest of its content."""

    id: str
    version: str
    digest: Digest

    @classmethod
    def of(
        cls,
        document: "Qualification | Framework | ConversionPolicy | Recognition | Acceptance | RuleException | Register",
    ) -> "DocumentRef":
        """The reference to a document at hand."""
        version = "" if isinstance(document, Recognition | Acceptance | RuleException) else document.version
        return cls(document.id, version, document_digest(document))

    def to_json(self) -> JsonObject:
        """The reference as it stands in a proof."""
        return {"id": self.id, "version": self.version, "digest": digest_text(self.digest)}


@dataclass(frozen=True, slots=True)
class Moved:
    """So much of one credential, in its own credits, counted for a lower award and counts here now."""

    credential: str
    amount: Credits

    def to_json(self) -> JsonObject:
        """The move as it stands in a proof."""
        return {"credential": self.credential, "amount": str(self.amount)}


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A lower award (by id, and by the id of its qualification) that is given up, and what moves from it to here.

    What else counted there is free again.
    """

    award: str
    qualification: str
    moves: tuple[Moved, ...]

    def to_json(self) -> JsonObject:
        """The award given up as it stands in a proof."""
        return {
            "award": self.award,
            "qualification": self.qualification,
            "moves": [move.to_json() for move in self.moves],
        }


@dataclass(frozen=True, slots=True)
class StackingProof:
    """A proof that was read: well formed, and not yet believed. `creditbank.stacking.checker` confirms it."""

    id: str
    award: str
    learner: str
    awarding: str
    date: datetime.date
    engine: str
    evaluation: Digest
    qualification: DocumentRef
    counted: Credits
    uses: tuple[Use, ...]
    totals: tuple[NodeTotal, ...]
    frameworks: tuple[DocumentRef, ...] = ()
    conversions: tuple[DocumentRef, ...] = ()
    recognitions: tuple[DocumentRef, ...] = ()
    acceptances: tuple[DocumentRef, ...] = ()
    registers: tuple[DocumentRef, ...] = ()
    gives_up: tuple[GivenUp, ...] = ()
    exceptions: tuple[DocumentRef, ...] = ()
    attempted: tuple[Attempt, ...] = ()
    """Every unit that was attempted, where a rule runs over these. Nothing shows that none was left out."""
    seal: Digest = field(default=Digest(b""), compare=False)

    @property
    def decisions(self) -> tuple[DocumentRef, ...]:
        """Every decision of a body that the sum rests on."""
        return (*self.conversions, *self.recognitions, *self.acceptances, *self.exceptions)

    @property
    def named(self) -> dict[Digest, str]:
        """Every credential that the sum counts or lists as attempted, each once: its digest and its id."""
        used = {use.digest: use.credential for use in self.uses}
        return used | {tried.digest: tried.credential for tried in self.attempted}

    def to_json(self) -> JsonObject:
        """The proof as a JSON document, sealed over its content. What few proofs rest on stands only in those."""
        rare: dict[str, tuple[DocumentRef, ...] | tuple[Attempt, ...]] = {
            "acceptances": self.acceptances,
            "registers": self.registers,
            "exceptions": self.exceptions,
            "attempted": self.attempted,
        }
        document: JsonObject = {
            "document": KIND,
            "id": self.id,
            "award": self.award,
            "learner": self.learner,
            "awarding": self.awarding,
            "date": self.date.isoformat(),
            "engine": self.engine,
            "evaluation": digest_text(self.evaluation),
            "qualification": self.qualification.to_json(),
            "frameworks": [ref.to_json() for ref in self.frameworks],
            "conversions": [ref.to_json() for ref in self.conversions],
            "recognitions": [ref.to_json() for ref in self.recognitions],
            **{name: [item.to_json() for item in items] for name, items in rare.items() if items},
            **({"givesUp": [lower.to_json() for lower in self.gives_up]} if self.gives_up else {}),
            "counted": str(self.counted),
            "uses": [use.to_json() for use in self.uses],
            "totals": [total.to_json() for total in self.totals],
        }
        return {**document, "seal": digest_text(json_digest(document))}


class SealedReader(Reader):
    """Reads what the proofs of a yes and of a no both state: whose they are, what they rest on, and a seal."""

    def of_kind(self, kind: str) -> None:
        """Refuse a document that says it is of another kind."""
        if self.value["document"] != kind:
            self.refuse("document", f"{kind!r} was expected")

    def head(self) -> dict[str, Any]:
        """Whose proof it is, and every document it names, by the names of the fields."""
        named = ("frameworks", "conversions", "recognitions", "acceptances", "registers", "exceptions")
        return {
            **{name: self.text(name) for name in ("id", "learner", "awarding", "engine")},
            "date": self.day("date"),
            "evaluation": self.digest("evaluation"),
            "qualification": self._ref(self.value["qualification"], "/qualification"),
            **{name: tuple(self._ref(item, at) for item, at in self.items(name)) for name in named},
            "seal": self.digest("seal"),
        }

    def sealed(self, again: JsonObject) -> None:
        """Refuse a document whose seal is not that of what was read of it, written again."""
        if again["seal"] != digest_text(self.digest("seal")):
            self.refuse("seal", "the seal does not fit the content, so something in it was changed")

    def _ref(self, value: object, at: str) -> DocumentRef:
        reader = type(self)(value, at, ("id", "version", "digest"))
        return DocumentRef(reader.text("id"), reader.text("version", empty=True), reader.digest("digest"))


class _Reader(SealedReader):
    refusal, kind = UnreadableProof, "a stacking proof"


_RARE: Final = ("also", "exceptions", "part")


def _use(value: object, at: str) -> Use:
    reader = _Reader(value, at, [name for name in Use.__slots__ if name not in _RARE], optional=_RARE)
    return Use(
        credential=reader.text("credential"),
        digest=reader.digest("digest"),
        amount=reader.credits("amount"),
        system=reader.text("system"),
        counted=reader.credits("counted"),
        node=reader.text("node", empty=True),
        conversion=reader.optional("conversion"),
        recognition=reader.optional("recognition"),
        also=reader.texts("also"),
        exceptions=reader.texts("exceptions"),
        part=reader.text("part") if "part" in reader.value else "",
    )


def _attempt(value: object, at: str) -> Attempt:
    reader = _Reader(value, at, Attempt.__slots__)
    return Attempt(
        reader.text("credential"),
        reader.digest("digest"),
        reader.optional("conversion"),
        reader.optional("recognition"),
    )


def read_use(value: object) -> Use:
    """Read one use as it stands in an evaluation; raise `UnreadableProof` with the pointer of what is wrong."""
    return _use(value, "")


def _portion(value: object, at: str) -> Portion:
    reader = _Reader(value, at, Portion.__slots__)
    return Portion(reader.text("of"), reader.credits("credits"), _read_count(reader, "units"))


def _total(value: object, at: str) -> NodeTotal:
    names = [name for name in NodeTotal.__slots__ if name != "waived"]
    reader = _Reader(value, at, names, optional=("waived",))
    return NodeTotal(
        reader.text("node"),
        reader.credits("credits"),
        _read_count(reader, "units"),
        reader.truth("holds"),
        tuple(_portion(item, place) for item, place in reader.items("portions")),
        reader.text("waived") if "waived" in reader.value else "",
    )


def _given_up(value: object, at: str) -> GivenUp:
    reader = _Reader(value, at, GivenUp.__slots__)
    return GivenUp(
        reader.text("award"),
        reader.text("qualification"),
        tuple(_moved(item, place) for item, place in reader.items("moves")),
    )


def _moved(value: object, at: str) -> Moved:
    reader = _Reader(value, at, Moved.__slots__)
    return Moved(reader.text("credential"), reader.credits("amount"))


def read_proof(document: JsonObject) -> StackingProof:
    """Read a stacking proof; raise `UnreadableProof` with the JSON pointer of what is wrong.

    Its seal must fit its content. Whether the sum is right is for `checker.check` to say.
    """
    rare = ("acceptances", "registers", "attempted", "gives_up", "exceptions")
    names = [name for name in StackingProof.__slots__ if name not in rare]
    stated = ("acceptances", "registers", "attempted", "givesUp", "exceptions")
    reader = _Reader(document, "", ["document", *names], optional=stated)
    reader.of_kind(KIND)
    proof = StackingProof(
        **reader.head(),
        award=reader.text("award"),
        counted=reader.credits("counted"),
        uses=tuple(_use(item, at) for item, at in reader.items("uses")),
        totals=tuple(_total(item, at) for item, at in reader.items("totals")),
        gives_up=tuple(_given_up(item, at) for item, at in reader.items("givesUp")),
        attempted=tuple(_attempt(item, at) for item, at in reader.items("attempted")),
    )
    reader.sealed(proof.to_json())
    return proof

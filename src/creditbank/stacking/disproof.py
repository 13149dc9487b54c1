"""The proof of a no: a document that states why units do not add up, so that a stranger can follow it without a search.

It names the rules and every decision that was at hand by digest, each credential that was weighed, the rules that
collide, and the certificate: bounds taken so many times, branch by branch (`creditbank.stacking.certificate`). A unit
stands there by its credential alone where the no holds even if all of it were left. Only where it does not, the
document also says what the bank said of it: how much is left, that it is revoked, that its time is over.

What it cannot show is that the learner holds nothing more. `seal` is the digest of all other fields: it catches an
edit, and it is no signature.
"""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from creditbank.canonical import Digest, Json, JsonObject, digest_text, json_digest
from creditbank.errors import BadInput
from creditbank.stacking.certificate import Branching, Proof, Weights
from creditbank.stacking.proof import DocumentRef, SealedReader
from creditbank.units import Credits

KIND: Final = "creditbank/refutation/v1"
ABOUT: Final = {
    "rule": ("node",),
    "place": ("unit", "node"),
    "count": ("unit", "number"),
    "case": ("node",),
    "portion": ("node", "portion"),
}
"""What a branching names, by what it is about."""
MAX_WAYS: Final = 2_000
MAX_DEPTH: Final = 200
RARE: Final = ("acceptances", "registers", "exceptions")


class UnreadableRefutation(BadInput):
    """This document is not a proof of a no as written here."""

    slug = "unreadable-refutation"


@dataclass(frozen=True, slots=True)
class Weighing:
    """A credential that was weighed. What the bank said of it stands here only where the no rests on that.

    `available` is what was left of it in its own credits, `expired` the last day on which it could be counted.
    """

    credential: str
    digest: Digest
    available: Credits | None = None
    expired: datetime.date | None = None
    revoked: bool = False

    @property
    def by_word(self) -> bool:
        """Whether the bank's word is taken for this credential, beside what its issuer signed."""
        return self.available is not None or self.expired is not None or self.revoked

    def to_json(self) -> JsonObject:
        """The credential as it stands in a refutation."""
        return {
            "credential": self.credential,
            "digest": digest_text(self.digest),
            **({} if self.available is None else {"available": str(self.available)}),
            **({} if self.expired is None else {"expired": self.expired.isoformat()}),
            **({"revoked": True} if self.revoked else {}),
        }


@dataclass(frozen=True, slots=True)
class Refutation:
    """A proof of a no that was read: well formed, and not yet believed. `creditbank.stacking.refuting` confirms it.

    `rules` are the paths of those that collide, `sentence` says so to a person.
    """

    id: str
    learner: str
    awarding: str
    date: datetime.date
    engine: str
    evaluation: Digest
    qualification: DocumentRef
    candidates: tuple[Weighing, ...]
    rules: tuple[str, ...]
    sentence: str
    certificate: Proof
    frameworks: tuple[DocumentRef, ...] = ()
    conversions: tuple[DocumentRef, ...] = ()
    recognitions: tuple[DocumentRef, ...] = ()
    acceptances: tuple[DocumentRef, ...] = ()
    registers: tuple[DocumentRef, ...] = ()
    exceptions: tuple[DocumentRef, ...] = ()
    seal: Digest = field(default=Digest(b""), compare=False)

    @property
    def decisions(self) -> tuple[DocumentRef, ...]:
        """Every decision of a body that was weighed with."""
        return (*self.conversions, *self.recognitions, *self.acceptances, *self.exceptions)

    @property
    def by_word(self) -> tuple[Weighing, ...]:
        """The credentials for which the no rests on the bank's word."""
        return tuple(one for one in self.candidates if one.by_word)

    def to_json(self) -> JsonObject:
        """The refutation as a JSON document, sealed over its content."""
        rare = {"acceptances": self.acceptances, "registers": self.registers, "exceptions": self.exceptions}
        document: JsonObject = {
            "document": KIND,
            "id": self.id,
            "learner": self.learner,
            "awarding": self.awarding,
            "date": self.date.isoformat(),
            "engine": self.engine,
            "evaluation": digest_text(self.evaluation),
            "qualification": self.qualification.to_json(),
            "frameworks": [ref.to_json() for ref in self.frameworks],
            "conversions": [ref.to_json() for ref in self.conversions],
            "recognitions": [ref.to_json() for ref in self.recognitions],
            **{name: [ref.to_json() for ref in refs] for name, refs in rare.items() if refs},
            "candidates": [one.to_json() for one in self.candidates],
            "conflict": {"rules": list(self.rules), "sentence": self.sentence},
            "certificate": [*written(self.certificate)],
        }
        return {**document, "seal": digest_text(json_digest(document))}


def written(proof: Proof) -> Iterator[JsonObject]:
    """A certificate as a flat list: each branching, and right after it the proofs of its ways, one by one."""
    if isinstance(proof, Weights):
        sums: list[Json] = [{"bound": key, "times": times} for key, times in sorted(proof.times.items()) if times]
        yield {"sum": sums}
        return
    named = {name: getattr(proof, name) for name in ABOUT[proof.about]}
    yield {"about": proof.about, **named, "ways": len(proof.ways)}
    for way in proof.ways:
        yield from written(way)


class _Reader(SealedReader):
    refusal, kind = UnreadableRefutation, "a proof of a no"


def read_refutation(document: JsonObject) -> Refutation:
    """Read a proof of a no; raise `UnreadableRefutation` with the JSON pointer of what is wrong.

    Its seal must fit its content. Whether it holds is for `refuting.check_refutation` to say.
    """
    inside = ("rules", "sentence")
    names = [name for name in Refutation.__slots__ if name not in (*RARE, *inside)]
    reader = _Reader(document, "", ["document", "conflict", *names], optional=RARE)
    reader.of_kind(KIND)
    conflict = _Reader(reader.value["conflict"], "/conflict", inside)
    found = Refutation(
        **reader.head(),
        candidates=tuple(_weighing(item, at) for item, at in reader.items("candidates")),
        rules=conflict.texts("rules"),
        sentence=conflict.text("sentence"),
        certificate=_certificate(reader),
    )
    reader.sealed(found.to_json())
    return found


def _weighing(value: object, at: str) -> Weighing:
    reader = _Reader(value, at, ("credential", "digest"), optional=("available", "expired", "revoked"))
    return Weighing(
        reader.text("credential"),
        reader.digest("digest"),
        reader.credits("available") if "available" in reader.value else None,
        reader.day("expired") if "expired" in reader.value else None,
        reader.truth("revoked") if "revoked" in reader.value else False,
    )


def _certificate(reader: _Reader) -> Proof:
    """Read the flat list back into a tree, from its end: the ways of a branching then lie ready before it."""
    steps = reader.items("certificate")
    ready: list[tuple[Proof, int]] = []
    for value, at in reversed(steps):
        if isinstance(value, dict) and "sum" in value:
            ready.append((_sum(value, at), 0))
        else:
            ready.append(_branching(value, at, ready))
        if ready[-1][1] > MAX_DEPTH:
            reader.refuse("certificate", f"more than {MAX_DEPTH} branchings lie within one another")
    if len(ready) != 1:
        reader.refuse("certificate", "one proof was expected, each branching followed by those of its ways")
    return ready[0][0]


def _sum(value: object, at: str) -> Weights:
    reader = _Reader(value, at, ("sum",))
    times: dict[str, int] = {}
    last = ""
    for item, place in reader.items("sum"):
        term = _Reader(item, place, ("bound", "times"))
        bound, count = term.text("bound"), term.whole("times")
        if not count:
            term.refuse("times", "a bound that is taken is taken at least once")
        if bound <= last:
            term.refuse("bound", "each bound was expected once, in alphabetical order")
        times[bound] = count
        last = bound
    return Weights(times)


def _branching(value: object, at: str, ready: list[tuple[Proof, int]]) -> tuple[Branching, int]:
    about = value.get("about") if isinstance(value, dict) else None
    named: Sequence[str] = ABOUT.get(about, ()) if isinstance(about, str) else ()
    reader = _Reader(value, at, ("about", *named, "ways"))
    if not named:
        reader.refuse("about", f"one of {', '.join(ABOUT)} was expected")
    count = reader.whole("ways")
    if not 1 <= count <= min(MAX_WAYS, len(ready)):
        reader.refuse("ways", "so many proofs do not follow")
    taken = [ready.pop() for _ in range(count)]
    split = Branching(
        reader.text("about"),
        tuple(way for way, _ in taken),
        node=reader.text("node") if "node" in named else "",
        unit=reader.whole("unit") if "unit" in named else -1,
        number=reader.whole("number") if "number" in named else 0,
        portion=reader.text("portion") if "portion" in named else "",
    )
    return split, 1 + max(depth for _, depth in taken)


__all__ = ["KIND", "Refutation", "UnreadableRefutation", "Weighing", "read_refutation", "written"]

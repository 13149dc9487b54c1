"""A body's decision to rest on what this bank is not sure of.

Facts of confidence `L` are *indicative*: they stand in a document so that people see them, and nothing is stacked on
them. A body that knows better, or takes the risk, says so by an *acceptance*: by name, for one text of one document,
for a time. An acceptance makes no fact surer; it tells whose decision it was to use it.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from creditbank.canonical import digest_text
from creditbank.framework.common import (
    DateText,
    DidText,
    Document,
    Id,
    LevelCode,
    Problems,
    Term,
    Text,
    document_digest,
    form,
)
from creditbank.framework.faults import Address, Fault
from creditbank.framework.framework import FOREVER, CreditSystem, Framework, period_problem
from creditbank.framework.qualification import Qualification

DigestText = Annotated[
    str, form(r"^sha256:[0-9a-f]{64}$", "a digest: `sha256:` and 64 digits or letters from a to f, as `show` prints it")
]
NodePath = Annotated[
    str,
    form(
        r"^[a-z0-9][a-z0-9.-]{0,63}(/[a-z0-9][a-z0-9.-]{0,63}){0,31}$",
        "the address of a rule: the ids from the root to it, such as certificate/depth/project",
    ),
]


_ACCEPTED: Final[dict[str, type[Framework | CreditSystem | Qualification]]] = {
    "framework": Framework,
    "credit-system": CreditSystem,
    "qualification": Qualification,
}


class AcceptedDocument(Document):
    """The one text that is accepted: a document by kind, id and version (empty where its kind has none), and digest.

    Another text under the same id is not accepted with it.
    """

    kind: Literal["framework", "credit-system", "qualification"]
    id: Id
    version: Annotated[str, Field(max_length=32)] = ""
    digest: DigestText


class Acceptance(Document):
    """A body's decision to use an indicative document, whole or in parts, from a day on and perhaps to a day.

    `nodes` are addresses of rules of a qualification, each with everything below it; `levels` are codes of a
    framework. Both empty: the whole document. `decided_by` is a role, such as "examination board": never a person's
    name, because decisions are published.
    """

    document: Literal["creditbank/acceptance/v1"]
    id: Id
    by: DidText
    accepts: AcceptedDocument
    nodes: tuple[NodePath, ...] = ()
    levels: tuple[LevelCode, ...] = ()
    decided: DateText
    valid_until: DateText | None = None
    decided_by: Term
    reason: Text
    sample: bool = False

    @model_validator(mode="after")
    def _speaks_of_what_there_is(self) -> Self:
        found: list[tuple[Address, str]] = list(period_problem(self.decided, self.valid_until))
        for key, kind in (("nodes", "qualification"), ("levels", "framework")):
            if getattr(self, key) and self.accepts.kind != kind:
                found.append(((key,), f"only a {kind} has {key}, and this speaks of a {self.accepts.kind}"))
        if found:
            raise Problems(found)
        return self

    @property
    def whole(self) -> bool:
        """Whether the document is accepted in all its parts."""
        return not self.nodes and not self.levels

    def valid_on(self, day: date) -> bool:
        """Whether the decision is in force on this day; both ends belong to it."""
        return self.decided <= day.isoformat() <= (self.valid_until or FOREVER)

    def covers(
        self, document: Framework | CreditSystem | Qualification, day: date, *, node: str = "", level: str = ""
    ) -> bool:
        """Whether exactly this text may be rested on, on this day, by the body that decided.

        With `node` (an address of a rule) or `level` (a code) the question is about that part, and is also answered
        by a decision about the whole document. Without, it is about the document as such: then a decision about some
        of its parts says no.
        """
        return self.speaks_of(document) and self.valid_on(day) and (self.whole or self._includes(node, level))

    def speaks_of(self, document: Framework | CreditSystem | Qualification) -> bool:
        """Whether this is the text that was accepted, whatever part of it and whenever."""
        named = self.accepts
        return (
            isinstance(document, _ACCEPTED[named.kind])
            and document.id == named.id
            and getattr(document, "version", "") == named.version
            and digest_text(document_digest(document)) == named.digest
        )

    def _includes(self, node: str, level: str) -> bool:
        below = any(node == accepted or node.startswith(f"{accepted}/") for accepted in self.nodes)
        return below or level in self.levels


def check_acceptance(decision: Acceptance, loaded: Iterable[Document]) -> list[Fault]:
    """What an acceptance names and is not loaded, or is loaded in another text."""
    accepts = decision.accepts
    versions = {
        getattr(one, "version", ""): one
        for one in loaded
        if isinstance(one, _ACCEPTED[accepts.kind]) and one.id == accepts.id
    }
    if not versions:
        sentence = f"No {accepts.kind} {accepts.id!r} is loaded."
        return [Fault("unknown-document-named", ("accepts", "id"), sentence)]
    one = versions.get(accepts.version)
    if one is None:
        known = ", ".join(sorted(versions)) or "one without a version"
        sentence = f"The {accepts.kind} {accepts.id!r} has no version {accepts.version!r}; loaded are: {known}."
        return [Fault("unknown-document-named", ("accepts", "version"), sentence)]
    if not decision.speaks_of(one):
        digest = digest_text(document_digest(one))
        sentence = f"Another text of {accepts.id!r} was accepted than the one that is loaded, {digest}."
        return [Fault("other-text", ("accepts", "digest"), sentence, "Read the new text, and decide about that one.")]
    return list(_parts_missing(decision, one))


def _parts_missing(decision: Acceptance, one: Framework | CreditSystem | Qualification) -> Iterator[Fault]:
    paths = {path for path, _ in one.nodes()} if isinstance(one, Qualification) else set()
    codes = {level.code for level in one.levels} if isinstance(one, Framework) else set()
    for index, path in enumerate(decision.nodes):
        if path not in paths:
            yield Fault("unknown-node", ("nodes", index), f"{one.id} has no rule {path!r}.", "Spell its whole path.")
    for index, code in enumerate(decision.levels):
        if code not in codes:
            yield Fault("unknown-level", ("levels", index), f"{one.id} has no level {code!r}.")

"""Deciding: a body adopts a policy, a recognition, an acceptance or an exception by signing it, and may take it back.

What is signed is stored and never edited: a decision of the same text is the same decision, a changed one is a new
version, and an end is a further signed statement. Awards rest on adopted decisions alone.

Decisions are public documents, but for exceptions: these name a learner, so nobody is given one by its id, and they
leave the bank in the papers of an award or of an evaluation only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from creditbank.canonical import Digest, digest_text, load_object
from creditbank.errors import BadInput, Conflict, NotFound, Refused
from creditbank.framework import (
    AnyDocument,
    DocumentFaults,
    RuleException,
    document_digest,
)
from creditbank.framework.excepting import require_no_contradiction, sorted_out
from creditbank.services.ports import Catalogue, Clock, Store, Transaction
from creditbank.services.records import Organisation, PublicDocument
from creditbank.services.signatures import Signatures
from creditbank.verification import (
    Decision,
    DecisionRevocation,
    SignedDecision,
    decider_of,
    out_of_force,
    read_revocation,
    read_signed_decision,
    unsigned_decision,
    unsigned_revocation,
    version_of,
)

DECISION: Final = "decision"
REVOCATION: Final = "decision-revocation"
EXCEPTION: Final = "exception"
EXCEPTION_REVOCATION: Final = "exception-revocation"
MEDIA_TYPE: Final = "application/json"


class NotADecision(BadInput):
    """Only conversion policies, recognitions, acceptances and exceptions are decisions of a body."""

    slug = "not-a-decision"


class NotYourDecision(Refused):
    """A body signs decisions in its own name only."""

    slug = "not-your-decision"


class DecisionStands(Conflict):
    """This version of the decision is adopted with another text, and what is adopted never changes."""

    slug = "decision-stands"


class DecisionTakenBack(Conflict):
    """This decision was revoked, and a revoked one is not adopted again."""

    slug = "decision-taken-back"


class UnknownDecision(NotFound):
    """The body has adopted no such decision."""

    slug = "unknown-decision"


class BackdatedRevocation(BadInput):
    """A revocation works from the day of its signing at the earliest: what was decided before stands."""

    slug = "backdated-revocation"


class NotAdopted(Refused):
    """An award rests on decisions that the awarding body has adopted with its signature, and on no others."""

    slug = "not-adopted"


@dataclass(frozen=True, slots=True)
class Adopted:
    """A decision that a body adopted, the exact bytes it signed, and every revocation it signed since."""

    signed: SignedDecision
    content: bytes
    revocations: tuple[tuple[DecisionRevocation, bytes], ...] = ()

    @property
    def decision(self) -> Decision:
        """The decision itself."""
        return self.signed.decision

    @property
    def revoked_from(self) -> date | None:
        """The first day on which it no longer holds because its body took it back."""
        return min((one.since for one, _ in self.revocations), default=None)

    def holds_on(self, day: date) -> bool:
        """Whether it is adopted, in force and not revoked on this day."""
        ended = self.revoked_from
        return not out_of_force(self.signed, day) and (ended is None or day < ended)


class Deciding:
    """Keeps what bodies decided, each with its signature."""

    def __init__(self, store: Store, catalogue: Catalogue, signatures: Signatures, clock: Clock) -> None:
        self._store, self._catalogue, self._signatures, self._clock = store, catalogue, signatures, clock

    def adopt(self, organisation: str, document: AnyDocument) -> Adopted:
        """Sign a decision with the organisation's key, and keep it: as a public document, unless it names a learner.

        The same text again gives the first answer. Raises `NotADecision`, `NotYourDecision` for a decision in another
        body's name, `DocumentFaults` for one that names what the catalogue lacks or that differs from the statement it
        adopts, `DecisionStands`, `DecisionTakenBack`, `ContradictingExceptions` for an exception that says the opposite
        of another one in force, and `UnknownRecord` for an unknown organisation.
        """
        decision = as_decision(document)
        with self._store.transaction() as tx:
            body = tx.get_organisation(organisation)
            if decider_of(decision) != body.did:
                raise NotYourDecision(
                    f"{decision.id} is in the name of {decider_of(decision)}, and {body.name} is {body.did}.",
                    next_step=f"Write {body.did} into it, or let the other body adopt it.",
                )
            if (standing := _standing(tx, body, decision)) is not None:
                return standing
        if faults := self._catalogue.faults(document):
            raise DocumentFaults(faults, place=decision.id)
        now = self._clock.now()
        if isinstance(decision, RuleException):
            self._require_agreement(decision, now.date())
        unsigned = unsigned_decision(decision, body.did, now.date())
        content = self._signatures.sign_decision(unsigned, body.id, body.did, now)
        id = f"{body.did}#decision-{document_digest(decision).hex()}"
        with self._store.transaction() as tx:
            if (standing := _standing(tx, body, decision)) is not None:
                return standing  # another caller was first; one decision has one signed form
            tx.put_document(PublicDocument(id, _kind(decision), MEDIA_TYPE, content, now))
        return Adopted(read_signed_decision(load_object(content)), content)

    def _require_agreement(self, exception: RuleException, day: date) -> None:
        """Make sure that an exception contradicts none of this learner's that is in force, or will be."""
        with self._store.transaction() as tx:
            others = [
                one.decision
                for one in _all(tx, exception.by)
                if isinstance(one.decision, RuleException) and one.revoked_from is None
            ]
        same = [one for one in others if (one.learner, one.rules) == (exception.learner, exception.rules)]
        lasting = [one for one in same if one.valid_until is None or one.valid_until >= day.isoformat()]
        standing, _ = sorted_out([*lasting, exception])
        require_no_contradiction(standing)

    def revoke(self, organisation: str, decision: Digest, *, reason: str, since: date | None = None) -> Adopted:
        """Take an adopted decision (by its digest) back from a day on, today when none is named.

        The same or a later day again gives the first answer. Raises `UnknownDecision` for what this body has not
        adopted, `BackdatedRevocation` for a day that lies in the past.
        """
        now = self._clock.now()
        since = since or now.date()
        if since < now.date():
            raise BackdatedRevocation(
                f"{since} lies before today, {now.date()}, and what was decided until today stands.",
                next_step="Name today or a later day.",
            )
        with self._store.transaction() as tx:
            body = tx.get_organisation(organisation)
            standing = _of_digest(tx, body, decision)
        if standing.revoked_from is not None and standing.revoked_from <= since:
            return standing
        unsigned = unsigned_revocation(decision, body.did, since=since, stated=now.date(), reason=reason)
        content = self._signatures.sign_decision(unsigned, body.id, body.did, now)
        id = f"{body.did}#revocation-{decision.hex()}-{since}"
        with self._store.transaction() as tx:
            if tx.find_document(id) is None:
                kind = EXCEPTION_REVOCATION if _kind(standing.decision) == EXCEPTION else REVOCATION
                tx.put_document(PublicDocument(id, kind, MEDIA_TYPE, content, now))
            return _of_digest(tx, body, decision)

    def adopted(self, organisation: str | None = None) -> list[Adopted]:
        """Every decision that an organisation, or anybody in this bank, has adopted: by body and id, oldest first.

        Raises `UnknownRecord` for an unknown organisation.
        """
        with self._store.transaction() as tx:
            body = None if organisation is None else tx.get_organisation(organisation).did
            return _all(tx, body)

    def in_force(self, did: str, day: date) -> tuple[Decision, ...]:
        """The decisions of the body with this DID that hold on a day."""
        with self._store.transaction() as tx:
            return tuple(one.decision for one in _all(tx, did) if one.holds_on(day))

    def require_in(
        self, tx: Transaction, body: Organisation, decisions: Sequence[Digest], days: Iterable[date]
    ) -> None:
        """Make sure that the body has adopted these decisions, and that they hold on all these days.

        Raises `NotAdopted` with the first that does not.
        """
        mine = {one.signed.digest: one for one in _all(tx, body.did)}
        days = tuple(days)
        for digest in decisions:
            one = mine.get(digest)
            if one is None:
                raise NotAdopted(
                    f"This evaluation rests on a decision, {digest_text(digest)}, that {body.name} has not signed.",
                    next_step="Adopt it (creditbank decision adopt FILE --organisation ID), then evaluate again.",
                )
            late = next((day for day in days if not one.holds_on(day)), None)
            if late is not None:
                raise NotAdopted(
                    f"This evaluation rests on {one.decision.id}, which {body.name} had not in force on {late}.",
                    next_step="Evaluate again; it weighs by the decisions in force today.",
                )

    def papers(self, decisions: Iterable[Digest]) -> list[bytes]:
        """The signed bytes of these decisions, and of every revocation of them, for a stranger's check."""
        wanted = set(decisions)
        with self._store.transaction() as tx:
            found = [one for one in _all(tx, None) if one.signed.digest in wanted]
        return [content for one in found for content in (one.content, *(revoked for _, revoked in one.revocations))]


def as_decision(document: AnyDocument) -> Decision:
    """The document as a decision of a body; raises `NotADecision` for any other kind."""
    if not isinstance(document, Decision):
        raise NotADecision(
            f"This is a {document.document}, which is no decision of a body.",
            next_step="Give a document of the kind conversion, recognition, acceptance or exception (creditbank/…/v1).",
        )
    return document


def _kind(decision: Decision) -> str:
    """Under which kind a decision is stored: one that names a learner stands apart from what is public."""
    return EXCEPTION if isinstance(decision, RuleException) else DECISION


def _all(tx: Transaction, did: str | None) -> list[Adopted]:
    revocations: dict[tuple[str, Digest], list[tuple[DecisionRevocation, bytes]]] = {}
    for document in (*tx.documents(REVOCATION), *tx.documents(EXCEPTION_REVOCATION)):
        one = read_revocation(load_object(document.content))
        revocations.setdefault((one.by, one.decision), []).append((one, document.content))
    found = []
    for document in (*tx.documents(DECISION), *tx.documents(EXCEPTION)):
        signed = read_signed_decision(load_object(document.content))
        if did in (None, signed.by):
            ended = tuple(revocations.get((signed.by, signed.digest), ()))
            found.append(Adopted(signed, document.content, ended))
    return sorted(found, key=lambda one: (one.signed.by, one.decision.id, one.signed.adopted, one.signed.digest))


def _of_digest(tx: Transaction, body: Organisation, digest: Digest) -> Adopted:
    for one in _all(tx, body.did):
        if one.signed.digest == digest:
            return one
    raise UnknownDecision(
        f"{body.name} has adopted no decision with the digest {digest_text(digest)}.",
        next_step="See `creditbank decision list`.",
    )


def _standing(tx: Transaction, body: Organisation, decision: Decision) -> Adopted | None:
    """The same decision if it is adopted already; raises when it was revoked, or another text bears its version."""
    digest = document_digest(decision)
    for one in _all(tx, body.did):
        if one.signed.digest == digest:
            if one.revoked_from is not None:
                raise DecisionTakenBack(
                    f"{decision.id} was revoked from {one.revoked_from} on.",
                    next_step="Adopt it in a new version, or under a new id.",
                )
            return one
        same = (one.signed.kind, one.decision.id, version_of(one.decision)) == (
            decision.document.split("/")[1],
            decision.id,
            version_of(decision),
        )
        if same and version_of(decision):
            raise DecisionStands(
                f"{decision.id} {version_of(decision)} is adopted with another text, {digest_text(one.signed.digest)}.",
                next_step="Give the changed text a new version.",
            )
    return None


__all__ = [
    "Adopted",
    "BackdatedRevocation",
    "Deciding",
    "DecisionStands",
    "DecisionTakenBack",
    "NotADecision",
    "NotAdopted",
    "NotYourDecision",
    "UnknownDecision",
    "as_decision",
]

"""Verifying with what the bank has at hand: its store, its documents, and facts read live from its chain.

The judging is done by `creditbank.verification`, which does no I/O; this service gathers, and never decides.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from creditbank.anchoring import Receipt
from creditbank.canonical import Json, JsonObject
from creditbank.framework import Register
from creditbank.services.accrediting import REGISTER, digested_registers
from creditbank.services.fetching import Fetching, Gathered
from creditbank.services.issuing import Issuing
from creditbank.services.looking import Looks
from creditbank.services.ports import ChainUnavailable, Clock, SigningCapReached, Store, Transaction
from creditbank.services.records import IssuedCredential, PublicDocument
from creditbank.services.signatures import NoSigningKey
from creditbank.services.statuses import ListName, StatusLists
from creditbank.services.suspending import Suspending
from creditbank.services.trusting import Trusting
from creditbank.signing import ContextLibrary
from creditbank.verification import (
    LIVE,
    Evidence,
    Given,
    Policy,
    Report,
    Secured,
    Shelf,
    StatusFact,
    TrustFacts,
    read_secured,
    verify_credential,
    verify_presentation,
)
from creditbank.verification.nested import MAX_DEPTH, inside


class Verifying:
    """Gathers evidence from the bank and the chain, and has it judged."""

    def __init__(
        self,
        store: Store,
        trusting: Trusting,
        issuing: Issuing,
        contexts: ContextLibrary,
        clock: Clock,
        fetching: Fetching | None = None,
        suspending: Suspending | None = None,
    ) -> None:
        self._store, self._trusting, self._issuing = store, trusting, issuing
        self._contexts, self._clock, self._fetching, self._suspending = contexts, clock, fetching, suspending
        self._shelf = Shelf(lock=threading.Lock())

    def verify(
        self,
        documents: Sequence[Given],
        *,
        receipts: Iterable[Receipt] = (),
        claims: Mapping[str, bytes] | None = None,
        own: Mapping[str, bytes] | None = None,
        trust: TrustFacts | None = None,
        policy: Policy = LIVE,
        now: datetime | None = None,
        challenge: str | None = None,
        domain: str | None = None,
    ) -> list[Report]:
        """Verify credentials and presentations that somebody hands in; one report each, in the order given.

        `claims` came along with them, `own` are documents that the asking party vouches for. Nothing is stored, and a
        bad document is a report, not an error; only what is no readable JSON and no readable token raises.
        """
        secured = [read_secured(document) for document in documents]
        evidence = self.evidence(secured, receipts=receipts, claims=claims, own=own, trust=trust, fetch=True)
        moment = now or self._clock.now()
        return [
            verify_presentation(document, evidence, policy=policy, now=moment, challenge=challenge, domain=domain)
            if is_presentation(document.document)
            else verify_credential(document, evidence, policy=policy, now=moment)
            for document in secured
        ]

    def evidence(
        self,
        signed: Sequence[Given],
        *,
        receipts: Iterable[Receipt] = (),
        claims: Mapping[str, bytes] | None = None,
        own: Mapping[str, bytes] | None = None,
        trust: TrustFacts | None = None,
        registers: Sequence[Register] = (),
        register_claims: Sequence[Register] = (),
        seen: Sequence[StatusFact] = (),
        fetch: bool = False,
    ) -> Evidence:
        """Everything the bank knows that bears on these signed documents.

        Receipts come from the caller and from the bank's store; DID documents and status lists of the bank's issuers
        are its own, and stale status lists are signed anew. Facts come from `trust` when it is given, else live from
        the chain; when the chain does not answer they are missing, and the checks that need them say so. The registers
        that the bank holds are trusted beside those that the asking party names; `register_claims` came along. With
        `fetch`, what the documents name and nobody holds is asked for at its own address, if this bank does that.
        """
        given = [read_secured(document) for document in signed]
        documents = [one.document for one in given]
        everything = [*given, *(inner for document in documents for inner in _inside(document))]
        dids = {did for one in everything for did in _parties(one.document)}
        lists = sorted({list_id for one in everything for list_id in _status_lists(one.document)})
        with self._store.glancing() as tx:
            looks = Looks(tx)
            held = digested_registers(tx, looks.ahead_with_names([*dids, *lists], REGISTER))
            stored = _stored_receipts(tx, everything)
            kept = _kept(looks, dids, lists)
            standing = self._standing(looks, lists)
            asking = None if trust is not None else self._trusting.asking(looks, dids, _ids(documents), held)
        known = {(receipt.digest, receipt.chain.id): receipt for receipt in [*stored, *receipts]}
        gathered = tuple(known.values())
        unanswered: dict[int, str] = {}
        if asking is not None:
            try:
                trust = self._trusting.answered(asking, gathered)
            except ChainUnavailable:
                unanswered[self._trusting.chain_id] = "The node of this bank's chain was asked, and gave no answer."
        at_hand = {**kept, **_renewed(standing), **(own or {})}
        found = self._fetch([one.document for one in everything], at_hand) if fetch else Gathered()
        return Evidence(
            contexts=self._contexts,
            trust=trust,
            documents=at_hand,
            claims=claims or {},
            receipts=gathered,
            source="the documents of this bank",
            unanswered=unanswered,
            registers=(*(one for one, _ in held), *registers),
            register_claims=tuple(register_claims),
            fetched=found.fetched,
            unfetched=found.unfetched,
            seen=tuple(seen),
            shelf=self._shelf,
        )

    def _fetch(self, documents: Sequence[JsonObject], held: Mapping[str, bytes]) -> Gathered:
        return Gathered() if self._fetching is None else self._fetching.gather(documents, held)

    def verify_held(self, issued: Sequence[IssuedCredential], policy: Policy = LIVE) -> dict[str, Report]:
        """Verify credentials that the bank holds; the reports by credential id."""
        documents = {credential.id: read_secured(credential.signed) for credential in issued}
        with self._store.glancing() as tx:  # what a learner brought has its issuer's documents elsewhere
            brought = any(tx.find_deposited(credential.id) is not None for credential in issued)
        evidence = self.evidence(list(documents.values()), fetch=brought)
        now = self._clock.now()
        return {id: verify_credential(document, evidence, policy=policy, now=now) for id, document in documents.items()}

    def receipts_inside(self, document: JsonObject) -> list[Receipt]:
        """The receipts that the bank has of the credentials and endorsements inside a document."""
        with self._store.glancing() as tx:
            return _stored_receipts(tx, list(_inside(document)))

    def now(self) -> datetime:
        """The moment by which this service judges."""
        return self._clock.now()

    def _standing(self, looks: Looks, lists: Sequence[str]) -> list["_Standing"]:
        """The bank's own status lists among these, as they stand."""
        own: list[_Standing] = []
        for list_id in lists:
            name = self._issuing.list_name(list_id)
            kinds = [self._issuing.lists, *([self._suspending.lists] if self._suspending else [])]
            for kept in [one for one in kinds if name is not None and one.purpose == name.purpose]:
                assert name is not None
                document, fresh = kept.standing_in(looks, name)
                own.append(_Standing(list_id, name, kept, document, fresh))
        return own


@dataclass(frozen=True, slots=True)
class _Standing:
    """One of the bank's own status lists, and whether it can be handed out as it is."""

    id: str
    name: ListName
    kept: StatusLists
    document: PublicDocument | None
    fresh: bool


def _renewed(standing: Iterable[_Standing]) -> dict[str, bytes]:
    """The lists by their ids, as fresh as the bank can sign them; without those that nobody may sign."""
    own: dict[str, bytes] = {}
    for one in standing:
        with suppress(NoSigningKey, SigningCapReached):  # then the check says that there is no list
            listed = one.document if one.fresh else one.kept.renewed(one.document, one.name)
            if listed is not None:
                own[one.id] = listed.content
    return own


def is_presentation(document: JsonObject) -> bool:
    """Whether a document says that it is a presentation."""
    types = document.get("type")
    return "VerifiablePresentation" in (types if isinstance(types, list) else [types])


def _ids(documents: Sequence[JsonObject]) -> list[str]:
    return [id for document in documents if isinstance(id := document.get("id"), str)]


def _stored_receipts(tx: Transaction, documents: Sequence[Secured]) -> list[Receipt]:
    """The receipts that the bank has of these documents, of the chain in use and of former ones."""
    found = tx.receipts_of({document.digest for document in documents})
    former = tx.former_receipts([one.credential for one in found])
    return [Receipt.parse(one.document) for one in (*found, *former)]


def _kept(looks: Looks, dids: Iterable[str], lists: Iterable[str]) -> dict[str, bytes]:
    """The DID documents and the delivered status lists that the bank keeps under these names."""
    found = [document for did in sorted(dids) if (document := looks.document(did))]
    delivered = [document for list_id in lists if (document := looks.document(list_id))]
    return {
        document.id: document.content for document in [*found, *(one for one in delivered if one.kind == "status-list")]
    }


def _parties(document: JsonObject) -> list[str]:
    """The DIDs of a signed document's issuer and holder."""
    found = []
    for key in ("issuer", "holder"):
        value = document.get(key)
        name = value.get("id") if isinstance(value, dict) else value
        if isinstance(name, str):
            found.append(name)
    return found


def _status_lists(document: JsonObject) -> list[str]:
    entries: list[Json] = []
    for name in ("credentialStatus", "suspensionStatus"):
        status = document.get(name)
        entries.extend(status if isinstance(status, list) else [status])
    return [
        str(entry["statusListCredential"])
        for entry in entries
        if isinstance(entry, dict) and "statusListCredential" in entry
    ]


def _inside(document: JsonObject, depth: int = 0) -> Iterator[Secured]:
    """The credentials and endorsements inside a document, wherever they stand, as far as they can be read.

    As deep as they are judged: the presentation around them is one more.
    """
    for one in inside(document):
        if one.secured is not None:  # else its own report will say so
            yield one.secured
            if depth < MAX_DEPTH:
                yield from _inside(one.secured.document, depth + 1)

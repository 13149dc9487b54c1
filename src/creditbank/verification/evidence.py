"""What a verifier has at hand: documents of its own or that came along, receipts, contexts, trust facts."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from creditbank.anchoring import Receipt
from creditbank.canonical import Digest, json_digest, load_object
from creditbank.errors import CreditBankError
from creditbank.signing import ContextLibrary
from creditbank.units import instant_text
from creditbank.verification.inflated import InflatedLists
from creditbank.verification.trust import StatusFact, TrustFacts

if TYPE_CHECKING:
    from creditbank.framework import Register

Answer = TypeVar("Answer")
MOST_KNOWN: Final = 256  # answers that one evidence remembers
MOST_SHELVED: Final = 128
SHELVED_BYTES: Final = 64 * 1024
"""Of the documents on a shelf: a list of 131,072 random bits has 22 kB. All of them together stay below 32 MiB."""


class Shelf:
    """What was worked out of a document's bytes and of nothing else, for the next verification that meets the same.

    A verifier that verifies again and again keeps one, for its own status lists and DID documents: every credential of
    an issuer names the same few. The key of an answer holds the bytes, or their digest, so that another text is another
    question; what turns on the moment, the chain or a policy is never here. Refusals are not kept. What is kept is read
    only; whoever shares a shelf between threads gives it a `lock`.
    """

    def __init__(self, most: int = MOST_SHELVED, lock: AbstractContextManager[object] | None = None) -> None:
        self._most, self._lock = most, lock or nullcontext()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def once(self, key: Hashable, work: Callable[[], Answer]) -> Answer:
        """What `work` answers, or answered for this key before."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                known: Answer = self._kept[key]
                return known
        answer = work()
        with self._lock:
            self._kept[key] = answer
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return answer

    def __len__(self) -> int:
        return len(self._kept)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document as its own address served it, over https, at a moment."""

    data: bytes
    url: str
    at: datetime

    @property
    def source(self) -> str:
        """Where it comes from, as a report names it."""
        return f"fetched from {self.url} at {instant_text(self.at)}"


@dataclass(frozen=True, slots=True)
class Found:
    """A document found under its id. `own`: the verifying party holds it itself and vouches for it.

    `fetched` is set when it was asked for at its own address instead.
    """

    data: bytes
    own: bool
    fetched: Fetched | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a verification may look at; nothing is fetched here, though `fetched` was, before.

    `documents` (id to bytes: DID documents, status lists) are the verifying party's own; `claims` came with
    the credential and count for nothing until a registry fact matches them. `source` names the own documents
    in reports. `registers` are registers of accreditation that the verifying party holds itself, `register_claims`
    such as came along. `fetched` are documents by their id, as their own addresses served them; `unfetched` says why
    others are not among them. `unanswered` says of a chain, by its id, why the verifier's own node gave no answer.
    `seen` are the newest status lists that the verifying party remembers. `shelf` keeps what follows from the bytes of
    its own documents beyond this verification.
    """

    contexts: ContextLibrary
    trust: TrustFacts | None = None
    documents: Mapping[str, bytes] = field(default_factory=dict)
    claims: Mapping[str, bytes] = field(default_factory=dict)
    receipts: tuple[Receipt, ...] = ()
    source: str = "the verifier's own documents"
    registers: "tuple[Register, ...]" = ()
    register_claims: "tuple[Register, ...]" = ()
    fetched: Mapping[str, Fetched] = field(default_factory=dict)
    unfetched: Mapping[str, str] = field(default_factory=dict)
    unanswered: Mapping[int, str] = field(default_factory=dict)
    seen: tuple[StatusFact, ...] = ()
    shelf: Shelf | None = field(default=None, repr=False, compare=False)
    inflated: InflatedLists = field(default_factory=InflatedLists, init=False, repr=False, compare=False)
    _known: dict[Hashable, tuple[Any]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, key: Hashable, work: Callable[[], Answer]) -> Answer:
        """What `work` answers, worked out once for each key: a status list speaks for every credential that names it.

        A key holds everything that the answer turns on besides this evidence, the exact bytes among it. A refusal is
        remembered too, and raised again.
        """
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            try:
                found = (work(),)
            except CreditBankError as refusal:
                found = (refusal,)
            self._known[key] = found
        if isinstance(found[0], CreditBankError):
            raise found[0].with_traceback(None)
        answer: Answer = found[0]
        return answer

    def settled(self, found: Found, key: Hashable, work: Callable[[], Answer]) -> Answer:
        """As `once`, for what follows from the bytes of a document alone: of an own one, the shelf knows it."""
        shelf = self.shelf if found.own and len(found.data) <= SHELVED_BYTES else None
        return self.once(key, work if shelf is None else lambda: shelf.once(key, work))

    def find(self, document_id: str) -> Found | None:
        """The document with this id: an own one before one that was fetched, and that before one that came along.

        A document that came along goes before the fetched one where a register knows its digest: a domain may have
        moved on from the keys of then.
        """
        if document_id in self.documents:
            return Found(self.documents[document_id], own=True)
        claimed, fetched = self.claims.get(document_id), self.fetched.get(document_id)
        if claimed is not None and (fetched is None or self._registered(document_id, claimed)):
            return Found(claimed, own=False)
        return None if fetched is None else Found(fetched.data, own=False, fetched=fetched)

    def _registered(self, did: str, data: bytes) -> bool:
        facts = [] if self.trust is None else self.trust.issuer(did)
        try:
            return any(json_digest(load_object(data)) in fact.documents for fact in facts if fact.documents)
        except CreditBankError:
            return False

    def receipts_for(self, digest: Digest) -> list[Receipt]:
        """The receipts that speak of the document with this digest."""
        return [receipt for receipt in self.receipts if receipt.digest == digest]

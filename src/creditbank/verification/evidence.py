"""What a verifier has at hand: documents of its own or that came along, receipts, contexts, trust facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from creditbank.anchoring import Receipt
from creditbank.canonical import Digest
from creditbank.framework import Register
from creditbank.signing import ContextLibrary
from creditbank.verification.trust import TrustFacts


@dataclass(frozen=True, slots=True)
class Found:
    """A document found under its id. `own`: the verifying party holds it itself and vouches for it."""

    data: bytes
    own: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a verification may look at; nothing is fetched.

    `documents` (id to bytes: DID documents, status lists) are the verifying party's own; `claims` came with
    the credential and count for nothing until a registry fact matches them. `source` names the own documents
    in reports. `registers` are registers of accreditation that the verifying party holds itself, `register_claims`
    such as came along.
    """

    contexts: ContextLibrary
    trust: TrustFacts | None = None
    documents: Mapping[str, bytes] = field(default_factory=dict)
    claims: Mapping[str, bytes] = field(default_factory=dict)
    receipts: tuple[Receipt, ...] = ()
    source: str = "the verifier's own documents"
    registers: tuple[Register, ...] = ()
    register_claims: tuple[Register, ...] = ()

    def find(self, document_id: str) -> Found | None:
        """The document with this id: an own one before one that came along."""
        if document_id in self.documents:
            return Found(self.documents[document_id], own=True)
        if document_id in self.claims:
            return Found(self.claims[document_id], own=False)
        return None

    def receipts_for(self, digest: Digest) -> list[Receipt]:
        """The receipts that speak of the document with this digest."""
        return [receipt for receipt in self.receipts if receipt.digest == digest]

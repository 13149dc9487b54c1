"""The DID documents of organisations: written from their keys, archived at each change, registered, then published.

The bank serves the document of a did:web that names its own host; another host's document is handed over, and `check`
tells whether what stands there is what is registered. Every version is kept: its digest is on the chain, so what was
signed under it is verified with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from creditbank.anchoring import issuer_id
from creditbank.canonical import Digest, JsonObject, canonical_json, json_digest, load_object
from creditbank.errors import NotFound
from creditbank.services import calls, reads
from creditbank.services.ports import Chain, Clock, Store, Transaction
from creditbank.services.records import DocumentVersion, KeyState, Organisation, PublicDocument
from creditbank.services.sending import Sender
from creditbank.signing import DidDocument, did_key_document, did_web_document, did_web_url, key_from_multikey

MEDIA_TYPE: Final = "application/did+json"
REGISTRAR: Final = "registrar"
"""The signer's name for the account of the quality agency that admits issuers, banks and awarders."""


class NoSuchVersion(NotFound):
    """The document never stood like this."""

    slug = "no-such-version"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a document found elsewhere compares with ours: the same, an earlier version of ours, or another.

    `missing` and `foreign` are Multikeys: those that we list and it does not, and those that only it lists.
    """

    same: bool
    version: datetime | None
    missing: tuple[str, ...]
    foreign: tuple[str, ...]
    digest: Digest
    ours: Digest


def scope_of(organisation: Organisation) -> Digest:
    """The digest of what an organisation is admitted for."""
    return json_digest({"frameworks": list(organisation.frameworks), "roles": sorted(organisation.roles)})


def fixed_by_did(organisation: Organisation) -> bool:
    """Whether the DID itself spells the one key that the organisation can ever have."""
    return organisation.did.startswith("did:key:")


class DidPublishing:
    """Writes, archives, registers and hands out DID documents."""

    def __init__(self, store: Store, chain: Chain, sender: Sender, clock: Clock, base_url: str) -> None:
        self._store, self._chain, self._sender, self._clock = store, chain, sender, clock
        self._host = urlsplit(base_url).hostname or ""

    def register(self, organisation: Organisation, *, adding: str = "") -> bytes:
        """Archive the document as the keys make it now and register its digest; return it, not yet published.

        `adding` is an announced key that it shall list already. Safe to repeat at any point.
        """
        revoked = self._revoked(organisation)
        with self._store.transaction() as tx:
            content = canonical_json(_document(tx, organisation, adding, revoked))
            digest = json_digest(load_object(content))
            tx.add_version(DocumentVersion(organisation.did, digest, content, self._clock.now()))
        state = reads.issuer_state(self._chain, issuer_id(organisation.did))
        if state is None or digest not in {Digest(term.document) for term in state.terms}:
            amended = calls.amend_issuer(issuer_id(organisation.did), scope_of(organisation), digest)
            self._sender.settle(f"document:{organisation.id}:{digest.hex()}", REGISTRAR, amended)
        return content

    def publish(self, tx: Transaction, organisation: Organisation, content: bytes) -> None:
        """Put a registered document in the place of the one before, in the caller's transaction."""
        tx.put_document(PublicDocument(organisation.did, "did", MEDIA_TYPE, content, self._clock.now()))

    def current(self, organisation: str) -> PublicDocument:
        """The document as it is published; raises `UnknownRecord` for an unknown organisation."""
        with self._store.transaction() as tx:
            found = tx.find_document(tx.get_organisation(organisation).did)
        assert found is not None, "an organisation is stored together with its DID document"
        return found

    def versions(self, did: str) -> list[DocumentVersion]:
        """Every version of a DID's document, oldest first; empty for a DID that is not an organisation's here."""
        with self._store.transaction() as tx:
            return tx.document_versions(did)

    def version(self, did: str, digest: Digest) -> DocumentVersion:
        """One version by its digest; raises `NoSuchVersion`."""
        for version in self.versions(did):
            if version.digest == digest:
                return version
        raise NoSuchVersion(f"There is no such version of the document of {did[:200]}.")

    def hosted(self, organisation: Organisation) -> bool:
        """Whether the DID names this bank's host, so that the bank itself serves the document."""
        return organisation.did.split(":")[:3] == ["did", "web", self._host]

    def address(self, organisation: Organisation) -> str | None:
        """Where the world looks for the document; None for a did:key, which needs none."""
        return None if fixed_by_did(organisation) else did_web_url(organisation.did)

    def at_address(self, url: str) -> PublicDocument | None:
        """The document that this bank serves at an address of its own host, or None."""
        with self._store.transaction() as tx:
            for one in tx.organisations():
                if self.hosted(one) and did_web_url(one.did) == url:
                    return tx.find_document(one.did)
        return None

    def check(self, organisation: str, found: JsonObject) -> Comparison:
        """Compare a document that was found at the provider's domain with the one that is registered.

        Raises `UnreadableDidDocument` for something that is no DID document.
        """
        ours = load_object(self.current(organisation).content)
        theirs, listed = DidDocument.parse(found), DidDocument.parse(ours)
        digest, registered = json_digest(found), json_digest(ours)
        version = next((one for one in self.versions(listed.id) if one.digest == digest), None)
        mine = {key.multikey for key in listed.assertion_keys.values()}
        given = {key.multikey for key in theirs.assertion_keys.values()} if theirs.id == listed.id else set()
        return Comparison(
            digest == registered,
            version.archived if version and digest != registered else None,
            tuple(sorted(mine - given)),
            tuple(sorted(given - mine)),
            digest,
            registered,
        )

    def _revoked(self, organisation: Organisation) -> Mapping[str, datetime]:
        """When the chain says each revoked key was revoked, which is what the document tells."""
        with self._store.transaction() as tx:
            keys = [key for key in tx.keys_of(organisation.id) if key.state is KeyState.REVOKED]
        issuer = issuer_id(organisation.did)
        states = {key.multikey: reads.key_state(self._chain, issuer, calls.key_id(key.multikey)) for key in keys}
        return {name: state.revoked for name, state in states.items() if state is not None and state.revoked}


def _document(tx: Transaction, organisation: Organisation, adding: str, revoked: Mapping[str, datetime]) -> JsonObject:
    if fixed_by_did(organisation):
        return did_key_document(organisation.did)
    listed = [
        key_from_multikey(key.multikey)
        for key in tx.keys_of(organisation.id)
        if key.state is not KeyState.ANNOUNCED or key.multikey == adding
    ]
    return did_web_document(
        organisation.did, listed, {key: revoked[key.multikey] for key in listed if key.multikey in revoked}
    )

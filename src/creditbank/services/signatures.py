"""Putting a proof on a document with a key that stays behind the signer."""

from collections.abc import Sequence
from datetime import datetime
from itertools import product
from typing import Final

from creditbank.canonical import JsonObject, canonical_json
from creditbank.errors import Refused
from creditbank.services.ports import (
    FIRST_KEY,
    Signer,
    SigningKey,
    SigningPurpose,
    SigningRequest,
    Store,
    Transaction,
    UnknownRecord,
)
from creditbank.services.records import KeyState
from creditbank.signing import (
    ContextLibrary,
    CredentialToken,
    Suite,
    TokenProfile,
    add_proof,
    begin_proof,
    proofs_of,
    sign_jwt,
)
from creditbank.verification import read_secured

JOSE_NAMES: Final = {"Ed25519": "EdDSA"}
"""The older of the two names that an algorithm has in tokens, which more readers know."""


class NoSigningKey(Refused):
    """The bank holds no key that may sign for this body now."""

    slug = "no-signing-key"


class WalletSigns(Refused):
    """The holder keeps this key, and signs with it themselves."""

    slug = "wallet-signs"


HOLDER_LABELS: Final = tuple(str(number) for number in range(1, 10))
"""The labels of the keys that the bank may make for one learner, one after the other."""


def holder_key(tx: Transaction, signer: Signer, learner: str, did: str) -> SigningKey | None:
    """The key of a learner's DID, where the signer keeps it: for this account, or for one that was merged into it."""
    owners = (learner, *(merger.source for merger in tx.mergers_into(learner)))
    for owner, label in product(owners, HOLDER_LABELS):
        key = signer.find_key(owner, label)
        if key is not None and f"did:key:{key.multikey}" == did:
            return key
    return None


def method_of(did: str, multikey: str) -> str:
    """The verification method of a key under its DID: `did:key:z…#z…` or `did:web:…#z…`."""
    return f"{did}#{multikey}"


def signed_with(signed: bytes) -> frozenset[str]:
    """The Multikeys that the proofs of a signed document name, or the header of a token."""
    secured = read_secured(signed)
    if secured.token is not None:
        return frozenset({CredentialToken.read(secured.token).jws.key_id.partition("#")[2]})
    return proven_with(secured.document)


def proven_with(document: JsonObject) -> frozenset[str]:
    """The Multikeys that the proofs inside a document name."""
    methods = [str(proof.get("verificationMethod")) for proof in proofs_of(document)]
    return frozenset(method.partition("#")[2] for method in methods)


class Signatures:
    """Signs documents with the signer's keys; the result is the bytes that are stored and served, for ever."""

    def __init__(self, store: Store, signer: Signer, contexts: ContextLibrary) -> None:
        self._store, self._signer, self._contexts = store, signer, contexts

    def key(self, owner: str, label: str | None = None) -> SigningKey:
        """The key that signs for a body or a learner now; raises `NoSigningKey`, `UnknownRecord` for a stranger.

        `label` is what `label_in` said a moment ago; whoever stores the signature holds the key, and sees whether it
        is so still.
        """
        key = self._signer.find_key(owner, label or self._label(owner))
        if key is None:
            raise UnknownRecord(f"There is no key of {owner}.", next_step="Register the organisation first.")
        return key

    def sign(
        self,
        document: JsonObject,
        owner: str,
        did: str,
        created: datetime,
        *,
        purpose: SigningPurpose = SigningPurpose.CREDENTIAL,
        label: str | None = None,
    ) -> bytes:
        """Add an `eddsa-rdfc-2022` assertion proof by `owner`'s key and spell the result once (RFC 8785)."""
        return self._assert(document, "eddsa-rdfc-2022", owner, did, created, purpose, label)

    def sign_many(self, documents: Sequence[JsonObject], owner: str, did: str, created: datetime) -> list[bytes]:
        """Sign several credentials as `sign` signs each; none is signed where one cannot be."""
        if not documents:
            return []
        key = self.key(owner)
        begun = [
            begin_proof(
                document,
                verification_method=method_of(did, key.multikey),
                created=created,
                purpose="assertionMethod",
                contexts=self._contexts,
            )
            for document in documents
        ]
        asked = [
            SigningRequest(owner, key.reference, SigningPurpose.CREDENTIAL, one.message, str(document.get("id", "")))
            for one, document in zip(begun, documents, strict=True)
        ]
        signatures = self._signer.sign_many(asked)
        return [canonical_json(one.signed(by)) for one, by in zip(begun, signatures, strict=True)]

    def sign_decision(self, document: JsonObject, owner: str, did: str, created: datetime) -> bytes:
        """Add an `eddsa-jcs-2022` assertion proof, which covers every value to the letter, and spell it once."""
        return self._assert(document, "eddsa-jcs-2022", owner, did, created, SigningPurpose.DECISION)

    def sign_feed(self, document: JsonObject, owner: str, did: str, created: datetime) -> bytes:
        """The same for an entry of a feed. Keys made before feeds had a purpose of their own sign on as for a decision:
        another key would be, to whoever remembers this one, somebody else's feed.
        """
        own = SigningPurpose.FEED in self.key(owner).uses
        purpose = SigningPurpose.FEED if own else SigningPurpose.DECISION
        return self._assert(document, "eddsa-jcs-2022", owner, did, created, purpose)

    def sign_token(
        self,
        document: JsonObject,
        owner: str,
        did: str,
        signed: datetime,
        *,
        profile: TokenProfile,
        purpose: SigningPurpose = SigningPurpose.CREDENTIAL,
    ) -> str:
        """Sign the document as a compact token by `owner`'s key."""
        key, about = self.key(owner), str(document.get("id", ""))
        return sign_jwt(
            document,
            profile=profile,
            key_id=method_of(did, key.multikey),
            algorithm=JOSE_NAMES.get(key.algorithm, key.algorithm),
            sign=lambda message: self._signer.sign(SigningRequest(owner, key.reference, purpose, message, about)),
            signed=signed,
        )

    def sign_presentation(
        self, document: JsonObject, owner: str, did: str, created: datetime, *, challenge: str, domain: str
    ) -> bytes:
        """Add an authentication proof by the key of a learner's DID, for one reader (`domain`) and one occasion.

        Raises `WalletSigns` where the bank does not keep that key.
        """
        with self._store.transaction() as tx:
            key = holder_key(tx, self._signer, owner, did)
        if key is None:
            raise WalletSigns(
                f"The key of {did[:120]} is with its holder and not with the bank, so the bank cannot sign for it.",
                next_step="Sign with the wallet that holds the key.",
            )
        return canonical_json(
            add_proof(
                document,
                suite="eddsa-rdfc-2022",
                verification_method=method_of(did, key.multikey),
                created=created,
                purpose="authentication",
                sign=lambda message: self._signer.sign(
                    SigningRequest(
                        key.tenant, key.reference, SigningPurpose.PRESENTATION, message, f"{challenge} {domain}"
                    )
                ),
                contexts=self._contexts,
                challenge=challenge,
                domain=domain,
            )
        )

    def _assert(
        self,
        document: JsonObject,
        suite: Suite,
        owner: str,
        did: str,
        created: datetime,
        purpose: SigningPurpose,
        label: str | None = None,
    ) -> bytes:
        key, about = self.key(owner, label), str(document.get("id", ""))
        return canonical_json(
            add_proof(
                document,
                suite=suite,
                verification_method=method_of(did, key.multikey),
                created=created,
                purpose="assertionMethod",
                sign=lambda message: self._signer.sign(SigningRequest(owner, key.reference, purpose, message, about)),
                contexts=self._contexts,
            )
        )

    def _label(self, owner: str) -> str:
        """Which of a body's keys is the current one; a learner has one key."""
        with self._store.glancing() as tx:
            return self.label_in(tx, owner)

    def label_in(self, tx: Transaction, owner: str) -> str:
        """The same, inside the caller's transaction; raises `NoSigningKey`."""
        keys = tx.keys_of(owner)
        if not keys:
            return FIRST_KEY
        for key in keys:
            if key.held and key.state is KeyState.CURRENT:
                return key.label
        raise NoSigningKey(
            f"No key of {owner} may sign: {', '.join(f'{key.label} is {key.state}' for key in keys)}.",
            next_step="Look at the keys with creditbank key list; creditbank key rotate makes a new one.",
        )

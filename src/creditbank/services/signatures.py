"""Putting a proof on a document with a key that stays behind the signer."""

from datetime import datetime

from creditbank.canonical import JsonObject, canonical_json
from creditbank.services.ports import Signer, SigningKey, SigningPurpose, SigningRequest, UnknownRecord
from creditbank.signing import ContextLibrary, Suite, add_proof


def method_of(did: str, multikey: str) -> str:
    """The verification method of a key under its DID: `did:key:z…#z…` or `did:web:…#z…`."""
    return f"{did}#{multikey}"


class Signatures:
    """Signs documents with the signer's keys; the result is the bytes that are stored and served, for ever."""

    def __init__(self, signer: Signer, contexts: ContextLibrary) -> None:
        self._signer, self._contexts = signer, contexts

    def sign(
        self,
        document: JsonObject,
        owner: str,
        did: str,
        created: datetime,
        *,
        purpose: SigningPurpose = SigningPurpose.CREDENTIAL,
    ) -> bytes:
        """Add an `eddsa-rdfc-2022` assertion proof by `owner`'s key and spell the result once (RFC 8785)."""
        return self._assert(document, "eddsa-rdfc-2022", owner, did, created, purpose)

    def sign_decision(self, document: JsonObject, owner: str, did: str, created: datetime) -> bytes:
        """Add an `eddsa-jcs-2022` assertion proof, which covers every value to the letter, and spell it once."""
        return self._assert(document, "eddsa-jcs-2022", owner, did, created, SigningPurpose.DECISION)

    def sign_presentation(
        self, document: JsonObject, owner: str, did: str, created: datetime, *, challenge: str, domain: str
    ) -> bytes:
        """Add an authentication proof for one reader (`domain`) and one occasion (`challenge`)."""
        key = self._key(owner)
        return canonical_json(
            add_proof(
                document,
                suite="eddsa-rdfc-2022",
                verification_method=method_of(did, key.multikey),
                created=created,
                purpose="authentication",
                sign=lambda message: self._signer.sign(
                    SigningRequest(owner, key.reference, SigningPurpose.PRESENTATION, message, f"{challenge} {domain}")
                ),
                contexts=self._contexts,
                challenge=challenge,
                domain=domain,
            )
        )

    def _assert(
        self, document: JsonObject, suite: Suite, owner: str, did: str, created: datetime, purpose: SigningPurpose
    ) -> bytes:
        key, about = self._key(owner), str(document.get("id", ""))
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

    def _key(self, owner: str) -> SigningKey:
        key = self._signer.find_key(owner)
        if key is None:
            raise UnknownRecord(f"There is no key of {owner}.", next_step="Register the organisation first.")
        return key

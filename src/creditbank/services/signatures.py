"""Putting a proof on a document with a key that stays in the vault."""

from datetime import datetime

from creditbank.canonical import JsonObject, canonical_json
from creditbank.services.ports import KeyVault, UnknownRecord
from creditbank.signing import ContextLibrary, add_proof


def method_of(did: str, multikey: str) -> str:
    """The verification method of a key under its DID: `did:key:z…#z…` or `did:web:…#z…`."""
    return f"{did}#{multikey}"


class Signatures:
    """Signs documents with the vault's keys; the result is the bytes that are stored and served, for ever."""

    def __init__(self, vault: KeyVault, contexts: ContextLibrary) -> None:
        self._vault, self._contexts = vault, contexts

    def sign(self, document: JsonObject, owner: str, did: str, created: datetime) -> bytes:
        """Add an `eddsa-rdfc-2022` assertion proof by `owner`'s key and spell the result once (RFC 8785)."""
        return canonical_json(
            add_proof(
                document,
                suite="eddsa-rdfc-2022",
                verification_method=method_of(did, self._key(owner)),
                created=created,
                purpose="assertionMethod",
                sign=lambda message: self._vault.sign(owner, message, purpose="assertionMethod"),
                contexts=self._contexts,
            )
        )

    def sign_decision(self, document: JsonObject, owner: str, did: str, created: datetime) -> bytes:
        """Add an `eddsa-jcs-2022` assertion proof, which covers every value to the letter, and spell it once."""
        return canonical_json(
            add_proof(
                document,
                suite="eddsa-jcs-2022",
                verification_method=method_of(did, self._key(owner)),
                created=created,
                purpose="assertionMethod",
                sign=lambda message: self._vault.sign(owner, message, purpose="assertionMethod"),
                contexts=self._contexts,
            )
        )

    def sign_presentation(
        self, document: JsonObject, owner: str, did: str, created: datetime, *, challenge: str, domain: str
    ) -> bytes:
        """Add an authentication proof for one reader (`domain`) and one occasion (`challenge`)."""
        return canonical_json(
            add_proof(
                document,
                suite="eddsa-rdfc-2022",
                verification_method=method_of(did, self._key(owner)),
                created=created,
                purpose="authentication",
                sign=lambda message: self._vault.sign(owner, message, purpose="authentication"),
                contexts=self._contexts,
                challenge=challenge,
                domain=domain,
            )
        )

    def _key(self, owner: str) -> str:
        multikey = self._vault.public(owner)
        if multikey is None:
            raise UnknownRecord(f"The vault holds no key for {owner}.", next_step="Register the organisation first.")
        return multikey

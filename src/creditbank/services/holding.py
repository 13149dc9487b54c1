"""Learners' DIDs and keys: made and kept here, taken away, or brought from a wallet; and how one follows another.

A credential names its holder by a DID for ever, while the account goes on under another one. So an account has one DID
today and may have had others, each the account's own by a signature of its key; a DID is never of two accounts.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from creditbank.canonical import JsonObject, canonical_json
from creditbank.errors import BadInput, Conflict, Refused
from creditbank.services.holder_records import DidOrigin, HolderChallenge, LearnerDid, Occasion
from creditbank.services.keys import PossessionNotProven
from creditbank.services.ports import (
    HOLDERS,
    AlreadyRecorded,
    Clock,
    Entropy,
    KeyVault,
    SigningKey,
    SigningPurpose,
    SigningRequest,
    Store,
    Transaction,
    UnknownRecord,
)
from creditbank.services.records import Learner, PublicDocument
from creditbank.services.signatures import HOLDER_LABELS, holder_key
from creditbank.services.trail import OPERATOR, Trail
from creditbank.signing import base64url_encode, did_key, did_key_document, key_from_multikey, key_of_did

LIFETIME: Final = timedelta(minutes=15)
SHORTEST: Final = 12
DOCUMENT: Final = "creditbank/rebinding/v1"


class DidOfAnother(Conflict):
    """This DID names the holder of another account here, and never of two."""

    slug = "did-of-another"


class NoDidKey(BadInput):
    """A learner's own DID is a did:key, which is its key and needs nobody to be looked up."""

    slug = "no-did-key"


class KeyNotHeld(Refused):
    """The bank does not keep the key of this DID, so it can neither sign with it nor hand it out."""

    slug = "key-not-held"


class TooManyKeys(Refused):
    """The bank makes a limited number of keys for one account."""

    slug = "too-many-keys"


class ShortPassphrase(BadInput):
    """A key leaves the bank only under a passphrase that is not guessed at once."""

    slug = "short-passphrase"


class AccountMerged(Conflict):
    """This account was merged into another one, and takes nothing in any more."""

    slug = "account-merged"


class HolderUnconfirmed(Refused):
    """The account goes by a new DID, which its old key did not sign for, and the provider has not confirmed it yet."""

    slug = "holder-unconfirmed"


@dataclass(frozen=True, slots=True)
class Identity:
    """A DID of an account, from when until when, how it came to be, and whether the bank keeps its key."""

    did: LearnerDid
    held: bool


class Holding:
    """Keeps learners' keys, hands them out, and lets one DID follow another."""

    def __init__(
        self, store: Store, vault: KeyVault, trail: Trail, clock: Clock, entropy: Entropy, base_url: str
    ) -> None:
        self._store, self._vault, self._trail = store, vault, trail
        self._clock, self._entropy, self._base_url = clock, entropy, base_url

    def challenge(self, learner: str, occasion: Occasion) -> HolderChallenge:
        """A random text for one account to have signed, once and within a quarter of an hour.

        Raises `UnknownRecord` and `AccountMerged`.
        """
        made = HolderChallenge(
            base64url_encode(self._entropy.bytes(24)), learner, occasion, self._clock.now() + LIFETIME
        )
        with self._store.transaction() as tx:
            tx.get_learner(learner)
            require_account(tx, learner)
            tx.add_holder_challenge(made)
        return made

    def identities(self, learner: str) -> tuple[Identity, ...]:
        """Every DID of an account, oldest first; the one without an end is today's."""
        with self._store.transaction() as tx:
            return tuple(Identity(one, self.key_of(tx, learner, one.did) is not None) for one in dids_of(tx, learner))

    def key_of(self, tx: Transaction, learner: str, did: str) -> SigningKey | None:
        """The key of a learner's DID, where the bank keeps it."""
        return holder_key(tx, self._vault, learner, did)

    def bind(self, tx: Transaction, learner: str, did: str, origin: DidOrigin, statement: bytes) -> None:
        """Note that a DID is this account's too, in the caller's transaction; raises `DidOfAnother` (threat 39)."""
        whose = tx.find_learner_by_did(did)
        if whose is not None and whose.id != learner:
            raise _of_another(did)
        if whose is None:
            now = self._clock.now()
            try:
                tx.add_did(LearnerDid(did, learner, now, now, origin, statement))
            except AlreadyRecorded:
                raise _of_another(did) from None

    # -- one DID follows another

    def statement(self, learner: str, did: str, nonce: str) -> bytes:
        """What the keys of the new DID and of the one before sign, so that the account goes by the new one.

        Raises `UnknownRecord`, and `NoDidKey` for a DID of another method.
        """
        with self._store.transaction() as tx:
            before = tx.get_learner(learner).did
        return _statement(self._base_url, before, _did(did), nonce)

    def rebind(
        self,
        learner: str,
        *,
        did: str,
        nonce: str,
        signature: bytes,
        signature_before: bytes | None = None,
        actor: str = OPERATOR,
    ) -> Learner:
        """Let an account go by a DID whose key its holder keeps, by signatures over `statement`.

        The key before signs too: the bank's own does where the bank keeps it, else that of the wallet before
        (`signature_before`). Where neither can, the account still changes, for its holder is signed in; but each
        provider that issued to it confirms the new DID before it issues again (`confirm`). Credits stay where they
        are, and credentials keep the DID that they name.

        Raises `PossessionNotProven` for a challenge that is not fresh or a signature that does not hold, `NoDidKey`,
        and `DidOfAnother`.
        """
        with self._store.transaction() as tx:
            before = tx.get_learner(learner).did
        text = _statement(self._base_url, before, _did(did), nonce)
        if not key_of_did(did).verify(text, signature):
            raise _unproven("This signature was not made over the statement with the new key.")
        old = signature_before or self._sign_before(learner, before, text)
        if old is not None and not key_of_did(before).verify(text, old):
            raise _unproven("This signature was not made over the statement with the key before.")
        return self._change(learner, before, did, nonce, _signed(text, signature, old), actor=actor, proven=bool(old))

    def renew(self, learner: str, *, actor: str = OPERATOR) -> Learner:
        """Let an account go by a key that the bank makes anew, signed for by the one before where the bank keeps it.

        Raises `TooManyKeys`.
        """
        with self._store.transaction() as tx:
            before = tx.get_learner(learner).did
            require_account(tx, learner)
        free = [label for label in HOLDER_LABELS if self._vault.find_key(learner, label) is None]
        if not free:
            raise TooManyKeys(
                f"The bank made {len(HOLDER_LABELS)} keys for this account.",
                next_step="Bring a key from a wallet instead.",
            )
        made = self._vault.make_key(learner, HOLDERS, free[0])
        did, nonce = did_key(key_from_multikey(made.multikey)), self.challenge(learner, Occasion.BIND).nonce
        text = _statement(self._base_url, before, did, nonce)
        old = self._sign_before(learner, before, text)
        signed = _signed(text, self._sign(made, text), old)
        return self._change(learner, before, did, nonce, signed, actor=actor, proven=bool(old))

    def confirm(self, learner: str, *, by: str, actor: str = OPERATOR) -> str:
        """A provider says that it knows the account under its new DID, which is returned.

        Raises `UnknownRecord` for an account that the provider never issued to.
        """
        with self._store.transaction() as tx:
            person = tx.get_learner(learner)
            if not tx.issued_between(by, learner):
                raise UnknownRecord(f"There is no learner {learner}.")
            if tx.add_confirmation(by, person.did, self._clock.now()):
                self._trail.tell(tx, actor, "holder.confirmed", person.did, organisation=by)
            return person.did

    def _change(
        self, learner: str, before: str, did: str, nonce: str, statement: bytes, *, actor: str, proven: bool
    ) -> Learner:
        now, origin = self._clock.now(), DidOrigin.BROUGHT if proven else DidOrigin.RECOVERED
        with self._store.transaction() as tx:
            if not tx.use_holder_challenge(nonce, learner, Occasion.BIND, now):
                raise _unproven("This challenge was used, has expired, or is another account's.")
            person = tx.get_learner(learner)
            for one in dids_of(tx, learner):
                if tx.find_did(one.did) is None:
                    tx.add_did(one)  # the bank made it, and nothing had to be said of it until now
            self.bind(tx, learner, did, origin, statement)
            if before != did and not tx.change_did(learner, did, now, since=before):
                raise _unproven("The account goes by another DID since.")
            tx.put_document(
                PublicDocument(did, "did", "application/did+json", canonical_json(did_key_document(did)), now)
            )
            self._trail.tell(tx, actor, "holder.rebound", did)
            return replace(person, did=did)

    def _sign_before(self, learner: str, did: str, text: bytes) -> bytes | None:
        with self._store.transaction() as tx:
            key = self.key_of(tx, learner, did)
        return None if key is None else self._sign(key, text)

    def _sign(self, key: SigningKey, text: bytes) -> bytes:
        return self._vault.sign(
            SigningRequest(key.tenant, key.reference, SigningPurpose.POSSESSION, text, "another DID of the account")
        )

    # -- keys that leave

    def export(self, learner: str, did: str, passphrase: str, *, actor: str = OPERATOR) -> str:
        """The key of a DID as an encrypted JWK (RFC 7517, 7), to be opened with the passphrase by any tool of JOSE.

        It stands in both audits, that of signatures and that of people. The bank goes on keeping the key until it is
        told to `forget` it. Raises `ShortPassphrase` and `KeyNotHeld`.
        """
        if len(passphrase) < SHORTEST:
            raise ShortPassphrase(
                f"The passphrase has less than {SHORTEST} characters.", next_step="Use several words that you remember."
            )
        key = self._required(learner, did)
        with self._store.transaction() as tx:
            self._trail.tell(tx, actor, "holder.key-exported", did)
        return self._vault.export_key(key.reference, key.tenant, passphrase.encode())

    def forget(self, learner: str, did: str, *, actor: str = OPERATOR) -> None:
        """Destroy the bank's copy of a key, so that from now on only its holder signs. Raises `KeyNotHeld`."""
        key = self._required(learner, did)
        with self._store.transaction() as tx:
            self._trail.tell(tx, actor, "holder.key-forgotten", did)
        self._vault.forget_key(key.reference, key.tenant)

    def _required(self, learner: str, did: str) -> SigningKey:
        with self._store.transaction() as tx:
            tx.get_learner(learner)
            key = self.key_of(tx, learner, did)
        if key is None:
            raise KeyNotHeld(
                f"The bank keeps no key of this account for {did[:120]}.",
                next_step="Look at the account's identifiers, and which of their keys the bank keeps.",
            )
        return key


def dids_of(tx: Transaction, learner: str) -> list[LearnerDid]:
    """Every DID of an account, oldest first, also the one that the bank made and of which nothing was recorded."""
    person, found = tx.get_learner(learner), tx.dids_of(learner)
    if any(one.did == person.did for one in found):
        return found
    return [LearnerDid(person.did, person.id, person.created, None, DidOrigin.MADE), *found]


def require_account(tx: Transaction, learner: str) -> None:
    """Raise `AccountMerged` for an account that was merged into another one."""
    merger = tx.find_merger(learner)
    if merger is not None:
        raise AccountMerged(
            f"The account {learner} was merged into {merger.target} by the person whose both are.",
            next_step="Use that account.",
        )


def require_confirmed(tx: Transaction, organisation: str, learner: Learner) -> None:
    """Raise `HolderUnconfirmed` where a provider would issue to a DID that nothing but a recovery speaks for.

    And raise `AccountMerged` for an account that takes nothing in any more.
    """
    require_account(tx, learner.id)
    known = tx.find_did(learner.did)
    if known is None or known.origin is not DidOrigin.RECOVERED or not tx.issued_between(organisation, learner.id):
        return
    if not tx.is_confirmed(organisation, learner.did):
        raise HolderUnconfirmed(
            "The account goes by a new identifier, for which the key before did not sign.",
            next_step="Ask the person by your own ways, and confirm the account's identifier.",
        )


def _did(did: str) -> str:
    if not did.startswith("did:key:"):
        raise NoDidKey(f"{did[:120]!r} is no did:key.", next_step="Use the did:key of a key in your wallet.")
    key_of_did(did)
    return did


def _statement(bank: str, before: str, did: str, nonce: str) -> bytes:
    return canonical_json({"document": DOCUMENT, "bank": bank, "from": before, "to": did, "nonce": nonce})


def _signed(text: bytes, signature: bytes, before: bytes | None) -> bytes:
    """The statement with its signatures, each over exactly these bytes."""
    said: JsonObject = {"statement": text.decode(), "signature": base64url_encode(signature)}
    if before is not None:
        said["signatureBefore"] = base64url_encode(before)
    return canonical_json(said)


def _unproven(sentence: str) -> PossessionNotProven:
    return PossessionNotProven(sentence, next_step="Ask for a new challenge, and sign that one.")


def _of_another(did: str) -> DidOfAnother:
    return DidOfAnother(
        f"{did[:120]} names the holder of another account here.",
        next_step="If that account is yours too, sign in to it; both can be merged.",
    )

"""Handing an issued credential out as a token too: the same id and the same facts, and no second lot."""

from creditbank.canonical import sha256
from creditbank.credential import AWARD_TYPE
from creditbank.errors import Refused
from creditbank.services.halting import require_running
from creditbank.services.issuing import NotYourCredential, require_signing
from creditbank.services.ports import AlreadyRecorded, Clock, Entropy, SigningPurpose, Store
from creditbank.services.records import IssuedToken, Leaf
from creditbank.services.signatures import Signatures, signed_with
from creditbank.signing import TokenProfile, without_proof
from creditbank.verification import read_secured


class WithdrawnCredential(Refused):
    """What was revoked or superseded is not signed again in another form."""

    slug = "withdrawn-credential"


class Tokens:
    """Signs issued credentials as tokens. The bank keeps each, so that asking again gives the same text."""

    def __init__(self, store: Store, signatures: Signatures, clock: Clock, entropy: Entropy) -> None:
        self._store, self._signatures = store, signatures
        self._clock, self._entropy = clock, entropy

    def hand_out(self, credential: str, *, by: str, profile: TokenProfile) -> IssuedToken:
        """The credential as a token of this profile: signed and given a leaf the first time, the same ever after.

        It carries the id, facts and status of the credential, so that both are one lot and are revoked together; its
        digest is its own, and so is its receipt. Nothing is written before the signature: a crash leaves only a row in
        the signer's audit, and asking again signs again. Raises `UnknownRecord`, `NotYourCredential`,
        `WithdrawnCredential` for one that was revoked or superseded, `NoSigningKey` where the bank holds no key that
        signs for the issuer, and `KeyNoLongerSigns` where it was retired or revoked between signing and storing.
        """
        name = f"{credential}#{profile}"
        with self._store.transaction() as tx:
            issued = tx.get_credential(credential)
            if issued.organisation != by:
                raise NotYourCredential("Only the body that issued a credential signs it in another form.")
            if (known := tx.find_form(name)) is not None:
                return known
            require_running(tx, by)
            if tx.is_revoked(credential):
                raise WithdrawnCredential(
                    f"{credential} was revoked or superseded.",
                    next_step="Hand out what took its place, if anything did.",
                )
            issuer = tx.get_organisation(by)
        document = without_proof(read_secured(issued.signed).document)
        types = document.get("type")
        award = AWARD_TYPE in (types if isinstance(types, list) else [types])
        signed = self._clock.now()
        token = self._signatures.sign_token(
            document,
            issuer.id,
            issuer.did,
            signed,
            profile=profile,
            purpose=SigningPurpose.AWARD if award else SigningPurpose.CREDENTIAL,
        )
        form = IssuedToken(name, credential, by, profile, token, sha256(token.encode()), signed)
        try:
            with self._store.transaction() as tx:
                for multikey in signed_with(token.encode()):
                    require_signing(tx.hold_key(multikey), multikey)
                tx.add_form(form)
                tx.add_leaf(Leaf(name, issuer.did, self._entropy.bytes(16), form.digest, None, None))
        except AlreadyRecorded:  # asked at the same moment: the first text stands
            with self._store.transaction() as tx:
                stored = tx.find_form(name)
            assert stored is not None, "what is recorded already can be found"
            return stored
        return form

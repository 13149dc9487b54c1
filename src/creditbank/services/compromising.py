"""When a key was stolen before it was revoked: what was anchored since the theft falls, by name, and is issued anew.

Revoking spares what was anchored before the revocation, and so what a thief anchored too. Issuer and registrar together
can say that a key is under suspicion since an earlier moment; neither can alone, and both keep to it for ever. What was
anchored before that moment stands and needs nothing. What was anchored later, or is not anchored yet, falls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from creditbank.anchoring import issuer_id
from creditbank.canonical import JsonObject
from creditbank.errors import CreditBankError
from creditbank.services import calls, reads
from creditbank.services.correcting import standing_id
from creditbank.services.dids import REGISTRAR
from creditbank.services.issuing import Issuing
from creditbank.services.keys import Keys
from creditbank.services.ports import Call, Chain, ChainRefused, Store, Transaction
from creditbank.services.records import BatchState, IssuedCredential, Organisation
from creditbank.services.sending import Sender
from creditbank.services.signatures import signed_with
from creditbank.units import instant_text

DOCUMENT: Final = "creditbank/compromise/v1"


class Standing(StrEnum):
    """Where the anchor of a credential lies beside the suspicion of the key that signed it."""

    BEFORE = "before"  # it stands
    AFTER = "after"
    UNANCHORED = "unanchored"  # in no final batch, so nothing shows that it was before


@dataclass(frozen=True, slots=True)
class Affected:
    """A credential that the key signed. `correction` is what stands in its place; `refused` why nothing does."""

    credential: str
    learner: str
    standing: Standing
    anchored: datetime | None
    correction: str | None = None
    refused: str = ""

    @property
    def falls(self) -> bool:
        """Whether no verifier counts it any more."""
        return self.standing is not Standing.BEFORE


@dataclass(frozen=True, slots=True)
class Compromise:
    """The whole report: the key, since when it is suspect and revoked, and every credential that it signed."""

    issuer: str
    multikey: str
    since: datetime
    revoked: datetime
    affected: tuple[Affected, ...]

    def to_json(self) -> JsonObject:
        """The report as a document."""
        return {
            "document": DOCUMENT,
            "issuer": self.issuer,
            "key": self.multikey,
            "suspectSince": instant_text(self.since),
            "revoked": instant_text(self.revoked),
            "credentials": [
                {
                    "id": one.credential,
                    "learner": one.learner,
                    "anchored": None if one.anchored is None else instant_text(one.anchored),
                    "standing": str(one.standing),
                    "falls": one.falls,
                    "correction": one.correction,
                    "refused": one.refused,
                }
                for one in self.affected
            ],
        }


class Compromising:
    """Revokes a key, has both parties say since when it is suspect, and reports and mends what falls."""

    def __init__(self, store: Store, chain: Chain, sender: Sender, keys: Keys, issuing: Issuing) -> None:
        self._store, self._chain, self._sender = store, chain, sender
        self._keys, self._issuing = keys, issuing

    def declare(self, organisation: str, since: datetime, multikey: str | None = None) -> Compromise:
        """Revoke the key, the one that signs unless another is named, and settle since when it is suspect.

        Doing it again finishes what was cut short and gives the report as it is then; with another `since` the contract
        refuses, as one was settled. Raises what `Keys.revoke` does, and `ChainRefused` for a moment outside the
        key's life.
        """
        key = self._keys.revoke(organisation, multikey).key
        with self._store.reading() as tx:
            body = tx.get_organisation(organisation)
        moment = int(since.timestamp())
        call = calls.suspect_key(issuer_id(body.did), calls.key_id(key.multikey), moment)
        for voice in (body.id, REGISTRAR):
            self._say(f"suspect:{key.multikey}:{moment}:{voice}", voice, call, body, since)
        return self.report(organisation, key.multikey)

    def report(self, organisation: str, multikey: str) -> Compromise:
        """Every credential that a suspected key signed, as chain and store have it now; raises `ChainRefused`."""
        with self._store.reading() as tx:
            body = tx.get_organisation(organisation)
            issued = tx.credentials_by(organisation)
        state = reads.key_state(self._chain, issuer_id(body.did), calls.key_id(multikey))
        if state is None or state.revoked is None or state.suspect_since is None:
            raise ChainRefused("NotRevoked", "This key is not under suspicion, so there is nothing to report.")
        signed = [one for one in issued if multikey in signed_with(one.signed)]
        with self._store.reading() as tx:
            affected = _affected(tx, signed, state.suspect_since)
        return Compromise(body.did, multikey, state.suspect_since, state.revoked, affected)

    def reissue(self, organisation: str, multikey: str, *, reason: str) -> Compromise:
        """Issue anew what fell, with the key that signs now; what cannot be is named with why, and keeps nobody else.

        Doing it again goes on where it stopped, since each credential has one correction.
        """
        found = self.report(organisation, multikey)
        refused: dict[str, str] = {}
        for one in found.affected:
            if one.falls and one.correction is None:
                try:
                    self._issuing.reissue(one.credential, by=organisation, reason=reason)
                except CreditBankError as cause:
                    refused[one.credential] = cause.sentence
        after = self.report(organisation, multikey)
        affected = tuple(
            Affected(
                one.credential,
                one.learner,
                one.standing,
                one.anchored,
                one.correction,
                "" if one.correction else refused.get(one.credential, ""),
            )
            for one in after.affected
        )
        return Compromise(after.issuer, after.multikey, after.since, after.revoked, affected)

    def _say(self, purpose: str, voice: str, call: Call, body: Organisation, since: datetime) -> None:
        try:
            self._sender.settle(purpose, voice, call)
        except ChainRefused as refusal:
            state = reads.key_state(self._chain, issuer_id(body.did), call.arguments[1])  # type: ignore[arg-type]
            settled = state is not None and state.suspect_since == since.replace(microsecond=0)
            if refusal.reason != "AlreadySuspected" or not settled:
                raise


def _affected(tx: Transaction, signed: Sequence[IssuedCredential], since: datetime) -> tuple[Affected, ...]:
    found = []
    for one in signed:
        leaf = tx.leaf_of(one.id)
        batch = None if leaf is None or leaf.batch is None else tx.get_batch(leaf.batch)
        anchored = None if batch is None or batch.state is not BatchState.FINAL else batch.block_time
        before = anchored is not None and anchored < since
        standing = Standing.UNANCHORED if anchored is None else Standing.BEFORE if before else Standing.AFTER
        newest = standing_id(tx, one.id)
        found.append(Affected(one.id, one.learner, standing, anchored, None if newest == one.id else newest))
    return tuple(found)

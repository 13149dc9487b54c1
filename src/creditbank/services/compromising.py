"""When a key was stolen before it was revoked: what was anchored since the theft falls, by name, and is issued anew.

Revoking spares what was anchored before the revocation, and so what a thief anchored too. Issuer and registrar together
can say that a key is under suspicion since an earlier moment; neither can alone, and both keep to it for ever. What was
anchored before that moment stands and needs nothing. What was anchored later, or is not anchored yet, falls.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from creditbank.anchoring import issuer_id
from creditbank.canonical import JsonObject
from creditbank.errors import BadInput, CreditBankError
from creditbank.services import calls, reads
from creditbank.services.correcting import first_issue_of, standing_id
from creditbank.services.dids import REGISTRAR
from creditbank.services.issuing import Issuing
from creditbank.services.keys import Keys
from creditbank.services.ports import Call, Chain, ChainRefused, Clock, Store, Transaction
from creditbank.services.records import BatchState, IssuedCredential, KeyState, Organisation, OrganisationKey
from creditbank.services.sending import Sender
from creditbank.services.signatures import signed_with
from creditbank.units import Credits, instant_text

DOCUMENT: Final = "creditbank/compromise/v1"
SECOND: Final = timedelta(seconds=1)


class MomentOutsideKey(BadInput):
    """The moment of a theft does not lie in the life of the key, so nothing was revoked."""

    slug = "moment-outside-key"


class Standing(StrEnum):
    """Where the anchor of a credential lies beside the suspicion of the key that signed it."""

    BEFORE = "before"  # it stands
    AFTER = "after"
    UNANCHORED = "unanchored"  # in no final batch, so nothing shows that it was before


@dataclass(frozen=True, slots=True)
class Affected:
    """What the key signed: a credential, an award, a token of one of them, an endorsement.

    `correction` is what stands in its place; `refused` why nothing does. A token is named after what it says: id and,
    as fragment, the profile.
    """

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
class BuiltOn:
    """That an award counts credits of a credential which the key signed."""

    credential: str
    standing: Standing
    reserved: Credits
    redeemed: Credits


@dataclass(frozen=True, slots=True)
class AffectedAward:
    """An award that has credits of what the key signed, whoever made it; `by` is empty for one of another bank."""

    award: str
    by: str
    learner: str
    state: str
    built_on: tuple[BuiltOn, ...]

    @property
    def rests_on_fallen(self) -> bool:
        """Whether something that it counts falls, so that its university has to look at it again."""
        return any(one.standing is not Standing.BEFORE for one in self.built_on)


@dataclass(frozen=True, slots=True)
class Compromise:
    """The whole report: the key, since when it is suspect and revoked, everything that it signed, and every award that
    was built on any of it.
    """

    issuer: str
    multikey: str
    since: datetime
    revoked: datetime
    affected: tuple[Affected, ...]
    tokens: tuple[Affected, ...] = ()
    endorsements: tuple[Affected, ...] = ()
    awards: tuple[AffectedAward, ...] = ()

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
                    **_fate(one),
                    "learner": one.learner,
                    "correction": one.correction,
                    "refused": one.refused,
                }
                for one in self.affected
            ],
            "tokens": [{**_fate(one), "learner": one.learner} for one in self.tokens],
            "endorsements": [_fate(one) for one in self.endorsements],
            "awards": [
                {
                    "id": award.award,
                    "by": award.by,
                    "learner": award.learner,
                    "state": award.state,
                    "restsOnFallen": award.rests_on_fallen,
                    "builtOn": [
                        {
                            "id": one.credential,
                            "standing": str(one.standing),
                            "reserved": str(one.reserved),
                            "redeemed": str(one.redeemed),
                        }
                        for one in award.built_on
                    ],
                }
                for award in self.awards
            ],
        }


def _fate(one: Affected) -> JsonObject:
    return {
        "id": one.credential,
        "anchored": None if one.anchored is None else instant_text(one.anchored),
        "standing": str(one.standing),
        "falls": one.falls,
    }


class Compromising:
    """Revokes a key, has both parties say since when it is suspect, and reports and mends what falls."""

    def __init__(self, store: Store, chain: Chain, sender: Sender, keys: Keys, issuing: Issuing, clock: Clock) -> None:
        self._store, self._chain, self._sender = store, chain, sender
        self._keys, self._issuing, self._clock = keys, issuing, clock

    def declare(self, organisation: str, since: datetime, multikey: str | None = None) -> Compromise:
        """Revoke the key, the one that signs unless another is named, and settle since when it is suspect.

        Doing it again finishes what was cut short and gives the report as it is then, also where the key's successor
        signs by now; with another `since` the contract refuses, as one was settled. Raises, before anything is revoked,
        `MomentOutsideKey` for a moment that cannot be meant of the key; else what `Keys.revoke` does, and
        `ChainRefused`.
        """
        if since > max(self._clock.now(), self._chain.head()[2] + SECOND):  # blocks may run ahead of our clock
            raise MomentOutsideKey(
                f"{instant_text(since)} is still to come, and a key is suspect since a moment gone by.",
                next_step="Give the earliest moment at which it can have been stolen; nothing was revoked.",
            )
        with self._store.reading() as tx:
            body = tx.get_organisation(organisation)
            keys = tx.keys_of(organisation)
        if multikey is None:
            multikey = self._begun(body, keys, since) or next((one.multikey for one in keys if _signs(one)), None)
        if multikey is not None:
            self._require_lived(body, multikey, since, keys)
        key = self._keys.revoke(organisation, multikey).key
        call = calls.suspect_key(issuer_id(body.did), calls.key_id(key.multikey), int(since.timestamp()))
        for voice in (body.id, REGISTRAR):
            self._say(_purpose(key.multikey, since, voice), voice, call, body, since)
        return self.report(organisation, key.multikey)

    def _begun(self, body: Organisation, keys: Sequence[OrganisationKey], since: datetime) -> str | None:
        """The revoked key of which this was declared before, or begun to be."""
        for one in keys:
            if one.state is KeyState.REVOKED and self._sender.began_here(_purpose(one.multikey, since, body.id)):
                return one.multikey
        return None

    def _require_lived(
        self, body: Organisation, multikey: str, since: datetime, keys: Sequence[OrganisationKey]
    ) -> None:
        """A revocation is for ever, so what the contract would refuse afterwards is refused before."""
        issuer = issuer_id(body.did)
        state = reads.key_state(self._chain, issuer, calls.key_id(multikey))
        if state is None or state.start <= since:
            return
        revoked = [one.multikey for one in keys if one.state is KeyState.REVOKED]
        named = f"a key that was revoked before is named with --key: {', '.join(revoked)}; " if revoked else ""
        raise MomentOutsideKey(
            f"The key {multikey} began at {instant_text(state.start)}, so it cannot have been stolen at"
            f" {instant_text(since)}.",
            next_step=f"Give a moment of its life; {named}nothing was revoked.",
        )

    def report(self, organisation: str, multikey: str) -> Compromise:
        """All that a suspected key signed, as chain and store have it now; raises `ChainRefused`."""
        with self._store.reading() as tx:
            body = tx.get_organisation(organisation)
        state = reads.key_state(self._chain, issuer_id(body.did), calls.key_id(multikey))
        if state is None or state.revoked is None or state.suspect_since is None:
            raise ChainRefused("NotRevoked", "This key is not under suspicion, so there is nothing to report.")
        since = state.suspect_since
        with self._store.reading() as tx:
            issued = [one for one in tx.credentials_by(organisation) if multikey in signed_with(one.signed)]
            affected = tuple(_affected(tx, one, since) for one in issued)
            return Compromise(
                body.did,
                multikey,
                since,
                state.revoked,
                affected,
                tokens=tuple(_tokens(tx, organisation, multikey, since)),
                endorsements=tuple(_endorsements(tx, organisation, multikey, since)),
                awards=tuple(_awards(tx, affected)),
            )

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
            replace(one, refused="" if one.correction else refused.get(one.credential, "")) for one in after.affected
        )
        return replace(after, affected=affected)

    def _say(self, purpose: str, voice: str, call: Call, body: Organisation, since: datetime) -> None:
        try:
            self._sender.settle(purpose, voice, call)
        except ChainRefused as refusal:
            state = reads.key_state(self._chain, issuer_id(body.did), call.arguments[1])  # type: ignore[arg-type]
            settled = state is not None and state.suspect_since == since.replace(microsecond=0)
            if refusal.reason != "AlreadySuspected" or not settled:
                raise


def _purpose(multikey: str, since: datetime, voice: str) -> str:
    return f"suspect:{multikey}:{int(since.timestamp())}:{voice}"


def _signs(key: OrganisationKey) -> bool:
    return key.held and key.state is KeyState.CURRENT


def _affected(tx: Transaction, one: IssuedCredential, since: datetime) -> Affected:
    newest = standing_id(tx, one.id)
    standing, anchored = _standing(tx, one.id, since)
    return Affected(one.id, one.learner, standing, anchored, None if newest == one.id else newest)


def _standing(tx: Transaction, document: str, since: datetime) -> tuple[Standing, datetime | None]:
    """Where the anchor of a document lies beside a moment, and when it was anchored."""
    leaf = tx.leaf_of(document)
    batch = None if leaf is None or leaf.batch is None else tx.get_batch(leaf.batch)
    anchored = None if batch is None or batch.state is not BatchState.FINAL else batch.block_time
    if anchored is None:
        return Standing.UNANCHORED, None
    return Standing.BEFORE if anchored < since else Standing.AFTER, anchored


def _tokens(tx: Transaction, organisation: str, multikey: str, since: datetime) -> Iterator[Affected]:
    """What the key signed as tokens, each with an anchor of its own, whichever key signed the credential itself."""
    for form in tx.forms_by(organisation):
        if multikey in signed_with(form.token.encode()):
            yield Affected(form.name, tx.get_credential(form.credential).learner, *_standing(tx, form.name, since))


def _endorsements(tx: Transaction, organisation: str, multikey: str, since: datetime) -> Iterator[Affected]:
    for made in tx.endorsements_by(organisation):
        if multikey in signed_with(made.signed or b""):
            yield Affected(made.id, "", *_standing(tx, made.id, since))


def _awards(tx: Transaction, affected: Sequence[Affected]) -> Iterator[AffectedAward]:
    """Every award that has credits of these credentials now, by id, with all of them that it has."""
    found: dict[str, list[BuiltOn]] = {}
    for one in affected:
        lot = tx.lot_opened_by(first_issue_of(tx, one.credential))
        for hold in () if lot is None else tx.holds_of(lot.id):
            found.setdefault(hold.award, []).append(BuiltOn(one.credential, one.standing, hold.reserved, hold.redeemed))
    for id, parts in sorted(found.items()):
        award = tx.find_award(id)
        if award is None:
            yield AffectedAward(id, "", "", "", tuple(parts))
        else:
            by = tx.get_organisation(award.organisation).did
            yield AffectedAward(id, by, award.learner, str(award.state), tuple(parts))

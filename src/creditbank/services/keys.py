"""The keys of an organisation through their lives: added, current, retiring, retired, revoked.

A new key is on the chain, and the document that lists it registered, before it signs. The key before it stays listed,
and retires only when everything it signed is final. A revocation stops the signing first and tells the world next; the
key stays listed with its moment, because what was anchored before stands. Each step is written down before it is
taken, so that `resume` finishes what a crash cut short.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from creditbank.anchoring import issuer_id
from creditbank.errors import Conflict, Refused
from creditbank.services import calls
from creditbank.services.dids import DidPublishing, fixed_by_did
from creditbank.services.failpoints import reach
from creditbank.services.ports import (
    BODIES,
    AlreadyRecorded,
    Call,
    ChainRefused,
    Clock,
    Signer,
    Store,
    Transaction,
    UnknownKey,
)
from creditbank.services.records import KeyState, Organisation, OrganisationKey
from creditbank.services.sending import Sender
from creditbank.services.signatures import signed_with
from creditbank.signing import key_from_multikey
from creditbank.units import UnreadableInstant, instant_text, parse_instant

CHALLENGE: Final = "creditbank/key-possession/v1"
CHALLENGE_LIFETIME: Final = timedelta(hours=24)
GONE: Final = frozenset({"AlreadyRevoked", "WindowClosed", "KeyKnown"})
"""What the contract says when what was asked stands already."""


class KeyFixedByDid(Refused):
    """A did:key spells its one key out: another key would be another body."""

    slug = "key-fixed-by-did"


class WrongKeyState(Conflict):
    """The key is not where in its life it would have to be for this."""

    slug = "wrong-key-state"


class LeavesOpen(Conflict):
    """A key retires only when everything it signed is anchored for good."""

    slug = "leaves-open"

    def __init__(self, multikey: str, count: int) -> None:
        self.count = count
        what = "One document it signed is" if count == 1 else f"{count} documents it signed are"
        super().__init__(
            f"The key {multikey} cannot retire yet. {what} not final on the chain, and would fall with it.",
            next_step="Run creditbank batch seal and creditbank anchor submit --wait, then retire the key.",
        )


class KeyTaken(Conflict):
    """This key is registered already, for this body or another one."""

    slug = "key-taken"


class PossessionNotProven(Refused):
    """Whoever registers a key shows that they hold its private half."""

    slug = "possession-not-proven"


@dataclass(frozen=True, slots=True)
class Revoked:
    """What a revocation came to: the key, and the credentials that fall because no final block holds them yet."""

    key: OrganisationKey
    falling: tuple[str, ...]


class Keys:
    """Rotates, retires and revokes keys, and takes a body's own keys in."""

    def __init__(
        self, store: Store, signer: Signer, sender: Sender, dids: DidPublishing, clock: Clock, base_url: str
    ) -> None:
        self._store, self._signer, self._sender, self._dids = store, signer, sender, dids
        self._clock, self._base_url = clock, base_url

    def of(self, organisation: str) -> list[OrganisationKey]:
        """Every key the organisation ever had, oldest first; raises `UnknownRecord` for an unknown one."""
        with self._store.transaction() as tx:
            return tx.keys_of(tx.get_organisation(organisation).id)

    def rotate(self, organisation: str) -> OrganisationKey:
        """Make a new key the one that signs, and let the one before begin to retire.

        Where a rotation was cut short, this finishes it. Raises `KeyFixedByDid` for a did:key.
        """
        with self._store.transaction() as tx:
            body = tx.get_organisation(organisation)
            keys = tx.keys_of(organisation)
        if fixed_by_did(body):
            raise _fixed(body)
        begun = next((key for key in keys if key.held and key.state is KeyState.ANNOUNCED), None)
        return self._bring_in(body, begun or self._add(self._made(body, keys)))

    def signing(self, organisation: str) -> OrganisationKey:
        """The key with which the bank signs for an organisation; raises `UnknownKey` when there is none."""
        with self._store.transaction() as tx:
            return _signing(tx, tx.get_organisation(organisation).id)

    def replace(self, organisation: str, multikey: str) -> OrganisationKey:
        """Rotate unless this key has been replaced already, and give the key that signs now: asked twice, once done."""
        signing = self.signing(organisation)
        return self.rotate(organisation) if signing.multikey == multikey else signing

    def retire(self, organisation: str, multikey: str) -> OrganisationKey:
        """End the window of a retiring key; raises `LeavesOpen` while something it signed is not final.

        A body's own key retires from being current, since nothing takes its place here. Raises `UnknownKey` and
        `WrongKeyState`.
        """
        with self._store.transaction() as tx:
            body = tx.get_organisation(organisation)
            key = _own(tx, organisation, multikey)
            since = KeyState.CURRENT if not key.held else KeyState.RETIRING
            if key.state is KeyState.RETIRED:
                return self._settle(body, key)
            # the state moves first: whoever stores a signature of this key waits for us, or we for them
            if not tx.move_key(multikey, KeyState.RETIRED, self._clock.now(), since=since, settled=False):
                raise WrongKeyState(
                    f"The key {multikey} is {key.state}, and only a {since} one can retire.",
                    next_step=f"Give it a successor with: creditbank key rotate --organisation {organisation}"
                    if key.state is KeyState.CURRENT
                    else "Look at the keys with: creditbank key list",
                )
            if count := len(_unsettled(tx, body, multikey)):
                raise LeavesOpen(multikey, count)
            key = _own(tx, organisation, multikey)
        return self._settle(body, key)

    def revoke(self, organisation: str, multikey: str | None = None) -> Revoked:
        """Stop a key at once, the one that signs unless another is named; the world is told before this returns.

        What was anchored before stands. Of a did:web the key that signs gets a successor at once. Doing it again
        finishes what was cut short, and touches no successor that is not named. Raises `UnknownKey`, and
        `WrongKeyState` for a key that was never on the chain, or that came in place of a revoked one and is not named.
        """
        with self._store.transaction() as tx:
            body = tx.get_organisation(organisation)
            known = tx.keys_of(organisation)
            key = _own(tx, organisation, multikey) if multikey else _meant(tx, organisation)
        if key.state is KeyState.ANNOUNCED:
            raise WrongKeyState(
                f"The key {key.multikey} is not registered yet, so there is nothing to revoke.",
                next_step="It signs nothing before its registration is finished; leave that unfinished.",
            )
        succeeded = key.held and key.state is KeyState.CURRENT and not fixed_by_did(body)
        new = self._made(body, known) if succeeded else None
        with self._store.transaction() as tx:
            key = _own(tx, organisation, key.multikey)
            if key.state is not KeyState.REVOKED:
                tx.move_key(key.multikey, KeyState.REVOKED, self._clock.now(), since=key.state, settled=False)
                key = _own(tx, organisation, key.multikey)
                with suppress(AlreadyRecorded):  # a rotation that somebody else began just now gives the successor
                    if new is not None:
                        tx.add_key(new)
            falling = tuple(_unsettled(tx, body, key.multikey))
        key = self._settle(body, key)
        if succeeded or _awaits_successor(known, key):
            self.rotate(organisation)
        return Revoked(key, falling)

    def challenge(self, organisation: str, multikey: str) -> bytes:
        """What the holder of a key signs to have it registered: good for this body, this bank and one day.

        Raises `UnusableKey` for a weak or ambiguous key (threat 11), `KeyTaken` and `KeyFixedByDid`.
        """
        key_from_multikey(multikey)
        with self._store.transaction() as tx:
            body = self._takes_keys(tx, organisation, multikey)
        return self._challenge(body, multikey, self._clock.now() + CHALLENGE_LIFETIME)

    def register_own(self, organisation: str, multikey: str, *, challenge: bytes, signature: bytes) -> OrganisationKey:
        """Take in a key that a body keeps and signs with itself, once it has signed the challenge.

        The same again finishes what was cut short. Raises what `challenge` does, and `PossessionNotProven` for another
        or an outworn challenge, or a signature that the key did not make.
        """
        key = key_from_multikey(multikey)
        with self._store.transaction() as tx:
            body = self._takes_keys(tx, organisation, multikey)
            known = tx.keys_of(organisation)
        self._require_fresh(body, multikey, challenge)
        if not key.verify(challenge, signature):
            raise PossessionNotProven(
                "This signature over the challenge was not made with this key.",
                next_step="Sign the bytes of the challenge as they are, without a line break added at the end.",
            )
        standing = next((one for one in known if one.multikey == multikey), None)
        return self._bring_in(body, standing or self._add(self._announced(body, known, multikey, held=False)))

    def resume(self) -> None:
        """Finish every change that a crash cut short."""
        with self._store.transaction() as tx:
            unsettled = [(tx.get_organisation(key.organisation), key) for key in tx.unsettled_keys()]
        for body, key in unsettled:
            if key.state is not KeyState.ANNOUNCED:
                self._settle(body, key)
            elif key.label != "1":  # the first key is brought in by the registration
                self._bring_in(body, key)

    # -- steps

    def _made(self, body: Organisation, keys: Sequence[OrganisationKey]) -> OrganisationKey:
        """A new key behind the signer, not recorded yet; after a crash in between the same key is made again."""
        made = self._signer.make_key(body.id, BODIES, _next_label(keys))
        return self._announced(body, keys, made.multikey, held=True)

    def _announced(
        self, body: Organisation, keys: Sequence[OrganisationKey], multikey: str, *, held: bool
    ) -> OrganisationKey:
        return OrganisationKey(
            body.id, _next_label(keys), multikey, held, KeyState.ANNOUNCED, settled=False, announced=self._clock.now()
        )

    def _add(self, key: OrganisationKey) -> OrganisationKey:
        try:
            with self._store.transaction() as tx:
                tx.add_key(key)
        except AlreadyRecorded:  # somebody else was first, with this key or with this number
            with self._store.transaction() as tx:
                standing = tx.find_key(key.multikey)
            if standing is None or standing.organisation != key.organisation:
                raise KeyTaken("Another key was added just now.", next_step="Ask again.") from None
            return standing
        return key

    def _bring_in(self, body: Organisation, key: OrganisationKey) -> OrganisationKey:
        """Take an announced key to where it may sign: document registered, key on the chain, document published."""
        content = self._dids.register(body, adding=key.multikey)
        issuer = issuer_id(body.did)
        self._call(f"key:{body.id}:{key.multikey}", body, calls.add_key(issuer, calls.key_id(key.multikey)))
        with self._store.transaction() as tx:
            self._dids.publish(tx, body, content)
            now = self._clock.now()
            if key.held:
                for before in tx.keys_of(body.id):
                    if before.held and before.state is KeyState.CURRENT and before.multikey != key.multikey:
                        tx.move_key(before.multikey, KeyState.RETIRING, now, since=before.state, settled=True)
            tx.move_key(key.multikey, KeyState.CURRENT, now, since=KeyState.ANNOUNCED, settled=True)
            reach("key.rotated")
            return _own(tx, body.id, key.multikey)

    def _settle(self, body: Organisation, key: OrganisationKey) -> OrganisationKey:
        """Have the chain and the document say that a key is retired or revoked."""
        if key.settled:
            return key
        issuer, name = issuer_id(body.did), calls.key_id(key.multikey)
        if key.state is KeyState.RETIRED:
            self._call(f"retire-key:{body.id}:{key.multikey}", body, calls.retire_key(issuer, name))
        else:
            self._call(f"revoke-key:{body.id}:{key.multikey}", body, calls.revoke_key(issuer, name))
        content = self._dids.register(body)
        with self._store.transaction() as tx:
            self._dids.publish(tx, body, content)
            tx.settle_key(key.multikey)
        return replace(key, settled=True)

    def _call(self, purpose: str, body: Organisation, call: Call) -> None:
        try:
            self._sender.settle(purpose, body.id, call)
        except ChainRefused as refusal:
            if refusal.reason not in GONE:
                raise

    # -- proof of possession

    def _takes_keys(self, tx: Transaction, organisation: str, multikey: str) -> Organisation:
        body = tx.get_organisation(organisation)
        if fixed_by_did(body):
            raise _fixed(body)
        standing = tx.find_key(multikey)
        ours = standing is not None and standing.organisation == organisation
        unfinished = ours and standing is not None and not standing.held and not standing.settled
        if (standing is not None and not unfinished) or tx.find_learner_by_did(f"did:key:{multikey}") is not None:
            raise KeyTaken(
                f"The key {multikey} is registered already{', for this body' if ours else ''}.",
                next_step="Make a key that was never used for anything else, and register that one.",
            )
        return body

    def _challenge(self, body: Organisation, multikey: str, until: datetime) -> bytes:
        lines = (CHALLENGE, f"bank: {self._base_url}", f"body: {body.did}", f"key: {multikey}")
        return "\n".join((*lines, f"until: {instant_text(until)}")).encode()

    def _require_fresh(self, body: Organisation, multikey: str, challenge: bytes) -> None:
        now = self._clock.now()
        try:
            until = parse_instant(challenge.decode("ascii", "replace").rpartition("until: ")[2])
        except UnreadableInstant:
            until = now
        if challenge != self._challenge(body, multikey, until) or not now < until <= now + CHALLENGE_LIFETIME:
            raise PossessionNotProven(
                "This is not a challenge of this bank for this body and key, or its day is over.",
                next_step="Ask for a new challenge, and sign that one.",
            )


def _fixed(body: Organisation) -> KeyFixedByDid:
    return KeyFixedByDid(
        f"{body.name} is known by {body.did}, which is its one key.",
        next_step="Register it under a did:web, and name that body its successor: creditbank organisation succeed",
    )


def _next_label(keys: Sequence[OrganisationKey]) -> str:
    return str(len(keys) + 1)


def _own(tx: Transaction, organisation: str, multikey: str) -> OrganisationKey:
    key = tx.hold_key(multikey)
    if key is None or key.organisation != organisation:
        raise UnknownKey(
            f"The organisation has no key {multikey[:80]!r}.",
            next_step=f"List its keys with: creditbank key list --organisation {organisation}",
        )
    return key


def _signing(tx: Transaction, organisation: str) -> OrganisationKey:
    for key in tx.keys_of(organisation):
        if key.held and key.state is KeyState.CURRENT:
            return key
    raise UnknownKey(
        "The bank holds no key that signs for this organisation.",
        next_step=f"List its keys with: creditbank key list --organisation {organisation}",
    )


def _meant(tx: Transaction, organisation: str) -> OrganisationKey:
    """Which key is to be revoked where none is named: asking twice is no wish to revoke the successor too."""
    held = [key for key in tx.keys_of(organisation) if key.held]
    for key in reversed(held):
        if key.state is KeyState.REVOKED and (not key.settled or _awaits_successor(held, key)):
            return key
    signing = _signing(tx, organisation)
    for key in held:
        ended, began = key.revoked, signing.current
        if key is not signing and ended and began and signing.announced <= ended <= began:
            raise WrongKeyState(
                f"The key {key.multikey} was revoked at {instant_text(ended)}, and {signing.multikey} took its place."
                " Nothing more was revoked.",
                next_step="If the key that signs now was lost too, name it.",
            )
    return signing


def _awaits_successor(keys: Sequence[OrganisationKey], revoked: OrganisationKey) -> bool:
    """Whether a key that is to take the place of a revoked one was made, and does not sign yet."""
    return revoked.held and any(
        key.held and key.state is KeyState.ANNOUNCED and int(key.label) > max(1, int(revoked.label)) for key in keys
    )


def _signed(tx: Transaction, name: str) -> bytes:
    """The signed bytes behind a leaf: those of a credential, of a token, or of an endorsement."""
    stored, form = tx.find_credential(name), tx.find_form(name)
    if stored is not None:
        return stored.signed
    if form is not None:
        return form.token.encode()
    said = tx.find_endorsement(name)
    return (said.signed or b"") if said is not None else b""


def _unsettled(tx: Transaction, body: Organisation, multikey: str) -> list[str]:
    """The credentials and awards that a key signed and that no final batch holds."""
    found = []
    for leaf in tx.open_leaves(body.did):
        signed = _signed(tx, leaf.credential)
        if signed and multikey in signed_with(signed):
            found.append(leaf.credential)
    mine = [award for award in tx.open_awards() if award.organisation == body.id]
    awards = {award.id for award in mine if award.signed is not None and multikey in signed_with(award.signed)}
    return sorted(awards.union(found))

"""Who takes part: organisations with their keys and their place in the on-chain register, learners, and tokens."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeAlias

from creditbank.anchoring import issuer_id
from creditbank.canonical import JsonObject, canonical_json, json_digest, load_object, sha256
from creditbank.errors import Conflict, Refused
from creditbank.services import calls, reads
from creditbank.services.anchoring import BANK
from creditbank.services.dids import MEDIA_TYPE, REGISTRAR, scope_of
from creditbank.services.ports import BODIES, HOLDERS, Chain, ChainRefused, Clock, Entropy, KeyVault, Store, Transaction
from creditbank.services.records import (
    Accepts,
    DocumentVersion,
    KeyState,
    Learner,
    Organisation,
    OrganisationKey,
    PublicDocument,
    Role,
    Token,
)
from creditbank.services.sending import Sender
from creditbank.signing import PublicKey, did_key, did_key_document, did_web_document, did_web_url

OPERATOR: Final = "operator"
"""The vault's name for the account that deployed the contracts and appoints registrars."""


class DidTaken(Conflict):
    """Another organisation already stands under this DID."""

    slug = "did-taken"


class AlreadySucceeded(Conflict):
    """A body names its successor once."""

    slug = "already-succeeded"


class UnfitSuccessor(Refused):
    """This body cannot answer for another one."""

    slug = "unfit-successor"


class ForeignDidKey(Refused):
    """A did:key is its one key, and whoever asks has not shown that they hold it; the bank does not."""

    slug = "foreign-did-key"


class Registering:
    """Admits organisations and learners, and keeps the register on the chain in step."""

    def __init__(
        self, store: Store, chain: Chain, vault: KeyVault, sender: Sender, clock: Clock, entropy: Entropy
    ) -> None:
        self._store, self._chain, self._vault, self._sender = store, chain, vault, sender
        self._clock, self._entropy = clock, entropy

    def register_organisation(
        self,
        *,
        name: str,
        roles: Sequence[Role] | frozenset[Role],
        frameworks: Sequence[str],
        country: str,
        did: str | None = None,
        sample: bool = False,
    ) -> Organisation:
        """Make keys for an organisation, publish its DID document and have the registrar admit it on the chain.

        Without a `did` it gets the `did:key` of its own key. Registering the same body again finishes what was cut
        short, as by an account that could not pay: under the same DID, or without one the body of just these words
        whose first key is not on the chain yet. Raises `DidTaken` when another body stands under the DID, and
        `ForeignDidKey` for a did:key that is no body's here: the bank could sign nothing under it, and nobody has
        shown to hold its key.
        """
        words = (name, frozenset(roles), tuple(frameworks), country)
        standing = self._standing(did) if did else self._cut_short(words, sample)
        if standing is not None:
            if words != _words(standing):
                raise DidTaken(f"Another organisation with the DID {did} is registered already.")
            self._finish(standing)
            return standing
        if did is not None:  # before a key is made for it
            _require_did_web(did)
        id = self._entropy.urn()
        made = self._vault.make_key(id, BODIES)
        key = PublicKey.from_multikey(made.multikey)
        did = did or did_key(key)
        document = did_key_document(did) if did.startswith("did:key:") else did_web_document(did, [key])
        organisation = Organisation(
            id,
            name,
            did,
            frozenset(roles),
            tuple(frameworks),
            country,
            sample,
            self._vault.chain_account(id),
            self._clock.now(),
        )
        now, content = self._clock.now(), canonical_json(document)
        with self._store.transaction() as tx:
            tx.add_organisation(organisation)
            tx.add_key(
                OrganisationKey(id, made.label, made.multikey, True, KeyState.ANNOUNCED, settled=False, announced=now)
            )
            tx.add_version(DocumentVersion(did, json_digest(document), content, now))
            tx.put_document(PublicDocument(did, "did", MEDIA_TYPE, content, now))
        self._admit(organisation, document, key.multikey)
        return organisation

    def _admit(self, organisation: Organisation, document: JsonObject, multikey: str) -> None:
        issuer, id = issuer_id(organisation.did), organisation.id
        bank = self._vault.chain_account(BANK)
        self._sender.settle(
            f"admit:{id}",
            REGISTRAR,
            calls.admit_issuer(issuer, organisation.account, scope_of(organisation), json_digest(document)),
        )
        self._sender.settle(f"key:{id}:{multikey}", id, calls.add_key(issuer, calls.key_id(multikey)))
        self._sender.settle(f"bank:{id}", id, calls.name_bank(issuer, bank))
        if bank not in reads.issuer_banks(self._chain, issuer):  # the bank anchors from another account by now
            self._sender.settle(f"bank:{id}:{bank}", id, calls.name_bank(issuer, bank))
        if Role.UNIVERSITY in organisation.roles:
            self._sender.settle(f"awarder:{id}", REGISTRAR, calls.admit_awarder(organisation.account, issuer))
        with self._store.transaction() as tx:
            tx.move_key(multikey, KeyState.CURRENT, self._clock.now(), since=KeyState.ANNOUNCED, settled=True)

    def resume(self) -> None:
        """Finish the admission of every organisation whose registration a crash cut short."""
        with self._store.transaction() as tx:
            organisations = tx.organisations()
        for organisation in organisations:
            self._finish(organisation)

    def _standing(self, did: str) -> Organisation | None:
        with self._store.transaction() as tx:
            return tx.find_organisation_by_did(did)

    def _cut_short(self, words: "_Words", sample: bool) -> Organisation | None:
        """The body of these words under a did:key whose first key has not reached the chain."""
        with self._store.transaction() as tx:
            for one in tx.organisations():
                if (_words(one), one.sample) == (words, sample) and one.did.startswith("did:key:"):
                    first, *more = tx.keys_of(one.id)
                    if not more and (first.state, first.settled) == (KeyState.ANNOUNCED, False):
                        return one
        return None

    def _finish(self, organisation: Organisation) -> None:
        with self._store.transaction() as tx:
            document = tx.find_document(organisation.did)
            keys = tx.keys_of(organisation.id)
        assert document is not None, "an organisation is stored together with its DID document"
        assert keys, "an organisation is stored together with its first key"
        self._admit(organisation, load_object(document.content), keys[0].multikey)
        for key in keys:
            self._bring_key(organisation, key)

    def _bring_key(self, organisation: Organisation, key: OrganisationKey) -> None:
        """Have the register of the chain in use say of a key what the records say, where the bank has moved to it.

        A key that was revoked before is revoked there at once. One that was retired stays open until all it signed
        stands there too: it signs nothing any more, and nothing is anchored but what was sealed.
        """
        issuer, name, id = issuer_id(organisation.did), calls.key_id(key.multikey), organisation.id
        purpose = f"key:{id}:{key.multikey}"
        if key.state is KeyState.ANNOUNCED or (self._sender.began_here(purpose) and not self._moved(organisation)):
            return
        if reads.key_state(self._chain, issuer, name) is None:
            self._sender.settle(purpose, id, calls.add_key(issuer, name))
        state = reads.key_state(self._chain, issuer, name)
        assert state is not None, "it was registered"
        if key.state is KeyState.REVOKED and key.settled and state.revoked is None:
            self._sender.settle(f"revoke-key:{id}:{key.multikey}", id, calls.revoke_key(issuer, name))
        if key.state is KeyState.RETIRED and key.settled and state.until is None and not self._elsewhere(organisation):
            self._sender.settle(f"retire-key:{id}:{key.multikey}", id, calls.retire_key(issuer, name))

    def _moved(self, organisation: Organisation) -> bool:
        """Whether the body was admitted on another chain before the one in use."""
        return self._sender.began_elsewhere(f"admit:{organisation.id}")

    def _elsewhere(self, organisation: Organisation) -> bool:
        with self._store.transaction() as tx:
            return tx.stands_elsewhere(organisation.did, self._chain.chain_id)

    def name_successor(self, organisation: str, successor: str) -> None:
        """Say on the chain, once and for ever, who answers for a closed or merged body's keys and status lists.

        Raises `UnfitSuccessor` for a body that is the same one, is not admitted, or was itself succeeded, and
        `AlreadySucceeded` when another one was named; the same one again changes nothing.
        """
        with self._store.transaction() as tx:
            body, heir = tx.get_organisation(organisation), tx.get_organisation(successor)
        issuer, heirs = issuer_id(body.did), issuer_id(heir.did)
        state = reads.issuer_state(self._chain, issuer)
        if state is not None and state.successor is not None:
            if state.successor == heirs:
                return
            raise AlreadySucceeded(
                f"{body.name} has named its successor before, and that stands.",
                next_step="Name a successor of that successor, where it too has closed or merged.",
            )
        try:
            self._sender.settle(
                f"successor:{organisation}:{successor}", organisation, calls.name_successor(issuer, heirs)
            )
        except ChainRefused as refusal:
            if refusal.reason != "UnfitSuccessor":
                raise
            raise UnfitSuccessor(
                f"{heir.name} cannot succeed {body.name}: it is the same, is not admitted, or was succeeded itself.",
                next_step="Name a body that is registered and at work.",
            ) from None

    def register_learner(self, *, name: str, sample: bool = False, accepts: Accepts = Accepts.AUTOMATIC) -> Learner:
        """Open an account with a DID of its own, whose key the bank keeps for the learner.

        `accepts` says whether credentials open their lots at once, or are offered first.
        """
        learner = self._new_learner(name, sample=sample, accepts=accepts)
        with self._store.transaction() as tx:
            self._add_learner(tx, learner)
        return learner

    def open_account(self, tx: Transaction, person: str, name: str) -> Learner:
        """Open the learner's account of a person who signs in, in the caller's transaction; it asks before it takes."""
        learner = replace(self._new_learner(name, sample=False, accepts=Accepts.ASK), person=person)
        self._add_learner(tx, learner)
        return learner

    def _new_learner(self, name: str, *, sample: bool, accepts: Accepts) -> Learner:
        id = self._entropy.urn()
        did = did_key(PublicKey.from_multikey(self._vault.make_key(id, HOLDERS).multikey))
        return Learner(id, did, name, sample, self._clock.now(), accepts=accepts)

    def _add_learner(self, tx: Transaction, learner: Learner) -> None:
        document = canonical_json(did_key_document(learner.did))
        tx.add_learner(learner)
        tx.put_document(PublicDocument(learner.did, "did", "application/did+json", document, self._clock.now()))

    def issue_token(self, *, role: str, subject: str, label: str, expires: datetime | None = None) -> str:
        """Make a bearer token; only its hash is kept, so this is the one time it is seen."""
        secret = base64.urlsafe_b64encode(self._entropy.bytes(32)).decode().rstrip("=")
        token = f"cbk_{secret}"
        with self._store.transaction() as tx:
            tx.add_token(Token(sha256(token.encode()), label, role, subject, expires))
        return token

    def who(self, token: str) -> Token | None:
        """Whose token this is; None for an unknown or expired one."""
        with self._store.glancing() as tx:
            known = tx.find_token(sha256(token.encode()))
        if known is None or (known.expires is not None and known.expires <= self._clock.now()):
            return None
        return known


_Words: TypeAlias = tuple[str, frozenset[Role], tuple[str, ...], str]


def _words(one: Organisation) -> _Words:
    return one.name, one.roles, one.frameworks, one.country


def _require_did_web(did: str) -> None:
    if did.startswith("did:key:"):
        raise ForeignDidKey(
            f"{did[:200]} is a key that this bank does not hold, so it could sign nothing for the body.",
            next_step="Register the body with its did:web, or without a DID; a key that it keeps itself is then"
            " registered under a did:web with: creditbank key register",
        )
    did_web_url(did)

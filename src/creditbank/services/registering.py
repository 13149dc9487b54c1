"""Who takes part: organisations with their keys and their place in the on-chain register, learners, and tokens."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from creditbank.anchoring import issuer_id
from creditbank.canonical import JsonObject, canonical_json, json_digest, load_object, sha256
from creditbank.errors import Conflict
from creditbank.services import calls
from creditbank.services.anchoring import BANK
from creditbank.services.ports import BODIES, HOLDERS, Chain, Clock, Entropy, KeyVault, Store
from creditbank.services.records import Learner, Organisation, PublicDocument, Role, Token
from creditbank.services.sending import Sender
from creditbank.signing import PublicKey, did_key, did_key_document, did_web_document, did_web_url

REGISTRAR: Final = "registrar"
"""The vault's name for the account of the quality agency that admits issuers, banks and awarders."""
OPERATOR: Final = "operator"
"""The vault's name for the account that deployed the contracts and appoints registrars."""


class DidTaken(Conflict):
    """Another organisation already stands under this DID."""

    slug = "did-taken"


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

        Without a `did` it gets the `did:key` of its own key. Registering the same body under the same DID again
        finishes what was cut short. Raises `DidTaken` when another body stands under the DID.
        """
        standing = self._standing(did) if did else None
        if standing is not None:
            asked = (name, frozenset(roles), tuple(frameworks), country)
            if asked != (standing.name, standing.roles, standing.frameworks, standing.country):
                raise DidTaken(f"Another organisation with the DID {did} is registered already.")
            self._finish(standing)
            return standing
        if did is not None and not did.startswith("did:key:"):
            did_web_url(did)  # before a key is made for it
        id = self._entropy.urn()
        key = PublicKey.from_multikey(self._vault.make_key(id, BODIES).multikey)
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
        with self._store.transaction() as tx:
            tx.add_organisation(organisation)
            tx.put_document(
                PublicDocument(did, "did", "application/did+json", canonical_json(document), self._clock.now())
            )
        self._admit(organisation, document, key.multikey)
        return organisation

    def _admit(self, organisation: Organisation, document: JsonObject, multikey: str) -> None:
        issuer, id = issuer_id(organisation.did), organisation.id
        scope = json_digest({"frameworks": list(organisation.frameworks), "roles": sorted(organisation.roles)})
        bank = self._vault.chain_account(BANK)
        self._sender.settle(
            f"admit:{id}",
            REGISTRAR,
            calls.admit_issuer(issuer, organisation.account, scope, json_digest(document)),
        )
        self._sender.settle(f"key:{id}:{multikey}", id, calls.add_key(issuer, calls.key_id(multikey)))
        self._sender.settle(f"bank:{id}", id, calls.name_bank(issuer, bank))
        if Role.UNIVERSITY in organisation.roles:
            self._sender.settle(f"awarder:{id}", REGISTRAR, calls.admit_awarder(organisation.account, issuer))

    def resume(self) -> None:
        """Finish the admission of every organisation whose registration a crash cut short."""
        with self._store.transaction() as tx:
            organisations = tx.organisations()
        for organisation in organisations:
            self._finish(organisation)

    def _standing(self, did: str) -> Organisation | None:
        with self._store.transaction() as tx:
            return tx.find_organisation_by_did(did)

    def _finish(self, organisation: Organisation) -> None:
        with self._store.transaction() as tx:
            document = tx.find_document(organisation.did)
        key = self._vault.find_key(organisation.id)
        assert document is not None, "an organisation is stored together with its DID document"
        assert key is not None, "an organisation is stored after its key was made"
        self._admit(organisation, load_object(document.content), key.multikey)

    def revoke_key(self, organisation: str) -> None:
        """Revoke an organisation's current key on the chain, from now on; what was anchored before stands."""
        with self._store.transaction() as tx:
            issuer = tx.get_organisation(organisation)
        key = self._vault.find_key(organisation)
        assert key is not None, "a registered organisation has a key"
        self._sender.settle(
            f"revoke-key:{organisation}:{key.multikey}",
            organisation,
            calls.revoke_key(issuer_id(issuer.did), calls.key_id(key.multikey)),
        )

    def register_learner(self, *, name: str, sample: bool = False) -> Learner:
        """Open an account with a DID of its own, whose key the bank keeps for the learner."""
        id = self._entropy.urn()
        did = did_key(PublicKey.from_multikey(self._vault.make_key(id, HOLDERS).multikey))
        learner = Learner(id, did, name, sample, self._clock.now())
        with self._store.transaction() as tx:
            tx.add_learner(learner)
            tx.put_document(
                PublicDocument(
                    did,
                    "did",
                    "application/did+json",
                    canonical_json(did_key_document(did)),
                    self._clock.now(),
                )
            )
        return learner

    def issue_token(self, *, role: str, subject: str, label: str, expires: datetime | None = None) -> str:
        """Make a bearer token; only its hash is kept, so this is the one time it is seen."""
        secret = base64.urlsafe_b64encode(self._entropy.bytes(32)).decode().rstrip("=")
        token = f"cbk_{secret}"
        with self._store.transaction() as tx:
            tx.add_token(Token(sha256(token.encode()), label, role, subject, expires))
        return token

    def who(self, token: str) -> Token | None:
        """Whose token this is; None for an unknown or expired one."""
        with self._store.transaction() as tx:
            known = tx.find_token(sha256(token.encode()))
        if known is None or (known.expires is not None and known.expires <= self._clock.now()):
            return None
        return known

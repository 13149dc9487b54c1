"""The database is lost: what providers and learners kept, and the chain, give the bank back (threat 62).

Each document is verified before it is taken in, by the chain's word alone: its signature, its issuer's admission and
keys, its anchor. Bodies keep the ids that their status lists are named by, learners the ids under which the vault keeps
their keys. What the chain counts as spent is counted again before anything can be redeemed. Drafts, evaluations, ways
to sign in and the trail are gone; what nobody brings is not there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from creditbank.anchoring import Receipt, issuer_id
from creditbank.canonical import Digest, JsonObject, canonical_json, json_digest, load_object
from creditbank.credential import CredentialView, NotAUnit, StatusList, read_credential, unit_facts
from creditbank.credential.status import encoded_list
from creditbank.errors import BadInput, Conflict
from creditbank.ledger import Lot, deposit, lot_id, revoke
from creditbank.services import calls, reads
from creditbank.services.crediting import end_of
from creditbank.services.dids import MEDIA_TYPE
from creditbank.services.halting import REDEMPTION, Halting
from creditbank.services.ports import FIRST_KEY, Chain, Clock, Entropy, KeyVault, SigningKey, Store, Transaction
from creditbank.services.reconciling import count_spent
from creditbank.services.records import (
    BatchRecord,
    BatchState,
    DocumentVersion,
    IssuedCredential,
    IssueIntent,
    IssueState,
    KeyState,
    Leaf,
    Learner,
    Organisation,
    OrganisationKey,
    PublicDocument,
    Role,
    StoredReceipt,
)
from creditbank.services.statuses import STATUS_LIST_SIZE, ListName
from creditbank.services.trusting import Trusting
from creditbank.services.verifying import Verifying
from creditbank.signing import did_key_document
from creditbank.units import NONE, Credits
from creditbank.verification import ARCHIVAL, Outcome, Report, TrustFacts, Verdict, read_secured

PROVEN: Final = replace(
    ARCHIVAL,
    name="rebuild",
    title="What is signed, anchored and admitted, whatever became of it since",
    required=frozenset(name for name in ARCHIVAL.required if not name.startswith(("status.", "dates.valid"))),
)
"""What must hold of a document before it is taken in. A revoked credential is taken in as revoked."""


class NotAnEmptyBank(Conflict):
    """A bank is rebuilt into a database that knows nobody yet."""

    slug = "not-an-empty-bank"


@dataclass(slots=True)
class Rebuilt:
    """What was taken in, and what was not, each with the reason."""

    organisations: int = 0
    learners: int = 0
    credentials: int = 0
    lots: int = 0
    refused: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Kept:
    """What somebody kept: signed documents, receipts, and DID documents and status lists by their own id."""

    signed: Sequence[bytes]
    receipts: Sequence[Receipt]
    documents: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Proven:
    """A credential that verified: signed bytes, what they say, the receipt, its place in a status list."""

    signed: bytes
    document: JsonObject
    view: CredentialView
    receipt: Receipt
    place: tuple[ListName, int]
    revoked: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What the chain and the vault know of an issuer."""

    account: str
    awards: bool
    keys: tuple[OrganisationKey, ...]


class Rebuilding:
    """Takes in what was kept elsewhere."""

    def __init__(
        self,
        store: Store,
        chain: Chain,
        vault: KeyVault,
        verifying: Verifying,
        trusting: Trusting,
        halting: Halting,
        clock: Clock,
        entropy: Entropy,
        base_url: str,
    ) -> None:
        self._store, self._chain, self._vault, self._verifying = store, chain, vault, verifying
        self._trusting = trusting
        self._halting, self._clock, self._entropy, self._base_url = halting, clock, entropy, base_url

    def rebuild(self, kept: Kept, *, by: str) -> Rebuilt:
        """Verify and take in everything that was kept, with redemption fenced; to be repeated with more until it opens.

        A document counts by its receipt, so one without is not taken in. Raises `ChainUnavailable`.
        """
        with self._store.transaction() as tx:
            fenced = bool(tx.standing_halts(REDEMPTION))
            if tx.organisations() and not fenced:
                raise NotAnEmptyBank(
                    "This bank knows bodies already, and redeems.",
                    next_step="Rebuild into an empty database: creditbank init in a home that has the keys and chain.",
                )
        self._halting.stop(REDEMPTION, by=by, why="rebuilt from what was kept elsewhere")
        done = Rebuilt()
        trust = self._trusting.of_strangers(_dids(kept), kept.receipts)
        receipts = {receipt.digest: receipt for receipt in kept.receipts}
        proven = [
            found for signed in sorted(set(kept.signed)) if (found := self._proven(signed, receipts, kept, trust, done))
        ]
        for one in proven:  # only now, because a body that is known signs lists of its own
            self._take(one, kept, done)
        self._lists(kept, done)
        return done

    def _proven(
        self, signed: bytes, receipts: Mapping[Digest, Receipt], kept: Kept, trust: TrustFacts, done: Rebuilt
    ) -> Proven | None:
        """What a document proves to be; None, with the reason told, where it does not."""
        try:
            secured = read_secured(signed)
            view = read_credential(secured.document)
        except BadInput as error:
            done.refused.append(f"{_name(signed)}: {error.sentence}")
            return None
        receipt, place = receipts.get(secured.digest), self._place(view)
        if receipt is None:
            done.refused.append(f"{view.id}: nobody brought its receipt")
            return None
        if place is None:
            done.refused.append(f"{view.id}: its status list is none of this bank's, so its provider keeps it")
            return None
        lists = {
            entry.list_id: kept.documents[entry.list_id] for entry in view.status if entry.list_id in kept.documents
        }
        (report,) = self._verifying.verify(
            [signed], receipts=[receipt], claims=kept.documents, own=lists, trust=trust, policy=PROVEN
        )
        if report.verdict is not Verdict.ACCEPTED:
            done.refused.append(f"{view.id}: {report.first_reason}")
            return None
        return Proven(signed, secured.document, view, receipt, place, _revoked(report))

    def _take(self, proven: Proven, kept: Kept, done: Rebuilt) -> None:
        view, spent, known = proven.view, self._spent(proven.document), self._known(proven)
        with self._store.transaction() as tx:
            if tx.find_credential(view.id) is not None:
                return
            body = self._body(tx, proven, known, kept, done)
            learner = self._learner(tx, view, done)
            self._keep(tx, body, learner, proven, done)
            if proven.revoked:
                self._revoke(tx, learner, view.id, spent)

    def _spent(self, document: JsonObject) -> Credits:
        try:
            facts = unit_facts(document)
        except NotAUnit:
            return NONE
        use = reads.lot_use(self._chain, lot_id(facts.issuer, facts.first_issue))
        return NONE if use is None else use.spent

    def _revoke(self, tx: Transaction, learner: Learner, credential: str, spent: Credits) -> None:
        """What was redeemed before a revocation stays counted; what is left lapses."""
        now, why = self._clock.now(), "revoked, as its status list says"
        tx.revoke_credential(credential, when=now, reason=why)
        for lot in tx.lots_of(learner.id):
            if lot.credential == credential and not lot.revoked:
                if spent:
                    count_spent(tx, lot, spent, request=f"recover:{spent.thousandths}:{lot.id}", at=now)
                tx.post(revoke(tx.get_lot(lot.id), request=f"revoke:{credential}", reason=why, at=now))

    def _place(self, view: CredentialView) -> tuple[ListName, int] | None:
        for entry in view.status:
            name = ListName.read(self._base_url, entry.list_id)
            if name is not None and name.purpose == "revocation" and entry.index is not None:
                return name, entry.index
        return None

    def _keep(self, tx: Transaction, body: Organisation, learner: Learner, proven: Proven, done: Rebuilt) -> None:
        view, receipt, document = proven.view, proven.receipt, proven.document
        (name, index), at = proven.place, proven.receipt.block.time
        asked = _asked(document)
        intent = IssueIntent(
            f"rebuilt:{view.id}",
            view.id,
            body.id,
            learner.id,
            *asked,
            (name.number - 1) * STATUS_LIST_SIZE + index,
            IssueState.INTENDED,
            at,
        )
        tx.add_intent(intent)
        issued = IssuedCredential(
            view.id, body.id, learner.id, proven.signed, receipt.digest, at, view.status[0].list_id, index
        )
        tx.add_credential(issued, request=intent.request)
        batch = self._batch(tx, receipt)
        tx.add_leaf(Leaf(view.id, body.did, receipt.salt, receipt.digest, batch, receipt.index))
        tx.put_receipt(StoredReceipt(view.id, receipt.to_json(), final=True))
        done.credentials += 1
        done.lots += self._lot(tx, document, learner, at)

    def _batch(self, tx: Transaction, receipt: Receipt) -> str:
        for batch in tx.batches():
            if (batch.root, batch.size) == (receipt.root, receipt.size):
                return batch.id
        block = receipt.block
        place = (receipt.transaction, block.number, block.hash, block.time)
        batch = BatchRecord(self._entropy.urn(), receipt.root, receipt.size, BatchState.FINAL, block.time, *place)
        tx.add_batch(batch)
        return batch.id

    def _lot(self, tx: Transaction, document: JsonObject, learner: Learner, at: datetime) -> int:
        try:
            facts = unit_facts(document)
        except NotAUnit:
            return 0
        lot = Lot.of(
            account=learner.id,
            credential=facts.credential,
            issuer=facts.issuer,
            first_issue=facts.first_issue,
            amount=facts.credits,
            opened=at,
            expires=end_of(document),
        )
        name = "0x" + lot_id(facts.issuer, facts.first_issue).hex()
        if any(one.id == name for one in tx.lots_of(learner.id)):
            return 0  # a correction takes the place of the first issue, in one lot
        tx.open_lot(lot, deposit(lot, request=f"deposit:{facts.credential}", at=at, reason="rebuilt"))
        return 1

    def _learner(self, tx: Transaction, view: CredentialView, done: Rebuilt) -> Learner:
        did = view.subject or ""
        known = tx.find_learner_by_did(did)
        if known is not None:
            return known
        owner = self._vault.owner_of(did.removeprefix("did:key:")) or self._entropy.urn()
        learner = Learner(owner, did, "", sample=False, created=self._clock.now())
        tx.add_learner(learner)
        done.learners += 1
        return learner

    def _body(self, tx: Transaction, proven: Proven, known: Known, kept: Kept, done: Rebuilt) -> Organisation:
        view, now = proven.view, self._clock.now()
        standing = tx.find_organisation_by_did(view.issuer)
        if standing is not None:
            return standing
        body = Organisation(
            proven.place[0].organisation,
            view.issuer_name,
            view.issuer,
            frozenset({Role.PROVIDER, *([Role.UNIVERSITY] if known.awards else [])}),
            (),
            _country(proven.document),
            False,
            known.account,
            now,
        )
        tx.add_organisation(body)
        content = kept.documents.get(body.did)
        if content is not None:
            tx.add_version(DocumentVersion(body.did, json_digest(load_object(content)), content, now))
            tx.put_document(PublicDocument(body.did, "did", MEDIA_TYPE, content, now))
        else:
            done.warnings.append(f"{body.did}: nobody brought its DID document")
        for key in known.keys:
            tx.add_key(key)
        done.organisations += 1
        return body

    def _known(self, proven: Proven) -> Known:
        """What the chain and the vault know of an issuer: its account, whether it awards, the keys held here."""
        issuer, id = issuer_id(proven.view.issuer), proven.place[0].organisation
        state = reads.issuer_state(self._chain, issuer)
        assert state is not None, "a verified issuer is admitted on the chain"
        admission = reads.awarder_admission(self._chain, state.controller)
        keys: list[OrganisationKey] = []
        number = int(FIRST_KEY)
        while (key := self._vault.find_key(id, str(number))) is not None:
            life = reads.key_state(self._chain, issuer, calls.key_id(key.multikey))
            if life is not None:
                keys.append(_key(id, key, life))
            number += 1
        awards = admission is not None and admission.admitted and admission.identity == issuer
        return Known(state.controller, awards, tuple(keys))

    def _lists(self, kept: Kept, done: Rebuilt) -> None:
        """Keep the newest status lists, begin new ones for what is issued from now on, and tell what is missing."""
        with self._store.transaction() as tx:
            for body in tx.organisations():
                for list_id in sorted(self._list_ids(tx, body)):
                    content = kept.documents.get(list_id)
                    if content is None:
                        done.warnings.append(
                            f"{list_id}: nobody brought this list, so older revocations may be missing"
                        )
                        continue
                    if tx.find_document(list_id) is None:
                        tx.put_document(
                            PublicDocument(list_id, "status-list", "application/vc", content, self._clock.now())
                        )
                    done.warnings += _unknown_revocations(tx, list_id, content)
                self._begin_list(tx, body)

    def _list_ids(self, tx: Transaction, body: Organisation) -> set[str]:
        return {one.status_list for one in tx.credentials_by(body.id)}

    def _begin_list(self, tx: Transaction, body: Organisation) -> None:
        """Nobody knows which places were given away in the lists before, so nothing new goes into them."""
        request = f"rebuilt:list:{body.id}"
        issued = tx.credentials_by(body.id)
        if tx.find_intent(request) is not None or not issued:
            return
        newest = tx.newest_place(body.id)
        place = (newest // STATUS_LIST_SIZE + 1) * STATUS_LIST_SIZE + self._entropy.below(STATUS_LIST_SIZE)
        nothing = ("", "", "")
        tx.add_intent(
            IssueIntent(
                request,
                self._entropy.urn(),
                body.id,
                issued[0].learner,
                *nothing,
                place,
                IssueState.ISSUED,
                self._clock.now(),
            )
        )


def _unknown_revocations(tx: Transaction, list_id: str, content: bytes) -> Iterator[str]:
    """Places that a list says are revoked, of which nobody brought the credential: a new list would say they stand."""
    document = load_object(content)
    known = {one.status_index for one in tx.credentials_in(list_id)}
    listed = StatusList.decode(encoded_list(document, purpose="revocation"))
    unknown = [index for index in range(listed.size) if index not in known and listed.get(index)]
    if unknown:
        yield f"{list_id}: {len(unknown)} revoked credentials were not brought; without them the list says they stand"


def _dids(kept: Kept) -> dict[str, bytes]:
    """The DID documents of the issuers of what was kept; that of a did:key is made from the key itself."""
    issuers = {str(_issuer_of(load_object(signed))) for signed in kept.signed}
    made = {did: canonical_json(did_key_document(did)) for did in issuers if did.startswith("did:key:")}
    return made | {did: content for did, content in kept.documents.items() if did in issuers}


def _issuer_of(document: JsonObject) -> object:
    issuer = document.get("issuer")
    return issuer.get("id") if isinstance(issuer, dict) else issuer


def _key(organisation: str, key: SigningKey, life: reads.KeyState) -> OrganisationKey:
    """A key that the vault holds, in the state that the chain knows it in."""
    state = KeyState.REVOKED if life.revoked else KeyState.RETIRED if life.until else KeyState.CURRENT
    return OrganisationKey(
        organisation,
        key.label,
        key.multikey,
        True,
        state,
        settled=True,
        announced=life.start,
        current=life.start,
        retired=life.until if state is KeyState.RETIRED else None,
        revoked=life.revoked,
    )


def _revoked(report: Report) -> bool:
    return any(one.name == "status.revocation" and one.outcome is Outcome.FAILED for one in report.checks)


def _asked(document: JsonObject) -> tuple[str, str, str]:
    """Achievement, version and day as a credential states them; empty where it states none."""
    try:
        facts = unit_facts(document)
    except NotAUnit:
        return "", "", ""
    return facts.achievement, facts.achievement_version, facts.earned.isoformat()


def _country(document: JsonObject) -> str:
    issuer: Any = document.get("issuer")
    address = issuer.get("address") if isinstance(issuer, dict) else None
    return str(address.get("addressCountryCode", "")) if isinstance(address, dict) else ""


def _name(signed: bytes) -> str:
    return signed[:40].decode("ascii", "replace")

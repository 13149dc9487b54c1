"""Bookkeeping: the standing work of the ledger, and its audit.

Shelf lives end and are warned of; heads of accounts are sealed daily into the next batch; lots change hands when two
accounts turn out to be one person's. The audit reads one moment of the database from end to end and believes nothing in
it but what the chain confirms.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

from creditbank.anchoring import SALT_BYTES, entry
from creditbank.canonical import Digest, JsonObject, digest_text
from creditbank.ledger import (
    AccountHead,
    Fault,
    LotChanged,
    audit_chains,
    audit_holds,
    audit_lots,
    audit_redemptions,
    audit_reversals,
    expire,
    heads_digest,
    tree_of_heads,
)
from creditbank.merkle import MerkleTree
from creditbank.services import reads
from creditbank.services.anchoring import BANK, anchored_from
from creditbank.services.ledger_records import HeadSet, SealedHead
from creditbank.services.noticing import Noticing, to_learner
from creditbank.services.ports import (
    AlreadyRecorded,
    Chain,
    ChainUnavailable,
    Clock,
    Entropy,
    KeyVault,
    Store,
    Transaction,
    UnknownRecord,
)
from creditbank.services.records import Leaf
from creditbank.services.redeeming import asked_of
from creditbank.services.reserving import Reserving
from creditbank.units import instant_text

WARNINGS: Final = (7, 30, 90)
"""How many days ahead a learner is told that credits expire, each once."""
DAILY: Final = timedelta(hours=24)
AT_A_TIME: Final = 200


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit found, and what it could not look at: sets of heads that are not final, a chain that is silent."""

    faults: tuple[Fault, ...]
    unconfirmed: tuple[str, ...]


class Place(NamedTuple):
    """Where a set of heads was anchored: on which chain, by which account, under which root of which size."""

    chain_id: int | None
    account: str
    root: Digest
    size: int


class Bookkeeping:
    """Keeps the books in order, and checks them."""

    def __init__(
        self,
        store: Store,
        chain: Chain,
        vault: KeyVault,
        noticing: Noticing,
        reserving: Reserving,
        clock: Clock,
        entropy: Entropy,
        did: str,
    ) -> None:
        self._store, self._chain, self._vault, self._noticing = store, chain, vault, noticing
        self._clock, self._entropy, self._did, self._reserving = clock, entropy, did, reserving

    def work(self) -> None:
        """Everything that is due now; safe to repeat, and beside other processes that do the same."""
        self._reserving.lapse()
        self.expire()
        self.warn()
        with self._store.transaction() as tx:
            last = tx.last_head_set()
        if last is None or self._clock.now() - last.made >= DAILY:
            self.seal_heads()

    def expire(self) -> int:
        """Let the free part of every lot past its shelf life lapse, and tell its learner; how many lots it were."""
        done = 0
        while True:
            with self._store.transaction() as tx:
                due = tx.expired_lots(self._clock.now(), AT_A_TIME)
            ended = sum(self._expire(lot.id) for lot in due)
            done += ended
            if len(due) < AT_A_TIME or not ended:
                return done

    def _expire(self, lot_id: str) -> bool:
        try:
            with self._store.transaction() as tx:
                lot, now = tx.get_lot(lot_id), self._clock.now()
                if not lot.available or lot.revoked:
                    return False
                # the amount lapsed before makes it a new request where credits came free after a first expiry
                tx.post(expire(lot, request=f"expire:{lot.id}:{lot.lapsed}", at=now, reason="shelf life ended"))
                told: JsonObject = {"lot": lot.id, "credential": lot.credential, "amount": str(lot.available)}
                self._noticing.tell(tx, to_learner(lot.account), "credits-expired", told)
        except LotChanged:  # somebody redeemed or revoked it just now; what is left is taken next time
            return False
        return True

    def warn(self) -> int:
        """Tell each learner once, 90, 30 and 7 days ahead, what of theirs expires; how many were told."""
        now, told, since = self._clock.now(), 0, timedelta(0)
        for days in WARNINGS:
            until = timedelta(days=days)
            while True:
                with self._store.transaction() as tx:
                    once = f"expiry-{days}"
                    due = tx.lots_to_warn(now + since, now + until, once, AT_A_TIME)
                    for lot in due:
                        document: JsonObject = {
                            "lot": lot.id,
                            "credential": lot.credential,
                            "amount": str(lot.available),
                            "expires": instant_text(lot.expires or now),
                        }
                        audience = to_learner(lot.account)
                        told += self._tell(tx, audience, document, f"{once}:{lot.id}")
                if len(due) < AT_A_TIME:
                    break
            since = until
        return told

    def _tell(self, tx: Transaction, audience: str, document: JsonObject, once: str) -> bool:
        return self._noticing.tell(tx, audience, "credits-expiring", document, once=once) is not None

    def seal_heads(self) -> HeadSet | None:
        """Seal the heads of all accounts that went on since the last time, as one leaf of the next batch.

        None when none did, or when another process sealed them just now.
        """
        try:
            with self._store.transaction() as tx:
                heads, last = tx.heads_that_went_on(), tx.last_head_set()
                if not heads:
                    return None
                salted = [(head, self._entropy.bytes(SALT_BYTES)) for head in heads]
                tree = tree_of_heads(self._did, salted)
                number = 1 if last is None else last.number + 1
                made = HeadSet(number, self._entropy.urn(), tree.root, tree.size, self._clock.now())
                sealed = [
                    SealedHead(number, index, head.account, head.sequence, head.head, salt)
                    for index, (head, salt) in enumerate(salted)
                ]
                tx.add_head_set(made, sealed)
                salt = self._entropy.bytes(SALT_BYTES)
                tx.add_leaf(Leaf(made.document, self._did, salt, self._digest(made), None, None))
        except AlreadyRecorded:
            return None
        return made

    def _digest(self, made: HeadSet) -> Digest:
        return heads_digest(self._did, number=made.number, root=made.root, size=made.size, made=made.made)

    def head_sets(self) -> list[HeadSet]:
        """Every set of heads, the oldest first."""
        with self._store.transaction() as tx:
            return tx.head_sets()

    def proof(self, account: str) -> JsonObject:
        """What shows an account's holder which entries it had when its head was last anchored.

        Raises `UnknownRecord` for an account of which no head was sealed yet.
        """
        with self._store.transaction() as tx:
            found = tx.newest_sealed_head(account)
            if found is None:
                raise UnknownRecord(
                    f"No head of account {account} was sealed yet.",
                    next_step="Check the id; `creditbank ledger seal` seals the heads of all accounts that went on.",
                )
            made = next(one for one in tx.head_sets() if one.number == found.number)
            rows = tx.heads_in(made.number)
            leaf, receipt = tx.leaf_of(made.document), tx.find_receipt(made.document)
        inclusion = self._tree(rows).prove(found.index)
        return {
            "document": "creditbank/account-head-proof/v1",
            "account": found.account,
            "sequence": found.sequence,
            "head": digest_text(found.head),
            "salt": "0x" + found.salt.hex(),
            "index": inclusion.index,
            "path": ["0x" + bytes(node).hex() for node in inclusion.path],
            "set": {
                "number": made.number,
                "bank": self._did,
                "root": digest_text(made.root),
                "size": made.size,
                "made": instant_text(made.made),
            },
            "leaf": None if leaf is None else {"salt": "0x" + leaf.salt.hex(), "digest": digest_text(leaf.digest)},
            "receipt": None if receipt is None else receipt.document,
        }

    def _tree(self, rows: Iterable[SealedHead]) -> MerkleTree:
        return tree_of_heads(self._did, [(AccountHead(row.account, row.sequence, row.head), row.salt) for row in rows])

    def audit(self) -> Audited:
        """Check every chain, every lot, and every head that was sealed, with what the chain confirms (threat 65)."""
        with self._store.reading() as tx:
            faults = list(audit_chains(tx.entries_by_account(), tx.account_heads(), tx.sealed_heads()))
            faults += audit_lots(tx.lots_by_id(), tx.entries_by_lot())
            faults += audit_holds(tx.holds_by_lot(), tx.entries_by_lot())
            faults += _redemption_faults(tx)
            places = []
            for number, made in enumerate(tx.head_sets(), start=1):
                faults += self._set_faults(tx, made, number)
                places.append((made, self._place(tx, made)))
        unconfirmed: list[str] = []
        for made, place in places:
            fault, gap = self._confirmed(made, place)
            faults += [fault] if fault else []
            unconfirmed += [gap] if gap else []
        return Audited(tuple(faults), tuple(unconfirmed))

    def _set_faults(self, tx: Transaction, made: HeadSet, number: int) -> Iterator[Fault]:
        rows = tx.heads_in(made.number)
        tree = self._tree(rows) if rows else None
        if made.number != number:
            yield _set_fault(made, "heads-missing", f"set {number} of the heads is gone")
        if tree is None or (tree.root, tree.size) != (made.root, made.size):
            yield _set_fault(made, "heads-edited", f"the heads of set {made.number} are not those that were sealed")

    def _place(self, tx: Transaction, made: HeadSet) -> Place | Fault | None:
        """Under which root, and by whom, the set was anchored; None while its batch is not on the chain."""
        leaf = tx.leaf_of(made.document)
        if leaf is None or leaf.digest != self._digest(made):
            return _set_fault(made, "heads-edited", f"set {made.number} of the heads is not what its leaf says")
        if leaf.batch is None:
            return None
        batch = tx.get_batch(leaf.batch)
        if batch.block_number is None:
            return None
        entries = [one.entry or entry(one.issuer, one.salt, one.digest) for one in tx.leaves_of(batch.id)]
        if not entries or (tree := MerkleTree.of(entries)).root != batch.root or tree.size != batch.size:
            return _set_fault(made, "batch-edited", f"the leaves of batch {batch.id} are not those that were sealed")
        by = anchored_from(tx, batch, batch.chain_id or self._chain.chain_id) or self._vault.chain_account(BANK)
        return Place(batch.chain_id, by, batch.root, batch.size)

    def _confirmed(self, made: HeadSet, place: Place | Fault | None) -> tuple[Fault | None, str]:
        """What the contract says of the root under which a set stands: nothing wrong, a fault, or no answer."""
        if isinstance(place, Fault):
            return place, ""
        if place is None:
            return None, f"set {made.number} of the heads is not anchored yet"
        if place.chain_id not in (None, self._chain.chain_id):
            return None, f"set {made.number} of the heads stands on chain {place.chain_id}, which is not asked"
        try:
            found = reads.anchored_at(self._chain, place.account, place.root, place.size)
        except ChainUnavailable:
            return None, f"the chain was not asked about set {made.number} of the heads: it does not answer"
        if found is None:
            return _set_fault(made, "heads-edited", f"the chain has no batch with set {made.number} of the heads"), ""
        return None, ""


def _redemption_faults(tx: Transaction) -> Iterator[Fault]:
    """Every redemption that is not what its entries bear out, or not what was asked under its request."""
    yield from audit_redemptions(
        tx.uses_by_lot(),
        tx.entries_by_lot(),
        answered=lambda request: tx.find_answer(f"redeem:{request}") is not None,
    )
    yield from audit_reversals(tx.taken_back_by_lot(), tx.entries_by_lot())
    last: str | None = None
    while page := tx.redemptions_after(last, AT_A_TIME):
        last = page[-1].request
        for one in page:
            if asked_of(one) != one.asked:
                sentence = f"redemption {one.request} is not what was asked under its request"
                yield Fault("redemption-edited", "", one.uses[0].lot if one.uses else "", None, sentence)


def _set_fault(made: HeadSet, slug: str, sentence: str) -> Fault:
    return Fault(slug, "", made.document, None, sentence)

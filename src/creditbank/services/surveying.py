"""Looking at the chain before anything is sent: how it stands, what needs a hand, and what the next anchors would cost.

Nothing here signs, sends or writes.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

from creditbank.canonical import sha256
from creditbank.services import calls, reads
from creditbank.services.anchoring import BANK, BatchDamaged, tree_of
from creditbank.services.ports import Chain, ChainRefused, Clock, KeyVault, Store
from creditbank.services.records import BatchState
from creditbank.services.surveying_records import ChainStatus, Need, Rehearsal

STAND_IN: Final = sha256(b"creditbank: what an anchor costs")
"""A root that nobody anchors, to ask what it would cost."""
FEW_ANCHORS: Final = 20
OLD_ATTEMPT: Final = timedelta(minutes=30)
OLD_LEAF: Final = timedelta(hours=2)
OLD_BLOCK: Final = timedelta(hours=1)


class Surveying:
    """Reads how the chain and the queue stand."""

    def __init__(self, store: Store, chain: Chain, vault: KeyVault, clock: Clock) -> None:
        self._store, self._chain, self._vault, self._clock = store, chain, vault, clock

    def status(self) -> ChainStatus:
        """Everything at one moment; raises `ChainUnavailable`."""
        chain, account, now = self._chain, self._vault.chain_account(BANK), self._clock.now()
        with self._store.reading() as tx:
            figures, batches = tx.figures(now), tx.open_batches()
            flights, own = tx.flights(), tx.next_nonce(account, chain.chain_id)
        admission = reads.bank_admission(chain, account)
        admitted = admission is not None and admission.admitted
        found = ChainStatus(
            at=now,
            chain_id=chain.chain_id,
            name=chain.name,
            test=chain.test_chain,
            node=chain.survey(account),
            head=chain.head(),
            final=chain.newest_final(),
            contracts=dict(chain.contracts),
            account=account,
            admitted=admitted,
            own_nonce=own,
            gas=self._gas(account) if admitted else None,
            leaves_waiting=figures.leaves_waiting,
            oldest_unanchored=figures.oldest_unanchored,
            batches=tuple(batches),
            flights=tuple(flights),
            fee_waits=figures.fee_waits,
            needs=(),
        )
        return replace(found, needs=tuple(_needs(found)))

    def rehearse(self) -> list[Rehearsal]:
        """What the batches that wait to be sent would cost, and the leaves that are in none.

        Each batch is hashed anew, as it would be before it is sent. Raises `BatchDamaged`, `ChainRefused` when the
        contract would take no anchor of this account, and `ChainUnavailable`.
        """
        account = self._vault.chain_account(BANK)
        node = self._chain.survey(account)
        with self._store.reading() as tx:
            sealed = [one for one in tx.open_batches() if one.state is BatchState.SEALED and one.quarantined is None]
            for batch in sealed:
                tree = tree_of(tx, tx.leaves_of(batch.id))
                if (tree.root, tree.size) != (batch.root, batch.size):
                    raise BatchDamaged(
                        f"The stored leaves of batch {batch.id} no longer give the root that was sealed.",
                        next_step="Restore the damaged record from a backup; the batch stays where it is until then.",
                    )
            waiting = tx.waiting_leaves().count
        wanted = [(one.id, bytes(one.root), one.size) for one in sealed]
        costs = [(id, root, size, self._chain.estimate(account, calls.anchor(root, size))) for id, root, size in wanted]
        found = [Rehearsal(*cost, now=cost[3] * node.needed, worst=_limit(cost[3]) * node.most) for cost in costs]
        if waiting:
            gas = self._chain.estimate(account, calls.anchor(STAND_IN, waiting))
            found.append(Rehearsal(None, None, waiting, gas, gas * node.needed, _limit(gas) * node.most))
        return found

    def _gas(self, account: str) -> int | None:
        try:
            return self._chain.estimate(account, calls.anchor(STAND_IN, 1))
        except ChainRefused:
            return None


def _limit(gas: int) -> int:
    """The limit that a transaction is given, a fifth above the estimate; what it does not use is not paid."""
    return gas * 6 // 5


def _needs(found: ChainStatus) -> Iterator[Need]:
    """What needs a hand, the gravest first."""
    for name, matches in found.node.contracts.items():
        if not matches:
            yield Need("contract-differs", f"The code at {found.contracts[name]} is not that of {name}. Send nothing.")
    if not found.admitted:
        yield Need("not-admitted", f"The account {found.account} may not anchor: creditbank init has it admitted.")
    yield from _account_needs(found)
    yield from _queue_needs(found)
    if not found.test and found.at - found.head[2] > OLD_BLOCK:
        yield Need("old-head", "The node's newest block is more than an hour old: look whether it follows its chain.")


def _account_needs(found: ChainStatus) -> Iterator[Need]:
    node, left = found.node, found.anchors_left
    if left is not None and left < FEW_ANCHORS:
        yield Need("low-balance", f"The balance lasts for {left} anchors at most: send money to {found.account}.")
    if node.above_cap:
        yield Need("fee-above-cap", "The next block asks more than fee_cap: the queue waits, or raise it.")
    if node.nonce > found.own_nonce:
        yield Need(
            "foreign-transactions",
            f"The account sent {node.nonce - found.own_nonce} transactions that this bank has no record of: if no"
            " database was restored, somebody else has its key.",
        )


def _queue_needs(found: ChainStatus) -> Iterator[Need]:
    aside = [one.id for one in found.batches if one.quarantined is not None]
    if aside:
        yield Need("set-aside", f"{len(aside)} batches are set aside: restore their records, creditbank batch release.")
    here = [one for one in found.flights if one.chain_id in (None, found.chain_id)]
    if any(found.at - one.recorded > OLD_ATTEMPT for one in here):
        yield Need("old-transaction", "A transaction has been on its way for half an hour: compare fees with the cap.")
    if found.oldest_unanchored is not None and found.at - found.oldest_unanchored > OLD_LEAF:
        yield Need("old-leaf", "A credential has waited two hours to be anchored: look whether a worker runs.")
    if found.fee_waits:
        yield Need("fee-wait", f"{found.fee_waits} transactions wait for fees to fall: raise fee_cap, or wait.")

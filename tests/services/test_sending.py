"""Sending: every call reaches the chain once, however many ask at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from worlds import unit

from creditbank.anchoring import issuer_id
from creditbank.ledger import CreditsAlreadyRedeemed, LotState
from creditbank.services import calls, reads
from creditbank.services.ports import ChainRefused
from creditbank.services.records import Attempt, AttemptState
from creditbank.units import Credits


def test_many_redemptions_of_one_university_at_once_all_reach_the_chain(world):
    world.fill(8)
    lots = [view.lot.id for view in world.bank.sharing.account(world.learner.id).lots]

    def redeem(lot: str) -> str:
        redeemed = world.bank.redeeming.redeem(
            f"r-{lot}", lot=lot, amount=Credits(4000), award=f"urn:uuid:award-{lot}", by=world.rival.id
        )
        return redeemed.transaction

    with ThreadPoolExecutor(8) as pool:
        transactions = list(pool.map(redeem, lots))
    assert all(transactions)
    for lot in lots:
        spent = reads.spent_for(
            world.bank.chain,
            bytes.fromhex(lot[2:]),
            issuer_id(world.rival.did),
            calls.award_id(f"urn:uuid:award-{lot}"),
        )
        assert spent == Credits(4000)
    assert {view.lot.state for view in world.bank.sharing.account(world.learner.id).lots} == {LotState.REDEEMED}


def test_of_many_who_want_one_credit_at_once_exactly_one_gets_it(world):
    world.fill(1)
    (view,) = world.bank.sharing.account(world.learner.id).lots

    def redeem(number: int) -> bool:
        try:
            world.bank.redeeming.redeem(
                f"r-{number}", lot=view.lot.id, amount=Credits(4000), award=f"urn:uuid:{number}", by=world.rival.id
            )
        except CreditsAlreadyRedeemed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(redeem, range(16)))
    assert won.count(True) == 1


def test_the_same_request_from_many_at_once_issues_one_credential(world):
    world.publish(unit("a"))
    with ThreadPoolExecutor(6) as pool:
        issued = list(pool.map(lambda _: world.issue(unit("a"), "one request"), range(12)))
    assert len({credential.id for credential in issued}) == 1
    assert len(world.bank.sharing.account(world.learner.id).lots) == 1


def test_a_recorded_transaction_whose_nonce_went_elsewhere_is_replaced(world):
    bank, sender = world.bank, world.rival
    raw, hash = bank.vault.sign_transaction(
        sender.id, bank.chain.build(sender.account, calls.name_bank(issuer_id(sender.did), "0x" + "11" * 20), nonce=0)
    )
    assert bank.chain.nonce(sender.account) > 0, "the nonce 0 is long gone"
    with bank.store.transaction() as tx:
        tx.add_attempt(Attempt(hash, "stale", sender.account, 0, raw, AttemptState.RECORDED, bank.clock.now()))
    mined = bank.sender.settle("stale", sender.id, calls.name_bank(issuer_id(sender.did), "0x" + "22" * 20))
    assert mined.succeeded
    with bank.store.transaction() as tx:
        states = [attempt.state for attempt in tx.attempts("stale")]
    assert states == [AttemptState.REPLACED, AttemptState.MINED]


def test_a_caller_who_is_late_does_not_bring_a_settled_transaction_back_into_flight(world, monkeypatch):
    """Threat 28: others see it mined, and record one more signed for its nonce, before its sender says that it went."""
    bank, rival = world.bank, world.rival
    mine, other = (calls.name_bank(issuer_id(rival.did), "0x" + digit * 40) for digit in "12")
    nonce, real = bank.chain.nonce(rival.account), bank.chain.send
    raw, hash = bank.vault.sign_transaction(rival.id, bank.chain.build(rival.account, other, nonce=nonce))

    def overtaken(sent: bytes) -> None:
        real(sent)
        monkeypatch.setattr(bank.chain, "send", real)
        assert bank.sender._cleared(rival.id, "another purpose") is not None
        with bank.store.transaction() as tx:
            stale = Attempt(hash, "other", rival.account, nonce, raw, AttemptState.RECORDED, bank.clock.now())
            tx.add_attempt(stale)

    monkeypatch.setattr(bank.chain, "send", overtaken)
    assert bank.sender.settle("mine", rival.id, mine).succeeded
    assert bank.sender.settle("other", rival.id, other).succeeded
    with bank.store.transaction() as tx:
        assert [attempt.state for attempt in tx.attempts("mine")] == [AttemptState.MINED]
        assert [attempt.state for attempt in tx.attempts("other")] == [AttemptState.REPLACED, AttemptState.MINED]


@pytest.mark.parametrize("times", [3])
def test_settling_again_sends_nothing_again(world, times):
    bank, rival = world.bank, world.rival
    call = calls.name_bank(issuer_id(rival.did), "0x" + "33" * 20)
    places = {bank.sender.settle("once", rival.id, call).transaction for _ in range(times)}
    assert len(places) == 1


def test_who_looked_just_before_another_sent_is_not_told_that_the_contract_refuses_a_second_one(world, monkeypatch):
    """Two ask for one release at once: the one that comes late has what the other sent, and no refusal."""
    world.fill(1)
    bank, rival = world.bank, world.rival
    (view,) = bank.sharing.account(world.learner.id).lots
    bank.redeeming.redeem("r", lot=view.lot.id, amount=Credits(4000), award="a", by=rival.id)
    call = calls.release(bytes.fromhex(view.lot.id[2:]), 4000, calls.award_id("a"))
    first = bank.sender.settle("back", rival.id, call)
    attempts, looks = type(bank.sender)._attempts, list[str]()

    def late(sender, purpose):
        looks.append(purpose)
        return [] if len(looks) == 1 else attempts(sender, purpose)

    with monkeypatch.context() as patch:
        patch.setattr(type(bank.sender), "_attempts", late)
        assert bank.sender.settle("back", rival.id, call).transaction == first.transaction
    with pytest.raises(ChainRefused):
        bank.sender.settle("back by another name", rival.id, call)

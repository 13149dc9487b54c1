"""Sending to a real node that misbehaves: nothing is lost, nothing is sent twice, nothing is claimed falsely.

Threats 22, 23, 24, 26 and 27, with a faulty node of ours before anvil.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from faulty_rpc import FAULTS, dripping, drop, faulty, late, lie, lose, padded, refusing
from nodes import CHAIN_ID, RICH, anvil, digest
from senders import CAP, GWEI, Ground, Office, call, founded

from creditbank.adapters.chain import FeeAboveCap, NoFinality, RpcChain, rpc
from creditbank.adapters.chain.fees import unsigned
from creditbank.services import calls, reads
from creditbank.services.ports import ChainRefused, ChainUnavailable
from creditbank.services.records import AttemptState
from creditbank.services.sending import Sender

pytestmark = pytest.mark.anvil


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with anvil() as (url, control), faulty(url) as node:
        yield founded(node, control)


@pytest.fixture
def office(ground: Ground, tmp_path: Path) -> Iterator[Office]:
    ground.node.honest()
    ground.control("evm_setAutomine", True)
    ground.control("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
    ground.control("evm_mine")
    state = ground.control("evm_snapshot")
    opened = Office(ground, tmp_path)
    yield opened
    ground.node.honest()
    opened.close()
    ground.control("evm_setAutomine", True)
    ground.control("anvil_dropAllTransactions")
    ground.control("evm_revert", state)


@pytest.fixture
def by_hand(office: Office) -> Office:
    """Blocks come only when a test asks for one."""
    office.ground.control("evm_setAutomine", False)
    return office


ASKED = (
    "eth_chainId",
    "eth_getCode",
    "eth_estimateGas",
    "eth_getBalance",
    "eth_feeHistory",
    "eth_getTransactionCount",
    "eth_sendRawTransaction",
    "eth_getTransactionReceipt",
    "eth_getBlockByNumber",
    "eth_getBlockReceipts",
    "eth_blockNumber",
)


@pytest.mark.parametrize("kind", sorted(FAULTS))
def test_whatever_answer_is_spoilt_one_transaction_reaches_the_chain(office: Office, kind: str) -> None:
    before = office.nonce()
    for method in ASKED:
        office.ground.node.on(method, FAULTS[kind])
    mined = office.settle("batch:a", tries=3 * len(ASKED))
    assert office.ground.node.rules == [], "each was spoilt once"
    assert mined.final
    assert office.nonce() == before + 1
    assert [one.hash for one in office.attempts("batch:a") if one.state is AttemptState.MINED] == [mined.transaction]
    known = reads.anchored_at(office.chain, office.account, digest("batch:a"), 1)
    assert known is not None
    assert known.block_number == mined.block_number


@pytest.mark.slow
def test_with_every_fifth_answer_spoilt_each_call_is_mined_once(office: Office) -> None:
    before, purposes = office.nonce(), [f"batch:chance {number}" for number in range(2)]
    office.ground.node.at_random(seed=7, share=0.2)
    for purpose in purposes:
        office.settle(purpose, tries=60)
    office.ground.node.honest()
    assert office.nonce() == before + len(purposes)
    for purpose in purposes:
        assert office.states(purpose).count(AttemptState.MINED) == 1
        assert reads.anchored_at(office.chain, office.account, digest(purpose), 1) is not None


def test_an_answer_that_is_lost_after_the_work_is_not_asked_for_anew(office: Office) -> None:
    """Threats 27 and 29."""
    office.ground.node.on("eth_sendRawTransaction", drop)
    with pytest.raises(ChainUnavailable):
        office.step("batch:a")
    (attempt,) = office.attempts("batch:a")
    assert attempt.state is AttemptState.RECORDED, "nobody heard that it went"
    office.sender = office.open()
    mined = office.settle("batch:a")
    assert mined.transaction == attempt.hash
    assert len(office.attempts("batch:a")) == 1


def test_an_answer_that_comes_too_late_is_no_answer(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat 25."""
    monkeypatch.setattr(rpc, "TIMEOUT", (5, 1.0))
    with RpcChain.open(office.ground.node.url, **office.options) as hasty:
        office.ground.node.on("eth_sendRawTransaction", late(2.0))
        sender = Sender(office.store, hasty, office.keys, office.clock, office._mine, patience=12)
        with pytest.raises(ChainUnavailable):
            sender.step("batch:a", "bank", call("batch:a"))
    before = office.nonce()
    assert office.settle("batch:a").transaction == office.attempts("batch:a")[0].hash
    assert office.nonce() == before


def test_a_start_brings_what_is_recorded_to_what_the_chain_shows(office: Office) -> None:
    """What was recorded and never sent goes out; done twice, it is there once."""
    office.ground.node.on("eth_sendRawTransaction", lose)
    with pytest.raises(ChainUnavailable):
        office.step("batch:unsent")
    office.open().reconcile()
    office.open().reconcile()
    assert office.states("batch:unsent") == [AttemptState.MINED]
    assert office.ground.node.asked.count("eth_estimateGas") >= 1
    with office.store.transaction() as tx:
        assert tx.senders_in_flight() == []


# --- lies


def test_a_failure_that_a_node_makes_up_is_not_believed(office: Office) -> None:
    """Otherwise credits would be refused here that are spent there."""
    office.ground.node.on("eth_getTransactionReceipt", lie(lambda told: told and {**told, "status": "0x0"}), 50)
    with pytest.raises(ChainUnavailable, match="is not the one"):
        [office.step("batch:a") for _ in range(20)]  # a busy node may show it at a later look only
    office.ground.node.honest()
    assert AttemptState.FAILED not in office.states("batch:a")
    assert office.settle("batch:a").succeeded


def test_a_success_that_a_node_makes_up_is_never_final(by_hand: Office) -> None:
    """A receipt for a transaction that no block holds, in a block that is there."""
    by_hand.step("batch:a")
    (attempt,) = by_hand.attempts("batch:a")
    by_hand.ground.control("anvil_dropAllTransactions")
    for _ in range(4):
        by_hand.ground.control("evm_mine")
    block = by_hand.ground.control("eth_getBlockByNumber", "latest", False)
    older = by_hand.ground.control("eth_getBlockByNumber", hex(int(block["number"], 16) - 3), False)
    made_up = {
        "transactionHash": attempt.hash,
        "transactionIndex": "0x0",
        "blockHash": older["hash"],
        "blockNumber": older["number"],
        "status": "0x1",
        "cumulativeGasUsed": "0x5208",
        "logsBloom": "0x" + "00" * 256,
        "logs": [],
        "type": "0x2",
    }
    by_hand.ground.node.on("eth_getTransactionReceipt", lie(lambda told: made_up), 50)
    with pytest.raises(ChainUnavailable):
        by_hand.step("batch:a")
    by_hand.ground.node.honest()
    assert by_hand.settle("batch:a").transaction == attempt.hash
    assert by_hand.states("batch:a") == [AttemptState.MINED]


def test_a_height_that_a_node_makes_up_makes_nothing_final(office: Office) -> None:
    mined = office.step("batch:a")
    assert mined is not None
    assert not mined.final
    office.ground.node.on("eth_blockNumber", lie(lambda told: hex(int(told, 16) + 1000)), 1)
    with pytest.raises(ChainUnavailable):
        office.step("batch:a")


def test_blocks_that_do_not_stand_on_each_other_make_nothing_final(office: Office) -> None:
    office.step("batch:a")
    for _ in range(2):
        office.ground.control("evm_mine")
    newest = int(office.ground.control("eth_blockNumber"), 16)
    wrong = office.ground.control("eth_getBlockByNumber", hex(newest - 5), False)
    office.ground.node.rules.append(("eth_getBlockByNumber", lie(lambda told: told), 1))  # that of the receipt
    office.ground.node.rules.append(("eth_getBlockByNumber", lie(lambda told: {**wrong, "number": hex(newest)}), 1))
    with pytest.raises(ChainUnavailable):
        office.step("batch:a")


@pytest.mark.parametrize("step", [-1, 1, 5])
def test_a_nonce_that_a_node_makes_up_sends_nothing_twice(office: Office, step: int) -> None:
    office.settle("batch:before")
    before = office.nonce()
    office.ground.node.on("eth_getTransactionCount", lie(lambda told: hex(int(told, 16) + step)), 1)
    with suppress(ChainUnavailable, ChainRefused):
        office.step("batch:a")
    office.settle("batch:a", tries=20)
    assert office.nonce() == before + 1
    assert office.states("batch:a").count(AttemptState.MINED) == 1


def test_a_nonce_that_a_node_goes_on_making_up_is_not_signed_for(office: Office) -> None:
    """Behind a gap that nobody fills nothing is mined; what others sent with the same key, a final block shows."""
    office.settle("batch:before")
    office.ground.node.on("eth_getTransactionCount", lie(lambda told: hex(int(told, 16) + 1)), 2)
    assert office.step("batch:a") is None
    assert office.attempts("batch:a") == []
    assert office.settle("batch:a").final


def _elsewhere(told: Any) -> Any:
    return told and {**told, "blockHash": "0x" + "ab" * 32}


@pytest.mark.parametrize("told", [lambda told: None, _elsewhere], ids=["hidden", "in another block"])
def test_a_receipt_that_a_node_hides_for_long_sends_nothing_a_second_time(office: Office, told: Any) -> None:
    """The nonce is used in a final block, by these very bytes: who still knows them may not say that others used it."""
    before = office.nonce()
    office.ground.node.on("eth_getTransactionReceipt", lie(told), 50)
    for _ in range(4):
        assert office.step("batch:a") is None
        office.ground.control("evm_mine")
    (attempt,) = office.attempts("batch:a")
    assert attempt.state is AttemptState.SENT
    office.ground.node.honest()
    assert office.settle("batch:a").transaction == attempt.hash
    assert office.nonce() == before + 1


def test_a_taken_nonce_is_believed_only_in_a_final_block(by_hand: Office) -> None:
    """A node that is ahead of its receipts does not make the bank sign a second time."""
    by_hand.step("batch:a")
    by_hand.ground.node.on("eth_getTransactionCount", lie(lambda told: hex(int(told, 16) + 1)), 1)
    assert by_hand.step("batch:a") is None
    assert by_hand.states("batch:a") == [AttemptState.SENT]


def test_another_chain_or_other_code_gets_nothing_to_send(office: Office) -> None:
    """Threat 24, before each send and not only at the start."""
    sent = len([one for one in office.ground.node.forwarded if one["method"] == "eth_sendRawTransaction"])
    office.ground.node.on("eth_chainId", lie(lambda told: "0x1"), 1)
    with pytest.raises(rpc.WrongChain):
        office.step("batch:a")
    office.ground.node.on("eth_getCode", lie(lambda told: told[:-2] + "00"), 1)
    with pytest.raises(ChainUnavailable, match="another contract"):
        office.step("batch:a")
    assert sent == len([one for one in office.ground.node.forwarded if one["method"] == "eth_sendRawTransaction"])
    assert office.settle("batch:a").succeeded


# --- fees


def test_what_blocks_leave_out_is_replaced_for_an_eighth_more_and_every_attempt_is_kept(by_hand: Office) -> None:
    """Threat 23."""
    by_hand.step("batch:a")
    for base in (2 * GWEI, 4 * GWEI):
        by_hand.pass_over(90, base)
        assert by_hand.step("batch:a") is None
    attempts = by_hand.attempts("batch:a")
    assert [one.state for one in attempts] == [AttemptState.REPLACED, AttemptState.REPLACED, AttemptState.SENT]
    assert len({one.nonce for one in attempts}) == 1
    prices = [unsigned(one.raw) for one in attempts]
    for (told, earlier), (again, later) in pairwise(prices):
        assert again == told, "the same call at the same nonce"
        assert later.most * 8 >= earlier.most * 9
        assert later.tip * 8 >= earlier.tip * 9
        assert later.most <= CAP
    assert by_hand.settle("batch:a").transaction == attempts[-1].hash


def test_a_replaced_transaction_that_is_mined_after_all_is_the_one_that_counts(by_hand: Office) -> None:
    by_hand.step("batch:a")
    by_hand.pass_over(90)
    by_hand.ground.node.on("eth_sendRawTransaction", lose)
    with pytest.raises(ChainUnavailable):
        by_hand.step("batch:a")
    first, second = by_hand.attempts("batch:a")
    by_hand.ground.control("eth_sendRawTransaction", "0x" + first.raw.hex())
    by_hand.ground.control("evm_mine")
    assert by_hand.settle("batch:a").transaction == first.hash
    assert by_hand.states("batch:a") == [AttemptState.MINED, AttemptState.REPLACED]
    assert second.nonce == first.nonce


def test_nothing_is_replaced_while_no_blocks_are_made(by_hand: Office) -> None:
    """Paying more helps nobody where nobody makes blocks."""
    by_hand.step("batch:a")
    by_hand.clock.ahead += timedelta(days=1)
    by_hand.step("batch:a")
    assert by_hand.states("batch:a") == [AttemptState.SENT]


def test_above_the_cap_the_bank_waits_and_says_so_and_goes_on_when_fees_fall(by_hand: Office) -> None:
    """Threat 26."""
    by_hand.step("batch:a")
    by_hand.pass_over(90, 10 * CAP)
    assert by_hand.step("batch:a") is None
    assert by_hand.states("batch:a") == [AttemptState.SENT]
    with pytest.raises(FeeAboveCap):
        by_hand.chain.dearer(by_hand.attempts("batch:a")[0].raw)
    with by_hand.store.transaction() as tx:
        (wait,) = tx.fee_waits()
        assert (wait.purpose, wait.sender) == ("batch:a", by_hand.account)
        assert wait.asked > CAP
        figures = tx.figures(by_hand.clock.now())
        assert (figures.fee_waits, figures.oldest_fee_wait) == (1, wait.since)
        assert tx.figures(by_hand.clock.now() + timedelta(hours=1)).fee_waits == 0, "nobody tries it any more"
    by_hand.pass_over(90, GWEI)
    assert by_hand.settle("batch:a").succeeded
    with by_hand.store.transaction() as tx:
        assert tx.fee_waits() == []


def test_what_costs_too_much_to_begin_is_not_signed(by_hand: Office) -> None:
    by_hand.pass_over(1, 10 * CAP)
    with pytest.raises(FeeAboveCap):
        by_hand.step("batch:a")
    assert by_hand.attempts("batch:a") == []
    with by_hand.store.transaction() as tx:
        assert [wait.purpose for wait in tx.fee_waits()] == ["batch:a"]


def test_it_is_replaced_so_often_and_no_more(by_hand: Office) -> None:
    by_hand.sender = by_hand.open(limit=2)
    by_hand.step("batch:a")
    for _ in range(4):
        by_hand.pass_over(90)
        by_hand.step("batch:a")
    assert len(by_hand.attempts("batch:a")) == 3
    with by_hand.store.transaction() as tx:
        assert [wait.purpose for wait in tx.fee_waits()] == ["batch:a"], "somebody should look"


def test_a_chain_with_one_gas_price_is_paid_by_it_and_replaced_too(ground: Ground, by_hand: Office) -> None:
    with RpcChain.open(ground.node.url, **by_hand.options, fee_kind="legacy") as chain:
        by_hand.chain, kept = chain, by_hand.chain
        by_hand.sender = by_hand.open()
        by_hand.step("batch:a")
        by_hand.pass_over(90)
        by_hand.step("batch:a")
        first, second = (unsigned(one.raw) for one in by_hand.attempts("batch:a"))
        assert first[0] == second[0]
        assert first[0]["chainId"] == CHAIN_ID
        assert first[1].tip is second[1].tip is None
        assert second[1].most * 8 >= first[1].most * 9
        assert by_hand.settle("batch:a").transaction == by_hand.attempts("batch:a")[1].hash
        by_hand.chain = kept


# --- reorganisations


def test_what_falls_out_of_the_chain_goes_out_again_with_the_same_bytes(by_hand: Office) -> None:
    """Threat 22, below the depth at which anything counts."""
    by_hand.step("batch:a")
    by_hand.ground.control("evm_mine")
    assert by_hand.step("batch:a") is not None
    (attempt,) = by_hand.attempts("batch:a")
    assert attempt.block_number is not None
    by_hand.ground.control("anvil_reorg", 1, [])
    assert by_hand.step("batch:a") is None
    (again,) = by_hand.attempts("batch:a")
    assert (again.hash, again.state, again.block_number) == (attempt.hash, AttemptState.SENT, None)
    mined = by_hand.settle("batch:a")
    assert mined.transaction == attempt.hash
    assert by_hand.attempts("batch:a")[0].block_hash == mined.block_hash != attempt.block_hash


def test_of_many_that_fall_out_at_once_all_come_back_in_their_order(office: Office) -> None:
    """Threat 22, beyond the depth: nobody asks for these any more, and the watch finds them."""
    purposes = [f"batch:{number}" for number in range(4)]
    settled = {purpose: office.settle(purpose) for purpose in purposes}
    before = office.nonce()
    assert office.sender.watch() == []
    depth = int(office.ground.control("eth_blockNumber"), 16) - settled["batch:1"].block_number + 1
    office.ground.control("evm_setAutomine", False)
    office.ground.control("anvil_reorg", depth, [])
    assert office.nonce() == before - 3
    assert [one.purpose for one in office.sender.watch()] == purposes[1:]
    assert office.step("batch:new") is None, "what was there first goes first"
    for _ in range(4):
        office.ground.control("evm_mine")
        office.sender.watch()
        office.sender.reconcile()
    assert office.nonce() == before
    for purpose in purposes:
        assert office.step(purpose).transaction == settled[purpose].transaction
    office.ground.control("evm_setAutomine", True)
    assert office.settle("batch:new").succeeded
    assert office.nonce() == before + 1


def test_a_node_that_lags_behind_orphans_nothing(office: Office) -> None:
    office.settle("batch:a")
    office.ground.node.on("eth_getBlockByNumber", lie(lambda told: None), 1)
    assert office.sender.watch() == []
    assert office.states("batch:a") == [AttemptState.MINED]


def test_what_a_node_has_forgotten_is_still_done(office: Office) -> None:
    """Nodes drop receipts after a year; the block that still stands holds what it held."""
    mined = office.settle("batch:a")
    office.ground.node.on("eth_getTransactionReceipt", lie(lambda told: None), 20)
    again = office.step("batch:a")
    assert again is not None
    assert (again.transaction, again.block_hash, again.final) == (mined.transaction, mined.block_hash, True)
    assert len(office.attempts("batch:a")) == 1


@pytest.mark.parametrize(("rule", "depth"), [("safe", 32), ("finalized", 64)])
def test_a_block_is_final_when_the_chain_itself_calls_it_so(office: Office, rule: Any, depth: int) -> None:
    with RpcChain.open(office.ground.node.url, **(office.options | {"finality": rule})) as chain:
        office.step("batch:a")
        (attempt,) = office.attempts("batch:a")
        office.ground.control("anvil_mine", hex(depth - 1))
        assert not chain.mined(attempt.hash, proven=True).final
        office.ground.control("anvil_mine", "0x1")
        assert chain.mined(attempt.hash, proven=True).final


def test_a_node_that_knows_no_final_block_is_refused_at_the_start(office: Office) -> None:
    office.ground.node.on("eth_getBlockByNumber", lie(lambda told: None), 1)
    with pytest.raises(NoFinality, match="finalized"):
        RpcChain.open(office.ground.node.url, **(office.options | {"finality": "finalized"}))


# --- two workers


def test_who_slept_over_his_turn_signs_nothing(office: Office) -> None:
    """Threat 28: a second worker did it all meanwhile; the first wakes up with what he read before."""
    late_one, build = office.open(), office.chain.build
    entered = []

    def slow(*asked: Any, **named: Any) -> Any:
        if not entered:
            entered.append(True)
            office.settle("batch:a")
        return build(*asked, **named)

    before = office.nonce()
    office.chain.build = slow  # type: ignore[method-assign]
    assert late_one.step("batch:a", "bank", call("batch:a")) is None
    office.chain.build = build  # type: ignore[method-assign]
    assert office.nonce() == before + 1
    assert len(office.attempts("batch:a")) == 1


# --- whoever stands between the bank and its node


def test_an_answer_that_drips_or_has_no_end_is_no_answer(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat 25: no wait between two bytes is long, and no piece is large."""
    monkeypatch.setattr(rpc, "WHOLE", 0.2)
    office.ground.node.on("eth_chainId", dripping(0.02))
    with pytest.raises(ChainUnavailable):
        office.chain.check()
    monkeypatch.setattr(rpc, "MOST_BYTES", 2**16)
    office.ground.node.on("eth_chainId", padded(2**18))
    with pytest.raises(ChainUnavailable):
        office.chain.check()
    office.chain.check()


def _shouted(told: Any) -> Any:
    """The same answer in upper case, as some node writes hexadecimal digits."""
    if isinstance(told, dict):
        return {name: _shouted(value) for name, value in told.items()}
    if isinstance(told, list):
        return [_shouted(one) for one in told]
    return f"0x{told[2:].upper()}" if isinstance(told, str) and told.startswith("0x") else told


def _padded(told: Any) -> Any:
    return told and {**told, "blockNumber": f"0x000{told['blockNumber'][2:]}", "status": f"0x0{told['status'][2:]}"}


def test_digits_in_capitals_and_leading_zeros_change_nothing(office: Office) -> None:
    for method in ("eth_getBlockByNumber", "eth_getBlockReceipts", "eth_getCode", "eth_getTransactionReceipt"):
        office.ground.node.on(method, lie(_shouted), 40)
    mined = office.settle("batch:a", tries=1)
    office.ground.node.honest()
    office.ground.node.on("eth_getTransactionReceipt", lie(_padded), 40)
    assert office.settle("batch:b", tries=1).final
    assert (mined.final, mined.transaction) == (True, office.attempts("batch:a")[0].hash)
    assert office.sender.watch() == []


@pytest.mark.parametrize(
    ("said", "done"),
    [
        ("already known", True),
        ("AlreadyKnown", True),
        ("nonce too low", True),
        ("OldNonce", True),
        ("replacement transaction underpriced", True),
        ("nonce too low", False),
        ("NonceTooHigh", False),
        ("FeeTooLowToCompete", False),
        ("txpool is full", False),
    ],
)
def test_whatever_a_node_says_to_a_broadcast_one_transaction_is_mined(office: Office, said: str, done: bool) -> None:
    before = office.nonce()
    office.ground.node.on("eth_sendRawTransaction", refusing(said, done=done))
    mined = office.settle("batch:a")
    assert office.nonce() == before + 1
    assert [one.hash for one in office.attempts("batch:a")] == [mined.transaction]


def test_the_wrong_block_under_a_number_is_no_place(office: Office) -> None:
    office.settle("batch:before")
    older = office.ground.control("eth_getBlockByNumber", hex(3), False)
    office.step("batch:a")
    lies = lie(lambda told: told and {**told, "blockHash": older["hash"], "blockNumber": "0x4"})
    office.ground.node.on("eth_getTransactionReceipt", lies)
    office.ground.node.on("eth_getBlockByNumber", lie(lambda told: older))
    with pytest.raises(ChainUnavailable, match="another block"):
        office.step("batch:a")
    assert office.states("batch:a") == [AttemptState.MINED]


def test_a_made_up_receipt_that_then_vanishes_makes_nothing_final(by_hand: Office) -> None:
    """A receipt counts from the first only if its block commits to it: later the block alone would vouch for it."""
    by_hand.step("batch:a")
    (attempt,) = by_hand.attempts("batch:a")
    by_hand.ground.control("anvil_dropAllTransactions")
    by_hand.ground.control("evm_mine")
    block = by_hand.ground.control("eth_getBlockByNumber", "latest", False)
    made_up = {
        "transactionHash": attempt.hash,
        "transactionIndex": "0x0",
        "blockHash": block["hash"],
        "blockNumber": block["number"],
        "status": "0x1",
        "cumulativeGasUsed": "0x5208",
        "logsBloom": "0x" + "00" * 256,
        "logs": [],
        "type": "0x2",
    }
    by_hand.ground.node.on("eth_getTransactionReceipt", lie(lambda told: made_up))
    with pytest.raises(ChainUnavailable):
        by_hand.step("batch:a")
    assert by_hand.states("batch:a") == [AttemptState.SENT]


def test_a_height_that_is_made_up_when_the_receipt_is_gone_makes_nothing_final(office: Office) -> None:
    assert not office.step("batch:a").final
    higher = lie(lambda told: {**told, "number": hex(int(told["number"], 16) + 9)})
    office.ground.node.on("eth_getTransactionReceipt", lie(lambda told: None))
    rules = [lie(lambda told: told), higher, lie(lambda told: told), higher]  # block, head, block, newest final block
    office.ground.node.rules += [("eth_getBlockByNumber", rule, 1) for rule in rules]
    with pytest.raises(ChainUnavailable):
        office.step("batch:a")


def test_a_failure_counts_when_its_block_is_final_and_until_then_may_become_a_success(by_hand: Office) -> None:
    """Threat 22: who was told no by a block that the chain takes back would be told a lie."""
    agency, bank = by_hand.keys.chain_account("agency"), by_hand.account
    by_hand.step("batch:a")
    state = by_hand.ground.control("evm_snapshot")
    unsigned_one = by_hand.chain.build(agency, calls.withdraw_bank(bank), nonce=by_hand.chain.nonce(agency))
    unsigned_one |= {"maxFeePerGas": 90 * GWEI, "maxPriorityFeePerGas": 80 * GWEI}  # it goes first
    by_hand.chain.send(by_hand.keys.sign_transaction("agency", unsigned_one)[0])
    by_hand.ground.control("evm_mine")
    assert by_hand.step("batch:a") is None
    assert by_hand.states("batch:a") == [AttemptState.FAILED]
    by_hand.ground.control("anvil_dropAllTransactions")
    by_hand.ground.control("evm_revert", state)
    by_hand.ground.control("anvil_dropAllTransactions")
    assert by_hand.step("batch:a") is None, "the same bytes are on their way again"
    mined = by_hand.settle("batch:a")
    assert (mined.succeeded, len(by_hand.attempts("batch:a"))) == (True, 1)


def test_a_failure_in_a_final_block_is_told(by_hand: Office) -> None:
    agency, bank = by_hand.keys.chain_account("agency"), by_hand.account
    by_hand.step("batch:a")
    unsigned_one = by_hand.chain.build(agency, calls.withdraw_bank(bank), nonce=by_hand.chain.nonce(agency))
    unsigned_one |= {"maxFeePerGas": 90 * GWEI, "maxPriorityFeePerGas": 80 * GWEI}
    by_hand.chain.send(by_hand.keys.sign_transaction("agency", unsigned_one)[0])
    with pytest.raises(ChainRefused) as refused:
        by_hand.settle("batch:a")
    assert refused.value.reason == "NotAdmitted"
    assert by_hand.states("batch:a") == [AttemptState.FAILED]


def test_another_wallet_with_the_same_key_takes_a_nonce_and_the_call_goes_on_with_the_next(by_hand: Office) -> None:
    before = by_hand.nonce()
    by_hand.step("batch:a")
    by_hand.ground.control("anvil_dropAllTransactions")
    other = by_hand.chain.build(by_hand.account, call("somebody else's"), nonce=before)
    by_hand.ground.control("eth_sendRawTransaction", "0x" + by_hand.keys.sign_transaction("bank", other)[0].hex())
    by_hand.ground.control("evm_mine")
    assert by_hand.step("batch:a") is None
    assert by_hand.states("batch:a") == [AttemptState.SENT], "it may come back while that block is not final"
    mined = by_hand.settle("batch:a")
    assert by_hand.states("batch:a") == [AttemptState.REPLACED, AttemptState.MINED]
    assert by_hand.nonce() == before + 2
    assert mined.transaction == by_hand.attempts("batch:a")[1].hash


def test_a_count_of_transactions_that_the_state_does_not_hold_gives_nothing_up(by_hand: Office) -> None:
    """A node that lies again and again about it would have the bank sign the call twice."""
    by_hand.step("batch:a")
    by_hand.ground.node.on("eth_getTransactionCount", lie(lambda told: hex(int(told, 16) + 1)), 40)
    for _ in range(3):
        with pytest.raises(ChainUnavailable, match="another number"):
            by_hand.step("batch:a")
    by_hand.ground.node.honest()
    assert by_hand.states("batch:a") == [AttemptState.SENT]
    by_hand.settle("batch:a")
    assert len(by_hand.attempts("batch:a")) == 1


def test_an_answer_that_is_lost_at_the_start_is_asked_for_again_and_another_chain_is_not(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rpc, "BETWEEN_TRIES", 0.0)
    for _ in range(2):
        office.ground.node.on("eth_chainId", lose)
        office.ground.node.on("eth_getBlockByNumber", lose)
    with pytest.raises(ChainUnavailable):
        RpcChain.open(office.ground.node.url, **office.options)
    RpcChain.open(office.ground.node.url, **office.options, tries=3).close()
    asked = office.ground.node.asked.count("eth_chainId")
    office.ground.node.on("eth_chainId", lie(lambda told: "0x1"), 3)
    with pytest.raises(rpc.WrongChain):
        RpcChain.open(office.ground.node.url, **office.options, tries=3)
    assert office.ground.node.asked.count("eth_chainId") == asked + 1


def test_a_node_that_forgets_what_waits_gets_the_same_bytes_again(by_hand: Office) -> None:
    by_hand.step("batch:a")
    for _ in range(3):
        by_hand.ground.control("anvil_dropAllTransactions")
        by_hand.ground.control("evm_mine")
        assert by_hand.step("batch:a") is None
    assert by_hand.settle("batch:a").transaction == by_hand.attempts("batch:a")[0].hash
    assert len(by_hand.attempts("batch:a")) == 1


def test_a_node_that_comes_back_with_an_older_state_gets_what_it_lost_in_order(office: Office) -> None:
    before = office.nonce()
    state = office.ground.control("evm_snapshot")
    purposes = ["batch:a", "batch:b"]
    settled = [office.settle(purpose).transaction for purpose in purposes]
    office.ground.control("evm_revert", state)
    assert office.nonce() == before
    assert office.sender.watch() == [], "a node that is behind says nothing against what it does not have"
    assert office.step("batch:c") is None, "what was there first goes first"
    office.ground.control("anvil_mine", "0x10")
    office.sender.watch()
    assert [office.settle(purpose).transaction for purpose in purposes] == settled
    office.settle("batch:c")
    assert office.nonce() == before + 3


def test_an_account_that_was_emptied_waits_and_goes_on_with_the_same_bytes(by_hand: Office) -> None:
    by_hand.ground.node.on("eth_sendRawTransaction", lose)
    with pytest.raises(ChainUnavailable):
        by_hand.step("batch:a")
    by_hand.ground.control("anvil_setBalance", by_hand.account, "0x1")
    with pytest.raises(ChainRefused) as refused:
        by_hand.step("batch:a")
    assert refused.value.reason == "InsufficientFunds"
    by_hand.ground.control("anvil_setBalance", by_hand.account, hex(RICH))
    assert by_hand.settle("batch:a").transaction == by_hand.attempts("batch:a")[0].hash
    assert len(by_hand.attempts("batch:a")) == 1


def test_a_node_that_speaks_for_another_chain_now_and_then_sends_nothing_twice(office: Office) -> None:
    """Threat 24: a balancer with a stray node behind it."""
    before = office.nonce()
    for method, stray in (
        ("eth_chainId", "0x1"),
        ("eth_getTransactionCount", "0x63"),
        ("eth_getTransactionReceipt", None),
        ("eth_getBlockByNumber", None),
    ):
        with suppress(ChainUnavailable, ChainRefused):
            office.ground.node.on(method, lie(lambda told, stray=stray: stray), 2)
            office.step("batch:a")
    office.ground.node.honest()
    office.settle("batch:a")
    assert office.nonce() == before + 1
    assert office.states("batch:a").count(AttemptState.MINED) == 1

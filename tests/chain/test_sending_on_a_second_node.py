"""The same sender on another implementation, which does what anvil does not (threats 23 and 26).

Hardhat's node enforces that a replacement costs a tenth more, keeps what the base fee has overtaken, and mines it when
the fee falls; it knows no `eth_getBlockReceipts`.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from faulty_rpc import FAULTS, faulty
from nodes import digest, hardhat
from senders import CAP, GWEI, Ground, Office, call, founded

from creditbank.adapters.chain import FeeAboveCap
from creditbank.adapters.chain.fees import unsigned
from creditbank.services import reads
from creditbank.services.ports import ChainRefused, ChainUnavailable
from creditbank.services.records import AttemptState

pytestmark = [pytest.mark.node, pytest.mark.slow]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with hardhat(tmp_path_factory.mktemp("hardhat")) as (url, control), faulty(url) as node:
        yield founded(node, control)


@pytest.fixture
def office(ground: Ground, tmp_path: Path) -> Iterator[Office]:
    state = ground.control("evm_snapshot")
    ground.control("evm_setAutomine", False)
    ground.control("hardhat_setNextBlockBaseFeePerGas", hex(GWEI))
    ground.control("evm_mine")
    opened = Office(ground, tmp_path)
    yield opened
    ground.node.honest()
    opened.close()
    ground.control("evm_revert", state)
    ground.control("evm_setAutomine", True)


def test_what_the_fee_overtook_is_replaced_by_what_this_node_takes_and_mined_once(office: Office) -> None:
    """Threats 23 and 26."""
    before = office.nonce()
    office.step("batch:a")
    first = unsigned(office.attempts("batch:a")[0].raw)[1]
    office.leave_out(90, 2 * first.most)
    assert office.step("batch:a") is None
    office.leave_out(90, 5 * first.most)
    assert office.step("batch:a") is None
    attempts = office.attempts("batch:a")
    assert [one.state for one in attempts] == [AttemptState.REPLACED, AttemptState.REPLACED, AttemptState.SENT]
    for earlier, later in pairwise([unsigned(one.raw)[1] for one in attempts]):
        assert later.most * 8 >= earlier.most * 9
    mined = office.settle("batch:a")
    assert mined.transaction == attempts[-1].hash
    assert office.nonce() == before + 1
    assert reads.anchored_at(office.chain, office.account, digest("batch:a"), 1) is not None


def test_a_replacement_for_less_than_a_tenth_more_is_refused_here(office: Office) -> None:
    """Threat 23: the rule that anvil does not have, so that a test that passes there proves nothing."""
    office.step("batch:a")
    (attempt,) = office.attempts("batch:a")
    transaction, price = unsigned(attempt.raw)
    cheap = {**transaction, "type": 2, "maxFeePerGas": price.most * 105 // 100, "maxPriorityFeePerGas": price.tip * 2}
    with pytest.raises(ChainRefused):
        office.chain.send(office.keys.sign_transaction("bank", cheap)[0])
    raw, hash = office.keys.sign_transaction("bank", office.chain.dearer(attempt.raw))
    office.chain.send(raw)
    office.ground.control("evm_mine")
    assert office.chain.mined(hash) is not None


def test_what_waits_above_the_cap_is_mined_when_the_fee_falls(office: Office) -> None:
    """Threat 26: it was kept all the while, and nothing dearer was signed."""
    office.step("batch:a")
    (attempt,) = office.attempts("batch:a")
    office.leave_out(90, 2 * CAP)
    assert office.step("batch:a") is None
    with pytest.raises(FeeAboveCap):
        office.chain.dearer(attempt.raw)
    with office.store.transaction() as tx:
        assert [wait.purpose for wait in tx.fee_waits()] == ["batch:a"]
    office.ground.control("hardhat_setNextBlockBaseFeePerGas", hex(GWEI))
    office.ground.control("evm_mine")
    assert office.settle("batch:a").transaction == attempt.hash
    assert len(office.attempts("batch:a")) == 1


def test_through_faults_one_transaction_reaches_this_chain_too(office: Office) -> None:
    """Threats 24 and 27."""
    before = office.nonce()
    for kind in ("drop", "other id", "truncated", "504"):
        for method in ("eth_sendRawTransaction", "eth_getTransactionReceipt", "eth_getTransactionCount"):
            office.ground.node.on(method, FAULTS[kind])
    mined = office.settle("batch:a", tries=40)
    assert office.nonce() == before + 1
    assert (mined.final, mined.succeeded) == (True, True)


def test_what_falls_out_of_this_chain_goes_out_again_with_the_same_bytes(office: Office) -> None:
    """Threat 22."""
    state = office.ground.control("evm_snapshot")
    mined = office.settle("batch:a")
    office.ground.control("evm_revert", state)
    office.ground.control("hardhat_mine", "0x8")
    assert [one.purpose for one in office.sender.watch()] == ["batch:a"]
    with suppress(ChainUnavailable):
        assert office.sender.step("batch:a", "bank", call("batch:a")) is None
    again = office.settle("batch:a")
    assert again.transaction == mined.transaction
    assert again.block_hash != mined.block_hash
    assert len(office.attempts("batch:a")) == 1

"""The embedded chain outlives its process, however that ends, and has one owner (threats 23, 27 and 41)."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest

from creditbank.adapters.chain import (
    ChainBusy,
    EmbeddedChain,
    ReadOnlyChain,
    WrongContracts,
    created_address,
    deploy,
)
from creditbank.adapters.chain.database import Database, OwnerLock
from creditbank.anchoring.evidence import check_evidence
from creditbank.services import calls, reads
from creditbank.services.ports import Call, ChainRefused, ChainUnavailable


def digest(text):
    return hashlib.sha256(text.encode()).digest()


ROOT = digest("root")


def test_the_chain_survives_a_restart(town, bank):
    mined = town.act("bank", calls.anchor(ROOT, 7))
    evidence = town.chain.evidence(mined.transaction)
    contracts, head = dict(town.chain.contracts), town.chain.head()
    town.chain.close()
    town.chain = town.open()
    assert (dict(town.chain.contracts), town.chain.head()) == (contracts, head)
    assert town.chain.mined(mined.transaction) == mined
    assert town.chain.evidence(mined.transaction) == evidence
    assert reads.anchored_at(town.chain, bank, ROOT, 7) is not None
    assert town.chain.ready()
    town.act("bank", calls.anchor(digest("next"), 1))


WORKER = """
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from eth_account import Account
from creditbank.adapters.chain import EmbeddedChain
from creditbank.services import calls

chain = EmbeddedChain.open(
    Path(sys.argv[1]), own=True, clock=lambda: datetime.now(UTC), artifacts=Path(sys.argv[2])
)
key = Account.from_key(sha256(b"bank").digest())
number = 0
while True:
    number += 1
    call = calls.anchor(sha256(str(number).encode()).digest(), number)
    signed = key.sign_transaction(chain.build(key.address, call, nonce=chain.nonce(key.address)))
    chain.send(bytes(signed.raw_transaction))
    print("0x" + bytes(signed.hash).hex(), flush=True)
"""


def test_the_chain_survives_kill_nine_in_the_middle_of_its_work(town, bank, artifacts_folder):
    """Whatever was told stands; the block under way is there as a whole or not at all."""
    town.chain.close()
    command = [sys.executable, "-c", WORKER, str(town.path), str(artifacts_folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        told = [worker.stdout.readline().strip() for _ in range(12)]
        with pytest.raises(ChainBusy):
            town.open()
        os.kill(worker.pid, signal.SIGKILL)
        told += [line.strip() for line in worker.stdout if line.endswith("\n")]
    town.chain = town.open()
    assert town.chain.ready()
    assert all(town.chain.mined(transaction).succeeded for transaction in told)
    for number in range(1, len(told) + 1):
        assert reads.anchored_at(town.chain, bank, digest(str(number)), number) is not None
    assert town.chain.nonce(bank) in (len(told), len(told) + 1)
    town.act("bank", calls.anchor(ROOT, 7))


def test_a_block_that_fails_half_way_leaves_no_trace(town, bank, monkeypatch):
    head, raw = town.chain.head(), town.sign("bank", calls.anchor(ROOT, 7))[0]
    written = []
    put = Database.put

    def failing(self, key, value):
        written.append(key)
        if len(written) == 4:
            raise OSError("the disk is full")
        put(self, key, value)

    monkeypatch.setattr(Database, "put", failing)
    with pytest.raises(OSError, match="full"):
        town.chain.send(raw)
    monkeypatch.undo()
    assert town.chain.head() == head
    town.chain.send(raw)
    assert reads.anchored_at(town.chain, bank, ROOT, 7) is not None


def test_a_second_owner_is_refused_until_the_first_lets_go(town):
    with pytest.raises(ChainBusy) as refused:
        town.open()
    assert refused.value.next_step
    town.chain.close()
    town.chain = town.open()


def test_the_lock_is_let_go_when_opening_fails(tmp_path, artifacts_folder):
    path = tmp_path / "chain.db"
    path.write_bytes(b"this is no database, and long enough to be sure of it" * 20)
    for _ in range(2):
        with pytest.raises(ChainUnavailable):
            EmbeddedChain.open(
                path, own=True, clock=lambda: datetime(2026, 1, 1, tzinfo=UTC), artifacts=artifacts_folder
            )
    OwnerLock(tmp_path / "chain.db.owner").release()


def test_others_may_look_while_the_owner_writes(town, bank):
    with town.open(own=False) as reader:
        assert reader.head() == town.chain.head()
        mined = town.act("bank", calls.anchor(ROOT, 7))
        assert reader.head() == town.chain.head()
        assert reader.mined(mined.transaction) == mined
        assert reads.anchored_at(reader, bank, ROOT, 7) is not None
        assert reader.evidence(mined.transaction) == town.chain.evidence(mined.transaction)
        assert reader.ready()


def test_those_who_look_change_nothing(town, bank):
    head, raw = town.chain.head(), town.sign("bank", calls.anchor(ROOT, 7))[0]
    with town.open(own=False) as reader:
        with pytest.raises(ReadOnlyChain):
            reader.send(raw)
        with pytest.raises(ReadOnlyChain):
            reader.install({})
        reader.advance()
        assert reader.build(bank, calls.anchor(ROOT, 7), nonce=0)["nonce"] == 0
    assert town.chain.head() == head


def test_there_is_nothing_to_look_at_before_an_owner_made_it(tmp_path, artifacts_folder):
    def look():
        clock = lambda: datetime(2026, 1, 1, tzinfo=UTC)  # noqa: E731
        return EmbeddedChain.open(tmp_path / "chain.db", own=False, clock=clock, artifacts=artifacts_folder)

    with pytest.raises(ChainUnavailable):
        look()
    assert list(tmp_path.iterdir()) == []
    OwnerLock(tmp_path / "lock").release()
    Database.open(tmp_path / "chain.db", write=True).close()
    with look() as reader, pytest.raises(ChainUnavailable, match="no blocks"):
        reader.head()


def test_a_fresh_chain_has_no_contracts_and_says_so(tmp_path, artifacts_folder):
    clock = lambda: datetime(2026, 1, 1, tzinfo=UTC)  # noqa: E731
    with EmbeddedChain.open(
        tmp_path / "a" / "b" / "chain.db", own=True, clock=clock, artifacts=artifacts_folder
    ) as chain:
        assert chain.head()[0] == 0
        assert chain.contracts == {}
        assert not chain.ready()
        with pytest.raises(ChainUnavailable, match="no contracts"):
            chain.read(Call("issuers", "owner", ()))


def test_deploying_twice_deploys_once(town, artifacts_folder):
    head = town.chain.head()
    assert deploy(town.chain, town.keys, "someone else", artifacts_folder) == dict(town.chain.contracts)
    assert town.chain.head() == head
    assert reads.owner(town.chain) == town.account("steward")


def test_a_reader_sees_contracts_that_were_deployed_after_it_opened(tmp_path, town, artifacts_folder):
    path, clock = tmp_path / "new.db", lambda: town.moment
    with (
        EmbeddedChain.open(path, own=True, clock=clock, artifacts=artifacts_folder) as owner,
        EmbeddedChain.open(path, own=False, clock=clock, artifacts=artifacts_folder) as reader,
    ):
        assert reader.contracts == {}
        addresses = deploy(owner, town.keys, "steward", artifacts_folder)
        assert reader.contracts == addresses
        assert reader.ready()


def test_other_code_at_a_contracts_address_is_noticed(town):
    """Threat 24, on our own chain: a swapped address is not this version's contract."""
    swapped = dict(town.chain.contracts)
    swapped["anchors"], swapped["redemptions"] = swapped["redemptions"], swapped["anchors"]
    with pytest.raises(WrongContracts, match="another contract"):
        town.chain.install(swapped)
    with pytest.raises(WrongContracts, match="no contract"):
        town.chain.install({**swapped, "anchors": town.account("someone")})
    assert town.chain.ready()


def test_contracts_bound_to_another_registry_are_not_ours(town, artifacts_folder):
    with EmbeddedChain.open(
        town.path.with_name("other.db"), own=True, clock=lambda: town.moment, artifacts=artifacts_folder
    ) as other:
        foreign = deploy(other, town.keys, "thief", artifacts_folder)
        with pytest.raises(WrongContracts):
            other.install({**foreign, "issuers": town.account("someone")})


def test_block_times_rise_and_follow_the_clock(town, bank):
    times = [town.act("bank", calls.anchor(digest(str(number)), 1)).block_time for number in range(3)]
    assert [int((later - times[0]).total_seconds()) for later in times] == [0, 1, 2]
    town.wait(hours=3)
    assert town.act("bank", calls.anchor(ROOT, 1)).block_time == town.moment
    town.moment = times[0]
    town.chain.advance()
    assert town.chain.head()[2] > times[2]


def test_empty_blocks_bury_a_transaction(town, bank):
    mined = town.act("bank", calls.anchor(ROOT, 1))
    assert mined.depth == 0
    town.chain.advance()
    town.chain.advance()
    assert town.chain.mined(mined.transaction).depth == town.chain.finality_depth == 2


def test_known_bytes_sent_again_do_nothing(town, bank):
    raw, _ = town.sign("bank", calls.anchor(ROOT, 1))
    town.chain.send(raw)
    head = town.chain.head()
    town.chain.send(raw)
    assert town.chain.head() == head


def test_a_nonce_is_used_once_and_in_order(town, bank):
    first = town.chain.build(bank, calls.anchor(ROOT, 1), nonce=0)
    other = town.chain.build(bank, calls.anchor(ROOT, 2), nonce=0)
    later = town.chain.build(bank, calls.anchor(ROOT, 3), nonce=2)
    town.chain.send(town.keys.sign_transaction("bank", first)[0])
    for transaction, reason in ((other, "NonceUsed"), (later, "NonceGap")):
        with pytest.raises(ChainRefused) as refused:
            town.chain.send(town.keys.sign_transaction("bank", transaction)[0])
        assert refused.value.reason == reason


@pytest.mark.parametrize(
    "change",
    [
        {"chainId": 1},
        {"gas": 20_000},
        {"gas": 2**40},
    ],
)
def test_a_transaction_for_another_chain_or_out_of_bounds_is_refused(town, bank, change):
    transaction = {**town.chain.build(bank, calls.anchor(ROOT, 1), nonce=0), **change}
    head = town.chain.head()
    with pytest.raises(ChainRefused) as refused:
        town.chain.send(town.keys.sign_transaction("bank", transaction)[0])
    assert refused.value.reason == "UnreadableTransaction"
    assert town.chain.head() == head
    town.act("bank", calls.anchor(ROOT, 1))


@pytest.mark.parametrize("raw", [b"", b"\x02", b"\x02\xc0", b"\xc0", b"\x7f" * 40, b"\xff" * 200])
def test_bytes_that_are_no_transaction_are_refused(town, raw):
    with pytest.raises(ChainRefused) as refused:
        town.chain.send(raw)
    assert refused.value.reason == "UnreadableTransaction"


def test_a_transaction_that_pays_without_funds_is_refused(town, bank):
    transaction = {**town.chain.build(bank, calls.anchor(ROOT, 1), nonce=0), "maxFeePerGas": 1}
    transaction["maxPriorityFeePerGas"] = 1
    with pytest.raises(ChainRefused) as refused:
        town.chain.send(town.keys.sign_transaction("bank", transaction)[0])
    assert refused.value.reason == "InsufficientFunds"
    town.act("bank", calls.anchor(ROOT, 1))


def test_nobody_needs_money_here(town, bank):
    transaction = town.chain.build(bank, calls.anchor(ROOT, 1), nonce=0)
    assert (transaction["type"], transaction["maxFeePerGas"], transaction["value"]) == (2, 0, 0)
    assert 21_000 < transaction["gas"] < 100_000


def test_unknown_transactions_are_nowhere(town):
    nowhere = "0x" + "77" * 32
    assert town.chain.mined(nowhere) is None
    with pytest.raises(ChainUnavailable):
        town.chain.evidence(nowhere)


def test_many_threads_may_use_the_chain_at_once(town, bank):
    found, faults = [], []

    def look():
        try:
            found.extend(reads.bank_admission(town.chain, bank).admitted for _ in range(10))
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for number in range(10):
        town.act("bank", calls.anchor(digest(str(number)), 1))
    for thread in threads:
        thread.join()
    assert not faults
    assert found == [True] * 60


def test_every_block_proves_its_receipt(town, bank):
    mined = town.act("bank", calls.anchor(ROOT, 7))
    proven = check_evidence(*town.chain.evidence(mined.transaction))
    assert (proven.block_hash, proven.number, proven.time) == (
        mined.block_hash,
        mined.block_number,
        mined.block_time,
    )
    (event,) = proven.anchored
    assert (event.contract, event.bank, event.root, event.size) == (
        town.chain.contracts["anchors"],
        bank,
        ROOT,
        7,
    )


def test_a_contract_stands_where_its_creator_and_nonce_say(town):
    assert town.chain.contracts["issuers"] == created_address(town.account("steward"), 0)


def test_the_package_loads_the_machine_only_when_it_is_used(tmp_path, artifacts_folder):
    """Opening must stay fast: most commands never touch the chain."""
    program = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path\n"
        "from creditbank.adapters.chain import ChainSettings, open_chain\n"
        "chain = open_chain(ChainSettings('embedded', path=Path(sys.argv[1])), own=True,"
        " clock=lambda: datetime(2026, 1, 1, tzinfo=UTC), artifacts=Path(sys.argv[2]))\n"
        "print(dict(chain.contracts), sorted({'web3', 'eth', 'trie', 'eth_tester', 'eth_abi'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "chain.db"), str(artifacts_folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "{} []"

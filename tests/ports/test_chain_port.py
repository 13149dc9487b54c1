"""One suite for every chain: what services rely on holds on the embedded chain and behind a JSON-RPC node alike."""

import hashlib
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from eth_account import Account

from creditbank.adapters.chain import (
    EMBEDDED_CHAIN_ID,
    EmbeddedChain,
    FeeAboveCap,
    RpcChain,
    WrongChain,
    WrongContracts,
    deploy,
)
from creditbank.adapters.chain.answering import answering_beside, listen
from creditbank.adapters.chain.exposing import ExposedChain
from creditbank.adapters.chain.receipts import block_header, encode_receipt, prove_receipt
from creditbank.anchoring import BlockPlace, ChainPlace
from creditbank.anchoring.evidence import BrokenEvidence, check_evidence
from creditbank.services import calls, reads
from creditbank.services.ports import Call, Chain, ChainRefused, ChainUnavailable
from creditbank.verification.chain_state import Asked, AskedAnchor, StateProof

ROOTS = Path(__file__).parents[2]
ARTIFACTS = ROOTS / "contracts" / "artifacts"
ANVIL_CHAIN = 31337
PEOPLE = ("steward", "agency", "bank", "north", "south", "provider", "someone")


def digest(text):
    return hashlib.sha256(text.encode()).digest()


ROOT = digest("root")


class Keyring:
    """Keys derived from names, signing as the vault does."""

    def chain_account(self, owner):
        return self._key(owner).address

    def sign_transaction(self, owner, transaction):
        signed = self._key(owner).sign_transaction(dict(transaction))
        return bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex()

    @staticmethod
    def _key(owner):
        return Account.from_key(digest(owner))


class Harness:
    """A chain with contracts, a registrar and a bank on it, and people who act."""

    def __init__(self, chain, control=None, *, ready=False):
        self.chain, self.control, self.keys = chain, control, Keyring()
        if not ready:
            self.found()

    def found(self):
        chain = self.chain
        deploy(chain, self.keys, "steward", ARTIFACTS, pause=time.sleep)
        self.act("steward", calls.appoint_registrar(self.account("agency")))
        self.act("agency", calls.admit_bank(self.account("bank"), digest("did:example:bank")))

    def account(self, name):
        return self.keys.chain_account(name)

    def sign(self, name, call, **change):
        account = self.account(name)
        transaction = self.chain.build(account, call, nonce=self.chain.nonce(account))
        return self.keys.sign_transaction(name, {**transaction, **change})

    def act(self, name, call):
        raw, transaction = self.sign(name, call)
        self.chain.send(raw)
        return self.settled(transaction)

    def settled(self, transaction):
        for _ in range(100):
            mined = self.chain.mined(transaction)
            if mined is not None:
                return mined
            time.sleep(0.05)
        raise AssertionError("no block took the transaction")

    def bury(self):
        """One more block on top, made by the chain itself or by its operator."""
        self.chain.advance()
        if self.control:
            self.control("evm_mine")


def find_anvil():
    shelves = [os.environ.get("CREDITBANK_NODE_MODULES"), ROOTS / "tests" / "interop" / "node_modules"]
    for shelf in filter(None, shelves):
        for binary in sorted(Path(shelf).glob("@foundry-rs/anvil-*/bin/anvil*")):
            return binary
    sentence = "anvil is missing: run `npm ci` in tests/interop, or set CREDITBANK_NODE_MODULES"
    if os.environ.get("CREDITBANK_REQUIRE") == "1":
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def anvil():
    """A node on this machine; gives its address and a function for its operator's methods."""
    binary = find_anvil()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [str(binary), "--port", str(port), "--chain-id", str(ANVIL_CHAIN), "--silent", "--accounts", "1"]

    def control(method, *parameters):
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        answer = requests.post(url, json=body, timeout=10).json()
        assert "error" not in answer, answer
        return answer["result"]

    with subprocess.Popen(command) as node:
        try:
            for _ in range(100):
                try:
                    control("eth_chainId")
                    break
                except requests.ConnectionError:
                    time.sleep(0.1)
            for name in PEOPLE:
                control("anvil_setBalance", Keyring().chain_account(name), hex(10**21))
            yield url, control
        finally:
            node.terminate()


def open_rpc(url, **change):
    options = {"chain_id": ANVIL_CHAIN, "name": "anvil", "test": True, "finality_depth": 2, "artifacts": ARTIFACTS}
    return RpcChain.open(url, **{**options, **change})


@contextmanager
def exposed(path):
    """The embedded chain in the file `path` behind its own JSON-RPC: its address, and how its owner makes a block."""
    with EmbeddedChain.open(path, own=True, clock=lambda: datetime.now(UTC), artifacts=ARTIFACTS) as owner:
        owner.head()
        shown = ExposedChain.open(path, clock=lambda: datetime.now(UTC), finality_depth=2, send=owner.send)
        with answering_beside(shown, listen("127.0.0.1", 0)) as url:
            yield url, lambda _: owner.advance()
        shown.close()


@pytest.fixture(scope="session")
def founded(tmp_path_factory):
    """The file of an embedded chain whose contracts were deployed over its own JSON-RPC, made once and copied."""
    path = tmp_path_factory.mktemp("chain") / "chain.db"
    with exposed(path) as (url, control), open_exposed(url) as chain:
        Harness(chain, control)
        contracts = dict(chain.contracts)
    with EmbeddedChain.open(path, own=True, clock=lambda: datetime.now(UTC), artifacts=ARTIFACTS) as owner:
        owner.install(contracts)
    return path


def open_exposed(url, **change):
    return open_rpc(url, **{"chain_id": EMBEDDED_CHAIN_ID, "name": "exposed", **change})


@pytest.fixture(params=["embedded", "exposed", pytest.param("anvil", marks=pytest.mark.anvil)])
def harness(request, tmp_path):
    path = tmp_path / "chain.db"
    if request.param != "anvil":
        shutil.copyfile(request.getfixturevalue("founded"), path)
    if request.param == "exposed":
        with exposed(path) as (url, control):
            with EmbeddedChain.open(path, own=False, clock=lambda: datetime.now(UTC), artifacts=ARTIFACTS) as looked_at:
                contracts = dict(looked_at.contracts)
            with open_exposed(url, contracts=contracts) as chain:
                yield Harness(chain, control, ready=True)
    elif request.param == "embedded":
        with EmbeddedChain.open(path, own=True, clock=lambda: datetime.now(UTC), artifacts=ARTIFACTS) as chain:
            yield Harness(chain, ready=True)
    else:
        url, control = request.getfixturevalue("anvil")
        with open_rpc(url) as chain:
            yield Harness(chain, control)


@pytest.fixture
def node(anvil):
    """A chain behind the node, for what only a node can do wrong."""
    url, control = anvil
    with open_rpc(url) as chain:
        yield Harness(chain, control)


def test_a_deployed_chain_is_ready_and_names_itself(harness):
    chain: Chain = harness.chain
    assert chain.ready()
    assert set(chain.contracts) == {"issuers", "anchors", "redemptions"}
    assert chain.chain_id > 0
    assert chain.name
    assert chain.test_chain is True
    assert chain.finality_depth == 2


def test_deploying_again_changes_nothing(harness):
    assert deploy(harness.chain, harness.keys, "steward", ARTIFACTS) == dict(harness.chain.contracts)


def test_a_transaction_is_found_where_it_was_mined(harness):
    mined = harness.act("bank", calls.anchor(ROOT, 7))
    number, block_hash, block_time = harness.chain.head()
    assert (mined.block_number, mined.block_hash, mined.block_time) == (number, block_hash, block_time)
    assert mined.succeeded
    assert mined.depth == 0
    harness.bury()
    harness.bury()
    assert harness.chain.mined(mined.transaction).depth == 2


def test_block_times_rise_and_are_of_this_world(harness):
    times = [harness.act("bank", calls.anchor(digest(str(number)), 1)).block_time for number in range(3)]
    assert times == sorted(set(times)) or harness.control
    assert times[0] == times[0].astimezone(UTC)
    assert abs((times[0] - datetime.now(UTC)).total_seconds()) < 600


def test_the_contract_state_is_read_typed(harness):
    bank = harness.account("bank")
    assert reads.anchored_at(harness.chain, bank, ROOT, 7) is None
    mined = harness.act("bank", calls.anchor(ROOT, 7))
    found = reads.anchored_at(harness.chain, bank, ROOT, 7)
    assert (found.time, found.block_number) == (mined.block_time, mined.block_number)
    admission = reads.bank_admission(harness.chain, bank)
    assert (admission.registrar, admission.identity) == (harness.account("agency"), digest("did:example:bank"))
    assert reads.owner(harness.chain) == harness.account("steward")


def test_a_refusal_names_the_contracts_error(harness):
    with pytest.raises(ChainRefused, match="is not admitted now") as refused:
        harness.act("someone", calls.anchor(ROOT, 7))
    assert refused.value.reason == "NotAdmitted"
    with pytest.raises(ChainRefused) as refused:
        harness.act("bank", calls.anchor(bytes(32), 7))
    assert refused.value.reason == "EmptyTree"
    with pytest.raises(ChainRefused) as refused:
        harness.chain.read(calls.anchor(ROOT, 7))
    assert refused.value.reason == "NotAdmitted"


def test_a_transaction_that_reverts_in_its_block_did_not_succeed(harness):
    account = harness.account("someone")
    built = harness.chain.build(harness.account("bank"), calls.anchor(ROOT, 7), nonce=harness.chain.nonce(account))
    raw, transaction = harness.keys.sign_transaction("someone", built)
    harness.chain.send(raw)
    assert not harness.settled(transaction).succeeded
    with pytest.raises(BrokenEvidence, match="did not succeed"):
        check_evidence(*harness.chain.evidence(transaction))


def test_sending_known_bytes_again_is_no_error(harness):
    raw, transaction = harness.sign("bank", calls.anchor(ROOT, 7))
    harness.chain.send(raw)
    first = harness.settled(transaction)
    harness.chain.send(raw)
    again = harness.settled(transaction)
    assert (again.block_hash, again.succeeded) == (first.block_hash, True)


def test_a_nonce_is_used_once(harness):
    taken, _ = harness.sign("bank", calls.anchor(ROOT, 7))
    other, _ = harness.sign("bank", calls.anchor(ROOT, 8))
    harness.chain.send(taken)
    with pytest.raises(ChainRefused) as refused:
        harness.chain.send(other)
    assert refused.value.reason == "NonceUsed"


def test_nonces_count_mined_transactions(harness):
    before = harness.chain.nonce(harness.account("bank"))
    harness.act("bank", calls.anchor(ROOT, 7))
    assert harness.chain.nonce(harness.account("bank")) == before + 1
    assert harness.chain.nonce("0x" + "00" * 19 + "99") == 0


@pytest.mark.parametrize("raw", [b"", b"\x02\xc0", b"\xff" * 40])
def test_bytes_that_are_no_transaction_are_refused(harness, raw):
    with pytest.raises(ChainRefused) as refused:
        harness.chain.send(raw)
    assert refused.value.reason == "UnreadableTransaction"


def test_unknown_transactions_are_nowhere(harness):
    nowhere = "0x" + "77" * 32
    assert harness.chain.mined(nowhere) is None
    with pytest.raises(ChainUnavailable):
        harness.chain.evidence(nowhere)


def test_evidence_proves_the_anchor_under_the_blocks_hash(harness):
    mined = harness.act("bank", calls.anchor(ROOT, 7))
    header, proof, key = harness.chain.evidence(mined.transaction)
    proven = check_evidence(header, proof, key)
    assert (proven.block_hash, proven.number, proven.time) == (
        mined.block_hash,
        mined.block_number,
        mined.block_time,
    )
    (event,) = proven.anchored
    assert event.contract == harness.chain.contracts["anchors"]
    assert (event.bank, event.root, event.size) == (harness.account("bank"), ROOT, 7)
    with pytest.raises(BrokenEvidence):
        check_evidence(header, [proof[0][:-1] + bytes([proof[0][-1] ^ 1]), *proof[1:]], key)


def test_the_state_of_contracts_is_proven_under_a_blocks_hash(harness):
    mined = harness.act("bank", calls.anchor(ROOT, 7))
    for _ in range(harness.chain.finality_depth):
        harness.bury()
    asked = Asked(
        ChainPlace(harness.chain.chain_id, harness.chain.name, True),
        *(harness.chain.contracts[name] for name in ("issuers", "anchors", "redemptions")),
        anchors=(AskedAnchor(harness.account("bank"), ROOT, 7), AskedAnchor(harness.account("bank"), ROOT, 8)),
    )
    somewhere = BlockPlace(0, "0x" + "00" * 32, datetime(2026, 1, 1, tzinfo=UTC))
    header, nodes = harness.chain.witness(lambda slots: asked.facts(slots, somewhere, "seen"))
    block, proven = StateProof(asked, header, nodes).read()
    assert mined.block_number <= block.number <= harness.chain.head()[0]
    there, nowhere = proven.chains[0].anchored
    assert (there.block, there.time) == (mined.block_number, mined.block_time)
    assert nowhere.time is None
    assert proven.banks == (harness.account("bank"),)
    with pytest.raises(BrokenEvidence):
        StateProof(asked, header, nodes[:-1]).read()


def test_credits_are_spent_once_between_two_awarders(harness):
    """Threat 35, across bodies that do not know each other."""
    lot, award = digest("lot"), digest("award")
    for name in ("north", "south"):
        harness.act("agency", calls.admit_awarder(harness.account(name), digest(name)))
    harness.act("north", calls.spend(lot, 4000, 6000, award))
    with pytest.raises(ChainRefused) as refused:
        harness.act("south", calls.spend(lot, 4000, 6000, award))
    assert refused.value.reason == "SpentBeyondTotal"
    assert reads.lot_use(harness.chain, lot).spent.thousandths == 4000


def test_an_issuer_is_set_up_from_admission_to_revocation(harness):
    issuer, key = digest("did:example:provider"), digest("key")
    provider, bank = harness.account("provider"), harness.account("bank")
    harness.act("agency", calls.admit_issuer(issuer, provider, digest("scope"), digest("document")))
    harness.act("provider", calls.add_key(issuer, key))
    harness.act("provider", calls.name_bank(issuer, bank))
    assert reads.issuer_state(harness.chain, issuer).admitted
    assert list(reads.issuer_banks(harness.chain, issuer)) == [bank]
    harness.bury()
    revoked = harness.act("provider", calls.revoke_key(issuer, key)).block_time
    state = reads.key_state(harness.chain, issuer, key)
    assert state.revoked == revoked
    assert not state.good(revoked)


# --- what only a node can do


@pytest.mark.anvil
def test_evidence_leads_to_one_receipt_among_many_in_a_block(node):
    """Twenty transactions in one block, of which each proves its own anchor."""
    node.control("evm_setAutomine", False)
    try:
        account = node.account("bank")
        first, sent = node.chain.nonce(account), []
        for number in range(20):
            built = node.chain.build(account, calls.anchor(digest(f"many {number}"), number + 1), nonce=first + number)
            raw, transaction = node.keys.sign_transaction("bank", {**built, "gas": 120_000})
            node.chain.send(raw)
            node.chain.send(raw)
            sent.append(transaction)
        assert node.chain.mined(sent[0]) is None
        node.control("evm_mine")
    finally:
        node.control("evm_setAutomine", True)
    blocks = {node.settled(transaction).block_hash for transaction in sent}
    assert len(blocks) == 1
    for number, transaction in enumerate(sent):
        proven = check_evidence(*node.chain.evidence(transaction))
        assert proven.block_hash in blocks
        assert [event.size for event in proven.anchored] == [number + 1]


@pytest.mark.anvil
def test_a_transaction_in_an_orphaned_block_is_not_mined(node):
    """Threat 22: state moves back on a reorganisation."""
    mined = node.act("bank", calls.anchor(ROOT, 7))
    node.bury()
    node.control("anvil_reorg", 2, [])
    after = node.chain.mined(mined.transaction)
    assert after is None or after.block_hash != mined.block_hash
    assert reads.anchored_at(node.chain, node.account("bank"), ROOT, 7) is None


@pytest.mark.anvil
def test_another_chain_and_other_code_are_noticed_when_opening(anvil, node):
    """Threat 24."""
    url, _ = anvil
    with pytest.raises(WrongChain, match="31337"):
        open_rpc(url, chain_id=1)
    swapped = {**node.chain.contracts, "anchors": node.chain.contracts["redemptions"]}
    with pytest.raises(WrongContracts):
        open_rpc(url, contracts=swapped)
    with pytest.raises(WrongContracts):
        open_rpc(url, contracts={**node.chain.contracts, "issuers": node.account("someone")})
    with open_rpc(url, contracts={name: value.lower() for name, value in node.chain.contracts.items()}) as chain:
        assert chain.ready()
        assert dict(chain.contracts) == dict(node.chain.contracts)


@pytest.mark.anvil
def test_other_code_is_noticed_before_a_send(node):
    """Threat 24: a node that changes its mind between two requests gets nothing to broadcast."""
    raw, transaction = node.sign("bank", calls.anchor(ROOT, 7))
    address = node.chain.contracts["anchors"]
    code = node.control("eth_getCode", address, "latest")
    node.control("anvil_setCode", address, code[:-2] + "00")
    with pytest.raises(WrongContracts):
        node.chain.send(raw)
    assert not node.chain.ready()
    node.control("anvil_setCode", address, code)
    node.chain.send(raw)
    assert node.settled(transaction).succeeded


@pytest.mark.anvil
def test_an_account_without_money_is_told_so(node):
    built = node.chain.build(node.account("bank"), calls.anchor(ROOT, 7), nonce=0)
    raw, _ = node.keys.sign_transaction("pauper", built)
    with pytest.raises(ChainRefused) as refused:
        node.chain.send(raw)
    assert refused.value.reason == "InsufficientFunds"


@pytest.mark.anvil
def test_a_fee_above_the_cap_waits(anvil, node):
    """Threat 26."""
    url, control = anvil
    with open_rpc(url, contracts=node.chain.contracts, fee_cap=10**9 * 100) as chain:
        account = node.account("bank")
        assert chain.build(account, calls.anchor(ROOT, 7), nonce=0)["maxFeePerGas"] <= 10**11
        control("anvil_setNextBlockBaseFeePerGas", hex(10**12))
        control("evm_mine")
        try:
            with pytest.raises(FeeAboveCap):
                chain.build(account, calls.anchor(ROOT, 7), nonce=0)
        finally:
            control("anvil_setNextBlockBaseFeePerGas", hex(10**9))
            control("evm_mine")


@pytest.mark.anvil
def test_a_nodes_block_and_receipts_are_believed_only_as_far_as_they_hash(node):
    """Threat 24: a lie about a header or a receipt is refused, whatever field it is in."""
    mined = node.act("bank", calls.anchor(ROOT, 7))
    block = node.control("eth_getBlockByHash", mined.block_hash, False)
    receipts = node.control("eth_getBlockReceipts", mined.block_hash)
    header = block_header(block, mined.block_hash)
    assert prove_receipt(header, receipts, 0) == node.chain.evidence(mined.transaction)
    for field in ("parentHash", "stateRoot", "timestamp", "number", "receiptsRoot", "baseFeePerGas", "requestsHash"):
        with pytest.raises(ChainUnavailable):
            block_header({**block, field: "0x" + "01" * 32}, mined.block_hash)
        with pytest.raises(ChainUnavailable):
            block_header({**block, field: None}, mined.block_hash)
    for lie in (
        [],
        [None],
        [*receipts, *receipts],
        [{**receipts[0], "status": "0x0"}],
        [{**receipts[0], "cumulativeGasUsed": "0x1"}],
        [{**receipts[0], "type": "0x0"}],
        [{**receipts[0], "logs": []}],
        [{**receipts[0], "logs": [{**receipts[0]["logs"][0], "data": "0x" + "00" * 32}]}],
    ):
        with pytest.raises(ChainUnavailable):
            prove_receipt(header, lie, 0)
    assert encode_receipt(receipts[0])[0] == 2


@pytest.mark.anvil
def test_a_node_without_block_receipts_is_asked_for_each(node, monkeypatch):
    from creditbank.adapters.chain import rpc

    mined = node.act("bank", calls.anchor(ROOT, 7))
    whole = node.chain.evidence(mined.transaction)
    ask = rpc.Node.ask

    def poorer(self, method, *parameters):
        if method == "eth_getBlockReceipts":
            raise rpc.NodeError("the method does not exist", b"")
        return ask(self, method, *parameters)

    monkeypatch.setattr(rpc.Node, "ask", poorer)
    assert node.chain.evidence(mined.transaction) == whole


def test_a_call_to_a_contract_that_is_not_deployed_is_no_answer(tmp_path):
    with (
        EmbeddedChain.open(
            tmp_path / "chain.db", own=True, clock=lambda: datetime.now(UTC), artifacts=ARTIFACTS
        ) as chain,
        pytest.raises(ChainUnavailable),
    ):
        chain.read(Call("anchors", "statusOf", ("0x" + "11" * 20,)))

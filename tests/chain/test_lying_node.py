"""Whatever a node answers, the chain is at worst unavailable and never wrong (threats 24 and 25)."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from faulty_rpc import ENDLESS, never_ending

from creditbank.adapters.chain import RpcChain, WrongChain, load_artifacts, rpc
from creditbank.adapters.chain.receipts import encode_receipt
from creditbank.services import calls
from creditbank.services.ports import ChainRefused, ChainUnavailable

CONTRACTS = {"issuers": "0x" + "11" * 20, "anchors": "0x" + "22" * 20, "redemptions": "0x" + "33" * 20}
HASH, OTHER_HASH = "0x" + "aa" * 32, "0x" + "bb" * 32
BLOCK = {"number": "0x5", "hash": HASH, "timestamp": "0x65000000", "baseFeePerGas": "0x7"}
RECEIPT = {
    "transactionHash": OTHER_HASH,
    "blockHash": HASH,
    "blockNumber": "0x5",
    "transactionIndex": "0x0",
    "status": "0x1",
}


class FakeNode(HTTPServer):
    """Answers each method as told: a value, an exception to answer with, or raw bytes."""

    def __init__(self, artifacts):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.asked, self.exchanges, self.batch = [], 0, None
        registry = bytes.fromhex("11" * 20)
        code = {
            CONTRACTS[name]: "0x" + artifact.code_at(registry).hex()
            for name, artifact in load_artifacts(artifacts).items()
        }
        self.answers = {
            "eth_chainId": "0x1092",
            "eth_getCode": lambda address, _: code[address.lower()],
            "eth_blockNumber": "0x6",
            "eth_getBlockByNumber": BLOCK,
            "eth_getBlockByHash": BLOCK,
            "eth_getTransactionReceipt": RECEIPT,
            "eth_getTransactionByHash": None,
            "eth_getTransactionCount": "0x0",
            "eth_estimateGas": "0xc350",
            "eth_getBalance": hex(10**18),
            "eth_maxPriorityFeePerGas": "0x1",
            "eth_sendRawTransaction": OTHER_HASH,
        }


class Handler(BaseHTTPRequestHandler):
    server: FakeNode

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.exchanges += 1
        if isinstance(asked, dict):
            self.told(*self.answered(asked))
            return
        if isinstance(self.server.batch, Raw):
            self.told(self.server.batch.status, {}, self.server.batch.body)
            return
        told = [self.answered(question) for question in asked]
        for status, headers, body in told:
            if status != 200 or headers or not body.startswith(b"{"):  # what is no JSON-RPC spoils all
                self.told(status, headers, body)
                return
        change = self.server.batch or list
        self.told(200, {}, json.dumps(change([json.loads(body) for _, _, body in told])).encode())

    def answered(self, question):
        self.server.asked.append(question["method"])
        answer = self.server.answers.get(question["method"], Trouble({"code": -32601, "message": "not found"}))
        if callable(answer):
            answer = answer(*question["params"])
        status, headers, body = 200, {}, None
        if isinstance(answer, Raw):
            status, headers, body = answer.status, answer.headers, answer.body
        elif isinstance(answer, Trouble):
            body = json.dumps({"jsonrpc": "2.0", "id": question["id"], "error": answer.error}).encode()
        else:
            body = json.dumps({"jsonrpc": "2.0", "id": question["id"], "result": answer}).encode()
        return status, headers, body

    def told(self, status, headers, body):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Trouble:
    def __init__(self, error):
        self.error = error


class Raw:
    def __init__(self, body=b"", status=200, headers=None):
        self.body, self.status, self.headers = body, status, headers or {}


@pytest.fixture
def fake(artifacts_folder):
    with FakeNode(artifacts_folder) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def chain(fake, artifacts_folder):
    with RpcChain.open(
        fake.url, chain_id=4242, name="fake", contracts=CONTRACTS, artifacts=artifacts_folder, finality_depth=2
    ) as chain:
        yield chain


def test_an_honest_node_is_ready(chain, fake):
    assert chain.ready()
    assert chain.head()[0] == 5
    mined = chain.mined(OTHER_HASH)
    assert (mined.block_hash, mined.depth, mined.succeeded) == (HASH, 1, True)


NONSENSE = [
    Raw(b"<html>Bad gateway</html>"),
    Raw(b""),
    Raw(b"[]"),
    Raw(b"null"),
    Raw(b'{"jsonrpc":"2.0","id":"someone else","result":"0x1092"}'),
    Raw(b'{"jsonrpc":"2.0","result":"0x1092"}'),
    Raw(b"slow down", status=429),
    Raw(b"broken", status=503),
    Raw(b"", status=307, headers={"Location": "http://169.254.169.254/latest"}),
    Trouble({"code": -32000, "message": "header not found"}),
    Trouble("no"),
    None,
    {},
    17,
    "seventeen",
    "0x",
]


@pytest.mark.parametrize("nonsense", NONSENSE)
@pytest.mark.parametrize("method", ["eth_chainId", "eth_blockNumber", "eth_getBlockByNumber", "eth_getCode"])
def test_nonsense_is_no_answer(chain, fake, method, nonsense):
    fake.answers[method] = nonsense
    with pytest.raises(ChainUnavailable):
        {
            "eth_chainId": chain.check,
            "eth_blockNumber": lambda: chain.mined(OTHER_HASH),
            "eth_getBlockByNumber": chain.head,
            "eth_getCode": chain.check,
        }[method]()


def test_the_chain_and_all_its_contracts_are_looked_at_in_one_exchange(chain, fake):
    fake.exchanges, fake.batch = 0, reversed_
    chain.check()
    assert fake.exchanges == 1
    assert fake.asked[-4:] == ["eth_chainId", *["eth_getCode"] * 3]


def reversed_(told):
    return told[::-1]


@pytest.mark.parametrize(
    "batch",
    [
        Raw(b"no", status=400),
        Raw(b"no", status=403),
        Raw(b"no", status=413),
        Raw(b"no", status=429),
        Raw(b"more than three are not allowed", status=500),
        Raw(b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"batch limit exceeded"}}'),
        Raw(b'[{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"too many in the batch"}}]'),
        lambda told: [{"jsonrpc": "2.0", "id": one["id"], "error": {"code": -32600, "message": "no"}} for one in told],
    ],
)
def test_a_node_that_takes_no_batches_is_asked_one_by_one(chain, fake, batch):
    fake.exchanges, fake.batch = 0, batch
    for _ in range(2):
        chain.check()
    assert fake.exchanges == 2 + 2 * 4
    fake.answers["eth_chainId"] = "0x1"
    with pytest.raises(WrongChain):
        chain.check()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_node_that_answers_nothing_for_a_while_is_sent_batches_afterwards(chain, fake, status):
    fake.batch = fake.answers["eth_chainId"] = Raw(b"later", status=status)
    with pytest.raises(ChainUnavailable):
        chain.check()
    fake.batch, fake.answers["eth_chainId"], fake.exchanges = None, "0x1092", 0
    chain.check()
    assert fake.exchanges == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told[1:],
        lambda told: [*told, told[0]],
        lambda told: [*told[1:], told[1]],
        lambda told: [{**one, "id": one["id"] + 1} for one in told],
        lambda told: [{**one, "id": [one["id"]]} for one in told],
        lambda told: [[one] for one in told],
        lambda told: {"jsonrpc": "2.0", "result": told},
        lambda told: None,
    ],
)
def test_what_is_no_answer_to_each_question_of_a_batch_is_none_to_any(chain, fake, change):
    """Threat 25: answers of somebody else, too few, or twice the same."""
    fake.batch = change
    for look in (chain.check, lambda: chain.mined(OTHER_HASH)):
        with pytest.raises(ChainUnavailable):
            look()
    assert not chain.ready()


def test_a_node_that_is_gone_is_unavailable(chain, artifacts_folder):
    with pytest.raises(ChainUnavailable):
        RpcChain.open("http://127.0.0.1:9", chain_id=1, name="gone", artifacts=artifacts_folder)


@pytest.mark.parametrize("kind", sorted(ENDLESS))
def test_an_answer_that_goes_on_for_ever_is_no_answer(artifacts_folder, monkeypatch, kind):
    """Threat 25: one byte now and one then, in the headers or behind them, kept whoever asked for days."""
    monkeypatch.setattr(rpc, "WHOLE", 0.3)
    with never_ending(*ENDLESS[kind]) as url, pytest.raises(ChainUnavailable):
        RpcChain.open(url, chain_id=4242, name="dripping", artifacts=artifacts_folder)


def test_a_node_that_changes_chains_gets_nothing_to_broadcast(chain, fake):
    fake.answers["eth_chainId"] = "0x1"
    with pytest.raises(WrongChain):
        chain.send(b"raw")
    assert "eth_sendRawTransaction" not in fake.asked
    assert not chain.ready()


def test_a_receipt_of_a_block_that_is_not_canonical_is_none(chain, fake):
    fake.answers["eth_getBlockByNumber"] = {**BLOCK, "hash": OTHER_HASH}
    assert chain.mined(OTHER_HASH) is None
    fake.answers["eth_getBlockByNumber"] = None
    assert chain.mined(OTHER_HASH) is None


def test_a_pending_receipt_is_none(chain, fake):
    fake.answers["eth_getTransactionReceipt"] = {**RECEIPT, "blockHash": None, "blockNumber": None}
    assert chain.mined(OTHER_HASH) is None


def test_the_receipt_of_another_transaction_is_refused(chain, fake):
    fake.answers["eth_getTransactionReceipt"] = {**RECEIPT, "transactionHash": HASH}
    with pytest.raises(ChainUnavailable, match="another transaction"):
        chain.mined(OTHER_HASH)


@pytest.mark.parametrize("field", ["blockNumber", "blockHash", "status"])
def test_a_receipt_with_a_gap_is_refused(chain, fake, field):
    fake.answers["eth_getTransactionReceipt"] = {**RECEIPT, field: "0xzz"}
    with pytest.raises(ChainUnavailable):
        chain.mined(OTHER_HASH)


def test_evidence_that_does_not_hash_is_refused(chain, fake):
    with pytest.raises(ChainUnavailable):
        chain.evidence(OTHER_HASH)
    fake.answers["eth_getBlockByHash"] = None
    with pytest.raises(ChainUnavailable):
        chain.evidence(OTHER_HASH)


@pytest.mark.parametrize("message", ["already known", "ALREADY_EXISTS: already exists", "known transaction: 0x12"])
def test_a_node_that_knows_the_bytes_is_content(chain, fake, message):
    fake.answers["eth_sendRawTransaction"] = Trouble({"code": -32000, "message": message})
    chain.send(b"raw")
    assert fake.asked.count("eth_sendRawTransaction") == 1


def test_a_used_nonce_is_no_error_when_these_bytes_used_it(chain, fake):
    """Threat 23: an answer that was lost, then asked for again."""
    fake.answers["eth_sendRawTransaction"] = Trouble({"code": -32000, "message": "nonce too low"})
    with pytest.raises(ChainRefused) as refused:
        chain.send(b"raw")
    assert refused.value.reason == "NonceUsed"
    fake.answers["eth_getTransactionByHash"] = {"hash": OTHER_HASH}
    chain.send(b"raw")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("replacement transaction underpriced", "NonceUsed"),
        ("nonce too high", "NonceGap"),
        ("insufficient funds for gas * price + value", "InsufficientFunds"),
        ("rlp: expected List", "UnreadableTransaction"),
        ("transaction underpriced", "Underpriced"),
        ("max fee per gas less than block base fee", "Underpriced"),
        ("the pool is full", None),
    ],
)
def test_a_broadcast_that_failed_says_why(chain, fake, message, expected):
    fake.answers["eth_sendRawTransaction"] = Trouble({"code": -32000, "message": message})
    if expected is None:
        with pytest.raises(ChainUnavailable):
            chain.send(b"raw")
        return
    with pytest.raises(ChainRefused) as refused:
        chain.send(b"raw")
    assert refused.value.reason == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"message": "execution reverted", "data": "0x" + "00" * 4}, "Reverted"),
        ({"message": "execution reverted"}, "Reverted"),
        ({"message": "execution reverted", "data": {"data": "0x4e487b71" + "00" * 32}}, "Panic"),
        ({"message": "gas required exceeds allowance"}, "OutOfGas"),
        ({"message": "insufficient funds for transfer"}, "InsufficientFunds"),
        ({"message": "revert", "data": "0xzz"}, "Reverted"),
    ],
)
def test_a_call_that_would_fail_says_why(chain, fake, error, expected):
    fake.answers["eth_estimateGas"] = Trouble(error)
    with pytest.raises(ChainRefused) as refused:
        chain.build(CONTRACTS["issuers"], calls.anchor(b"\x01" * 32, 1), nonce=0)
    assert refused.value.reason == expected


def test_an_account_that_cannot_pay_is_named_with_what_it_needs(chain, fake):
    fake.answers["eth_getBalance"] = "0x0"
    with pytest.raises(ChainRefused) as refused:
        chain.build(CONTRACTS["issuers"], calls.anchor(b"\x01" * 32, 1), nonce=0)
    assert refused.value.reason == "InsufficientFunds"
    assert CONTRACTS["issuers"] in refused.value.next_step


def test_a_node_that_cannot_try_a_call_is_unavailable(chain, fake):
    fake.answers["eth_estimateGas"] = Trouble({"message": "missing trie node"})
    with pytest.raises(ChainUnavailable):
        chain.build(CONTRACTS["issuers"], calls.anchor(b"\x01" * 32, 1), nonce=0)


@pytest.mark.parametrize("gas", ["0x0", "0x1", "0x5208", "0x1000001", "0x" + "f" * 64])
def test_an_estimate_that_no_transaction_can_have_is_no_answer(chain, fake, gas):
    """Threat 24: recorded with it, no node would take the bytes, and the account would wait behind them for ever."""
    fake.answers["eth_estimateGas"] = gas
    with pytest.raises(ChainUnavailable, match="which none can"):
        chain.build(CONTRACTS["issuers"], calls.anchor(b"\x01" * 32, 1), nonce=0)


def test_no_transaction_is_built_for_more_gas_than_one_may_have(chain, fake):
    fake.answers["eth_estimateGas"] = hex(rpc.MOST_GAS)
    assert chain.build(CONTRACTS["issuers"], calls.anchor(b"\x01" * 32, 1), nonce=0)["gas"] == rpc.MOST_GAS


@pytest.mark.parametrize("method", ["eth_getTransactionCount", "eth_blockNumber"])
def test_a_number_that_no_database_holds_is_no_answer(chain, fake, method):
    fake.answers[method] = hex(2**63)
    with pytest.raises(ChainUnavailable, match="nothing can have"):
        {
            "eth_getTransactionCount": lambda: chain.nonce(CONTRACTS["issuers"]),
            "eth_blockNumber": lambda: chain.mined(OTHER_HASH),
        }[method]()


LOG = {"address": "0x" + "22" * 20, "topics": [HASH], "data": "0x"}


@pytest.mark.parametrize(
    "logs",
    [7, None, "0x", {}, [7], ["0x"], [None], [{**LOG, "topics": 7}], [{**LOG, "topics": None}], [{"data": "0x"}]],
)
def test_logs_that_are_no_list_of_logs_are_no_answer(chain, logs):
    """They are hashed before they are believed, and what cannot be hashed broke off the worker's round."""
    receipt = {"status": "0x1", "cumulativeGasUsed": "0x1", "logsBloom": "0x" + "00" * 256}
    encode_receipt({**receipt, "logs": [LOG]})
    with pytest.raises(ChainUnavailable):
        encode_receipt({**receipt, "logs": logs})


def test_a_node_without_a_tip_method_gets_a_common_tip(chain, fake):
    fake.answers["eth_maxPriorityFeePerGas"] = Trouble({"message": "not found"})
    built = chain.build(CONTRACTS["issuers"], calls.anchor(b"\x01" * 32, 1), nonce=3)
    assert (built["maxPriorityFeePerGas"], built["maxFeePerGas"]) == (10**9, 10**9 + 14)
    assert (built["nonce"], built["gas"], built["chainId"]) == (3, 60_000, 4242)


def test_an_answer_of_a_contract_that_cannot_be_decoded_is_refused(chain, fake):
    fake.answers["eth_call"] = "0x01"
    with pytest.raises(ChainUnavailable):
        chain.read(calls.anchor(b"\x01" * 32, 1))

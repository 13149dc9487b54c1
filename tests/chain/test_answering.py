"""JSON-RPC of the embedded chain: what it answers, and to whom and to what it says no."""

import hashlib
import json
import socket
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from eth_hash.auto import keccak
from starlette.testclient import TestClient

from creditbank.adapters import impatient
from creditbank.adapters.chain import answering, exposing
from creditbank.adapters.chain.answering import Doorway, NotLoopback, answered, answering_beside, listen
from creditbank.adapters.chain.exposing import ExposedChain
from creditbank.adapters.chain.receipts import block_header, encode_receipt, prove_receipt
from creditbank.adapters.system import PortTaken, listening_at
from creditbank.anchoring.evidence import check_evidence
from creditbank.anchoring.state import nonce_in, open_state
from creditbank.services import calls
from creditbank.services.ports import Call


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


ROOT = digest("root")


class Asker:
    """Asks a chain as a program of somebody else's does: JSON in, JSON out."""

    def __init__(self, chain: ExposedChain) -> None:
        self.chain = chain

    def raw(self, body: Any) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = answered(content, self.chain)
        return json.loads(told) if told else None

    def __call__(self, method: str, *params: Any) -> Any:
        told = self.raw({"jsonrpc": "2.0", "id": 7, "method": method, "params": list(params)})
        assert told["jsonrpc"] == "2.0"
        assert told["id"] == 7
        assert "error" not in told, told
        return told["result"]

    def refused(self, method: str, *params: Any) -> int:
        told = self.raw({"jsonrpc": "2.0", "id": 7, "method": method, "params": list(params)})
        assert "result" not in told
        assert told["error"]["message"]
        return int(told["error"]["code"])


@pytest.fixture
def ask(town: Any) -> Any:
    shown = town.chain.shown()
    yield Asker(shown)
    shown.close()


def test_a_block_its_transactions_and_its_receipts_hash_to_what_the_header_says(
    town: Any, bank: str, ask: Asker
) -> None:
    mined = town.act("bank", calls.anchor(ROOT, 7))
    block = ask("eth_getBlockByNumber", "latest", False)
    assert block["transactions"] == [mined.transaction]
    header = block_header(block, mined.block_hash)
    assert ask("eth_getBlockByHash", mined.block_hash, False) == block
    (receipt,) = ask("eth_getBlockReceipts", mined.block_hash)
    assert receipt == ask("eth_getTransactionReceipt", mined.transaction)
    assert ask("eth_getBlockReceipts", hex(mined.block_number)) == [receipt]
    proven = check_evidence(*prove_receipt(header, [receipt], 0))
    assert [(one.bank, one.root, one.size) for one in proven.anchored] == [(bank, ROOT, 7)]
    assert (header, prove_receipt(header, [receipt], 0)[1]) == town.chain.evidence(mined.transaction)[:2]
    assert receipt["gasUsed"] == receipt["cumulativeGasUsed"] == block["gasUsed"]
    assert encode_receipt(receipt)


def test_a_transaction_is_shown_as_it_was_signed(town: Any, bank: str, ask: Asker) -> None:
    mined = town.act("bank", calls.anchor(ROOT, 7))
    shown = ask("eth_getTransactionByHash", mined.transaction)
    assert shown == ask("eth_getBlockByHash", mined.block_hash, True)["transactions"][0]
    assert (shown["from"], shown["to"]) == (bank, town.chain.contracts["anchors"])
    assert (shown["type"], shown["gasPrice"], shown["value"]) == ("0x2", "0x0", "0x0")
    assert (shown["blockNumber"], shown["transactionIndex"]) == (hex(mined.block_number), "0x0")
    assert ask("eth_getTransactionByHash", "0x" + "11" * 32) is None
    assert ask("eth_getTransactionReceipt", "0x" + "11" * 32) is None


def test_the_receipt_of_a_creation_names_the_contract(town: Any, ask: Asker) -> None:
    first = [ask("eth_getBlockByNumber", hex(number), True)["transactions"] for number in (1, 2, 3)]
    made = {ask("eth_getTransactionReceipt", one["hash"])["contractAddress"] for (one,) in first}
    assert made == set(town.chain.contracts.values())
    assert {one["to"] for (one,) in first} == {None}


def test_state_is_told_and_proven_as_of_any_block(town: Any, bank: str, ask: Asker) -> None:
    before = hex(town.chain.head()[0])
    mined = town.act("bank", calls.anchor(ROOT, 7))
    anchors, at = town.chain.contracts["anchors"], hex(mined.block_number)
    header = block_header(ask("eth_getBlockByNumber", at, False), mined.block_hash)
    met: list[int] = []
    town.chain.witness(lambda slots: [met.append(slot) or slots(anchors, slot) for slot in (0, 1, 2)])
    proof = ask("eth_getProof", anchors, [hex(slot) for slot in met], at)
    nodes = [*proof["accountProof"], *(node for one in proof["storageProof"] for node in one["proof"])]
    _, slots = open_state(header, [bytes.fromhex(node[2:]) for node in nodes])
    for one in proof["storageProof"]:
        assert slots(anchors, int(one["key"], 16)) == int(one["value"], 16)
        assert int(ask("eth_getStorageAt", anchors, one["key"], at), 16) == int(one["value"], 16)
    told = ask("eth_getProof", bank, [], at)
    assert nonce_in(header, [bytes.fromhex(node[2:]) for node in told["accountProof"]], bank) == 1
    assert (told["nonce"], told["balance"]) == ("0x1", "0x0")
    assert ask("eth_getTransactionCount", bank, before) == "0x0"
    assert ask("eth_getTransactionCount", bank, {"blockHash": mined.block_hash}) == "0x1"
    assert ask("eth_getTransactionCount", bank, "pending") == "0x1"
    code = bytes.fromhex(ask("eth_getCode", anchors, "latest")[2:])
    assert keccak(code) == bytes.fromhex(proof["codeHash"][2:])
    assert ask("eth_getBalance", bank) == "0x0"
    assert ask("eth_getCode", bank) == "0x"


def test_a_contract_answers_as_of_a_block_and_its_refusal_comes_with_its_data(town: Any, bank: str, ask: Asker) -> None:
    before = hex(town.chain.head()[0])
    town.act("bank", calls.anchor(ROOT, 7))
    to, data = town.chain._contracts.encode(Call("anchors", "anchoredAt", (bank, ROOT, 7)))
    call = {"to": to, "data": "0x" + data.hex()}
    assert int(ask("eth_call", call, "latest"), 16) > 0
    assert int(ask("eth_call", {"to": to, "input": "0x" + data.hex()}, before), 16) == 0
    to, data = town.chain._contracts.encode(calls.anchor(bytes(32), 7))
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "eth_call",
        "params": [{"from": bank, "to": to, "data": "0x" + data.hex()}],
    }
    error = ask.raw(body)["error"]
    assert error["code"] == exposing.REVERTED
    assert town.chain._contracts.explain(calls.anchor(ROOT, 7), bytes.fromhex(error["data"][2:])).reason == "EmptyTree"
    assert ask.refused("eth_estimateGas", {"from": bank, "to": to, "data": "0x" + data.hex()}) == exposing.REVERTED
    endless = {"to": to, "data": "0x", "gas": "0x1"}
    assert ask.refused("eth_call", endless) in (exposing.REFUSED, exposing.REVERTED)


def test_events_are_found_by_contract_topic_and_block(
    town: Any, bank: str, ask: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    mined = [town.act("bank", calls.anchor(digest(text), 1)) for text in "abc"]
    anchors = town.chain.contracts["anchors"]
    admitted, *told = ask("eth_getLogs", {"fromBlock": "earliest", "address": anchors})
    assert admitted["topics"][0] != told[0]["topics"][0]
    assert [one["transactionHash"] for one in told] == [one.transaction for one in mined]
    assert [one["blockHash"] for one in told] == [one.block_hash for one in mined]
    topics = told[1]["topics"]
    assert ask("eth_getLogs", {"fromBlock": "0x0", "topics": topics}) == [told[1]]
    assert (
        ask("eth_getLogs", {"fromBlock": "0x0", "topics": [None, topics[1], [topics[2], told[0]["topics"][2]]]})
        == (told[:2])
    )
    assert ask("eth_getLogs", {"blockHash": mined[2].block_hash, "address": [anchors, bank]}) == [told[2]]
    assert ask("eth_getLogs", {"fromBlock": "0x0", "address": bank}) == []
    assert ask("eth_getLogs", {"address": anchors}) == [told[2]]  # the newest block, where none is named
    assert ask.refused("eth_getLogs", {"blockHash": "0x" + "00" * 32}) == exposing.REFUSED
    assert ask.refused("eth_getLogs", {"blockHash": mined[2].block_hash, "fromBlock": "0x0"}) == -32602
    monkeypatch.setattr(exposing, "MOST_LOGS", 2)
    assert ask.refused("eth_getLogs", {"fromBlock": "0x0", "address": anchors}) == exposing.TOO_MUCH


def test_who_owns_the_chain_takes_signed_bytes_and_names_what_is_wrong_with_others(
    town: Any, bank: str, ask: Asker
) -> None:
    raw, hash = town.sign("bank", calls.anchor(ROOT, 7))
    head = int(ask("eth_blockNumber"), 16)
    assert ask("eth_sendRawTransaction", "0x" + raw.hex()) == hash
    assert int(ask("eth_blockNumber"), 16) == head + 1
    assert ask("eth_sendRawTransaction", "0x" + raw.hex()) == hash  # known bytes are no error
    assert int(ask("eth_blockNumber"), 16) == head + 1
    other = town.chain.build(bank, calls.anchor(digest("other"), 7), nonce=0)
    late, _ = town.keys.sign_transaction("bank", other)
    body = {"jsonrpc": "2.0", "id": 1, "method": "eth_sendRawTransaction", "params": ["0x" + late.hex()]}
    assert ask.raw(body)["error"]["message"] == "nonce too low"
    assert ask.refused("eth_sendRawTransaction", "0x00ff") == exposing.REFUSED


def test_who_only_reads_takes_nothing_and_sees_what_the_owner_does(town: Any, bank: str) -> None:
    raw, hash = town.sign("bank", calls.anchor(ROOT, 7))
    with town.open(own=False) as reader:
        shown = reader.shown()
        ask = Asker(shown)
        assert not shown.takes
        assert ask.refused("eth_sendRawTransaction", "0x" + raw.hex()) == exposing.NOT_HERE
        assert ask("eth_getTransactionReceipt", hash) is None
        town.chain.send(raw)
        assert ask("eth_getTransactionReceipt", hash)["status"] == "0x1"
        assert reader.bury(12) is False
        shown.close()


def test_what_stands_in_the_chain_is_buried_and_then_no_block_is_made(town: Any, bank: str, ask: Asker) -> None:
    mined = town.act("bank", calls.anchor(ROOT, 7))
    made = 0
    while town.chain.bury(3):
        made += 1
    assert made == 3
    assert int(ask("eth_blockNumber"), 16) == mined.block_number + 3
    final = ask("eth_getBlockByNumber", "finalized", False)["number"]
    assert final == hex(town.chain.newest_final())


JUNK: list[tuple[bytes, int]] = [
    (b"", -32700),
    (b"\xff\xfe", -32700),
    (b"{", -32700),
    (b'{"jsonrpc":"2.0","id":NaN,"method":"eth_chainId"}', -32700),
    (b'{"jsonrpc":"2.0","id":1e400,"method":"eth_chainId"}', -32700),
    (b"[" * 100_000, -32700),
    (b"[]", -32600),
    (b"7", -32600),
    (b'{"id":1,"method":"eth_chainId"}', -32600),
    (b'{"jsonrpc":"2.0","id":1,"method":7}', -32600),
    (b'{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}', -32600),
    (b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":{"a":1}}', -32602),
    (b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[1]}', -32602),
    (b'{"jsonrpc":"2.0","id":1,"method":"eth_signTransaction","params":[]}', -32601),
    (b'{"jsonrpc":"2.0","id":1,"method":"__class__","params":[]}', -32601),
]


@pytest.mark.parametrize(("body", "code"), JUNK)
def test_junk_is_told_what_it_is(ask: Asker, body: bytes, code: int) -> None:
    told = ask.raw(body)
    assert told["error"]["code"] == code
    assert "Traceback" not in json.dumps(told)


PARAMS: list[tuple[str, list[Any]]] = [
    ("eth_getBlockByNumber", []),
    ("eth_getBlockByNumber", ["0x01", False]),
    ("eth_getBlockByNumber", ["newest", False]),
    ("eth_getBlockByNumber", [-1, False]),
    ("eth_getBlockByNumber", ["0x1", "yes"]),
    ("eth_getBlockByNumber", ["0x" + "f" * 65, True]),
    ("eth_getBlockByHash", ["0x12", False]),
    ("eth_getBalance", ["0x12"]),
    ("eth_getBalance", ["0x" + "zz" * 20]),
    ("eth_getTransactionReceipt", [None]),
    ("eth_call", [{"data": "0x"}]),
    ("eth_call", [{"to": "0x" + "00" * 20, "data": "0x1"}]),
    ("eth_call", [{"to": "0x" + "00" * 20, "data": "0x11", "input": "0x12"}]),
    ("eth_call", ["0x"]),
    ("eth_getLogs", [{"topics": ["0x11"]}]),
    ("eth_getLogs", [{"topics": [None] * 5}]),
    ("eth_getLogs", [{"address": "here"}]),
    ("eth_getProof", ["0x" + "00" * 20, "0x0", "latest"]),
    ("eth_getProof", ["0x" + "00" * 20, ["0x0"] * 1025, "latest"]),
    ("eth_getStorageAt", ["0x" + "00" * 20, "slot", "latest"]),
    ("eth_sendRawTransaction", ["not hex"]),
    ("eth_feeHistory", ["0x1", "latest", [50, 20]]),
    ("eth_feeHistory", ["0x1", "latest", [True]]),
]


@pytest.mark.parametrize(("method", "params"), PARAMS)
def test_parameters_of_another_kind_are_error_32602(ask: Asker, method: str, params: list[Any]) -> None:
    assert ask.refused(method, *params) == -32602


def test_a_block_that_is_not_there_is_null_or_an_error_and_never_the_newest(ask: Asker, town: Any) -> None:
    assert ask("eth_getBlockByNumber", "0xffffff", False) is None
    assert ask("eth_getBlockByHash", "0x" + "11" * 32, True) is None
    assert ask("eth_getBlockReceipts", "0xffffff") is None
    account = town.account("bank")
    assert ask.refused("eth_getBalance", account, "0xffffff") == exposing.REFUSED
    assert ask.refused("eth_getBalance", account, {"blockHash": "0x" + "11" * 32}) == exposing.REFUSED
    assert ask("eth_getLogs", {"fromBlock": "0xffffff"}) == []


def test_a_batch_is_answered_in_its_order_and_has_a_bound(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    one = {"jsonrpc": "2.0", "method": "eth_chainId"}
    told = ask.raw([{**one, "id": 1}, one, {**one, "id": "b", "method": "none"}, 5])
    assert [(answer["id"], answer.get("error", {}).get("code")) for answer in told] == [
        (1, None),
        ("b", -32601),
        (None, -32600),
    ]
    assert ask.raw([one, one]) is None  # notifications have no answer
    assert ask.raw(one) is None
    assert ask.raw([{**one, "id": 1}] * (answering.MOST_REQUESTS + 1))["error"]["code"] == -32600
    monkeypatch.setattr(answering, "MOST_ANSWERED", 10)
    first, second = ask.raw([{**one, "id": 1}, {**one, "id": 2}])
    assert "result" in first
    assert (second["id"], second["error"]["code"]) == (2, answering.TOO_MUCH)


def test_a_batch_that_takes_long_is_cut_short(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A contract that never ends costs seconds each time it is tried, and a hundred of them fit into a batch."""
    passed, answer = [0.0], ask.chain.answer

    def slow(method: str, params: list[Any]) -> Any:
        passed[0] += answering.BATCH_SECONDS * 0.7
        return answer(method, params)

    monkeypatch.setattr(ask.chain, "answer", slow)
    monkeypatch.setattr(answering, "time", SimpleNamespace(monotonic=lambda: passed[0]))
    told = ask.raw([{"jsonrpc": "2.0", "id": id, "method": "eth_chainId"} for id in range(100)])
    assert [one["id"] for one in told if "result" in one] == [0, 1]
    assert {one["error"]["code"] for one in told[2:]} == {answering.TOO_MUCH}
    assert passed == [answering.BATCH_SECONDS * 1.4]


def test_a_fault_of_ours_tells_nothing_of_this_machine(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("/a/place/on/this/machine")

    monkeypatch.setattr(ask.chain, "answer", broken)
    told = ask.raw({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"})
    assert told["error"] == {"code": -32603, "message": "internal error"}


GOOD = {"Content-Type": "application/json", "Host": "127.0.0.1:8545"}
QUESTION = b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}'


@pytest.fixture
def door(ask: Asker) -> Any:
    return TestClient(Doorway(ask.chain), base_url="http://127.0.0.1")


@pytest.mark.parametrize("host", ["127.0.0.1:8545", "localhost", "LOCALHOST:1", "[::1]:8545"])
def test_who_names_this_machine_is_answered(door: TestClient, host: str) -> None:
    answer = door.post("/", content=QUESTION, headers={**GOOD, "Host": host})
    assert (answer.status_code, answer.json()["result"]) == (200, hex(131277322940537))


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:127.0.0.1", "", "[::2]", "0.0.0.0", "127.0.0.2"]
)
def test_a_name_that_a_stranger_pointed_here_is_not_answered(door: TestClient, host: str) -> None:
    answer = door.post("/", content=QUESTION, headers={**GOOD, "Host": host})
    assert answer.status_code == 421
    assert b"result" not in answer.content


def test_a_page_in_a_browser_is_not_answered(door: TestClient) -> None:
    for origin in ("https://evil.example", "null", "http://127.0.0.1:8545"):
        assert door.post("/", content=QUESTION, headers={**GOOD, "Origin": origin}).status_code == 403
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        assert door.post("/", content=QUESTION, headers={**GOOD, "Content-Type": kind}).status_code == 415
    assert door.get("/", headers=GOOD).status_code == 405
    preflight = door.options("/", headers={**GOOD, "Access-Control-Request-Method": "POST"})
    assert preflight.status_code == 405
    assert not [name for name in preflight.headers if name.startswith("access-control")]


def test_a_body_that_is_larger_than_any_question_is_refused(door: TestClient) -> None:
    large = b" " * (answering.MOST_BYTES + 1)
    assert door.post("/", content=large, headers=GOOD).status_code == 413

    def pieces() -> Any:
        for _ in range(20):
            yield b" " * 2**16

    assert door.post("/", content=pieces(), headers=GOOD).status_code == 413  # of no told length
    fits = QUESTION + b" " * (answering.MOST_BYTES - len(QUESTION))
    assert door.post("/", content=fits, headers=GOOD).status_code == 200


def test_notifications_get_an_empty_answer(door: TestClient) -> None:
    answer = door.post("/", content=b'{"jsonrpc":"2.0","method":"eth_chainId"}', headers=GOOD)
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", "", "127.0.0.1.example"])
def test_an_address_that_others_reach_is_refused(host: str) -> None:
    with pytest.raises(NotLoopback):
        listen(host, 0)


def test_a_port_in_use_is_said_so_and_answers_go_out_at_once() -> None:
    with listen("localhost", 0) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"
        assert listening.proto == socket.IPPROTO_TCP  # else asyncio leaves Nagle's delay on
        with pytest.raises(PortTaken):
            listening_at("127.0.0.1", listening.getsockname()[1])


def test_who_says_nothing_or_one_byte_makes_room_for_who_asks(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat 25, the other way round: as many idle connections as are taken at once keep nobody out for long."""
    monkeypatch.setattr(answering, "AT_ONCE", 4)
    monkeypatch.setattr(impatient, "HEAD_SECONDS", 0.3)
    question = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
    with ExitStack() as opened:
        url = opened.enter_context(answering_beside(ask.chain, listen("127.0.0.1", 0)))
        place = ("127.0.0.1", int(url.rpartition(":")[2].strip("/")))
        idle = [opened.enter_context(socket.create_connection(place)) for _ in range(4)]
        for number, one in enumerate(idle):
            one.sendall(b"" if number % 2 else b"P")
            one.settimeout(30)
        assert all(one.recv(2**16) in (b"",) for one in idle)  # each is closed, and nothing was said
        session = opened.enter_context(requests.Session())
        told = session.post(url, json=question, timeout=30)
        assert (told.status_code, told.json()["id"]) == (200, 1)
        assert session.post(url, json=question, timeout=30).json() == told.json()  # the connection is kept for the next

"""Any Ethereum-compatible chain behind a JSON-RPC node. The node is not believed where its words can be
checked.

The chain id and the code of the contracts are looked at when the chain is opened and before every send
(threat 24); a receipt counts only when the block it names is the canonical one; evidence is rebuilt here and
must hash to what the header says.
"""

import itertools
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property, partial
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, Protocol, Self, TypeAlias, TypeVar, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, Retry, Timeout
from urllib3.exceptions import HTTPError

from creditbank.adapters.chain.artifacts import CONTRACTS
from creditbank.adapters.chain.contracts import Contracts
from creditbank.adapters.chain.fees import FeeKind, Market, market, questions, unsigned
from creditbank.adapters.chain.receipts import block_header, encode_receipt, prove_receipt
from creditbank.adapters.chain.refusals import refusal
from creditbank.adapters.deadlines import Deadlines
from creditbank.anchoring.evidence import BrokenEvidence, checksum_address
from creditbank.anchoring.state import nonce_in, open_state
from creditbank.canonical import UnreadableJson, check_depth
from creditbank.services.chain_events import ChainEvent
from creditbank.services.failpoints import reach
from creditbank.services.ports import Call, ChainRefused, ChainUnavailable, Mined, Slots
from creditbank.services.surveying_records import NodeFacts

Finality = Literal["depth", "safe", "finalized"]
TIMEOUT: Final = (5, 20)  # seconds to connect, and between two bytes of the answer
WHOLE: Final = 60  # seconds in which all of an answer is there
MOST_BYTES: Final = 2**26  # the receipts of a full block are some megabytes
BETWEEN_TRIES: Final = 0.3  # seconds
MOST_GAS: Final = 2**24  # of one transaction (EIP-7825)
PROVEN: Final = 4096  # so many receipts are remembered as proven
MAX_TIME: Final = 253_402_300_799
CONNECTIONS: Final = 32  # as many threads as ask at once keep theirs
JSON: Final = {"Content-Type": "application/json"}
ALONE_FOR: Final = 600  # seconds in which a node that refused a batch is not sent another
KNOWN: Final = ("already known", "alreadyknown", "already imported", "known transaction", "already exists")


class WrongChain(ChainUnavailable):
    """The node speaks for another chain than the one configured."""

    slug = "wrong-chain"


class NoFinality(ChainUnavailable):
    """The node does not know the block that the settings' rule of finality asks for."""

    slug = "no-finality"


class NodeError(Exception):
    """The node answered with an error object."""

    def __init__(self, message: str, data: bytes) -> None:
        self.message, self.data = message, data
        super().__init__(message)


class BadStatus(ValueError):
    """The node answered with a status from 400 on."""


class NoBatches(Exception):
    """The node refused all of a batch: it takes one question at a time, or none at all just now."""


Question: TypeAlias = tuple[Any, ...]
"""A method and its parameters."""
Told = TypeVar("Told")


class Provider:
    """Sends questions over JSON-RPC 2.0, and looks whether the answer is to the question that was asked (threat 25).

    How it is sent is worked out once, and each question is a body: to make a request anew costs more than to ask.
    """

    def __init__(self, url: str, session: requests.Session) -> None:
        self._url, self._session, self._numbers = url, session, itertools.count(1)

    def make_request(self, method: str, params: Sequence[object]) -> Any:
        """Send one request; raises `ValueError` for an answer to another, and what `urllib3` raises."""
        question: dict[str, Any] = {"jsonrpc": "2.0", "id": next(self._numbers), "method": method, "params": params}
        answer = self._exchange(question)
        if not isinstance(answer, dict) or answer.get("id") != question["id"]:
            raise ValueError("this is the answer to another question")
        return answer

    def make_requests(self, questions: Sequence[Question]) -> list[dict[str, Any]]:
        """Send several requests as one batch; the answers in the order of the questions (JSON-RPC 2.0, 6).

        Raises `NoBatches` where all that came is a refusal, otherwise as `make_request` does.
        """
        asked = [
            {"jsonrpc": "2.0", "id": next(self._numbers), "method": method, "params": list(params)}
            for method, *params in questions
        ]
        try:
            told = self._exchange(asked)
        except BadStatus:
            raise NoBatches from None
        if _is_refusal(told):
            raise NoBatches
        if not isinstance(told, list) or len(told) != len(asked) or not all(isinstance(one, dict) for one in told):
            raise ValueError("these are no answers to a batch")
        answers = {one["id"]: one for one in told if isinstance(one.get("id"), int)}
        if answers.keys() != {one["id"] for one in asked}:
            raise ValueError("these are the answers to other questions")
        return [answers[one["id"]] for one in asked]

    @cached_property
    def _send(self) -> Callable[[bytes], BaseHTTPResponse]:
        """How a body is sent: on the connections that `requests` would take, in the same words, without making a
        request, a response and their cookies anew each time.
        """
        session, url = self._session, self._url
        blank = session.prepare_request(requests.Request("POST", url, headers=JSON))
        around: Any = session.merge_environment_settings(url, {}, None, None, None)
        line, verify, proxies, cert = session.get_adapter(url), around["verify"], around["proxies"], around["cert"]
        assert isinstance(line, HTTPAdapter)
        pool = line.get_connection_with_tls_context(blank, verify, proxies=proxies, cert=cert)
        line.cert_verify(pool, url, verify, cert)
        fixed: Any = {
            "headers": {name: value for name, value in blank.headers.items() if name != "Content-Length"},
            "redirect": False,  # nobody is followed to another place
            "assert_same_host": False,
            "preload_content": False,
            "decode_content": False,
            "retries": Retry(0, read=False),
            "timeout": Timeout(connect=TIMEOUT[0], read=TIMEOUT[1]),
        }
        return partial(pool.urlopen, "POST", line.request_url(blank, proxies), **fixed)

    def _exchange(self, question: object) -> Any:
        until = time.monotonic() + WHOLE
        response = self._send(json.dumps(question).encode())
        try:
            if response.status >= HTTPStatus.BAD_REQUEST:
                raise BadStatus
            if response.status != HTTPStatus.OK:
                raise ValueError("this is no answer")
            text = _whole(response, until).decode()
        except BaseException:
            response.close()  # what is left of it is nobody's answer
            raise
        response.release_conn()
        try:
            check_depth(text)  # a parser under py-evm's limit of recursion would take the process along
        except UnreadableJson:
            raise ValueError("this is nested deeper than any answer") from None
        return json.loads(text)


def _whole(response: BaseHTTPResponse, until: float) -> bytes:
    """The body of an answer; raises `ValueError` for one that has no end, or takes until the end of days."""
    body = bytearray()
    for piece in response.stream(2**16, decode_content=True):
        body += piece
        if len(body) > MOST_BYTES or time.monotonic() > until:
            raise ValueError("this answer does not end")
    return bytes(body)


def _is_refusal(told: object) -> bool:
    """Whether nothing but errors came: an object with one, or a list of them, be they one for all or one for each."""
    errors = told if isinstance(told, list) else [told]
    return bool(errors) and all(isinstance(one, dict) and one.get("error") is not None for one in errors)


class Asker(Protocol):
    """Whatever answers questions of JSON-RPC: a node, or what it answered already."""

    def ask(self, method: str, *parameters: object) -> Any:
        """The `result`; raises `NodeError` for an error object, `ChainUnavailable` for no or a senseless
        answer.
        """
        ...

    def mapping(self, method: str, *parameters: object) -> dict[str, Any] | None:
        """A result that is an object or null."""
        found = self.sure(method, *parameters)
        if found is not None and not isinstance(found, dict):
            raise ChainUnavailable(f"The node's answer to {method} cannot be read.")
        return found

    def sure(self, method: str, *parameters: object) -> Any:
        """A result of a question to which an error object is no answer."""
        try:
            return self.ask(method, *parameters)
        except NodeError as cause:
            raise ChainUnavailable(f"The node could not answer {method}: {cause.message}.") from None


class Node(Asker):
    """One JSON-RPC endpoint. Whatever is not an answer becomes `ChainUnavailable`."""

    def __init__(self, url: str) -> None:
        self._session = requests.Session()
        # What the environment says of proxies and passwords is read once: each request would go through it again.
        around = self._session.merge_environment_settings(url, {}, None, None, None)
        self._session.proxies, self._session.verify = around["proxies"], around["verify"]
        self._session.trust_env, self._session.auth = False, requests.utils.get_netrc_auth(url)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, Deadlines(lambda: WHOLE, connections=CONNECTIONS))
        self._provider = Provider(url, self._session)
        self._alone_until = 0.0

    def ask(self, method: str, *parameters: object) -> Any:
        """As every asker's; the node is asked now."""
        return _result(method, self._exchanged(method, lambda: self._provider.make_request(method, list(parameters))))

    def ahead(self, *questions: Question) -> "Ahead":
        """Ask several things in one exchange, as of one moment where the node takes batches; else one by one, when
        each is wanted. Raises `ChainUnavailable` where no answers came.

        Servers refuse batches with any status: 400, 403, 429 and 500 were seen. So whoever refused one is asked a thing
        by itself; who answers that is well, and is sent no batch for a while.
        """
        told: list[dict[str, Any]] = []
        if time.monotonic() >= self._alone_until:
            names = ", ".join(method for method, *_ in questions)
            try:
                told = self._exchanged(names, lambda: self._provider.make_requests(questions))
            except NoBatches:
                self.sure("eth_chainId")
                self._alone_until = time.monotonic() + ALONE_FOR
        return Ahead(self, dict(zip(map(_spelt, questions), told, strict=bool(told))))

    def _exchanged(self, what: str, exchange: Callable[[], Told]) -> Told:
        reach("rpc.asked")
        try:
            told = exchange()
        except (requests.RequestException, HTTPError, ValueError, OSError) as cause:
            raise ChainUnavailable(
                f"The node did not answer {what}: {type(cause).__name__}.",
                next_step="Nothing is lost; it is asked again later.",
            ) from None
        reach("rpc.answered")
        return told

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


class Ahead(Asker):
    """What a node was asked in one exchange; anything else is asked when it is wanted."""

    def __init__(self, node: Node, told: Mapping[str, Mapping[str, Any]]) -> None:
        self._node, self._told = node, told

    def ask(self, method: str, *parameters: object) -> Any:
        """As every asker's."""
        told = self._told.get(_spelt((method, *parameters)))
        return self._node.ask(method, *parameters) if told is None else _result(method, told)


def _spelt(question: Question) -> str:
    return json.dumps(question)


def _result(method: str, response: Mapping[str, Any]) -> Any:
    if response.get("error") is not None:
        raise _node_error(response["error"])
    if "result" not in response:
        raise ChainUnavailable(f"The node's answer to {method} is not JSON-RPC.")
    return response["result"]


class RpcChain:
    """Implements `services.ports.Chain`."""

    def __init__(
        self,
        node: Node,
        *,
        chain_id: int,
        name: str,
        test: bool,
        contracts: Contracts,
        finality: Finality = "depth",
        finality_depth: int,
        fee_cap: int | None,
        fee_kind: FeeKind = "auto",
    ) -> None:
        self._node, self._chain_id, self._name, self._test = node, chain_id, name, test
        self._contracts, self._finality, self._finality_depth = contracts, finality, finality_depth
        self._fee_cap, self._fee_kind = fee_cap, fee_kind
        self._proven: dict[tuple[str, str], bytes] = {}

    @classmethod
    def open(
        cls,
        url: str,
        *,
        chain_id: int,
        name: str,
        artifacts: Path,
        contracts: Mapping[str, str] | None = None,
        test: bool = False,
        finality: Finality = "depth",
        finality_depth: int = 12,
        fee_cap: int | None = None,
        fee_kind: FeeKind = "auto",
        tries: int = 1,
    ) -> Self:
        """Connect, and check the chain id and the contracts' code. Without `contracts` the chain is ready to
        deploy them. A node that does not answer is asked so many times.

        Raises `WrongChain`, `WrongContracts`, `NoFinality`, and `ChainUnavailable` when the node does not answer.
        """
        node = Node(url)
        addresses = {key: checksum_address(bytes.fromhex(value[2:])) for key, value in (contracts or {}).items()}
        chain = cls(
            node,
            chain_id=chain_id,
            name=name,
            test=test,
            contracts=Contracts(artifacts, addresses),
            finality=finality,
            finality_depth=finality_depth,
            fee_cap=fee_cap,
            fee_kind=fee_kind,
        )
        try:
            _patiently(chain.check, tries)
            _patiently(chain.newest_final, tries)
        except ChainUnavailable:
            node.close()
            raise
        return chain

    def close(self) -> None:
        """Close the connections."""
        self._node.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def chain_id(self) -> int:
        """The chain id of the settings, which the node must have too."""
        return self._chain_id

    @property
    def name(self) -> str:
        """How receipts name the chain."""
        return self._name

    @property
    def test_chain(self) -> bool:
        """Whether receipts must be labelled as of a test chain."""
        return self._test

    @property
    def contracts(self) -> Mapping[str, str]:
        """Checksummed addresses by name; empty before the contracts are deployed."""
        return MappingProxyType(self._contracts.addresses)

    @property
    def finality_depth(self) -> int:
        """How many blocks on top make a block final."""
        return self._finality_depth

    @property
    def keeps_all(self) -> bool:
        """Never known: a node may lag, and the chain may reorganise."""
        return False

    def check(self) -> None:
        """Raise `WrongChain` or `WrongContracts` when the node is not what the settings say."""
        codes = {name: ("eth_getCode", address, "latest") for name, address in self._contracts.addresses.items()}
        node = self._node.ahead(("eth_chainId",), *codes.values())
        found = _quantity(node.sure("eth_chainId"))
        if found != self._chain_id:
            raise WrongChain(
                f"The node speaks for the chain {found}, but the settings name {self._chain_id}.",
                next_step="Check the node's address and the chain id in the settings.",
            )
        for name, question in codes.items():
            self._contracts.check_code(name, _data(node.sure(*question)))

    def ready(self) -> bool:
        """Whether the node answers, for the right chain, with the right contracts."""
        try:
            self.check()
        except ChainUnavailable:
            return False
        return all(name in self._contracts.addresses for name in CONTRACTS)

    def head(self) -> tuple[int, str, datetime]:
        """Number, hash and time of the newest block."""
        block = self._block("latest")
        return _count(block.get("number")), _hash(block.get("hash")), _moment(block.get("timestamp"))

    def newest_final(self) -> int:
        """The number of the newest block that counts as final; raises `NoFinality` where the node does not know it."""
        if self._finality == "depth":
            return max(0, _count(self._block("latest").get("number")) - self._finality_depth)
        try:
            block = self._node.ask("eth_getBlockByNumber", self._finality, False)
        except NodeError:
            block = None
        if not isinstance(block, dict):
            raise NoFinality(
                f"The node of {self._name} does not know which block is {self._finality}.",
                next_step='Ask another node, or set finality = "depth" and finality_depth.',
            )
        block_header(block, _hash(block.get("hash")))
        return _count(block.get("number"))

    def block(self, number: int) -> tuple[str, datetime] | None:
        """Hash and time of the block with this number, or None."""
        block = self._numbered(number)
        return None if block is None else (_hash(block.get("hash")), _moment(block.get("timestamp")))

    def is_final(self, number: int, block_hash: str) -> bool:
        """Whether this block is final by the rule; that it is deep enough must follow from headers."""
        block = self._numbered(number)
        if block is None or _hash(block.get("hash")) != block_hash or number > self.newest_final():
            return False
        block_header(block, block_hash)
        self._prove_depth(block)
        return True

    def nonce(self, account: str, *, final: bool = False) -> int:
        """The account's next nonce, counting mined transactions only.

        With `final` somebody gives bytes up for good by it, so it is proven by a node that can (`eth_getProof`).
        """
        if not final:
            return _count(self._node.sure("eth_getTransactionCount", account, "latest"))
        at = hex(self.newest_final())
        told = _count(self._node.sure("eth_getTransactionCount", account, at))
        try:
            proof = self._node.ask("eth_getProof", account, [], at)
        except NodeError:
            return told  # not every node has this method, and none has it for long
        block = self._block(at)
        header = block_header(block, _hash(block.get("hash")))
        nodes = _listed(proof, "accountProof")
        try:
            proven = nonce_in(header, tuple(_data(node) for node in nodes), account)
        except BrokenEvidence:
            proven = None
        if proven != told:
            raise ChainUnavailable(f"The node of {self.name} proves another number of transactions than it tells.")
        return told

    def build(self, sender: str, call: Call, *, nonce: int) -> dict[str, object]:
        """An unsigned transaction; raises `ChainRefused` with the contract's reason when it would revert."""
        to, data = self._contracts.encode(call)
        return self._build(sender, to, data, nonce, call)

    def build_creation(self, sender: str, data: bytes, *, nonce: int) -> dict[str, object]:
        """An unsigned transaction that creates a contract."""
        return self._build(sender, None, data, nonce, None)

    def estimate(self, sender: str, call: Call) -> int:
        """How much gas the call needs, as the node says; raises `ChainRefused` when it would revert."""
        to, data = self._contracts.encode(call)
        return self._gas(self._node, _estimate(sender, to, data), call)

    def survey(self, account: str) -> NodeFacts:
        """What the node says of itself, of the account, of fees, and of the contracts' code."""
        found, cap = self._market(self._node), self._fee_cap
        try:
            client = str(self._node.ask("web3_clientVersion"))[:100]
        except NodeError:
            client = "a node that does not say what it is"
        return NodeFacts(
            client=client,
            balance=_quantity(self._node.sure("eth_getBalance", account, "latest")),
            nonce=self.nonce(account),
            pending=_count(self._node.sure("eth_getTransactionCount", account, "pending")),
            needed=found.needed,
            most=found.price(None).most if cap is None else cap,
            cap=cap,
            contracts={name: self._has_code(name) for name in self._contracts.addresses},
        )

    def dearer(self, raw: bytes) -> dict[str, object]:
        """The same transaction at the same nonce, for an eighth more or what the market asks."""
        transaction, price = unsigned(raw)
        return {**transaction, **self._market(self._node).above(price, self._fee_cap).fields()}

    def send(self, raw: bytes) -> None:
        """Broadcast. Known bytes are no error; neither is a used nonce when these very bytes used it."""
        self.check()
        try:
            self._node.ask("eth_sendRawTransaction", "0x" + raw.hex())
        except NodeError as cause:
            message = cause.message.lower()
            if any(word in message for word in KNOWN) or self.knows(raw):
                return
            raise _send_refusal(message) from None

    def mined(self, transaction: str, *, proven: bool = False) -> Mined | None:
        """The transaction's place in the canonical chain, or None. A receipt of an orphaned block is none.

        With `proven` it is not taken from the node's word: what the receipt says, and that it is final, must follow
        from headers. Otherwise a receipt that is made up now would be final later, when the block grew deep.
        """
        receipt = self._receipt(transaction)
        if receipt is None:
            return None
        number, block_hash = _count(receipt.get("blockNumber")), _hash(receipt.get("blockHash"))
        beside = [("eth_getBlockReceipts", block_hash)] if proven and not self._is_proven(receipt, block_hash) else []
        node = self._node.ahead(("eth_getBlockByNumber", hex(number), False), ("eth_blockNumber",), *beside)
        block = self._numbered(number, node)
        if block is None or _hash(block.get("hash")) != block_hash:
            return None
        newest = _count(node.sure("eth_blockNumber"))
        succeeded = _quantity(receipt.get("status")) == 1
        final = self._is_final(number, newest)
        if proven:
            self._prove(node, receipt, block, block_hash)
        if proven and final:
            self._prove_depth(block)
        return Mined(
            transaction=transaction,
            block_number=number,
            block_hash=block_hash,
            block_time=_moment(block.get("timestamp")),
            succeeded=succeeded,
            depth=max(newest - number, 0),
            final=final,
        )

    def writers(self, number: int, contract: str) -> tuple[str, ...]:
        """The transactions of a block in which a contract wrote an event, as the node's log says."""
        logs = self._logs(self._contracts.address(contract), number, number)
        return tuple(dict.fromkeys(_hash(log.get("transactionHash")) for log in logs))

    def events(self, contract: str, first: int, last: int) -> Sequence[ChainEvent]:
        """Every event of a contract in these blocks, as the node's log says, in their order.

        An event of another contract or of another block is refused, and so is one that comes twice.
        """
        address = self._contracts.address(contract)
        found: dict[tuple[int, int], ChainEvent] = {}
        for log in self._logs(address, first, last):
            number, place = _count(log.get("blockNumber")), _count(log.get("logIndex"))
            topics = log.get("topics")
            mine = str(log.get("address")).lower() == address.lower() and first <= number <= last
            if not mine or not isinstance(topics, list) or (number, place) in found or log.get("removed"):
                raise ChainUnavailable("The node shows events that were not asked for.")
            name, fields = self._contracts.event(contract, [_data(one) for one in topics], _data(log.get("data")))
            hashes = (_hash(log.get("blockHash")), _hash(log.get("transactionHash")))
            found[number, place] = ChainEvent(contract, name, fields, number, *hashes, place)
        return [found[at] for at in sorted(found)]

    def _logs(self, address: str, first: int, last: int) -> list[dict[str, Any]]:
        """The logs of some blocks; a node that finds them too many is asked for half of them at a time."""
        asked = {"fromBlock": hex(first), "toBlock": hex(last), "address": address}
        try:
            logs = self._node.ask("eth_getLogs", asked)
        except NodeError as cause:
            if first >= last:
                raise ChainUnavailable(f"The node could not answer eth_getLogs: {cause.message}.") from None
            middle = (first + last) // 2
            return [*self._logs(address, first, middle), *self._logs(address, middle + 1, last)]
        if not isinstance(logs, list) or not all(isinstance(log, dict) for log in logs):
            raise ChainUnavailable("The node's answer to eth_getLogs cannot be read.")
        return logs

    def advance(self) -> bool:
        """A real chain makes its own blocks."""
        return False

    def read(self, call: Call) -> object:
        """Ask a contract; raises `ChainRefused` when it refuses to answer."""
        to, data = self._contracts.encode(call)
        try:
            answer = self._node.ask("eth_call", {"to": to, "data": "0x" + data.hex()}, "latest")
        except NodeError as cause:
            raise self._explain(cause, call) from None
        return self._contracts.decode(call, _data(answer))

    def evidence(self, transaction: str) -> tuple[bytes, tuple[bytes, ...], bytes]:
        """Header, receipt proof and trie key, rebuilt from the block's receipts and checked against the
        header's hashes.
        """
        receipt = self._receipt(transaction)
        if receipt is None:
            raise ChainUnavailable(f"No block holds the transaction {transaction}.")
        block_hash = _hash(receipt.get("blockHash"))
        block = self._node.mapping("eth_getBlockByHash", block_hash, False)
        if block is None:
            raise ChainUnavailable(f"The node does not show the block {block_hash}.")
        index = _count(receipt.get("transactionIndex"))
        header = block_header(block, block_hash)
        return prove_receipt(header, self._receipts(self._node, block, block_hash), index)

    def slots_at(self, number: int) -> Slots:
        """A reader of contracts' storage as of a block, by the node's bare word."""

        def told(contract: str, slot: int) -> int:
            answer = _data(self._node.sure("eth_getStorageAt", contract, hex(slot), hex(number)))
            return int.from_bytes(answer, "big")

        return told

    def witness(self, look: Callable[[Slots], object], number: int | None = None) -> tuple[bytes, tuple[bytes, ...]]:
        """A block's header, the newest final one's if none is named, and the nodes of its state that prove what `look`
        reads (EIP-1186).

        The node is asked for the slots, then for their proofs, and `look` reads again out of these. Raises
        `ChainUnavailable` when they do not lead from the header to what the node told before.
        """
        at = hex(self.newest_final() if number is None else number)
        block = self._block(at)
        header = block_header(block, _hash(block.get("hash")))
        told: dict[str, dict[int, int]] = {}

        def ask(contract: str, slot: int) -> int:
            known = told.setdefault(contract, {})
            if slot not in known:
                answer = _data(self._node.sure("eth_getStorageAt", contract, hex(slot), at))
                known[slot] = int.from_bytes(answer, "big")
            return known[slot]

        look(ask)
        nodes: dict[bytes, None] = {}
        for contract, slots in told.items():
            proof = self._node.mapping("eth_getProof", contract, [f"0x{slot:064x}" for slot in slots], at) or {}
            found = [*_listed(proof, "accountProof")]
            for one in _listed(proof, "storageProof"):
                found += _listed(one, "proof")
            nodes |= dict.fromkeys(_data(node) for node in found)
        try:
            _, proven = open_state(header, tuple(nodes))
            agrees = all(proven(contract, slot) == value for contract, of in told.items() for slot, value in of.items())
        except BrokenEvidence:
            agrees = False
        if not agrees:
            raise ChainUnavailable(f"The node of {self.name} proves another state than it tells.")
        return header, tuple(nodes)

    def install(self, addresses: Mapping[str, str]) -> None:
        """Use the contracts at these addresses from now on. Raises `WrongContracts` when their code is not
        there.
        """
        before, self._contracts = self._contracts, Contracts(self._contracts.folder, addresses)
        try:
            self.check()
        except ChainUnavailable:
            self._contracts = before
            raise

    def _has_code(self, name: str) -> bool:
        return self._contracts.is_code(
            name, _data(self._node.sure("eth_getCode", self._contracts.address(name), "latest"))
        )

    def _gas(self, node: Asker, asked: Question, call: Call | None) -> int:
        try:
            return _quantity(node.ask(*asked))
        except NodeError as cause:
            raise self._explain(cause, call) from None

    def _build(self, sender: str, to: str | None, data: bytes, nonce: int, call: Call | None) -> dict[str, object]:
        wanted, balance = _estimate(sender, to, data), ("eth_getBalance", sender, "latest")
        node = self._node.ahead(wanted, balance, *questions(self._fee_kind))
        gas = _possible(self._gas(node, wanted, call), data)
        price, limit = self._market(node).price(self._fee_cap), min(gas * 6 // 5, MOST_GAS)
        if _quantity(node.sure(*balance)) < limit * price.most:
            raise ChainRefused(
                "InsufficientFunds",
                f"The account {sender} cannot pay the fees of {self.name}.",
                next_step=f"Send at least {limit * price.most} wei to {sender}, then try again.",
            )
        transaction: dict[str, object] = {
            "chainId": self._chain_id,
            "nonce": nonce,
            "value": 0,
            "data": "0x" + data.hex(),
            "gas": limit,
            **price.fields(),
        }
        return transaction if to is None else {**transaction, "to": to}

    def _market(self, node: Asker) -> Market:
        def ask(method: str, *parameters: object) -> Any:
            try:
                return node.ask(method, *parameters)
            except NodeError:
                return None  # not every node has every method of these

        return market(ask, _quantity, self._fee_kind)

    def _is_final(self, number: int, newest: int) -> bool:
        if self._finality == "depth":
            return newest - number >= self._finality_depth
        return number <= self.newest_final()

    def _is_proven(self, receipt: Mapping[str, Any], block_hash: str) -> bool:
        known = self._proven.get((block_hash, _hash(receipt.get("transactionHash"))))
        return known is not None and known == encode_receipt(receipt)

    def _prove(self, node: Asker, receipt: Mapping[str, Any], block: Mapping[str, Any], block_hash: str) -> None:
        """Raise `ChainUnavailable` unless the header of the block commits to this very receipt.

        Whether a transaction succeeded is believed for good only so: a lie would count credits that nobody spent.
        """
        transaction, told = _hash(receipt.get("transactionHash")), encode_receipt(receipt)
        header = block_header(block, block_hash)
        if self._proven.get((block_hash, transaction)) == told:
            return
        receipts = self._receipts(node, block, block_hash)
        place = _count(receipt.get("transactionIndex"))
        prove_receipt(header, receipts, place)
        if place >= len(receipts) or (receipts[place] != receipt and encode_receipt(receipts[place]) != told):
            raise ChainUnavailable(f"The node's receipt is not the one that the block {block_hash} holds.")
        if len(self._proven) >= PROVEN:
            self._proven.clear()
        self._proven[block_hash, transaction] = told

    def _prove_depth(self, block: Mapping[str, Any]) -> None:
        """Raise `ChainUnavailable` unless as many blocks as the rule wants stand on this one, each naming its parent.

        A height is a number that a node may make up; headers that lead to it are not.
        """
        if self._finality != "depth":
            return
        parent, number = _hash(block.get("hash")), _count(block.get("number"))
        for above in range(number + 1, number + 1 + self._finality_depth):
            child = self._block(hex(above))
            block_header(child, _hash(child.get("hash")))
            if _hash(child.get("parentHash")) != parent or _count(child.get("number")) != above:
                raise ChainUnavailable(f"The blocks that the node shows above {number} do not stand on it.")
            parent = _hash(child.get("hash"))

    def _explain(self, error: NodeError, call: Call | None) -> ChainRefused | ChainUnavailable:
        message = error.message.lower()
        if error.data:
            return self._contracts.explain(call, error.data)
        if "insufficient funds" in message:
            return refusal("InsufficientFunds", {})
        if "revert" in message:
            return refusal("Reverted", {})
        if "out of gas" in message or "gas required exceeds" in message:
            return refusal("OutOfGas", {})
        return ChainUnavailable(f"The node could not try the call: {error.message}.")

    def knows(self, raw: bytes) -> bool:
        """Whether the node knows these signed bytes, mined or not."""
        from eth_hash.auto import keccak

        found = self._node.sure("eth_getTransactionByHash", "0x" + keccak(raw).hex())
        return found is not None

    def _block(self, which: str) -> dict[str, Any]:
        block = self._node.mapping("eth_getBlockByNumber", which, False)
        if block is None:
            raise ChainUnavailable("The node shows no newest block.")
        return block

    def _numbered(self, number: int, node: Asker | None = None) -> dict[str, Any] | None:
        """The block with this number, which says so itself, or None."""
        block = (node or self._node).mapping("eth_getBlockByNumber", hex(number), False)
        if block is not None and _count(block.get("number")) != number:
            raise ChainUnavailable(f"The node shows another block than the one with the number {number}.")
        return block

    def _receipt(self, transaction: str) -> dict[str, Any] | None:
        receipt = self._node.mapping("eth_getTransactionReceipt", transaction)
        if receipt is None or receipt.get("blockHash") is None:
            return None
        if _hash(receipt.get("transactionHash")) != transaction:
            raise ChainUnavailable("The node answered with the receipt of another transaction.")
        return receipt

    def _receipts(self, node: Asker, block: Mapping[str, Any], block_hash: str) -> list[Any]:
        try:
            found = node.ask("eth_getBlockReceipts", block_hash)
        except NodeError:
            found = None  # not every node has this method; one question for each transaction does it as well
        if isinstance(found, list):
            return found
        transactions = block.get("transactions")
        if not isinstance(transactions, list):
            raise ChainUnavailable("The node shows a block without its transactions.")
        return [self._node.mapping("eth_getTransactionReceipt", item) for item in transactions]


def _estimate(sender: str, to: str | None, data: bytes) -> Question:
    return "eth_estimateGas", {"from": sender, "data": "0x" + data.hex(), **({"to": to} if to else {})}


def _possible(gas: int, data: bytes) -> int:
    """An estimate that a transaction can have; raises `ChainUnavailable` for any other.

    No node takes bytes below the one bound or above the other, and once they are recorded they hold up the account.
    """
    zeros = data.count(0)
    if not 21_000 + 4 * zeros + 16 * (len(data) - zeros) <= gas <= MOST_GAS:  # EIP-2028
        raise ChainUnavailable(
            f"The node says that a call takes {gas} gas, which none can.",
            next_step="Nothing was signed; it is asked again later. If it goes on, ask another node.",
        )
    return gas


def _patiently(look: Callable[[], object], tries: int) -> None:
    """Look until the node answers; that it is the wrong one is an answer."""
    for left in reversed(range(tries)):
        try:
            look()
            return
        except ChainUnavailable as error:
            if left == 0 or type(error) is not ChainUnavailable:
                raise
        time.sleep(BETWEEN_TRIES)


REFUSALS: Final = {
    "InsufficientFunds": ("insufficientfunds", "enoughfunds", "balancetoolow", "upfrontcost"),
    "NonceUsed": ("noncetoolow", "oldnonce", "replacement", "nonceused"),
    "NonceGap": ("noncetoohigh", "noncegap"),
    "Underpriced": ("underpriced", "fee", "gaspricetoolow", "gaspricebelow"),
    "UnreadableTransaction": ("rlp", "decode", "invalid", "signature", "chainid", "empty"),
}
"""What nodes say (geth, Nethermind, Besu, Erigon, Hardhat), without spaces and in this order."""


def _send_refusal(message: str) -> ChainRefused | ChainUnavailable:
    said = re.sub(r"[\s_-]", "", message)
    for reason, words in REFUSALS.items():
        if any(word in said for word in words):
            return refusal(reason, {})
    return ChainUnavailable(f"The node did not take the transaction: {message}.")


def _node_error(error: Any) -> NodeError:
    if not isinstance(error, dict):
        raise ChainUnavailable("The node's error cannot be read.")
    data = error.get("data")
    if isinstance(data, dict):  # some nodes wrap the revert data once more
        data = data.get("data", data.get("result"))
    try:
        raw = bytes.fromhex(data[2:]) if isinstance(data, str) and data.startswith("0x") else b""
    except ValueError:
        raw = b""
    return NodeError(str(error.get("message", "no message"))[:200], raw)


def _quantity(value: object) -> int:
    if not isinstance(value, str) or re.fullmatch(r"0x[0-9a-fA-F]{1,64}", value) is None:
        raise ChainUnavailable("The node's answer holds no number where one belongs.")
    return int(value, 16)


def _count(value: object) -> int:
    """A number of blocks or of transactions, as a database holds it; no chain will ever have more (EIP-2681)."""
    found = _quantity(value)
    if found >= 2**63:
        raise ChainUnavailable("The node's answer holds a number that nothing can have.")
    return found


def _listed(value: object, name: str) -> list[Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def _data(value: object) -> bytes:
    try:
        return bytes.fromhex(cast(str, value).removeprefix("0x"))
    except (AttributeError, ValueError):
        raise ChainUnavailable("The node's answer holds no bytes where they belong.") from None


def _hash(value: object) -> str:
    found = _data(value)
    if len(found) != 32:
        raise ChainUnavailable("The node's answer holds no hash where one belongs.")
    return "0x" + found.hex()


def _moment(value: object) -> datetime:
    seconds = _quantity(value)
    if not 0 <= seconds <= MAX_TIME:
        raise ChainUnavailable("The node's answer holds a time that does not exist.")
    return datetime.fromtimestamp(seconds, UTC)

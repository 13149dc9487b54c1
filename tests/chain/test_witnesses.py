"""What enough nodes say alike is taken; a node that lies, contradicts or is silent answers no question."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from creditbank.adapters.chain.agreeing import AgreeingChain
from creditbank.adapters.chain.witnesses import Question, TooFewNodes, ask_nodes
from creditbank.anchoring import ChainPlace
from creditbank.canonical import Digest
from creditbank.services import calls
from creditbank.services.ports import ChainUnavailable
from creditbank.verification import Way
from creditbank.verification.chain_state import Asked, AskedAnchor, AskedIssuer

pytestmark = [pytest.mark.anvil, pytest.mark.slow]
CHAIN = ChainPlace(31338, "anvil", True)
NOBODY = "http://127.0.0.1:9"
ROOT = Digest(b"\x07" * 32)


class Proxy(ThreadingHTTPServer):
    """Passes questions on to a node, and changes or refuses the answers to some methods."""

    def __init__(self, url, change):
        super().__init__(("127.0.0.1", 0), Passing)
        self.behind, self.change = url, change
        self.url = f"http://localhost:{self.server_address[1]}"


class Passing(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told = self.answered(asked) if isinstance(asked, dict) else [self.answered(one) for one in asked]
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answered(self, question):
        answer = requests.post(self.server.behind, json=question, timeout=10).json()
        change = self.server.change.get(question["method"])
        return answer if change is None else {"jsonrpc": "2.0", "id": question["id"], **change(answer.get("result"))}

    def log_message(self, *_):
        pass


@pytest.fixture
def proxy(anvil):
    started = []

    def start(**change):
        server = Proxy(anvil[0], change)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        started.append((server, thread))
        return server.url

    yield start
    for server, thread in started:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def asked(anvil, town):
    """The root of an admitted bank, another that was never anchored, and a key of an issuer."""
    bank = town.account("bank")
    town.act("agency", calls.admit_bank(bank, b"\x01" * 32))
    town.act("bank", calls.anchor(ROOT, 7))
    contracts = anvil[2]
    return Question(
        Asked(
            CHAIN,
            contracts["issuers"],
            contracts["anchors"],
            contracts["redemptions"],
            issuers=(AskedIssuer("did:example:nobody", ("z6Mk",)),),
            anchors=(AskedAnchor(bank, ROOT, 7), AskedAnchor(bank, Digest(b"\x08" * 32), 7)),
        ),
        blocks=(town.chain.head()[0],),
        depth=0,
    )


@pytest.fixture
def ask(asked, artifacts_folder):
    return lambda urls, agree: ask_nodes(urls, agree, asked, artifacts_folder)


def answers(facts):
    (chain,) = facts.chains
    return [fact.time is not None for fact in chain.anchored]


def without_proofs(_):
    return {"error": {"code": -32601, "message": "the method eth_getProof does not exist"}}


def zero(_):
    return {"result": "0x" + "00" * 32}


@pytest.mark.parametrize("town", ["anvil"], indirect=True)
class TestNodes:
    def test_one_node_proves_what_it_says(self, anvil, ask):
        facts = ask([anvil[0]], 1)
        assert answers(facts) == [True, False]
        assert facts.issuers[0].admitted is None
        assert "proven to it by 1 of 1 nodes (127.0.0.1)" in facts.source
        assert len(facts.chains[0].blocks) == 1
        assert facts.chains[0].unanswered == ""
        assert facts.chains[0].ways == (Way.STATE, Way.NODE)

    def test_a_node_without_proofs_is_taken_at_its_word_and_that_is_said(self, ask, proxy):
        facts = ask([proxy(eth_getProof=without_proofs)], 1)
        assert answers(facts) == [True, False]
        assert "told by 1 of 1 nodes (localhost)" in facts.source
        assert facts.chains[0].ways == (Way.NODE,), "its word, and no proof"

    def test_a_node_that_is_down_answers_nothing_and_no_is_not_what_it_says(self, ask):
        facts = ask([NOBODY], 1)
        assert answers(facts) == []
        assert "Of 1 node asked 0 agreed, and 1 must (127.0.0.1: The node did not answer" in facts.chains[0].unanswered
        assert facts.chains[0].ways == (Way.NODE,)

    def test_one_of_two_that_is_down_leaves_open_what_both_must_say(self, anvil, ask, proxy):
        both = [proxy(), NOBODY]
        assert answers(ask(both, 2)) == []
        assert ask(both, 2).chains[0].ways == (Way.NODES,)
        found = ask(both, 1)
        assert found.chains[0].ways == (Way.STATE, Way.NODES)
        assert answers(found) == [True, False]
        assert "did not answer" in found.chains[0].unanswered

    def test_a_node_that_tells_another_state_than_it_proves_is_no_witness(self, ask, proxy):
        facts = ask([proxy(eth_getStorageAt=zero)], 1)
        assert answers(facts) == []
        assert "proves another state" in facts.chains[0].unanswered

    def test_a_liar_without_proofs_is_outvoted_and_named(self, anvil, ask, proxy):
        liar = proxy(eth_getStorageAt=zero, eth_getProof=without_proofs)
        facts = ask([anvil[0], proxy(), liar], 2)
        assert answers(facts) == [True, False]
        assert "says otherwise" in facts.chains[0].unanswered
        assert answers(ask([anvil[0], liar], 2)) == []

    def test_a_node_that_is_named_twice_has_one_voice(self, anvil, ask, proxy):
        liar = proxy(eth_getStorageAt=zero, eth_getProof=without_proofs)
        assert answers(ask([anvil[0], liar, liar], 2)) == []

    def test_two_sides_with_as_many_voices_say_nothing(self, anvil, ask, proxy):
        liar = proxy(eth_getStorageAt=zero, eth_getProof=without_proofs)
        assert answers(ask([anvil[0], liar], 1)) == []

    def test_another_chain_or_other_code_is_no_witness(self, ask, proxy):
        assert answers(ask([proxy(eth_chainId=lambda _: {"result": "0x1"})], 1)) == []
        assert answers(ask([proxy(eth_getCode=lambda code: {"result": code[:-2] + "00"})], 1)) == []

    def test_a_made_up_header_is_no_witness(self, ask, proxy):
        def older(block):
            return {"result": {**block, "timestamp": "0x1"}}

        assert answers(ask([proxy(eth_getBlockByNumber=older)], 1)) == []

    def test_more_voices_than_nodes_are_refused(self, anvil, ask):
        for urls, agree in (([anvil[0]], 2), ([anvil[0]], 0), ([anvil[0], anvil[0]], 2), ([], 1)):
            with pytest.raises(TooFewNodes):
                ask(urls, agree)


def no_logs(_):
    return {"result": []}


def foreign_log(logs):
    return {"result": [{**logs[0], "address": "0x" + "11" * 20}]}


@pytest.mark.parametrize("town", ["anvil"], indirect=True)
class TestEvents:
    """What an audit asks of several nodes: that one leaves out is a disagreement and no answer."""

    @pytest.fixture
    def nodes(self, anvil, asked, artifacts_folder):
        opened = []

        def open_nodes(urls, agree):
            opened.append(AgreeingChain.open(urls, agree, CHAIN, anvil[2], artifacts_folder))
            return opened[-1]

        yield open_nodes
        for one in opened:
            one.close()

    def test_events_are_read_with_their_places(self, anvil, nodes, town):
        chain = nodes([anvil[0]], 1)
        last, block_hash, _ = chain.head()
        (found,) = [one for one in chain.events("anchors", 0, last) if one.name == "Anchored"]
        assert (found.octets("root"), found.whole("size")) == (ROOT, 7)
        assert found.address("bank") == town.account("bank")
        assert chain.block(found.block_number)[0] == found.block_hash
        assert chain.block(last)[0] == block_hash

    def test_a_node_that_leaves_events_out_is_outvoted_or_keeps_the_answer_open(self, anvil, nodes, proxy, town):
        last = town.chain.head()[0]
        hiding, honest = proxy(eth_getLogs=no_logs), proxy()
        assert nodes([anvil[0], honest, hiding], 2).events("anchors", 0, last)
        with pytest.raises(ChainUnavailable, match="say the same of the events of anchors, and 2 must"):
            nodes([anvil[0], hiding], 2).events("anchors", 0, last)
        with pytest.raises(ChainUnavailable, match="say the same"):
            nodes([anvil[0], hiding], 1).events("anchors", 0, last)

    def test_a_node_that_shows_foreign_events_or_is_down_does_not_answer(self, anvil, nodes, proxy, town):
        last = town.chain.head()[0]
        with pytest.raises(ChainUnavailable, match="not asked for"):
            nodes([proxy(eth_getLogs=foreign_log)], 1).events("anchors", 0, last)
        with pytest.raises(ChainUnavailable, match="Node 1: The node did not answer"):
            nodes([NOBODY], 1).newest_final()
        assert nodes([NOBODY, anvil[0]], 1).events("anchors", 0, last)

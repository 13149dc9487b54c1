"""A second process verifies, audits and watches over the embedded chain's JSON-RPC, as it would with any node."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from eth_account import Account

from creditbank.adapters.chain import EMBEDDED_CHAIN_ID, EmbeddedChain
from creditbank.bootstrap import open_chain_alone
from creditbank.config import BadSettings, Settings

from .conftest import Call, Journey

LINE = re.compile(r"http://127\.0\.0\.1:\d+")


class Running(NamedTuple):
    """A process of its own, and the address that it printed."""

    process: subprocess.Popen[str]
    url: str


@contextmanager
def running(*arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[Running]:
    """A command in a process of its own until the block ends."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("CREDITBANK_")}
    command = [sys.executable, "-m", "creditbank", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**known, **(environment or {})}
    ) as process:
        try:
            assert process.stdout is not None
            found = LINE.search(process.stdout.readline())
            assert found is not None, process.communicate()[1]
            yield Running(process, found[0])
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.communicate(timeout=60)
            finally:
                process.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def asked(url: str, method: str, *params: Any) -> Any:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
    return requests.post(url, json=body, timeout=60).json()


@pytest.fixture
def deep(journey: Journey, tmp_path: Path) -> Path:
    """The journey's bank, a dozen blocks later: everything in its chain is final by anybody's rule."""
    home = tmp_path / "bank"
    shutil.copytree(journey.home, home)
    with open_chain_alone(Settings.load({}, home), own=True) as chain:
        assert isinstance(chain, EmbeddedChain)
        while chain.bury(12):
            pass
    return home


def outside(journey: Journey, home: Path, call: Call, folder: Path) -> tuple[str, Path, Path]:
    """What an issuer keeps: its DID, a folder of what it made with the receipts, and a file of trusted addresses."""
    made, trust = folder / "made", folder / "trust.json"
    made.mkdir()
    for id in journey.credentials:
        for what, name in (("show", "json"), ("receipt", "receipt.json")):
            called = call("credential", what, id, "--home", str(home), "--json")
            assert called.code == 0, called.err
            (made / f"{id[-12:]}.{name}").write_text(called.out)
    facts = json.loads(journey.trust.read_text())
    (chain,) = facts["chains"]
    trust.write_text(json.dumps({**facts, "chains": [{**chain, "blocks": [], "anchored": []}]}))
    (first,) = made.glob(f"{journey.credentials[0][-12:]}.json")
    return json.loads(first.read_text())["issuer"]["id"], made, trust


def test_what_a_server_shows_and_the_json_rpc_of_its_chain_are_all_that_another_process_needs(
    call: Call, journey: Journey, deep: Path, tmp_path: Path
) -> None:
    did, made, trust = outside(journey, deep, call, tmp_path)
    port = free_port()
    nodes = ("--rpc", f"http://127.0.0.1:{port}", "--trust", str(trust), "--json")
    with running("serve", "--home", str(deep), "--port", "0", environment={"CREDITBANK_CHAIN_PORT": str(port)}) as bank:
        requests.get(f"{bank.url}/healthz", timeout=60)  # who answers this has begun to answer for the chain as well
        told = call("audit", "--from", bank.url, *nodes)
        assert told.code == 0, told.out
        assert {check["outcome"] for check in told.json["checks"]} == {"passed"}
        words = ("watch", "--issuer", did, "--from", bank.url, *nodes, "--known", str(made))
        told = call(*words, "--known", str(journey.kit))
        assert (told.code, told.json["strange"], told.json["silent"]) == (0, [], []), told.out
        assert told.json["own"] > 0
        verified = call("verify", str(made / f"{journey.credentials[0][-12:]}.json"), *nodes)
        outcomes = {check["name"]: check["outcome"] for check in verified.json["reports"][0]["report"]["checks"]}
        assert (outcomes["anchor.node"], outcomes["anchor.state-proof"]) == ("passed", "passed"), verified.out
        told = call(*words)
        assert (told.code, len(told.json["strange"])) == (1, 1)  # the award is in the kit alone
    assert call("audit", "--from", bank.url, *nodes).code == 3  # nobody answers any more


def test_the_chain_alone_is_served_to_this_machine_and_its_owner_takes_transactions(
    call: Call, journey: Journey, deep: Path, tmp_path: Path
) -> None:
    did, made, trust = outside(journey, deep, call, tmp_path)
    published = str(tmp_path / "published")
    assert call("batch", "publish", published, "--home", str(deep)).code == 0
    with running("chain", "serve", "--home", str(deep), "--port", "0") as chain:
        nodes = ("--rpc", chain.url, "--trust", str(trust))
        assert call("audit", "--published", published, *nodes).code == 0
        assert (
            call(
                "watch",
                "--issuer",
                did,
                "--known",
                str(made),
                "--known",
                str(journey.kit),
                "--published",
                published,
                *nodes,
            ).code
            == 0
        )
        key = Account.create()
        transaction = {"chainId": EMBEDDED_CHAIN_ID, "nonce": 0, "to": key.address, "value": 0, "gas": 21_000}
        signed = key.sign_transaction({**transaction, "maxFeePerGas": 0, "maxPriorityFeePerGas": 0, "type": 2})
        raw = "0x" + bytes(signed.raw_transaction).hex()
        assert asked(chain.url, "eth_sendRawTransaction", raw)["result"] == "0x" + bytes(signed.hash).hex()
        with running("chain", "serve", "--home", str(deep), "--port", "0") as reader:  # the chain has an owner already
            found = asked(reader.url, "eth_getTransactionReceipt", "0x" + bytes(signed.hash).hex())["result"]
            assert found["status"] == "0x1"
            assert asked(reader.url, "eth_sendRawTransaction", raw)["error"]["code"] == -32001
        stranger = {"Host": "bank.example", "Content-Type": "application/json"}
        question = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}'
        assert requests.post(chain.url, data=question, headers=stranger, timeout=60).status_code == 421


def test_a_chain_is_shown_to_no_other_machine_and_only_where_it_is_the_banks_own(
    call: Call, deep: Path, tmp_path: Path
) -> None:
    for host in ("0.0.0.0", "192.0.2.7", "::"):
        told = call("chain", "serve", "--home", str(deep), "--host", host)
        assert told.code == 2
        assert "no address of this machine alone" in told.err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = call("chain", "serve", "--home", str(deep), "--port", str(taken.getsockname()[1]))
    assert told.code == 3
    assert call("chain", "serve", "--home", str(tmp_path / "nowhere")).code == 2
    with (deep / "bank.toml").open("a") as file:
        file.write('chain = "rpc"\nchain_url = "http://127.0.0.1:9"\nchain_id = 5\n')
    told = call("chain", "serve", "--home", str(deep))
    assert (told.code, "a node of its own" in told.err) == (2, True)
    with pytest.raises(BadSettings, match="chain_port"):
        Settings.load({"CREDITBANK_CHAIN_PORT": "8545"}, deep)

"""What sealing and anchoring cost: time and memory of trees up to a million leaves, and gas, measured on a node.

Peers' figures that are not measured here are told as published or measured elsewhere, and where.
"""

import json
import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256 as hashed
from pathlib import Path
from typing import Any, Final

import requests
from eth_account import Account
from eth_account.signers.local import LocalAccount

from bench.credentials import unsigned_credential
from bench.measuring import ROOT, Row, Times, child, timed
from bench.storm.fleet import free_port
from creditbank.adapters.catalogue import builtin_data
from creditbank.adapters.chain import RpcChain, deploy
from creditbank.anchoring import entry
from creditbank.canonical import canonical_json, sha256
from creditbank.cli.demo import samples
from creditbank.merkle import MerkleTree, leaf_hash, prove_from_tiles, tiles_of
from creditbank.services import calls
from creditbank.services.ports import Call

SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
CHAIN_ID: Final = 31_339
BATCHES: Final = (1, 100, 10_000, 1_000_000)
CERT_ISSUER: Final = "cert-issuer 3.13.1 makes 170 to 190 certificates a second, as published"
PEERS: Final[Mapping[str, int]] = {
    "EAS 1.9.0 timestamp(root)": 45_869,
    "OpenAttestation document-store 3.0.0 issue(root)": 47_886,
    "EAS attest(root)": 200_260,
}


def rows(most: int) -> list[Row]:
    """Trees of up to `most` leaves, sealing beside cert-issuer, and gas."""
    made = [_tree(size) for size in SIZES if size <= most]
    return [*made, _one_proof(min(most, SIZES[-1])), _sealing(min(most, 10_000)), *gas()]


def _tree(size: int) -> Row:
    """In a process of its own, so that the memory is this tree's."""
    told = json.loads(child("-m", "bench.anchors", str(size)).stdout.strip().rpartition("\n")[2])
    cpu = [told["cpu"] * 1000]
    said = f"{size / told['cpu']:,.0f} leaves/s on one core, {told['megabytes']} MB in all"
    row = Row(f"tree and every proof of {size:,} leaves", 1, Times.of(cpu), Times.of([told["wall"] * 1000]), said=said)
    print(row, flush=True)
    return row


def whole_tree(size: int) -> None:
    """Build a tree of `size` leaves, keep every proof of it, check a sample, and print what it took."""
    entries = [sha256(index.to_bytes(8, "big")) * 2 for index in range(size)]
    (tree, proofs), cpu, wall = timed(lambda: _proved(entries))
    for index in range(0, size, max(1, size // 500)):
        assert proofs[index].root_from(leaf_hash(entries[index])) == tree.root
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"cpu": cpu / 1000, "wall": wall / 1000, "megabytes": most}))


def _proved(entries: list[bytes]) -> tuple[MerkleTree, list[Any]]:
    tree = MerkleTree.of(entries)
    return tree, list(tree.proofs())


def _one_proof(size: int) -> Row:
    tree = MerkleTree.of([sha256(index.to_bytes(8, "big")) * 2 for index in range(size)])
    kept = {(tile.level, tile.place): tile.hashes for tile in tiles_of(tree)}
    cpus, walls = [], []
    for number in range(200):
        index = number * 7_919 % size
        (leaf, proof), cpu, wall = timed(lambda index=index: prove_from_tiles(size, index, lambda *at: kept[at]))
        assert proof.root_from(leaf) == tree.root
        cpus.append(cpu)
        walls.append(wall)
    said = f"{sum(map(len, kept.values())) / size:.1f} bytes kept a leaf"
    row = Row(f"one proof out of tiles of {size:,} leaves", 200, Times.of(cpus), Times.of(walls), said=said)
    print(row, flush=True)
    return row


def _sealing(count: int) -> Row:
    """From credentials as JSON to a proof for each: canonical form, digest, salted entry, tree, path; no database."""
    unit = samples.MINJUN_UNITS[0]
    issuer = f"did:web:{unit.body}.sample.example"
    documents = [unsigned_credential(unit, issuer, f"urn:uuid:{number:032x}") for number in range(count)]

    def seal() -> int:
        entries = [entry(issuer, bytes(16), sha256(canonical_json(document))) for document in documents]
        return sum(1 for _ in MerkleTree.of(entries).proofs())

    proved, cpu, wall = timed(seal)
    assert proved == count
    said = f"{count / cpu * 1000:,.0f} credentials/s; {CERT_ISSUER}"
    row = Row(f"seal and prove {count:,} credentials", 1, Times.of([cpu]), Times.of([wall]), said=said)
    print(row, flush=True)
    return row


class _Keys:
    """Keys derived from names, which is all that deploying asks of a vault."""

    def chain_account(self, owner: str) -> str:
        return str(_key(owner).address)

    def sign_transaction(self, owner: str, transaction: Mapping[str, object]) -> tuple[bytes, str]:
        signed = _key(owner).sign_transaction(dict(transaction))
        return bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex()


def _key(owner: str) -> LocalAccount:
    return Account.from_key(hashed(owner.encode()).digest())


def gas() -> list[Row]:
    """Gas of a plain transaction with a root in it, of an anchor, of status and redemption; a credential's share."""
    with _node() as control:
        used = _measured(control)
    anchor = used["anchor"]
    told = [Row(f"gas, {name}", 1, said=f"{amount:,} gas") for name, amount in used.items()]
    told += [Row(f"gas, {name}", 0, said=f"{amount:,} gas, not measured here") for name, amount in PEERS.items()]
    shares = ", ".join(f"{_share(anchor, count)} at {count:,}" for count in BATCHES)
    told.append(Row("gas, an anchor's share for each credential of a batch", len(BATCHES), said=shares))
    for name, amount in PEERS.items():
        shares = ", ".join(f"{_share(amount, count)} at {count:,}" for count in BATCHES)
        told.append(Row(f"gas, the same, {name}", 0, said=shares))
    for row in told:
        print(row, flush=True)
    return told


def _share(amount: int, count: int) -> str:
    return f"{amount / count:,.0f}" if amount >= 100 * count else f"{amount / count:,.4g}"


def _measured(control: Callable[..., Any]) -> dict[str, int]:
    keys = _Keys()
    for name in ("steward", "bank", "north"):
        control("anvil_setBalance", keys.chain_account(name), hex(10**21))
    options: dict[str, Any] = {"chain_id": CHAIN_ID, "name": "anvil", "test": True, "finality_depth": 0}
    with RpcChain.open(control.__name__, **options, artifacts=builtin_data("contracts")) as chain:
        deploy(chain, keys, "steward", builtin_data("contracts"))  # type: ignore[arg-type]
        root, lot = sha256(b"root"), sha256(b"lot")

        def spent(name: str, transaction: Mapping[str, object]) -> int:
            raw, hash = keys.sign_transaction(name, transaction)
            chain.send(raw)
            for _ in range(200):
                if (receipt := control("eth_getTransactionReceipt", hash)) is not None:
                    assert receipt["status"] == "0x1", receipt
                    return int(receipt["gasUsed"], 16)
                time.sleep(0.02)
            raise AssertionError("no block took the transaction")

        def act(name: str, call: Call) -> int:
            account = keys.chain_account(name)
            return spent(name, chain.build(account, call, nonce=chain.nonce(account)))

        account = keys.chain_account("bank")
        carried: dict[str, object] = {
            "type": 2,
            "chainId": CHAIN_ID,
            "nonce": chain.nonce(account),
            "to": "0x000000000000000000000000000000000000dEaD",
            "value": 0,
            "data": "0x" + root.hex(),
            "gas": 100_000,
            "maxFeePerGas": 10**11,
            "maxPriorityFeePerGas": 10**9,
        }
        found = {"a plain transaction that carries a root": spent("bank", carried)}
        act("steward", calls.appoint_registrar(keys.chain_account("steward")))
        act("steward", calls.admit_bank(account, sha256(b"bank")))
        act("steward", calls.admit_awarder(keys.chain_account("north"), sha256(b"north")))
        found["anchor, a bank's first"] = act("bank", calls.anchor(root, 1))
        found["anchor"] = act("bank", calls.anchor(sha256(b"another root"), 1_000_000))
        act("bank", calls.publish_status(root, 1))
        found["publishStatus"] = act("bank", calls.publish_status(sha256(b"another root"), 2))
        found["spend, first of a lot"] = act("north", calls.spend(lot, 1_000, 3_000, sha256(b"award")))
        found["spend, later"] = act("north", calls.spend(lot, 1_000, 3_000, sha256(b"another award")))
    return found


@contextmanager
def _node() -> Iterator[Callable[..., Any]]:
    shelf = Path(os.environ.get("CREDITBANK_NODE_MODULES") or ROOT / "tests" / "interop" / "node_modules")
    found = sorted(shelf.glob("@foundry-rs/anvil-*/bin/anvil*"))
    assert found, "anvil is missing: run `make tools`, or set CREDITBANK_NODE_MODULES"
    url = f"http://127.0.0.1:{free_port()}"

    def control(method: str, *parameters: object) -> Any:
        body: Any = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        answer = requests.post(url, json=body, timeout=10).json()
        assert "error" not in answer, answer
        return answer["result"]

    control.__name__ = url
    command = [str(found[0]), "--port", url.rpartition(":")[2], "--chain-id", str(CHAIN_ID), "--silent"]
    with subprocess.Popen([*command, "--accounts", "1"]) as process:
        try:
            for _ in range(200):
                with suppress(requests.RequestException):
                    control("eth_chainId")
                    break
                time.sleep(0.05)
            yield control
        finally:
            process.terminate()


if __name__ == "__main__":
    import sys

    whole_tree(int(sys.argv[1]))

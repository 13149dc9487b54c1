"""What each call costs is committed and compared, so that no change makes anchoring dearer unnoticed.

`CREDITBANK_WRITE_GAS=1` writes `contracts/gas.json` and the table in `contracts/README.md` anew.
"""

import hashlib
import json
import os
from pathlib import Path

from creditbank.adapters.chain.artifacts import load_artifacts
from creditbank.adapters.chain.codec import creation
from creditbank.anchoring.evidence import decode_rlp
from creditbank.services import calls
from creditbank.services.ports import Call

CONTRACTS = Path(__file__).parents[2] / "contracts"
COMMITTED = CONTRACTS / "gas.json"
README = CONTRACTS / "README.md"
BEGIN, END = "<!-- gas: written by tests/chain/test_contract_gas.py -->\n", "<!-- end of gas -->\n"


def digest(text):
    return hashlib.sha256(text.encode()).digest()


ISSUER, KEY, LOT = digest("did:example:provider"), digest("key"), digest("lot")
ROOTS = [digest(f"root {number}") for number in range(3)]
AWARDS = [digest(f"award {number}") for number in range(3)]


def gas_of(town, transaction):
    """What a transaction used that has its block to itself: the second field of its receipt."""
    _, proof, _ = town.chain.evidence(transaction)
    receipt = decode_rlp(proof[-1], "leaf")[1]
    return int.from_bytes(decode_rlp(receipt[1:], "receipt")[1], "big")


def measured(town):
    """Every call that a bank makes again and again, each in a block of its own, by name."""
    found = {}
    registry = town.chain.contracts["issuers"]
    for name, artifact in load_artifacts(CONTRACTS / "artifacts").items():
        account = town.account("deployer")
        data = creation(artifact, None if name == "issuers" else registry)
        built = town.chain.build_creation(account, data, nonce=town.chain.nonce(account))
        raw, transaction = town.keys.sign_transaction("deployer", built)
        town.chain.send(raw)
        found[f"deploy {name.capitalize()}"] = gas_of(town, transaction)

    def act(title: str, name: str, call: Call) -> None:
        found[title] = gas_of(town, town.act(name, call).transaction)

    act("appointRegistrar", "steward", calls.appoint_registrar(town.account("other agency")))
    act("admit an issuer", "agency", calls.admit_issuer(ISSUER, town.account("provider"), digest("s"), digest("d")))
    act("amend", "agency", calls.amend_issuer(ISSUER, digest("s2"), digest("d2")))
    act("addKey", "provider", calls.add_key(ISSUER, KEY))
    act("nameBank", "provider", calls.name_bank(ISSUER, town.account("bank")))
    act("admit a bank", "agency", calls.admit_bank(town.account("bank"), digest("did:example:bank")))
    act("anchor", "bank", calls.anchor(ROOTS[0], 1_000_000))
    act("anchor, sent again", "bank", calls.anchor(ROOTS[0], 1_000_000))
    act("publishStatus, first", "bank", calls.publish_status(ROOTS[0], 1))
    act("publishStatus, later", "bank", calls.publish_status(ROOTS[1], 2))
    town.act("agency", calls.admit_awarder(town.account("north"), digest("did:example:north")))
    act("spend, first of a lot", "north", calls.spend(LOT, 1_000, 3_000, AWARDS[0]))
    act("spend, later", "north", calls.spend(LOT, 1_000, 3_000, AWARDS[1]))
    for many in (1, 10, 150):
        lots = [digest(f"lot {number} of {many}") for number in range(many)]
        bundles = [(AWARDS[0], ((lot, 1_000, 3_000),)) for lot in lots]
        act(f"spendBundles, {many} of one use each", "north", calls.spend_bundles(bundles))
    act("move", "north", calls.move(LOT, 500, AWARDS[1], AWARDS[2]))
    act("release", "north", calls.release(LOT, 500, AWARDS[1]))
    act("revokeKey", "provider", calls.revoke_key(ISSUER, KEY))
    return found


def table(gas):
    rows = [f"| `{name}` | {used:,} |\n" for name, used in gas.items()]
    return "| call | gas |\n| --- | ---: |\n" + "".join(rows)


def test_every_call_costs_what_is_committed(town):
    found = measured(town)
    if os.environ.get("CREDITBANK_WRITE_GAS") == "1":
        COMMITTED.write_text(json.dumps(found, indent=1) + "\n")
        before, _, rest = README.read_text().partition(BEGIN)
        README.write_text(before + BEGIN + table(found) + END + rest.partition(END)[2])
    committed = json.loads(COMMITTED.read_text())
    assert found == committed, "say in the commit why, and run this test with CREDITBANK_WRITE_GAS=1"
    assert table(committed) in README.read_text()


def test_an_anchor_costs_at_most_60_000_gas():
    gas = json.loads(COMMITTED.read_text())
    assert gas["anchor"] <= 60_000
    assert gas["anchor, sent again"] < gas["anchor"]
